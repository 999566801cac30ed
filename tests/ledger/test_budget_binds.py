"""An approved budget becomes indicators that bind, and can be rebuilt from what it was decided on."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import journal
from ledger.budget_errors import BudgetNotResolved
from ledger.compilation.approval import approve, grants, release_to_departments, release_to_units
from ledger.compilation.packages import LineReview, rank_packages, review_package
from ledger.compilation.rebuild import rebuild
from ledger.compilation.rounds import resolve_budget
from ledger.db import owner, snapshot, transaction
from ledger.errors import IndicatorUnfit, LimitExceeded, NotPermitted
from tests.ledger.budget_city import (
    MORE_TESTS,
    PACKAGES,
    SYSTEM,
    TESTS,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)

PAY_FEN = 812_345 * 37 * 12
UPKEEP_FENS = (300_001 * 37, round(355 * 1234.5 * 12))
TESTS_FEN = 12_345 * 1250
TOTAL = PAY_FEN + sum(UPKEEP_FENS) + TESTS_FEN + 88_800_055
RELEASED = dt.date(2024, 2, 5)


@pytest.fixture
def approved(city):
    """A budget with a cut and a ranking, of which one package stays below the line."""
    prepare(city)
    compile_budget(city, *PACKAGES, ceiling=TOTAL)
    cut = LineReview(line_no=1, cut="months", reason="一年一次即可", times=1)
    act(city, "REVW", review_package, TESTS.package, 1, [cut])
    act(city, "COMP", rank_packages, YEAR, "201", "1", [TESTS.package, SYSTEM.package, MORE_TESTS.package])
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    return city


def release(city):
    at = (city.treasury_id, YEAR)
    act(city, "APPR", approve, *at, "comp")
    act(city, "ISSU", release_to_departments, *at, RELEASED, "财预〔2024〕3号", "revw")
    act(city, "ISSU", release_to_units, *at, RELEASED, "教财〔2024〕1号", "revw")


def test_the_whole_budget_is_rebuilt_from_what_it_was_decided_on(approved):
    release(approved)
    with snapshot(approved.source) as connection:
        found = rebuild(connection, approved.treasury_id, YEAR)
    assert (found.packages, found.funded, found.lines, found.fen, list(found.differences)) == (5, 4, 5, TOTAL, [])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("update ledger.budget_line set fen = fen + 1 where package = '2024-201-RY'", "2024-201-RY line 1"),
        ("delete from ledger.budget_line where package = '2024-201-XT-3'", "2024-201-XT-3 line 1"),
        ("update ledger.driver_value set quantity_milli = 38000 where driver = 'headcount'", "2024-201-RY line 1"),
        ("update ledger.budget_ceiling set amount_fen = amount_fen - 1", "2024-201-XT-3 line 1"),
        ("delete from ledger.standard_approval where standard = 'GY-02'", "GY-02 version 1 was never approved"),
        ("update ledger.line_review set times = 2", "2024-201-JC-1 line 1"),
    ],
)  # fmt: skip
def test_a_changed_row_is_found_and_named(approved, change, named):
    with owner(approved.source) as connection:
        connection.exec_driver_sql("set session_replication_role = replica")
        for table in ("budget_line", "driver_value", "budget_ceiling", "standard_approval", "line_review"):
            connection.exec_driver_sql(f"alter table ledger.{table} disable trigger append_only")
        place = "where treasury_id = %s and" if "where" in change else "where treasury_id = %s"
        text = change.replace("where", place) if "where" in change else f"{change} {place}"
        connection.exec_driver_sql(text, (approved.treasury_id,))
        found = rebuild(connection, approved.treasury_id, YEAR)
        connection.rollback()
    assert any(named in each for each in found.differences)


def test_released_money_is_spent_for_its_purpose_and_not_one_fen_more(approved):
    release(approved)
    with snapshot(approved.source) as connection:
        by_use = {each.project or each.dept_econ: each for each in grants(connection, approved.treasury_id, YEAR)}
    assert {use: each.fen for use, each in by_use.items()} == {
        "30101": PAY_FEN, "30201": UPKEEP_FENS[0], "30209": UPKEEP_FENS[1], "XM-JC": TESTS_FEN, "XM-XT": 88_800_055,
    }  # fmt: skip
    office = by_use["30201"]
    approved.receive(TOTAL)
    dims = {"func": office.func, "dept_econ": "30201", "gov_econ": "50201"}
    with pytest.raises(LimitExceeded) as refusal:
        approved.pay(office.indicator, office.fen + 1, **dims)
    assert refusal.value.facts["free_fen"] == office.fen
    with pytest.raises(IndicatorUnfit):
        approved.pay(office.indicator, 5, **{**dims, "dept_econ": "30209"})
    approved.pay(office.indicator, office.fen, **dims)
    with pytest.raises(LimitExceeded):
        approved.pay(office.indicator, 1, **dims)


def test_a_blank_project_is_refused_not_skipped(approved):
    release(approved)
    with snapshot(approved.source) as connection:
        tests = next(each for each in grants(connection, approved.treasury_id, YEAR) if each.project == "XM-JC")
    dims = {"func": tests.func, "dept_econ": "30227", "gov_econ": "50205"}
    for blank in ({}, {"project": "XM-XT"}):
        with pytest.raises(IndicatorUnfit):
            approved.post("PCHK", approved.reservation(tests.indicator, 5, **dims, **blank))
    approved.post("PCHK", approved.reservation(tests.indicator, 5, **dims, project="XM-JC"))


def test_fifty_at_once_never_overspend_a_line(approved):
    release(approved)
    with snapshot(approved.source) as connection:
        office = next(each for each in grants(connection, approved.treasury_id, YEAR) if each.dept_econ == "30201")
    tenth = office.fen // 10
    events = [
        approved.reservation(office.indicator, tenth, func=office.func, dept_econ="30201", gov_econ="50201")
        for _ in range(50)
    ]
    session = approved.session("PCHK")

    def reserve(event):
        try:
            with transaction(approved.source, session) as tx:
                journal.post(tx, [event])
        except LimitExceeded:
            return 0
        return 1

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(reserve, events)) == 10


def test_each_step_of_the_release_is_done_once_and_under_its_duty(approved):
    at = (approved.treasury_id, YEAR)
    with pytest.raises(IndicatorUnfit):
        act(approved, "ISSU", release_to_departments, *at, RELEASED, "财预〔2024〕3号", "revw")
    with pytest.raises(NotPermitted):
        act(approved, "COMP", approve, *at, "comp")
    release(approved)
    assert all(each.already for each in act(approved, "APPR", approve, *at, "comp"))
    with pytest.raises(NotPermitted):
        act(approved, "COMP", release_to_units, *at, RELEASED, "教财〔2024〕1号", "revw")


def test_nothing_is_released_without_a_resolution(city):
    with pytest.raises(BudgetNotResolved):
        act(city, "APPR", approve, city.treasury_id, YEAR, "comp")
