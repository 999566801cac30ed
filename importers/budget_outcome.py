"""What becomes of a budget workbook: a verdict for every row, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importers.budget_cells import Problem
from importers.budget_drafts import RowDraft
from importers.workbooks import WorkbookReading
from ledger.compilation.rounds import Income
from ledger.money import Fen, format_yuan

PARTS = ("basic", "income", "packages")
"""What of a workbook can be taken by itself, in the order in which it is taken; objectives go with their packages."""
VERDICTS = ("new", "changed", "unchanged", "error", "total")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row: ``new``, ``changed`` (in these fields), ``unchanged``, ``error``, or a right ``total``."""

    table: str
    sheet: str
    row: int
    line: int
    name: str
    verdict: str
    changed: Sequence[str]
    problems: Sequence[Problem]

    def as_json(self) -> dict[str, object]:
        """Give it for a listing."""
        told: dict[str, object] = {
            name: getattr(self, name) for name in ("table", "sheet", "row", "line", "name", "verdict")
        }
        return {**told, "changed": list(self.changed), "problems": [each.as_json() for each in self.problems]}


@dataclass(slots=True)
class Outcome:
    """The verdicts on a workbook, and what they come to.

    ``absent`` are packages of its agencies and year that it does not have: they stay as they are. ``dropped`` are
    income lines that the new estimate no longer has. ``packages``, ``basic`` and ``income`` are the versions that
    were saved, as ``ledger.compilation.imports.Batch`` names them, ``of`` the years and agencies of the packages,
    and ``import_no`` their number in the register.
    """

    reading: WorkbookReading
    verdicts: Sequence[Verdict] = ()
    packages_fen: int = 0
    income_fen: int = 0
    saved: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    absent: list[str] = field(default_factory=list)
    dropped: list[Income] = field(default_factory=list)
    packages: list[tuple[str, int]] = field(default_factory=list)
    basic: list[tuple[str, str, int]] = field(default_factory=list)
    income: list[tuple[int, str, int]] = field(default_factory=list)
    of: set[tuple[int, str]] = field(default_factory=set)
    import_no: int | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows have which verdict; together they are all rows."""
        found = [each.verdict for each in self.verdicts]
        return {name: found.count(name) for name in VERDICTS}

    def as_json(self) -> dict[str, object]:
        """Give it for a page or an API."""
        dropped = [
            {"source": each.source, "fund": each.fund, "func": each.func, "amount": format_yuan(Fen(each.amount_fen))}
            for each in self.dropped
        ]
        return {
            **self.reading.as_json(),
            **self.counts,
            "sums": {"packages": format_yuan(Fen(self.packages_fen)), "income": format_yuan(Fen(self.income_fen))},
            "saved": self.saved,
            "import": self.import_no,
            "absent": self.absent,
            "dropped": dropped,
            "rows": [each.as_json() for each in self.verdicts],
        }


def verdict_of(row: RowDraft) -> Verdict:
    """Give the verdict of a row: a problem is an error."""
    table, at = row.cells.table, row.cells.row
    verdict = "error" if row.problems else row.verdict
    return Verdict(
        table.table, table.sheet, at.row, at.line, row.name, verdict, tuple(row.changed), tuple(row.problems)
    )
