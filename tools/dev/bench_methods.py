"""What is compared: the addon's kernel, and what others do.

Each method is a function ``(histories, as_of) -> Fitted``. ``Fitted`` says what it
expects of one history, of which it is given what is known on the day, no more.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from io import StringIO
from math import ceil, isfinite
from statistics import median
from typing import Protocol

from bench_metrics import MIN_PURCHASES, mean_interval
from forecast_kernel import kernel

FIXED_DAYS = 90
INTERVALS = 2
DAYS_A_WEEK = 7
#: Penalties tried in turn where the fit of ``lifetimes`` does not converge.
PENALTIES = (0.0, 0.001, 0.01, 0.1)
LAST_DAY = date.max.toordinal()

Histories = Mapping[str, Sequence[int]]


class Fitted(Protocol):
    """A method that knows the histories up to a day."""

    def score(self, history: Sequence[int], as_of: int, horizon: int) -> float:
        """Return a number that is higher for who is more likely to buy within it."""

    def next_day(
        self, history: Sequence[int], as_of: int, horizon: int
    ) -> float | None:
        """Return the day of the next purchase, an ordinal, None for unknown."""

    def slipping(self, history: Sequence[int]) -> int | None:
        """Return the day on which the pause after the history becomes an alert."""

    def expected(self, history: Sequence[int], as_of: int, days: int) -> float | None:
        """Return how many purchases are expected, None where it cannot tell."""


Method = Callable[[Histories, int], Fitted]


# --- what people do without a model ---------------------------------------------------


@dataclass
class FixedDays:
    """The same number of days for everybody."""

    days: int = FIXED_DAYS

    def score(self, history, as_of, horizon):
        return history[-1] - as_of

    def next_day(self, history, as_of, horizon):
        return max(history[-1] + self.days, as_of + 1)

    def slipping(self, history):
        return history[-1] + self.days if len(history) >= MIN_PURCHASES else None

    def expected(self, history, as_of, days):
        """Return once in so many days, for who is not silent longer."""
        return days / self.days if as_of - history[-1] <= self.days else 0.0


@dataclass
class OwnInterval:
    """A multiple of the customer's own mean interval; the usual one of all for others.

    ``usual``: median own interval of the company, for who has bought once.
    """

    usual: float
    multiple: float = INTERVALS

    def interval(self, history):
        return max(mean_interval(history) or self.usual, 1.0)

    def score(self, history, as_of, horizon):
        return (history[-1] - as_of) / self.interval(history)

    def next_day(self, history, as_of, horizon):
        return max(history[-1] + self.interval(history), as_of + 1)

    def slipping(self, history):
        if len(history) < MIN_PURCHASES:
            return None
        return history[-1] + ceil(self.multiple * self.interval(history))

    def expected(self, history, as_of, days):
        """Return once in each interval, for who is not silent too long."""
        interval = self.interval(history)
        is_awake = as_of - history[-1] <= self.multiple * interval
        return days / interval if is_awake else 0.0


def fixed_days(histories: Histories, as_of: int) -> FixedDays:
    return FixedDays()


def own_interval(
    histories: Histories, as_of: int, multiple: float = INTERVALS
) -> OwnInterval:
    intervals = [mean_interval(days) for days in histories.values() if len(days) > 1]
    return OwnInterval(median(intervals or [FIXED_DAYS]), multiple)


# --- the package lifetimes ------------------------------------------------------------


@dataclass
class BetaGeo:
    """BG/NBD with fitted parameters, in weeks (Fader, Hardie, Lee 2005).

    ``lifetimes`` gives the parameters and the chance to be alive; what it lacks
    follows from the same model: while alive, the time to the next purchase is Lomax
    distributed with shape ``r + x`` and scale ``alpha + T``.
    """

    fitter: object

    def _known(self, history, as_of):
        """Return repeat purchases, their span and the time since the first, weeks."""
        span = (history[-1] - history[0]) / DAYS_A_WEEK
        return len(history) - 1, span, (as_of - history[0]) / DAYS_A_WEEK

    def _parameters(self):
        return tuple(
            float(self.fitter.params_[name]) for name in ("r", "alpha", "a", "b")
        )

    def _alive(self, history, as_of):
        x, span, age = self._known(history, as_of)
        return float(self.fitter.conditional_probability_alive(x, span, age).item())

    def score(self, history, as_of, horizon):
        x, _span, age = self._known(history, as_of)
        r, alpha, _a, _b = self._parameters()
        weeks = horizon / DAYS_A_WEEK
        stays_away = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
        return self._alive(history, as_of) * (1 - stays_away)

    def next_day(self, history, as_of, horizon):
        """Return the day that halves the chance of a return within the horizon."""
        x, _span, age = self._known(history, as_of)
        r, alpha, _a, _b = self._parameters()
        weeks = horizon / DAYS_A_WEEK
        stays_away = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
        half = (1 + stays_away) / 2
        wait = (alpha + age) * (half ** (-1 / (r + x)) - 1)
        return ceil(as_of + wait * DAYS_A_WEEK)

    def slipping(self, history):
        """Return the day on which the customer is more likely gone than not."""
        if len(history) < MIN_PURCHASES:
            return None
        x, span, _age = self._known(history, history[-1])
        r, alpha, a, b = self._parameters()
        odds = max((b + x - 1) / a, 1.0)
        exponent = 1 / (r + x)
        try:
            pause = (alpha + span) * (odds**exponent - 1) * DAYS_A_WEEK
        except OverflowError:
            return None
        return min(history[-1] + max(ceil(pause), 1), LAST_DAY)

    def expected(self, history, as_of, days):
        known = self._known(history, as_of)
        weeks = days / DAYS_A_WEEK
        predict = self.fitter.conditional_expected_number_of_purchases_up_to_time
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = float(predict(weeks, *known))
        # Where its fit has run away, so does this.
        return expected if isfinite(expected) else None


def lifetimes_bg_nbd(histories: Histories, as_of: int) -> BetaGeo:
    """Fit BG/NBD with the package ``lifetimes``.

    :raise ImportError: it is not installed
    """
    import numpy
    from lifetimes import BetaGeoFitter
    from lifetimes.utils import ConvergenceError

    empty = BetaGeo(None)
    known = numpy.array(
        [empty._known(days, as_of) for days in histories.values()], dtype=float
    )
    for penalty in PENALTIES:
        try:
            # It prints its optimizer's state when it does not converge.
            with warnings.catch_warnings(), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                fitter = BetaGeoFitter(penalizer_coef=penalty).fit(*known.T)
            return BetaGeo(fitter)
        except ConvergenceError:
            continue
    raise ConvergenceError("lifetimes does not converge, with any penalty")


# --- the addon's own kernel -----------------------------------------------------------


class Ours:
    """The kernel of the addon, as ``./dev forecast`` and the addon use it."""

    def __init__(self, histories: Histories, as_of: int, population=None):
        self._forecast = kernel("forecast")
        if population is None:
            population = kernel("fit").fit(histories.values(), as_of).population
        self.population = population
        self._by_horizon: dict[int, object] = {}

    def forecaster(self, horizon: int = FIXED_DAYS):
        if horizon not in self._by_horizon:
            limits = self._forecast.Limits(horizon_days=horizon)
            self._by_horizon[horizon] = self._forecast.Forecaster(
                self.population, limits
            )
        return self._by_horizon[horizon]

    def summary(self, history):
        return self._forecast.summarize(history, self.population.season)

    def _of(self, history, as_of, horizon):
        return self.forecaster(horizon).forecast(self.summary(history), as_of)

    def score(self, history, as_of, horizon):
        return self._of(history, as_of, horizon).return_chance

    def next_day(self, history, as_of, horizon):
        return self.forecaster(horizon).next_purchase(self.summary(history), as_of)

    def slipping(self, history):
        return self.forecaster().dates(self.summary(history))[1]

    def expected(self, history, as_of, days):
        return self.forecaster().expected(self.summary(history), as_of, days)


def ours(histories: Histories, as_of: int) -> Ours:
    return Ours(histories, as_of)


#: In the order of the columns.
METHODS: dict[str, Method] = {
    "this addon": ours,
    "BG/NBD (lifetimes)": lifetimes_bg_nbd,
    "twice own interval": own_interval,
    "fixed 90 days": fixed_days,
}
