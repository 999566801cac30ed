"""Imports are registered with what they brought in, and undone whole while nothing of it went on."""

import datetime as dt
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import access
from ledger.budget_errors import BudgetResolved, PackageChanged, PackageMoved, UnknownBudgetRecord
from ledger.compilation import registers
from ledger.compilation.dossiers import dossier, listed, versions
from ledger.compilation.imports import (
    Batch,
    EarlierSet,
    Obstacle,
    imports,
    obstacles,
    open_earlier_sets,
    register_import,
    undo_import,
)
from ledger.compilation.packages import Line, rank_packages, review_package, save_package
from ledger.compilation.rebuild import rebuild
from ledger.compilation.rounds import Income, estimate_income, resolve_budget, submit_budget
from ledger.compilation.standards import DriverValue, approve_drivers, awaiting_drivers, record_drivers
from ledger.db import owner, snapshot, transaction
from ledger.disclosure_errors import ForeignAgency
from ledger.errors import NotPermitted
from ledger.import_errors import EarlierSetOutOfPlace, ImportUndone, ImportWentOn
from ledger.install import PersonPlan, create_person
from tests.conftest import make_city
from tests.ledger.budget_city import (
    MORE_TESTS,
    PACKAGES,
    PERSONNEL,
    TESTS,
    UPKEEP,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)
from tests.ledger.import_error_examples import FILE, brought_in

MORE = replace(UPKEEP, lines=(Line(standard="GY-01"),))
CARS = DriverValue(agency="201", driver="vehicles", fiscal_year=YEAR, quantity_milli=3_000, origin="台账")
INTEREST = Income(source="other", fund="6", func="2050199", amount_fen=123_456, basis="利息")


@pytest.fixture
def ready(city):
    prepare(city)
    return city


def bring(city, *packages, data=(), income=()):
    """Import packages, basic data and income as one file."""
    return act(city, "COMP", lambda tx: _brought(tx, packages, data, income))


def _brought(tx, packages, data, income):
    saved = [(each.package, save_package(tx, each)) for each in packages]
    record_drivers(tx, list(data))
    estimates = [(YEAR, "201", estimate_income(tx, YEAR, "201", income))] if income else []
    basic = [(each.agency, each.driver, each.fiscal_year) for each in data]
    batch = Batch(kind="budget", agency="201", fiscal_year=YEAR, packages=saved, basic=basic, income=estimates, **FILE)
    return register_import(tx, batch)


def undo(city, number, why="误导入"):
    act(city, "COMP", undo_import, number, why)


def figures(city):
    """Give every figure of the year that a desk, a report or the rebuild reads."""
    with snapshot(city.source) as connection:
        found = listed(connection, city.treasury_id, YEAR)
        again = rebuild(connection, city.treasury_id, YEAR)
        return (
            found,
            [dossier(connection, city.treasury_id, each.package) for each in found],
            registers.basic_data(connection, city.treasury_id, YEAR),
            registers.ceilings(connection, city.treasury_id, YEAR),
            registers.incomes(connection, city.treasury_id, YEAR, "201"),
            awaiting_drivers(connection, city.treasury_id, YEAR),
            (again.packages, again.funded, again.fen, again.lines),
        )


def stands_in_the_way(city, number):
    with snapshot(city.source) as connection:
        return obstacles(connection, city.treasury_id, number)


def registered(city):
    with snapshot(city.source) as connection:
        return imports(connection, city.treasury_id)


def test_an_import_is_registered_with_what_it_brought_in(ready):
    number = bring(ready, PERSONNEL, UPKEEP)
    (one,) = registered(ready)
    assert (number, one.import_no, one.kind, one.file_name, one.taken_by) == (1, 1, "budget", "预算.xlsx", "comp")
    assert (one.agency, one.fiscal_year, one.obstacles, one.undone_by) == ("201", YEAR, 0, None)


def test_undone_the_versions_before_are_the_newest_again(ready):
    act(ready, "COMP", save_package, UPKEEP)
    before = figures(ready)
    number = bring(ready, PERSONNEL, MORE, data=[CARS], income=[INTEREST])
    assert figures(ready) != before
    undo(ready, number)
    assert figures(ready) == before
    (one,) = registered(ready)
    assert (one.undone_by, one.why) == ("comp", "误导入")
    with snapshot(ready.source) as connection:
        kept = [(each.version, each.withdrawn) for each in versions(connection, ready.treasury_id, UPKEEP.package)]
    assert kept == [(2, True), (1, False)]


def test_what_was_undone_is_neither_submitted_nor_ranked_nor_reviewed_nor_approved(ready):
    act(ready, "COMP", save_package, UPKEEP)
    undo(ready, bring(ready, PERSONNEL, TESTS, MORE, data=[CARS]))
    act(ready, "COMP", submit_budget, YEAR, "201", 1)
    with snapshot(ready.source) as connection:
        sent = {each.package: each.sent for each in listed(connection, ready.treasury_id, YEAR)}
    assert sent == {UPKEEP.package: 1}
    assert act(ready, "COMP", rank_packages, YEAR, "201", "1", []) == 0
    with pytest.raises(PackageMoved):
        act(ready, "REVW", review_package, UPKEEP.package, 2, [], "")
    with pytest.raises(UnknownBudgetRecord):
        act(ready, "REVW", approve_drivers, [("201", "vehicles", YEAR, 1)])


def test_the_same_file_is_taken_again_after_its_undoing(ready):
    undo(ready, bring(ready, PERSONNEL))
    assert bring(ready, PERSONNEL) == 2
    with snapshot(ready.source) as connection:
        assert dossier(connection, ready.treasury_id, PERSONNEL.package).version == 2


def test_an_undone_package_leaves_its_activity_and_level_to_another_code(ready):
    other = replace(PERSONNEL, package="2024-201-RY-b", fund="2")
    number = bring(ready, PERSONNEL)
    with pytest.raises(PackageChanged):
        act(ready, "COMP", save_package, other)
    undo(ready, number)
    act(ready, "COMP", save_package, other)
    with pytest.raises(PackageChanged):
        act(ready, "COMP", save_package, PERSONNEL)


def _review(city):
    act(city, "REVW", review_package, PERSONNEL.package, 1, [], "同意")


@pytest.mark.parametrize(
    ("goes_on", "found"),
    [
        (lambda city: act(city, "COMP", submit_budget, YEAR, "201", 1), ("package", PERSONNEL.package, "submitted")),
        (_review, ("package", PERSONNEL.package, "reviewed")),
        (
            lambda city: act(city, "COMP", rank_packages, YEAR, "201", "1", [TESTS.package]),
            ("package", TESTS.package, "ranked"),
        ),
        (lambda city: act(city, "COMP", save_package, PERSONNEL), ("package", PERSONNEL.package, "newer")),
        (
            lambda city: act(city, "REVW", approve_drivers, [("201", "vehicles", YEAR, 1)]),
            ("basic", "201 vehicles", "approved"),
        ),
        (lambda city: act(city, "COMP", record_drivers, [CARS]), ("basic", "201 vehicles", "newer")),
        (lambda city: act(city, "COMP", estimate_income, YEAR, "201", [INTEREST]), ("income", "201", "newer")),
    ],
    ids=["submitted", "reviewed", "ranked", "saved", "approved", "recorded", "estimated"],
)
def test_an_import_of_which_something_went_on_stays(ready, goes_on, found):
    number = bring(ready, PERSONNEL, TESTS, data=[CARS], income=[INTEREST])
    goes_on(ready)
    before = figures(ready)
    assert Obstacle(*found) in stands_in_the_way(ready, number)
    with pytest.raises(ImportWentOn) as refused:
        undo(ready, number)
    assert refused.value.facts["count"] == len(stands_in_the_way(ready, number))
    assert figures(ready) == before
    assert registered(ready)[0].undone_by is None


def test_what_went_on_before_an_import_does_not_stand_in_its_way(ready):
    act(ready, "COMP", save_package, PERSONNEL)
    act(ready, "COMP", save_package, TESTS)
    act(ready, "COMP", rank_packages, YEAR, "201", "1", [TESTS.package])
    act(ready, "COMP", submit_budget, YEAR, "201", 1)
    before = figures(ready)
    undo(ready, bring(ready, PERSONNEL, TESTS, income=[INTEREST]))
    assert figures(ready) == before


def test_imports_are_undone_from_the_newest(ready):
    first = bring(ready, UPKEEP)
    second = bring(ready, MORE)
    with pytest.raises(ImportWentOn):
        undo(ready, first)
    undo(ready, second)
    undo(ready, first)


def test_nothing_is_undone_after_the_resolution(ready):
    compile_budget(ready, *PACKAGES)
    number = bring(ready, UPKEEP)
    with snapshot(ready.source) as connection:
        total = sum(each.left_fen for each in listed(connection, ready.treasury_id, YEAR) if each.funded)
    act(ready, "APPR", resolve_budget, resolution(total))
    with pytest.raises(BudgetResolved):
        undo(ready, number)


def test_only_a_compiler_of_its_agency_undoes_it(ready):
    number = bring(ready, PERSONNEL)
    with owner(ready.source) as connection:
        plan = PersonPlan("other", "他", "101.COMP", ("COMP",), ("202",))
        create_person(connection, ready.treasury_id, plan, dt.date(2020, 1, 1), "任字3号")
    session = access.open_session(ready.source, ready.treasury_id, "other", "COMP")
    with pytest.raises(ForeignAgency), transaction(ready.source, session) as tx:
        undo_import(tx, number, "误导入")
    with snapshot(ready.source, session) as connection:
        assert imports(connection, ready.treasury_id) == []
    with pytest.raises(NotPermitted):
        act(ready, "REVW", undo_import, number, "误导入")
    with pytest.raises(NotPermitted):
        act(ready, "CLOS", undo_import, number, "误导入")


def test_of_two_who_undo_at_once_exactly_one_does(ready):
    number = bring(ready, PERSONNEL)
    ready.session("COMP")
    start, told = Barrier(2), []

    def one():
        start.wait()
        try:
            undo(ready, number)
        except ImportUndone:
            told.append("undone before")
        else:
            told.append("undone")

    both = [Thread(target=one) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(told) == ["undone", "undone before"]


def test_a_submission_and_an_undoing_at_once_never_send_what_is_withdrawn(ready):
    act(ready, "COMP", save_package, UPKEEP)
    number = bring(ready, MORE)
    start, told = Barrier(2), []

    def one(verb, *given_):
        start.wait()
        try:
            act(ready, "COMP", verb, *given_)
        except ImportWentOn:
            told.append("refused")

    both = [
        Thread(target=one, args=(submit_budget, YEAR, "201", 1)),
        Thread(target=one, args=(undo_import, number, "误")),
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with snapshot(ready.source) as connection:
        (sent,) = listed(connection, ready.treasury_id, YEAR)
    assert sent.sent == sent.version == (2 if told else 1)


@pytest.fixture(scope="module")
def worked(source):
    """A city whose budget is sent up, and goes on being imported into and undone."""
    made = make_city(source)
    prepare(made)
    compile_budget(made, PERSONNEL, UPKEEP, TESTS)
    return made


@settings(max_examples=12, deadline=None)
@given(
    packages=st.lists(st.sampled_from([PERSONNEL, UPKEEP, MORE, TESTS, MORE_TESTS]), max_size=4, unique_by=id),
    data=st.booleans(),
    income=st.lists(st.integers(1, 10**9), max_size=2),
)
def test_whatever_an_import_brings_its_undoing_leaves_every_figure_as_before(worked, packages, data, income):
    chosen = {each.package: each for each in packages}.values()
    lines = [replace(INTEREST, amount_fen=fen) for fen in income]
    before = figures(worked)
    if not chosen and not data and not lines:
        return
    undo(worked, bring(worked, *chosen, data=[CARS] if data else (), income=lines))
    assert figures(worked) == before


def test_the_example_is_an_import_like_any_other(ready):
    assert act(ready, "COMP", brought_in, PERSONNEL) == 1


def test_an_earlier_set_is_like_the_later_one_and_has_its_periods(city):
    assert act(city, "CLOS", open_earlier_sets, [EarlierSet("A201-2021", "A201-2024", 2021)]) == 1
    with snapshot(city.source) as connection:
        of, periods = (
            connection.exec_driver_sql(text, (city.treasury_id,)).all()
            for text in (
                "select agency, role, chart, fiscal_year, starts_on, ends_on, name_zh from ledger.account_set"
                " where treasury_id = %s and code = 'A201-2021'",
                "select p.label, p.starts_on, p.ends_on, p.state from ledger.period p join ledger.account_set s"
                " using (treasury_id, account_set_id) where p.treasury_id = %s and s.code = 'A201-2021' order by period_no",
            )
        )
    assert [tuple(each) for each in of] == [
        ("201", "agency", "unit_2019", 2021, dt.date(2021, 1, 1), dt.date(2021, 12, 31), "教育局")
    ]
    assert len(periods) == 13
    assert tuple(periods[0]) == ("2021-00", dt.date(2020, 12, 31), dt.date(2020, 12, 31), "open")
    assert tuple(periods[2]) == ("2021-02", dt.date(2021, 2, 1), dt.date(2021, 2, 28), "open")
    assert tuple(periods[12]) == ("2021-12", dt.date(2021, 12, 1), dt.date(2021, 12, 31), "open")


@pytest.mark.parametrize(
    "asked",
    [
        [EarlierSet("A201-2024", "A201-2024", 2024)],
        [EarlierSet("A201-2025", "A201-2024", 2025)],
        [EarlierSet("A201-2023", "A999-2024", 2023)],
        [EarlierSet("B2022", "B2024", 2022)],
        [EarlierSet("A201-2023", "A201-2024", 2023), EarlierSet("X2023", "A201-2024", 2023)],
        [EarlierSet("A201-2023", "A201-2024", 2023), EarlierSet("A201-2023", "A202-2024", 2023)],
    ],
    ids=["itself", "later", "nothing", "no chart", "same year", "same code"],
)
def test_a_set_that_is_no_earlier_one_is_not_opened(city, asked):
    with pytest.raises(EarlierSetOutOfPlace):
        act(city, "CLOS", open_earlier_sets, asked)
    with snapshot(city.source) as connection:
        assert not connection.exec_driver_sql(
            "select count(*) from ledger.account_set where treasury_id = %s and fiscal_year <> 2024",
            (city.treasury_id,),
        ).scalar_one()


def test_an_earlier_set_is_opened_by_who_closes_for_that_agency_alone(city):
    with pytest.raises(NotPermitted):
        act(city, "BOOK", open_earlier_sets, [EarlierSet("A201-2023", "A201-2024", 2023)])
    with owner(city.source) as connection:
        plan = PersonPlan("closer", "结账员", "202", ("CLOS",), ("202",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    session = access.open_session(city.source, city.treasury_id, "closer", "CLOS")
    with pytest.raises(ForeignAgency), transaction(city.source, session) as tx:
        open_earlier_sets(tx, [EarlierSet("A201-2023", "A201-2024", 2023)])
    with transaction(city.source, session) as tx:
        assert open_earlier_sets(tx, [EarlierSet("A202-2023", "A202-2024", 2023)]) == 1
