"""What limits would have done in the past: who warned of, who disturbed.

Pure Python, without Odoo. Each pause between purchases is judged from the purchases
before it only, as the forecast would have judged it then, with the population in use.

What is meant, whatever the model says:

- a **good pause** ended in a purchase;
- a customer is **lost** when it had at least three purchases and is silent, up to
  today, for longer than four of its own mean pauses and than the horizon. The others
  are kept;
- a lost customer was **warned of** when the alert would have come before three of its
  own mean pauses had passed since its last purchase;
- a good pause is **disturbed** when the alert would have come before the purchase.

Pauses that began with the third purchase or later are judged: before, nobody has a
rhythm. A pause that is neither over nor a loss yet is left out.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, log
from statistics import median
from zlib import crc32

from .forecast import Forecaster, Limits
from .model import Population, Summary, paces, survival
from .rhythm import MIN_PURCHASES

#: A silence of so many own mean pauses is a loss.
LOST_PAUSES = 4
#: An alert is in time before so many own mean pauses.
IN_TIME_PAUSES = 3
#: Lost customers below which nothing is said about them: a half more or less of ten
#: is chance.
FEW_LOST = 10
#: Pauses below which nothing is said about a band.
FEW_PAUSES = 10
#: Limits that are shown beside the chosen one: shares of a customer's normal pauses.
SHARES = (0.02, 0.05, 0.10, 0.15, 0.20)
#: Ends of the bands of pauses: shares of a customer's normal pauses that are longer.
BANDS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.0)
#: Customers that are looked at: with a rhythm, and as many without.
MAX_CUSTOMERS = 2000
#: Latest pauses that are looked at of one customer, so that one does not speak for all.
MAX_PAUSES = 50


@dataclass(frozen=True)
class LimitResult:
    """What one limit would have done.

    ``warned``: the lost customers with a warning in time; ``days_before_lost``: median
    days from the alert to the day they counted as lost, None without any;
    ``disturbed_pauses``: good pauses with an alert; ``disturbed``: whose they were.
    """

    share: float
    warned: tuple[Hashable, ...]
    days_before_lost: int | None
    disturbed_pauses: int
    disturbed: tuple[Hashable, ...]


@dataclass(frozen=True)
class Band:
    """How pauses ended that became as rare as this for their customer.

    ``above`` and ``up_to``: share of the customer's normal pauses that are longer.
    A pause that went on counts in each band that it reached. ``lost``: the customers
    who did not come back.
    """

    above: float
    up_to: float
    reached_pauses: int
    lost: tuple[Hashable, ...]

    @property
    def lost_share(self) -> float:
        """Return the share of the pauses that ended in a loss."""
        return len(self.lost) / self.reached_pauses if self.reached_pauses else 0.0

    @property
    def says_little(self) -> bool:
        """Say whether too few pauses reached it to tell."""
        return self.reached_pauses < FEW_PAUSES


@dataclass(frozen=True)
class BacktestSummary:
    """The four figures that a fit keeps; pauses where it says lapsed."""

    lost_count: int
    lost_warned_count: int
    passed_lapsed_count: int
    passed_lapsed_back_count: int


@dataclass(frozen=True)
class Backtest:
    """What the past says about limits.

    ``customer_count``: with a purchase; ``sample_count``: of them looked at.
    ``judged``: those with three purchases, ``lost`` of them. ``results``: one for each
    share, the chosen one among them, ascending. ``passed_lapsed``: whose pauses passed
    the lapsed date under the chosen limits, ``back`` those that came back; a customer
    stands there once for each such pause.
    """

    customer_count: int
    sample_count: int
    judged: tuple[Hashable, ...]
    lost: tuple[Hashable, ...]
    good_pauses: int
    chosen: LimitResult
    results: tuple[LimitResult, ...]
    bands: tuple[Band, ...]
    passed_lapsed: tuple[Hashable, ...]
    back: tuple[Hashable, ...]

    @property
    def says_little(self) -> bool:
        """Say whether too few were lost to tell."""
        return len(self.lost) < FEW_LOST

    @property
    def usual_loss(self) -> float:
        """Return the share of the judged customers who are lost."""
        return len(self.lost) / len(self.judged) if self.judged else 0.0

    @property
    def danger_band(self) -> Band | None:
        """Return the first band in which more leave than this company usually loses."""
        if self.says_little:
            return None
        return next(
            (
                band
                for band in self.bands
                if not band.says_little and band.lost_share > self.usual_loss
            ),
            None,
        )

    @property
    def summary(self) -> BacktestSummary:
        """Return the figures that a fit keeps."""
        return BacktestSummary(
            len(self.lost),
            len(self.chosen.warned),
            len(self.passed_lapsed),
            len(self.back),
        )


@dataclass(frozen=True)
class _Pause:
    """One pause: ``summary`` of the purchases before it, ``end`` the next purchase.

    Without an end it lasts until today. ``rarity``: of the normal pauses, the share
    longer than this one on its last day without a purchase; None without a rhythm.
    """

    key: Hashable
    summary: Summary
    end: int | None
    last_silent: int
    rarity: float | None


def backtest(
    histories: Mapping[Hashable, Sequence[int]] | Iterable[Sequence[int]],
    population: Population,
    limits: Limits,
    as_of: int,
    shares: Sequence[float] = SHARES,
) -> Backtest:
    """Return what limits would have done to the customers of a company.

    Bounded: at most ``MAX_CUSTOMERS`` with a rhythm and as many without, chosen by
    their days of purchase, whatever the order they come in.

    :param histories: distinct ascending days by customer; or without names, then
        numbered
    :param limits: the chosen ones; ``shares`` are shown beside their share
    :param as_of: last day that counts
    """
    customer_count, sample = _sample(histories, as_of)
    judged = [key for key, days in sample if len(days) >= MIN_PURCHASES]
    lost = _lost(sample, limits.horizon_days, as_of)
    pauses = [
        pause for key, days in sample for pause in _pauses(key, days, population, as_of)
    ]
    # neither over nor lost: nobody knows yet
    decided = [pause for pause in pauses if pause.end is not None or pause.key in lost]
    forecasters = {
        share: Forecaster(population, replace(limits, slipping_share=share))
        for share in sorted({*shares, limits.slipping_share})
    }
    results = {
        share: _result(forecaster, decided, lost)
        for share, forecaster in forecasters.items()
    }
    passed, back = _passed_lapsed(forecasters[limits.slipping_share], pauses)
    return Backtest(
        customer_count=customer_count,
        sample_count=len(sample),
        judged=tuple(judged),
        lost=tuple(lost),
        good_pauses=sum(_is_good(pause) for pause in decided),
        chosen=results[limits.slipping_share],
        results=tuple(results.values()),
        bands=_bands(decided),
        passed_lapsed=passed,
        back=back,
    )


def summary(
    histories: Mapping[Hashable, Sequence[int]] | Iterable[Sequence[int]],
    population: Population,
    limits: Limits,
    as_of: int,
) -> BacktestSummary:
    """Return the figures of the back-test that a fit keeps; as ``backtest``."""
    return backtest(histories, population, limits, as_of, shares=()).summary


# ---------------------------------------------------------------------- the customers


class _Draw:
    """Draws customers by their days of purchase: the same ones in whatever order they
    come, and never more than twice ``MAX_CUSTOMERS`` at hand.
    """

    def __init__(self):
        self._drawn = []

    def add(self, key: Hashable, days: Sequence[int]):
        """Take a customer into the draw."""
        place = crc32(array("q", days).tobytes())
        self._drawn.append((place, list(days), str(key), key))
        if len(self._drawn) > 2 * MAX_CUSTOMERS:
            self._cut()

    def result(self) -> list[tuple[Hashable, Sequence[int]]]:
        """Return key and days of those who were drawn."""
        self._cut()
        return [(key, days) for _place, days, _name, key in self._drawn]

    def _cut(self):
        self._drawn.sort(key=lambda one: one[:3])
        del self._drawn[MAX_CUSTOMERS:]


def _sample(histories, as_of: int) -> tuple[int, list]:
    """Return how many had bought by a day, and key and days of who is looked at."""
    count, rhythmic, others = 0, _Draw(), _Draw()
    named = (
        histories.items() if isinstance(histories, Mapping) else enumerate(histories)
    )
    for key, days in named:
        known = days[: bisect_right(days, as_of)]
        if known:
            count += 1
            draw = rhythmic if len(known) >= MIN_PURCHASES else others
            draw.add(key, known)
    return count, rhythmic.result() + others.result()


def _mean_pause(days: Sequence[int]) -> float:
    """Return a customer's own mean pause, in days."""
    return (days[-1] - days[0]) / (len(days) - 1)


@dataclass(frozen=True)
class _Loss:
    """When a customer counted as lost, and until when an alert was in time."""

    lost_on: int
    in_time_before: float


def _lost(sample, horizon: int, as_of: int) -> dict[Hashable, _Loss]:
    """Return the lost customers."""
    lost = {}
    for key, days in sample:
        if len(days) < MIN_PURCHASES:
            continue
        mean = _mean_pause(days)
        gone = max(LOST_PAUSES * mean, horizon)
        if as_of - days[-1] > gone:
            lost[key] = _Loss(ceil(days[-1] + gone), days[-1] + IN_TIME_PAUSES * mean)
    return lost


# ------------------------------------------------------------------------- the pauses


def _pauses(
    key: Hashable, days: Sequence[int], population: Population, as_of: int
) -> Iterator[_Pause]:
    """Yield the latest pauses of a customer, each with what was known before it."""
    time = population.season.time
    times = [time(day) for day in days]
    logs = [0.0]
    for before, after in pairwise(times):
        logs.append(logs[-1] + log(after - before))
    for number in range(max(len(days) - MAX_PAUSES, 0), len(days)):
        known = Summary(
            number, times[number] - times[0], logs[number], days[0], days[number]
        )
        end = days[number + 1] if number + 1 < len(days) else None
        last_silent = end - 1 if end else as_of
        rarity = None
        if number + 1 >= MIN_PURCHASES:
            rarity = _rarity(population, known, last_silent)
        yield _Pause(key, known, end, last_silent, rarity)


def _rarity(population: Population, known: Summary, day: int) -> float:
    """Return the share of a customer's normal pauses that last beyond a day."""
    time = population.season.time
    pause = max(time(day) - time(known.last), 0.0)
    longer = sum(
        pace.share * survival(pace.k, pace.shape, pace.rate, pause)
        for pace in paces(population, known.x, known.span, known.log_sum)
    )
    return min(longer, 1.0)


def _is_good(pause: _Pause) -> bool:
    """Say whether a pause of a customer with a rhythm ended in a purchase."""
    return pause.rarity is not None and pause.end is not None


def _is_alerted(forecaster: Forecaster, pause: _Pause) -> bool:
    """Say whether a customer would have slipped before the pause was over."""
    if pause.rarity is None:
        return False
    return pause.rarity <= forecaster.slipping_share(pause.summary.x)


def _alert_day(forecaster: Forecaster, pause: _Pause) -> int:
    """Return the first day on which so few normal pauses are longer."""
    population, known = forecaster.population, pause.summary
    share = forecaster.slipping_share(known.x)
    days = range(pause.summary.last + 1, pause.last_silent + 1)
    return days[
        bisect_left(
            days, True, key=lambda day: _rarity(population, known, day) <= share
        )
    ]


# ------------------------------------------------------------------------- the figures


def _result(forecaster: Forecaster, decided, lost: dict) -> LimitResult:
    """Return what one limit would have done."""
    alerted = [pause for pause in decided if _is_alerted(forecaster, pause)]
    disturbed = [pause.key for pause in alerted if pause.end is not None]
    alerts = {
        pause.key: _alert_day(forecaster, pause)
        for pause in alerted
        if pause.end is None
    }
    warned = [key for key in alerts if alerts[key] < lost[key].in_time_before]
    early = [lost[key].lost_on - alerts[key] for key in warned]
    return LimitResult(
        forecaster.limits.slipping_share,
        tuple(warned),
        round(median(early)) if early else None,
        len(disturbed),
        tuple(dict.fromkeys(disturbed)),
    )


def _bands(decided) -> tuple[Band, ...]:
    """Return how the pauses ended that reached each band."""
    rhythmic = [pause for pause in decided if pause.rarity is not None]
    bands = []
    for up_to, above in pairwise(BANDS):
        reached = [pause for pause in rhythmic if pause.rarity <= up_to]
        lost = tuple(pause.key for pause in reached if pause.end is None)
        bands.append(Band(above, up_to, len(reached), lost))
    return tuple(bands)


def _passed_lapsed(forecaster: Forecaster, pauses) -> tuple:
    """Return whose pauses passed the lapsed date, and of those who came back."""
    passed = [
        pause
        for pause in pauses
        # nobody with a rhythm lapses before slipping
        if (pause.rarity is None or _is_alerted(forecaster, pause))
        and forecaster.dates(pause.summary)[2] <= pause.last_silent
    ]
    return (
        tuple(pause.key for pause in passed),
        tuple(pause.key for pause in passed if pause.end is not None),
    )
