"""Periods close softly with named exceptions, then for good, in order; who, when and why is kept (A10)."""

import datetime as dt

import pytest

from ledger import errors, journal, periods
from ledger.db import snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from tests.conftest import DAY


def closing(city, verb, *given, duty="CLOS"):
    with transaction(city.source, city.session(duty)) as tx:
        verb(tx, *given)


def close_for_good(city, code, last):
    for number in range(last + 1):
        closing(city, periods.close_for_good, code, number, "月结")


def count(city):
    with snapshot(city.source) as books:
        return books.exec_driver_sql(
            "select count(*) from ledger.event where treasury_id = %s", (city.treasury_id,)
        ).scalar_one()


def refused(city, on=DAY):
    before = count(city)
    with pytest.raises(errors.PeriodClosed) as caught:
        city.receive(700, on=on)
    assert count(city) == before
    return caught.value.facts


def test_a_closed_period_takes_nothing_and_the_next_one_does(city):
    close_for_good(city, "B2024", 3)
    facts = refused(city)
    assert (facts["set"], facts["period"], facts["state"]) == ("B2024", 3, "closed")
    assert city.receive(700, on=dt.date(2024, 4, 1))


def test_an_event_is_refused_whole_when_one_of_its_sets_is_closed(city):
    city.receive(700)
    indicator = city.grant(700)
    city.post("PCHK", city.reservation(indicator, 700))
    closing(city, periods.close_softly, "A201-2024", 3, "单位先结")
    before = count(city)
    with pytest.raises(errors.PeriodClosed) as caught:
        city.post("SIGN", city.payment(indicator, 700))
    assert caught.value.facts["set"] == "A201-2024"
    assert count(city) == before
    closing(city, periods.reopen, "A201-2024", 3, "补记")
    assert city.post("SIGN", city.payment(indicator, 700))


def test_a_softly_closed_period_takes_what_its_exception_names(city):
    closing(city, periods.close_softly, "B2024", 3, "月结")
    assert refused(city)["state"] == "soft"
    closing(city, periods.except_person, "B2024", 3, "audt_in", ["treasury_receipt"], "银行回单迟到")
    assert city.receive(700)
    lines = (GivenLine("1001", "D", Fen(5), {"fund": "1"}),
             GivenLine("4001", "C", Fen(5), {"fund": "1", "revenue": "1010101"}))  # fmt: skip
    other = city.event("manual", prepared_by="book", vouchers=(GivenVoucher("B2024", lines),))
    with pytest.raises(errors.PeriodClosed):
        city.post("AUDT_IN", other)


def test_an_exception_is_worth_nothing_once_the_period_is_closed_for_good(city):
    closing(city, periods.close_softly, "B2024", 3, "月结")
    closing(city, periods.except_person, "B2024", 3, "audt_in", ["treasury_receipt"], "银行回单迟到")
    close_for_good(city, "B2024", 3)
    refused(city)


def test_a_softly_closed_period_may_be_reopened(city):
    closing(city, periods.close_softly, "B2024", 3, "月结")
    closing(city, periods.reopen, "B2024", 3, "更正")
    assert city.receive(700)


@pytest.mark.parametrize("verb", [periods.reopen, periods.close_softly, periods.close_for_good])
def test_what_is_closed_for_good_stays_closed(city, verb):
    close_for_good(city, "B2024", 1)
    with pytest.raises(errors.PeriodOutOfOrder):
        closing(city, verb, "B2024", 1, "再来")


def test_periods_close_for_good_in_order(city):
    with pytest.raises(errors.PeriodOutOfOrder):
        closing(city, periods.close_for_good, "B2024", 1, "月结")
    close_for_good(city, "B2024", 1)


def test_what_is_open_is_not_reopened(city):
    with pytest.raises(errors.PeriodOutOfOrder):
        closing(city, periods.reopen, "B2024", 3, "更正")


@pytest.mark.parametrize(("code", "period"), [("NONE", 1), ("B2024", 13)])
def test_a_period_that_is_not_there_cannot_be_closed(city, code, period):
    with pytest.raises(errors.PeriodClosed):
        closing(city, periods.close_softly, code, period, "月结")


@pytest.mark.parametrize("duty", ["AUDT_IN", "SIGN", "RECO"])
def test_only_the_duty_to_close_closes_or_excepts(city, duty):
    with pytest.raises(errors.NotPermitted):
        closing(city, periods.close_softly, "B2024", 3, "月结", duty=duty)
    with pytest.raises(errors.NotPermitted):
        closing(city, periods.except_person, "B2024", 3, "audt_in", ["manual"], "例外", duty=duty)


def test_who_closed_when_and_why_is_kept(city):
    closing(city, periods.close_softly, "B2024", 3, "月结")
    closing(city, periods.reopen, "B2024", 3, "漏记一笔")
    closing(city, periods.close_softly, "B2024", 3, "再结")
    with snapshot(city.source) as books:
        rows = books.exec_driver_sql(
            "select change_no, state, reason, changed_by, changed_at is not null from ledger.period_change"
            " where treasury_id = %s order by 1",
            (city.treasury_id,),
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, "soft", "月结", "clos", True),
        (2, "open", "漏记一笔", "clos", True),
        (3, "soft", "再结", "clos", True),
    ]


@pytest.mark.parametrize("on", [dt.date(2023, 12, 30), dt.date(2025, 1, 1)])
def test_a_day_without_period_is_refused(city, on):
    with pytest.raises(errors.LedgerError) as caught:
        city.receive(700, on=on)
    assert type(caught.value) is errors.UnknownAccountSet


def test_a_correction_of_a_closed_month_stands_in_an_open_one(city):
    """A4: the mistake is reversed where books are open, linked to what it corrects."""
    posted = city.receive(700)[0]
    close_for_good(city, "B2024", 3)
    with transaction(city.source, city.session("AUDT_IN")) as tx, pytest.raises(errors.PeriodClosed):
        journal.reverse(tx, posted.event_id, key="back", on=DAY, narration="冲销", prepared_by="book")
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        back = journal.reverse(
            tx, posted.event_id, key="back", on=dt.date(2024, 4, 2), narration="冲销", prepared_by="book"
        )
    with snapshot(city.source) as books:
        assert books.exec_driver_sql(
            "select reverses, effective_on from ledger.event where treasury_id = %s and event_id = %s",
            (city.treasury_id, back.event_id),
        ).one() == (posted.event_id, dt.date(2024, 4, 2))
