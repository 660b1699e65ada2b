from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

STATES = [
    ("open", "Open"),
    ("kept", "Kept"),
    ("broken", "Not Kept"),
    ("waived", "Not Expected Any More"),
]
SIDES = [("ours", "We promised"), ("theirs", "The customer promised")]
KINDS = [
    ("hand", "By hand"),
    ("delivery", "Delivery of an order"),
    ("quotation", "Prices of a quotation"),
    ("vow", "Vow to new customers"),
]
#: Columns that say how a promise came and ended: written by the addon only.
COURSE = frozenset(
    {
        "state",
        "kind",
        "vow_id",
        "asked_date",
        "closed_date",
        "closed_by_id",
        "is_alerted",
    }
)
#: What was promised: it stays as it was once the promise has ended.
TERMS = frozenset({"lifecycle_id", "name", "side", "made_date", "due_date", "user_id"})
#: The column of a promise for each document in which one can be made.
DOCUMENTS = {
    "sale.order": "order_id",
    "crm.lead": "lead_id",
    "calendar.event": "event_id",
    "mail.message": "message_id",
}
#: While it is set, promises do not queue their customers: the refresh is at it.
UNMARKED = "customer_lifecycle.promises_unmarked"


class CustomerLifecycleCommitment(models.Model):
    """A promise of one side to the other: what, who, and by when.

    Made by hand from an order, an opportunity, a meeting or a message, or by itself
    (``customer.lifecycle.promising``): the delivery of an order, the validity of a
    quotation, the company's vows to each new customer. It ends once, by ``_close``:
    kept, broken or waived, with the day, who said so and the proof. Its terms cannot
    be edited afterwards; taking the end back is tracked.
    """

    _name = "customer.lifecycle.commitment"
    _description = "Promise"
    _inherit = [
        "customer.lifecycle.askable",
        "customer.lifecycle.endable",
        "customer.lifecycle.of.customer",
        "customer.lifecycle.source",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "due_date, id"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(
        string="Promise",
        required=True,
        tracking=True,
        help="What was promised, in one sentence. The customer reads it in the portal.",
    )
    side = fields.Selection(
        SIDES, string="Who Promised", default="ours", required=True, tracking=True
    )
    kind = fields.Selection(
        KINDS,
        string="How It Came",
        default="hand",
        required=True,
        readonly=True,
        copy=False,
    )
    made_date = fields.Date(
        string="Made On",
        required=True,
        default=lambda self: self.env.company._lifecycle_today(),
    )
    due_date = fields.Date(
        string="Due By",
        required=True,
        tracking=True,
        help="The last day on which it is kept in time.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        default=lambda self: self.env.user,
        check_company=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who sees to it that it is kept, and is asked when it is overdue.",
    )
    state = fields.Selection(
        STATES,
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    asked_date = fields.Date(
        string="Asked On",
        readonly=True,
        copy=False,
        help="When the responsible was asked whether it was kept.",
    )
    closed_date = fields.Date(string="Ended On", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        "res.users",
        string="Ended By",
        readonly=True,
        copy=False,
        help="Who said so; empty where it follows from what happened.",
    )
    is_alerted = fields.Boolean(string="Alerted", readonly=True, copy=False)
    proof = fields.Text(
        copy=False, help="How it is known that it was kept, or why it was not."
    )
    order_id = fields.Many2one(
        "sale.order", check_company=True, index="btree_not_null", ondelete="set null"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Opportunity",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Meeting",
        index="btree_not_null",
        ondelete="set null",
    )
    message_id = fields.Many2one(
        "mail.message",
        index="btree_not_null",
        ondelete="set null",
    )
    vow_id = fields.Many2one(
        "customer.lifecycle.vow",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _due_after_made = models.Constraint(
        "CHECK (due_date >= made_date)",
        "A promise cannot be due before it was made.",
    )
    _ended_after_made = models.Constraint(
        "CHECK (closed_date >= made_date)",
        "A promise cannot end before it was made.",
    )
    # one open promise of each kind for an order, and one of each vow for a customer
    _order_uniq = models.UniqueIndex(
        "(order_id, kind) WHERE state = 'open' AND kind IN ('delivery', 'quotation')"
    )
    _vow_uniq = models.UniqueIndex("(lifecycle_id, vow_id) WHERE vow_id IS NOT NULL")
    # what the screen opens on
    _open_idx = models.Index("(company_id, due_date) WHERE state = 'open'")

    @api.constrains("name")
    def _check_name(self):
        for promise in self:
            if not (promise.name or "").strip():
                raise ValidationError(
                    self.env._("Say what was promised: the customer reads it.")
                )

    @api.constrains("user_id")
    def _check_user(self):
        for promise in self:
            if promise.user_id.share:
                raise ValidationError(
                    self.env._(
                        "%s does not work here: choose one of us.",
                        promise.user_id.display_name,
                    )
                )

    # ---------------------------------------------------------------------- computes

    @api.depends("state", "due_date", "company_id")
    def _compute_is_overdue(self):
        for promise in self:
            promise.is_overdue = bool(
                promise.state == "open"
                and promise.due_date
                and promise.company_id
                and promise.due_date < promise.company_id._lifecycle_today()
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("due_date", "<", company._lifecycle_today())
            # sudo: res.company - the day it is in each; promises have own rules
            for company in self.env["res.company"].sudo().search([])
        )
        if True in value and False in value:
            return Domain.TRUE
        return overdue if True in value else ~overdue

    # --------------------------------------------------------------- its course

    @api.model_create_multi
    def create(self, vals_list):
        """Make promises; they begin open.

        :raises UserError: where a user makes one that has ended already
        :raises AccessError: as ``_check_concerns_user``
        """
        promises = super().create(vals_list)
        if not self.env.su:
            promises._check_untouched()
            promises._check_made_by_now()
            promises._check_concerns_user()
        return promises

    def copy_data(self, default=None):
        """Promise the same again, from today on and with as much time."""
        vals_list = super().copy_data(default)
        for promise, vals in zip(self, vals_list, strict=True):
            today = promise.company_id._lifecycle_today()
            again = {
                "made_date": today,
                "due_date": today + (promise.due_date - promise.made_date),
            }
            vals.update({**again, **(default or {})})
        return vals_list

    def _check_untouched(self):
        """Refuse promises of users that do not begin at the beginning."""
        begun = {
            "state": "open",
            "kind": "hand",
            "vow_id": self.env["customer.lifecycle.vow"],
            "closed_by_id": self.env["res.users"],
        }
        for promise in self:
            if any(promise[name] != begun.get(name, False) for name in COURSE):
                raise UserError(
                    self.env._("A promise begins open: say later how it ended.")
                )

    def _check_made_by_now(self):
        """Refuse promises of users that are not made yet; the refresh knows its day.

        No constraint: these are checked as the superuser.
        """
        for promise in self:
            if promise.made_date > promise.company_id._lifecycle_today():
                raise ValidationError(
                    self.env._(
                        "A promise is written down once it was made: not before."
                    )
                )

    def _check_concerns_user(self):
        """Refuse promises to customers with whom the user has nothing to do.

        :raises AccessError: where the user may read neither the customer nor the
            document about this customer on which the promise was given
        """
        seen = self.lifecycle_id._filtered_access("read")
        for promise in self.filtered(lambda each: each.lifecycle_id not in seen):
            if not promise._is_from_readable_document():
                promise.lifecycle_id.check_access("read")

    def _is_from_readable_document(self) -> bool:
        """Say whether it was given on a document about this customer."""
        self.ensure_one()
        # sudo: customer.lifecycle - compared only
        customer = self.sudo().lifecycle_id.partner_id
        wizard = self.env["customer.lifecycle.promise"]
        documents = (self[column] for column in DOCUMENTS.values())
        return any(
            document
            and document.has_access("read")
            and wizard._partner_of(document).commercial_partner_id == customer
            for document in documents
        )

    def write(self, vals):
        """Keep the course to the addon, and the terms as they were at the end.

        :raises UserError: where a user writes either
        :raises AccessError: as ``_check_concerns_user``
        """
        if not self.env.su and not COURSE.isdisjoint(vals):
            raise UserError(
                self.env._("How a promise ended is said with the buttons only.")
            )
        if not self.env.su and not TERMS.isdisjoint(vals):
            ended = self.filtered(lambda promise: promise.state != "open")
            if ended:
                raise UserError(
                    self.env._(
                        "“%(promise)s” has ended. Reopen it before changing it.",
                        promise=ended[0].name,
                    )
                )
        if "due_date" in vals and not COURSE & vals.keys():
            # another day is another promise: it is asked about anew
            self.sudo()._forget_question()
        result = super().write(vals)
        if not self.env.su and "made_date" in vals:
            self._check_made_by_now()
        if not self.env.su and "lifecycle_id" in vals:
            self._check_concerns_user()
        return result

    def _forget_question(self):
        """Take back that the responsible was asked, and that anybody was alerted."""
        asked = self.filtered(lambda promise: promise.asked_date or promise.is_alerted)
        asked.write({"asked_date": False, "is_alerted": False})
        asked._drop_questions()

    # -------------------------------------------------------------- a source of facts

    @contextmanager
    def _unmarked(self):
        """Let the refresh change promises without queueing their customers again."""
        data = self.env.cr.precommit.data
        self.flush_model()
        data[UNMARKED] = True
        try:
            yield
            self.flush_model()
        finally:
            data.pop(UNMARKED, None)

    def _mark_customers(self):  # pylint: disable=missing-return
        if not self.env.cr.precommit.data.get(UNMARKED):
            super()._mark_customers()

    @api.model
    def _mark_open(self, companies):
        """Queue the customers of the open promises of companies, silently."""
        for company in companies:
            # sudo: customer.lifecycle.commitment - a setting concerns everybody's
            promises = self.sudo().search(
                [("company_id", "=", company.id), ("state", "=", "open")]
            )
            self.env["customer.lifecycle.change"]._mark_silently(
                company, promises.lifecycle_id.partner_id.ids, "rule"
            )

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "asked_date",
            "closed_date",
            "due_date",
            "lifecycle_id",
            "side",
            "state",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT card.partner_id, card.company_id, %(silent)s AS is_silent
              FROM customer_lifecycle_commitment AS promise
              JOIN customer_lifecycle AS card
                ON card.id = promise.lifecycle_id
             WHERE promise.id IN %(promises)s
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            promises=self._ids,
        )
