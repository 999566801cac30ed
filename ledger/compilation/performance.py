"""What became of a budget: why spending is ahead of or behind time, and what each project achieved (绩效自评).

A month of an agency's set is closed for good only when its pace needs no reason or has one; the last month only when
every approved project has confirmed results. Only agencies whose budget was compiled here are asked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from ledger.db import Transaction

FULL_SCORE = 1000
"""A hundred points, in tenths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceReason:
    """Why an agency is off pace at the end of a month (1 to 12), what it does about it, and until when."""

    fiscal_year: int
    agency: str
    month: int
    reason: str
    remedy: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one objective: its result, a score in tenths of a point (0 to 1000), and why it was missed."""

    target_no: int
    result: str
    score_tenths: int
    met: bool
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """How an agency stood at the end of a month: in fen, and in hundredths of a percent; with its last reason."""

    month: int
    adjusted_fen: int
    executed_fen: int
    passed_bp: int
    off: bool
    reason: str | None
    remedy: str | None
    due_on: date | None
    recorder: str | None
    recorded_at: datetime | None

    @property
    def executed_bp(self) -> int:
        """How much of the adjusted budget was paid, rounded down."""
        return self.executed_fen * 10_000 // self.adjusted_fen if self.adjusted_fen > 0 else 0


@dataclass(frozen=True, slots=True)
class Answered:
    """An objective of a project with what the newest version of its results says; None before there is one."""

    target_no: int
    kind: str
    target: str
    result: str | None
    score_tenths: int | None
    met: bool | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """An approved project, its objectives, and how far its results are."""

    package: str
    agency: str
    name_zh: str
    name_en: str
    fen: int
    version: int | None
    recorder: str | None
    recorded_by: str | None
    recorded_at: datetime | None
    confirmer: str | None
    confirmed_at: datetime | None
    opinion: str | None
    answers: Sequence[Answered]

    @property
    def score_tenths(self) -> int | None:
        """Give the mean of the scores in tenths, rounded down; None before there are any."""
        scores = [each.score_tenths for each in self.answers if each.score_tenths is not None]
        return sum(scores) // len(scores) if scores else None


def explain_pace(tx: Transaction, reason: PaceReason) -> int:
    """Record why an agency is off pace and give the version; the last one counts. Duties COMP and APPL of the agency.

    Raises:
        ExplanationMissing: no reason or no remedy. NotInApprovedBudget: the agency has no approved budget of the year.
        UnknownCode: no such month. MonthNotOver: it has not ended yet. ForeignAgency
    """
    return _number(tx, "explain_pace", asdict(reason))


def record_results(tx: Transaction, package: str, answers: Sequence[Answer]) -> int:
    """Record what an approved project achieved and give the version. Duty COMP of the agency.

    Raises:
        PerformanceIncomplete: an objective is not answered, or twice, or its score is none.
        ExplanationMissing: no result, or no cause of what was missed. NotInApprovedBudget, ForeignAgency
    """
    return _number(tx, "record_performance", {"package": package, "answers": [asdict(each) for each in answers]})


def confirm_results(tx: Transaction, package: str, version: int, opinion: str) -> None:
    """Confirm the newest results of a project. Duty REVW.

    Raises:
        PackageMoved: there is a newer version. RecorderApproves: it is one's own. AlreadyApproved: it was confirmed.
        ExplanationMissing: no opinion. ForeignAgency
    """
    _number(tx, "confirm_performance", {"package": package, "version": version, "opinion": opinion})


def pace(connection: Connection, treasury_id: int, fiscal_year: int, agency: str, until: date) -> list[Month]:
    """Give the months of an agency that have ended by a day, and the one that runs, each as it stood at its end."""
    given = {"treasury": treasury_id, "year": fiscal_year, "agency": agency, "until": until}
    return [Month(*row) for row in connection.exec_driver_sql(_PACE, given)]


def projects(
    connection: Connection, treasury_id: int, fiscal_year: int, agency: str | None = None, package: str | None = None
) -> list[Project]:
    """List the approved projects of a year, or of one agency, or the one of a package, with their newest results."""
    given = {"treasury": treasury_id, "year": fiscal_year, "agency": agency, "package": package}
    heads = connection.exec_driver_sql(_PROJECTS, given).all()
    answers: dict[str, list[Answered]] = {}
    for row in connection.exec_driver_sql(_ANSWERS, given):
        answers.setdefault(row[0], []).append(Answered(*row[1:]))
    return [Project(*[*row, answers.get(row[0], [])]) for row in heads]


def project_year(connection: Connection, treasury_id: int, package: str) -> tuple[int, str] | None:
    """Tell the year and the agency of an approved project; None if there is none of that name."""
    row = connection.exec_driver_sql(
        "select fiscal_year, agency from ledger.project_approved where (treasury_id, package) = (%s, %s)",
        (treasury_id, package),
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _number(tx: Transaction, function: str, asked: Mapping[str, object]) -> int:
    text = json.dumps(asked, ensure_ascii=False, default=date.isoformat)
    number: int = tx.connection.exec_driver_sql(f"select ledger.{function}(%s::jsonb)", (text,)).scalar_one()
    return number


_PACE = """
select m.month, a.adjusted_fen, a.executed_fen, a.passed_bp,
       ledger.pace_off(a.adjusted_fen, a.executed_fen, a.passed_bp, m.ends_on), r.reason, r.remedy, r.due_on, n.name,
       r.recorded_at
  from (select g.n::smallint as month, (make_date(%(year)s, g.n, 1) + interval '1 month - 1 day')::date as ends_on
          from generate_series(1, 12) g (n)) m
 cross join lateral ledger.pace(%(treasury)s, %(year)s, %(agency)s, m.ends_on) a
  left join ledger.pace_in_force r on (r.treasury_id, r.fiscal_year, r.agency, r.month)
    = (%(treasury)s, %(year)s, %(agency)s, m.month)
  left join ledger.person n on (n.treasury_id, n.person) = (r.treasury_id, r.recorded_by)
 where date_trunc('month', m.ends_on) <= %(until)s::date
 order by m.month
"""
_NEWEST = """
  left join lateral (select r.* from ledger.performance_result r
                      where (r.treasury_id, r.package) = (a.treasury_id, a.package)
                      order by r.version desc limit 1) r on true
"""
_ASKED = """
 where a.treasury_id = %(treasury)s and a.fiscal_year = %(year)s and (%(agency)s::text is null or a.agency = %(agency)s)
   and (%(package)s::text is null or a.package = %(package)s)
"""
_PROJECTS = f"""
select a.package, a.agency, b.name_zh, b.name_en, a.fen, r.version, w.name, r.recorded_by, r.recorded_at,
       k.name, c.confirmed_at, c.opinion
  from ledger.project_approved a
  join ledger.budget_package b using (treasury_id, package){_NEWEST}
  left join ledger.performance_confirmation c
    on (c.treasury_id, c.package, c.version) = (r.treasury_id, r.package, r.version)
  left join ledger.person w on (w.treasury_id, w.person) = (r.treasury_id, r.recorded_by)
  left join ledger.person k on (k.treasury_id, k.person) = (c.treasury_id, c.confirmed_by){_ASKED}
 order by a.agency, a.package
"""  # noqa: S608 - parts of our own
_ANSWERS = f"""
select a.package, t.target_no, t.kind, t.target, x.result, x.score_tenths, x.met, x.cause
  from ledger.project_approved a
  join ledger.package_target t on (t.treasury_id, t.package, t.version) = (a.treasury_id, a.package, a.version){_NEWEST}
  left join ledger.performance_answer x on (x.treasury_id, x.package, x.version, x.target_no)
    = (r.treasury_id, r.package, r.version, t.target_no){_ASKED} order by a.package, t.target_no
"""  # noqa: S608 - parts of our own
