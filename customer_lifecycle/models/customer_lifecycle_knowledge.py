from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.sql import column_exists, create_column, table_exists


class CustomerLifecycleKnowledge(models.AbstractModel):
    """What we know of a customer: facts, people, needs, ideas. A part of the card.

    The facts are Odoo's properties; each company chooses its own. They are on the
    card and not on the contact: only the sales groups read them, each company has its
    own, and they go with the contact when it is deleted.
    """

    _name = "customer.lifecycle.knowledge"
    _description = "What We Know of a Customer"

    company_id = fields.Many2one("res.company")  # Odoo looks for the definition there
    properties = fields.Properties(
        string="What We Know",
        definition="company_id.lifecycle_properties_definition",
        copy=False,
    )
    wanted_fact_count = fields.Integer(
        string="Facts Asked For",
        compute="_compute_wanted_facts",
        compute_sudo=True,
        help="Facts that the company wants to know of its customers.",
    )
    is_decider_wanted = fields.Boolean(
        string="Who Decides Is Asked For",
        compute="_compute_wanted_facts",
        compute_sudo=True,
        help="Whether the company wants to know who decides.",
    )
    contact_person_ids = fields.Many2many(
        "res.partner",
        string="People",
        compute="_compute_contact_person_ids",
        help="People of this company with an e-mail address or a phone number.",
    )
    need_order_ids = fields.Many2many(
        "sale.order",
        string="Needs",
        compute="_compute_need_order_ids",
        help="Orders and quotations whose need was written down.",
    )
    idea_ids = fields.One2many(
        "customer.lifecycle.idea", "lifecycle_id", string="Ideas"
    )

    def _auto_init(self):
        """Make the column by hand: nobody has written anything down yet."""
        cr = self.env.cr
        if (
            not self._abstract
            and table_exists(cr, self._table)
            and not column_exists(cr, self._table, "properties")
        ):
            create_column(cr, self._table, "properties", "jsonb")
        return super()._auto_init()

    # ---------------------------------------------------------------------- computes

    @api.depends("company_id.lifecycle_properties_definition")
    def _compute_wanted_facts(self):
        for company, cards in self.grouped("company_id").items():
            wanted = company._lifecycle_property_names().get(company, ())
            names = [name for name, _kind in wanted]
            cards.wanted_fact_count = len(names)
            cards.is_decider_wanted = "decider" in names

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_contact_person_ids(self):
        people = self.env["res.partner"]
        for company, cards in self.grouped("company_id").items():
            found = people.search(
                cards._contact_person_domain(company)
                & Domain("commercial_partner_id", "in", cards.partner_id.ids)
            ).grouped("commercial_partner_id")
            for card in cards:
                card.contact_person_ids = found.get(card.partner_id, people)

    @api.model
    def _contact_person_domain(self, company) -> Domain:
        """Return the domain of the people of companies who can be reached.

        The same as ``_people_sql`` of ``customer.lifecycle.evidence.knowledge``.
        """
        return (
            Domain("active", "=", True)
            & Domain("parent_id", "!=", False)
            & Domain("is_company", "=", False)
            & Domain("type", "=", "contact")
            & (
                Domain("email", "not in", [False, ""])
                | Domain("phone", "not in", [False, ""])
            )
            # sudo: res.company - a branch has contacts of those above it
            & Domain("company_id", "in", [False, *company.sudo().parent_ids.ids])
        )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_need_order_ids(self):
        orders = self.env["sale.order"]
        found = orders.search(
            Domain("partner_id", "child_of", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "!=", "cancel")
            & Domain("lifecycle_need_state", "!=", False),
            order="date_order DESC, id DESC",
        ).grouped(
            lambda order: (order.partner_id.commercial_partner_id, order.company_id)
        )
        for card in self:
            key = card.partner_id, card.company_id
            card.need_order_ids = found.get(key, orders)

    # ------------------------------------------------------------------- writing down

    def write(self, vals):
        result = super().write(vals)
        if "properties" in vals:
            self._mark_changed()  # how much is known is a fact
        return result

    def action_idea(self):
        """Write down an idea that was given to this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_idea_action_new"
        )
        return action | {"context": {"default_lifecycle_id": self.id}}

    def action_add_person(self):
        """Add a person to the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Add a Person"),
            "res_model": "res.partner",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_parent_id": self.partner_id.id,
                "default_type": "contact",
                "default_is_company": False,
            },
        }

    # ---------------------------------------------------------------- before a call

    def action_prepare_call(self):
        """Open the card for the call: what is worth knowing now, in one panel."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "customer_lifecycle.briefing",
            "name": self.env._("Before the Call"),
            "target": "new",
            "context": {"dialog_size": "extra-large"},
            "params": {"card_id": self.id},
        }

    def get_briefing(self) -> dict:
        """Return the card for the call, for the panel that shows it.

        :raises AccessError: where the user may not read the card
        """
        return self.env["customer.lifecycle.briefing"]._brief(self)
