"""Before the budget is approved, at the desk: what the law lets units spend, given by one and released by another."""

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.compilation import registers
from ledger.compilation.advances import REASONS, Advance, allowed, grant_advance, release_advances
from ledger.errors import LedgerError
from ledger.sequencer import sequence
from web.clock import today
from web.office.budget.chains import books_of
from web.office.budget.words import CHANGERS, class_names, day_of, needed, read_amount, show, text_of, told, words
from web.office.desk import Desk, Route, duty, went

_FUNDS = ("1", "2", "3", "5")


@duty(*CHANGERS)
def budget_advances(desk: Desk, year: int) -> Answer:
    """Show what was given before the approval, and how much of it was released and spent."""
    return _page(desk, year)


def _page(desk: Desk, year: int, problems: dict[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        given = allowed(connection, treasury, year)
        standings = {each.of.root: each for each in books_of(connection, treasury, year).standings if each.of.advance}
        agencies = registers.agencies(connection, treasury)
        classes = class_names(desk, connection)
        preparers = registers.holders(connection, treasury, "COMP" if desk.me.duty == "APPR" else "REVW")
        resolved = registers.resolution(connection, treasury, year)
        asks = desk.me.duty == "APPR" and resolved is None
        econs = draft_checks.codes(connection, treasury, "dept_econ") if asks else []
        functions = draft_checks.codes(connection, treasury, "func") if asks else []
    return show(
        desk,
        "advances",
        problems=problems,
        error=error,
        year=year,
        advances=given,
        standings=standings,
        unreleased=[each for each in given if not standings[each.indicator].issued_fen],
        agencies=[(each.agency, f"{each.agency} {desk.pick(each.name_zh, each.name_en)}") for each in agencies],
        named={each.agency: desk.pick(each.name_zh, each.name_en) for each in agencies},
        classes=classes,
        preparers=preparers,
        resolved=resolved,
        asks=asks,
        econs=econs,
        functions=functions,
        reasons=[(each, words(desk.language)[f"advance_{each}"]) for each in REASONS],
        funds=[(each, words(desk.language)[f"fund_{each}"]) for each in _FUNDS],
        today=today(),
    )


@duty("APPR")
def budget_advance_give(desk: Desk, year: int) -> Answer:
    """Give something in advance."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("advance_agency", "advance_func", "advance_document", "advance_prepared_by"), problems, known)
    fen = read_amount(form.get("advance_amount", ""))
    if not fen:
        problems["advance_amount"] = known["no_amount"]
    on = day_of(form, "advance_on", problems, known)
    econ, project = _code("advance_econ"), text_of(form, "advance_project", 40)
    if not econ and not project:
        problems["advance_econ"] = known["advance_use"]
    if problems:
        return _page(desk, year, problems)
    advance = Advance(
        fiscal_year=year,
        reason=form.get("advance_reason", ""),
        agency=form["advance_agency"],
        fund=form.get("advance_fund", ""),
        func=_code("advance_func"),
        dept_econ=econ or None,
        project=project or None,
        amount_fen=fen or 0,
        given_on=on,
        document=text_of(form, "advance_document", 200),
    )
    try:
        with desk.writing() as tx:
            grant_advance(tx, advance, prepared_by=form["advance_prepared_by"])
    except LedgerError as refusal:
        return _page(desk, year, error=told(desk, refusal))
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_advances", year=year)


@duty("ISSU")
def budget_advance_release(desk: Desk, year: int) -> Answer:
    """Release to the units what was given."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("advance_prepared_by",), problems, known)
    if problems:
        return _page(desk, year, problems)
    try:
        with desk.writing() as tx:
            release_advances(tx, year, prepared_by=form["advance_prepared_by"])
    except LedgerError as refusal:
        return _page(desk, year, error=told(desk, refusal))
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_advances", year=year)


def _code(name: str) -> str:
    """Give the code of what was typed or chosen, without the name behind it."""
    return text_of(request.form, name).split(" ", 1)[0]


ROUTES = (
    Route("/budget/<int:year>/advances", budget_advances),
    Route("/budget/<int:year>/advances/give", budget_advance_give, ("POST",)),
    Route("/budget/<int:year>/advances/release", budget_advance_release, ("POST",)),
)
