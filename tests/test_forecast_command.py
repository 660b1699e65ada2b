"""./dev forecast: what customers will do, and the alerts of the past as they would have
come, from a CSV file alone."""

from __future__ import annotations

import csv
import doctest
import math
import random
import re
import shutil
import sys
from ast import literal_eval
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "dev"))

import bench_metrics  # noqa: E402
import forecast as forecast_command  # noqa: E402
import forecast_kernel  # noqa: E402
from forecast_replay import REFIT_DAYS, Replay  # noqa: E402

HEADING = "customer_id,date,amount\n"
PREDICTIONS = "customer_id,p_return,p_alive,expected_orders,next_order_date,stage"
START, AS_OF, UNTIL = date(2025, 1, 1), date(2025, 7, 31), date(2025, 10, 31)


# --- a shop of our own making ---------------------------------------------------------


def shop(customers: int = 60, seed: int = 7) -> list[str]:
    """Rows of customers of many paces, of whom some stop, until ``UNTIL``."""
    chance = random.Random(seed)
    rows = []
    for number in range(customers):
        pace = chance.uniform(6, 45)
        day = START + timedelta(days=chance.uniform(0, 120))
        while day <= UNTIL and chance.random() > 0.04:
            rows.append(f"C{number:03},{day},{chance.randint(5, 500)}.50")
            day += timedelta(days=max(1, round(chance.gammavariate(2, pace / 2))))
    return rows


@pytest.fixture(scope="module")
def rows() -> list[str]:
    return shop()


@pytest.fixture
def forecast(dev, tmp_path):
    """Run the command over a text or rows; the run has what it wrote, if it did."""

    def run(content, *options, as_of=AS_OF, predictions=True, replay=None):
        path = tmp_path / "orders.csv"
        text = content if isinstance(content, str) else "\n".join([*content, ""])
        if not text.startswith("customer_id"):
            text = HEADING + text
        path.write_text(text, encoding="utf-8")
        arguments = ["--as-of", as_of, *options]
        files = {}
        if predictions:
            files["predictions"] = tmp_path / "predictions.csv"
            arguments += ["-o", files["predictions"]]
        if replay:
            files["alerts"] = tmp_path / "alerts.csv"
            arguments += ["--replay", replay, "-o", files["alerts"]]
        for file in files.values():
            file.unlink(missing_ok=True)
        done = dev("forecast", path, *arguments)
        assert "Traceback" not in done.stdout + done.stderr
        for name, file in files.items():
            setattr(done, name, file.read_text() if file.exists() else None)
        return done

    return run


def by_customer(text: str) -> dict[str, dict[str, str]]:
    return {row["customer_id"]: row for row in csv.DictReader(text.splitlines())}


def alerts_of(text: str) -> list[tuple[str, date]]:
    return [
        (row["customer_id"], date.fromisoformat(row["date"]))
        for row in csv.DictReader(text.splitlines())
    ]


def purchases(rows: list[str]) -> dict[str, list[date]]:
    days = defaultdict(list)
    for row in rows:
        name, day, _amount = row.split(",")
        days[name].append(date.fromisoformat(day))
    return {name: sorted(set(dates)) for name, dates in days.items()}


# --- predictions ----------------------------------------------------------------------


def test_predictions_have_a_row_for_each_customer(forecast, rows):
    run = forecast(rows, "--horizon", 90)

    assert run.returncode == 0, run.stderr
    assert run.predictions.splitlines()[0] == PREDICTIONS
    found = by_customer(run.predictions)
    seen = [name for name, days in purchases(rows).items() if days[0] <= AS_OF]
    assert sorted(found) == sorted(seen) == list(found)
    for row in found.values():
        assert 0 <= float(row["p_return"]) <= float(row["p_alive"]) <= 1
        assert float(row["expected_orders"]) >= float(row["p_return"]) - 1e-6
        assert date.fromisoformat(row["next_order_date"]) > AS_OF


def test_longer_horizon_never_lowers_what_is_expected(forecast, rows):
    near = by_customer(forecast(rows, "--horizon", 30).predictions)
    far = by_customer(forecast(rows, "--horizon", 180).predictions)

    for name, row in near.items():
        for figure in ("p_return", "expected_orders"):
            assert float(row[figure]) <= float(far[name][figure]) + 1e-6
        assert row["p_alive"] == far[name]["p_alive"]


def test_horizon_is_that_of_the_addon_unless_given(forecast, rows):
    assert forecast(rows).predictions == forecast(rows, "--horizon", 90).predictions


def test_what_comes_after_the_day_is_not_looked_at(forecast, rows):
    known = [row for row in rows if date.fromisoformat(row.split(",")[1]) <= AS_OF]
    future = ["C001,2025-08-01,10", "NEW,2025-09-01,10", "C002,2199-01-01,10"]

    assert len(known) < len(rows)
    expected = forecast(known).predictions
    assert forecast(rows).predictions == expected
    assert forecast([*known, *future]).predictions == expected


def test_two_runs_and_any_order_of_rows_give_the_same_file(forecast, rows):
    mixed = random.Random(1).sample(rows, len(rows))
    first = forecast(rows, replay=UNTIL)

    for again in (forecast(rows, replay=UNTIL), forecast(mixed, replay=UNTIL)):
        assert again.predictions == first.predictions
        assert again.alerts == first.alerts


def test_stages_follow_purchases_and_the_own_rhythm(forecast, rows):
    own = ["ONCE,2025-07-30,10", "TWICE,2025-07-01,10", "TWICE,2025-07-30,10"]
    own += [f"OFTEN,2025-07-{day:02},10" for day in (2, 9, 16, 23, 30)]
    own += [f"GONE,2025-01-{day:02},10" for day in (2, 9, 16, 23, 30)]
    own += ["BACK,2025-07-30,-10"]
    found = by_customer(forecast([*rows, *own]).predictions)

    stages = {name: found[name]["stage"] for name in ("ONCE", "TWICE", "OFTEN")}
    assert stages == {"ONCE": "conversion", "TWICE": "growth", "OFTEN": "retention"}
    assert found["GONE"]["stage"] == "reactivation"
    assert found["BACK"]["stage"] == "acquisition"


def test_stages_are_those_that_the_addon_ships():
    data = ROOT / "customer_lifecycle" / "data"
    rules = {}
    for file in data.glob("*stage*.xml"):
        for record in ElementTree.parse(file).iter("record"):
            fields = {field.get("name"): field.text for field in record}
            rules[fields["code"]] = literal_eval(fields.get("rule_domain") or "[]")

    assert rules["acquisition"] == []
    assert rules["conversion"] == [("purchase_count", "=", 1)]
    assert rules["growth"] == [("purchase_count", "in", [2, 3])]
    assert rules["retention"] == [("purchase_count", ">=", 4)]
    assert rules["reactivation"] == [("health", "=", "lapsed")]


def test_returns_do_not_undo_another_row_as_in_the_addon(forecast, rows):
    """Each row is a document: a day counts when one of them is worth something."""
    plain = ["X,2025-06-01,10", "X,2025-07-01,10"]
    mixed = [
        "X,2025-06-01 09:00,10",
        "X,2025-06-01 17:00,10",
        "X,2025-06-15,-10",
        "X,2025-06-20,0",
        "X,2025-06-21,0.004",
        "X,2025-07-01,-500",
        "X,2025-07-01,10",
    ]

    expected = forecast([*rows, *plain]).predictions
    assert by_customer(expected)["X"]["stage"] == "growth"
    assert forecast([*rows, *mixed]).predictions == expected


def test_moment_with_an_offset_falls_on_the_day_of_the_company(forecast, rows):
    """23:30 in Madrid is the last day that is known there, and not yet in UTC."""
    late = [*rows, "X,2025-07-31T23:30Z,10"]

    assert "X" in by_customer(forecast(late).predictions)
    assert "X" not in by_customer(forecast(late, "--tz", "Europe/Madrid").predictions)


# --- the replay -----------------------------------------------------------------------


def test_alerts_come_once_in_each_pause_and_after_three_purchases(forecast, rows):
    run = forecast(rows, predictions=False, replay=UNTIL)

    alerts, history = alerts_of(run.alerts), purchases(rows)
    assert run.alerts.splitlines()[0] == "customer_id,date"
    assert len(alerts) > 10
    pauses = set()
    for name, day in alerts:
        assert AS_OF < day <= UNTIL
        before = [bought for bought in history[name] if bought <= day]
        assert len(before) >= 3 and before[-1] < day
        pauses.add((name, before[-1]))
    assert len(pauses) == len(alerts)
    assert alerts == sorted(alerts, key=lambda alert: (alert[1], alert[0]))


def test_replay_sees_only_the_past(forecast, rows):
    """Whatever is bought after a day changes no alert up to that day."""
    middle = AS_OF + timedelta(days=45)
    known = [row for row in rows if date.fromisoformat(row.split(",")[1]) <= middle]
    names = sorted(purchases(known))
    others = [
        f"{name},{middle + timedelta(days=days)},99"
        for days, name in enumerate(names[::2], 1)
    ]
    others += [f"NEW{day},{middle + timedelta(days=day)},5" for day in range(1, 40)]

    def up_to_middle(content):
        alerts = alerts_of(forecast(content, predictions=False, replay=UNTIL).alerts)
        return [alert for alert in alerts if alert[1] <= middle]

    expected = up_to_middle(known)
    assert len(expected) > 5
    assert up_to_middle([*known, *others]) == expected
    assert up_to_middle(rows) == expected
    shorter = forecast(rows, predictions=False, replay=middle)
    assert alerts_of(shorter.alerts) == expected


def test_pause_that_was_slipping_before_is_not_written(forecast, rows):
    weekly = [f"W,{date(2025, 6, 1) + timedelta(days=7 * n)},10" for n in range(8)]
    last = date(2025, 7, 20)

    def days_of(as_of):
        run = forecast([*rows, *weekly], as_of=as_of, predictions=False, replay=UNTIL)
        return [day for name, day in alerts_of(run.alerts) if name == "W"]

    [alert] = days_of(last)
    assert last < alert < last + timedelta(days=42)
    # Each starts from a fit of its own day, which may move the date a little.
    [again] = days_of(alert - timedelta(days=4))
    assert abs(again - alert) <= timedelta(days=3)
    assert days_of(alert + timedelta(days=4)) == []


def test_both_files_in_one_run_are_those_of_two(forecast, rows):
    both = forecast(rows, replay=UNTIL)

    assert both.returncode == 0, both.stderr
    assert both.predictions == forecast(rows).predictions
    assert both.alerts == forecast(rows, predictions=False, replay=UNTIL).alerts


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ("-o p", ("p", None)),
        ("--replay 2025-10-31 -o a", (None, "a")),
        ("-o a --replay 2025-10-31", (None, "a")),
        ("-o p --replay 2025-10-31 -o a", ("p", "a")),
        ("--replay 2025-10-31 -o a -o p", ("p", "a")),
        ("-o p -o a --replay 2025-10-31", ("p", "a")),
    ],
)
def test_output_after_replay_is_for_the_alerts(arguments, expected):
    request = forecast_command.parse_arguments(
        ["x.csv", "--as-of", "2025-07-31", *arguments.split()]
    )
    files = (request.predictions, request.alerts)
    assert tuple(file and file.name for file in files) == expected


# --- the replay, without a model ------------------------------------------------------


def replay(histories, slipping, first, last):
    """The alerts where ``slipping(history, fitted on)`` gives the date."""
    fits = []

    def fit(known, day):
        fits.append((day, {name: tuple(days) for name, days in known.items()}))
        return lambda history: slipping(history, day)

    alerts = list(Replay(histories, fit).run(first, last))
    return alerts, fits


def test_replay_fits_again_every_four_weeks_with_what_is_known():
    histories = {"A": (1, 20, 50), "B": (40,)}
    _alerts, fits = replay(histories, lambda days, fitted: None, 10, 70)

    assert REFIT_DAYS == 28
    assert fits == [
        (10, {"A": (1,)}),
        (38, {"A": (1, 20)}),
        (66, {"A": (1, 20, 50), "B": (40,)}),
    ]


def test_alert_comes_on_its_date_or_on_the_fit_that_moves_it_to_the_past():
    def slipping(days, fitted):
        return days[-1] + (100 if fitted < 38 else 30)

    alerts, _fits = replay({"A": (1, 5)}, slipping, 10, 80)
    assert alerts == [("A", 38)]


def test_later_fit_does_not_alert_a_pause_again():
    def slipping(days, fitted):
        return fitted + 3

    alerts, _fits = replay({"A": (1,)}, slipping, 10, 100)
    assert alerts == [("A", 13)]


def test_purchase_on_the_day_of_the_alert_prevents_it_and_starts_a_pause():
    def slipping(days, fitted):
        return days[-1] + 10

    alerts, _fits = replay({"A": (15, 25, 40)}, slipping, 20, 60)
    assert alerts == [("A", 35), ("A", 50)]


def test_alert_that_was_before_is_not_given_again_but_the_next_pause_has_its_own():
    def slipping(days, fitted):
        return days[-1] + 5

    alerts, _fits = replay({"A": (1, 30)}, slipping, 10, 60)
    assert alerts == [("A", 35)]


# --- bad input ------------------------------------------------------------------------

BAD_INPUTS = {
    "nobody": [],
    "one customer, one purchase": ["X,2025-07-01,10"],
    "first purchase yesterday": ["X,2025-07-30,10"],
    "first purchase today": ["X,2025-07-31,10"],
    "purchases in the future": ["X,2025-07-01,10", "X,2026-01-01,10", "Y,2030-01-01,1"],
    "a thousand on one day": ["X,2025-07-01,10"] * 1000 + ["Y,2025-05-01,10"],
    "all amounts zero": [f"X,2025-0{month}-01,0" for month in range(1, 8)],
    "all amounts negative": [f"X,2025-0{month}-01,-5" for month in range(1, 8)],
    "before 1970": [f"X,19{year}-03-01,10" for year in range(40, 70)],
    "from 1900 on": ["X,1900-01-01,10", "X,1900-01-02,10", "X,1900-01-03,10"],
    "every day alike": [
        f"X{number},{START + timedelta(days=day)},10"
        for number in range(35)
        for day in range(30)
    ],
    "everybody once": [
        f"X{number},2025-06-{number % 28 + 1:02},1" for number in range(60)
    ],
    "all on the same two days": [
        f"X{number},2025-0{month}-01,1" for number in range(60) for month in (5, 6)
    ],
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_gives_right_or_empty_cells(forecast, name):
    run = forecast(BAD_INPUTS[name], replay=UNTIL)

    assert run.returncode == 0, run.stderr
    assert not re.search(r"nan|inf", run.predictions + run.alerts, re.IGNORECASE)
    days = {
        customer: [day for day in dates if day <= AS_OF]
        for customer, dates in purchases(BAD_INPUTS[name]).items()
    }
    found = by_customer(run.predictions)
    assert sorted(found) == sorted(customer for customer in days if days[customer])
    for row in found.values():
        figures = [row["p_return"], row["p_alive"], row["expected_orders"]]
        if row["stage"] == "acquisition":
            assert figures == ["", "", ""] and row["next_order_date"] == ""
        else:
            assert all(math.isfinite(float(figure)) for figure in figures)
            assert not row["next_order_date"] or row["next_order_date"] > str(AS_OF)


def test_without_purchases_there_are_headings_only(forecast):
    run = forecast([], replay=UNTIL)

    assert run.predictions == PREDICTIONS + "\n"
    assert run.alerts == "customer_id,date\n"


@pytest.mark.parametrize("name", ["all amounts zero", "all amounts negative"])
def test_who_never_bought_is_in_acquisition_with_empty_cells(forecast, name):
    run = forecast(BAD_INPUTS[name])

    assert run.predictions.splitlines()[1:] == ["X,,,,,acquisition"]


def test_customer_with_ten_thousand_purchases_is_like_any_other(forecast, rows):
    busy = [
        f"BUSY,{date(1998, 3, 15) + timedelta(days=day)},10" for day in range(10_000)
    ]
    run = forecast([*rows, *busy], "--horizon", 90)

    found = by_customer(run.predictions)["BUSY"]
    last = date(1998, 3, 15) + timedelta(days=9_999)
    assert last == date(2025, 7, 30)
    assert float(found["p_return"]) > 0.95
    assert 60 < float(found["expected_orders"]) < 95
    assert (
        date(2025, 8, 1)
        <= date.fromisoformat(found["next_order_date"])
        < date(2025, 8, 8)
    )


def test_bad_rows_are_reported_and_the_others_used(forecast, rows):
    bad = ["X,2025-02-30,10", "X,2025-07-01,much", ",2025-07-01,10"]
    run = forecast([*bad, *rows])

    assert run.returncode == 1
    reasons = [line for line in run.stdout.splitlines() if line.startswith("line ")]
    assert [reason.split(":")[0] for reason in reasons] == [
        "line 2",
        "line 3",
        "line 4",
    ]
    assert run.predictions == forecast(rows).predictions


# --- failures -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, says",
    [
        ("{file} --as-of 2025-07-31", "-o"),
        ("{file} -o {out}", "--as-of"),
        ("{file} --as-of yesterday -o {out}", "2010-12-31"),
        ("{file} --as-of 2025-02-30 -o {out}", "2010-12-31"),
        ("{file} --as-of 1066-10-14 -o {out}", "between"),
        ("{file} --as-of 2025-07-31 --horizon 0 -o {out}", "between"),
        ("{file} --as-of 2025-07-31 --horizon -5 -o {out}", "--horizon"),
        ("{file} --as-of 2025-07-31 --horizon many -o {out}", "number of days"),
        ("{file} --as-of 2025-07-31 --replay 2025-07-31 -o {out}", "after --as-of"),
        ("{file} --as-of 2025-07-31 -o {out} -o {out}", "-o"),
        ("{file} --as-of 2025-07-31 --replay 2025-08-31 -o {out} -o {out}", "twice"),
        ("{file} --as-of 2025-07-31 -o {file}", "another"),
        ("{file} --as-of 2025-07-31 -o {folder}", "folder"),
        ("{file} --as-of 2025-07-31 -o {folder}/missing/x.csv", "folder"),
        ("{file} --as-of 2025-07-31 -o {out} --tz Atlantis", "time zone"),
        ("{file} --as-of 2025-07-31 -o {out} --surprise", "--help"),
        ("{folder}/missing.csv --as-of 2025-07-31 -o {out}", "No such file"),
        ("{empty} --as-of 2025-07-31 -o {out}", "empty"),
        ("{other} --as-of 2025-07-31 -o {out}", "no column customer_id"),
        ("--as-of 2025-07-31 -o {out}", "FILE.csv"),
    ],
)
def test_failure_ends_in_one_line_and_writes_nothing(dev, tmp_path, arguments, says):
    places = {
        "file": "orders.csv",
        "empty": "empty.csv",
        "other": "other.csv",
        "out": "out.csv",
    }
    places = {name: tmp_path / file for name, file in places.items()}
    places["file"].write_text(f"{HEADING}X,2025-07-01,10\n")
    places["empty"].touch()
    places["other"].write_text("name,price\nA,1\n")
    places["out"].write_text("as it was")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    run = dev("forecast", *arguments.format(**places, folder=tmp_path).split())

    assert run.returncode == 2
    assert says in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_interrupted_run_leaves_the_file_as_it_was(monkeypatch, tmp_path, capsys):
    def interrupted(*_arguments):
        yield "X", "0.5", "0.5", "1", "2025-08-01", "growth"
        raise KeyboardInterrupt

    source, out = tmp_path / "orders.csv", tmp_path / "out.csv"
    source.write_text(f"{HEADING}X,2025-07-01,10\n")
    out.write_text("as it was")
    monkeypatch.setattr(forecast_command, "predictions_of", interrupted)

    code = forecast_command.main([str(source), "--as-of", "2025-07-31", "-o", str(out)])

    assert code == 130
    assert out.read_text() == "as it was"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["orders.csv", "out.csv"]
    assert "interrupted" in capsys.readouterr().err


def test_neither_odoo_nor_database_nor_setup_is_needed(dev, tmp_path, rows):
    """A checkout with nothing but the command and the kernel, and an empty PATH."""
    checkout = tmp_path / "checkout"
    for part in ("tools/dev", "customer_lifecycle/tools"):
        shutil.copytree(
            ROOT / part,
            checkout / part,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copy(ROOT / "dev", checkout / "dev")
    source, out = tmp_path / "orders.csv", tmp_path / "out.csv"
    source.write_text(HEADING + "\n".join(rows))

    run = dev(
        "forecast",
        source,
        "--as-of",
        AS_OF,
        "-o",
        out,
        root=checkout,
        env={"ODOO_HOME": "/nowhere", "PGHOST": "/nowhere", "PATH": "/usr/bin:/bin"},
    )

    assert run.returncode == 0, run.stderr
    assert len(out.read_text().splitlines()) > 50
    assert not (checkout / ".dev").exists()


def test_kernel_needs_nothing_but_the_standard_library():
    names = {
        name.split(".")[0]
        for file in Path(ROOT, "customer_lifecycle", "tools").glob("*.py")
        for name in re.findall(
            r"^(?:from|import) ([a-z_]\w*)", file.read_text(), re.MULTILINE
        )
    }
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize(
    "module",
    [bench_metrics, forecast_command, forecast_kernel],
    ids=lambda module: module.__name__,
)
def test_examples_in_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed
