from odoo import api, models
from odoo.tools import SQL


class StockPicking(models.Model):
    """Deliveries as facts about customers."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "customer.lifecycle.source"]

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {"date_done", "state"}

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT sale.partner_id, sale.company_id, %(silent)s AS is_silent
              FROM stock_picking AS picking
              JOIN sale_order AS sale
                ON sale.id = picking.sale_id
             WHERE picking.id IN %(pickings)s
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            pickings=self._ids,
        )

    @api.model
    def _lifecycle_deliveries_sql(self) -> SQL:
        """Return the deliveries ``picking`` of the order ``sale`` to its customer.

        For EXISTS; further conditions can be appended.
        """
        return SQL(
            """
            SELECT
              FROM stock_picking AS picking
              JOIN stock_location AS destination
                ON destination.id = picking.location_dest_id
             WHERE picking.sale_id = sale.id
               AND picking.state NOT IN ('cancel', 'draft')
               AND destination.usage = 'customer'
            """
        )
