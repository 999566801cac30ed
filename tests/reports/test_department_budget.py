"""The eleven tables of a department's budget: a real total, sums of any facts, and every check that holds them."""

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import errors
from reports.department_budget import department_budget
from reports.disclosure_facts import IncomeFact, Narrative, SpendingFact, ThreePublic
from reports.disclosure_rules import BUDGET, RULES, checks
from reports.disclosure_table import forms
from reports.formats import check_manifest
from reports.workbook import read_sheets
from tests.reports.disclosure_cases import NAMES, SAMPLE, budgets, cells, changed, place_of, shanghai, with_block


@pytest.fixture(scope="module")
def tables():
    return department_budget(**shanghai())


def names(failed):
    return {each.rule for each in failed}


def figure(tables, no, block, code, column):
    return tables[no - 1].block(block).figure(code, column)


def test_the_real_budget_of_2025_comes_out_with_its_published_totals(tables):
    assert SAMPLE["decomposition"] == "of our own making"
    for no, block, column in (
        (1, "income", "income"),
        (1, "spending", "total"),
        (2, "rows", "total"),
        (3, "rows", "total"),
    ):
        assert figure(tables, no, block, "total", column) == 171_915_169_00
    assert figure(tables, 4, "spending", "total", "general") == 171_915_169_00
    public = tables[8].sheet("2025-02-01")
    assert (
        public.written("csv", bom=False).decode().splitlines()[1].startswith("346.30,190.00,36.30,120.00,50.00,70.00,")
    )
    assert checks(tables) == []
    assert checks([table.printed() for table in tables]) == []


def test_all_eleven_tables_are_there_with_the_titles_and_columns_of_the_form(tables):
    assert [table.no for table in tables] == list(range(1, 12)) == list(forms(BUDGET))
    assert tables[0].title_zh == "2025年财务收支预算总表"
    assert [column.zh for column in tables[2].block("rows").columns] == [
        "功能分类科目编码（类款项）", "科目名称", "合计", "基本支出", "项目支出",
    ]  # fmt: skip


def test_parents_stand_above_their_children_as_their_sums(tables):
    lines = [(line.code, line.level) for line in tables[2].block("rows").lines]
    assert lines[:4] == [("201", 0), ("20106", 1), ("2010601", 2), ("2010602", 2)]
    assert figure(tables, 3, "rows", "20106", "project") == figure(tables, 3, "rows", "201", "project")
    assert [line.name_zh for line in tables[2].block("rows").lines[:2]] == ["一般公共服务支出", "财政事务"]


def test_running_costs_are_the_office_costs_of_organs_alone():
    given = shanghai()
    other = SpendingFact("102", "2010650", "30201", "1", "office", "", 12345)
    paid = IncomeFact("102", "2010650", "general", 12345)
    more = department_budget(**{**given, "spending": (*given["spending"], other), "income": (*given["income"], paid)})
    assert figure(more, 9, "rows", "unit", "running") == figure(
        department_budget(**given), 8, "rows", "total", "office"
    )
    assert figure(more, 8, "rows", "total", "office") - figure(more, 9, "rows", "unit", "running") == 12345
    assert checks(more) == []


def test_every_kind_of_income_has_its_line_and_a_carry_over_that_of_its_fund():
    given = shanghai()
    kinds = ["special_account", "business", "operating", "upper", "affiliated", "other", "carry_over"]
    income = [IncomeFact("101", "2010601", kind, 10**n) for n, kind in enumerate(kinds)]
    income.append(IncomeFact("101", "2010601", "carry_over", 7, "2"))
    spent = [
        SpendingFact("101", "2010601", "30201", "6", "office", "", 1_111_111),
        SpendingFact("101", "2120803", "31005", "2", "project", "P06", 7),
    ]
    told = tuple(replace(note, fen=note.fen + 7) if note.project == "P06" else note for note in given["notes"])
    more = department_budget(
        **{**given, "spending": (*given["spending"], *spent), "income": (*given["income"], *income), "notes": told}
    )
    assert [figure(more, 1, "income", code, "income") for code in ("business", "operating", "other", "government_fund")] == [
        11, 100, 1_111_000, 7,
    ]  # fmt: skip
    assert "上年结转 0.07 元，其他收入含上年结转 10000.00 元" in more[0].notes[0][0]
    assert figure(more, 6, "rows", "total", "total") == 7
    assert more[5].sentence == ("", "")
    assert checks(more) == []


def test_an_empty_table_is_published_with_its_sentence_in_every_file(tables):
    empty = [table.no for table in tables if table.is_empty()]
    assert empty == [6, 7]
    said = "2025年上海市财政局没有使用政府性基金预算安排的支出，本表为空表。"
    assert tables[5].sentence[0] == said
    for form in ("csv", "json"):
        assert said in tables[5].sheet("2025-02-01").written(form).decode()
    assert any(said in line for line in read_sheets(tables[5].sheet("2025-02-01").written("xlsx"))[0])


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_every_table_is_written_whole_and_the_same_every_time(tables, form):
    for table in tables:
        data = table.sheet("2025-02-01").written(form)
        assert check_manifest(data, form).whole, table.no
        assert data == table.sheet("2025-02-01").written(form)


def test_a_workbook_has_title_unit_agency_time_header_and_total(tables):
    grid, _ = read_sheets(tables[0].sheet("2025-02-01").written("xlsx"))
    heading = [line[0] for line in grid[:6]]
    assert heading[0] == "2025年财务收支预算总表 Summary of revenue and expenditure, 2025"
    assert {"单位 Unit: 元 yuan", "制表时间 Made: 2025-02-01", "年度 Year: 2025"} <= set(heading)
    assert grid[-1][:4] == ["收入总计", "171915169.00", "支出总计", "171915169.00"]


def test_a_workbook_prints_its_whole_sheet_on_landscape_a4_under_a_frozen_repeated_header(tables):
    with zipfile.ZipFile(io.BytesIO(tables[0].sheet("2025-02-01").written("xlsx"))) as book:
        names, sheet = book.read("xl/workbook.xml").decode(), book.read("xl/worksheets/sheet1.xml").decode()
    assert "_xlnm.Print_Area" in names
    assert "_xlnm.Print_Titles" in names
    assert 'state="frozen"' in sheet
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet


def test_parents_and_totals_are_marked_as_sums_of_other_rows(tables):
    rows = tables[2].sheet("2025-02-01").rows
    assert [(row.cells[0], row.rolled) for row in rows[:3]] == [("201", True), ("20106", True), ("2010601", False)]
    assert (rows[-1].cells[1], rows[-1].rolled) == ("合计", True)
    assert sum(row.cells[2] for row in rows if not row.rolled) == 171_915_169_00


def test_names_are_written_in_english_when_asked(tables):
    assert "Finance affairs" in tables[2].sheet("2025-02-01", english=True).written("csv").decode()


@given(budgets())
@settings(max_examples=60, deadline=None)
def test_any_facts_give_tables_that_pass_all_checks_exact_and_as_printed(facts):
    made = department_budget(**facts, names=NAMES)
    assert checks(made) == []
    assert checks([table.printed() for table in made]) == []


@given(budgets(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_one_amount_changed_by_one_fen_fails_a_check(facts, data):
    made = department_budget(**facts, names=NAMES)
    place = data.draw(st.sampled_from(cells(made)))
    assert checks(changed(made, place, data.draw(st.sampled_from([1, -1])))) != []


def test_each_amount_of_the_real_budget_is_held_by_a_check(tables):
    places = cells(tables)
    assert len(places) > 150
    assert [place for place in places if not checks(changed(tables, place, 1))] == []


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("parents_are_sums", (3, "rows", "20106", "basic")),
        ("totals_are_sums", (10, "rows", "total", "amount")),
        ("revenue_is_expenditure", (1, "income", "total", "income")),
        ("revenue_is_expenditure_per_fund", (4, "spending", "total", "general")),
        ("revenue_as_summary", (2, "rows", "total", "fiscal")),
        ("expenditure_as_summary", (3, "rows", "201", "project")),
        ("revenue_adds_up", (2, "rows", "2010601", "other")),
        ("expenditure_adds_up", (5, "rows", "2010601", "total")),
        ("appropriations_add_up", (4, "spending", "208", "state_capital")),
        ("appropriations_as_summary", (4, "income", "general", "income")),
        ("general_as_appropriations", (5, "rows", "208", "total")),
        ("government_fund_as_appropriations", (4, "spending", "210", "government_fund")),
        ("state_capital_as_appropriations", (4, "spending", "210", "state_capital")),
        ("basic_by_class", (8, "rows", "total", "total")),
        ("classes_add_up", (8, "rows", "30101", "office")),
        ("personnel_classes", (8, "rows", "301", "office")),
        ("public_expenses_add_up", (9, "rows", "unit", "reception")),
        ("notes_as_public_expenses", (11, "rows", "running", "amount")),
        ("projects_as_expenditure", (10, "rows", "total", "amount")),
        ("changes_add_up", (11, "rows", "reception", "change")),
        ("procurement_both_ways", (11, "rows", "procurement", "amount")),
        ("targets_as_projects", (11, "rows", "performance", "amount")),
    ],
)  # fmt: skip
def test_a_figure_that_is_off_fires_its_rule_and_names_the_place(tables, rule, place):
    failed = checks(changed(tables, place_of(tables, *place), 1))
    fired = [each for each in failed if each.rule == rule]
    assert fired
    assert fired[0].zh
    assert fired[0].en
    assert place[0] in fired[0].gap.tables
    assert abs(fired[0].gap.expected - fired[0].gap.found) == 1
    assert rule not in names(checks(tables))


def test_running_costs_above_the_office_costs_fire(tables):
    most = figure(tables, 8, "rows", "total", "office")
    over = changed(tables, place_of(tables, 9, "rows", "unit", "running"), most)
    assert "running_costs_within_office" in names(checks(over))


def test_a_project_without_its_note_is_not_published():
    given = shanghai()
    failed = checks(department_budget(**{**given, "notes": given["notes"][1:]}))
    assert [(each.rule, each.gap.where) for each in failed if each.rule == "projects_told"] == [
        ("projects_told", "P01")
    ]


def test_the_number_of_projects_is_counted(tables):
    block = tables[10].block("rows")
    lines = [
        replace(each, figures=(*each.figures[:3], 5)) if each.code == "performance" else each for each in block.lines
    ]
    assert names(checks(with_block(tables, 10, 0, block.mapped(lines)))) == {"targets_as_projects"}


def test_a_change_of_the_public_expenses_needs_its_reason():
    given = shanghai()
    silent = replace(given["narrative"], reasons={"abroad": "团组增加。"})
    failed = checks(department_budget(**{**given, "narrative": silent}))
    assert names(failed) == {"changes_explained"}
    assert {each.gap.where for each in failed} == {
        "three_public",
        "reception",
        "vehicles",
        "vehicles_bought",
        "vehicles_run",
    }


def test_a_code_without_a_name_fires():
    given = shanghai()
    bare = {code: name for code, name in given["names"].func.items() if code != "2010607"}
    failed = checks(department_budget(**{**given, "names": replace(given["names"], func=bare)}))
    assert {(each.rule, each.gap.where) for each in failed} == {("codes_have_names", "2010607")}


def test_an_empty_table_without_its_sentence_and_a_full_one_with_it_fire(tables):
    silent = (*tables[:5], replace(tables[5], sentence=("", "")), *tables[6:])
    assert names(checks(silent)) == {"empty_table_says_so"}
    wrong = (*tables[:4], replace(tables[4], sentence=("本表为空表。", "empty")), *tables[5:])
    assert names(checks(wrong)) == {"empty_table_says_so"}


@pytest.mark.parametrize("reason", ["2024年预算按计划安排。", "比2022年减少。2023年按计划安排。"])
def test_a_text_of_another_year_fires(reason):
    given = shanghai()
    told = replace(given["narrative"], reasons={"total": reason})
    assert names(checks(department_budget(**{**given, "narrative": told}))) == {"years_agree"}


def test_a_title_of_another_year_fires(tables):
    old = (replace(tables[0], title_zh="2024年财务收支预算总表"), *tables[1:])
    assert names(checks(old)) == {"years_agree"}


@pytest.mark.parametrize("left", ["XX项目的目标", "比上年增加××万元", "某某单位", "{name_zh}"])
def test_a_place_left_open_fires(left):
    given = shanghai()
    note = replace(given["notes"][0], targets=left)
    failed = checks(department_budget(**{**given, "notes": (note, *given["notes"][1:])}))
    assert {(each.rule, each.gap.where) for each in failed} == {("nothing_left_open", "P01")}


def test_words_with_letters_or_one_cross_are_not_left_open():
    given = shanghai()
    note = replace(given["notes"][0], targets="采购 XXL 号服装，规格 3×5 米，MAXX 平台")
    assert checks(department_budget(**{**given, "notes": (note, *given["notes"][1:])})) == []


def test_a_set_with_a_table_missing_twice_or_of_another_is_no_set(tables):
    assert names(checks(tables[:10])) == {"form_followed"}
    assert "form_followed" in names(checks((*tables, tables[0])))
    other = replace(tables[3], subject=replace(tables[3].subject, year=2024))
    assert "form_followed" in names(checks((*tables[:3], other, *tables[4:])))
    block = tables[2].block("rows")
    short = with_block(tables, 2, 0, replace(block, columns=block.columns[1:]))
    assert [(each.rule, each.gap.tables) for each in checks(short)] == [("form_followed", (3,))]


def test_nothing_at_all_is_no_set():
    assert names(checks([])) == {"form_followed"}


def test_facts_that_do_not_balance_give_tables_that_fail():
    given = shanghai()
    failed = names(checks(department_budget(**{**given, "income": given["income"][1:]})))
    assert {"revenue_is_expenditure", "revenue_is_expenditure_per_fund"} <= failed


def test_a_printed_sum_may_differ_by_what_rounding_makes_and_no_more():
    given = shanghai()
    fives = [
        replace(fact, fen=fact.fen + 5000) if fact.dept_econ in {"30212", "30217", "30231"} else fact
        for fact in given["spending"]
    ]
    public = ThreePublic(1, 2, 3, 4)
    told = replace(given["narrative"], previous=public)
    printed = department_budget(**{**given, "spending": tuple(fives), "narrative": told})[8].printed()
    row = dict(
        zip(
            [column.name for column in printed.block("rows").columns],
            printed.block("rows").lines[0].figures,
            strict=True,
        )
    )
    assert row["abroad"] + row["reception"] + row["vehicles"] - row["three_public"] == 10_000
    rule = next(rule for rule in RULES[BUDGET] if rule.name == "public_expenses_add_up")
    assert rule.failures(BUDGET, {9: printed}) == []
    off = changed((printed,), (0, 0, 0, 0), -20_000)[0]
    assert rule.failures(BUDGET, {9: off}) != []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("spending", {"func": "20106"}),
        ("spending", {"dept_econ": "301"}),
        ("spending", {"fund": "9"}),
        ("spending", {"category": "operating"}),
        ("income", {"source": "gift"}),
        ("income", {"func": "２０１０６０１"}),
    ],
)
def test_a_fact_that_no_table_could_show_is_refused(kind, change):
    given = shanghai()
    wrong = (replace(given[kind][0], **change), *given[kind][1:])
    with pytest.raises(errors.UnknownCode):
        department_budget(**{**given, kind: wrong})


def test_a_unit_with_nothing_publishes_eleven_empty_tables():
    given = shanghai()
    bare = department_budget(given["subject"], (), (), (), Narrative(), given["names"])
    assert all(table.is_empty() and table.sentence[0] for table in bare)
    assert checks(bare) == []


def test_every_rule_has_its_words_and_its_source():
    for rule in RULES[BUDGET]:
        assert rule.zh.endswith("。")
        assert rule.en.endswith(".")
        assert rule.source
    assert len({rule.name for rule in RULES[BUDGET]}) == len(RULES[BUDGET])
