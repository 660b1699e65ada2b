from . import base_partner_merge, customer_lifecycle_move, res_config_settings
