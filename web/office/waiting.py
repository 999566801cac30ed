"""What waits for a duty, from every area of the office: each area names its kinds of work, the inbox gathers them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.waiting import Wait, waits
from web.clock import today
from web.office.desk import Desk

SOON = 10
"""What is due in so many days stands before what has waited longer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work: its name, whose it is, the statement that tells what waits, and the page where it is done."""

    name: str
    duties: tuple[str, ...]
    statement: str
    at: Callable[[Wait], str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work that waits for the reader: of which kind and of what, where it is done, and how many days are left."""

    kind: str
    of: Wait
    link: str
    days: int | None

    @property
    def urgent(self) -> bool:
        """Tell whether it is overdue or due soon."""
        return self.days is not None and self.days <= SOON

    def place(self) -> tuple[bool, date]:
        """Give its place: what is overdue or due soon first, the most urgent before all; then the oldest."""
        return not self.urgent, (self.of.due_on if self.urgent else None) or self.of.since


def waiting(desk: Desk, kinds: Iterable[Kind], year: int | None = None) -> Sequence[Waiting]:
    """List what waits for who is at the desk, of one budget year or of all: one statement for each kind."""
    me, on = desk.me, today()
    mine = [each for each in kinds if me.duty in each.duties]
    if not mine:
        return []
    with desk.reading() as connection:
        found = [
            Waiting(kind.name, of, kind.at(of), (of.due_on - on).days if of.due_on else None)
            for kind in mine
            for of in waits(connection, kind.statement, me.treasury_id, me.person, year)
        ]
    return sorted(found, key=Waiting.place)
