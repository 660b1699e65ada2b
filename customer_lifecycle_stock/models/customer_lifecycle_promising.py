from odoo import models
from odoo.tools import SQL


class CustomerLifecyclePromising(models.AbstractModel):
    """The promised delivery of an order is kept by its deliveries."""

    _inherit = "customer.lifecycle.promising"

    def _fully_delivered_sql(self) -> SQL:
        """Return the condition that no delivery of ``sale`` is open any more.

        An order that needs none is judged by the quantities on it.
        """
        return SQL(
            """
            CASE WHEN EXISTS (%(deliveries)s)
                 THEN NOT EXISTS (%(deliveries)s AND picking.state != 'done')
                 ELSE %(by_quantity)s
            END
            """,
            deliveries=self.env["stock.picking"]._lifecycle_deliveries_sql(),
            by_quantity=super()._fully_delivered_sql(),
        )
