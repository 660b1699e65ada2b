from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import rhythm

#: Days after which the company's usual interval is computed again.
FIT_DAYS = 7
#: Share of the company's customers waiting at once from which it is computed again.
FIT_SHARE = 0.1


class CustomerLifecycleFit(models.Model):
    """How the customers of a company buy, read from all their purchases: one per fit.

    Written by the scheduled action, once a week and company, and never edited. A fit
    that says less about recent purchases than the one in use is kept and not used;
    its note says so.
    """

    _name = "customer.lifecycle.fit"
    _description = "Fit of the Forecast"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        required=True, readonly=True, help="The last day whose purchases were read."
    )
    state = fields.Selection(
        [
            ("fitted", "From your customers"),
            ("shrunk", "From few customers, held near the defaults"),
            ("default", "Too few customers: the defaults"),
        ],
        string="Rests On",
        required=True,
        readonly=True,
    )
    is_used = fields.Boolean(
        string="In Use", readonly=True, help="Whether the forecast rests on this fit."
    )
    note = fields.Text(readonly=True, help="Why this fit is not used.")
    parameters = fields.Json(
        string="Population",
        readonly=True,
        help="How paces, regularities and leaving are spread.",
    )
    parameters_text = fields.Text(
        string="Parameters", compute="_compute_parameters_text"
    )
    typical_days = fields.Float(
        string="Usual Days between Purchases",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Median over your customers of their days between purchases.",
    )
    customer_count = fields.Integer(
        string="Buyers", readonly=True, help="Customers with a purchase."
    )
    repeat_count = fields.Integer(
        string="Repeat Buyers", readonly=True, help="Customers who bought again."
    )
    sample_count = fields.Integer(
        string="Sample", readonly=True, help="Customers whose purchases were weighed."
    )
    goodness = fields.Float(
        readonly=True,
        digits=(16, 4),
        aggregator=False,
        help="Mean log-likelihood of a customer of the sample; higher is better. It "
        "compares fits of the same company.",
    )
    holdout_score = fields.Float(
        string="Score",
        readonly=True,
        digits=(16, 5),
        aggregator=False,
        help="How well recent purchases were foreseen: mean log score, at most 0; "
        "higher is better.",
    )
    previous_holdout_score = fields.Float(
        string="Score of the Fit in Use Before",
        readonly=True,
        digits=(16, 5),
        aggregator=False,
        help="The same, of the same purchases, by the fit that was in use until then.",
    )
    lost_count = fields.Integer(
        string="Lost",
        readonly=True,
        help="Customers of the past year who did not come back.",
    )
    lost_warned_count = fields.Integer(
        string="Lost after a Warning",
        readonly=True,
        help="How many of the lost would have been slipping in time.",
    )
    passed_lapsed_count = fields.Integer(
        string="Passed Lapsed",
        readonly=True,
        help="Customers of the past year whose pause went beyond the lapsed date.",
    )
    passed_lapsed_back_count = fields.Integer(
        string="Came Back after Lapsed",
        readonly=True,
        help="How many of those bought again.",
    )

    _one_in_use_uniq = models.UniqueIndex(
        "(company_id) WHERE is_used", "Another fit of this company is in use already."
    )

    @api.depends("parameters")
    def _compute_parameters_text(self):
        """Write the parameters out, one kind a line."""
        for fit in self:
            fit.parameters_text = "\n".join(
                f"{name}: {self._written(value)}"
                for name, value in (fit.parameters or {}).items()
            )

    def _written(self, value) -> str:
        """Return a parameter, or a list of them, with the digits that matter."""
        if isinstance(value, list):
            return ", ".join(map(self._written, value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    @api.model
    def _fit_if_due(self, days: dict):
        """Fit the companies for which it is time; ``days``: today by company."""
        due = [company for company in days if self._fit_is_due(company, days)]
        self._fit(self.env["res.company"].union(*due))

    def _fit_is_due(self, company, days: dict) -> bool:
        """Say whether the company's usual interval may be out of date.

        After some days, and when many customers wait: history was imported, or the
        company is so small that each purchase counts.
        """
        fitted = company.lifecycle_fitted_on
        if not fitted or fitted <= days[company] - timedelta(days=FIT_DAYS):
            return True
        [(waiting, cards)] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT COUNT(DISTINCT partner_ref)
                          FROM customer_lifecycle_change
                         WHERE company_ref = %(company)s),
                       (SELECT COUNT(*)
                          FROM customer_lifecycle
                         WHERE company_id = %(company)s)
                """,
                company=company.id,
            )
        )
        return waiting > cards * FIT_SHARE

    @api.model
    def _fit(self, companies):
        """Compute the usual interval of companies; what moves by it moves silently."""
        facts = self.env["customer.lifecycle.facts"]
        self.env.flush_all()
        for company in companies:
            today = company._lifecycle_today()
            [(median, count)] = self.env.execute_query(
                facts._median_interval_sql(company, today)
            )
            usual = round(median or rhythm.DEFAULT_INTERVAL_DAYS, 1)
            changed = usual != company.lifecycle_interval_days
            company.write(
                {
                    "lifecycle_interval_days": usual,
                    "lifecycle_fit_customers": count,
                    "lifecycle_fitted_on": today,
                }
            )
            if changed:
                self._queue_without_rhythm(company)

    def _queue_without_rhythm(self, company):
        """Queue the cards whose dates rest on the company's usual interval."""
        self.env["customer.lifecycle.change"]._mark(
            SQL(
                """
                SELECT partner_id, company_id, TRUE AS is_silent
                  FROM customer_lifecycle
                 WHERE company_id = %s
                   AND purchase_count BETWEEN 1 AND %s
                """,
                company.id,
                rhythm.MIN_PURCHASES - 1,
            ),
            "rule",
        )
