"""The trial balance says the same from kept sums, from the postings and from the log; and stays what it was."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import errors, sequencer
from ledger.db import snapshot
from reports.trial_balance import trial_balance
from tests.conftest import DAY, make_city

SETS = ("B2024", "I2024", "A201-2024", "A202-2024")
APRIL = dt.date(2024, 4, 7)


def cells(table, key, *names):
    at = [column.name for column in table.columns]
    (row,) = [row for row in table.rows if row.cells[0] == key and not row.rolled]
    return tuple(row.cells[at.index(name)] for name in names)


def test_the_bureau_holds_what_it_received_less_what_it_paid(books):
    table = books.report("trial-balance", "B2024")
    assert cells(table, "1001", "opening", "debit", "credit", "closing", "side") == (
        0, 50001 + 7003, 12345 + 4563, 50001 + 7003 - 12345 - 4563, "D",
    )  # fmt: skip
    assert cells(table, "4001", "closing", "side") == (50001, "C")
    assert table.totals["debit"] == table.totals["credit"]


def test_on_a_day_only_what_was_effective_by_then_counts(books):
    table = books.report("trial-balance", "B2024", on=DAY)
    assert cells(table, "1001", "debit", "closing") == (50001, 50001 - 12345 - 1019 - 4563)


@pytest.mark.parametrize("set_code", SETS)
@pytest.mark.parametrize("asked", [{}, {"on": DAY}, {"rolled": True}, {"sign": "debit"}, {"recomputed": True}])
def test_every_figure_is_the_sum_of_its_vouchers(books, proven, set_code, asked):
    assert proven(books.report("trial-balance", set_code, **asked)) > 0


@pytest.mark.parametrize("set_code", SETS)
@pytest.mark.parametrize("on", [None, DAY])
def test_kept_sums_postings_and_the_log_say_the_same(books, set_code, on):
    kept = books.report("trial-balance", set_code, on=on).rows
    assert books.report("trial-balance", set_code, on=on, recomputed=True).rows == kept
    with snapshot(books.city.source) as connection:
        size = connection.exec_driver_sql(
            "select size from ledger.log_size where treasury_id = %s", (books.city.treasury_id,)
        ).scalar_one()
    assert books.report("trial-balance", set_code, on=on, known=size).rows == kept
    assert books.report("trial-balance", set_code, on=on, known=0).rows == []


def test_a_parent_is_the_sum_of_its_accounts(books, proven):
    table = books.report("trial-balance", "A202-2024", rolled=True)
    for row in table.rows:
        if row.rolled:
            parts = [r.cells[6] for r in table.rows if not r.rolled and r.cells[0] in row.slice.accounts]
            assert row.cells[6] == sum(parts)
    assert proven(table)


def test_books_days_and_logs_that_are_not_there_are_refused(books):
    for asked in ({"on": dt.date(2023, 12, 30)}, {"known": 10**9}, {"known": -1}, {"book": "general"}):
        with pytest.raises(errors.UnknownBook):
            books.report("trial-balance", "B2024", **asked)
    with pytest.raises(errors.UnknownBook):
        books.report("trial-balance", "B1999")


def test_what_one_report_does_not_take_is_refused(books):
    for asked in ({"colour": "red"}, {"sign": "left"}, {"book": "cash"}):
        with pytest.raises(errors.UnknownBook):
            books.report("trial-balance", "B2024", **asked)
    with pytest.raises(errors.UnknownBook):
        books.report("account-statement", "B2024")
    with pytest.raises(errors.UnknownBook):
        books.report("vouchers", "B2024", dims={"colour": "red"})


@pytest.fixture(scope="module")
def moving(source):
    return make_city(source)


REPORTED = [
    ("trial-balance", "B2024", {}),
    ("account-statement", "B2024", {"account": "1001", "most": 500}),
    ("balance-sheet", "B2024", {}),
    ("revenue-expenditure", "B2024", {}),
    ("budget-execution", "I2024", {"by": "func"}),
    ("indicator-chain", "I2024", {}),
]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.dates(dt.date(2024, 2, 1), dt.date(2024, 6, 30)),
    later=st.lists(st.tuples(st.integers(1, 99_999), st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))),
                   min_size=1, max_size=3),
)  # fmt: skip
def test_an_answer_to_a_day_as_known_then_is_changed_by_nothing_later(moving, day, later):
    from reports.catalogue import REPORTS

    def answers(known):
        with snapshot(moving.source) as connection:
            return [
                REPORTS[name].table(connection, set_code=code, treasury=moving.treasury_id, on=day, known=known, **more)
                for name, code, more in REPORTED
            ]

    sequencer.sequence(moving.source, moving.treasury_id)
    with snapshot(moving.source) as connection:
        size = connection.exec_driver_sql(
            "select coalesce(max(log_index) + 1, 0) from ledger.log_entry where treasury_id = %s",
            (moving.treasury_id,),
        ).scalar_one()
        now = trial_balance(connection, set_code="B2024", treasury=moving.treasury_id, on=day)
    before = answers(size)
    assert list(before[0].rows) == list(now.table().rows)
    for fen, on in later:
        moving.receive(fen, on=on)
        indicator = moving.grant(fen, on=on)
        moving.pay(indicator, fen)
    assert answers(size) == before
    sequencer.sequence(moving.source, moving.treasury_id)
    assert answers(size) == before
