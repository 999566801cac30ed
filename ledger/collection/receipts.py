"""Receipts of the treasury (国库收入) by revenue item, and refunds to whoever paid too much (退库)."""

from dataclasses import dataclass

from ledger.db import Transaction
from ledger.events import Dims, Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReceipt(Order):
    """Money of one revenue item reached the treasury (GE1, flow A); posted under AUDT_IN."""

    fund: str
    revenue: str
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("treasury_receipt", {"amount": self.amount}, _dims(self))


def record_receipt(tx: Transaction, order: RecordReceipt) -> Posted:
    """Enter money that the treasury received.

    Raises:
        LedgerError: as ``journal.post``.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRevenue(Order):
    """Revenue is paid back to the applicant (GE2, flow F); posted under RFND."""

    fund: str
    revenue: str
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("revenue_refund", {"amount": self.amount}, _dims(self))


def refund_revenue(tx: Transaction, order: RefundRevenue) -> Posted:
    """Pay revenue back.

    Raises:
        LimitExceeded: the treasury holds less of this fund.
    """
    return post(tx, [order.event()])[0]


def _dims(order: RecordReceipt | RefundRevenue) -> Dims:
    return {"fund": order.fund, "revenue": order.revenue}
