from odoo import models
from odoo.tools import SQL


class CustomerLifecyclePromising(models.AbstractModel):
    """The promised delivery of an order is kept by its deliveries."""

    _inherit = "customer.lifecycle.promising"

    def _fully_delivered_sql(self) -> SQL:
        """Return the condition that no delivery of ``sale`` is open any more.

        An order of which nothing went to the customer is judged by the quantities on
        it: it needs no delivery, or what was picked did not leave.
        """
        pickings = self.env["stock.picking"]
        return SQL(
            """
            CASE WHEN EXISTS (%(deliveries)s AND picking.state != 'done') THEN FALSE
                 WHEN EXISTS (%(arrivals)s) THEN TRUE
                 ELSE %(by_quantity)s
            END
            """,
            deliveries=pickings._lifecycle_deliveries_sql(),
            arrivals=pickings._lifecycle_arrivals_sql(),
            by_quantity=super()._fully_delivered_sql(),
        )
