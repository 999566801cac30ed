"""Payments from the treasury single account (国库集中支付): reserved, paid, refunded.

A payment consumes what its application had reserved of the indicator (I6-I9); the same event enters the
bureau's and the unit's books (flow E).
"""

from dataclasses import dataclass

from ledger.db import Transaction
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservePayment(Order):
    """A payment application reserves indicator (I6); posted under PCHK.

    ``from_hold``: it takes what the contract had frozen instead of what is free.
    """

    line: BudgetLine
    counterparty: str
    amount: Fen
    from_hold: bool = False

    def event(self) -> Event:
        """Give the event that the order becomes."""
        kind = "held_payment_reservation" if self.from_hold else "payment_reservation"
        dims = self.line.dims(counterparty=self.counterparty)
        return self.as_event(kind, {"amount": self.amount}, dims)


def reserve_payment(tx: Transaction, order: ReservePayment) -> Posted:
    """Reserve indicator for a payment application.

    Raises:
        LimitExceeded: more than is free, or held.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawReservation(Order):
    """An application is withdrawn, or its payment failed at the bank (I7); posted under PCHK."""

    line: BudgetLine
    counterparty: str
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        dims = self.line.dims(counterparty=self.counterparty)
        return self.as_event("reservation_release", {"amount": self.amount}, dims)


def withdraw_reservation(tx: Transaction, order: WithdrawReservation) -> Posted:
    """Set a reservation free again.

    Raises:
        LimitExceeded: more than is reserved.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayFromTreasury(Order):
    """A reserved payment leaves the treasury single account (I8, flow E); posted under SIGN."""

    line: BudgetLine
    counterparty: str
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        dims = self.line.dims(counterparty=self.counterparty)
        return self.as_event("treasury_payment", {"amount": self.amount}, dims)


def pay_from_treasury(tx: Transaction, order: PayFromTreasury) -> Posted:
    """Pay from the treasury what was reserved.

    Raises:
        LimitExceeded: more than is reserved, or than the treasury holds of this fund.
    """
    return post(tx, [order.event()])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment(Order):
    """A payment of this year comes back and frees its indicator (I9), in red; posted under SIGN."""

    line: BudgetLine
    counterparty: str
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        dims = self.line.dims(counterparty=self.counterparty)
        return self.as_event("payment_refund", {"amount": self.amount}, dims)


def refund_payment(tx: Transaction, order: RefundPayment) -> Posted:
    """Enter a payment that came back.

    Raises:
        LedgerError: as ``journal.post``.
    """
    return post(tx, [order.event()])[0]
