"""Spending before the Congress approves the budget (预算法 54; PAY-012), in the cases that the law knows.

What the year before carried over is opened by the year end (``carry_over``). Here are the two others: as much as was
spent in the same period of the year before, and what a law or a disaster demands. An advance is part of the budget:
the approval grants what is left of its line, and is refused where less is approved than was given.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.budget_errors import AlreadyApproved
from ledger.compilation.approval import advances
from ledger.compilation.indicators import (
    ApproveBudget,
    DecomposeToDepartment,
    DecomposeToUnit,
    IssueIndicator,
    OpenIndicator,
    open_indicators,
)
from ledger.db import Transaction
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine

REASONS = ("same_period", "statutory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What a unit may spend before the approval, in fen: for a project, or for a class of basic expenditure."""

    fiscal_year: int
    reason: str
    agency: str
    fund: str
    func: str
    amount_fen: int
    given_on: date
    document: str
    dept_econ: str | None = None
    project: str | None = None


def grant_advance(tx: Transaction, advance: Advance, *, prepared_by: str) -> Posted:
    """Allow it and post its approval, under an indicator of its own. Duty APPR, appointed for the whole city.

    Raises:
        AdvanceTooLate: the budget of the year is approved, or it is another year's day.
        AlreadyApproved: the same document gave the same for the same on the same day: a form that was sent twice.
        BeyondLastYear: together more than the unit spent of the fund in the same period of the year before.
        UnknownCode, InvalidAmount, BudgetDocumentMissing
    """
    number: int = tx.connection.exec_driver_sql(
        "select ledger.grant_advance(%s::jsonb)", (json.dumps(asdict(advance), ensure_ascii=False, default=str),)
    ).scalar_one()
    root = f"{advance.fiscal_year}-B-T{number}"
    # Under the lock that the function took: of two that come at once, the second sees the first.
    kept = [each for each in allowed(tx.connection, tx.treasury_id, advance.fiscal_year) if _same(each, advance)]
    if len(kept) > 1:
        raise AlreadyApproved(facts={"document": advance.document, "indicator": kept[0].indicator})
    whole = OpenIndicator(
        indicator=root, parent=None, fiscal_year=advance.fiscal_year, fund=advance.fund, func=advance.func,
        document=advance.document,
    )  # fmt: skip
    department = replace(whole, indicator=f"{root}-D", parent=root, agency=advance.agency)
    unit = replace(
        department, indicator=f"{root}-U", parent=f"{root}-D", dept_econ=advance.dept_econ, project=advance.project
    )
    open_indicators(tx, [whole, department, unit])
    order = ApproveBudget(
        key=f"{root}-approval", on=advance.given_on, narration=f"预算批准前安排支出 {root}", prepared_by=prepared_by,
        document=advance.document, line=BudgetLine(indicator=root, fund=advance.fund, func=advance.func),
        from_revenue=Fen(advance.amount_fen),
    )  # fmt: skip
    return post(tx, [order.event()])[0]


def _same(one: "Allowed", other: Advance) -> bool:
    """Tell whether an advance is by the same document, for the same, on the same day, and as much as another."""
    names = ("reason", "agency", "fund", "func", "dept_econ", "project", "amount_fen", "given_on", "document")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def release_advances(tx: Transaction, fiscal_year: int, *, prepared_by: str) -> list[Posted]:
    """Give to the units what was allowed and not given yet, executable at once, each by its own document. Duty ISSU.

    Raises:
        LedgerError: as ``journal.post``.
    """
    shown = {each.indicator: each for each in allowed(tx.connection, tx.treasury_id, fiscal_year)}
    issued = tx.connection.exec_driver_sql(
        "select key from ledger.event where treasury_id = %s and kind = 'indicator_issue' and key like %s",
        (tx.treasury_id, f"{fiscal_year}-B-T%"),
    )
    there = set(issued.scalars())
    events = []
    for each in advances(tx.connection, tx.treasury_id, fiscal_year):
        if f"{each.indicator}-issue" in there:
            continue
        given: dict[str, Any] = {
            "on": shown[each.root].given_on,
            "narration": f"预算批准前下达 {each.root}",
            "prepared_by": prepared_by,
            "document": shown[each.root].document,
        }
        root, whole = each.line(each.root), each.line(each.whole, each.department)
        unit, fen = each.line(each.indicator, each.agency), Fen(each.fen)
        events += [
            DecomposeToDepartment(
                key=f"{each.whole}-department", source=root, target=whole, from_approved=fen, **given
            ).event(),
            DecomposeToUnit(key=f"{each.indicator}-unit", source=whole, target=unit, amount=fen, **given).event(),
            IssueIndicator(key=f"{each.indicator}-issue", line=unit, amount=fen, **given).event(),
        ]
    return post(tx, events)


@dataclass(frozen=True, slots=True)
class Allowed:
    """An advance as it was allowed."""

    indicator: str
    reason: str
    agency: str
    fund: str
    func: str
    dept_econ: str | None
    project: str | None
    amount_fen: int
    given_on: date
    document: str
    approver: str


def allowed(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Allowed]:
    """List the advances of a year that one may see, in their order."""
    rows = connection.exec_driver_sql(
        "select a.indicator, a.reason, a.agency, a.fund, a.func, a.dept_econ, a.project, a.amount_fen, a.given_on,"
        "  a.document, p.name from ledger.advance_grant a"
        "  join ledger.person p on (p.treasury_id, p.person) = (a.treasury_id, a.approved_by)"
        " where a.treasury_id = %s and a.fiscal_year = %s order by a.advance_no",
        (treasury_id, fiscal_year),
    )
    return [Allowed(*row) for row in rows]
