"""Before the budget is approved, at the desk: given by one, released by another, never beyond the law's cases."""

import re

import pytest

from ledger.compilation.packages import save_package
from tests.ledger.budget_city import PERSONNEL, UPKEEP, YEAR, act, prepare
from tests.web.office.test_budget_changes import at

HERE = f"/office/budget/{YEAR}/advances"
GIVE = {"advance_reason": "statutory", "advance_agency": "201", "advance_fund": "1", "advance_func": f"{UPKEEP.func} 小学",
        "advance_econ": "30201 办公费", "advance_amount": "7.00", "advance_on": "2024-01-15", "advance_document": "府发〔2024〕2号",
        "advance_prepared_by": "comp"}  # fmt: skip


@pytest.fixture
def compiled(office):
    prepare(office.city)
    for package in (PERSONNEL, UPKEEP):
        act(office.city, "COMP", save_package, package)
    return office


def post(one, what, **given):
    one.get(HERE)
    return one.post(f"{HERE}/{what}", given)


def told(one):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", one.get(HERE).get_data(as_text=True)))


def test_it_is_given_released_and_reserved_for_a_payment(compiled):
    approver, issuer, checker = compiled("APPR"), compiled("ISSU"), compiled("PCHK")
    assert post(approver, "give", **GIVE).status_code == 303, approver.text
    assert "法定支付义务或突发事件" in told(issuer)
    assert post(issuer, "release", advance_prepared_by="revw").status_code == 303, issuer.text
    assert "下达 1 项" not in told(issuer)
    line = f"/office/budget/lines/{YEAR}-B-T1-U"
    checker.get(line)
    asked = {
        "application": "ZF-1",
        "counterparty": "文具店",
        "amount": "7.01",
        "on": "2024-01-16",
        "prepared_by": "appl",
    }
    assert checker.post(f"{line}/reserve", asked).status_code == 422
    assert "可用额度差 0.01 元" in checker.text
    assert checker.post(f"{line}/reserve", {**asked, "amount": "7"}).status_code == 303, checker.text


def test_a_form_that_is_sent_twice_gives_once(compiled):
    one = compiled("APPR")
    assert post(one, "give", **GIVE).status_code == 303, one.text
    assert post(one, "give", **GIVE).status_code == 422
    assert "该内容已批准" in one.text
    assert told(one).count("府发〔2024〕2号") == 1


def test_more_than_in_the_same_period_of_last_year_is_refused_with_the_figures(compiled):
    one = compiled("APPR")
    assert post(one, "give", **{**GIVE, "advance_reason": "same_period"}).status_code == 422
    assert "不得超过上年同期支出数" in one.text
    assert "权限（元） 0.00" in one.text
    assert "没有提前安排的支出" in told(one)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"advance_amount": "0"}, "advance_amount"),
        ({"advance_on": "春节"}, "advance_on"),
        ({"advance_document": " "}, "advance_document"),
        ({"advance_econ": "", "advance_project": ""}, "advance_econ"),
        ({"advance_func": ""}, "advance_func"),
    ],
)
def test_what_is_missing_is_said_at_its_field(compiled, given, field):
    one = compiled("APPR")
    assert post(one, "give", **{**GIVE, **given}).status_code == 422
    assert at(one, field)


@pytest.mark.parametrize("duty", ["REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI"])
def test_it_is_seen_by_who_sees_changes_and_each_step_has_one_duty(compiled, duty):
    one = compiled(duty)
    assert one.get(HERE).status_code == 200
    assert (one.post(f"{HERE}/give", {}).status_code == 403) == (duty != "APPR")
    assert (one.post(f"{HERE}/release", {}).status_code == 403) == (duty != "ISSU")
