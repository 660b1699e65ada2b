"""The kernel against what was published of a data set that everybody has."""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CDNOW = ROOT.parent / "shared" / "data" / "cdnow_sample.csv.gz"
sys.path.insert(0, str(ROOT / "tools" / "dev"))

from forecast_kernel import kernel  # noqa: E402
from order_history import HistoryFile  # noqa: E402

WEEK = 7
END = date(1997, 9, 30).toordinal()


@pytest.fixture(scope="module")
def customers():
    """The calibration period of the CDNOW sample: 39 weeks, 2,357 customers."""
    if not CDNOW.exists():
        pytest.skip(f"needs the order history {CDNOW.name} beside the checkout")
    days = defaultdict(set)
    for row in HistoryFile(CDNOW).read().rows:  # orders of no value count in the paper
        if row.moment.date().toordinal() <= END:
            days[row.customer_id].add(row.moment.date().toordinal())
    found = []
    for bought in days.values():
        first, last = min(bought), max(bought)
        span = (last - first) / WEEK
        pause = (END - last) / WEEK
        found.append(kernel("fit").Customer(len(bought) - 1, span, 0.0, pause, 1.0))
    assert len(found) == 2357
    return found


def bg_nbd(**parameters):
    """Return the special case of the kernel that is BG/NBD."""
    return kernel("model").Population(
        weights=(1, 0, 0, 0, 0), leaves_at_first=False, typical_days=4.0, **parameters
    )


def test_log_likelihood_of_the_published_parameters(customers):
    published = bg_nbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
    found = kernel("fit").total_log_likelihood(published, customers)
    assert found == pytest.approx(-9582.4, abs=0.05)


def test_fit_finds_the_published_parameters(customers):
    start = bg_nbd(r=1.0, alpha=4.0, a=1.0, b=2.0)
    found = kernel("fit").climb(start, customers, tolerances=(1.0, 1e-2, 1e-6, 1e-9))
    assert found.r == pytest.approx(0.243, abs=5e-4)
    assert found.alpha == pytest.approx(4.414, abs=5e-3)
    assert found.a == pytest.approx(0.793, abs=5e-4)
    assert found.b == pytest.approx(2.426, abs=5e-3)
