"""A unit's own money at the desk: its budget, what is spent and free, and changes asked for and approved."""

from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import registers
from ledger.compilation.own_money import OwnChange, approve_own_change, ask_own_change, own_budgets, own_changes
from ledger.errors import LedgerError
from web.office.budget.words import (
    LINE_SEERS,
    class_names,
    needed,
    read_amount,
    read_number,
    show,
    text_of,
    told,
    words,
)
from web.office.desk import Desk, Route, duty, went


@duty(*LINE_SEERS)
def budget_own(desk: Desk, year: int) -> Answer:
    """Show what units may spend of their own money, what they did, and every change."""
    return _own(desk, year)


def _own(desk: Desk, year: int, problems: Mapping[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        agencies = registers.agencies(connection, treasury)
        classes = class_names(desk, connection)
        budgets = own_budgets(connection, treasury, year)
        changes = own_changes(connection, treasury, year)
        approved = set(registers.approved_agencies(connection, treasury, year))
    named = {each.agency: desk.pick(each.name_zh, each.name_en) for each in agencies}
    return show(
        desk,
        "own",
        problems=problems,
        error=error,
        year=year,
        budgets=budgets,
        changes=changes,
        named=named,
        mine=[(each.agency, named[each.agency]) for each in agencies if each.mine and each.agency in approved],
        classes=classes,
    )


@duty("COMP")
def budget_own_ask(desk: Desk, year: int) -> Answer:
    """Ask for more or less."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("own_agency", "own_func", "own_reason"), problems, known)
    fen = read_amount(form.get("own_amount", ""))
    if not fen:
        problems["own_amount"] = known["no_amount"]
    if problems:
        return _own(desk, year, problems)
    change = OwnChange(
        fiscal_year=year,
        agency=form["own_agency"],
        func=form["own_func"].strip().split(" ", 1)[0],
        amount_fen=-(fen or 0) if form.get("own_way") == "less" else fen or 0,
        reason=text_of(form, "own_reason"),
    )
    try:
        with desk.writing() as tx:
            ask_own_change(tx, change)
    except LedgerError as refusal:
        return _own(desk, year, error=told(desk, refusal))
    return went("budget_own", year=year, _anchor="changes")


@duty("REVW")
def budget_own_approve(desk: Desk, year: int) -> Answer:
    """Approve one change; it counts from now on."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("own_document",), problems, known)
    if problems:
        return _own(desk, year, problems)
    number = read_number(form.get("change_no", "")) or 0
    try:
        with desk.writing() as tx:
            approve_own_change(tx, year, form.get("own_agency", ""), number, text_of(form, "own_document", 200))
    except LedgerError as refusal:
        return _own(desk, year, error=told(desk, refusal))
    return went("budget_own", year=year, _anchor="changes")


ROUTES = (
    Route("/budget/<int:year>/own", budget_own),
    Route("/budget/<int:year>/own/ask", budget_own_ask, ("POST",)),
    Route("/budget/<int:year>/own/approve", budget_own_approve, ("POST",)),
)
