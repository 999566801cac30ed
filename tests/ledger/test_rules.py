"""Every rule that blocks refuses one example and lets another pass, a fen or a word apart."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ledger import install
from ledger.budget_errors import (
    AdjustmentNotApproved,
    AlreadyApproved,
    BudgetUnbalanced,
    CarriedOverBefore,
    NoStandard,
    ObjectivesMissing,
    ProjectNotInLibrary,
    ReviewRaises,
    StabilisationFundShort,
    ThreePublicAstray,
)
from ledger.claim_errors import AboveStandard, ClaimNotNamed, VenueNotDesignated
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.approval import THREE_PUBLIC, approve, grants, release_to_departments, release_to_units
from ledger.compilation.authority import ReallocationLimit, set_reallocation_limit
from ledger.compilation.packages import Line, LineReview, review_package, save_package
from ledger.compilation.performance import explain_pace
from ledger.compilation.rounds import Ceiling, Income, estimate_income, resolve_budget, set_ceilings, submit_budget
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import owner, snapshot
from ledger.errors import LedgerError, LimitExceeded, NotPermitted
from ledger.execution.claims import save_claim
from ledger.install import SetPlan
from ledger.money import Fen
from ledger.performance_errors import PaceUnexplained
from ledger.rules import rules
from tests.conftest import DAY, City
from tests.ledger.budget_city import (
    OFFICE,
    PERMIT,
    PERSONNEL,
    TESTS,
    UPKEEP,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)
from tests.ledger.claim_city import SESSION, TRIP, WHY, approved, open_claims, reserve, spent
from tests.ledger.performance_error_examples import BEHIND, MADE, budgeted, shut
from tests.ledger.test_own_money import budgeted as own_budgeted

PAY_FEN = 812_345 * 37 * 12
TESTS_FEN = 12_345 * 1250 * 2
DOCUMENT = "人大常〔2024〕18号"
RECEPTION = replace(
    OFFICE, standard="GY-17", name_zh="公务接待费", name_en="Receptions", dept_econ="30217", amount_fen=1_001
)
MEETING = replace(OFFICE, standard="GY-15", name_zh="会议费", name_en="Meetings", dept_econ="30215", driver="workload",
                  per="time", amount_fen=55_000)  # fmt: skip
GUESTS = replace(
    PERMIT, standard="XM-17", name_zh="项目接待", name_en="Guests of a project", dept_econ="30217", amount_fen=503
)


def standards(city):
    prepare(city)
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, [RECEPTION, MEETING, GUESTS]))


def save(city, package, **changes):
    prepare(city)
    act(city, "COMP", save_package, replace(package, **changes))


def own_money(city, income):
    """Resolve a budget whose only project spends its agency's own money, against an income."""
    prepare(city)
    compile_budget(city, PERSONNEL)
    act(city, "COMP", save_package, replace(TESTS, package="2024-201-ZY-1", activity_code="ZY", fund="6"))
    act(city, "REVW", set_ceilings, [
        Ceiling(fiscal_year=YEAR, department="201", fund="6", amount_fen=10**12, document="财预〔2023〕88号")])  # fmt: skip
    act(city, "COMP", submit_budget, YEAR, "201", 2)
    act(city, "COMP", estimate_income, YEAR, "201",
        [Income(source="operating", fund="6", func="2050199", amount_fen=income, basis="合同")])  # fmt: skip
    act(city, "APPR", resolve_budget, resolution(PAY_FEN + TESTS_FEN))


def adjust(city, fen, *, year=2024, passed_on=DAY):
    act(city, "APPR", record_adjustment, Adjustment(
        fiscal_year=year, document=DOCUMENT, title="预算调整方案", passed_on=passed_on, amount_fen=fen))  # fmt: skip


def reduce(city, code, fen, *, on=DAY, document=DOCUMENT):
    at = {"fund": "1", "func": "2050201", "agency": "201", "indicator": code, "revenue": "1010101"}
    return city.post("ISSU", city.event("budget_reduction", prepared_by="revw", on=on, dims=at, document=document,
                                        facts={"awaiting": Fen(0), "executable": Fen(fen)}))  # fmt: skip


def cut(city, approved, *fens, **more):
    """Cut a line of 1,000.00 within an adjustment of an amount."""
    code = city.grant(100_000)
    if approved:
        adjust(city, approved, **{name: more.pop(name) for name in ("year", "passed_on") if name in more})
    for fen in fens:
        reduce(city, code, fen, **more)


def cancelled(city, *, adjusted, on=DAY):
    """Cancel 7.00 that was approved and is not decomposed yet."""
    whole = {"indicator": "R-X", "fiscal_year": 2024, "fund": "1", "func": "2050201", "document": "x"}
    act(city, "COMP", lambda tx: tx.connection.exec_driver_sql(
        "select ledger.open_indicators(%s::jsonb)", (json.dumps([whole]),)))  # fmt: skip
    at = {"fund": "1", "func": "2050201", "indicator": "R-X"}
    sources = ("from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over")
    facts = {**dict.fromkeys(sources, Fen(0)), "from_revenue": Fen(700)}
    city.post("APPR", city.event("budget_approval", prepared_by="comp", facts=facts, dims=at))
    if adjusted:
        adjust(city, 700)
    uses = ("transfer", "reserve", "held", "department", "transfer_awaiting")
    facts = {**dict.fromkeys(uses, Fen(0)), "approved": Fen(700)}
    city.post("ISSU", city.event("unused_budget_cancellation", prepared_by="revw", on=on, document=DOCUMENT, facts=facts,
                                 dims={**at, "revenue": "1010101"}))  # fmt: skip


def a_draw(city, document=DOCUMENT, fen=700):
    return city.event("stabilisation_fund_draw", prepared_by="book", document=document,
                      facts={"amount": Fen(fen)}, dims={"fund": "1", "revenue": "11015"})  # fmt: skip


def draw(city, document, fen=700):
    return city.post("AUDT_IN", a_draw(city, document, fen))


def fill(city, fen=700):
    """Put an amount into the stabilisation fund, and give what was posted."""
    city.receive(fen)
    return city.post("AUDT_IN", city.event("stabilisation_fund_provision", prepared_by="book", facts={"amount": Fen(fen)},
                                    dims={"fund": "1", "func": "23015"}))  # fmt: skip


def drawn(city, *, adjusted, filled=True):
    if filled:
        fill(city)
    if adjusted:
        adjust(city, 700)
    draw(city, DOCUMENT)


def carried(city, *, again):
    """Carry 5.00 of 2024 into 2025, and again into 2026."""
    at = {"fund": "1", "func": "2050201", "agency": "201"}
    code = city.grant(500)
    facts = {"awaiting": Fen(0), "executable": Fen(500)}
    later = dt.date(2025, 1, 1)
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [
            SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, later, "指标", "Indicators")])  # fmt: skip
    heir = json.dumps([{"indicator": f"N-{code}", "parent": code, "fiscal_year": 2025, "fund": "1", "func": "2050201",
                        "agency": "201", "document": "x"}])  # fmt: skip
    act(city, "COMP", lambda tx: tx.connection.exec_driver_sql("select ledger.open_indicators(%s::jsonb)", (heir,)))
    steps = [("indicator_carry_over", dt.date(2024, 12, 31), code), ("indicator_reopening", later, f"N-{code}")]
    steps += [("indicator_carry_over", dt.date(2025, 12, 31), f"N-{code}")] if again else []
    for kind, on, indicator in steps:
        city.post("ISSU", city.event(kind, prepared_by="revw", on=on, facts=facts, dims={**at, "indicator": indicator}))


def three_public(city):
    """Approve and release receptions of 370.37 in basic expenditure and of 10.06 in a project; give the indicators."""
    standards(city)
    office = replace(UPKEEP, lines=(Line(standard="GY-17"), Line(standard="GY-01")))
    project = replace(
        TESTS, lines=(*TESTS.lines, Line(standard="XM-17", quantity_milli=1_000, times=2, origin="两次调研"))
    )
    compile_budget(city, office, project)
    total = 1_001 * 37 + 300_001 * 37 + TESTS_FEN + 503 * 2
    act(city, "APPR", resolve_budget, resolution(total))
    act(city, "APPR", approve, city.treasury_id, YEAR, "comp")
    act(city, "ISSU", release_to_departments, city.treasury_id, YEAR, DAY, "财预〔2024〕3号", "revw")
    act(city, "ISSU", release_to_units, city.treasury_id, YEAR, DAY, "教财〔2024〕1号", "revw")
    city.receive(total)
    with snapshot(city.source) as connection:
        found = {(each.project, each.dept_econ): each for each in grants(connection, city.treasury_id, YEAR)}
    assert found[None, "30217"].fen == 1_001 * 37
    assert found["XM-JC", "30217"].fen == 1_006
    return found


def host(city, of, budget, fen):
    """Pay for a reception out of one budget of the unit."""
    given = three_public(city)[budget]
    dims = {"func": given.func, "dept_econ": "30217", "gov_econ": "50206"}
    if given.project:
        dims["project"] = given.project
    city.pay(given.indicator, fen, **dims)
    assert of == given.fen


def top_up(city, giver, taker):
    given = three_public(city)
    act(
        city,
        "APPR",
        set_reallocation_limit,
        ReallocationLimit(same_func_fen=10**9, other_func_fen=10**9, document="府1号"),
    )
    parties = {
        name: {"fund": "1", "agency": "201", "func": each.func, "indicator": each.indicator,
               **({"project": each.project} if each.project else {})}
        for name, each in (("from", given[giver]), ("to", given[taker]))
    }  # fmt: skip
    city.post(
        "ISSU", city.event("indicator_reallocation", prepared_by="revw", facts={"amount": Fen(100)}, parties=parties)
    )


def meeting(city, line):
    standards(city)
    act(city, "COMP", save_package, replace(UPKEEP, lines=(line,)))


def reviewed_meeting(city, persons):
    meeting(city, Line(standard="GY-15", quantity_milli=40_000, times=2, origin="会议计划：40人2天"))
    cut_or_raise = LineReview(line_no=1, cut="quantity", reason="核定人数", quantity_milli=persons)
    act(city, "REVW", review_package, UPKEEP.package, 1, [cut_or_raise])


def claimed(city, claim, fen, **changes):
    """Claim an amount for a trip or a meeting."""
    open_claims(city)
    act(city, "APPL", save_claim, replace(claim, lines=(replace(claim.lines[0], spent_fen=fen),), **changes))


def travelled(city, *, by_claim):
    """Apply for the payment of a trip where claims can be made."""
    own_budgeted(open_claims(city))
    reserve(city, city.grant(1_000), 1_000, approved(city, spent(1_000)) if by_claim else "SQ-1")


PACED = -(-MADE * (91 * 10_000 // 366 - 1_000) // 10_000)
"""The least that is to be paid by the end of March: 24.86 percent of the year less ten points."""


def paced(city, fen, *explained):
    """Spend so much of the pay by the end of March, say why in some months, and close them."""
    budgeted(city)
    for month in explained or (2,):
        act(city, "COMP", explain_pace, replace(BEHIND, month=month))
    with snapshot(city.source) as connection:
        pay = next(each for each in grants(connection, city.treasury_id, YEAR) if each.dept_econ == "30101")
    city.receive(fen)
    city.pay(pay.indicator, fen, func=pay.func, dept_econ="30101", gov_econ="50101")
    shut(city, 3)


@dataclass(frozen=True)
class Case:
    """What is tried in a city, and as what it is refused, if it is."""

    rule: str
    name: str
    refused: type[LedgerError] | None
    do: Callable[[City], object]


OWN_PRICE = Line(dept_econ="30215", per="time", driver="work", quantity_milli=1_000, times=1, origin="会议",
                 quote_fens=(60_000, 60_000, 60_000), quote_documents=("甲", "乙", "丙"))  # fmt: skip
CASES = [
    Case("BUD-001", "income is what is spent", None, lambda c: own_money(c, TESTS_FEN)),
    Case("BUD-001", "a fen more is spent", BudgetUnbalanced, lambda c: own_money(c, TESTS_FEN - 1)),
    Case("BUD-001", "a fen less is spent", BudgetUnbalanced, lambda c: own_money(c, TESTS_FEN + 1)),
    Case("BUD-006", "a cut without an adjustment", AdjustmentNotApproved, lambda c: cut(c, 0, 1)),
    Case("BUD-006", "a cut that names no document", AdjustmentNotApproved, lambda c: cut(c, 700, 1, document=None)),
    Case("BUD-006", "cuts up to the adjustment", None, lambda c: cut(c, 700, 300, 400)),
    Case("BUD-006", "cuts of a fen more", AdjustmentNotApproved, lambda c: cut(c, 700, 300, 401)),
    Case("BUD-006", "a cut before the adjustment", AdjustmentNotApproved,
         lambda c: cut(c, 700, 1, passed_on=DAY + dt.timedelta(1))),
    Case("BUD-006", "an adjustment of another year", AdjustmentNotApproved, lambda c: cut(c, 700, 1, year=2023)),
    Case("BUD-006", "what lapses on the last day", None, lambda c: cut(c, 0, 1, on=dt.date(2024, 12, 31))),
    Case("BUD-006", "a lapse one day too early", AdjustmentNotApproved, lambda c: cut(c, 0, 1, on=dt.date(2024, 12, 30))),
    Case("BUD-006", "what is not released cancelled", AdjustmentNotApproved, lambda c: cancelled(c, adjusted=False)),
    Case("BUD-006", "the same by an adjustment", None, lambda c: cancelled(c, adjusted=True)),
    Case("BUD-006", "the same on the last day", None, lambda c: cancelled(c, adjusted=False, on=dt.date(2024, 12, 31))),
    Case("BUD-006", "a draw without an adjustment", AdjustmentNotApproved, lambda c: drawn(c, adjusted=False)),
    Case("BUD-006", "a draw with one", None, lambda c: drawn(c, adjusted=True)),
    Case("BUD-006", "a draw on an empty fund", StabilisationFundShort, lambda c: drawn(c, adjusted=True, filled=False)),
    Case("BUD-007", "carried over once", None, lambda c: carried(c, again=False)),
    Case("BUD-007", "carried over twice", CarriedOverBefore, lambda c: carried(c, again=True)),
    Case("BUD-008", "a project of the library", None, lambda c: save(c, TESTS)),
    Case("BUD-008", "a project of nowhere", ProjectNotInLibrary, lambda c: save(c, TESTS, project="XM-99")),
    Case("BUD-009", "all objectives", None,
         lambda c: (save(c, TESTS), act(c, "COMP", submit_budget, YEAR, "201", 1))),
    Case("BUD-009", "one objective short", ObjectivesMissing,
         lambda c: (save(c, TESTS, targets=TESTS.targets[:-1]), act(c, "COMP", submit_budget, YEAR, "201", 1))),
    Case("BUD-010", "the price of the standard", None, lambda c: save(c, UPKEEP)),
    Case("BUD-010", "a price of one's own", NoStandard, lambda c: save(c, UPKEEP, lines=(OWN_PRICE,))),
    Case("BUD-010", "all that the standard allows for a trip", None, lambda c: claimed(c, TRIP, 200_000)),
    Case("BUD-010", "a fen above it", AboveStandard, lambda c: claimed(c, TRIP, 200_001)),
    Case("BUD-010", "a fen above it with a reason", None, lambda c: claimed(c, TRIP, 200_001, **WHY)),
    Case("BUD-010", "a trip applied for by a claim", None, lambda c: travelled(c, by_claim=True)),
    Case("BUD-010", "a trip applied for without one", ClaimNotNamed, lambda c: travelled(c, by_claim=False)),
    Case("BUD-017", "all of the receptions", None, lambda c: host(c, 37_037, (None, "30217"), 37_037)),
    Case("BUD-017", "a fen more", LimitExceeded, lambda c: host(c, 37_037, (None, "30217"), 37_038)),
    Case("BUD-017", "all of a project's receptions", None, lambda c: host(c, 1_006, ("XM-JC", "30217"), 1_006)),
    Case("BUD-017", "a fen more of a project's", LimitExceeded, lambda c: host(c, 1_006, ("XM-JC", "30217"), 1_007)),
    Case("BUD-017", "a reception from the rest of a project", ThreePublicAstray,
         lambda c: host(c, TESTS_FEN, ("XM-JC", None), 1)),
    Case("BUD-017", "receptions topped up from office goods", ThreePublicAstray,
         lambda c: top_up(c, (None, "30201"), (None, "30217"))),
    Case("BUD-017", "office goods topped up from receptions", None,
         lambda c: top_up(c, (None, "30217"), (None, "30201"))),
    Case("BUD-020", "a meeting by its standard", None,
         lambda c: meeting(c, Line(standard="GY-15", quantity_milli=40_000, times=2, origin="会议计划：40人2天"))),
    Case("BUD-020", "a meeting at a price of one's own", NoStandard, lambda c: meeting(c, OWN_PRICE)),
    Case("BUD-020", "fewer people than planned", None, lambda c: reviewed_meeting(c, 39_999)),
    Case("BUD-020", "more people than planned", ReviewRaises, lambda c: reviewed_meeting(c, 40_001)),
    Case("BUD-020", "people times days at a designated venue", None, lambda c: claimed(c, SESSION, 5_330_000)),
    Case("BUD-020", "a fen more for all of them", AboveStandard, lambda c: claimed(c, SESSION, 5_330_001)),
    Case("BUD-020", "a meeting anywhere", VenueNotDesignated, lambda c: claimed(c, SESSION, 1, venue="")),
    Case("BUD-020", "a meeting anywhere with a reason", None, lambda c: claimed(c, SESSION, 1, venue="", **WHY)),
    Case("BUD-021", "a quarter's close ten points behind", None, lambda c: paced(c, PACED)),
    Case("BUD-021", "a fen further behind", PaceUnexplained, lambda c: paced(c, PACED - 1)),
    Case("BUD-021", "a fen further behind with a reason", None, lambda c: paced(c, PACED - 1, 2, 3)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.name}")
def test_a_rule_blocks_just_beyond_its_bound_and_lets_pass_at_it(city, case):
    if case.refused is None:
        case.do(city)
        return
    with pytest.raises(LedgerError) as refusal:
        case.do(city)
    assert type(refusal.value) is case.refused


def test_every_rule_that_blocks_has_both_examples():
    blocking = {each.rule for each in rules() if each.blocks}
    assert {(each.rule, each.refused is None) for each in CASES} == {
        (rule, way) for rule in blocking for way in (True, False)
    }


def test_only_who_approves_adds_budget_or_records_an_adjustment(city):
    code = city.grant(700)
    more = city.event("budget_addition", prepared_by="comp", facts={"awaiting": Fen(0), "executable": Fen(1)},
                      dims={"fund": "1", "func": "2050201", "agency": "201", "indicator": code, "revenue": "1010101"})  # fmt: skip
    for duty in ("ISSU", "REVW", "COMP"):
        with pytest.raises(NotPermitted):
            city.post(duty, more)
    plan = Adjustment(fiscal_year=2024, document=DOCUMENT, title="方案", passed_on=DAY, amount_fen=1)
    with pytest.raises(NotPermitted):
        act(city, "ISSU", record_adjustment, plan)
    act(city, "APPR", record_adjustment, plan)
    with pytest.raises(AlreadyApproved):
        act(city, "APPR", record_adjustment, replace(plan, amount_fen=2))


def test_a_draw_that_the_budget_itself_holds_needs_no_second_approval(city):
    fill(city)
    prepare(city)
    compile_budget(city, PERSONNEL)
    act(city, "APPR", resolve_budget, resolution(PAY_FEN))
    draw(city, resolution(PAY_FEN).document)


def test_the_parameters_are_those_that_the_database_holds():
    (rule,) = [each for each in rules() if each.rule == "BUD-017"]
    assert tuple(rule.parameters["classes"]) == THREE_PUBLIC
    schema = (install.files("ledger") / "schema" / "0018_budget_law.sql").read_text("utf-8")
    assert schema.count("in (" + ", ".join(f"'{code}'" for code in THREE_PUBLIC) + ")") == 2
