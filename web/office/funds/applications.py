"""Applications at the desk: typed cost line by cost line, checked for form beside what they resemble, decided on."""

import hashlib
import re
from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import fund_registers, registers
from ledger.compilation.fund_registers import ApplicationRow, CallRow
from ledger.compilation.special_funds import Application, Cost, Decision, alike, apply, check, decide
from ledger.disclosure_errors import ForeignAgency
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode
from ledger.fund_errors import ApplicationIncomplete, CheckUnreasoned, CollectiveNeeded
from web.clock import today
from web.office.budget.words import day_of, needed, read_amount, read_number, text_of
from web.office.desk import Desk, Route, absent, duty, went
from web.office.funds.calls import found_call
from web.office.funds.words import OPINION_SEERS, SEERS, show, told, words

MOST_COSTS = 40
_BLANK = 3
_VOTES = ("members", "present", "votes_for", "votes_against")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@duty("COMP")
def fund_apply(desk: Desk, call: str) -> Answer:
    """Save an application as of today; the button for more lines saves nothing."""
    of = found_call(desk, call)
    costs, problems = _typed_costs(), dict[str, str]()
    if request.method == "POST" and request.form.get("do") == "save":
        application = _read(call, costs, problems, words(desk.language))
        if not problems:
            try:
                with desk.writing() as tx:
                    apply(tx, application)
            except LedgerError as refusal:
                problems = {_field(refusal): told(desk, refusal)}
            else:
                return went("fund_application", application=application.application)
    with desk.reading() as connection:
        agencies = [each for each in registers.agencies(connection, desk.me.treasury_id) if each.mine]
    rows = [*costs, *[("", "")] * _BLANK][:MOST_COSTS]
    return show(desk, "apply", problems=problems, of=of, agencies=agencies, rows=rows, today=today())


def _typed_costs() -> list[tuple[str, str]]:
    """Read the cost lines as they stand in the form, without those left blank."""
    form = request.form
    typed = [(text_of(form, f"{n}.item", 200), text_of(form, f"{n}.asked")) for n in range(1, MOST_COSTS + 1)]
    return [each for each in typed if any(each)]


def _read(call: str, typed: list[tuple[str, str]], problems: dict[str, str], known: Mapping[str, str]) -> Application:
    form, costs = request.form, []
    needed(form, ("application", "applicant", "project_zh", "site"), problems, known)
    for n, (item, asked) in enumerate(typed, 1):
        fen = read_amount(asked)
        if not fen:
            problems[f"{n}.asked"] = known["no_sum"]
        if not item:
            problems[f"{n}.item"] = known["missing"]
        costs.append(Cost(item, fen or 0))
    return Application(
        application=text_of(form, "application", 40),
        call=call,
        agency=form.get("agency", ""),
        applicant=text_of(form, "applicant", 200),
        project_zh=text_of(form, "project_zh", 200),
        site=text_of(form, "site", 200),
        equipment=text_of(form, "equipment", 200),
        saved_on=today(),
        costs=tuple(costs),
    )


def _field(refusal: LedgerError) -> str:
    if isinstance(refusal, ApplicationIncomplete):
        return "1.item"
    if isinstance(refusal, InvalidAmount):
        return "1.asked"
    return "agency" if isinstance(refusal, (ForeignAgency, UnknownCode)) else "application"


@duty(*SEERS)
def fund_application(desk: Desk, application: str) -> Answer:
    """Show an application: its costs, what it resembles, its check, the opinions and the decision."""
    return _shown(desk, application)


def found_application(desk: Desk, code: str) -> ApplicationRow:
    """Give an application, or answer that there is none that one may see."""
    with desk.reading() as connection:
        found = fund_registers.application(connection, desk.me.treasury_id, code)
    return found or absent()


def _shown(desk: Desk, code: str, problems: Mapping[str, str] | None = None, digest: str = "") -> Answer:
    of = found_application(desk, code)
    judging = desk.me.duty in OPINION_SEERS or of.granted is not None
    with desk.reading() as connection:
        costs = fund_registers.costs(connection, desk.me.treasury_id, code)
        seats = fund_registers.opinions(connection, desk.me.treasury_id, code)
        lines = fund_registers.opinion_lines(connection, desk.me.treasury_id, code) if judging else []
        near = alike(connection, desk.me.treasury_id, code) if desk.me.duty in OPINION_SEERS else []
        others = {each.other: fund_registers.application(connection, desk.me.treasury_id, each.other) for each in near}
    call = found_call(desk, of.call)
    return show(
        desk,
        "application",
        problems=problems,
        of=of,
        call=call,
        costs=costs,
        seats=seats,
        lines={(each.expert, each.line_no): each for each in lines},
        judging=judging,
        near=near,
        others=others,
        complete=bool(seats) and of.opinions == len(seats),
        collective=(of.allowed_fen or 0) >= call.threshold_fen,
        digest=digest,
    )


@duty("REVW")
def fund_check(desk: Desk, application: str) -> Answer:
    """Record the formal check of an application."""
    found_application(desk, application)
    passed = request.form.get("passed", "")
    if passed not in {"yes", "no"}:
        return _shown(desk, application, {"passed": words(desk.language)["missing"]})
    try:
        with desk.writing() as tx:
            check(tx, application, passed=passed == "yes", reason=text_of(request.form, "check_reason"))
    except LedgerError as refusal:
        at = "check_reason" if isinstance(refusal, (CheckUnreasoned, InvalidText)) else "passed"
        return _shown(desk, application, {at: told(desk, refusal)})
    return went("fund_application", application=application)


@duty("APPR")
def fund_decide(desk: Desk, application: str) -> Answer:
    """Decide on an application: nobody types the amount; the digest is typed, or taken of the minutes shown to us."""
    of, known = found_application(desk, application), words(desk.language)
    call = found_call(desk, of.call)
    problems: dict[str, str] = {}
    digest = _digest()
    decision = _decision(of, digest, problems, known)
    if decision.granted and of.allowed_fen == 0:
        problems["granted"] = known["nothing_left"]
    if problems:
        return _shown(desk, application, problems, digest)
    try:
        with desk.writing() as tx:
            decide(tx, decision)
    except CollectiveNeeded as refusal:
        return _shown(desk, application, {_collective_field(decision, of, call): told(desk, refusal)}, digest)
    except LedgerError as refusal:
        at = "reason" if isinstance(refusal, InvalidText) else "granted"
        return _shown(desk, application, {at: told(desk, refusal)}, digest)
    return went("fund_application", application=application, _anchor="decision")


def _digest() -> str:
    file = request.files.get("file")
    if file is not None and file.filename:
        return hashlib.sha256(file.stream.read()).hexdigest()
    return text_of(request.form, "minutes").lower()


def _decision(of: ApplicationRow, digest: str, problems: dict[str, str], known: Mapping[str, str]) -> Decision:
    form = request.form
    granted = form.get("granted", "")
    if granted not in {"yes", "no"}:
        problems["granted"] = known["missing"]
    needed(form, ("reason",), problems, known)
    votes = {name: read_number(form.get(name, "")) for name in _VOTES}
    for name, number in votes.items():
        if number is None or (name == "members" and not number):
            problems[name] = known["no_number"]
    if digest and not _DIGEST.fullmatch(digest):
        problems["minutes"] = known["no_digest"]
    return Decision(
        application=of.application,
        granted=granted == "yes",
        members=votes["members"] or 0,
        present=votes["present"] or 0,
        votes_for=votes["votes_for"] or 0,
        votes_against=votes["votes_against"] or 0,
        reason=text_of(form, "reason"),
        decided_on=day_of(form, "decided_on", problems, known),
        minutes_sha256=digest or None,
    )


def _collective_field(decision: Decision, of: ApplicationRow, call: CallRow) -> str:
    """Tell which of its conditions a decision misses, in the order in which the page asks for them."""
    if decision.present > decision.members or 3 * decision.present < 2 * decision.members:
        return "present"
    if decision.votes_for + decision.votes_against > decision.present:
        return "votes_against"
    minutes = (of.allowed_fen or 0) >= call.threshold_fen and decision.minutes_sha256 is None
    return "minutes" if minutes else "votes_for"


ROUTES = (
    Route("/funds/calls/<call>/apply", fund_apply, ("GET", "POST")),
    Route("/funds/applications/<application>/", fund_application),
    Route("/funds/applications/<application>/check", fund_check, ("POST",)),
    Route("/funds/applications/<application>/decide", fund_decide, ("POST",)),
)
