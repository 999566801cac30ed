"""From the approved budget to indicators that bind: approval (I1), departments (I2), units (I3), execution (I4).

Each step posts one event for each indicator, under keys of its own, so a step that was interrupted is simply done
again. Basic expenditure is one indicator for each unit, function and department economic class, a project one for each
project: money of one cannot be spent as the other. The three public expenses (三公) have indicators of their class also
within a project, so that each is a limit (BUD-017). Fund 6, a unit's own money, never passes through the treasury
and has no indicators: ``own_money`` tells how it is bound.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from ledger.budget_errors import BudgetBelowAdvance, BudgetNotResolved
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

OWN_MONEY = "6"
"""单位资金: the fund that has no indicators."""
THREE_PUBLIC = ("30212", "30217", "30231", "31013")
"""Travel abroad, receptions, running and buying of vehicles, by department economic class."""
GRANTED = f"""
select u.*, u.fen - coalesce((
         select sum(a.amount_fen) from ledger.advance_grant a
          where (a.treasury_id, a.fiscal_year, a.agency, a.fund, a.func)
              = (u.treasury_id, u.fiscal_year, u.agency, u.fund, u.func)
            and a.dept_econ is not distinct from u.dept_econ and a.project is not distinct from u.project), 0)::bigint
         as left_fen,
       u.fiscal_year || '-B-' || u.fund || '-' || u.func as root,
       u.fiscal_year || '-B-' || u.agency || '-' || lpad(u.place::text, greatest(4, length(u.place::text)), '0')
         as indicator
  from (select x.*, row_number() over (partition by x.fiscal_year, x.agency
                                       order by x.fund, x.func, x.dept_econ, x.project) as place
          from (select l.treasury_id, l.fiscal_year, l.department, l.agency, l.fund, l.func,
                       case when l.project is null or l.dept_econ in ({", ".join(f"'{code}'" for code in THREE_PUBLIC)})
                            then l.dept_econ end as dept_econ, l.project, sum(l.fen)::bigint as fen
                  from ledger.budget_line l where l.treasury_id = %(t)s and l.fund <> '{OWN_MONEY}'
                 group by 1, 2, 3, 4, 5, 6, 7, 8) x) u"""  # noqa: S608 - codes of our own
"""What approved budgets of treasury ``%(t)s`` give for each purpose under lasting keys; left is without advances."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the approved budget gives a unit for one purpose, and the indicators that it passes through."""

    root: str
    whole: str
    indicator: str
    fund: str
    func: str
    department: str
    agency: str
    dept_econ: str | None
    project: str | None
    fen: int
    advance: bool = False
    """It was given before the budget was approved, and the rest of its line is granted without it."""

    @property
    def use(self) -> tuple[str, str, str, str | None, str | None]:
        """What it is for: agency, fund, function, class and project."""
        return self.agency, self.fund, self.func, self.dept_econ, self.project

    def line(self, indicator: str, agency: str | None = None) -> BudgetLine:
        """Give the budget line of one of its indicators."""
        unit = indicator == self.indicator
        return BudgetLine(
            indicator=indicator,
            fund=self.fund,
            func=self.func,
            agency=agency,
            dept_econ=self.dept_econ if unit else None,
            project=self.project if unit else None,
        )


def grants(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Grant]:
    """Give the approved budget of a year as grants to units, in a lasting order; advances stand first."""
    rest = _approved(connection, treasury_id, fiscal_year)
    return [
        *advances(connection, treasury_id, fiscal_year),
        *(replace(each, fen=left) for each, left in rest if left > 0),
    ]


def advances(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Grant]:
    """Give what was granted before the approval (预算法 54)."""
    rows = connection.exec_driver_sql(
        "select a.indicator, a.fund, a.func, a.agency, a.dept_econ, a.project, a.amount_fen from ledger.advance_grant a"
        " where a.treasury_id = %s and a.fiscal_year = %s order by a.advance_no",
        (treasury_id, fiscal_year),
    )
    return [
        Grant(root, f"{root}-D", f"{root}-U", fund, func, agency, agency, dept_econ, project, fen, advance=True)
        for root, fund, func, agency, dept_econ, project, fen in rows
    ]


def _approved(connection: Connection, treasury_id: int, fiscal_year: int) -> list[tuple[Grant, int]]:
    """Give what the budget approves for each purpose, and what is left of it without its advances."""
    rows = connection.exec_driver_sql(
        "select g.root, g.indicator, g.fund, g.func, g.department, g.agency, g.dept_econ, g.project, g.fen, g.left_fen"  # noqa: S608
        f"  from ({GRANTED}) g where g.fiscal_year = %(y)s order by g.agency, g.place",
        {"t": treasury_id, "y": fiscal_year},
    )
    return [
        (Grant(root, f"{root}-{department}", indicator, fund, func, department, agency, dept_econ, project, fen), left)
        for root, indicator, fund, func, department, agency, dept_econ, project, fen, left in rows
    ]


def approve(tx: Transaction, treasury_id: int, fiscal_year: int, prepared_by: str) -> list[Posted]:
    """Open the indicators of the approved budget and post its approval (I1), line by line. Duty APPR.

    Raises:
        BudgetNotResolved: the Congress has not approved the budget of the year.
        BudgetBelowAdvance: more was given in advance for a purpose than is approved. LedgerError: as ``journal.post``.
    """
    early = advances(tx.connection, treasury_id, fiscal_year)
    left = {each.use: each.fen for each, _ in _approved(tx.connection, treasury_id, fiscal_year)}
    document, on = _resolution(tx.connection, treasury_id, fiscal_year)
    for each in early:
        left[each.use] = left.get(each.use, 0) - each.fen
        if left[each.use] < 0:
            raise BudgetBelowAdvance(facts={"indicator": each.indicator, "agency": each.agency, "func": each.func})
    given = [each for each in grants(tx.connection, treasury_id, fiscal_year) if not each.advance]
    roots: dict[tuple[str, str, str], int] = defaultdict(int)
    opened: dict[str, OpenIndicator] = {}
    for each in given:
        roots[each.root, each.fund, each.func] += each.fen
        _open(opened, each, fiscal_year, document)
    there = {
        row[0]
        for row in tx.connection.exec_driver_sql(
            "select indicator from ledger.indicator where treasury_id = %s and fiscal_year = %s",
            (treasury_id, fiscal_year),
        )
    }
    open_indicators(tx, [order for code, order in opened.items() if code not in there])
    return post(
        tx,
        [
            ApproveBudget(
                key=f"{root}-approval",
                on=on,
                narration=f"批准{fiscal_year}年预算 {func}",
                prepared_by=prepared_by,
                document=document,
                line=BudgetLine(indicator=root, fund=fund, func=func),
                from_revenue=Fen(fen),
            ).event()
            for (root, fund, func), fen in sorted(roots.items())
        ],
    )


def release_to_departments(
    tx: Transaction, treasury_id: int, fiscal_year: int, on: date, document: str, prepared_by: str
) -> list[Posted]:
    """Release the approved budget to the departments (批复, I2); within 20 days of approval (预算法 52). Duty ISSU.

    Raises:
        LimitExceeded: it was not approved in the journal yet. LedgerError: as ``journal.post``.
    """
    sums: dict[str, int] = defaultdict(int)
    first: dict[str, Grant] = {}
    for each in grants(tx.connection, treasury_id, fiscal_year):
        if each.advance:
            continue
        sums[each.whole] += each.fen
        first.setdefault(each.whole, each)
    return post(
        tx,
        [
            DecomposeToDepartment(
                key=f"{whole}-department",
                on=on,
                narration=f"批复{fiscal_year}年部门预算",
                prepared_by=prepared_by,
                document=document,
                source=each.line(each.root),
                target=each.line(whole, each.department),
                from_approved=Fen(sums[whole]),
            ).event()
            for whole, each in sorted(first.items())
        ],
    )


def release_to_units(
    tx: Transaction,
    treasury_id: int,
    fiscal_year: int,
    on: date,
    document: str,
    prepared_by: str,
    department: str | None = None,
) -> list[Posted]:
    """Release a department's budget to its units and into execution (I3, I4); within 15 days more. Duty ISSU.

    Raises:
        LimitExceeded: the department has not received it yet. LedgerError: as ``journal.post``.
    """
    chosen = [
        each
        for each in grants(tx.connection, treasury_id, fiscal_year)
        if department in {None, each.department} and not each.advance
    ]
    to_units = [
        DecomposeToUnit(
            key=f"{each.indicator}-unit",
            on=on,
            narration=f"批复{fiscal_year}年单位预算",
            prepared_by=prepared_by,
            document=document,
            source=each.line(each.whole, each.department),
            target=each.line(each.indicator, each.agency),
            amount=Fen(each.fen),
        ).event()
        for each in chosen
    ]
    issued = [
        IssueIndicator(
            key=f"{each.indicator}-issue",
            on=on,
            narration=f"下达{fiscal_year}年指标",
            prepared_by=prepared_by,
            document=document,
            line=each.line(each.indicator, each.agency),
            amount=Fen(each.fen),
        ).event()
        for each in chosen
    ]
    return post(tx, [*to_units, *issued])


def _open(opened: dict[str, OpenIndicator], each: Grant, fiscal_year: int, document: str) -> None:
    root = OpenIndicator(
        indicator=each.root, parent=None, fiscal_year=fiscal_year, fund=each.fund, func=each.func, document=document
    )
    opened.setdefault(each.root, root)
    whole = replace(root, indicator=each.whole, parent=each.root, agency=each.department)
    opened.setdefault(each.whole, whole)
    opened[each.indicator] = replace(
        whole,
        indicator=each.indicator,
        parent=each.whole,
        agency=each.agency,
        dept_econ=each.dept_econ,
        project=each.project,
    )


def _resolution(connection: Connection, treasury_id: int, fiscal_year: int) -> tuple[str, date]:
    found = connection.exec_driver_sql(
        "select document, passed_on from ledger.budget_resolution where treasury_id = %s and fiscal_year = %s",
        (treasury_id, fiscal_year),
    ).one_or_none()
    if found is None:
        raise BudgetNotResolved(facts={"year": fiscal_year})
    return found[0], found[1]
