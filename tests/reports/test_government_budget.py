"""The nineteen tables of a government's budget: small books by hand, every check, and one fen that fails one."""

import csv
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.disclosure_facts import Subject, ThreePublic
from reports.disclosure_table import Block, forms
from reports.formats import check_manifest
from reports.government_budget import SET, government_budget
from reports.government_budget_rules import FORM, GOVERNMENT_RULES, failing, outcomes
from reports.government_facts import (
    Debt,
    DepartmentBudgets,
    GovernmentFacts,
    GovernmentNames,
    Movement,
    Paid,
    Placed,
    Planned,
    YearBooks,
)

SUBJECT = Subject("T1", "小城国库", "Small treasury", 2024, frozenset())
DAY = dt.date(2024, 12, 31)
MASTER = Path(__file__).parents[2] / "ledger/master/class_code.csv"


def _names():
    found = {scheme: {} for scheme in ("func", "revenue", "gov_econ")}
    with MASTER.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["scheme"] in found:
                found[row["scheme"]][row["code"]] = (row["name_zh"], row["name_en"])
    agency, project = {"201": ("教育局", "Education")}, {"P1": ("校舍", "School buildings")}
    return GovernmentNames(found["func"], found["revenue"], found["gov_econ"], agency, project)


NAMES = _names()
MOVEMENTS = (
    Movement("1", "BUDGET_REVENUE", "1010101", 700_003),
    Movement("1", "BUDGET_REVENUE", "10104", 41_001),
    Movement("1", "BUDGET_TRANSFER_REVENUE", "11002", 50_007),
    Movement("1", "BUDGET_ONLENT_DEBT_REVENUE", "11011", 30_000),
    Movement("1", "BUDGET_TRANSFERS_IN", "11009", 900),
    Movement("1", "opening", "", 12_345),
    Movement("1", "corrected", "", -45),
    Movement("1", "BUDGET_EXPENDITURE", "2050201", 500_011),
    Movement("1", "BUDGET_EXPENDITURE", "2050203", 9_009),
    Movement("1", "BUDGET_EXPENDITURE", "23203", 1_203),
    Movement("1", "BUDGET_EXPENDITURE", "23303", 17),
    Movement("1", "BUDGET_TRANSFER_EXPENDITURE", "23001", 101),
    Movement("1", "BUDGET_TRANSFER_EXPENDITURE", "23003", 2_020),
    Movement("1", "BUDGET_REMITTANCE_EXPENDITURE", "23006", 200_000),
    Movement("1", "BUDGET_DEBT_PRINCIPAL", "23103", 10_100),
    Movement("1", "working_fund", "", 5_000),
    Movement("1", "closing", "", 106_750),
    Movement("2", "BUDGET_REVENUE", "103014801", 80_001),
    Movement("2", "BUDGET_ONLENT_DEBT_REVENUE", "11011", 6_000),
    Movement("2", "BUDGET_EXPENDITURE", "2120801", 79_000),
    Movement("2", "BUDGET_EXPENDITURE", "23204", 77),
    Movement("2", "BUDGET_TRANSFERS_OUT", "23008", 800),
    Movement("2", "closing", "", 6_124),
    Movement("3", "BUDGET_REVENUE", "1030601", 123),
    Movement("3", "BUDGET_EXPENDITURE", "22301", 23),
    Movement("3", "BUDGET_TRANSFERS_OUT", "23008", 100),
)
_EXTRA = {"2050201": 3_001, "23006": 7}


def _planned():
    """Give indicators that executed what the bureau paid, with a little left, and sources that cover all of it."""
    uses = []
    for each in MOVEMENTS:
        if each.key.startswith("BUDGET_") and each.code.startswith("2"):
            budget = each.fen + _EXTRA.get(each.code, 0)
            uses.append(Planned(each.fund, "", each.code, budget - 3, budget, each.fen))
    uses += [Planned("1", "", "23016", 5_000, 5_000, 5_000), Planned("1", "", "", 4_004, 404, 0),
             Planned("1", "", "227", 808, 707, 0)]  # fmt: skip
    sources = []
    for fund, debt in (("1", 30_000), ("2", 6_000), ("3", 0)):
        own = [each for each in uses if each.fund == fund]
        approved, budget = sum(each.approved for each in own), sum(each.budget for each in own)
        sources += [
            Planned(fund, "SOURCE_DEBT", "", debt, debt),
            Planned(fund, "SOURCE_REVENUE", "", approved - debt, budget - debt + 50),
            Planned(fund, "SOURCE_REVENUE", "1010101", 0, -50),
        ]
    return (*uses, *sources)


YEAR = YearBooks(
    DAY,
    MOVEMENTS,
    _planned(),
    {"1": Debt(40_000, 59_900), "2": Debt(7_000, 13_000)},
    (Paid("1", "23001", "甲县", "", 101), Paid("1", "23003", "", "P1", 2_020)),
    (Placed("1", "I1", "2050201", "201", "P1", 19_900), Placed("1", "I2", "23103", "", "", 10_100),
     Placed("2", "I3", "2120801", "", "", 6_000)),
)  # fmt: skip
BEFORE = replace(
    YEAR, to_on=dt.date(2023, 12, 31), movements=tuple(replace(each, fen=2 * each.fen) for each in MOVEMENTS)
)
DEPARTMENTS = DepartmentBudgets(
    3, {"50101": 4_001, "50201": 302, "": 9}, ThreePublic(100, 20, 3, 4_000), ThreePublic(90, 21, 0, 4_100)
)
FACTS = GovernmentFacts(SUBJECT, YEAR, BEFORE, DEPARTMENTS, NAMES)
TABLES = government_budget(FACTS)


def figure(no, code, column, tables=TABLES):
    return tables[no - 1].block("rows").figure(code, column)


def test_nineteen_tables_stand_and_hold_each_other_exact_and_as_printed():
    assert [table.no for table in TABLES] == list(range(1, 20)) == list(forms(SET))
    assert failing(outcomes(TABLES, YEAR)) == []
    assert failing(outcomes([table.printed() for table in TABLES], YEAR)) == []
    assert "expenditure_as_execution" in [each.rule.name for each in outcomes(TABLES, YEAR)]


def test_revenue_stands_by_class_section_and_item_beside_the_year_before():
    block = TABLES[0].block("rows")
    assert [(line.code, line.level) for line in block.lines] == [
        ("101", 0), ("10101", 1), ("1010101", 2), ("10104", 1), ("unitemised", 0),
    ]  # fmt: skip
    assert [figure(1, "101", column) for column in ("previous", "executed")] == [2 * 741_004, 741_004]
    assert figure(1, "grand", "executed") == figure(2, "grand", "executed") == 741_004 + 50_007 + 30_900 + 12_300


def test_a_revenue_budget_without_items_stands_whole_in_one_line():
    items = {line.code: line for line in TABLES[0].block("rows").lines}
    assert items["1010101"].figures[1:3] == (None, None)
    assert items["unitemised"].figures[1] == figure(1, "total", "approved")
    assert any("未细化" in zh for zh, _ in TABLES[0].notes)


def test_a_revenue_budget_with_items_stands_beside_them():
    planned = tuple(replace(each, code="1010101") if each.key == "SOURCE_REVENUE" else each for each in YEAR.planned)
    tables = government_budget(replace(FACTS, year=replace(YEAR, planned=planned)))
    assert figure(1, "10101", "budget", tables) == figure(1, "total", "budget", tables) == figure(1, "total", "budget")
    assert not any("未细化" in zh for zh, _ in tables[0].notes)


def test_a_class_that_has_figures_of_its_own_beside_its_items_stays_their_sum():
    more = (*MOVEMENTS, Movement("1", "BUDGET_REVENUE", "10101", 11), Movement("1", "closing", "", 11))
    tables = government_budget(replace(FACTS, year=replace(YEAR, movements=more)))
    assert [(line.code, line.level) for line in tables[0].block("rows").lines][:4] == [
        ("101", 0), ("10101", 1), ("10101-", 2), ("1010101", 2),
    ]  # fmt: skip
    assert figure(1, "10101", "executed", tables) == 700_014
    assert failing(outcomes(tables, YEAR)) == []


def test_the_rate_is_the_budget_in_per_cent_of_the_year_before():
    line = TABLES[1].block("rows").total
    assert line.texts == ("50.40%",)
    assert line.figures[0] == 2 * line.figures[3]


def test_without_the_year_before_its_column_is_blank_and_a_note_says_so():
    for table in government_budget(replace(FACTS, previous=None)):
        if table.no in {1, 2, 3, 7, 8, 9, 12, 13}:
            assert {line.figures[0] for line in table.block("rows").every()} == {None}
            assert {line.texts for line in table.block("rows").every()} == {("",)}
            assert any("不作估计" in zh and "not estimated" in en for zh, en in table.notes)


def test_a_year_before_that_is_published_in_part_is_not_taken_for_a_whole_year():
    part = replace(BEFORE, to_on=dt.date(2023, 3, 31))
    tables = government_budget(replace(FACTS, previous=part))
    assert any("只公开到 2023-03-31" in zh and "up to 2023-03-31 only" in en for zh, en in tables[1].notes)
    assert not any("只公开到" in zh for zh, _ in TABLES[1].notes)
    assert failing(outcomes(tables, YEAR)) == []


def test_without_books_no_table_says_that_there_is_nothing():
    tables = government_budget(replace(FACTS, year=None, previous=None))
    assert failing(outcomes(tables)) == []
    for table in tables:
        if table.no not in {4, 15, 16, 19}:
            assert "没有在此公开" in table.sentence[0]
            assert "not published here" in table.sentence[1]


def test_empty_tables_say_in_their_own_sentence_that_there_is_nothing():
    assert TABLES[13].sentence[0] == "2024年小城国库没有对下级的国有资本经营预算转移支付，本表为空表。"
    assert "社会保险基金" in TABLES[14].sentence[0]
    bare = government_budget(replace(FACTS, departments=DepartmentBudgets()))
    assert "没有在此公开的2024年部门预算" in bare[3].sentence[0]
    assert bare[18].sentence[1].startswith("There is no published department budget of Small treasury")


def test_every_table_says_that_its_form_is_of_knowledge():
    assert all(any("knowledge" in zh for zh, _ in table.notes) for table in TABLES)
    with (Path(__file__).parents[2] / "reports/disclosure_table.csv").open(encoding="utf-8") as file:
        own = [row for row in csv.DictReader(file) if row["set"] == SET]
    assert {row["confidence"] for row in own} == {"C"}
    assert all(row["source"].startswith("knowledge") for row in own)


def test_transfers_name_their_region_and_kind():
    lines = TABLES[4].block("rows").lines
    assert [(line.name_zh, line.texts, line.figures) for line in lines] == [
        ("甲县", ("返还性支出",), (101, 0, 0)), ("（未列地区）", ("校舍",), (0, 0, 2_020)),
    ]  # fmt: skip


def test_the_limit_of_debt_is_blank_and_its_balance_is_of_the_books():
    assert TABLES[5].block("rows").lines[0].figures == (None, 40_000, 59_900)
    assert any("账中没有" in zh for zh, _ in TABLES[5].notes)
    rows = ("opening", "issued", "repaid", "closing", "interest", "costs")
    assert [figure(17, code, "general") for code in rows] == [40_000, 30_000, 10_100, 59_900, 1_203, 17]


def test_new_bonds_stand_by_project_apart_from_what_refinances_older_ones():
    block = TABLES[17].block("rows")
    assert [(line.name_zh, line.texts[0], line.figures) for line in block.lines] == [
        ("校舍", "教育局", (19_900,)), ("征地和拆迁补偿支出", "", (6_000,)),
    ]  # fmt: skip
    assert (block.below[0].figures, block.grand.figures) == ((10_100,), (36_000,))


def test_department_budgets_are_added_up_by_government_class():
    assert [(line.code, line.figures[0]) for line in TABLES[3].block("rows").lines if line.level == 0] == [
        ("501", 4_001), ("502", 302), ("unmapped", 9),
    ]  # fmt: skip
    assert [figure(19, "total", column) for column in ("previous", "budget", "change")] == [4_211, 4_123, -88]
    assert any("3 个单位" in zh for zh, _ in TABLES[18].notes)


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_every_table_is_written_whole(form):
    for table in TABLES:
        assert check_manifest(table.sheet("2024-12-31").written(form), form).whole, table.no


PLACES = [
    (no, at, column)
    for no, table in enumerate(TABLES)
    for at, line in enumerate(table.block("rows").every())
    for column, fen in enumerate(line.figures)
    if fen is not None
]


def changed(tables, no, at, column, fen):
    """Give the tables with one figure moved."""
    block: Block = tables[no].block("rows")
    lines = list(block.every())
    figures = list(lines[at].figures)
    figures[column] += fen
    lines[at] = replace(lines[at], figures=tuple(figures))
    moved = replace(tables[no], blocks=(block.mapped(lines),))
    return [moved if n == no else table for n, table in enumerate(tables)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from((-1, 1)) | st.integers(-(10**12), 10**12).filter(bool))
def test_one_fen_changed_anywhere_fails_a_check(place, fen):
    assert failing(outcomes(changed(TABLES, *place, fen), YEAR))


def test_each_place_fails_a_check_when_a_fen_is_gone():
    assert [place for place in PLACES if not failing(outcomes(changed(TABLES, *place, -1), YEAR))] == []


@pytest.mark.parametrize("at", range(len(MOVEMENTS)))
def test_one_fen_changed_in_the_books_fails_a_check(at):
    each = MOVEMENTS[at]
    wrong = (*MOVEMENTS[:at], replace(each, fen=each.fen + 1), *MOVEMENTS[at + 1 :])
    year = replace(YEAR, movements=wrong)
    assert "revenue_is_expenditure" in failing(outcomes(government_budget(replace(FACTS, year=year)), year))


def test_what_the_indicators_did_not_execute_is_found_by_name():
    planned = tuple(
        replace(each, executed=each.executed - 1) if each.code == "2050203" else each for each in YEAR.planned
    )
    year = replace(YEAR, planned=planned)
    found = {each.rule.name: each.gaps for each in outcomes(government_budget(replace(FACTS, year=year)), year)}
    gap = found["expenditure_as_execution"][0]
    assert (gap.tables, gap.where, gap.expected, gap.found) == ((2,), "205.executed", 509_019, 509_020)


def test_a_table_that_is_missing_or_another_treasurys_breaks_the_form():
    assert FORM.name in failing(outcomes(TABLES[1:], YEAR))
    other = replace(TABLES[4], subject=replace(SUBJECT, code="T2"))
    broken = failing(outcomes([*TABLES[:4], other, *TABLES[5:]], YEAR))
    assert broken == [FORM.name, "transfers_as_expenditure"]


def test_every_rule_has_a_name_of_its_own_and_says_what_it_asks_in_both_languages():
    assert len({each.name for each in GOVERNMENT_RULES}) == len(GOVERNMENT_RULES)
    assert all(each.zh and each.en and each.source for each in GOVERNMENT_RULES)
