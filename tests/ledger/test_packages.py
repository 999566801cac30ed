"""Every yuan of a budget is standard × quantity × months; nobody types an amount, and the funding line is monotone."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import access
from ledger.budget_errors import (
    BudgetResolved,
    BudgetUnbalanced,
    MandateMissing,
    NoStandard,
    NotCounted,
    ObjectivesMissing,
    PackageChanged,
    PackageIncomplete,
    PackageMoved,
    ProjectNotInLibrary,
    ProjectOfOthers,
    ProposalFirst,
    RankingIncomplete,
    RecorderApproves,
    ResolutionUnmet,
    ReviewRaises,
    RoundOutOfOrder,
)
from ledger.compilation.packages import (
    Line,
    LineReview,
    order_of,
    prior_year,
    rank_packages,
    review_package,
    save_package,
)
from ledger.compilation.registers import library
from ledger.compilation.rounds import Ceiling, Income, estimate_income, resolve_budget, set_ceilings, submit_budget
from ledger.compilation.standards import approve_standards, record_standards, repriced
from ledger.db import owner, snapshot
from ledger.errors import InvalidText, NotPermitted, UnknownCode
from ledger.install import PersonPlan, create_office, create_person
from tests.ledger.budget_city import (
    HEATING,
    MORE_TESTS,
    OFFICE,
    PACKAGES,
    PERMIT,
    PERSONNEL,
    SYSTEM,
    TESTS,
    UPKEEP,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)

PAY_FEN = 812_345 * 37 * 12
UPKEEP_FEN = 300_001 * 37 + round(355 * 1234.5 * 12)
TESTS_FEN = 12_345 * 1250 * 2
MORE_FEN = 12_345 * 1250
SYSTEM_FEN = 88_800_055


@pytest.fixture
def budget(city):
    prepare(city)
    return city


def placed(city):
    with snapshot(city.source) as connection:
        return {each.package: each for each in order_of(connection, city.treasury_id, YEAR)}


def test_an_amount_is_what_standard_quantity_and_months_come_to(budget):
    compile_budget(budget, *PACKAGES)
    assert {code: each.asked_fen for code, each in placed(budget).items()} == {
        PERSONNEL.package: PAY_FEN, UPKEEP.package: UPKEEP_FEN, TESTS.package: TESTS_FEN, MORE_TESTS.package: MORE_FEN,
        SYSTEM.package: SYSTEM_FEN,
    }  # fmt: skip


def test_no_command_takes_an_amount(budget):
    act(budget, "COMP", save_package, PERSONNEL)
    with owner(budget.source) as connection, pytest.raises(Exception, match="append"):
        connection.exec_driver_sql("update ledger.package_line set unit_fen = 1")
    with owner(budget.source) as connection, pytest.raises(Exception, match="generated column"):
        connection.exec_driver_sql("insert into ledger.package_line (fen) values (5)")


def test_a_unit_budgets_a_project_of_its_department_and_is_offered_no_other(budget):
    act(budget, "COMP", save_package, replace(SYSTEM, package="OF-202", agency="202"))
    with snapshot(budget.source) as connection:
        offered = {agency: [code for code, *_ in library(connection, budget.treasury_id, agency)]
                   for agency in ("201", "202", "101")}  # fmt: skip
    assert offered == {"201": ["XM-JC", "XM-XT"], "202": ["XM-JC", "XM-XT"], "101": []}


def test_a_line_without_a_standard_brings_three_quotes(budget):
    two = replace(SYSTEM.lines[0], quote_fens=(5, 6), quote_documents=("甲", "乙"))
    for line in (two, replace(two, quote_fens=None, quote_documents=None), replace(two, quote_documents=("甲",))):
        with pytest.raises(NoStandard):
            act(budget, "COMP", save_package, replace(SYSTEM, lines=(line,)))


@pytest.mark.parametrize(
    ("package", "error"),
    [
        (replace(PERSONNEL, lines=(Line(standard="RY-99"),)), NoStandard),
        (replace(PERSONNEL, lines=(Line(standard="GY-01"),)), NoStandard),
        (replace(UPKEEP, lines=SYSTEM.lines), NoStandard),
        (replace(PERSONNEL, agency="202"), NotCounted),
        (replace(TESTS, lines=(Line(standard="XM-01", quantity_milli=5, times=1),)), NotCounted),
        (replace(TESTS, lines=(Line(standard="XM-01", quantity_milli=5, times=367, origin="台账"),)), NotCounted),
        (replace(TESTS, lines=(Line(standard="XM-01", times=1, origin="台账"),)), NotCounted),
        (replace(SYSTEM, lines=(replace(SYSTEM.lines[0], driver="wishes"),)), NotCounted),
        (replace(SYSTEM, lines=(replace(SYSTEM.lines[0], driver=None),)), NotCounted),
        (replace(SYSTEM, lines=(replace(SYSTEM.lines[0], per=None),)), NoStandard),
        (replace(TESTS, project="XM-99"), ProjectNotInLibrary),
        (replace(TESTS, package="ELSEWHERE", agency="101"), ProjectOfOthers),
        (replace(TESTS, project=None), ProjectNotInLibrary),
        (replace(TESTS, mandate=" "), MandateMissing),
        (replace(TESTS, lines=()), PackageIncomplete),
        (replace(TESTS, consequences=""), PackageIncomplete),
        (replace(TESTS, func="205"), UnknownCode),
        (replace(TESTS, fund="9"), UnknownCode),
        (replace(TESTS, agency="777"), UnknownCode),
    ],
)
def test_an_incomplete_package_is_refused(budget, package, error):
    with pytest.raises(error):
        act(budget, "COMP", save_package, package)


def test_a_package_stays_what_it_is(budget):
    act(budget, "COMP", save_package, TESTS)
    assert act(budget, "COMP", save_package, replace(TESTS, activity="改写说明")) == 2
    for other in (
        replace(TESTS, func="2050101"),
        replace(TESTS, level=2),
        replace(TESTS, package="另一个", activity="重复"),
    ):
        with pytest.raises((PackageChanged, InvalidText)):
            act(budget, "COMP", save_package, other)


def test_a_standard_holds_once_somebody_else_approved_it(budget):
    cheaper = replace(PERMIT, amount_fen=10_000, valid_from=dt.date(2023, 9, 1))
    versions = act(budget, "REVW", record_standards, [cheaper])
    act(budget, "COMP", save_package, TESTS)
    assert asked(budget, TESTS) == TESTS_FEN
    act(budget, "APPR", approve_standards, versions)
    act(budget, "COMP", save_package, TESTS)
    assert asked(budget, TESTS) == 10_000 * 2500
    with pytest.raises(NotPermitted):
        act(budget, "REVW", approve_standards, versions)


def test_a_standard_of_next_year_does_not_price_this_one(budget):
    later = replace(PERMIT, amount_fen=1, valid_from=dt.date(2024, 1, 2))
    act(budget, "APPR", approve_standards, act(budget, "REVW", record_standards, [later]))
    act(budget, "COMP", save_package, TESTS)
    assert asked(budget, TESTS) == TESTS_FEN


def asked(city, package):
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select sum(fen)::bigint from ledger.package_line l where treasury_id = %s and package = %s and version ="
            " (select max(version) from ledger.package_line where treasury_id = %s and package = %s)",
            (city.treasury_id, package.package) * 2,
        ).scalar_one()


def test_who_changes_a_standard_sees_first_what_it_reprices(budget):
    act(budget, "COMP", save_package, UPKEEP)
    act(budget, "COMP", save_package, TESTS)
    dearer = replace(HEATING, amount_fen=400, valid_from=dt.date(YEAR, 1, 1))
    assert OFFICE.standard != HEATING.standard
    for standard, goods in (
        (dearer, 400 * 12),
        (replace(dearer, per="year"), 400),
        (replace(dearer, valid_from=dt.date(YEAR, 1, 2)), None),  # not yet in force when the budget is priced
        (replace(dearer, valid_from=dt.date(YEAR - 1, 6, 1), valid_to=dt.date(YEAR - 1, 12, 31)), None),
        (replace(dearer, valid_from=HEATING.valid_from - dt.timedelta(days=1)), None),  # the one in force follows it
        (replace(dearer, agency_kind="institution"), None),
    ):
        with snapshot(budget.source) as connection:
            told = repriced(connection, budget.treasury_id, standard, YEAR)
        expected = [] if goods is None else [(UPKEEP.package, UPKEEP_FEN, 300_001 * 37 + round(goods * 1234.5))]
        assert [(each.package, each.was_fen, each.would_be_fen) for each in told] == expected, standard


def test_a_review_lowers_for_a_reason_and_raises_nothing(budget):
    act(budget, "COMP", save_package, TESTS)
    cut = LineReview(line_no=1, cut="quantity", reason="台账核实1000处", quantity_milli=1_000_000)
    for wrong in (
        replace(cut, quantity_milli=1_250_001), replace(cut, reason=" "), replace(cut, cut="none"), replace(cut, line_no=2),
        replace(cut, quantity_milli=None), replace(cut, times=3),
    ):  # fmt: skip
        with pytest.raises(ReviewRaises):
            act(budget, "REVW", review_package, TESTS.package, 1, [wrong])
    assert act(budget, "REVW", review_package, TESTS.package, 1, [cut]) == 1
    with pytest.raises(PackageMoved):
        act(budget, "REVW", review_package, TESTS.package, 2, [])
    with pytest.raises(NotPermitted):
        act(budget, "COMP", review_package, TESTS.package, 1, [cut])


def test_last_year_is_shown_only_to_who_has_made_a_proposal(budget):
    act(budget, "COMP", save_package, TESTS)
    with pytest.raises(ProposalFirst):
        act(budget, "REVW", prior_year, TESTS.package)
    act(budget, "REVW", review_package, TESTS.package, 1, [])
    assert act(budget, "REVW", prior_year, TESTS.package) is None
    act(budget, "COMP", save_package, TESTS)
    with pytest.raises(ProposalFirst):
        act(budget, "REVW", prior_year, TESTS.package)


def test_a_project_without_all_objectives_is_not_sent_up(budget):
    act(budget, "COMP", save_package, replace(TESTS, targets=TESTS.targets[1:]))
    with pytest.raises(ObjectivesMissing) as refusal:
        act(budget, "COMP", submit_budget, YEAR, "201", 1)
    assert refusal.value.facts == {"package": TESTS.package, "kind": "quantity"}


def test_the_rounds_follow_each_other(budget):
    with pytest.raises(PackageIncomplete):
        act(budget, "COMP", submit_budget, YEAR, "201", 1)
    act(budget, "COMP", save_package, PERSONNEL)
    with pytest.raises(RoundOutOfOrder):
        act(budget, "COMP", submit_budget, YEAR, "201", 2)
    act(budget, "COMP", submit_budget, YEAR, "201", 1)
    with pytest.raises(RoundOutOfOrder):
        act(budget, "APPR", resolve_budget, resolution(PAY_FEN))
    ceiling = Ceiling(fiscal_year=YEAR, department="201", fund="1", amount_fen=PAY_FEN, document="财预〔2023〕88号")
    act(budget, "REVW", set_ceilings, [ceiling])
    act(budget, "COMP", submit_budget, YEAR, "201", 2)
    with pytest.raises(RoundOutOfOrder):
        act(budget, "COMP", submit_budget, YEAR, "201", 1)


def test_a_ranking_is_whole_and_keeps_the_levels(budget):
    for package in PACKAGES:
        act(budget, "COMP", save_package, package)
    base, more, system = TESTS.package, MORE_TESTS.package, SYSTEM.package
    for wrong in (
        [base, more],
        [more, base, system],
        [base, base, more, system],
        [base, more, system, PERSONNEL.package],
    ):
        with pytest.raises(RankingIncomplete):
            act(budget, "COMP", rank_packages, YEAR, "201", "1", wrong)
    assert act(budget, "COMP", rank_packages, YEAR, "201", "1", [base, system, more]) == 3


def test_basic_expenditure_comes_first_and_projects_by_weighted_places(budget):
    compile_budget(budget, *PACKAGES, ceiling=PAY_FEN + UPKEEP_FEN + SYSTEM_FEN + TESTS_FEN)
    base, more, system = TESTS.package, MORE_TESTS.package, SYSTEM.package
    act(budget, "COMP", rank_packages, YEAR, "201", "1", [base, more, system])  # 2 × (3, 2, 1)
    act(budget, "REVW", rank_packages, YEAR, "201", "1", [system, base, more])  # 3 × (2, 1, 3)
    act(budget, "APPR", rank_packages, YEAR, "201", "1", [system, base, more])  # 5 × (2, 1, 3)
    found = placed(budget)
    assert [(code, each.score, each.funded) for code, each in found.items()] == [
        (PERSONNEL.package, 0, True), (UPKEEP.package, 0, True), (system, 26, True), (base, 22, True), (more, 12, False),
    ]  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    orders=st.lists(st.permutations(range(3)), min_size=3, max_size=3),
    low=st.integers(0, 10**10),
    more=st.integers(0, 10**10),
)
def test_raising_a_ceiling_never_drops_a_funded_package(settled, orders, low, more):
    base, better, system = TESTS.package, MORE_TESTS.package, SYSTEM.package
    for duty, order in zip(("COMP", "REVW", "APPR"), orders, strict=True):
        ranked = [[base, better, system][n] for n in order]
        if ranked.index(better) < ranked.index(base):
            first, second = ranked.index(better), ranked.index(base)
            ranked[first], ranked[second] = base, better
        act(settled, duty, rank_packages, YEAR, "201", "1", ranked)
    funded = []
    for amount in (low, low + more):
        document = "财预〔2023〕99号"
        act(settled, "REVW", set_ceilings, [
            Ceiling(fiscal_year=YEAR, department="201", fund="1", amount_fen=amount, document=document)])  # fmt: skip
        found = placed(settled)
        funded.append({code for code, each in found.items() if each.funded})
        assert sum(each.allowed_fen for each in found.values() if each.funded) <= amount
    assert funded[0] <= funded[1]
    assert better not in funded[1] or base in funded[1]


@pytest.fixture
def settled(budget):
    compile_budget(budget, *PACKAGES)
    return budget


def test_the_resolution_is_what_the_funded_packages_add_up_to(budget):
    compile_budget(budget, PERSONNEL, UPKEEP, TESTS)
    cut = LineReview(line_no=1, cut="months", reason="一年一次", times=1)
    act(budget, "REVW", review_package, TESTS.package, 1, [cut])
    total = PAY_FEN + UPKEEP_FEN + TESTS_FEN // 2
    with pytest.raises(ResolutionUnmet):
        act(budget, "APPR", resolve_budget, resolution(total + 1))
    with pytest.raises(NotPermitted):
        act(budget, "REVW", resolve_budget, resolution(total))
    assert act(budget, "APPR", resolve_budget, resolution(total)) == 4
    for verb, given_ in ((save_package, (TESTS,)), (submit_budget, (YEAR, "201", 2))):
        with pytest.raises(BudgetResolved):
            act(budget, "COMP", verb, *given_)
    with pytest.raises(BudgetResolved):
        act(budget, "APPR", resolve_budget, resolution(total))


def test_own_money_is_spent_to_the_fen_or_the_budget_is_refused(budget):
    own = replace(TESTS, package="2024-201-ZY-1", activity_code="ZY", fund="6")
    compile_budget(budget, PERSONNEL)
    act(budget, "COMP", save_package, own)
    ceiling = Ceiling(fiscal_year=YEAR, department="201", fund="6", amount_fen=10**12, document="财预〔2023〕88号")
    act(budget, "REVW", set_ceilings, [ceiling])
    act(budget, "COMP", submit_budget, YEAR, "201", 2)
    total = PAY_FEN + TESTS_FEN
    income = Income(source="operating", fund="6", func="2050199", amount_fen=TESTS_FEN - 1, basis="合同")
    for lines in ([], [income]):
        act(budget, "COMP", estimate_income, YEAR, "201", lines)
        with pytest.raises(BudgetUnbalanced):
            act(budget, "APPR", resolve_budget, resolution(total))
    act(budget, "COMP", estimate_income, YEAR, "201", [replace(income, amount_fen=TESTS_FEN)])
    act(budget, "APPR", resolve_budget, resolution(total))


def test_who_saved_a_package_may_not_review_it(budget):
    """One person under both duties, which no matrix forbids, still meets the record."""
    with owner(budget.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.duty_held (treasury_id, person, duty, held, document)"
            " values (%s, 'comp', 'REVW', '[2024-01-01,2030-01-01)', '任字9号')", (budget.treasury_id,),
        )  # fmt: skip

    act(budget, "COMP", save_package, TESTS)
    budget.sessions["REVW"] = access.open_session(budget.source, budget.treasury_id, "comp", "REVW")
    with pytest.raises(RecorderApproves):
        act(budget, "REVW", review_package, TESTS.package, 1, [])


def test_a_compiler_of_one_agency_reads_no_package_of_another(budget):
    act(budget, "COMP", save_package, PERSONNEL)
    act(budget, "REVW", review_package, PERSONNEL.package, 1, [])
    session = access.open_session(budget.source, budget.treasury_id, *school(budget))
    with snapshot(budget.source, session) as connection:
        for table in ("budget_package", "package_version", "package_line", "package_review", "line_review"):
            assert connection.exec_driver_sql(f"select count(*) from ledger.{table}").scalar_one() == 0
    with snapshot(budget.source, budget.session("COMP")) as connection:
        assert connection.exec_driver_sql("select count(*) from ledger.package_line").scalar_one() == 1


def school(city):
    """Appoint somebody who compiles for the school alone."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "202.COMP", "202", "COMP", "COMP")
        create_person(
            connection, city.treasury_id, PersonPlan("teacher", "T", "202.COMP", ()), dt.date(2020, 1, 1), "任字5号"
        )
        connection.exec_driver_sql(
            "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
            " values (%s, 'teacher', 'COMP', '[2024-01-01,2030-01-01)', '{202}', '任字5号')",
            (city.treasury_id,),
        )
    return "teacher", "COMP"
