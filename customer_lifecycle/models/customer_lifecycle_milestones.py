from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: How a day is compared.
COMPARISONS = {name: SQL(name) for name in ("=", ">", ">=", "<", "<=")}


class CustomerLifecycleMilestones(models.AbstractModel):
    """Dates of a card for rules that follow a date, beside those of the forecast.

    Those that hang on today or on the configuration are not stored, and are searched
    in SQL, so that Odoo's "Based on date field" works with them. Each has one value at
    a time, which moves forward only.
    """

    _name = "customer.lifecycle.milestones"
    _description = "Milestones of a Customer"

    last_delivery_date = fields.Date(
        string="Last Delivery",
        readonly=True,
        help="The latest day up to today on which an order was delivered: the "
        "promised day of a confirmed order, else the day of the order.",
    )
    anniversary_date = fields.Date(
        string="Anniversary",
        compute="_compute_anniversary_date",
        search="_search_anniversary_date",
        help="The anniversary of the first purchase that is nearest to today.",
    )
    stuck_date = fields.Date(
        string="Stuck Since",
        compute="_compute_stuck_date",
        search="_search_stuck_date",
        help="When the customer has been in its stage for as long as the stage's "
        "playbook says.",
    )

    # --------------------------------------------------------------------- anniversary

    @api.depends("first_purchase_date", "company_id")
    def _compute_anniversary_date(self):
        for card in self:
            first = card.first_purchase_date
            card.anniversary_date = first and self._anniversary(first, card.today)

    def _anniversary(self, first: date, today: date) -> date:
        """Return the anniversary of a day that is nearest to today, the first or later.

        The same as ``_anniversary_sql``.
        """
        years = today.year - first.year
        days = [
            first + relativedelta(years=number)
            for number in range(max(1, years - 1), max(1, years + 1) + 1)
        ]
        return min(days, key=lambda day: (abs(day - today), day))

    def _anniversary_sql(self, first: SQL, today: date) -> SQL:
        """Return the anniversary of a day that is nearest to today."""
        years = SQL("%s - EXTRACT(YEAR FROM %s)::integer", today.year, first)
        return SQL(
            """
            (SELECT anniversary.day
               FROM GENERATE_SERIES(GREATEST(1, %(years)s - 1),
                                    GREATEST(1, %(years)s + 1)) AS number,
            LATERAL (SELECT (%(first)s + MAKE_INTERVAL(years => number))::date AS day)
                    AS anniversary
           ORDER BY ABS(anniversary.day - %(today)s::date), anniversary.day
              LIMIT 1)
            """,
            years=years,
            first=first,
            today=today,
        )

    def _search_anniversary_date(self, operator, value):
        def of_company(company, compared: SQL) -> Domain:
            today = company._lifecycle_today()

            def to_sql(model, alias, query):
                first = SQL.identifier(alias, "first_purchase_date")
                return SQL("%s %s", self._anniversary_sql(first, today), compared)

            return Domain("company_id", "=", company.id) & Domain.custom(to_sql=to_sql)

        def holds(operator, day) -> Domain:
            # sudo: res.company - what day it is, in each company
            companies = self.env["res.company"].sudo().search([])
            compared = SQL("%s %s", COMPARISONS[operator], day)
            return Domain.OR(of_company(company, compared) for company in companies)

        return self._search_day(
            operator, value, holds, Domain("first_purchase_date", "!=", False)
        )

    # --------------------------------------------------------------------------- stuck

    @api.depends("stage_since", "stage_id.stuck_days")
    def _compute_stuck_date(self):
        for card in self:
            days = card.stage_id.stuck_days
            card.stuck_date = (
                card.stage_since + timedelta(days=days)
                if card.stage_since and days
                else False
            )

    def _search_stuck_date(self, operator, value):
        # sudo: customer.lifecycle.stage - how long a stage lasts
        stages = self.env["customer.lifecycle.stage"].sudo()
        stages = stages.with_context(active_test=False).search([("stuck_days", ">", 0)])

        def holds(operator, day) -> Domain:
            return Domain.OR(
                Domain("stage_id", "=", stage.id)
                & Domain("stage_since", operator, day - timedelta(stage.stuck_days))
                for stage in stages
            )

        return self._search_day(
            operator,
            value,
            holds,
            Domain("stage_id", "in", stages.ids) & Domain("stage_since", "!=", False),
        )

    # ------------------------------------------------------------------------ searching

    def _search_day(self, operator: str, value, holds, is_set: Domain):
        """Search a day that is not stored.

        :param holds: returns the domain of a comparison with one day
        :param is_set: the domain of the cards that have such a day
        """
        if operator in COMPARISONS:
            return is_set & holds(operator, fields.Date.to_date(value))
        if operator != "in":
            return NotImplemented
        days = [fields.Date.to_date(day) for day in value if day]
        found = is_set & Domain.OR(holds("=", day) for day in days)
        return found if False not in value else found | ~is_set
