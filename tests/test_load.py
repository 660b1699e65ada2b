"""./dev load: a real order history becomes orders and cards, once and completely."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest

from conftest import ROOT, outside_environment

REAL = ROOT.parent / "shared" / "data"
REAL_ROWS = 400
HEADING = "customer_id,date,amount\n"
# As in tools/dev/order_loader.py, which cannot be imported without Odoo.
LOCK_KEY = 0x1FEC1C1E


@pytest.fixture
def load(dev, database, tmp_path):
    """Load a text as a file into ``database``; options follow."""

    def load_(text: str, *options):
        path = tmp_path / "history.csv"
        path.write_text(text, encoding="utf-8")
        return dev("load", path, "--database", database, *options)

    return load_


def figures(run) -> dict[str, int]:
    """The summary that a load prints, by its words."""
    found = {}
    for line in run.stdout.splitlines():
        for word in ("Customers", "Orders loaded", "Rows refused"):
            if line.startswith(word):
                found[word] = int(line[len(word) :].split()[0].replace(",", ""))
    return found


def real_rows(name: str, count: int | None = None) -> list[dict[str, str]]:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real order history {name} is not here")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))[:count]


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_good_file_loads_every_row_as_a_true_order(load, sql):
    sql("UPDATE res_company SET lifecycle_tz = 'Europe/Madrid'")
    run = load(
        "order;customer_id;customer_name;date;amount;product;quantity;country;currency\n"
        "A1;7;Café Uno;2024-07-01 00:30;1.234,50;Coffee;4;España;USD\n"
        "A2;7;Café Uno;2024-07-03 10:00;-12,50;Coffee;;;usd\n"
        "A3;8;;2024-12-01;0;;;Atlantis;\n"
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert figures(run) == {"Customers": 2, "Orders loaded": 3, "Rows refused": 0}
    assert "countries that Odoo does not know: Atlantis" in run.stdout
    orders = sql(
        "SELECT sale.client_order_ref, partner.ref, partner.name, country.code,"
        "       sale.state, NOT COALESCE(sale.locked, FALSE),"
        "       sale.date_order::text, sale.amount_untaxed, sale.amount_total,"
        "       line.product_uom_qty::float, currency.name"
        "  FROM sale_order AS sale"
        "  JOIN res_partner AS partner ON partner.id = sale.partner_id"
        "  JOIN sale_order_line AS line ON line.order_id = sale.id"
        "  JOIN res_currency AS currency ON currency.id = sale.currency_id"
        "  LEFT JOIN res_country AS country ON country.id = partner.country_id"
        " ORDER BY sale.client_order_ref"
    )
    uno, eight = ("7", "Café Uno"), ("8", "Customer 8")
    assert [(row[0], *row[3:6], row[6], *map(float, row[7:10])) for row in orders] == [
        # The night in Madrid is the evening before in UTC.
        ("A1", "ES", "sale", True, "2024-06-30 22:30:00", 1234.5, 1234.5, 4),
        ("A2", "ES", "sale", True, "2024-07-03 08:00:00", -12.5, -12.5, -1),
        # A day without a time is kept at noon.
        ("A3", None, "sale", True, "2024-12-01 11:00:00", 0, 0, 1),
    ]
    assert [row[1:3] for row in orders] == [uno, uno, eight]
    assert {row[10] for row in orders} == {"USD"}
    cards = sql(
        "SELECT partner.ref, card.purchase_count, card.first_purchase_date::text,"
        "       stage.code"
        "  FROM customer_lifecycle AS card"
        "  JOIN res_partner AS partner ON partner.id = card.partner_id"
        "  JOIN customer_lifecycle_stage AS stage ON stage.id = card.stage_id"
        " WHERE card.active ORDER BY partner.ref"
    )
    assert cards == [
        ("7", 1, "2024-07-01", "reactivation"),
        ("8", 0, None, "acquisition"),
    ]
    assert sql("SELECT DISTINCT is_silent FROM customer_lifecycle_transition") == [
        (True,)
    ]
    assert sql("SELECT COUNT(*) FROM mail_mail") == [(0,)]
    assert sql("SELECT COUNT(*) FROM customer_lifecycle_change") == [(0,)]


def test_bad_rows_are_reported_by_line_and_the_rest_is_loaded(load, sql):
    run = load(
        "customer_id,date,amount,currency\n"
        "1,2024-01-02,5,USD\n"
        "2,,5,USD\n"
        "3,yesterday,5,USD\n"
        "4,2024-01-02,much,USD\n"
        "5,2024-01-02,nan,USD\n"
        "6,2024-01-02,5,QQQ\n"
        ",2024-01-02,5,USD\n"
        "8,2024-01-02,5\n"
        "9,2024-01-02,5,USD\n"
    )
    assert run.returncode == 1
    assert figures(run) == {"Customers": 2, "Orders loaded": 2, "Rows refused": 7}
    reasons = {
        3: "no date",
        4: "'yesterday' is not a date",
        5: "amount 'much' is not a number",
        6: "amount 'nan' is not a number",
        7: "unknown currency 'QQQ'",
        8: "no customer",
        9: "3 columns instead of 4",
    }
    for line, why in reasons.items():
        assert f"line {line}: {why}" in run.stdout
    assert sql("SELECT ref FROM res_partner WHERE ref IS NOT NULL ORDER BY ref") == [
        ("1",),
        ("9",),
    ]


def test_corrected_file_loads_only_what_is_missing(load, sql):
    rows = "1,2024-01-02,5\n" * 2 + "2,2024-02-03,6\n"
    assert load(HEADING + rows + "3,soon,7\n").returncode == 1
    known = sql("SELECT id FROM sale_order ORDER BY id")
    again = load(HEADING + rows + "3,2024-03-04,7\n")
    assert again.returncode == 0
    assert figures(again)["Orders loaded"] == 1
    assert "(3 were there before)" in again.stdout
    assert len(known) == 3
    assert sql(f"SELECT COUNT(*) FROM sale_order WHERE id > {known[-1][0]}") == [(1,)]
    assert sql(
        "SELECT ref, COUNT(*) FROM res_partner WHERE ref IS NOT NULL"
        " GROUP BY ref ORDER BY ref"
    ) == [("1", 1), ("2", 1), ("3", 1)]


def test_killed_load_goes_on_without_duplicates(load, sql, database, tmp_path):
    total = 1500
    text = "order,customer_id,date,amount\n" + "".join(
        f"N{n},{n % 40},2024-{n % 12 + 1:02}-{n % 28 + 1:02},{n % 90 + 1}\n"
        for n in range(total)
    )
    path = tmp_path / "history.csv"
    path.write_text(text)
    kill_at("Orders:", path, database)
    [(loaded,)] = sql("SELECT COUNT(*) FROM sale_order")
    assert 0 < loaded < total
    run = load(text)
    assert run.returncode == 0
    assert figures(run)["Orders loaded"] == total - loaded
    assert sql(
        "SELECT COUNT(*), COUNT(DISTINCT origin), COUNT(DISTINCT client_order_ref),"
        "       COUNT(DISTINCT partner_id), SUM(amount_untaxed)::integer"
        "  FROM sale_order"
    ) == [(total, total, total, 40, sum(n % 90 + 1 for n in range(total)))]
    assert sql("SELECT SUM(purchase_count) FROM customer_lifecycle") == sql(
        "SELECT COUNT(DISTINCT (partner_id, date_order::date)) FROM sale_order"
    )


def kill_at(word: str, path: Path, database: str) -> None:
    """Start a load and kill it as soon as it shows this progress."""
    with subprocess.Popen(
        [ROOT / "dev", "load", path, "--database", database],
        env=outside_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            if line.startswith(word):
                break
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)


def test_row_that_odoo_refuses_costs_only_itself(load, sql):
    sql("ALTER TABLE sale_order ADD CHECK (client_order_ref != 'B')")
    run = load(
        "order,customer_id,date,amount\n"
        "A,1,2024-01-02,5\nB,1,2024-01-03,5\nC,1,2024-01-04,5\n"
    )
    assert run.returncode == 1
    assert "line 3: Odoo refuses it" in run.stdout
    assert sql("SELECT client_order_ref FROM sale_order ORDER BY 1") == [("A",), ("C",)]


def test_one_foreign_currency_becomes_that_of_an_unused_company(load, sql):
    heading = "customer_id,date,amount,currency\n"
    run = load(heading + "1,2024-01-02,5,GBP\n2,2024-01-02,5,gbp\n")
    assert run.returncode == 0
    assert "GBP is now the currency of" in run.stdout
    company_currency = (
        "SELECT currency.name FROM res_company AS company"
        "  JOIN res_currency AS currency ON currency.id = company.currency_id"
    )
    assert sql(company_currency) == [("GBP",)]
    # A company that has orders keeps its currency.
    run = load(heading + "3,2024-01-02,5,SEK\n")
    assert run.returncode == 0
    assert "no exchange rate of SEK is known" in run.stdout
    assert sql(company_currency) == [("GBP",)]
    assert sql("SELECT active FROM res_currency WHERE name = 'SEK'") == [(True,)]


def test_history_moved_until_a_day_keeps_its_weekdays_and_is_loaded_once(load, sql):
    text = HEADING + "7,2010-12-01,10\n7,2010-12-06,20\n"
    assert load(text, "--until", "2024-03-01").returncode == 0
    days = [row[0] for row in sql("SELECT date_order::date::text FROM sale_order")]
    # a Wednesday and a Monday, the last Monday up to that Friday
    assert sorted(days) == ["2024-02-21", "2024-02-26"]
    assert figures(load(text, "--until", "2024-06-01"))["Orders loaded"] == 0


def test_second_load_at_the_same_time_is_refused(load, database):
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        run = load(HEADING + "1,2024-01-02,5\n")
    finally:
        connection.close()
    assert run.returncode == 2
    assert "another load into this database is running" in run.stderr


def test_unknown_company_is_named_with_those_that_exist(load, sql):
    run = load(HEADING + "1,2024-01-02,5\n", "--company", "Nobody Ltd")
    assert run.returncode == 2
    [(name,)] = sql("SELECT name FROM res_company")
    assert f"no company 'Nobody Ltd'; there is: {name}" in run.stderr


@pytest.mark.parametrize(
    "text, why",
    [
        (None, "No such file or directory"),
        ("customer_id,day\n1,2024-01-02\n", "no column date and no column amount"),
        ("", "the file is empty"),
    ],
)
def test_file_that_cannot_be_used_makes_no_database(
    dev, databases, tmp_path, text, why
):
    path = tmp_path / "history.csv"
    if text is not None:
        path.write_text(text)
    name = databases.empty()
    run = dev("load", path, "--database", name)
    assert run.returncode == 2
    [last] = run.stderr.splitlines()[-1:]
    assert why in last
    assert not databases.execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")


def test_real_history_of_a_shop_goes_into_a_new_database(dev, databases, tmp_path):
    rows = real_rows("cdnow_sample.csv.gz", REAL_ROWS)
    name = databases.empty()
    path = write_rows(tmp_path / "cdnow.csv.gz", rows)
    run = dev("load", path, "--database", name)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " WARNING " not in run.stderr
    assert_loaded(rows, lambda statement: databases.execute(statement, name))


def test_real_history_of_a_wholesaler_is_loaded(dev, database, sql, tmp_path):
    rows = real_rows("online_retail_2010.csv.gz", REAL_ROWS)
    path = write_rows(tmp_path / "wholesaler.csv.gz", rows)
    run = dev("load", path, "--database", database)
    assert run.returncode == 0, run.stdout + run.stderr
    assert_loaded(rows, sql)


def assert_loaded(rows: list[dict[str, str]], sql) -> None:
    """Compare what is in a database with the rows of a file."""
    customers = {row["customer_id"] for row in rows}
    cents = sum(round(float(row["amount"]) * 100) for row in rows)
    assert sql(
        "SELECT COUNT(*), COUNT(DISTINCT partner_id),"
        "       (SUM(amount_untaxed) * 100)::integer FROM sale_order"
    ) == [(len(rows), len(customers), cents)]
    assert sql(
        "SELECT COUNT(stage_id), COUNT(level_id) FROM customer_lifecycle WHERE active"
    ) == [(len(customers), len(customers))]
    days = {
        (row["customer_id"], row["date"][:10])
        for row in rows
        if float(row["amount"]) > 0
    }
    assert sql("SELECT SUM(purchase_count)::integer FROM customer_lifecycle") == [
        (len(days),)
    ]
