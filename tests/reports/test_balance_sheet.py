"""Both sides of the balance sheet are equal on every day, and the close changes no revenue."""

import datetime as dt

import pytest

from ledger import errors, install, journal, yearend
from ledger.db import owner, transaction
from ledger.install import SetPlan
from ledger.money import Fen
from tests.conftest import DAY

LAST = dt.date(2024, 12, 31)
SETS = ("B2024", "A201-2024", "A202-2024")


def by_name(table, name="closing"):
    at = [column.name for column in table.columns].index(name)
    return {row.cells[0] or row.cells[1]: row.cells[at] for row in table.rows}


@pytest.mark.parametrize("set_code", SETS)
@pytest.mark.parametrize("on", [None, DAY, dt.date(2024, 1, 1)])
def test_both_sides_are_equal_and_every_figure_is_its_vouchers(books, proven, set_code, on):
    table = books.report("balance-sheet", set_code, on=on)
    for name in ("opening", "closing"):
        stands = by_name(table, name)
        assert stands["资产总计"] == stands["负债和净资产总计"] == stands["负债合计"] + stands["净资产合计"]
    assert proven(table) >= 10


def test_what_is_not_closed_stands_in_a_row_of_its_own(books):
    stands = by_name(books.report("balance-sheet", "B2024"))
    assert stands == {
        "1001": 40096, "资产总计": 40096, "负债合计": 0, "本期收支差额（未结账）": 40096, "净资产合计": 40096,
        "负债和净资产总计": 40096,
    }  # fmt: skip


def test_depreciation_stands_against_the_assets(books):
    stands = by_name(books.report("balance-sheet", "A201-2024"))
    assert (stands["1602"], stands["资产总计"], stands["本期收支差额（未结账）"]) == (-777, -777, -777)


@pytest.mark.parametrize("set_code", SETS)
@pytest.mark.parametrize("on", [None, DAY, dt.date(2024, 4, 30)])
def test_revenue_less_expenditure_is_the_surplus_of_each_book(books, proven, set_code, on):
    table = books.report("revenue-expenditure", set_code, on=on)
    for name in ("month", "year"):
        of = by_name(table, name)
        assert of["本期盈余"] == of["收入合计"] - of["费用合计"]
        assert of["本期预算收支差额"] == of["预算收入合计"] - of["预算支出合计"]
    assert proven(table) >= 12


def test_a_month_is_a_part_of_the_year(books):
    table = books.report("revenue-expenditure", "B2024", on=dt.date(2024, 4, 30))
    assert (by_name(table, "month")["收入合计"], by_name(table, "year")["收入合计"]) == (7003, 57004)
    assert (by_name(table, "month")["7001"], by_name(table, "year")["7001"]) == (-1019, 16908)
    march = books.report("revenue-expenditure", "B2024", on=dt.date(2024, 3, 31))
    assert by_name(march, "month") == by_name(march, "year")


def test_one_book_may_be_asked_for(books):
    names = by_name(books.report("revenue-expenditure", "B2024", book="budgetary"), "year")
    assert set(names) == {"6001", "6002", "预算收入合计", "7001", "预算支出合计", "本期预算收支差额"}


@pytest.mark.parametrize("name", ["balance-sheet", "revenue-expenditure"])
def test_an_indicator_set_has_neither(books, name):
    with pytest.raises(errors.UnknownBook):
        books.report(name, "I2024")


@pytest.fixture
def closed(city, source):
    """Books of 2024 with a part closed, taken back, and closed again; 2025 is open."""
    from tests.reports.conftest import Books

    city.receive(50001)
    unit = city.grant(20007)
    city.pay(unit, 12345)
    own = Books(city, unit, "")
    before = {s: own.report("revenue-expenditure", s, on=LAST).rows for s in ("B2024", "A201-2024")}
    with transaction(source, city.session("CLOS")) as tx:
        first = yearend.close_year(tx, "B2024", key_prefix="c-", prepared_by="book", on=LAST)
    for n, posted in enumerate(reversed(first)):
        with transaction(source, city.session("AUDT_IN")) as tx:
            journal.reverse(tx, posted.event_id, key=f"undo-{n}", on=LAST, narration="撤销结账", prepared_by="book")
    for each in ("B2024", "A201-2024"):
        with transaction(source, city.session("CLOS")) as tx:
            yearend.close_year(tx, each, key_prefix="d-", prepared_by="book", on=LAST)
    with owner(source) as connection:
        plan = SetPlan("B2025", "101", "bureau", "general_budget_2023", 2025, dt.date(2025, 1, 1), "总会计", "B")
        install.create_account_sets(connection, city.treasury_id, [plan])
    with transaction(source, city.session("CLOS")) as tx:
        yearend.carry_forward(tx, "B2024", "B2025", key_prefix="o-", prepared_by="book")
    return own, before


def test_after_the_close_both_sides_are_equal_and_nothing_is_left_unclosed(closed, proven):
    own, _ = closed
    table = own.report("balance-sheet", "B2024")
    stands = by_name(table)
    assert stands["3001"] == stands["资产总计"] == stands["负债和净资产总计"] == 50001 - 12345
    assert stands["本期收支差额（未结账）"] == 0
    assert proven(table)


def test_revenue_and_expenditure_are_the_same_after_the_close(closed, proven):
    own, before = closed
    for set_code, rows in before.items():
        table = own.report("revenue-expenditure", set_code, on=LAST)
        assert list(table.rows) == list(rows)
        assert proven(table)


def test_the_next_year_begins_with_what_this_one_left(closed, proven):
    own, _ = closed
    own.city.post("AUDT_IN", own.city.event("treasury_receipt", prepared_by="book", on=dt.date(2025, 1, 3),
                                            facts={"amount": Fen(17)}, dims={"fund": "1", "revenue": "1010101"}))  # fmt: skip
    table = own.report("balance-sheet", "B2025")
    assert by_name(table, "opening")["资产总计"] == 50001 - 12345
    assert by_name(table, "closing")["资产总计"] == 50001 - 12345 + 17
    assert by_name(table, "closing")["本期收支差额（未结账）"] == 17
    assert proven(table)
    assert by_name(own.report("revenue-expenditure", "B2025"), "year")["收入合计"] == 17
