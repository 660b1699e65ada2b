"""Forecast the customers of a CSV file with the addon's kernel: ``./dev forecast``.

Nothing but Python's standard library is needed: no Odoo, no database. What comes after
the day of the forecast is never looked at, so that a past day can be tried.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from forecast_kernel import Histories, as_date, day_of, histories_of, kernel
from forecast_replay import Replay, SlippingDay
from order_history import BadRow, HistoryFile, Row, UnreadableFileError
from progress import Progress

EXIT_ALL, EXIT_SOME, EXIT_NOTHING, EXIT_INTERRUPTED = 0, 1, 2, 130
DEFAULT_HORIZON_DAYS = 90
LONGEST_HORIZON_DAYS = 3650
FIRST_YEAR, LAST_YEAR = 1900, 2200
#: Customers below which a forecast is done before a bar could be read.
PROGRESS_FROM = 2000
PREDICTIONS = (
    "customer_id",
    "p_return",
    "p_alive",
    "expected_orders",
    "next_order_date",
    "stage",
)
ALERTS = ("customer_id", "date")
#: The rules of the stages as the addon ships them (``data/customer_lifecycle_stage``):
#: the purchases from which a stage holds, the highest first.
STAGES = ((4, "retention"), (2, "growth"), (1, "conversion"), (0, "acquisition"))
LAPSED_STAGE = "reactivation"


class ForecastError(Exception):
    """Nothing can be done; the message is one line: what is wrong, what to do."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for. Days are ordinals; files None if not wanted."""

    source: Path
    as_of: int
    horizon: int
    zone: tzinfo
    predictions: Path | None
    alerts: Path | None
    replay_until: int | None


# --- the command line -----------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    """Ends in one line that says what to do, instead of the whole usage."""

    def error(self, message):
        raise ForecastError(f"{message}; see ./dev forecast --help")


class _Output(argparse.Action):
    """Collects ``(file, came after --replay)``."""

    def __call__(self, parser, namespace, value, option_string=None):
        outputs = [*(namespace.outputs or []), (value, namespace.replay is not None)]
        namespace.outputs = outputs


def read_day(text: str) -> int:
    """Return the day that a person wrote, as an ordinal.

    >>> read_day("2010-06-30") == date(2010, 6, 30).toordinal()
    True
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date like 2010-12-31"
        ) from None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise argparse.ArgumentTypeError(
            f"{text} is not between the years {FIRST_YEAR} and {LAST_YEAR}"
        )
    return day.toordinal()


def read_horizon(text: str) -> int:
    """Return a number of days."""
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    days = int(text)
    if not 1 <= days <= LONGEST_HORIZON_DAYS:
        raise argparse.ArgumentTypeError(
            f"{days} is not between 1 and {LONGEST_HORIZON_DAYS} days"
        )
    return days


def read_zone(text: str) -> tzinfo:
    """Return the time zone of that name; UTC needs no time zone data."""
    if text.upper() == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(
            f"there is no time zone {text!r}: name one like Europe/Madrid"
        ) from None


def parse_arguments(arguments: Sequence[str] | None = None) -> Request:
    """Read the command line.

    :raise ForecastError: something is missing or wrong
    """
    parser = _Parser(
        prog="./dev forecast",
        allow_abbrev=False,
        description="Forecast the customers of an order history, as seen on a day.",
        epilog="FILE has the columns customer_id, date, amount, as for ./dev load. "
        "predictions: customer_id, p_return (chance to buy within the horizon), "
        "p_alive, expected_orders (within the horizon), next_order_date, stage. "
        "alerts: customer_id, date; one line for each pause that enters slipping "
        "after --as-of and up to --replay, each day seeing only the past and the model "
        "fitted again every 28 days. For both in one run give -o twice: the one after "
        "--replay is for the alerts. Exit code: 0 all rows were used, 1 some were "
        "refused, 2 nothing could be done.",
    )
    parser.add_argument("file", metavar="FILE.csv", help="CSV in UTF-8, plain or .gz")
    parser.add_argument(
        "--as-of",
        metavar="DATE",
        type=read_day,
        required=True,
        help="the last day that is known (YYYY-MM-DD)",
    )
    parser.add_argument(
        "--horizon",
        metavar="DAYS",
        type=read_horizon,
        default=DEFAULT_HORIZON_DAYS,
        help="how far to look ahead (default: %(default)s)",
    )
    parser.add_argument(
        "--replay",
        metavar="DATE",
        type=read_day,
        help="walk day by day from --as-of to this day and write the alerts",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.csv",
        dest="outputs",
        action=_Output,
        help="where to write the predictions; with --replay, the alerts",
    )
    parser.add_argument(
        "--tz",
        metavar="ZONE",
        type=read_zone,
        default="UTC",
        help="time zone of the company, for dates with an offset (default: UTC)",
    )
    options = parser.parse_args(arguments)
    predictions, alerts = _outputs(options.outputs or [], options.replay is not None)
    _check(options, predictions, alerts)
    return Request(
        Path(options.file),
        options.as_of,
        options.horizon,
        options.tz,
        predictions,
        alerts,
        options.replay,
    )


def _outputs(
    given: list[tuple[str, bool]], is_replay: bool
) -> tuple[Path | None, Path | None]:
    """Return the files for predictions and alerts.

    :param given: (file, came after --replay), as on the command line
    :raise ForecastError: not as many files as there are things to write

    >>> _outputs([("a.csv", False)], False)[0].name
    'a.csv'
    >>> [file.name for file in _outputs([("a.csv", True), ("p.csv", True)], True)]
    ['p.csv', 'a.csv']
    """
    most = 2 if is_replay else 1
    if not given:
        raise ForecastError("name the file to write with -o FILE.csv")
    if len(given) > most:
        raise ForecastError(
            "more -o than there is to write: one for the predictions, and with "
            "--replay one after it for the alerts"
        )
    files = [Path(file) for file, _after in given]
    if not is_replay:
        return files[0], None
    position = next((n for n, (_file, after) in enumerate(given) if after), -1)
    alerts = files.pop(position)
    return (files[0] if files else None), alerts


def _check(options, predictions: Path | None, alerts: Path | None) -> None:
    """:raise ForecastError: the answers do not fit together"""
    if options.replay is not None and options.replay <= options.as_of:
        raise ForecastError("--replay must be a day after --as-of")
    files = [file.resolve() for file in (predictions, alerts) if file]
    if len(set(files)) < len(files):
        raise ForecastError("-o names the same file twice: name two")
    if Path(options.file).resolve() in files:
        raise ForecastError("-o names the file that is read: name another")
    for file in files:
        if file.is_dir():
            raise ForecastError(f"{file} is a folder: name a file with -o")
        if not file.parent.is_dir():
            raise ForecastError(f"there is no folder {file.parent}: make it first")


# --- the forecast ---------------------------------------------------------------------


def stage_of(purchases: int, has_lapsed: bool) -> str:
    """Return the code of the stage by the rules that the addon ships.

    >>> [stage_of(count, False) for count in (0, 1, 3, 4)]
    ['acquisition', 'conversion', 'growth', 'retention']
    >>> stage_of(9, True)
    'reactivation'
    """
    if has_lapsed and purchases:
        return LAPSED_STAGE
    return next(stage for least, stage in STAGES if purchases >= least)


def predictions_of(histories: Histories, as_of: int, horizon: int) -> Iterator[tuple]:
    """Yield one row for each customer, as of ``PREDICTIONS``.

    :param histories: up to the day; one without purchases has empty figures
    """
    forecast = kernel("forecast")
    buyers = [days for days in histories.values() if days]
    population = kernel("fit").fit(buyers, as_of).population
    limits = forecast.Limits(horizon_days=horizon)
    forecaster = forecast.Forecaster(population, limits)
    for name, days in histories.items():
        if not days:
            yield name, "", "", "", "", stage_of(0, False)
            continue
        summary = forecast.summarize(days, population.season)
        found = forecaster.forecast(summary, as_of)
        expected = forecaster.expected(summary, as_of, horizon)
        has_lapsed = found.lapsed is not None and as_of >= found.lapsed
        yield (
            name,
            as_number(found.return_chance),
            as_number(found.alive_chance),
            as_number(expected),
            as_date(forecaster.next_purchase(summary, as_of)),
            stage_of(len(days), has_lapsed),
        )


def slipping_days(histories: Histories, as_of: int) -> SlippingDay:
    """Return what tells the day on which the pause after a history becomes slipping."""
    forecast = kernel("forecast")
    population = kernel("fit").fit(histories.values(), as_of).population
    forecaster = forecast.Forecaster(population)

    def slipping_day(days: Sequence[int]) -> int | None:
        _due, slipping, _lapsed = forecaster.dates(
            forecast.summarize(days, population.season)
        )
        return slipping

    return slipping_day


def as_number(figure: float | None) -> str:
    """Return a figure as text, nothing where there is none.

    >>> as_number(0.25), as_number(float("nan")), as_number(None)
    ('0.250000', '', '')
    """
    if figure is None or not math.isfinite(figure):
        return ""
    return f"{figure:.6f}"


# --- files ----------------------------------------------------------------------------


@contextmanager
def written(path: Path) -> Iterator:
    """Give a CSV writer; the file appears when the block is left, or not at all.

    :raise ForecastError: it cannot be written
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            yield csv.writer(stream, lineterminator="\n")
        # A file that is already there keeps its rights.
        if path.exists():
            unfinished.chmod(path.stat().st_mode & 0o777)
        unfinished.replace(path)
    except OSError as error:
        raise ForecastError(
            f"cannot write {path}: {error.strerror or error}; name another file "
            "with -o, or make room"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def read(source: Path, zone: tzinfo) -> tuple[list[Row], list[BadRow]]:
    """Read the orders and report what is refused.

    :raise UnreadableFileError: nothing of it can be read
    """
    file = HistoryFile(source)
    if ignored := file.layout.ignored:
        print(f"Columns that are not read: {', '.join(ignored)}")
    history = file.read()
    for row in history.bad:
        print(f"line {row.line}: {row.why}")
    currencies = {row.currency for row in history.rows}
    if len(currencies) > 1:
        print("Note: more than one currency; only the sign of an amount counts here.")
    return history.rows, history.bad


def known_on(rows: Iterable[Row], day: int, zone: tzinfo) -> Histories:
    """Return the histories of who has a row up to the day, of nothing later."""
    return histories_of((row for row in rows if day_of(row.moment, zone) <= day), zone)


def write_predictions(request: Request, rows: list[Row]) -> int:
    """Write the predictions; return the number of customers."""
    histories = known_on(rows, request.as_of, request.zone)
    total = len(histories)
    with written(request.predictions) as writer, bar("Customers", total) as progress:
        writer.writerow(PREDICTIONS)
        for line in predictions_of(histories, request.as_of, request.horizon):
            writer.writerow(line)
            progress(1)
    return total


def write_alerts(request: Request, rows: list[Row]) -> int:
    """Write the alerts of the replay; return their number."""
    count = 0
    days = request.replay_until - request.as_of
    replay = Replay(known_on(rows, request.replay_until, request.zone), slipping_days)
    with written(request.alerts) as writer, bar("Days", days, 0) as progress:
        writer.writerow(ALERTS)
        for name, day in replay.run(request.as_of, request.replay_until, progress):
            writer.writerow((name, as_date(day)))
            count += 1
    return count


@contextmanager
def bar(title: str, total: int, least: int = PROGRESS_FROM) -> Iterator:
    """Show how far long work is; give the function that counts."""
    if total < least:
        yield lambda count: None
        return
    with Progress(title, total) as progress:
        yield progress.add


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code."""
    try:
        request = parse_arguments(arguments)
        rows, bad = read(request.source, request.zone)
        if request.predictions:
            count = write_predictions(request, rows)
            print(f"Customers     {count:>9,}  {request.predictions}")
        if request.alerts:
            count = write_alerts(request, rows)
            print(f"Alerts        {count:>9,}  {request.alerts}")
        print(f"Rows used     {len(rows):>9,}")
        print(f"Rows refused  {len(bad):>9,}")
    except (ForecastError, UnreadableFileError) as error:
        print(f"forecast: {error}", file=sys.stderr)
        return EXIT_NOTHING
    except KeyboardInterrupt:
        print("\nforecast: interrupted: nothing was written", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_SOME if bad else EXIT_ALL


if __name__ == "__main__":
    sys.exit(main())
