"""The rhythm of a customer: when it is due, when it slips, when it has lapsed.

Pure Python, without Odoo. The first, simple rule: a pause is judged by the mean
number of days between the customer's own purchases.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

#: Purchases from which a customer's own interval is trusted; below, the company's
#: median interval stands in (one interval alone says little).
MIN_PURCHASES = 3
#: The pause after which a customer slips, in own intervals.
SLIPPING_INTERVALS = 2
#: The pause after which a customer has lapsed, in own intervals.
LAPSED_INTERVALS = 3
#: The interval in days where nobody has bought twice yet. Win-back mails of shop
#: tools start at 90 days too (the win-back recipe in Metorik's help).
DEFAULT_INTERVAL_DAYS = 90.0

ON_RHYTHM, DUE, SLIPPING, LAPSED = "on_rhythm", "due", "slipping", "lapsed"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class RhythmDates:
    """The days on which a customer changes health if it does not buy first."""

    due: date
    slipping: date
    lapsed: date


def rhythm_dates(last_purchase: date, interval_days: float) -> RhythmDates:
    """Return the three dates that follow from the last purchase.

    :param last_purchase: day of the last purchase
    :param interval_days: days between purchases; less than a day counts as a day

    >>> rhythm_dates(date(2026, 1, 1), 10)
    RhythmDates(due=datetime.date(2026, 1, 11), \
slipping=datetime.date(2026, 1, 21), lapsed=datetime.date(2026, 1, 31))
    >>> rhythm_dates(date(2026, 1, 1), 0.4).lapsed
    datetime.date(2026, 1, 4)
    """
    interval = max(interval_days, 1.0)
    due, slipping, lapsed = (
        last_purchase + timedelta(days=ceil(factor * interval))
        for factor in (1, SLIPPING_INTERVALS, LAPSED_INTERVALS)
    )
    return RhythmDates(due, slipping, lapsed)


def health(
    as_of: date, due: date | None, slipping: date | None, lapsed: date | None
) -> str:
    """Return where a day stands against a customer's own dates.

    A date that is not known is never reached; without any date the health is
    unknown.

    >>> dates = date(2026, 1, 11), date(2026, 1, 21), date(2026, 1, 31)
    >>> [health(date(2026, 1, day), *dates) for day in (10, 11, 20, 21, 31)]
    ['on_rhythm', 'due', 'due', 'slipping', 'lapsed']
    >>> health(date(2026, 1, 1), None, None, None)
    'unknown'
    """
    states = ((LAPSED, lapsed), (SLIPPING, slipping), (DUE, due))
    if not any(day for _state, day in states):
        return UNKNOWN
    return next((state for state, day in states if day and as_of >= day), ON_RHYTHM)
