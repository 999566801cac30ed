"""What is reserved of a line, by what it was reserved for: withdrawn from there, in all and on every day no more than was left."""

import datetime as dt
import threading

import pytest

from ledger import journal
from ledger.claim_errors import PaymentBesideClaim
from ledger.db import snapshot
from ledger.errors import LedgerError, LimitExceeded, PreparerLacksDuty
from ledger.execution.reservations import Withdrawal, reservations, withdraw
from ledger.money import Fen
from ledger.orders import BudgetLine
from tests.conftest import DAY
from tests.ledger.claim_city import act

BOOKS = "I2024"


@pytest.fixture
def line(city):
    city.receive(1_000_000)
    return city.grant(100_000)


def listed(city, line):
    with snapshot(city.source, city.session("PCHK")) as connection:
        return reservations(connection, city.treasury_id, BOOKS, line)


def left(city, line):
    return {each.of.counterparty: each.left_fen for each in listed(city, line)}


def of(city, line, counterparty):
    return next(each.of for each in listed(city, line) if each.of.counterparty == counterparty)


def take_back(city, line, of, fen, on=DAY, key="W", **more):
    given = BudgetLine(indicator=line, fund="1", func="2050201", agency="201")
    order = {"key": key, "on": on, "narration": "支付申请撤回", "prepared_by": "appl", "document": "撤字1号", **more}
    return act(city, "PCHK", withdraw, city.treasury_id, BOOKS, Withdrawal(**order, line=given, of=of, amount=Fen(fen)))


def test_every_reservation_is_withdrawn_with_all_that_it_says(city, line):
    city.post("PCHK", city.reservation(line, 700), city.reservation(line, 900, contract="HT-1", pay_mode="111"))
    plain, contract = sorted(listed(city, line), key=lambda each: each.left_fen)
    assert (plain.of.contract, contract.of.contract, contract.of.pay_mode) == (None, "HT-1", "111")
    assert plain.of.code != contract.of.code
    take_back(city, line, contract.of, 900)
    assert [(each.of.contract, each.left_fen) for each in listed(city, line) if each.left_fen] == [(None, 700)]


def test_of_one_payee_no_more_is_withdrawn_than_is_left_though_the_line_has_more(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"), city.reservation(line, 900, counterparty="乙"))
    with pytest.raises(LimitExceeded) as refused:
        take_back(city, line, of(city, line, "甲"), 701)
    facts = refused.value.facts
    assert (facts["limit_key"], facts["asked_fen"], facts["short_fen"]) == (line, 701, 1)
    with pytest.raises(LimitExceeded):
        take_back(city, line, of(city, line, "甲"), 1_601)
    assert left(city, line) == {"甲": 700, "乙": 900}
    take_back(city, line, of(city, line, "甲"), 700)
    assert left(city, line) == {"甲": 0, "乙": 900}


def test_what_was_paid_to_another_than_it_was_reserved_for_is_left_of_nobody(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"))
    city.post("SIGN", city.payment(line, 300, counterparty="乙"))
    assert left(city, line) == {"甲": 400}
    with pytest.raises(LimitExceeded):
        take_back(city, line, of(city, line, "甲"), 401)
    take_back(city, line, of(city, line, "甲"), 400)
    assert left(city, line) == {"甲": 0}


def test_a_reservation_that_was_reversed_is_not_left(city, line):
    posted = city.post("PCHK", city.reservation(line, 700, counterparty="甲"))[0]
    reason = {"key": "R", "on": DAY, "narration": "冲销", "prepared_by": "book"}
    act(city, "AUDT_IN", journal.reverse, posted.event_id, **reason)
    assert left(city, line) == {"甲": 0}


def test_nothing_is_withdrawn_before_it_was_reserved_or_of_what_is_paid_later(city, line):
    later, last = DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=2)
    for kind, duty, fen, on in (("payment_reservation", "PCHK", 700, later), ("treasury_payment", "SIGN", 300, last)):
        dims = city.payment_dims(line, counterparty="甲")
        city.post(duty, city.event(kind, prepared_by="appl", on=on, facts={"amount": Fen(fen)}, dims=dims))
    with pytest.raises(LimitExceeded):
        take_back(city, line, of(city, line, "甲"), 1)
    with pytest.raises(LimitExceeded) as refused:
        take_back(city, line, of(city, line, "甲"), 401, on=later)
    assert refused.value.facts["short_fen"] == 1
    take_back(city, line, of(city, line, "甲"), 400, on=later)


def test_of_two_who_withdraw_the_same_at_once_one_does(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"), city.reservation(line, 900, counterparty="乙"))
    mine, together, outcomes = of(city, line, "甲"), threading.Barrier(2), []
    city.session("PCHK")

    def attempt(key):
        together.wait()
        try:
            take_back(city, line, mine, 700, key=key)
        except LedgerError as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=attempt, args=(key,)) for key in ("W1", "W2")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["done", "limit-exceeded"]
    assert left(city, line) == {"甲": 0, "乙": 900}


def test_a_withdrawal_sent_twice_is_one(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"))
    mine = of(city, line, "甲")
    assert take_back(city, line, mine, 700).event_id == take_back(city, line, mine, 700).event_id
    assert left(city, line) == {"甲": 0}


def test_a_claim_is_not_named_by_which_it_was_not_reserved(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"))
    with pytest.raises(PaymentBesideClaim):
        take_back(city, line, of(city, line, "甲"), 1, document="BX2024-00001")


def test_only_who_may_apply_prepares_a_withdrawal(city, line):
    city.post("PCHK", city.reservation(line, 700, counterparty="甲"))
    with pytest.raises(PreparerLacksDuty):
        take_back(city, line, of(city, line, "甲"), 1, prepared_by="over")
