"""Anyone reads the final accounts of a closed year, table by table; of a year that is not closed only why they are withheld."""

import hashlib
import json
import re

import pytest

from reports.formats import check_manifest
from tests.reports.closed_city import BENCHES, BOOKS, INCOME, OFFICE, PAY, SCHOOL, TRIP, closed_city
from web.app import create_app
from web.settings import RATES, Rate, Settings

SPENT = PAY + OFFICE + TRIP


@pytest.fixture(scope="module")
def closed(source):
    return closed_city(source)


@pytest.fixture(scope="module")
def client(closed):
    return create_app(closed.source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1)))).test_client()


@pytest.fixture(scope="module")
def own(closed):
    return f"/accounts/T{closed.treasury_id:06d}"


def read(client, address):
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_all_nine_tables_stand_on_the_page_of_a_closed_year_in_both_languages(client, own):
    for prefix, title in (("", "收入支出决算总表"), ("/en", "Summary of revenue and expenditure")):
        page = read(client, f"{prefix}{own}/201/2024/")
        assert re.findall(r'<section id="t(\d)"', page) == [str(no) for no in range(1, 10)]
        assert title in page
        assert f'<data value="{SPENT // 100}.{SPENT % 100:02d}"' in page


def test_budget_adjusted_budget_and_final_figures_stand_side_by_side(client, own):
    page = read(client, f"{own}/201/2024/")
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if 'data-label="决算数"' in row)
    assert re.findall(r'<data value="([0-9.]+)"', row) == ["8000.00", "8000.00", "2434.84"]
    lines = json.loads(client.get(f"{own}/201/2024/compared.json").data)["rows"]
    assert [line["final"] for line in lines] == ["2434.84"]


def test_the_page_says_what_the_postings_do_not(client, own):
    assert "91.11 元收入的分录没有功能分类" in read(client, f"{own}/202/2024/2/")
    assert "91.11 yuan of revenue name no function" in read(client, f"/en{own}/202/2024/2/")
    assert "预算数留空" in read(client, f"{own}/202/2024/7/")


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_every_table_is_a_whole_file_in_every_form(client, own, form):
    for address in (f"{own}/202/2024", *(f"{own}/202/2024/{no}" for no in range(1, 10)), f"{own}/202/2024/compared"):
        answer = client.get(f"{address}.{form}")
        assert answer.status_code == 200, address
        assert check_manifest(answer.data, form).whole, address


def test_the_digests_of_the_list_are_those_of_the_files(client, own):
    listed = json.loads(client.get(f"{own}/201/2024.json").data)["rows"]
    digests = [hashlib.sha256(client.get(f"{own}/201/2024/{no}.csv?bom=0").data).hexdigest() for no in range(1, 10)]
    assert [row["sha256"] for row in listed] == digests


def test_the_list_gives_revenue_and_expenditure_and_the_book_leads_to_the_accounts(client, own):
    treasury = own.removeprefix("/accounts/")
    rows = [row for row in json.loads(client.get("/accounts.json").data)["rows"] if row["treasury"] == treasury]
    told = {row["agency"]: (row["income"], row["spending"], row["failed"]) for row in rows}
    yuan = lambda fen: f"{fen // 100}.{fen % 100:02d}"  # noqa: E731
    assert told == {
        "201": (yuan(SPENT), yuan(SPENT), ""),
        "202": (yuan(SCHOOL + INCOME), yuan(SCHOOL + BOOKS + BENCHES), ""),
    }
    assert f'href="{own}/201/2024/"' in read(client, f"/trial-balance/{treasury}/A201-2024/budgetary/")
    assert f'href="{own}/201/2024/"' in read(client, "/accounts/")
    assert f"{own}/201/2024/" in read(client, "/sitemap.xml")
    assert f'href="{own}/201/2024/"' in read(client, "/search/?q=教育局 决算")


def test_a_year_that_is_not_closed_is_withheld_and_the_page_says_which_check_fails(treasury, client):
    address = f"/accounts/{treasury}/201/2024/"
    page = text(read(client, address))
    assert "未列出" in page
    assert "全年账已结" in page
    assert "2024-03-31 &lt; 2024-12-31" in page
    assert "The year is closed" in read(client, f"/en{address}")
    assert 'id="t1"' not in read(client, address)
    for gone in (f"{address[:-1]}.csv", f"{address}1.csv", f"{address}1/", f"{address}compared.csv"):
        assert client.get(gone).status_code == 404
    row = next(r for r in json.loads(client.get("/accounts.json").data)["rows"] if r["treasury"] == treasury)
    assert (row["income"], row["failed"]) == (None, "year_is_closed")
    assert address not in read(client, "/sitemap.xml")


def test_an_agency_or_year_without_published_books_has_no_page(client, own):
    for address in (f"{own}/301/2024/", f"{own}/201/2023/", f"{own}/201/2024/10/", "/accounts/T999999/201/2024/"):
        assert client.get(address).status_code == 404
