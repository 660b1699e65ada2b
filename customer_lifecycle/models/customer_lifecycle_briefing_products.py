from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

#: Days that "lately" reaches back, for what customers like this one buy.
LATELY_DAYS = 730
#: Days without a purchase of a product from which on it may have been given up.
LEAST_PAUSE_DAYS = 60
#: Days after which a product that was bought once is no habit.
ONCE_DAYS = 365
#: How many of the customer's products decide who is like it.
OWN_PRODUCTS = 30
#: How many customers are looked at, those with most products in common first.
PEERS = 50
#: How many of them must buy a product, for it to be more than chance.
LEAST_BUYERS = 2
#: How many products are told of each kind.
TOLD = 5


class CustomerLifecycleBriefingProducts(models.AbstractModel):
    """What a customer buys, has given up, and others like it also buy.

    By confirmed orders of one company, product by product. Each question is one query
    by the indexes on contacts, orders and products, whatever the size of the shop.
    """

    _name = "customer.lifecycle.briefing.products"
    _description = "What a Customer Buys"

    def _product_rows(self, card, as_of: date) -> dict[str, list[dict]]:
        """Return what there is to say about products: ``bought, stopped, suggested``.

        :return: rows with ``product_id`` and, of the first two, ``times, last_day,
            usual_days`` (0: bought once); of the last, ``buyers`` and ``peers``
        """
        rows = self._query(self._own_products_sql(card, as_of))
        stopped = [row for row in rows if row["is_stopped"]]
        bought = [
            row
            for row in rows
            if not row["is_stopped"]
            and row["last_day"] > as_of - timedelta(days=ONCE_DAYS)
        ]
        return {
            "bought": bought[:TOLD],
            "stopped": stopped[:TOLD],
            "suggested": self._suggested_rows(card, rows, as_of),
        }

    def _suggested_rows(self, card, own: list[dict], as_of: date) -> list[dict]:
        """Return what customers with the same products also buy."""
        since = as_of - timedelta(days=LATELY_DAYS)
        lately = [row["product_id"] for row in own if row["last_day"] > since]
        if not lately:
            return []
        return self._query(
            self._suggested_sql(
                card,
                lately[:OWN_PRODUCTS],
                [row["product_id"] for row in own],
                (since, as_of),
            )
        )

    def _query(self, query: SQL) -> list[dict]:
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    def _sold_sql(self) -> SQL:
        """Return the condition that ``line`` of order ``sale`` is a product sold."""
        conditions = [
            SQL("sale.state = 'sale'"),
            SQL("line.display_type IS NULL"),
            SQL("line.product_id IS NOT NULL"),
            SQL("line.is_downpayment IS NOT TRUE"),
            SQL("line.reward_id IS NULL"),
            SQL("line.product_uom_qty > 0"),
            SQL("line.price_subtotal > 0"),
        ]
        # what carrying it costs is nothing that anybody wants
        if "is_delivery" in self.env["sale.order.line"]._fields:
            conditions.append(SQL("line.is_delivery IS NOT TRUE"))
        return SQL(" AND ").join(conditions)

    def _own_products_sql(self, card, as_of: date) -> SQL:
        """Return each product that the customer ever bought, the weightiest first.

        Columns: ``product_id, times`` (days on which it was bought), ``last_day,
        usual_days, is_stopped``. Given up is what was bought again and again and is
        missing for twice its usual pause.
        """
        return SQL(
            """
              WITH days AS (
                   SELECT line.product_id, SUM(line.price_subtotal) AS amount,
                          (sale.date_order AT TIME ZONE 'UTC'
                                           AT TIME ZONE %(tz)s)::date AS day
                     FROM res_partner AS person
                     JOIN sale_order AS sale
                       ON sale.partner_id = person.id
                     JOIN sale_order_line AS line
                       ON line.order_id = sale.id
                    WHERE person.commercial_partner_id = %(partner)s
                      AND sale.company_id = %(company)s
                      AND %(is_sold)s
                 GROUP BY line.product_id, day),
                   products AS (
                   SELECT product_id, COUNT(*) AS times, MAX(day) AS last_day,
                          COALESCE((MAX(day) - MIN(day))::float
                                   / NULLIF(COUNT(*) - 1, 0), 0) AS usual_days,
                          SUM(amount) AS amount
                     FROM days
                    WHERE day <= %(as_of)s
                 GROUP BY product_id)
            SELECT product_id, times, last_day, usual_days,
                   times > 1 AND %(as_of)s - last_day
                       > GREATEST(2 * usual_days, %(least_pause)s) AS is_stopped
              FROM products
          ORDER BY times > 1 DESC, amount DESC, product_id
            """,
            tz=card.company_id.lifecycle_tz,
            partner=card.partner_id.id,
            company=card.company_id.id,
            is_sold=self._sold_sql(),
            as_of=as_of,
            least_pause=LEAST_PAUSE_DAYS,
        )

    def _suggested_sql(self, card, shared, known, span: tuple[date, date]) -> SQL:
        """Return what customers with the same products buy and this one does not.

        Columns: ``product_id, buyers`` and ``peers``, of how many.

        :param shared: products that make customers alike
        :param known: products that this one has bought already
        :param span: first and last day (UTC) of the orders
        """
        return SQL(
            """
              WITH peers AS (
                   SELECT person.commercial_partner_id AS partner_id
                     FROM sale_order_line AS line
                     JOIN sale_order AS sale
                       ON sale.id = line.order_id
                     JOIN res_partner AS person
                       ON person.id = sale.partner_id
                    WHERE line.product_id = ANY(%(shared)s)
                      AND sale.company_id = %(company)s
                      AND sale.date_order >= %(since)s
                      AND sale.date_order < %(until)s
                      AND person.commercial_partner_id != %(partner)s
                      AND %(is_sold)s
                 GROUP BY person.commercial_partner_id
                 ORDER BY COUNT(DISTINCT line.product_id) DESC,
                          person.commercial_partner_id
                    LIMIT %(limit)s),
                   also AS (
                   SELECT line.product_id,
                          COUNT(DISTINCT peers.partner_id) AS buyers
                     FROM peers
                     JOIN res_partner AS person
                       ON person.commercial_partner_id = peers.partner_id
                     JOIN sale_order AS sale
                       ON sale.partner_id = person.id
                     JOIN sale_order_line AS line
                       ON line.order_id = sale.id
                    WHERE sale.company_id = %(company)s
                      AND sale.date_order >= %(since)s
                      AND sale.date_order < %(until)s
                      AND NOT line.product_id = ANY(%(known)s)
                      AND %(is_sold)s
                 GROUP BY line.product_id)
            SELECT also.product_id, also.buyers,
                   (SELECT COUNT(*) FROM peers) AS peers
              FROM also
              JOIN product_product AS product
                ON product.id = also.product_id
              JOIN product_template AS template
                ON template.id = product.product_tmpl_id
             WHERE also.buyers >= %(least)s
               -- what can be sold today
               AND product.active AND template.sale_ok
          ORDER BY also.buyers DESC, also.product_id
             LIMIT %(told)s
            """,
            shared=shared,
            known=known,
            company=card.company_id.id,
            partner=card.partner_id.id,
            since=span[0],
            until=span[1] + timedelta(days=1),
            is_sold=self._sold_sql(),
            limit=PEERS,
            least=LEAST_BUYERS,
            told=TOLD,
        )
