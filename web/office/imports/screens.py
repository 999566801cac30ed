"""The register of imports at the desk, and a budget workbook: shown row by row, then taken whole or not at all."""

from collections.abc import Mapping, Sequence

from flask import request
from werkzeug.wrappers import Response as Answer

from importers.budget_outcome import Outcome
from importers.budget_refused import refused_tables
from importers.budgets import import_budget, preview_budget
from importers.workbooks import WorkbookReading
from ledger.compilation.imports import Proposal, Registered, imports, obstacles, proposals, undo_import
from ledger.db import attempt
from ledger.errors import LedgerError
from web.office.budget.words import text_of
from web.office.desk import Desk, Route, absent, duty, went
from web.office.imports import histories
from web.office.imports.refused import error_workbook
from web.office.imports.uploads import Busy, Choice, NoFile, choice, read_sent, seal, slot, units, was_shown
from web.office.imports.words import HISTORIANS, MOST_SHOWN, SEERS, show, told, words


@duty(*SEERS)
def import_register(desk: Desk) -> Answer:
    """List the imports that one may see, and what waits to be posted."""
    waiting: Sequence[Proposal] = ()
    with desk.reading() as connection:
        found = imports(connection, desk.me.treasury_id)
        if desk.me.duty in HISTORIANS:
            waiting = [each for each in proposals(connection, desk.me.treasury_id) if not each.posted]
    return show(desk, "register", found=found, waiting=waiting, historians=HISTORIANS)


@duty(*SEERS)
def import_one(desk: Desk, number: int) -> Answer:
    """Show an import, and what stands in the way of undoing it."""
    return _one(desk, number)


def _one(desk: Desk, number: int, problems: Mapping[str, str] | None = None) -> Answer:
    found = _known(desk, number)
    with desk.reading() as connection:
        stand = obstacles(connection, desk.me.treasury_id, number)
    return show(desk, "one", problems=problems, of=found, stand=stand)


def _known(desk: Desk, number: int) -> Registered:
    with desk.reading() as connection:
        found = imports(connection, desk.me.treasury_id)
    return next((each for each in found if each.import_no == number), None) or absent()


@duty("COMP")
def import_undo(desk: Desk, number: int) -> Answer:
    """Undo an import as a whole."""
    _known(desk, number)
    why = text_of(request.form, "why", 400)
    try:
        attempt(desk.source, desk.me.session(), lambda tx: undo_import(tx, number, why))
    except LedgerError as refusal:
        return _one(desk, number, {"why": told(desk, refusal)})
    return went("import_one", number=number)


@duty("COMP")
def import_workbook(desk: Desk) -> Answer:
    """Take a budget workbook: nothing is recorded before it is taken, and then the very file that was shown."""
    chosen, known = choice("budget"), words(desk.language)
    if request.method == "GET":
        return show(desk, "budget", chosen=chosen, outcome=None)
    try:
        with slot().one():
            return _taken(desk, chosen)
    except Busy:
        return show(desk, "budget", chosen=chosen, outcome=None, busy=True, problems={"file": known["busy"]})
    except NoFile:
        return show(desk, "budget", chosen=chosen, outcome=None, problems={"file": known["no_file"]})
    except LedgerError as refusal:
        return show(desk, "budget", chosen=chosen, outcome=None, problems={"file": told(desk, refusal)})


def _taken(desk: Desk, chosen: Choice) -> Answer:
    reading = read_sent("budget", chosen)
    outcome = preview_budget(desk.source, desk.me.session(), reading)
    do, known = request.form.get("do", ""), words(desk.language)
    if do == "errors" and outcome.counts["error"]:
        return error_workbook(desk, reading.name, refused_tables(outcome))
    if do != "take" or outcome.counts["error"]:
        return _shown(desk, chosen, outcome)
    if not was_shown(reading):
        return _shown(desk, chosen, outcome, {"file": known["other_file"]})
    taken = _import(desk, reading)
    if taken.import_no is None:
        return _shown(desk, chosen, taken, {"file": known["nothing_new"]})
    return went("import_one", number=taken.import_no)


def _import(desk: Desk, reading: WorkbookReading) -> Outcome:
    with desk.writing() as tx:
        return import_budget(tx, reading)


def _shown(desk: Desk, chosen: Choice, outcome: Outcome, problems: Mapping[str, str] | None = None) -> Answer:
    rows = sorted(outcome.verdicts, key=lambda each: each.verdict != "error")[:MOST_SHOWN]
    return show(
        desk,
        "budget",
        problems=problems,
        chosen=chosen,
        outcome=outcome,
        rows=rows,
        most=MOST_SHOWN,
        changes=bool(outcome.counts["new"] or outcome.counts["changed"] or outcome.dropped),
        seal=seal(outcome.reading),
        units=units(outcome.reading),
    )


ROUTES = (
    Route("/imports", import_register),
    Route("/imports/budget", import_workbook, ("GET", "POST")),
    *histories.ROUTES,
    Route("/imports/<int:number>", import_one),
    Route("/imports/<int:number>/undo", import_undo, ("POST",)),
)
