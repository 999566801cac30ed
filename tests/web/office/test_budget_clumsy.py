"""Clumsy use of the budget's desk: wrong days, forms sent twice or too late, numbers as people type them."""

import pytest

from ledger.compilation.approval import approve
from ledger.compilation.rounds import resolve_budget
from ledger.db import snapshot
from tests.ledger.budget_city import YEAR, act, resolution
from tests.web.office.test_budget import OFFICE, at, budget, released, sent  # noqa: F401 - fixtures

HERE = f"/office/budget/{YEAR}"
LINE = f"/office/budget/lines/{OFFICE}"


def funded(city):
    """Tell what the funded packages of a city add up to."""
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select sum(allowed_fen)::bigint from ledger.package_order where treasury_id = %s and funded",
            (city.treasury_id,),
        ).scalar_one()


@pytest.mark.parametrize("day", ["2042-01-20", "2023-12-31", "2025-01-20"])
def test_a_resolution_is_of_a_day_of_its_year_as_nobody_can_change_it_afterwards(sent, day):  # noqa: F811
    one = sent("APPR")
    given = {"document": "人大〔2024〕1号", "title": "决议", "total": "1.00", "sha256": "ab" * 32, "passed_on": day}
    one.get(f"{HERE}/resolution")
    assert one.post(f"{HERE}/resolution/record", given).status_code == 422
    assert "不在2024年度内" in at(one, "passed_on")


def test_nothing_is_passed_on_a_day_that_is_still_to_come(sent):  # noqa: F811
    one = sent("APPR")
    one.get("/office/budget/2099/resolution")
    given = {"document": "人大〔2099〕1号", "title": "决议", "total": "1.00", "sha256": "ab" * 32, "passed_on": "2099-01-20"}
    assert one.post("/office/budget/2099/resolution/record", given).status_code == 422
    assert "尚未到来" in at(one, "passed_on")
    one.get("/office/budget/2099/changes")
    given = {"adjustment_document": "常〔2099〕5号", "adjustment_title": "调整", "adjustment_passed_on": "2099-06-01",
             "adjustment_amount": "1"}  # fmt: skip
    assert one.post("/office/budget/2099/changes/adjustments", given).status_code == 422
    assert "尚未到来" in at(one, "adjustment_passed_on")


def test_a_release_is_not_before_what_it_passes_on(sent):  # noqa: F811
    act(sent.city, "APPR", resolve_budget, resolution(funded(sent.city)))
    act(sent.city, "APPR", approve, sent.city.treasury_id, YEAR, "comp")
    one = sent("ISSU")
    department = {"department_document": "财预〔2024〕3号", "department_on": "2024-01-19", "prepared_by": "revw"}
    unit = {"unit_document": "教财〔2024〕1号", "unit_on": "2024-02-04", "prepared_by": "revw", "of": "201"}
    one.get(f"{HERE}/release")
    assert one.post(f"{HERE}/release/departments", department).status_code == 422
    assert "2024-01-20" in at(one, "department_on")
    department["department_on"] = "2024-02-05"
    assert one.post(f"{HERE}/release/departments", department).status_code == 303, one.text
    one.get(f"{HERE}/release")
    assert one.post(f"{HERE}/release/units", unit).status_code == 422
    assert "2024-02-05" in at(one, "unit_on")
    assert one.post(f"{HERE}/release/units", {**unit, "unit_on": "2024-02-05"}).status_code == 303, one.text


def test_a_day_of_another_year_is_told_as_such_and_not_as_a_want_of_budget(released):  # noqa: F811
    checker = released("PCHK")
    checker.get(LINE)
    given = {"application": "ZF-1", "counterparty": "文具店", "amount": "1", "on": "2023-03-05", "prepared_by": "appl"}
    assert checker.post(f"{LINE}/reserve", given).status_code == 422
    assert "不在2024年度内" in at(checker, "on")
    assert "可用额度不足" not in checker.text
    given = {"change": "hold", "change_amount": "1", "change_key": "DJ-1", "change_document": "采购计划",
             "change_on": "2025-03-05", "change_prepared_by": "appl"}  # fmt: skip
    assert checker.post(f"{LINE}/change", given).status_code == 422
    assert "不在2024年度内" in at(checker, "change_on")
