"""Reading an order history: what a row means, and what is refused with which words."""

from __future__ import annotations

import doctest
import gzip
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools" / "dev"))

import demo_data  # noqa: E402
import demo_stories  # noqa: E402
import order_text  # noqa: E402
from order_history import (  # noqa: E402
    HistoryFile,
    UnreadableFileError,
    missing_rows,
)

HEADING = "customer_id,date,amount\n"


@pytest.fixture
def read(tmp_path):
    """Read a text, or bytes, as a file; currencies EUR and USD are known."""

    def read_(content: str | bytes):
        if isinstance(content, str):
            content = content.encode()
        path = tmp_path / "history.csv"
        path.write_bytes(content)
        return HistoryFile(path).read({"EUR", "USD"})

    return read_


def bad(history) -> dict[int, str]:
    return {row.line: row.why for row in history.bad}


@pytest.mark.parametrize(
    "module", [demo_data, demo_stories, order_text], ids=lambda m: m.__name__
)
def test_examples_in_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


def test_every_column_is_read(read):
    [row] = read(
        "order,customer_id,customer_name,date,"
        "amount,currency,country,product,quantity\n"
        'A1,0042, Shop 42 ,2010-12-09 20:01,505.3,usd,Spain,"Frame 7"" size",48\n'
    ).rows
    assert row.line == 2
    assert (row.order, row.customer_id, row.customer_name) == ("A1", "0042", "Shop 42")
    assert row.moment == datetime(2010, 12, 9, 20, 1)
    assert (row.amount, row.quantity) == (Decimal("505.3"), Decimal(48))
    assert (row.currency, row.country, row.product) == (
        "USD",
        "Spain",
        'Frame 7" size',
    )


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2010-12-09", datetime(2010, 12, 9, 12)),
        ("2010-12-09 20:01", datetime(2010, 12, 9, 20, 1)),
        ("2010-12-09T9:05:07", datetime(2010, 12, 9, 9, 5, 7)),
        ("2010/2/9", datetime(2010, 2, 9, 12)),
        ("31.12.2010 08:00", datetime(2010, 12, 31, 8)),
        ("12/31/2010", datetime(2010, 12, 31, 12)),
        ("05/05/2010", datetime(2010, 5, 5, 12)),
        ("2010-12-09T10:00:00Z", datetime(2010, 12, 9, 10, tzinfo=timezone.utc)),
        ("2010-12-09T10:00:00+02:00", datetime(2010, 12, 9, 8, tzinfo=timezone.utc)),
    ],
)
def test_dates_are_read_as_written(read, text, moment):
    [row] = read(HEADING + f"1,{text},5\n").rows
    assert row.moment == moment


@pytest.mark.parametrize(
    "row, why",
    [
        (",2010-01-02,5", "no customer"),
        ("1,,5", "no date"),
        ("1,soon,5", "'soon' is not a date"),
        ("1,2010-02-30,5", "is not a date of the calendar"),
        ("1,2010-01-02 25:00,5", "is not a date of the calendar"),
        ("1,01/02/2010,5", "does not tell the day from the month"),
        ("1,0203-01-02,5", "not between the years"),
        ("1,2010-01-02,", "no amount"),
        ("1,2010-01-02,five", "amount 'five' is not a number"),
        ("1,2010-01-02,NaN", "amount 'NaN' is not a number"),
        ("1,2010-01-02,inf", "amount 'inf' is not a number"),
        ("1,2010-01-02,1_000", "amount '1_000' is not a number"),
        ("1,2010-01-02,1e30", "is too large"),
        ("1,2010-01-02", "2 columns instead of 3"),
        ("1,2010-01-02,5,6", "4 columns instead of 3"),
        ("1\0,2010-01-02,5", "zero byte"),
    ],
)
def test_bad_row_is_refused_with_its_line_and_the_rest_is_read(read, row, why):
    history = read(HEADING + f"7,2010-01-02,5\n{row}\n8,2010-01-03,6\n")
    assert [good.customer_id for good in history.rows] == ["7", "8"]
    assert list(bad(history)) == [3]
    assert why in bad(history)[3]


def test_unknown_currency_and_bad_quantity_are_refused(read):
    history = read(
        "customer_id,date,amount,currency,quantity\n"
        "1,2010-01-02,5,XBT,1\n1,2010-01-02,5,EUR,many\n1,2010-01-02,5,,\n"
    )
    assert bad(history)[2] == "unknown currency 'XBT'"
    assert "quantity 'many' is not a number" in bad(history)[3]
    assert [row.line for row in history.rows] == [4]


def test_line_numbers_survive_empty_lines_and_line_breaks_in_quotes(read):
    history = read(
        'product,customer_id,date,amount\n\n"two\nlines",1,2010-01-02,5\r\nx,2,soon,5\n'
    )
    assert history.rows[0].product == "two\nlines"
    assert history.rows[0].line == 3
    assert list(bad(history)) == [5]


def test_quote_that_nobody_closed_costs_one_row(read):
    rows = "".join(f"{n},2010-01-02,5\n" for n in range(200))
    history = read(HEADING + '"x,2010-01-02,5\n' + rows)
    assert len(history.rows) == 200
    assert list(bad(history)) == [2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found_in_the_heading(read, delimiter):
    text = HEADING + "1,2010-01-02,12.50\n"
    [row] = read(text.replace(",", delimiter)).rows
    assert row.amount == Decimal("12.50")


def test_decimal_comma_is_that_of_the_whole_file(read):
    history = read(
        "customer_id;date;amount\n1;2010-01-02;12,50\n1;2010-01-02;1.234\n"
        "1;2010-01-02;-1.234,5\n1;2010-01-02;12.5\n"
    )
    assert [row.amount for row in history.rows] == [
        Decimal("12.50"),
        Decimal("1234"),
        Decimal("-1234.5"),
    ]
    assert "(this file writes 1234,50)" in bad(history)[5]


def test_decimal_comma_in_quotes_is_understood_in_a_file_with_commas(read):
    history = read(HEADING + '1,2010-01-02,"12,50"\n1,2010-01-02,7\n')
    assert [row.amount for row in history.rows] == [Decimal("12.50"), Decimal(7)]


def test_decimal_comma_in_a_file_with_points_is_refused(read):
    history = read(HEADING + '1,2010-01-02,12.50\n1,2010-01-02,"12,50"\n')
    assert "(this file writes 1234.50)" in bad(history)[3]


def test_mark_of_utf8_and_gzip_make_no_difference(read):
    text = (HEADING + "ñ,2010-01-02,5\n").encode()
    for content in (text, b"\xef\xbb\xbf" + text, gzip.compress(text)):
        assert [row.customer_id for row in read(content).rows] == ["ñ"]


def test_wrong_byte_spoils_only_its_row(read):
    history = read(HEADING.encode() + b"\xf1,2010-01-02,5\n2,2010-01-02,5\n")
    assert "is not UTF-8 text" in bad(history)[2]
    assert [row.customer_id for row in history.rows] == ["2"]


@pytest.mark.parametrize(
    "content, why",
    [
        (b"", "the file is empty"),
        (b"customer_id,amount\n1,5\n", "no column date"),
        (
            b"name;day\n",
            "no column customer_id and no column date and no column amount",
        ),
        (b"customer_id,date,date,amount\n", "more than one column date"),
        ("customer_id,date,amount\n".encode("utf-16"), "not UTF-8 text"),
        (gzip.compress(HEADING.encode() * 99)[:-20], "ended before"),
    ],
)
def test_file_that_cannot_be_used_says_why(read, content, why):
    with pytest.raises(UnreadableFileError, match=why):
        read(content)


def test_heading_may_be_written_as_people_write(read):
    [row] = read("Customer ID, Date ,AMOUNT,Remark\n1,2010-01-02,5,x\n").rows
    assert row.amount == 5


# --- what is missing ------------------------------------------------------------------


def loaded(missing) -> list[tuple[str, str]]:
    return [(fingerprint, row.order) for row, fingerprint in missing.rows]


def test_equal_rows_without_number_are_all_loaded_once(read):
    rows = read(HEADING + "1,2010-01-02,5\n" * 3).rows
    first = missing_rows(rows, [])
    assert len(first.rows) == 3
    again = missing_rows(rows, loaded(first)[:2])
    assert len(again.rows) == 1


def test_corrected_file_misses_only_the_corrected_row(read):
    heading = "order,customer_id,date,amount\n"
    before = missing_rows(
        read(heading + "A,1,soon,5\nA,2,2010-01-02,5\nB,3,2010-01-02,5\n").rows, []
    )
    after = missing_rows(
        read(heading + "A,1,2010-01-02,5\nA,2,2010-01-02,5\nB,3,2010-01-02,5\n").rows,
        loaded(before),
    )
    assert [row.customer_id for row, _fingerprint in after.rows] == ["1"]


def test_numbered_order_that_was_changed_is_not_loaded_again(read):
    heading = "order,customer_id,date,amount\n"
    before = missing_rows(read(heading + "A,1,2010-01-02,5\n").rows, [])
    after = missing_rows(read(heading + "A,1,2010-01-02,6\n").rows, loaded(before))
    assert not after.rows
    assert [row.order for row in after.changed] == ["A"]


def test_other_spelling_of_the_same_file_misses_nothing(read):
    first = missing_rows(read(HEADING + "1,2010-01-02,12.5\n").rows, [])
    again = read("amount;date;customer_id\n12,50;2010-01-02 12:00;1\n").rows
    assert not missing_rows(again, loaded(first)).rows
