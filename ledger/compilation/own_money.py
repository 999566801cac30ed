"""A unit's own money (单位资金): what of it may be spent on what, how much is, and changes of that, asked and approved.

It stays in the unit's bank account and has no indicators. The unit's own books are held against its budget instead:
every posting of budgetary expenditure of fund 6, by function (项) and as a whole (部门综合预算).
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChange:
    """More (or, negative, less) of a unit's own money for a function, in fen, and why."""

    fiscal_year: int
    agency: str
    func: str
    amount_fen: int
    reason: str


def ask_own_change(tx: Transaction, change: OwnChange) -> int:
    """Ask for a change of the approved budget of own money; give its number. Duty COMP, of that agency.

    Raises:
        AskedBefore: the same was asked for and waits.
        UnknownBudgetRecord: the agency has no approved budget of that year. UnknownCode: no such function.
        InvalidAmount: nothing is changed. BudgetDocumentMissing: it is not said why. NotPermitted: another's agency.
    """
    made: int = tx.connection.exec_driver_sql(
        "select ledger.ask_own_change(%s::jsonb)", (json.dumps(asdict(change), ensure_ascii=False),)
    ).scalar_one()
    return made


def approve_own_change(tx: Transaction, fiscal_year: int, agency: str, change_no: int, document: str) -> None:
    """Approve a change, which counts from now on. Duty REVW, by somebody else than who asked.

    Raises:
        AlreadyApproved, BudgetDocumentMissing, RecorderApproves
        UnknownBudgetRecord: nobody asked for it.
        OwnMoneyBeyondBudget: what it takes away is spent. InvalidAmount: it takes away more than there is.
    """
    asked = {"fiscal_year": fiscal_year, "agency": agency, "change_no": change_no, "document": document}
    tx.connection.exec_driver_sql(
        "select ledger.approve_own_change(%s::jsonb)", (json.dumps(asked, ensure_ascii=False),)
    )


@dataclass(frozen=True, slots=True)
class OwnBudget:
    """What an agency may spend of its own money on a function, and what it did, in fen."""

    agency: str
    func: str
    approved_fen: int
    changed_fen: int
    spent_fen: int

    @property
    def free_fen(self) -> int:
        """What it may still spend on the function."""
        return self.approved_fen + self.changed_fen - self.spent_fen


def own_budgets(connection: Connection, treasury_id: int, fiscal_year: int) -> list[OwnBudget]:
    """List the budgets of own money that one may see, by agency and function; spending without a function has none."""
    rows = connection.exec_driver_sql(
        "with b as (select * from ledger.own_budget where (treasury_id, fiscal_year) = (%(t)s, %(y)s)),"
        " s as (select a.agency, x.func, x.fen from (select distinct agency from b) a"
        "  cross join lateral ledger.own_money_spent(%(t)s, %(y)s, a.agency) x)"
        " select coalesce(b.agency, s.agency), coalesce(b.func, s.func), coalesce(b.approved_fen, 0),"
        "  coalesce(b.changed_fen, 0), coalesce(s.fen, 0)"
        " from b full join s on (s.agency, s.func) = (b.agency, b.func) order by 1, 2",
        {"t": treasury_id, "y": fiscal_year},
    )
    return [OwnBudget(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OwnChangeShown:
    """A change as it was asked for, and how it was approved; no document while it waits."""

    agency: str
    change_no: int
    func: str
    amount_fen: int
    reason: str
    asker: str
    asked_by: str
    asked_at: datetime
    document: str | None
    approver: str | None


def own_changes(connection: Connection, treasury_id: int, fiscal_year: int) -> list[OwnChangeShown]:
    """List the changes of a year that one may see, the newest first."""
    rows = connection.exec_driver_sql(
        "select c.agency, c.change_no, c.func, c.amount_fen, c.reason, p.name, c.asked_by, c.asked_at,"
        "  a.document, q.name"
        "  from ledger.own_budget_change c"
        "  join ledger.person p on (p.treasury_id, p.person) = (c.treasury_id, c.asked_by)"
        "  left join ledger.own_budget_approval a on (a.treasury_id, a.fiscal_year, a.agency, a.change_no)"
        "    = (c.treasury_id, c.fiscal_year, c.agency, c.change_no)"
        "  left join ledger.person q on (q.treasury_id, q.person) = (a.treasury_id, a.approved_by)"
        " where c.treasury_id = %s and c.fiscal_year = %s order by c.asked_at desc, c.agency, c.change_no desc",
        (treasury_id, fiscal_year),
    )
    return [OwnChangeShown(*row) for row in rows]
