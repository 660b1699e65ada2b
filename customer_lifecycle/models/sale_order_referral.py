from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Columns that say who brought the customer of an order.
BRINGING = frozenset(
    {"lifecycle_referral_code", "lifecycle_referred_by_id", "partner_id"}
)


class SaleOrder(models.Model):
    """Quotations take a referral code, and hand it on to their customer."""

    _name = "sale.order"
    _inherit = ["sale.order"]

    lifecycle_referral_code = fields.Char(
        string="Referral Code",
        groups="base.group_user",
        copy=False,
        help="The code with which a new customer came. It says who brought it.",
    )
    lifecycle_referred_by_id = fields.Many2one(
        "res.partner",
        string="Brought By",
        groups="base.group_user",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The customer who brought this one.",
    )
    lifecycle_referral_refusal = fields.Char(
        compute="_compute_lifecycle_referral_refusal",
        groups="base.group_user",
        help="Why it does not count that the customer was brought.",
    )

    @api.depends(
        "partner_id",
        "company_id",
        "state",
        "lifecycle_referral_code",
        "lifecycle_referred_by_id",
    )
    @api.depends_context("lang")
    def _compute_lifecycle_referral_refusal(self):
        for order in self:
            order.lifecycle_referral_refusal = (
                order._lifecycle_referral_problem()
                if order.state in ("draft", "sent")
                else False
            )

    def _lifecycle_referral_problem(self) -> str | None:
        """Return why the code or the referrer of this quotation does not count."""
        self.ensure_one()
        code, referrer = self.lifecycle_referral_code, self.lifecycle_referred_by_id
        referrals = self.env["customer.lifecycle.referral"]
        if code:
            card = self._lifecycle_referral_card(code, self.company_id)
            if not card:
                return referrals._refusal_sentence("unknown", {"code": code})
            referrer = card.partner_id
        if not (referrer and self.partner_id):
            return None
        return referrals._refusal(
            referrer._origin or referrer,
            self.partner_id._origin or self.partner_id,
            self.company_id,
            without=referrals._passed_over(),
        )

    @api.model
    def _lifecycle_referral_card(self, code: str, company):
        """Return the card of whoever has a code in a company."""
        return self.env["customer.lifecycle"]._of_referral_code(code, company)

    @api.onchange("lifecycle_referral_code")
    def _onchange_lifecycle_referral_code(self):
        """Show who is behind a code."""
        card = self._lifecycle_referral_card(
            self.lifecycle_referral_code, self.company_id
        )
        self.lifecycle_referred_by_id = card.partner_id.sudo(False)

    @api.constrains("lifecycle_referral_code", "lifecycle_referred_by_id")
    def _check_lifecycle_referral(self):
        for order in self:
            problem = order._lifecycle_referral_problem()
            if problem:
                raise ValidationError(problem)

    # ----------------------------------------------------------------------- handing on

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create([self._with_referrer(vals) for vals in vals_list])
        orders._hand_referrer_on()
        return orders

    def write(self, vals):
        if BRINGING.isdisjoint(vals):
            return super().write(vals)
        before = {
            order: (order.partner_id, order.lifecycle_referred_by_id) for order in self
        }
        if "lifecycle_referral_code" in vals:
            vals = self[:1]._with_referrer(vals)
        self._hand_referrer_back(vals)
        result = super().write(vals)
        changed = self.filtered(
            lambda order: (
                (order.partner_id, order.lifecycle_referred_by_id) != before[order]
            )
        )
        changed._hand_referrer_on()
        return result

    def _with_referrer(self, vals: dict) -> dict:
        """Return values with whoever is behind the code in them, or behind the lead."""
        code = vals.get("lifecycle_referral_code")
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.company_id.id or self.env.company.id
        )
        if code:
            card = self._lifecycle_referral_card(code, company)
            return vals | {
                "lifecycle_referral_code": card.referral_code or code,
                "lifecycle_referred_by_id": card.partner_id.id,
            }
        if "lifecycle_referral_code" in vals:
            return {"lifecycle_referred_by_id": False} | vals
        return vals

    def _hand_referrer_back(self, vals: dict):
        """Take back what these quotations said, where they say something else now.

        Of another referrer, or of another customer.
        """
        referrals = self.env["customer.lifecycle.referral"]
        for order in self.filtered("lifecycle_referred_by_id"):
            said = {
                name: order[name].id
                for name in ("lifecycle_referred_by_id", "partner_id")
            }
            if order.state in ("draft", "sent") and said != said | {
                name: vals[name] for name in said if name in vals
            }:
                referrals._unbring(order.partner_id, order.lifecycle_referred_by_id)

    def _hand_referrer_on(self):
        """Say on the customers of these quotations who brought them.

        What speaks against it has been told by the constraint; what came up since, as
        on another customer, is told by a note.
        """
        referrals = self.env["customer.lifecycle.referral"]
        for order in self.filtered("lifecycle_referred_by_id"):
            if order.state not in ("draft", "sent"):
                continue
            refusal = referrals._bring(
                order.partner_id,
                order.lifecycle_referred_by_id,
                order.company_id,
                "code" if order.lifecycle_referral_code else "hand",
            )
            if refusal:
                # sudo: sale.order - a note of the addon, whoever changes the order
                order.sudo().message_post(body=refusal, subtype_xmlid="mail.mt_note")
