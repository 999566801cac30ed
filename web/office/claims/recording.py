"""A claim as it is typed: standards found by code or name, the ceiling of every line told before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ledger import claim_errors
from ledger.compilation import registers
from ledger.disclosure_errors import ForeignAgency
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode
from ledger.execution import claim_register
from ledger.execution.claims import MOST_LINES, Ceiling, Claim, ClaimLine, ceilings, save_claim
from ledger.money import format_yuan
from web.clock import today
from web.office.budget.words import day_of, needed, plain, read_amount, read_number, text_of
from web.office.claims.register import found_claim
from web.office.claims.words import show, told, words
from web.office.desk import Desk, Route, duty, went
from web.office.writing import read_day

_BLANK = 2
_HEADS = ("claimant", "purpose", "place", "approval_no")
_COLUMNS = ("standard", "persons", "units", "spent", "invoices")
_AT_LINE = {
    claim_errors.AboveStandard: "spent",
    claim_errors.NoStandardThen: "standard",
    claim_errors.StandardOfOtherKind: "standard",
    claim_errors.QuantityUnfounded: "units",
    claim_errors.ClaimIncomplete: "invoices",
    InvalidAmount: "spent",
}
_AT_FIELD = {
    claim_errors.VenueNotDesignated: "venue",
    claim_errors.ClaimOutOfTime: "ends_on",
    claim_errors.ClaimedBefore: "1.invoices",
    claim_errors.ClaimIncomplete: "1.standard",
    claim_errors.QuantityUnfounded: "persons",
    ForeignAgency: "agency",
    UnknownCode: "agency",
    InvalidAmount: "1.spent",
    InvalidText: "1.invoices",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as it stands in the form, with the standard that it means and what that allows; None while unknown."""

    standard: str
    persons: str
    units: str
    spent: str
    invoices: str
    of: Ceiling | None = None
    ceiling_fen: int | None = None
    above_fen: int = 0


_NOTHING = Typed("", "", "", "", "")


@duty("APPL")
def claim_new(desk: Desk) -> Answer:
    """Record a claim; the button to compute tells the ceilings and saves nothing."""
    form: MultiDict[str, str] = request.form
    problems, known = dict[str, str](), words(desk.language)
    if request.method == "GET":
        form = _again(desk, request.args["from"]) if request.args.get("from") else MultiDict()
    with desk.reading() as connection:
        kinds = claim_register.kinds(connection)
        agencies = [each for each in registers.agencies(connection, desk.me.treasury_id) if each.mine]
        venues = claim_register.venues(connection, desk.me.treasury_id)
    offered = _offered(desk, form, [each.kind for each in kinds])
    lines = _lines(form, offered)
    if request.method == "POST" and form.get("do") in {"save", "compute"}:
        claim = _read(form, lines, problems, known)
        if not problems and form["do"] == "save":
            try:
                with desk.writing() as tx:
                    return went("claim", claim=save_claim(tx, claim))
            except LedgerError as refusal:
                problems = {_field(refusal): told(desk, refusal)}
    begins = read_day(form.get("begins_on", "")) or today()
    return show(
        desk,
        "new",
        problems=problems,
        given=form,
        kinds=kinds,
        agencies=agencies,
        venues=[each for each in venues if each.holds(begins)],
        offered=offered,
        lines=[*lines, *[_NOTHING] * _BLANK][:MOST_LINES],
        ceiling_fen=sum(each.ceiling_fen or 0 for each in lines),
        spent_fen=sum(read_amount(each.spent) or 0 for each in lines),
        above_fen=sum(each.above_fen for each in lines),
    )


def _offered(desk: Desk, form: Mapping[str, str], kinds: Sequence[str]) -> Sequence[Ceiling]:
    """Give the standards in force on the first day, today while none is typed, of the kind or of every kind."""
    begins, ends = (read_day(form.get(name, "")) for name in ("begins_on", "ends_on"))
    first = begins or today()
    last = ends if ends is not None and ends >= first else first
    asked = [form["kind"]] if form.get("kind") in kinds else kinds
    with desk.reading() as connection:
        return [each for kind in asked for each in ceilings(connection, desk.me.treasury_id, kind, first, last)]


def _again(desk: Desk, code: str) -> MultiDict[str, str]:
    """Give the form of a claim that was withdrawn or rejected, to be mended and sent anew."""
    of = found_claim(desk, code)
    with desk.reading() as connection:
        lines = claim_register.lines(connection, desk.me.treasury_id, code)
    form = {name: getattr(of, name) for name in (*_HEADS, "kind", "agency", "reason", "reason_document")}
    form |= {name: str(getattr(of, name)) for name in ("persons", "begins_on", "ends_on")} | {"venue": of.venue or ""}
    for n, each in enumerate(lines, 1):
        form |= {f"{n}.{name}": str(getattr(each, name)) for name in ("standard", "persons", "units")}
        form |= {f"{n}.spent": format_yuan(each.spent_fen), f"{n}.invoices": " ".join(each.invoices)}
    return MultiDict(form)


def _lines(form: MultiDict[str, str], offered: Sequence[Ceiling]) -> list[Typed]:
    """Read the lines that are not blank, each with its standard as it was meant and what it allows."""
    made = []
    for n in range(1, MOST_LINES + 1):
        standard, persons_text, units_text, spent, invoices = (text_of(form, f"{n}.{name}") for name in _COLUMNS)
        typed = Typed(standard, persons_text, units_text, spent, invoices)
        if typed == _NOTHING:
            continue
        of = _meant(typed.standard, offered)
        persons, units = read_number(typed.persons), read_number(typed.units)
        ceiling = of.allows(persons, units) if of and persons and units else None
        above = 0 if ceiling is None else _above(typed.spent, ceiling)
        made.append(replace(typed, of=of, ceiling_fen=ceiling, above_fen=above))
    return made


def _above(spent: str, ceiling_fen: int) -> int:
    return max((read_amount(spent) or 0) - ceiling_fen, 0)


def _meant(typed: str, offered: Sequence[Ceiling]) -> Ceiling | None:
    """Find the standard by its code, or by a part of its name and scope if only one has it."""
    code = typed.split(" ", 1)[0]
    for each in offered:
        if code and each.standard == code:
            return each
    wanted = plain(typed).lower()
    named = [
        each for each in offered if wanted and wanted in plain(f"{each.name_zh}{each.scope}{each.name_en}").lower()
    ]
    return named[0] if len(named) == 1 else None


def _read(
    form: MultiDict[str, str], typed: Sequence[Typed], problems: dict[str, str], known: Mapping[str, str]
) -> Claim:
    needed(form, _HEADS, problems, known)
    persons = read_number(form.get("persons", ""))
    if not persons:
        problems["persons"] = known["no_number"]
    begins, ends = (day_of(form, name, problems, known) for name in ("begins_on", "ends_on"))
    if not typed:
        problems["1.standard"] = known["no_lines"]
    lines = tuple(_line(n, each, problems, known) for n, each in enumerate(typed, 1))
    return Claim(
        agency=form.get("agency", ""),
        fiscal_year=begins.year,
        kind=form.get("kind", ""),
        **{name: text_of(form, name, 200) for name in _HEADS},
        persons=persons or 0,
        begins_on=begins,
        ends_on=ends if ends != date.min else begins,
        lines=lines,
        venue=text_of(form, "venue", 200).split(" ", 1)[0],
        reason=text_of(form, "reason"),
        reason_document=text_of(form, "reason_document", 200),
    )


def _line(n: int, typed: Typed, problems: dict[str, str], known: Mapping[str, str]) -> ClaimLine:
    if not typed.standard:
        problems[f"{n}.standard"] = known["missing"]
    counts = {name: read_number(getattr(typed, name)) for name in ("persons", "units")}
    for name, number in counts.items():
        if not number:
            problems[f"{n}.{name}"] = known["no_number"]
    spent = read_amount(typed.spent)
    if not spent:
        problems[f"{n}.spent"] = known["no_sum"]
    return ClaimLine(
        standard=typed.of.standard if typed.of else typed.standard.split(" ", 1)[0],
        persons=counts["persons"] or 0,
        units=counts["units"] or 0,
        spent_fen=spent or 0,
        invoices=tuple(each for each in typed.invoices.replace("，", " ").replace(",", " ").split() if each),
    )


def _field(refusal: LedgerError) -> str:
    line = refusal.facts.get("line")
    if line is not None and type(refusal) in _AT_LINE:
        return f"{line}.{_AT_LINE[type(refusal)]}"
    if isinstance(refusal, claim_errors.StepUnreasoned):
        return "reason"
    return _AT_FIELD.get(type(refusal), "kind")


ROUTES = (Route("/claims/new", claim_new, ("GET", "POST")),)
