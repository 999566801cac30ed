"""Every fen of an indicator is somewhere, and what a parent gave its children have."""

import datetime as dt
import tomllib
from importlib.resources import files

import pytest

from ledger import errors, yearend
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.db import snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.limits import explain
from ledger.money import Fen
from reports.indicators import APPROVED, DOWN, GRANTS, STATES
from tests.conftest import DAY
from tests.reports.conftest import Books

AMOUNTS = ("approved", "received", "distributed", "adjusted", "transferred", "awaiting", "free", "held", "reserved",
           "executed", "carried", "residual")  # fmt: skip
LAST = dt.date(2024, 12, 31)
IN_EXPLAIN = {"adjusted": "adjusted", "transferred": "transferred", "awaiting": "awaiting", "free": "free",
              "held": "held", "reserved": "reserved", "executed": "paid", "carried": "carried"}  # fmt: skip


def chain(table):
    at = [column.name for column in table.columns]
    return {row.cells[0]: dict(zip(at, row.cells, strict=True)) for row in table.rows if not row.rolled}


def test_what_a_unit_got_is_executable_frozen_reserved_or_executed(books):
    own = chain(books.report("indicator-chain", "I2024"))[books.organ]
    assert {name: own[name] for name in AMOUNTS} == {
        "approved": 0, "received": 20007, "distributed": 0, "adjusted": -311, "transferred": -209, "awaiting": 0,
        "free": 4513, "held": 507, "reserved": 1103 + 1019, "executed": 12345, "carried": 0, "residual": 0,
    }  # fmt: skip
    assert (own["agency"], own["func"], own["fund"]) == ("201", "2050201", "1")


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("on", [None, DAY])
def test_every_figure_is_the_sum_of_its_vouchers_and_nothing_remains(books, proven, rolled, on):
    table = books.report("indicator-chain", "I2024", rolled=rolled, on=on)
    assert table.totals["residual"] == 0
    assert all(row.cells[-1] == 0 for row in table.rows)
    assert proven(table) == len(table.rows) * len(AMOUNTS)


def test_it_says_what_the_limits_say(books):
    rows = chain(books.report("indicator-chain", "I2024"))
    assert len(rows) == 6
    says_what_the_limits_say(books.city, rows)
    with snapshot(books.city.source) as connection:
        for code, row in rows.items():
            told = explain(connection, books.city.treasury_id, code)
            assert row["approved"] + row["received"] == told.approved.fen
            assert -row["distributed"] == told.distributed.fen


def test_a_parent_with_all_below_it_has_what_was_approved(books):
    table = books.report("indicator-chain", "I2024", rolled=True)
    parents = chain(table)
    for row in table.rows:
        if row.level == 0:
            whole = dict(zip([c.name for c in table.columns], row.cells, strict=True))
            assert row.rolled
            assert whole["approved"] == parents[whole["indicator"]]["approved"] > 0
            assert whole["received"] == whole["distributed"]


def test_one_indicator_or_agency_with_all_below_it(books, proven):
    department = f"D{books.organ[1:]}"
    table = books.report("indicator-chain", "I2024", indicator=department, rolled=True)
    assert [(row.cells[0], row.level, row.rolled) for row in table.rows] == [
        (department, 0, True), (department, 1, False), (books.organ, 1, False),
    ]  # fmt: skip
    assert proven(table)
    school = books.report("indicator-chain", "I2024", agency="202")
    assert {row.cells[0] for row in school.rows} == {books.school, f"D{books.school[1:]}"}
    assert school.totals["residual"] == 0
    assert proven(school)


def test_budget_that_is_held_returned_given_again_and_cancelled_is_all_told(city, proven):
    own = {"fund": "1", "func": "2050201"}
    unit = city.grant(20007)
    root, at = f"R{unit[1:]}", {**own, "agency": "201", "indicator": unit}
    revenue = {"revenue": "1010101"}
    none = dict.fromkeys(["approved", "transfer", "reserve", "held", "department", "transfer_awaiting"], Fen(0))
    adjustment = Adjustment(
        fiscal_year=2024, document="人大常〔2024〕18号", title="预算调整方案", passed_on=DAY, amount_fen=606
    )
    with transaction(city.source, city.session("APPR")) as tx:
        record_adjustment(tx, adjustment)
    city.post(
        "ISSU",
        city.event("indicator_return", prepared_by="revw", facts={"awaiting": Fen(0), "executable": Fen(1009)},
                   parties={"from": at, "to": {**own, "indicator": root}}),
        city.event("held_budget_allocation", prepared_by="revw", facts={"amount": Fen(403)},
                   parties={"from": {**own, "indicator": root}, "to": at}),
        city.event("unused_budget_cancellation", prepared_by="revw", facts={**none, "held": Fen(606)},
                   dims={**own, **revenue, "indicator": root}, document="人大常〔2024〕18号"),
        city.event("indicator_recovery", prepared_by="revw", facts={"awaiting": Fen(103), "executable": Fen(0)}, dims=at),
        city.event("indicator_carry_over", prepared_by="revw", facts={"awaiting": Fen(300), "executable": Fen(19)}, dims=at),
    )  # fmt: skip
    city.post("APPR", city.event("budget_addition", prepared_by="comp", dims={**at, **revenue},
                                 facts={"awaiting": Fen(31), "executable": Fen(47)}))  # fmt: skip
    books = Books(city, unit, "")
    rows = chain(books.report("indicator-chain", "I2024"))
    assert {name: rows[root][name] for name in AMOUNTS if rows[root][name]} == {
        "approved": 20007, "distributed": 20007 + 403, "adjusted": -606, "transferred": 1009,
    }  # fmt: skip
    assert {name: rows[unit][name] for name in AMOUNTS if rows[unit][name]} == {
        "received": 20007 + 403, "adjusted": 78, "transferred": -1009, "awaiting": 403 - 103 - 300 + 31,
        "free": 20007 - 1009 - 19 + 47, "carried": 103 + 319,
    }  # fmt: skip
    table = books.report("indicator-chain", "I2024", rolled=True)
    assert table.totals["residual"] == 0
    assert proven(table)
    says_what_the_limits_say(city, rows)


def says_what_the_limits_say(city, rows):
    with snapshot(city.source) as connection:
        for code, row in rows.items():
            told = explain(connection, city.treasury_id, code)
            assert {ours: row[ours] for ours in IN_EXPLAIN} == {
                ours: getattr(told, theirs).fen for ours, theirs in IN_EXPLAIN.items()
            }


def test_totals_of_an_earlier_year_that_no_event_granted_are_the_residual_and_are_named(city, proven):
    with transaction(city.source, city.session("COMP")) as tx:
        at = {"fund": "1", "agency": "201", "func": "2050201"}
        open_indicators(tx, [OpenIndicator(indicator="OLD", parent=None, fiscal_year=2024, document="上年结转", **at)])
    lines = (GivenLine("Z501", "D", Fen(7), {**at, "indicator": "OLD"}),
             GivenLine("Z101", "C", Fen(7), {"fund": "1", "indicator": "OLD"}))  # fmt: skip
    city.post("CLOS", city.event("yearly_totals", prepared_by="book", on=DAY,
                                 vouchers=(GivenVoucher("I2024", lines),)))  # fmt: skip
    books = Books(city, "OLD", "")
    table = books.report("indicator-chain", "I2024")
    assert chain(table)["OLD"]["residual"] == -7
    assert proven(table)
    (row,) = [row for row in table.rows if row.cells[0] == "OLD"]
    asked = table.question(row, table.columns[-1])
    listed = books.report("vouchers", "I2024", account=asked.accounts, without_kind=asked.without_kinds,
                          dims={"indicator": "OLD"}, measure="contra")  # fmt: skip
    assert "yearly_totals" in {row.cells[2] for row in listed.rows}


def test_the_chain_is_shown_as_it_was_also_after_the_close(city, proven):
    city.receive(20007)
    unit = city.grant(20007)
    city.pay(unit, 20007)
    books = Books(city, unit, "")
    before = books.report("indicator-chain", "I2024").rows
    with transaction(city.source, city.session("CLOS")) as tx:
        assert yearend.close_year(tx, "I2024", key_prefix="c-", prepared_by="book", on=LAST)
    after = books.report("indicator-chain", "I2024")
    assert list(after.rows) == list(before)
    assert after.totals["executed"] == 20007
    assert proven(after)


def test_every_template_that_changes_what_an_indicator_has_is_a_grant():
    """A line within the accounts of one indicator moves its money; any other line gives or takes."""
    inside = {key for keys in STATES.values() for key in keys} | {"BUDGET_USE"}
    giving = set()
    for path in (files("ledger") / "templates").iterdir():
        if not path.name.endswith(".toml"):
            continue
        template = tomllib.loads(path.read_text("utf-8"))
        for voucher in template.get("voucher", []):
            for line in voucher["line"] if voucher["set"] == "indicator" else []:
                sides = (line["debit"] in inside, line["credit"] in inside)
                if any(sides) and not (all(sides) and line.get("debit_of") == line.get("credit_of")):
                    giving.add(template["event"])
    assert giving == set(GRANTS) - {"opening"}
    assert not set(APPROVED) & set(DOWN)


@pytest.mark.parametrize(
    "asked", [{"indicator": "nobody"}, {"agency": "999"}, {"fund": "?"}, {"known": 10**9}], ids=str
)
def test_what_is_not_there_is_refused(books, asked):
    with pytest.raises(errors.UnknownBook):
        books.report("indicator-chain", "I2024", **asked)


def test_only_an_indicator_set_has_a_chain(books):
    with pytest.raises(errors.UnknownBook):
        books.report("indicator-chain", "B2024")
