from . import (
    base_partner_merge,
    customer_lifecycle_contact_log,
    customer_lifecycle_move,
    customer_lifecycle_place_use,
    customer_lifecycle_promise,
    customer_lifecycle_rule_preview,
    customer_lifecycle_today_done,
    customer_lifecycle_today_snooze,
    mail_compose_message,
    res_config_settings,
)
