"""Two up, two down (二上二下): dates, ceilings, income estimates, submissions, and the resolution of the Congress."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.db import Transaction

STEPS = (
    "deploy",
    "first_up",
    "first_down",
    "second_up",
    "draft",
    "resolution",
    "to_departments",
    "to_units",
    "publication",
)
"""The steps of a budget year in their order (预算法 44, 52, 14; 预算法实施条例 25)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The ceiling (控制数) of a department and fund, in fen, and the document that sets it."""

    fiscal_year: int
    department: str
    fund: str
    amount_fen: int
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What an agency expects besides appropriations: fund 5 (special account), fund 6 (its own), or carry-over."""

    source: str
    fund: str
    func: str
    amount_fen: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The resolution by which the Congress approves the budget; ``total_fen`` is what it names as the total."""

    fiscal_year: int
    document: str
    title: str
    passed_on: date
    sha256: str
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Until when a step of a budget year is due, by which document."""

    fiscal_year: int
    step: str
    due_on: date
    document: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """A step of a budget year: when it is due, when it was done, and how many days are or were left.

    Negative days are overdue. What the books cannot tell (deployment, draft, release) is never done here.
    """

    step: str
    due_on: date
    days: int
    done_on: date | None


def set_dates(tx: Transaction, dates: Sequence[Due]) -> int:
    """Set until when steps are due; the last version holds. Duty REVW.

    Raises:
        UnknownCode: there is no such step. BudgetDocumentMissing: no document.
    """
    return _number(tx, "set_budget_dates", [asdict(each) for each in dates])


def countdown(connection: Connection, treasury_id: int, fiscal_year: int, today: date) -> list[Countdown]:
    """Give the steps of a budget year in their order, with the days that are left, or were when they were done.

    A round is done when the last agency with packages has submitted in it, publication when the last approved agency's
    budget is public.
    """
    rows = connection.exec_driver_sql(_STEPS, {"treasury": treasury_id, "year": fiscal_year})
    found = [
        Countdown(step, due_on, (due_on - (done_on or today)).days, done_on) for step, due_on, done_on in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: STEPS.index(each.step))


_STEPS = """
with asked as (select distinct agency from ledger.budget_package
                where treasury_id = %(treasury)s and fiscal_year = %(year)s),
     lines as (select distinct agency from ledger.budget_line
                where treasury_id = %(treasury)s and fiscal_year = %(year)s),
     sent as (select s.round, s.agency, min(s.submitted_at) as at from ledger.budget_submission s
               where s.treasury_id = %(treasury)s and s.fiscal_year = %(year)s group by 1, 2),
     done (step, at) as (
       select case s.round when 1 then 'first_up' else 'second_up' end, max(s.at)
         from sent s join asked using (agency) group by s.round having count(*) = (select count(*) from asked)
       union all
       select 'first_down', min(c.set_at) from ledger.budget_ceiling c
        where c.treasury_id = %(treasury)s and c.fiscal_year = %(year)s having count(*) > 0
       union all
       select 'resolution', r.passed_on::timestamp at time zone 'Asia/Shanghai' from ledger.budget_resolution r
        where r.treasury_id = %(treasury)s and r.fiscal_year = %(year)s
       union all
       select 'publication', max(p.published_at) from ledger.budget_publication p join lines using (agency)
        where p.treasury_id = %(treasury)s and p.fiscal_year = %(year)s
       having count(*) > 0 and count(*) = (select count(*) from lines))
select distinct on (d.step) d.step, d.due_on, (done.at at time zone 'Asia/Shanghai')::date
  from ledger.budget_date d left join done using (step)
 where d.treasury_id = %(treasury)s and d.fiscal_year = %(year)s
 order by d.step, d.version desc
"""


def set_ceilings(tx: Transaction, ceilings: Sequence[Ceiling]) -> int:
    """Set ceilings, all or none; the last version holds. Duty REVW.

    Raises:
        ForeignAgency, BudgetResolved, BudgetDocumentMissing, InvalidAmount, UnknownCode
    """
    return _number(tx, "set_ceilings", [asdict(each) for each in ceilings])


def estimate_income(tx: Transaction, fiscal_year: int, agency: str, lines: Sequence[Income]) -> int:
    """Save what an agency expects besides appropriations; give the version. Duty COMP.

    Raises:
        ForeignAgency, BudgetResolved, BudgetDocumentMissing, InvalidAmount, UnknownCode
    """
    asked = {"fiscal_year": fiscal_year, "agency": agency, "lines": [asdict(each) for each in lines]}
    return _number(tx, "estimate_income", asked)


def submit_budget(tx: Transaction, fiscal_year: int, agency: str, round_no: int) -> int:
    """Submit the newest versions of all packages of an agency in round 1 or 2; give the version. Duty COMP.

    Raises:
        ObjectivesMissing: a project lacks an objective. PackageIncomplete: there is nothing to submit.
        RoundOutOfOrder: round 2 before its ceilings, or round 1 after it. BudgetResolved, ForeignAgency
    """
    return _number(tx, "submit_budget", {"fiscal_year": fiscal_year, "agency": agency, "round": round_no})


def resolve_budget(tx: Transaction, resolution: Resolution) -> int:
    """Record the resolution of the Congress; the funded lines become the approved budget. Duty APPR.

    Raises:
        ResolutionUnmet: its total is not what the funded packages add up to.
        BudgetUnbalanced: an agency's own funds are not spent to the fen (BUD-001).
        RoundOutOfOrder: an agency has not gone through the second round. BudgetResolved: there is one already.
    """
    return _number(tx, "resolve_budget", asdict(resolution))


def _number(tx: Transaction, function: str, asked: object) -> int:
    text = json.dumps(asked, ensure_ascii=False, default=date.isoformat)
    made: int = tx.connection.exec_driver_sql(f"select ledger.{function}(%s::jsonb)", (text,)).scalar_one()
    return made
