"""Holds (指标冻结): executable indicator set aside for a procurement, a contract or by supervision."""

from dataclasses import dataclass

from ledger.db import Transaction
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Order):
    """Executable indicator is frozen (I5); prepared under APPL or OVER, posted under PCHK."""

    line: BudgetLine
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("indicator_hold", {"amount": self.amount}, self.line.dims())


def hold(tx: Transaction, order: Hold) -> Posted:
    """Freeze executable indicator; what is held is no longer free.

    Raises:
        LimitExceeded: more than is free.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Order):
    """Frozen indicator, or a part of it, is executable again (I5); posted under PCHK."""

    line: BudgetLine
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("indicator_release", {"amount": self.amount}, self.line.dims())


def release(tx: Transaction, order: Release) -> Posted:
    """Set held indicator free.

    Raises:
        LimitExceeded: more than is held.
    """
    return post(tx, [order.event()])[0]
