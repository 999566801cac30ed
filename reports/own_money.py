"""A unit's own money (单位资金) as the public may see it: budget by function, every approved change, what was spent.

It passes no indicators. What was spent is read from the unit's own books as far as they are published, by the rule of
the limit itself; where they are not published nothing is said of it.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class OwnLine:
    """What a unit may spend of its own money on a function, in fen; "" is what names no function.

    ``spent_fen`` stands up to ``as_of``; both are None while the unit's books of the year are not published.
    """

    agency: str
    func: str
    approved_fen: int
    changed_fen: int
    spent_fen: int | None
    as_of: date | None

    @property
    def budget_fen(self) -> int:
        """What was approved, with every approved change."""
        return self.approved_fen + self.changed_fen

    @property
    def free_fen(self) -> int | None:
        """What is not spent yet."""
        return None if self.spent_fen is None else self.budget_fen - self.spent_fen


@dataclass(frozen=True, slots=True)
class OwnChange:
    """An approved change; ``budget_fen`` is the budget of the function after it. A reason that a rule hides is None."""

    agency: str
    change_no: int
    func: str
    amount_fen: int
    reason: str | None
    reason_rule: str | None
    document: str
    approved_at: datetime
    budget_fen: int


@dataclass(frozen=True, slots=True)
class OwnMoney:
    """The own money of some units in a year: by unit and function, and its changes, the first approved first."""

    lines: Sequence[OwnLine]
    changes: Sequence[OwnChange]

    @property
    def approved_fen(self) -> int:
        """What was approved with the budget."""
        return sum(each.approved_fen for each in self.lines)

    @property
    def changed_fen(self) -> int:
        """By how much it was changed since."""
        return sum(each.changed_fen for each in self.lines)

    @property
    def spent_fen(self) -> int | None:
        """What was spent; None while the books of one of the units are not published."""
        spent = [each.spent_fen for each in self.lines]
        return None if None in spent else sum(each or 0 for each in spent)

    @property
    def silent(self) -> list[str]:
        """The units whose books of the year are not published."""
        return sorted({each.agency for each in self.lines if each.as_of is None})


def published_own_money(connection: "Connection", treasury_id: int, year: int, agencies: Sequence[str]) -> OwnMoney:
    """Read the own money of units with a published budget; those without any have no lines."""
    given = {"treasury": treasury_id, "year": year, "agencies": list(agencies)}
    approved = {(agency, func): fen for agency, func, fen in rows(connection, "own_approved_public", given)}
    budget = defaultdict(int, approved)
    changes: list[OwnChange] = []
    for agency, no, func, fen, reason, rule, document, at in rows(connection, "own_changes_public", given):
        budget[agency, func] += fen
        changes.append(OwnChange(agency, no, func, fen, reason, rule, document, at, budget[agency, func]))
    known: dict[str, date] = {}
    spent: dict[tuple[str, str], int] = {}
    for agency, code, chart, as_of in rows(connection, "own_sets_public", given):
        known[agency] = as_of
        asked = {"treasury": treasury_id, "code": code, "accounts": _accounts(chart)}
        spent |= {(agency, func): fen for func, fen in rows(connection, "own_spent_public", asked) if fen}
    budgeted = {agency for agency, _ in budget}
    lines = [
        OwnLine(
            agency,
            func,
            approved.get((agency, func), 0),
            budget[agency, func] - approved.get((agency, func), 0),
            spent.get((agency, func), 0) if agency in known else None,
            known.get(agency),
        )
        for agency, func in sorted({*budget, *spent}, key=lambda each: (agencies.index(each[0]), each[1]))
        if agency in budgeted
    ]
    return OwnMoney(lines, changes)


@cache
def _accounts(chart: str) -> list[str]:
    """Give the accounts of budgetary expenditure of a chart, by the master data."""
    text = files("ledger.master").joinpath("account.csv").read_text("utf-8")
    listed = csv.DictReader(io.StringIO(text))
    return sorted({row["code"] for row in listed if row["chart"] == chart and row["element"] == "budget_expense"})
