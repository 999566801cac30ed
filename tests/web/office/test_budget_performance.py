"""Pace and results at the desk: the agency says why and what was achieved, finance confirms, everybody else reads."""

import pytest

from ledger import people
from ledger.compilation.performance import projects, record_results
from ledger.db import snapshot
from tests.conftest import make_city
from tests.ledger.budget_city import TESTS, YEAR, act
from tests.ledger.performance_error_examples import ANSWERS, budgeted
from tests.web.office.conftest import PASSWORD, Browser
from tests.web.office.test_budget import at

HERE = "/office/budget/2024"
PACE = f"{HERE}/agencies/201/pace"
RESULTS = f"/office/budget/packages/{TESTS.package}/results"
SAID = {"month": "2", "pace_reason": "招标延期", "pace_remedy": "三月完成招标", "pace_due_on": "2024-03-31"}
FORM = {f"{n}.{name}": text for n in range(1, 7) for name, text in
        (("result", f"完成{n}"), ("score", "95.5"), ("met", "1"), ("cause", ""))}  # fmt: skip


@pytest.fixture(scope="module")
def desk(app, source):
    """Give desks of a released budget of which nothing was paid."""
    city = budgeted(make_city(source))

    def at_desk(duty):
        people.set_password(source, city.treasury_id, duty.lower(), PASSWORD, must_change=False)
        return Browser(app.test_client(), f"T{city.treasury_id:06d}").sign_in(duty.lower(), duty)

    at_desk.city = city
    return at_desk


@pytest.mark.parametrize("duty", ["COMP", "REVW", "NPCO", "OVER", "APPL", "CLOS"])
def test_pace_and_results_are_read_by_who_sees_the_lines(desk, duty):
    one = desk(duty)
    for path in (f"{HERE}/performance", PACE, RESULTS):
        one.get(path)
        assert one.last.status_code == 200, path
    one.get(f"{HERE}/performance")
    assert "偏差，未说明" in one.text


def test_the_agency_says_why_and_others_may_not(desk):
    assert desk("REVW").post(f"{PACE}/explain", SAID).status_code == 403
    one = desk("APPL")
    one.get(PACE)
    one.post(f"{PACE}/explain", {**SAID, "pace_reason": " ", "pace_due_on": "2024-13-01"})
    assert at(one, "pace_reason")
    assert at(one, "pace_due_on")
    assert "三月完成招标" in one.text
    one.post(f"{PACE}/explain", {**SAID, "month": "13"})
    assert at(one, "month")
    assert one.post(f"{PACE}/explain", SAID).status_code == 303
    one.get(PACE)
    assert "偏差，已说明" in one.text
    assert "招标延期" in one.text


def test_results_are_recorded_by_the_agency_and_confirmed_by_finance(desk):
    one, other = desk("COMP"), desk("REVW")
    one.get(RESULTS)
    one.post(f"{RESULTS}/record", {**FORM, "1.met": "0", "2.score": "100.1", "3.result": ""})
    assert "缘由" in at(one, "1-cause")
    assert "评分" in at(one, "2-score")
    assert at(one, "3-result")
    assert one.post(f"{RESULTS}/record", {**FORM, "1.met": "0", "1.cause": "招标延期"}).status_code == 303
    assert one.post(f"{RESULTS}/confirm", {"version": "1", "result_opinion": "属实"}).status_code == 403
    other.get(RESULTS)
    assert "招标延期" in other.text
    other.post(f"{RESULTS}/confirm", {"version": "1", "result_opinion": ""})
    assert at(other, "result_opinion")
    other.post(f"{RESULTS}/confirm", {"version": "x", "result_opinion": "属实"})
    assert other.last.status_code == 422
    assert other.post(f"{RESULTS}/confirm", {"version": "1", "result_opinion": "属实"}).status_code == 303
    one.get(RESULTS)  # sent again from a page that stayed open: nothing new, and what was confirmed stays so
    assert one.post(f"{RESULTS}/record", {**FORM, "1.met": "0", "1.cause": "招标延期"}).status_code == 303
    with snapshot(desk.city.source) as connection:
        (found,) = projects(connection, desk.city.treasury_id, YEAR, package=TESTS.package)
    assert (found.confirmer, found.score_tenths, found.answers[0].cause) == ("REVW", 955, "招标延期")


def test_a_version_that_is_not_the_newest_is_not_confirmed(desk):
    first = act(desk.city, "COMP", record_results, TESTS.package, ANSWERS)
    act(desk.city, "COMP", record_results, TESTS.package, ANSWERS)
    other = desk("REVW")
    other.get(RESULTS)
    other.post(f"{RESULTS}/confirm", {"version": str(first), "result_opinion": "属实"})
    assert other.last.status_code == 422


@pytest.mark.parametrize("path", [f"{HERE}/agencies/202/pace", f"{HERE}/agencies/9/pace",
                                  "/office/budget/packages/2024-201-RY/results", "/office/budget/packages/x/results"])  # fmt: skip
def test_what_has_no_approved_budget_leads_nowhere(desk, path):
    one = desk("COMP")
    one.get(path)
    assert one.last.status_code == 404
