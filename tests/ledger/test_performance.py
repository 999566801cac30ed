"""A month off pace wants a reason, a year the results of its projects; both are said once and kept."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import access
from ledger.budget_errors import AlreadyApproved, PackageMoved
from ledger.checklist import before_close
from ledger.compilation.performance import (
    confirm_results,
    explain_pace,
    pace,
    project_year,
    projects,
    record_results,
)
from ledger.db import owner, snapshot, transaction
from ledger.disclosure_errors import ForeignAgency
from ledger.errors import LedgerError, NotPermitted, UnknownCode
from ledger.install import PersonPlan, create_office, create_person
from ledger.performance_errors import (
    ExplanationMissing,
    NotInApprovedBudget,
    PaceUnexplained,
    PerformanceIncomplete,
    PerformanceMissing,
)
from ledger.periods import close_for_good, close_softly
from ledger.rules import in_force
from tests.conftest import make_city
from tests.ledger.budget_city import MORE_TESTS, SYSTEM, TESTS, YEAR, act
from tests.ledger.performance_error_examples import ANSWERS, BEHIND, MADE, budgeted, shut

OFFICE = 300_001 * 37
END = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def spending(source):
    """A released budget whose first payment was in March; nothing is closed."""
    return budgeted(make_city(source))


def months(city, until=END):
    with snapshot(city.source) as connection:
        return pace(connection, city.treasury_id, YEAR, "201", until)


def test_the_pace_is_that_of_the_books(spending):
    assert [each.month for each in months(spending, dt.date(2024, 3, 1))] == [1, 2, 3]
    first, second = months(spending, dt.date(2024, 2, 29))
    assert (first.adjusted_fen, first.executed_fen, first.off) == (0, 0, False)  # released in February
    assert (second.adjusted_fen, second.executed_bp, second.passed_bp, second.off) == (
        MADE,
        0,
        60 * 10_000 // 366,
        True,
    )


def test_the_limit_that_blocks_is_that_of_the_rule_that_flags(spending):
    with owner(spending.source) as connection:
        points = connection.exec_driver_sql("select points_bp from ledger.pace_limit").scalar_one()
    assert in_force(END)["BUD-021"].parameters == {"points_bp": points}


def test_a_month_off_pace_is_not_closed_for_good_without_a_reason(city):
    budgeted(city)
    with pytest.raises(PaceUnexplained) as refusal:
        shut(city, 2)
    assert refusal.value.facts["executed_fen"] == 0
    assert refusal.value.facts["adjusted_fen"] == MADE
    act(city, "CLOS", close_softly, "A201-2024", 2, "待说明")
    assert act(city, "COMP", explain_pace, BEHIND) == 1
    act(city, "CLOS", close_for_good, "A201-2024", 2, "结账")


def test_who_has_no_compiled_budget_is_not_asked(city):
    city.grant(100_000)
    for number in range(13):
        act(city, "CLOS", close_for_good, "A201-2024", number, "结账")


def items(city, number, session=None):
    with snapshot(city.source, session) as connection:
        found = before_close(connection, city.treasury_id, "A201-2024", number)
    return {
        each.item: (each.ok, each.count) for each in found if each.item in {"pace_unexplained", "results_unconfirmed"}
    }


def test_the_checklist_of_a_period_tells_what_the_close_will_ask(city):
    budgeted(city)
    clos = city.session("CLOS")
    assert items(city, 0, clos) == {}
    assert items(city, 1, clos) == {"pace_unexplained": (True, 0)}
    assert items(city, 2, clos) == {"pace_unexplained": (False, 1)}
    act(city, "COMP", explain_pace, BEHIND)
    assert items(city, 2, clos) == {"pace_unexplained": (True, 0)}
    act(city, "COMP", record_results, TESTS.package, ANSWERS)
    assert items(city, 12, clos) == {"pace_unexplained": (False, 1), "results_unconfirmed": (False, 3)}
    act(city, "REVW", confirm_results, TESTS.package, 1, "属实")
    assert items(city, 12)["results_unconfirmed"] == (False, 2)


def test_a_reason_is_replaced_by_a_newer_one_and_both_are_kept(spending):
    act(spending, "COMP", explain_pace, replace(BEHIND, month=4))
    assert act(spending, "APPL", explain_pace, replace(BEHIND, month=4, reason="资金未到")) == 2
    april = months(spending)[3]
    assert (april.reason, april.remedy, april.recorder) == ("资金未到", "三月完成招标", "APPL")
    with snapshot(spending.source) as connection:
        kept = connection.exec_driver_sql(
            "select count(*) from ledger.pace_reason where (treasury_id, month) = (%s, 4)", (spending.treasury_id,)
        ).scalar_one()
    assert kept == 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reason": ""}, ExplanationMissing),
        ({"remedy": "\n"}, ExplanationMissing),
        ({"reason": "长" * 701}, ExplanationMissing),
        ({"due_on": None}, ExplanationMissing),
        ({"month": 0}, UnknownCode),
        ({"month": 13}, UnknownCode),
        ({"agency": "202"}, NotInApprovedBudget),
        ({"fiscal_year": 2023}, NotInApprovedBudget),
    ],
)
def test_a_reason_without_words_month_or_budget_is_refused(spending, change, error):
    with pytest.raises(error):
        act(spending, "COMP", explain_pace, replace(BEHIND, **change))


@pytest.mark.parametrize("duty", ["REVW", "CLOS", "NPCO", "PUBL"])
def test_only_the_agency_says_why(spending, duty):
    with pytest.raises(NotPermitted):
        act(spending, duty, explain_pace, BEHIND)


def test_results_are_recorded_by_one_and_confirmed_by_another_and_then_the_year_closes(city):
    budgeted(city)
    for month in range(1, 13):
        act(city, "COMP", explain_pace, replace(BEHIND, month=month))
    shut(city, 11)
    for package in (TESTS.package, MORE_TESTS.package):
        assert act(city, "COMP", record_results, package, ANSWERS) == 1
        act(city, "REVW", confirm_results, package, 1, "属实")
    late = [replace(ANSWERS[0], met=False, cause="招标延期", score_tenths=605), *ANSWERS[1:]]
    act(city, "COMP", record_results, SYSTEM.package, late)
    with pytest.raises(PerformanceMissing) as refusal:
        act(city, "CLOS", close_for_good, "A201-2024", 12, "结账")
    assert refusal.value.facts["packages"] == SYSTEM.package
    act(city, "REVW", confirm_results, SYSTEM.package, 1, "属实")
    act(city, "CLOS", close_for_good, "A201-2024", 12, "结账")
    with snapshot(city.source) as connection:
        found = {each.package: each for each in projects(connection, city.treasury_id, YEAR)}
        assert project_year(connection, city.treasury_id, SYSTEM.package) == (YEAR, "201")
        assert project_year(connection, city.treasury_id, "2024-201-RY") is None
    assert set(found) == {TESTS.package, MORE_TESTS.package, SYSTEM.package}
    one = found[SYSTEM.package]
    assert (one.score_tenths, one.confirmer, one.answers[0].cause) == ((605 + 5 * 1000) // 6, "REVW", "招标延期")


def test_a_newer_version_waits_for_its_own_confirmation(spending):
    first = act(spending, "COMP", record_results, TESTS.package, ANSWERS)
    act(spending, "REVW", confirm_results, TESTS.package, first, "属实")
    with pytest.raises(AlreadyApproved):
        act(spending, "REVW", confirm_results, TESTS.package, first, "属实")
    assert act(spending, "COMP", record_results, TESTS.package, ANSWERS) == first + 1
    with pytest.raises(PackageMoved):
        act(spending, "REVW", confirm_results, TESTS.package, first, "属实")


def test_two_confirm_at_once_and_one_does(spending):
    version = act(spending, "COMP", record_results, MORE_TESTS.package, ANSWERS)

    def confirm(_):
        try:
            act(spending, "REVW", confirm_results, MORE_TESTS.package, version, "属实")
        except AlreadyApproved:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(confirm, range(4))) == 1


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ((), PerformanceIncomplete),
        (ANSWERS[:-1], PerformanceIncomplete),
        ((*ANSWERS, ANSWERS[0]), PerformanceIncomplete),
        ((*ANSWERS[:-1], replace(ANSWERS[-1], target_no=7)), PerformanceIncomplete),
        ((*ANSWERS[:-1], replace(ANSWERS[-1], score_tenths=1001)), PerformanceIncomplete),
        ((*ANSWERS[:-1], replace(ANSWERS[-1], score_tenths=-1)), PerformanceIncomplete),
        ((*ANSWERS[:-1], replace(ANSWERS[-1], result="")), ExplanationMissing),
        ((*ANSWERS[:-1], replace(ANSWERS[-1], met=False)), ExplanationMissing),
    ],
)
def test_results_that_leave_something_open_are_refused(spending, answers, error):
    with pytest.raises(error):
        act(spending, "COMP", record_results, TESTS.package, answers)


def test_results_are_not_for_another_agency_duty_or_package(spending):
    with pytest.raises(NotInApprovedBudget):
        act(spending, "COMP", record_results, "2024-201-RY", ANSWERS)
    with pytest.raises(NotPermitted):
        act(spending, "REVW", record_results, TESTS.package, ANSWERS)
    with pytest.raises(NotPermitted):
        act(spending, "COMP", confirm_results, TESTS.package, 1, "属实")


@given(st.permutations(ANSWERS), st.lists(st.integers(0, 1000), min_size=6, max_size=6))
def test_what_is_recorded_is_read_back(spending, order, scores):
    given_answers = [replace(each, score_tenths=score) for each, score in zip(order, scores, strict=True)]
    act(spending, "COMP", record_results, SYSTEM.package, given_answers)
    with snapshot(spending.source) as connection:
        (one,) = projects(connection, spending.treasury_id, YEAR, package=SYSTEM.package)
    assert {each.target_no: each.score_tenths for each in one.answers} == {
        each.target_no: each.score_tenths for each in given_answers
    }
    assert one.score_tenths == sum(scores) // 6


@pytest.mark.parametrize(
    "change",
    [
        "update ledger.pace_reason set reason = 'x' where treasury_id = {}",
        "delete from ledger.performance_answer where treasury_id = {}",
        "update ledger.performance_confirmation set opinion = 'x' where treasury_id = {}",
    ],
)
def test_nothing_of_it_is_rewritten(spending, change):
    act(spending, "COMP", explain_pace, replace(BEHIND, month=5))
    with pytest.raises(LedgerError), owner(spending.source) as connection:
        connection.exec_driver_sql(change.format(spending.treasury_id))


def test_an_agency_speaks_for_itself_only(spending):
    with owner(spending.source) as connection:
        create_office(connection, spending.treasury_id, "202.COMP", "202", "COMP", "COMP")
        plan = PersonPlan("school-comp", "COMP", "202.COMP", ())
        create_person(connection, spending.treasury_id, plan, dt.date(2020, 1, 1), "任字5号")
        connection.exec_driver_sql("set session_replication_role = replica")
        connection.exec_driver_sql(
            "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
            " values (%s, 'school-comp', 'COMP', '[2024-01-01,2030-01-01)', '{202}', '任字5号')",
            (spending.treasury_id,),
        )
    session = access.open_session(spending.source, spending.treasury_id, "school-comp", "COMP")
    for verb, asked in ((explain_pace, (BEHIND,)), (record_results, (TESTS.package, ANSWERS))):
        with pytest.raises(ForeignAgency), transaction(spending.source, session) as tx:
            verb(tx, *asked)


def test_an_agency_sees_its_own_pace_and_none_of_another(spending):
    with owner(spending.source) as connection:
        create_office(connection, spending.treasury_id, "201.APPL2", "201", "APPL2", "APPL2")
        plan = PersonPlan("own-appl", "APPL", "201.APPL2", ())
        create_person(connection, spending.treasury_id, plan, dt.date(2020, 1, 1), "任字6号")
        connection.exec_driver_sql("set session_replication_role = replica")
        connection.exec_driver_sql(
            "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
            " values (%s, 'own-appl', 'APPL', '[2024-01-01,2030-01-01)', '{201}', '任字6号')",
            (spending.treasury_id,),
        )
    session = access.open_session(spending.source, spending.treasury_id, "own-appl", "APPL")
    with snapshot(spending.source, session) as connection:
        own = pace(connection, spending.treasury_id, YEAR, "201", END)
        other = pace(connection, spending.treasury_id, YEAR, "202", END)
    assert [(each.month, each.adjusted_fen) for each in own] == [
        (each.month, each.adjusted_fen) for each in months(spending)
    ]
    assert other == []
