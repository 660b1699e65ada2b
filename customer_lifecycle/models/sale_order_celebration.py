from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request

from .customer_lifecycle_celebration import PURCHASES

#: Where the screen calls when somebody clicks on *Confirm*.
BUTTON = "/web/dataset/call_button/sale.order/action_confirm"


class SaleOrder(models.Model):
    """Whoever confirms a customer's first or second purchase sees it happen."""

    _name = "sale.order"
    _inherit = ["sale.order"]

    lifecycle_cheered_id = fields.Many2one(
        "res.users",
        string="Celebrated By",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Who saw, on confirming it, that it was a first or second purchase.",
    )

    def action_confirm(self):
        """Show the salesperson that a customer has bought for the first times.

        :return: what Odoo returns; the effect for whoever has clicked on the button
        """
        result = super().action_confirm()
        if result is not True or not self._is_on_screen() or not self._is_cheered():
            return result
        self.lifecycle_cheered_id = self.env.user
        return {
            "effect": {
                "type": "rainbow_man",
                "fadeout": "slow",
                "message": self._cheer(),
                "img_url": "/web/static/img/smile.svg",
            }
        }

    @api.model
    def _is_on_screen(self) -> bool:
        """Say whether somebody has just clicked on *Confirm*, and sees what comes.

        Other addons and connectors, which call it too, get what Odoo returns.
        """
        return bool(request) and request.httprequest.path == BUTTON

    def _is_cheered(self) -> bool:
        """Say whether a person of ours sees a first or second purchase happen."""
        return (
            len(self) == 1
            and not self.env.su
            and self.env.user._is_internal()
            and not self.env["customer.lifecycle.change"]._is_silent()
            and self.lifecycle_purchase_number in PURCHASES
            # several orders on a day are one purchase
            and not self.sudo().search_count(self._same_purchase_domain(), limit=1)
        )

    def _same_purchase_domain(self) -> Domain:
        """Return the domain of the other orders of the same day and customer."""
        customer = self.partner_id.commercial_partner_id
        return (
            Domain("partner_id", "child_of", customer.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "sale")
            & Domain("lifecycle_purchase_number", "=", self.lifecycle_purchase_number)
            & Domain("id", "!=", self.id)
        )

    def _cheer(self) -> str:
        """Say what has just happened, in the language of whoever confirmed it."""
        customer = self.partner_id.commercial_partner_id.display_name
        if self.lifecycle_purchase_number == 1:
            return self.env._("The first purchase of %s. Welcome!", customer)
        return self.env._(
            "The second purchase of %s: a buyer has become a customer!", customer
        )
