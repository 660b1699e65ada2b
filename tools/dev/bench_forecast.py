"""Measure the forecast against what others do: ``./dev bench forecast``.

Another method is measured by the same figures with ``evaluate({"mine": method})``,
where ``method(histories, as_of)`` returns what ``bench_methods.Fitted`` describes.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from statistics import median

import bench_metrics as metrics
import bench_season
from bench_methods import METHODS, Method, own_interval
from bench_metrics import THIRDS, Window
from forecast_kernel import Histories, histories_of, until
from forecast_replay import Replay
from order_history import HistoryFile

DATA = Path(__file__).parents[3] / "shared" / "data"
#: For AUC: customers who are silent for at most so many own mean intervals.
AWAKE_INTERVALS = 3
#: Multiples of the own interval between which one is looked for that disturbs as much.
MULTIPLES = 0.5, 12.0
MULTIPLE_STEPS = 14
#: Days after the peak, and logs of our own making of each kind.
SEASON_DAYS = 90
SEASON_SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Case:
    """One log seen from one day: what is forecast for the days after it."""

    title: str
    file: str
    as_of: date
    horizon: int
    replay_until: date | None = None

    @property
    def day(self) -> int:
        return self.as_of.toordinal()


CDNOW, WHOLESALER = "cdnow_sample.csv.gz", "online_retail_2010.csv.gz"
#: The CD shop has the calibration of the published papers. The wholesaler is seen from
#: the middle of its year, and from as late as 90 days before its end.
CASES = (
    Case("CD shop, 90 days", CDNOW, date(1997, 9, 30), 90, date(1998, 6, 30)),
    Case("CD shop, 273 days", CDNOW, date(1997, 9, 30), 273),
    Case("wholesaler, June", WHOLESALER, date(2010, 6, 30), 90, date(2010, 12, 9)),
    Case("wholesaler, September", WHOLESALER, date(2010, 9, 10), 90),
)


@cache
def log_of(file: str) -> Histories | None:
    """Return the histories of a log, None where it is not on this machine."""
    path = DATA / file
    if not path.exists():
        return None
    histories = histories_of(HistoryFile(path).read().rows)
    return {name: days for name, days in histories.items() if days}


@dataclass
class Outlook:
    """How good what was said on one day was, for the days that followed."""

    auc_awake: float | None
    auc_all: float | None
    date_error: float | None
    date_error_rhythm: float | None
    expected_to_came: float | None
    seconds: float


@dataclass
class Alerting:
    """What the alerts of one replay did. Shares are None of nothing."""

    alerts: int
    disturbed: float | None
    disturbed_by_third: dict[str, float | None]
    good_pauses: int
    lost: int
    in_time: float | None
    silent_in_time: float | None
    found: float | None
    median_delay: float | None
    seconds: float


@dataclass
class Result:
    """All figures of one method for one case."""

    outlook: Outlook
    alerting: Alerting | None = None
    multiple: float | None = None
    same_share: Alerting | None = None
    """The multiple of the own interval that disturbs as many good pauses, and what it
    does: the honest thing to beat."""


@dataclass
class Report:
    """Figures by case and method, and what could not be measured."""

    results: dict[str, dict[str, Result]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def evaluate(
    methods: Mapping[str, Method] = METHODS, cases: Sequence[Case] = CASES
) -> Report:
    """Measure methods on cases; what is missing is left out and noted."""
    report = Report()
    for case in cases:
        histories = log_of(case.file)
        if histories is None:
            report.notes.append(f"{case.title}: skipped, {case.file} is not in {DATA}")
            continue
        for name, method in methods.items():
            say(f"{case.title}: {name} ...")
            try:
                result = Result(look(method, histories, case))
                if case.replay_until:
                    result.alerting = alert(method, histories, case)
            except ImportError as error:
                report.notes.append(f"{name}: skipped, {error}")
                continue
            report.results.setdefault(case.title, {})[name] = result
        if case.replay_until:
            _add_same_share(report.results.get(case.title, {}), histories, case)
    report.notes = list(dict.fromkeys(report.notes))
    return report


def look(method: Method, histories: Histories, case: Case) -> Outlook:
    """Fit on what was known on the day, and compare with what came."""
    started = time.monotonic()
    known = known_on(histories, case.day)
    fitted = method(known, case.day)
    scores = {
        name: fitted.score(days, case.day, case.horizon) for name, days in known.items()
    }
    came = {name: first_after(histories[name], case) for name in known}
    awake = [name for name, days in known.items() if is_awake(days, case.day)]
    back = [name for name in known if came[name] is not None]
    dates = {
        name: fitted.next_day(known[name], case.day, case.horizon) for name in back
    }
    steady = [name for name in back if len(known[name]) >= metrics.MIN_PURCHASES]
    seconds = time.monotonic() - started

    def auc(names):
        return metrics.auc(
            [scores[name] for name in names], [came[name] is not None for name in names]
        )

    def error(names):
        return metrics.median_error(
            [dates[name] for name in names],
            [came[name] for name in names],
            case.horizon,
        )

    return Outlook(
        auc(awake),
        auc(known),
        error(back),
        error(steady),
        expected_to_came(lambda _known, _day: fitted, histories, case),
        seconds,
    )


def known_on(histories: Histories, day: int) -> Histories:
    """Return the histories up to a day, of who had bought by then."""
    known = {name: until(days, day) for name, days in histories.items()}
    return {name: days for name, days in known.items() if days}


def is_awake(days: Sequence[int], as_of: int) -> bool:
    """Say whether a repeat buyer is silent for at most three own mean intervals."""
    interval = metrics.mean_interval(days)
    return interval is not None and as_of - days[-1] <= AWAKE_INTERVALS * interval


def first_after(days: Sequence[int], case: Case) -> int | None:
    """Return the first purchase within the horizon."""
    position = bisect_right(days, case.day)
    if position < len(days) and days[position] <= case.day + case.horizon:
        return days[position]
    return None


def purchases_between(histories: Histories, names, case: Case) -> int:
    """Return how many purchases these customers made within the horizon."""
    return sum(
        bisect_right(histories[name], case.day + case.horizon)
        - bisect_right(histories[name], case.day)
        for name in names
    )


def alert(method: Method, histories: Histories, case: Case) -> Alerting:
    """Replay the days after, and judge the alerts by what came."""
    started = time.monotonic()
    window = Window(case.day, case.replay_until.toordinal())
    replay = Replay(histories, lambda known, day: method(known, day).slipping)
    alerts = list(replay.run(window.first, window.last))
    return judge(alerts, histories, window, time.monotonic() - started)


def judge(alerts, histories: Histories, window: Window, seconds: float) -> Alerting:
    """Count the good pauses that were disturbed, and the lost customers found."""
    pauses = metrics.good_pauses(histories, window)
    hit = metrics.disturbed(pauses, alerts)
    third = metrics.thirds(histories, window.first)
    lost = metrics.lost_customers(histories, window, window.last)
    delays = metrics.days_to_alert(lost, alerts)
    limits = metrics.deadlines(lost, histories, window.first)
    silent = metrics.silent_customers(histories, window, window.last)

    def of_third(pauses, name):
        return sum(third.get(customer) == name for customer, _start, _end in pauses)

    def share_within(delays, days):
        met = sum(
            delay is not None and delay <= limit
            for delay, limit in zip(delays, days, strict=True)
        )
        return metrics.share(met, len(delays))

    never = window.last - window.first
    return Alerting(
        alerts=len(alerts),
        disturbed=metrics.share(len(hit), len(pauses)),
        disturbed_by_third={
            name: metrics.share(of_third(hit, name), of_third(pauses, name))
            for name in THIRDS
        },
        good_pauses=len(pauses),
        lost=len(lost),
        in_time=share_within(delays, limits),
        silent_in_time=share_within(
            metrics.days_to_alert(silent, alerts), [metrics.SILENT_DAYS] * len(silent)
        ),
        found=metrics.share(sum(delay is not None for delay in delays), len(lost)),
        median_delay=median(never if delay is None else delay for delay in delays)
        if lost
        else None,
        seconds=seconds,
    )


def _add_same_share(results: dict[str, Result], histories: Histories, case: Case):
    """Find for each method the multiple of the own interval that disturbs as much."""
    for result in results.values():
        if result.alerting and result.alerting.disturbed is not None:
            result.multiple, result.same_share = same_share(
                result.alerting.disturbed, histories, case
            )


def same_share(
    disturbed: float, histories: Histories, case: Case
) -> tuple[float, Alerting]:
    """Return the smallest multiple that disturbs at most this share, and its alerts."""
    low, high = MULTIPLES
    best = None
    for _step in range(MULTIPLE_STEPS):
        multiple = (low + high) / 2

        def method(known, day, multiple=multiple):
            return own_interval(known, day, multiple)

        judged = alert(method, histories, case)
        if judged.disturbed <= disturbed:
            high, best = multiple, (multiple, judged)
        else:
            low = multiple
    return best or (multiple, judged)


# --- the season -----------------------------------------------------------------------


def season_ratios(
    methods: Mapping[str, Method] = METHODS,
    worlds: Sequence[bench_season.World] = bench_season.WORLDS,
    seeds: Sequence[int] = SEASON_SEEDS,
) -> list[tuple[str, dict[str, list[float | None]]]]:
    """Return how many purchases were forecast for each that came, after the peak.

    For the customers known on the last day of the year, in the 90 days after it.

    :return: ``(what kind of log, {method: [ratio for each seed]})``
    """
    found = []
    for world in worlds:
        for months in bench_season.LOG_STARTS:
            title = f"{world.title}, {months} months"
            case = Case(title, "", bench_season.AS_OF, SEASON_DAYS)
            ratios: dict[str, list[float | None]] = {}
            for seed in seeds:
                say(f"{title}, log {seed} ...")
                histories = bench_season.make_log(world, months, seed)
                for name, method in methods.items():
                    with suppress(ImportError):
                        ratio = expected_to_came(method, histories, case)
                        ratios.setdefault(name, []).append(ratio)
            found.append((title, ratios))
    return found


def expected_to_came(method: Method, histories: Histories, case: Case) -> float | None:
    """Return the purchases forecast for the horizon by those that came."""
    known = known_on(histories, case.day)
    fitted = method(known, case.day)
    expected = [
        fitted.expected(days, case.day, case.horizon) for days in known.values()
    ]
    if None in expected:
        return None
    return sum(expected) / purchases_between(histories, known, case)


# --- the table ------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def as_text(value, kind: str) -> str:
    if value is None:
        return "-"
    return {
        "share": lambda: f"{value:.1%}",
        "auc": lambda: f"{value:.3f}",
        "days": lambda: f"{value:.1f} d",
        "ratio": lambda: f"{value:.2f}",
        "seconds": lambda: f"{value:.1f} s",
        "count": lambda: f"{value:,}",
    }[kind]()


OUTLOOK_ROWS = (
    ("AUC, silent for at most 3 own intervals", "auc_awake", "auc"),
    ("AUC, everybody", "auc_all", "auc"),
    ("next purchase date, median error", "date_error", "days"),
    ("- who had bought three times", "date_error_rhythm", "days"),
    ("purchases expected / came", "expected_to_came", "ratio"),
    ("fit and forecast", "seconds", "seconds"),
)
ALERT_ROWS = (
    ("alerts", "alerts", "count"),
    ("good pauses disturbed", "disturbed", "share"),
    ("lost customers found in time", "in_time", "share"),
    ("silent for 90 days, found within them", "silent_in_time", "share"),
    ("found at all", "found", "share"),
    ("median days to the alert", "median_delay", "days"),
    ("replay", "seconds", "seconds"),
)


def table_of(title: str, results: dict[str, Result]) -> list[list[str]]:
    """Return the rows of one case, heading first."""
    rows = [[title, *results]]
    for label, name, kind in OUTLOOK_ROWS:
        values = [getattr(result.outlook, name) for result in results.values()]
        rows.append([label, *(as_text(value, kind) for value in values)])
    judged = [result.alerting for result in results.values()]
    if not any(judged):
        return rows
    for label, name, kind in ALERT_ROWS:
        rows.append([label, *(as_text(getattr(one, name), kind) for one in judged)])
        if name == "disturbed":
            for third in THIRDS:
                values = [one.disturbed_by_third[third] for one in judged]
                rows.append(
                    [f"- {third} third", *(as_text(value, "share") for value in values)]
                )
    same = [
        (
            as_text(result.same_share.in_time, "share"),
            f"{as_text(result.same_share.median_delay, 'days')}",
            f"{result.multiple:.2f}",
        )
        for result in results.values()
    ]
    for label, column in zip(
        (
            "own interval that disturbs as many: in time",
            "- median days to the alert",
            "- its multiple",
        ),
        zip(*same, strict=True),
        strict=True,
    ):
        rows.append([label, *column])
    rows.append(["good pauses", *(as_text(one.good_pauses, "count") for one in judged)])
    rows.append(["lost customers", *(as_text(one.lost, "count") for one in judged)])
    return rows


def season_table(found) -> list[list[str]]:
    """Return the rows of the forecasts after a peak, heading first."""
    names = [name for name in METHODS if any(name in ratios for _, ratios in found)]
    rows = [["forecast / came, 90 days after the peak", *names]]
    for title, ratios in found:
        cells = [
            " ".join(as_text(ratio, "ratio") for ratio in ratios.get(name, ()))
            for name in names
        ]
        rows.append([title, *cells])
    return rows


def print_table(rows: list[list[str]]) -> None:
    """Print rows as a table that reads well as text and as Markdown."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])]
        cells += [
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        print("| " + " | ".join(cells) + " |")
        if not number:
            rules = [
                "-" * widths[0],
                *("-" * (width - 1) + ":" for width in widths[1:]),
            ]
            print("| " + " | ".join(rules) + " |")
    print()


# --- what was asked for ---------------------------------------------------------------

OURS, BG_NBD, TWICE, FIXED = METHODS
#: What ``bench_database.py`` prints of each step: seconds, megabytes, what.
DATABASE_LINE = re.compile(r"\s*([\d.]+) s\s+[\d.]+ s here\s+(\d+) MB\s+(.+)")
DATABASE_ROWS = (
    ("fit, score and dates of 200,000 customers", "60 s, 300 MB", "together"),
    (
        "one customer after one purchase: forecast",
        "5 ms",
        "one customer after a purchase: its forecast",
    ),
    (
        "- with all other facts, written",
        "",
        "one customer after a purchase: facts and forecast written",
    ),
)


def summary_table(
    report: Report, season: list, database: dict[str, tuple[float, int]]
) -> list[list[str]]:
    """Return the rows of what the forecast has to reach, and whether it does."""
    rows = [["to reach", "at least", *METHODS]]
    for title, results in report.results.items():
        rows += _outlook_summary(title, results)
        if any(result.alerting for result in results.values()):
            rows += _alert_summary(title, results)
    for title, ratios in season:
        cells = [_range(ratios.get(name, [])) for name in METHODS]
        asked = "0.75 to 1.25" if not title.startswith("no") else "as good as even"
        rows.append([f"forecast / came after the peak: {title}", asked, *cells])
    for label, asked, step in DATABASE_ROWS:
        rows.append([label, asked, _cost(database.get(step)), "-", "-", "-"])
    return rows


def _outlook_summary(title: str, results: dict[str, Result]) -> list[list[str]]:
    rows = [[f"AUC, silent for at most 3 own intervals: {title}", "BG/NBD's"]]
    rows[0] += _cells(results, "auc_awake", "auc")
    if title.startswith("wholesaler"):
        for label, name in (
            ("median error of the next date", "date_error"),
            ("- with a rhythm of their own", "date_error_rhythm"),
        ):
            cells = _cells(results, name, "days")
            rows.append([f"{label}: {title}", "BG/NBD's - 15 %", *cells])
    return rows


def _cells(results: dict[str, Result], name: str, kind: str) -> list[str]:
    return [
        as_text(getattr(results[method].outlook, name), kind)
        if method in results
        else "-"
        for method in METHODS
    ]


def _alert_summary(title: str, results: dict[str, Result]) -> list[list[str]]:
    """Return the rows on alerts: good pauses disturbed, and lost customers found."""
    thirds = [
        f"good pauses disturbed, fast / medium / slow: {title}",
        "7-12 / 7-12 / -12",
    ]
    rows = [thirds]
    for name in METHODS:
        judged = results[name].alerting if name in results else None
        shares = (
            [as_text(judged.disturbed_by_third[third], "share") for third in THIRDS]
            if judged
            else ["-"]
        )
        thirds.append(" / ".join(shares))
    for label, figure in (
        ("lost customers found in time", "in_time"),
        ("- silent for 90 days, found within them", "silent_in_time"),
    ):
        rows.append([f"{label}: {title}", "as the own interval"])
        rows[-1] += [_found(results.get(name), figure) for name in METHODS]
        ours = results.get(OURS)
        if ours and ours.same_share:
            share = as_text(getattr(ours.same_share, figure), "share")
            position = 2 + list(METHODS).index(TWICE)
            rows[-1][position] = f"{share} (at {ours.multiple:.2f} intervals)"
    return rows


def _found(result: Result | None, figure: str) -> str:
    """Return a share of the lost that a method has found."""
    if not result or not result.alerting:
        return "-"
    return as_text(getattr(result.alerting, figure), "share")


def _range(ratios: Sequence[float | None]) -> str:
    known = [ratio for ratio in ratios if ratio is not None]
    return f"{min(known):.2f} to {max(known):.2f}" if known else "-"


def _cost(measured: tuple[float, int] | None) -> str:
    if not measured:
        return "not measured"
    seconds, megabytes = measured
    return (
        f"{seconds:.0f} s, {megabytes} MB"
        if seconds >= 1
        else f"{seconds * 1e3:.1f} ms"
    )


def read_database_log(path: Path | None) -> dict[str, tuple[float, int]]:
    """Return ``{step: (seconds, megabytes)}`` of what ``bench_database.py`` printed."""
    if path is None or not path.exists():
        return {}
    found = map(DATABASE_LINE.fullmatch, path.read_text(errors="replace").splitlines())
    return {match[3]: (float(match[1]), int(match[2])) for match in found if match}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; what is given narrows them, to try something quickly."""
    parser = argparse.ArgumentParser(
        prog="./dev bench forecast",
        description="Measure the forecast against what others do.",
        epilog="Without options everything is measured, which takes some minutes.",
    )
    parser.add_argument(
        "--case", metavar="WORD", default="", help="only cases with this word"
    )
    parser.add_argument(
        "--no-season", action="store_true", help="without the logs of our own making"
    )
    parser.add_argument(
        "--no-database", action="store_true", help="without 200,000 customers in Odoo"
    )
    parser.add_argument("--database-log", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    report = evaluate(cases=[case for case in CASES if options.case in case.title])
    season = [] if options.no_season else season_ratios()
    database = read_database_log(options.database_log)
    print_table(summary_table(report, season, database))
    for title, results in report.results.items():
        print_table(table_of(title, results))
    if season:
        print_table(season_table(season))
    for step, measured in database.items():
        print(f"{_cost(measured):>14}  {step}")
    for note in report.notes:
        print(f"Note: {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
