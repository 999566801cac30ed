"""Files are read in a child process: each row is taken or listed, or the file is refused whole."""

import gzip
import io
import re
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from importers.archives import MOST_MEMBERS
from importers.payments import read_payments
from importers.reasons import FILE, ROW
from ledger.errors import InvalidFile

SAMPLE = Path(__file__).parent / "samples" / "city_payments.csv"
HEADER = b"Payment Date,Amount,Supplier,Unit,Purpose,Txn\r\n"
ROW_1 = b"05/03/2011,1234.50,A Andrews,East,tiles,1103-00001\r\n"
ROW_2 = b"06/03/2011,-7.05,A Appleyard,West,credit note,1103-00002\r\n"


def reasons(reading):
    return Counter(row.reason for row in reading.refused)


def zipped(*parts, **how):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **how) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.fixture(scope="module")
def sheet(bureau, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bureau")
    (folder / "m.toml").write_text(bureau, encoding="utf-8")
    return read_payments(SAMPLE, folder / "m.toml")


def test_a_chinese_worksheet_is_read_row_by_row(sheet):
    assert [(row.row, row.on, row.amount, row.payee) for row in sheet.rows] == [
        (4, date(2026, 3, 5), 1234567800, "宏远印务有限公司"),
        (5, date(2026, 3, 6), 12300000, "安泰物业公司"),
        (6, date(2026, 3, 6), 12300000, "安泰物业公司"),
        (8, date(2026, 3, 7), -250000, "李某某"),
        (9, date(2026, 3, 8), 12050000, "长青药业公司"),
        (10, date(2026, 3, 8), -50000, "长青药业公司"),
    ]


def test_every_other_row_is_listed_with_its_reason(sheet):
    assert [(row.row, row.reason, row.amount) for row in sheet.refused] == [
        (1, "preamble", None),
        (2, "preamble", None),
        (7, "total", None),
        (11, "blank", None),
        (12, "repeated_header", None),
        (13, "date_impossible", 1500000),
        (14, "missing", 2500000),
        (15, "amount_decimals", None),
        (16, "zero", 0),
        (17, "amount_format", None),
        (18, "too_many_cells", 1100000),
        (19, "too_few_cells", None),
        (20, "total", None),
        (21, "total", None),
    ]
    assert sheet.count == 20


def test_a_refused_row_tells_its_column_its_value_and_what_it_held(sheet):
    row = next(row for row in sheet.refused if row.row == 13)
    assert (row.column, row.value) == ("付款日期", "2026-02-30")
    assert row.values["收款 单位"] == "长青药业公司"


def test_equal_rows_of_a_file_without_references_stay_two(sheet):
    twins = [row.key for row in sheet.rows if row.row in {5, 6}]
    assert [key.rpartition(":")[2] for key in twins] == ["1", "2"]
    assert len({row.key for row in sheet.rows}) == len(sheet.rows)


def test_the_same_file_gives_the_same_keys_whatever_its_encoding(read, bureau, sheet):
    for encoding in ("utf-8-sig", "gb18030"):
        again = read(SAMPLE.read_text(encoding="utf-8").encode(encoding), bureau)
        assert [row.key for row in again.rows] == [row.key for row in sheet.rows]


@pytest.mark.parametrize(
    "data",
    [
        HEADER + ROW_1 + ROW_2,
        (HEADER + ROW_1 + ROW_2).replace(b"\r\n", b"\r"),
        (HEADER + ROW_1 + ROW_2).replace(b"\r\n", b"\n").rstrip(),
        b"\xef\xbb\xbf" + HEADER + ROW_1 + ROW_2,
        HEADER.replace(b"Payment Date", b" PAYMENT  date ") + ROW_1 + ROW_2,
        HEADER.replace(b"\r\n", b",,,\r\n") + ROW_1 + ROW_2.replace(b"\r\n", b",,, \r\n"),
        gzip.compress(HEADER + ROW_1 + ROW_2),
        zipped(("a.csv", HEADER + ROW_1), ("deep/b.CSV", HEADER + ROW_2)),
        zipped(("a.csv", HEADER + ROW_1 + ROW_2), compression=zipfile.ZIP_DEFLATED),
    ],
)
def test_drift_in_line_ends_marks_headings_and_packing_is_read(read, council, data):
    reading = read(data, council, "whatever.name")
    assert [(row.amount, row.reference) for row in reading.rows] == [
        (123450, "1103-00001"),
        (-705, "1103-00002"),
    ]
    assert reading.refused == []


def test_columns_may_stand_in_any_order_among_others(read, council):
    data = b"Txn,VAT,Unit,Purpose,Supplier,Amount,Payment Date\n1,0.2,East,,A,5.50,05-Mar-11\n"
    reading = read(data, council)
    assert [(r.on, r.amount, r.payee) for r in reading.rows] == [(date(2011, 3, 5), 550, "A")]
    assert reading.texts[0]["unused"] == ["VAT"]


def test_a_cell_of_two_lines_becomes_one(read, council):
    row = b'05/03/2011,5.50,"A\r\n  Andrews",East,tiles,1\r\n'
    reading = read(HEADER + row + ROW_2, council)
    assert [(r.payee, r.row, r.line) for r in reading.rows] == [
        ("A Andrews", 2, 2),
        ("A Appleyard", 3, 4),
    ]


def test_a_reference_may_not_come_twice(read, council):
    reading = read(HEADER + ROW_1 + ROW_1.replace(b"1234.50", b"9.99") + ROW_2, council)
    assert [(r.row, r.reason, r.value, r.amount) for r in reading.refused] == [
        (3, "reference_repeated", "1103-00001 (row 2)", 999)
    ]


def test_the_reference_of_a_refused_row_is_still_free(read, council):
    reading = read(HEADER + ROW_1.replace(b"05/03", b"35/03") + ROW_1, council)
    assert (len(reading.rows), reasons(reading)) == (1, {"date_impossible": 1})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"A Andrews", "A \u202esdrawdnA".encode(), "hidden_character"),
        (b"A Andrews", b"A\x07ndrews", "hidden_character"),
        (b"A Andrews", "A ndrew\ufffd".encode(), "hidden_character"),
        (b"A Andrews", b"A" * 201, "too_long"),
        (b"A Andrews", b"  ", "missing"),
        (b"1103-00001", b"", "missing"),
        (b"1103-00001", b"1" * 151, "too_long"),
        (b"05/03/2011", b"", "missing"),
        (b"1234.50", b"", "missing"),
        (b"1234.50", "\uff11\uff12".encode(), "full_width"),
        (b"1234.50", b"-0.00", "zero"),
        (b"1103-00001", b"1103-00001,x", "too_many_cells"),
        (b",1103-00001", b"", "too_few_cells"),
    ],
)
def test_a_bad_row_is_listed_and_the_next_is_read(read, council, old, new, reason):
    reading = read(HEADER + ROW_1.replace(old, new) + ROW_2, council)
    assert (len(reading.rows), reasons(reading)) == (1, {reason: 1})


def test_an_amount_that_can_be_read_is_counted_with_the_refused(read, council):
    reading = read(HEADER + ROW_1.replace(b"05/03/2011", b"soon"), council)
    assert reading.refused[0].amount == 123450


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", "empty", 0),
        (b" \r\n\r\n", "empty", 0),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary", 0),
        (b"%PDF-1.7 ...", "binary", 0),
        (gzip.compress(zipped(("a.csv", HEADER))), "binary", 0),
        (HEADER + ROW_1 + b"05/03/2011,1.00,A\0B,,,3\r\n", "nul_byte", 3),
        (HEADER + ROW_1 + b"05/03/2011,1.00,Caf\xe9,,,3\r\n", "undecodable", 3),
        ((HEADER + ROW_1).replace(b"\r\n", b"\r") + b"\xe9", "undecodable", 3),
        (HEADER + ROW_1 + b'05/03/2011,1.00,"A,,,3\r\n', "broken_quotes", 3),
        (HEADER + ROW_1 + b'05/03/2011,1.00,"A"x,,,3\r\n', "broken_quotes", 3),
        (HEADER + b"05/03/2011,1.00," + b"A" * 20_000 + b",,,3\r\n", "broken_quotes", 2),
        (b"<html><table><tr><td>Amount", "header_missing", 1),
        (ROW_1 + ROW_2, "header_missing", 1),
        (HEADER.replace(b",Txn", b",Txn,txn") + ROW_1, "header_repeated", 1),
        (HEADER.replace(b",Txn", b",Txn,VAT,Vat") + ROW_1, "header_repeated", 1),
        (b"Amount,Amount\r\n1,2\r\n", "header_repeated", 1),
        (gzip.compress(HEADER + ROW_1)[:-9], "damaged_archive", 0),
        (gzip.compress(HEADER + ROW_1)[:-8] + b"12345678", "damaged_archive", 0),
        (gzip.compress(HEADER + b"," * 50_000_000), "unsafe_archive", 0),
        (zipped(("a.csv", HEADER + ROW_1))[:-30], "damaged_archive", 0),
        (zipped(), "binary", 0),
        (zipped(("../a.csv", HEADER + ROW_1)), "unsafe_archive", 0),
        (zipped(("/a.csv", HEADER + ROW_1)), "unsafe_archive", 0),
        (zipped(("a\\b.csv", HEADER + ROW_1)), "unsafe_archive", 0),
        (zipped(*((f"{n}.csv", HEADER) for n in range(MOST_MEMBERS + 1))), "unsafe_archive", 0),
        (zipped(("[Content_Types].xml", b"<x/>")), "foreign_member", 0),
        (zipped(("a.csv", HEADER), compression=zipfile.ZIP_LZMA), "damaged_archive", 0),
        (zipped(("a.csv", HEADER + b"," * 9_000_000), compression=8), "unsafe_archive", 0),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(refused, council, data, reason, line):
    facts = refused(data, council)
    assert (facts["reason"], facts["line"]) == (reason, line)
    assert facts["zh"] == FILE[reason].zh


def test_members_that_share_bytes_are_refused(refused, council):
    data = bytearray(zipped(("a.csv", HEADER + ROW_1), ("b.csv", HEADER + ROW_2)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = (0).to_bytes(4, "little")
    assert refused(bytes(data), council)["reason"] in {"unsafe_archive", "damaged_archive"}


def test_the_text_inside_an_archive_is_named(refused, council):
    data = zipped(("a.csv", HEADER + ROW_1), ("b.csv", b"Something,Else\n1,2\n"))
    assert refused(data, council)["file"] == "b.csv"


def test_a_blank_row_refuses_the_file_when_the_mapping_says_so(refused, council):
    facts = refused(HEADER + ROW_1 + b",,,,,\r\n", council.replace('blank = "list"', 'blank = "refuse"'))
    assert (facts["reason"], facts["line"]) == ("blank_row", 3)


@pytest.mark.parametrize("stated", ["单位：元", "金额单位: 人民币亿元"])
def test_a_unit_stated_in_the_file_must_be_the_mappings(refused, bureau, stated):
    data = f"{stated}\n付款日期,收款人,预算单位,摘要,金额\n2026-03-05,甲,乙,丙,1\n".encode()
    assert refused(data, bureau)["reason"] == "unit_differs"


@pytest.mark.parametrize("total", ["3.01", "2.99"])
def test_a_total_that_is_off_refuses_the_file(refused, bureau, total):
    rows = "2026-03-05,甲,乙,丙,1\n2026-03-05,甲,乙,丁,2\n"
    data = f"付款日期,收款人,预算单位,摘要,金额\n{rows}合计,,,,{total}\n".encode("gbk")
    if total == "3.01":
        data = data.replace(b"2026-03-05", b" 2026-03-05")
    facts = refused(data.replace("合计,,,,".encode("gbk"), ",合计,,,".encode("gbk")), bureau)
    assert (facts["reason"], facts["line"]) == ("total_differs", 4)


def test_two_headings_for_one_field_are_refused(refused, bureau):
    data = "付款日期,收款人,收款单位,预算单位,摘要,金额\n".encode()
    assert refused(data, bureau)["reason"] == "header_ambiguous"


def test_a_file_that_needs_too_much_memory_is_refused(refused, council):
    assert refused(HEADER + b"ab," * 20_000_000, council)["reason"] == "out_of_bounds"


def test_what_is_no_plain_file_is_refused(tmp_path, council):
    (tmp_path / "m.toml").write_text(council, encoding="utf-8")
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(InvalidFile) as refusal:
            read_payments(path, tmp_path / "m.toml")
        assert refusal.value.facts["reason"] == "not_a_file"


def test_a_wrong_mapping_is_refused_before_the_file_is_opened(tmp_path, council):
    (tmp_path / "m.toml").write_text(council.replace("version = 1", "version = -1"), encoding="utf-8")
    with pytest.raises(InvalidFile, match="version"):
        read_payments(tmp_path / "absent.csv", tmp_path / "m.toml")


@pytest.mark.parametrize("reason", [*ROW.values(), *FILE.values()])
def test_every_reason_speaks_both_languages_and_says_what_to_do(reason):
    for text in (reason.en, reason.mend_en):
        assert re.fullmatch(r"[ -~]+\.", text)
    for text in (reason.zh, reason.mend_zh):
        assert re.search("[\u4e00-\u9fff]", text)
        assert text.endswith("。")
