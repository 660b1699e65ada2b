from odoo import models
from odoo.tools import SQL


class CustomerLifecycleEvidence(models.AbstractModel):
    """The day of a delivery is the day on which the stock says it left."""

    _inherit = "customer.lifecycle.evidence"

    def _delivered_at_sql(self) -> SQL:
        """Return when the goods of ``sale`` last left for the customer (UTC).

        An order with deliveries that are not done is not delivered, whatever was
        promised; one that needs none (services) is as before.
        """
        return SQL(
            """
            CASE WHEN EXISTS (%(deliveries)s)
                 THEN (SELECT MAX(picking.date_done)
                         FROM stock_picking AS picking
                         JOIN stock_location AS destination
                           ON destination.id = picking.location_dest_id
                        WHERE picking.sale_id = sale.id
                          AND picking.state = 'done'
                          AND destination.usage = 'customer')
                 ELSE %(promised)s
            END
            """,
            deliveries=self.env["stock.picking"]._lifecycle_deliveries_sql(),
            promised=super()._delivered_at_sql(),
        )
