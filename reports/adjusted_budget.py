"""The lines of a published budget in the year (预算数、调整预算数、支出数): approved, carried over, changed, paid.

What was approved is the published budget; all else is of the treasury's published indicators. The adjusted budget holds
what was carried over from the year before, and adds up to that of the final accounts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from ledger.compilation.approval import OWN_MONEY, THREE_PUBLIC
from reports.identity import accounts_of
from reports.indicators import GRANTS, Figures, add_up, every_account
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

Opened = Literal["approved", "carried", "given"]
"""How a line came into the year: approved with the budget, carried over from the year before, or given since."""
_Use = tuple[str, str, str, str | None, str | None, bool]
"""Agency, fund, function, class and project, and whether it was carried over from the year before.

What a department has not passed on yet has neither class nor project.
"""


@dataclass(frozen=True, slots=True)
class InYear:
    """A line and what became of it, in fen; a carried line was not approved for this year."""

    agency: str
    fund: str
    func: str
    dept_econ: str | None
    project: str | None
    opened: Opened
    approved_fen: int
    carried_fen: int
    changed_fen: int
    executed_fen: int
    recovered_fen: int
    handed_on_fen: int

    @property
    def adjusted_fen(self) -> int:
        """The adjusted budget (调整预算数)."""
        return self.approved_fen + self.carried_fen + self.changed_fen

    @property
    def left_fen(self) -> int:
        """What was not paid, recovered or carried into the next year."""
        return self.adjusted_fen - self.executed_fen - self.recovered_fen - self.handed_on_fen


@dataclass(frozen=True, slots=True)
class BudgetInYear:
    """The lines of some units; ``code`` and ``as_of`` are of the published indicators, None while there are none.

    ``booked`` tells whether anything of the units stands in them.
    """

    lines: Sequence[InYear]
    code: str | None
    as_of: date | None
    booked: bool

    def total(self, name: str) -> int:
        """Add up a figure of every line."""
        return sum(int(getattr(each, f"{name}_fen")) for each in self.lines)

    @property
    def carried(self) -> list[InYear]:
        """The lines that were carried over from the year before."""
        return [each for each in self.lines if each.opened == "carried"]


def budget_in_year(connection: "Connection", treasury_id: int, year: int, agencies: Sequence[str]) -> BudgetInYear:
    """Read the lines of the published budgets of units, by function; without the units' own money."""
    given = {"treasury": treasury_id, "year": year, "agencies": list(agencies)}
    asked = {**given, "public": list(THREE_PUBLIC), "own": OWN_MONEY}
    approved: dict[_Use, int] = {
        (agency, fund, func, econ, project, False): fen
        for agency, fund, func, econ, project, fen in rows(connection, "approved_uses_public", asked)
    }
    sets = rows(connection, "pace_sets_public", given)
    code, as_of = (sets[0][0], sets[0][3]) if sets else (None, None)
    moved: dict[_Use, Figures] = defaultdict(Figures)
    beside: dict[_Use, int] = defaultdict(int)
    for set_code, chart, _, _ in sets:
        accounts = accounts_of(chart)
        of_set = {**given, "code": set_code, "kinds": list(GRANTS), "accounts": list(every_account(accounts))}
        found = add_up(rows(connection, "in_year_public", of_set), accounts)
        for agency, indicator, fund, func, econ, project in rows(connection, "in_year_uses_public", of_set):
            own = found.get(f"{agency} {indicator}", Figures())
            use = agency, fund, func, econ, project, own.reopened != 0
            moved[use].add(own)
            of_budget = use in approved and indicator.startswith(f"{year}-B-")
            if not of_budget and (econ or project or own.issued):
                beside[use] += own.begun - own.allocated
    lines = [
        _line(use, approved.get(use, 0), beside.get(use, 0), moved.get(use, Figures())) for use in {*approved, *moved}
    ]
    return BudgetInYear(sorted(filter(_told, lines), key=lambda each: _place(each, agencies)), code, as_of, bool(moved))


def _line(use: _Use, fen: int, beside: int, own: Figures) -> InYear:
    """Give a line of what was approved and its figures; what was granted beside the approved budget changes it."""
    agency, fund, func, econ, project, carried = use
    return InYear(
        agency=agency,
        fund=fund,
        func=func,
        dept_econ=econ,
        project=project,
        opened="carried" if carried else "approved" if fen else "given",
        approved_fen=fen,
        carried_fen=own.reopened,
        changed_fen=own.changed + beside,
        executed_fen=own.executed,
        recovered_fen=own.recovered,
        handed_on_fen=own.handed_on,
    )


def _told(each: InYear) -> bool:
    figures = (each.approved_fen, each.carried_fen, each.changed_fen, each.executed_fen, each.recovered_fen)
    return any((*figures, each.handed_on_fen))


def _place(each: InYear, agencies: Sequence[str]) -> tuple[str, int, str, int, str, str]:
    order = ("approved", "carried", "given").index(each.opened)
    return each.func, agencies.index(each.agency), each.fund, order, each.dept_econ or "", each.project or ""
