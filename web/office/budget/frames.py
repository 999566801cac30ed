"""What the finance division sets around a budget: approved basic data, ceilings, and until when each step is due."""

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.compilation import registers
from ledger.compilation.rounds import STEPS, Ceiling, Due, countdown, set_ceilings, set_dates
from ledger.compilation.standards import approve_drivers
from ledger.errors import LedgerError
from web.clock import today
from web.office.budget.words import SEERS, read_amount, read_number, show, text_of, told, words
from web.office.desk import Desk, Route, absent, duty, went
from web.office.writing import read_day


@duty(*SEERS)
def budget_data(desk: Desk, year: int) -> Answer:
    """List the basic data of all agencies, with what waits to be approved."""
    return _data(desk, year)


def _data(desk: Desk, year: int, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        found = registers.basic_data(connection, treasury, year)
        kinds = {each.driver: each for each in registers.driver_kinds(connection)}
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
    return show(desk, "data", error=error, year=year, found=found, kinds=kinds, named=named)


@duty("REVW")
def budget_data_approve(desk: Desk, year: int) -> Answer:
    """Approve the basic data that were ticked, all or none."""
    chosen = []
    for ticked in request.form.getlist("datum")[:500]:
        agency, _, rest = ticked.partition("@")
        driver, _, number = rest.partition("@")
        chosen.append((agency, driver, year, read_number(number) or 0))
    if not chosen:
        return _data(desk, year, words(desk.language)["nothing_ticked"])
    try:
        with desk.writing() as tx:
            approve_drivers(tx, chosen)
    except LedgerError as refusal:
        return _data(desk, year, told(desk, refusal))
    return went("budget_data", year=year)


@duty(*SEERS)
def budget_frame(desk: Desk, year: int) -> Answer:
    """Show ceilings and dates."""
    return _frame(desk, year)


def _frame(desk: Desk, year: int, problems: dict[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        ceilings = registers.ceilings(connection, treasury, year)
        steps = {each.step: each for each in countdown(connection, treasury, year, today())}
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        funds = draft_checks.codes(connection, treasury, "fund")
        resolved = registers.resolution(connection, treasury, year)
    return show(
        desk,
        "frame",
        problems=problems,
        error=error,
        year=year,
        ceilings=ceilings,
        known_steps=STEPS,
        steps=steps,
        named=named,
        departments=[each for each in named.values() if each.agency == each.department],
        funds=funds,
        partly=registers.partly_seen(named.values()),
        mine=desk.me.duty == "REVW" and resolved is None,
    )


@duty("REVW")
def budget_ceilings_set(desk: Desk, year: int) -> Answer:
    """Set the ceilings that were changed, under one document."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    document = text_of(form, "document", 200)
    with desk.reading() as connection:
        departments = {each.department for each in registers.agencies(connection, desk.me.treasury_id)}
        kept = {
            (c.department, c.fund): c.ceiling_fen for c in registers.ceilings(connection, desk.me.treasury_id, year)
        }
    asked = [(*at, f"ceiling-{at[0]}-{at[1]}") for at in kept]
    if form.get("ceiling"):
        asked.append((form.get("department", ""), form.get("fund", ""), "ceiling"))
    made = []
    if form.get("ceiling") and form.get("department") not in departments:
        absent()
    for department, fund, name in asked:
        typed = text_of(form, name)
        fen = read_amount(typed) if typed else None
        if typed and fen is None:
            problems[name] = known["no_amount"]
        elif fen is not None and fen != kept.get((department, fund)):
            made.append(
                Ceiling(fiscal_year=year, department=department, fund=fund, amount_fen=fen, document=document)
            )  # fmt: skip
    if made and not document:
        problems["document"] = known["missing"]
    if problems or not made:
        return _frame(desk, year, problems, "" if problems else known["nothing_changed"])
    try:
        with desk.writing() as tx:
            set_ceilings(tx, made)
    except LedgerError as refusal:
        return _frame(desk, year, error=told(desk, refusal))
    return went("budget_frame", year=year)


@duty("REVW")
def budget_dates_set(desk: Desk, year: int) -> Answer:
    """Set the dates that were changed, under one document."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    document = text_of(form, "dates_document", 200)
    with desk.reading() as connection:
        kept = {each.step: each.due_on for each in countdown(connection, desk.me.treasury_id, year, today())}
    made = []
    for step in STEPS:
        typed = form.get(f"date-{step}", "").strip()
        day = read_day(typed)
        if typed and day is None:
            problems[f"date-{step}"] = known["no_day"]
        elif day is not None and day != kept.get(step):
            made.append(Due(fiscal_year=year, step=step, due_on=day, document=document))
    if made and not document:
        problems["dates_document"] = known["missing"]
    if problems or not made:
        return _frame(desk, year, problems, "" if problems else known["nothing_changed"])
    try:
        with desk.writing() as tx:
            set_dates(tx, made)
    except LedgerError as refusal:
        return _frame(desk, year, error=told(desk, refusal))
    return went("budget_frame", year=year, _anchor="dates")


ROUTES = (
    Route("/budget/<int:year>/data", budget_data),
    Route("/budget/<int:year>/data/approve", budget_data_approve, ("POST",)),
    Route("/budget/<int:year>/frame", budget_frame),
    Route("/budget/<int:year>/frame/ceilings", budget_ceilings_set, ("POST",)),
    Route("/budget/<int:year>/frame/dates", budget_dates_set, ("POST",)),
)
