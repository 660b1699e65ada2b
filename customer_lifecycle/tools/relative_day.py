"""Days relative to today, as Odoo's filters write them: ``today -120d``.

Odoo resolves them for the clock and the user's time zone. Rules are judged on a given
day of a company, so the day is passed in here.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

UNITS = "dwmy"
#: Parts of a day: they change no day.
CLOCK = "HMS"
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
SHIFT = re.compile(r"(?:(?:today|now)\s*)?((?:[+-]\d+[dw]\s*)*)")


def is_relative(value) -> bool:
    """Tell a day relative to today from one that is written out.

    >>> is_relative("today -120d"), is_relative("2026-03-16"), is_relative(False)
    (True, False, False)
    """
    return isinstance(value, str) and bool(value) and not re.match(r"\d+-", value)


def resolve(text: str, today: date, week_start: int = 1) -> date:
    """Return the day that ``text`` means on a day.

    :param week_start: first day of the week, 1 is Monday
    :raises ValueError: for what is no relative day

    >>> day = date(2026, 3, 16)
    >>> str(resolve("today", day)), str(resolve("today -120d", day))
    ('2026-03-16', '2025-11-16')
    >>> str(resolve("-1m =1d", day)), str(resolve("now -3H", day))
    ('2026-02-01', '2026-03-16')
    >>> str(resolve("today +friday", day)), str(resolve("today =week_start -1w", day))
    ('2026-03-20', '2026-03-09')
    >>> str(resolve("today +15d -1m", day)), str(resolve("today =31d -4y +2w", day))
    ('2026-02-28', '2022-04-14')
    """
    terms = text.split()
    if terms[:1] in (["today"], ["now"]):
        terms = terms[1:]
    for term in terms:
        today = _applied(term, today, week_start - 1)
    return today


def _applied(term: str, day: date, first: int) -> date:
    """Return the day after one term: a weekday, a shift, or a part that is set."""
    sign, name = term[:1], term[1:]
    if sign not in ("+", "-", "=") or len(term) < 3:
        raise ValueError(f"Invalid term {term!r}")
    if name in WEEKDAYS or name == "week_start":
        return _at_weekday(sign, name, day, first)
    unit, number = name[-1], int(name[:-1])
    if unit in CLOCK:
        return day
    if unit not in UNITS or (sign == "=" and unit == "w"):
        raise ValueError(f"Invalid term {term!r}")
    if sign == "=":
        parts = {"y": day.year, "m": day.month, "d": day.day} | {unit: number}
        return _clamped(parts["y"], parts["m"], parts["d"])
    return _shifted(day, number if sign == "+" else -number, unit)


def _shifted(day: date, number: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years later."""
    if unit in "dw":
        return day + timedelta(days=number * (7 if unit == "w" else 1))
    months = 12 * day.year + day.month - 1 + number * (12 if unit == "y" else 1)
    return _clamped(months // 12, months % 12 + 1, day.day)


def _clamped(year: int, month: int, day: int) -> date:
    """Return a day of a month; the last one where the month is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def _at_weekday(sign: str, name: str, day: date, first: int) -> date:
    """Return that weekday: of this week, or the next or last one."""
    weekday = first if name == "week_start" else WEEKDAYS.index(name)
    offset = (weekday - first) % 7 - (day.weekday() - first) % 7
    if sign == "+" and offset < 0:
        offset += 7
    elif sign == "-" and offset > 0:
        offset -= 7
    return day + timedelta(days=offset)


def shift_days(text: str) -> int | None:
    """Return the days that ``text`` adds to any day; None where it is no plain shift.

    >>> shift_days("today -120d"), shift_days("today -2w +1d"), shift_days("today -1m")
    (-120, -13, None)
    """
    found = SHIFT.fullmatch(text)
    if found is None:
        return None
    terms = found.group(1).split()
    return sum(int(term[:-1]) * (7 if term[-1] == "w" else 1) for term in terms)
