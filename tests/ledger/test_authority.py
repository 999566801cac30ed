"""Money moves between budget lines within an authority limit, and beyond it only with an approval of that very move."""

import pytest

from ledger.budget_errors import AlreadyApproved, BeyondAuthority, BudgetDocumentMissing, FundsMixed
from ledger.compilation.authority import ReallocationLimit, approve_reallocation, set_reallocation_limit
from ledger.db import transaction
from ledger.errors import InvalidAmount, LimitExceeded, NotPermitted
from ledger.money import Fen


@pytest.fixture
def lines(city):
    """Three lines of 500.03: two of one function, one of another."""
    return [city.grant(50_003), city.grant(50_003), city.grant(50_003, func="2050203")]


def limit(city, same, other, duty="APPR", document="财预〔2024〕2号"):
    with transaction(city.source, city.session(duty)) as tx:
        return set_reallocation_limit(
            tx, ReallocationLimit(same_func_fen=same, other_func_fen=other, document=document)
        )


def approve(city, key, fen, duty="APPR"):
    with transaction(city.source, city.session(duty)) as tx:
        approve_reallocation(tx, key, fen, "府办〔2024〕9号")


def move(city, giver, taker, fen, key="", funcs=("2050201", "2050201")):
    at = {"fund": "1", "agency": "201"}
    return city.post("ISSU", city.event(
        "indicator_reallocation", prepared_by="revw", key=key, facts={"amount": Fen(fen)},
        parties={"from": {**at, "func": funcs[0], "indicator": giver}, "to": {**at, "func": funcs[1], "indicator": taker}}))  # fmt: skip


def test_without_a_limit_nothing_moves(city, lines):
    with pytest.raises(BeyondAuthority):
        move(city, lines[0], lines[1], 1)


def test_a_move_within_the_limit_needs_no_more(city, lines):
    limit(city, 20_000, 10_000)
    move(city, lines[0], lines[1], 20_000)
    move(city, lines[1], lines[2], 10_000, funcs=("2050201", "2050203"))
    for given in ((lines[0], lines[1], 20_001), (lines[1], lines[2], 10_001, "", ("2050201", "2050203"))):
        with pytest.raises(BeyondAuthority) as refusal:
            move(city, *given)
        assert refusal.value.facts["amount_fen"] == given[2]


def test_a_move_beyond_the_limit_is_approved_first_by_its_key(city, lines):
    limit(city, 100, 100)
    approve(city, "TJ-1", 30_000)
    with pytest.raises(BeyondAuthority):
        move(city, lines[0], lines[1], 30_001, key="TJ-1")
    with pytest.raises(BeyondAuthority):
        move(city, lines[0], lines[1], 30_000, key="TJ-2")
    move(city, lines[0], lines[1], 30_000, key="TJ-1")
    with pytest.raises(AlreadyApproved):
        approve(city, "TJ-1", 40_000)


def test_an_approval_makes_no_money(city, lines):
    approve(city, "TJ-1", 60_000)
    with pytest.raises(LimitExceeded):
        move(city, lines[0], lines[1], 50_004, key="TJ-1")


def test_only_the_approving_duty_sets_limits_and_approves(city):
    for duty in ("ISSU", "REVW", "COMP"):
        with pytest.raises(NotPermitted):
            limit(city, 1, 1, duty)
        with pytest.raises(NotPermitted):
            approve(city, "TJ-1", 1, duty)
    for same, other in ((-1, 0), (5, 6)):
        with pytest.raises(InvalidAmount):
            limit(city, same, other)
    with pytest.raises(BudgetDocumentMissing):
        limit(city, 5, 5, document=" ")


def test_the_last_limit_holds(city, lines):
    assert [limit(city, 20_000, 0), limit(city, 10_000, 0)] == [1, 2]
    with pytest.raises(BeyondAuthority):
        move(city, lines[0], lines[1], 10_001)


def test_money_of_one_fund_never_becomes_that_of_another(city, lines):
    other = city.grant(50_003, func="2120803", fund="2")
    limit(city, 90_000, 90_000)
    approve(city, "TJ-1", 90_000)
    parties = {
        "from": {"fund": "1", "agency": "201", "func": "2050201", "indicator": lines[0]},
        "to": {"fund": "2", "agency": "201", "func": "2120803", "indicator": other},
    }
    with pytest.raises(FundsMixed):
        city.post("ISSU", city.event("indicator_reallocation", prepared_by="revw", key="TJ-1",
                                     facts={"amount": Fen(1)}, parties=parties))  # fmt: skip
