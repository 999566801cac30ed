"""Citizens read who was granted how much of a special fund and why, and draw the experts again themselves."""

import hashlib
import json
import re
from dataclasses import replace

import pytest

from ledger.compilation.special_funds import Cost, apply, check, decide, publish_results
from reports.formats import check_manifest
from tests.conftest import make_city
from tests.ledger.fund_city import AGREED, CALL, PUMP, SEED, act, drawn, judge, open_fund
from web.app import create_app

REFUSED = replace(
    PUMP, application="SB-2", applicant="望山<b>铸造", project_zh="=1+1窑炉", costs=(Cost("窑炉", 45_000_000),)
)
INCOMPLETE = replace(PUMP, application="SB-3", applicant="湖东纺织", project_zh="织机更新", equipment="")


def decided(source):
    """Make a city whose call is decided: one granted after cuts, one refused, one incomplete."""
    city = make_city(source)
    open_fund(city)
    act(city, "COMP", apply, INCOMPLETE)
    act(city, "REVW", check, "SB-3", passed=False, reason="缺环评")
    seated = drawn(city, PUMP, REFUSED)
    judge(city, seated, (9_000_003, 2_000_000), (8_000_000, 3_000_001), (1, 2_500_000))
    act(city, "APPR", decide, AGREED)
    act(
        city,
        "APPR",
        decide,
        replace(AGREED, application="SB-2", granted=False, reason="产能过剩", votes_for=1, votes_against=4),
    )
    return city, seated


@pytest.fixture(scope="module")
def open_city(source):
    return published(source)


def published(source):
    """Make a city whose call is decided and public."""
    city, seated = decided(source)
    act(city, "PUBL", publish_results, CALL.call)
    return city, seated


@pytest.fixture(scope="module")
def closed_city(source):
    return decided(source)[0]


@pytest.fixture(scope="module")
def client(open_city):
    return create_app(open_city[0].source).test_client()


def code(city):
    return f"T{city.treasury_id:06d}"


def own(city, suffix="/", language=""):
    return f"{language}/funds/{code(city)}/{CALL.call}{suffix}"


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def table(client, city, suffix):
    return json.loads(read(client, own(city, suffix)))


def test_the_list_shows_what_is_published_and_nothing_else(client, open_city, closed_city):
    for path in ("/funds/", "/en/funds/", "/funds/?year=2024"):
        listed = read(client, path)
        assert own(open_city[0]) in listed
        assert code(closed_city) not in listed
    assert own(open_city[0]) not in read(client, "/funds/?year=2023")
    for path in ("/funds.csv", "/catalogue.jsonld", "/map/", "/sitemap.xml", "/feed.atom", "/search/?q=水泵"):
        told = read(client, path)
        assert code(open_city[0]) in told, path
        assert code(closed_city) not in told, path


@pytest.mark.parametrize("suffix", ["/", ".csv", ".json", ".xlsx", "/draw.csv", "/draw.json", "/draw.xlsx"])
def test_pages_and_files_are_there_for_the_published_call_and_for_no_other(client, open_city, closed_city, suffix):
    answer = client.get(own(open_city[0], suffix))
    assert answer.status_code == 200
    if suffix != "/":
        assert check_manifest(answer.data, suffix.rpartition(".")[2]).whole
    assert client.get(own(closed_city, suffix)).status_code == 404
    assert client.get(own(open_city[0], suffix).replace(CALL.call, "ZX-no")).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", ("5 票同意，0 票反对，到会 5 人，应到 7 人", "不予安排", "形式审查不通过")),
        ("/en", ("5 for, 0 against, 5 of 7 present", "not granted", "formal check not passed")),
    ],
)
def test_each_application_is_told_with_its_amounts_its_reason_and_its_votes(client, open_city, language, words):
    told = read(client, own(open_city[0], "/", language))
    for text in ("清渡泵业有限公司", "120,000.04", "105,000.00", "产能过剩", "缺环评", "cd" * 32, *words):
        assert text in told, text
    assert "望山&lt;b&gt;铸造" in told
    assert "专家1" not in told


def test_the_page_says_how_to_draw_again_and_its_example_is_true(client, open_city):
    told = read(client, own(open_city[0]))
    assert SEED in told
    assert "结果一致" in told
    text, lot = re.findall(r'<li>[^<]*<br><span class="code wrap">([^<]*)</span></li>', told)
    assert text.startswith(f"{SEED}|{CALL.call}|E")
    assert hashlib.sha256(text.encode()).hexdigest() == lot


def test_whoever_has_the_file_draws_the_same_experts(client, open_city):
    city, seated = open_city
    found = table(client, city, "/draw.json")
    seed = found["seed"]
    lots = {row["expert"]: row for row in found["rows"]}
    assert {e: hashlib.sha256(f"{seed}|{CALL.call}|{e}".encode()).hexdigest() for e in lots} == {
        e: row["lot"] for e, row in lots.items()
    }
    free = [e for e in sorted(lots, key=lambda e: lots[e]["lot"]) if lots[e]["excluded"] != "是 yes"]
    assert free[:3] == seated
    assert "E2" not in free


def test_a_call_that_is_published_later_appears_at_once(client, source):
    city, _ = decided(source)
    assert code(city) not in read(client, "/funds/")
    act(city, "PUBL", publish_results, CALL.call)
    assert own(city) in read(client, "/funds/")


def test_a_spreadsheet_takes_no_text_of_an_application_for_a_formula(client, open_city):
    assert ",'=1+1窑炉," in read(client, own(open_city[0], ".csv"))
