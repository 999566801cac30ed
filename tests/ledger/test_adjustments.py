"""What an adjustment and the stabilisation fund give: once, by whatever way, and again only when it was taken back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import journal
from ledger.budget_errors import AdjustmentNotApproved, StabilisationFundShort
from ledger.compilation.adjustments import Adjustment, adjustments, draws, record_adjustment, stabilisation_fund
from ledger.db import snapshot
from ledger.errors import AlreadyReversed, UnknownEvent
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from tests.conftest import DAY
from tests.ledger.budget_city import act
from tests.ledger.test_rules import DOCUMENT, a_draw, adjust, draw, fill, reduce


def take_back(city, posted, key="R-1"):
    return act(city, "AUDT_IN", journal.reverse, posted.event_id, key=key, on=DAY, narration="冲销", prepared_by="book")


def test_what_was_put_into_the_fund_is_not_taken_back_once_it_is_drawn(city):
    (posted,) = fill(city)
    adjust(city, 700)
    draw(city, DOCUMENT)
    with pytest.raises(StabilisationFundShort) as refused:
        take_back(city, posted)
    assert (refused.value.facts["amount_fen"], refused.value.facts["held_fen"]) == (700, 0)


def test_what_was_put_into_the_fund_is_taken_back_while_it_is_there(city):
    (posted,) = fill(city)
    take_back(city, posted)
    with snapshot(city.source) as connection:
        assert stabilisation_fund(connection, city.treasury_id, 2024) == 0


@pytest.mark.parametrize("lines", [
    [("3031", "D", 700), ("3002", "C", 700)],
    [("3031", "C", -1), ("3002", "D", -1)],
    [("8031", "D", 1), ("8001", "C", 1)],
])  # fmt: skip
def test_a_voucher_by_hand_draws_nothing_on_the_fund(city, lines):
    fill(city)
    adjust(city, 700)
    given = tuple(GivenLine(account, side, Fen(fen), {"fund": "1"}) for account, side, fen in lines)
    event = city.event("manual", prepared_by="book", document=DOCUMENT, vouchers=(GivenVoucher("B2024", given),))
    with pytest.raises(AdjustmentNotApproved):
        city.post("AUDT_IN", event)
    draw(city, DOCUMENT)


def test_a_voucher_by_hand_may_put_into_the_fund_and_is_reversed(city):
    given = GivenLine("3031", "C", Fen(700), {"fund": "1"}), GivenLine("3002", "D", Fen(700), {"fund": "1"})
    (posted,) = city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher("B2024", given),)))
    take_back(city, posted)


def test_of_many_draws_at_once_no_more_is_taken_than_the_fund_holds(city):
    fill(city)
    documents = [f"常〔2024〕{n}号" for n in range(5, 9)]  # each of its own, so that they do not wait for one another
    for document in documents:
        act(city, "APPR", record_adjustment, Adjustment(
            fiscal_year=2024, document=document, title="方案", passed_on=DAY, amount_fen=700))  # fmt: skip
    city.session("AUDT_IN")
    events = [a_draw(city, documents[n % 4], 200) for n in range(8)]

    def take(event):
        try:
            city.post("AUDT_IN", event)
        except StabilisationFundShort as refusal:
            assert refusal.facts["held_fen"] < refusal.facts["amount_fen"] == 200
            return 0
        return 200

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, events)) == 600
    with snapshot(city.source) as connection:
        assert stabilisation_fund(connection, city.treasury_id, 2024) == 100
        assert stabilisation_fund(connection, city.treasury_id, 2023) is None


def left(city):
    """Tell what the desk shows as left of the adjustment."""
    with snapshot(city.source) as connection:
        (of,) = adjustments(connection, city.treasury_id, 2024)
        return of.left_fen


def test_a_draw_that_was_taken_back_uses_nothing_of_its_adjustment(city):
    fill(city, 2_100)
    adjust(city, 700)
    (first,) = draw(city, DOCUMENT)
    with pytest.raises(AdjustmentNotApproved):
        draw(city, DOCUMENT, 1)
    assert left(city) == 0
    red = take_back(city, first)
    assert left(city) == 700
    with pytest.raises(AdjustmentNotApproved):
        draw(city, DOCUMENT, 701)
    (second,) = draw(city, DOCUMENT)
    assert left(city) == 0
    with pytest.raises(AdjustmentNotApproved):
        draw(city, DOCUMENT, 1)
    for again, why in ((first, AlreadyReversed), (red, UnknownEvent)):
        with pytest.raises(why):
            take_back(city, again, "R-2")
    with pytest.raises(AdjustmentNotApproved):
        draw(city, DOCUMENT, 1)
    take_back(city, second, "R-3")
    draw(city, DOCUMENT, 300)
    assert left(city) == 400
    with snapshot(city.source) as connection:
        assert [(each.fen, each.reversed_on) for each in draws(connection, city.treasury_id, 2024)] == [
            (300, None), (700, DAY), (700, DAY)]  # fmt: skip
        assert stabilisation_fund(connection, city.treasury_id, 2024) == 1_800


def test_a_cut_that_was_taken_back_uses_nothing_of_its_adjustment(city):
    code = city.grant(100_000)
    adjust(city, 700)
    (first,) = reduce(city, code, 400)
    reduce(city, code, 300)
    with pytest.raises(AdjustmentNotApproved):
        reduce(city, code, 1)
    take_back(city, first)
    assert left(city) == 400
    with pytest.raises(AdjustmentNotApproved):
        reduce(city, code, 401)
    reduce(city, code, 400)
    fill(city)
    with pytest.raises(AdjustmentNotApproved):
        draw(city, DOCUMENT, 1)
    assert left(city) == 0


def test_what_was_taken_back_is_drawn_by_one_of_many(city):
    """Twice over: many draws at once where one was taken back, and while one is being taken back."""
    fill(city, 7_000)
    adjust(city, 700)
    city.session("AUDT_IN")
    (posted,) = draw(city, DOCUMENT)
    take_back(city, posted)

    def take(event):
        try:
            return city.post("AUDT_IN", event)
        except AdjustmentNotApproved:
            return []

    with ThreadPoolExecutor(8) as pool:
        (one,) = [each for made in pool.map(take, [a_draw(city) for _ in range(8)]) for each in made]
        gone = pool.submit(take_back, city, one, "R-2")
        made = [each for made in pool.map(take, [a_draw(city) for _ in range(12)]) for each in made]
        gone.result()
    assert len(made) <= 1
    assert left(city) == 700 - 700 * len(made)
    with snapshot(city.source) as connection:
        assert stabilisation_fund(connection, city.treasury_id, 2024) == 7_000 - 700 * len(made)
