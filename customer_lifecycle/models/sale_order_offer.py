from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .customer_lifecycle_offer import RUNNING_STATES

#: An order in these states can still take a code.
QUOTATION_STATES = ("draft", "sent")


class SaleOrder(models.Model):
    """Quotations name the open offer of their customer, to apply and in print."""

    _inherit = "sale.order"

    lifecycle_offer_hint = fields.Char(
        compute="_compute_lifecycle_offer",
        groups="sales_team.group_sale_salesman",
        help="The offer that this customer has and did not use yet.",
    )
    lifecycle_offer_applied = fields.Boolean(
        compute="_compute_lifecycle_offer",
        groups="sales_team.group_sale_salesman",
        help="Whether the code of the offer is on this quotation.",
    )

    @api.depends("partner_id", "company_id", "state", "order_line.coupon_id")
    @api.depends_context("lang")
    def _compute_lifecycle_offer(self):
        offers = self._lifecycle_offers()
        for order in self:
            offer = offers.get(order)
            order.lifecycle_offer_applied = bool(offer) and order._lifecycle_has(offer)
            order.lifecycle_offer_hint = order._lifecycle_hint(offer) if offer else ""

    def _lifecycle_offers(self) -> dict:
        """Return the open offer of each quotation's customer: ``{order: offer}``.

        The one that ends first. One query for any number of orders.
        """
        orders = self.filtered(
            lambda order: order.state in QUOTATION_STATES and order.partner_id
        )
        if not orders:
            return {}
        # sudo: customer.lifecycle.outreach - who prints or reads the quotation may
        # know the customer's offer; nothing else of it is told
        offers = (
            self.env["customer.lifecycle.outreach"]
            .sudo()
            .search(
                [
                    ("kind", "=", "offer"),
                    ("state", "in", RUNNING_STATES),
                    ("coupon_id.active", "=", True),
                    ("coupon_id.program_id.active", "=", True),
                    ("company_id", "in", orders.company_id.ids),
                    (
                        "lifecycle_id.partner_id",
                        "in",
                        orders.partner_id.commercial_partner_id.ids,
                    ),
                ],
                order="offer_expiry_date DESC, id DESC",
            )
        )
        # what ends first is written last
        by_customer = {
            (offer.lifecycle_id.partner_id.id, offer.company_id.id): offer
            for offer in offers
            if not offer._is_past()
        }
        return {
            order: offer
            for order in orders
            if (
                offer := by_customer.get(
                    (order.partner_id.commercial_partner_id.id, order.company_id.id)
                )
            )
        }

    def _lifecycle_has(self, offer) -> bool:
        """Say whether the code of an offer is on this order."""
        return offer.coupon_id in self.order_line.coupon_id

    def _lifecycle_hint(self, offer) -> str:
        """Tell the salesperson of the customer's offer."""
        told = {"offer": offer.offer_text, "code": offer.coupon_code}
        if self._lifecycle_has(offer):
            return self.env._(
                "The customer's offer is on this quotation: “%(offer)s”, code "
                "%(code)s.",
                **told,
            )
        if not offer.offer_expiry_date:
            return self.env._(
                "This customer has an open offer: “%(offer)s”, code %(code)s.", **told
            )
        return self.env._(
            "This customer has an open offer until %(date)s: “%(offer)s”, code "
            "%(code)s.",
            date=format_date(self.env, offer.offer_expiry_date),
            **told,
        )

    def _lifecycle_offer_words(self) -> str:
        """Tell the customer of its offer, on the printed quotation and in the portal.

        In the language at hand; empty without an open offer.
        """
        self.ensure_one()
        offer = self._lifecycle_offers().get(self)
        if not offer:
            return ""
        told = {"offer": offer.offer_text, "code": offer.coupon_code}
        if self._lifecycle_has(offer):
            return self.env._(
                "Your code %(code)s is part of this quotation: %(offer)s.", **told
            )
        if not offer.offer_expiry_date:
            return self.env._("For you: %(offer)s, with the code %(code)s.", **told)
        return self.env._(
            "For you: %(offer)s, with the code %(code)s until %(date)s.",
            date=format_date(self.env, offer.offer_expiry_date),
            **told,
        )

    # ------------------------------------------------------------------------ applying

    def action_apply_lifecycle_offer(self):
        """Put the customer's offer on the quotation, as entering its code would.

        :raises UserError: what speaks against it, in Odoo's words
        """
        self.ensure_one()
        self.check_access("write")
        offer = self._lifecycle_offers().get(self)
        if not offer:
            raise UserError(self.env._("This customer has no open offer."))
        claimable = self._try_apply_code(offer.coupon_code)
        if "error" in claimable:
            raise UserError(claimable["error"])
        rewards = claimable.get(offer.coupon_id.with_env(self.env))
        if not rewards:
            raise UserError(
                self.env._("There is nothing on the quotation yet to use the offer on.")
            )
        if len(rewards) > 1 or rewards.multi_product:
            return self._lifecycle_choose_reward(rewards)
        result = self._apply_program_reward(rewards, offer.coupon_id)
        if "error" in result:
            raise UserError(result["error"])
        self._update_programs_and_rewards()
        return True

    def _lifecycle_choose_reward(self, rewards):
        """Have somebody choose among the rewards of a coupon, on Odoo's own screen."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_loyalty.sale_loyalty_reward_wizard_action"
        )
        return action | {
            "context": {"active_id": self.id, "default_reward_ids": rewards.ids}
        }

    # ------------------------------------------------------------------------ outcomes

    def _action_confirm(self):
        result = super()._action_confirm()
        self._mark_offers(self.order_line.coupon_id)
        return result

    def _action_cancel(self):
        coupons = self.order_line.coupon_id  # Odoo removes these lines
        result = super()._action_cancel()
        self._mark_offers(coupons)
        return result

    def _mark_offers(self, coupons):
        """Have offers followed whose code another customer used on these orders.

        Those of the orders' own customers are followed as the orders change.
        """
        if not coupons:
            return
        # sudo: customer.lifecycle.outreach - whoever may confirm the order
        cards = (
            self.env["customer.lifecycle.outreach"]
            .sudo()
            .search([("coupon_id", "in", coupons.ids), ("kind", "=", "offer")])
            .lifecycle_id
        )
        if cards:
            self.env["customer.lifecycle.change"]._mark_partners(
                cards.partner_id.ids, cards.company_id.ids
            )
