"""Refused rows as a workbook with a column of reasons; the same mapping reads it once they are mended."""

from collections.abc import Sequence

from flask import Response

from importers.budget_outcome import Verdict
from importers.budget_refused import RefusedTable
from reports.budget_workbook import SheetPlan, written_sheets
from reports.formats import FORMATS
from web.office.desk import Desk
from web.office.imports.words import words


def error_workbook(desk: Desk, name: str, tables: Sequence[RefusedTable], more: Sequence[SheetPlan] = ()) -> Response:
    """Write tables with the reason beside each refused row, and ``more`` sheets that no mapping reads."""
    known = words(desk.language)
    plans = [
        SheetPlan(
            table.sheet,
            known["errors_title"],
            table.above,
            [*((heading, 16) for heading in table.headings), (known["why_refused"], 60)],
            [[*cells, _reasons(desk, verdict)] for cells, verdict in table.rows],
        )
        for table in tables
    ]
    answer = Response(written_sheets([*plans, *more], name), content_type=FORMATS["xlsx"])
    answer.headers.set("Content-Disposition", "attachment", filename="import-errors.xlsx")
    return answer


def _reasons(desk: Desk, verdict: Verdict) -> str:
    known = words(desk.language)
    return "\n".join(
        known["problem" if problem.value else "problem_bare"].format(
            column=problem.column or verdict.name,
            value=problem.value,
            why=desk.pick(problem.why.zh, problem.why.en),
            mend=desk.pick(problem.why.mend_zh, problem.why.mend_en),
        )
        for problem in verdict.problems
    )
