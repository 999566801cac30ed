"""Calls at the desk: opened by the finance division, drawn for after the closing day, published when all is decided."""

from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.compilation import fund_registers
from ledger.compilation.fund_registers import CallRow
from ledger.compilation.special_funds import Call, draw_again, draw_experts, lots, open_call, publish_results
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode
from ledger.fund_errors import AlreadyDecided, CallInvalid
from web.clock import today
from web.office.budget.words import day_of, needed, read_amount, read_number, text_of
from web.office.desk import Desk, Route, absent, duty, went
from web.office.funds.words import SEERS, show, told, words

_NEEDED = ("call", "name_zh", "name_en", "document", "fund", "func", "total", "threshold", "field", "seed_source")
_FIRST, _LAST = 1949, 2999
SEED_LEAST = 8
"""A seed has at least so many characters."""


@duty(*SEERS)
def fund_home(desk: Desk) -> Answer:
    """List the calls with how far each is."""
    with desk.reading() as connection:
        found = fund_registers.calls(connection, desk.me.treasury_id)
    return show(desk, "calls", found=found, today=today())


@duty("REVW")
def fund_call_new(desk: Desk) -> Answer:
    """Open a call."""
    if request.method == "GET":
        return _form(desk, {})
    problems: dict[str, str] = {}
    call = _read(problems, words(desk.language))
    if not problems:
        try:
            with desk.writing() as tx:
                open_call(tx, call)
        except LedgerError as refusal:
            problems = {_field(refusal, call): told(desk, refusal)}
        else:
            return went("fund_call", call=call.call)
    return _form(desk, problems)


def _read(problems: dict[str, str], known: Mapping[str, str]) -> Call:
    form = request.form
    needed(form, _NEEDED, problems, known)
    year = read_number(form.get("fiscal_year", ""))
    if year is None or not _FIRST <= year <= _LAST:
        problems["fiscal_year"] = known["no_year"]
    experts = read_number(form.get("experts", ""))
    if experts is None:
        problems["experts"] = known["no_number"]
    total, threshold = (read_amount(form.get(name, "")) for name in ("total", "threshold"))
    if not total:
        problems.setdefault("total", known["no_sum"])
    if threshold is None:
        problems.setdefault("threshold", known["no_amount"])
    return Call(
        call=text_of(form, "call", 30),
        fiscal_year=year or 0,
        name_zh=text_of(form, "name_zh", 200),
        name_en=text_of(form, "name_en", 200),
        fund=text_of(form, "fund").split(" ", 1)[0],
        func=text_of(form, "func").split(" ", 1)[0],
        document=text_of(form, "document", 200),
        opens_on=day_of(form, "opens_on", problems, known),
        closes_on=day_of(form, "closes_on", problems, known),
        total_fen=total or 0,
        threshold_fen=threshold or 0,
        experts=experts or 0,
        field=text_of(form, "field", 200),
        seed_source=text_of(form, "seed_source", 200),
    )


def _field(refusal: LedgerError, call: Call) -> str:
    if isinstance(refusal, CallInvalid):
        return "closes_on" if call.closes_on < call.opens_on else "experts"
    if isinstance(refusal, InvalidAmount):
        return "total"
    if isinstance(refusal, UnknownCode):
        return "func" if refusal.facts.get("dim") == "func" else "fund"
    return "call" if isinstance(refusal, (AlreadyDecided, InvalidText)) else "document"


def _form(desk: Desk, problems: Mapping[str, str]) -> Answer:
    with desk.reading() as connection:
        funds = draft_checks.codes(connection, desk.me.treasury_id, "fund")
        funcs = draft_checks.codes(connection, desk.me.treasury_id, "func")
    return show(desk, "call_new", problems=problems, funds=funds, funcs=funcs, year=today().year)


@duty(*SEERS)
def fund_call(desk: Desk, call: str) -> Answer:
    """Show a call: its applications, its draw lot by lot, and what is to be done."""
    return _shown(desk, call)


def found_call(desk: Desk, call: str) -> CallRow:
    """Give a call, or answer that there is none."""
    with desk.reading() as connection:
        found = fund_registers.calls(connection, desk.me.treasury_id, call)
    return found[0] if found else absent()


def _shown(desk: Desk, call: str, problems: Mapping[str, str] | None = None) -> Answer:
    of = found_call(desk, call)
    with desk.reading() as connection:
        applied = fund_registers.applications(connection, desk.me.treasury_id, call)
        drawn = lots(connection, desk.me.treasury_id, call)
    excluded = [each.expert for each in drawn if each.excluded]
    again = draw_again(of.seed or "", call, [each.expert for each in drawn], excluded, of.experts)
    return show(
        desk,
        "call",
        problems=problems,
        of=of,
        state=of.state(today()),
        applied=applied,
        drawn=drawn,
        same=again == [each.expert for each in drawn if each.seat is not None],
    )


@duty("PEXP")
def fund_draw(desk: Desk, call: str) -> Answer:
    """Draw the experts of a call from a public number."""
    found_call(desk, call)
    known, problems = words(desk.language), dict[str, str]()
    seed = text_of(request.form, "seed", 200)
    needed(request.form, ("seed",), problems, known)
    if len(seed) < SEED_LEAST:
        problems.setdefault("seed", known["seed_short"].format(n=SEED_LEAST))
    if problems:
        return _shown(desk, call, problems)
    try:
        with desk.writing() as tx:
            draw_experts(tx, call, seed)
    except LedgerError as refusal:
        return _shown(desk, call, {"seed": told(desk, refusal)})
    return went("fund_call", call=call, _anchor="draw")


@duty("PUBL")
def fund_publish(desk: Desk, call: str) -> Answer:
    """Publish the results of a call after its closing day, none of its applications left unchecked."""
    of, known = found_call(desk, call), words(desk.language)
    if today() <= of.closes_on:
        return _shown(desk, call, {"publish": known["not_closed"]})
    if of.unchecked:
        return _shown(desk, call, {"publish": known["unchecked_n"].format(n=of.unchecked)})
    try:
        with desk.writing() as tx:
            publish_results(tx, call)
    except LedgerError as refusal:
        return _shown(desk, call, {"publish": told(desk, refusal)})
    return went("fund_call", call=call)


ROUTES = (
    Route("/funds", fund_home),
    Route("/funds/calls/new", fund_call_new, ("GET", "POST")),
    Route("/funds/calls/<call>/", fund_call),
    Route("/funds/calls/<call>/draw", fund_draw, ("POST",)),
    Route("/funds/calls/<call>/publish", fund_publish, ("POST",)),
)
