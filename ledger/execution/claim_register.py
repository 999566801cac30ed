"""The register of claims and venues as the desk reads it: where each claim stands, its lines, steps and payments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with its sums in fen; ``ceiling_fen`` is what its standards allow, ``paid_fen`` what was paid by it.

    ``above_fen`` is the sum of what is above, line by line.
    """

    claim: str
    fiscal_year: int
    agency: str
    agency_zh: str
    agency_en: str
    kind: str
    kind_zh: str
    kind_en: str
    dept_econ: str
    needs_venue: bool
    claimant: str
    purpose: str
    place: str
    approval_no: str
    persons: int
    begins_on: date
    ends_on: date
    venue: str | None
    venue_zh: str | None
    venue_en: str | None
    departs: bool
    reason: str
    reason_document: str
    saved_by: str
    saver: str
    saved_at: datetime
    state: str
    ceiling_fen: int
    spent_fen: int
    above_fen: int
    paid_fen: int
    paid_on: date | None

    @property
    def stands(self) -> str:
        """Tell how far it is: its state, or paid once all of it is."""
        return "paid" if self.state == "approved" and self.paid_fen == self.spent_fen else self.state


@dataclass(frozen=True, slots=True)
class PayableRow:
    """An approved claim of which something is neither applied for nor paid yet, in fen."""

    claim: str
    dept_econ: str
    claimant: str
    purpose: str
    begins_on: date
    ends_on: date
    spent_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with its standard as it held, and its invoices."""

    line_no: int
    standard: str
    version: int
    name_zh: str
    name_en: str
    scope: str
    document_no: str
    unit_zh: str
    unit_en: str
    unit_fen: int
    persons: int
    units: int
    ceiling_fen: int
    spent_fen: int
    invoices: Sequence[str]

    @property
    def above_fen(self) -> int:
        """Give how much is above the standard."""
        return max(self.spent_fen - self.ceiling_fen, 0)


@dataclass(frozen=True, slots=True)
class StepRow:
    """Who did what with a claim, and when."""

    step_no: int
    action: str
    person: str
    name: str
    remark: str
    document: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """An event that names the claim; ``part`` is apply, release, pay or refund."""

    kind: str
    key: str
    part: str
    effective_on: date
    fen: int


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue with who recorded and who designated it; nobody yet is None."""

    venue: str
    name_zh: str
    name_en: str
    address: str
    document: str
    valid_from: date
    valid_to: date
    recorded_by: str
    approved_by: str | None

    def holds(self, day: date) -> bool:
        """Tell whether it is designated on a day."""
        return self.approved_by is not None and self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of occasion with the class of its standards."""

    kind: str
    dept_econ: str
    name_zh: str
    name_en: str
    venue: bool


def kinds(connection: Connection) -> list[KindRow]:
    """List the kinds of occasions."""
    rows = connection.exec_driver_sql(
        "select kind, dept_econ, name_zh, name_en, venue from ledger.claim_kind order by place"
    )
    return [KindRow(*row) for row in rows]


def claims(connection: Connection, treasury_id: int, claim: str | None = None, most: int = 500) -> list[ClaimRow]:
    """List the claims that one may see, the newest first, or the one that is named."""
    return [ClaimRow(*row) for row in connection.exec_driver_sql(_CLAIMS, {"t": treasury_id, "c": claim, "n": most})]


_CLAIMS = """
select c.claim, c.fiscal_year, c.agency, a.name_zh, a.name_en, c.kind, k.name_zh, k.name_en, k.dept_econ, k.venue,
       c.claimant, c.purpose, c.place, c.approval_no, c.persons, c.begins_on, c.ends_on, c.venue, v.name_zh, v.name_en,
       c.departs, c.reason, c.reason_document, c.saved_by, p.name, c.saved_at, s.state, l.ceiling_fen, l.spent_fen,
       l.above_fen, m.paid_fen, m.paid_on
  from ledger.claim c
  join ledger.claim_kind k using (kind)
  join ledger.claim_state s using (treasury_id, claim)
  join ledger.claims_paid(%(c)s) m using (claim)
  join ledger.agency a on (a.treasury_id, a.agency) = (c.treasury_id, c.agency)
  join ledger.person p on (p.treasury_id, p.person) = (c.treasury_id, c.saved_by)
  left join ledger.venue v on (v.treasury_id, v.venue, v.valid_from) = (c.treasury_id, c.venue, c.venue_from)
  cross join lateral (
    select sum(x.ceiling_fen)::bigint as ceiling_fen, sum(x.spent_fen)::bigint as spent_fen,
           sum(greatest(x.spent_fen - x.ceiling_fen, 0))::bigint as above_fen
      from ledger.claim_line x where (x.treasury_id, x.claim) = (c.treasury_id, c.claim)) l
 where c.treasury_id = %(t)s and (%(c)s::text is null or c.claim = %(c)s)
 order by c.claim desc limit %(n)s"""


def payable(connection: Connection, treasury_id: int, agency: str, classes: Collection[str]) -> list[PayableRow]:
    """List the claims of an agency that can be applied for, of the classes asked; the oldest occasion first."""
    rows = connection.exec_driver_sql(_PAYABLE, {"t": treasury_id, "a": agency, "classes": list(classes)})
    return [PayableRow(*row) for row in rows]


_PAYABLE = """
select c.claim, s.dept_econ, c.claimant, c.purpose, c.begins_on, c.ends_on, s.fen, s.fen - greatest(m.paid_fen, x.fen)
  from ledger.claim_state s
  join ledger.claim c using (treasury_id, claim)
  join ledger.claims_paid(null) m using (claim)
 cross join lateral (
   select coalesce(sum(case e.part when 'apply' then e.fen when 'release' then -e.fen when 'refund' then e.fen end),
                   0)::bigint as fen
     from ledger.claim_event e where (e.treasury_id, e.claim) = (s.treasury_id, s.claim)) x
 where s.treasury_id = %(t)s and s.agency = %(a)s and s.dept_econ = any (%(classes)s) and s.state = 'approved'
   and s.fen > greatest(m.paid_fen, x.fen)
 order by c.ends_on, c.claim"""


def lines(connection: Connection, treasury_id: int, claim: str) -> list[LineRow]:
    """List the lines of a claim."""
    rows = connection.exec_driver_sql(
        "select l.line_no, l.standard, l.standard_version, s.name_zh, s.name_en, s.scope, s.document_no, d.unit_zh,"
        " d.unit_en, l.unit_fen, l.persons, l.units, l.ceiling_fen, l.spent_fen,"
        " array(select i.invoice from ledger.claim_invoice i where (i.treasury_id, i.claim, i.line_no)"
        "       = (l.treasury_id, l.claim, l.line_no) order by 1)"
        "  from ledger.claim_line l"
        "  join ledger.spending_standard s on (s.treasury_id, s.standard, s.version)"
        "    = (l.treasury_id, l.standard, l.standard_version)"
        "  join ledger.driver_kind d on d.driver = l.driver"
        " where l.treasury_id = %s and l.claim = %s order by l.line_no",
        (treasury_id, claim),
    )
    return [LineRow(*row) for row in rows]


def steps(connection: Connection, treasury_id: int, claim: str) -> list[StepRow]:
    """Tell who did what with a claim, in order."""
    rows = connection.exec_driver_sql(
        "select s.step_no, s.action, s.person, p.name, s.remark, s.document, s.at from ledger.claim_step s"
        "  join ledger.person p using (treasury_id, person) where s.treasury_id = %s and s.claim = %s order by 1",
        (treasury_id, claim),
    )
    return [StepRow(*row) for row in rows]


def payments(connection: Connection, treasury_id: int, claim: str) -> list[PaymentRow]:
    """List the events that name a claim, as far as one may see the books that they stand in."""
    rows = connection.exec_driver_sql(
        "select kind, key, part, effective_on, fen from ledger.claim_event"
        " where treasury_id = %s and claim = %s and fen is not null order by effective_on, event_id",
        (treasury_id, claim),
    )
    return [PaymentRow(*row) for row in rows]


def venues(connection: Connection, treasury_id: int) -> list[VenueRow]:
    """List the venues, those whose days end last first."""
    rows = connection.exec_driver_sql(
        "select v.venue, v.name_zh, v.name_en, v.address, v.document, v.valid_from, v.valid_to,"
        " v.recorded_by, a.approved_by from ledger.venue v"
        "  left join ledger.venue_approval a using (treasury_id, venue, valid_from)"
        " where v.treasury_id = %s order by v.valid_to desc, v.venue, v.valid_from",
        (treasury_id,),
    )
    return [VenueRow(*row) for row in rows]
