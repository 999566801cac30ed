"""A unit's own money at the desk: seen by those who work with it, asked for by the unit, approved by finance."""

import re

import pytest

from tests.ledger.budget_city import YEAR
from tests.ledger.test_own_money import FUNC, OWN_FEN, budgeted, spend, stands

HERE = f"/office/budget/{YEAR}/own"
ASK = {
    "own_agency": "201",
    "own_func": f"{FUNC} 水质",
    "own_way": "more",
    "own_amount": "1,000.00",
    "own_reason": "新签合同",
}


@pytest.fixture
def unit(office):
    budgeted(office.city)
    return office


def ask(one, **changes):
    one.get(HERE)
    return one.post(f"{HERE}/ask", {**ASK, **changes})


def approve(one, number=1, document="财预〔2024〕7号"):
    one.get(HERE)
    return one.post(f"{HERE}/approve", {"own_agency": "201", "change_no": number, "own_document": document})


def told(one):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", one.get(HERE).get_data(as_text=True)))


def test_a_change_is_asked_for_approved_and_counts(unit):
    spend(unit.city, 100)
    asks, approves = unit("COMP"), unit("REVW")
    assert "308,625.00 0.00 1.00 308,624.00" in told(asks)
    assert ask(asks).status_code == 303, asks.text
    assert "待批复" in told(approves)
    assert "待批复的单位资金调整</a> 1" in approves.get(f"/office/budget/{YEAR}").get_data(as_text=True)
    assert approve(approves).status_code == 303, approves.text
    assert "308,625.00 1,000.00 1.00 309,624.00" in told(approves)
    assert approve(approves).status_code == 422
    assert "已批准" in approves.text


def test_a_form_that_is_sent_twice_asks_once(unit):
    asks = unit("COMP")
    assert [ask(asks).status_code for _ in range(2)] == [303, 422]
    assert "正待批复" in asks.text
    assert told(asks).count("新签合同") == 1


def test_what_is_spent_is_not_taken_away(unit):
    spend(unit.city, OWN_FEN)
    asks, approves = unit("COMP"), unit("REVW")
    assert ask(asks, own_way="less", own_amount="0.01").status_code == 303
    assert approve(approves).status_code == 422
    assert "不得超出批准的单位资金预算" in approves.text
    assert "支出（元） 308625.00" in approves.text
    assert stands(unit.city)[0][2] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"own_amount": "0"}, "own_amount"),
        ({"own_amount": "-1"}, "own_amount"),
        ({"own_reason": " "}, "own_reason"),
        ({"own_func": ""}, "own_func"),
    ],
)
def test_what_is_missing_is_said_at_its_field(unit, given, field):
    one = unit("COMP")
    assert ask(one, **given).status_code == 422
    assert f'id="e-{field}"' in one.text


def test_another_agency_or_an_unknown_function_is_refused(unit):
    one = unit("COMP")
    assert ask(one, own_agency="202").status_code == 422
    assert ask(one, own_func="9999999").status_code == 422
    assert "没有调整申请" in told(one)


@pytest.mark.parametrize("duty", ["COMP", "REVW", "APPR", "NPCO", "OVER", "AUDI", "SIGN", "BOOK"])
def test_it_is_read_by_many_asked_by_one_duty_and_approved_by_another(unit, duty):
    one = unit(duty)
    assert one.get(HERE).status_code == 200
    assert (one.post(f"{HERE}/ask", {}).status_code == 403) == (duty != "COMP")
    assert (one.post(f"{HERE}/approve", {}).status_code == 403) == (duty != "REVW")
