"""./dev bench forecast: the figures, on cases small enough to count by hand."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools" / "dev"))

import bench_forecast  # noqa: E402
import bench_metrics as metrics  # noqa: E402
import bench_season  # noqa: E402
from bench_forecast import Case  # noqa: E402
from bench_methods import FixedDays, OwnInterval, fixed_days, own_interval  # noqa: E402
from bench_metrics import Lost, Window  # noqa: E402

# --- figures --------------------------------------------------------------------------


def test_auc_is_one_for_the_right_order_and_zero_for_the_opposite():
    outcomes = [False, False, True, True]
    assert metrics.auc([1, 2, 3, 4], outcomes) == 1
    assert metrics.auc([4, 3, 2, 1], outcomes) == 0
    assert metrics.auc([1, 2, 2, 3], outcomes) == 3.5 / 4


def test_good_pause_ends_in_the_window_and_has_three_purchases_before():
    histories = {
        "early": [0, 10, 20, 100],
        "two before": [0, 10, 120],
        "open": [0, 10, 20],
        "late": [0, 10, 20, 201],
        "good": [0, 10, 20, 101, 200],
    }
    assert metrics.good_pauses(histories, Window(100, 200)) == [
        ("good", 20, 101),
        ("good", 101, 200),
    ]


def test_pause_is_disturbed_by_an_alert_between_its_purchases_only():
    pause = ("A", 10, 20)
    for day, is_disturbed in ((10, False), (11, True), (19, True), (20, False)):
        assert bool(metrics.disturbed([pause], [("A", day)])) is is_disturbed
    assert not metrics.disturbed([pause], [("B", 15)])


def test_lost_customer_is_silent_for_three_own_intervals_and_sixty_days():
    histories = {
        "lost": [100, 110, 120],
        "slow": [40, 80, 120],
        "before": [60, 70, 80],
        "two": [110, 120],
        "short": [100, 119, 139],
    }
    lost = metrics.lost_customers(histories, Window(100, 199), 199)
    assert lost == [Lost("lost", 120, 10.0)]


def test_silent_customer_is_told_by_days_alone():
    histories = {
        "silent": [100, 108, 109],
        "slow": [20, 60, 109],
        "back": [100, 108, 110],
        "before": [60, 70, 99],
        "two": [100, 109],
    }
    silent = metrics.silent_customers(histories, Window(100, 199), 199)
    assert [customer.name for customer in silent] == ["silent", "slow"]


def test_alert_counts_for_the_last_pause_only():
    lost = [Lost("A", 50, 10.0), Lost("B", 50, 10.0)]
    alerts = [("A", 30), ("A", 62), ("B", 45)]
    assert metrics.days_to_alert(lost, alerts) == [12, None]


def test_deadline_is_that_of_the_third_of_buyers():
    histories = {
        "fast": [0, 4, 8],
        "medium": [0, 10, 20],
        "slow": [0, 50, 100],
    }
    lost = [Lost("x", 0, 3.0), Lost("y", 0, 9.0), Lost("z", 0, 11.0)]
    assert metrics.deadlines(lost, histories, 200) == [12, 30, 150]


def test_thirds_do_not_look_at_what_comes_later():
    known = {"a": [0, 1, 2], "b": [0, 9, 18], "c": [0, 90, 180]}
    later = {"a": [0, 1, 2, 900], "b": [0, 9, 18, 201], "c": [0, 90, 180], "d": [300]}
    assert metrics.thirds(later, 200) == metrics.thirds(known, 200)


# --- what is compared with ------------------------------------------------------------


def test_own_interval_alerts_after_its_multiple_from_three_purchases_on():
    assert OwnInterval(usual=30).slipping([0, 10, 20]) == 40
    assert OwnInterval(usual=30, multiple=2.5).slipping([0, 10, 20]) == 45
    assert OwnInterval(usual=30).slipping([0, 10]) is None
    assert FixedDays().slipping([0, 10, 20]) == 110


def test_multiple_that_disturbs_as_much_is_the_smallest():
    """Ten customers pause 10 days, then each of them once for 11, 12, ... 20 days."""
    histories = {f"C{number}": (0, 10, 20, 30, 40 + number) for number in range(1, 11)}
    case = Case("", "", date.fromordinal(30), 30, date.fromordinal(60))
    multiple, judged = bench_forecast.same_share(0.3, histories, case)
    # Of pauses of 11 to 20 days the alert on day 17 falls into 18, 19 and 20.
    assert judged.disturbed == pytest.approx(0.3)
    assert 1.6 < multiple <= 1.7


def test_method_is_given_the_past_only():
    histories = {"A": (1, 5, 9, 30), "B": (40,), "C": (2, 12)}
    given = []

    def method(known, as_of):
        given.append((dict(known), as_of))
        return own_interval(known, as_of)

    case = Case("", "", date.fromordinal(10), 90)
    outlook = bench_forecast.look(method, histories, case)
    assert given == [({"A": (1, 5, 9), "C": (2,)}, 10)]
    # A is expected on day 13 and came on 30, C on day 11 (or later) and came on 12
    assert outlook.auc_all is None
    assert outlook.date_error_rhythm == 17


# --- logs of our own making -----------------------------------------------------------


@pytest.mark.parametrize("months", [13, 26])
def test_log_has_its_months_its_season_and_growth(months):
    histories = bench_season.make_log(bench_season.WORLDS[0], months)
    assert histories == bench_season.make_log(bench_season.WORLDS[0], months)
    days = [day for history in histories.values() for day in history]
    assert date.fromordinal(min(days)) == bench_season.LOG_STARTS[months]

    def bought(year, month):
        first = date(year, month, 1).toordinal()
        return sum(first <= day < first + 28 for day in days)

    assert bought(2024, 11) > 2 * bought(2024, 2)
    assert bought(2025, 3) > bought(2024, 3)
    for history in histories.values():
        assert list(history) == sorted(set(history))


def test_log_without_season_has_none():
    histories = bench_season.make_log(bench_season.WORLDS[-1], 13)
    days = [day for history in histories.values() for day in history]
    february, november = (
        sum(date.fromordinal(day).strftime("%Y-%m") == month for day in days)
        for month in ("2024-02", "2024-11")
    )
    assert february < november < 1.4 * february


# --- the command ----------------------------------------------------------------------


def test_missing_logs_are_named_and_the_rest_goes_on(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench_forecast, "DATA", tmp_path)
    bench_forecast.log_of.cache_clear()
    try:
        assert bench_forecast.main(["--no-season", "--no-database"]) == 0
    finally:
        bench_forecast.log_of.cache_clear()
    shown = capsys.readouterr().out
    for name in (bench_forecast.CDNOW, bench_forecast.WHOLESALER):
        assert f"skipped, {name} is not in" in shown


def test_figures_measured_in_odoo_are_read_from_its_log(tmp_path):
    log = tmp_path / "bench-database.log"
    log.write_text(
        "a line of Odoo\n"
        "  41.2000 s   30.1000 s here     120 MB  together\n"
        "   0.0034 s    0.0020 s here       0 MB  "
        "one customer after a purchase: its forecast\n"
    )
    report = bench_forecast.Report()
    rows = bench_forecast.summary_table(
        report, [], bench_forecast.read_database_log(log)
    )
    shown = {row[0]: row[2] for row in rows}
    assert shown["fit, score and dates of 200,000 customers"] == "41 s, 120 MB"
    assert shown["one customer after one purchase: forecast"] == "3.4 ms"


def test_each_case_lies_within_its_log():
    for case in bench_forecast.CASES:
        histories = bench_forecast.log_of(case.file)
        if histories is None:
            pytest.skip(f"the real order history {case.file} is not here")
        last = max(days[-1] for days in histories.values())
        assert case.day + case.horizon <= last
        if case.replay_until:
            assert case.replay_until.toordinal() <= last


def test_baselines_are_measured_on_a_real_log():
    if bench_forecast.log_of(bench_forecast.CDNOW) is None:
        pytest.skip(f"the real order history {bench_forecast.CDNOW} is not here")
    report = bench_forecast.evaluate(
        {"fixed": fixed_days, "own": own_interval}, bench_forecast.CASES[:1]
    )
    [results] = report.results.values()
    assert results["fixed"].outlook.auc_awake > results["own"].outlook.auc_awake > 0.5
    # The multiple that disturbs as much as twice the own interval is two.
    assert results["own"].multiple == pytest.approx(2, abs=0.05)


def test_what_is_not_measured_is_refused_in_one_line(dev):
    run = dev("bench", "weather")
    assert run.returncode == 1
    [line] = run.stderr.strip().splitlines()
    assert line.startswith("dev: bench what? ")
    for what in ("forecast", "outreach", "today"):
        assert f"./dev bench {what}" in line
