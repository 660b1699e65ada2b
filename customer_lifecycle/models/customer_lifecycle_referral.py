from odoo import api, fields, models

from .customer_lifecycle_referral_refusal import Claim

STATES = [
    ("pending", "Pending"),
    ("earned", "Bought"),
    ("rewarded", "Rewarded"),
    ("refused", "Refused"),
    ("taken_back", "Taken Back"),
]
HOW = [
    ("code", "By code"),
    ("link", "By link"),
    ("hand", "By hand"),
]


class CustomerLifecycleReferral(models.Model):
    """Who was brought by whom: one per friend and company, whatever is tried again.

    Who brought whom is said by the contact's *Referred By*; what came of it is
    followed here, by the refresh (``customer.lifecycle.referring``). Its life:
    pending → earned, once the friend's first order counts, → rewarded, with the
    coupons of both → taken back, when that order is cancelled. Written by the addon.
    """

    _name = "customer.lifecycle.referral"
    _description = "Referral"
    _inherit = [
        "customer.lifecycle.referral.refusal",
        "customer.lifecycle.referral.reward",
    ]
    _order = "brought_date DESC, id DESC"
    _rec_name = "friend_id"

    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Brought By",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    friend_id = fields.Many2one(
        "res.partner",
        string="Customer Brought",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The company or the private person who was brought.",
    )
    friend_lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Card of the Customer Brought",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="lifecycle_id.user_id", string="Salesperson")
    how = fields.Selection(
        HOW, string="How It Came", default="hand", required=True, readonly=True
    )
    brought_date = fields.Date(string="Brought On", required=True, readonly=True)
    state = fields.Selection(
        STATES, default="pending", required=True, readonly=True, index=True
    )
    order_id = fields.Many2one(
        "sale.order",
        string="First Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    is_news = fields.Boolean(
        readonly=True,
        help="Whether the first order happened, and was not entered as history: only "
        "then there is a reward.",
    )
    amount = fields.Monetary(
        related="friend_lifecycle_id.amount_total",
        string="Bought Since",
        help="What the customer brought has bought, untaxed.",
    )
    purchase_count = fields.Integer(
        related="friend_lifecycle_id.purchase_count", string="Purchases"
    )
    refusal_code = fields.Char(readonly=True)
    refusal_values = fields.Json(readonly=True)
    reason = fields.Char(
        string="Why", compute="_compute_reason", help="Why it does not count."
    )

    _friend_company_uniq = models.UniqueIndex(
        "(friend_id, company_id)", "Somebody has brought this customer already."
    )

    @api.depends("refusal_code", "refusal_values")
    @api.depends_context("lang")
    def _compute_reason(self):
        for referral in self:
            referral.reason = self._refusal_sentence(
                referral.refusal_code, referral.refusal_values
            )

    # ------------------------------------------------------------------------ bringing

    @api.model
    def _bring(self, friend, referrer, company, how: str) -> str | None:
        """Note who brought a contact, unless something speaks against it.

        :param friend: a contact; the company it belongs to was brought
        :param how: a key of ``HOW``
        :return: what speaks against it, as a sentence
        """
        # sudo: res.partner - whoever enters a code says who brought the customer
        customer = friend.sudo().commercial_partner_id
        referrer = referrer.sudo().commercial_partner_id
        if customer.lifecycle_referred_by_id.commercial_partner_id != referrer:
            refusal = self._refusal(
                referrer, friend, company, without=self._passed_over()
            )
            if refusal:
                return refusal
            # judged again by a constraint, which knows the current company only
            customer.with_company(company).lifecycle_referred_by_id = referrer
        self.sudo()._note(customer, referrer, company, how)
        return None

    @api.model
    def _note(self, friend, referrer, company, how: str):
        """Write how somebody was brought; the rest follows from the contact."""
        card = self.env["customer.lifecycle"].search(
            [("partner_id", "=", referrer.id), ("company_id", "=", company.id)]
        )
        known = self.search(
            [("friend_id", "=", friend.id), ("company_id", "=", company.id)]
        )
        if known.state == "pending" and known.lifecycle_id != card and card:
            known.write({"lifecycle_id": card.id, "how": how})
        elif card and not known:
            self.create(
                {
                    "lifecycle_id": card.id,
                    "friend_id": friend.id,
                    "company_id": company.id,
                    "how": how,
                    "brought_date": company._lifecycle_today(),
                }
            )

    @api.model
    def _unbring(self, friend, referrer):
        """Take back what was noted by mistake, as long as nothing came of it."""
        friend = friend.sudo().commercial_partner_id
        brought_by = friend.lifecycle_referred_by_id.commercial_partner_id
        if brought_by == referrer.sudo().commercial_partner_id:
            # sudo: customer.lifecycle.referral - followed for whoever corrects it
            referrals = self.sudo().search([("friend_id", "=", friend.id)])
            if set(referrals.mapped("state")) <= {"pending"}:
                friend.lifecycle_referred_by_id = False
                referrals.unlink()

    # ------------------------------------------------------------------------- judging

    def _still_refused(self) -> dict:
        """Return what speaks against these now: ``{referral: (code, values)}``.

        That the friend has bought, or came through somebody, is how it should be.
        """
        claims = [
            Claim(each.lifecycle_id.partner_id, each.friend_id, each.company_id)
            for each in self
        ]
        refusals = self._refusals(claims, without=("customer", "already"))
        return {
            each: refusal
            for each, refusal in zip(self, refusals, strict=True)
            if refusal
        }
