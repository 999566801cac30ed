"""The notes of a budget (情况说明), that no table of the books tells, as its agency writes them."""

from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import registers
from ledger.compilation.narratives import TOLD, BudgetNarrative, kept_narrative, record_narrative
from ledger.disclosure.budgets import budgets_shown
from ledger.errors import InvalidAmount, LedgerError
from web.office.budget.words import SEERS, prose_of, read_amount, read_number, show, told, words
from web.office.desk import Desk, Route, absent, duty, went

BEFORE = ("abroad", "reception", "vehicles_bought", "vehicles_run")
"""The public expenses of the budget of the year before."""
PROCURED = ("goods", "works", "services", "sme")
COUNTED = ("equipment_500k", "equipment_1m")


@duty(*SEERS)
def budget_notes(desk: Desk, year: int, agency: str) -> Answer:
    """Show the notes of a budget as they stand; the compiler of the agency changes them until it is public."""
    return _notes(desk, year, agency)


def _notes(desk: Desk, year: int, agency: str, problems: Mapping[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        of = next((each for each in registers.agencies(connection, treasury) if each.agency == agency), None)
        if of is None:
            absent()
        kept = kept_narrative(connection, treasury, year, agency)
        public = next((e.published_at for e in budgets_shown(connection, treasury, year) if e.agency == agency), None)
        before = any(each.agency == agency for each in budgets_shown(connection, treasury, year - 1))
    return show(
        desk,
        "notes",
        problems=problems,
        error=error,
        year=year,
        of=of,
        kept=kept,
        said=kept.said if kept else BudgetNarrative(fiscal_year=year, agency=agency),
        public=public,
        before=before,
        groups=(BEFORE, PROCURED),
        counted=COUNTED,
        texts=TOLD,
        mine=desk.me.duty == "COMP" and of.mine and public is None,
    )


@duty("COMP")
def budget_notes_record(desk: Desk, year: int, agency: str) -> Answer:
    """Record the notes as a new version; what is left blank is nothing."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for name in (*BEFORE, *PROCURED):
        typed = form.get(name, "").strip()
        fen = read_amount(typed) if typed else 0
        if fen is None:
            problems[name] = known["no_amount"]
        else:
            numbers[f"{name}_fen"] = fen
    for name in COUNTED:
        typed = form.get(name, "").strip()
        count = read_number(typed) if typed else 0
        if count is None:
            problems[name] = known["no_number"]
        else:
            numbers[name] = count
    if problems:
        return _notes(desk, year, agency, problems)
    said = {name: text for name in TOLD if (text := prose_of(form, f"told_{name}"))}
    try:
        with desk.writing() as tx:
            record_narrative(tx, BudgetNarrative(fiscal_year=year, agency=agency, told=said, **numbers))
    except InvalidAmount as refusal:
        procured = sum(numbers[f"{each}_fen"] for each in ("goods", "works", "services"))
        name, most = ("sme", "most_sme") if numbers["sme_fen"] > procured else ("equipment_1m", "most_equipment")
        return _notes(desk, year, agency, {name: f"{told(desk, refusal)} {known[most]}"})
    except LedgerError as refusal:
        return _notes(desk, year, agency, error=told(desk, refusal))
    return went("budget_notes", year=year, agency=agency)


ROUTES = (
    Route("/budget/<int:year>/agencies/<agency>/notes", budget_notes),
    Route("/budget/<int:year>/agencies/<agency>/notes/record", budget_notes_record, ("POST",)),
)
