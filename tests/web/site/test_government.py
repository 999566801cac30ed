"""Anyone reads the nineteen tables of a government's budget, as page and file, with every check and its outcome."""

import hashlib
import json
import re

import pytest

from ledger import periods
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.db import snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from reports.catalogue import REPORTS
from reports.formats import check_manifest
from reports.government_books import government_facts
from reports.government_budget_rules import failing
from tests.conftest import make_city
from tests.web.site.conftest import publish
from web.site import government

YEAR = 2024


@pytest.fixture
def own(treasury):
    return f"/government/{treasury}/{YEAR}/"


@pytest.fixture
def found(disclosed, treasury):
    return government.published(disclosed.source, treasury, YEAR)


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_all_nineteen_tables_stand_on_the_page_with_the_empty_ones_saying_so(client, own, prefix):
    text = read(client, prefix + own)
    assert re.findall(r'<section id="t(\d+)"', text) == [str(no) for no in range(1, 20)]
    assert ("本表为空表" if not prefix else "this table is empty") in text
    assert "knowledge" in text


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("no", [1, 2, 15, 19])
def test_each_table_has_a_page_of_its_own(client, own, found, prefix, no):
    table = found.tables[no - 1]
    assert (table.title_en if prefix else table.title_zh) in read(client, f"{prefix}{own}{no}/")


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("name", ["", "/1", "/2", "/14", "/19", "/checks"])
def test_every_file_is_whole(client, own, form, name):
    answer = client.get(f"{own.rstrip('/')}{name}.{form}")
    assert answer.status_code == 200
    assert check_manifest(answer.data, form).whole


def test_the_list_of_tables_has_the_digest_of_each_file(client, own):
    listed = json.loads(client.get(own.rstrip("/") + ".json").data)["rows"]
    assert [row["no"] for row in listed] == [str(no) for no in range(1, 20)]
    for no in (1, 4):
        content = client.get(f"{own}{no}.csv?bom=0").data
        assert listed[no - 1]["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_is_not_published_or_not_there_is_not_found(client, treasury, own):
    for path in (f"/government/{treasury}/2023/", "/government/NOWHERE/2024/", f"{own}20/", f"{own}0.csv"):
        assert client.get(path).status_code == 404, path


def test_every_check_stands_on_the_page_with_its_outcome(client, own, found):
    text = read(client, own)
    assert failing(found.outcomes) == []
    assert all(each.rule.name in text for each in found.outcomes)
    rows = json.loads(client.get(f"{own}checks.json").data)["rows"]
    held = [row["rule"] for row in rows if row["holds"] == "是 yes"]
    assert f"{len(held)} / {len(held)}" in text
    assert "expenditure_as_execution" in held


def test_a_check_of_empty_tables_is_not_counted_as_one_that_holds(client, own):
    rows = json.loads(client.get(f"{own}checks.json").data)["rows"]
    idle = {row["rule"] for row in rows if row["holds"] == "空表 empty"}
    assert idle == {"debt_moves", "public_expenses_change"}
    assert read(client, own).count("空表，无数可核") == len(idle)


@pytest.fixture(scope="module")
def unequal(source):
    """A city whose bureau booked 77 fen of expenditure that no indicator paid for."""
    city = make_city(source)
    city.receive(9_003)
    city.pay(city.grant(801), 123)
    spent = {"fund": "1", "func": "2050201", "gov_econ": "50502", "agency": "201"}
    lines = (GivenLine("7001", "D", Fen(77), spent), GivenLine("8041", "C", Fen(77), {"fund": "1"}))
    city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher("B2024", lines),)))
    for code in ("B2024", "I2024"):
        for number in range(4):
            with transaction(source, city.session("CLOS")) as tx:
                periods.close_for_good(tx, code, number, "结账")
        publish(city, code)
    return f"T{city.treasury_id:06d}"


@pytest.fixture(scope="module")
def lender(source):
    """A city with bonds, a transfer to a county and to a hidden receiver, and budget that bonds pay for."""
    city = make_city(source)
    city.receive(9_003)
    unit = city.grant(801)
    general = {"fund": "1"}
    with transaction(source, city.session("COMP")) as tx:
        open_indicators(tx, [OpenIndicator(indicator="T1", parent=None, fiscal_year=YEAR, fund="1", func="23003",
                                           document="人大〔2024〕1号")])  # fmt: skip
    nothing = dict.fromkeys(
        ("from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over"), Fen(0)
    )
    city.post("APPR", city.event("budget_approval", prepared_by="comp", facts={**nothing, "from_revenue": Fen(77)},
                                 dims={**general, "func": "23003", "indicator": "T1"}),
              city.event("budget_addition", prepared_by="comp", facts={"awaiting": Fen(3_001), "executable": Fen(0)},
                         dims={**general, "func": "2050201", "agency": "201", "indicator": unit, "revenue": "11011"}),
              )  # fmt: skip
    city.post("AUDT_IN", city.event("onlent_bond_receipt", prepared_by="book", facts={"amount": Fen(3_001)},
                                    dims={**general, "revenue": "11011"}))  # fmt: skip
    city.post("ISSU", city.event("transfer_issue", prepared_by="revw", facts={"from_approved": Fen(77), "from_awaiting": Fen(0)},
                                 dims={**general, "func": "23003", "indicator": "T1"}))  # fmt: skip
    for fen, to in ((70, "甲县财政局"), (7, "乙县 12345678901")):
        city.post("SIGN", city.event("transfer_paid", prepared_by="appl", facts={"cash": Fen(fen), "current_account": Fen(0)},
                                     dims={**general, "func": "23003", "counterparty": to}))  # fmt: skip
    for name in ("B2024", "I2024"):
        for number in range(4):
            with transaction(source, city.session("CLOS")) as tx:
                periods.close_for_good(tx, name, number, "结账")
        publish(city, name)
    return government.published(source, f"T{city.treasury_id:06d}", YEAR)


def test_transfers_are_told_by_receiver_and_a_hidden_one_stays_hidden(lender):
    lines = {line.name_zh: line.figures for line in lender.tables[4].block("rows").lines}
    assert lines == {"（未列地区）": (0, 0, 7), "甲县财政局": (0, 0, 70)}
    assert lender.tables[1].block("rows").figure("23003", "executed") == 77


def test_bonds_stand_in_the_balance_the_movements_and_the_projects(lender):
    assert failing(lender.outcomes) == []
    assert lender.tables[5].block("rows").lines[0].figures == (None, 0, 3_001)
    assert lender.tables[16].block("rows").figure("issued", "general") == 3_001
    placed = lender.tables[17].block("rows")
    assert [(line.name_zh, line.texts, line.figures) for line in placed.lines] == [
        ("学前教育", ("教育局", "一般债券"), (3_001,))
    ]
    assert placed.grand is None


def test_a_check_that_does_not_hold_is_shown_with_its_place(client, unequal):
    text = read(client, f"/government/{unequal}/{YEAR}/")
    assert "不成立" in text
    assert "205.executed" in text
    rows = json.loads(client.get(f"/government/{unequal}/{YEAR}/checks.json").data)["rows"]
    broken = [row for row in rows if row["holds"] == "否 no"]
    assert {row["rule"] for row in broken} == {"expenditure_as_execution"}
    assert (broken[0]["expected"], broken[0]["found"]) == ("1.23", "2.00")


def test_expenditure_is_the_report_of_budget_execution(disclosed, found):
    with snapshot(disclosed.source) as connection:
        report = REPORTS["budget-execution"].table(
            connection, set_code="I2024", treasury=disclosed.treasury_id, on=found.facts.year.to_on, fund="1"
        )
    block = found.tables[1].block("rows")
    for name in ("approved", "budget", "executed"):
        assert block.figure("total", name) == report.totals[name] > 0
    at = [column.name for column in report.columns].index("executed")
    for row in report.rows:
        assert block.figure(row.cells[0], "executed") == row.cells[at]


def test_money_that_came_in_is_the_revenue_of_the_books(found):
    block = found.tables[0].block("rows")
    assert block.figure("101", "executed") == 9_000_000 + sum(100_000 + n for n in range(60))
    assert block.figure("total", "executed") == found.tables[1].block("rows").figure("grand", "executed")


def test_the_facts_are_what_the_public_may_read_and_nothing_of_another_treasury(disclosed, treasury):
    with disclosed.source.engine("public").connect() as connection:
        facts = government_facts(connection, treasury, YEAR)
    assert facts.subject.code == treasury
    assert facts.previous is None
    assert {each.fund for each in facts.year.movements} == {"1"}


def test_pages_are_found_from_the_list_the_map_and_the_catalogue(client, own):
    assert own in read(client, "/government/")
    assert f"/en{own}" in read(client, "/en/government/")
    assert own in read(client, "/map/")
    assert own in read(client, "/catalogue.jsonld")
    assert "/government/" in read(client, "/budgets/")
    assert check_manifest(client.get("/government.csv").data, "csv").whole


def test_tables_are_read_once_while_nothing_new_is_published(disclosed, treasury, found):
    assert government.published(disclosed.source, treasury, YEAR) is found
