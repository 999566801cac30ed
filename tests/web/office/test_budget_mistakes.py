"""A decision package that was made by mistake, at the desk: withdrawn with a reason while nothing went on with it."""

import re

import pytest

from ledger.compilation.packages import review_package, save_package
from ledger.compilation.rounds import submit_budget
from tests.ledger.budget_city import PERSONNEL, TESTS, YEAR, act, prepare
from tests.web.office.test_budget_changes import at

PACKAGE = f"/office/budget/packages/{TESTS.package}"
AGENCY = f"/office/budget/{YEAR}/agencies/201"


@pytest.fixture
def made(office):
    prepare(office.city)
    for package in (PERSONNEL, TESTS):
        act(office.city, "COMP", save_package, package)
    return office


def withdraw(one, why="重复编报", version="1"):
    one.get(PACKAGE)
    return one.post(f"{PACKAGE}/withdraw", {"why": why, "version": version})


@pytest.mark.parametrize(
    ("language", "texts"),
    [("zh", ("撤回决策包", "已撤回的决策包")), ("en", ("Withdraw the package", "Withdrawn packages"))],
)
def test_a_package_is_withdrawn_and_the_agency_tells_why(made, language, texts):
    one = made("COMP")
    one.client.set_cookie("office_language", language)
    assert texts[0] in one.get(PACKAGE).get_data(as_text=True)
    answer = withdraw(one)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{AGENCY}#withdrawn")
    page = one.get(AGENCY).get_data(as_text=True)
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert texts[1] in plain
    assert "重复编报" in plain
    assert f'href="{PACKAGE}"' not in page
    assert one.get(PACKAGE).status_code == 404
    told = made("REVW").get(AGENCY).get_data(as_text=True)
    assert ("重复编报" in told, f'href="{PACKAGE}"' in told) == (True, False)


@pytest.mark.parametrize("why", ["", "  "])
def test_it_says_why(made, why):
    one = made("COMP")
    assert withdraw(one, why).status_code == 422
    assert "必须填写" in at(one, "why")
    assert one.get(PACKAGE).status_code == 200


def test_what_somebody_saved_meanwhile_is_not_withdrawn(made):
    one = made("COMP")
    act(made.city, "COMP", save_package, TESTS)
    assert withdraw(one).status_code == 422
    assert "新版本" in at(one, "why")


@pytest.mark.parametrize(
    "deed",
    [
        lambda city: act(city, "REVW", review_package, TESTS.package, 1, []),
        lambda city: act(city, "COMP", submit_budget, YEAR, "201", 1),
    ],
)
def test_what_went_on_is_offered_no_withdrawal_and_refused_one(made, deed):
    one = made("COMP")
    deed(made.city)
    page = one.get(PACKAGE).get_data(as_text=True)
    assert f'action="{PACKAGE}/withdraw"' not in page
    assert "已上报、审核或排序，不得再撤回" in page
    assert withdraw(one).status_code == 422
    assert "不得再撤回" in one.text


@pytest.mark.parametrize("duty", ["REVW", "APPR", "NPCO"])
def test_others_are_not_offered_it(made, duty):
    one = made(duty)
    assert "/withdraw" not in one.get(PACKAGE).get_data(as_text=True)
    assert withdraw(one).status_code == 403
