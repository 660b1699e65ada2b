"""Order histories of our own making, with a season and without it.

A company that grows: each customer has a pace, a regularity and a chance to leave of
its own, and comes more often in the busy months. Years before the log are simulated
too, so that it begins with customers who are long there, as a real one does.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from forecast_kernel import Histories

#: How busy each month is, January first: a shop that lives from November and December.
GIFTS = (0.55, 0.6, 0.75, 0.8, 0.85, 0.8, 0.75, 0.8, 1.15, 1.45, 2.0, 1.5)
EVEN = (1.0,) * 12
#: The last day of the peak, from which is forecast.
AS_OF = date(2024, 12, 31)
#: First day of the log, by the months that it then has until ``AS_OF``.
LOG_STARTS = {13: date(2023, 12, 1), 26: date(2022, 11, 1)}
SIMULATED_FROM = date(2020, 1, 1)
SIMULATED_TO = date(2025, 6, 30)
NEW_CUSTOMERS_A_DAY = 1.2
GROWTH_A_YEAR = 1.25
#: Months in which a customer who comes for the feast only does come.
FEAST_MONTHS = (10, 11, 12)


@dataclass(frozen=True)
class World:
    """What kind of company the log is of.

    ``factors``: how busy each month is; ``feast_share``: share of customers who buy in
    the months before the feast only, which no factor per month describes well.
    """

    title: str
    factors: tuple[float, ...]
    feast_share: float = 0.0


WORLDS = (
    World("season", GIFTS),
    World("season, a fifth come for the feast only", GIFTS, 0.2),
    World("no season", EVEN),
)


def make_log(world: World, months: int, seed: int = 1) -> Histories:
    """Return the histories from the start of the log to long after ``AS_OF``.

    :param months: months of history until ``AS_OF``: 13 or 26
    """
    chance = random.Random(f"{world.title} {seed}")
    clock, feast = _Clock(world.factors), _Clock(_feast_only())
    first = LOG_STARTS[months].toordinal()
    histories = {}
    for number, arrival in enumerate(_arrivals(chance, clock)):
        kind = feast if chance.random() < world.feast_share else clock
        days = sorted(set(_purchases(chance, kind, arrival)))
        days = tuple(day for day in days if day >= first)
        if days:
            histories[f"{number:06}"] = days
    return histories


class _Clock:
    """Time that runs faster in busy months: even buying in it is seasonal outside."""

    def __init__(self, factors: tuple[float, ...]):
        self.first = SIMULATED_FROM.toordinal()
        self._times = [0.0]
        for day in range(self.first, SIMULATED_TO.toordinal() + 1):
            factor = factors[date.fromordinal(day).month - 1]
            self._times.append(self._times[-1] + factor)
        self.end = self._times[-1]

    def time(self, day: int) -> float:
        return self._times[day - self.first]

    def day(self, time: float) -> int:
        return self.first + bisect_right(self._times, time) - 1


def _feast_only() -> tuple[float, ...]:
    busy = 12 / len(FEAST_MONTHS)
    return tuple(busy if month in FEAST_MONTHS else 0.0 for month in range(1, 13))


def _arrivals(chance: random.Random, clock: _Clock):
    """Yield the days on which people come to know the shop, more each year."""
    time = 0.0
    while True:
        years = (clock.day(time) - clock.first) / 365
        rate = NEW_CUSTOMERS_A_DAY * GROWTH_A_YEAR**years
        time += chance.expovariate(rate)
        if time >= clock.end:
            return
        yield clock.day(time)


def _purchases(chance: random.Random, clock: _Clock, arrival: int):
    """Yield the days on which one customer buys who comes to know the shop."""
    pace = chance.gammavariate(1.5, 1 / 60)
    regularity = chance.choice((1, 1, 2, 3))
    leaves = chance.betavariate(0.8, 4.0)
    time = clock.time(arrival)
    while True:
        time += chance.gammavariate(regularity, 1 / (regularity * pace))
        if time >= clock.end:
            return
        yield clock.day(time)
        if chance.random() < leaves:
            return
