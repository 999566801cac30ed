"""The public pages: what is shown, what is not, in both languages, from the first page to a voucher."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest

from reports.manifest import check_manifest
from web.app import create_app
from web.settings import Imprint, Settings

ADDRESSES = [
    "/",
    "/en/",
    "/trial-balance/{t}/B2024/budgetary/",
    "/en/trial-balance/{t}/B2024/financial/?unit=wan",
    "/account/{t}/A201-2024/5001/",
    "/en/account/{t}/A201-2024/5001/?unit=yi",
    "/voucher/{t}/A201-2024/2024-03/1/",
    "/en/voucher/{t}/A201-2024/2024-03/2/",
    "/search/?q=文具店",
    "/en/search/?q=1,234.50",
    "/rules/",
    "/en/map/",
]
PRIVATE = ("王小明", "appl", "pchk", "AUDT_IN")


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_shown_and_guarded(client, treasury, address):
    answer = client.get(address.format(t=treasury))
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = answer.get_data(as_text=True)
    assert set(re.findall(r"<script ([^>]*?) nonce", page)) <= {'type="application/ld+json"'}
    assert "http://" not in re.sub(r"http://(localhost|www\.w3\.org)", "", page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_names_a_person(client, treasury, address):
    page = text_of(client, address.format(t=treasury)).replace("application/", "")
    assert not any(name in page for name in PRIVATE)


def test_four_clicks_lead_from_the_first_page_to_a_voucher(client, treasury):
    page, clicks = text_of(client, "/"), 0
    for pattern in (rf"/trial-balance/{treasury}/A201-2024/financial/", rf"/account/{treasury}/A201-2024/5001/",
                    rf"/voucher/{treasury}/A201-2024/2024-03/1/"):  # fmt: skip
        found = re.search(rf'href="({pattern}[^"]*)"', page)
        assert found is not None, pattern
        page, clicks = text_of(client, found[1].replace("&amp;", "&")), clicks + 1
    assert clicks <= 4
    assert "1,234.50" in page
    assert "某某文具店" in page


def test_what_is_hidden_says_by_which_article(client, treasury):
    page = text_of(client, f"/voucher/{treasury}/A201-2024/2024-03/2/")
    assert "不公开" in page
    assert "第十五条" in page
    assert "700.10" in page


def test_a_reversal_and_its_original_lead_to_each_other(client, treasury):
    original = text_of(client, f"/voucher/{treasury}/A201-2024/2024-03/3/")
    assert "本凭证已被冲销" in original
    reversal = text_of(client, f"/voucher/{treasury}/A201-2024/2024-03/4/")
    assert "本凭证冲销" in reversal
    assert "−43.21" in reversal


def test_the_page_the_file_and_the_ledger_have_one_total(client, treasury, disclosed):
    told = json.loads(client.get(f"/account/{treasury}/A201-2024/5001.json").data)
    with disclosed.source.engine("inspect").connect() as connection:
        debit = connection.exec_driver_sql(
            "select debit_fen from ledger.balance b join ledger.account_set s using (treasury_id, account_set_id)"
            " where s.treasury_id = %s and s.code = 'A201-2024' and b.account = '5001'",
            (disclosed.treasury_id,),
        ).scalar_one()
    assert told["manifest"]["sums"]["debit"] == f"{debit // 100}.{debit % 100:02d}"
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"/account/{treasury}/A201-2024/5001.csv?bom=0").get_data(as_text=True)))
    )
    assert [row["debit"] for row in rows[:-1]] == [row["debit"] or "" for row in told["rows"]]


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize(
    "address", ["trial-balance/{t}/B2024/budgetary", "account/{t}/A201-2024/5001", "voucher/{t}/A201-2024/2024-03/1"]
)
def test_every_file_is_whole_and_a_cut_one_is_seen(client, treasury, address, form):
    data = client.get(f"/{address.format(t=treasury)}.{form}").data
    assert check_manifest(data, form).whole
    assert not check_manifest(data[:-20], form).whole


def test_a_formula_is_no_formula_in_a_file(client, treasury):
    text = client.get(f"/voucher/{treasury}/A201-2024/2024-03/3.csv").get_data(as_text=True)
    assert "'=HYPERLINK" in text
    assert re.search(r"(^|,)=HYPER", text) is None


def test_pages_of_an_account_go_on_where_the_last_ended(client, treasury):
    page = text_of(client, f"/account/{treasury}/B2024/1001/")
    seen = re.findall(r"2024-03/(\d+)</a>", page)
    following = re.search(r'href="([^"]+)" rel="next"', page)
    rest = re.findall(r"2024-03/(\d+)</a>", text_of(client, following[1].replace("&amp;", "&")))
    assert len(seen) == 50
    assert not set(seen) & set(rest)
    assert len(seen) + len(rest) == 67


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing/", 404),
        ("/trial-balance/{t}/A202-2024/financial/", 404),
        ("/trial-balance/{t}/B2024/none/", 404),
        ("/account/{t}/B2024/9999/", 404),
        ("/account/{t}/B2024/1001/?after=x", 400),
        ("/voucher/{t}/B2024/2024-03/9999/", 404),
        ("/voucher/{t}/B2024/2024-03/99999999999/", 404),
        ("/account/{t}/B2024/1001.exe/", 404),
        ("/look/set?elder=1&to=//evil.example/", 400),
        ("/look/set?elder=1&to=https://evil.example/", 400),
        ("/look/set?elder=1&to=/\\evil.example", 400),
        ("/look/../../etc/passwd", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_plainly(client, treasury, address, status):
    answer = client.get(address.format(t=treasury))
    assert answer.status_code == status
    assert "Traceback" not in answer.get_data(as_text=True)


def test_nothing_can_be_sent_to_the_site(client):
    assert client.post("/").status_code == 405


def test_large_type_is_kept_and_goes_back_to_the_page(client):
    answer = client.get("/look/set?elder=1&to=/search/?q=a")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/search/?q=a"
    assert 'class="elder"' in text_of(client, "/")


@pytest.mark.parametrize("trick", ["_scheme=javascript", "_external=1", "_anchor=x", "endpoint=a", "_method=POST"])
def test_what_a_reader_adds_to_an_address_changes_no_link(client, trick):
    page = text_of(client, f"/?{trick}")
    assert 'href="javascript' not in page
    assert f'href="/en/?{trick}"' in page


def test_a_unit_is_rounded_on_the_page_and_exact_beside_it(client, treasury):
    page = text_of(client, f"/voucher/{treasury}/A201-2024/2024-03/1/?unit=wan")
    assert '<data value="1234.50" title="1234.50 元">0.12</data>' in page


def test_the_feed_and_the_maps_are_well_formed(client):
    feed = ET.fromstring(client.get("/feed.atom").data)  # noqa: S314  our own
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) >= 3
    places = ET.fromstring(client.get("/sitemap.xml").data)  # noqa: S314  our own
    assert all(client.get(place[0].text.replace("http://localhost", "")).status_code == 200 for place in places)
    sets = json.loads(client.get("/catalogue.jsonld").data)["dcat:dataset"]
    links = [part["dcat:downloadURL"] for each in sets for part in each["dcat:distribution"]]
    assert all(client.get(link.replace("http://localhost", "")).status_code == 200 for link in links)


@pytest.mark.parametrize(
    "asked", ["'; drop table ledger.event --", "\\", "%", "''", "<script>", '"><script>', "国" * 500, "& | ! ( )"]
)
def test_any_text_may_be_searched(client, asked):
    answer = client.get("/search/", query_string={"q": asked})
    assert answer.status_code == 200
    assert "<script>" not in answer.get_data(as_text=True)
    for form in ("csv", "json", "xlsx"):
        answer = client.get(f"/search.{form}", query_string={"q": asked})
        assert check_manifest(answer.data, form).whole


def test_a_text_with_a_nul_is_refused_plainly(client):
    answer = client.get("/search/?q=%00")
    assert answer.status_code in {200, 400}
    assert "Traceback" not in answer.get_data(as_text=True)


def test_the_foot_of_a_page_names_who_publishes(disclosed):
    own = Settings(imprint=Imprint("某区财政局", "Finance <bureau>", "0571-1", "某ICP备1号"))
    client = create_app(disclosed.source, own).test_client()
    foot = re.search(r"<footer.*</footer>", text_of(client, "/"), re.DOTALL)[0]
    assert "主办单位：某区财政局 · 联系方式：0571-1" in foot
    assert "某ICP备1号" in foot
    assert "Published by: Finance &lt;bureau&gt;" in text_of(client, "/en/")


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_first_page_opens_on_fees_projects_budgets_and_accounts(client, language):
    page = client.get(f"{language}/").get_data(as_text=True)
    doors = re.findall(r'<h2 id="door-\w+"><a href="([^"]+)">', page)
    assert doors == [f"{language}/{each}/" for each in ("fees", "projects", "budgets", "accounts", "government")]
