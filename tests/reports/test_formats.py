"""A file is whole or is known not to be; and no text in it is run by a spreadsheet."""

import csv
import dataclasses
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import errors
from ledger.money import format_yuan, parse_yuan
from reports.formats import FORMATS, guarded, plain, written
from reports.manifest import check_manifest
from reports.table import Row
from reports.workbook import read_sheets

REPORTED = [
    ("trial-balance", "B2024", {"rolled": True}),
    ("account-statement", "B2024", {"account": "1001"}),
    ("balance-sheet", "A201-2024", {}),
    ("revenue-expenditure", "B2024", {}),
    ("budget-execution", "I2024", {"by": "gov_econ"}),
    ("indicator-chain", "I2024", {"rolled": True}),
    ("vouchers", "B2024", {"account": ("1001",)}),
]
FORMULAS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    "\u200b=1",
    "\ufeff=1",
    "|calc",
    "−1",
    "%0A=1",
    "'=1",
]


@pytest.fixture
def table(books):
    return books.report("account-statement", "B2024", account="1001")


def named(table, text):
    """The same report with a text in its narrations."""
    at = [column.name for column in table.columns].index("narration")
    rows = [dataclasses.replace(row, cells=(*row.cells[:at], text, *row.cells[at + 1 :])) for row in table.rows]
    return dataclasses.replace(table, rows=rows)


def lines_of(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("report", REPORTED, ids=lambda report: report[0])
def test_every_report_in_every_format_ends_with_its_manifest(books, form, report):
    name, set_code, asked = report
    table = books.report(name, set_code, **asked)
    data = written(table, form)
    checked = check_manifest(data, form)
    assert checked.whole, checked.reason
    assert checked.manifest.rows == len(table.rows)
    assert checked.manifest.sums == {name: format_yuan(fen) for name, fen in table.sums().items()}
    assert written(books.report(name, set_code, **asked), form) == data


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_without_rows_is_whole(books, form):
    table = books.report("budget-execution", "I2024", fund="2")
    assert table.rows == []
    assert check_manifest(written(table, form), form).whole


@pytest.mark.parametrize("bom", [True, False])
def test_a_csv_cut_anywhere_is_known(table, bom):
    data = written(table, "csv", bom=bom)
    assert not any(check_manifest(data[:n], "csv").whole for n in range(len(data)))


def test_a_json_cut_anywhere_is_known(table):
    data = written(table, "json")
    assert not any(check_manifest(data[:n], "json").whole for n in range(len(data)))


def test_an_xlsx_cut_anywhere_is_known(table):
    data = written(table, "xlsx")
    assert not any(check_manifest(data[:n], "xlsx").whole for n in [*range(0, len(data), 41), len(data) - 1])


@pytest.mark.parametrize("form", ["csv", "json"])
@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_byte_is_known(form, where, flip):
    data = bytearray(written(_TABLE[0], form))
    at = int(where * len(data))
    data[at] ^= flip
    assert not check_manifest(bytes(data), form).whole


@settings(max_examples=100, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_byte_of_a_workbook_is_known_or_changes_no_cell(where, flip):
    whole = written(_TABLE[0], "xlsx")
    data = bytearray(whole)
    data[int(where * len(data))] ^= flip
    assert not check_manifest(bytes(data), "xlsx").whole or read_sheets(bytes(data)) == read_sheets(whole)


_TABLE = []


@pytest.fixture(autouse=True)
def _one_table(table):
    _TABLE[:] = [table]


@pytest.mark.parametrize("more", [b"\r\n", b" ", b"\x00", b"2024-03-05,1,x\r\n", b"{}"])
@pytest.mark.parametrize("form", FORMATS)
def test_an_extended_file_is_known(table, form, more):
    data = written(table, form)
    assert not check_manifest(data + more, form).whole
    if form != "xlsx":
        assert not check_manifest(more + data, form).whole


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_row_left_out_moved_or_doubled_is_known(table, form):
    lines = written(table, form).splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b"treasury_payment-" in line)
    assert not check_manifest(b"".join(lines[:at] + lines[at + 1 :]), form).whole
    assert not check_manifest(b"".join([*lines[:at], lines[at], *lines[at:]]), form).whole
    moved = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
    assert not check_manifest(b"".join(moved), form).whole


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet2.xml"])
def test_a_workbook_written_again_with_another_figure_or_text_is_known(table, part):
    changes = {"sheet1": (b"<v>500.01</v>", b"<v>500.02</v>"), "Strings": (b"treasury_receipt", b"treasury_deceipt"),
               "sheet2": (b"</row>", b"")}  # fmt: skip
    old, new = next(change for name, change in changes.items() if name in part)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written(table, "xlsx"))) as archive, zipfile.ZipFile(held, "w") as again:
        for each in archive.infolist():
            data = archive.read(each)
            if each.filename == part:
                assert old in data
                data = data.replace(old, new, 1)
            again.writestr(each, data)
    assert not check_manifest(held.getvalue(), "xlsx").whole


@pytest.mark.parametrize("bom", [True, False])
@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_run_is_only_a_text_in_csv(table, text, bom):
    at = [column.name for column in table.columns].index("narration")
    data = written(named(table, text), "csv", bom=bom)
    cells = [line[at] for line in lines_of(data)[1:-1]]
    assert all(cell.startswith("'") for cell in cells)
    assert {plain(cell) for cell in cells} == {text}
    assert check_manifest(data, "csv").whole


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_run_is_a_text_cell_in_xlsx(table, text):
    data = written(named(table, text), "xlsx")
    assert check_manifest(data, "xlsx").whole
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet, _ = read_sheets(data)
    assert sum(text in line for line in sheet) == len(table.rows)


def test_what_was_posted_as_a_formula_is_guarded_on_its_way_out(table):
    assert any("=1+1" in row.cells for row in table.rows)
    assert any("'=1+1" in line for line in lines_of(written(table, "csv")))


@pytest.mark.parametrize(("code", "shown"), [("2050201", "2050201"), ("0012", "'0012"), ("2024-03/1", "'2024-03/1"),
                                             ("1E5", "'1E5"), ("国库", "国库"), ("12345678901234", "'12345678901234")])  # fmt: skip
def test_excel_changes_no_code(code, shown):
    assert guarded(code, excel=True) == shown
    assert guarded(code, excel=False) == code


@given(st.text())
def test_an_apostrophe_can_always_be_taken_off_again(text):
    for excel in (True, False):
        assert plain(guarded(text, excel=excel)) == text


@pytest.mark.parametrize("fen", [0, 1, -1, -5, 99_999_999_999_999_999, -99_999_999_999_999_999])
@pytest.mark.parametrize("form", FORMATS)
def test_an_amount_is_exact_to_the_fen_whatever_its_size(table, form, fen):
    at = [column.name for column in table.columns].index("balance")
    row = table.rows[1]
    one = Row((*row.cells[:at], fen, *row.cells[at + 1 :]), row.slice)
    data = written(dataclasses.replace(table, rows=[one]), form)
    checked = check_manifest(data, form)
    assert checked.whole
    assert parse_yuan(checked.manifest.sums["balance"]) == fen


def test_json_tells_amounts_as_text_and_which_vouchers_each_figure_is_of(table):
    told = json.loads(written(table, "json"))
    assert told["rows"][1]["balance"] == "500.01"
    assert told["rows"][1]["vouchers"]["until"]
    assert told["rows"][0]["rolled"] is True
    assert told["set"] == "B2024"


@pytest.mark.parametrize("content", [b"", b"\x00", b"{}", b"[]", b"PK", b"#manifest rows=0 sha256=", b"[" * 100_000])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_report_is_not_whole(form, content):
    assert not check_manifest(content, form).whole


def test_another_format_is_refused(table):
    for refused in (lambda: written(table, "pdf"), lambda: check_manifest(b"", "pdf")):
        with pytest.raises(errors.InvalidFile):
            refused()
