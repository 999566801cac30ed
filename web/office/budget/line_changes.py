"""The changes of one line in execution: who makes each, who prepares it, and the order that carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.compilation.approval import Grant
from ledger.compilation.indicators import AdjustIndicator, RecoverIndicator, adjust_indicator, recover_indicator
from ledger.db import Transaction
from ledger.execution.holds import Hold, Release, hold, release
from ledger.execution.reservations import For, Withdrawal, withdraw
from ledger.money import Fen


@dataclass(frozen=True, slots=True)
class Asked:
    """What a change asks: the order that every change is, the amount, and what only some changes name."""

    given: Mapping[str, Any]
    fen: Fen
    treasury: int
    books: str
    revenue: str = ""
    reservation: For | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change: who makes it and who prepares it, and whether it names a revenue or a reservation."""

    duty: str
    preparers: tuple[str, ...]
    make: Callable[[Transaction, Grant, Asked], object]
    sourced: bool = False
    reserved: bool = False


def _hold(tx: Transaction, of: Grant, asked: Asked) -> object:
    return hold(tx, Hold(**asked.given, line=of.line(of.indicator, of.agency), amount=asked.fen))


def _free(tx: Transaction, of: Grant, asked: Asked) -> object:
    return release(tx, Release(**asked.given, line=of.line(of.indicator, of.agency), amount=asked.fen))


def _withdraw(tx: Transaction, of: Grant, asked: Asked) -> object:
    if asked.reservation is None:
        raise TypeError
    line = of.line(of.indicator, of.agency)
    order = Withdrawal(**asked.given, line=line, of=asked.reservation, amount=asked.fen)
    return withdraw(tx, asked.treasury, asked.books, order)


def _recover(tx: Transaction, of: Grant, asked: Asked) -> object:
    line = of.line(of.indicator, of.agency)
    return recover_indicator(tx, RecoverIndicator(**asked.given, line=line, executable=asked.fen))


def _cut(tx: Transaction, of: Grant, asked: Asked) -> object:
    line = of.line(of.indicator, of.agency)
    order = AdjustIndicator(**asked.given, line=line, revenue=asked.revenue, reduces=True, executable=asked.fen)
    return adjust_indicator(tx, order)


def _add(tx: Transaction, of: Grant, asked: Asked) -> object:
    line = of.line(of.indicator, of.agency)
    return adjust_indicator(tx, AdjustIndicator(**asked.given, line=line, revenue=asked.revenue, executable=asked.fen))


CHANGES: Mapping[str, Change] = {
    "hold": Change("PCHK", ("APPL", "OVER"), _hold),
    "free": Change("PCHK", ("APPL", "OVER"), _free),
    "withdraw": Change("PCHK", ("APPL",), _withdraw, reserved=True),
    "recover": Change("ISSU", ("REVW",), _recover),
    "cut": Change("ISSU", ("REVW",), _cut, sourced=True),
    "add": Change("APPR", ("COMP",), _add, sourced=True),
}
