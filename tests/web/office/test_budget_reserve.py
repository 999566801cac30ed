"""The reserve at the desk: approved by one, given to a line by another, never more than there is."""

import re

import pytest

from tests.ledger.budget_city import YEAR
from tests.ledger.test_carry_over import FENS, GOODS, budgeted, left
from tests.web.office.test_budget_changes import at

HERE = f"/office/budget/{YEAR}/reserve"
RESERVE = "2024-R-1-227"
APPROVE = {"reserve_amount": "5,000.00", "reserve_key": "YB-1", "reserve_document": "人大〔2024〕1号", "reserve_on": "2024-02-01",
           "reserve_prepared_by": "comp"}  # fmt: skip
USE = {"reserve_from": RESERVE, "reserve_to": f"{GOODS} 教育局", "reserve_amount": "1,200.00", "reserve_key": "YB-2",
       "reserve_document": "府发〔2024〕3号", "reserve_on": "2024-06-01", "reserve_prepared_by": "revw"}  # fmt: skip


@pytest.fixture
def released(office):
    budgeted(office.city)
    return office


def post(one, what, **given):
    one.get(HERE)
    return one.post(f"{HERE}/{what}", given)


def test_the_reserve_is_approved_and_given_to_a_line_which_may_spend_it(released):
    approver, issuer = released("APPR"), released("ISSU")
    assert "没有可动用的预备费" in issuer.get(HERE).get_data(as_text=True)
    assert post(approver, "approve", **APPROVE).status_code == 303, approver.text
    assert post(issuer, "use", **USE).status_code == 303, issuer.text
    page = re.sub(r"<[^>]*>", "", issuer.get(HERE).get_data(as_text=True))
    assert "3,800.00" in page
    assert left(released.city)[GOODS] == (0, FENS[1] + 120_000, 0)
    assert post(issuer, "use", **{**USE, "reserve_amount": "3,800.01", "reserve_key": "YB-3"}).status_code == 422
    assert "额度" in issuer.text
    assert post(approver, "approve", **{**APPROVE, "reserve_key": "YB-4", "reserve_amount": "0.01"}).status_code == 303
    assert post(issuer, "use", **{**USE, "reserve_amount": "3,800.01", "reserve_key": "YB-3"}).status_code == 303


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reserve_amount": "0"}, "reserve_amount"),
        ({"reserve_document": " "}, "reserve_document"),
        ({"reserve_on": "x"}, "reserve_on"),
        ({"reserve_to": "2024-B-201-9999"}, "reserve_to"),
        ({"reserve_from": GOODS}, "reserve_from"),
        ({"reserve_key": ""}, "reserve_key"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(released, given, field):
    assert post(released("APPR"), "approve", **APPROVE).status_code == 303
    one = released("ISSU")
    assert post(one, "use", **{**USE, **given}).status_code == 422
    assert at(one, field)
    assert left(released.city)[GOODS] == (0, FENS[1], 0)


def test_the_reserve_is_of_its_year_and_names_a_document_that_can_be_read(released):
    one = released("APPR")
    assert post(one, "approve", **{**APPROVE, "reserve_document": "\u202e\u0001"}).status_code == 422
    assert at(one, "reserve_document")
    assert post(one, "approve", **{**APPROVE, "reserve_on": "2025-02-01"}).status_code == 422
    assert "年度" in one.text
    assert left(released.city, 2025) == {}


@pytest.mark.parametrize("duty", ["REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI"])
def test_it_is_seen_by_who_sees_changes_and_each_step_has_one_duty(released, duty):
    one = released(duty)
    assert one.get(HERE).status_code == 200
    assert (one.post(f"{HERE}/approve", {}).status_code == 403) == (duty != "APPR")
    assert (one.post(f"{HERE}/use", {}).status_code == 403) == (duty != "ISSU")
