"""Spending standards at the desk: recorded after looking at what they reprice, approved by somebody else."""

import hashlib
from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.budget_errors import StandardBackwards
from ledger.compilation import prices, registers
from ledger.compilation.standards import Repriced, Standard, approve_standards, record_standards, repriced
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode
from web.office.budget.packages import CATEGORIES
from web.office.budget.words import SEERS, day_of, needed, read_amount, read_number, show, text_of, told, words
from web.office.desk import Desk, Route, duty, went
from web.office.writing import read_day

PERS = ("month", "year", "time")
_NEEDED = ("standard", "name_zh", "name_en", "dept_econ", "amount", "document_no", "valid_from")


@duty(*SEERS)
def budget_standards(desk: Desk, year: int) -> Answer:
    """List every version of every standard, those that wait for approval first."""
    return _listed(desk, year)


def _listed(desk: Desk, year: int, error: str = "") -> Answer:
    with desk.reading() as connection:
        found = prices.standards(connection, desk.me.treasury_id)
    waiting = [each for each in found if each.approver is None]
    return show(desk, "standards", error=error, year=year, found=found, waiting=waiting)


@duty("APPR")
def budget_standards_approve(desk: Desk, year: int) -> Answer:
    """Approve the versions that were ticked, all or none."""
    chosen = []
    for ticked in request.form.getlist("standard")[:200]:
        code, _, number = ticked.rpartition("@")
        chosen.append((code, read_number(number) or 0))
    if not chosen:
        return _listed(desk, year, words(desk.language)["nothing_ticked"])
    try:
        with desk.writing() as tx:
            approve_standards(tx, chosen)
    except LedgerError as refusal:
        return _listed(desk, year, told(desk, refusal))
    return went("budget_standards", year=year)


@duty("REVW")
def budget_standard_record(desk: Desk, year: int) -> Answer:
    """Write a version of a standard: look first at what it reprices, then record it."""
    known = words(desk.language)
    if request.method == "GET":
        return _form(desk, year, _before(desk, request.args.get("standard", "")), {}, None)
    form = {name: value[:400] for name, value in request.form.items()}
    problems: dict[str, str] = {}
    standard = _read(problems, known)
    if problems:
        return _form(desk, year, form, problems, None)
    try:
        with desk.reading() as connection:
            touched = repriced(connection, desk.me.treasury_id, standard, year)
    except InvalidAmount as refusal:
        return _form(desk, year, form, {"amount": told(desk, refusal)}, None)
    looked = hashlib.sha256(repr(standard).encode()).hexdigest()
    if form.get("do") != "record" or form.get("looked") != looked:
        return _form(desk, year, form, {}, touched, looked)
    try:
        with desk.writing() as tx:
            record_standards(tx, [standard])
    except LedgerError as refusal:
        return _form(desk, year, form, {_field(refusal): told(desk, refusal)}, touched, looked)
    return went("budget_standards", year=year)


def _read(problems: dict[str, str], known: Mapping[str, str]) -> Standard:
    form = request.form
    needed(form, _NEEDED, problems, known)
    fen = read_amount(form.get("amount", ""))
    if not fen:
        problems.setdefault("amount", known["no_amount"])
    until = form.get("valid_to", "").strip()
    if until and read_day(until) is None:
        problems["valid_to"] = known["no_day"]
    kind = form.get("agency_kind")
    return Standard(
        standard=text_of(form, "standard", 30),
        name_zh=text_of(form, "name_zh", 200),
        name_en=text_of(form, "name_en", 200),
        category=form.get("category", ""),  # type: ignore[arg-type]
        dept_econ=text_of(form, "dept_econ").split(" ", 1)[0],
        driver=form.get("driver", ""),
        per=form.get("per", ""),  # type: ignore[arg-type]
        amount_fen=fen or 0,
        document_no=text_of(form, "document_no", 200),
        document_title=text_of(form, "document_title", 200),
        document_issuer=text_of(form, "document_issuer", 200),
        valid_from=day_of(form, "valid_from", problems, known),
        valid_to=read_day(until) if until else None,
        confidence="A",
        agency_kind=kind if kind in {"organ", "institution"} else None,
        scope=text_of(form, "scope", 200),
    )


def _field(refusal: LedgerError) -> str:
    if isinstance(refusal, StandardBackwards):
        return "valid_from"
    if isinstance(refusal, InvalidAmount):
        return "amount"
    if isinstance(refusal, UnknownCode):
        return "dept_econ" if refusal.facts.get("dim") == "dept_econ" else "standard"
    return "standard" if isinstance(refusal, InvalidText) else "document_no"


def _before(desk: Desk, code: str) -> Mapping[str, str]:
    """Fill the form from the newest version of the standard that is to be changed."""
    with desk.reading() as connection:
        found = [each for each in prices.standards(connection, desk.me.treasury_id) if each.standard == code]
    if not found:
        return {}
    newest = max(found, key=lambda each: each.version)
    names = ("standard", "name_zh", "name_en", "category", "dept_econ", "driver", "per", "scope")
    return {name: str(getattr(newest, name)) for name in names} | {"agency_kind": newest.agency_kind or ""}


def _form(
    desk: Desk, year: int, typed: Mapping[str, str], problems: Mapping[str, str], touched: list[Repriced] | None,
    looked: str = "",
) -> Answer:  # fmt: skip
    with desk.reading() as connection:
        kinds = registers.driver_kinds(connection)
        econ = draft_checks.codes(connection, desk.me.treasury_id, "dept_econ")
    return show(
        desk,
        "standard_record",
        problems=problems,
        year=year,
        typed=typed,
        kinds=kinds,
        econ=econ,
        categories=CATEGORIES,
        pers=PERS,
        touched=touched,
        looked=looked,
        change=sum(each.would_be_fen - each.was_fen for each in touched or ()),
    )


ROUTES = (
    Route("/budget/<int:year>/standards", budget_standards),
    Route("/budget/<int:year>/standards/approve", budget_standards_approve, ("POST",)),
    Route("/budget/<int:year>/standards/record", budget_standard_record, ("GET", "POST")),
)
