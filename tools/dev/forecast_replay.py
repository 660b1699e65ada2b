"""Walk through the past day by day, and raise the alerts that would have been raised.

Knows no model: a *reader* is made from what is known on a day (a fit), and says of a
history on which day its present pause becomes slipping.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

#: Days between two fits during a replay.
REFIT_DAYS = 28

#: Returns the day on which the pause after a history becomes slipping, None for never.
SlippingDay = Callable[[Sequence[int]], int | None]
#: Makes one from the histories up to a day, and that day.
Fit = Callable[[Mapping[str, Sequence[int]], int], SlippingDay]
Alert = tuple[str, int]


class Replay:
    """The alerts from a day to another, each day seeing only what was before.

    An alert is raised on the day that its pause enters slipping, once per pause: not
    again when a later fit moves the date. A pause that was slipping on the first day
    had its alert before. A purchase on the day itself ends the pause without alert.

    :param histories: ascending distinct purchase days; later ones are not looked at
        before their day
    :param fit: called on the first day and every ``REFIT_DAYS``
    """

    def __init__(self, histories: Mapping[str, Sequence[int]], fit: Fit):
        self._all = histories
        self._fit = fit
        self._known: dict[str, int] = {}
        """Number of purchases up to the present day."""
        self._alerted: set[str] = set()
        """Customers whose present pause had its alert."""
        self._dates: dict[str, int | None] = {}

    def run(
        self, first: int, last: int, progress: Callable[[int], None] = lambda days: None
    ) -> Iterator[Alert]:
        """Yield ``(customer, day)`` in the order of days, then of customers.

        :param first: seen, but without alerts of its own
        :param progress: called with 1 for each day that is done
        """
        buyers = self._buyers_by_day(first)
        slipping_day = self._refit(first)
        self._alerted = set(self._slipping(first))
        for day in range(first + 1, last + 1):
            for name in buyers.pop(day, ()):
                self._known[name] = self._known.get(name, 0) + 1
                self._alerted.discard(name)
                self._dates[name] = slipping_day(self._history(name))
            if (day - first) % REFIT_DAYS == 0:
                slipping_day = self._refit(day)
            for name in self._slipping(day):
                self._alerted.add(name)
                yield name, day
            progress(1)

    def _buyers_by_day(self, first: int) -> dict[int, list[str]]:
        buyers = defaultdict(list)
        for name, days in self._all.items():
            known = bisect_right(days, first)
            if known:
                self._known[name] = known
            for day in days[known:]:
                buyers[day].append(name)
        return buyers

    def _history(self, name: str) -> Sequence[int]:
        return self._all[name][: self._known[name]]

    def _refit(self, day: int) -> SlippingDay:
        """Fit to what is known, and read all dates anew."""
        known = {name: self._history(name) for name in sorted(self._known)}
        slipping_day = self._fit(known, day)
        self._dates = {name: slipping_day(days) for name, days in known.items()}
        return slipping_day

    def _slipping(self, day: int) -> list[str]:
        """Return the customers who have become slipping, in order."""
        return sorted(
            name
            for name, date in self._dates.items()
            if date is not None and date <= day and name not in self._alerted
        )
