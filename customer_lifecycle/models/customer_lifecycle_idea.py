from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

OUTCOMES = [
    ("open", "Not Known Yet"),
    ("helped", "It Helped"),
    ("not", "It Did Not Help"),
]


class CustomerLifecycleIdea(models.Model):
    """What we suggested to a customer without billing it.

    Written down by hand on the card, or from an activity *Idea* that was done. What
    came of it is said later. Ideas of the last 12 months are a fact of the card.
    """

    _name = "customer.lifecycle.idea"
    _description = "Idea for a Customer"
    _inherit = ["customer.lifecycle.of.customer", "customer.lifecycle.source"]
    _order = "date DESC, id DESC"
    _check_company_auto = True

    name = fields.Char(
        string="Idea", required=True, help="What we suggested, in one sentence."
    )
    note = fields.Text(help="What else is worth remembering about it.")
    date = fields.Date(
        string="Given On",
        required=True,
        default=lambda self: self.env.company._lifecycle_today(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Given By",
        index="btree_not_null",
        default=lambda self: self.env.user,
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="The product that it is about, if any.",
    )
    outcome = fields.Selection(
        OUTCOMES,
        string="What Came of It",
        default="open",
        required=True,
    )

    @api.constrains("name")
    def _check_name(self):
        for idea in self:
            if not (idea.name or "").strip():
                raise ValidationError(self.env._("Say what was suggested."))

    @api.constrains("date")
    def _check_date(self):
        for idea in self.filtered("date"):
            if idea.date > idea.company_id._lifecycle_today():
                raise ValidationError(
                    self.env._("An idea is written down once it was given: not before.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Write ideas down.

        :raises AccessError: where the user may not read the customer
        """
        ideas = super().create(vals_list)
        ideas.lifecycle_id.check_access("read")
        return ideas

    def write(self, vals):
        """Change ideas.

        :raises AccessError: where they go to a customer whom the user may not read
        """
        result = super().write(vals)
        if "lifecycle_id" in vals:
            self.lifecycle_id.check_access("read")
        return result

    def action_helped(self):
        """Say that the ideas helped."""
        self.outcome = "helped"

    def action_not_helped(self):
        """Say that the ideas did not help."""
        self.outcome = "not"

    # -------------------------------------------------------------- a source of facts

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {"date", "lifecycle_id"}

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT card.partner_id, card.company_id, %(silent)s AS is_silent
              FROM customer_lifecycle_idea AS idea
              JOIN customer_lifecycle AS card
                ON card.id = idea.lifecycle_id
             WHERE idea.id IN %(ideas)s
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            ideas=self._ids,
        )
