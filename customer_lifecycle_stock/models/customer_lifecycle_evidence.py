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
        pickings = self.env["stock.picking"]
        return SQL(
            """
            CASE WHEN EXISTS (%(deliveries)s)
                 THEN (SELECT MAX(date_done) FROM (%(arrivals)s) AS arrivals)
                 ELSE %(promised)s
            END
            """,
            deliveries=pickings._lifecycle_deliveries_sql(),
            arrivals=pickings._lifecycle_arrivals_sql(),
            promised=super()._delivered_at_sql(),
        )
