from odoo import models
from odoo.tools import SQL

#: Where something is written about customers: the columns to look into, by model.
TEXTS = {
    "customer.lifecycle": ["properties"],
    "customer.lifecycle.idea": ["name", "note"],
    "customer.lifecycle.commitment": ["name", "proof"],
}


class PrivacyLookupWizard(models.TransientModel):
    """Finds the cards of a person, and what is written about it on those of others.

    Odoo leaves out what goes with the contact. Whoever asks what is known about it
    wants to see it all the same; and on the card of a company a person may be named.
    """

    _inherit = "privacy.lookup.wizard"

    def _get_query_models_blacklist(self):
        # each has its own query below: none is found twice
        return [*super()._get_query_models_blacklist(), *TEXTS]

    def _get_query(self):
        return SQL(" UNION ALL ").join(
            [super()._get_query(), *map(self._lifecycle_query, TEXTS)]
        )

    def _lifecycle_query(self, model_name: str) -> SQL:
        """Return the records of one model that are about a person or name it.

        Columns: ``res_model_id, res_id, is_active``, as those of Odoo's own query.
        """
        model = self.env[model_name]
        card = SQL.identifier("id" if "properties" in model._fields else "lifecycle_id")
        return SQL(
            """
            SELECT %(model)s AS res_model_id, id AS res_id, %(active)s AS is_active
              FROM %(table)s
             WHERE %(card)s IN (%(cards)s)
                OR CONCAT_WS(' ', %(texts)s) ILIKE ANY(%(words)s)
            """,
            model=self.env["ir.model"]._get_id(model_name),
            active=SQL("active") if "active" in model._fields else SQL("TRUE"),
            table=SQL.identifier(model._table),
            card=card,
            cards=self._lifecycle_cards_query(),
            texts=SQL(", ").join(
                SQL("%s::text", SQL.identifier(name)) for name in TEXTS[model_name]
            ),
            words=[
                f"%{self._lifecycle_escaped(word)}%" for word in (self.name, self.email)
            ],
        )

    def _lifecycle_cards_query(self) -> SQL:
        """Return the cards of the contacts whom Odoo finds by name or address."""
        return SQL(
            """
            SELECT found.id
              FROM customer_lifecycle AS found
              JOIN res_partner AS partner
                ON partner.id = found.partner_id
             WHERE partner.email ILIKE %(email)s
                OR partner.name ILIKE %(name)s
            """,
            email=f"%{self._lifecycle_escaped(self.email)}%",
            name=self._lifecycle_escaped(self.name),
        )

    def _lifecycle_escaped(self, words: str) -> str:
        """Return words for ILIKE, where they stand for themselves."""
        words = words.strip().replace("\\", r"\\")
        return words.replace("%", r"\%").replace("_", r"\_")
