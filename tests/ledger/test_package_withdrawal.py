"""A decision package that was made by mistake is withdrawn with a reason, unless something went on with it."""

import threading
from dataclasses import replace

import pytest

from ledger.budget_errors import BudgetResolved, PackageMoved, PackageUnderWay, UnknownBudgetRecord
from ledger.compilation import dossiers
from ledger.compilation.imports import Batch, register_import, undo_import
from ledger.compilation.packages import rank_packages, review_package, save_package, withdraw_package
from ledger.compilation.rounds import resolve_budget, submit_budget
from ledger.db import owner, snapshot
from ledger.errors import InvalidText, LedgerError, NotPermitted
from tests.ledger.budget_city import PERSONNEL, TESTS, UPKEEP, YEAR, act, compile_budget, prepare, resolution

FILE = {
    "file_name": "预算.xlsx", "size": 1, "sha256": "ab" * 32, "mapping": "budget", "mapping_no": 1, "mapping_sha256": "cd" * 32,
    "new_rows": 1, "changed_rows": 0, "same_rows": 0, "agency": "201", "fiscal_year": YEAR,
}  # fmt: skip
UNDER = {
    "submitted": lambda city: act(city, "COMP", submit_budget, YEAR, "201", 1),
    "reviewed": lambda city: act(city, "REVW", review_package, TESTS.package, 1, []),
    "ranked": lambda city: act(city, "COMP", rank_packages, YEAR, "201", "1", [TESTS.package]),
}


@pytest.fixture
def made(city):
    prepare(city)
    for package in (PERSONNEL, TESTS):
        act(city, "COMP", save_package, package)
    return city


def withdraw(city, package=TESTS, version=1, why="误编"):
    act(city, "COMP", withdraw_package, package.package, version, why)


def standing(city):
    with snapshot(city.source, city.session("COMP")) as connection:
        return [each.package for each in dossiers.listed(connection, city.treasury_id, YEAR, "201")]


def withdrawn(city):
    with snapshot(city.source, city.session("REVW")) as connection:
        return [
            (each.package, each.fen, each.why) for each in dossiers.withdrawn(connection, city.treasury_id, YEAR, "201")
        ]


def test_what_is_withdrawn_counts_nowhere_and_its_reason_stays(made):
    act(made, "COMP", save_package, TESTS)
    withdraw(made, version=2)
    assert standing(made) == [PERSONNEL.package]
    assert withdrawn(made) == [(TESTS.package, 12_345 * 1250 * 2, "误编")]
    act(made, "COMP", submit_budget, YEAR, "201", 1)
    with owner(made.source) as connection:
        sent = connection.exec_driver_sql(
            "select package from ledger.submitted_package where treasury_id = %s", (made.treasury_id,)
        ).scalars()
        assert list(sent) == [PERSONNEL.package]


def test_its_activity_and_level_are_free_for_another_and_its_code_goes_on_with_a_new_version(made):
    withdraw(made)
    act(made, "COMP", save_package, replace(TESTS, package="2024-201-JC-9"))
    assert standing(made) == [PERSONNEL.package, "2024-201-JC-9"]
    withdraw(made, replace(TESTS, package="2024-201-JC-9"))
    assert act(made, "COMP", save_package, TESTS) == 2
    assert standing(made) == [PERSONNEL.package, TESTS.package]
    withdraw(made, version=2, why="又错")
    assert [each[2] for each in withdrawn(made)] == ["又错", "误编", "误编"]


@pytest.mark.parametrize("step", UNDER)
def test_what_went_on_is_not_withdrawn(made, step):
    UNDER[step](made)
    act(made, "COMP", save_package, TESTS)
    with pytest.raises(PackageUnderWay) as refused:
        withdraw(made, version=2)
    assert refused.value.facts == {"package": TESTS.package, "step": step}
    assert TESTS.package in standing(made)


def test_nothing_is_withdrawn_of_a_resolved_budget(city):
    prepare(city)
    compile_budget(city, PERSONNEL)
    act(city, "COMP", save_package, UPKEEP)
    act(city, "APPR", resolve_budget, resolution(812_345 * 37 * 12))
    with pytest.raises(BudgetResolved):
        withdraw(city, UPKEEP)


def test_only_the_newest_version_that_somebody_saw_is_withdrawn_and_once(made):
    act(made, "COMP", save_package, TESTS)
    for version in (1, 3):
        with pytest.raises(PackageMoved):
            withdraw(made, version=version)
    withdraw(made, version=2)
    with pytest.raises(PackageMoved):
        withdraw(made, version=2)
    with pytest.raises(UnknownBudgetRecord):
        withdraw(made, replace(TESTS, package="2024-201-KEINS"))


@pytest.mark.parametrize("why", ["", " ", "a\nb", "字" * 401])
def test_a_withdrawal_has_a_reason(made, why):
    with pytest.raises(InvalidText):
        withdraw(made, why=why)
    assert TESTS.package in standing(made)


@pytest.mark.parametrize("duty", ["REVW", "APPR", "APPL", "BOOK"])
def test_who_does_not_compile_withdraws_nothing(made, duty):
    with pytest.raises(NotPermitted):
        act(made, duty, withdraw_package, TESTS.package, 1, "误编")


def test_an_import_is_undone_of_which_a_package_was_withdrawn(made):
    taken = made_import(made)
    withdraw(made, UPKEEP)
    act(made, "COMP", undo_import, taken, "误导入")
    assert standing(made) == [PERSONNEL.package, TESTS.package]


def made_import(city):
    def take(tx):
        made = save_package(tx, UPKEEP)
        return register_import(tx, Batch(kind="budget", packages=[(UPKEEP.package, made)], **FILE))

    return act(city, "COMP", take)


@pytest.mark.parametrize("step", UNDER)
def test_of_a_withdrawal_and_what_goes_on_at_once_one_happens(made, step):
    together, outcomes = threading.Barrier(2), []
    for duty in ("COMP", "REVW"):
        made.session(duty)

    def attempt(name, deed):
        together.wait()
        try:
            deed()
        except LedgerError as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append(name)

    threads = [
        threading.Thread(target=attempt, args=("withdrawn", lambda: withdraw(made))),
        threading.Thread(target=attempt, args=(step, lambda: UNDER[step](made))),
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if "withdrawn" in outcomes:
        assert standing(made) == [PERSONNEL.package]
        # What was sent up beside it went without it; a review or a ranking found it no longer.
        assert step == "submitted" or step not in outcomes
    else:
        assert sorted(outcomes) == sorted(["package-under-way", step])
