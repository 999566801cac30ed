"""The end of a budget year: projects are carried once, the rest lapses, and all of it is undone until the close."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import install, journal
from ledger.budget_errors import BudgetYearUnsettled, CarriedOverBefore, NothingToUndo, ReopenedBeyondCarryOver
from ledger.compilation.approval import approve, grants
from ledger.compilation.carry_over import (
    cancel_undistributed,
    end_budget_year,
    hold_again,
    next_year,
    read_year_end,
    release_holds,
    reopen_carried,
    undo_year_end,
)
from ledger.compilation.rounds import resolve_budget
from ledger.db import owner, snapshot
from ledger.errors import (
    EventRaced,
    IndicatorUnfit,
    LimitExceeded,
    NotPermitted,
    PeriodClosed,
    PreparerLacksDuty,
    PreparerPosts,
    UnknownBook,
)
from ledger.install import SetPlan
from ledger.limits import GRANTS, STATES, explain
from ledger.money import Fen
from ledger.periods import close_for_good
from tests.conftest import make_city
from tests.ledger.budget_city import PERSONNEL, TESTS, UPKEEP, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.test_budget_binds import release

FENS = (812_345 * 37 * 12, 300_001 * 37, round(355 * 1234.5 * 12), 12_345 * 1250 * 2)
PAY, GOODS, UPKEEP_LINE, WATER = (f"2024-B-201-000{n}" for n in range(1, 5))
"""Pay, office goods and upkeep are basic expenditure; the water tests are a project."""
LAST, FIRST = dt.date(2024, 12, 31), dt.date(2025, 1, 1)
BY = {"document": "财预〔2024〕99号", "prepared_by": "revw"}
HELD = {"document": "财预〔2024〕98号", "prepared_by": "over"}


def budgeted(city):
    """Approve and release a budget of 2024; the books of 2025 are open too."""
    prepare(city)
    compile_budget(city, PERSONNEL, UPKEEP, TESTS)
    act(city, "APPR", resolve_budget, resolution(sum(FENS)))
    release(city)
    with owner(city.source) as connection:
        plan = SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, FIRST, "指标", "Indicators")
        install.create_account_sets(connection, city.treasury_id, [plan])
    return city


@pytest.fixture
def year(city):
    return budgeted(city)


def stands(city, year=YEAR):
    with snapshot(city.source) as connection:
        return read_year_end(connection, city.treasury_id, year)


def left(city, year=YEAR):
    return {each.indicator: (each.awaiting, each.free, each.held) for each in stands(city, year).left}


def moved(city, kind, indicator, fen, duty="PCHK", by="over", **more):
    with snapshot(city.source) as connection:
        line = next(g for g in grants(connection, city.treasury_id, YEAR) if g.indicator == indicator)
    event = city.event(kind, prepared_by=by, facts={"amount": Fen(fen)}, dims=line.line(indicator, "201").dims(**more))
    return city.post(duty, event)


def test_a_project_is_carried_and_basic_expenditure_lapses(year):
    assert left(year) == {code: (0, fen, 0) for code, fen in zip((PAY, GOODS, UPKEEP_LINE, WATER), FENS, strict=True)}
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    assert left(year) == {}
    done = {(each.kind, each.indicator): (each.fen, each.on) for each in stands(year).done}
    assert done == {
        ("indicator_carry_over", WATER): (FENS[3], LAST),
        **{
            ("indicator_recovery", code): (fen, LAST)
            for code, fen in zip((PAY, GOODS, UPKEEP_LINE), FENS, strict=False)
        },
    }
    assert act(year, "ISSU", end_budget_year, YEAR, (), **BY) == []


def test_a_project_may_lapse_but_what_lapses_by_rule_is_not_carried(year):
    act(year, "ISSU", end_budget_year, YEAR, {WATER}, **BY)
    assert {each.kind for each in stands(year).done} == {"indicator_recovery"}


def test_what_was_carried_goes_on_in_the_next_year_under_the_same_trace_and_lapses_at_its_end(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    heir = next_year(WATER, YEAR)
    assert left(year, 2025) == {heir: (0, FENS[3], 0)}
    (one,) = stands(year, 2025).left
    assert (one.origin, one.project, one.agency) == (2024, TESTS.project, "201")
    assert act(year, "ISSU", reopen_carried, YEAR, **BY) == []
    act(year, "ISSU", end_budget_year, 2025, (), **BY)
    assert [(each.kind, each.indicator) for each in stands(year, 2025).done] == [("indicator_recovery", heir)]


def test_carrying_twice_is_refused_by_the_books_themselves(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    heir = next_year(WATER, YEAR)
    facts = {"awaiting": Fen(0), "executable": Fen(1)}
    dims = stands(year, 2025).left[0].line().dims()
    with pytest.raises(CarriedOverBefore):
        year.post("ISSU", year.event("indicator_carry_over", prepared_by="revw", on=dt.date(2025, 12, 31), facts=facts,
                                     dims={**dims, "indicator": heir}))  # fmt: skip


def test_holds_are_set_free_carried_and_held_again(year):
    moved(year, "indicator_hold", WATER, 700)
    with pytest.raises(BudgetYearUnsettled) as refused:
        act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    assert refused.value.facts["indicators"] == [WATER]
    act(year, "PCHK", release_holds, YEAR, **HELD)
    assert left(year)[WATER] == (0, FENS[3], 0)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    assert act(year, "PCHK", hold_again, YEAR, **HELD) == []
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    act(year, "PCHK", hold_again, YEAR, **HELD)
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, FENS[3] - 700, 700)}
    assert act(year, "PCHK", hold_again, YEAR, **HELD) == []


def test_an_application_that_waits_stops_the_year_end(year):
    year.receive(10)
    moved(year, "payment_reservation", WATER, 10, by="appl", dept_econ="30227", gov_econ="50205", counterparty="检测所")
    with pytest.raises(BudgetYearUnsettled):
        act(year, "ISSU", end_budget_year, YEAR, (), **BY)


def test_what_nobody_was_given_is_cancelled_with_its_source(city):
    prepare(city)
    compile_budget(city, PERSONNEL)
    act(city, "APPR", resolve_budget, resolution(FENS[0]))
    act(city, "APPR", approve, city.treasury_id, YEAR, "comp")
    with pytest.raises(BudgetYearUnsettled):
        act(city, "ISSU", end_budget_year, YEAR, (), **BY)
    act(city, "ISSU", cancel_undistributed, YEAR, "1010101", **BY)
    assert stands(city).left == []
    act(city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    assert [each.undistributed for each in stands(city).left] == [FENS[0]]


def test_the_year_end_is_undone_and_done_again_until_the_books_are_closed(year):
    moved(year, "indicator_hold", WATER, 700)
    before = left(year)
    for _ in range(2):
        act(year, "PCHK", release_holds, YEAR, **HELD)
        act(year, "ISSU", end_budget_year, YEAR, (), **BY)
        act(year, "ISSU", reopen_carried, YEAR, **BY)
        act(year, "PCHK", hold_again, YEAR, **HELD)
        act(year, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
        assert (left(year), left(year, 2025), stands(year).done) == (before, {}, [])
    with pytest.raises(NothingToUndo):
        act(year, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    act(year, "PCHK", release_holds, YEAR, **HELD)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    for month in range(13):
        act(year, "CLOS", close_for_good, "I2024", month, "结账")
    with pytest.raises(PeriodClosed):
        act(year, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")


def test_nothing_is_undone_when_the_carried_money_was_spent(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    (heir,) = stands(year, 2025).left
    year.post("PCHK", year.event("indicator_hold", prepared_by="over", on=FIRST, facts={"amount": Fen(1)},
                                 dims=heir.line().dims()))  # fmt: skip
    with pytest.raises(LimitExceeded):
        act(year, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    assert len(stands(year).done) == 5


@pytest.mark.parametrize("duty", ["REVW", "APPR", "PCHK", "AUDT_IN"])
def test_each_step_has_its_own_duty(year, duty):
    with pytest.raises(NotPermitted):
        act(year, duty, end_budget_year, YEAR, (), **BY)
    moved(year, "indicator_hold", WATER, 1)
    with pytest.raises(NotPermitted):
        act(year, "ISSU", release_holds, YEAR, **HELD)
    act(year, "PCHK", release_holds, YEAR, **HELD)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    if duty != "AUDT_IN":
        with pytest.raises(NotPermitted):
            act(year, duty, undo_year_end, YEAR, prepared_by="book")


def test_who_posts_does_not_prepare_and_a_year_without_books_has_no_end(year):
    with pytest.raises((PreparerPosts, PreparerLacksDuty)):
        act(year, "ISSU", end_budget_year, YEAR, (), document="x", prepared_by="issu")
    with pytest.raises(UnknownBook):
        act(year, "ISSU", end_budget_year, 2031, (), **BY)


def added(city, indicator, fen, on=LAST):
    with snapshot(city.source) as connection:
        line = next(g for g in grants(connection, city.treasury_id, YEAR) if g.indicator == indicator)
    dims = line.line(indicator, "201").dims(revenue="1010101")
    facts = {"awaiting": Fen(0), "executable": Fen(fen)}
    return city.post("APPR", city.event("budget_addition", prepared_by="comp", on=on, facts=facts, dims=dims))


def test_what_comes_after_the_year_end_is_carried_and_opened_too(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    added(year, WATER, 500)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, FENS[3] + 500, 0)}
    added(year, WATER, 7)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, FENS[3] + 507, 0)}
    act(year, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    assert (left(year)[WATER], left(year, 2025)) == ((0, FENS[3] + 507, 0), {})


def test_holds_that_were_set_free_one_after_the_other_are_all_held_again(year):
    for fen in (700, 30):
        moved(year, "indicator_hold", WATER, fen)
        act(year, "PCHK", release_holds, YEAR, **HELD)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    act(year, "PCHK", hold_again, YEAR, **HELD)
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, FENS[3] - 730, 730)}


def test_no_more_is_held_again_than_was_carried_over(year):
    moved(year, "indicator_hold", WATER, FENS[3])
    act(year, "PCHK", release_holds, YEAR, **HELD)
    year.receive(FENS[3])
    paid = {"dept_econ": "30227", "gov_econ": "50205", "counterparty": "检测所"}
    moved(year, "payment_reservation", WATER, FENS[3] - 9, by="appl", **paid)
    moved(year, "treasury_payment", WATER, FENS[3] - 9, duty="SIGN", by="appl", **paid)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    act(year, "PCHK", hold_again, YEAR, **HELD)
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, 0, 9)}


def test_of_many_who_open_the_same_at_once_one_does(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)

    def take(_):
        try:
            return sum(not each.already for each in act(year, "ISSU", reopen_carried, YEAR, **BY))
        except EventRaced:
            return 0

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1
    assert left(year, 2025) == {next_year(WATER, YEAR): (0, FENS[3], 0)}


def test_what_is_open_in_the_next_year_stays_carried_over(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    (carried,) = stands(year).of_kind("indicator_carry_over")
    with pytest.raises(ReopenedBeyondCarryOver) as refused:
        act(
            year, "AUDT_IN", journal.reverse, carried.event_id, key="R-1", on=LAST, narration="冲销", prepared_by="book"
        )
    assert (refused.value.facts["opened_fen"], refused.value.facts["carried_fen"]) == (FENS[3], 0)
    assert WATER not in left(year)


def test_nothing_is_opened_that_was_not_carried_over(year):
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    act(year, "ISSU", reopen_carried, YEAR, **BY)
    (heir,) = stands(year, 2025).left
    facts = {"awaiting": Fen(0), "executable": Fen(1)}
    with pytest.raises(ReopenedBeyondCarryOver):
        year.post(
            "ISSU",
            year.event("indicator_reopening", prepared_by="revw", on=FIRST, facts=facts, dims=heir.line().dims()),
        )
    with snapshot(year.source) as connection:
        line = next(g for g in grants(connection, year.treasury_id, YEAR) if g.indicator == WATER)
    dims = line.line(WATER, "201").dims()
    with pytest.raises(ReopenedBeyondCarryOver):
        year.post("ISSU", year.event("indicator_reopening", prepared_by="revw", facts=facts, dims=dims))


def test_a_line_is_given_nothing_in_the_books_of_another_year(year):
    with pytest.raises(IndicatorUnfit):
        added(year, WATER, 1, on=FIRST)
    assert left(year, 2025) == {}


def test_a_key_that_looks_like_a_step_of_the_year_end_is_none(year):
    with snapshot(year.source) as connection:
        line = (
            next(g for g in grants(connection, year.treasury_id, YEAR) if g.indicator == GOODS)
            .line(GOODS, "201")
            .dims()
        )
    for key in ("YE-2024-", "YE-2024-x-y", f"YE-2024-{'9' * 150}-{GOODS}", f"YE-2024-1-{GOODS}", f"YE-2024-2-{WATER}"):
        event = year.event("indicator_hold", prepared_by="over", key=key, facts={"amount": Fen(1)}, dims=line)
        year.post("PCHK", event)
    assert stands(year).done == []
    act(year, "PCHK", release_holds, YEAR, **HELD)
    act(year, "ISSU", end_budget_year, YEAR, (), **BY)
    assert {each.kind for each in stands(year).done} == {
        "indicator_release",
        "indicator_carry_over",
        "indicator_recovery",
    }
    assert len(stands(year).done) == 5


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["hold", "free", "end", "reopen", "again", "undo"]), st.sampled_from([GOODS, WATER]),
                          st.integers(1, 40_000_000)), max_size=8))  # fmt: skip
def test_whatever_is_carried_and_undone_every_indicator_stays_whole(source, steps):
    city = budgeted(make_city(source))
    for what, line, fen in steps:
        try:
            match what:
                case "hold":
                    moved(city, "indicator_hold", line, fen)
                case "free":
                    act(city, "PCHK", release_holds, YEAR, **HELD)
                case "end":
                    act(city, "ISSU", end_budget_year, YEAR, (), **BY)
                case "reopen":
                    act(city, "ISSU", reopen_carried, YEAR, **BY)
                case "again":
                    act(city, "PCHK", hold_again, YEAR, **HELD)
                case "undo":
                    act(city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
        except (LimitExceeded, BudgetYearUnsettled, NothingToUndo):
            pass
    with snapshot(city.source) as connection:
        for code in (PAY, GOODS, UPKEEP_LINE, WATER):
            of = explain(connection, city.treasury_id, code)
            assert sum(getattr(of, n).fen for n in GRANTS) == sum(getattr(of, n).fen for n in STATES)
        carried = sum(
            each.fen for each in read_year_end(connection, city.treasury_id, YEAR).of_kind("indicator_reopening")
        )
        there = read_year_end(connection, city.treasury_id, 2025).left
    assert sum(each.unspent + each.held for each in there) == carried
