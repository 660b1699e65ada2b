from odoo import models
from odoo.tools import SQL

from .customer_lifecycle_evidence_rating import PROBLEM_DAYS
from .customer_lifecycle_purchase import Scope

#: Days that an invoice may be late before it is a problem: transfers take a few.
OVERDUE_DAYS = 7


class CustomerLifecycleEvidenceTrust(models.AbstractModel):
    """What trust rests on: ratings, setbacks not made good, invoices paid in time."""

    _name = "customer.lifecycle.evidence.trust"
    _description = "Evidence of Trust"
    _inherit = ["customer.lifecycle.evidence.rating"]

    def _trust_sources(self, scope: Scope) -> dict[str, SQL]:
        """Return the sources of these facts, each with one row per ``partner_id``."""
        ratings = self._rating_query(scope.company, scope.partner_ids)
        return {
            "ratings": self._ratings_sql(scope, ratings),
            "setbacks": self._setbacks_sql(scope, ratings),
            "payments": self._payments_sql(scope),
        }

    def _trust_columns(self) -> dict[str, SQL]:
        """Return the columns of the card that these sources fill."""
        return {
            "satisfaction": SQL("COALESCE(ratings.rating, 0)"),
            "satisfaction_date": SQL("ratings.day"),
            "setback_date": SQL("setbacks.day"),
            "setback_kind": SQL("setbacks.kind"),
            "paid_count": SQL("COALESCE(payments.due_count, 0)"),
            "paid_late_share": SQL(
                "COALESCE(ROUND(payments.late_count::numeric"
                " / NULLIF(payments.due_count, 0), 4), 0)"
            ),
        }

    def _trust_days(self) -> list[SQL]:
        """Return the days on which time alone changes these facts."""
        return [SQL("setbacks.next_day"), SQL("payments.next_day")]

    def _ratings_sql(self, scope: Scope, ratings: SQL) -> SQL:
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, rating::float AS rating, day
              FROM (SELECT *, (rated_on AT TIME ZONE 'UTC'
                                        AT TIME ZONE %(tz)s)::date AS day
                      FROM (%(ratings)s) AS ratings) AS ratings
             WHERE day <= %(as_of)s
          ORDER BY partner_id, rated_on DESC, id DESC
            """,
            ratings=ratings,
            tz=scope.company.lifecycle_tz,
            as_of=scope.as_of,
        )

    def _setbacks_sql(self, scope: Scope, ratings: SQL) -> SQL:
        """Return the latest setback that is not made good, and when one is the past."""
        return SQL(
            """
            SELECT partner_id,
                   (ARRAY_AGG(day ORDER BY day DESC, rank))[1] AS day,
                   (ARRAY_AGG(kind ORDER BY day DESC, rank))[1] AS kind,
                   -- whether a complaint was answered is asked every day: the answer
                   -- may stand on a document that marks no customer
                   LEAST(MIN(over_day),
                         MIN(%(as_of)s + 1) FILTER (WHERE kind = 'rating')) AS next_day
              FROM (%(setbacks)s) AS setbacks
             WHERE day <= %(as_of)s
               AND (over_day IS NULL OR over_day > %(as_of)s)
          GROUP BY partner_id
            """,
            setbacks=SQL(" UNION ALL ").join(self._setback_queries(scope, ratings)),
            as_of=scope.as_of,
        )

    def _setback_queries(self, scope: Scope, ratings: SQL) -> list[SQL]:
        """Return the kinds of setback, the gravest first.

        :param ratings: of ``_rating_query``
        :return: queries with ``partner_id, day, kind, rank`` and ``over_day``, the
            first day on which it is the past (NULL: only once it is made good)
        """
        return [
            self._broken_promises_sql(scope),
            self._complaints_sql(scope, ratings),
            self._unsolved_needs_sql(scope),
        ]

    def _broken_promises_sql(self, scope: Scope) -> SQL:
        # reopened or said to be kept after all, it is none
        return SQL(
            """
            SELECT card.partner_id, promise.closed_date AS day, 'promise' AS kind,
                   1 AS rank, promise.closed_date + %(days)s AS over_day
              FROM customer_lifecycle_commitment AS promise
              JOIN customer_lifecycle AS card
                ON card.id = promise.lifecycle_id
             WHERE card.company_id = %(company)s
               AND card.partner_id = ANY(%(partners)s::integer[])
               AND promise.side = 'ours'
               AND promise.state = 'broken'
            """,
            days=PROBLEM_DAYS,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _complaints_sql(self, scope: Scope, ratings: SQL) -> SQL:
        return SQL(
            """
            SELECT partner_id, day, 'rating' AS kind, 2 AS rank,
                   day + %(days)s AS over_day
              FROM (SELECT partner_id, (rated_on AT TIME ZONE 'UTC'
                                                 AT TIME ZONE %(tz)s)::date AS day
                      FROM (%(complaints)s) AS complaints) AS complaints
            """,
            days=PROBLEM_DAYS,
            tz=scope.company.lifecycle_tz,
            complaints=self._complaint_query(ratings),
        )

    def _unsolved_needs_sql(self, scope: Scope) -> SQL:
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   sale.lifecycle_need_answer_date AS day, 'need' AS kind, 3 AS rank,
                   NULL::date AS over_day
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
             WHERE sale.state = 'sale'
               AND sale.lifecycle_need_state = 'unsolved'
               AND sale.company_id = %(company)s
               AND partner.commercial_partner_id = ANY(%(partners)s::integer[])
            """,
            company=scope.company.id,
            partners=list(scope.partner_ids),
        )

    def _payments_sql(self, scope: Scope) -> SQL:
        """Return how many invoices of the last year were due, and how many paid late.

        An invoice is paid on the day of the last payment that was matched with it.
        """
        return SQL(
            """
            SELECT partner_id,
                   COUNT(*) FILTER (WHERE is_due) AS due_count,
                   COUNT(*) FILTER (WHERE is_due AND late_day <= %(as_of)s)
                       AS late_count,
                   LEAST(MIN(day) FILTER (WHERE day > %(as_of)s),
                         MIN(late_day) FILTER (WHERE late_day > %(as_of)s),
                         MIN(past_day) FILTER (WHERE past_day > %(as_of)s)) AS next_day
              FROM (SELECT *, day <= %(as_of)s AND past_day > %(as_of)s AS is_due
                      FROM (%(invoices)s) AS invoices) AS invoices
          GROUP BY partner_id
            """,
            as_of=scope.as_of,
            invoices=self._due_invoices_sql(scope),
        )

    def _due_invoices_sql(self, scope: Scope) -> SQL:
        """Return the invoices of customers.

        Columns: ``partner_id``; ``day`` on which it is due; ``late_day`` since when it
        is late, NULL where it was paid in time; ``past_day``, the first day on which
        it is more than a year ago.
        """
        return SQL(
            """
            SELECT partner_id, day, (day + INTERVAL '1 year')::date AS past_day,
                   CASE WHEN paid_day IS NULL OR paid_day > day + %(grace)s
                        THEN day + %(grace)s + 1 END AS late_day
              FROM (SELECT partner.commercial_partner_id AS partner_id,
                           move.invoice_date_due AS day,
                           CASE WHEN move.payment_state IN ('paid', 'in_payment')
                                THEN COALESCE((%(paid_day)s), move.invoice_date_due)
                                END AS paid_day
                      FROM account_move AS move
                      JOIN res_partner AS partner
                        ON partner.id = move.partner_id
                     WHERE partner.commercial_partner_id = ANY(%(partners)s::integer[])
                       AND move.company_id = %(company)s
                       AND move.move_type = 'out_invoice'
                       AND move.state = 'posted'
                       AND move.payment_state != 'reversed'
                       AND move.amount_total > 0
                       AND move.invoice_date_due > %(as_of)s - INTERVAL '1 year')
                   AS invoices
            """,
            grace=OVERDUE_DAYS,
            paid_day=self._paid_day_sql(),
            partners=list(scope.partner_ids),
            company=scope.company.id,
            as_of=scope.as_of,
        )

    def _paid_day_sql(self) -> SQL:
        """Return the day of the last payment of the invoice ``move``."""
        return SQL(
            """
            SELECT MAX(payment.max_date)
              FROM account_move_line AS line
              JOIN account_partial_reconcile AS payment
                ON payment.debit_move_id = line.id
             WHERE line.move_id = move.id
            """
        )
