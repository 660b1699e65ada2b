from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_lifecycle_milestones import COMPARISONS


class CustomerLifecycleCare(models.AbstractModel):
    """When the next contact with a customer is due, by the rhythm of its level.

    It moves by itself after every real contact with any person of the company, and
    with the level. Not stored: a level's days are configuration.
    """

    _name = "customer.lifecycle.care"
    _description = "Care for a Customer"
    _inherit = ["customer.lifecycle.milestones", "customer.lifecycle.relationship"]

    care_date = fields.Date(
        string="Next Contact Due",
        compute="_compute_care_date",
        search="_search_care_date",
        help="The last contact, or the first touch where there was none, plus the days "
        "of the customer's level. Later than that the customer hears too little of us.",
    )
    care_sentence = fields.Char(string="Care", compute="_compute_care_sentence")

    @api.depends("last_contact_date", "first_touch_date", "level_id.care_days")
    def _compute_care_date(self):
        for card in self:
            # sudo: customer.lifecycle.level - how often its customers are spoken with
            days = card.level_id.sudo().care_days
            since = card.last_contact_date or card.first_touch_date
            card.care_date = since + timedelta(days=days) if since and days else False

    def _care_date_sql(self, alias: str) -> SQL:
        """Return the day on which the next contact is due; the same in SQL."""
        levels = self.env["customer.lifecycle.level"]
        return SQL(
            "(COALESCE(%(contact)s, %(touch)s)"
            " + (SELECT NULLIF(%(days)s, 0)"
            "      FROM customer_lifecycle_level AS care_level"
            "     WHERE care_level.id = %(level)s))",
            contact=self._field_to_sql(alias, "last_contact_date"),
            touch=self._field_to_sql(alias, "first_touch_date"),
            level=self._field_to_sql(alias, "level_id"),
            days=SQL.identifier(
                "care_level", "care_days", to_flush=levels._fields["care_days"]
            ),
        )

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Let lists be sorted and grouped by the day on which a contact is due."""
        if field_expr == "care_date":
            return self._care_date_sql(alias)
        return super()._field_to_sql(alias, field_expr, query)

    def _search_care_date(self, operator, value):
        def compared(comparison: SQL) -> Domain:
            def to_sql(model, alias, query):
                return SQL("%s %s", model._care_date_sql(alias), comparison)

            return Domain.custom(to_sql=to_sql)

        def holds(operator, day) -> Domain:
            return compared(SQL("%s %s", COMPARISONS[operator], day))

        return self._search_day(operator, value, holds, compared(SQL("IS NOT NULL")))

    @api.depends("last_contact_date", "first_touch_date", "level_id.care_days")
    @api.depends_context("lang")
    def _compute_care_sentence(self):
        for card in self:
            card.care_sentence = card._spoken_sentence()

    def _spoken_sentence(self) -> str:
        """Say when the customer was last spoken with, and how often it should be."""
        self.ensure_one()
        # sudo: customer.lifecycle.level - how often its customers are spoken with
        every = self.level_id.sudo().care_days
        last = self.last_contact_date
        if last:
            spoken = self._last_spoken((self.today - last).days)
            if not every:
                return self.env._("%(spoken)s.", spoken=spoken)
            if every == 1:
                return self.env._("%(spoken)s; every day at this level.", spoken=spoken)
            return self.env._(
                "%(spoken)s; every %(every)s days at this level.",
                spoken=spoken,
                every=every,
            )
        if not every:
            return self.env._("Nobody has spoken with this customer yet.")
        if every == 1:
            return self.env._(
                "Nobody has spoken with this customer yet; every day at this level."
            )
        return self.env._(
            "Nobody has spoken with this customer yet; every %(every)s days at this "
            "level.",
            every=every,
        )

    def _last_spoken(self, days: int) -> str:
        """Say how many days ago the last contact was."""
        if days <= 0:
            return self.env._("Last spoken today")
        if days == 1:
            return self.env._("Last spoken yesterday")
        return self.env._("Last spoken %(days)s days ago", days=days)
