"""Budget, adjusted budget and final figures (预算数、调整预算数、决算数) of a unit side by side, by function (类).

Budget and adjusted budget are what the unit's indicators got of the fiscal funds, in the treasury's indicator set; what
was carried over from the year before counts in the adjusted budget, since nobody approved it for this year. So does
what was granted beside the approved budget: where the unit's budget is published, the budget is that. The final figures
are of the unit's own books.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ledger.compilation.approval import OWN_MONEY, THREE_PUBLIC
from reports.disclosure_facts import FISCAL, SpendingFact
from reports.indicators import ALLOCATED, APPROVED, DOWN, REOPENED, STATES
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CLASS = 3
_FIRST = tuple(kind for kind in (*APPROVED, *DOWN) if kind not in {*ALLOCATED, *REOPENED})


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """The three figures of one function (类), of all fiscal funds."""

    func: str
    budget_fen: int
    adjusted_fen: int
    final_fen: int


def budget_lines(
    connection: "Connection",
    treasury_id: int,
    agency: str,
    fiscal_year: int,
    ends_on: date,
    spending: Iterable[SpendingFact],
) -> tuple[BudgetLine, ...]:
    """Give the lines of a unit; none where no indicator set of the whole year is published with it."""
    given = {
        "treasury": treasury_id,
        "year": fiscal_year,
        "agency": agency,
        "ends_on": ends_on,
        "funds": list(FISCAL),
        "accounts": _accounts(),
        "first": list(_FIRST),
    }
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (code,) in rows(connection, "final_indicator_sets_public", given):
        for func, budget, adjusted in rows(connection, "final_indicators_public", {**given, "code": code}):
            held[func[:_CLASS]][0] += budget
            held[func[:_CLASS]][1] += adjusted
    if not held:
        return ()
    if approved := _approved(connection, given):
        for func in {*held, *approved}:
            held[func][0] = approved.get(func, 0)
    for fact in spending:
        if fact.fund in FISCAL:
            held[fact.func[:_CLASS]][2] += fact.fen
    return tuple(BudgetLine(func, *figures) for func, figures in sorted(held.items()) if any(figures))


def _approved(connection: "Connection", given: Mapping[str, object]) -> dict[str, int]:
    """Give the published budget of the unit by function (类); nothing where none is published."""
    asked = {**given, "agencies": [given["agency"]], "public": list(THREE_PUBLIC), "own": OWN_MONEY}
    sums: dict[str, int] = defaultdict(int)
    for _, fund, func, _, _, fen in rows(connection, "approved_uses_public", asked):
        if fund in FISCAL:
            sums[func[:_CLASS]] += fen
    return sums


@cache
def _accounts() -> list[str]:
    """Give the accounts in which an indicator's money can be, in every chart of indicators."""
    keys = {key for own in STATES.values() for key in own}
    text = files("ledger.master").joinpath("account_key.csv").read_text("utf-8")
    listed = csv.DictReader(io.StringIO(text))
    return sorted({row["code"] for row in listed if row["chart"].startswith("indicator") and row["key"] in keys})
