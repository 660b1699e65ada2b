"""Fitting the model to the customers of a company.

Pure Python, without Odoo. Deterministic, whatever the order of the customers; all that
is kept of them is a sample, so that memory does not grow with their number.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import heappush, heappushpop
from math import exp, log
from typing import NamedTuple
from zlib import crc32

from .forecast import MIN_REPEATS, Forecaster, Limits
from .model import (
    DEFAULT_REPEATS,
    Population,
    fickleness,
    log_likelihood,
    log_parts,
    log_sum_exp,
    summarize,
)
from .season import Season
from .seasonality import SeasonCounter

#: Customers who bought again that the fit looks at.
SAMPLE_SIZE = 1500
#: Repeat customers below which nothing is fitted, and up to which what is fitted is
#: drawn towards the defaults.
MIN_REPEAT, ENOUGH_REPEAT = 10, 30
#: Bounds of the parameters; ``alpha`` in typical pauses. A fit that runs away stays
#: within what makes sense of a company.
BOUNDS = {
    "r": (0.05, 30.0),
    "alpha": (1e-3, 300.0),
    "a": (0.01, 30.0),
    "b": (0.05, 150.0),
}
#: Nothing is judged to have been less likely than this: one surprise is not all.
SURPRISE = 1e-3
#: Rounds of the climb, and the difference in log-likelihood at which each stops.
TOLERANCES = (1.0, 0.1, 0.01, 1e-3)


@dataclass(frozen=True)
class Fit:
    """A population and what it rests on.

    ``goodness``: mean log-likelihood of a customer of the sample. ``state``: "fitted",
    "shrunk" (drawn towards the defaults, few customers) or "default".
    """

    population: Population
    customer_count: int
    repeat_count: int
    sample_count: int
    goodness: float
    state: str


def fit(histories: Iterable[Sequence[int]], as_of: int) -> Fit:
    """Fit the model to what customers bought up to a day.

    :param histories: of each customer the distinct days of purchase, ascending
    :param as_of: last day that counts
    """
    sample = Sample(as_of)
    for history in histories:
        sample.add(history)
    return sample.fit()


def holdout_score(
    population: Population,
    histories: Iterable[Sequence[int]],
    as_of: int,
    horizon_days: int,
) -> float:
    """Return how well a population foretold who bought in the latest days.

    Seen from ``horizon_days`` before ``as_of``: the mean logarithm of the chance given
    to what then happened, over the customers of that day; higher is better, 0 is best.
    Nobody to judge by is 0 as well.
    """
    then = as_of - horizon_days
    forecaster = Forecaster(population, Limits(horizon_days=horizon_days))
    total = count = 0
    for history in histories:
        known = bisect_right(history, then)
        if not known:
            continue
        summary = summarize(history[:known], population.season)
        chance = forecaster.return_chance(summary, then)
        came = known < len(history) and history[known] <= as_of
        chance = min(max(chance if came else 1.0 - chance, SURPRISE), 1.0)
        total += log(chance)
        count += 1
    return total / count if count else 0.0


class Customer(NamedTuple):
    """One customer of a sample, or several alike: their number is the weight."""

    x: int
    span: float
    log_sum: float
    pause: float
    weight: float


class Sample:
    """The customers that a fit looks at, taken from all of them one at a time.

    Those with repeat purchases by a checksum of their days, which depends on no order
    and no name; those with one purchase all, counted by day.
    """

    def __init__(self, as_of: int, size: int = SAMPLE_SIZE):
        self.as_of = as_of
        self.size = size
        self.repeat_count = 0
        self.single_days = Counter()
        self._repeaters = []
        self._seasons = SeasonCounter(as_of)

    def add(self, history: Sequence[int]):
        """Take one customer into account; days after ``as_of`` do not count."""
        if history and history[-1] > self.as_of:
            history = history[: bisect_right(history, self.as_of)]
        if not history:
            return
        self._seasons.add(history)
        if len(history) == 1:
            self.single_days[history[0]] += 1
            return
        self.repeat_count += 1
        days = tuple(history)
        entry = (-crc32(repr(days).encode()), days)
        if len(self._repeaters) < self.size:
            heappush(self._repeaters, entry)
        else:
            heappushpop(self._repeaters, entry)

    def fit(self) -> Fit:
        """Fit the model to this sample."""
        season = self._seasons.season()
        customers = self._customers(season)
        single_count = sum(self.single_days.values())
        typical = self._typical_days()
        population = Population.default(typical, season)
        state = "default"
        if self.repeat_count >= MIN_REPEAT:
            population = climb(population, customers)
            state = "fitted"
        if MIN_REPEAT <= self.repeat_count < ENOUGH_REPEAT:
            population = self._drawn_to_default(population)
            state = "shrunk"
        population = replace(population, fickleness=self._fickleness(population.b))
        weight = sum(customer.weight for customer in customers)
        goodness = (
            total_log_likelihood(population, customers) / weight if weight else 0.0
        )
        return Fit(
            population,
            self.repeat_count + single_count,
            self.repeat_count,
            min(self.repeat_count, self.size) + single_count,
            round(goodness, 6),
            state,
        )

    def _fickleness(self, b: float) -> float:
        """Return the mean over the pauses that ended well, made by who had a rhythm."""
        values = [
            fickleness(b, x)
            for _key, days in sorted(self._repeaters)
            for x in range(MIN_REPEATS, len(days) - 1)
        ]
        return sum(values) / len(values) if values else fickleness(b, DEFAULT_REPEATS)

    def _drawn_to_default(self, fitted: Population) -> Population:
        """Return a fit of few customers, drawn towards the defaults.

        Logarithms of the parameters move in a straight line from the defaults, at
        ``MIN_REPEAT`` customers, to the fit, at ``ENOUGH_REPEAT``.
        """
        default = Population.default(fitted.typical_days, fitted.season)
        trust = (self.repeat_count - MIN_REPEAT) / (ENOUGH_REPEAT - MIN_REPEAT)
        mixed = {
            name: getattr(fitted, name) ** trust * getattr(default, name) ** (1 - trust)
            for name in BOUNDS
        }
        weights = tuple(
            trust * own + (1 - trust) * usual
            for own, usual in zip(fitted.weights, default.weights, strict=True)
        )
        return replace(fitted, weights=weights, **mixed)

    def _typical_days(self) -> float:
        """Return the median of the customers' mean pauses in days; 90 if nobody has."""
        means = sorted(
            (days[-1] - days[0]) / (len(days) - 1) for _k, days in self._repeaters
        )
        return float(means[len(means) // 2]) if means else Population.typical_days

    def _customers(self, season: Season) -> list[Customer]:
        """Return the sample as the likelihood needs it."""
        now = season.time(self.as_of)
        singles = [
            Customer(0, 0.0, 0.0, max(now - season.time(day), 0.0), float(count))
            for day, count in sorted(self.single_days.items())
        ]
        share = self.repeat_count / max(len(self._repeaters), 1)
        repeaters = []
        for _key, days in sorted(self._repeaters):
            x, span, log_sum, _first, _last = summarize(days, season)
            pause = max(now - season.time(days[-1]), 0.0)
            repeaters.append(Customer(x, span, log_sum, pause, share))
        return singles + repeaters


def total_log_likelihood(population: Population, customers: list[Customer]) -> float:
    """Return the log-likelihood of a sample."""
    return sum(
        customer.weight * log_likelihood(population, *customer[:4])
        for customer in customers
    )


def climb(
    population: Population, customers: list[Customer], tolerances=TOLERANCES
) -> Population:
    """Return the population under which a sample is most likely, near ``population``.

    Two steps in turn: the shares of the regularities from how likely each is for each
    customer (expectation-maximisation), then the four parameters by Nelder and Mead.
    What has no weight at the start keeps none.
    """
    spread = 0.5
    for tolerance in tolerances:
        population = _climb_weights(population, customers)
        population = _climb_parameters(population, customers, spread, tolerance)
        spread = 0.15
    return population


def _climb_weights(population: Population, customers, steps: int = 3) -> Population:
    present = [at for at, weight in enumerate(population.weights) if weight > 0.0]
    if len(present) < 2:
        return population
    for _step in range(steps):
        # as if one customer of each regularity had been seen: none dies out
        totals = [1.0] * len(present)
        for customer in customers:
            if not customer.x:
                continue  # says next to nothing of regularity
            logs = log_parts(population, *customer[:4])
            whole = log_sum_exp(logs)
            for at, part in enumerate(logs):
                totals[at] += customer.weight * exp(part - whole)
        weights = [0.0] * len(population.weights)
        for at, total in zip(present, totals, strict=True):
            weights[at] = total / sum(totals)
        population = replace(population, weights=tuple(weights))
    return population


def _climb_parameters(
    population: Population, customers, spread: float, tolerance: float
) -> Population:
    """Return the population with its four parameters improved."""
    scales = {name: 1.0 for name in BOUNDS} | {"alpha": population.typical_days}

    def at(point) -> Population:
        values = {
            name: scales[name] * min(max(exp(position), low), high)
            for position, (name, (low, high)) in zip(point, BOUNDS.items(), strict=True)
        }
        return replace(population, **values)

    def cost(point) -> float:
        # beyond the bounds the ground rises, so that the search turns around
        beyond = sum(
            max(log(low) - position, position - log(high), 0.0)
            for position, (low, high) in zip(point, BOUNDS.values(), strict=True)
        )
        return beyond - total_log_likelihood(at(point), customers)

    start = [log(getattr(population, name) / scales[name]) for name in BOUNDS]
    return at(_lowest(cost, start, spread, tolerance))


def _lowest(cost, start: list[float], spread: float, tolerance: float):
    """Return where ``cost`` is lowest, by the simplex of Nelder and Mead (1965)."""
    size = len(start)
    corners = [start]
    for axis in range(size):
        corners.append([v + spread * (axis == at) for at, v in enumerate(start)])
    simplex = sorted((cost(corner), corner) for corner in corners)
    for _step in range(60 * size):
        if simplex[-1][0] - simplex[0][0] < tolerance:
            break
        worst = simplex[-1]
        centre = [
            sum(corner[axis] for _cost, corner in simplex[:-1]) / size
            for axis in range(size)
        ]

        def moved(by: float, centre=centre, worst=worst):
            point = [c + by * (c - w) for c, w in zip(centre, worst[1], strict=True)]
            return cost(point), point

        candidate = moved(1.0)
        if candidate[0] < simplex[0][0]:
            candidate = min(candidate, moved(2.0))
        elif candidate[0] >= simplex[-2][0]:
            candidate = moved(0.5 if candidate[0] < worst[0] else -0.5)
        if candidate[0] < worst[0]:
            simplex[-1] = candidate
        else:
            best = simplex[0][1]
            simplex[1:] = [
                (cost(point), point)
                for point in (
                    [(b + v) / 2 for b, v in zip(best, corner, strict=True)]
                    for _cost, corner in simplex[1:]
                )
            ]
        simplex.sort()
    return simplex[0][1]
