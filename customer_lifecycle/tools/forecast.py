"""What one customer will do: three dates, the chance of coming back, purchases to come.

Pure Python, without Odoo. Every date rests on the purchases and the population only, so
that it does not move while time passes without a purchase.
"""

from dataclasses import dataclass
from math import ceil, exp, lgamma, log, log1p
from typing import NamedTuple

from .model import (
    Pace,
    Population,
    Summary,
    fickleness,
    paces,
    stays,
    summarize,
    survival,
)
from .rhythm import MIN_PURCHASES

__all__ = ["Forecast", "Forecaster", "Limits", "summarize"]

#: Days in which purchases to come are counted for the value of a customer.
YEAR = 365
#: Purchases after the first from which a customer has a rhythm of its own.
MIN_REPEATS = MIN_PURCHASES - 1
#: However easily a customer leaves, it does not slip before it is due, at a half.
LARGEST_SHARE = 0.49
#: Precision of a pause, relative; far less than a day.
PRECISION = 1e-4
#: Logarithm that stands for that of nothing.
LOWEST_LOG = -700.0
#: The share of returns by which the next purchase is dated.
EARLY_SHARE = 0.4
#: No date lies further ahead than this; nobody plans for it.
FARTHEST_DAYS = 20 * YEAR
#: Mean number of unseen steps between purchases from which buying is called so.
REGULARITY_WORDS = ((4.0, "clockwork"), (1.7, "regular"), (0.0, "irregular"))
#: A year of purchases beyond which their spread no longer matters to their sum.
MANY = 40.0
MOST = 400


@dataclass(frozen=True)
class Limits:
    """The choices of a company.

    ``horizon_days``: the days within which "comes back" is asked; ``slipping_share``:
    a customer slips when no more than this share of its normal pauses is longer;
    ``lapsed_chance``: it has lapsed when the chance to come back within the horizon
    falls below this.

    The share is that of the usual customer: who has bought little leaves easily and
    slips a little sooner, who has bought for long a little later.
    """

    horizon_days: int = 90
    slipping_share: float = 0.125
    lapsed_chance: float = 0.20


class Forecast(NamedTuple):
    """What is expected of one customer on a day.

    ``due, slipping, lapsed``: ordinals, the days on which the customer changes if it
    does not buy first; ``slipping`` is None below three purchases. ``return_chance``:
    within the horizon. ``alive_chance``: that it has not left. ``expected_purchases``:
    in a year; ``at_stake_purchases``: how many fewer these are than if it were known
    not to have left. ``pause_rarity``: share of its normal
    pauses longer than the present one, None below three purchases.
    """

    due: int
    slipping: int | None
    lapsed: int
    return_chance: float
    alive_chance: float
    expected_purchases: float
    at_stake_purchases: float
    pause_rarity: float | None
    regularity: str


class Forecaster:
    """Forecasts customers of one population under the limits of one company."""

    def __init__(self, population: Population, limits: Limits = Limits()):
        self.population = population
        self.limits = limits
        self._season = population.season
        # customers with one purchase differ by its day only
        self._singles = {}
        self._single_pauses = None

    # ------------------------------------------------------------------ one customer

    def forecast(
        self, summary: Summary, as_of: int, expected_again: int | None = None
    ) -> Forecast:
        """Return what is expected of a customer.

        :param as_of: day of the forecast; a last purchase after it counts as of today
        :param expected_again: day before which the customer is known not to buy
        """
        if summary.x or expected_again:
            return self._forecast(summary, as_of, expected_again)
        key = summary.last, as_of
        if key not in self._singles:
            self._singles[key] = self._forecast(summary, as_of, None)
        return self._singles[key]

    def _forecast(self, summary, as_of, expected_again) -> Forecast:
        customer = _Customer(self.population, summary)
        due, slipping, lapsed = self._dates(customer, summary)
        planned = max(expected_again - due, 0) if expected_again else 0
        now = self._season.time(as_of)
        start = self._season.time(summary.last + planned)
        pause = max(now - start, 0.0)
        year = self._season.time(max(as_of, summary.last) + YEAR) - now
        expected = customer.expected(pause, year)
        alive = customer.alive_chance(pause)
        rarity = customer.longer(pause) if summary.x >= MIN_REPEATS else None
        return Forecast(
            due + planned,
            slipping + planned if slipping is not None else None,
            lapsed + planned,
            self._return_chance(customer, as_of, pause),
            alive,
            alive * expected,
            (1.0 - alive) * expected,
            rarity,
            customer.regularity(),
        )

    def return_chance(self, summary: Summary, as_of: int) -> float:
        """Return the chance of a purchase within the horizon after a day."""
        pause = max(self._season.time(as_of) - self._season.time(summary.last), 0.0)
        return self._return_chance(_Customer(self.population, summary), as_of, pause)

    def expected(self, summary: Summary, as_of: int, days: int) -> float:
        """Return the number of purchases expected within ``days`` after a day."""
        customer = _Customer(self.population, summary)
        now = self._season.time(as_of)
        pause = max(now - self._season.time(summary.last), 0.0)
        ahead = self._season.time(as_of + days) - now
        return customer.alive_chance(pause) * customer.expected(pause, ahead)

    def pause_rarity(self, summary: Summary, as_of: int) -> float | None:
        """Return the share of normal pauses longer than that on a day, alone.

        >>> forecaster = Forecaster(Population.default())
        >>> regular = summarize([0, 30, 58, 90], forecaster.population.season)
        >>> forecast = forecaster.forecast(regular, 150)
        >>> forecaster.pause_rarity(regular, 150) == forecast.pause_rarity
        True
        """
        if summary.x < MIN_REPEATS:
            return None
        customer = _Customer(self.population, summary)
        pause = self._season.time(as_of) - self._season.time(summary.last)
        return customer.longer(max(pause, 0.0))

    def next_purchase(self, summary: Summary, as_of: int) -> int:
        """Return the day by which two in five are back who come back in time.

        In time: within the horizon after ``as_of``. Returns crowd in the early days,
        so that this day is nearer to most of them than the one by which half are back
        (BENCHMARKS.md).
        """
        customer = _Customer(self.population, summary)
        now = self._season.time(as_of)
        pause = max(now - self._season.time(summary.last), 0.0)
        ahead = self._season.time(as_of + self.limits.horizon_days) - now
        wait = _wait(customer, pause, ahead, EARLY_SHARE)
        return max(ceil(self._season.day(now + wait)), as_of + 1)

    def dates(self, summary: Summary) -> tuple[int, int | None, int]:
        """Return the days on which a customer is due, slips and has lapsed."""
        return self._dates(_Customer(self.population, summary), summary)

    # ------------------------------------------------------------------------- dates

    def _dates(self, customer: "_Customer", summary: Summary):
        if summary.x:
            pauses = self._pauses(customer)
        else:
            if self._single_pauses is None:
                self._single_pauses = self._pauses(customer)
            pauses = self._single_pauses
        last = self._season.time(summary.last)
        days = []
        for pause in pauses:
            if pause is None:
                days.append(None)
                continue
            day = ceil(self._season.day(last + pause) - 1e-6)
            earliest = max([summary.last, *filter(None, days)]) + 1
            days.append(min(max(day, earliest), summary.last + FARTHEST_DAYS))
        return days

    def _pauses(self, customer: "_Customer"):
        """Return the pauses after which a customer is due, slips and has lapsed."""
        horizon = self.limits.horizon_days
        if customer.x >= MIN_REPEATS:
            due = _falls_to(customer.longer, 0.5, customer.scale)
            share = self.slipping_share(customer.x)
            slipping = _falls_to(customer.longer, share, 2 * customer.scale)
        else:
            # no rhythm of its own: when half of those are back who come back in time
            due = _wait(customer, 0.0, horizon, 0.5)
            slipping = None
        # of a slow or rare buyer the chance is low from the start: a half of it is lost
        limit = min(self.limits.lapsed_chance, customer.return_chance(due, horizon) / 2)
        start = slipping or due
        lapsed = start + _falls_to(
            lambda more: customer.return_chance(start + more, horizon),
            limit,
            customer.scale,
        )
        return due, slipping, lapsed

    def slipping_share(self, x: int) -> float:
        """Return the share of normal pauses below which a customer slips."""
        relative = fickleness(self.population.b, x) / self.population.fickleness
        return min(self.limits.slipping_share * relative, LARGEST_SHARE)

    def _return_chance(self, customer: "_Customer", as_of: int, pause: float) -> float:
        time = self._season.time
        ahead = time(as_of + self.limits.horizon_days) - time(as_of)
        return customer.return_chance(pause, ahead)


class _Customer:
    """The curves of one customer, over pauses in season days."""

    def __init__(self, population: Population, summary: Summary):
        self.x = summary.x
        self.paces = paces(population, summary.x, summary.span, summary.log_sum)
        self.leaves, self.keeps = stays(population, summary.x)
        # a pause of the right size to start the search for a date from
        self.scale = sum(pace.share * pace.rate / pace.shape for pace in self.paces)

    def longer(self, pause: float) -> float:
        """Return the share of this customer's normal pauses that are longer."""
        # survival() in place: half of the time of a forecast is spent here
        total = 0.0
        for share, k, shape, rate in self.paces:
            steps = k * pause
            stay = rate / (rate + steps)
            term = part = 1.0
            for j in range(1, k):
                term *= (1.0 - stay) * (shape + j - 1) / j
                part += term
            total += share * part * stay**shape
        return total

    def alive_chance(self, pause: float) -> float:
        """Return the chance that a customer who is silent so long has not left."""
        keeps = self.keeps * self.longer(pause)
        return keeps / (self.leaves + keeps) if keeps else 0.0

    def return_chance(self, pause: float, ahead: float) -> float:
        """Return the chance of a purchase within ``ahead`` more days of silence."""
        longer = self.longer(pause)
        back = self.keeps * (longer - self.longer(pause + ahead))
        return max(back / (self.leaves + self.keeps * longer), 0.0) if longer else 0.0

    def regularity(self) -> str:
        """Return the word for how regularly this customer buys."""
        if self.x < MIN_REPEATS:
            return "unknown"
        mean = sum(pace.share * pace.k for pace in self.paces)
        return next(word for least, word in REGULARITY_WORDS if mean >= least)

    def expected(self, pause: float, ahead: float) -> float:
        """Return the purchases within ``ahead`` of a customer who has not left."""
        longer = self.longer(pause)
        if not longer or ahead <= 0.0:
            return 0.0
        return sum(
            pace.share
            * survival(pace.k, pace.shape, pace.rate, pause)
            / longer
            * self._expected_at(pace, pause, ahead)
            for pace in self.paces
        )

    def _expected_at(self, pace: Pace, pause: float, ahead: float) -> float:
        """Return the purchases within ``ahead`` at one regularity.

        How often somebody buys who never leaves is close to a negative binomial;
        after each purchase, some leave.
        """
        steps, shape = self._steps_done(pace, pause)
        rate = pace.rate + pace.k * pause
        count = (pace.k * ahead * shape / rate + steps - (pace.k - 1) / 2) / pace.k
        here = survival(pace.k, pace.shape, pace.rate, pause)
        then = survival(pace.k, pace.shape, pace.rate, pause + ahead)
        count = max(count, 1.0 - then / here if here else 0.0)
        if count > MANY:
            return self._kept(count)
        odds = count / (shape + count)
        chance = exp(shape * log1p(-odds))
        total, kept, step, reached = 0.0, 0.0, 1.0, chance
        for number in range(1, MOST):
            kept += step
            step *= (self.keeps + number) / (self.leaves + self.keeps + number)
            chance *= odds * (shape + number - 1) / number
            total += chance * kept
            reached += chance
            if reached > 0.9999:
                break
        return total + max(1.0 - reached, 0.0) * kept

    def _steps_done(self, pace: Pace, pause: float) -> tuple[float, float]:
        """Return how many unseen steps towards the next purchase are likely done.

        :return: their mean, and the shape of the pace once they are counted in
        """
        z = pace.k * pause / (pace.rate + pace.k * pause)
        term = total = 1.0
        steps = 0.0
        for j in range(1, pace.k):
            term *= z * (pace.shape + j - 1) / j
            total += term
            steps += j * term
        return steps / total, pace.shape + steps / total

    def _kept(self, count: float) -> float:
        """Return how many of ``count`` purchases are made if some leave after each."""
        keeps, whole = self.keeps + 1.0, self.leaves + self.keeps + 1.0
        gap = self.leaves - 1.0
        if abs(gap) < 1e-6:
            gap = 1e-6
            whole = keeps + gap + 1.0
        left = exp(
            lgamma(keeps + count)
            - lgamma(keeps)
            + lgamma(whole - 1.0)
            - lgamma(whole - 1.0 + count)
        )
        return (whole - 1.0) / gap * (1.0 - left)


def _wait(customer: _Customer, pause: float, ahead: float, share: float) -> float:
    """Return when a share of those are back who come back within ``ahead``."""
    whole = customer.return_chance(pause, ahead)
    if whole <= 0.0:
        return ahead
    return _falls_to(
        lambda more: whole - customer.return_chance(pause, more),
        whole * (1.0 - share),
        ahead / 3,
    )


def _falls_to(curve, level: float, start: float) -> float:
    """Return where a falling curve reaches a level, searching from ``start``.

    Doubles until the place is between two points, then divides by false position
    (Illinois) on logarithms, which fall nearly in a line. Never farther than
    ``FARTHEST_DAYS``.
    """
    aim = log(level) if level > 0.0 else LOWEST_LOG

    def above(place: float) -> float:
        value = curve(place)
        return (log(value) if value > 0.0 else LOWEST_LOG) - aim

    low, low_value = 0.0, above(0.0)
    if low_value <= 0.0:
        return 0.0
    high = start
    while (high_value := above(high)) > 0.0:
        if high >= FARTHEST_DAYS:
            return FARTHEST_DAYS
        low, low_value = high, high_value
        high = min(2.0 * high, FARTHEST_DAYS)
    side = 0
    while high - low > PRECISION * high:
        middle = (low * high_value - high * low_value) / (high_value - low_value)
        # a step beyond the place makes the other side close in as well
        value = above(middle)
        if abs(value) < PRECISION:
            return middle
        if value > 0.0:
            low, low_value = middle, value
            high_value /= 2.0 if side > 0 else 1.0
            side = 1
        else:
            high, high_value = middle, value
            low_value /= 2.0 if side < 0 else 1.0
            side = -1
    return high
