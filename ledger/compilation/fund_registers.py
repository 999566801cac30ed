"""The registers of special funds as the desk reads them: calls, applications, the pool, opinions and decisions."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with its counts; ``decided`` of ``passed`` are decided, ``unchecked`` wait for their check."""

    call: str
    fiscal_year: int
    name_zh: str
    name_en: str
    fund: str
    func: str
    document: str
    opens_on: date
    closes_on: date
    total_fen: int
    threshold_fen: int
    experts: int
    field: str
    seed: str | None
    seed_source: str
    drawn_by: str | None
    drawn_at: datetime | None
    published_at: datetime | None
    applications: int
    unchecked: int
    passed: int
    decided: int
    asked_fen: int
    granted_fen: int

    def state(self, today: date) -> str:
        """Tell how far it is: announced, open, closed, drawn, decided or published."""
        if self.published_at is not None:
            return "published"
        if self.drawn_at is not None:
            return "decided" if self.decided == self.passed and not self.unchecked else "drawn"
        return "announced" if today < self.opens_on else "open" if today <= self.closes_on else "closed"


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application with its check and its decision; None while they are missing.

    ``opinions`` is how many experts have judged it, ``allowed_fen`` what the middle of their opinions comes to.
    """

    application: str
    call: str
    agency: str
    applicant: str
    project_zh: str
    site: str
    equipment: str
    saved_by: str
    saved_on: date
    asked_fen: int
    allowed_fen: int | None
    opinions: int
    passed: bool | None
    check_reason: str | None
    checked_by: str | None
    granted: bool | None
    granted_fen: int | None
    members: int | None
    present: int | None
    votes_for: int | None
    votes_against: int | None
    minutes_sha256: str | None
    reason: str | None
    decided_on: date | None
    decided_by: str | None

    @property
    def state(self) -> str:
        """Tell how far it is: granted, refused, failed, unchecked, or passed (under review)."""
        if self.granted is not None:
            return "granted" if self.granted else "refused"
        return "unchecked" if self.passed is None else "passed" if self.passed else "failed"


@dataclass(frozen=True, slots=True)
class CostRow:
    """A cost line with what the middle of the opinions leaves of it; None before the first opinion."""

    line_no: int
    item: str
    asked_fen: int
    opinions: int
    allowed_fen: int | None
    reasons: str | None


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """What a seated expert leaves of an application; no score while the opinion is missing."""

    expert: str
    seat: int
    score: int | None
    allowed_fen: int | None


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """What an expert leaves of a cost line, and why."""

    expert: str
    line_no: int
    allowed_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """An expert of the pool with the ties that exclude, as (applicant, tie)."""

    expert: str
    name: str
    employer: str
    field: str
    ties: tuple[tuple[str, str], ...]


def calls(connection: Connection, treasury_id: int, call: str | None = None) -> list[CallRow]:
    """List the calls, the newest first, or the one that is named."""
    return [CallRow(*row) for row in connection.exec_driver_sql(_CALLS, {"t": treasury_id, "c": call})]


def applications(connection: Connection, treasury_id: int, call: str) -> list[ApplicationRow]:
    """List the applications of a call that one may see."""
    given = {"t": treasury_id, "c": call, "a": None}
    return [ApplicationRow(*row) for row in connection.exec_driver_sql(_APPLICATIONS, given)]


def application(connection: Connection, treasury_id: int, code: str) -> ApplicationRow | None:
    """Give an application; None if there is none that one may see."""
    given = {"t": treasury_id, "c": None, "a": code}
    row = connection.exec_driver_sql(_APPLICATIONS, given).one_or_none()
    return None if row is None else ApplicationRow(*row)


def costs(connection: Connection, treasury_id: int, code: str) -> list[CostRow]:
    """Give the cost lines of an application with the middle of the opinions."""
    rows = connection.exec_driver_sql(
        "select line_no, item, asked_fen, opinions, allowed_fen, reasons from ledger.fund_line"
        " where (treasury_id, application) = (%s, %s) order by line_no",
        (treasury_id, code),
    )
    return [CostRow(*row) for row in rows]


def opinions(connection: Connection, treasury_id: int, code: str) -> list[OpinionRow]:
    """List the seats of an application's call, with the opinions that are recorded."""
    return [OpinionRow(*row) for row in connection.exec_driver_sql(_OPINIONS, {"t": treasury_id, "a": code})]


def opinion_lines(connection: Connection, treasury_id: int, code: str) -> list[OpinionLine]:
    """List the recorded opinions of an application line by line."""
    rows = connection.exec_driver_sql(
        "select expert, line_no, allowed_fen, reason from ledger.opinion_line"
        " where (treasury_id, application) = (%s, %s) order by line_no, expert",
        (treasury_id, code),
    )
    return [OpinionLine(*row) for row in rows]


def pool(connection: Connection, treasury_id: int) -> list[ExpertRow]:
    """List the experts with their ties, by field."""
    tied: dict[str, list[tuple[str, str]]] = {}
    for expert, applicant, tie in connection.exec_driver_sql(
        "select expert, applicant, tie from ledger.expert_tie where treasury_id = %s order by applicant", (treasury_id,)
    ):
        tied.setdefault(expert, []).append((applicant, tie))
    rows = connection.exec_driver_sql(
        "select expert, name, employer, field from ledger.expert where treasury_id = %s order by field, expert",
        (treasury_id,),
    )
    return [ExpertRow(code, name, employer, field, tuple(tied.get(code, ()))) for code, name, employer, field in rows]


def applicants(connection: Connection, treasury_id: int) -> list[str]:
    """List who has applied, so that a tie names the applicant as the application does."""
    rows = connection.exec_driver_sql(
        "select distinct applicant from ledger.fund_application where treasury_id = %s order by 1", (treasury_id,)
    )
    return [row[0] for row in rows]


_CALLS = """
select c.call, c.fiscal_year, c.name_zh, c.name_en, c.fund, c.func, c.document, c.opens_on, c.closes_on, c.total_fen,
       c.threshold_fen, c.experts, c.field, d.seed, c.seed_source, d.drawn_by, d.drawn_at, p.published_at,
       n.applications, n.unchecked, n.passed, n.decided, n.asked_fen, n.granted_fen
  from ledger.fund_call c
  left join ledger.expert_draw d using (treasury_id, call)
  left join ledger.fund_publication p using (treasury_id, call)
  cross join lateral (
    select count(*) as applications, count(*) filter (where k.application is null) as unchecked,
           count(*) filter (where k.passed) as passed,
           count(*) filter (where k.passed and f.application is not null) as decided,
           coalesce(sum(asked.fen), 0)::bigint as asked_fen, coalesce(sum(f.granted_fen), 0)::bigint as granted_fen
      from ledger.fund_application a
      left join ledger.fund_check k using (treasury_id, application)
      left join ledger.fund_decision f using (treasury_id, application)
      cross join lateral (select sum(l.asked_fen) as fen from ledger.fund_cost l
                           where (l.treasury_id, l.application) = (a.treasury_id, a.application)) asked
     where (a.treasury_id, a.call) = (c.treasury_id, c.call)) n
 where c.treasury_id = %(t)s and (%(c)s::text is null or c.call = %(c)s)
 order by c.fiscal_year desc, c.call
"""
_APPLICATIONS = """
select a.application, a.call, a.agency, a.applicant, a.project_zh, a.site, a.equipment, a.saved_by, a.saved_on,
       l.asked_fen, l.allowed_fen, l.opinions, k.passed, k.reason, k.checked_by, f.granted, f.granted_fen, f.members,
       f.present, f.votes_for, f.votes_against, encode(f.minutes_sha256, 'hex'), f.reason, f.decided_on, f.decided_by
  from ledger.fund_application a
  left join ledger.fund_check k using (treasury_id, application)
  left join ledger.fund_decision f using (treasury_id, application)
  cross join lateral (
    select coalesce(sum(l.asked_fen), 0)::bigint as asked_fen, sum(l.allowed_fen)::bigint as allowed_fen,
           coalesce(min(l.opinions), 0) as opinions
      from ledger.fund_line l where (l.treasury_id, l.application) = (a.treasury_id, a.application)) l
 where a.treasury_id = %(t)s and (%(c)s::text is null or a.call = %(c)s)
   and (%(a)s::text is null or a.application = %(a)s)
 order by a.application
"""
_OPINIONS = """
select d.expert, d.seat, o.score,
       (select sum(l.allowed_fen) from ledger.opinion_line l
         where (l.treasury_id, l.application, l.expert) = (o.treasury_id, o.application, o.expert))::bigint
  from ledger.fund_application a
  join ledger.drawn_expert d using (treasury_id, call)
  left join ledger.expert_opinion o
    on (o.treasury_id, o.application, o.expert) = (a.treasury_id, a.application, d.expert)
 where a.treasury_id = %(t)s and a.application = %(a)s and d.seat is not null
 order by d.seat
"""
