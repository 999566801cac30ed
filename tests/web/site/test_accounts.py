"""Anyone reads the final accounts of a closed year, table by table; of a year that is not closed only why they are withheld."""

import hashlib
import json
import re
from dataclasses import replace

import pytest

from ledger.compilation.packages import save_package
from ledger.compilation.performance import explain_pace
from ledger.compilation.rounds import resolve_budget, submit_budget
from ledger.compilation.standards import DriverValue, approve_drivers, awaiting_drivers, record_drivers
from ledger.db import snapshot
from ledger.disclosure.budgets import PublishBudget, publish_budget
from reports.formats import check_manifest
from tests.conftest import make_city
from tests.ledger.budget_city import DIGEST, PERSONNEL, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.performance_error_examples import BEHIND
from tests.reports.closed_city import BENCHES, BOOKS, INCOME, OFFICE, PAY, SCHOOL, TRIP, closed_city, finish
from tests.reports.test_final_department import GIVEN, lived
from tests.web.site.conftest import unhurried

SPENT = PAY + OFFICE + TRIP
HEADS = DriverValue(
    agency="202", driver="headcount", fiscal_year=YEAR, quantity_milli=5_000, origin="编制系统2023年8月"
)


@pytest.fixture(scope="module")
def closed(source):
    return closed_city(source)


@pytest.fixture(scope="module")
def client(closed):
    return unhurried(closed.source).test_client()


@pytest.fixture(scope="module")
def own(closed):
    return f"/accounts/T{closed.treasury_id:06d}"


def read(client, address):
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


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
    told = [(row["scope"], row["agency"], row["income"], row["spending"], row["failed"]) for row in rows]
    assert told == [
        ("department", "201", yuan(SPENT + SCHOOL + INCOME), yuan(SPENT + SCHOOL + BOOKS + BENCHES), ""),
        ("unit", "201", yuan(SPENT), yuan(SPENT), ""),
        ("unit", "202", yuan(SCHOOL + INCOME), yuan(SCHOOL + BOOKS + BENCHES), ""),
    ]
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


def test_a_department_whole_has_nine_tables_and_its_units_lead_there_and_back(client, own):
    for prefix, titles in (("", ("部门汇总", "所含单位")), ("/en", ("Department with its units", "Its units"))):
        whole = f"{prefix}{own}/201/2024/whole/"
        page = read(client, whole)
        assert re.findall(r'<section id="t(\d)"', page) == [str(no) for no in range(1, 10)]
        for title in titles:
            assert title in page
        for agency in ("201", "202"):
            assert f'href="{prefix}{own}/{agency}/2024/"' in page
            assert f'href="{whole}"' in read(client, f"{prefix}{own}/{agency}/2024/")
        assert f'href="{whole}3/"' in page
        assert f'href="{whole}"' in read(client, f"{whole}3/")
        assert f'href="{whole}"' in read(client, f"{prefix}/accounts/")
    assert client.get(f"{own}/202/2024/whole/").status_code == 404


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_every_table_of_a_department_is_a_whole_file_in_every_form(client, own, form):
    whole = f"{own}/201/2024/whole"
    for address in (whole, *(f"{whole}/{no}" for no in range(1, 10)), f"{whole}/compared", f"{whole}/results"):
        answer = client.get(f"{address}.{form}")
        assert answer.status_code == 200, address
        assert check_manifest(answer.data, form).whole, address
    assert client.get(f"{whole}/transfers.{form}").status_code == 404


def test_a_department_is_found_and_listed_where_its_units_are(client, own):
    whole = f"{own}/201/2024/whole/"
    assert f'href="{whole}"' in read(client, "/search/?q=教育局 决算")
    assert whole in read(client, "/sitemap.xml")
    assert whole in read(client, "/catalogue.jsonld")
    assert f'href="{whole}"' in read(client, "/map/")
    listed = json.loads(client.get(f"{whole[:-1]}.json").data)["rows"]
    digests = [hashlib.sha256(client.get(f"{whole}{no}.csv?bom=0").data).hexdigest() for no in range(1, 10)]
    assert [row["sha256"] for row in listed] == digests


def test_what_units_paid_each_other_is_shown_and_taken_off(source, client):
    city = lived(source)
    whole = f"/accounts/T{city.treasury_id:06d}/201/2024/whole/"
    page = text(read(client, whole))
    for said in (
        "单位之间的补助和上缴",
        "教育局 7501 第一中学 6201 400.07 400.07 一致，已抵销",
        "抵销单位之间的补助和上缴 −400.07",
    ):
        assert said in page, said
    assert "付方与收方一致" in read(client, f"{whole}2/")
    (row,) = json.loads(client.get(f"{whole}transfers.json").data)["rows"]
    assert (row["paid"], row["received"], row["eliminated"]) == (yuan(GIVEN),) * 3


def test_a_transfer_that_does_not_match_withholds_the_department_and_not_its_units(source, client):
    city = lived(source, GIVEN - 1)
    own = f"/accounts/T{city.treasury_id:06d}"
    whole = f"{own}/201/2024/whole/"
    page = text(read(client, whole))
    for said in ("未列出", "201 7501 → 202 6201", "400.07 400.06 不一致"):
        assert said in page, said
    assert "They differ" in read(client, f"/en{whole}")
    assert 'id="t1"' not in read(client, whole)
    for gone in (f"{whole[:-1]}.csv", f"{whole}1/", f"{whole}1.csv", f"{whole}compared.csv", f"{whole}results.csv"):
        assert client.get(gone).status_code == 404
    (row,) = json.loads(client.get(f"{whole}transfers.json").data)["rows"]
    assert (row["paid"], row["received"], row["eliminated"]) == (yuan(GIVEN), yuan(GIVEN - 1), "0.00")
    assert client.get(f"{own}/202/2024/1/").status_code == 200
    assert whole not in read(client, "/sitemap.xml")


def test_a_department_waits_for_the_books_of_a_unit_with_a_published_budget(source, client):
    city = make_city(source)
    prepare(city)
    act(city, "COMP", record_drivers, [HEADS])
    with snapshot(source) as connection:
        waiting = awaiting_drivers(connection, city.treasury_id, YEAR)
    act(city, "REVW", approve_drivers, waiting)
    compile_budget(city, PERSONNEL)
    act(city, "COMP", save_package, replace(PERSONNEL, package="2024-202-RY", agency="202", func="2050203"))
    act(city, "COMP", submit_budget, YEAR, "202", 1)
    act(city, "COMP", submit_budget, YEAR, "202", 2)
    act(city, "APPR", resolve_budget, resolution(812_345 * (37 + 5) * 12))
    for agency in ("201", "202"):
        act(city, "PUBL", publish_budget, PublishBudget(fiscal_year=YEAR, agency=agency, sha256=DIGEST, narrative=0))
    city.receive(1_000_000)
    city.pay(city.grant(100_000), 70_010)
    for month in range(1, 13):
        act(city, "COMP", explain_pace, replace(BEHIND, month=month))
    finish(city, "I2024", "A201-2024")
    whole = f"/accounts/T{city.treasury_id:06d}/201/2024/whole/"
    page = text(read(client, whole))
    for said in ("未列出", "有已公开部门预算的每个单位，账也已公开到年末。 202", "第一中学 202 本年账未公开"):
        assert said in page, said
    row = next(r for r in json.loads(client.get("/accounts.json").data)["rows"] if r["treasury"] in whole)
    assert (row["scope"], row["income"], row["failed"]) == ("department", None, "units_have_books")
