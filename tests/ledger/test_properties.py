"""Whatever is posted, in any order: every book balances, every identity holds, and what was once known stays said.

The identities are those of indicator accounting: debits equal credits for each year and fund; what an indicator was
given equals where it stands; nothing runs dry; every indicator leads back to the approval; and what the
indicators paid is what the bureau and the units booked.
"""

import datetime as dt
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import errors, limits
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.db import snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.money import MOST, Fen, format_yuan, parse_yuan, split
from ledger.sequencer import sequence
from reports.trial_balance import trial_balance
from tests.conftest import make_city

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
UNITS = {"201": {"func": "2050201", "gov_econ": "50201"}, "202": {"func": "2050203", "gov_econ": "50502"}}
STEPS = ("receive", "hold", "release", "reserve", "reserve_held", "withdraw", "pay", "refund", "add", "reduce", "carry")
ASKED = {  # step -> (kind, duty, preparer)
    "hold": ("indicator_hold", "PCHK", "appl"),
    "release": ("indicator_release", "PCHK", "appl"),
    "reserve": ("payment_reservation", "PCHK", "appl"),
    "reserve_held": ("held_payment_reservation", "PCHK", "appl"),
    "withdraw": ("reservation_release", "PCHK", "appl"),
    "pay": ("treasury_payment", "SIGN", "appl"),
    "refund": ("payment_refund", "SIGN", "appl"),
    "add": ("budget_addition", "APPR", "comp"),
    "reduce": ("budget_reduction", "ISSU", "revw"),
    "carry": ("indicator_carry_over", "ISSU", "revw"),
}
ADJUSTMENT = "人大常〔2024〕18号"
step = st.tuples(st.sampled_from(STEPS), st.sampled_from(["201", "202"]), st.integers(1, 40_000), DAYS)
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def running(source):
    """One city for all examples: the identities hold whatever stands there already."""
    city = make_city(source)
    city.receive(1_000_000, on=dt.date(2024, 1, 2))
    found = {unit: city.grant(100_000, agency=unit, func=dims["func"]) for unit, dims in UNITS.items()}
    plan = Adjustment(
        fiscal_year=2024, document=ADJUSTMENT, title="方案", passed_on=dt.date(2024, 1, 1), amount_fen=10**12
    )
    with transaction(source, city.session("APPR")) as tx:
        record_adjustment(tx, plan)
    for unit in UNITS:
        for name, fen in (("hold", 20_000), ("reserve", 20_000), ("pay", 5_000), ("refund", 700)):
            take(city, found, name, unit, fen, dt.date(2024, 1, 3))
    return city, found


def take(city, indicators, name, unit, fen, on):
    """Try one step; a limit may refuse it, and nothing else may."""
    if name == "receive":
        city.receive(fen, on=on)
        return
    kind, duty, preparer = ASKED[name]
    dims = {**city.payment_dims(indicators[unit], agency=unit), **UNITS[unit]}
    facts = {"amount": Fen(fen)}
    if name in {"add", "reduce", "carry"}:
        facts = {"awaiting": Fen(0), "executable": Fen(fen)}
        dims["revenue"] = "1010101"
    try:
        city.post(duty, city.event(kind, prepared_by=preparer, on=on, facts=facts, dims=dims, document=ADJUSTMENT))
    except errors.LimitExceeded as error:
        assert error.facts["short_fen"] > 0


def read(city, sql):
    with snapshot(city.source) as books:
        return [tuple(row) for row in books.exec_driver_sql(sql, (city.treasury_id,))]


OFF = "sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)"
BALANCED = f"select p.voucher_id, p.book from ledger.posting p where p.treasury_id = %s group by 1, 2 having {OFF} <> 0"
BY_FUND = f"""
select s.fiscal_year, p.fund from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)
 where p.treasury_id = %s and s.role = 'indicator' group by 1, 2 having {OFF} <> 0"""
DRY = "select * from ledger.limit_row r where r.treasury_id = %s and r.available_fen < 0"
KEPT = f"""
select b.account_set_id, b.account from ledger.balance b
  left join (select account_set_id, account, {OFF} as fen from ledger.posting p
              where p.treasury_id = %s group by 1, 2) p using (account_set_id, account)
 where b.treasury_id = %s and b.debit_fen - b.credit_fen is distinct from p.fen"""
RUNNING = f"""
select r.account_set_id, r.account, r.limit_key from ledger.limit_row r
  left join (select account_set_id, account, limit_key, {OFF} as fen from ledger.posting p
              where p.treasury_id = %s group by 1, 2, 3) p using (account_set_id, account, limit_key)
 where r.treasury_id = %s and r.available_fen is distinct from p.fen"""
ROOTLESS = """
with recursive up as (
  select treasury_id, indicator, parent from ledger.indicator where treasury_id = %s
  union all select u.treasury_id, u.indicator, i.parent from up u
    join ledger.indicator i on (i.treasury_id, i.indicator) = (u.treasury_id, u.parent))
select u.indicator from up u group by 1 having bool_and(u.parent is not null)"""
PAID = f"""
select s.role, p.account, p.func, to_char(p.effective_on, 'YYYY-MM') as month, {OFF}
  from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)
 where p.treasury_id = %s and p.account in ('Z701', '7001', '7101', '7201') group by 1, 2, 3, 4"""


def assert_identities(city, indicators):
    assert read(city, BALANCED) == []
    assert read(city, BY_FUND) == []
    assert read(city, DRY) == []
    with snapshot(city.source) as books:
        for sql in (KEPT, RUNNING):
            assert books.exec_driver_sql(sql, (city.treasury_id, city.treasury_id)).all() == []
        standings = [limits.explain(books, city.treasury_id, code) for code in indicators.values()]
    for told in standings:
        assert sum(getattr(told, g).fen for g in limits.GRANTS) == sum(getattr(told, s).fen for s in limits.STATES)
        assert min(told.awaiting.fen, told.free.fen, told.held.fen, told.reserved.fen) >= 0
    assert read(city, ROOTLESS) == []
    paid = defaultdict(dict)
    for role, _, func, month, fen in read(city, PAID):
        if fen:
            paid[role][func, month] = fen
    assert paid["indicator"] == paid["bureau"] == paid["agency"]


@QUICK
@given(steps=st.lists(step, min_size=1, max_size=8))
def test_any_steps_keep_every_book_balanced_and_every_identity_true(running, steps):
    city, indicators = running
    for each in steps:
        take(city, indicators, *each)
    assert_identities(city, indicators)


def balance_sheet(city, code, on, known):
    with snapshot(city.source) as books:
        table = trial_balance(books, set_code=code, treasury=city.treasury_id, on=on, known=known)
    return [(row.account.code, row.opening, row.debit, row.credit) for row in table.rows]


def log_size(city):
    sequence(city.source, city.treasury_id)
    return read(city, "select z.size from ledger.log_size z where z.treasury_id = %s")[0][0]


@QUICK
@given(asked=st.lists(st.tuples(DAYS, st.sampled_from(["B2024", "I2024", "A201-2024"])), min_size=1, max_size=3),
       steps=st.lists(step, min_size=1, max_size=6))  # fmt: skip
def test_no_later_posting_changes_what_was_known_of_any_day(running, asked, steps):
    city, indicators = running
    known = log_size(city)
    said = {(on, code): balance_sheet(city, code, on, known) for on, code in asked}
    for each in steps:
        take(city, indicators, *each)
    now = log_size(city)
    assert {(on, code): balance_sheet(city, code, on, known) for on, code in asked} == said
    for on, code in asked:  # and with all that is known now, the answer is the one of the running sums
        with snapshot(city.source) as books:
            kept = trial_balance(books, set_code=code, treasury=city.treasury_id, on=on)
        assert balance_sheet(city, code, on, now) == [
            (row.account.code, row.opening, row.debit, row.credit) for row in kept.rows
        ]


@QUICK
@given(fens=st.lists(st.integers(1, 10**12), min_size=1, max_size=6), wrong=st.integers(-1000, 1000).filter(bool),
       at=st.integers(0, 5))  # fmt: skip
def test_any_lines_that_do_not_balance_are_refused_and_those_that_do_are_taken(running, fens, wrong, at):
    city, _ = running
    lines = [GivenLine("1001", "D", Fen(fen), {"fund": "1"}) for fen in fens]
    lines.append(GivenLine("4001", "C", Fen(sum(fens)), {"fund": "1", "revenue": "1010101"}))

    def post(given_lines):
        vouchers = (GivenVoucher("B2024", tuple(given_lines)),)
        return city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=vouchers))

    at %= len(lines)
    off = lines[at].amount + wrong
    if off > 0:
        bent = [GivenLine(x.account, x.side, Fen(off) if n == at else x.amount, x.dims) for n, x in enumerate(lines)]
        with pytest.raises(errors.UnbalancedVoucher) as refused:
            post(bent)
        assert refused.value.facts["off_by_fen"] == (wrong if lines[at].side == "D" else -wrong)
    assert post(lines)


@given(total=st.integers(-MOST, MOST), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=9).filter(any))
def test_a_split_adds_up_to_its_total_and_each_part_is_off_by_less_than_it_should(total, weights):
    parts = split(Fen(total), weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert all(type(part) is int for part in parts)
    for part, weight in list(zip(parts, weights, strict=True))[:-1]:
        exact, over = divmod(abs(total) * weight, sum(weights))
        assert abs(part) == exact
        assert over < sum(weights)
    assert all(part * total >= 0 for part in parts)


@given(fen=st.integers(-MOST, MOST))
def test_an_amount_written_and_read_again_is_the_same_fen(fen):
    assert parse_yuan(format_yuan(fen)) == fen


@given(
    text=st.one_of(st.text(), st.floats().map(str), st.decimals().map(str), st.from_regex(r"-?[0-9]{1,17}\.[0-9]{0,4}"))
)
def test_any_text_is_an_exact_amount_or_refused(text):
    try:
        fen = parse_yuan(text)
    except errors.InvalidAmount:
        return
    assert abs(fen) <= MOST
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    yuan, _, rest = digits.partition(".")
    assert fen == int(f"{sign}{yuan}{rest.ljust(2, '0')}")


@given(amount=st.one_of(st.floats(), st.decimals(), st.integers(), st.booleans(), st.none()))
def test_what_is_no_text_is_no_amount(amount):
    with pytest.raises(errors.InvalidAmount):
        parse_yuan(amount)
