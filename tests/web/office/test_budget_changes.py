"""After approval, at the desk: notes and publication, limits and reallocation, adjustments; each with its refusal."""

import re
from dataclasses import replace

import pytest

from ledger.compilation.narratives import BudgetNarrative, kept_narrative, record_narrative
from ledger.compilation.packages import Line
from ledger.compilation.rounds import resolve_budget
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import snapshot
from tests.ledger.budget_city import OFFICE, PERSONNEL, TESTS, UPKEEP, YEAR, act, compile_budget, prepare, resolution

HERE = "/office/budget/2024"
NOTES = f"{HERE}/agencies/201/notes"
TABLES = f"{HERE}/publication/201"
RECEPTION = replace(
    OFFICE, standard="GY-03", name_zh="公务接待费", name_en="Reception", dept_econ="30217", amount_fen=12_300
)
TOTAL = 812_345 * 37 * 12 + 300_001 * 37 + round(355 * 1234.5 * 12) + 12_300 * 37 + 12_345 * 1250 * 2


@pytest.fixture
def approved(office):
    """A budget that the Congress approved; receptions are new in it, and nobody says why."""
    city = office.city
    prepare(city)
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, [RECEPTION]))
    compile_budget(city, PERSONNEL, replace(UPKEEP, lines=(*UPKEEP.lines, Line(standard="GY-03"))), TESTS)
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    return office


def at(one, field):
    """Give what is told at a field."""
    found = re.search(rf'id="e-{field}">([^<]*)<', one.text)
    return found[1] if found else ""


def kept(city):
    with snapshot(city.source) as connection:
        return kept_narrative(connection, city.treasury_id, YEAR, "201")


def test_the_compiler_writes_the_notes_and_others_read_them(approved):
    one, other = approved("COMP"), approved("REVW")
    other.get(NOTES)
    assert "尚无情况说明" in other.text
    assert other.post(f"{NOTES}/record", {"goods": "1"}).status_code == 403
    one.get(NOTES)
    given = {"reception": "5,000.00", "goods": "12,000.01", "sme": "10000", "equipment_500k": "3", "equipment_1m": "1",
             "told_total": "比2023年减少。\n严控批次。"}  # fmt: skip
    one.post(f"{NOTES}/record", given)
    assert one.last.status_code == 303, one.text
    said = kept(approved.city).said
    assert (said.reception_fen, said.goods_fen, said.sme_fen, said.equipment_1m) == (500_000, 1_200_001, 1_000_000, 1)
    assert said.told == {"total": "比2023年减少。\n严控批次。"}
    assert "严控批次" in one.get(NOTES).get_data(as_text=True)
    other.get(NOTES)
    for text in ("第 1 版", "12,000.01", "严控批次"):
        assert text in other.text, text


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"goods": "一万"}, "goods", "不是精确到分的金额"),
        ({"equipment_500k": "x"}, "equipment_500k", "不是整数"),
        ({"goods": "1", "sme": "1.01"}, "sme", "不得多于采购合计"),
        ({"equipment_500k": "1", "equipment_1m": "2"}, "equipment_1m", "不得多于50万元以上"),
    ],
)
def test_notes_that_cannot_be_are_refused_at_their_field(approved, given, field, text):
    one = approved("COMP")
    one.get(NOTES)
    one.post(f"{NOTES}/record", {**given, "told_assets": "房屋两处"})
    assert one.last.status_code == 422
    assert text in at(one, field)
    assert "房屋两处" in one.text
    assert kept(approved.city) is None


def looked(one):
    return re.search(r'name="looked" value="([0-9a-f]{64})"', one.text)[1]


def test_a_budget_that_breaks_a_rule_is_not_published_and_the_rule_is_named(approved):
    one = approved("PUBL")
    one.get(HERE)
    assert re.search(r"待公开的预算</a> 1<", one.text)
    one.get(f"{HERE}/publication")
    assert "待公开" in one.text
    one.get(TABLES)
    assert one.text.count("changes_explained") == 2  # above all, and at the table
    one.post(f"{TABLES}/publish", {"looked": looked(one)})
    assert one.last.status_code == 422
    assert "不成立的规则：changes_explained" in one.text


def test_the_disclosure_office_publishes_what_it_looked_at_and_only_once(approved):
    one, compiler = approved("PUBL"), approved("COMP")
    said = BudgetNarrative(
        fiscal_year=YEAR, agency="201", told={"total": "新增接待任务。", "reception": "新增接待任务。"}
    )
    act(approved.city, "COMP", record_narrative, said)
    one.get(TABLES)
    assert "全部勾稽关系成立" in one.text
    before = looked(one)
    act(approved.city, "COMP", record_narrative, replace(said, goods_fen=5))
    one.post(f"{TABLES}/publish", {"looked": before})
    assert one.last.status_code == 422
    assert "须重新核对" in one.text
    compiler.get(TABLES)
    assert compiler.post(f"{TABLES}/publish", {"looked": looked(one)}).status_code == 403
    one.post(f"{TABLES}/publish", {"looked": looked(one)})
    assert one.last.status_code == 303, one.text
    one.get(f"{HERE}/publication")
    assert 'class="tag posted">已公开' in one.text
    one.get(TABLES)
    assert 'name="looked"' not in one.text
    one.post(f"{TABLES}/publish", {"looked": before})
    assert "已公开" in one.text
    assert one.last.status_code == 422
    compiler.get(NOTES)
    compiler.post(f"{NOTES}/record", {"goods": "1"})
    assert compiler.last.status_code == 422
    assert "该单位该年度预算已公开" in compiler.text


@pytest.mark.parametrize("duty", ["COMP", "REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI", "PUBL"])
def test_the_tables_are_read_before_they_are_public(approved, duty):
    one = approved(duty)
    for where in (f"{HERE}/publication", TABLES, NOTES, f"{TABLES}/3.csv", f"{TABLES}/11.xlsx"):
        assert one.get(where).status_code == 200, (where, one.text)
    for where in (
        f"{HERE}/publication/202",
        f"{TABLES}/12.csv",
        f"{HERE}/publication/202/1.csv",
        f"{HERE}/agencies/9/notes",
    ):
        assert one.get(where).status_code == 404, where
    assert approved("APPL").get(TABLES).status_code == 403
