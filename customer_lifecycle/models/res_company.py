from datetime import date, datetime

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..tools.forecast import Limits

#: Whoever buys and is neither one of us nor only a supplier.
CUSTOMER_RULE = (
    '[("partner_share", "=", True), ("employee", "=", False), '
    '("ref_company_ids", "=", False), '
    '"|", ("supplier_rank", "=", 0), ("customer_rank", ">", 0)]'
)
#: Settings that decide who has a card and on which day a purchase falls.
DEFINING = {
    "lifecycle_customer_domain",
    "lifecycle_customer_tag_ids",
    "lifecycle_tz",
}
#: Settings that decide when a customer slips and has lapsed.
LIMITING = {
    "lifecycle_horizon_days",
    "lifecycle_slipping_share",
    "lifecycle_lapsed_chance",
}

#: Settings that let a mail wait.
PACING = {
    "lifecycle_in_working_hours",
    "lifecycle_message_gap_days",
    "lifecycle_offer_gap_days",
    "resource_calendar_id",
}

#: The limits as delivered, the same as those of ``./dev forecast``.
DEFAULTS = Limits()


class ResCompany(models.Model):
    """Settings of the lifecycle, and the last fit of the company's usual rhythm."""

    _name = "res.company"
    _inherit = ["res.company", "customer.lifecycle.knowing"]

    lifecycle_customer_domain = fields.Char(
        string="Who Is a Customer",
        default=CUSTOMER_RULE,
        help="Contacts with a quotation, an order, a lead or one of the tags are "
        "customers if they fit this filter.",
    )
    lifecycle_customer_tag_ids = fields.Many2many(
        "res.partner.category",
        "lifecycle_company_customer_tag_rel",
        "company_id",
        "category_id",
        string="Tags of Customers",
        help="Contacts with one of these tags are customers before their first "
        "quotation.",
    )
    lifecycle_tz = fields.Selection(
        _tz_get,
        string="Time Zone of the Company",
        required=True,
        default=lambda self: self._default_lifecycle_tz(),
        help="A purchase falls on the day it is in this time zone.",
    )
    lifecycle_pin_days = fields.Integer(string="Days a Move by Hand Holds", default=30)
    lifecycle_horizon_days = fields.Integer(
        string="Days the Forecast Looks Ahead",
        default=DEFAULTS.horizon_days,
        help="The chance to come back is the chance of a purchase within these days.",
    )
    lifecycle_slipping_share = fields.Float(
        string="Share of Normal Pauses Called Slipping",
        default=DEFAULTS.slipping_share,
        help="A customer slips when only this share of its normal pauses is as long "
        "as the present one: so many normal pauses are disturbed for nothing.",
    )
    lifecycle_lapsed_chance = fields.Float(
        string="Chance to Come Back Called Lapsed",
        default=DEFAULTS.lapsed_chance,
        help="A customer has lapsed when its chance to come back falls below this.",
    )
    lifecycle_message_gap_days = fields.Integer(
        string="Days between Messages",
        default=7,
        help="Days between two automatic messages to one customer, offers included, "
        "over all rules. 0: no limit.",
    )
    lifecycle_offer_gap_days = fields.Integer(
        string="Days between Offers",
        default=14,
        help="Days between two offers to one customer, over all rules. 0: no limit.",
    )
    lifecycle_in_working_hours = fields.Boolean(
        string="Write in Working Hours Only",
        default=True,
        help="Whether automatic messages wait for the working hours of the company, by "
        "the customer's clock.",
    )
    lifecycle_grace_days = fields.Integer(
        string="Days of Grace for Promises",
        default=3,
        help="Days after the question was asked: without an answer the promise then "
        "counts as not kept.",
    )
    lifecycle_fit_id = fields.Many2one(
        "customer.lifecycle.fit",
        string="Fit in Use",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="How the customers of the company buy, as read from their purchases.",
    )

    _lifecycle_pin_days_positive = models.Constraint(
        "CHECK (lifecycle_pin_days > 0)",
        "A move by hand must hold for at least one day.",
    )
    _lifecycle_horizon_sane = models.Constraint(
        "CHECK (lifecycle_horizon_days BETWEEN 7 AND 730)",
        "The forecast looks between 7 and 730 days ahead.",
    )
    # a customer is due at half of its normal pauses, and slips later
    _lifecycle_slipping_share_sane = models.Constraint(
        "CHECK (lifecycle_slipping_share BETWEEN 0.01 AND 0.49)",
        "The share of normal pauses called slipping lies between 1 % and 49 %.",
    )
    _lifecycle_lapsed_chance_sane = models.Constraint(
        "CHECK (lifecycle_lapsed_chance BETWEEN 0.01 AND 0.90)",
        "The chance to come back called lapsed lies between 1 % and 90 %.",
    )

    _lifecycle_gaps_positive = models.Constraint(
        "CHECK (lifecycle_message_gap_days >= 0 AND lifecycle_offer_gap_days >= 0)",
        "The days between messages and between offers cannot be negative.",
    )
    _lifecycle_grace_days_sane = models.Constraint(
        "CHECK (lifecycle_grace_days BETWEEN 1 AND 90)",
        "Whoever is asked about a promise has between 1 and 90 days to answer.",
    )

    @api.model
    def _default_lifecycle_tz(self) -> str:
        """Return the time zone of whoever sets up the company, else UTC."""
        tz = self.env.context.get("tz") or self.env.user.tz
        return tz if tz in pytz.all_timezones_set else "UTC"

    def _guess_lifecycle_tz(self):
        """Take each company's time zone from its contact, else from most of its users.

        For the day the addon is installed, when nobody was asked.
        """
        for company in self:
            users = company.user_ids.filtered(lambda user: user.tz and not user.share)
            zones = users.mapped(lambda user: user.tz)
            usual = max(sorted(set(zones)), key=zones.count, default=False)
            company.lifecycle_tz = company.partner_id.tz or usual or "UTC"

    def _lifecycle_today(self) -> date:
        """Return the day it is in the company's time zone."""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.lifecycle_tz or "UTC")).date()

    @api.constrains("lifecycle_customer_domain")
    def _check_lifecycle_customer_domain(self):
        rules = self.env["customer.lifecycle.rules"]
        for company in self.filtered("lifecycle_customer_domain"):
            domain = rules._parse_domain(
                self.env["res.partner"], company.lifecycle_customer_domain
            )
            if domain.is_false():
                raise ValidationError(
                    self.env._("This filter leaves no customer at all.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        """Read customers again, silently, when settings that they rest on change.

        All of them when it changes who they are or on which day they bought; their
        dates when it changes the limits.
        """
        before = self._lifecycle_settings(DEFINING)
        limits = self._lifecycle_settings(LIMITING)
        result = super().write(vals)
        changes = self.env["customer.lifecycle.change"]
        if not DEFINING.isdisjoint(vals):
            self.env.registry.clear_cache()
            changed = self._lifecycle_changed(DEFINING, before)
            if changed:
                changes._mark_everybody("rule", changed)
        if not LIMITING.isdisjoint(vals):
            changed = self._lifecycle_changed(LIMITING, limits)
            # sudo: customer.lifecycle.fit - written by the addon only
            changed.sudo().lifecycle_fit_id._spread_again()
            unfitted = changed.filtered(lambda company: not company.lifecycle_fit_id)
            if unfitted:
                changes._mark_cards("rule", unfitted)
        if not PACING.isdisjoint(vals):
            self._judge_waiting_again()
        if "lifecycle_grace_days" in vals:
            self.env["customer.lifecycle.commitment"]._mark_open(self)
        return result

    def _judge_waiting_again(self):
        """Have the gate look at what waits: it may go sooner by other settings."""
        # sudo: customer.lifecycle.outreach - what waits is judged, whoever asks
        outreach = self.env["customer.lifecycle.outreach"].sudo()
        waiting = outreach.search(
            [("company_id", "in", self.ids), ("state", "=", "waiting")]
        )
        if waiting:
            waiting.wait_until = fields.Datetime.now()
            self.env["customer.lifecycle.sender"]._wake()

    def _lifecycle_changed(self, names: set[str], before: dict):
        """Return the companies whose settings are not what they were."""
        now = self._lifecycle_settings(names)
        return self.filtered(lambda company: now[company] != before[company])

    def _lifecycle_settings(self, names: set[str]) -> dict:
        """Return the values of settings by company, in a form to compare."""
        return {
            company: tuple(
                value.ids
                if isinstance(value := company[name], models.BaseModel)
                else value
                for name in sorted(names)
            )
            for company in self
        }
