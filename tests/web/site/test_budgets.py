"""Citizens read a published budget in plain words, follow each figure to its standard, and see nothing that is not public."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import replace

import pytest

from ledger.compilation.approval import approve, release_to_departments, release_to_units
from ledger.compilation.narratives import BudgetNarrative, record_narrative
from ledger.compilation.packages import LineReview, review_package
from ledger.compilation.rounds import resolve_budget
from ledger.disclosure.budgets import PublishBudget
from ledger.disclosure.budgets import publish_budget as publish_unchecked
from ledger.sequencer import sequence
from reports.formats import check_manifest
from reports.publication import publish_budget
from tests.conftest import make_city
from tests.ledger.budget_city import (
    DIGEST,
    PERSONNEL,
    SYSTEM,
    TESTS,
    UPKEEP,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)
from web.app import create_app
from web.site import budget_figures
from web.site.budget_forms import shown

PAY_FEN = 812_345 * 37 * 12
UPKEEP_FENS = (300_001 * 37, round(355 * 1234.5 * 12))
TESTS_FEN = 12_345 * 1250
TOTAL = PAY_FEN + sum(UPKEEP_FENS) + TESTS_FEN + 88_800_055
CHINA = dt.timezone(dt.timedelta(hours=8))
SUFFIXES = ("", "tables/", "tables/3/", "lines/", f"packages/{TESTS.package}/")


def approved(source, passed_on=dt.date(2024, 1, 20)):
    """Make a city whose budget was cut in review and approved, with all that its notes must tell."""
    city = make_city(source)
    prepare(city)
    compile_budget(city, PERSONNEL, UPKEEP, TESTS, SYSTEM)
    act(
        city,
        "REVW",
        review_package,
        TESTS.package,
        1,
        [LineReview(line_no=1, cut="months", reason="一年一次即可", times=1)],
    )
    act(city, "APPR", resolve_budget, replace(resolution(TOTAL), passed_on=passed_on))
    act(city, "COMP", record_narrative, BudgetNarrative(fiscal_year=YEAR, agency="201", goods_fen=12_345, sme_fen=45))
    return city


@pytest.fixture(scope="module")
def open_city(source):
    return published(source)


def published(source):
    """Make a city that released its budget and published it after the checks."""
    city = approved(source)
    at = (city.treasury_id, YEAR)
    act(city, "APPR", approve, *at, "comp")
    act(city, "ISSU", release_to_departments, *at, dt.date(2024, 2, 5), "财预〔2024〕3号", "revw")
    act(city, "ISSU", release_to_units, *at, dt.date(2024, 2, 6), "教财〔2024〕1号", "revw")
    sequence(source, city.treasury_id)
    act(city, "PUBL", publish_budget, *at, "201")
    return city


@pytest.fixture(scope="module")
def closed_city(source):
    """A city whose budget was approved today and is not published."""
    return approved(source, dt.datetime.now(CHINA).date())


@pytest.fixture(scope="module")
def client(open_city):
    return create_app(open_city.source).test_client()


def code(city):
    return f"T{city.treasury_id:06d}"


def own(city, suffix="", language=""):
    return f"{language}/budgets/{code(city)}/{YEAR}/201/{suffix}"


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def scope(city):
    return budget_figures.scope_of(city.source, code(city), YEAR, "201", whole=False)


def test_the_list_shows_what_is_published_and_nothing_else(client, open_city, closed_city):
    for path in ("/budgets/", "/budgets/?year=2024"):
        listed = read(client, path)
        assert own(open_city) in listed
        assert code(closed_city) not in listed
    assert own(open_city) not in read(client, "/budgets/?year=2023")
    assert code(closed_city) not in read(client, "/budgets.csv") + read(client, "/catalogue.jsonld") + read(
        client, "/map/"
    )


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_page_is_there_for_the_published_budget_and_not_for_the_unpublished_one(
    client, open_city, closed_city, language, suffix
):
    assert "201" in read(client, own(open_city, suffix, language))
    assert client.get(own(closed_city, suffix, language)).status_code == 404


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_file_is_whole_for_the_published_budget_and_absent_for_the_other(
    client, open_city, closed_city, suffix, form
):
    path = f"{suffix.rstrip('/')}.{form}" if suffix else f".{form}"
    data = client.get(own(open_city, path).replace("/201/.", "/201."))
    assert data.status_code == 200
    assert check_manifest(data.data, form).whole
    assert client.get(own(closed_city, path).replace("/201/.", "/201.")).status_code == 404


def test_the_page_says_in_plain_words_what_is_spent_and_draws_it_beside_its_tables(client, open_city):
    told = read(client, own(open_city))
    assert "一年支出预算 <strong>481.27 万元</strong>" in told
    assert "审核时按标准核减 15.43 万元" in told
    treemap, sankey = (
        json.loads(found)
        for found in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', told, re.DOTALL)
    )
    (whole,) = treemap["data"]
    tops = [value for value, parent in zip(whole["values"], whole["parents"], strict=True) if not parent]
    assert round(sum(tops) * 1_000_000) == TOTAL
    links = sankey["data"][0]["link"]
    assert round(sum(links["value"]) * 1_000_000) == 2 * TOTAL
    assert len(links["value"]) <= 40
    assert told.count(f'<data value="{TOTAL // 100}.{TOTAL % 100:02d}">') >= 4
    assert told.count('role="img"') == 2


def test_every_row_of_the_tables_leads_to_lines_that_add_up_to_it(open_city):
    followed = 0
    for table in budget_figures.tables(open_city.source, scope(open_city)):
        for block in shown(table, "zh"):
            for row in block.rows:
                if row.asked is not None:
                    found = sum(
                        each["fen"] for each in budget_figures.lines(open_city.source, scope(open_city), row.asked)
                    )
                    figure = next(text for text, kind, _ in row.cells if kind == "number").replace(",", "")
                    assert f"{found // 100}.{found % 100:02d}" == figure, (table.no, row.code)
                    followed += 1
    assert followed > 25


def test_anyone_can_work_out_the_digest_from_the_files(client, open_city):
    sums = []
    for no in range(1, 12):
        data = client.get(own(open_city, f"tables/{no}.csv?bom=0")).data
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {no}.csv\n")
    digest = hashlib.sha256("".join(sums).encode()).hexdigest()
    told = read(client, own(open_city, "tables/"))
    assert digest in told
    assert "与核对时一致" in told
    index = read(client, own(open_city, "tables.csv"))
    assert all(line[:64] in index for line in sums)


def test_tables_that_are_not_those_that_were_checked_say_so(source, client):
    city = approved(source)
    act(city, "PUBL", publish_unchecked, PublishBudget(fiscal_year=YEAR, agency="201", sha256=DIGEST, narrative=1))
    assert "与核对时不一致" in read(client, own(city))


@pytest.mark.parametrize("page", ["lines/", "in-year/", f"packages/{TESTS.package}/"])
@pytest.mark.parametrize(
    ("language", "name"), [("", "其他教育管理事务支出"), ("/en", "Education administration - Other")]
)
def test_a_class_stands_under_its_name_and_its_code(client, open_city, page, language, name):
    told = read(client, own(open_city, page, language))
    part = "dl" if page.startswith("packages") else "tbody"
    body = "".join(re.findall(rf"<{part}\b.*?</{part}>", told, re.DOTALL))
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))
    assert plain.count(name) == plain.count(f"{name} 2050199") > 0, plain


def test_a_line_leads_to_its_package_and_that_to_the_standard_with_its_document(client, open_city):
    listed = read(client, own(open_city, "lines/?func=2050199"))
    assert own(open_city, f"packages/{TESTS.package}/") in listed
    assert own(open_city, f"packages/{PERSONNEL.package}/") not in listed
    package = read(client, own(open_city, f"packages/{TESTS.package}/"))
    for told in (
        "123.45",
        "1,250",
        "一年一次即可",
        "月数偏多",
        "《学校卫生工作条例》第十条",
        "目标satisfaction",
        "2023年学校台账1250处",
    ):
        assert told in package
    anchor = re.search(r'href="/budgets/standards/(#[^"]+)"', package)[1]
    standards = read(client, "/budgets/standards/")
    assert f'id="{anchor[1:]}"' in standards
    assert "财行〔2023〕12号" in standards


def test_a_price_without_a_standard_shows_its_quotes(client, open_city):
    package = read(client, own(open_city, f"packages/{SYSTEM.package}/"))
    assert "三家以上报价的最低价" in package
    for quote in ("888,000.55", "900,000.00", "910,000.00"):
        assert quote in package


def test_a_filter_narrows_the_file_as_it_does_the_page(client, open_city):
    answer = json.loads(read(client, own(open_city, "lines.json?category=basic&econ=302")))
    assert [row["fen"] for row in answer["rows"]] == [f"{fen // 100}.{fen % 100:02d}" for fen in UPKEEP_FENS]
    assert answer["manifest"]["sums"]["fen"] == f"{sum(UPKEEP_FENS) // 100}.{sum(UPKEEP_FENS) % 100:02d}"


@pytest.mark.parametrize(
    "query", ["func=x", "public=weather", "fund=9", "econ=' or 1=1", "category=other", "project=none"]
)
def test_a_filter_that_fits_nothing_lists_nothing(client, open_city, query):
    assert "没有符合条件的明细" in read(client, own(open_city, f"lines/?{query}"))


@pytest.mark.parametrize("suffix", ["tables/12/", "tables/0/", "packages/none/", "tables/12.csv", "packages/none.csv"])
def test_what_is_not_there_is_not_found(client, open_city, suffix):
    assert client.get(own(open_city, suffix)).status_code == 404
    assert client.get(f"/budgets/{code(open_city)}/99999999999/201/").status_code == 404


def test_the_calendar_tells_what_is_due_and_what_was_late_but_no_amount(client, open_city, closed_city):
    told = read(client, "/budgets/calendar/")
    assert "还有 20 天" in told
    assert "前一步尚未办理" in told
    assert "按时" in told
    assert "<data" not in told
    days = {
        (row["treasury"], row["duty"]): (row["since"], row["due_on"], row["done_on"])
        for row in json.loads(read(client, "/budgets/calendar.json"))["rows"]
    }
    assert days[code(open_city), "to_departments"] == ("2024-01-20", "2024-02-09", "2024-02-05")
    assert days[code(open_city), "to_units"] == ("2024-02-05", "2024-02-20", "2024-02-06")
    assert days[code(open_city), "publication"][:2] == ("2024-02-06", "2024-02-26")
    assert days[code(closed_city), "publication"] == (None, None, None)


def test_a_budget_is_found_told_and_listed(client, open_city):
    assert own(open_city) in read(client, "/search/?q=教育局")
    assert own(open_city, f"packages/{TESTS.package}/") in read(client, "/search/?q=水质检测")
    assert own(open_city) in read(client, "/feed.atom")
    assert own(open_city) in read(client, "/map/")
    assert own(open_city) in read(client, "/catalogue.jsonld")


def test_a_department_is_shown_whole_only_where_it_has_units(client, open_city):
    assert "部门汇总" not in read(client, own(open_city))
    assert read(client, own(open_city, "?whole=1")).count("<h1>") == 1
