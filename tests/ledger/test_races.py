"""Fifty clerks at once: a limit gives what it holds and not a fen more, a key is one event, nobody waits in a circle."""

import datetime as dt
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ledger import errors, install, journal
from ledger.db import Source, attempt, owner, snapshot, transaction
from ledger.limits import Limit, history, holds
from ledger.money import Fen
from tests.conftest import DAY

FIRST = dt.date(2020, 1, 1)


@pytest.fixture
def doors(source):
    """Three pools of twenty connections: room for fifty clerks at the same moment."""
    opened = [Source(source.url, source.passwords) for _ in range(3)]
    yield opened
    for each in opened:
        each.close()


def at_once(works):
    """Begin every work in a thread of its own at the same moment; tell what each gave or was refused with."""
    barrier = Barrier(len(works))

    def begin(work):
        barrier.wait()
        try:
            return work()
        except errors.LedgerError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def outcomes(answers):
    return Counter(answer.code if isinstance(answer, errors.LedgerError) else "posted" for answer in answers)


def posting(city, duty, doors, *batches):
    """One work for each batch of events."""
    session = city.session(duty)

    def work(number, batch):
        def once():
            with transaction(doors[number % len(doors)], session) as tx:
                return journal.post(tx, batch)

        return once

    return [work(number, batch) for number, batch in enumerate(batches)]


def limit(city, indicator, account="Z501"):
    return Limit(city.treasury_id, "I2024", account, indicator)


def test_of_fifty_that_each_want_a_tenth_ten_get_it(city, doors):
    indicator = city.grant(1_000)
    batches = [[city.reservation(indicator, 100)] for _ in range(50)]
    answers = at_once(posting(city, "PCHK", doors, *batches))
    assert outcomes(answers) == {"posted": 10, "limit-exceeded": 40}
    with snapshot(city.source) as books:
        assert holds(books, limit(city, indicator)) == 0
        assert holds(books, limit(city, indicator, "Z503")) == 1_000
        moves = history(books, limit(city, indicator))
    assert [move.seq for move in moves] == list(range(1, 12))
    assert [move.after for move in moves] == [1_000 - 100 * n for n in range(11)]


def test_who_comes_too_late_is_told_what_was_left(city, doors):
    indicator = city.grant(1_050)
    batches = [[city.reservation(indicator, 100)] for _ in range(12)]
    refused = [a for a in at_once(posting(city, "PCHK", doors, *batches)) if isinstance(a, errors.LimitExceeded)]
    assert [r.facts["free_fen"] for r in refused] == [50, 50]
    assert [r.facts["short_fen"] for r in refused] == [50, 50]


def test_two_clerks_and_the_last_hundred_yuan(city, doors):
    """Over and over: the last 100 yuan are spent once each time."""
    for _ in range(25):
        indicator = city.grant(10_000)
        both = [[city.reservation(indicator, 10_000)] for _ in range(2)]
        assert outcomes(at_once(posting(city, "PCHK", doors, *both))) == {"posted": 1, "limit-exceeded": 1}


def test_the_last_fen_in_the_treasury_is_paid_once(city, doors):
    """The indicators have room for all; the cash has not."""
    city.receive(1_000)
    indicators = [city.grant(1_000) for _ in range(4)]
    for indicator in indicators:
        city.post("PCHK", city.reservation(indicator, 1_000))
    answers = at_once(posting(city, "SIGN", doors, *([city.payment(i, 1_000)] for i in indicators)))
    assert outcomes(answers) == {"posted": 1, "limit-exceeded": 3}


def receipt(city, key, fen=700):
    return city.event("treasury_receipt", prepared_by="book", key=key, facts={"amount": Fen(fen)},
                      dims={"fund": "1", "revenue": "1010101"})  # fmt: skip


def test_a_key_posted_by_ten_at_once_is_one_event(city, doors):
    session = city.session("AUDT_IN")

    def ask(number):
        return lambda: attempt(
            doors[number % 3], session, lambda tx: journal.post(tx, [receipt(city, "one")])[0], tries=5
        )

    answers = at_once([ask(number) for number in range(10)])
    assert {type(answer) for answer in answers} == {journal.Posted}
    assert len({answer.event_id for answer in answers}) == 1
    assert Counter(answer.already for answer in answers) == {False: 1, True: 9}


def test_a_key_posted_at_once_with_other_content_is_taken_once(city, doors):
    session = city.session("AUDT_IN")

    def ask(number):
        return lambda: attempt(
            doors[number % 3], session, lambda tx: journal.post(tx, [receipt(city, "one", number + 1)])[0]
        )

    assert outcomes(at_once([ask(number) for number in range(8)])) == {"posted": 1, "key-reused": 7}


def test_numbers_have_no_gap_after_a_race_with_refusals(city, doors):
    indicator = city.grant(1_000)
    batches = [[city.reservation(indicator, 30 + n)] for n in range(40)]
    at_once(posting(city, "PCHK", doors, *batches))
    with snapshot(city.source) as books:
        rows = books.exec_driver_sql(
            "select v.account_set_id, v.period_no, array_agg(v.no order by v.no), max(p.last_no)"
            "  from ledger.voucher v join ledger.period p using (treasury_id, account_set_id, period_no)"
            " where v.treasury_id = %s group by 1, 2",
            (city.treasury_id,),
        ).all()
    assert rows
    for _, _, numbers, last in rows:
        assert numbers == list(range(1, last + 1))


def test_opposite_orders_do_not_wait_in_a_circle(city, doors):
    """Batches that touch the same limits and months in opposite orders: all post, none is asked to retry."""
    indicators = [city.grant(1_000_000) for _ in range(4)]
    days = [DAY.replace(month=month) for month in range(3, 7)]

    def batch(order):
        return [
            city.event("payment_reservation", prepared_by="appl", on=days[n], facts={"amount": Fen(1)},
                       dims=city.payment_dims(indicators[n]))
            for n in order
        ]  # fmt: skip

    orders = [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)]
    for _ in range(5):
        answers = at_once(posting(city, "PCHK", doors, *(batch(order) for order in orders * 5)))
        assert outcomes(answers) == {"posted": 20}


def test_two_that_wait_for_each_other_both_post_in_the_end(city, doors):
    """Two transactions of two postings each, in opposite orders: one loses the race and is done again."""
    session = city.session("AUDT_IN")
    meeting = Barrier(2)

    def own_money(agency):
        return city.event("other_income", prepared_by="book", facts={"amount": Fen(700)},
                          dims={"agency": agency, "fund": "6"})  # fmt: skip

    def work(number, first, second):
        tried = []

        def both(tx):
            tried.append(tx)
            journal.post(tx, [first])
            if len(tried) == 1:
                meeting.wait()
            journal.post(tx, [second])
            return len(tried)

        return lambda: attempt(doors[number], session, both)

    answers = at_once([work(0, own_money("201"), own_money("202")), work(1, own_money("202"), own_money("201"))])
    assert sorted(answers) == [1, 2]


def test_two_halves_of_a_forbidden_pair_appointed_at_once(city):
    """BOOK and CASH may not meet in one person: whoever comes second is refused, in every round."""
    for number in range(10):
        person = f"both{number}"
        with owner(city.source) as connection:
            plan = install.PersonPlan(person, person, "903.SADM")
            install.create_person(connection, city.treasury_id, plan, FIRST, "任字9号")

        def appoint(duty, person=person):
            def work():
                with owner(city.source) as connection:
                    install.appoint(connection, city.treasury_id, person, duty, FIRST, None, "任字9号")

            return work

        answers = at_once([appoint("BOOK"), appoint("CASH")])
        assert outcomes(answers) == {"posted": 1, "duties-incompatible": 1}


def test_threads_that_come_first_together_share_one_pool(source):
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # seconds; threads take turns as often as they can
    try:
        for _ in range(20):
            opened = Source(source.url, source.passwords)
            pools = at_once([lambda opened=opened: opened.engine("inspect")] * 16)
            opened.close()
            assert len({id(pool) for pool in pools}) == 1
    finally:
        sys.setswitchinterval(usual)
