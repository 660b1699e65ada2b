from odoo import fields, models


class CustomerLifecycleRelationship(models.AbstractModel):
    """The facts that the level of a relationship rests on, beside the purchases.

    Written by the facts like all others; the entry rules of the levels use them.
    """

    _name = "customer.lifecycle.relationship"
    _description = "What a Relationship Rests On"

    # ---- the need was answered
    solved_count = fields.Integer(
        string="Needs Solved",
        readonly=True,
        help="Confirmed orders whose need, by the customer's word or ours, was solved.",
    )
    unsolved_count = fields.Integer(
        string="Needs Not Solved",
        readonly=True,
        help="Confirmed orders whose need was not solved, and is still open.",
    )

    # ---- both sides talk
    last_contact_date = fields.Date(
        string="Last Contact",
        readonly=True,
        help="The last day on which people of both sides, or of one, got in touch: "
        "message, call, meeting, visit, finished activity. Automatic mail is none.",
    )
    last_heard_date = fields.Date(
        string="Last Heard From",
        readonly=True,
        help="The last day on which the customer wrote, called, met or visited.",
    )
    last_reached_date = fields.Date(
        string="Last Reached By Us",
        readonly=True,
        help="The last day on which one of us wrote, called, met or visited.",
    )

    # ---- we know the people, and gave ideas
    is_company = fields.Boolean(readonly=True)
    contact_person_count = fields.Integer(
        string="Contact Persons",
        readonly=True,
        help="People of this company with an e-mail address or a phone number.",
    )
    known_count = fields.Integer(
        string="Facts Known",
        readonly=True,
        help="Facts about the customer that somebody has written down.",
    )
    is_decider_known = fields.Boolean(
        string="Who Decides Is Known",
        readonly=True,
        help="Also where the company does not want to know who decides.",
    )
    idea_count = fields.Integer(
        string="Ideas Given",
        readonly=True,
        help="Ideas given in the last 12 months, which are not billed.",
    )
    last_idea_date = fields.Date(string="Last Idea", readonly=True)

    # ---- our word, their word
    promise_open_count = fields.Integer(
        string="Open Promises", readonly=True, help="What we still have to keep."
    )
    promise_overdue_count = fields.Integer(string="Overdue Promises", readonly=True)
    promise_kept_count = fields.Integer(string="Promises Kept", readonly=True)
    promise_broken_count = fields.Integer(string="Promises Not Kept", readonly=True)
    promise_broken_date = fields.Date(
        string="Last Promise Not Kept",
        readonly=True,
        help="The day on which we last failed to keep a promise.",
    )
    promise_kept_share = fields.Float(
        string="Share of Promises Kept",
        readonly=True,
        aggregator="avg",
        help="Of our promises that were kept or not, the share that was kept (0 to 1). "
        "Quotations that were ordered do not count.",
    )
    satisfaction = fields.Float(
        string="Last Rating",
        readonly=True,
        aggregator="avg",
        help="The last rating that the customer gave: 1 to 5, 0 where there is none.",
    )
    satisfaction_date = fields.Date(string="Rated On", readonly=True)
    setback_date = fields.Date(
        string="Setback",
        readonly=True,
        help="The day of the latest setback that is not made good yet: a promise that "
        "we broke, a bad rating, a need not solved.",
    )
    setback_kind = fields.Selection(
        [
            ("promise", "A promise that we did not keep"),
            ("rating", "A bad rating"),
            ("need", "A need not solved"),
        ],
        readonly=True,
    )
    paid_count = fields.Integer(
        string="Invoices Due",
        readonly=True,
        help="Invoices that were due in the last 12 months.",
    )
    paid_late_share = fields.Float(
        string="Share Paid Late",
        readonly=True,
        aggregator="avg",
        help="Of the invoices due in the last 12 months, the share (0 to 1) that was "
        "paid late or is overdue.",
    )
