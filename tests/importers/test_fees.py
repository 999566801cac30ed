"""A list of fees is previewed row by row with every reason, and recorded whole or not at all."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from importers.fee_reading import HEADINGS
from importers.fee_reasons import FEE
from importers.fees import import_fees, preview_fees, read_fees
from ledger.db import transaction
from ledger.errors import InvalidFile
from tests.conftest import make_city

HERE = Path(__file__).parent
LIST = (HERE / "samples" / "fee_list.csv").read_text(encoding="utf-8")
SHARED = HERE.parents[2] / "shared"
REAL = (SHARED / "samples" / "fees" / "national_fee_list_2025_excerpt.csv", SHARED / "codes" / "fee_items_sample.csv")


@pytest.fixture(scope="module")
def reader(source):
    """A treasury in which nothing is ever recorded."""
    return make_city(source)


def written(folder, text, name="list.csv", encoding="utf-8"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return folder / name


def workbook(folder, text, name="list.xlsx", sheets=("封面", "目录")):
    path = folder / name
    with xlsxwriter.Workbook(path) as book:
        for sheet in sheets[:-1]:
            book.add_worksheet(sheet).write(0, 0, "说明")
        table = book.add_worksheet(sheets[-1])
        for n, row in enumerate(csv.reader(io.StringIO(text))):
            for at, cell in enumerate(row):
                table.write(n, at, int(cell) if cell.isdigit() and at == 5 else cell)
    return path


def preview(city, path):
    with transaction(city.source, city.session("REVW")) as tx:
        return preview_fees(tx, read_fees(path))


def take(city, path):
    with transaction(city.source, city.session("REVW")) as tx:
        return import_fees(tx, preview_fees(tx, read_fees(path)))


def refused(path):
    with pytest.raises(InvalidFile) as refusal:
        read_fees(path)
    return refusal.value.facts["reason"]


def reasons(found):
    return [{(each.reason, each.column) for each in row.problems} for row in found.verdicts]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_list_is_read_in_each_encoding(reader, tmp_path, encoding):
    found = preview(reader, written(tmp_path, LIST, encoding=encoding))
    assert found.counts == {"new": 2, "changed": 1, "same": 0, "refused": 0}


def test_a_workbook_says_the_same_as_its_csv(reader, tmp_path):
    one, other = preview(reader, written(tmp_path, LIST)), preview(reader, workbook(tmp_path, LIST))
    assert [each.version for each in one.verdicts] == [each.version for each in other.verdicts]
    assert [each.row for each in other.verdicts] == [3, 4, 5]


def test_a_row_becomes_a_version(reader, tmp_path):
    first, second, third = (each.version for each in preview(reader, written(tmp_path, LIST)).verdicts)
    assert (first.item, first.min_fen, first.max_fen, first.also_called) == (
        "101.01",
        20_000,
        20_000,
        ("护照", "出国护照"),
    )
    assert (first.document_no, second.document_no) == ("计价格〔2000〕293号", "发改价格〔2013〕1494号")
    assert [each.document_no for each in second.basis] == ["计价格〔2000〕293号", "发改价格〔2013〕1494号"]
    assert (third.basis[0].document_no, third.basis[0].article) == ("《中华人民共和国教育法》", "第三十条")
    assert (third.fund_mode, third.collectors, third.status) == ("special_account", ("201", "202"), "suspended")
    assert (third.min_fen, third.valid_from.isoformat()) == (120_000, "2003-09-01")


def test_a_preview_says_what_a_version_changes(reader, tmp_path):
    assert preview(reader, written(tmp_path, LIST)).verdicts[1].changed == (
        "valid_from", "document_no", "basis", "min_fen", "max_fen",
    )  # fmt: skip


def test_a_list_is_recorded_once(city, tmp_path):
    assert [(each.item, each.version) for each in take(city, written(tmp_path, LIST))] == [
        ("101.01", 1), ("101.01", 2), ("101.02", 1),
    ]  # fmt: skip
    assert preview(city, workbook(tmp_path, LIST)).counts == {"new": 0, "changed": 0, "same": 3, "refused": 0}
    assert take(city, workbook(tmp_path, LIST)) == []


def test_a_later_list_adds_a_version(city, tmp_path):
    take(city, written(tmp_path, LIST))
    later = LIST.replace("2003年9月1日,停征", "2024年9月1日,在收")
    found = preview(city, written(tmp_path, later))
    assert [each.verdict for each in found.verdicts] == ["same", "same", "changed"]
    assert [(each.item, each.version) for each in take(city, written(tmp_path, later))] == [("101.02", 2)]


def test_a_recorded_version_is_never_rewritten(city, tmp_path):
    take(city, written(tmp_path, LIST))
    assert reasons(preview(city, written(tmp_path, LIST.replace(",200,", ",210,")))) == [
        {("version_differs", "生效日期")}, set(), set(),
    ]  # fmt: skip
    assert reasons(preview(city, written(tmp_path, LIST.replace("2003年", "2002年"))))[2] == {("backwards", "生效日期")}


def test_one_refused_row_stops_the_whole_list(city, tmp_path):
    bad = written(tmp_path, LIST.replace(",201,计价格〔2000〕293号,,", ",999,计价格〔2000〕293号,,"))
    with pytest.raises(InvalidFile) as refusal:
        take(city, bad)
    assert refusal.value.facts["reason"] == "rows_refused"
    assert refusal.value.facts["preview"]["refused"] == 1
    assert preview(city, written(tmp_path, LIST)).counts["new"] == 2


@pytest.mark.parametrize(
    ("old", "new", "reason", "column"),
    [
        ("公安,101.01,因", "公安,护照,因", "item_plain", "项目编码"),
        ("公安,101.01,因", "公安,,因", "missing", "项目编码"),
        ("护照；出国护照,travel,200", "护照；出国护照,hunting,200", "life_event_unknown", "办事主题"),
        (",200,", ",-200,", "negative", "收费标准"),
        (",200,", ",二百,", "amount_format", "收费标准"),
        (",200,", ",200.005,", "amount_decimals", "收费标准"),
        (",200,", ",,", "standard_unclear", "收费标准"),
        (",200,元/本", ",200,", "missing", "计费单位"),
        (
            "缴入地方国库,201,计价格〔2000〕293号,,",
            "缴入财政专户/国库,201,计价格〔2000〕293号,,",
            "fund_mode_unclear",
            "资金管理方式",
        ),
        ("201,计价格〔2000〕293号,,", "201；999,计价格〔2000〕293号,,", "agency_unknown", "执收单位"),
        ("201,计价格〔2000〕293号,,", ",计价格〔2000〕293号,,", "missing", "执收单位"),
        ("201,计价格〔2000〕293号,,", "201,,,", "missing", "政策依据"),
        ("201,计价格〔2000〕293号,,", "201,（同上）,,", "basis_unnamed", "政策依据"),
        ("2000-04-01", "2000-02-30", "date_impossible", "生效日期"),
        ("2000-04-01", "", "missing", "生效日期"),
        ("2000-04-01,在收", "2000-04-01,照旧", "status_unknown", "状态"),
        ("公安,101.01,因私普通护照", "公安,101.01,因私\u200b普通护照", "hidden_character", "项目名称"),
    ],
)
def test_a_row_is_refused_with_its_reason(reader, tmp_path, old, new, reason, column):
    assert LIST.count(old) >= 1
    found = preview(reader, written(tmp_path, LIST.replace(old, new, 1)))
    assert (reason, column) in reasons(found)[0]
    told = next(each for each in found.as_json()["rows"][0]["problems"] if each["reason"] == reason)
    assert all((told["mend_zh"], told["mend_en"]))


def test_a_row_says_all_that_is_wrong_with_it(reader, tmp_path):
    text = "项目名称,政策依据,收费标准\n停车费,计价格〔1999〕1号,-1\n"
    (found,) = reasons(preview(reader, written(tmp_path, text)))
    assert {column for _, column in found} == {
        "项目编码", "办事主题", "主管部门", "计费单位", "收费对象", "资金管理方式", "执收单位", "生效日期", "收费标准",
    } - {"主管部门", "收费对象"} | {HEADINGS["department"][0], HEADINGS["payer"][0]}  # fmt: skip


@pytest.mark.parametrize(
    ("standard", "kind", "bounds"),
    [
        ("10,20,", "range", (1_000, 2_000)),
        ("10,10,", "fixed", (1_000, 1_000)),
        (",50,按成交额的 0.04%", "formula", (None, 5_000)),
    ],
)
def test_a_standard_may_be_bounds_or_a_rule(reader, tmp_path, standard, kind, bounds):
    text = LIST.replace("收费标准（元）", "标准下限,标准上限,标准说明").replace(",200,", f",{standard},")
    version = preview(reader, written(tmp_path, text)).verdicts[0].version
    assert (version.standard_kind, (version.min_fen, version.max_fen)) == (kind, bounds)


def test_a_file_without_the_headings_is_refused(tmp_path):
    assert refused(written(tmp_path, "甲,乙\n1,2\n")) == "header_missing"
    assert refused(workbook(tmp_path, "甲,乙\n1,2\n")) == "header_missing"


def test_two_columns_for_one_field_are_refused(tmp_path):
    assert refused(written(tmp_path, LIST.replace("项目名称,", "项目名称,收费项目,"))) == "header_ambiguous"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "binary"),
        (b"\xff\xfe\x80", "undecodable"),
        (b"PK\x03\x04broken", "damaged_archive"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, data, reason):
    assert refused(written(tmp_path, data)) == reason


def test_a_folder_is_no_list(tmp_path):
    assert refused(tmp_path) == "not_a_file"


def test_a_damaged_workbook_is_refused(tmp_path):
    path = workbook(tmp_path, LIST)
    data = bytearray(path.read_bytes())
    data[60:90] = bytes(30)
    assert refused(written(tmp_path, bytes(data), "bad.xlsx")) in {"damaged_archive", "unsafe_archive"}


def test_a_workbook_that_swells_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(30_000_000))
    assert refused(path) in {"unsafe_archive", "too_large"}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_list_is_read_whole_and_each_row_has_its_verdict(reader, path):
    if not path.is_file():
        pytest.skip("shared samples absent")
    with path.open(encoding="utf-8", newline="") as file:
        names = [next(row[k] for k in ("项目名称", "item_name_zh") if k in row) for row in csv.DictReader(file)]
    found = preview(reader, path)
    assert [each.name_zh for each in found.verdicts] == [" ".join(name.split()) for name in names]
    assert found.counts["refused"] == len(names)  # neither says who collects, from when


@pytest.mark.parametrize("reason", FEE.values())
def test_a_reason_says_what_to_do_in_both_languages(reason):
    assert all((reason.zh, reason.en, reason.mend_zh, reason.mend_en))
