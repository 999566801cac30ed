"""Fees and projects as anyone reads them: filters that files keep, history with documents, feeds, datasets, evil texts."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from reports.manifest import check_manifest
from web.site.frame import scaled

ATOM = "{http://www.w3.org/2005/Atom}"


def text_of(client, address):
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def rows_of(client, address):
    return json.loads(text_of(client, address))["rows"]


@pytest.mark.parametrize(
    ("asked", "items"),
    [
        ("", ["999.01", "101.02.07"]),
        ("life_event=travel", ["101.02.07"]),
        ("agency=202", ["999.01"]),
        ("payer=公民", ["101.02.07"]),
        ("status=suspended", ["101.02.07"]),
        ("status=in_force&life_event=travel", []),
        ("life_event=x", []),
    ],
)
def test_a_list_of_fees_and_its_file_are_narrowed_alike(client, treasury, asked, items):
    page = text_of(client, f"/fees/?{asked}")
    shown = re.findall(rf'href="/fees/{treasury}/([^/"]+)/"', page)
    assert sorted(shown) == sorted(items)
    file = re.search(r'href="(/fees\.json[^"]*)"', page)[1].replace("&amp;", "&")
    assert sorted(row["item"] for row in rows_of(client, file)) == sorted(items)
    assert f"({len(items)} 行)" in page


def test_a_fee_shows_every_version_and_the_document_that_made_it(client, treasury):
    page = text_of(client, f"/fees/{treasury}/101.02.07/")
    assert "暂停征收" in page
    assert "您有权拒绝缴纳" in page
    assert re.search(r"2013-09-01 — 2022-01-04.*160\.50 元/本.*标准.*发改价格〔2013〕1494号", page, re.DOTALL)
    rows = rows_of(client, f"/fees/{treasury}/101.02.07.json")
    assert [(row["version"], row["changed"], row["document_no"]) for row in rows] == [
        ("1", None, "计价格〔2000〕293号"),
        ("2", "standard", "发改价格〔2013〕1494号"),
        ("3", "status；collectors", "财税〔2022〕9号"),
    ]


def test_the_feeds_tell_what_changed_by_which_document(client):
    fees = ET.fromstring(client.get("/fees/feed.atom").data)  # noqa: S314  our own
    told = {
        entry.find(f"{ATOM}title").text: entry.find(f"{ATOM}summary").text for entry in fees.findall(f"{ATOM}entry")
    }
    changed = next(title for title in told if "执收单位" in title)
    assert "状态" in changed
    assert "collectors" in changed
    assert told[changed].startswith("财税〔2022〕9号")
    projects = ET.fromstring(client.get("/projects/feed.atom").data)  # noqa: S314  our own
    assert [entry.find(f"{ATOM}summary").text for entry in projects.findall(f"{ATOM}entry")] == [
        "2023-05-08 发改〔2023〕8号",
        "2024-02-01 开工报告",
    ]
    for feed in (fees, projects):
        marks = [entry.find(f"{ATOM}id").text for entry in feed.findall(f"{ATOM}entry")]
        assert len(set(marks)) == len(marks)
        for mark in marks:
            place, _, name = mark.removeprefix("http://localhost").partition("#")
            assert f'id="{name}"' in text_of(client, place)


def test_a_project_leads_from_its_amounts_to_its_payments(client, treasury):
    page = text_of(client, f"/projects/{treasury}/XM-1/")
    assert "700.30" in page
    assert "占合同 8.75%" in page
    assert "ab" * 32 in page
    told = json.loads(text_of(client, f"/projects/{treasury}/XM-1.json"))
    assert told["manifest"]["sums"]["paid"] == "700.30"
    history = rows_of(client, f"/projects/{treasury}/XM-1/history.json")
    assert [row["what"] for row in history].count("amount") == 6
    assert {"amount": "-0.50", "kind": "variation"}.items() <= next(
        r for r in history if r["kind"] == "variation"
    ).items()


def test_the_stage_of_a_list_of_projects_is_kept_by_its_file_and_by_the_unit(client):
    page = text_of(client, "/projects/?stage=construction&unit=wan")
    assert 'href="/projects.csv?stage=construction"' in page
    assert "?stage=construction&amp;unit=yi" in page
    assert rows_of(client, "/projects.json?stage=approval") == []
    assert len(rows_of(client, "/projects.json?stage=construction")) == 1


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize(
    "address",
    ["figures", "sets", "rules", "fees", "projects", "fees/{t}/101.02.07", "projects/{t}/XM-1",
     "projects/{t}/XM-1/history", "search"],
)  # fmt: skip
def test_every_page_is_a_whole_file_too(client, treasury, address, form):
    data = client.get(f"/{address.format(t=treasury)}.{form}?q=护照").data
    assert check_manifest(data, form).whole
    assert not check_manifest(data[:-20], form).whole


def test_evil_texts_are_no_markup_on_a_page(client, treasury):
    for address in (f"/fees/{treasury}/999.01/", f"/en/fees/{treasury}/999.01/", "/fees/", "/en/fees/", "/map/", "/",
                    "/search/?q=HYPERLINK", "/feed.atom", "/fees/feed.atom", "/catalogue.jsonld"):  # fmt: skip
        page = text_of(client, address)
        if not address.endswith("jsonld"):
            assert "<script>alert" not in page, address
        assert "<b>" not in page or address.endswith("jsonld"), address


def test_evil_texts_are_no_formulas_in_a_file(client, treasury):
    text = text_of(client, f"/fees/{treasury}/999.01.csv")
    cells = [cell for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert {"'=1+1", "'-2+3", "'+1"} <= set(cells)
    with zipfile.ZipFile(io.BytesIO(client.get(f"/fees/{treasury}/999.01.xlsx").data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "HYPERLINK" not in "".join(re.findall(r"<f[ >].*?</f>", sheet))


@pytest.mark.parametrize(
    "address",
    [
        "/fees/{t}/..%2f..%2fetc%2fpasswd.csv",
        "/fees/../../etc/passwd.csv",
        "/projects/{t}/XM-1%00.csv",
        "/projects/{t}/XM-1.csv%2f..",
        "/fees.html",
        "/figures.php",
        "/search.exe?q=a",
        "/account/{t}/B2024/..%2f1001.csv",
    ],
)
def test_a_trick_with_paths_downloads_nothing(client, treasury, address):
    answer = client.get(address.format(t=treasury), buffered=True)
    assert answer.status_code in {400, 404}
    assert "root:" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("护照", "因私普通护照"),
        ("出国护照", "因私普通护照"),
        ("passport", "因私普通护照"),
        ("293号", "因私普通护照"),
        ("北河", "北河桥"),
        ("教育局 北河路", "北河桥"),
        ("文具", "2024-03/1"),
        ("文具店", "2024-03/1"),
        ("1,234.50", "2024-03/1"),
        ("¥1234.50", "2024-03/1"),
    ],
)
def test_a_search_in_everyday_words_finds(client, asked, found):
    page = client.get("/search/", query_string={"q": asked}).get_data(as_text=True)
    assert found in re.search(r"<main.*</main>", page, re.DOTALL)[0]


@pytest.mark.parametrize("asked", ["照护", "店具文", "王小明", "小明", "appl"])
def test_a_search_finds_no_pairs_that_are_not_there_and_nobody_by_name(client, asked):
    assert rows_of(client, f"/search.json?q={asked}") == []
    page = client.get("/search/", query_string={"q": asked}).get_data(as_text=True)
    assert "0 条结果" in page


def test_what_is_asked_stands_escaped_in_its_field(client):
    page = client.get("/search/", query_string={"q": '"><img src=x onerror=alert(1)>'}).get_data(as_text=True)
    assert "<img src=x" not in page
    assert 'value="&#34;&gt;&lt;img' in page


def test_what_a_rule_hides_changes_no_total(client, treasury, disclosed):
    told = json.loads(text_of(client, f"/account/{treasury}/A201-2024/5001.json"))
    hidden = [row for row in told["rows"] if row["payee"].startswith("不公开：")]
    assert [row["debit"] for row in hidden] == ["700.10"]
    with disclosed.source.engine("public").connect() as connection:
        fen = connection.exec_driver_sql(
            "select debit_fen from published.balance where treasury_id = %s and code = 'A201-2024' and account = '5001'",
            (disclosed.treasury_id,),
        ).scalar_one()
    assert told["manifest"]["sums"]["debit"] == f"{fen // 100}.{fen % 100:02d}"


def test_a_page_describes_itself_to_machines(client, treasury):
    for address in ("/", "/fees/", f"/fees/{treasury}/101.02.07/", f"/trial-balance/{treasury}/B2024/budgetary/"):
        page = text_of(client, address)
        told = json.loads(re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page)[1])
        assert told["@type"] == "Dataset"
        assert len(told["description"]) > 30
        assert told["url"] == f"http://localhost{address}"
        assert {part["encodingFormat"] for part in told["distribution"]} >= {"text/csv", "application/json"}
        for part in told["distribution"]:
            assert client.get(part["contentUrl"].removeprefix("http://localhost"), buffered=True).status_code == 200


def test_the_catalogue_lists_fees_projects_and_books(client, treasury):
    told = json.loads(text_of(client, "/catalogue.jsonld"))["dcat:dataset"]
    marks = [each["dct:identifier"] for each in told]
    assert {"fees", "projects", f"projects/{treasury}/XM-1", f"trial-balance/{treasury}/B2024/budgetary"} <= set(marks)
    assert len(set(marks)) == len(marks)


def test_the_unit_goes_along_and_the_file_stays_exact(client, treasury):
    page = text_of(client, f"/account/{treasury}/A201-2024/5001/?unit=wan")
    assert f'href="/voucher/{treasury}/A201-2024/2024-03/1/?unit=wan"' in page
    assert f'href="/account/{treasury}/A201-2024/5001.csv"' in page
    assert f'hreflang="en" href="/en/account/{treasury}/A201-2024/5001/?unit=wan"' in page


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (9_980_015_200_000, ("998.00", "亿元"), ("99.80", "billion yuan")),
        (10_000_000_000, ("1.00", "亿元"), ("100.00", "million yuan")),
        (9_999_999_999, ("10,000.00", "万元"), ("100.00", "million yuan")),
        (-123_450_000, ("−123.45", "万元"), ("−1.23", "million yuan")),
        (12_345, ("123.45", "元"), ("123.45", "yuan")),
        (0, ("0.00", "元"), ("0.00", "yuan")),
    ],
)
def test_a_large_figure_is_told_in_the_unit_that_it_fills(fen, zh, en):
    assert scaled(fen, "zh") == zh
    assert scaled(fen, "en") == en


def test_what_is_published_later_is_seen_at_once(client, disclosed, treasury):
    from ledger.db import transaction
    from ledger.disclosure.fees import publish_fees, record_fees
    from tests.ledger.test_fees import PASSPORT, replace

    later = replace(PASSPORT, item="101.09.09", name_zh="后来公布的收费", document_no="后字1号")
    assert "后来公布" not in text_of(client, "/fees/")
    with transaction(disclosed.source, disclosed.session("REVW")) as tx:
        recorded = record_fees(tx, [later])
    assert "后来公布" not in text_of(client, "/fees/")
    with transaction(disclosed.source, disclosed.session("PUBL")) as tx:
        publish_fees(tx, recorded)
    assert "后来公布" in text_of(client, "/fees/")
    assert client.get(f"/fees/{treasury}/101.09.09/").status_code == 200


def test_a_file_of_a_demo_says_so_in_its_name(app):
    from reports.sheet import Sheet
    from web.site.frame import download

    for facts, name in (({"demo": "演示数据"}, "fees-demo.csv"), ({}, "fees.csv")):
        with app.test_request_context("/"):
            answer = download(Sheet("fees", "收费", "Fees", (), [], facts), "csv", "fees")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
