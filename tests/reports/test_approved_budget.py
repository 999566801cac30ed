"""An approved budget becomes eleven tables, is checked, and only then public; what is not public is seen by nobody."""

from dataclasses import replace

import pytest

from ledger.budget_errors import (
    BudgetAlreadyPublished,
    NotesMoved,
    TablesFailChecks,
    UnknownBudgetRecord,
)
from ledger.compilation.narratives import BudgetNarrative, record_narrative
from ledger.compilation.packages import Line, LineReview, review_package
from ledger.compilation.rounds import resolve_budget
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import transaction
from ledger.disclosure import budgets
from ledger.errors import InvalidAmount, InvalidText, NotPermitted, UnknownCode
from reports.approved_budget import approved_budget, digest
from reports.disclosure_rules import checks
from reports.publication import publish_budget
from tests.ledger.budget_city import OFFICE, PERSONNEL, TESTS, UPKEEP, YEAR, act, compile_budget, prepare, resolution

PAY_FEN = 812_345 * 37 * 12
UPKEEP_FEN = 300_001 * 37 + round(355 * 1234.5 * 12)
TESTS_FEN = 12_345 * 1250
RECEPTION_FEN = 12_300 * 37
RECEPTION = replace(
    OFFICE, standard="GY-03", name_zh="公务接待费", name_en="Reception", dept_econ="30217", amount_fen=12_300
)
NOTES = BudgetNarrative(
    fiscal_year=YEAR, agency="201", reception_fen=500_000, goods_fen=1_200_000, services_fen=3_400_000, sme_fen=1_000_000,
    equipment_500k=3, equipment_1m=1, told={"total": "严控接待批次，比2023年减少。", "procurement": "按采购目录编列。"},
)  # fmt: skip


@pytest.fixture
def approved(city):
    """A budget that was cut in review and approved by the Congress; its public expenses change, and nobody says why."""
    prepare(city)
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, [RECEPTION]))
    compile_budget(city, PERSONNEL, replace(UPKEEP, lines=(*UPKEEP.lines, Line(standard="GY-03"))), TESTS)
    act(
        city,
        "REVW",
        review_package,
        TESTS.package,
        1,
        [LineReview(line_no=1, cut="months", reason="一年一次", times=1)],
    )
    act(city, "APPR", resolve_budget, resolution(PAY_FEN + UPKEEP_FEN + RECEPTION_FEN + TESTS_FEN))
    return city


def publish(city, agency="201"):
    return act(city, "PUBL", publish_budget, city.treasury_id, YEAR, agency)


def seen(city, view):
    with city.source.engine("public").connect() as public:
        text = f"select * from published.{view} where treasury_id = %s"
        return [dict(row) for row in public.exec_driver_sql(text, (city.treasury_id,)).mappings()]


def test_tables_that_fail_a_check_are_not_published_and_the_rule_is_named(approved):
    with pytest.raises(TablesFailChecks) as refusal:
        publish(approved)
    assert refusal.value.facts["rules"] == ["changes_explained"]
    assert seen(approved, "budget") == []


def as_public(city):
    with city.source.engine("public").connect() as public:
        return approved_budget(public, "public", city.treasury_id, YEAR, ["201"])


VIEWS = ("budget", "budget_line", "budget_income", "budget_target", "budget_package", "budget_narrative")


def test_nothing_of_an_unpublished_budget_is_seen_by_the_public_and_all_of_a_published_one(approved):
    act(approved, "COMP", record_narrative, NOTES)
    assert {view: seen(approved, view) for view in VIEWS} == {view: [] for view in VIEWS}
    with pytest.raises(UnknownBudgetRecord):
        as_public(approved)
    publish(approved)
    assert {view for view in VIEWS if seen(approved, view)} == set(VIEWS) - {"budget_income"}
    assert seen(approved, "budget")[0]["total_fen"] == PAY_FEN + UPKEEP_FEN + RECEPTION_FEN + TESTS_FEN


def test_the_public_makes_the_same_tables_that_were_checked(approved):
    act(approved, "COMP", record_narrative, NOTES)
    checked = publish(approved)
    tables = as_public(approved).tables()
    assert tables == checked.tables
    assert checks(tables) == []
    assert seen(approved, "budget")[0]["tables_sha256"] == digest(tables) == checked.order.sha256


def test_the_tables_are_what_was_approved(approved):
    act(approved, "COMP", record_narrative, NOTES)
    tables = publish(approved).tables
    figure = lambda no, code, column: tables[no - 1].block("rows").figure(code, column)  # noqa: E731
    assert (
        figure(2, "total", "fiscal") == figure(3, "total", "total") == PAY_FEN + UPKEEP_FEN + RECEPTION_FEN + TESTS_FEN
    )
    assert figure(8, "30101", "personnel") == PAY_FEN
    assert figure(9, "unit", "reception") == RECEPTION_FEN
    assert figure(9, "unit", "running") == UPKEEP_FEN + RECEPTION_FEN
    assert figure(10, "XM-JC", "amount") == TESTS_FEN
    assert figure(11, "reception", "change") == RECEPTION_FEN - 500_000
    assert figure(11, "procurement", "amount") == 4_600_000
    (project,) = tables[9].block("rows").lines
    assert project.texts[0] == "检测全部学校饮水"
    assert project.texts[1] == "《学校卫生工作条例》第十条；评字1号"
    assert project.texts[5].startswith("数量：目标quantity；质量：")


def test_one_figure_changed_changes_the_digest(approved):
    act(approved, "COMP", record_narrative, NOTES)
    before = publish(approved)
    fewer = replace(before.tables[0], title_zh="", blocks=before.tables[1].blocks)
    assert digest((fewer, *before.tables[1:])) != before.order.sha256


def test_only_the_disclosure_office_publishes_and_only_once(approved):
    act(approved, "COMP", record_narrative, NOTES)
    for duty in ("COMP", "REVW", "APPR"):
        with pytest.raises(NotPermitted):
            act(approved, duty, publish_budget, approved.treasury_id, YEAR, "201")
    assert [each.agency for each in awaiting(approved)] == ["201"]
    publish(approved)
    assert awaiting(approved) == []
    with pytest.raises(BudgetAlreadyPublished):
        publish(approved)


def awaiting(city):
    with transaction(city.source, city.session("PUBL")) as tx:
        return budgets.awaiting_budgets(tx.connection, city.treasury_id)


def test_a_budget_that_the_congress_did_not_approve_is_not_published(approved):
    with pytest.raises(UnknownBudgetRecord):
        publish(approved, "202")
    order = budgets.PublishBudget(fiscal_year=YEAR, agency="202", sha256="00" * 32, narrative=0)
    with pytest.raises(UnknownBudgetRecord):
        act(approved, "PUBL", budgets.publish_budget, order)


def test_notes_that_changed_after_the_check_are_not_published(approved):
    act(approved, "COMP", record_narrative, NOTES)
    order = budgets.PublishBudget(fiscal_year=YEAR, agency="201", sha256="00" * 32, narrative=1)
    act(approved, "COMP", record_narrative, replace(NOTES, sme_fen=1))
    with pytest.raises(NotesMoved):
        act(approved, "PUBL", budgets.publish_budget, order)


def test_notes_are_recorded_by_the_compiler_and_never_after_publication(approved):
    with pytest.raises(NotPermitted):
        act(approved, "REVW", record_narrative, NOTES)
    assert act(approved, "COMP", record_narrative, NOTES) == 1
    assert act(approved, "COMP", record_narrative, NOTES) == 2
    publish(approved)
    with pytest.raises(BudgetAlreadyPublished):
        act(approved, "COMP", record_narrative, NOTES)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"sme_fen": 4_600_001}, InvalidAmount),
        ({"equipment_1m": 4}, InvalidAmount),
        ({"abroad_fen": -1}, InvalidAmount),
        ({"told": {"weather": "晴"}}, InvalidText),
        ({"told": {"total": "一\x01二"}}, InvalidText),
        ({"agency": "999"}, UnknownCode),
    ],
)
def test_notes_are_what_they_may_be(approved, change, error):
    with pytest.raises(error):
        act(approved, "COMP", record_narrative, replace(NOTES, **change))


def test_the_public_expenses_of_an_approved_year_before_are_taken_from_the_books(approved):
    wrong = replace(NOTES, fiscal_year=YEAR + 1, reception_fen=1, abroad_fen=7)
    act(approved, "COMP", record_narrative, wrong)
    with transaction(approved.source, approved.session("COMP")) as tx:
        kept = tx.connection.exec_driver_sql(
            "select abroad_fen, reception_fen from ledger.budget_narrative where treasury_id = %s and fiscal_year = %s",
            (approved.treasury_id, YEAR + 1),
        ).one()
    assert tuple(kept) == (0, RECEPTION_FEN)
