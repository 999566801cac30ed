"""A limit gives what it holds and not a fen more; what is held or reserved is not free (A7)."""

import pytest

from ledger import errors, limits
from ledger.db import snapshot
from ledger.events import GivenLine, GivenVoucher
from ledger.limits import Limit
from ledger.money import Fen


@pytest.fixture
def granted(city):
    """A city with 1,000.00 in the treasury and an indicator of 500.00."""
    city.receive(100_000)
    return city, city.grant(50_000)


def about(city, kind, indicator, fen, duty="PCHK", prepared_by="appl"):
    event = city.event(kind, prepared_by=prepared_by, facts={"amount": Fen(fen)}, dims=city.payment_dims(indicator))
    return city.post(duty, event)[0]


def free(city, indicator, account="Z501"):
    with snapshot(city.source) as books:
        return limits.holds(books, Limit(city.treasury_id, "I2024", account, indicator))


def refusal(city, duty, event):
    with pytest.raises(errors.LimitExceeded) as refused:
        city.post(duty, event)
    return refused.value.facts


def test_an_indicator_gives_its_last_fen_and_not_one_more(granted):
    city, indicator = granted
    facts = refusal(city, "PCHK", city.reservation(indicator, 50_001))
    assert (facts["free_fen"], facts["asked_fen"], facts["short_fen"]) == (50_000, 50_001, 1)
    assert (facts["account"], facts["limit_key"]) == ("Z501", indicator)
    city.post("PCHK", city.reservation(indicator, 50_000))
    assert free(city, indicator) == 0
    assert refusal(city, "PCHK", city.reservation(indicator, 1))["free_fen"] == 0


def test_what_is_held_is_not_free_and_a_part_of_it_is_paid_and_the_rest_released(granted):
    city, indicator = granted
    about(city, "indicator_hold", indicator, 40_000)
    assert free(city, indicator) == 10_000
    assert refusal(city, "PCHK", city.reservation(indicator, 10_001))["short_fen"] == 1
    about(city, "held_payment_reservation", indicator, 25_000)
    city.post("SIGN", city.payment(indicator, 25_000))
    with pytest.raises(errors.LimitExceeded):
        about(city, "indicator_release", indicator, 15_001)
    about(city, "indicator_release", indicator, 15_000)
    assert {a: free(city, indicator, a) for a in ("Z501", "Z502", "Z503")} == {"Z501": 25_000, "Z502": 0, "Z503": 0}


def test_a_withdrawn_reservation_is_free_again_and_cannot_be_paid(granted):
    city, indicator = granted
    city.post("PCHK", city.reservation(indicator, 30_000))
    about(city, "reservation_release", indicator, 30_000)
    assert free(city, indicator) == 50_000
    assert refusal(city, "SIGN", city.payment(indicator, 30_000))["account"] == "Z503"


def test_a_payment_without_reservation_is_refused(granted):
    city, indicator = granted
    assert refusal(city, "SIGN", city.payment(indicator, 1))["free_fen"] == 0


def test_a_refund_frees_the_indicator_and_the_cash(granted):
    city, indicator = granted
    city.pay(indicator, 30_000)
    about(city, "payment_refund", indicator, 12_000, duty="SIGN")
    assert free(city, indicator) == 32_000
    with snapshot(city.source) as books:
        assert limits.holds(books, Limit(city.treasury_id, "B2024", "1001", "1")) == 82_000


def test_the_treasury_pays_from_a_fund_what_is_in_that_fund(city):
    city.receive(100)
    city.receive(900, fund="2", revenue="103014801")
    indicator = city.grant(101)
    city.post("PCHK", city.reservation(indicator, 101))
    facts = refusal(city, "SIGN", city.payment(indicator, 101))
    assert (facts["account"], facts["limit_key"], facts["short_fen"]) == ("1001", "1", 1)


def test_one_indicator_does_not_pay_for_another(granted):
    city, indicator = granted
    other = city.grant(10)
    assert refusal(city, "PCHK", city.reservation(other, 11))["limit_key"] == other
    with pytest.raises(errors.IndicatorUnfit):
        city.post("PCHK", city.reservation(indicator, 5, agency="202", gov_econ="50502"))


def test_decomposition_gives_on_only_what_came(city):
    city.grant(1_000)
    at = {"fund": "1", "func": "2050201"}
    n = 1
    event = city.event(
        "department_decomposition", prepared_by="revw", facts={"from_approved": Fen(1), "from_held": Fen(0)},
        parties={"from": {**at, "indicator": f"R{n}"}, "to": {**at, "agency": "201", "indicator": f"D{n}"}},
    )  # fmt: skip
    assert refusal(city, "ISSU", event)["account"] == "Z201"


def test_within_a_batch_what_comes_in_first_is_there_for_what_goes_out_later(city):
    indicator = city.grant(100)
    hold, release = (
        city.event(kind, prepared_by="appl", facts={"amount": Fen(100)}, dims=city.payment_dims(indicator))
        for kind in ("indicator_hold", "indicator_release")
    )
    with pytest.raises(errors.LimitExceeded) as refused:
        city.post("PCHK", release, hold)
    assert refused.value.facts["row"] == 1
    assert len(city.post("PCHK", hold, release)) == 2


def test_no_voucher_by_hand_goes_round_a_limit(granted):
    city, _ = granted
    at = {"fund": "1"}
    lines = GivenLine("1003", "D", Fen(100_001), at), GivenLine("1001", "C", Fen(100_001), at)
    event = city.event("manual", prepared_by="book", vouchers=(GivenVoucher("B2024", lines),))
    assert refusal(city, "AUDT_IN", event)["short_fen"] == 1
    red = GivenLine("1001", "D", Fen(-100_001), at), GivenLine("1003", "C", Fen(-100_001), at)
    event = city.event("manual", prepared_by="book", vouchers=(GivenVoucher("B2024", red),))
    assert refusal(city, "AUDT_IN", event)["short_fen"] == 1


def test_every_move_of_a_limit_is_kept_with_the_value_after_it(granted):
    city, indicator = granted
    about(city, "indicator_hold", indicator, 40_000)
    about(city, "indicator_release", indicator, 15_000)
    with snapshot(city.source) as books:
        moves = limits.history(books, Limit(city.treasury_id, "I2024", "Z501", indicator))
    assert [(m.seq, m.delta, m.after, m.kind) for m in moves] == [
        (1, 50_000, 50_000, "indicator_issue"),
        (2, -40_000, 10_000, "indicator_hold"),
        (3, 15_000, 25_000, "indicator_release"),
    ]


def test_a_refusal_can_be_explained_by_the_vouchers_behind_it(granted):
    city, indicator = granted
    about(city, "indicator_hold", indicator, 20_000)
    city.pay(indicator, 12_345)
    with snapshot(city.source) as books:
        told = limits.explain(books, city.treasury_id, indicator)
    assert (told.approved.fen, told.held.fen, told.paid.fen, told.free.fen) == (50_000, 20_000, 12_345, 17_655)
    assert sum(getattr(told, g).fen for g in limits.GRANTS) == sum(getattr(told, s).fen for s in limits.STATES)


@pytest.mark.parametrize("ask", [limits.holds, limits.history])
def test_a_limit_of_no_account_set_is_unknown(city, ask):
    with snapshot(city.source) as books, pytest.raises(errors.UnknownBook):
        ask(books, Limit(city.treasury_id, "NONE", "Z501", "X"))


def test_an_unknown_indicator_explains_nothing(city):
    with snapshot(city.source) as books, pytest.raises(errors.UnknownBook):
        limits.explain(books, city.treasury_id, "NONE")
