"""What a client reads: balances by two dates, statements, vouchers, exports, master data, and its own token."""

import csv
import datetime as dt
import io
import json

import pytest

from ledger.sequencer import sequence
from reports.manifest import check_manifest
from tests.web.api.conftest import security, token


def get(client, city, address, duty="AUDI", **asked):
    return client.get(f"/api/v1{address}", query_string=asked, headers=token(city, duty))


def test_a_client_is_told_who_it_is(client, city):
    told = get(client, city, "/me", "BOOK").json
    assert told == {"treasury": f"T{city.treasury_id:06d}", "person": "book", "duty": "BOOK", "agencies": None}


def test_a_balance_by_two_dates_stays_what_was_known(client, city):
    city.receive(100_001)
    sequence(city.source, city.treasury_id)
    known = get(client, city, "/log").json["size"]
    city.receive(20_002)
    sequence(city.source, city.treasury_id)
    city.receive(3_003, on=dt.date(2024, 3, 6))

    def closing(**asked):
        rows = get(client, city, "/sets/B2024/balances", account="1001", **asked).json["rows"]
        return [row["closing"] for row in rows]

    assert closing() == ["1230.06"]
    assert closing(on="2024-03-05") == ["1200.03"]
    assert closing(on="2024-03-05", known=known) == ["1000.01"]
    assert closing(on="2024-03-04") == []
    assert get(client, city, "/sets/B2024/balances", known=10**9).status_code == 404


def test_an_account_that_the_chart_does_not_have_has_no_balance(client, city):
    answer = get(client, city, "/sets/B2024/balances", account="9999")
    assert answer.status_code == 404
    assert answer.json["code"] == "unknown-book"


def test_a_statement_runs_on_from_page_to_page_and_ends_at_the_balance(client, city):
    for n in range(12):
        city.receive(10_001 + n)
    rows, after = [], {}
    while True:
        told = get(client, city, "/sets/B2024/accounts/1001/statement", limit=5, **after).json
        first, *page = told["rows"]
        assert first["balance"] == (rows[-1]["balance"] if rows else "0.00")
        rows += page
        if told["next_page"] is None:
            break
        after = {"after": told["next_page"]}
    assert len(rows) == 12
    assert rows[-1]["balance"] == get(client, city, "/sets/B2024/balances", account="1001").json["rows"][0]["closing"]


def test_a_page_that_was_read_as_known_is_the_same_after_a_late_posting_to_an_earlier_day(client, city):
    for n in range(6):
        city.receive(10_001 + n)
    sequence(city.source, city.treasury_id)
    asked = {"limit": 4, "known": get(client, city, "/log").json["size"]}
    before = get(client, city, "/sets/B2024/accounts/1001/postings", **asked).data
    city.receive(77, on=dt.date(2024, 3, 1))
    sequence(city.source, city.treasury_id)
    assert get(client, city, "/sets/B2024/accounts/1001/postings", **asked).data == before


def test_a_voucher_is_read_by_its_number_with_its_people_and_its_other_books(client, city):
    indicator = city.grant(500_000)
    city.receive(900_000)
    city.pay(indicator, 123_450)
    number = next(row["voucher"] for row in get(client, city, "/sets/A201-2024/vouchers").json["rows"])
    told = get(client, city, f"/sets/A201-2024/vouchers/{number}").json
    assert told["kind"] == "treasury_payment"
    assert told["prepared_by"] == "appl"
    assert {each["set"] for each in told["others"]} == {"B2024", "I2024"}
    assert {line["amount"] for line in told["lines"]} == {"1234.50"}
    assert {"D", "C"} == {line["side"] for line in told["lines"]}


@pytest.mark.parametrize("number", ["2024-03/9999", "2024-03/99999999999", "x/1"])
def test_a_voucher_that_is_not_there_is_a_problem(client, city, number):
    answer = get(client, city, f"/sets/B2024/vouchers/{number}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


REPORTS = {
    "trial-balance": {"rolled": "true"},
    "account-statement": {"account": "1001"},
    "balance-sheet": {},
    "revenue-expenditure": {"book": "budgetary"},
    "vouchers": {"account": ["1001", "7001"], "dims": "fund:1", "under": "revenue:101"},
}


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_a_file_that_knows_whether_it_is_whole(client, city, name, form):
    city.receive(500_007)
    answer = get(client, city, f"/sets/B2024/reports/{name}", format=form, **REPORTS[name])
    assert answer.status_code == 200, answer.json
    assert check_manifest(answer.data, form).whole
    assert not check_manifest(answer.data[:-9], form).whole


@pytest.mark.parametrize(
    ("name", "asked", "status"),
    [
        ("nothing", {}, 404),
        ("account-statement", {}, 404),
        ("account-statement", {"account": ["1001", "1002"]}, 404),
        ("balance-sheet", {"account": "1001"}, 404),
        ("vouchers", {"dims": "nothing:1"}, 404),
        ("vouchers", {"dims": "fund"}, 422),
        ("vouchers", {"limit": "0"}, 422),
        ("vouchers", {"sql": "1"}, 422),
        ("trial-balance", {"format": "../x"}, 422),
    ],
)
def test_a_report_refuses_what_it_does_not_take(client, city, name, asked, status):
    assert get(client, city, f"/sets/B2024/reports/{name}", **asked).status_code == status


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_the_export_of_a_set_is_whole_and_balances(client, city, form):
    for n in range(30):
        city.receive(10_001 + n)
    data = get(client, city, "/sets/B2024/export", format=form).data
    checked = check_manifest(data, form)
    assert checked.whole
    assert checked.manifest.rows == 120
    assert checked.manifest.sums["debit"] == checked.manifest.sums["credit"]


def test_an_export_of_some_days_holds_those_days(client, city):
    city.receive(10_001)
    city.receive(20_002, on=dt.date(2024, 3, 9))
    data = get(client, city, "/sets/B2024/export", **{"from": "2024-03-09", "format": "csv"}).get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(data.removeprefix("\ufeff"))))
    assert {row["on"] for row in rows[:-1]} == {"2024-03-09"}


def test_a_formula_in_a_narration_is_none_in_an_export(client, city):
    event = city.event("treasury_receipt", prepared_by="book", facts={"amount": 123_450}, narration="=cmd|' /C calc'!A0",
                       dims={"fund": "1", "revenue": "1010101"})  # fmt: skip
    city.post("AUDT_IN", event)
    for bom in ("csv",):
        text = get(client, city, "/sets/B2024/export", format=bom).get_data(as_text=True)
        assert "'=cmd" in text
        assert all(not cell.startswith(("=", "+", "@")) for line in csv.reader(io.StringIO(text)) for cell in line)


@pytest.mark.parametrize(
    "name", ["accounts", "account-keys", "agencies", "classes", "duties", "economic-map", "templates"]
)
def test_master_data_are_a_list_and_a_whole_file(client, city, name):
    listed = get(client, city, f"/masters/{name}").json
    assert len(listed) >= 7
    for form in ("csv", "json", "xlsx"):
        checked = check_manifest(get(client, city, f"/masters/{name}", format=form).data, form)
        assert checked.whole
        assert checked.manifest.rows == len(listed)


def test_agencies_are_those_of_ones_own_treasury(client, city, source):
    from tests.conftest import make_city

    make_city(source)
    assert len(get(client, city, "/masters/agencies").json) == 7


def test_an_agency_reads_its_own_set_only(client, city):
    assert get(client, city, "/sets/A201-2024/export", "APPL").status_code in {200, 404}
    sets = {each["set"] for each in get(client, city, "/sets", "AUDI").json}
    assert {"B2024", "A201-2024"} <= sets


def test_tokens_are_given_listed_and_ended_over_the_api(client, city):
    headers = security(city)
    order = {"client": "bank-2", "person": "audi", "duty": "AUDI", "days": 30, "document": "接入审批2号"}
    given = client.post("/api/v1/clients", json=order, headers=headers)
    assert given.status_code == 201
    own = {"Authorization": f"Bearer {given.json['token']}"}
    assert client.get("/api/v1/me", headers=own).json["duty"] == "AUDI"
    assert client.post("/api/v1/clients", json=order, headers=headers).status_code == 409
    listed = client.get("/api/v1/clients", headers=headers).json
    assert [(each["client"], each["document"], each["revoked_at"]) for each in listed] == [
        ("bank-2", "接入审批2号", None)
    ]
    ends = dt.datetime.fromisoformat(listed[0]["expires_at"]) - dt.datetime.fromisoformat(listed[0]["issued_at"])
    assert dt.timedelta(days=29, hours=23) < ends < dt.timedelta(days=30, hours=1)
    assert given.json["token"] not in json.dumps(listed)
    assert client.delete("/api/v1/clients/bank-2", headers=headers).json == {"client": "bank-2", "revoked": True}
    assert client.get("/api/v1/me", headers=own).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"days": 367}, 422),
        ({"days": 1.5}, 422),
        ({"days": 0}, 422),
        ({"client": "Bank 1"}, 422),
        ({"duty": "BOOK"}, 403),
        ({"person": "secu", "duty": "SECU"}, 403),
        ({"more": 1}, 422),
    ],
)
def test_a_token_that_may_not_be_given_is_not_given(client, city, wrong, status):
    order = {"client": "bank-3", "person": "audi", "duty": "AUDI", "days": 30, "document": "接入审批3号", **wrong}
    assert client.post("/api/v1/clients", json=order, headers=security(city)).status_code == status


def test_nobody_else_gives_or_lists_tokens(client, city):
    assert get(client, city, "/clients", "AUDI").status_code == 403
    assert client.delete("/api/v1/clients/x", headers=token(city, "SADM")).status_code == 403
