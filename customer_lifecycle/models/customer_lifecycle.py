from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from .customer_lifecycle_transition import HEALTH_STATES

REGULARITIES = [
    ("clockwork", "Like clockwork"),
    ("regular", "Regular"),
    ("irregular", "Irregular"),
    ("unknown", "Too few purchases to tell"),
]
#: Where a person can put a card.
PLACES = ("stage_id", "level_id")


class CustomerLifecycle(models.Model):
    """The card of one customer in one company: unique by (commercial partner, company).

    Two kinds of column:

    - **facts** (``_fact_columns`` of ``customer.lifecycle.facts``): purchases, amounts,
      dates, first touch. Written only by set-based SQL, so not tracked, and no "on
      write" automation sees them.
    - **decisions** (``stage_id``, ``level_id``, ``health``, ``user_id``, ``team_id``):
      written only through the ORM, so that automations fire. Each change of the first
      three is a transition, written by ``_move``.

    A card is never deleted while its contact exists (nobody has the right): it is
    archived, and then left out whatever the rule says.
    """

    _name = "customer.lifecycle"
    _description = "Customer"
    _inherit = [
        "customer.lifecycle.movable",
        "customer.lifecycle.buttons",
        "customer.lifecycle.care",
        "customer.lifecycle.referrer",
        "customer.lifecycle.knowledge",
        "customer.lifecycle.celebrated",
        "customer.lifecycle.climbing",
        "customer.lifecycle.answerable",
        "customer.lifecycle.reached",
        "customer.lifecycle.today.snooze",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "amount_year DESC, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id", "partner_id.ref", "email", "phone"]
    _mail_post_access = "read"
    _check_company_auto = True

    # ---- identity
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
        help="The company or the private person, never a contact person of it.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    inclusion = fields.Selection(
        [
            ("rule", "By the rule"),
            ("added", "Added by hand"),
            ("excluded", "Left out by hand"),
        ],
        string="Why a Customer",
        default="rule",
        required=True,
        readonly=True,
        help="Whether the rule in the settings or a person made this a customer.",
    )
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    category_ids = fields.Many2many(
        related="partner_id.category_id", string="Tags", readonly=False
    )
    color = fields.Integer()

    # ---- decisions
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        index=True,
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", index="btree_not_null", check_company=True
    )
    owner_by_hand = fields.Boolean(
        string="Salesperson Chosen by Hand",
        readonly=True,
        help="Whether a person chose the salesperson on this card.",
    )
    stage_id = fields.Many2one(
        "customer.lifecycle.stage",
        index=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )
    level_id = fields.Many2one(
        "customer.lifecycle.level",
        string="Relationship Level",
        index=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )
    health = fields.Selection(
        HEALTH_STATES,
        default="unknown",
        required=True,
        readonly=True,
        index=True,
        help="Where today stands against the customer's own rhythm.",
    )
    stage_since = fields.Date(readonly=True)
    level_since = fields.Date(readonly=True)
    health_since = fields.Date(readonly=True)
    stage_pinned_until = fields.Date(
        readonly=True, help="Until this day the stage stays where a person put it."
    )
    level_pinned_until = fields.Date(
        readonly=True, help="Until this day the level stays where a person put it."
    )
    pinned_until = fields.Date(
        compute="_compute_pinned_until", help="The later of the two pins."
    )
    expected_again_date = fields.Date(
        string="Expected Again On",
        tracking=True,
        help="The day on which the customer will buy again, if you know: a season "
        "contract, closed for the summer. Until then it is not due.",
    )

    # ---- facts
    purchase_count = fields.Integer(
        string="Purchases",
        readonly=True,
        help="Days on which the customer bought. Several orders on a day are one.",
    )
    first_purchase_date = fields.Date(string="First Purchase", readonly=True)
    last_purchase_date = fields.Date(string="Last Purchase", readonly=True)
    purchase_span_days = fields.Integer(
        string="Days as a Buyer",
        readonly=True,
        aggregator="avg",
        help="Days from the first to the last purchase.",
    )
    amount_total = fields.Monetary(
        string="Total Purchases",
        readonly=True,
        help="Confirmed orders less refunds, untaxed.",
    )
    amount_year = fields.Monetary(
        string="Last 12 Months",
        readonly=True,
        help="Confirmed orders of the last 12 months less refunds, untaxed.",
    )
    amount_average = fields.Monetary(
        string="Average Purchase", readonly=True, aggregator="avg"
    )
    interval_days = fields.Float(
        string="Days between Purchases",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Mean number of days between this customer's purchases.",
    )
    need_count = fields.Integer(
        string="Needs Noted",
        readonly=True,
        help="Confirmed orders on which the need was written down.",
    )
    quotation_count = fields.Integer(string="Open Quotations", readonly=True)
    oldest_quotation_date = fields.Date(string="Oldest Open Quotation", readonly=True)
    opportunity_count = fields.Integer(string="Open Opportunities", readonly=True)
    opportunity_amount = fields.Monetary(string="Expected Revenue", readonly=True)
    referral_count = fields.Integer(
        string="Customers Brought",
        readonly=True,
        help="Customers who were referred by this one and have bought.",
    )
    referral_amount = fields.Monetary(
        string="Bought by Customers Brought",
        readonly=True,
        help="What the customers whom this one brought have bought, untaxed.",
    )
    first_touch_date = fields.Date(
        string="First Touch",
        readonly=True,
        help="Day of the first lead, quotation or order.",
    )
    source_id = fields.Many2one("utm.source", string="First Source", readonly=True)
    medium_id = fields.Many2one("utm.medium", string="First Medium", readonly=True)
    campaign_id = fields.Many2one(
        "utm.campaign",
        string="First Campaign",
        readonly=True,
        index="btree_not_null",
    )
    suggested_user_id = fields.Many2one(
        "res.users", string="Suggested Salesperson", readonly=True
    )
    suggested_team_id = fields.Many2one("crm.team", readonly=True)
    due_date = fields.Date(
        readonly=True, help="When the next purchase is usually made."
    )
    slipping_date = fields.Date(
        readonly=True, help="When the pause becomes unusual for this customer."
    )
    lapsed_date = fields.Date(
        readonly=True,
        help="When the customer counts as gone, if it does not buy first.",
    )
    regularity = fields.Selection(
        REGULARITIES,
        readonly=True,
        help="How much the pauses between this customer's purchases are alike.",
    )
    return_chance = fields.Float(
        string="Chance of Buying Again",
        readonly=True,
        aggregator="avg",
        help="Chance (0 to 1) that the customer buys again within the days in "
        "settings, as of the last reading of this card.",
    )
    expected_purchases = fields.Float(
        string="Expected Purchases (12 Months)",
        readonly=True,
        digits=(16, 2),
        help="Purchases that can be expected in the next 12 months.",
    )
    expected_amount = fields.Monetary(
        string="Expected Value (12 Months)",
        readonly=True,
        help="What the expected purchases of the next 12 months are worth, by the "
        "customer's average purchase.",
    )
    amount_at_stake = fields.Monetary(
        string="Value at Stake",
        readonly=True,
        help="What is likely to be lost in the next 12 months: what the customer would "
        "buy, times the chance that it has left.",
    )
    # the sums that the forecast is made of, so that it can be told for any day
    rhythm_span = fields.Float(
        readonly=True,
        aggregator=False,
        help="Days from the first to the last purchase, busy months counting more.",
    )
    rhythm_log_sum = fields.Float(
        readonly=True,
        aggregator=False,
        help="Sum of the logarithms of the pauses between purchases.",
    )
    next_change_date = fields.Date(
        readonly=True, help="The next day on which time alone changes this card."
    )

    # ---- explanations
    today = fields.Date(
        compute="_compute_today", help="The day it is in the company's time zone."
    )
    reason = fields.Text(compute="_compute_reason")
    promise_ids = fields.One2many(
        "customer.lifecycle.commitment", "lifecycle_id", string="Promises"
    )
    transition_ids = fields.One2many(
        "customer.lifecycle.transition", "lifecycle_id", string="History", readonly=True
    )

    _card_partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This customer already has a card."
    )
    # what the scheduled action reads every hour
    _next_change_idx = models.Index(
        "(company_id, next_change_date) WHERE next_change_date IS NOT NULL"
    )

    # ---------------------------------------------------------------------- computes

    @api.depends("company_id")
    def _compute_today(self):
        for company, cards in self.grouped("company_id").items():
            cards.today = company._lifecycle_today() if company else False

    @api.depends("stage_pinned_until", "level_pinned_until")
    def _compute_pinned_until(self):
        for card in self:
            pins = [card.stage_pinned_until, card.level_pinned_until]
            card.pinned_until = max(filter(None, pins), default=False)

    @api.depends(
        "stage_id",
        "health",
        "stage_pinned_until",
        "last_purchase_date",
        "purchase_count",
        "expected_again_date",
    )
    @api.depends_context("lang")
    def _compute_reason(self):
        reasons = self.env["customer.lifecycle.reason"]
        pins = reasons._pins(self)
        for card in self:
            snapshot = reasons._snapshot(card, card.today or fields.Date.today())
            card.reason = pins.get((card.id, "stage")) or reasons._sentence(snapshot)

    # ------------------------------------------------------------- adding and leaving

    @api.model_create_multi
    def create(self, vals_list):
        """Add customers by hand: by contact, at a stage of choice or where they belong.

        A contact person stands for the company it belongs to. The facts are gathered
        at once, so that the card says the truth from the first second.
        """
        wishes, prepared = [], []
        # the first column is where "New" puts everybody: it says nothing
        unsaid = {
            "stage_id": self.env["customer.lifecycle.stage"].search([])._rest().id,
            "level_id": self.env["customer.lifecycle.level"].search([], limit=1).id,
        }
        defaults = self.default_get(["partner_id", "company_id", "user_id", *PLACES])
        for given in vals_list:
            vals = defaults | given
            contact = self.env["res.partner"].browse(vals.get("partner_id"))
            wishes.append(
                {
                    field: vals[field]
                    for field in PLACES
                    if vals.get(field) and vals[field] != unsaid[field]
                }
            )
            prepared.append(
                # not from the defaults: places are moved to, health follows
                vals
                | dict.fromkeys(PLACES, False)
                | {
                    "partner_id": contact.commercial_partner_id.id,
                    "inclusion": "added",
                    "owner_by_hand": bool(vals.get("user_id")),
                    "health": "unknown",
                    "stage_pinned_until": False,
                    "level_pinned_until": False,
                }
            )
        self._check_no_card_yet(prepared)
        cards = super().create(prepared)
        # sudo: customer.lifecycle.refresh - reads every order of these customers,
        # also those of other salespeople, and writes only their cards
        refresh = self.env["customer.lifecycle.refresh"].sudo()
        is_silent = self.env["customer.lifecycle.change"]._is_silent()
        for company, of_company in cards.grouped("company_id").items():
            refresh._refresh(company, of_company.partner_id.ids, is_silent=is_silent)
        for card, wish in zip(cards, wishes, strict=True):
            if wish:
                card.write(wish)
        return cards

    @api.model
    def _check_no_card_yet(self, vals_list):
        """Say which customer is there already, and where to find it.

        :raises RedirectWarning: with the way to the card
        """
        company = self.env.company
        # sudo: customer.lifecycle - a card of a colleague exists too
        card = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                Domain.OR(
                    Domain("partner_id", "=", vals["partner_id"])
                    & Domain("company_id", "=", vals.get("company_id", company.id))
                    for vals in vals_list
                ),
                limit=1,
            )
        )
        if not card:
            return
        if not card.active:
            message = self.env._(
                "%s already has a card, which is archived. Unarchive it instead.",
                card.partner_id.display_name,
            )
        else:
            message = self.env._("%s already has a card.", card.partner_id.display_name)
        if not card.sudo(False).has_access("read"):
            raise UserError(message)
        raise RedirectWarning(message, card._form_action(), self.env._("Open the card"))

    def _form_action(self) -> dict:
        """Return the action that opens this card."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_archive(self):
        """Leave customers out, whatever the rule says, until they are unarchived."""
        self.check_access("write")
        # sudo: customer.lifecycle - written by these two buttons only
        self.sudo().inclusion = "excluded"
        return super().action_archive()

    def action_unarchive(self):
        """Take customers in, whatever the rule says."""
        self.check_access("write")
        # sudo: customer.lifecycle - written by these two buttons only
        self.sudo().inclusion = "added"
        result = super().action_unarchive()
        self._mark_changed()
        return result

    @api.model
    def get_empty_list_help(self, help_message):
        """Say on an empty screen that the first reading is still under way."""
        # sudo: customer.lifecycle.change - a number, for whoever looks at the screen
        waiting = self.env["customer.lifecycle.change"].sudo().search_count([])
        if not waiting:
            return super().get_empty_list_help(help_message)
        return self.env._(
            "<p class='o_view_nocontent_smiling_face'>The customers are being read "
            "from your orders: %s still to go.</p><p>This runs by itself; come back "
            "in a minute.</p>",
            waiting,
        )
