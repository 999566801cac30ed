"""Clumsy use of the budget's desk: wrong days, forms sent twice or too late, numbers as people type them."""

import datetime as dt
import re
from html import unescape

import pytest

from ledger.compilation import dossiers
from ledger.compilation.approval import approve
from ledger.compilation.packages import LineReview, review_package, save_package
from ledger.compilation.rounds import Ceiling, resolve_budget, set_ceilings
from ledger.db import owner, snapshot
from ledger.install import PersonPlan, create_office, create_person
from tests.ledger.budget_city import TESTS, YEAR, act, resolution
from tests.web.office.test_budget import OFFICE, at, budget, form_of, released, sent  # noqa: F401 - fixtures

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
    given = {
        "document": "人大〔2099〕1号",
        "title": "决议",
        "total": "1.00",
        "sha256": "ab" * 32,
        "passed_on": "2099-01-20",
    }
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


def newest(city):
    """Tell the newest version of the package and its quantity in thousandths."""
    with snapshot(city.source) as connection:
        found = dossiers.dossier(connection, city.treasury_id, TESTS.package)
    return found.version, found.lines[0].quantity_milli


def test_a_package_that_is_sent_twice_is_saved_once(budget):  # noqa: F811
    one = budget("COMP")
    edit = f"/office/budget/packages/{TESTS.package}/edit"
    for version, where in ((0, f"{HERE}/packages/new"), (1, edit)):
        quantity = {"1.quantity": str(1250 + version), "version": str(version)}
        one.get(HERE)
        for _ in "12":
            assert one.post(where, form_of(TESTS, **quantity)).status_code == 303, one.text
        assert newest(budget.city) == (version + 1, (1250 + version) * 1000)
    one.get(edit)
    assert 'name="version" value="2"' in one.text
    assert one.post(edit, form_of(TESTS, **{"1.quantity": "1251", "version": "2"})).status_code == 303
    assert newest(budget.city)[0] == 3  # saved anew on purpose: a standard may have changed


def test_what_somebody_saved_meanwhile_is_not_written_over(budget):  # noqa: F811
    act(budget.city, "COMP", save_package, TESTS)
    one = budget("COMP")
    edit = f"/office/budget/packages/{TESTS.package}/edit"
    for where, version, field in ((edit, "0", "activity"), (f"{HERE}/packages/new", "0", "activity_code")):
        one.get(HERE)
        given = form_of(TESTS, **{"1.quantity": "7", "version": version})
        assert one.post(where, given).status_code == 422
        assert "第 1 版" in at(one, field)
        assert f'name="version" value="{version}"' in one.text
    assert newest(budget.city)[0] == 1


def test_basic_data_typed_in_full_width_are_the_same_and_stay_approved(budget):  # noqa: F811
    one = budget("COMP")
    where = f"{HERE}/agencies/201"
    one.get(where)
    origin = unescape(re.search(r'name="headcount.origin" value="([^"]*)"', one.text)[1])
    given = {"headcount.quantity": "３７", "headcount.origin": origin}
    assert one.post(f"{where}/data", given).status_code == 422
    assert "没有改动" in one.text


def test_an_amount_beyond_all_measure_is_told_at_its_field_and_the_form_is_kept(sent):  # noqa: F811
    one = sent("REVW")
    where = f"{HERE}/standards/record?standard=XM-01"
    given = {"standard": "XM-01", "name_zh": "检测费", "name_en": "Test", "category": "project", "dept_econ": "30227",
             "driver": "workload", "per": "time", "amount": "999999999999999", "document_no": "财行〔2023〕99号",
             "valid_from": "2023-09-01", "do": "look"}  # fmt: skip
    one.get(where)
    assert one.post(where, given).status_code == 422
    assert "允许范围" in at(one, "amount")
    assert "财行〔2023〕99号" in one.text
    assert one.post(where, {**given, "amount": "110", "valid_from": "2024-02-01"}).status_code == 200
    assert "没有因此重新计价的决策包" in one.text


@pytest.fixture
def limited(sent, source):  # noqa: F811
    """Give the desk of somebody appointed for one agency alone, in an office of its own."""

    def desk(duty, agency):
        city, person = sent.city, f"only-{duty.lower()}"
        with owner(source) as connection:
            create_office(connection, city.treasury_id, person, agency, "科室", "Office")
            plan = PersonPlan(person, "专人", person, (duty,), (agency,))
            create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字9号")
        return sent(duty, person)

    return desk


def test_who_sees_a_part_of_a_department_is_told_no_sums_and_no_order_of_it(limited, sent):  # noqa: F811
    one, whole = limited("COMP", "202"), sent("COMP")
    for page in ("", "/order", "/frame", "/resolution"):
        assert one.get(f"{HERE}{page}").status_code == 200
        if page in {"", "/frame"}:
            row = re.search(r"<tr><th scope=\"row\">[^<]*<small>201</small>.*?</tr>", one.text, re.DOTALL)[0]
            assert row.count(">–<") == (3 if not page else 2), row
            assert "0.00</td>" not in row
        else:
            assert "任命" in one.text or "尚无上报的决策包" in one.text
            assert "资金线：控制数到此为止" not in one.text
        assert "任命" not in whole.get(f"{HERE}{page}").get_data(as_text=True)


def test_the_funding_line_is_drawn_once_where_the_ceiling_ends(sent):  # noqa: F811
    cut = LineReview(line_no=1, cut="later", reason="缓办", quantity_milli=0)
    act(sent.city, "REVW", review_package, TESTS.package, 1, [cut])
    low = Ceiling(fiscal_year=YEAR, department="201", fund="1", amount_fen=400_000_000, document="财预〔2023〕10号")
    act(sent.city, "REVW", set_ceilings, [low])
    one = sent("REVW")
    one.get(f"{HERE}/order")
    assert one.text.count("资金线：控制数到此为止") == 1
    assert "审核后不安排" in one.text


def test_a_ceiling_is_of_a_department(sent):  # noqa: F811
    one = sent("REVW")
    one.get(f"{HERE}/frame")
    given = {"department": "202", "fund": "1", "ceiling": "5", "document": "财预〔2023〕9号"}
    assert one.post(f"{HERE}/frame/ceilings", given).status_code == 404


def test_a_line_is_reserved_by_who_may_apply_for_its_agency_and_for_a_class_it_was_approved_for(released, source):  # noqa: F811
    city = released.city
    with owner(source) as connection:
        create_office(connection, city.treasury_id, "202.9", "202", "总务科", "General office")
        plan = PersonPlan("school", "校工", "202.9", ("APPL",), ("202",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字9号")
    one = released("PCHK")
    with snapshot(city.source) as connection:
        project = connection.exec_driver_sql(
            "select indicator from ledger.indicator where treasury_id = %s and project = 'XM-JC' and agency = '201'"
            " and indicator not like '%%-D%%' order by length(indicator) desc limit 1", (city.treasury_id,)
        ).scalar_one()  # fmt: skip
    given = {"application": "ZF-1", "counterparty": "检测所", "amount": "1", "on": "2024-03-05", "prepared_by": "appl"}
    for line, other, field in (
        (LINE, {"prepared_by": "school"}, "prepared_by"),
        (f"/office/budget/lines/{project}", {"econ": "30101"}, "econ"),
    ):
        one.get(line)
        assert "校工" not in one.text
        assert one.post(f"{line}/reserve", {**given, **other}).status_code == 422
        assert at(one, field)
