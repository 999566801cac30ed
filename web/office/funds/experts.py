"""Experts at the desk: the pool with its ties, and the opinions of those who sit, recorded line by line."""

from collections.abc import Mapping, Sequence

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import fund_registers
from ledger.compilation.fund_registers import CostRow
from ledger.compilation.special_funds import Expert, Judged, Tie, list_experts, record_opinion
from ledger.errors import InvalidAmount, LedgerError
from ledger.fund_errors import OpinionRaises
from web.office.budget.words import read_amount, read_number, text_of
from web.office.desk import Desk, Route, absent, duty, went
from web.office.funds.applications import found_application
from web.office.funds.words import POOL_SEERS, show, told, words

ROWS = 5
"""So many experts are listed at a time."""
_FIELDS = ("expert", "name", "employer", "field")
_BEST = 100


@duty(*POOL_SEERS)
def fund_experts(desk: Desk) -> Answer:
    """Show the pool of experts with their ties."""
    return _pool(desk)


def _pool(desk: Desk, problems: Mapping[str, str] | None = None) -> Answer:
    with desk.reading() as connection:
        found = fund_registers.pool(connection, desk.me.treasury_id)
        applicants = fund_registers.applicants(connection, desk.me.treasury_id)
    fields = sorted({each.field for each in found})
    return show(desk, "experts", problems=problems, found=found, applicants=applicants, fields=fields, rows=ROWS)


@duty("PEXP")
def fund_experts_list(desk: Desk) -> Answer:
    """Add the experts that were typed to the pool, all or none."""
    known, problems = words(desk.language), dict[str, str]()
    with desk.reading() as connection:
        taken = {each.expert for each in fund_registers.pool(connection, desk.me.treasury_id)}
    made: dict[int, Expert] = {}
    for n in range(1, ROWS + 1):
        typed = {name: text_of(request.form, f"{n}.{name}", 30 if name == "expert" else 200) for name in _FIELDS}
        if not any(typed.values()):
            continue
        problems |= {f"{n}.{name}": known["missing"] for name, value in typed.items() if not value}
        if typed["expert"] in taken:
            problems[f"{n}.expert"] = known["code_taken"]
        taken.add(typed["expert"])
        made[n] = Expert(**typed)
    if not made:
        problems["1.expert"] = known["missing"]
    if problems:
        return _pool(desk, problems)
    try:
        with desk.writing() as tx:
            list_experts(tx, list(made.values()))
    except LedgerError as refusal:
        return _pool(desk, {f"{min(made)}.expert": told(desk, refusal)})
    return went("fund_experts")


@duty("PEXP")
def fund_tie(desk: Desk) -> Answer:
    """Record a tie of an expert to an applicant."""
    known = words(desk.language)
    expert, applicant, tie = (text_of(request.form, name, 200) for name in ("tied", "applicant", "tie"))
    problems = {
        name: known["missing"] for name, value in (("applicant", applicant), ("tie", tie)) if not value
    }  # fmt: skip
    with desk.reading() as connection:
        found = {each.expert: each for each in fund_registers.pool(connection, desk.me.treasury_id)}
    if expert not in found:
        problems["tied"] = known["no_expert"]
    elif applicant in {known_one for known_one, _ in found[expert].ties}:
        problems["applicant"] = known["tie_known"]
    if problems:
        return _pool(desk, problems)
    try:
        with desk.writing() as tx:
            list_experts(tx, [], [Tie(expert, applicant, tie)])
    except LedgerError as refusal:
        return _pool(desk, {"tie": told(desk, refusal)})
    return went("fund_experts")


@duty("PRRV")
def fund_opinion(desk: Desk, application: str, expert: str) -> Answer:
    """Record what a seated expert leaves of every cost line; a cut has its reason."""
    of = found_application(desk, application)
    with desk.reading() as connection:
        costs = fund_registers.costs(connection, desk.me.treasury_id, application)
        seats = fund_registers.opinions(connection, desk.me.treasury_id, application)
    seat = next((each for each in seats if each.expert == expert), None) or absent()
    problems: dict[str, str] = {}
    if request.method == "POST":
        known = words(desk.language)
        score = read_number(request.form.get("score", ""))
        if score is None or score > _BEST:
            problems["score"] = known["no_score"]
        lines = _judged(costs, problems, known)
        if not problems:
            try:
                with desk.writing() as tx:
                    record_opinion(tx, application, expert, score or 0, lines)
            except LedgerError as refusal:
                problems = {_field(refusal): told(desk, refusal)}
            else:
                return went("fund_application", application=application, _anchor="opinions")
    return show(desk, "opinion", problems=problems, of=of, costs=costs, seat=seat)


def _judged(costs: Sequence[CostRow], problems: dict[str, str], known: Mapping[str, str]) -> list[Judged]:
    made = []
    for line in costs:
        n = line.line_no
        fen, reason = read_amount(request.form.get(f"{n}.allowed", "")), text_of(request.form, f"{n}.reason")
        if fen is None:
            problems[f"{n}.allowed"] = known["no_amount"]
        elif fen < line.asked_fen and not reason:
            problems[f"{n}.reason"] = known["cut_unreasoned"]
        made.append(Judged(n, fen or 0, reason))
    return made


def _field(refusal: LedgerError) -> str:
    if isinstance(refusal, (OpinionRaises, InvalidAmount)):
        return f"{refusal.facts.get('line', 1)}.allowed"
    return "score"


ROUTES = (
    Route("/funds/experts", fund_experts),
    Route("/funds/experts/list", fund_experts_list, ("POST",)),
    Route("/funds/experts/tie", fund_tie, ("POST",)),
    Route("/funds/applications/<application>/opinions/<expert>", fund_opinion, ("GET", "POST")),
)
