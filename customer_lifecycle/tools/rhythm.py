"""The health of a customer: where a day stands against its three dates.

Pure Python, without Odoo. The dates come from the forecast (``forecast.py``).
"""

from datetime import date

#: Purchases from which a customer has a rhythm of its own: two pauses.
MIN_PURCHASES = 3

ON_RHYTHM, DUE, SLIPPING, LAPSED = "on_rhythm", "due", "slipping", "lapsed"
UNKNOWN = "unknown"


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
