"""What the published books of a treasury say of a year: the facts of its statutory tables, read as the public reads."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ledger.errors import UnknownBook
from reports.disclosure_facts import PUBLIC_CLASSES, Subject, ThreePublic
from reports.government_facts import (
    FUNDS,
    Debt,
    DepartmentBudgets,
    GovernmentFacts,
    GovernmentNames,
    Movement,
    Paid,
    Placed,
    Planned,
    YearBooks,
)
from reports.indicators import APPROVED, CLOSE, DOWN, GRANTS, STATES
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

RECEIVED = (
    "BUDGET_REVENUE",
    "BUDGET_TRANSFER_REVENUE",
    "BUDGET_REMITTANCE_REVENUE",
    "BUDGET_AID_REVENUE",
    "BUDGET_TRANSFERS_IN",
    "BUDGET_STABILISATION_DRAW",
    "BUDGET_ONLENT_DEBT_REVENUE",
    "BUDGET_PENDING_REVENUE",
)
SPENT = (
    "BUDGET_EXPENDITURE",
    "BUDGET_TRANSFER_EXPENDITURE",
    "BUDGET_REMITTANCE_EXPENDITURE",
    "BUDGET_AID_EXPENDITURE",
    "BUDGET_TRANSFERS_OUT",
    "BUDGET_STABILISATION_PROVISION",
    "BUDGET_DEBT_PRINCIPAL",
    "BUDGET_ONLENDING",
    "BUDGET_PENDING_EXPENDITURE",
)
"""The uses of the accounts in which the bureau's budgetary book keeps a year's money in and out."""
_HELD, _SET_ASIDE = ("BUDGET_CASH",), ("BUDGET_STABILISATION_FUND", "BUDGET_WORKING_FUND")
SOURCES = (
    "SOURCE_REVENUE",
    "SOURCE_TRANSFER",
    "SOURCE_DEBT",
    "SOURCE_TRANSFERS_IN",
    "SOURCE_STABILISATION",
    "SOURCE_CARRY_OVER",
)
_STATES = {key: state for state, keys in STATES.items() for key in keys}
_OWED = ("ONLENT_BONDS_PAYABLE",)
_WORKING_FUND = "working_fund_provision"
_ADDED_LATER = (*APPROVED, *DOWN)


def government_facts(connection: "Connection", treasury: str, fiscal_year: int) -> GovernmentFacts:
    """Read the facts of a treasury's year from what is published of it.

    Raises:
        UnknownBook: nothing of that treasury and year is published.
    """
    found = rows(connection, "government_subject", {"treasury": treasury})
    year = _year(connection, treasury, fiscal_year)
    departments = _departments(connection, treasury, fiscal_year)
    if not found or (year is None and not departments.units):
        message = f"nothing of {treasury} is published for {fiscal_year}"
        raise UnknownBook(message, {"treasury": treasury, "year": fiscal_year})
    zh, en, _ = found[0]
    return GovernmentFacts(
        subject=Subject(treasury, zh, en, fiscal_year, frozenset()),
        year=year,
        previous=_year(connection, treasury, fiscal_year - 1),
        departments=departments,
        names=_names(connection, treasury),
    )


@dataclass(frozen=True, slots=True)
class _Set:
    """A published set, in the order of its query."""

    treasury_id: int
    treasury_zh: str
    treasury_en: str
    demo: bool
    code: str
    role: str
    chart: str
    starts_on: date
    as_of: date


def _year(connection: "Connection", treasury: str, fiscal_year: int) -> YearBooks | None:
    """Read both sets of a year up to the last day that both are published for."""
    given = {"treasury": treasury, "year": fiscal_year}
    sets = {each.role: each for each in (_Set(*row) for row in rows(connection, "government_sets", given))}
    if not sets:
        return None
    to_on = min(each.as_of for each in sets.values())
    bureau, indicator = sets.get("bureau"), sets.get("indicator")
    return YearBooks(
        to_on=to_on,
        movements=None if bureau is None else _movements(connection, bureau, to_on),
        planned=None if indicator is None else _planned(connection, indicator, to_on),
        debt={} if bureau is None else _debt(connection, bureau, to_on),
        paid=() if bureau is None else _paid(connection, bureau, to_on),
        placed=() if indicator is None else _placed(connection, indicator, to_on),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """What some postings add up to, debit less credit, in the order of its query."""

    fund: str
    account: str
    func: str
    revenue: str
    kind: str
    before: bool
    fen: int


def _sums(connection: "Connection", of: _Set, keys: tuple[str, ...], to_on: date) -> list[tuple[str, _Sum]]:
    """Add up the postings under some keys, each with its key."""
    by = {code: key for key in keys for code in _accounts(of.chart).get(key, ())}
    given = {**_asked(of, to_on), "accounts": list(by), "starts_on": of.starts_on}
    return [(by[each.account], each) for each in (_Sum(*row) for row in rows(connection, "government_postings", given))]


def _asked(of: _Set, to_on: date) -> dict[str, Any]:
    return {"treasury_id": of.treasury_id, "code": of.code, "on": to_on}


def _movements(connection: "Connection", of: _Set, to_on: date) -> tuple[Movement, ...]:
    """Give money in as credits and money out as debits, without the close, which only moves them to the balance.

    What is left is what lies in budget cash and is not set aside; the 2015 chart has no such account, so there it is
    the balance itself.
    """
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    keys = (*RECEIVED, *SPENT, *_HELD, *_SET_ASIDE, "CARRY_OVER")
    has_cash = bool(_accounts(of.chart).get(_HELD[0]))
    for key, each in _sums(connection, of, keys, to_on):
        if key in _HELD or (has_cash and key in _SET_ASIDE):
            found[each.fund, "closing", ""] += each.fen
            continue
        if not has_cash and key not in _SET_ASIDE:
            found[each.fund, "closing", ""] -= each.fen
        if each.kind in CLOSE or key in _SET_ASIDE:
            continue
        if key == "CARRY_OVER":
            name = "opening" if each.before else "working_fund" if each.kind == _WORKING_FUND else "corrected"
            found[each.fund, name, ""] += each.fen if name == "working_fund" else -each.fen
        elif not each.before:
            code, sign = (each.revenue, -1) if key in RECEIVED else (each.func, 1)
            found[each.fund, key, code] += sign * each.fen
    return tuple(Movement(*place, fen) for place, fen in sorted(found.items()) if fen and place[0] in FUNDS)


def _planned(connection: "Connection", of: _Set, to_on: date) -> tuple[Planned, ...]:
    """Give sources as credits, and uses as the report of budget execution has them (``reports.execution``)."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, each in _sums(connection, of, (*SOURCES, *_STATES), to_on):
        if each.kind in CLOSE:
            continue
        source = key in SOURCES
        held = found[each.fund, key, each.revenue] if source else found[each.fund, "", each.func]
        fen = -each.fen if source else each.fen
        if each.kind in _ADDED_LATER:
            held[0] += fen
        if source or each.kind in GRANTS:
            held[1] += fen
        if not source and _STATES[key] == "executed":
            held[2] += fen
    return tuple(Planned(*place, *figures) for place, figures in sorted(found.items()) if place[0] in FUNDS)


def _debt(connection: "Connection", of: _Set, to_on: date) -> Mapping[str, Debt]:
    opening: dict[str, int] = defaultdict(int)
    closing: dict[str, int] = defaultdict(int)
    for _, each in _sums(connection, of, _OWED, to_on):
        closing[each.fund] -= each.fen
        if each.before:
            opening[each.fund] -= each.fen
    return {fund: Debt(opening[fund], fen) for fund, fen in sorted(closing.items())}


def _paid(connection: "Connection", of: _Set, to_on: date) -> tuple[Paid, ...]:
    accounts = sorted(_accounts(of.chart).get("BUDGET_TRANSFER_EXPENDITURE", ()))
    found = rows(connection, "government_transfers", {**_asked(of, to_on), "accounts": accounts})
    return tuple(each for each in (Paid(*row) for row in found) if each.fen)


def _placed(connection: "Connection", of: _Set, to_on: date) -> tuple[Placed, ...]:
    accounts = sorted(_accounts(of.chart).get("SOURCE_DEBT", ()))
    found = rows(connection, "government_proceeds", {**_asked(of, to_on), "accounts": accounts})
    return tuple(each for each in (Placed(*row) for row in found) if each.fen)


def _departments(connection: "Connection", treasury: str, fiscal_year: int) -> DepartmentBudgets:
    """Add up the published department budgets; what the year before was is told by their notes."""
    given = {"treasury": treasury, "year": fiscal_year}
    units: set[str] = set()
    basic: dict[str, int] = defaultdict(int)
    public = dict.fromkeys(PUBLIC_CLASSES.values(), 0)
    for agency, kind, fund, category, dept_econ, fen in rows(connection, "government_budgets", given):
        units.add(agency)
        if fund == "1" and category in {"personnel", "office"}:
            basic[_government_class().get((kind, dept_econ), "")] += fen
        if fund in FUNDS and dept_econ in PUBLIC_CLASSES:
            public[PUBLIC_CLASSES[dept_econ]] += fen
    told, *before = rows(connection, "government_narratives", given)[0]
    return DepartmentBudgets(len(units), basic, ThreePublic(**public), ThreePublic(*before) if told else None)


def _names(connection: "Connection", treasury: str) -> GovernmentNames:
    found: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for scheme, code, zh, en in rows(connection, "government_names", {"treasury": treasury}):
        found[scheme][code] = (zh, en or zh)
    return GovernmentNames(
        func=found["func"],
        revenue=found["revenue"],
        econ=found["gov_econ"],
        agency=found["agency"],
        project=found["project"],
    )


@cache
def _accounts(chart: str) -> Mapping[str, frozenset[str]]:
    """Tell which accounts a key stands for in a chart, by the master data, for the public reads no such table."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in _master("account_key"):
        if row["chart"] == chart:
            found[row["key"]].add(row["code"])
    return {key: frozenset(codes) for key, codes in found.items()}


@cache
def _government_class() -> Mapping[tuple[str, str], str]:
    """Give the government economic class of a department class, by kind of agency."""
    return {(row["agency_kind"], row["dept_econ"]): row["gov_econ"] for row in _master("econ_map")}


def _master(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files("ledger.master").joinpath(f"{name}.csv").read_text("utf-8"))))


def published_years(connection: "Connection") -> list[dict[str, Any]]:
    """List the years of every treasury whose books or department budgets are published, the newest first."""
    columns = ("treasury", "fiscal_year", "name_zh", "name_en", "demo")
    return [dict(zip(columns, row, strict=True)) for row in rows(connection, "government_years", {})]
