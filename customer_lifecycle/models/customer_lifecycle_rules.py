from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerLifecycleRules(models.AbstractModel):
    """Where the entry rules see cards, and whether a rule can be one.

    All rules of a kind are evaluated in one query.
    """

    _name = "customer.lifecycle.rules"
    _description = "Evaluation of Entry Rules"

    def _ruled(self, cards, field: str) -> dict[int, int]:
        """Return where the rules see cards: place id by card id. One query.

        :param field: ``stage_id`` or ``level_id``
        """
        if not cards:
            return {}
        places = self.env[cards._fields[field].comodel_name].search([])
        whens = self._stage_whens if field == "stage_id" else self._level_whens
        cases, otherwise = whens(places, cards.ids)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, %(place)s
                  FROM customer_lifecycle
                 WHERE id IN %(cards)s
                """,
                place=SQL("CASE %s ELSE %s END", SQL(" ").join(cases), otherwise)
                if cases
                else SQL("%s", otherwise),
                cards=tuple(cards.ids),
            )
        )
        return dict(rows)

    def _holds_sql(self, place, card_ids: list[int]) -> SQL:
        """Return the condition that the rule of a place holds for a card."""
        scope = Domain("id", "in", card_ids)
        cards = self.env["customer.lifecycle"].sudo().with_context(active_test=False)
        return SQL("id IN (%s)", cards._search(scope & place._rule()).select())

    def _stage_whens(self, stages, card_ids):
        """From the last column to the first, the first rule that holds wins."""
        cases = [
            SQL("WHEN %s THEN %s", self._holds_sql(stage, card_ids), stage.id)
            for stage in stages._rules_in_order()
        ]
        return cases, stages._rest().id or None

    def _level_whens(self, levels, card_ids):
        """From the lowest rung up, as far as every rung holds."""
        cases = [
            SQL("WHEN NOT %s THEN %s", self._holds_sql(above, card_ids), level.id)
            if above._has_rule()
            else SQL("WHEN TRUE THEN %s", level.id)  # a rung that only a person gives
            for level, above in zip(levels, levels[1:], strict=False)
        ]
        return cases, levels[-1:].id or None

    @api.model
    def _parse_domain(self, model, text: str) -> Domain:
        """Return the domain written in ``text`` over ``model``.

        :raises ValidationError: naming the field, operator or value that is wrong
        """
        try:
            domain = Domain(literal_eval(text))
        except (ValueError, SyntaxError, TypeError) as error:
            raise ValidationError(
                self.env._("This is not a valid filter: %s", error)
            ) from error
        for condition in domain.iter_conditions():
            path = self._fields_of_path(model, condition.field_expr)
            self._check_choice(path[-1], condition)
            self._check_runs(model, condition)
        return domain

    def _check_runs(self, model, condition):
        """Check that a condition can be searched with.

        :raises ValidationError: naming the field, with the reason
        """
        found = model.sudo().with_context(active_test=False)
        try:
            with self.env.cr.savepoint():
                found.search(condition, limit=1)
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "This filter cannot be used: “%(path)s” with %(operator)s "
                    "%(value)s: %(error)s",
                    path=condition.field_expr,
                    operator=condition.operator,
                    value=condition.value,
                    error=error,
                )
            ) from error

    def _check_choice(self, field, condition):
        """Check that the values compared with a selection are among its choices.

        :raises ValidationError: naming the value; such a rule would never hold
        """
        if not isinstance(field, fields.Selection):
            return
        asked = condition.value
        asked = asked if isinstance(asked, list | tuple | set) else [asked]
        known = [choice for choice, _label in field._description_selection(self.env)]
        wrong = [value for value in asked if value and value not in known]
        if wrong and condition.operator in ("=", "!=", "in", "not in"):
            raise ValidationError(
                self.env._(
                    "“%(path)s” is never “%(value)s”. It can be: %(choices)s.",
                    path=condition.field_expr,
                    value=wrong[0],
                    choices=", ".join(known),
                )
            )

    @api.model
    def _fields_of_path(self, model, path: str) -> list:
        """Return the fields along a path, checked to exist and to be searchable.

        :raises ValidationError: naming the first field that is wrong
        """
        found = []
        for name in path.split("."):
            field = model._fields.get(name)
            if field is None:
                raise ValidationError(
                    self.env._(
                        "There is no field “%(field)s” on %(model)s (in “%(path)s”).",
                        field=name,
                        model=self.env["ir.model"]._get(model._name).name,
                        path=path,
                    )
                )
            if not field._description_searchable:
                raise ValidationError(
                    self.env._("The field “%s” cannot be used in a filter.", path)
                )
            found.append(field)
            if not field.relational:
                break  # what follows is part of a date or a property
            model = self.env[field.comodel_name]
        return found
