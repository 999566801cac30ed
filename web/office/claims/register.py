"""Claims at the desk: those that wait for me first, and one with its lines, steps and payments."""

from collections.abc import Callable, Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.amount_words import in_words
from ledger.claim_errors import ClaimantApproves, StepUnreasoned
from ledger.db import Transaction
from ledger.errors import InvalidText, LedgerError
from ledger.execution import claim_register
from ledger.execution.claim_register import ClaimRow
from ledger.execution.claims import allow_claim, approve_claim, reject_claim, withdraw_claim
from web.office.budget.words import text_of
from web.office.claims.words import SEERS, WAITS_FOR, show, told
from web.office.desk import Desk, Route, absent, duty, went


@duty(*SEERS)
def claim_home(desk: Desk) -> Answer:
    """List the claims, those that wait for this duty first."""
    with desk.reading() as connection:
        found = claim_register.claims(connection, desk.me.treasury_id)
    waiting = [each for each in found if WAITS_FOR.get(each.stands) == desk.me.duty]
    return show(desk, "list", found=found, waiting=waiting, others=[each for each in found if each not in waiting])


@duty(*SEERS)
def claim(desk: Desk, claim: str) -> Answer:
    """Show a claim with its lines, its steps and its payments."""
    return _shown(desk, claim)


def found_claim(desk: Desk, claim: str) -> ClaimRow:
    """Give a claim, or answer that there is none that one may see."""
    with desk.reading() as connection:
        found = claim_register.claims(connection, desk.me.treasury_id, claim)
    return found[0] if found else absent()


def _shown(desk: Desk, code: str, problems: Mapping[str, str] | None = None) -> Answer:
    of = found_claim(desk, code)
    with desk.reading() as connection:
        lines = claim_register.lines(connection, desk.me.treasury_id, code)
        steps = claim_register.steps(connection, desk.me.treasury_id, code)
        payments = claim_register.payments(connection, desk.me.treasury_id, code)
    return show(
        desk,
        "one",
        problems=problems,
        of=of,
        lines=lines,
        steps=steps,
        payments=payments,
        in_words=in_words(of.spent_fen),
        waits_for=WAITS_FOR.get(of.stands, ""),
        mine=of.saved_by == desk.me.person,
        before=any(each.person == desk.me.person for each in steps),
    )


def _stepped(desk: Desk, code: str, at: str, step: Callable[[Transaction], object]) -> Answer:
    """Take a step; a refusal stands at the field of what was asked."""
    found_claim(desk, code)
    try:
        with desk.writing() as tx:
            step(tx)
    except LedgerError as refusal:
        reasoned = isinstance(refusal, (StepUnreasoned, InvalidText)) and not isinstance(refusal, ClaimantApproves)
        field = {"reject": "remark", "allow": "document"}.get(at, at) if reasoned else at
        return _shown(desk, code, {field: told(desk, refusal)})
    return went("claim", claim=code, _anchor="steps")


@duty("UCHK")
def claim_approve(desk: Desk, claim: str) -> Answer:
    """Approve a claim for the unit."""
    return _stepped(desk, claim, "approve", lambda tx: approve_claim(tx, claim))


@duty("REVW")
def claim_allow(desk: Desk, claim: str) -> Answer:
    """Allow what is above a standard or away from the designated venues."""
    document, note = text_of(request.form, "document", 200), text_of(request.form, "note")
    return _stepped(desk, claim, "allow", lambda tx: allow_claim(tx, claim, document, note))


@duty("UCHK", "REVW")
def claim_reject(desk: Desk, claim: str) -> Answer:
    """Reject a claim and say why."""
    remark = text_of(request.form, "remark")
    return _stepped(desk, claim, "reject", lambda tx: reject_claim(tx, claim, remark))


@duty("APPL")
def claim_withdraw(desk: Desk, claim: str) -> Answer:
    """Take back a claim of one's own that nobody approved."""
    return _stepped(desk, claim, "withdraw", lambda tx: withdraw_claim(tx, claim))


ROUTES = (
    Route("/claims", claim_home),
    Route("/claims/<claim>/", claim),
    Route("/claims/<claim>/approve", claim_approve, ("POST",)),
    Route("/claims/<claim>/allow", claim_allow, ("POST",)),
    Route("/claims/<claim>/reject", claim_reject, ("POST",)),
    Route("/claims/<claim>/withdraw", claim_withdraw, ("POST",)),
)
