"""Books go on where the year before ended: nothing is opened that it did not leave."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import journal, yearend
from ledger.db import owner, transaction
from ledger.errors import OpeningAstray
from ledger.events import GivenLine, GivenVoucher
from ledger.install import SetPlan, create_account_sets
from ledger.money import Fen
from tests.conftest import make_city

LAST, FIRST = dt.date(2024, 12, 31), dt.date(2025, 1, 1)


@pytest.fixture
def ended(city):
    """A bureau that ended its year with 7.00 of the general budget and 0.50 of a fund, and the next year's books."""
    return with_next_year(city)


def with_next_year(city):
    city.receive(700)
    city.receive(50, fund="2", revenue="103014801")
    with owner(city.source) as connection:
        plans = [
            SetPlan("B2025", "101", "bureau", "general_budget_2023", 2025, FIRST, "总会计", "Bureau"),
            SetPlan("A201-2025", "201", "agency", "unit_2019", 2025, FIRST, "教育局", "Education"),
        ]
        create_account_sets(connection, city.treasury_id, plans)
    with transaction(city.source, city.session("CLOS")) as tx:
        yearend.close_year(tx, "B2024", key_prefix="c-", prepared_by="book", on=LAST)
    return city


def forward(city, prefix="o-"):
    with transaction(city.source, city.session("CLOS")) as tx:
        return yearend.carry_forward(tx, "B2024", "B2025", key_prefix=prefix, prepared_by="book")


def left(city):
    """What the year before left, line by line, as anybody may read it."""
    with owner(city.source) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(
            "select p.account, p.fund, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint"
            "  from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
            " where p.treasury_id = %s and s.code = 'B2024' group by 1, 2 having"
            " sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) <> 0 order by 1, 2",
            (city.treasury_id,))]  # fmt: skip


def opening(city, balances, code="B2025", on=LAST, kind="opening"):
    lines = tuple(
        GivenLine(account, "D" if fen > 0 else "C", Fen(abs(fen)), {"fund": fund}) for account, fund, fen in balances
    )
    return city.event(kind, prepared_by="book", on=on, vouchers=(GivenVoucher(code, lines),))


def test_what_the_year_before_left_opens_the_next_once(ended):
    forward(ended)
    with pytest.raises(OpeningAstray) as refused:
        ended.post("CLOS", opening(ended, left(ended)))
    assert {name: refused.value.facts[name] for name in ("set", "account", "fund", "amount_fen")} == {
        "set": "B2025", "account": "1001", "fund": "1", "amount_fen": 700,
    }  # fmt: skip


def test_a_fen_or_a_fund_beside_it_is_refused(ended):
    kept = left(ended)
    more = [(account, fund, fen + (1 if fen > 0 else -1) * (fund == "1")) for account, fund, fen in kept]
    other = [(account, "2" if fund == "1" else "1", fen) for account, fund, fen in kept]
    part = [row for row in kept if row[1] == "1"]
    for balances in (more, other, part):
        with pytest.raises(OpeningAstray):
            ended.post("CLOS", opening(ended, balances))
    ended.post("CLOS", opening(ended, kept))


def test_on_another_day_and_in_two_events_it_is_the_same(ended):
    with pytest.raises(OpeningAstray):
        ended.post("CLOS", opening(ended, [("1001", "1", 1), ("3001", "1", -1)], on=FIRST))
    first, second = ([row for row in left(ended) if row[1] == fund] for fund in "12")
    ended.post("CLOS", opening(ended, first), opening(ended, second))


def test_an_opening_is_taken_back_and_made_again_after_a_correction(ended):
    (opened,) = forward(ended)
    with transaction(ended.source, ended.session("AUDT_IN")) as tx:
        journal.reverse(tx, opened.event_id, key="back", on=LAST, narration="冲销", prepared_by="book")
    ended.receive(5, on=LAST)
    with transaction(ended.source, ended.session("CLOS")) as tx:
        yearend.close_year(tx, "B2024", key_prefix="again-", prepared_by="book", on=LAST)
    forward(ended, "again-")


def test_books_whose_year_before_is_empty_bring_along_what_they_had(ended):
    lines = (GivenLine("800102", "D", Fen(9), {"fund": "1"}),
             GivenLine("810107", "C", Fen(9), {"fund": "1", "func": "2050201"}))  # fmt: skip
    ended.post(
        "CLOS", ended.event("opening", prepared_by="book", on=LAST, vouchers=(GivenVoucher("A201-2025", lines),))
    )


def test_a_year_with_events_of_its_own_takes_no_totals(ended):
    with pytest.raises(OpeningAstray):
        ended.post("CLOS", opening(ended, left(ended), "B2024", kind="yearly_totals"))
    balances = [("1001", "1", 5), ("3001", "1", -5)]
    ended.post("CLOS", opening(ended, balances, kind="yearly_totals", on=dt.date(2025, 12, 31)))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("12"), st.integers(1, 900)), min_size=1, max_size=4))
def test_whatever_is_tried_the_next_year_has_what_this_one_left_or_nothing(source, tries):
    city = with_next_year(make_city(source))
    kept = left(city)
    for fund, fen in [*tries, ("1", 700)]:
        event = opening(city, [("1001", fund, fen), ("3001", fund, -fen)])
        with pytest.raises(OpeningAstray):
            city.post("CLOS", event)
    city.post("CLOS", opening(city, kept))
