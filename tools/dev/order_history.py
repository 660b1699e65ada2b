"""Read an order history from a CSV file. No Odoo here: text in, rows and reasons out.

One row of the file is one order. What cannot be understood is refused with the number
of its line and a sentence; it is never guessed. How numbers and dates are written is
in ``order_text.py``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from order_text import (
    BadRowError,
    Dialect,
    day_first_of,
    decimal_mark_of,
    format_number,
    parse_amount,
    parse_moment,
)

REQUIRED = ("customer_id", "date", "amount")
OPTIONAL = ("order", "customer_name", "product", "quantity", "country", "currency")
DELIMITERS = ",;\t"
# A quoted field may hold line breaks, but one that nobody closed would swallow the
# rest of the file: a row longer than this many lines is taken for such a mistake.
LONGEST_ROW_LINES = 50


class UnreadableFileError(Exception):
    """Nothing of the file can be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One order of the file.

    ``moment`` is local time of the company when it has no time zone of its own.
    ``amount`` is untaxed, in ``currency`` (upper case, empty: the company's own);
    negative for a return. ``quantity`` is None where the file gives none.
    """

    line: int
    customer_id: str
    moment: datetime
    amount: Decimal
    order: str = ""
    customer_name: str = ""
    product: str = ""
    quantity: Decimal | None = None
    country: str = ""
    currency: str = ""

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits of what makes this order the one it is.

        By value, not by spelling: a file written again with another delimiter or
        decimal mark gives the same. Names and countries may be corrected freely.
        """
        parts = (
            self.customer_id,
            self.order,
            self.moment.isoformat(),
            format_number(self.amount),
            self.currency,
            self.product,
            "" if self.quantity is None else format_number(self.quantity),
        )
        text = "\x1f".join(parts).encode("utf-8")
        return hashlib.blake2b(text, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of which nothing is loaded: the line on which it starts, and why."""

    line: int
    why: str


@dataclass(slots=True)
class History:
    """What one file holds: rows in the order of the file, and what was refused."""

    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is written."""

    delimiter: str
    columns: tuple[str, ...]

    @property
    def ignored(self) -> list[str]:
        """Names of the columns that nothing is read from."""
        known = REQUIRED + OPTIONAL
        return [name for name in self.columns if name and name not in known]


class HistoryFile:
    """A CSV file of orders, plain or compressed with gzip.

    Making one reads the heading only, so that a wrong file is refused at once.

    :raise UnreadableFileError: no such file, not text, or a required column is missing
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            with self._open() as stream:
                heading = stream.readline()
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UnreadableFileError(f"{self.path}: {reason}") from error
        self.layout = self._read_layout(heading)

    def _open(self) -> TextIO:
        """Open as UTF-8 with or without a mark; a wrong byte spoils only its row."""
        opener = gzip.open if self._is_gzip() else open
        return opener(
            self.path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=""
        )

    def _is_gzip(self) -> bool:
        with self.path.open("rb") as stream:
            return stream.read(2) == b"\x1f\x8b"

    def _read_layout(self, heading: str) -> Layout:
        if not heading.strip():
            raise UnreadableFileError(f"{self.path}: the file is empty")
        if "\0" in heading or "\udcff" in heading:
            raise UnreadableFileError(
                f"{self.path}: not UTF-8 text; save it as CSV UTF-8"
            )
        layout = max(
            (Layout(mark, _columns(heading, mark)) for mark in DELIMITERS),
            key=lambda layout: len(set(layout.columns) & {*REQUIRED, *OPTIONAL}),
        )
        if missing := [name for name in REQUIRED if name not in layout.columns]:
            found = ", ".join(filter(None, layout.columns))
            raise UnreadableFileError(
                f"{self.path}: no column {' and no column '.join(missing)}; "
                f"the first line names: {found}"
            )
        twice = [name for name, n in Counter(layout.columns).items() if name and n > 1]
        if twice:
            raise UnreadableFileError(
                f"{self.path}: more than one column {', '.join(twice)}"
            )
        return layout

    def read(self, known_currencies: set[str] | None = None) -> History:
        """Read every row.

        :param known_currencies: upper-case codes; None takes any
        :raise UnreadableFileError: damaged in the middle, as a broken gzip is
        """
        history = History()
        records = []
        try:
            with self._open() as stream:
                for line, values in _records(stream, self.layout):
                    try:
                        records.append((line, self._named(values)))
                    except BadRowError as error:
                        history.bad.append(BadRow(line, str(error)))
        except (OSError, EOFError) as error:
            raise UnreadableFileError(f"{self.path}: {error}") from error
        dialect = self._dialect([values for _line, values in records])
        for line, values in records:
            try:
                row = _parse_row(line, values, dialect)
                _check_currency(row.currency, known_currencies)
                history.rows.append(row)
            except BadRowError as error:
                history.bad.append(BadRow(line, str(error)))
        history.bad.sort(key=lambda bad: bad.line)
        return history

    def _named(self, values: list[str]) -> dict[str, str]:
        """Return the values by column, trimmed.

        :raise BadRowError: not as many values as columns, or not text
        """
        columns = self.layout.columns
        if len(values) != len(columns):
            raise BadRowError(f"{len(values)} columns instead of {len(columns)}")
        if any("\0" in value for value in values):
            raise BadRowError("holds a zero byte")
        if any("\udc80" <= char <= "\udcff" for value in values for char in value):
            raise BadRowError("is not UTF-8 text; save the file as CSV UTF-8")
        return {
            name: value.strip()
            for name, value in zip(columns, values, strict=True)
            if name
        }

    def _dialect(self, records: list[dict[str, str]]) -> Dialect:
        amounts = [values["amount"] for values in records]
        dates = [values["date"] for values in records]
        return Dialect(
            decimal_mark_of(amounts, self.layout.delimiter), day_first_of(dates)
        )


def _columns(heading: str, delimiter: str) -> tuple[str, ...]:
    """Return the names in the first line: ``Customer ID`` is ``customer_id``."""
    names = next(csv.reader([heading], delimiter=delimiter), [])
    return tuple(re.sub(r"[\s-]+", "_", name.strip().lower()) for name in names)


def _records(stream: TextIO, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield each row after the heading with the number of its first line.

    A row that spans lines but has the wrong number of columns is most likely a quote
    that was never closed: only its first line is given up, the next is a row again.
    """
    next(csv.reader(stream), None)
    waiting: deque[str] = deque()
    line = 2
    while True:
        values, taken = _next_record(stream, waiting, layout.delimiter)
        if not taken:
            return
        if len(taken) > 1 and len(values) != len(layout.columns):
            waiting.extendleft(reversed(taken[1:]))
            taken = taken[:1]
        if any(value.strip() for value in values):
            yield line, values
        line += len(taken)


def _next_record(
    stream: TextIO, waiting: deque[str], delimiter: str
) -> tuple[list[str], list[str]]:
    """Return the values of the next row and the lines that it took; none at the end."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        while len(taken) < LONGEST_ROW_LINES:
            text = waiting.popleft() if waiting else stream.readline()
            if not text:
                return
            taken.append(text)
            yield text

    try:
        values = next(csv.reader(lines(), delimiter=delimiter), [])
    except csv.Error:
        values = [text for text in taken[:1]]
    return values, taken


def _parse_row(line: int, values: dict[str, str], dialect: Dialect) -> Row:
    """Return the row that these values are.

    :raise BadRowError: with the first thing that is wrong
    """
    if not values["customer_id"]:
        raise BadRowError("no customer")
    if not values["date"]:
        raise BadRowError("no date")
    quantity = values.get("quantity")
    return Row(
        line=line,
        customer_id=values["customer_id"],
        moment=parse_moment(values["date"], dialect.day_first),
        amount=parse_amount("amount", values["amount"], dialect),
        quantity=parse_amount("quantity", quantity, dialect) if quantity else None,
        currency=values.get("currency", "").upper(),
        **{
            name: values.get(name, "")
            for name in ("order", "customer_name", "product", "country")
        },
    )


def _check_currency(code: str, known: set[str] | None) -> None:
    if code and known is not None and code not in known:
        raise BadRowError(f"unknown currency {code!r}")


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a file is not loaded yet: rows with their fingerprints, file order."""

    rows: list[tuple[Row, str]]
    changed: list[Row]
    """Numbered orders that were loaded before with other values: left as they are."""


def missing_rows(rows: Iterable[Row], loaded: Iterable[tuple[str, str]]) -> Missing:
    """Tell which rows are to be loaded.

    A row is loaded when its fingerprint is, as often as it occurs. A numbered order
    whose values were changed in the file after it was loaded is not loaded a second
    time. Two rows may share an order number: both are loaded.

    :param loaded: (fingerprint, order number or "") of what was loaded before
    """
    there = Counter(loaded)
    candidates = []
    for row in rows:
        key = (row.fingerprint(), row.order)
        if there[key]:
            there[key] -= 1
        else:
            candidates.append((row, key[0]))
    orders_left: Counter[str] = Counter()
    for (_fingerprint, order), count in there.items():
        if order:
            orders_left[order] += count
    missing = Missing([], [])
    for row, fingerprint in candidates:
        if orders_left[row.order]:
            orders_left[row.order] -= 1
            missing.changed.append(row)
        else:
            missing.rows.append((row, fingerprint))
    return missing
