"""A budget goes out as a workbook and comes back without loss; hostile workbooks and wrong mappings are refused."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
import xlsxwriter

from importers.budget_refused import refused_tables
from importers.mapping import InvalidMapping
from importers.workbook_mapping import parse_workbook_mapping
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import estimate_income
from reports.budget_workbook import SheetPlan, written_sheets
from tests.conftest import make_city
from tests.importers.budget_files import (
    BASIC,
    INCOME,
    LIST,
    OTHER,
    SPECIAL,
    TEXT,
    exported,
    mapped,
    preview,
    problems,
    refused,
    take,
    workbook,
    written,
)
from tests.ledger.budget_city import PACKAGES, UPKEEP, YEAR, act, prepare


@pytest.fixture(scope="module")
def reader(source):
    """A city with standards and basic data, in which no workbook is ever recorded."""
    made = make_city(source)
    prepare(made)
    return made


@pytest.fixture
def ready(city):
    prepare(city)
    return city


# Out and in again


def test_what_is_exported_reads_back_unchanged(ready, tmp_path):
    for package in PACKAGES:
        act(ready, "COMP", save_package, package)
    act(ready, "COMP", estimate_income, YEAR, "201", [SPECIAL, OTHER])
    found = preview(ready, written(tmp_path, exported(ready), "out.xlsx"))
    assert problems(found) == []
    assert found.counts == {"new": 0, "changed": 0, "unchanged": 6 + 18 + 2 + 2, "error": 0, "total": 2}


def test_an_export_builds_the_same_budget_in_another_city(ready, source, tmp_path):
    long = replace(UPKEEP, activity="第一段\n第二段 =1+1", consequences="@后果", name_en="=cmd|'/C calc'!A1")
    for package in (*(each for each in PACKAGES if each is not UPKEEP), long):
        act(ready, "COMP", save_package, package)
    act(ready, "COMP", estimate_income, YEAR, "201", [SPECIAL, OTHER])
    other = make_city(source)
    prepare(other)
    take(other, written(tmp_path, exported(ready), "out.xlsx"))
    assert exported(other) == exported(ready)


def test_an_export_is_made_for_print_and_its_codes_are_text(ready):
    act(ready, "COMP", save_package, UPKEEP)
    with zipfile.ZipFile(io.BytesIO(exported(ready))) as archive:
        sheet, names = (archive.read(part).decode() for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"))
    assert 'topLeftCell="B4"' in sheet
    assert 'orientation="landscape"' in sheet
    assert "<f>" not in sheet
    assert 'r="E4" s="3" t="s"' in sheet  # 2050101 is a code, not a number
    assert "_xlnm.Print_Area" in names
    assert "_xlnm.Print_Titles" in names


def test_refused_rows_come_back_with_their_reasons_and_read_again(ready, tmp_path):
    bad = LIST.replace('GY-02,"1,234.5",12', 'GY-02,"1,234.5",13').replace(",5.258970", ",5.69721750")
    outcome = preview(ready, workbook(tmp_path, bad.partition("合计")[0], INCOME))
    tables = refused_tables(outcome)
    assert [[cells[10] for cells, _ in table.rows] for table in tables] == [["GY-01", "GY-02"]]
    plans = [
        SheetPlan(t.sheet, "未通过", t.above, [*((h, 9) for h in t.headings), ("原因", 9)],
                  [[*cells, ";".join(p.reason for p in verdict.problems)] for cells, verdict in t.rows])
        for t in tables
    ]  # fmt: skip
    back = written(tmp_path, written_sheets(plans, "未通过"), "errors.xlsx")
    assert problems(preview(ready, back)) == [
        (row - 2, reason, column.removeprefix("测算依据")) for row, reason, column in problems(outcome)
    ]


# Hostile input


def test_a_formula_is_refused_except_where_it_is_only_compared(reader, tmp_path):
    good = workbook(tmp_path, LIST, formulas=[("O5", "=1+1", 360.68118), ("O9", "=SUM(O5:O8)", 407.902687)])
    assert problems(preview(reader, good)) == []
    bad = workbook(tmp_path, LIST, formulas=[("M5", "=6+6", 12), ("A6", '="2024-201-GY"', "2024-201-GY")])
    assert problems(preview(reader, bad)) == [(5, "formula", "月数"), (6, "formula", "决策包编码")]


def test_an_error_value_is_not_taken_for_a_blank(reader, tmp_path):
    path = workbook(tmp_path, LIST, formulas=[("M5", "=1/0", "#DIV/0!")])
    assert (5, "formula", "月数") in problems(preview(reader, path))


@pytest.mark.parametrize(
    ("part", "content", "reason"),
    [
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0", "macros"),
        ("xl/macrosheets/sheet1.xml", b"<x/>", "macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "external_links"),
        ("xl/connections.xml", b"<x/>", "external_links"),
        ("xl/embeddings/oleObject1.bin", b"x", "external_links"),
        ("xl/bomb.bin", bytes(30_000_000), "unsafe_archive"),
        ("xl/entities.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "unsafe_archive"),
    ],
)
def test_a_workbook_with_an_unsafe_part_is_refused(tmp_path, part, content, reason):
    path = workbook(tmp_path, LIST)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
    assert refused(path) == reason


def test_a_cell_far_out_is_refused_before_room_is_made_for_it(tmp_path):
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(1_048_575, 16_383, "x")
    assert refused(path) == "too_many_rows"


def test_a_hidden_sheet_is_not_read_and_named(reader, tmp_path):
    path = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, text in (("收入", INCOME), ("藏", BASIC)):
            sheet = book.add_worksheet(name)
            for n, row in enumerate(csv.reader(io.StringIO(text))):
                sheet.write_row(n, 0, row)
        sheet.hide()
    found = preview(reader, path)
    assert ({each.table for each in found.verdicts}, found.reading.unread) == ({"income"}, ["藏"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "binary"),
        (b"\xff\xfe\x80", "undecodable"),
        (b"PK\x03\x04broken", "damaged_archive"),
        ("甲,乙\n1,2\n".encode(), "header_missing"),
        (LIST.replace("单位：元", "单 位：万元").encode(), "unit_differs"),
        (LIST.replace("单位：元", "金额单位：千元").encode(), "unit_differs"),
        (LIST.replace("单位：元", "（单位：美元）").encode(), "unit_differs"),
        (INCOME.replace("（元）", "（美元）").encode(), "header_missing"),
        (LIST.replace("支出标准,数量,月数", "支出标准,数量,数量").encode(), "header_ambiguous"),
    ],
)
def test_what_is_no_budget_is_refused_whole(tmp_path, data, reason):
    assert refused(written(tmp_path, data)) == reason


def test_the_samples_of_hostile_workbooks_are_refused(shared):
    for name in ("xlsx_formula_cached.xlsx", "xlsx_sparse_huge.xlsx", "xlsx_not_zip.xlsx"):
        assert refused(shared(f"hostile/{name}"))


# The mapping


def test_a_mapping_is_of_the_kind_that_is_asked_for(tmp_path):
    wrong = mapped(tmp_path, TEXT.replace("version = 1", "version = 0"))
    assert refused(written(tmp_path, LIST), wrong) == "invalid_mapping"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("version = 1", "version = 0", "version"),
        ('kind = "budget"', 'kind = "payroll"', "kind"),
        ("[tables.basic]", "[tables.other]", "tables.other"),
        ('times = ["月数或次数", "月数", "次数"]', "", "times"),
        ('price = ["单价"]', 'price = ["金额"]', "tables.packages"),
        ('year = ["年", "按年", "每年"]', 'year = ["月"]', "year"),
        ("unit = 1 ", "unit = 7 ", "unit"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_by_its_key(old, new, named):
    assert TEXT.count(old) >= 1
    with pytest.raises(InvalidMapping, match=named):
        parse_workbook_mapping(TEXT.replace(old, new, 1).encode())


def test_a_result_names_the_version_of_the_mapping(reader, tmp_path):
    told = preview(reader, written(tmp_path, LIST)).as_json()
    assert told["mapping"]["name"] == "budget"
    assert told["mapping"]["version"] == 1
    assert len(told["mapping"]["sha256"]) == 64
    assert told["sums"] == {"packages": "4079026.87", "income": "0.00"}
