"""Budget indicators (预算指标) from approval to the unit that may spend, and every later change.

Each amount moves from one account of the indicator set to the next (domain events I1-I4, I10-I12), so
what is decomposed, issued or given away must be there: not one fen more.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from ledger.db import Transaction
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIndicator:
    """An indicator to be opened below its parent; its amount comes only by posted events.

    ``budget_source`` is 1 for the budget of the year's start, 2 for an adjustment, 3 for a reallocation.
    """

    indicator: str
    parent: str | None
    fiscal_year: int
    fund: str
    document: str
    agency: str | None = None
    func: str | None = None
    gov_econ: str | None = None
    dept_econ: str | None = None
    project: str | None = None
    budget_source: int = 1


def open_indicators(tx: Transaction, orders: Iterable[OpenIndicator]) -> int:
    """Open indicators, parents before children; give their number. Duties COMP, REVW, ISSU, APPR.

    Raises:
        IndicatorAstray: one has another fund than its parent, an earlier year, or an agency that is
            not below the parent's.
    """
    rows = [asdict(order) for order in orders]
    opened: int = tx.connection.execute(select(func.ledger.open_indicators(literal(rows, JSONB)))).scalar_one()
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveBudget(Order):
    """The Congress approves a budget line with its sources (I1); posted under APPR."""

    line: BudgetLine
    from_revenue: Fen = Fen(0)
    from_transfer: Fen = Fen(0)
    from_debt: Fen = Fen(0)
    from_transfers_in: Fen = Fen(0)
    from_stabilisation: Fen = Fen(0)
    from_carry_over: Fen = Fen(0)

    def event(self) -> Event:
        """Give the event that the order becomes."""
        facts = {
            "from_revenue": self.from_revenue,
            "from_transfer": self.from_transfer,
            "from_debt": self.from_debt,
            "from_transfers_in": self.from_transfers_in,
            "from_stabilisation": self.from_stabilisation,
            "from_carry_over": self.from_carry_over,
        }
        return self.as_event("budget_approval", facts, self.line.dims())


def approve_budget(tx: Transaction, order: ApproveBudget) -> Posted:
    """Enter an approved budget line and its sources.

    Raises:
        LedgerError: as ``journal.post``.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecomposeToDepartment(Order):
    """Approved budget, or budget that finance holds, goes to a department (I2); posted under ISSU."""

    source: BudgetLine
    target: BudgetLine
    from_approved: Fen = Fen(0)
    from_held: Fen = Fen(0)

    def event(self) -> Event:
        """Give the event that the order becomes."""
        facts = {"from_approved": self.from_approved, "from_held": self.from_held}
        parties = {"from": self.source.dims(), "to": self.target.dims()}
        return self.as_event("department_decomposition", facts, parties=parties)


def decompose_to_department(tx: Transaction, order: DecomposeToDepartment) -> Posted:
    """Decompose budget to a department.

    Raises:
        LimitExceeded: more than is left to be decomposed.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecomposeToUnit(Order):
    """A department's indicator goes to a unit of it (I3), awaiting issue; posted under ISSU."""

    source: BudgetLine
    target: BudgetLine
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        parties = {"from": self.source.dims(), "to": self.target.dims()}
        return self.as_event("unit_decomposition", {"amount": self.amount}, parties=parties)


def decompose_to_unit(tx: Transaction, order: DecomposeToUnit) -> Posted:
    """Decompose a department's indicator to a unit.

    Raises:
        LimitExceeded: more than the department has left.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIndicator(Order):
    """An indicator that awaits issue becomes executable (I4); posted under ISSU."""

    line: BudgetLine
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("indicator_issue", {"amount": self.amount}, self.line.dims())


def issue_indicator(tx: Transaction, order: IssueIndicator) -> Posted:
    """Issue an indicator to its unit.

    Raises:
        LimitExceeded: more than awaits issue.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustIndicator(Order):
    """An indicator rises or falls together with its source (I10, I11), within an approved adjustment.

    ``revenue`` is the revenue item of the source. An addition is posted under APPR, a reduction under
    ISSU; amounts are never negative, ``reduces`` says which it is.
    """

    line: BudgetLine
    revenue: str
    reduces: bool = False
    awaiting: Fen = Fen(0)
    executable: Fen = Fen(0)

    def event(self) -> Event:
        """Give the event that the order becomes."""
        kind = "budget_reduction" if self.reduces else "budget_addition"
        facts = {"awaiting": self.awaiting, "executable": self.executable}
        return self.as_event(kind, facts, self.line.dims(revenue=self.revenue))


def adjust_indicator(tx: Transaction, order: AdjustIndicator) -> Posted:
    """Adjust an indicator.

    Raises:
        LimitExceeded: a reduction of more than is left.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReallocateIndicator(Order):
    """Executable indicator moves to another item, project or unit (I12); posted under ISSU."""

    source: BudgetLine
    target: BudgetLine
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        parties = {"from": self.source.dims(), "to": self.target.dims()}
        return self.as_event("indicator_reallocation", {"amount": self.amount}, parties=parties)


def reallocate_indicator(tx: Transaction, order: ReallocateIndicator) -> Posted:
    """Reallocate executable indicator.

    Raises:
        LimitExceeded: more than the source has free.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverIndicator(Order):
    """Finance takes back what a unit will not spend (盘活存量, I11); posted under ISSU."""

    line: BudgetLine
    awaiting: Fen = Fen(0)
    executable: Fen = Fen(0)

    def event(self) -> Event:
        """Give the event that the order becomes."""
        facts = {"awaiting": self.awaiting, "executable": self.executable}
        return self.as_event("indicator_recovery", facts, self.line.dims())


def recover_indicator(tx: Transaction, order: RecoverIndicator) -> Posted:
    """Take back indicator.

    Raises:
        LimitExceeded: more than is left.
    """
    return post(tx, [order.event()])[0]
