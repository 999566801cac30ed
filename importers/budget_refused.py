"""The rows of a budget workbook that were not taken, as tables that the same mapping reads once they are mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.budget_outcome import Outcome, Verdict
from importers.workbooks import Table


@dataclass(frozen=True, slots=True)
class RefusedTable:
    """A table: what stands above it, its headings, and its rows, each with its verdict."""

    sheet: str
    above: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[tuple[Sequence[str], Verdict]]


def refused_tables(outcome: Outcome) -> list[RefusedTable]:
    """Give the refused rows and what only counts together with them.

    A package comes with all of its rows and objectives, an income table and a table with a wrong total whole:
    alone, the row would lose the others when it is imported again.
    """
    verdicts = {(each.table, each.sheet, each.row): each for each in outcome.verdicts}
    bad = [each for each in outcome.verdicts if each.problems]
    packages = {each.name for each in bad if each.table in {"packages", "targets"}}
    whole = {
        (each.table, each.sheet)
        for each in bad
        if each.table == "income" or any(problem.reason == "total_differs" for problem in each.problems)
    }
    found = []
    for table in outcome.reading.tables:
        rows = []
        for row in table.rows:
            verdict = verdicts.get((table.table, table.sheet, row.row))
            if verdict is None:
                continue
            with_package = table.table in {"packages", "targets"} and verdict.name in packages
            right_total = verdict.verdict == "total"
            if verdict.problems or (not right_total and (with_package or (table.table, table.sheet) in whole)):
                rows.append((cells_of(table, row.cells), verdict))
        if rows:
            found.append(RefusedTable(table.sheet, table.above, list(table.headings.values()), rows))
    return found


def cells_of(table: Table, cells: Mapping[str, str]) -> list[str]:
    """Give the cells of a row in the order of the headings of its table."""
    return [cells.get(field, "") for field in table.headings]
