"""Walk through the past day by day, and raise the alerts that would have been raised.

Knows no model: a fit is made from what is known on a day, and says of a history on
which day its present pause becomes slipping.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush

#: Days between two fits during a replay.
REFIT_DAYS = 28

Histories = Mapping[str, Sequence[int]]
#: Returns the day on which the pause after a history becomes slipping, None for never.
SlippingDay = Callable[[Sequence[int]], "int | None"]
#: Makes one from the histories up to a day, and that day.
Fit = Callable[[Histories, int], SlippingDay]
Alert = tuple[str, int]


class Replay:
    """The alerts from a day to another, each day seeing only what was before.

    An alert is raised on the day that its pause enters slipping, once per pause: not
    again when a later fit moves the date. A pause that was slipping on the first day
    had its alert before. A purchase on the day itself ends the pause without alert.

    :param histories: ascending distinct purchase days; none is looked at before its day
    :param fit: called on the first day and every ``REFIT_DAYS``
    """

    def __init__(self, histories: Histories, fit: Fit):
        self._all = histories
        self._fit = fit
        # purchases up to the present day
        self._known: dict[str, int] = {}
        # customers whose present pause had its alert
        self._alerted: set[str] = set()
        # the day on which each present pause becomes slipping, and the same in order;
        # a date in the queue that is not the customer's any more is passed over
        self._dates: dict[str, int | None] = {}
        self._queue: list[tuple[int, str]] = []

    def run(
        self, first: int, last: int, progress: Callable[[int], None] = lambda days: None
    ) -> Iterator[Alert]:
        """Yield ``(customer, day)`` in the order of days, then of customers.

        :param first: seen, but without alerts of its own
        :param progress: called with 1 for each day that is done
        """
        buyers = self._buyers_by_day(first)
        slipping_day = self._refit(first)
        self._alerted.update(self._become_slipping(first))
        for day in range(first + 1, last + 1):
            for name in buyers.get(day, ()):
                self._known[name] = self._known.get(name, 0) + 1
                self._alerted.discard(name)
                self._expect(name, slipping_day(self._history(name)))
            if (day - first) % REFIT_DAYS == 0:
                slipping_day = self._refit(day)
            for name in self._become_slipping(day):
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
        """Fit to what is known, and read the dates of all open pauses anew."""
        known = {name: self._history(name) for name in sorted(self._known)}
        slipping_day = self._fit(known, day)
        self._queue = []
        for name, days in known.items():
            if name not in self._alerted:
                self._dates[name] = slipping_day(days)
                if self._dates[name] is not None:
                    self._queue.append((self._dates[name], name))
        heapify(self._queue)
        return slipping_day

    def _expect(self, name: str, day: int | None) -> None:
        self._dates[name] = day
        if day is not None:
            heappush(self._queue, (day, name))

    def _become_slipping(self, day: int) -> list[str]:
        """Return the customers whose date has come, in order."""
        names = set()
        while self._queue and self._queue[0][0] <= day:
            due, name = heappop(self._queue)
            if self._dates[name] == due and name not in self._alerted:
                names.add(name)
        return sorted(names)
