from ast import literal_eval
from math import inf

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .customer_lifecycle_preview import DECIDING
from .customer_lifecycle_rules import Place


class CustomerLifecycleRuleMixin(models.AbstractModel):
    """What stages and levels share: a place in an order, and an entry rule.

    The entry rule is an Odoo domain over ``customer.lifecycle``. Editing it moves the
    cards that it concerns silently: nothing is sent because a definition changed.
    """

    _name = "customer.lifecycle.rule.mixin"
    _description = "Ordered Place with an Entry Rule"
    _order = "sequence, id"

    # The card's field that holds this model; a rule must not look at it.
    _card_field: str

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        help="Technical name, for automations and integrations. "
        "Renaming the place does not change it.",
        copy=False,
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    fold = fields.Boolean(string="Folded in Kanban")
    description = fields.Text(
        string="What brings a customer here",
        translate=True,
        help="One or two sentences, shown on the column.",
    )
    rule_domain = fields.Char(
        string="Entry Rule",
        help="The customers that stand here. Without a rule, the first one in the "
        "order takes whoever fits nowhere else; others are filled by hand only.",
    )
    model_name = fields.Char(compute="_compute_model_name")
    card_count = fields.Integer(string="Customers", compute="_compute_card_count")
    preview = fields.Json(
        string="Who Would Move",
        compute="_compute_preview",
        help="How many customers saving would move, from where to where.",
    )

    _code_uniq = models.UniqueIndex("(code)", "This technical name is already in use.")

    def _compute_model_name(self):
        """Name the model of the rule, for the filter editor."""
        self.model_name = "customer.lifecycle"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_card_count(self):
        counts = dict(
            self.env["customer.lifecycle"]._read_group(
                [(self._card_field, "in", self.ids)], [self._card_field], ["__count"]
            )
        )
        for place in self:
            place.card_count = counts.get(place, 0)

    @api.depends(*DECIDING)
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_preview(self):
        """Show who would move, of a place that is being edited."""
        previews = self.env["customer.lifecycle.preview"]
        for place in self:
            place.preview = place._is_edited() and previews._of_places(
                self._card_field, [place._as_change()]
            )

    def _is_edited(self) -> bool:
        """Say whether saving would change who stands here."""
        self.ensure_one()
        saved = self._origin
        return not saved or any(self[name] != saved[name] for name in DECIDING)

    def _as_change(self, **values) -> dict:
        """Return the place as it would be, for the preview."""
        self.ensure_one()
        change = {"id": self._origin.id or 0, "name": self.name or ""}
        return change | {name: self[name] for name in DECIDING} | values

    @api.constrains("rule_domain")
    def _check_rule_domain(self):
        for place in self:
            place._check_rule()

    def _check_rule(self):
        """Check that the entry rule can be used.

        :raises ValidationError: naming what is wrong
        """
        self.ensure_one()
        if not self.rule_domain:
            return
        cards = self.env["customer.lifecycle"]
        rules = self.env["customer.lifecycle.rules"]
        domain = rules._parse_domain(cards, self.rule_domain)
        paths = (
            rules._fields_of_path(cards, condition.field_expr)
            for condition in domain.iter_conditions()
        )
        if any(self._decides(field) for path in paths for field in path):
            raise ValidationError(
                self.env._(
                    "The rule of “%(place)s” looks at the field that it decides "
                    "itself (%(field)s). Use the figures of the customer instead.",
                    place=self.name,
                    field=self._card_field,
                )
            )

    def _decides(self, field) -> bool:
        """Say whether a field is what the rule decides, on the card or the contact."""
        return field.comodel_name == self._name and field.model_name in (
            "customer.lifecycle",
            "res.partner",
        )

    def _rule(self) -> Domain | None:
        """Return the entry rule, or None where there is none."""
        self.ensure_one()
        return Domain(literal_eval(self.rule_domain)) if self._has_rule() else None

    def _has_rule(self) -> bool:
        """Tell a place with a rule from one without; ``[]`` says nothing."""
        self.ensure_one()
        return bool(self.rule_domain) and self.rule_domain.strip() != "[]"

    def _as_places(self) -> list[Place]:
        """Return the places as the rules take them, in their order."""
        ordered = self.sorted(
            # what is being created has no id yet, and will have the highest
            lambda place: (place.sequence, place._origin.id or inf)
        )
        return [Place(place._origin.id or 0, place._rule()) for place in ordered]

    @api.model_create_multi
    def create(self, vals_list):
        places = super().create(vals_list)
        self._requeue_cards()
        return places

    def write(self, vals):
        result = super().write(vals)
        if not set(DECIDING).isdisjoint(vals):
            self._requeue_cards()
        return result

    def unlink(self):
        result = super().unlink()
        self._requeue_cards()
        return result

    @api.model
    def _requeue_cards(self):
        """Have every card judged again by the rules as they are now, silently."""
        self.env.registry.clear_cache()  # which of the rules look at today
        self.env["customer.lifecycle.change"]._mark_cards("rule")

    def action_archive(self):
        """Take places out of use, after asking where customers would move by it."""
        return self._ask_use(False) or super().action_archive()

    def action_unarchive(self):
        """Take places into use, after asking where customers would move by it."""
        return self._ask_use(True) or super().action_unarchive()

    def _ask_use(self, active: bool) -> dict | None:
        """Return the action that shows who would move; None where nobody would."""
        wizard = self.env["customer.lifecycle.place.use"].create(
            {
                "is_used": active,
                "place_field": self._card_field,
                "place_ids": self.ids,
            }
        )
        return wizard._form_action() if wizard.preview.get("count") else None

    def action_open_cards(self):
        """Open the customers counted on this place."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_lifecycle.customer_lifecycle_action"
        )
        return action | {
            "name": self.name,
            "domain": [(self._card_field, "=", self.id)],
            "view_mode": "list,kanban,form",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
        }
