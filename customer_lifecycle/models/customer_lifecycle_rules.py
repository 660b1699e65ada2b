from ast import literal_eval
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class Place(NamedTuple):
    """A stage or level as the rules see it, saved or only thought of.

    ``key`` is the id, 0 for one that is being created; without ``rule`` it takes the
    rest (stages) or is given by hand (levels).
    """

    key: int
    rule: Domain | None


class CustomerLifecycleRules(models.AbstractModel):
    """Where the entry rules see cards, and whether a rule can be one.

    All rules of a kind are evaluated in one query, for places as they are or as they
    would be.
    """

    _name = "customer.lifecycle.rules"
    _description = "Evaluation of Entry Rules"
    _inherit = ["customer.lifecycle.rule.days"]

    def _ruled(self, cards, field: str, days: dict | None = None) -> dict[int, int]:
        """Return where the rules see cards: place id by card id. One query.

        False where there is no place at all.

        :param field: ``stage_id`` or ``level_id``
        :param days: the day it is by company, for rules that look at today; the one
            of the clock for None
        """
        if not cards:
            return {}
        cards = cards.sudo().with_context(active_test=False)
        # sudo: the rules see what there is, not what the user may read of it
        places = self.env[cards._fields[field].comodel_name].search([])
        query = cards._search(Domain("id", "in", cards.ids))
        place = self._place_sql(field, places._as_places(), query, days)
        rows = self.env.execute_query(
            query.select(SQL.identifier(query.table, "id"), place)
        )
        return {card_id: place_id or False for card_id, place_id in rows}

    def _place_sql(
        self, field: str, places: list[Place], query, days: dict | None = None
    ) -> SQL:
        """Return where the rules see each card of a query: the key of a place.

        The conditions are part of the query itself: one scan of the cards, whatever
        their number.

        :param days: as in ``_ruled``
        """
        cards = self.env["customer.lifecycle"].sudo().with_context(active_test=False)
        # sudo: the rules see what there is, not what the user may read of it

        def holds(place: Place) -> SQL:
            domain = self._on_days(place.rule, days).optimize_full(cards)
            condition = domain._to_sql(cards, query.table, query)
            return SQL("(%s) IS TRUE", condition)

        whens = self._stage_whens if field == "stage_id" else self._level_whens
        cases, otherwise = whens(places, holds)
        if not cases:
            return SQL("%s::integer", otherwise)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), otherwise)

    def _stage_whens(self, stages, holds):
        """From the last column to the first, the first rule that holds wins."""
        cases = [
            SQL("WHEN %s THEN %s", holds(stage), stage.key)
            for stage in reversed(stages)
            if stage.rule is not None
        ]
        rest = [stage for stage in stages if stage.rule is None] or stages
        return cases, rest[0].key if rest else None

    def _level_whens(self, levels, holds):
        """From the lowest rung up, as far as every rung holds."""
        cases = [
            SQL("WHEN NOT %s THEN %s", holds(above), level.key)
            if above.rule is not None
            else SQL("WHEN TRUE THEN %s", level.key)  # a rung that only a person gives
            for level, above in zip(levels, levels[1:], strict=False)
        ]
        return cases, levels[-1].key if levels else None

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
        self.env.flush_all()
        try:
            # one that flushes would take back what is edited in a form, too
            with self.env.cr.savepoint(flush=False):
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
