"""A budget workbook as people fill it in: a verdict for every row, then all of it or nothing."""

import csv
import io

import pytest

from importers.budget_reasons import BUDGET
from ledger.compilation.dossiers import dossier
from ledger.compilation.packages import save_package
from ledger.compilation.registers import basic_data, incomes
from ledger.compilation.rounds import estimate_income
from ledger.db import snapshot
from ledger.errors import InvalidFile
from tests.conftest import make_city
from tests.importers.budget_files import (
    BASIC,
    INCOME,
    LIST,
    OTHER,
    SPECIAL,
    TEXT,
    mapped,
    preview,
    problems,
    take,
    versions,
    workbook,
    written,
)
from tests.ledger.budget_city import PACKAGES, YEAR, act, prepare


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


# What people send


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_csv_is_read_in_each_encoding(reader, tmp_path, encoding):
    found = preview(reader, written(tmp_path, LIST, encoding=encoding))
    assert problems(found) == []
    assert found.counts == {"new": 4, "changed": 0, "unchanged": 0, "error": 0, "total": 1}
    assert found.packages_fen == 407_902_687


def test_two_rows_of_merged_headings_full_width_digits_and_ten_thousands_are_read(reader, tmp_path):
    merged = ["A1:O1", *(f"{c}3:{c}4" for c in "ABCDEFGHIJO"), "K3:N3", *(f"{c}6:{c}7" for c in "ABCDEFGHIJ")]
    found = preview(reader, workbook(tmp_path, LIST, merged=merged))
    assert problems(found) == []
    assert (found.counts["new"], found.packages_fen) == (4, 407_902_687)
    assert [each.row for each in found.verdicts] == [5, 6, 7, 8, 9]


def test_headings_may_stand_in_another_order_with_columns_nobody_asked_for(reader, tmp_path):
    rows = [row[::-1] for row in csv.reader(io.StringIO(LIST.replace(",测算依据,,,,", ",,,,,")))]
    held = io.StringIO()
    csv.writer(held).writerows([["备注" if n == 2 else "", *row] for n, row in enumerate(rows)])
    found = preview(reader, written(tmp_path, held.getvalue().replace("合计", "")))
    assert [each.verdict for each in found.verdicts[:4]] == ["new"] * 4
    assert found.reading.tables[0].unused == ["备注"]


def test_a_preview_records_nothing(reader, tmp_path):
    assert preview(reader, written(tmp_path, LIST)).saved["packages"] == 3
    assert versions(reader) == {}


def test_the_same_file_twice_adds_nothing(ready, tmp_path):
    path = written(tmp_path, LIST)
    assert take(ready, path).saved == {"basic": 0, "income": 0, "packages": 3}
    assert take(ready, path).saved == {"basic": 0, "income": 0, "packages": 0}
    assert preview(ready, path).counts == {"new": 0, "changed": 0, "unchanged": 4, "error": 0, "total": 1}
    assert set(versions(ready).values()) == {1}


def test_only_what_changed_becomes_a_version(ready, tmp_path):
    take(ready, written(tmp_path, LIST))
    later = LIST.replace('GY-02,"1,234.5",12,,5.258970', 'GY-02,"1,234.5",6,,2.629485').replace(
        "407.902687", "405.273202"
    )
    found = take(ready, written(tmp_path, later))
    assert [(each.verdict, each.changed) for each in found.verdicts[:4]] == [
        ("unchanged", ()), ("unchanged", ()), ("changed", ("times",)), ("unchanged", ()),
    ]  # fmt: skip
    assert versions(ready) == {"2024-201-RY": 1, "2024-201-GY": 2, "2024-201-JC-1": 1}


def test_a_file_that_lacks_a_line_removes_it_and_one_that_lacks_a_package_leaves_it(ready, tmp_path):
    take(ready, written(tmp_path, LIST))
    lines = LIST.splitlines(keepends=True)
    found = take(ready, written(tmp_path, "".join(lines[:6])))
    assert found.verdicts[1].changed == ("lines",)
    assert found.absent == ["2024-201-JC-1"]
    with snapshot(ready.source) as connection:
        assert len(dossier(connection, ready.treasury_id, "2024-201-GY").lines) == 1


def test_a_row_may_say_a_package_and_the_rows_below_its_lines(reader, tmp_path):
    package, line = (
        "2024-201-GY,公用经费,GY,2050101,1,,公用经费,三定方案,日常运转,无法运转",
        "GY-01,37,12个月,,11.100037",
    )
    apart = LIST.replace(f"{package},{line}", f"{package},,,,,16.359007\n,,,,,,,,,,{line}")
    found = preview(reader, written(tmp_path, apart))
    assert problems(found) == []
    assert found.counts["new"] == 5
    wrong = preview(reader, written(tmp_path, apart.replace("16.359007", "16.359008")))
    assert problems(wrong) == [(6, "amount_differs", "金额（万元）")]


def test_an_agency_whose_name_ends_like_a_unit_of_money_is_no_unit(reader, tmp_path):
    assert problems(preview(reader, written(tmp_path, LIST.replace("201 教育局", "201 三元学校")))) == []


def test_a_csv_of_packages_leaves_their_objectives(ready, tmp_path):
    act(ready, "COMP", save_package, PACKAGES[2])
    changed = take(ready, written(tmp_path, LIST.replace("检测全部学校饮水", "检测饮水")))
    assert changed.verdicts[3].changed == ("activity", "origin")
    with snapshot(ready.source) as connection:
        assert len(dossier(connection, ready.treasury_id, "2024-201-JC-1").targets) == 6


def test_objectives_are_a_table_of_their_own(ready, tmp_path):
    targets = "决策包编码,绩效指标类型,目标值\n2024-201-JC-1,数量指标,检测 1250 处\n2024-201-JC-1,成本,不超过标准\n"
    path = workbook(tmp_path, LIST, targets)
    assert take(ready, path).counts["new"] == 6
    assert preview(ready, path).counts["unchanged"] == 6
    later = workbook(tmp_path, LIST, targets.replace("1250", "1251"), name="later.xlsx")
    assert [each.verdict for each in take(ready, later).verdicts[-2:]] == ["changed", "unchanged"]
    lost = preview(ready, workbook(tmp_path, LIST, targets.replace("JC-1", "JC-9"), name="lost.xlsx"))
    assert {reason for _, reason, _ in problems(lost)} == {"target_without_package"}


# Amounts are compared and never taken


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [("360.68118", "360.68119", 5), ("5.258970", "5.25", 7), ("407.902687", "407.902688", 9)],
)
def test_an_amount_that_differs_is_an_error_of_its_row(reader, tmp_path, old, new, row):
    found = preview(reader, written(tmp_path, LIST.replace(old, new)))
    assert row in {at for at, _, _ in problems(found)}
    assert found.packages_fen == 407_902_687


def test_a_difference_is_told_with_the_computed_amount(reader, tmp_path):
    found = preview(reader, written(tmp_path, LIST.replace("30.8625", "30.86")))
    told = found.verdicts[3].problems[0].as_json()
    assert (told["reason"], told["column"], told["value"]) == (
        "amount_differs", "金额（万元）", "30.86 ≠ 308625.00",
    )  # fmt: skip
    assert told["mend_zh"]
    assert told["mend_en"]


def test_amounts_rounded_to_hundredths_of_ten_thousand_agree_where_the_mapping_says_so(reader, tmp_path):
    rounded = LIST
    for exact, written_as in {"360.68118": "360.68", "11.100037": "11.10", "5.258970": "5.26", "30.8625": "30.86",
                              "407.902687": "407.90"}.items():  # fmt: skip
        rounded = rounded.replace(exact, written_as)
    path = written(tmp_path, rounded)
    assert [row for row, _, _ in problems(preview(reader, path))] == [5, 6, 7, 8]  # the total waits for its rows
    lenient = mapped(tmp_path, TEXT.replace("# rounded = 2", "rounded = 2"))
    assert problems(preview(reader, path, lenient)) == []
    assert preview(reader, written(tmp_path, rounded.replace("360.68", "360.67")), lenient).counts["error"] == 1


def test_a_minus_behind_the_amount_is_read_and_refused(reader, tmp_path):
    found = preview(reader, written(tmp_path, INCOME.replace('"1,234.56"', '"1,234.56-"')))
    assert problems(found) == [(2, "negative", "金额（元）")]


def test_the_price_and_the_approved_quantity_are_compared_too(reader, tmp_path):
    header = "决策包编码,支出类别,活动编码,功能科目,资金性质,名称,履职依据,活动内容,不予安排的后果,支出标准,经济科目,单价,数量,月数,决策包金额"
    row = "2024-201-RY,人员经费,RY,2050101,1,人员,批复,发放,无法发放,RY-01,30101,8123.45,37,12,3606811.80"
    above = "预算单位,201,预算年度,2024\n"
    assert problems(preview(reader, written(tmp_path, f"{above}{header}\n{row}\n"))) == []
    wrong = (
        row.replace("30101", "30102").replace("8123.45", "8123").replace(",37,", ",38,").replace("6811.80", "6811.81")
    )
    assert problems(preview(reader, written(tmp_path, f"{above}{header}\n{wrong}\n"))) == [
        (3, "quantity_differs", "数量"),
        (3, "standard_differs", "经济科目"),
        (3, "price_differs", "单价"),
        (3, "amount_differs", "决策包金额"),
    ]


# All or nothing


def test_one_bad_row_stops_the_whole_workbook(ready, tmp_path):
    path = workbook(tmp_path, LIST.replace("XM-01", "XM-99"), BASIC, INCOME)
    with pytest.raises(InvalidFile) as refusal:
        take(ready, path)
    assert refusal.value.facts["reason"] == "rows_refused"
    told = refusal.value.facts["preview"]
    assert [(row["row"], row["problems"][0]["reason"]) for row in told["rows"] if row["problems"]] == [
        (8, "no-standard")
    ]
    assert versions(ready) == {}
    with snapshot(ready.source) as connection:
        assert incomes(connection, ready.treasury_id, YEAR, "201") == []


@pytest.mark.parametrize(
    ("old", "new", "row", "reason", "column"),
    [
        ("人员经费,RY,", "人头经费,RY,", 5, "word_unknown", "支出类别"),
        ("2024-201-RY,", "2024/201/RY,", 5, "code_unclear", "决策包编码"),
        (",RY-01 基本工资,", ",,", 5, "missing", "支出标准"),
        (",１２,", ",十二,", 5, "number_unclear", "月数"),
        (",37,12个月", ",37人,12个月", 6, "quantity_unclear", "数量"),
        (",37,12个月", ",38,12个月", 6, "quantity_differs", "数量"),
        (",按编制发放工资,", ",,", 5, "missing", "活动内容"),
        (",无法运转,", ",无法\u200b运转,", 6, "hidden_character", "不予安排的后果"),
        (",日常运转,", f",{'运' * 2001},", 6, "too_long", "活动内容"),
        (",360.68118", ",三百万", 5, "amount_format", "金额（万元）"),
        (",360.68118", ",360.6811801", 5, "amount_decimals", "金额（万元）"),
        ("\n,,,,,,,,,,GY-02", "\n2024-201-RY,,,,,,,,,,GY-02", 7, "repeated", "决策包编码"),
        ("\n,,,,,,,,,,GY-02", "\n,,,,,,,别的依据,,,GY-02", 7, "package_differs", "履职依据"),
        ('\n,,,,,,,,,,GY-02,"1,234.5",12', "\n,,,,,,,,,备注,,,", 7, "missing", "支出标准"),
        ("RY-01 基本工资,,１２,", ",,,", 5, "package_without_lines", "决策包编码"),
        (",GY-02,", ",GY-99,", 7, "no-standard", ""),
        (",XM-JC,", ",XM-NO,", 8, "project-not-in-library", ""),
        (",三定方案,", ",,", 6, "mandate-missing", ""),
        (",2050199,", ",2059999999,", 8, "unknown-code", ""),
        ("预算单位：201", "预算单位：999", 5, "unknown-code", ""),
        ("预算单位：201 教育局", "", 5, "missing", "agency"),
        ("预算年度：２０２４", "", 5, "year_unclear", "year"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_told_with_its_column(reader, tmp_path, old, new, row, reason, column):
    assert LIST.count(old) >= 1
    found = preview(reader, written(tmp_path, LIST.replace(old, new, 1)))
    assert (row, reason, column) in problems(found)
    assert versions(reader) == {}


def test_what_makes_a_package_itself_does_not_change(ready, tmp_path):
    take(ready, written(tmp_path, LIST))
    found = preview(
        ready, written(tmp_path, LIST.replace(",公用经费,三定", ",日常经费,三定").replace(",RY,2050101", ",RZ,2050102"))
    )
    assert problems(found) == [
        (5, "package_stays", "活动编码"), (5, "package_stays", "功能科目"), (6, "package_stays", "名称"),
    ]  # fmt: skip


def test_a_quantity_waits_for_its_basic_data_which_can_be_taken_alone(city, tmp_path):
    prepare(city)
    line = LIST.splitlines()[5].replace("GY-01,37,12个月,,11.100037", "GY-02,,12,,").replace("201-GY", "202-GY")
    head = "\n".join(LIST.splitlines()[:4]).replace("201 教育局", "202 第一中学")
    basic = BASIC.replace("公务用车,３,车辆台账,201", "办公用房面积,88,资产系统,202")
    path = workbook(tmp_path, f"{head}\n{line}\n", basic)
    waits = preview(city, path)
    assert [(each.table, p.reason) for each in waits.verdicts for p in each.problems] == [("packages", "not-counted")]
    assert "--only basic" in waits.verdicts[0].problems[0].why.mend_en
    assert take(city, path, only=("basic",)).saved == {"basic": 1, "income": 0, "packages": 0}


def test_who_compiles_for_another_agency_is_refused_row_by_row(ready, tmp_path):
    found = preview(ready, written(tmp_path, BASIC.replace(",201,", ",999,")))
    assert [reason for _, reason, _ in problems(found)] == ["unknown-code"]


# Basic data and income


def test_basic_data_are_recorded_once_and_again_when_they_change(ready, tmp_path):
    assert take(ready, written(tmp_path, BASIC)).saved["basic"] == 1
    assert take(ready, written(tmp_path, BASIC)).saved["basic"] == 0
    later = preview(ready, written(tmp_path, BASIC.replace("３", "3.5")))
    assert [(each.verdict, each.changed) for each in later.verdicts] == [("changed", ("quantity",))]
    with snapshot(ready.source) as connection:
        row = next(r for r in basic_data(connection, ready.treasury_id, YEAR, "201") if r.driver == "vehicles")
    assert (row.quantity_milli, row.origin, row.approved) == (3000, "车辆台账", False)


def test_a_basic_datum_stands_once_and_has_a_name(reader, tmp_path):
    twice = preview(reader, written(tmp_path, BASIC + BASIC.splitlines()[1]))
    assert problems(twice) == [(3, "repeated", "基础数据")]
    unknown = preview(reader, written(tmp_path, BASIC.replace("公务用车", "游艇")))
    assert problems(unknown) == [(2, "driver_unknown", "基础数据")]


def test_income_is_one_estimate_and_tells_what_it_drops(ready, tmp_path):
    act(ready, "COMP", estimate_income, YEAR, "201", [SPECIAL, OTHER])
    found = take(ready, written(tmp_path, INCOME))
    assert [(each.verdict, each.changed) for each in found.verdicts] == [("changed", ("amount_fen",))]
    assert found.dropped == [SPECIAL]
    assert take(ready, written(tmp_path, INCOME)).saved["income"] == 0
    with snapshot(ready.source) as connection:
        assert [each.amount_fen for each in incomes(connection, ready.treasury_id, YEAR, "201")] == [123_456]


def test_an_income_line_of_the_wrong_fund_is_found_among_the_others(reader, tmp_path):
    more = INCOME + "财政专户,6,2050101,5,收费,201,2024\n"
    assert [(row, reason) for row, reason, _ in problems(preview(reader, written(tmp_path, more)))] == [
        (3, "unknown-code")
    ]


@pytest.mark.parametrize("reason", BUDGET.values())
def test_a_reason_says_what_to_do_in_both_languages(reason):
    assert all((reason.zh, reason.en, reason.mend_zh, reason.mend_en))
