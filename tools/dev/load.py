"""Load an order history from a CSV file as confirmed sale orders: ``./dev load``.

One row of the file becomes one order with one line, at its true date and untaxed. It
is done in batches, each committed, and can be interrupted at any moment, even killed:
an order remembers the row that it came from (its source document), so running the same
command again, with the same file or a corrected one, loads only what is missing.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from datetime import date

from odoo_script import ScriptError, open_database, quiet_environment
from order_history import HistoryFile, UnreadableFileError
from order_loader import Loader, Result

from odoo.api import Environment

EXIT_ALL, EXIT_SOME, EXIT_NOTHING, EXIT_INTERRUPTED = 0, 1, 2, 130


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; the database is named after the file unless given."""
    parser = argparse.ArgumentParser(
        prog="./dev load",
        description="Load an order history as confirmed sale orders.",
        epilog="Columns: customer_id, date, amount (untaxed); and, if there, order, "
        "customer_name, product, quantity, country, currency. Customers are the "
        "contacts whose reference is customer_id. Dates are local time of the "
        "company. Running it again loads only what is missing. Exit code: 0 all rows "
        "are loaded, 1 some were refused, 2 nothing could be done.",
    )
    parser.add_argument("file", metavar="FILE.csv", help="CSV in UTF-8, plain or .gz")
    parser.add_argument(
        "-d",
        "--database",
        metavar="NAME",
        help="created with the app if missing (default: named after the file)",
    )
    parser.add_argument(
        "--company", metavar="NAME", help="name or id of the company (default: first)"
    )
    parser.add_argument(
        "--until",
        metavar="DATE",
        type=read_day,
        help="move the whole history by whole weeks, so that it ends on this day or "
        "just before (YYYY-MM-DD or today), to see an old one as if it were yours",
    )
    options = parser.parse_args(arguments)
    if not options.database:
        stem = options.file.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0]
        options.database = re.sub(r"\W+", "_", stem.lower(), flags=re.ASCII).strip("_")
    if not options.database:
        parser.error("name the database with --database")
    return options


def read_day(text: str) -> date:
    """Return the day that a person wrote: ``today`` or an ISO date."""
    return date.today() if text == "today" else date.fromisoformat(text)


def main(arguments: list[str] | None = None) -> int:
    """Load the file that the command line names; return the exit code."""
    options = parse_arguments(arguments)
    started = time.monotonic()
    try:
        source = HistoryFile(options.file)
        if ignored := source.layout.ignored:
            print(f"Columns that are not read: {', '.join(ignored)}")
        registry = open_database(options.database, install=True)
        with quiet_environment(registry) as env:
            loader = Loader(env, find_company(env, options.company), options.until)
            result = loader.load(source)
            print_summary(result, loader, time.monotonic() - started)
            print(f"See it: ./dev odoo server -d {options.database}")
    except (ScriptError, UnreadableFileError) as error:
        print(f"load: {error}", file=sys.stderr)
        return EXIT_NOTHING
    except KeyboardInterrupt:
        print(
            "\nload: interrupted; the same command goes on from here", file=sys.stderr
        )
        return EXIT_INTERRUPTED
    return EXIT_SOME if result.bad else EXIT_ALL


def find_company(env: Environment, wanted: str | None):
    """Return the company of that name or id, the first one when none is asked for.

    :raise ScriptError: no such company
    """
    companies = env["res.company"].search([], order="id")
    if not wanted:
        return companies[:1]
    for company in companies:
        if wanted == str(company.id) or wanted.lower() == company.name.lower():
            return company
    raise ScriptError(
        f"no company {wanted!r}; there is: {', '.join(companies.mapped('name'))}"
    )


def print_summary(result: Result, loader: Loader, seconds: float) -> None:
    """Say what was loaded, what was not, and where the customers stand."""
    for note in result.notes:
        print(f"Note: {note}.")
    if result.waiting:
        print(f"Note: {result.waiting:,} customers wait for their card's refresh.")
    already = f" ({result.present:,} were there before)" if result.present else ""
    print(f"Customers     {result.customers:>9,}")
    print(f"Orders loaded {result.loaded:>9,}{already}")
    print(f"Rows refused  {len(result.bad):>9,}")
    print(f"Seconds       {seconds:>9,.0f}")
    print(f"Stages of {loader.company.name}:")
    for stage, count in loader.stage_counts().items():
        print(f"  {stage:<14}{count:>7,}")


if __name__ == "__main__":
    sys.exit(main())
