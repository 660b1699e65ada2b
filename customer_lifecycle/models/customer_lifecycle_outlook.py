from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import rhythm

#: The days on which time alone changes how a card stands.
DATES = ("due_date", "slipping_date", "lapsed_date")
#: The last day on which a card stays where a person put it.
PINS = {"stage_id": "stage_pinned_until", "level_id": "level_pinned_until"}
#: The days on which it climbs, and on which it is read again for any reason.
WAKES = ("level_climb_date", "next_change_date")
#: What is written on a card as time passes, with its type in the database.
STATE_COLUMNS = {"health": "varchar", "stage_id": "integer", "level_id": "integer"}


class State(NamedTuple):
    """How a card stands; the order of ``STATE_COLUMNS``."""

    health: str
    stage_id: int | None
    level_id: int | None


class CustomerLifecycleOutlook(models.AbstractModel):
    """How the cards will stand in the days ahead, if their customers do not buy.

    Each card is taken from one of its dates to the next: health by the dates, stage
    and level by the rules, written in the order of the refresh. Nothing is saved.
    """

    _name = "customer.lifecycle.outlook"
    _description = "Outlook on the Customer Lifecycle"

    def _coming(self, rule, days: int) -> dict:
        """Return for whom a rule fires in the days ahead: ``{card: first day}``.

        Ten or so queries for each date that a card can have in those days.

        :param rule: a ``base.automation`` that answers moves
        """
        found = {}
        for day_by_card, field, before, after in self._writes(days):
            for card in self._answered(rule, field, before, after):
                found.setdefault(card, day_by_card[card])
        return found

    def _writes(self, days: int) -> Iterator[tuple]:
        """Yield what will be written, in its order.

        :return: tuples of ``{card: day}``, the field, and the states of the cards
            that it changes before and after: ``{card: State}``
        """
        events = self._events(days)
        states = {
            card: State(card.health, card.stage_id.id, card.level_id.id)
            for card in events
        }
        for turn in range(max(map(len, events.values()), default=0)):
            day_by_card = {
                card: own_days[turn]
                for card, own_days in events.items()
                if len(own_days) > turn
            }
            for field, changed in self._changes(day_by_card, states):
                before = {card: states[card] for card in changed}
                states |= changed
                yield day_by_card, field, before, changed

    def _events(self, days: int) -> dict:
        """Return the cards that time changes in the days ahead, and when.

        :return: ``{card: [day, …]}``, ascending
        """
        cards = self.env["customer.lifecycle"]
        events = {}
        for company in self.env["res.company"].search([]):
            today = company._lifecycle_today()
            last = today + timedelta(days=days)
            names = (*DATES, *WAKES, *PINS.values())
            of_company = cards.search_fetch(
                Domain("company_id", "=", company.id)
                & Domain.OR(
                    Domain(name, ">=", today) & Domain(name, "<=", last)
                    for name in names
                ),
                ["health", "stage_id", "level_id", "level_since", *names],
            )
            for card in of_company:
                own_days = {card[name] for name in DATES + WAKES if card[name]} | {
                    card[name] + timedelta(days=1)
                    for name in PINS.values()
                    if card[name]
                }
                events[card] = sorted(day for day in own_days if today < day <= last)
        return events

    def _changes(self, day_by_card: dict, states: dict) -> Iterator[tuple]:
        """Yield the field and the new states of those whom it changes on their day."""
        states = {card: states[card] for card in day_by_card}
        new = {
            card: states[card]._replace(health=self._health(card, day))
            for card, day in day_by_card.items()
        }
        yield "health", self._differing(states, new)
        places = {field: self._ruled(field, new, day_by_card) for field in PINS}
        places["level_id"] = self._paced(new, places["level_id"], day_by_card)
        for field, pin in PINS.items():
            before = new
            new = {
                card: state
                if card[pin] and card[pin] >= day_by_card[card]
                else state._replace(**{field: places[field][card.id]})
                for card, state in before.items()
            }
            yield field, self._differing(before, new)

    def _health(self, card, day: date) -> str:
        """Return the health of a card on a day."""
        return rhythm.health(day, *(card[name] or None for name in DATES))

    def _differing(self, before: dict, after: dict) -> dict:
        """Return those of the states after that differ from before."""
        return {card: state for card, state in after.items() if state != before[card]}

    # ------------------------------------------------------------------------- asking

    def _answered(self, rule, field: str, before: dict, after: dict):
        """Return the cards for which a rule fires on a write of one field.

        :param before: ``{card: State}``; ``after`` has the same cards
        """
        cards = self.env["customer.lifecycle"].union(*after)
        heard = rule.trigger_field_ids.mapped("name")
        if heard and field not in heard:
            return cards.browse()
        if field == "health":
            # announced once in a pause, silent the second time
            cards -= cards.filtered(
                lambda card: after[card].health == "slipping"
            )._announced_slipping()
        if rule.filter_pre_domain:
            domain = rule._evaluated_domain(rule.filter_pre_domain)
            cards = self._fitting(cards, domain, before)
        return self._fitting(cards, rule._lifecycle_domain(), after)

    def _fitting(self, cards, domain: Domain, states: dict):
        """Return the cards that fit a domain when they stand so."""
        if not cards:
            return cards
        query = self._sudo_cards()._search(Domain("id", "in", cards.ids) & domain)
        rows = self._execute(states, query.select())
        return cards.browse(card_id for (card_id,) in rows)

    def _ruled(self, field: str, states: dict, day_by_card: dict) -> dict[int, int]:
        """Return where the rules see cards that stand so: place id by card id."""
        if not states:
            return {}
        if not self.env["customer.lifecycle.rules"]._day_conditions():
            return self._ruled_on(field, states, None)
        found = {}
        for day in set(map(day_by_card.get, states)):
            of_day = {
                card: state
                for card, state in states.items()
                if day_by_card[card] == day
            }
            found |= self._ruled_on(field, of_day, day)
        return found

    def _ruled_on(self, field: str, states: dict, day: date | None) -> dict[int, int]:
        """Return where the rules see cards on a day (None: it does not matter)."""
        cards = self._sudo_cards()
        places = self.env[cards._fields[field].comodel_name].sudo().search([])
        # sudo: the rules see what there is, not what the user may read of it
        query = cards._search(Domain("id", "in", [card.id for card in states]))
        days = day and dict.fromkeys((card.company_id for card in states), day)
        place = self.env["customer.lifecycle.rules"]._place_sql(
            field, places._as_places(), query, days
        )
        return dict(
            self._execute(
                states, query.select(SQL.identifier(query.table, "id"), place)
            )
        )

    def _paced(self, states: dict, seen: dict, day_by_card: dict) -> dict[int, int]:
        """Return on which levels cards are to stand that the evidence sees there."""
        pace = self.env["customer.lifecycle.pace"]
        paced = {}
        for card, state in states.items():
            day = day_by_card[card]
            # what it climbed in these days, it has just climbed
            since = card.level_since if state.level_id == card.level_id.id else day
            paced[card.id] = pace._step(state.level_id, since, seen[card.id], day)[0]
        return paced

    def _sudo_cards(self):
        """Return the model of the cards as rules and automations see it."""
        # sudo: customer.lifecycle - asked only about cards that the user has found
        return self.env["customer.lifecycle"].sudo().with_context(active_test=False)

    def _execute(self, states: dict, query: SQL) -> list[tuple]:
        """Return the rows of a query on the cards as they would stand."""
        overlay = self.env["customer.lifecycle.limits"]._overlay_sql(
            [(card.id, *state) for card, state in states.items()], STATE_COLUMNS
        )
        return self.env.execute_query(SQL("%s %s", overlay, query))
