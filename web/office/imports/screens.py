"""The register of imports at the desk, and a budget workbook: shown row by row, then taken whole or not at all."""

import hmac
from collections.abc import Mapping

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as Answer

from importers.budget_outcome import Outcome
from importers.budget_refused import refused_tables
from importers.budgets import import_budget, preview_budget
from importers.workbook_mapping import WorkbookMapping, find_workbook_mapping, load_workbook_mapping
from importers.workbooks import WorkbookReading, read_upload
from ledger.compilation.imports import Registered, imports, obstacles, undo_import
from ledger.db import attempt
from ledger.errors import LedgerError
from reports.budget_workbook import SheetPlan, written_sheets
from web.office.budget.words import text_of
from web.office.desk import Desk, Route, absent, duty, went
from web.office.imports.words import SEERS, show, told, words

MOST_SHOWN = 500
"""So many rows are shown, errors first; all of them count, and all errors are in the workbook of errors."""
_BUDGET = find_workbook_mapping("budget")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@duty(*SEERS)
def import_register(desk: Desk) -> Answer:
    """List the imports that one may see."""
    with desk.reading() as connection:
        found = imports(connection, desk.me.treasury_id)
    return show(desk, "register", found=found)


@duty(*SEERS)
def import_one(desk: Desk, number: int) -> Answer:
    """Show an import, and what stands in the way of undoing it."""
    return _one(desk, number)


def _one(desk: Desk, number: int, problems: Mapping[str, str] | None = None) -> Answer:
    found: Registered | None = None
    with desk.reading() as connection:
        found = next((each for each in imports(connection, desk.me.treasury_id) if each.import_no == number), None)
        stand = obstacles(connection, desk.me.treasury_id, number)
    return show(desk, "one", problems=problems, of=found or absent(), stand=stand)


@duty("COMP")
def import_undo(desk: Desk, number: int) -> Answer:
    """Undo an import as a whole."""
    why = text_of(request.form, "why", 400)
    try:
        attempt(desk.source, desk.me.session(), lambda tx: undo_import(tx, number, why))
    except LedgerError as refusal:
        return _one(desk, number, {"why": told(desk, refusal)})
    return went("import_one", number=number)


@duty("COMP")
def import_workbook(desk: Desk) -> Answer:
    """Take a budget workbook: nothing is recorded before it is taken, and then the very file that was shown."""
    mapping = load_workbook_mapping(_BUDGET)
    if request.method == "GET":
        return show(desk, "budget", mapping=mapping, outcome=None)
    file = request.files.get("file")
    if file is None or not file.filename:
        return show(desk, "budget", mapping=mapping, outcome=None, problems={"file": words(desk.language)["no_file"]})
    try:
        return _taken(desk, mapping, file)
    except LedgerError as refusal:
        return show(desk, "budget", mapping=mapping, outcome=None, problems={"file": told(desk, refusal)})


def _taken(desk: Desk, mapping: WorkbookMapping, file: FileStorage) -> Answer:
    reading = read_upload(file.stream, file.filename or "", _BUDGET, "budget")
    outcome = preview_budget(desk.source, desk.me.session(), reading)
    do, known = request.form.get("do", ""), words(desk.language)
    if do == "errors" and outcome.counts["error"]:
        return _errors(desk, outcome)
    if do != "take" or outcome.counts["error"]:
        return _shown(desk, mapping, outcome)
    if not hmac.compare_digest(request.form.get("sha256", "").encode(), reading.sha256.encode()):
        return _shown(desk, mapping, outcome, {"file": known["other_file"]})
    taken = _import(desk, reading)
    if taken.import_no is None:
        return _shown(desk, mapping, taken, {"file": known["nothing_new"]})
    return went("import_one", number=taken.import_no)


def _import(desk: Desk, reading: WorkbookReading) -> Outcome:
    with desk.writing() as tx:
        return import_budget(tx, reading)


def _shown(desk: Desk, mapping: WorkbookMapping, outcome: Outcome, problems: Mapping[str, str] | None = None) -> Answer:
    rows = sorted(outcome.verdicts, key=lambda each: each.verdict != "error")[:MOST_SHOWN]
    changes = bool(outcome.counts["new"] or outcome.counts["changed"] or outcome.dropped)
    return show(
        desk, "budget", problems=problems, mapping=mapping, outcome=outcome, rows=rows, most=MOST_SHOWN, changes=changes
    )


def _errors(desk: Desk, outcome: Outcome) -> Answer:
    """Write the refused rows with a column of reasons; the same mapping reads it once they are mended."""
    known, zh = words(desk.language), desk.language == "zh"
    plans = [
        SheetPlan(
            table.sheet,
            known["errors_title"],
            table.above,
            [*((name, 16) for name in table.headings), (known["why_refused"], 60)],
            [
                [
                    *cells,
                    "\n".join(
                        known["problem" if problem.value else "problem_bare"].format(
                            column=problem.column or verdict.name,
                            value=problem.value,
                            why=problem.why.zh if zh else problem.why.en,
                            mend=problem.why.mend_zh if zh else problem.why.mend_en,
                        )
                        for problem in verdict.problems
                    ),
                ]
                for cells, verdict in table.rows
            ],
        )
        for table in refused_tables(outcome)
    ]
    answer = Response(written_sheets(plans, outcome.reading.name), content_type=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename="import-errors.xlsx")
    return answer


ROUTES = (
    Route("/imports", import_register),
    Route("/imports/budget", import_workbook, ("GET", "POST")),
    Route("/imports/<int:number>", import_one),
    Route("/imports/<int:number>/undo", import_undo, ("POST",)),
)
