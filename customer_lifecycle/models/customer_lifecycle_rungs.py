from collections.abc import Iterator
from datetime import date

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Further figures that the sentence about a field needs.
BESIDE = {
    "setback_date": ("setback_kind",),
    "known_count": ("wanted_fact_count",),
    "is_decider_known": ("is_decider_wanted",),
    "solved_count": ("need_count", "unsolved_count"),
    "promise_kept_share": ("promise_kept_count", "promise_broken_count"),
    "satisfaction": ("satisfaction_date",),
    "paid_late_share": ("paid_count",),
}


class CustomerLifecycleRungs(models.AbstractModel):
    """What the entry rules of the levels find at a customer, condition by condition.

    A rule becomes a *tree* of plain data, in the order in which it was written, which
    a transition can keep and which is put into words when it is read:

    - a condition: ``{"field", "operator", "value", "actual", "held"}``, and the
      figures beside it (``BESIDE``)
    - a node: ``{"op": "and" | "or" | "not", "items": [tree, …], "held"}``

    Relative days are written out, days are ISO dates.
    """

    _name = "customer.lifecycle.rungs"
    _description = "Evidence of Levels"

    @api.model
    def _evidence(self, cards, day: date | None = None) -> dict[int, dict[int, dict]]:
        """Return the evidence of cards for each level that has a rule. Few queries.

        :param day: the day on which it is asked (default: today in each company)
        :return: trees by level id by card id
        """
        # sudo: the rules see what there is, not what the user may read of it
        levels = self.env["customer.lifecycle.level"].sudo().search([])
        rules = {level.id: level._rule() for level in levels if level._has_rule()}
        conditions = [
            condition for rule in rules.values() for condition in self._leaves(rule)
        ]
        cards = cards.sudo().with_context(active_test=False)
        days = {
            company: day or company._lifecycle_today() for company in cards.company_id
        }
        found = self._found(cards, conditions, days)
        tokens = {level_id: list(rule) for level_id, rule in rules.items()}
        evidence = {}
        for card in cards:
            held = iter(found.get(card.id) or [False] * len(conditions))
            day_of_card = days[card.company_id]
            evidence[card.id] = {
                level_id: self._tree(iter(rule), card, held, day_of_card)
                for level_id, rule in tokens.items()
            }
        return evidence

    def _leaves(self, rule: Domain) -> list[Domain]:
        """Return the conditions of a rule in the order in which it lists them."""
        return [Domain([token]) for token in list(rule) if not isinstance(token, str)]

    def _found(self, cards, conditions, days: dict) -> dict[int, tuple]:
        """Return for each card whether each of the conditions holds. One query."""
        if not (cards and conditions):
            return {}
        rules = self.env["customer.lifecycle.rules"]
        query = cards._search(Domain("id", "in", cards.ids))

        def holds(condition) -> SQL:
            domain = rules._on_days(condition, days).optimize_full(cards)
            return SQL("(%s) IS TRUE", domain._to_sql(cards, query.table, query))

        rows = self.env.execute_query(
            query.select(SQL.identifier(query.table, "id"), *map(holds, conditions))
        )
        return {card_id: held for card_id, *held in rows}

    def _tree(self, tokens: Iterator, card, held: Iterator, day: date) -> dict:
        """Return the tree of a rule in prefix notation, with what a card has.

        :param held: whether each condition holds, in their order
        """
        token = next(tokens)
        if token == "!":
            item = self._tree(tokens, card, held, day)
            return {"op": "not", "items": [item], "held": not item["held"]}
        if token in ("&", "|"):
            op = "and" if token == "&" else "or"
            items = []
            for _side in range(2):
                item = self._tree(tokens, card, held, day)
                items += item["items"] if item.get("op") == op else [item]
            every = all if op == "and" else any
            return {
                "op": op,
                "items": items,
                "held": every(item["held"] for item in items),
            }
        return self._condition(token, card, next(held), day)

    def _condition(self, token: tuple, card, held: bool, day: date) -> dict:
        """Return a condition with what a card has."""
        path, operator, value = token
        beside = {name: self._plain(card, name) for name in BESIDE.get(path, ())}
        rules = self.env["customer.lifecycle.rules"]
        return {
            "field": path,
            "operator": operator,
            "value": _json(rules._value_on(value, day)),
            "actual": self._plain(card, path),
            "held": held,
            **beside,
        }

    def _plain(self, card, path: str):
        """Return the value of a field of a card as plain data; None along a path."""
        field = card._fields.get(path)
        if field is None or field.groups or field.type in ("one2many", "many2many"):
            return None
        value = card[path]
        return value.display_name if field.relational else _json(value)


def _json(value):
    """Return a value of a rule or card that JSON can hold."""
    if isinstance(value, list | tuple | set):
        return [_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | str) else None


def leaves(tree: dict) -> Iterator[dict]:
    """Yield the conditions of a tree."""
    if "items" not in tree:
        yield tree
    for item in tree.get("items", ()):
        yield from leaves(item)


def missing(tree: dict) -> Iterator[dict]:
    """Yield the conditions to fulfil for a tree to hold, the fewest of what is open.

    Where one of several would do, those of the one that is nearest: of which the
    largest share is there.
    """
    if tree["held"]:
        return
    if tree.get("op") == "or":
        yield from missing(max(tree["items"], key=_share))
    elif tree.get("op") == "and":
        for item in tree["items"]:
            yield from missing(item)
    else:
        yield tree


def _share(tree: dict) -> float:
    """Return the share of the conditions of a tree that hold."""
    held = [leaf["held"] for leaf in leaves(tree)]
    return sum(held) / len(held)
