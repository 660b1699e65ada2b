from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

CARD = "customer.lifecycle"


class RatingRating(models.Model):
    """Ratings as facts about the customers who gave them.

    Odoo lets every employee read and write ratings. Those about cards are read by
    whoever may read the card, and written by the customer only, whose answer Odoo
    writes as superuser: two record rules say so. Ratings of other records stay as
    they are.
    """

    _name = "rating.rating"
    _inherit = ["rating.rating", "customer.lifecycle.source"]

    # the facts of a customer look for its ratings
    _lifecycle_partner_idx = models.Index("(partner_id) WHERE consumed IS TRUE")

    # a field, as a record rule cannot say "who may read the card" in its domain
    lifecycle_is_readable = fields.Boolean(
        string="Readable Rating",
        compute="_compute_lifecycle_is_readable",
        search="_search_lifecycle_is_readable",
        exportable=False,
        help="Whether one may read what was rated, where that is a customer's card.",
    )

    @api.depends("consumed", "res_id", "res_model")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lifecycle_is_readable(self):
        about = self.filtered(lambda rating: rating.res_model == CARD)
        (self - about).lifecycle_is_readable = True
        # not as superuser, as which Odoo evaluates record rules
        cards = self.env[CARD].sudo(False).browse(about.mapped("res_id"))
        readable = set(cards.exists()._filtered_access("read").ids)
        for rating in about:
            # one that is still open says nothing, and has the token of the customer
            is_given = rating.consumed and rating.res_id in readable
            rating.lifecycle_is_readable = is_given

    def _search_lifecycle_is_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        readable = Domain("res_model", "!=", CARD)
        # not as superuser, as which Odoo evaluates record rules
        cards = self.env[CARD].sudo(False).with_context(active_test=False)
        if cards.has_access("read"):
            readable |= Domain("consumed", "=", True) & Domain(
                "res_id", "in", cards._search([])
            )
        return readable if True in value else ~readable

    def write(self, vals):
        """Have no rating become one about a card: Odoo checks what it was before."""
        result = super().write(vals)
        if not {"res_model", "res_model_id"}.isdisjoint(vals):
            self.filtered(lambda rating: rating.res_model == CARD).check_access("write")
        return result

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
