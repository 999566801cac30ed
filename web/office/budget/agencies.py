"""One agency's budget year: basic data, income besides appropriations, and sending the packages up."""

import re
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.budget_errors import UnknownBudgetRecord
from ledger.compilation import dossiers, registers
from ledger.compilation.rounds import Income, countdown, estimate_income, submit_budget
from ledger.compilation.standards import DriverValue, record_drivers
from ledger.errors import LedgerError
from reports.budget_workbook import budget_workbook
from reports.formats import FORMATS
from web.clock import today
from web.office.budget.words import SEERS, read_amount, read_quantity, show, text_of, told, words
from web.office.desk import Desk, Route, absent, duty, went

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES = ("special_account", "operating", "business", "upper", "affiliated", "other", "carry_over")
_MORE, _MOST = 3, 40
_ROUNDS = {"1": 1, "2": 2}


@duty(*SEERS)
def budget_agency(desk: Desk, year: int, agency: str) -> Answer:
    """Show what an agency's budget is made of."""
    return _shown(desk, year, agency)


def _shown(
    desk: Desk, year: int, agency: str, problems: "Mapping[str, str] | None" = None, error: str = "",
    lines: list[registers.IncomeRow] | None = None,
) -> Answer:  # fmt: skip
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        of = next((each for each in registers.agencies(connection, treasury) if each.agency == agency), None)
        if of is None:
            absent()
        kinds = [each for each in registers.driver_kinds(connection) if not each.stated]
        data = {each.driver: each for each in registers.basic_data(connection, treasury, year, agency)}
        kept = registers.incomes(connection, treasury, year, agency)
        found = dossiers.listed(connection, treasury, year, agency)
        withdrawn = dossiers.withdrawn(connection, treasury, year, agency)
        sent = registers.submissions(connection, treasury, year).get(agency)
        resolved = registers.resolution(connection, treasury, year)
        steps = {each.step: each for each in countdown(connection, treasury, year, today())}
        funds = draft_checks.codes(connection, treasury, "fund")
        funcs = draft_checks.codes(connection, treasury, "func")
    mine = desk.me.duty == "COMP" and of.mine and resolved is None
    return show(
        desk,
        "agency",
        problems=problems,
        error=error,
        year=year,
        of=of,
        kinds=kinds,
        data=data,
        incomes=kept,
        lines=[*(lines if lines is not None else kept), *[None] * _MORE],
        found=found,
        withdrawn=withdrawn,
        sent=sent,
        resolved=resolved,
        steps=steps,
        funds=funds,
        funcs=funcs,
        sources=SOURCES,
        mine=mine,
        own=_own(found, kept),
    )


@duty(*SEERS)
def budget_agency_workbook(desk: Desk, year: int, agency: str) -> Answer:
    """Give what an agency's budget is made of as the workbook that the import reads."""
    try:
        with desk.reading() as connection:
            whole = budget_workbook(connection, desk.me.treasury_id, agency, year, today())
    except UnknownBudgetRecord:
        absent()
    desk.record("export", f"budget/{year}/{agency}", form="xlsx")
    answer = Response(whole, content_type=FORMATS["xlsx"])
    of = re.sub(r"[^0-9A-Za-z.-]", "_", agency)
    demo = "-demo" if desk.me.demo else ""
    answer.headers.set("Content-Disposition", "attachment", filename=f"budget-{year}-{of}{demo}.xlsx")
    return answer


def _own(found: list[dossiers.Listed], kept: list[registers.IncomeRow]) -> list[tuple[str, int, int]]:
    """Set what is asked of an agency's own funds against what it expects of them (BUD-001)."""
    told = []
    for fund in ("5", "6"):
        asked = sum(each.left_fen for each in found if each.fund == fund)
        expected = sum(each.amount_fen for each in kept if each.fund == fund)
        if asked or expected:
            told.append((fund, expected, asked))
    return told


@duty("COMP")
def budget_agency_data(desk: Desk, year: int, agency: str) -> Answer:
    """Record basic data that were changed."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    values = []
    with desk.reading() as connection:
        kinds = registers.driver_kinds(connection)
        data = {each.driver: each for each in registers.basic_data(connection, desk.me.treasury_id, year, agency)}
    for kind in kinds:
        typed, origin = text_of(form, f"{kind.driver}.quantity"), text_of(form, f"{kind.driver}.origin")
        before = data.get(kind.driver)
        milli = read_quantity(typed)
        kept = before and milli == before.quantity_milli and origin == before.origin
        if kind.stated or not (typed or origin) or kept:
            continue
        if milli is None:
            problems[f"{kind.driver}.quantity"] = known["no_quantity"]
        elif not origin:
            problems[f"{kind.driver}.origin"] = known["no_origin"]
        else:
            values.append(
                DriverValue(agency=agency, driver=kind.driver, fiscal_year=year, quantity_milli=milli, origin=origin)
            )
    if problems or not values:
        return _shown(desk, year, agency, problems, "" if problems else known["nothing_changed"])
    try:
        with desk.writing() as tx:
            record_drivers(tx, values)
    except LedgerError as refusal:
        return _shown(desk, year, agency, error=told(desk, refusal))
    return went("budget_agency", year=year, agency=agency, _anchor="data")


@duty("COMP")
def budget_agency_income(desk: Desk, year: int, agency: str) -> Answer:
    """Save what the agency expects besides appropriations."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    lines: list[Income] = []
    rows: list[registers.IncomeRow] = []
    for n in range(1, _MOST + 1):
        typed = {name: text_of(form, f"{n}.{name}") for name in ("amount", "basis", "func")}
        if not typed["amount"] and not typed["basis"]:
            continue
        at = len(lines) + 1
        fen = read_amount(typed["amount"])
        if not fen:
            problems[f"{at}.income"] = known["no_amount"]
        if not typed["basis"]:
            problems[f"{at}.basis"] = known["missing"]
        source, fund = form.get(f"{n}.source", ""), form.get(f"{n}.fund", "")
        func = typed["func"].split(" ", 1)[0]
        lines.append(Income(source=source, fund=fund, func=func, amount_fen=fen or 0, basis=typed["basis"]))
        rows.append(registers.IncomeRow(source, fund, func, fen or 0, typed["basis"]))
    if not problems:
        try:
            with desk.writing() as tx:
                estimate_income(tx, year, agency, lines)
        except LedgerError as refusal:
            return _shown(desk, year, agency, error=told(desk, refusal), lines=rows)
        return went("budget_agency", year=year, agency=agency, _anchor="income")
    return _shown(desk, year, agency, problems, lines=rows)


@duty("COMP")
def budget_agency_submit(desk: Desk, year: int, agency: str) -> Answer:
    """Send the newest versions of all packages up, in the first or the second round."""
    round_no = _ROUNDS.get(request.form.get("round", ""))
    if round_no is None:
        absent()
    try:
        with desk.writing() as tx:
            submit_budget(tx, year, agency, round_no)
    except LedgerError as refusal:
        return _shown(desk, year, agency, {"submit": told(desk, refusal)})
    return went("budget_agency", year=year, agency=agency, _anchor="submit")


ROUTES = (
    Route("/budget/<int:year>/agencies/<agency>", budget_agency),
    Route("/budget/<int:year>/agencies/<agency>/workbook", budget_agency_workbook),
    Route("/budget/<int:year>/agencies/<agency>/data", budget_agency_data, ("POST",)),
    Route("/budget/<int:year>/agencies/<agency>/income", budget_agency_income, ("POST",)),
    Route("/budget/<int:year>/agencies/<agency>/submit", budget_agency_submit, ("POST",)),
)
