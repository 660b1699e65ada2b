"""Finding the season of a company in the purchases of all its customers.

Pure Python, without Odoo. A month is busy when customers buy more often in it than
customers of that age do otherwise: so more customers (growth) are no season, and
neither is that new customers buy more often than old ones.
"""

from collections import Counter
from datetime import date
from math import exp, log

from .season import EVEN_SEASON, FACTOR_BOUNDS, MONTHS, Season

#: Days of history from which every calendar month has been seen, one of them twice.
MIN_DAYS = 365 + 28
#: Only so much of the history is looked at: a season of long ago says little of the
#: next, and a mistyped year must not make a thousand months.
MAX_DAYS = 5 * 365
#: First days of the ages, in days since the first purchase, within which customers are
#: taken to buy at the same pace. The first purchase itself tells nothing.
AGES = (1, 15, 31, 61, 121, 241, 481)
#: How much the pace of a customer changes in a year for other reasons than the season:
#: standard deviation of its logarithm, used where the years tell little of it.
TREND_DEVIATION = 0.25
ROUNDS = 60


class SeasonCounter:
    """Counts purchases by age of the customer and month, one history at a time."""

    def __init__(self, as_of: int):
        self._as_of = as_of
        self._first_days = Counter()
        self._ages_and_days = Counter()

    def add(self, history):
        """Count the purchases of one customer: ordinals, ascending."""
        first = history[0]
        self._first_days[first] += 1
        for day in history[1:]:
            self._ages_and_days[_age(day - first), day] += 1

    def season(self) -> Season:
        """Return the season that the purchases show, or an even one.

        Even, too, where the history is shorter than thirteen months, or the months
        differ by no more than chance makes them differ.
        """
        if not self._first_days:
            return EVEN_SEASON
        start = max(min(self._first_days), self._as_of - MAX_DAYS)
        if self._as_of - start + 1 < MIN_DAYS:
            return EVEN_SEASON
        months = _months(start, self._as_of)
        exposures = self._exposures(months)
        purchases = self._purchases(months)
        factors, noise = _month_effects(exposures, purchases)
        return _shrunk(months, factors, noise)

    def _exposures(self, months):
        """Return the customer-days by age and month."""
        table = [[0.0] * len(months) for _age in AGES]
        ends = [*AGES[1:], self._as_of + 1]
        for first, count in self._first_days.items():
            for age, (begin, end) in enumerate(zip(AGES, ends, strict=True)):
                for month, (_number, start, stop) in enumerate(months):
                    days = min(first + end, stop) - max(first + begin, start)
                    if days > 0:
                        table[age][month] += count * days
        return table

    def _purchases(self, months):
        """Return the purchases by age and month."""
        table = [[0.0] * len(months) for _age in AGES]
        index = {
            day: month
            for month, (_number, start, stop) in enumerate(months)
            for day in range(start, stop)
        }
        for (age, day), count in self._ages_and_days.items():
            if day in index:
                table[age][index[day]] += count
        return table


def _age(days: int) -> int:
    age = 0
    while age + 1 < len(AGES) and days >= AGES[age + 1]:
        age += 1
    return age


def _months(start: int, as_of: int) -> list[tuple[int, int, int]]:
    """Return the calendar months of a history: number from 0, first day, day after."""
    months = []
    day = start
    while day <= as_of:
        then = date.fromordinal(day)
        following = date(then.year + then.month // 12, then.month % 12 + 1, 1)
        stop = min(following.toordinal(), as_of + 1)
        months.append((then.month - 1, day, stop))
        day = stop
    return months


def _month_effects(exposures, purchases):
    """Return how busy each month was, and the variance of its logarithm by chance.

    Purchases are taken as customer-days times a pace of the age times an effect of
    the month; both are found by proportional fitting.
    """
    count = len(purchases[0])
    effects = [1.0] * count
    bought = [sum(column) for column in zip(*purchases, strict=True)]
    for _round in range(ROUNDS):
        pace_of_age = [
            sum(row_bought)
            / max(sum(e * s for e, s in zip(row, effects, strict=True)), 1e-9)
            for row, row_bought in zip(exposures, purchases, strict=True)
        ]
        expected = [
            sum(
                row[month] * pace
                for row, pace in zip(exposures, pace_of_age, strict=True)
            )
            for month in range(count)
        ]
        effects = [
            # one purchase more and one expected: a month without customers is even
            (bought[month] + 1.0) / (expected[month] + 1.0)
            for month in range(count)
        ]
    scatter = _scatter(exposures, purchases, pace_of_age, effects)
    return effects, [scatter / (b + 1.0) for b in bought]


def _scatter(exposures, purchases, pace_of_age, effects) -> float:
    """Return how much more the purchases scatter than independent ones would (>= 1)."""
    total, cells = 0.0, 0
    for row, row_bought, pace in zip(exposures, purchases, pace_of_age, strict=True):
        for exposure, bought, effect in zip(row, row_bought, effects, strict=True):
            expected = exposure * pace * effect
            if expected >= 1.0:
                total += (bought - expected) ** 2 / expected
                cells += 1
    freedom = cells - len(exposures) - len(effects) + 1
    return max(1.0, total / freedom) if freedom > 0 else 1.0


def _shrunk(months, effects, noise) -> Season:
    """Return the season in the months' effects, shrunk by how little it rests on."""
    logs = [log(effect) for effect in effects]
    trend = _monthly_trend(logs, noise)
    means, variances = [], []
    for number in range(MONTHS):
        seen = [
            (logs[at] - trend * at, 1.0 / noise[at])
            for at, (month, _start, _stop) in enumerate(months)
            if month == number
        ]
        # a month of few purchases, as in the first years, says little
        precision = sum(weight for _log, weight in seen)
        means.append(sum(value * weight for value, weight in seen) / precision)
        variances.append(1.0 / precision)
    centre = sum(means) / MONTHS
    spread = sum((mean - centre) ** 2 for mean in means) / (MONTHS - 1)
    true_spread = spread - sum(variances) / MONTHS
    if true_spread <= 0.0:
        return EVEN_SEASON
    factors = [
        exp((mean - centre) * true_spread / (true_spread + variance))
        for mean, variance in zip(means, variances, strict=True)
    ]
    return _season(factors)


def _monthly_trend(logs, noise) -> float:
    """Return by how much the logarithm of the pace grows each month.

    From the same months of following years, shrunk towards none.
    """
    pairs = [
        (logs[at + MONTHS] - logs[at], noise[at + MONTHS] + noise[at])
        for at in range(len(logs) - MONTHS)
    ]
    precision = sum(1.0 / variance for _growth, variance in pairs)
    growth = sum(growth / variance for growth, variance in pairs)
    return growth / (precision + TREND_DEVIATION**-2) / MONTHS


def _season(factors) -> Season:
    """Return factors within their bounds, with mean 1."""
    low, high = FACTOR_BOUNDS
    bounded = [min(max(factor, low), high) for factor in factors]
    mean = sum(bounded) / MONTHS
    return Season(tuple(round(factor / mean, 4) for factor in bounded))
