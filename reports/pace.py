"""Spending against time (支出进度) as the public may see it: what each unit had and paid by the end of each month.

The figures are sums of the published postings of the treasury's indicator set, so that they stand beside the reasons
that the units gave without anybody having to believe them.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ledger.rules import in_force
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

RULE = "BUD-021"
_WHOLE = 10_000
"""All of it, in hundredths of a percent."""
_PAID = ("EXECUTED_PAYMENT", "EXECUTED_ALLOCATION")
_HAD = ("AWAITING_ISSUE", "EXECUTABLE", "FROZEN", "RESERVED", *_PAID)
"""Where money of a unit can be, by keys of accounts."""


@dataclass(frozen=True, slots=True)
class Month:
    """How a unit stood at the end of a month: in fen and hundredths of a percent, with the last reason it gave."""

    agency: str
    ends_on: date
    adjusted_fen: int
    executed_fen: int
    passed_bp: int
    off: bool
    reason: str | None
    remedy: str | None
    due_on: date | None

    @property
    def executed_bp(self) -> int | None:
        """How much of the adjusted budget was paid, rounded down; None where there is no budget yet."""
        return self.executed_fen * _WHOLE // self.adjusted_fen if self.adjusted_fen > 0 else None

    @property
    def ahead_bp(self) -> int | None:
        """By how much spending is ahead of time; negative where it is behind."""
        return None if self.executed_bp is None else self.executed_bp - self.passed_bp


def allowed_bp(day: date) -> int | None:
    """Give by how much spending and time may differ on a day; None where no rule is in force."""
    rule = in_force(day).get(RULE)
    return None if rule is None else int(rule.parameters["points_bp"])


def published_months(connection: "Connection", treasury_id: int, year: int, agencies: Sequence[str]) -> list[Month]:
    """Give the months of each unit that the treasury's indicator set is published for, in order."""
    given = {"treasury": treasury_id, "year": year, "agencies": list(agencies)}
    reasons = {(row[0], row[1]): row[2:] for row in rows(connection, "pace_reasons_public", given)}
    found: list[Month] = []
    for code, chart, starts_on, as_of in rows(connection, "pace_sets_public", given):
        asked = {
            "code": code,
            "starts_on": starts_on,
            "had": _accounts(chart, _HAD),
            "executed": _accounts(chart, _PAID),
        }
        moved = {(row[0], row[1]): row[2:] for row in rows(connection, "pace_public", {**given, **asked})}
        ends = _month_ends(year, as_of)
        days = (date(year, 12, 31) - starts_on).days + 1
        for agency in agencies:
            had, paid = moved.get((agency, 0), (0, 0))
            for end in ends:
                more = moved.get((agency, end.month), (0, 0))
                had, paid = had + more[0], paid + more[1]
                passed = ((end - starts_on).days + 1) * _WHOLE // days
                said = reasons.get((agency, end.month), (None, None, None))
                found.append(Month(agency, end, had, paid, passed, is_off(had, paid, passed, end), *said))
    return sorted(found, key=lambda each: (agencies.index(each.agency), each.ends_on))


def is_off(adjusted_fen: int, executed_fen: int, passed_bp: int, day: date) -> bool:
    """Tell whether spending and time are further apart than the rule of that day lets pass."""
    most = allowed_bp(day)
    return (
        most is not None
        and adjusted_fen > 0
        and abs(executed_fen * _WHOLE - passed_bp * adjusted_fen) > most * adjusted_fen
    )


def _month_ends(year: int, as_of: date) -> list[date]:
    firsts = [*(date(year, month, 1) for month in range(2, 13)), date(year + 1, 1, 1)]
    return [end for first in firsts if (end := first - timedelta(days=1)) <= as_of]


@cache
def _accounts(chart: str, keys: tuple[str, ...]) -> list[str]:
    text = files("ledger.master").joinpath("account_key.csv").read_text("utf-8")
    listed = csv.DictReader(io.StringIO(text))
    return sorted({row["code"] for row in listed if row["chart"] == chart and not row["dim"] and row["key"] in keys})
