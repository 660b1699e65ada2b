from odoo import api, fields, models

KINDS = [
    ("activity", "Activity"),
    ("message", "Message"),
    ("offer", "Offer"),
    ("ask", "Question"),
    ("reminder", "Reminder"),
]
STATES = [
    ("planned", "To Approve"),
    ("approved", "Approved"),
    ("waiting", "Waiting"),
    ("held", "Held Back"),
    ("control", "Control Group"),
    ("cancelled", "Cancelled"),
    ("sent", "Sent"),
    ("answered", "Answered"),
    ("redeemed", "Redeemed"),
    ("expired", "Expired"),
]
#: Nothing has happened yet, and something still may.
OPEN_STATES = ("planned", "approved", "waiting")
#: It reached the customer, or a person.
SENT_STATES = ("sent", "answered", "redeemed", "expired")
#: The kinds that the customer gets by mail, by what they are for.
PURPOSES = {
    "message": "care",
    "ask": "care",
    "offer": "offers",
    "reminder": "offers",
}


class CustomerLifecycleOutreach(models.Model):
    """One contact that the addon starts with one customer for one occasion.

    Unique by (card, step, occasion), whatever crashes or is tried again. Written by
    the planner, the gate, the sender and the outcomes, never by people directly; these
    approve, cancel or try again. Its life: planned → approved → sent, or waiting (until
    when), held back or cancelled (why), control; then answered, redeemed or expired.
    A reminder belongs to the offer that it recalls.
    """

    _name = "customer.lifecycle.outreach"
    _description = "Outreach"
    _inherit = [
        "customer.lifecycle.outreach.decision",
        "customer.lifecycle.outreach.message",
        "customer.lifecycle.outreach.delivery",
        "customer.lifecycle.outreach.rating",
        "customer.lifecycle.outreach.unsubscribe",
        "customer.lifecycle.outreach.referral",
    ]
    _order = "planned_date, id"
    _rec_name = "lifecycle_id"

    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="To",
        readonly=True,
        index="btree_not_null",
        # what a customer got stays known when the person who got it is deleted
        ondelete="set null",
        help="The person or company whom the message is addressed to.",
    )
    email = fields.Char(related="partner_id.email")
    user_id = fields.Many2one(related="lifecycle_id.user_id", string="Salesperson")
    step_id = fields.Many2one(
        "ir.actions.server",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    automation_id = fields.Many2one(
        "base.automation",
        string="Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    occasion = fields.Char(
        required=True, readonly=True, help="What it is for: once for each occasion."
    )
    state = fields.Selection(
        STATES,
        default="planned",
        required=True,
        readonly=True,
        index=True,
        group_expand="_expand_states",
    )
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True)
    reason = fields.Text(
        string="Why", compute="_compute_reason", help="Why it is where it is."
    )

    planned_date = fields.Date(
        string="Planned For", required=True, readonly=True, help="Not before this day."
    )
    expiry_date = fields.Date(
        string="Too Late After",
        required=True,
        readonly=True,
        help="The last day on which it makes sense.",
    )
    wait_until = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    sent_at = fields.Datetime(string="Sent On", readonly=True)

    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    message_id = fields.Many2one(
        "mail.message",
        string="Message Sent",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    coupon_code = fields.Char(string="Code", readonly=True, copy=False)
    coupon_id = fields.Many2one(
        "loyalty.card",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    offer_expiry_date = fields.Date(
        string="Valid Until", readonly=True, help="The last day of the offer."
    )
    offer_id = fields.Many2one(
        "customer.lifecycle.outreach",
        string="Offer Recalled",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Redeemed In",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _step_occasion_uniq = models.UniqueIndex(
        "(lifecycle_id, step_id, occasion)",
        "This step is planned for this occasion already.",
    )
    # what the scheduled action reads
    _to_send_idx = models.Index(
        "(planned_date) WHERE state IN ('planned', 'approved', 'waiting')"
    )
    # what the caps look at
    _sent_idx = models.Index("(lifecycle_id, sent_at) WHERE sent_at IS NOT NULL")

    @api.depends("reason_code", "reason_values")
    @api.depends_context("lang", "tz")
    def _compute_reason(self):
        gate = self.env["customer.lifecycle.gate"]
        for outreach in self:
            outreach.reason = gate._sentence(
                outreach.reason_code, outreach.reason_values or {}
            )

    def _purpose(self) -> str | bool:
        """Return what its mail is for, by which a customer refuses; False: no mail."""
        self.ensure_one()
        purpose = PURPOSES.get(self.kind, False)
        # what tells of a coupon is for whoever wants offers
        if purpose and self.step_id.lifecycle_occasion == "reward":
            return "offers"
        return purpose

    # ------------------------------------------------------------------------- writing

    def _put(self, state: str, code: str | None = None, values=None, **more):
        """Write where outreach stands, and why; one statement for all of them."""
        self.write(
            {
                "state": state,
                "reason_code": code,
                "reason_values": values or False,
                **more,
            }
        )
