from typing import NamedTuple

from odoo import models


class Stop(NamedTuple):
    """A customer for whom a step does not go out now: why, as of the gate."""

    card_id: int
    state: str
    code: str
    sentence: str


class Rehearsed(NamedTuple):
    """What a step would do for the customers whom its rule reaches now.

    :param through: ids of the cards for whom it would go out
    :param stops: those for whom it would not
    :param planned_count: for how many it would be planned
    :param days: first and last day on which it would go out, in days from today
    """

    step: models.BaseModel
    through: list[int]
    stops: list[Stop]
    planned_count: int
    days: tuple[int, int]

    def stopped(self, *states: str) -> list[int]:
        """Return the ids of the cards whose verdict is one of some states."""
        return [stop.card_id for stop in self.stops if stop.state in states]


class CustomerLifecycleRehearsalCost(models.AbstractModel):
    """What the offers of a rule would cost."""

    _name = "customer.lifecycle.rehearsal.cost"
    _description = "Cost of Offers in a Rehearsal"
    _inherit = ["customer.lifecycle.limits"]

    def _cost_table(self, now: list[Rehearsed], later: list[Rehearsed]) -> dict | bool:
        """Return what offers would take off; False without an offer.

        Counted is who would get one, at once or after waiting.

        :param now: of those already there
        :param later: of those who are expected
        """
        if not any(found.step._outreach_kind() == "offer" for found in now):
            return False
        rows = []
        for whom, rehearsed in (
            (self.env._("Already there"), now),
            (self.env._("Expected"), later),
        ):
            for found in rehearsed:
                if found.step._outreach_kind() == "offer":
                    ids = found.through + found.stopped("waiting")
                    cards = self.env["customer.lifecycle"].browse(ids)
                    rows += self._cost_rows(found.step, whom, cards)
        return {
            "sentence": self.env._(
                "What offers cost if every one of them is used, on what the customer "
                "usually buys."
            ),
            "header": [
                self.env._("Step"),
                self.env._("Customers"),
                self.env._("Offers"),
                self.env._("Discount"),
                self.env._("Margin That Remains"),
            ],
            "rows": rows,
        }

    def _cost_rows(self, step, whom: str, cards):
        """Yield the lines on the cost of one step, one for each company."""
        program = step.sudo().lifecycle_program_id
        expected = self.env["customer.lifecycle.margin"]._expected
        for company, of_company in cards.grouped("company_id").items():
            margins = list(expected(of_company, program).values())
            discount = sum(margin.discount for margin in margins)
            yield [
                {"text": step.name},
                {"text": whom},
                self._people(step.name, of_company.ids),
                {"text": company.currency_id.format(discount)},
                {"text": self._margin_in_words(margins)},
            ]

    def _margin_in_words(self, margins: list) -> str:
        """Say what margin remains, and for how many it is not known."""
        known = [margin for margin in margins if margin.rate is not None]
        paid = sum(margin.amount - margin.discount for margin in known)
        unknown = self._digits(len(margins) - len(known))
        if paid <= 0:
            return self.env._("not known: costs are missing on the products")
        left = sum(margin.rate * (margin.amount - margin.discount) for margin in known)
        if len(known) == len(margins):
            return self._percent(left, paid)
        return self.env._(
            "%(share)s, and not known for %(count)s customers",
            share=self._percent(left, paid),
            count=unknown,
        )

    def _people(self, title: str, card_ids: list[int]) -> dict:
        """Return a cell with a number that opens its customers."""
        return self._cell(self._digits(len(set(card_ids))), title, card_ids)
