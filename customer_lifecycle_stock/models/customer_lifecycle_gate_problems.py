from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL

from odoo.addons.customer_lifecycle.models.customer_lifecycle_gate_problems import (
    PROBLEM_DAYS,
)


class CustomerLifecycleGateProblems(models.AbstractModel):
    """A late delivery is an open problem: by the deadline that the stock works to."""

    _inherit = "customer.lifecycle.gate.problems"

    def _problems(self) -> list[str]:
        return [*super()._problems(), "_problem_picking"]

    def _problem_picking(self, company, customers, at: datetime) -> dict:
        """A delivery of an order whose deadline is over, and which is not done.

        The deadline is the promised day, else the day by the lead times.
        """
        today = self._day(company, at)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (customer.commercial_partner_id)
                       customer.commercial_partner_id, sale.name, late.day
                  FROM stock_picking AS picking
                  JOIN sale_order AS sale
                    ON sale.id = picking.sale_id
                  JOIN res_partner AS customer
                    ON customer.id = sale.partner_id
         CROSS JOIN LATERAL (SELECT (picking.date_deadline AT TIME ZONE 'UTC'
                                     AT TIME ZONE %(zone)s)::date AS day) AS late
                 WHERE customer.commercial_partner_id = ANY(%(customers)s)
                   AND sale.company_id = %(company)s
                   AND sale.state = 'sale'
                   AND picking.state NOT IN ('done', 'cancel', 'draft')
                   AND late.day BETWEEN %(first)s AND %(last)s
                   AND %(is_outgoing)s
              ORDER BY customer.commercial_partner_id, late.day, picking.id
                """,
                customers=customers.ids,
                company=company.id,
                zone=company.lifecycle_tz or "UTC",
                first=today - timedelta(days=PROBLEM_DAYS),
                last=today - timedelta(days=1),
                is_outgoing=self.env["stock.picking"]._lifecycle_outgoing_sql(),
            )
        )
        return {
            partner_id: ("undelivered", {"order": name, "date": day.isoformat()})
            for partner_id, name, day in rows
        }

    def _undelivered_sql(self) -> SQL:
        """Return the condition that deliveries of ``sale`` are open.

        An order of which nothing went to the customer is judged by the quantities.
        """
        pickings = self.env["stock.picking"]
        return SQL(
            """
            CASE WHEN EXISTS (%(deliveries)s AND picking.state != 'done') THEN TRUE
                 WHEN EXISTS (%(arrivals)s) THEN FALSE
                 ELSE %(by_quantity)s
            END
            """,
            deliveries=pickings._lifecycle_deliveries_sql(),
            arrivals=pickings._lifecycle_arrivals_sql(),
            by_quantity=super()._undelivered_sql(),
        )
