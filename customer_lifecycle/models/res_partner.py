from ast import literal_eval

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_lifecycle_outreach import OPEN_STATES
from .customer_lifecycle_referral_refusal import Claim
from .customer_lifecycle_transition import HEALTH_STATES

#: The partner's fields that show the current company's card: card field by name.
CARD_FIELDS = {
    "lifecycle_id": "id",
    "lifecycle_stage_id": "stage_id",
    "relationship_level_id": "level_id",
    "lifecycle_health": "health",
    "lifecycle_due_date": "due_date",
    "lifecycle_slipping_date": "slipping_date",
    "lifecycle_lapsed_date": "lapsed_date",
}
SALES = "sales_team.group_sale_salesman"


class ResPartner(models.Model):
    """Contacts show where the customer stands with the current company.

    Nothing of it is stored here: the stage differs by company, and so does the
    access to it. The fields are searched, grouped and sorted by joining the card.
    """

    _name = "res.partner"
    _inherit = ["res.partner", "customer.lifecycle.source"]

    lifecycle_referred_by_id = fields.Many2one(
        "res.partner",
        string="Referred By",
        groups="base.group_user",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The customer who brought this one.",
    )
    lifecycle_no_offers = fields.Boolean(
        string="Wants No Offers",
        tracking=True,
        help="Gets no coupons, offers and reminders of them from the customer "
        "lifecycle, under any contact with this address.",
    )
    lifecycle_no_care = fields.Boolean(
        string="Wants No Messages",
        tracking=True,
        help="Gets no thanks, questions and other messages from the customer "
        "lifecycle, under any contact with this address.",
    )
    lifecycle_id = fields.Many2one(
        "customer.lifecycle",
        compute="_compute_lifecycle",
        search="_search_lifecycle_id",
        groups=SALES,
    )
    lifecycle_stage_id = fields.Many2one(
        "customer.lifecycle.stage",
        compute="_compute_lifecycle",
        inverse="_inverse_lifecycle_stage_id",
        search="_search_lifecycle_stage_id",
        group_expand="_read_group_expand_full",
        groups=SALES,
    )
    relationship_level_id = fields.Many2one(
        "customer.lifecycle.level",
        compute="_compute_lifecycle",
        inverse="_inverse_relationship_level_id",
        search="_search_relationship_level_id",
        group_expand="_read_group_expand_full",
        groups=SALES,
    )
    lifecycle_health = fields.Selection(
        HEALTH_STATES,
        string="Health",
        compute="_compute_lifecycle",
        search="_search_lifecycle_health",
        groups=SALES,
    )
    lifecycle_due_date = fields.Date(
        string="Due",
        compute="_compute_lifecycle",
        search="_search_lifecycle_due_date",
        groups=SALES,
    )
    lifecycle_slipping_date = fields.Date(
        string="Slipping On",
        compute="_compute_lifecycle",
        search="_search_lifecycle_slipping_date",
        groups=SALES,
    )
    lifecycle_lapsed_date = fields.Date(
        string="Lapsed On",
        compute="_compute_lifecycle",
        search="_search_lifecycle_lapsed_date",
        groups=SALES,
    )

    # what the gate looks up before each mail
    _lifecycle_address_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )

    @api.constrains("lifecycle_referred_by_id")
    def _check_lifecycle_referred_by_id(self):
        if self.env.context.get("lifecycle_merging"):
            return  # nobody says anything new
        referrals = self.env["customer.lifecycle.referral"]
        brought = self.filtered("lifecycle_referred_by_id")
        claims = [
            Claim(partner.lifecycle_referred_by_id, partner) for partner in brought
        ]
        # who corrects it says otherwise
        without = ("already", *referrals._passed_over())
        for refusal in filter(None, referrals._refusals(claims, without)):
            raise ValidationError(referrals._refusal_sentence(*refusal))

    # ------------------------------------------------------------ the current company

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_lifecycle(self):
        cards = self.env["customer.lifecycle"].search_fetch(
            self._lifecycle_card_domain()
            & Domain("partner_id", "in", self.commercial_partner_id.ids)
        )
        by_partner = {card.partner_id: card for card in cards}
        none = cards.browse()
        for partner in self:
            card = by_partner.get(partner.commercial_partner_id, none)
            for name, card_field in CARD_FIELDS.items():
                partner[name] = card if card_field == "id" else card[card_field]

    @api.model
    def _lifecycle_card_domain(self) -> Domain:
        """Return the domain of the cards of the current company."""
        return Domain("company_id", "=", self.env.company.id)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr not in CARD_FIELDS or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        card = query.make_alias(alias, "lifecycle_card")
        cards = self.env["customer.lifecycle"]
        # the subquery carries the record rules: no foreign card is grouped or sorted
        visible = cards._search(self._lifecycle_card_domain())
        columns = [
            SQL.identifier(visible.table, column)
            for column in ("partner_id", *CARD_FIELDS.values())
        ]
        query.add_join(
            "LEFT JOIN",
            card,
            SQL("(%s)", visible.select(*columns)),
            SQL(
                "%s = %s",
                SQL.identifier(card, "partner_id"),
                SQL.identifier(alias, "commercial_partner_id"),
            ),
        )
        return SQL.identifier(card, CARD_FIELDS[field_expr])

    def _search_card(self, name: str, operator: str, value):
        """Search contacts by a field of the current company's card.

        ``False`` among the values means: no card, or nothing there.
        """
        if operator.startswith("not"):
            return NotImplemented
        field = CARD_FIELDS[name]
        cards = self._lifecycle_card_domain()
        is_empty_asked = operator == "in" and False in value
        if is_empty_asked:
            value = [item for item in value if item is not False]
        found = self._of_cards(cards & Domain(field, operator, value))
        if is_empty_asked:
            found |= ~self._of_cards(cards & Domain(field, "!=", False))
        return found

    @api.model
    def _of_cards(self, domain: Domain) -> Domain:
        """Return the domain of the contacts of some cards."""
        cards = self.env["customer.lifecycle"]._search(domain)
        return Domain("commercial_partner_id", "in", cards.subselect("partner_id"))

    def _search_lifecycle_id(self, operator, value):
        return self._search_card("lifecycle_id", operator, value)

    def _search_lifecycle_stage_id(self, operator, value):
        return self._search_card("lifecycle_stage_id", operator, value)

    def _search_relationship_level_id(self, operator, value):
        return self._search_card("relationship_level_id", operator, value)

    def _search_lifecycle_health(self, operator, value):
        return self._search_card("lifecycle_health", operator, value)

    def _search_lifecycle_due_date(self, operator, value):
        return self._search_card("lifecycle_due_date", operator, value)

    def _search_lifecycle_slipping_date(self, operator, value):
        return self._search_card("lifecycle_slipping_date", operator, value)

    def _search_lifecycle_lapsed_date(self, operator, value):
        return self._search_card("lifecycle_lapsed_date", operator, value)

    def _inverse_lifecycle_stage_id(self):
        self._move_cards("lifecycle_stage_id")

    def _inverse_relationship_level_id(self):
        self._move_cards("relationship_level_id")

    def _move_cards(self, name: str):
        """Move the cards of contacts by hand; who had none is added by hand."""
        cards = self.env["customer.lifecycle"]
        wishes = {partner.commercial_partner_id: partner[name] for partner in self}
        known = cards.search(
            self._lifecycle_card_domain()
            & Domain("partner_id", "in", [partner.id for partner in wishes])
        )
        missing = [partner for partner in wishes if partner not in known.partner_id]
        known |= cards.create([{"partner_id": partner.id} for partner in missing])
        for place, moving in known.grouped(
            lambda card: wishes[card.partner_id]
        ).items():
            moving.write({CARD_FIELDS[name]: place.id})

    # -------------------------------------------------------------- a source of facts

    @api.model
    @tools.ormcache()
    def _lifecycle_columns(self):
        """Return the columns that decide who is a customer and who looks after it."""
        rules = self.env["res.company"].sudo().search([])
        paths = {
            condition.field_expr.split(".")[0]
            for text in rules.mapped("lifecycle_customer_domain")
            for condition in Domain(literal_eval(text or "[]")).iter_conditions()
        }
        return frozenset(paths) | {
            "active",
            "commercial_partner_id",
            "company_id",
            "email",
            "is_company",
            "lifecycle_referred_by_id",
            "phone",
            "type",
            "user_id",
        }

    def _lifecycle_customers_sql(self) -> SQL:
        return SQL(
            """
            SELECT UNNEST(ARRAY[id, commercial_partner_id, lifecycle_referred_by_id])
                       AS partner_id,
                   NULL::integer AS company_id, %(silent)s AS is_silent
              FROM res_partner
             WHERE id IN %(partners)s
               -- not before it is known of a new contact whom it belongs to
               AND commercial_partner_id IS NOT NULL
            """,
            silent=self.env["customer.lifecycle.change"]._is_silent(),
            partners=self._ids,
        )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            partner._heed_refusals(vals)
        return partners

    def write(self, vals):
        if "lifecycle_referred_by_id" in vals:
            self._mark_customers()  # whoever counted as the referrer until now
        result = super().write(vals)
        if "category_id" in vals:
            self._mark_customers()
        if "user_id" in vals:
            self._follow_salesperson()
        self._heed_refusals(vals)
        return result

    def _heed_refusals(self, vals: dict):
        """Cancel what is planned for contacts who refuse it from now on."""
        if vals.get("lifecycle_no_offers") or vals.get("lifecycle_no_care"):
            # sudo: customer.lifecycle.outreach - whoever writes contacts may note a no
            self.env["customer.lifecycle.optout"].sudo()._heed(self.sudo(), vals)

    def _follow_salesperson(self):
        """The salesperson just set on the contact outranks one set on the card."""
        # sudo: customer.lifecycle - cards of every company follow their contact
        self.env["customer.lifecycle"].sudo().search(
            [("partner_id", "in", self.ids), ("owner_by_hand", "=", True)]
        ).owner_by_hand = False

    def unlink(self):
        # sudo: customer.lifecycle - a card, its chatter and its activities go with the
        # contact, which the user may delete
        cards = self.env["customer.lifecycle"].sudo().with_context(active_test=False)
        cards.search([("partner_id", "in", self.ids)]).unlink()
        # sudo: customer.lifecycle.outreach - somebody else gets what is still to come
        outreach = self.env["customer.lifecycle.outreach"].sudo()
        unsent = outreach.search(
            [("partner_id", "in", self.ids), ("state", "in", [*OPEN_STATES, "held"])]
        )
        result = super().unlink()
        unsent.invalidate_recordset(["partner_id"], flush=False)
        self.env["customer.lifecycle.planner"].sudo()._address(unsent.exists())
        return result

    def action_open_lifecycle(self):
        """Open the card of the current company."""
        self.ensure_one()
        return self.lifecycle_id._form_action()
