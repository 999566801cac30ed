"""A unit's own money is bound by its approved budget in the unit's own books, and by what was changed since."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.budget_errors import (
    AlreadyApproved,
    AskedBefore,
    BudgetDocumentMissing,
    OwnMoneyBeyondBudget,
    RecorderApproves,
    UnknownBudgetRecord,
)
from ledger.compilation.own_money import OwnChange, approve_own_change, ask_own_change, own_budgets, own_changes
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import Ceiling, Income, estimate_income, resolve_budget, set_ceilings, submit_budget
from ledger.db import owner, snapshot
from ledger.errors import InvalidAmount, LedgerError, NotPermitted, UnknownCode
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from ledger.yearend import close_year
from tests.conftest import DAY, make_city
from tests.ledger.budget_city import PERSONNEL, TESTS, YEAR, act, prepare, resolution

PAY_FEN = 812_345 * 37 * 12
OWN = replace(TESTS, fund="6")
OWN_FEN = 12_345 * 1250 * 2
FUNC = OWN.func
LESS = OwnChange(fiscal_year=YEAR, agency="201", func=FUNC, amount_fen=-100, reason="合同收入减少")


def budgeted(city):
    """Approve a budget of 201 that spends 308,625.00 of its own on water tests, and fill its bank account."""
    prepare(city)
    income = [Income(source="operating", fund="6", func=FUNC, amount_fen=OWN_FEN, basis="检测合同")]
    act(city, "COMP", estimate_income, YEAR, "201", income)
    for package in (PERSONNEL, OWN):
        act(city, "COMP", save_package, package)
    act(city, "COMP", submit_budget, YEAR, "201", 1)
    ceilings = [
        Ceiling(fiscal_year=YEAR, department="201", fund=fund, amount_fen=900_000_000, document="财预〔2023〕88号")
        for fund in "16"
    ]
    act(city, "REVW", set_ceilings, ceilings)
    act(city, "COMP", submit_budget, YEAR, "201", 2)
    act(city, "APPR", resolve_budget, resolution(PAY_FEN + OWN_FEN))
    return city


@pytest.fixture
def unit(city):
    return budgeted(city)


def payment(city, fen, func=FUNC, fund="6", **more):
    dims = {
        "fund": fund,
        "func": func,
        "gov_econ": "50205",
        "dept_econ": "30227",
        "agency": "201",
        "counterparty": "检测所",
    }
    return city.event("bank_payment", prepared_by="appl", facts={"amount": Fen(fen)}, dims=dims, **more)


def spend(city, fen, func=FUNC):
    return city.post("SIGN", payment(city, fen, func))


def stands(city):
    with snapshot(city.source) as connection:
        return [
            (b.func, b.approved_fen, b.changed_fen, b.spent_fen)
            for b in own_budgets(connection, city.treasury_id, YEAR)
        ]


def change(city, fen, func=FUNC):
    number = act(city, "COMP", ask_own_change, replace(LESS, amount_fen=fen, func=func))
    act(city, "REVW", approve_own_change, YEAR, "201", number, "财预〔2024〕7号")


def test_own_money_is_spent_to_the_last_fen_of_its_budget_and_no_further(unit):
    spend(unit, OWN_FEN - 1)
    with pytest.raises(OwnMoneyBeyondBudget) as refused:
        spend(unit, 2)
    told = {name: refused.value.facts[name] for name in ("agency", "func", "spent_fen", "limit_fen")}
    assert told == {"agency": "201", "func": FUNC, "spent_fen": OWN_FEN + 1, "limit_fen": OWN_FEN}
    spend(unit, 1)
    assert stands(unit) == [(FUNC, OWN_FEN, 0, OWN_FEN)]


def test_a_function_that_has_no_own_budget_spends_nothing(unit):
    with pytest.raises(OwnMoneyBeyondBudget):
        spend(unit, 1, func="2050201")


def test_many_events_at_once_are_all_refused_when_together_they_are_too_much(unit):
    events = [payment(unit, OWN_FEN // 100) for _ in range(101)]
    with pytest.raises(OwnMoneyBeyondBudget):
        unit.post("SIGN", *events)
    assert stands(unit) == [(FUNC, OWN_FEN, 0, 0)]
    unit.post("SIGN", *events[:100])


def test_what_is_reversed_may_be_spent_again(unit):
    (posted,) = spend(unit, OWN_FEN)
    with pytest.raises(OwnMoneyBeyondBudget):
        spend(unit, 1)
    act(unit, "AUDT_IN", journal.reverse, posted.event_id, key="R-1", on=DAY, narration="冲销", prepared_by="book")
    spend(unit, OWN_FEN)


def rebooked(city, side, fen, kind="manual", by="book", on=DAY):
    """Book so much from the function of the budget to one without a budget; red when it is negative."""
    dims = {"fund": "6", "dept_econ": "30227"}
    other = "C" if side == "D" else "D"
    lines = (
        GivenLine("7101", side, Fen(fen), {**dims, "func": "2050201"}),
        GivenLine("7101", other, Fen(fen), {**dims, "func": FUNC}),
    )
    return city.event(kind, prepared_by=by, on=on, vouchers=(GivenVoucher("A201-2024", lines),))


def test_what_is_spent_is_not_booked_to_a_function_without_a_budget(unit):
    spend(unit, 100)
    for event in (rebooked(unit, "D", 100), rebooked(unit, "C", -100)):
        with pytest.raises(OwnMoneyBeyondBudget) as refused:
            unit.post("AUDT_IN", event)
        assert refused.value.facts["func"] == "2050201"
    assert stands(unit) == [(FUNC, OWN_FEN, 0, 100)]


def test_nothing_is_spent_by_a_close(unit):
    money = {"fund": "6", "dept_econ": "30227", "func": "2050201"}
    lines = (GivenLine("7101", "D", Fen(1), money), GivenLine("800102", "C", Fen(1), {"fund": "6"}))
    event = unit.event("year_end_close", prepared_by="book", vouchers=(GivenVoucher("A201-2024", lines),))
    with pytest.raises(OwnMoneyBeyondBudget):
        unit.post("CLOS", event)


def test_a_close_that_is_taken_back_and_done_again_changes_nothing(unit):
    spend(unit, OWN_FEN)
    last = dt.date(2024, 12, 31)
    closed = act(unit, "CLOS", close_year, "A201-2024", key_prefix="c-", prepared_by="book", on=last)
    keys = {each.event_id: f"R-{n}" for n, each in enumerate(closed)}
    act(unit, "AUDT_IN", journal.reverse_all, keys, on=last, narration="冲销", prepared_by="book")
    assert stands(unit) == [(FUNC, OWN_FEN, 0, OWN_FEN)]
    act(unit, "CLOS", close_year, "A201-2024", key_prefix="d-", prepared_by="book", on=last)
    assert stands(unit) == [(FUNC, OWN_FEN, 0, OWN_FEN)]


def test_a_budget_is_not_raised_beyond_what_can_be_written(unit):
    with pytest.raises(InvalidAmount):
        change(unit, 99_999_999_999_999_999)
    assert stands(unit) == [(FUNC, OWN_FEN, 0, 0)]


def test_a_unit_without_a_compiled_budget_is_not_bound_by_one(city):
    spend(city, 5)
    assert stands(city) == []


def test_a_change_counts_when_somebody_else_approved_it(unit):
    number = act(unit, "COMP", ask_own_change, replace(LESS, amount_fen=100))
    with pytest.raises(OwnMoneyBeyondBudget):
        spend(unit, OWN_FEN + 1)
    act(unit, "REVW", approve_own_change, YEAR, "201", number, "财预〔2024〕7号")
    spend(unit, OWN_FEN + 100)
    with snapshot(unit.source) as connection:
        (shown,) = own_changes(connection, unit.treasury_id, YEAR)
    assert (shown.amount_fen, shown.document, shown.asked_by) == (100, "财预〔2024〕7号", "comp")
    with pytest.raises(AlreadyApproved):
        act(unit, "REVW", approve_own_change, YEAR, "201", number, "财预〔2024〕7号")


def test_what_waits_is_not_asked_again_and_may_be_once_it_is_approved(unit):
    number = act(unit, "COMP", ask_own_change, LESS)
    with pytest.raises(AskedBefore) as refused:
        act(unit, "COMP", ask_own_change, LESS)
    assert refused.value.facts["change_no"] == number
    act(unit, "COMP", ask_own_change, replace(LESS, reason="另一合同收入减少"))
    act(unit, "REVW", approve_own_change, YEAR, "201", number, "财预〔2024〕7号")
    act(unit, "COMP", ask_own_change, LESS)


def test_of_many_who_ask_the_same_at_once_one_does(unit):
    unit.session("COMP")

    def take(_):
        try:
            act(unit, "COMP", ask_own_change, LESS)
        except AskedBefore:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


def test_what_is_spent_is_not_taken_out_of_the_budget(unit):
    spend(unit, OWN_FEN - 99)
    with pytest.raises(OwnMoneyBeyondBudget):
        change(unit, -100)
    change(unit, -99)
    assert stands(unit) == [(FUNC, OWN_FEN, -99, OWN_FEN - 99)]
    with pytest.raises((InvalidAmount, OwnMoneyBeyondBudget)):
        change(unit, -OWN_FEN)


def test_a_function_new_to_the_budget_is_opened_by_a_change(unit):
    change(unit, 700, func="2050201")
    spend(unit, 700, func="2050201")
    with pytest.raises(OwnMoneyBeyondBudget):
        spend(unit, 1, func="2050201")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"agency": "202"}, UnknownBudgetRecord),
        ({"fiscal_year": 2031}, UnknownBudgetRecord),
        ({"func": "9999999"}, UnknownCode),
        ({"func": "205"}, UnknownCode),
        ({"amount_fen": 0}, InvalidAmount),
        ({"reason": " "}, BudgetDocumentMissing),
    ],
)
def test_what_cannot_be_asked_is_refused(unit, given, error):
    with pytest.raises(error):
        act(unit, "COMP", ask_own_change, replace(LESS, **given))


def test_nobody_approves_what_nobody_asked_or_without_a_document(unit):
    with pytest.raises(UnknownBudgetRecord):
        act(unit, "REVW", approve_own_change, YEAR, "201", 1, "x")
    number = act(unit, "COMP", ask_own_change, LESS)
    with pytest.raises(BudgetDocumentMissing):
        act(unit, "REVW", approve_own_change, YEAR, "201", number, " ")


@pytest.mark.parametrize("duty", ["REVW", "APPR", "NPCO", "OVER", "AUDI"])
def test_only_who_compiles_asks(unit, duty):
    with pytest.raises(LedgerError):
        act(unit, duty, ask_own_change, LESS)


def test_who_asked_does_not_approve(unit):
    number = act(unit, "COMP", ask_own_change, LESS)
    with pytest.raises(NotPermitted):
        act(unit, "COMP", approve_own_change, YEAR, "201", number, "x")
    with pytest.raises(RecorderApproves), owner(unit.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.own_budget_approval (treasury_id, fiscal_year, agency, change_no, asked_by, document, approved_by)"
            " values (%s, %s, '201', %s, 'comp', 'x', 'comp')", (unit.treasury_id, YEAR, number))  # fmt: skip


def test_the_year_end_close_gives_nothing_back(unit):
    spend(unit, OWN_FEN)
    act(unit, "CLOS", close_year, "A201-2024", key_prefix="c-", prepared_by="book", on=dt.date(2024, 12, 31))
    assert stands(unit) == [(FUNC, OWN_FEN, 0, OWN_FEN)]


def test_of_many_at_once_no_more_than_the_budget_is_spent(unit):
    unit.session("SIGN")
    events = [payment(unit, OWN_FEN // 10, key=f"K-{n}") for n in range(25)]

    def take(event):
        try:
            unit.post("SIGN", event)
        except OwnMoneyBeyondBudget:
            return 0
        return 1

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(take, events)) == 10
    assert stands(unit)[0][3] == OWN_FEN // 10 * 10


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-OWN_FEN, OWN_FEN).filter(bool)), max_size=10))
def test_whatever_is_changed_and_spent_the_budget_covers_it(source, steps):
    city = budgeted(make_city(source))
    for spends, fen in steps:
        try:
            if spends:
                spend(city, abs(fen))
            else:
                change(city, fen)
        except (OwnMoneyBeyondBudget, InvalidAmount, AskedBefore):
            pass
        ((_, approved, changed, spent),) = stands(city)
        assert 0 <= spent <= approved + changed
