"""Every link of every public page leads somewhere, in both languages, and every file that is offered is whole."""

import html
import re
from collections import deque
from urllib.parse import urldefrag, urlsplit

import pytest

from ledger import embedded
from reports.manifest import check_manifest
from tests.conftest import books_in
from tests.reports.closed_city import closed_city
from tests.web.site import test_budget_in_year, test_budgets, test_funds
from tests.web.site.conftest import first_quarter, unhurried
from web.texts import catalogue

MOST = 6000
LINK = re.compile(r'(?:href|src|action)="([^"]*)"')


@pytest.fixture(scope="module")
def app(tmp_path_factory, request):
    """Make the site of a quarter, budgets, a call and a year's accounts, on a server where nothing else is."""
    folder = tmp_path_factory.mktemp("crawl")
    for source in books_in(folder, request.config):
        for make in (first_quarter, test_budgets.published, test_funds.published, closed_city,
                     test_budget_in_year.lived, test_budget_in_year.earned):  # fmt: skip
            make(source)
        yield unhurried(source)
    embedded.discard(folder)


@pytest.fixture(scope="module")
def read(app):
    """Follow every link from the first page, in both languages; one page of each kind of filter and unit is enough."""
    client = app.test_client()
    waiting, seen = deque(["/", "/en/", "/search/?q=文具店", "/en/search/?q=文具店", "/sitemap.xml"]), {}
    while waiting and len(seen) < MOST:
        address = waiting.popleft()
        if address in seen:
            continue
        answer = client.get(address, buffered=True)
        seen[address] = answer
        if answer.mimetype == "text/html":
            for link in map(html.unescape, LINK.findall(answer.get_data(as_text=True))):
                plain = urldefrag(link).url
                where = plain if plain.startswith("/") else address.partition("?")[0] + plain
                if plain and "unit=" not in plain and not plain.startswith("/look/set"):
                    waiting.append(where)
    assert not waiting
    return seen


def pages(read):
    return {
        address: answer.get_data(as_text=True) for address, answer in read.items() if answer.mimetype == "text/html"
    }


def test_every_link_leads_somewhere_on_our_own_site(read):
    assert len(read) > 300
    assert {address: answer.status_code for address, answer in read.items() if answer.status_code != 200} == {}
    assert [address for address in read if urlsplit(address).netloc] == []


def test_every_mark_that_a_link_points_to_is_on_its_page(read):
    shown = pages(read)
    for address, page in shown.items():
        for link in map(html.unescape, LINK.findall(page)):
            place, mark = urldefrag(link)
            if mark and (place or address) in shown:
                assert f'id="{mark}"' in shown[place or address], (address, link)


def test_every_file_that_is_offered_is_whole(read):
    files = {a: r for a, r in read.items() if a.partition("?")[0].endswith((".csv", ".json", ".xlsx"))}
    assert len(files) > 100
    for address, answer in files.items():
        form = address.partition("?")[0].rpartition(".")[2]
        assert check_manifest(answer.data, form).whole, address
        assert re.fullmatch(r'attachment; filename="[0-9A-Za-z._-]+"', answer.headers["Content-Disposition"]), address


def test_every_page_has_its_twin_in_the_other_language(read):
    shown = pages(read)
    for address, page in shown.items():
        twin = address.removeprefix("/en") if address.startswith("/en/") else f"/en{address}"
        assert f'href="{html.escape(twin)}"' in page or twin in shown, address
        assert f'<html lang="{"en" if address.startswith("/en/") else "zh-CN"}"' in page


def test_no_page_lacks_a_word(read):
    for address, page in pages(read).items():
        text = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        assert re.search(r"\b(Undefined|None|True|False)\b", re.sub(r"<[^>]+>", " ", text)) is None, address
        assert re.search(r"<(td|th|dt|h1|h2|caption|label|button|a)\b[^>]*></\1>", re.sub(r'<td class="(number|blank)[^>]*></td>', "", text)) is None, address  # fmt: skip


def test_an_english_page_speaks_english_except_where_it_says_so(read):
    words = set(catalogue("web.site", "zh").values()) - set(catalogue("web.site", "en").values()) - {"", "中文"}
    for address, page in pages(read).items():
        if not address.startswith("/en/"):
            continue
        bare = re.sub(r'<(\w+) [^>]*lang="zh-CN"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
        told = re.findall(r">([^<]+)<", bare)
        assert [text for text in told if text.strip() in words] == [], address
