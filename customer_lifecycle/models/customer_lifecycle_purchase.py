from dataclasses import dataclass
from datetime import date

from odoo import models
from odoo.tools import SQL


@dataclass(frozen=True)
class Scope:
    """Whose facts are gathered, and up to when.

    ``partner_ids`` are commercial partners; ``as_of`` is the last day that counts, in
    the company's time zone. ``forecasts``: one ``ForecastRow`` per buyer.
    """

    company: models.BaseModel
    partner_ids: tuple[int, ...]
    as_of: date
    forecasts: tuple = ()


class CustomerLifecyclePurchase(models.AbstractModel):
    """What customers bought: the one place where the facts come from.

    Each method returns one SQL and runs none. Amounts are untaxed and in company
    currency at the order's rate; days are days of the company's time zone. A
    companion adds a source of purchases by extending ``_purchase_query``.
    """

    _name = "customer.lifecycle.purchase"
    _description = "Purchases of Customers"

    def _purchase_query(self) -> SQL:
        """Return what customers bought and gave back, document by document.

        Grain: one row per document and cause (sold, refunded); a refund counts on
        the day of what it refunds. Columns: ``partner_id`` (commercial partner),
        ``company_id``, ``day``, ``amount`` (negative: given back), ``document``.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   sale.company_id,
                   (sale.date_order AT TIME ZONE 'UTC'
                                    AT TIME ZONE company.lifecycle_tz)::date AS day,
                   -- the rate of the order's own date, kept by Odoo on the order
                   sale.amount_untaxed
                       / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric AS amount,
                   'sale.order,' || sale.id AS document
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN res_company AS company
                ON company.id = sale.company_id
             WHERE sale.state = 'sale'
             UNION ALL
            %(refunds)s
            """,
            refunds=self._refund_query(),
        )

    def _refund_query(self) -> SQL:
        """Return what was given back of sold orders, as negative amounts.

        Grain: one row per order with a posted credit note. Columns as in
        ``_purchase_query``; the document is the order.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id,
                   sale.company_id,
                   (sale.date_order AT TIME ZONE 'UTC'
                                    AT TIME ZONE company.lifecycle_tz)::date,
                   -- what was invoiced beyond the order is a correction of what was
                   -- credited; an order below zero is its own credit note
                   -GREATEST(0, billed.refunded - GREATEST(0,
                       billed.invoiced - sale.amount_untaxed
                           / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric)),
                   'sale.order,' || sale.id
              FROM sale_order AS sale
              JOIN res_partner AS partner
                ON partner.id = sale.partner_id
              JOIN res_company AS company
                ON company.id = sale.company_id
CROSS JOIN LATERAL (%(billed)s) AS billed
             WHERE sale.state = 'sale'
               -- few orders have a credit note: only for them the invoices are read
               AND sale.id IN (SELECT sale_line.order_id
                                 FROM account_move AS move
                                 JOIN account_move_line AS line
                                   ON line.move_id = move.id
                                 JOIN sale_order_line_invoice_rel AS link
                                   ON link.invoice_line_id = line.id
                                 JOIN sale_order_line AS sale_line
                                   ON sale_line.id = link.order_line_id
                                WHERE move.move_type = 'out_refund'
                                  AND move.state = 'posted')
            """,
            billed=self._billed_sql(),
        )

    def _billed_sql(self) -> SQL:
        """Return what was invoiced and credited of the order ``sale``.

        Columns: ``invoiced, refunded``, in company currency at the order's rate, so
        that what is credited in full leaves nothing. Down payments are not sold.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(amount) FILTER (WHERE NOT is_refund), 0) AS invoiced,
                   COALESCE(SUM(amount) FILTER (WHERE is_refund), 0) AS refunded
              FROM (SELECT move.move_type = 'out_refund' AS is_refund,
                           CASE WHEN move.currency_id = sale.currency_id
                                THEN line.price_subtotal
                                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                                WHEN move.move_type = 'out_refund'
                                THEN line.balance
                                ELSE -line.balance
                            END AS amount
                      FROM sale_order_line AS sale_line
                      JOIN sale_order_line_invoice_rel AS link
                        ON link.order_line_id = sale_line.id
                      JOIN account_move_line AS line
                        ON line.id = link.invoice_line_id
                      JOIN account_move AS move
                        ON move.id = line.move_id
                     WHERE sale_line.order_id = sale.id
                       AND sale_line.is_downpayment IS NOT TRUE
                       AND move.move_type IN ('out_invoice', 'out_refund')
                       AND move.state = 'posted') AS lines
            """
        )

    def _purchase_day_query(self, where: SQL) -> SQL:
        """Return the days on which customers bought or gave back.

        Grain: one row per customer, company and day. Columns: ``partner_id,
        company_id, day, amount, is_purchase``. A day is a purchase when at least one
        document of it was worth something after its refunds.

        :param where: condition on ``partner_id`` and ``company_id``
        """
        return SQL(
            """
            SELECT partner_id, company_id, day,
                   SUM(amount) AS amount,
                   BOOL_OR(amount > 0) AS is_purchase
              FROM (SELECT partner_id, company_id, day, document,
                           SUM(amount) AS amount
                      FROM (%(purchases)s) AS purchases
                     WHERE %(where)s
                  GROUP BY partner_id, company_id, day, document) AS documents
          GROUP BY partner_id, company_id, day
            """,
            purchases=self._purchase_query(),
            where=where,
        )

    def _purchase_number_sql(self, scope: Scope, order_ids=None) -> SQL:
        """Build the statement that numbers the orders of customers.

        Orders of one day share the number of that day; what is no purchase has 0.
        The order's ``write_date`` is left alone: being counted is not an edit.

        :param order_ids: number these orders only (default: all of the customers)
        :return: UPDATE … RETURNING id of the orders whose number differed
        """
        return SQL(
            """
              WITH days AS (%(days)s),
                   orders AS (
                   SELECT sale.id, partner.commercial_partner_id AS partner_id,
                          (sale.date_order AT TIME ZONE 'UTC'
                                           AT TIME ZONE company.lifecycle_tz)::date
                              AS day,
                          sale.state = 'sale' AND sale.amount_untaxed > 0 AS is_sold
                     FROM sale_order AS sale
                     JOIN res_partner AS partner
                       ON partner.id = sale.partner_id
                     JOIN res_company AS company
                       ON company.id = sale.company_id
                    WHERE partner.commercial_partner_id = ANY(%(partners)s::integer[])
                      AND sale.company_id = %(company)s),
                   -- counted over both, not joined: the planner takes a customer for
                   -- one row, and one with 10,000 orders would be looped over
                   counted AS (
                   SELECT id, is_sold,
                          BOOL_OR(id IS NULL) OVER same_day AS is_purchase_day,
                          COUNT(*) FILTER (WHERE id IS NULL) OVER until_day AS number
                     FROM (SELECT NULL::integer AS id, partner_id, day,
                                  FALSE AS is_sold
                             FROM days
                            WHERE is_purchase
                            UNION ALL
                           SELECT id, partner_id, day, is_sold
                             FROM orders) AS rows
                   WINDOW same_day AS (PARTITION BY partner_id, day),
                          until_day AS (PARTITION BY partner_id ORDER BY day)),
                   numbered AS (
                   SELECT id, CASE WHEN is_sold AND is_purchase_day THEN number
                                   ELSE 0
                              END AS number
                     FROM counted
                    WHERE id IS NOT NULL)
            UPDATE sale_order AS sale
               SET lifecycle_purchase_number = numbered.number
              FROM numbered
             WHERE sale.id = numbered.id
               AND COALESCE(sale.lifecycle_purchase_number, 0) != numbered.number
               AND %(only)s
         RETURNING sale.id
            """,
            only=SQL("sale.id = ANY(%s)", list(order_ids))
            if order_ids
            else SQL("TRUE"),
            days=self._purchase_day_query(self._scope_sql(scope)),
            partners=list(scope.partner_ids),
            company=scope.company.id,
        )

    def _scope_sql(self, scope: Scope) -> SQL:
        """Return the condition that keeps the rows of the scope."""
        return SQL(
            "company_id = %s AND partner_id = ANY(%s::integer[])",
            scope.company.id,
            list(scope.partner_ids),
        )
