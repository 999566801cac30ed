"""The account sets as the desk lists them: by name, the newest year and the bureau first, with what is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger import checklist
from ledger.books import AccountSet, Books
from web.clock import today
from web.office.desk import Desk

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A set with its names; ``open_from`` is the first day of its first open month, None when all are closed."""

    of: AccountSet
    name_zh: str
    name_en: str
    open_from: date | None

    def likely_day(self) -> date | None:
        """Give the day that a voucher most likely bears: today, or the first one on which it can be posted."""
        now = today()
        if self.open_from is not None and self.open_from <= now <= self.of.ends_on:
            return now
        return self.open_from


def listed(desk: Desk) -> Sequence[ListedSet]:
    """List the sets that one may see."""
    treasury_id = desk.me.treasury_id
    with desk.reading() as connection:
        periods = checklist.periods(connection, treasury_id)
        known = Books.read(connection, treasury_id).sets.values()
    names: dict[str, tuple[str, str]] = {}
    months: dict[str, int] = {}
    for period in periods:
        names[period.account_set] = (period.set_zh, period.set_en)
        if period.period_no and period.state != "closed":
            months.setdefault(period.account_set, period.period_no)
    sets = sorted(
        (s for s in known if s.code in names),
        key=lambda s: (-s.fiscal_year, s.role != "bureau", s.code),
    )
    return [ListedSet(s, *names[s.code], _first(s, months.get(s.code))) for s in sets]


def _first(of: AccountSet, month: int | None) -> date | None:
    return None if month is None else max(of.starts_on, date(of.fiscal_year, min(month, _MONTHS), 1))
