from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_lifecycle_purchase import Scope


class SaleOrder(models.Model):
    """Orders keep where the customer stood when they were made.

    ``lifecycle_stage_id`` and ``relationship_level_id`` are those of the quotation's
    first day until it is confirmed, and stay as at confirmation from then on.
    """

    _name = "sale.order"
    _inherit = ["sale.order", "customer.lifecycle.source"]

    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        compute="_compute_lifecycle_id",
        search="_search_lifecycle_id",
        groups="sales_team.group_sale_salesman",
    )
    lifecycle_stage_id = fields.Many2one(
        "customer.lifecycle.stage",
        string="Lifecycle Stage at Order",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    relationship_level_id = fields.Many2one(
        "customer.lifecycle.level",
        string="Relationship Level at Order",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    lifecycle_purchase_number = fields.Integer(
        string="Purchase Number",
        groups="base.group_user",
        readonly=True,
        copy=False,
        aggregator=None,
        help="1 for the customer's first purchase, 2 for the second, and so on. "
        "Orders of one day share a number; what is no purchase has none.",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_lifecycle_id(self):
        cards = self.env["customer.lifecycle"].search_fetch(
            self._lifecycle_card_domain()
        )
        by_key = {(card.partner_id, card.company_id): card for card in cards}
        for order in self:
            key = order.partner_id.commercial_partner_id, order.company_id
            order.lifecycle_id = by_key.get(key, False)

    def _lifecycle_card_domain(self) -> Domain:
        """Return the domain of the cards of these orders' customers."""
        return Domain(
            "partner_id", "in", self.partner_id.commercial_partner_id.ids
        ) & Domain("company_id", "in", self.company_id.ids)

    def _search_lifecycle_id(self, operator, value):
        cards = self.env["customer.lifecycle"]
        if operator == "in":
            found = self._of_cards(Domain("id", "in", [id_ for id_ in value if id_]))
            if False in value:
                found |= ~self._of_cards(Domain.TRUE)
            return found
        if operator in ("any", "any!"):
            cards = cards.sudo(cards.env.su or operator == "any!")
            return self._of_cards(value, cards)
        return NotImplemented

    @api.model
    def _of_cards(self, domain: Domain, cards=None) -> Domain:
        """Return the domain of the orders of some cards.

        :param cards: the model in the environment to search with (default: the user's)
        """
        cards = self.env["customer.lifecycle"] if cards is None else cards
        found = cards._search(domain)
        orders = SQL(
            """
            (SELECT lifecycle_order.id
               FROM sale_order AS lifecycle_order
               JOIN res_partner AS lifecycle_buyer
                 ON lifecycle_buyer.id = %(partner)s
               JOIN (%(cards)s) AS lifecycle_card (partner_id, company_id)
                 ON lifecycle_card.partner_id = %(customer)s
                AND lifecycle_card.company_id = %(company)s)
            """,
            partner=self._field_to_sql("lifecycle_order", "partner_id"),
            company=self._field_to_sql("lifecycle_order", "company_id"),
            customer=self.env["res.partner"]._field_to_sql(
                "lifecycle_buyer", "commercial_partner_id"
            ),
            cards=found.select(
                SQL.identifier(found.table, "partner_id"),
                SQL.identifier(found.table, "company_id"),
            ),
        )
        return Domain("id", "in", orders)

    def action_open_lifecycle(self):
        """Open the customer's card."""
        self.ensure_one()
        return self.lifecycle_id._form_action()

    def action_promise(self):
        """Make a promise about this order."""
        return self.env["customer.lifecycle.promise"]._open_for(self)

    # ---------------------------------------------------------------- as at the order

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        if not self.env["customer.lifecycle.change"]._is_silent():
            orders._keep_lifecycle()  # of imported history nobody knows it
        return orders

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:
            self.filtered(lambda order: order.state != "sale")._keep_lifecycle()
        return result

    def _action_confirm(self):
        result = super()._action_confirm()
        self._keep_lifecycle()
        self._number_purchases()
        return result

    def _keep_lifecycle(self):
        """Write down where the customers stand now. Two queries for any number."""
        # sudo: customer.lifecycle - customers confirm their own orders in the portal
        cards = (
            self.env["customer.lifecycle"]
            .sudo()
            .search_fetch(self._lifecycle_card_domain())
        )
        standing = {
            (card.partner_id, card.company_id): (card.stage_id.id, card.level_id.id)
            for card in cards
        }
        # who has no card yet stands where the rules put somebody without facts
        stages = self.env["customer.lifecycle.stage"].sudo().search([])
        levels = self.env["customer.lifecycle.level"].sudo().search([])
        newcomer = stages._rest().id, levels[:1].id
        groups = self.grouped(
            lambda order: standing.get(
                (order.partner_id.commercial_partner_id, order.company_id), newcomer
            )
        )
        for (stage_id, level_id), orders in groups.items():
            orders.write(
                {"lifecycle_stage_id": stage_id, "relationship_level_id": level_id}
            )

    def _number_purchases(self):
        """Number these orders among their customers' purchases."""
        facts = self.env["customer.lifecycle.facts"]
        self.env.flush_all()
        for company, orders in self.grouped("company_id").items():
            partners = orders.partner_id.commercial_partner_id
            scope = Scope(company, partners._ids, company._lifecycle_today())
            self.env.execute_query(facts._purchase_number_sql(scope, orders._ids))
        self.invalidate_recordset(["lifecycle_purchase_number"])

    # -------------------------------------------------------------- a source of facts

    def _lifecycle_columns(self):
        return super()._lifecycle_columns() | {
            "amount_untaxed",
            "campaign_id",
            "commitment_date",
            "company_id",
            "currency_rate",
            "date_order",
            "medium_id",
            "partner_id",
            "source_id",
            "state",
            "team_id",
            "user_id",
            "validity_date",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        changes = self.env["customer.lifecycle.change"]
        return SQL(
            """
            SELECT partner_id, company_id,
                   -- an order with an old date is history being entered
                   %(silent)s OR date_order < %(news_since)s AS is_silent
              FROM sale_order
             WHERE id IN %(orders)s
            """,
            silent=changes._is_silent(),
            news_since=changes._news_since(),
            orders=self._ids,
        )
