"""Before the Congress approves the budget: carry-over, the same period of last year, statutory duties; and nothing else."""

import datetime as dt
from dataclasses import replace

import pytest

from ledger import install
from ledger.budget_errors import (
    AdvanceTooLate,
    AdvanceUnlawful,
    AlreadyApproved,
    BeyondLastYear,
    BudgetBelowAdvance,
    BudgetDocumentMissing,
)
from ledger.compilation.advances import Advance, allowed, grant_advance, release_advances
from ledger.compilation.approval import approve, grants
from ledger.compilation.indicators import AdjustIndicator, OpenIndicator, adjust_indicator, open_indicators
from ledger.compilation.packages import save_package
from ledger.compilation.rebuild import rebuild
from ledger.compilation.rounds import resolve_budget
from ledger.db import owner, snapshot
from ledger.errors import InvalidAmount, LimitExceeded, NotPermitted, UnknownCode
from ledger.install import SetPlan
from ledger.money import Fen
from ledger.orders import BudgetLine
from tests.ledger.budget_city import PERSONNEL, UPKEEP, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.test_budget_binds import release

GOODS_FEN, UPKEEP_FEN = 300_001 * 37, round(355 * 1234.5 * 12)
TOTAL = 812_345 * 37 * 12 + GOODS_FEN + UPKEEP_FEN
JAN = dt.date(2024, 1, 15)
GOODS = Advance(fiscal_year=YEAR, reason="statutory", agency="201", fund="1", func=UPKEEP.func, dept_econ="30201",
                amount_fen=700, given_on=JAN, document="府发〔2024〕2号")  # fmt: skip
NEXT = replace(GOODS, document="府发〔2024〕3号")
UNIT = "2024-B-T1-U"


def give(city, advance=GOODS):
    act(city, "APPR", grant_advance, advance, prepared_by="comp")
    act(city, "ISSU", release_advances, YEAR, prepared_by="revw")


@pytest.fixture
def town(city):
    prepare(city)
    for package in (PERSONNEL, UPKEEP):
        act(city, "COMP", save_package, package)
    city.receive(1_000_000, on=JAN)
    return city


def reserve(city, indicator, fen, on=JAN):
    dims = city.payment_dims(indicator, func=UPKEEP.func)
    return city.post(
        "PCHK", city.event("payment_reservation", prepared_by="appl", on=on, facts={"amount": Fen(fen)}, dims=dims)
    )


def test_what_was_given_in_advance_is_spent_before_the_resolution_and_no_more(town):
    give(town)
    reserve(town, UNIT, 700)
    with pytest.raises(LimitExceeded):
        reserve(town, UNIT, 1)
    give(town, NEXT)  # a second one beside it; the first is not given out twice
    with snapshot(town.source) as connection:
        assert [(each.indicator, each.amount_fen) for each in allowed(connection, town.treasury_id, YEAR)] == [
            ("2024-B-T1", 700), ("2024-B-T2", 700)]  # fmt: skip
    reserve(town, "2024-B-T2-U", 700)


def test_the_same_is_given_once_by_the_same_document(town):
    act(town, "APPR", grant_advance, GOODS, prepared_by="comp")
    with pytest.raises(AlreadyApproved):
        act(town, "APPR", grant_advance, GOODS, prepared_by="comp")
    for other in (NEXT, replace(GOODS, amount_fen=701), replace(GOODS, given_on=dt.date(2024, 1, 16))):
        act(town, "APPR", grant_advance, other, prepared_by="comp")
    with snapshot(town.source) as connection:
        assert len(allowed(connection, town.treasury_id, YEAR)) == 4


def test_what_was_released_is_not_released_again_by_whoever_prepares_the_next(town):
    give(town)
    act(town, "APPR", grant_advance, NEXT, prepared_by="comp")
    assert len(act(town, "ISSU", release_advances, YEAR, prepared_by="revw")) == 3
    assert act(town, "ISSU", release_advances, YEAR, prepared_by="revw") == []


def test_the_approved_budget_grants_what_is_left_of_the_line(town):
    give(town)
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    release(town)
    with snapshot(town.source) as connection:
        given = {(g.indicator, g.fen) for g in grants(connection, town.treasury_id, YEAR)}
        found = rebuild(connection, town.treasury_id, YEAR)
    assert {(UNIT, 700), ("2024-B-201-0002", GOODS_FEN - 700)} <= given
    assert sum(fen for _, fen in given) == TOTAL
    assert (found.fen, list(found.differences)) == (TOTAL, [])
    on = dt.date(2024, 3, 1)
    reserve(town, "2024-B-201-0002", GOODS_FEN - 700, on)
    with pytest.raises(LimitExceeded):
        reserve(town, "2024-B-201-0002", 1, on)


def test_a_line_given_whole_in_advance_needs_no_more(town):
    give(town, replace(GOODS, amount_fen=GOODS_FEN))
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    release(town)
    with snapshot(town.source) as connection:
        assert "2024-B-201-0002" not in {g.indicator for g in grants(connection, town.treasury_id, YEAR)}


def test_nothing_else_is_approved_or_spent_before_the_resolution(town):
    with pytest.raises(AdvanceUnlawful):
        town.grant(5, func=UPKEEP.func)
    give(town)
    none = dict.fromkeys(
        ["from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over"], Fen(0)
    )
    again = town.event("budget_approval", prepared_by="comp", on=JAN, facts={**none, "from_revenue": Fen(700)},
                       dims={"fund": "1", "func": UPKEEP.func, "indicator": "2024-B-T1"})  # fmt: skip
    with pytest.raises(AdvanceUnlawful):
        town.post("APPR", again)
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    release(town)
    with pytest.raises(AdvanceUnlawful):
        reserve(town, "2024-B-201-0002", 1, JAN)


def test_a_line_whose_agency_only_looks_like_an_advance_is_none(town):
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    line = BudgetLine(indicator="2024-B-T9-0001", fund="1", func=UPKEEP.func, agency="201", dept_econ="30201")
    opened = OpenIndicator(indicator=line.indicator, parent=None, fiscal_year=YEAR, fund="1", document="x", agency="201",
                           func=UPKEEP.func, dept_econ="30201")  # fmt: skip
    act(town, "COMP", open_indicators, [opened])
    more = AdjustIndicator(key="ZJ-1", on=dt.date(2024, 3, 1), narration="追加", prepared_by="comp", line=line,
                           revenue="1010101", executable=Fen(5))  # fmt: skip
    act(town, "APPR", adjust_indicator, more)
    with pytest.raises(AdvanceUnlawful):
        reserve(town, line.indicator, 5, JAN)
    reserve(town, line.indicator, 5, dt.date(2024, 3, 1))


def test_less_approved_than_given_is_refused(town):
    give(town, replace(GOODS, dept_econ="30202"))
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    with pytest.raises(BudgetBelowAdvance):
        act(town, "APPR", approve, town.treasury_id, YEAR, "comp")


def test_as_much_as_in_the_same_period_of_the_year_before(city):
    with owner(city.source) as connection:
        first = dt.date(2025, 1, 1)
        plans = [SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, first, "指标", "Indicators")]
        install.create_account_sets(connection, city.treasury_id, plans)
    city.receive(5_000)
    city.pay(city.grant(5_000), 3_000)  # on March the 5th of 2024
    early = replace(GOODS, fiscal_year=2025, reason="same_period", amount_fen=3_000)
    with pytest.raises(BeyondLastYear):
        act(city, "APPR", grant_advance, replace(early, given_on=dt.date(2025, 3, 4)), prepared_by="comp")
    on = replace(early, given_on=dt.date(2025, 3, 5))
    with pytest.raises(BeyondLastYear):
        act(city, "APPR", grant_advance, replace(on, amount_fen=3_001), prepared_by="comp")
    act(city, "APPR", grant_advance, replace(on, amount_fen=2_000), prepared_by="comp")
    with pytest.raises(BeyondLastYear):
        act(city, "APPR", grant_advance, replace(on, amount_fen=1_001), prepared_by="comp")
    act(city, "APPR", grant_advance, replace(on, amount_fen=1_000), prepared_by="comp")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason": "because"}, AdvanceUnlawful),
        ({"given_on": dt.date(2023, 12, 31)}, AdvanceTooLate),
        ({"agency": "999"}, UnknownCode),
        ({"func": "9999999"}, UnknownCode),
        ({"dept_econ": "302"}, UnknownCode),
        ({"dept_econ": None}, UnknownCode),
        ({"project": "X", "dept_econ": "30201"}, UnknownCode),
        ({"fund": "6"}, UnknownCode),
        ({"amount_fen": 0}, InvalidAmount),
        ({"document": " "}, BudgetDocumentMissing),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_stands(town, given, error):
    with pytest.raises(error):
        give(town, replace(GOODS, **given))
    with snapshot(town.source) as connection:
        assert allowed(connection, town.treasury_id, YEAR) == []


def test_after_the_resolution_nothing_is_given_in_advance(town):
    compile_budget(town, PERSONNEL, UPKEEP)
    act(town, "APPR", resolve_budget, resolution(TOTAL))
    with pytest.raises(AdvanceTooLate):
        give(town)


@pytest.mark.parametrize("duty", ["COMP", "REVW", "ISSU"])
def test_only_who_approves_gives_in_advance(town, duty):
    with pytest.raises(NotPermitted):
        act(town, duty, grant_advance, GOODS, prepared_by="comp")
