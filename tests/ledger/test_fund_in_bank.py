"""What leaves a unit's bank account bears a fund that it holds there: own money is not spent under another name."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.budget_errors import FundNotInBank
from ledger.db import snapshot
from ledger.errors import UnbalancedVoucher
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from tests.conftest import DAY, make_city
from tests.ledger.budget_city import act
from tests.ledger.test_own_money import FUNC, OWN_FEN, budgeted, spend, stands
from tests.ledger.test_own_money import payment as own_payment

USE = {"func": FUNC, "dept_econ": "30227"}


@pytest.fixture
def unit(city):
    return budgeted(city)


def by_hand(city, *lines, kind="manual"):
    voucher = GivenVoucher("A201-2024", tuple(GivenLine(a, s, Fen(f), dims) for a, s, f, dims in lines))
    return city.event(kind, prepared_by="book", vouchers=(voucher,))


def receive(city, fen, fund="1"):
    """Money of a fund comes into the unit's bank account."""
    (posted,) = city.post(
        "AUDT_IN",
        by_hand(city, ("800102", "D", fen, {"fund": fund}), ("6001", "C", fen, {"fund": fund, "func": FUNC})),
    )
    return posted


def payment(city, fen, fund="1", **more):
    return own_payment(city, fen, fund=fund, **more)


def held(city, fund):
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end), 0)::bigint"
            " from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
            " where s.treasury_id = %s and s.code = 'A201-2024' and p.account = '800102' and p.fund = %s",
            (city.treasury_id, fund),
        ).scalar_one()


@pytest.mark.parametrize("fund", ["1", "2", "3", "5"])
def test_own_money_is_not_spent_under_another_fund(unit, fund):
    with pytest.raises(FundNotInBank) as refused:
        unit.post("SIGN", payment(unit, 1, fund))
    told = {name: refused.value.facts[name] for name in ("agency", "fund", "off_by_fen")}
    assert told == {"agency": "201", "fund": fund, "off_by_fen": 1}
    spend(unit, OWN_FEN)


def test_what_came_of_a_fund_is_spent_to_the_last_fen_and_no_further(unit):
    receive(unit, 700)
    unit.post("SIGN", payment(unit, 699))
    with pytest.raises(FundNotInBank):
        unit.post("SIGN", payment(unit, 2))
    with pytest.raises(FundNotInBank):
        unit.post("SIGN", payment(unit, 1, "2"))
    unit.post("SIGN", payment(unit, 1))
    assert held(unit, "1") == 0


def test_many_payments_in_one_posting_are_refused_when_together_they_are_too_much(unit):
    receive(unit, 700)
    with pytest.raises(FundNotInBank):
        unit.post("SIGN", *(payment(unit, 100) for _ in range(8)))
    unit.post("SIGN", *(payment(unit, 100) for _ in range(7)))


@pytest.mark.parametrize(
    "lines",
    [
        [("7101", "D", 100, {**USE, "fund": "1"}), ("800102", "C", 100, {"fund": "6"})],
        [("7101", "D", 100, {**USE, "fund": "1"}), ("800102", "C", 100, {})],
        [("7101", "C", 100, {**USE, "fund": "6"}), ("7101", "D", 100, {**USE, "fund": "1"}),
         ("800102", "D", 100, {"fund": "6"}), ("800102", "C", 100, {"fund": "6"})],
        [("7101", "C", 100, {**USE, "fund": "6"}), ("7101", "D", 100, {**USE, "fund": "1"})],
        [("800102", "D", 100, {"fund": "1"}), ("800102", "C", 100, {"fund": "6"})],
    ],
)  # fmt: skip
def test_what_leaves_the_account_bears_the_fund_of_what_it_pays_for(unit, lines):
    spend(unit, 100)
    receive(unit, 100)
    with pytest.raises(FundNotInBank):
        unit.post("AUDT_IN", by_hand(unit, *lines))
    assert stands(unit) == [(FUNC, OWN_FEN, 0, 100)]


def test_a_voucher_that_does_not_balance_at_all_is_told_so(unit):
    event = by_hand(unit, ("7101", "D", 100, {**USE, "fund": "1"}), ("800102", "C", 99, {"fund": "1"}))
    with pytest.raises(UnbalancedVoucher):
        unit.post("AUDT_IN", event)


def test_what_came_is_not_taken_back_once_it_is_spent(unit):
    posted = receive(unit, 700)
    unit.post("SIGN", payment(unit, 700))
    with pytest.raises(FundNotInBank):
        act(unit, "AUDT_IN", journal.reverse, posted.event_id, key="R", on=DAY, narration="冲销", prepared_by="book")
    assert held(unit, "1") == 0


def test_a_payment_that_is_taken_back_may_be_made_again(unit):
    receive(unit, 700)
    (posted,) = unit.post("SIGN", payment(unit, 700))
    act(unit, "AUDT_IN", journal.reverse, posted.event_id, key="R", on=DAY, narration="冲销", prepared_by="book")
    unit.post("SIGN", payment(unit, 700))


def test_a_unit_without_a_compiled_budget_is_not_bound(city):
    city.post("SIGN", payment(city, 5))
    assert held(city, "1") == -5


def test_of_many_at_once_no_more_leaves_than_came(unit):
    receive(unit, 1_000)
    unit.session("SIGN")
    events = [payment(unit, 100, key=f"K-{n}") for n in range(25)]

    def take(event):
        try:
            unit.post("SIGN", event)
        except FundNotInBank:
            return 0
        return 1

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(take, events)) == 10
    assert held(unit, "1") == 0


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["receive", "pay"]), st.sampled_from("1256"), st.integers(1, 500)), max_size=12)
)
def test_whatever_comes_and_goes_no_other_fund_falls_below_zero(source, steps):
    city = budgeted(make_city(source))
    for what, fund, fen in steps:
        try:
            receive(city, fen, fund) if what == "receive" else city.post("SIGN", payment(city, fen, fund))
        except FundNotInBank:
            assert fund != "6"
            assert held(city, fund) < fen
        assert fund == "6" or held(city, fund) >= 0
