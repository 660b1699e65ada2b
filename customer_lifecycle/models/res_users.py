from odoo import models


class ResUsers(models.Model):
    """Tells the chatter who may make promises from its messages."""

    _inherit = "res.users"

    def _init_store_data(self, store):  # pylint: disable=missing-return
        super()._init_store_data(store)
        store.add_global_values(
            can_promise=self.env.user.has_group("sales_team.group_sale_salesman")
        )
