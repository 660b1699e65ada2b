from odoo import models
from odoo.tools import SQL


class RatingRating(models.Model):
    """Ratings as facts about the customers who gave them."""

    _name = "rating.rating"
    _inherit = ["rating.rating", "customer.lifecycle.source"]

    # the facts of a customer look for its ratings
    _lifecycle_partner_idx = models.Index("(partner_id) WHERE consumed IS TRUE")

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "consumed",
            "partner_id",
            "publisher_comment",
            "rated_on",
            "rating",
            "res_id",
            "res_model",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        # whose company it is depends on what was rated: the facts tell
        return SQL(
            """
            SELECT rating.partner_id, NULL::integer AS company_id,
                   %(silent)s AS is_silent
              FROM rating_rating AS rating
             WHERE rating.id IN %(ratings)s
               AND rating.consumed
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            ratings=self._ids,
        )
