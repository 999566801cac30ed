"""The books at the desk: every figure leads to its vouchers, and a file holds what the page shows."""

import csv
import io
import re

import pytest

from tests.web.office.test_vouchers import posted, take, write

__all__ = ["posted"]


def rows_of(answer):
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_figure_leads_to_its_voucher(posted):
    one = posted[2]
    one.get("/office/books/B2024/trial?on=2024-03-31&book=financial")
    link = re.search(r'href="(/office/books/B2024/accounts/1001\?[^"]*)"', one.text)[1]
    one.get(link)
    assert "1,234.50" in one.text
    voucher = re.search(r'href="(/office/books/B2024/vouchers/2024-03/\d+)"', one.text)[1]
    assert one.get(voucher).status_code == 200


def test_a_file_holds_what_the_page_shows(posted):
    one = posted[2]
    one.get("/office/books/B2024/accounts/2012?from=2024-03-01&to=2024-03-31&fund=1")
    link = re.search(r'href="(/office/books/B2024/accounts/2012/statement.csv\?[^"]*)"', one.text)[1]
    assert "fund=1" in link
    (row, _manifest) = rows_of(one.get(link))
    assert (row["credit"], row["balance"], row["fund"]) == ("1234.50", "-1234.50", "1")


def test_no_cell_of_a_file_is_a_formula(posted):
    one = posted[2]
    body = one.get("/office/books/B2024/accounts/2012/statement.csv").get_data(as_text=True)
    assert "'=cmd|" in body
    assert not re.search(r"(^|,)\"?[=+@]", body, re.MULTILINE)


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("report", ["trial", "balance-sheet", "accounts/1001/statement"])
def test_every_report_is_a_file_and_its_taking_is_written_down(posted, office, report, form):
    from ledger.db import owner

    answer = posted[2].get(f"/office/books/B2024/{report}.{form}?on=2024-03-31")
    assert answer.status_code == 200
    assert re.fullmatch(r"attachment; filename=[0-9A-Za-z._-]+", answer.headers["Content-Disposition"])
    with owner(office.city.source) as connection:
        kinds = connection.exec_driver_sql(
            "select count(*) from access.act where treasury_id = %s and kind = 'export'", (office.city.treasury_id,)
        ).scalar_one()
    assert kinds == 1


def test_the_balance_sheet_is_even(posted):
    one = posted[2]
    one.get("/office/books/B2024/balance-sheet?on=2024-03-31")
    assert "两边相等" in one.text


@pytest.mark.parametrize(
    "where",
    ["B2024/trial?on=2024-02-30", "NONE/trial", "B2024/trial?book=none", "B2024/accounts/0000", "B2024/trial.exe",
     "B2024/accounts/1001?page=0", "B2024/accounts/1001?page=9", "B2024/accounts/1001?from=x", "B2024/vouchers/2024-03/99",
     "..%2F..%2Fetc/trial", "B2024/vouchers/2024-03/99999999999"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(office, where):
    assert office("BOOK").get(f"/office/books/{where}").status_code in {404, 422}


def test_a_period_with_vouchers_under_way_is_not_closed(office):
    draft = write(office("BOOK"))
    chief = office("CLOS")
    for number in range(3):
        chief.get(f"/office/periods/B2024/{number}")
        assert chief.post(f"/office/periods/B2024/{number}", {"do": "hard", "reason": "月结"}).status_code == 303
    chief.get("/office/periods/B2024/3")
    assert "没有已提交、未记账的凭证" in chief.text
    assert re.search(r'value="hard" disabled', chief.text)
    assert chief.post("/office/periods/B2024/3", {"do": "hard", "reason": "月结"}).status_code == 422
    take(chief, draft, "reject", remark="跨月")
    chief.get("/office/periods/B2024/3")
    assert chief.post("/office/periods/B2024/3", {"do": "hard", "reason": ""}).status_code == 422
    assert chief.post("/office/periods/B2024/3", {"do": "hard", "reason": "月结"}).status_code == 303
    chief.get("/office/periods/B2024/3")
    assert "不再重开" in chief.text


def test_a_later_period_is_not_closed_before_an_earlier_one(office):
    chief = office("CLOS")
    chief.get("/office/periods/B2024/5")
    assert chief.post("/office/periods/B2024/5", {"do": "hard", "reason": "月结"}).status_code == 422


def test_a_soft_close_is_reopened(office):
    chief = office("CLOS")
    chief.get("/office/periods/B2024/0")
    chief.post("/office/periods/B2024/0", {"do": "soft", "reason": "先关"})
    chief.get("/office/periods/B2024/0")
    assert "软结账" in chief.text
    assert chief.post("/office/periods/B2024/0", {"do": "reopen", "reason": "补记"}).status_code == 303


def test_the_books_of_the_next_year_are_opened_at_the_desk(office):
    chief = office("CLOS")
    chief.get("/office/periods")
    assert "开设 2025 年账套" in chief.text
    assert chief.post("/office/periods", {"year": "2025"}).status_code == 303
    chief.get("/office/periods")
    for code in ("B2025", "I2025", "A201-2025", "A202-2025"):
        assert f'<span class="code">{code}</span>' in chief.text
    assert chief.post("/office/periods", {"year": "2025"}).status_code == 303  # sent twice: nothing more
    assert chief.post("/office/periods", {"year": "2031"}).status_code == 422
    assert "新年度账套须由上年账套延续" in chief.text
    assert chief.post("/office/periods", {"year": "二〇二五"}).status_code == 404
    keeper = office("BOOK")
    assert keeper.post("/office/periods", {"year": "2026"}).status_code == 403
