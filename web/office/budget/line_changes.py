"""The changes of one line in execution: who makes each, who prepares it, and the order that carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.compilation.approval import Grant
from ledger.compilation.indicators import AdjustIndicator, RecoverIndicator, adjust_indicator, recover_indicator
from ledger.db import Transaction
from ledger.execution.holds import Hold, Release, hold, release
from ledger.money import Fen

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change: who makes it, who prepares it, and whether it names the revenue it goes with."""

    duty: str
    preparers: tuple[str, ...]
    make: Callable[[Transaction, Grant, Given, str, Fen], object]
    sourced: bool = False


def _hold(tx: Transaction, of: Grant, given: Given, _revenue: str, fen: Fen) -> object:
    return hold(tx, Hold(**given, line=of.line(of.indicator, of.agency), amount=fen))


def _free(tx: Transaction, of: Grant, given: Given, _revenue: str, fen: Fen) -> object:
    return release(tx, Release(**given, line=of.line(of.indicator, of.agency), amount=fen))


def _recover(tx: Transaction, of: Grant, given: Given, _revenue: str, fen: Fen) -> object:
    return recover_indicator(tx, RecoverIndicator(**given, line=of.line(of.indicator, of.agency), executable=fen))


def _cut(tx: Transaction, of: Grant, given: Given, revenue: str, fen: Fen) -> object:
    line = of.line(of.indicator, of.agency)
    return adjust_indicator(tx, AdjustIndicator(**given, line=line, revenue=revenue, reduces=True, executable=fen))


def _add(tx: Transaction, of: Grant, given: Given, revenue: str, fen: Fen) -> object:
    line = of.line(of.indicator, of.agency)
    return adjust_indicator(tx, AdjustIndicator(**given, line=line, revenue=revenue, executable=fen))


CHANGES: Mapping[str, Change] = {
    "hold": Change("PCHK", ("APPL", "OVER"), _hold),
    "free": Change("PCHK", ("APPL", "OVER"), _free),
    "recover": Change("ISSU", ("REVW",), _recover),
    "cut": Change("ISSU", ("REVW",), _cut, sourced=True),
    "add": Change("APPR", ("COMP",), _add, sourced=True),
}
