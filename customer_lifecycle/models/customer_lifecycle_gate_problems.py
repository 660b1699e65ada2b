from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL, format_amount

from .customer_lifecycle_evidence_rating import PROBLEM_DAYS
from .customer_lifecycle_evidence_trust import OVERDUE_DAYS
from .customer_lifecycle_gate_mixin import Verdict


class CustomerLifecycleGateProblems(models.AbstractModel):
    """Checks for open problems: whoever waits for us gets no mail that ignores it.

    A companion adds a kind of problem by extending ``_problems``.
    """

    _name = "customer.lifecycle.gate.problems"
    _description = "Gate: Open Problems"
    _inherit = ["customer.lifecycle.gate.mixin", "customer.lifecycle.evidence.rating"]

    def _problems(self) -> list[str]:
        """Return the names of the methods that find problems, the gravest first.

        Each ``_problem_x(company, customers, at)`` returns ``{partner id: (code,
        values)}``, the sentence being ``_say_<code>``.
        """
        return ["_problem_rating", "_problem_invoice", "_problem_delivery"]

    def _check_problem(self, outreach, at: datetime) -> dict[int, Verdict]:
        """No mail while something is open that the customer waits for."""
        verdicts = {}
        for company, mails in self._mails(outreach).grouped("company_id").items():
            found = {}
            for name in self._problems():
                customers = mails.lifecycle_id.partner_id
                found = getattr(self, name)(company, customers, at) | found
            for each in mails:
                problem = found.get(each.lifecycle_id.partner_id.id)
                if problem:
                    verdicts[each.id] = Verdict("held", *problem)
        return verdicts

    # -------------------------------------------------------------------------- ratings

    def _problem_rating(self, company, customers, at: datetime) -> dict:
        """A bad rating to which nobody of us has answered."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (partner_id) partner_id, rated_on::date
                  FROM (%(complaints)s) AS complaints
                 WHERE rated_on > %(since)s
                   AND rated_on <= %(at)s
              -- the oldest, which waits longest
              ORDER BY partner_id, rated_on
                """,
                complaints=self._complaint_query(
                    self._rating_query(company, customers.ids)
                ),
                since=at - timedelta(days=PROBLEM_DAYS),
                at=at,
            )
        )
        return {
            partner_id: ("complaint", {"date": day.isoformat()})
            for partner_id, day in rows
        }

    # ------------------------------------------------------------------------- invoices

    def _problem_invoice(self, company, customers, at: datetime) -> dict:
        """An invoice that the customer disputes, or has not paid in time."""
        today = self._day(company, at)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (customer.commercial_partner_id)
                       customer.commercial_partner_id, move.name, move.payment_state,
                       move.invoice_date_due, move.amount_residual, move.currency_id
                  FROM account_move AS move
                  JOIN res_partner AS customer
                    ON customer.id = move.partner_id
                 WHERE customer.commercial_partner_id = ANY(%(customers)s)
                   AND move.company_id = %(company)s
                   AND move.move_type = 'out_invoice'
                   AND move.state = 'posted'
                   AND (move.payment_state = 'blocked'
                        OR move.payment_state IN ('not_paid', 'partial')
                           AND move.amount_residual > 0
                           AND move.invoice_date_due < %(limit)s)
              ORDER BY customer.commercial_partner_id,
                       (move.payment_state = 'blocked') DESC,
                       move.invoice_date_due, move.id
                """,
                customers=customers.ids,
                company=company.id,
                limit=today - timedelta(days=OVERDUE_DAYS),
            )
        )
        return {
            partner_id: ("disputed", {"invoice": name})
            if payment_state == "blocked"
            else (
                "overdue",
                {
                    "invoice": name,
                    "date": due.isoformat(),
                    "amount": float(residual),
                    "currency": currency_id,
                },
            )
            for partner_id, name, payment_state, due, residual, currency_id in rows
        }

    # ------------------------------------------------------------------------- delivery

    def _problem_delivery(self, company, customers, at: datetime) -> dict:
        """An order that was promised for a past day, and is not delivered."""
        today = self._day(company, at)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (customer.commercial_partner_id)
                       customer.commercial_partner_id, sale.name,
                       (sale.commitment_date AT TIME ZONE 'UTC'
                                             AT TIME ZONE %(zone)s)::date
                  FROM sale_order AS sale
                  JOIN res_partner AS customer
                    ON customer.id = sale.partner_id
                 WHERE customer.commercial_partner_id = ANY(%(customers)s)
                   AND sale.company_id = %(company)s
                   AND sale.state = 'sale'
                   AND (sale.commitment_date AT TIME ZONE 'UTC'
                                             AT TIME ZONE %(zone)s)::date
                       BETWEEN %(first)s AND %(last)s
                   AND %(undelivered)s
              ORDER BY customer.commercial_partner_id, sale.commitment_date, sale.id
                """,
                customers=customers.ids,
                company=company.id,
                zone=company.lifecycle_tz or "UTC",
                first=today - timedelta(days=PROBLEM_DAYS),
                last=today - timedelta(days=1),
                undelivered=self._undelivered_sql(),
            )
        )
        return {
            partner_id: ("undelivered", {"order": name, "date": day.isoformat()})
            for partner_id, name, day in rows
        }

    def _undelivered_sql(self) -> SQL:
        """Return the condition that something of the order ``sale`` is not delivered.

        By the quantities on the order; what was invoiced in full counts as delivered,
        because without the stock app not everybody notes deliveries. A companion that
        knows better says it here.
        """
        return SQL(
            """
            (sale.invoice_status != 'invoiced'
             AND EXISTS (SELECT
                           FROM sale_order_line AS line
                          WHERE line.order_id = sale.id
                            AND line.display_type IS NULL
                            AND NOT COALESCE(line.is_downpayment, FALSE)
                            AND line.qty_delivered < line.product_uom_qty))
            """
        )

    # ------------------------------------------------------------------------ sentences

    def _say_complaint(self, values):
        return self.env._(
            "Not sent: a complaint of %(date)s is still open.",
            date=self._date_in_words(values),
        )

    def _say_disputed(self, values):
        return self.env._(
            "Not sent: the invoice %(invoice)s is in dispute.",
            invoice=values.get("invoice"),
        )

    def _say_overdue(self, values):
        currency = self.env["res.currency"].browse(values.get("currency"))
        return self.env._(
            "Not sent: %(amount)s of the invoice %(invoice)s has been due since "
            "%(date)s.",
            amount=format_amount(self.env, values.get("amount") or 0, currency),
            invoice=values.get("invoice"),
            date=self._date_in_words(values),
        )

    def _say_undelivered(self, values):
        return self.env._(
            "Not sent: the order %(order)s was promised for %(date)s and is not "
            "delivered.",
            order=values.get("order"),
            date=self._date_in_words(values),
        )
