"""Where a claim can be made, nothing is spent on an occasion but by an approved claim, whatever kind of event spends it."""

import datetime as dt
import threading
import tomllib
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.claim_errors import ClaimNotApproved, ClaimNotNamed, ClaimOverpaid, PaymentBesideClaim
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import owner, snapshot
from ledger.errors import LedgerError, LimitExceeded
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from ledger.yearend import close_year
from tests.conftest import make_city
from tests.ledger.claim_city import (
    LATER,
    MEETING,
    NIGHT,
    act,
    approved,
    move,
    open_claims,
    pay,
    reserve,
    save,
    spent,
    travel_dims,
)
from tests.ledger.test_own_money import budgeted

TRAVEL = {"func": "2050201", "fund": "1", "dept_econ": "30211"}
SPEND = ("treasury_payment", "administration_payment", "payable_payment", "supplier_prepayment", "card_repayment",
         "own_money_repayment")  # fmt: skip
NAMELESS = ("inventory_purchase", "salary_payment")


@pytest.fixture(scope="module")
def unit(source):
    """Give a city whose bureau 201 has a budget of the year and standards of travel; every test claims for itself."""
    city = open_claims(budgeted(make_city(source)))
    city.receive(900_000_000)
    return city


@pytest.fixture(scope="module")
def indicator(unit):
    code = unit.grant(500_000_000)
    reserve(unit, code, 100_000_000, "SQ-1", dept_econ="30201")
    return code


def asked(city, events, duty):
    """Post events, and give the refusal that one needs a claim, or None."""
    try:
        city.post(duty, *events)
    except ClaimNotNamed as refusal:
        return refusal
    return None


def duty_of(kind):
    text = files("ledger.templates").joinpath(f"{kind}.toml").read_text("utf-8")
    return tomllib.loads(text)


def event(city, kind, fen, document, dims, **more):
    template = duty_of(kind)
    facts = {name: Fen(fen if n == 0 else 0) for n, name in enumerate(template["facts"])}
    prepared = template["prepared_under"][0].lower()
    return city.event(
        kind, prepared_by=prepared, on=more.pop("on", LATER), facts=facts, dims=dims, document=document, **more
    )


def spend(city, kind, fen, document, dims, **more):
    return city.post(duty_of(kind)["posted_under"], event(city, kind, fen, document, dims, **more))[0]


def unit_dims(**other):
    return {"agency": "201", **TRAVEL, **other}


def by_hand(city, *lines, document=None, books="A201-2024"):
    voucher = GivenVoucher(books, tuple(GivenLine(a, s, Fen(f), dims) for a, s, f, dims in lines))
    return city.event("manual", prepared_by="book", on=LATER, document=document, vouchers=(voucher,))


@pytest.mark.parametrize("kind", ["payment_reservation", "held_payment_reservation", *SPEND])
def test_what_applies_or_pays_names_a_claim(unit, indicator, kind):
    number = approved(unit, spent(1_000))
    dims = travel_dims(unit, indicator)
    if kind == "held_payment_reservation":
        held = {name: dims[name] for name in ("fund", "func", "agency", "indicator")}
        unit.post(
            "PCHK", unit.event("indicator_hold", prepared_by="appl", on=LATER, facts={"amount": Fen(1_000)}, dims=held)
        )
    with pytest.raises(ClaimNotNamed) as refused:
        spend(unit, kind, 1_000, None, dims)
    told = {name: refused.value.facts[name] for name in ("kind", "agency", "dept_econ", "claim_kind")}
    assert told == {"kind": kind, "agency": "201", "dept_econ": "30211", "claim_kind": "travel"}
    spend(unit, kind, 1_000, number, dims)


@pytest.mark.parametrize(
    "kind", ["card_reimbursement", "prepayment_settlement", "supplier_invoice", "bank_payment", "staff_reimbursement"]
)
def test_what_a_unit_spends_in_its_own_books_names_a_claim(unit, kind):
    dims = unit_dims(
        counterparty="周远", fund="6" if kind in {"bank_payment", "staff_reimbursement"} else "1", func="2050199"
    )
    number = approved(unit, spent(1_000))
    with pytest.raises(ClaimNotNamed):
        spend(unit, kind, 1_000, None, dims)
    spend(unit, kind, 1_000, number, dims)


@pytest.mark.parametrize("kind", NAMELESS)
def test_what_can_name_no_claim_pays_no_occasion(unit, indicator, kind):
    number = approved(unit, spent(1_000))
    dims = travel_dims(unit, indicator)
    with pytest.raises(ClaimNotNamed):
        spend(unit, kind, 1_000, None, dims)
    with pytest.raises((ClaimNotNamed, PaymentBesideClaim)):
        spend(unit, kind, 1_000, number, dims)
    spend(unit, kind, 1_000, None, {**dims, "dept_econ": "30201"})


@pytest.mark.parametrize(
    "wording",
    ["bx2024-00001", "BX2024-1", " BX2024-00001", "BX2024-00001 ", "ＢＸ2024-00001", "BX2024-000011", "SQ-7", ""],
)
def test_what_is_not_written_as_a_claim_is_none(unit, indicator, wording):
    approved(unit, spent(1_000))
    with pytest.raises(ClaimNotNamed):
        reserve(unit, indicator, 1, wording)
    with pytest.raises(ClaimNotNamed):
        pay(unit, indicator, 1, wording)


def test_a_claim_that_waits_is_none_either(unit, indicator):
    with pytest.raises(ClaimNotApproved):
        reserve(unit, indicator, 1, save(unit, spent(1_000)))


def test_one_nameless_payment_among_many_stops_them_all(unit, indicator):
    number = approved(unit, spent(1_000))
    dims = travel_dims(unit, indicator)
    good = [event(unit, "treasury_payment", 10, number, dims) for _ in range(20)]
    others = [event(unit, "treasury_payment", 10, "SQ", {**dims, "dept_econ": "30201"}) for _ in range(20)]
    bad = event(unit, "treasury_payment", 10, "SQ", dims)
    refused = asked(unit, [*good, *others, bad], "SIGN")
    assert refused is not None
    assert refused.facts["key"] == bad.key
    assert asked(unit, [*good, *others], "SIGN") is None


def test_the_class_of_an_indicator_is_that_of_a_line_that_names_none(unit):
    """Nothing is gained by leaving the class away where the indicator has it."""
    code = unit.grant(10_000, dept_econ="30211")
    dims = {name: text for name, text in travel_dims(unit, code).items() if name not in {"dept_econ", "gov_econ"}}
    with pytest.raises(ClaimNotNamed):
        unit.post("PCHK", event(unit, "payment_reservation", 1, None, dims))


@pytest.mark.parametrize("lines", [
    [("7101", "D", 100, TRAVEL), ("800102", "C", 100, {"fund": "1"})],
    [("7101", "D", 100, TRAVEL), ("7101", "C", 100, {**TRAVEL, "dept_econ": "30201"})],
    [("7101", "C", -100, TRAVEL), ("7101", "D", -100, {**TRAVEL, "dept_econ": "30201"})],
    [("7101", "D", 100, TRAVEL), ("7101", "C", 100, {**TRAVEL, "dept_econ": "30201"}),
     ("5001", "D", 100, {"dept_econ": "30201"}), ("5001", "C", 100, {"dept_econ": "30211"})],
    [("5001", "D", 100, {"dept_econ": "30211"}), ("100299", "C", 100, {})],
    [("5001", "D", 100, {"dept_econ": "30211"}), ("2307", "C", 100, {"counterparty": "周远"})],
])  # fmt: skip
def test_a_voucher_by_hand_raises_no_class_of_claims(unit, lines):
    assert asked(unit, [by_hand(unit, *lines)], "AUDT_IN") is not None


@pytest.mark.parametrize("on", [LATER, dt.date(2024, 12, 31), dt.date(2023, 12, 31)])
@pytest.mark.parametrize("kind", ["year_end_close", "opening", "yearly_totals"])
def test_no_event_that_brings_its_own_lines_pays_for_an_occasion(unit, kind, on):
    trip = {**TRAVEL, "fund": "6", "func": "2050199"}
    lines = ("7101", "D", 100, trip), ("800102", "C", 100, {"fund": "6"})
    refused = asked(unit, [replace(by_hand(unit, *lines), kind=kind, on=on)], "CLOS")
    assert refused is not None
    assert (refused.facts["kind"], refused.facts["dept_econ"]) == (kind, "30211")


def test_a_close_takes_a_trip_to_the_result_and_gives_back_one_that_was_taken_back(source):
    city = open_claims(budgeted(make_city(source)))
    city.receive(1_000)
    code, number, last = city.grant(1_000), approved(city, spent(700)), dt.date(2024, 12, 31)
    reserve(city, code, 700, number)
    paid = pay(city, code, 700, number)
    for no, code in enumerate(("A201-2024", "B2024")):
        act(city, "CLOS", close_year, code, key_prefix=f"c{no}-", prepared_by="book", on=last)
    act(city, "AUDT_IN", journal.reverse, paid.event_id, key="R", on=last, narration="冲销", prepared_by="book")
    for no, code in enumerate(("A201-2024", "B2024")):
        assert act(city, "CLOS", close_year, code, key_prefix=f"d{no}-", prepared_by="book", on=last)


def test_a_voucher_by_hand_lowers_such_a_class_or_moves_within_it(unit, indicator):
    number = approved(unit, spent(1_000))
    pay(unit, indicator, 1_000, number)
    for lines in (
        [("7101", "D", 100, {**TRAVEL, "dept_econ": "30201"}), ("7101", "C", 100, TRAVEL)],
        [("7101", "D", 100, {**TRAVEL, "counterparty": "周远"}), ("7101", "C", 100, TRAVEL)],
        [("5001", "D", 100, {"dept_econ": "30201"}), ("5001", "C", 100, {"dept_econ": "30211"})],
    ):
        assert asked(unit, [by_hand(unit, *lines)], "AUDT_IN") is None


def test_releases_refunds_and_reversals_are_not_asked(unit, indicator):
    number = approved(unit, spent(1_000))
    reserve(unit, indicator, 1_000, number)
    posted = pay(unit, indicator, 1_000, number)
    move(unit, "PCHK", "reservation_release", indicator, 1, None)
    refund = move(unit, "SIGN", "payment_refund", indicator, 1, None)
    for each in (refund, posted):
        act(
            unit,
            "AUDT_IN",
            journal.reverse,
            each.event_id,
            key=f"R-{each.event_id}",
            on=LATER,
            narration="冲销",
            prepared_by="book",
        )


def test_other_classes_agencies_years_and_classes_without_a_standard_go_on_as_before(unit, indicator):
    pay(unit, indicator, 1, None, dept_econ="30201")
    pay(unit, indicator, 1, None, dept_econ="30216", gov_econ="50203")  # no standard of training
    school = unit.grant(1_000, agency="202")  # a school without a budget of its own
    reserve(unit, school, 1, None, agency="202", gov_econ="50502")


def test_a_standard_of_the_other_kind_of_agency_or_of_other_days_asks_for_nothing(source):
    city = budgeted(make_city(source))
    standards = [
        replace(NIGHT, agency_kind="institution"),
        replace(MEETING, valid_to=dt.date(2024, 3, 19)),
        replace(NIGHT, standard="CL-DE", driver="headcount", per="year"),
        replace(NIGHT, standard="CL-MT", driver="headcount", per="time"),
        replace(NIGHT, standard="CL-LT", valid_from=dt.date(2024, 3, 21)),
    ]
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, standards))
    code = city.grant(1_000)
    reserve(city, code, 1, None)
    reserve(city, code, 1, None, dept_econ="30215", gov_econ="50202")
    with pytest.raises(ClaimNotNamed):
        reserve(city, code, 1, None, dept_econ="30215", gov_econ="50202", on=dt.date(2024, 3, 19))
    with pytest.raises(ClaimNotNamed):
        reserve(city, code, 1, None, on=dt.date(2024, 3, 21))


def test_a_city_without_a_budget_goes_on_as_before(source):
    city = open_claims(make_city(source))
    reserve(city, city.grant(1_000), 1, None)


def test_what_a_card_paid_is_repaid_once_and_not_paid_to_the_claimant_besides(unit, indicator):
    number = approved(unit, spent(1_000))
    dims = travel_dims(unit, indicator)
    spend(unit, "card_reimbursement", 1_000, number, unit_dims(counterparty="周远"))
    spend(unit, "card_repayment", 400, number, dims)
    with pytest.raises(ClaimOverpaid):
        spend(unit, "card_repayment", 601, number, dims)
    posted = spend(unit, "card_repayment", 600, number, dims)
    with pytest.raises(ClaimOverpaid):
        pay(unit, indicator, 1, number)
    act(
        unit,
        "AUDT_IN",
        journal.reverse,
        posted.event_id,
        key=f"R-{posted.event_id}",
        on=LATER,
        narration="冲销",
        prepared_by="book",
    )
    spend(unit, "card_repayment", 600, number, dims)
    other = approved(unit, spent(1_000))
    pay(unit, indicator, 1_000, other)
    with pytest.raises(ClaimOverpaid):
        spend(unit, "card_repayment", 1, other, dims)


def test_an_advance_that_is_settled_counts_by_what_was_spent_of_it(unit):
    number = approved(unit, spent(1_000))
    template = duty_of("staff_reimbursement")
    facts = dict.fromkeys(template["facts"], Fen(900)) | {template["facts"][0]: Fen(1_000)}
    made = event(unit, "staff_reimbursement", 1, number, unit_dims(counterparty="周远", fund="6", func="2050199"))
    unit.post(template["posted_under"], replace(made, facts=facts))
    with pytest.raises(ClaimOverpaid):
        spend(unit, "card_reimbursement", 1, number, unit_dims(counterparty="周远"))


def at_once(*deeds):
    """Do things at the same moment; give how each went."""
    outcomes, together = [], threading.Barrier(len(deeds))

    def attempt(deed):
        together.wait()
        try:
            deed()
        except LedgerError as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append("paid")

    threads = [threading.Thread(target=attempt, args=(deed,)) for deed in deeds]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(outcomes)


def test_of_a_card_repaid_and_a_claimant_paid_at_once_exactly_one_is(unit, indicator):
    number = approved(unit, spent(1_000))
    unit.session("SIGN")
    done = at_once(lambda: pay(unit, indicator, 1_000, number),
                   lambda: spend(unit, "card_repayment", 1_000, number, travel_dims(unit, indicator)))  # fmt: skip
    assert done == ["claim-overpaid", "paid"]


def test_of_one_that_names_a_claim_and_one_that_names_none_at_once_the_first_is_paid(unit, indicator):
    number = approved(unit, spent(1_000))
    unit.session("SIGN")
    done = at_once(lambda: pay(unit, indicator, 1_000, number), lambda: pay(unit, indicator, 1_000, None))
    assert done == ["claim-not-named", "paid"]


def spent_on_travel(city):
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end), 0)::bigint"
            "  from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
            " where p.treasury_id = %s and s.code = 'A201-2024' and p.account = '7101' and p.dept_econ = '30211'",
            (city.treasury_id,),
        ).scalar_one()


def claimed(city):
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select coalesce(sum(fen), 0)::bigint from ledger.claim_state where treasury_id = %s and state = 'approved'",
            (city.treasury_id,),
        ).scalar_one()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.booleans()), min_size=1, max_size=3),
    st.lists(
        st.tuples(
            st.sampled_from([*SPEND, *NAMELESS, "bank_payment", "payment_refund", "manual"]),
            st.integers(1, 5_000),
            st.sampled_from([None, "SQ-1", "bx2024-00001", 0, 1, 2]),
            st.sampled_from(["30211", "30201"]),
        ),
        max_size=8,
    ),
)
def test_whatever_is_posted_what_is_spent_on_an_occasion_is_covered_by_approved_claims(unit, indicator, claims, moves):
    numbers = [approved(unit, spent(fen)) if good else save(unit, spent(fen)) for fen, good in claims]
    for kind, fen, named, econ in moves:
        document = numbers[named % len(numbers)] if isinstance(named, int) else named
        if kind == "manual":
            made = by_hand(unit, ("7101", "D", fen, {**TRAVEL, "dept_econ": econ}),
                           ("7101", "C", fen, {**TRAVEL, "dept_econ": "30211" if econ == "30201" else "30201"}))  # fmt: skip
            duty = "AUDT_IN"
        else:
            own = kind == "bank_payment"
            dims = unit_dims(counterparty="周远", fund="6", func="2050199") if own else travel_dims(unit, indicator)
            made = event(unit, kind, fen, document, {**dims, "dept_econ": econ})
            duty = duty_of(kind)["posted_under"]
        with suppress(ClaimNotNamed, ClaimNotApproved, ClaimOverpaid, PaymentBesideClaim, LimitExceeded):
            unit.post(duty, made)
        assert spent_on_travel(unit) <= claimed(unit)


ASKED_OTHERWISE = {
    # a move of money, which is asked when it is spent; clearing, which repeats a payment; allocations to a unit
    "own_account_transfer", "payment_clearing", "authorised_payment_clearing", "physical_allocation", "advance_conversion",
    "special_account_payment", "unspent_payment_accrual",
    # no money
    "depreciation", "inventory_issue", "asset_disposal_settlement",
    # what others published
    "imported_payment",
}  # fmt: skip


def test_every_template_that_spends_or_applies_is_asked_or_named_here(unit):
    with owner(unit.source) as connection:
        takes = {
            (chart, key)
            for chart, key in connection.exec_driver_sql(
                "select k.chart, k.key from ledger.account_key k"
                "  join ledger.account a on (a.chart, a.code) = (k.chart, k.code)"
                " where 'dept_econ' = any (a.needs || a.takes)"
                "   and (a.element in ('expense', 'budget_expense') or k.key in ('RESERVED', 'EXECUTED_PAYMENT'))"
            )
        }
        spends = set()
        for each in files("ledger.templates").iterdir():
            if each.name.endswith(".toml"):
                template = tomllib.loads(each.read_text("utf-8"))
                side = "credit" if template["red"] else "debit"
                lines = [(v["system"], line[side]) for v in template.get("voucher", []) for line in v["line"]]
                if takes & set(lines):
                    spends.add(template["event"])
        asked_of = {
            kind for kind in spends if connection.exec_driver_sql("select ledger.claim_asked(%s)", (kind,)).scalar_one()
        }
    assert spends - asked_of == ASKED_OTHERWISE
