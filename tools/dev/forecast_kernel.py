"""The addon's forecasting kernel, and what a purchase is, without Odoo.

The kernel is pure Python in ``customer_lifecycle/tools``; importing it by its usual
name would import the addon, and with it Odoo.
"""

from __future__ import annotations

import importlib
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import ModuleType

from order_history import Row

KERNEL = Path(__file__).parents[2] / "customer_lifecycle" / "tools"
PACKAGE = "customer_lifecycle_tools"
CENT = Decimal("0.01")

#: Ascending distinct purchase days of each customer, as proleptic ordinals.
Histories = dict[str, tuple[int, ...]]


def kernel(name: str) -> ModuleType:
    """Return a module of the kernel: ``kernel("fit").fit(...)``.

    :raise ModuleNotFoundError: there is no such module
    """
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(KERNEL)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")


def histories_of(rows: Iterable[Row], zone: tzinfo | None = None) -> Histories:
    """Return what customers bought; one without any purchase has an empty history.

    As the addon sees the same rows after ``./dev load``: each row is a document of its
    own, and a day is a purchase when at least one of them is worth something, to the
    cent. A return does not take back what another row of the day bought.

    :param zone: where the days of moments with an offset fall; others are local
    :return: in the order of the customers' names, so that the order of rows is nothing

    >>> rows = [
    ...     Row(2, "B", datetime(2026, 1, 2), Decimal(10)),
    ...     Row(3, "B", datetime(2026, 1, 2, 9), Decimal(-10)),
    ...     Row(4, "A", datetime(2026, 1, 3), Decimal("0.004")),
    ... ]
    >>> [(name, len(days)) for name, days in histories_of(rows).items()]
    [('A', 0), ('B', 1)]
    """
    days: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        bought = days[row.customer_id]
        if row.amount.quantize(CENT, ROUND_HALF_UP) > 0:
            bought.add(day_of(row.moment, zone))
    return {name: tuple(sorted(days[name])) for name in sorted(days)}


def day_of(moment: datetime, zone: tzinfo | None = None) -> int:
    """Return the day on which a moment falls, as an ordinal."""
    if moment.tzinfo is not None and zone is not None:
        moment = moment.astimezone(zone)
    return moment.toordinal()


def until(days: tuple[int, ...], day: int) -> tuple[int, ...]:
    """Return the purchases up to and including a day.

    >>> until((1, 5, 9), 5)
    (1, 5)
    """
    return days[: bisect_right(days, day)]


def as_date(ordinal: float | None) -> str:
    """Return a day as people write it, nothing for none and for no day of a calendar.

    >>> as_date(date(2026, 1, 2).toordinal()), as_date(None), as_date(1e12)
    ('2026-01-02', '', '')
    """
    if ordinal is None or not 1 <= ordinal <= date.max.toordinal():
        return ""
    return date.fromordinal(int(ordinal)).isoformat()
