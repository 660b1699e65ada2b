from datetime import datetime, timedelta

from odoo import models
from odoo.tools import SQL, format_amount

from .customer_lifecycle_gate_mixin import Verdict

#: The worst of five that is no complaint is three.
BAD_RATING = 2
#: Days after which an unanswered rating or a late order is the past, not a problem.
PROBLEM_DAYS = 60
#: Days that an invoice may be late before it is a problem: transfers take a few.
OVERDUE_DAYS = 7


class CustomerLifecycleGateProblems(models.AbstractModel):
    """Checks for open problems: whoever waits for us gets no mail that ignores it.

    A companion adds a kind of problem by extending ``_problems``.
    """

    _name = "customer.lifecycle.gate.problems"
    _description = "Gate: Open Problems"
    _inherit = ["customer.lifecycle.gate.mixin"]

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
                SELECT rating.id, customer.commercial_partner_id
                  FROM rating_rating AS rating
                  JOIN res_partner AS customer
                    ON customer.id = rating.partner_id
                 WHERE customer.commercial_partner_id = ANY(%(customers)s)
                   AND rating.consumed
                   -- zero is not rated
                   AND rating.rating > 0
                   AND rating.rating <= %(bad)s
                   AND rating.rated_on > %(since)s
                   AND rating.rated_on <= %(at)s
                   AND NOT EXISTS (%(answer)s)
              ORDER BY rating.rated_on DESC
                """,
                customers=customers.ids,
                bad=BAD_RATING,
                since=at - timedelta(days=PROBLEM_DAYS),
                at=at,
                answer=self._rating_answer_sql(),
            )
        )
        customer_of = dict(rows)
        ratings = self.env["rating.rating"].browse(customer_of)
        # the oldest comes last and stays
        return {
            customer_of[rating.id]: (
                "complaint",
                {"date": rating.rated_on.date().isoformat()},
            )
            for rating in self._of_company(ratings, company)
        }

    def _rating_answer_sql(self) -> SQL:
        """Return the messages by which one of us answered ``rating``.

        A message that the customer sees, or an activity that was done, such as a
        call. A note is none.
        """
        return SQL(
            """
            SELECT
              FROM mail_message AS message
              JOIN res_partner AS author
                ON author.id = message.author_id
         LEFT JOIN mail_message_subtype AS subtype
                ON subtype.id = message.subtype_id
             WHERE message.model = rating.res_model
               AND message.res_id = rating.res_id
               AND message.date > rating.rated_on
               AND author.partner_share IS NOT TRUE
               AND (message.mail_activity_type_id IS NOT NULL
                    OR message.message_type IN ('email', 'comment')
                       AND message.is_internal IS NOT TRUE
                       AND subtype.internal IS NOT TRUE)
            """
        )

    def _of_company(self, ratings, company):
        """Return the ratings of what belongs to a company, or to none.

        Answered on the portal, where that is installed, is answered.
        """
        if "publisher_comment" in ratings._fields:
            ratings = ratings.filtered(lambda rating: not rating.publisher_comment)
        rated = {
            (name, record.id)
            for name, of_model in ratings.grouped("res_model").items()
            if name in self.env
            for record in self.env[name].browse(of_model.mapped("res_id")).exists()
            if "company_id" not in record._fields
            or record.company_id in (company.browse(), company)
        }
        return ratings.filtered(
            lambda rating: (rating.res_model, rating.res_id) in rated
        )

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
