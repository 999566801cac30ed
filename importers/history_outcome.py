"""What becomes of each row of a workbook of earlier years, and its tables as they come back to be mended."""

from collections.abc import Sequence

from importers.budget_outcome import Verdict
from importers.budget_refused import RefusedTable, cells_of
from importers.histories import History
from importers.history_rows import HistoryRow


def row_verdict(row: HistoryRow) -> Verdict:
    """Give the verdict of a row: ``leaf`` (to be posted), ``parent``, ``total`` or ``error``; a problem is an error."""
    table, at = row.cells.table, row.cells.row
    verdict = "error" if row.problems else row.verdict
    return Verdict(table.table, table.sheet, at.row, at.line, row.account or at.first, verdict, (), tuple(row.problems))


def row_verdicts(history: History) -> Sequence[Verdict]:
    """Give the verdict of every row, year by year."""
    return [row_verdict(row) for row in history.rows]


def refused_years(history: History) -> list[RefusedTable]:
    """Give every table whole, with the problems of its rows: years prove themselves together or not at all.

    Totals that are right are left out: they are not when the rows above are mended.
    """
    verdicts = {(each.sheet, each.row): each for each in row_verdicts(history)}
    found = []
    for table in history.reading.tables:
        judged = [(row, verdicts[table.sheet, row.row]) for row in table.rows]
        rows = [(cells_of(table, row.cells), verdict) for row, verdict in judged if verdict.verdict != "total"]
        found.append(RefusedTable(table.sheet, table.above, list(table.headings.values()), rows))
    return found
