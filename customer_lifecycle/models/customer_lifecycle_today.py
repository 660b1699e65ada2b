from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: What can wait for somebody, the most urgent first.
KINDS = [
    ("setback", "Setback"),
    ("promise", "Overdue promise"),
    ("activity_late", "Overdue activity"),
    ("slipping", "Slipping"),
    ("lapsed", "Lapsed"),
    ("quotation", "Quotation open"),
    ("activity_today", "Planned for today"),
    ("outreach", "To approve"),
    ("promise_soon", "Promise due soon"),
    ("referral", "Brought somebody"),
    ("second_purchase", "Second purchase"),
    ("first_purchase", "First purchase"),
    ("climbed", "Level climbed"),
    ("anniversary", "Anniversary"),
    ("care", "Care"),
    ("need", "Need to ask about"),
]
#: What is done next where it is not a talk with the customer.
STEPS = {
    "promise": "promise",
    "promise_soon": "promise",
    "activity_late": "activity",
    "activity_today": "activity",
    "quotation": "quotation",
    "outreach": "outreach",
}
#: Days late after which it gets no more urgent, and is twice as urgent as at first.
LATE_DAYS = 30
#: The columns of a card that the sources of today read, beside its identity.
CARD_COLUMNS = (
    "user_id",
    "team_id",
    "stage_id",
    "level_id",
    "level_since",
    "health",
    "purchase_count",
    "first_purchase_date",
    "last_purchase_date",
    "slipping_date",
    "lapsed_date",
    "first_touch_date",
    "last_contact_date",
    "last_heard_date",
    "last_reached_date",
    "last_delivery_date",
    "setback_date",
    "need_count",
    "solved_count",
    "unsolved_count",
    "amount_average",
    "amount_at_stake",
    "expected_amount",
    "opportunity_amount",
    "snoozed_until",
    "snoozed_on",
    "snoozed_urgency",
)


class CustomerLifecycleToday(models.Model):
    """Whom to turn to today: at most one line per card, and nothing is stored.

    The line of a card is the most urgent matter that waits (its sources: see
    ``customer.lifecycle.today.sources``). Lines are ranked by what is at stake times
    the urgency of the matter, which doubles while it is left waiting. The id is the
    card's. What was snoozed comes back on its day, or when something worse happens.
    """

    _name = "customer.lifecycle.today"
    _description = "Today"
    _inherit = ["customer.lifecycle.today.sources", "customer.lifecycle.today.words"]
    _auto = False
    _rec_name = "lifecycle_id"
    _rec_names_search = ["lifecycle_id"]
    _order = "score desc, id"
    _depends = {
        "customer.lifecycle": ["active", "company_id", "partner_id", *CARD_COLUMNS],
        "customer.lifecycle.commitment": ["due_date", "lifecycle_id", "side", "state"],
        "customer.lifecycle.level": ["care_days", "sequence"],
        "customer.lifecycle.outreach": ["expiry_date", "planned_date", "state"],
        "customer.lifecycle.referral": [
            "friend_lifecycle_id",
            "lifecycle_id",
            "state",
        ],
        "customer.lifecycle.transition": ["date", "is_silent", "lifecycle_id"],
        "crm.lead": ["company_id", "partner_id"],
        "mail.activity": ["active", "date_deadline", "res_id", "res_model", "user_id"],
        "mail.message": ["date", "mail_activity_type_id", "model", "res_id"],
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["amount_untaxed", "date_order", "partner_id", "state"],
    }

    lifecycle_id = fields.Many2one(
        "customer.lifecycle", string="Customer", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    stage_id = fields.Many2one("customer.lifecycle.stage", readonly=True)
    level_id = fields.Many2one(
        "customer.lifecycle.level", string="Relationship Level", readonly=True
    )
    kind = fields.Selection(KINDS, string="What Waits", readonly=True)
    day = fields.Date(
        string="Waiting Since", readonly=True, help="The day on which it was due."
    )
    res_id = fields.Integer(readonly=True)
    urgency = fields.Integer(
        readonly=True, aggregator=False, help="How urgent it is: 1 to 100."
    )
    amount = fields.Monetary(
        string="At Stake",
        readonly=True,
        help="What the customer is expected to buy in the next 12 months, what is "
        "likely to be lost, or what is offered: the largest of them.",
    )
    score = fields.Float(
        string="Rank",
        readonly=True,
        aggregator=False,
        help="What is at stake times how urgent it is; waiting for a month doubles it. "
        "Who has not bought yet counts at least as one average purchase.",
    )
    is_mine = fields.Boolean(
        string="Mine", compute="_compute_is_mine", search="_search_is_mine"
    )
    is_snoozed = fields.Boolean(string="Snoozed", readonly=True)
    snoozed_until = fields.Date(string="Comes Back On", readonly=True)
    reason = fields.Text(string="Why", compute="_compute_reason")
    next_step = fields.Selection(
        [
            ("call", "Prepare a Call"),
            ("promise", "See the Promise"),
            ("activity", "See the Plan"),
            ("quotation", "See the Quotation"),
            ("outreach", "See the Message"),
        ],
        compute="_compute_next_step",
    )
    phone = fields.Char(related="lifecycle_id.phone")

    # ----------------------------------------------------------------------- the list

    @property
    def _table_query(self) -> SQL:
        # compiling the statement takes many times as long as running it: seconds
        self.env.cr.execute("SET LOCAL jit = off")
        return SQL(
            """
              WITH days (company_id, as_of) AS (VALUES %(days)s),
                   urgencies (kind, urgency) AS (VALUES %(urgencies)s),
                   cards AS MATERIALIZED (
                   SELECT card.id, card.partner_id, card.company_id, days.as_of,
                          %(columns)s
                     FROM customer_lifecycle AS card
                     JOIN days
                       ON days.company_id = card.company_id
                    WHERE card.active),
                   matters AS (%(matters)s),
                   floors AS MATERIALIZED (
                   -- who has not bought yet is worth a first purchase
                   SELECT company_id, AVG(amount_average) AS amount
                     FROM cards
                    WHERE purchase_count > 0
                 GROUP BY company_id),
                   lines AS (
                   SELECT DISTINCT ON (cards.id)
                          cards.*, matters.kind, matters.day, matters.res_id,
                          matters.amount, urgencies.urgency,
                          %(is_snoozed)s AS is_snoozed
                     FROM matters
                     JOIN urgencies
                    USING (kind)
                     JOIN cards
                       ON cards.id = matters.lifecycle_id
                 ORDER BY cards.id, %(is_snoozed)s, urgencies.urgency DESC,
                          matters.day, matters.res_id)
            SELECT lines.id, lines.id AS lifecycle_id, lines.company_id, lines.user_id,
                   lines.team_id, lines.stage_id, lines.level_id, lines.kind, lines.day,
                   lines.res_id, lines.urgency, stakes.amount,
                   lines.is_snoozed,
                   CASE WHEN lines.is_snoozed THEN lines.snoozed_until END
                       AS snoozed_until,
                   (GREATEST(stakes.amount, floors.amount, 1) * lines.urgency / 100
                    * (1 + LEAST(GREATEST(lines.as_of - lines.day, 0), %(late)s)
                           / %(late)s.0))::float AS score
              FROM lines
         LEFT JOIN floors
             USING (company_id)
        CROSS JOIN LATERAL (SELECT GREATEST(
                                lines.amount, lines.amount_at_stake,
                                lines.expected_amount, lines.opportunity_amount, 0))
                   AS stakes (amount)
            """,
            days=self._days_sql(),
            urgencies=SQL(", ").join(
                SQL("(%s, %s)", kind, urgency)
                for kind, urgency in self._urgencies().items()
            ),
            columns=SQL(", ").join(
                SQL.identifier("card", name) for name in CARD_COLUMNS
            ),
            matters=SQL(" UNION ALL ").join(self._sources()),
            is_snoozed=self._is_snoozed_sql(),
            late=LATE_DAYS,
        )

    def _days_sql(self) -> SQL:
        """Return the day it is in each company that the user works in, as values."""
        return SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._lifecycle_today())
            for company in self.env.companies or self.env.company
        )

    def _is_snoozed_sql(self) -> SQL:
        """Return the condition that a matter waits until its card's day comes.

        Not if it is worse than what was snoozed, or came after it. What is planned for
        a day comes on this day.
        """
        return SQL(
            """
            COALESCE(cards.snoozed_until > cards.as_of
                     AND CASE WHEN matters.kind IN ('activity_late', 'activity_today')
                              THEN matters.day <= cards.snoozed_on
                              ELSE urgencies.urgency < cards.snoozed_urgency
                                   OR urgencies.urgency = cards.snoozed_urgency
                                      AND matters.day <= cards.snoozed_on END,
                     FALSE)
            """
        )

    # ---------------------------------------------------------------------- computes

    @api.depends("user_id", "team_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.filtered_domain(self._mine_domain())
        mine.is_mine = True
        (self - mine).is_mine = False

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        if True in value and False in value:
            return Domain.TRUE
        mine = self._mine_domain()
        return mine if True in value else ~mine

    @api.model
    def _mine_domain(self) -> Domain:
        """Return whom this user looks after: own customers, and those of nobody.

        Of nobody's, leaders see to those of their teams, and managers to all.
        """
        user = self.env.user
        mine = Domain("user_id", "=", user.id)
        nobodys = Domain("user_id", "=", False)
        if user.has_group("sales_team.group_sale_manager"):
            return mine | nobodys
        # sudo: crm.team - which teams the user leads
        teams = self.env["crm.team"].sudo().search([("user_id", "=", user.id)])
        return mine | (nobodys & Domain("team_id", "in", teams.ids))

    @api.depends("kind")
    def _compute_next_step(self):
        for line in self:
            line.next_step = STEPS.get(line.kind, "call")

    # ----------------------------------------------------------------------- actions

    def action_open_card(self):
        """Open the customer."""
        self.ensure_one()
        return self.lifecycle_id._form_action()

    def action_next(self):
        """Open what is to be done next: the promise, the quotation, the call."""
        self.ensure_one()
        return getattr(self, f"_open_{self.next_step}")()

    def _open_call(self):
        return self.lifecycle_id.action_prepare_call()

    def _open_promise(self):
        return self._open("customer.lifecycle.commitment", self.res_id)

    def _open_quotation(self):
        return self._open("sale.order", self.res_id)

    def _open_outreach(self):
        return self._open("customer.lifecycle.outreach", self.res_id)

    def _open_activity(self):
        # sudo: mail.activity - what it hangs on; that opens for who may see it only
        activity = self.env["mail.activity"].sudo().browse(self.res_id).exists()
        return self._open(activity.res_model, activity.res_id)

    def _open(self, model: str, res_id: int) -> dict:
        """Return the action that opens a record; the card where the user may not."""
        record = model and self.env[model].browse(res_id).exists()
        if not record or not record.has_access("read"):
            return self.action_open_card()
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_done(self):
        """Ask what was done."""
        self.ensure_one()
        return self._dialog("done", default_lifecycle_id=self.id)

    def action_snooze(self):
        """Ask until when it can wait."""
        return self._dialog("snooze", default_lifecycle_ids=self.ids)

    def _dialog(self, name: str, **context) -> dict:
        """Return the action that opens a dialog about these lines."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_lifecycle.customer_lifecycle_today_{name}_action"
        )
        return action | {"context": context}

    def action_unsnooze(self):
        """Take these customers back into the list."""
        self.lifecycle_id._unsnooze()

    @api.model
    def action_open_app(self):
        """Open the first screen: Today where it has something to say."""
        domain = Domain("is_mine", "=", True) & Domain("is_snoozed", "=", False)
        name = "today" if self.search_count(domain, limit=1) else ""
        return self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_lifecycle.customer_lifecycle_{name and name + '_'}action"
        )

    @api.model
    def get_empty_list_help(self, help_message):
        """Say on an empty list whether nothing waits, or nobody is there yet."""
        cards = self.env["customer.lifecycle"]
        if not cards.search_count([], limit=1):
            return cards.get_empty_list_help(help_message)
        if not cards.search_count(self._mine_domain(), limit=1):
            return self.env._(
                "<p class='o_view_nocontent_smiling_face'>No customer is yours yet</p>"
                "<p>This list is about the customers whose salesperson you are. Under "
                "Customers, put yourself on a card; a colleague's list shows when the "
                "filter “Mine” is taken away.</p>"
            )
        return super().get_empty_list_help(help_message)
