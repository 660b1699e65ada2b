from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools import rhythm

#: Days after which the company's usual interval is computed again.
FIT_DAYS = 7
#: Share of the company's customers waiting at once from which it is computed again.
FIT_SHARE = 0.1


class CustomerLifecycleFit(models.AbstractModel):
    """The company's usual rhythm, computed from all its customers now and then."""

    _name = "customer.lifecycle.fit"
    _description = "Fit of the Usual Rhythm"

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
