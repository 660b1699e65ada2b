"""How good a forecast was. Pure Python: figures in, figures out, nothing of a model.

Days are proleptic ordinals; a history is the ascending list of distinct purchase days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

THIRDS = ("fast", "medium", "slow")
#: Purchases from which a customer has a rhythm of its own and can have an alert.
MIN_PURCHASES = 3
#: A customer counts as lost when the silence to the end of the log is longer than so
#: many own mean intervals, and than so many days.
LOST_INTERVALS, LOST_DAYS = 3, 60
#: The same, told without own intervals: silent for so many days, found within them.
SILENT_DAYS = 90

Histories = Mapping[str, Sequence[int]]
Alert = tuple[str, int]


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """Return how often a customer who came has a higher score than one who did not.

    Equal scores count a half. None where all came, or nobody.

    >>> auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    0.75
    >>> auc([1, 1], [True, False]), auc([1], [True])
    (0.5, None)
    """
    pairs = sorted(zip(scores, outcomes, strict=True))
    came = sum(outcomes)
    stayed_away = len(pairs) - came
    if not came or not stayed_away:
        return None
    ranks, start = 0.0, 0
    while start < len(pairs):
        end = start
        while end < len(pairs) and pairs[end][0] == pairs[start][0]:
            end += 1
        rank = (start + 1 + end) / 2
        ranks += rank * sum(outcome for _score, outcome in pairs[start:end])
        start = end
    return (ranks - came * (came + 1) / 2) / (came * stayed_away)


def mean_interval(history: Sequence[int]) -> float | None:
    """Return the mean days between purchases, None for a one-time buyer.

    >>> mean_interval([0, 10, 40]), mean_interval([5])
    (20.0, None)
    """
    if len(history) < 2:
        return None
    return (history[-1] - history[0]) / (len(history) - 1)


def median_error(
    forecasts: Iterable[float | None], came: Iterable[int], otherwise: float
) -> float | None:
    """Return the median of the absolute errors of dates, in days.

    :param came: the days on which the customers did come
    :param otherwise: the error of a customer without a forecast date

    >>> median_error([10, 20, None], [12, 20, 5], 90)
    2
    """
    errors = [
        otherwise if forecast is None else abs(forecast - day)
        for forecast, day in zip(forecasts, came, strict=True)
    ]
    return median(errors) if errors else None


# --- alerts ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """The days of a replay: after ``first`` up to ``last``, both ordinals."""

    first: int
    last: int


def thirds(histories: Histories, first: int) -> dict[str, str]:
    """Return the third of each customer with a rhythm, by its mean interval.

    As known on the first day, so that nothing of the future decides it. Customers
    who get a rhythm later are in no third (they count in the totals).

    >>> known = {"a": [0, 1, 2], "b": [0, 9, 18], "c": [0, 90, 180], "d": [0, 1]}
    >>> thirds(known, 200)
    {'a': 'fast', 'b': 'medium', 'c': 'slow'}
    """
    intervals = []
    for name, days in histories.items():
        known = days[: bisect_right(days, first)]
        if len(known) >= MIN_PURCHASES:
            intervals.append((mean_interval(known), name))
    intervals.sort()
    return {
        name: THIRDS[rank * len(THIRDS) // len(intervals)]
        for rank, (_interval, name) in enumerate(intervals)
    }


def good_pauses(histories: Histories, window: Window) -> list[tuple[str, int, int]]:
    """Return ``(customer, start, end)`` of each pause that ended well in the window.

    A good pause ended with a purchase on a day of the window, and before it the
    customer had a rhythm of its own (three purchases).
    """
    found = []
    for name, days in histories.items():
        begin = max(bisect_right(days, window.first), MIN_PURCHASES)
        for position in range(begin, bisect_right(days, window.last)):
            found.append((name, days[position - 1], days[position]))
    return found


def disturbed(
    pauses: Iterable[tuple[str, int, int]], alerts: Iterable[Alert]
) -> list[tuple[str, int, int]]:
    """Return the pauses in which an alert fell, after their start, before their end.

    >>> disturbed([("a", 0, 9), ("a", 9, 30)], [("a", 20), ("b", 5)])
    [('a', 9, 30)]
    """
    days = _by_customer(alerts)
    return [
        (name, start, end)
        for name, start, end in pauses
        if _first_between(days.get(name, ()), start, end) is not None
    ]


@dataclass(frozen=True)
class Lost:
    """A customer who did not come back: last purchase and own mean interval."""

    name: str
    last: int
    interval: float


def lost_customers(histories: Histories, window: Window, end: int) -> list[Lost]:
    """Return the customers lost in the window.

    Lost: with at least three purchases, the last one in the window, and after it
    silence to the end of the log of more than ``LOST_INTERVALS`` own mean intervals
    and more than ``LOST_DAYS``.

    :param end: last day of the log
    """
    found = []
    for name, days in histories.items():
        if len(days) < MIN_PURCHASES or days[-1] < window.first:
            continue
        interval = mean_interval(days)
        if end - days[-1] > max(LOST_INTERVALS * interval, LOST_DAYS):
            found.append(Lost(name, days[-1], interval))
    return found


def silent_customers(histories: Histories, window: Window, end: int) -> list[Lost]:
    """Return the customers who are silent in the end, whatever their rhythm.

    At least three purchases, the last one in the window, and after it silence to the
    end of the log of at least ``SILENT_DAYS``. Told without own intervals, so that no
    rule made of them is favoured; a slow buyer is not lost by it.
    """
    return [
        Lost(name, days[-1], mean_interval(days))
        for name, days in histories.items()
        if len(days) >= MIN_PURCHASES
        and days[-1] >= window.first
        and end - days[-1] >= SILENT_DAYS
    ]


def days_to_alert(lost: Sequence[Lost], alerts: Iterable[Alert]) -> list[int | None]:
    """Return how long after its last purchase each had its alert, None for never."""
    days = _by_customer(alerts)
    delays = []
    for customer in lost:
        day = _first_between(days.get(customer.name, ()), customer.last, None)
        delays.append(None if day is None else day - customer.last)
    return delays


def deadlines(lost: Sequence[Lost], histories: Histories, first: int) -> list[float]:
    """Return how many days after the last purchase an alert is still in time.

    Three times the usual interval of the third of buyers that the customer's own
    interval belongs to. It is the same for any rule that is compared; three *own*
    intervals would be met always, or never, by a multiple of the own interval.

    :param first: day on which the thirds and their usual intervals are measured
    """
    by_third: dict[str, list[float]] = {name: [] for name in THIRDS}
    for name, third in thirds(histories, first).items():
        known = histories[name][: bisect_right(histories[name], first)]
        by_third[third].append(mean_interval(known))
    limits = [max(by_third[name], default=0.0) for name in THIRDS[:-1]]
    usual = [median(by_third[name] or [0.0]) for name in THIRDS]
    return [
        LOST_INTERVALS * usual[bisect_left(limits, customer.interval)]
        for customer in lost
    ]


def share(part: int, whole: int) -> float | None:
    """Return a share, None of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return part / whole if whole else None


def _by_customer(alerts: Iterable[Alert]) -> dict[str, list[int]]:
    days: dict[str, list[int]] = {}
    for name, day in sorted(alerts, key=lambda alert: alert[1]):
        days.setdefault(name, []).append(day)
    return days


def _first_between(days: Sequence[int], start: int, end: int | None) -> int | None:
    position = bisect_left(days, start + 1)
    if position < len(days) and (end is None or days[position] < end):
        return days[position]
    return None
