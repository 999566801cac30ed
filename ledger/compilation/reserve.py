"""The reserve (预备费, 预算法 40, 64) and budget that finance holds (代编预算), given to a unit by decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.compilation.carry_over import Left, read_year_end
from ledger.compilation.indicators import ApproveBudget, IssueIndicator, OpenIndicator, open_indicators
from ledger.db import Transaction
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine, Order

FUNC = "227"
"""预备费 as a class of functions."""
FUND = "1"


def reserves(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Left]:
    """List the indicators of a year that still hold reserve or budget in finance's own hands.

    Raises:
        UnknownBook: there is no indicator set of that year.
    """
    return [each for each in read_year_end(connection, treasury_id, fiscal_year).left if each.reserve or each.held_back]


def approve_reserve(
    tx: Transaction, fiscal_year: int, amount: Fen, *, key: str, on: date, document: str, prepared_by: str
) -> Posted:
    """Post the reserve that the Congress approved with the budget, and open its indicator first. Duty APPR.

    Raises:
        LedgerError: as ``journal.post``.
    """
    code = f"{fiscal_year}-R-{FUND}-{FUNC}"
    there = tx.connection.exec_driver_sql(
        "select 1 from ledger.indicator where treasury_id = %s and indicator = %s", (tx.treasury_id, code)
    ).first()
    if there is None:
        whole = OpenIndicator(
            indicator=code, parent=None, fiscal_year=fiscal_year, fund=FUND, func=FUNC, document=document
        )
        open_indicators(tx, [whole])
    order = ApproveBudget(
        key=key, on=on, narration=f"批准{fiscal_year}年预备费", prepared_by=prepared_by, document=document,
        line=BudgetLine(indicator=code, fund=FUND, func=FUNC), from_revenue=amount,
    )  # fmt: skip
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseReserve(Order):
    """Reserve, or budget that finance holds, goes to a unit's line, executable at once (I10, I4); posted under ISSU.

    ``held`` tells that it comes from what finance holds, not from the reserve.
    """

    source: BudgetLine
    target: BudgetLine
    amount: Fen
    held: bool = False

    def events(self) -> Sequence[Event]:
        """Give the events that the order becomes: allocation and issue."""
        kind = "held_budget_allocation" if self.held else "reserve_allocation"
        parties = {"from": self.source.dims(), "to": self.target.dims()}
        issue = IssueIndicator(
            key=f"{self.key}-issue", on=self.on, narration=self.narration, prepared_by=self.prepared_by,
            document=self.document, line=self.target, amount=self.amount,
        )  # fmt: skip
        return [self.as_event(kind, {"amount": self.amount}, parties=parties), issue.event()]


def use_reserve(tx: Transaction, order: UseReserve) -> list[Posted]:
    """Give reserve to a line.

    Raises:
        LimitExceeded: more than is left of it.
    """
    return post(tx, order.events())
