"""Numbers and dates as people write them in a file, and what is refused.

Two things a single value does not tell, so they are decided from all values of a file:
which sign is the decimal mark (``1.234`` may be more than a thousand), and whether
``01/02/2010`` begins with the day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timezone
from decimal import Decimal

# Above this, cents no longer fit the 15 digits of a floating point number.
LARGEST_AMOUNT = Decimal(10) ** 13
# A date without a time is kept at noon, so that it is the same day in most time zones.
TIME_OF_A_DATE = time(12)

POINT_NUMBER = re.compile(
    r"[+-]?((\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?|\d{1,3}(,\d{3})+(\.\d+)?)",
    re.ASCII | re.IGNORECASE,
)
COMMA_NUMBER = re.compile(r"[+-]?(\d+(,\d*)?|,\d+|\d{1,3}(\.\d{3})+(,\d+)?)", re.ASCII)
# Three digits after the only mark may be thousands or thousandths: no evidence.
POINT_EVIDENCE = re.compile(r".*(\.(\d{1,2}|\d{4,})|,\d{3}\.\d+)", re.ASCII)
COMMA_EVIDENCE = re.compile(r".*(,(\d{1,2}|\d{4,})|\.\d{3},\d+)", re.ASCII)
SLASHED_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T](.+))?", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](.+))?", re.ASCII)


class BadRowError(Exception):
    """One row cannot be loaded; the message says why."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What only the whole file can tell: decimal mark, and whether the day leads.

    ``day_first`` is None where no date of the file shows it.
    """

    decimal_mark: str
    day_first: bool | None


def format_number(number: Decimal) -> str:
    """Write a number in one way only.

    >>> format_number(Decimal("12.50")), format_number(Decimal("-0"))
    ('12.5', '0')
    >>> format_number(Decimal("1e3"))
    '1000'
    """
    text = f"{number.normalize() + 0:f}"
    return "0" if text == "-0" else text


def parse_number(text: str, decimal_mark: str) -> Decimal:
    """Return the number that ``text`` writes with this decimal mark.

    :raise ValueError: not a number in this way of writing

    >>> parse_number("1,234.50", "."), parse_number("1.234,50", ",")
    (Decimal('1234.50'), Decimal('1234.50'))
    """
    pattern, thousands = (
        (COMMA_NUMBER, ".") if decimal_mark == "," else (POINT_NUMBER, ",")
    )
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return Decimal(text.replace(thousands, "").replace(decimal_mark, "."))


def decimal_mark_of(amounts: Iterable[str], delimiter: str) -> str:
    """Return the decimal mark that most amounts use; a minority is refused later.

    Without any evidence a comma is decimal only where it is not the delimiter.

    >>> decimal_mark_of(["12,50", "1.234,00", "7"], ";")
    ','
    >>> decimal_mark_of(["1,234", "7"], ","), decimal_mark_of(["1,234", "7"], ";")
    ('.', ',')
    """
    amounts = list(amounts)
    points = sum(1 for text in amounts if POINT_EVIDENCE.fullmatch(text))
    commas = sum(1 for text in amounts if COMMA_EVIDENCE.fullmatch(text))
    if points != commas:
        return "," if commas > points else "."
    has_comma = any("," in text for text in amounts)
    return "," if has_comma and delimiter != "," else "."


def day_first_of(dates: Iterable[str]) -> bool | None:
    """Tell whether ``31/12/2010`` (True) or ``12/31/2010`` (False) is written.

    None where no date shows it, or where both ways occur.

    >>> day_first_of(["01/02/2010", "31/12/2010"]), day_first_of(["01/02/2010"])
    (True, None)
    """
    seen = set()
    for match in filter(None, map(SLASHED_DATE.fullmatch, dates)):
        first, second = int(match[1]), int(match[2])
        if (first > 12) != (second > 12):
            seen.add(first > 12)
    return seen.pop() if len(seen) == 1 else None


def parse_moment(text: str, day_first: bool | None) -> datetime:
    """Return the moment that ``text`` writes, naive unless it names its offset.

    :raise BadRowError: not a date, or one that can be read in two ways

    >>> parse_moment("2010-12-09 20:01", None)
    datetime.datetime(2010, 12, 9, 20, 1)
    >>> parse_moment("9/12/2010", True)
    datetime.datetime(2010, 12, 9, 12, 0)
    """
    if match := ISO_DATE.fullmatch(text):
        year, month, day, clock = match.groups()
    elif match := SLASHED_DATE.fullmatch(text):
        day, month, year, clock = match.groups()
        if not day_first:
            if day_first is None and int(day) != int(month):
                raise BadRowError(
                    f"date {text!r} does not tell the day from the month: "
                    "write it as 2010-12-31"
                )
            day, month = month, day
    else:
        raise BadRowError(f"{text!r} is not a date like 2010-12-31 or 2010-12-31 17:05")
    try:
        moment = datetime.fromisoformat(
            f"{year}-{month:0>2}-{day:0>2}T{_full_clock(clock)}"
        )
        # The year of a moment with an offset may not fit in UTC.
        if moment.tzinfo is not None:
            moment = moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise BadRowError(f"{text!r} is not a date of the calendar") from None
    if not 1900 <= moment.year <= 2200:
        raise BadRowError(f"date {text!r} is not between the years 1900 and 2200")
    return moment


def _full_clock(clock: str | None) -> str:
    """Complete ``9:05`` to ``09:05``, ``Z`` to an offset, and nothing to noon."""
    if not clock:
        return TIME_OF_A_DATE.isoformat()
    clock = clock.strip()
    if clock[1:2] == ":":
        clock = f"0{clock}"
    return re.sub(r"\s*Z$", "+00:00", clock)


def parse_amount(name: str, text: str, dialect: Dialect) -> Decimal:
    """Return the number in the column ``name``.

    :raise BadRowError: none, not a number, or too large
    """
    if not text:
        raise BadRowError(f"no {name}")
    try:
        number = parse_number(text, dialect.decimal_mark)
    except ValueError:
        example = "1234,50" if dialect.decimal_mark == "," else "1234.50"
        raise BadRowError(
            f"{name} {text!r} is not a number (this file writes {example})"
        ) from None
    if abs(number) >= LARGEST_AMOUNT:
        raise BadRowError(f"{name} {text!r} is too large")
    return number
