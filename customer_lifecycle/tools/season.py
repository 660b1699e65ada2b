"""The season of a company: how busy each calendar month is, and time counted by it.

Pure Python, without Odoo. In *season time* a day of a busy month is longer than a day
of a quiet one, so that customers buy at an even pace. The forecast does all its sums in
season time, and only its results are days of the calendar again.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

MONTHS = 12
EVEN = (1.0,) * MONTHS
#: Years in which the season is counted; before and after them time runs evenly.
FIRST_YEAR, LAST_YEAR = 1900, 2200
#: No month is taken for more quiet or more busy than this.
FACTOR_BOUNDS = 0.2, 5.0


@dataclass(frozen=True)
class Season:
    """How busy each calendar month is: twelve factors, January first, their mean 1."""

    factors: tuple[float, ...] = EVEN

    @property
    def is_even(self) -> bool:
        """Say that no month differs from the others."""
        return self.factors == EVEN

    def time(self, day: float) -> float:
        """Return the season time at the beginning of a day.

        :param day: proleptic ordinal, as of ``date.toordinal``

        >>> busy = Season((0.5, 1.5) + (1.0,) * 10)
        >>> january = date(2026, 1, 1).toordinal()
        >>> round(busy.time(january + 31) - busy.time(january), 6)
        15.5
        >>> Season().time(739000)
        739000
        """
        if self.is_even:
            return day
        starts, times, factors = _clock(self.factors)
        month = bisect_right(starts, day) - 1
        if month < 0:
            return day
        return times[month] + (day - starts[month]) * factors[month]

    def day(self, time: float) -> float:
        """Return the day at a season time, the inverse of ``time``.

        >>> busy = Season((0.5, 1.5) + (1.0,) * 10)
        >>> round(busy.day(busy.time(739000.25)), 6)
        739000.25
        """
        if self.is_even:
            return time
        starts, times, factors = _clock(self.factors)
        month = bisect_right(times, time) - 1
        if month < 0:
            return time
        return starts[month] + (time - times[month]) / factors[month]


#: A year without seasons.
EVEN_SEASON = Season()


@lru_cache(maxsize=32)
def _clock(factors: tuple[float, ...]):
    """Return first day, season time and pace of each month, in order."""
    starts, times, paces = [], [], []
    time = float(date(FIRST_YEAR, 1, 1).toordinal())
    for year in range(FIRST_YEAR, LAST_YEAR):
        for month, factor in enumerate(factors, 1):
            start = date(year, month, 1).toordinal()
            if starts:
                time += (start - starts[-1]) * paces[-1]
            starts.append(start)
            times.append(time)
            paces.append(factor)
    # after the last year: evenly
    end = date(LAST_YEAR, 1, 1).toordinal()
    times.append(time + (end - starts[-1]) * paces[-1])
    starts.append(end)
    paces.append(1.0)
    return starts, times, paces
