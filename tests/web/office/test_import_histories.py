"""Earlier years at the desk: proven before anything is recorded, put forward by one and posted by another, or not at all."""

import io
import re
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from ledger.compilation.imports import imports, proposals
from ledger.db import snapshot

HERE = "/office/imports/history"
SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')
SAMPLE = (Path(__file__).parents[2] / "importers" / "samples" / "unit_history.csv").read_text("utf-8")
WITHOUT_TOTAL = SAMPLE.replace(SAMPLE[SAMPLE.index("2021,合计") : SAMPLE.index("2022,")], "")
APART = WITHOUT_TOTAL.replace("2021,1601,固定资产,150000.05,,,,150000.05", "2021,1601,固定资产,150000.06,,,,150000.06")


def send(one, content, do, name="history.csv", **more):
    """Send a file as the form does."""
    body = content if isinstance(content, bytes) else content.encode()
    return one.post(HERE, {"do": do, "file": (io.BytesIO(body), name), **more}, content_type="multipart/form-data")


def then(one, content, do):
    """Look at a file, and then do something with it."""
    assert send(one, content, "preview").status_code == 200, one.text
    return send(one, content, do, shown=SHOWN.search(one.text)[1])


def kept(city):
    """Give what is registered, what is put forward, and the account sets of years before 2024."""
    with snapshot(city.source) as connection:
        sets = connection.exec_driver_sql(
            "select code from ledger.account_set where treasury_id = %s and fiscal_year < 2024 order by 1",
            (city.treasury_id,),
        ).scalars()
        return (
            [each.kind for each in imports(connection, city.treasury_id)],
            [(each.preparer, each.posted) for each in proposals(connection, city.treasury_id)],
            list(sets),
        )


def balance(city, code, account):
    with snapshot(city.source) as connection:
        return connection.exec_driver_sql(
            "select b.debit_fen - b.credit_fen from ledger.balance b join ledger.account_set s using (treasury_id, account_set_id)"
            " where b.treasury_id = %s and s.code = %s and b.account = %s",
            (city.treasury_id, code, account),
        ).scalar()


def test_three_years_are_shown_put_forward_by_one_and_posted_by_another(office):
    keeper, closer = office("BOOK"), office("CLOS")
    keeper.get(HERE)
    assert send(keeper, SAMPLE, "preview").status_code == 200
    for text in ("已自证平衡", "2021 年 财务会计 期初余额", "150,000.05", "A201-2021, A201-2022, A201-2023", "待记账"):
        assert text in keeper.text
    assert kept(office.city) == ([], [], [])
    assert then(keeper, SAMPLE, "propose").status_code == 303
    assert kept(office.city) == ([], [("BOOK", False)], [])
    assert "history.csv" in closer.get("/office/imports").get_data(as_text=True)
    assert then(closer, SAMPLE, "take").status_code == 303
    assert kept(office.city) == (["history"], [("BOOK", True)], ["A201-2021", "A201-2022", "A201-2023"])
    assert balance(office.city, "A201-2023", "3001") == -100_000_04
    assert "待记账的以前年度数据" not in closer.get("/office/imports").get_data(as_text=True)
    assert "不得撤销" in closer.get("/office/imports/1").get_data(as_text=True)
    assert then(closer, SAMPLE, "take").status_code == 422
    assert "新增 0 行" in closer.text


def test_nothing_is_posted_that_nobody_put_forward(office):
    one = office("CLOS")
    assert then(one, SAMPLE, "take").status_code == 422
    assert "尚无记账人提交" in one.text
    assert ">确认记账<" not in one.text
    assert kept(office.city) == ([], [], [])


def test_neither_does_the_work_of_the_other(office):
    keeper, closer = office("BOOK"), office("CLOS")
    assert then(closer, SAMPLE, "propose").status_code == 422
    assert kept(office.city) == ([], [], [])
    then(keeper, SAMPLE, "propose")
    assert then(keeper, SAMPLE, "take").status_code == 422
    assert ">确认记账<" not in keeper.text
    assert then(keeper, SAMPLE, "propose").status_code == 422
    assert "您已提交过此文件" in keeper.text
    assert kept(office.city) == ([], [("BOOK", False)], [])


def test_another_file_than_the_one_shown_is_neither_put_forward_nor_posted(office):
    keeper, closer = office("BOOK"), office("CLOS")
    send(keeper, SAMPLE, "preview")
    assert send(keeper, WITHOUT_TOTAL, "propose", shown=SHOWN.search(keeper.text)[1]).status_code == 422
    assert "不是预览过的文件" in keeper.text
    assert send(keeper, SAMPLE, "propose").status_code == 422
    then(keeper, SAMPLE, "propose")
    assert then(closer, WITHOUT_TOTAL, "take").status_code == 422
    assert "尚无记账人提交" in closer.text
    assert kept(office.city) == ([], [("BOOK", False)], [])


def sheets(answer):
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def mended(rows, old, new):
    """Write a sheet again with one cell mended."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet("history")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, [new if cell == old else cell for cell in row])
    return held.getvalue()


def test_refused_rows_come_back_among_all_the_others_and_are_taken_once_mended(office):
    keeper = office("BOOK")
    wrong = WITHOUT_TOTAL.replace("2022,1602,累计折旧", "2022,1699,累计折旧")
    assert send(keeper, wrong, "preview").status_code == 200
    for text in ("有行未通过", "<code>account_unknown</code>", "逐行问题改正之后"):
        assert text in keeper.text
    assert ">提交，送记账<" not in keeper.text
    answer = send(keeper, wrong, "errors")
    assert answer.headers["Content-Disposition"] == "attachment; filename=import-errors.xlsx"
    rows = sheets(answer)["history.csv"]
    assert len(rows) == 2 + len(WITHOUT_TOTAL.splitlines()) - 1
    assert [row[1] for row in rows if "没有此科目" in row[-1]] == ["1699"]
    keeper.get(HERE)
    assert then(keeper, wrong, "propose").status_code == 200  # what is not proven is only shown
    assert kept(office.city) == ([], [], [])
    send(keeper, mended(rows, "1699", "1602"), "preview", "mended.xlsx")
    assert "已自证平衡" in keeper.text


def test_years_that_do_not_balance_are_told_line_by_line(office):
    keeper = office("BOOK")
    send(keeper, APART, "preview")
    for text in ("未能自证平衡", "不相符", "科目 1601：2021 年期末与 2022 年期初", "150,000.06"):
        assert text in keeper.text
    proof = sheets(send(keeper, APART, "errors"))["平衡证明"]
    assert [row[3] for row in proof].count("不相符") == 4
    assert kept(office.city) == ([], [], [])


def test_a_posting_that_is_refused_opens_no_account_set(office):
    keeper, closer = office("BOOK"), office("CLOS")
    lines = SAMPLE.splitlines(keepends=True)
    late = "".join([lines[0], *(line for line in lines if line.startswith("2023"))])
    then(keeper, late, "propose")
    assert then(closer, late, "take").status_code == 303
    other = SAMPLE.replace("700000.01", "700000.02")
    then(keeper, other, "propose")
    assert then(closer, other, "take").status_code == 422
    assert "业务编号已用于其他内容" in closer.text
    assert kept(office.city)[2] == ["A201-2023"]
    then(keeper, SAMPLE, "propose")
    assert then(closer, SAMPLE, "take").status_code == 303
    assert balance(office.city, "A201-2021", "1601") == 150_000_05


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.xlsx"), (b"PK\x03\x04 not an archive", "history.xlsx"), ("a,b\n1,2\n", "other.csv")],
    ids=["empty", "damaged", "no table"],
)
def test_what_is_no_workbook_of_balances_is_refused_with_its_reason(office, content, name):
    one = office("BOOK")
    one.get(HERE)
    assert send(one, content, "preview", name).status_code == 422
    assert 'id="e-file"' in one.text
    assert one.post(HERE, {"do": "preview"}).status_code == 422
    assert "请选择文件" in one.text


@pytest.mark.parametrize("duty", ["COMP", "AUDT_IN", "PUBL", "AUDI"])
def test_other_duties_get_nowhere(office, duty):
    assert office(duty).get(HERE).status_code == 403


@pytest.mark.parametrize(("language", "text"), [("zh", "平衡证明"), ("en", "Proof of balance")])
def test_the_page_speaks_both_languages(office, language, text):
    one = office("BOOK")
    one.client.set_cookie("office_language", language)
    send(one, SAMPLE, "preview")
    assert text in one.text
