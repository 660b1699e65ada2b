from datetime import date, timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..tools.relative_day import is_relative, resolve, shift_days

#: Days that are looked ahead for a condition that months or weekdays decide.
LOOKAHEAD_DAYS = 800
#: For each comparison with a day, how far that day has to come for it to turn.
TURNS = {">=": (">",), "<": (">",), ">": (">=",), "<=": (">=",)}


class CustomerLifecycleRuleDays(models.AbstractModel):
    """Days relative to today in entry rules: ``("due_date", ">=", "today -120d")``.

    They mean the day of the card's company on which the rules are asked. Such a
    condition begins and ends by time alone: the day on which it does wakes the card.
    """

    _name = "customer.lifecycle.rule.days"
    _description = "Relative Days in Entry Rules"

    # ------------------------------------------------------------------------ asking

    def _on_days(self, domain: Domain, days: dict | None = None) -> Domain:
        """Return a domain over cards whose relative days are written out.

        :param days: the day it is by company; the one of the clock for None
        """

        def written_out(condition):
            if not self._looks_at_today(condition):
                return condition
            companies = days or self._company_days()
            by_day = {}
            for company, day in companies.items():
                by_day.setdefault(day, []).append(company.id)
            variants = {
                day: self._on_day(condition, self.env["customer.lifecycle"], day)
                for day in by_day
            }
            if len(variants) == 1:
                return next(iter(variants.values()))
            return Domain.OR(
                Domain("company_id", "in", by_day[day]) & variant
                for day, variant in variants.items()
            )

        return domain.map_conditions(written_out)

    def _company_days(self) -> dict:
        """Return the day it is in each company: ``{company: day}``."""
        # sudo: res.company - what day it is; the cards have rules of their own
        companies = self.env["res.company"].sudo().search([])
        return {company: company._lifecycle_today() for company in companies}

    def _looks_at_today(self, condition) -> bool:
        """Say whether a condition, or one inside it, has a relative day."""
        if condition.operator in ("any", "not any"):
            inner = Domain(condition.value)
            return any(map(self._looks_at_today, inner.iter_conditions()))
        values = condition.value
        values = values if isinstance(values, list | tuple | set) else [values]
        return any(map(self._is_relative, values))

    @api.model
    def _is_relative(self, value) -> bool:
        """Say whether a value is a day relative to today, and no other text."""
        if not is_relative(value):
            return False
        try:
            resolve(value, date(2000, 1, 1))
        except ValueError:
            return False
        return True

    def _on_day(self, domain: Domain, model, day: date) -> Domain:
        """Return a domain over ``model`` with the relative days of its dates."""

        def written_out(condition):
            path = self._fields_of_path(model, condition.field_expr)
            if condition.operator in ("any", "not any"):
                inner = self.env[path[-1].comodel_name]
                value = self._on_day(Domain(condition.value), inner, day)
            elif path[-1].type in ("date", "datetime"):
                value = self._value_on(condition.value, day)
            else:
                return condition
            return Domain(condition.field_expr, condition.operator, value)

        return domain.map_conditions(written_out)

    @api.model
    def _value_on(self, value, day: date):
        """Return what a value means on a day: relative days written out."""
        if isinstance(value, list | tuple | set):
            return [self._value_on(each, day) for each in value]
        if not self._is_relative(value):
            return value
        shift = shift_days(value)
        if shift is not None:  # most are
            return day + timedelta(days=shift)
        return resolve(value, day, self._week_start())

    def _week_start(self) -> int:
        """Return the first day of the week where the rules are read: 1 is Monday."""
        lang = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return int(lang.week_start or 1)

    # ------------------------------------------------------------------------ waking

    @api.model
    @ormcache()
    def _day_conditions(self) -> tuple[tuple[str, str, str], ...]:
        """Return what the rules in use compare with a relative day.

        Kept until a rule changes.

        :return: ``(field, operator, text)`` of stored dates of the card
        """
        cards = self.env["customer.lifecycle"]
        found = set()
        for field in ("stage_id", "level_id"):
            # sudo: rules apply to everybody
            places = self.env[cards._fields[field].comodel_name].sudo().search([])
            for place in places.filtered(lambda place: place._has_rule()):
                for condition in place._rule().iter_conditions():
                    date_field = cards._fields.get(condition.field_expr)
                    if date_field is None or not date_field.store:
                        continue
                    if date_field.type == "date" and self._looks_at_today(condition):
                        found |= self._comparisons(condition)
        return tuple(sorted(found))

    @api.model
    def _comparisons(self, condition) -> set[tuple[str, str, str]]:
        """Return a condition as comparisons; being a day is two of them."""
        values, operators = condition.value, [condition.operator]
        if condition.operator not in TURNS:
            operators = [">=", "<="]
        values = values if isinstance(values, list | tuple | set) else [values]
        return {
            (condition.field_expr, operator, value)
            for value in values
            if self._is_relative(value)
            for operator in operators
        }

    @api.model
    def _turning_days(self, columns: dict[str, SQL], as_of: date) -> list[SQL]:
        """Return the days after ``as_of`` on which time alone turns a condition.

        :param columns: the fields of the conditions that are asked about, and the
            SQL of their values
        """
        return [
            self._turning_day(columns[field], operator, text, as_of)
            for field, operator, text in self._day_conditions()
            if field in columns
        ]

    def _turning_day(self, value: SQL, operator: str, text: str, as_of: date) -> SQL:
        """Return the first day after ``as_of`` on which a comparison turns.

        The day compared with moves on with today: it turns once that day has
        reached ``value``, or has passed it.
        """
        [reached] = TURNS[operator]
        shift = shift_days(text)
        if shift is not None:
            later = 1 if reached == ">" else 0
            return SQL("((%s)::date - %s)", value, shift - later)
        week_start = self._week_start()
        days = [as_of + timedelta(days=ahead) for ahead in range(LOOKAHEAD_DAYS)]
        return SQL(
            """
            (SELECT CASE WHEN %(value)s IS NULL THEN NULL
                    -- further ahead: asked again then
                    ELSE COALESCE(MIN(day), %(last)s::date) END
               FROM UNNEST(%(days)s::date[], %(edges)s::date[]) AS ahead (day, edge)
              WHERE edge %(reached)s %(value)s)
            """,
            value=value,
            last=days[-1],
            days=days,
            edges=[resolve(text, day, week_start) for day in days],
            reached=SQL(reached),
        )
