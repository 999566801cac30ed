"""What is paid by a claim is what was approved, once, to the fen, whoever pays and however much comes back."""

import datetime as dt
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.claim_errors import (
    AboveStandard,
    ClaimantApproves,
    ClaimNotApproved,
    ClaimOverpaid,
    PaymentBesideClaim,
)
from ledger.db import snapshot, transaction
from ledger.errors import LimitExceeded
from ledger.execution import claim_register
from ledger.execution.claims import (
    allow_claim,
    approve_claim,
    withdraw_claim,
)
from ledger.money import Fen
from tests.conftest import make_city
from tests.ledger.claim_city import (
    LATER,
    WHY,
    act,
    approved,
    move,
    open_claims,
    pay,
    reserve,
    row,
    save,
    spent,
    travel_dims,
)


@pytest.fixture(scope="module")
def unit(source):
    """Give one city for all: every test claims for itself."""
    city = open_claims(make_city(source))
    city.receive(900_000_000)
    return city


@pytest.fixture(scope="module")
def indicator(unit):
    return unit.grant(500_000_000)


def test_a_claim_is_paid_as_approved_and_not_twice(unit, indicator):
    number = approved(unit, spent(123_457))
    reserve(unit, indicator, 123_457, number)
    with pytest.raises(ClaimOverpaid):
        reserve(unit, indicator, 1, number)
    pay(unit, indicator, 123_450, number)
    reserve(unit, indicator, 700, None)
    with pytest.raises(ClaimOverpaid) as refusal:
        pay(unit, indicator, 8, number)
    assert (refusal.value.facts["approved_fen"], refusal.value.facts["paid_fen"]) == (123_457, 123_458)
    pay(unit, indicator, 7, number)
    assert (row(unit, number).stands, row(unit, number).paid_fen) == ("paid", 123_457)
    with pytest.raises(ClaimOverpaid):
        pay(unit, indicator, 1, number)
    pay(unit, indicator, 700, None)


def test_what_comes_back_may_be_paid_again_and_no_more_comes_back_than_was_paid(unit, indicator):
    number = approved(unit, spent(1_000))
    reserve(unit, indicator, 1_000, number)
    pay(unit, indicator, 1_000, number)
    with pytest.raises(ClaimOverpaid):
        move(unit, "SIGN", "payment_refund", indicator, 1_001, number)
    move(unit, "SIGN", "payment_refund", indicator, 400, number)
    reserve(unit, indicator, 400, number)
    pay(unit, indicator, 400, number)
    assert row(unit, number).paid_fen == 1_000


def reversed_(city, event_id):
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        return journal.reverse(tx, event_id, key=f"rev-{event_id}", on=LATER, narration="冲销", prepared_by="book")


def test_a_reversed_payment_counts_no_more_and_a_reversed_refund_is_not_a_second_payment(unit, indicator):
    number = approved(unit, spent(1_000))
    reserve(unit, indicator, 1_000, number)
    reversed_(unit, pay(unit, indicator, 1_000, number).event_id)
    assert row(unit, number).paid_fen == 0
    pay(unit, indicator, 1_000, number)
    back = move(unit, "SIGN", "payment_refund", indicator, 1_000, number)
    reserve(unit, indicator, 1_000, number)
    pay(unit, indicator, 1_000, number)
    with pytest.raises(ClaimOverpaid):
        reversed_(unit, back.event_id)


def test_a_payment_that_names_an_unapproved_claim_is_refused(unit, indicator):
    saved = save(unit, spent(1_000))
    above = save(unit, spent(200_001, **WHY))
    act(unit, "UCHK", approve_claim, above)
    gone = save(unit, spent(1_000))
    act(unit, "APPL", withdraw_claim, gone)
    reserve(unit, indicator, 9_000, None)
    for number in (saved, above, gone, "BX2024-99999"):
        with pytest.raises(ClaimNotApproved):
            reserve(unit, indicator, 1, number)
        with pytest.raises(ClaimNotApproved):
            pay(unit, indicator, 1, number)


def test_a_claim_is_no_document_for_another_agency_class_kind_of_event_or_an_earlier_day(unit, indicator):
    number = approved(unit, spent(1_000))
    reserve(unit, indicator, 1_000, number)
    with pytest.raises(PaymentBesideClaim):
        reserve(unit, indicator, 1, number, on=dt.date(2024, 3, 5))
    with pytest.raises(PaymentBesideClaim):
        reserve(unit, indicator, 1, number, dept_econ="30201")
    school = unit.grant(1_000, agency="202")
    with pytest.raises(PaymentBesideClaim):
        reserve(unit, school, 1, number, agency="202", gov_econ="50502")
    with pytest.raises(PaymentBesideClaim):
        unit.post("AUDT_IN", unit.event("treasury_receipt", prepared_by="book", on=LATER, document=number,
                                        facts={"amount": Fen(1)}, dims={"fund": "1", "revenue": "1010101"}))  # fmt: skip
    pay(unit, indicator, 1_000, number, on=dt.date(2024, 3, 6))


def test_an_official_card_is_repaid_by_its_claim_once(unit, indicator):
    number = approved(unit, spent(1_000))
    move(unit, "AUDT_IN", "card_reimbursement", indicator, 1_000, number)
    reserve(unit, indicator, 1_000, number)
    with pytest.raises(ClaimOverpaid):
        pay(unit, indicator, 1_000, number)


def test_who_claims_does_not_sign_the_payment(unit, indicator):
    number = approved(unit, spent(1_000, claimant="SIGN"))
    reserve(unit, indicator, 1_000, number)
    with pytest.raises(ClaimantApproves):
        pay(unit, indicator, 1_000, number)


def test_of_two_who_pay_the_same_claim_at_once_exactly_one_does(unit, indicator):
    number = approved(unit, spent(100_001))
    reserve(unit, indicator, 100_001, number)
    reserve(unit, indicator, 100_001, None)  # the indicator would bear both
    outcomes, both = [], threading.Barrier(2)

    def try_to_pay():
        both.wait()
        try:
            pay(unit, indicator, 100_001, number)
        except ClaimOverpaid as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append("paid")

    unit.session("SIGN")
    threads = [threading.Thread(target=try_to_pay) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["claim-overpaid", "paid"]
    assert row(unit, number).paid_fen == 100_001
    pay(unit, indicator, 100_001, None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 400_000),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["reserve", "pay", "refund"]), st.integers(1, 300_000)), max_size=6),
)
def test_paid_is_at_most_approved_and_approved_at_most_the_standard_unless_justified(
    unit, indicator, fen, justified, moves
):
    try:
        number = approved(unit, spent(fen, **(WHY if justified else {})))
    except AboveStandard:
        assert fen > 200_000
        assert not justified
        return
    found = row(unit, number)
    assert (found.state == "checked") == (fen > 200_000)
    if found.state == "checked":
        act(unit, "REVW", allow_claim, number, "财行函〔2024〕8号")
    done = {"reserve": lambda n: reserve(unit, indicator, n, number), "pay": lambda n: pay(unit, indicator, n, number),
            "refund": lambda n: move(unit, "SIGN", "payment_refund", indicator, n, number)}  # fmt: skip
    paid = 0
    for what, amount in moves:
        try:
            done[what](amount)
        except (ClaimOverpaid, LimitExceeded):
            continue
        paid += {"reserve": 0, "pay": amount, "refund": -amount}[what]
    assert 0 <= paid <= fen
    assert row(unit, number).paid_fen == paid


def test_dims_of_a_payment_are_those_of_the_claim(unit, indicator):
    number = approved(unit, spent(1_000))
    reserve(unit, indicator, 1_000, number)
    pay(unit, indicator, 1_000, number)
    with snapshot(unit.source, unit.session("SIGN")) as connection:
        found = claim_register.payments(connection, unit.treasury_id, number)
        assert [(each.part, each.fen) for each in found] == [("apply", 1_000), ("pay", 1_000)]
        assert [each.action for each in claim_register.steps(connection, unit.treasury_id, number)] == ["approve"]
    assert travel_dims(unit, indicator)["dept_econ"] == "30211"


def test_the_books_of_another_agency_do_not_reimburse_a_claim(unit, indicator):
    number = approved(unit, spent(1_000))
    with pytest.raises(PaymentBesideClaim):
        move(unit, "AUDT_IN", "card_reimbursement", indicator, 1_000, number, agency="202", gov_econ="50502")
