"""The addon inside Odoo and ./dev forecast say the same of the same orders."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

HEADING = "customer_id,date,amount"
# Days of the replay: up to the first fit that only the replay makes.
REPLAY_DAYS = 27


def history(today: date, customers: int = 70) -> list[str]:
    """Rows of customers of many paces over 18 months, with returns and worthless days.

    Busier before the feast, so that there is a season to find.
    """
    chance = random.Random(11)
    rows = []
    for number in range(customers):
        pace = chance.uniform(8, 60)
        day = today - timedelta(days=round(chance.uniform(30, 540)))
        while day <= today and chance.random() > 0.05:
            rows.append(f"C{number:03},{day},{chance.randint(5, 500)}")
            if chance.random() < 0.1:
                amount = chance.choice(["0", "-20", "15.50"])
                rows.append(f"C{number:03},{day + timedelta(days=1)},{amount}")
            factor = 0.6 if day.month in (10, 11, 12) else 1.0
            pause = chance.gammavariate(2, pace * factor / 2)
            day += timedelta(days=max(1, round(pause)))
    rows += [f"BACK,{today - timedelta(days=40)},-10", f"ZERO,{today},0"]
    rows += [f"ONCE,{today - timedelta(days=1)},10", f"TODAY,{today},10"]
    return [row for row in rows if date.fromisoformat(row.split(",")[1]) <= today]


@pytest.fixture
def told_by_both(dev, database, sql, tmp_path):
    """Return what the addon has stored, and what the command writes, by customer."""
    orders = tmp_path / "orders.csv"
    [(today,)] = sql("SELECT (NOW() AT TIME ZONE 'UTC')::date")
    orders.write_text("\n".join([HEADING, *history(today), ""]))
    sql("UPDATE res_company SET lifecycle_tz = 'UTC'")
    loaded = dev("load", orders, "--database", database)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    # midnight may have passed meanwhile
    [(as_of, state)] = sql(
        "SELECT fit.date, fit.state FROM customer_lifecycle_fit AS fit WHERE is_used"
    )
    assert state == "fitted"
    cards = sql(
        "SELECT partner.ref, card.return_chance, card.expected_purchases,"
        "       stage.code, card.slipping_date, card.purchase_count"
        "  FROM customer_lifecycle AS card"
        "  JOIN res_partner AS partner ON partner.id = card.partner_id"
        "  JOIN customer_lifecycle_stage AS stage ON stage.id = card.stage_id"
        " WHERE card.active AND partner.ref IS NOT NULL"
    )

    def written(*options) -> list[dict[str, str]]:
        out = Path(tmp_path / "out.csv")
        run = dev("forecast", orders, "--as-of", as_of, *options, "-o", out)
        assert run.returncode == 0, run.stdout + run.stderr
        with out.open(newline="") as stream:
            return list(csv.DictReader(stream))

    return as_of, {name: figures for name, *figures in cards}, written


def test_addon_and_command_give_the_same_figures(told_by_both):
    as_of, cards, written = told_by_both
    quarter = {row["customer_id"]: row for row in written("--horizon", 90)}
    year = {row["customer_id"]: row for row in written("--horizon", 365)}

    assert len(cards) > 60 and sorted(quarter) == sorted(cards)
    stages = {name: row["stage"] for name, row in quarter.items()}
    assert stages == {name: figures[2] for name, figures in cards.items()}
    assert len(set(stages.values())) == 5
    for name, (chance, expected, stage, _slipping, count) in cards.items():
        if stage == "acquisition":
            assert count == 0 and quarter[name]["p_return"] == ""
            continue
        assert float(quarter[name]["p_return"]) == pytest.approx(chance, abs=6e-5)
        assert float(year[name]["expected_orders"]) == pytest.approx(
            float(expected), abs=6e-3
        )

    last = as_of + timedelta(days=REPLAY_DAYS)
    alerts = {row["customer_id"]: row["date"] for row in written("--replay", last)}
    assert len(alerts) > 3
    assert alerts == {
        name: str(slipping)
        for name, (*_figures, slipping, _count) in cards.items()
        if slipping and as_of < slipping <= last
    }
