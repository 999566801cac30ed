"""What leaves a unit's bank account bears a fund that it holds there: own money is not spent under another name."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.budget_errors import FundNotInBank, MoneyByHand, OwnMoneyBeyondBudget
from ledger.db import snapshot
from ledger.errors import LimitExceeded, UnbalancedVoucher
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from ledger.yearend import close_year
from tests.conftest import DAY, make_city
from tests.ledger.budget_city import act
from tests.ledger.test_own_money import FUNC, OWN_FEN, budgeted, spend, stands
from tests.ledger.test_own_money import payment as own_payment

USE = {"func": FUNC, "dept_econ": "30227"}
NEED = {"6001", "810101"}


@pytest.fixture
def unit(city):
    return budgeted(city)


def by_hand(city, *lines, kind="manual"):
    voucher = GivenVoucher("A201-2024", tuple(GivenLine(a, s, Fen(f), dims) for a, s, f, dims in lines))
    return city.event(kind, prepared_by="book", vouchers=(voucher,))


def receive(city, fen, fund="1"):
    """Money of a fund comes into the unit's bank account: a supplier pays back what an earlier year paid."""
    facts = {"received": Fen(fen), "depreciation": Fen(0)}
    dims = {"fund": fund, "func": FUNC, "agency": "201"}
    (posted,) = city.post("AUDT_IN", city.event("prior_year_correction", prepared_by="book", facts=facts, dims=dims))
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


def moved_by_hand(account, back):
    """Give own money that was carried over to the general budget, through an account."""
    return [
        [(account, "D", 100, {"fund": "6", **back}), ("800102", "C", 100, {"fund": "6"})],
        [("800102", "D", 100, {"fund": "1"}), (account, "C", 100, {"fund": "1", **back})],
    ]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("account", "back"),
    [
        ("820204", {}),
        ("820201", {}),
        ("820101", {}),
        ("810101", {"func": FUNC}),
        ("6001", {"func": FUNC}),
        ("8501", {}),
    ],
)
def test_what_was_carried_over_of_one_fund_is_not_given_to_another_by_hand(unit, account, back, together):
    out, into = moved_by_hand(account, {name: code for name, code in back.items() if not account.startswith("8501")})
    for lines in [[*out, *into]] if together else [into]:
        with pytest.raises(MoneyByHand) as refused:
            unit.post("AUDT_IN", by_hand(unit, *lines))
        assert (refused.value.facts["fund"], refused.value.facts["amount_fen"]) == ("1", 100)
    assert held(unit, "1") == 0


@pytest.mark.parametrize(
    ("kind", "duty"),
    [("manual", "AUDT_IN"), ("year_end_close", "CLOS"), ("opening", "CLOS"), ("yearly_totals", "CLOS")],
)
def test_no_event_that_brings_its_own_lines_gives_a_fund_what_is_of_another(unit, kind, duty):
    for lines in (
        [line for part in moved_by_hand("820204", {}) for line in part],
        [("7101", "D", 100, {**USE, "fund": "1"}), ("820204", "C", 100, {"fund": "1"})],  # to be taken back as money
        [("800103", "D", 100, {"fund": "1"}), ("820204", "C", 100, {"fund": "1"})],
        [("800102", "D", 100, {"fund": "6"}), ("820204", "C", 100, {"fund": "6"})],
    ):
        with pytest.raises(MoneyByHand):
            unit.post(duty, by_hand(unit, *lines, kind=kind))


def test_by_hand_what_was_spent_comes_back_and_own_money_comes_as_income(unit):
    receive(unit, 700)
    unit.post("SIGN", payment(unit, 700))
    back = [("800102", "D", 300, {"fund": "1"}), ("7101", "C", 300, {**USE, "fund": "1"})]
    unit.post("AUDT_IN", by_hand(unit, *back))
    assert held(unit, "1") == 300
    with pytest.raises(MoneyByHand):
        unit.post("AUDT_IN", by_hand(unit, *back[:1], ("7101", "C", 299, {**USE, "fund": "1"}),
                                     ("820204", "C", 1, {"fund": "1"})))  # fmt: skip
    unit.post("AUDT_IN", by_hand(unit, ("800102", "D", 5, {"fund": "6"}), ("6609", "C", 5, {"fund": "6"})))
    assert held(unit, "6") == 5


def test_what_opens_the_books_may_be_of_any_fund(unit):
    lines = [("800102", "D", 100, {"fund": "1"}), ("810107", "C", 100, {"fund": "1", "func": FUNC})]
    opening = replace(by_hand(unit, *lines, kind="opening"), on=dt.date(2023, 12, 31))
    unit.post("CLOS", opening)
    assert held(unit, "1") == 100


def test_a_close_that_is_done_again_gives_back_what_was_taken_back_since(unit):
    receive(unit, 700)
    (posted,) = unit.post("SIGN", payment(unit, 700))
    last = dt.date(2024, 12, 31)
    act(unit, "CLOS", close_year, "A201-2024", key_prefix="c-", prepared_by="book", on=last)
    act(unit, "AUDT_IN", journal.reverse, posted.event_id, key="R", on=last, narration="冲销", prepared_by="book")
    assert act(unit, "CLOS", close_year, "A201-2024", key_prefix="d-", prepared_by="book", on=last)


def have_of(city):
    """What the unit has and has spent of each fund, less its income of its own."""
    with snapshot(city.source) as connection:
        return dict(connection.exec_driver_sql(
            "select p.fund, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint"
            "  from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
            "  join ledger.account a on (a.chart, a.code) = (s.chart, p.account)"
            " where s.treasury_id = %s and s.code = 'A201-2024' and (p.account like '8001%%' or a.element = 'budget_expense'"
            "       or a.element = 'budget_revenue' and p.fund = '6') group by 1", (city.treasury_id,)).all())  # fmt: skip


HANDS = st.lists(
    st.tuples(
        st.sampled_from(["800101", "800102", "800103", "7101", "6001", "6609", "810101", "820104", "820201", "820204"]),
        st.sampled_from("126"), st.integers(-300, 300).filter(bool),
    ), min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.lists(HANDS, min_size=1, max_size=5))
def test_whatever_is_booked_by_hand_no_fund_rises(source, vouchers):
    unit = budgeted(make_city(source))
    receive(unit, 500)
    spend(unit, 50)
    before = have_of(unit)
    for given_lines in vouchers:
        lines = []
        for account, fund, fen in given_lines:
            dims = {"fund": fund, **({**USE} if account == "7101" else {"func": FUNC} if account in NEED else {})}
            other = "800102" if account == "820204" or fen < 0 else "820204"
            sides = "DC" if fen > 0 else "CD"
            lines += [(account, sides[0], abs(fen), dims), (other, sides[1], abs(fen), {"fund": fund})]
        with suppress(MoneyByHand, FundNotInBank, OwnMoneyBeyondBudget, LimitExceeded):
            unit.post("AUDT_IN", by_hand(unit, *lines))
    after = have_of(unit)
    assert all(after.get(fund, 0) <= before.get(fund, 0) for fund in after)
