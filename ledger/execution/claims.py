"""Reimbursement claims (报销单): what an occasion cost, beside its spending standards; approved, and paid as approved.

The handler of a unit records a claim, the unit approves it, and the finance division has a voice where it is above a
standard or away from the designated venues (BUD-010, BUD-020; 预算法实施条例 60). A payment that names the claim as its
document pays that claim; the database adds up what was paid. A claim is never changed: a wrong one is withdrawn or
rejected and recorded anew, and its invoices are free again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from ledger.db import Transaction

State = Literal["submitted", "checked", "approved", "rejected", "withdrawn"]
MOST_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A venue (定点场所) that a document designates for meetings, for both days and all between."""

    venue: str
    name_zh: str
    name_en: str
    address: str
    document: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """What was spent on a standard: ``persons`` by ``units``, which are days, nights or meals as the standard counts.

    The invoices of a daily allowance may be none.
    """

    standard: str
    persons: int
    units: int
    spent_fen: int
    invoices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim; ``kind`` is ``travel``, ``meeting``, ``training`` or ``reception``, both days are included.

    ``approval_no`` is the document that let the occasion take place. ``reason`` and ``reason_document`` are kept only
    if something is above its standard or the venue is not designated; they are published.
    """

    agency: str
    fiscal_year: int
    kind: str
    claimant: str
    purpose: str
    place: str
    approval_no: str
    persons: int
    begins_on: date
    ends_on: date
    lines: Sequence[ClaimLine]
    venue: str = ""
    reason: str = ""
    reason_document: str = ""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a standard in force on a day allows for one person and one of its units.

    ``most`` is how often it may apply to one person: in days, nights or meals.
    """

    standard: str
    version: int
    name_zh: str
    name_en: str
    scope: str
    unit_zh: str
    unit_en: str
    driver: str
    agency_kind: str | None
    unit_fen: int
    document_no: str
    most: int

    def allows(self, persons: int, units: int) -> int:
        """Give the ceiling in fen of so many people and days, nights or meals."""
        return self.unit_fen * persons * units


def record_venue(tx: Transaction, venue: Venue) -> None:
    """Record a venue that is to be designated. Duty REVW.

    Raises:
        VenueInvalid, InvalidText: it is not complete, or begins on a day on which it was designated before.
    """
    tx.connection.exec_driver_sql("select ledger.record_venue(%s::jsonb)", (_json(asdict(venue)),))


def approve_venue(tx: Transaction, venue: str, valid_from: date) -> None:
    """Designate a venue that somebody else recorded. Duty APPR.

    Raises:
        RecorderApproves, AlreadyApproved, UnknownBudgetRecord
    """
    tx.connection.exec_driver_sql("select ledger.approve_venue(%s, %s)", (venue, valid_from))


def save_claim(tx: Transaction, claim: Claim) -> str:
    """Record a claim, and give its number: the document that its payments name. Duty APPL.

    Raises:
        AboveStandard, VenueNotDesignated: without a reason and its document.
        NoStandardThen, StandardOfOtherKind: the standard does not hold then, or not for this.
        QuantityUnfounded, ClaimOutOfTime: more people or days than there were, or days that are not of the year.
        ClaimedBefore: an invoice, or the allowance of the day, was claimed before; the facts name the claim.
        ClaimIncomplete, ForeignAgency, UnknownCode, InvalidAmount, InvalidText
    """
    plain = replace(claim, lines=[replace(each, invoices=tuple(map(_number, each.invoices))) for each in claim.lines])
    given: str = tx.connection.exec_driver_sql(
        "select ledger.save_claim(%s::jsonb)", (_json(asdict(plain)),)
    ).scalar_one()
    return given


def approve_claim(tx: Transaction, claim: str) -> State:
    """Approve a claim for the unit; ``checked`` waits for the finance division, ``approved`` may be paid. Duty UCHK.

    Raises:
        ClaimantApproves, ClaimStepOutOfPlace, UnknownBudgetRecord, ForeignAgency
    """
    return _step(tx, claim, "approve")


def allow_claim(tx: Transaction, claim: str, document: str, remark: str = "") -> State:
    """Allow by a document what is above a standard or away from the designated venues. Duty REVW.

    Raises:
        StepUnreasoned: no document. ClaimantApproves, ClaimStepOutOfPlace, UnknownBudgetRecord, ForeignAgency
    """
    return _step(tx, claim, "allow", remark, document)


def reject_claim(tx: Transaction, claim: str, remark: str) -> State:
    """Reject a claim that waits for one's own step, and say why. Duty UCHK or REVW.

    Raises:
        StepUnreasoned, ClaimantApproves, ClaimStepOutOfPlace, UnknownBudgetRecord, ForeignAgency
    """
    return _step(tx, claim, "reject", remark)


def withdraw_claim(tx: Transaction, claim: str) -> State:
    """Take back a claim that one recorded and nobody approved. Duty APPL.

    Raises:
        ClaimantApproves: another recorded it. ClaimStepOutOfPlace, UnknownBudgetRecord, ForeignAgency
    """
    return _step(tx, claim, "withdraw")


def ceilings(connection: Connection, treasury_id: int, kind: str, begins_on: date, ends_on: date) -> list[Ceiling]:
    """Give what each standard of a kind of occasion allows, as it held on the first day, whatever today is."""
    rows = connection.exec_driver_sql(_CEILINGS, {"t": treasury_id, "k": kind, "b": begins_on, "e": ends_on})
    return [Ceiling(*row) for row in rows]


_CEILINGS = """
select s.standard, s.version, s.name_zh, s.name_en, s.scope, d.unit_zh, d.unit_en, s.driver, s.agency_kind,
       s.amount_fen, s.document_no, ledger.most_units(s.driver, %(e)s::date - %(b)s::date + 1)
  from ledger.standard_in_force s
  join ledger.claim_kind k on k.kind = %(k)s and k.dept_econ = s.dept_econ
  join ledger.driver_kind d using (driver)
 where s.treasury_id = %(t)s and s.per = 'time' and s.valid_from <= %(b)s and coalesce(s.until_on > %(b)s, true)
   and ledger.most_units(s.driver, 1) is not null
 order by s.name_zh, s.scope, s.standard"""


def _step(tx: Transaction, claim: str, action: str, remark: str = "", document: str = "") -> State:
    asked = {"claim": claim, "action": action, "remark": remark, "document": document}
    state: State = tx.connection.exec_driver_sql("select ledger.step_claim(%s::jsonb)", (_json(asked),)).scalar_one()
    return state


def _number(invoice: str) -> str:
    return "".join(invoice.split()).upper()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
