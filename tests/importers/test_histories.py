"""Earlier years are posted only if they prove themselves: debits equal credits, and each year ends as the next begins."""

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter

from importers.histories import import_history, read_history, weigh_history
from importers.history_reasons import HISTORY
from importers.workbook_mapping import find_workbook_mapping
from ledger import yearend
from ledger.db import snapshot, transaction
from ledger.errors import InvalidFile, KeyReused
from tests.conftest import make_city

MAPPING = find_workbook_mapping("history")
TEXT = MAPPING.read_text("utf-8")
SAMPLE = (Path(__file__).parent / "samples" / "unit_history.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def reader(source):
    """A city into which no history is ever posted."""
    return make_city(source)


def written(folder, text, name="history.csv", encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def weigh(city, path, mapping=MAPPING):
    with transaction(city.source, city.session("CLOS")) as tx:
        return weigh_history(tx, read_history(path, mapping))


def take(city, path, mapping=MAPPING):
    history = weigh(city, path, mapping)
    with transaction(city.source, city.session("CLOS")) as tx:
        return import_history(tx, history, prepared_by="book")


def problems(history):
    return [(each.year, each.account, p.reason, p.column) for each in history.rows for p in each.problems]


def wrong(history):
    return [(each.what, each.year, each.of) for each in history.checks if not each.ok]


def balances(city, account_set):
    with snapshot(city.source) as books:
        rows = books.exec_driver_sql(
            "select b.account, b.debit_fen - b.credit_fen as fen from ledger.balance b"
            "  join ledger.account_set s using (treasury_id, account_set_id)"
            " where b.treasury_id = %s and s.code = %s order by 1",
            (city.treasury_id, account_set),
        )
        return {row.account: row.fen for row in rows if row.fen}


def test_three_years_prove_themselves(reader, tmp_path):
    history = weigh(reader, written(tmp_path, SAMPLE))
    assert problems(history) == []
    assert wrong(history) == []
    assert history.proven
    assert {(each.what, each.year) for each in history.checks} == {
        *((f"{what}_balance", year) for what in ("opening", "totals", "closing") for year in (2021, 2022, 2023)),
        ("carried_all", 2022), ("carried_all", 2023),
    }  # fmt: skip
    assert [each.code for each in history.missing] == ["A201-2021", "A201-2022", "A201-2023"]


def test_three_sheets_with_merged_headings_say_the_same(reader, tmp_path):
    rows = list(csv.reader(io.StringIO(SAMPLE)))
    path = tmp_path / "history.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for year in ("2021", "2022", "2023"):
            sheet = book.add_worksheet(year)
            sheet.merge_range("A1:J1", "科目余额表")
            sheet.write("A2", f"会计年度：{year}年")
            for at, name in enumerate(("科目编码", "科目名称")):
                sheet.merge_range(2, at, 3, at, name)
            for at, name in enumerate(("期初余额", "本年发生额", "期末余额")):
                sheet.merge_range(2, 2 + 2 * at, 2, 3 + 2 * at, name)
            sheet.write_row("C4", ["借方", "贷方"] * 3)
            for at, name in enumerate(("资金性质", "功能科目", "经济科目"), 8):
                sheet.merge_range(2, at, 3, at, name)
            for n, row in enumerate((row for row in rows if row[0] == year), 4):
                sheet.write_row(n, 0, row[1:])
    one, other = weigh(reader, written(tmp_path, SAMPLE)), weigh(reader, path)
    assert [(r.year, r.key, r.amounts) for r in one.rows] == [(r.year, r.key, r.amounts) for r in other.rows]
    assert other.proven


def test_a_proven_history_is_posted_once_and_joins_the_books(city, tmp_path):
    path = written(tmp_path, SAMPLE)
    posted = take(city, path)
    assert [(each.kind, each.key, each.already) for each in posted] == [
        (kind, f"history-A201-{year}", False) for year in (2021, 2022, 2023) for kind in ("opening", "yearly_totals")
    ]
    assert balances(city, "A201-2021") == {"1601": 150_000_05, "1602": -30_000_01, "3001": -120_000_04}
    assert balances(city, "A201-2023") == {"1601": 150_000_05, "1602": -50_000_01, "3001": -100_000_04}
    assert {each.already for each in take(city, path)} == {True}
    with transaction(city.source, city.session("CLOS")) as tx:
        yearend.carry_forward(tx, "A201-2023", "A201-2024", key_prefix="opening-", prepared_by="book")
    assert balances(city, "A201-2024") == balances(city, "A201-2023")
    assert weigh(city, path).proven


def test_a_year_that_was_posted_is_not_posted_with_other_figures(city, tmp_path):
    take(city, written(tmp_path, SAMPLE))
    other = SAMPLE.replace("20000.01", "20000.02").replace("130000.04", "130000.03").replace("30000.01", "30000.02")
    other = other.replace("120000.04", "120000.03").replace("40000.01", "40000.02").replace("50000.01", "50000.02")
    other = other.replace("110000.04", "110000.03").replace("100000.04", "100000.03")
    assert weigh(city, written(tmp_path, other)).proven
    with pytest.raises(KeyReused):
        take(city, written(tmp_path, other))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "2021,1601,固定资产,150000.05,,,,150000.05,,",
            "2021,1601,固定资产,150000.06,,,,150000.06,,",
            [("opening_balance", 2021, "financial"), ("closing_balance", 2021, "financial"), ("carried", 2022, "1601"),
             ("carried_all", 2022, "6")],
        ),
        (
            "2022,1602,累计折旧,,30000.01,,10000.00,,40000.01,",
            "2022,1602,累计折旧,,30000.00,,10000.01,,40000.01,",
            [("opening_balance", 2022, "financial"), ("totals_balance", 2022, "financial"), ("carried", 2022, "1602"),
             ("carried_all", 2022, "6")],
        ),
    ],
)  # fmt: skip
def test_a_history_that_does_not_balance_or_carry_on_is_not_posted(city, tmp_path, old, new, found):
    assert old in SAMPLE
    without_total = SAMPLE.replace(SAMPLE[SAMPLE.index("2021,合计") : SAMPLE.index("2022,")], "")
    path = written(tmp_path, without_total.replace(old, new))
    assert wrong(weigh(city, path)) == found
    with pytest.raises(InvalidFile) as refusal:
        take(city, path)
    assert refusal.value.facts["preview"]["proven"] is False
    assert balances(city, "A201-2021") == {}
    with snapshot(city.source) as books:
        assert not books.exec_driver_sql(
            "select count(*) from ledger.account_set where treasury_id = %s and fiscal_year < 2024", (city.treasury_id,)
        ).scalar_one()


def test_a_balance_that_may_not_run_dry_takes_a_whole_year_at_once(city, tmp_path):
    bureau = written(tmp_path, TEXT.replace("A201-{year}", "B{year}"), "bureau.toml")
    rows = "2024,1001,国库存款,5.00,,10.00,14.00,1.00,,1,,\n2024,3001,净资产,,5.00,14.00,10.00,,1.00,1,,\n"
    text = f"{SAMPLE.splitlines()[0]}\n{rows}"
    take(city, written(tmp_path, text), bureau)
    assert balances(city, "B2024") == {"1001": 100, "3001": -100}
    first = weigh(city, written(tmp_path, text.replace("2024,", "2023,")), bureau)  # the chart began on 1 January 2023
    assert [reason for _, _, reason, _ in problems(first)] == ["chart_begins"]


def of_years(*years):
    lines = SAMPLE.splitlines(keepends=True)
    return "".join([lines[0], *(line for line in lines if line.startswith(years))])


def test_the_last_year_must_end_as_the_books_begin(city, tmp_path):
    take(city, written(tmp_path, of_years("2022", "2023")))
    joined = weigh(city, written(tmp_path, of_years("2021")))
    assert [(c.what, c.year) for c in joined.checks if c.what.startswith("carried")] == [("carried_all", 2022)]
    assert joined.proven
    apart = of_years("2021").replace("30000.01", "30000.02").replace("10000.00,,30000", "10000.01,,30000")
    apart = apart.replace("120000.04", "120000.03").replace(
        "累计盈余,,130000.04,10000.00", "累计盈余,,130000.04,10000.01"
    )
    found = wrong(weigh(city, written(tmp_path, apart.partition("2021,合计")[0])))
    assert [(what, of) for what, _, of in found] == [("carried", "1602"), ("carried", "3001")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("2021,1601,", "2021,1699,", (2021, "1699", "account_unknown", "科目编码")),
        ("1,2050101,30101\n", "1,2050101,\n", (2021, "7101", "dimension_missing", "经济科目")),
        ("2021,1601,固定资产,150000.05,,,,150000.05,,,,", "2021,1601,固定资产,150000.05,,,,150000.05,,,2050101,",
         (2021, "1601", "dimension_foreign", "功能科目")),
        ("2021,1601,固定资产,150000.05,,", "2021,1601,固定资产,150000.05,0.01,", (2021, "1601", "both_sides", "期初贷方")),
        ("2021,1601,固定资产,150000.05,,", "2021,1601,固定资产,-150000.05,,", (2021, "1601", "negative", "期初借方")),
        ("2021,1601,固定资产,150000.05,,,,150000.05", "2021,1601,固定资产,150000.05,,,,150000.06",
         (2021, "1601", "does_not_add_up", "期末借方")),
        ("2022,1601,", "2021,1601,", (2021, "1601", "repeated", "科目编码")),
        ("2021,1601,", ",1601,", (0, "1601", "year_unclear", "年度")),
        ("2021,合计,,150000.05", "2021,合计,,150000.06", (2021, "", "total_differs", "期初借方")),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_rule_is_told_with_its_column(reader, tmp_path, old, new, problem):
    assert old in SAMPLE
    history = weigh(reader, written(tmp_path, SAMPLE.replace(old, new)))
    assert problem in problems(history)
    assert not history.proven


def test_a_parent_is_held_against_the_accounts_below_it_and_not_posted(reader, tmp_path):
    head = SAMPLE.splitlines()[0]
    parent, below = "2021,8001,资金结存,3.00,,,,3.00,,,,", "2021,800102,货币资金,3.00,,,,3.00,,,,"
    other = "2021,820105,累计结转,,3.00,,,,3.00,,,"
    right = weigh(reader, written(tmp_path, f"{head}\n{parent}\n{below}\n{other}"))
    assert right.proven
    assert [each.verdict for each in right.rows] == ["parent", "leaf", "leaf"]
    off = weigh(reader, written(tmp_path, "\n".join((head, parent.replace("3.00", "4.00"), below, other))))
    assert problems(off) == [
        (2021, "8001", "total_differs", "期初借方"), (2021, "8001", "total_differs", "期末借方"),
    ]  # fmt: skip


def test_a_gap_between_the_years_is_refused(reader, tmp_path):
    history = weigh(reader, written(tmp_path, of_years("2021", "2023")))
    assert [(year, reason) for year, _, reason, _ in problems(history)] == [(2023, "years_gap")]


def test_years_of_another_chart_and_years_with_vouchers_are_refused_plainly(city, tmp_path):
    city.receive(50_000)
    bureau = written(tmp_path, TEXT.replace("A201-{year}", "B{year}"), "bureau.toml")
    head, line = SAMPLE.splitlines()[0], ",1001,国库存款,,,5.00,5.00,,,1,,\n"
    before = weigh(city, written(tmp_path, f"{head}\n2022{line}"), bureau)
    assert [reason for _, _, reason, _ in problems(before)] == ["chart_not_in_force"]
    during = weigh(city, written(tmp_path, f"{head}\n2024{line}"), bureau)
    assert [reason for _, _, reason, _ in problems(during)] == ["year_has_vouchers"]
    after = weigh(city, written(tmp_path, f"{head}\n2025{line}"), bureau)
    assert [reason for _, _, reason, _ in problems(after)] == ["no_account_set"]


@pytest.mark.parametrize("reason", HISTORY.values())
def test_a_reason_says_what_to_do_in_both_languages(reason):
    assert all((reason.zh, reason.en, reason.mend_zh, reason.mend_en))
