"""The API: who may, what is posted, what is refused, and pages that stay while the books grow."""

import datetime as dt
import json

import pytest

from ledger import access, clients, install
from ledger.db import owner, transaction
from ledger.errors import LedgerError
from ledger.install import PersonPlan
from reports.manifest import check_manifest
from tests.web.api.conftest import token


def receipt(key, amount="1234.50", **other):
    return {"kind": "treasury_receipt", "key": key, "on": "2024-03-05", "narration": "增值税", "prepared_by": "book",
            "facts": {"amount": amount}, "dims": {"fund": "1", "revenue": "1010101"}, **other}  # fmt: skip


def send(client, city, events, duty="AUDT_IN", **query):
    return client.post("/api/v1/events", json={"events": events}, headers=token(city, duty), query_string=query)


def test_a_thousand_events_are_posted_in_one_call_and_answered_again_the_same(client, city):
    events = [receipt(f"k{n}", f"{n + 1}.05") for n in range(1000)]
    first = send(client, city, events)
    assert first.status_code == 200
    assert not any(event["already"] for event in first.json["events"])
    again = send(client, city, events)
    assert [e["event_id"] for e in again.json["events"]] == [e["event_id"] for e in first.json["events"]]
    assert all(event["already"] for event in again.json["events"])


def test_one_bad_event_refuses_all_and_is_named(client, city):
    answer = send(client, city, [receipt("a"), receipt("b", dims={"fund": "1", "revenue": "999"}), receipt("c")])
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["facts"]["row"] == 2
    assert answer.json["title_zh"]
    assert not send(client, city, [receipt("a")]).json["events"][0]["already"]


def test_the_same_key_with_other_content_is_a_conflict(client, city):
    send(client, city, [receipt("a")])
    answer = send(client, city, [receipt("a", "1.00")])
    assert answer.status_code == 409
    assert answer.json["code"] == "key-reused"


def test_a_dry_run_tells_the_balances_and_writes_nothing(client, city):
    answer = send(client, city, [receipt("dry")], dry_run="true")
    assert answer.json["dry_run"] is True
    assert {"set": "B2024", "account": "1001", "debit": "1234.50", "credit": "0.00"} in answer.json["balances"]
    assert not send(client, city, [receipt("dry")]).json["events"][0]["already"]


@pytest.mark.parametrize("amount", [1234.5, 1234, True, None, "1e3", "1.234", "NaN", "", "１２", "9" * 30, ["1"]])
def test_money_that_is_no_text_in_yuan_is_refused(client, city, amount):
    answer = send(client, city, [receipt("m", amount)])
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b'{"events": []}', 422),
        (b'{"events": [{}]}', 422),
        (b'{"events": [1]}', 422),
        (b'{"events": NaN}', 400),
        (b'{"events": [], "events": []}', 400),
        (b'{"other": 1}', 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
    ],
)
def test_a_body_that_is_none_is_refused_plainly(client, city, body, status):
    answer = client.post("/api/v1/events", data=body, headers=token(city, "AUDT_IN"), content_type="application/json")
    assert answer.status_code == status
    assert "Traceback" not in answer.get_data(as_text=True)


def test_a_form_is_no_json(client, city):
    answer = client.post("/api/v1/events", data={"events": "1"}, headers=token(city, "AUDT_IN"))
    assert answer.status_code in {400, 415, 422}


def test_a_body_over_the_limit_is_refused(client, city):
    answer = client.post(
        "/api/v1/events",
        data=b" " * (17 * 1024 * 1024),
        headers=token(city, "AUDT_IN"),
        content_type="application/json",
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer gk_execute_" + "0" * 64},
                                    {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer gk_inspect_" + "0" * 64}])  # fmt: skip
def test_nobody_reads_or_posts_without_a_token(client, header):
    for answer in (client.get("/api/v1/sets", headers=header), client.post("/api/v1/events", json={}, headers=header)):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_duty_that_may_not_post_is_refused(client, city):
    answer = send(client, city, [receipt("x")], duty="CLOS")
    assert answer.status_code == 403


def test_who_prepared_may_not_post(client, city):
    answer = send(client, city, [receipt("x", prepared_by="audt_in")])
    assert answer.status_code == 403
    assert answer.json["code"] in {"preparer-posts", "preparer-lacks-duty"}


def test_the_trial_balance_is_a_file_that_knows_whether_it_is_whole(client, city):
    city.receive(5_000_07)
    for form in ("csv", "json", "xlsx"):
        answer = client.get(
            "/api/v1/sets/B2024/trial-balance", query_string={"format": form}, headers=token(city, "AUDI")
        )
        assert answer.status_code == 200
        assert check_manifest(answer.data, form).whole
        assert not check_manifest(answer.data[:-9], form).whole


def test_a_foreign_set_is_not_there(client, city):
    assert client.get("/api/v1/sets/NOPE/trial-balance", headers=token(city, "AUDI")).status_code == 404


def test_pages_join_without_gap_or_overlap_while_the_books_grow(client, city):
    for n in range(25):
        city.receive(10_001 + n)
    pages, after, headers = [], None, token(city, "AUDI")
    while True:
        asked = {"limit": 7} | ({"after": after} if after else {})
        told = client.get("/api/v1/sets/B2024/accounts/1001/postings", query_string=asked, headers=headers).json
        pages += [row["debit"] for row in told["rows"]]
        after = told["next_page"]
        city.receive(99)
        if after is None or len(pages) > 60:
            break
    assert pages[:25] == [f"{(10_001 + n) // 100}.{(10_001 + n) % 100:02d}" for n in range(25)]


@pytest.mark.parametrize("after", ["x", "2024-03-05.zz.1", "2024-03-05." + "0" * 32 + ".1.1", "'"])
def test_a_place_that_is_none_is_refused(client, city, after):
    answer = client.get("/api/v1/sets/B2024/vouchers", query_string={"after": after}, headers=token(city, "AUDI"))
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["accounts", "classes", "templates", "economic-map"])
def test_master_data_is_given(client, city, name):
    rows = client.get(f"/api/v1/masters/{name}", headers=token(city, "AUDI")).json
    assert len(rows) > 50
    assert client.get("/api/v1/masters/duty", headers=token(city, "AUDI")).status_code == 404


def test_the_description_names_every_address(client, app):
    told = json.loads(client.get("/api/v1/openapi.json").data)
    assert told["openapi"] == "3.1.0"
    ours = {str(rule).replace("<int:", "<") for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert {path.replace("{", "<").replace("}", ">") for path in told["paths"]} == ours


def test_a_client_gets_a_token_from_the_security_administrator_and_loses_it_at_once(client, city):
    with owner(city.source) as connection:
        install.create_office(connection, city.treasury_id, "903.SECU", "903", "安全", "Security")
        plan = PersonPlan("secu", "SECU", "903.SECU", ("SECU",))
        install.create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    secu = access.open_session(city.source, city.treasury_id, "secu", "SECU")
    with transaction(city.source, secu) as tx:
        given = clients.issue_token(tx, "bank-1", person="audi", duty="AUDI", days=30, document="接入审批1号")
        assert [row["client"] for row in clients.clients(tx)] == ["bank-1"]
    headers = {"Authorization": f"Bearer {given}"}
    assert client.get("/api/v1/sets", headers=headers).status_code == 200
    with transaction(city.source, secu) as tx:
        assert clients.revoke_token(tx, "bank-1")
    assert client.get("/api/v1/sets", headers=headers).status_code == 401
    with pytest.raises(LedgerError), transaction(city.source, secu) as tx:
        clients.issue_token(tx, "own", person="secu", duty="SECU", days=1, document="无")
    with pytest.raises(LedgerError), transaction(city.source, city.session("BOOK")) as tx:
        clients.issue_token(tx, "other", person="audi", duty="AUDI", days=1, document="无")
