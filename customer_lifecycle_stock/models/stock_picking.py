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

        Of a delivery in two or three steps the later ones exist only once the goods
        were picked: what is on its way to the customer counts from the first step on.
        What comes back has nowhere else to go. For EXISTS; further conditions can be
        appended.
        """
        return SQL(
            """
            SELECT
              FROM stock_picking AS picking
             WHERE picking.sale_id = sale.id
               AND picking.state NOT IN ('cancel', 'draft')
               AND %(is_outgoing)s
            """,
            is_outgoing=self._lifecycle_outgoing_sql(),
        )

    @api.model
    def _lifecycle_outgoing_sql(self) -> SQL:
        """Return the condition that goods of ``picking`` end up at a customer."""
        return SQL(
            """
            EXISTS (SELECT
                      FROM stock_move AS move
                      JOIN stock_location AS destination
                        ON destination.id = COALESCE(move.location_final_id,
                                                     move.location_dest_id)
                     WHERE move.picking_id = picking.id
                       AND move.state != 'cancel'
                       AND destination.usage = 'customer')
            """
        )

    @api.model
    def _lifecycle_arrivals_sql(self) -> SQL:
        """Return when (UTC) goods of the order ``sale`` have left for its customer.

        Of a delivery in steps only the last one gets there.
        """
        return SQL(
            """
            SELECT picking.date_done
              FROM stock_picking AS picking
              JOIN stock_location AS destination
                ON destination.id = picking.location_dest_id
             WHERE picking.sale_id = sale.id
               AND picking.state = 'done'
               AND destination.usage = 'customer'
            """
        )
