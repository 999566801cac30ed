"""What projects achieved (绩效自评) beside what they were to achieve: confirmed results, as the public sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one objective: its result, a score in tenths of a point of 100, and why it was missed."""

    kind: str
    target: str
    result: str
    score_tenths: int
    met: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A project of an approved budget; without confirmed results it has none."""

    agency: str
    package: str
    name_zh: str
    name_en: str
    fen: int
    opinion: str | None
    confirmed_at: datetime | None
    results: tuple[Result, ...]

    @property
    def score_tenths(self) -> int | None:
        """The mean of the scores in tenths, rounded down; None before there are any."""
        return sum(each.score_tenths for each in self.results) // len(self.results) if self.results else None


def published_results(
    connection: "Connection", treasury_id: int, year: int, agencies: Sequence[str]
) -> tuple[Evaluated, ...]:
    """Give the projects of published budgets, in the order of the units, with their confirmed results."""
    given = {"treasury": treasury_id, "year": year, "agencies": list(agencies)}
    answers: dict[str, list[Result]] = {}
    said: dict[str, tuple[str, datetime]] = {}
    for package, opinion, confirmed_at, *cells in rows(connection, "results_public", given):
        answers.setdefault(package, []).append(Result(*cells))
        said[package] = (opinion, confirmed_at)
    found = []
    for agency, package, zh, en, fen in rows(connection, "result_packages_public", given):
        opinion, confirmed_at = said.get(package, (None, None))
        found.append(Evaluated(agency, package, zh, en, fen, opinion, confirmed_at, tuple(answers.get(package, ()))))
    return tuple(found)
