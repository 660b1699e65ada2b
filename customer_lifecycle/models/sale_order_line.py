from odoo import fields, models
from odoo.tools import SQL


class SaleOrderLine(models.Model):
    """Order lines by their coupon: what became of an offer; and what was delivered."""

    _inherit = "sale.order.line"

    # few lines have one; Odoo has no index to find them
    coupon_id = fields.Many2one(index="btree_not_null")

    def _write_multi(self, vals_list):  # pylint: disable=missing-return
        super()._write_multi(vals_list)
        delivered = [
            record.id
            for record, vals in zip(self, vals_list, strict=True)
            if "qty_delivered" in vals
        ]
        if delivered:
            self.env["customer.lifecycle.change"]._mark(
                self._promised_customers_sql(delivered)
            )

    def _promised_customers_sql(self, line_ids: list[int]) -> SQL:
        """Return the customers to whom the delivery of these lines is promised."""
        return SQL(
            """
            SELECT sale.partner_id, sale.company_id, %(silent)s AS is_silent
              FROM sale_order_line AS line
              JOIN sale_order AS sale
                ON sale.id = line.order_id
              JOIN customer_lifecycle_commitment AS promise
                ON promise.order_id = sale.id
             WHERE line.id = ANY(%(lines)s)
               AND promise.kind = 'delivery'
               AND promise.state = 'open'
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            lines=line_ids,
        )
