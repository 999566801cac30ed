"""Anyone reads spending against time with its reasons, and what projects achieved beside what they were to achieve."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from ledger import periods
from ledger.compilation.approval import grants
from ledger.compilation.performance import confirm_results, explain_pace, pace, record_results
from ledger.db import snapshot
from ledger.disclosure.budgets import PublishBudget
from ledger.disclosure.budgets import publish_budget as publish_unchecked
from ledger.sequencer import sequence
from reports.final_accounts import final_accounts
from reports.final_accounts_checks import failures
from reports.formats import check_manifest
from reports.pace import is_off, published_months
from tests.conftest import make_city
from tests.ledger.budget_city import DIGEST, MORE_TESTS, SYSTEM, TESTS, YEAR, act
from tests.ledger.performance_error_examples import ANSWERS, BEHIND, MADE, budgeted
from tests.reports.closed_city import finish
from tests.web.site.conftest import publish
from web.app import create_app

FEBRUARY = dt.date(2024, 2, 29)
MISSED = "招标延期；已签补充合同，三月底前完成"


@pytest.fixture(scope="module")
def spent(source):
    """A city that published its budget and the indicators of two months; February is off pace and says why."""
    city = budgeted(make_city(source))
    act(city, "COMP", explain_pace, BEHIND)
    late = [replace(ANSWERS[0], met=False, cause=MISSED, score_tenths=605), *ANSWERS[1:]]
    act(city, "COMP", record_results, SYSTEM.package, late)
    act(city, "REVW", confirm_results, SYSTEM.package, 1, "属实")
    act(city, "COMP", record_results, TESTS.package, ANSWERS)
    for number in range(3):
        act(city, "CLOS", periods.close_for_good, "I2024", number, "结账")
    sequence(source, city.treasury_id)
    publish(city, "I2024", FEBRUARY)
    act(city, "PUBL", publish_unchecked, PublishBudget(fiscal_year=YEAR, agency="201", sha256=DIGEST, narrative=0))
    return city


@pytest.fixture(scope="module")
def client(spent):
    return create_app(spent.source).test_client()


@pytest.fixture(scope="module")
def own(spent):
    return f"/budgets/T{spent.treasury_id:06d}/{YEAR}/201"


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_what_is_public_of_the_pace_is_what_the_books_say(spent):
    with spent.source.engine("public").connect() as public:
        shown = published_months(public, spent.treasury_id, YEAR, ["201"])
    with snapshot(spent.source) as connection:
        inside = pace(connection, spent.treasury_id, YEAR, "201", FEBRUARY)
    told = [(each.ends_on.month, each.adjusted_fen, each.executed_fen, each.passed_bp, each.off) for each in shown]
    assert told == [(each.month, each.adjusted_fen, each.executed_fen, each.passed_bp, each.off) for each in inside]
    assert told[-1][1:] == (MADE, 0, 60 * 10_000 // 366, True)


def test_a_month_that_is_not_published_is_not_shown(spent):
    with spent.source.engine("public").connect() as public:
        assert [each.ends_on for each in published_months(public, spent.treasury_id, YEAR, ["201"])] == [
            dt.date(2024, 1, 31),
            FEBRUARY,
        ]


@pytest.mark.parametrize(("executed_fen", "off"), [(39_999, True), (40_000, False), (60_000, False), (60_001, True)])
def test_ten_points_are_still_on_pace_and_a_fen_more_is_not(executed_fen, off):
    assert is_off(100_000, executed_fen, 5_000, dt.date(2024, 6, 30)) is off


def test_before_the_rule_or_a_budget_nothing_is_off():
    assert not is_off(100_000, 0, 10_000, dt.date(2019, 12, 31))
    assert not is_off(0, 0, 10_000, dt.date(2024, 12, 31))


def test_the_page_shows_the_month_off_pace_with_its_reason(client, own):
    page = text(read(client, f"{own}/"))
    for said in ("支出进度", "偏差预警", BEHIND.reason, BEHIND.remedy, str(BEHIND.due_on), "−16.39", "10 个百分点"):
        assert said in page, said
    assert "Off pace" in read(client, f"/en{own}/")


def test_a_result_stands_beside_its_objective_once_it_is_confirmed(client, own):
    page = text(read(client, f"{own}/"))
    for said in (MISSED, "60.5", "完成第1项", f"评分 {(605 + 5000) // 6 // 10}.{(605 + 5000) // 6 % 10}", "属实"):
        assert said in page, said
    waiting = page.split("尚无经复核的自评结果")[1][:60]
    assert TESTS.name_zh in waiting
    assert MORE_TESTS.name_zh in waiting
    assert SYSTEM.name_zh not in waiting


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("name", ["pace", "results"])
def test_both_are_whole_files_in_every_form(client, own, name, form):
    answer = client.get(f"{own}/{name}.{form}")
    assert answer.status_code == 200
    assert check_manifest(answer.data, form).whole


def test_the_files_say_what_the_page_says(client, own):
    february = json.loads(client.get(f"{own}/pace.json").data)["rows"][1]
    assert (february["off"], february["reason"], february["due_on"]) == ("off", BEHIND.reason, str(BEHIND.due_on))
    rows = json.loads(client.get(f"{own}/results.json").data)["rows"]
    of_system = [row for row in rows if row["package"] == SYSTEM.package]
    assert [row["score"] for row in of_system] == ["60.5", *["100.0"] * 5]
    assert [row["result"] for row in rows if row["package"] == TESTS.package] == [None]


def test_a_budget_that_is_not_published_has_no_such_files(client, own):
    for name in ("pace", "results"):
        assert client.get(f"{own.replace('/201', '/202')}/{name}.csv").status_code == 404


def test_what_says_nothing_is_marked_as_blank(client, own):
    text = read(client, f"{own}/")
    assert re.search(r"<td(?! class=)[^>]*></td>", text) is None


@pytest.fixture(scope="module")
def closed(source):
    """A city that spent little, said why, and confirmed what became of its projects; its year is closed and public."""
    city = budgeted(make_city(source))
    city.receive(9_000_000)
    with snapshot(source) as connection:
        tests = next(each for each in grants(connection, city.treasury_id, YEAR) if each.project == "XM-JC")
    city.pay(
        tests.indicator,
        12_345,
        func=tests.func,
        dept_econ="30227",
        gov_econ="50205",
        project="XM-JC",
        counterparty="检测站",
    )
    act(city, "PUBL", publish_unchecked, PublishBudget(fiscal_year=YEAR, agency="201", sha256=DIGEST, narrative=0))
    for month in range(1, 13):
        act(city, "COMP", explain_pace, replace(BEHIND, month=month))
    for package in (TESTS.package, MORE_TESTS.package, SYSTEM.package):
        act(city, "COMP", record_results, package, ANSWERS)
        act(city, "REVW", confirm_results, package, 1, "属实")
    finish(city, "I2024", "A201-2024")
    return city


def test_the_final_accounts_show_the_results_of_every_project(closed):
    own = f"/accounts/T{closed.treasury_id:06d}/201/{YEAR}"
    site = create_app(closed.source).test_client()
    page = text(read(site, f"{own}/"))
    assert page.count("属实") == 3
    assert "项目支出绩效自评" in page
    assert "Results of projects" in read(site, f"/en{own}/")
    for form in ("csv", "json", "xlsx"):
        answer = site.get(f"{own}/results.{form}")
        assert answer.status_code == 200
        assert check_manifest(answer.data, form).whole
    assert len(json.loads(site.get(f"{own}/results.json").data)["rows"]) == 3 * 6


def test_final_accounts_are_withheld_until_every_project_has_results(closed):
    with closed.source.engine("public").connect() as public:
        accounts = final_accounts(public, closed.treasury_id, "201", YEAR)
    assert failures(accounts) == []
    first, *others = accounts.evaluated
    failed = failures(replace(accounts, evaluated=(replace(first, results=()), *others)))
    assert [(each.rule, each.gap.where) for each in failed] == [("projects_are_evaluated", first.package)]


def test_a_year_that_is_not_closed_gives_no_results_with_its_accounts(client, spent):
    assert client.get(f"/accounts/T{spent.treasury_id:06d}/201/{YEAR}/results.csv").status_code == 404
