"""Amounts and days, cell by cell."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.cells import amount_reader, date_reader
from importers.mapping import AmountStyle, DateStyle
from importers.reasons import Refused

ALL_NEGATIVES = frozenset({"leading-minus", "trailing-minus", "parentheses"})


def amounts(negative=frozenset({"leading-minus"}), unit=1, marks=".,", signs=()):
    return amount_reader(AmountStyle(marks[0], marks[1:], unit, frozenset(negative), signs))


def days(*formats, century=2000):
    return date_reader(DateStyle(formats, None, century, date(1990, 1, 1), date(2099, 12, 31)))


def refusal(read, text):
    with pytest.raises(Refused) as refused:
        read(text)
    return refused.value.reason


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("0.01", 1),
        ("-12,345,678.09", -1234567809),
        ("7", 700),
        ("-0.00", 0),
        ("999999999999999.99", 99999999999999999),
    ],
)
def test_an_amount_is_read_exactly(text, fen):
    assert amounts()(text) == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,23", "amount_format"),
        ("1.234,56", "amount_format"),
        ("12,345.6,7", "amount_format"),
        (",123", "amount_format"),
        ("1 234.50", "amount_format"),
        ("1e3", "amount_format"),
        ("NaN", "amount_format"),
        ("Infinity", "amount_format"),
        ("+5", "amount_format"),
        (".50", "amount_format"),
        ("5.", "amount_format"),
        ("--5", "amount_format"),
        ("(5.00)", "amount_format"),
        ("5.00-", "amount_format"),
        ("£5.00", "amount_format"),
        ("\u0661\u0662", "amount_format"),
        ("0.30000000000000004", "amount_decimals"),
        ("1.005", "amount_decimals"),
        ("1000000000000000", "amount_range"),
        ("9" * 5000, "amount_range"),
    ],
)
def test_what_is_not_an_amount_has_its_reason(text, reason):
    assert refusal(amounts(), text) == reason


def test_a_mapping_may_allow_other_ways_to_write_less_than_nothing():
    read = amounts(ALL_NEGATIVES, signs=("£",))
    assert [read(t) for t in ("-1.25", "1.25-", "(1.25)", "-£1.25", "(£1.25)")] == [-125] * 5
    assert refusal(read, "(1.25-)") == "amount_format"


def test_a_mapping_may_turn_the_marks_round():
    read = amounts(marks=",.")
    assert read("1.234,56") == 123456
    assert refusal(read, "1,234.56") == "amount_format"


@pytest.mark.parametrize(("text", "fen"), [("1.234567", 1234567), ("0.000001", 1), ("12", 12000000)])
def test_ten_thousands_are_read_to_the_fen(text, fen):
    assert amounts(unit=10_000)(text) == fen


def test_a_part_of_a_fen_in_ten_thousands_is_refused():
    assert refusal(amounts(unit=10_000), "0.0000001") == "amount_decimals"
    assert refusal(amounts(unit=10_000), "100000000000") == "amount_range"


@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_any_amount_survives_being_written_with_marks(fen):
    whole, rest = divmod(abs(fen), 100)
    assert amounts()(f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}") == fen


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("DD/MM/YYYY", "05/03/2026"),
        ("D/M/YYYY", "5/3/2026"),
        ("DD-Mon-YYYY", "05-mar-2026"),
        ("DD-Mon-YY", "05-Mar-26"),
        ("YYYY年M月D日", "2026年3月5日"),
        ("YYYYMMDD", "20260305"),
        ("YYYY-MM-DD", "2026-03-05"),
    ],
)
def test_a_day_is_read_in_its_format_only(form, text):
    assert days(form)(text) == date(2026, 3, 5)
    assert refusal(days(form), text + " 00:00") == "date_format"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("46350", "date_format"),
        ("2026-11-24T25:00", "date_format"),
        ("5/3/2026", "date_format"),
        ("30/02/2026", "date_impossible"),
        ("00/01/2026", "date_impossible"),
        ("24/11/0115", "date_range"),
        ("\u0660\u0665/03/2026", "date_format"),
    ],
)
def test_what_is_not_a_day_has_its_reason(text, reason):
    assert refusal(days("DD/MM/YYYY", "DD-Mon-YY"), text) == reason


def test_a_day_that_two_formats_read_differently_is_refused():
    read = days("DD/MM/YYYY", "MM/DD/YYYY")
    assert read("25/03/2026") == date(2026, 3, 25)
    assert read("04/04/2026") == date(2026, 4, 4)
    assert refusal(read, "03/04/2026") == "date_ambiguous"


def test_a_short_year_lies_in_the_century_of_the_mapping():
    assert days("DD-Mon-YY", century=1900)("31-Dec-99") == date(1999, 12, 31)


@given(st.integers(0, 40_000))
def test_any_day_survives_being_written(offset):
    day = date(1990, 1, 1) + timedelta(days=offset)
    assert days("DD/MM/YYYY")(f"{day.day:02d}/{day.month:02d}/{day.year}") == day
