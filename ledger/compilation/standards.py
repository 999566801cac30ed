"""Spending standards (支出标准) and basic data (基础数据): what a unit may cost, and how many units an agency has.

The finance division records a standard and the approving body approves it; an agency's compiler records its
headcount, floor area or vehicles, and the finance division approves them. A version holds from ``valid_from``
until the next approved one begins. A budget is priced on the first day of its year (定员定额; 预算法实施条例 60).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from ledger.db import Transaction

Category = Literal["personnel", "office", "project"]
Per = Literal["month", "year", "time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A version of a spending standard: the ceiling for one unit of its driver, in fen ``per`` month, year or time.

    ``agency_kind`` is ``organ``, ``institution`` or None for both; ``scope`` says rank, place or season in words.
    """

    standard: str
    name_zh: str
    name_en: str
    category: Category
    dept_econ: str
    driver: str
    per: Per
    amount_fen: int
    document_no: str
    valid_from: date
    confidence: str
    agency_kind: str | None = None
    scope: str = ""
    document_title: str = ""
    document_issuer: str = ""
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverValue:
    """How much of a driver an agency has for a budget year, in thousandths, and where the number comes from."""

    agency: str
    driver: str
    fiscal_year: int
    quantity_milli: int
    origin: str


@dataclass(frozen=True, slots=True)
class Repriced:
    """A package whose newest version would cost another amount under a changed standard."""

    package: str
    agency: str
    name_zh: str
    name_en: str
    was_fen: int
    would_be_fen: int


def record_standards(tx: Transaction, standards: Sequence[Standard]) -> list[tuple[str, int]]:
    """Add versions of standards, all or none; give their codes and version numbers. Duty REVW.

    Raises:
        StandardBackwards, BudgetDocumentMissing, UnknownCode, InvalidAmount, InvalidText: a row is not complete.
    """
    rows = tx.connection.exec_driver_sql(
        "select standard, version from ledger.record_standards(%s::jsonb)", (_json([asdict(s) for s in standards]),)
    )
    return [(row[0], row[1]) for row in rows]


def approve_standards(tx: Transaction, versions: Sequence[tuple[str, int]]) -> int:
    """Approve versions that somebody else recorded; give their number. Duty APPR.

    Raises:
        RecorderApproves, AlreadyApproved, UnknownBudgetRecord
    """
    asked = [{"standard": standard, "version": version} for standard, version in versions]
    made: int = tx.connection.exec_driver_sql(
        "select ledger.approve_standards(%s::jsonb)", (_json(asked),)
    ).scalar_one()
    return made


def record_drivers(tx: Transaction, values: Sequence[DriverValue]) -> int:
    """Add basic data of agencies, all or none; give their number. Duty COMP.

    Raises:
        ForeignAgency, BudgetResolved, NotCounted, UnknownCode
    """
    made: int = tx.connection.exec_driver_sql(
        "select ledger.record_drivers(%s::jsonb)", (_json([asdict(v) for v in values]),)
    ).scalar_one()
    return made


def approve_drivers(tx: Transaction, versions: Sequence[tuple[str, str, int, int]]) -> int:
    """Approve basic data by agency, driver, year and version; give their number. Duty REVW.

    Raises:
        RecorderApproves, AlreadyApproved, UnknownBudgetRecord
    """
    asked = [{"agency": a, "driver": d, "fiscal_year": y, "version": v} for a, d, y, v in versions]
    made: int = tx.connection.exec_driver_sql("select ledger.approve_drivers(%s::jsonb)", (_json(asked),)).scalar_one()
    return made


def awaiting_drivers(connection: Connection, treasury_id: int, year: int) -> list[tuple[str, str, int, int]]:
    """List the basic data of a year that nobody has approved yet, by agency, driver, year and version."""
    rows = connection.exec_driver_sql(
        "select v.agency, v.driver, v.fiscal_year, v.version from ledger.driver_value v"
        "  left join ledger.driver_approval a using (treasury_id, agency, driver, fiscal_year, version)"
        " where v.treasury_id = %s and v.fiscal_year = %s and a.agency is null"
        "   and not exists (select from ledger.withdrawn_driver w"
        "                    where (w.treasury_id, w.agency, w.driver, w.fiscal_year, w.version)"
        "                        = (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version)) order by 1, 2, 4",
        (treasury_id, year),
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def repriced(connection: Connection, treasury_id: int, standard: Standard, year: int) -> list[Repriced]:
    """Tell, before anything is saved, which packages of a year a version of a standard would reprice, and how.

    A budget is priced by what is in force on the first day of its year: a version that begins later, that ended before
    or that another one follows by then reprices nothing of it, nor does any once the budget is approved.

    Raises:
        InvalidAmount: a package would cost more than can be written.
    """
    asked = {
        "t": treasury_id, "y": year, "s": standard.standard, "f": standard.amount_fen, "per": standard.per,
        "kind": standard.agency_kind, "from": standard.valid_from, "to": standard.valid_to,
    }  # fmt: skip
    return [Repriced(*row) for row in connection.exec_driver_sql(_REPRICED, asked)]


_REPRICED = """
select b.package, b.agency, b.name_zh, b.name_en, sum(l.fen)::bigint,
       sum(case when l.standard = %(s)s then round(%(f)s::numeric * l.quantity_milli * l.times
             / case %(per)s when 'year' then 12000 else 1000 end) else l.fen end)::bigint
  from ledger.budget_package b
  join ledger.agency a on (a.treasury_id, a.agency) = (b.treasury_id, b.agency)
  join ledger.package_line l on (l.treasury_id, l.package) = (b.treasury_id, b.package)
 where b.treasury_id = %(t)s and b.fiscal_year = %(y)s and coalesce(a.kind = %(kind)s::text, true)
   and %(from)s::date <= make_date(%(y)s, 1, 1) and coalesce(%(to)s::date >= make_date(%(y)s, 1, 1), true)
   and not exists (select from ledger.standard_in_force i where (i.treasury_id, i.standard) = (b.treasury_id, %(s)s)
                      and i.valid_from > %(from)s::date and i.valid_from <= make_date(%(y)s, 1, 1))
   and not exists (select from ledger.budget_resolution r
                    where (r.treasury_id, r.fiscal_year) = (b.treasury_id, b.fiscal_year))
   and l.version = (select max(v.version) from ledger.package_version v
                       where (v.treasury_id, v.package) = (b.treasury_id, b.package)
                         and not exists (select from ledger.withdrawn_package w
                                          where (w.treasury_id, w.package, w.version)
                                              = (v.treasury_id, v.package, v.version)))
 group by b.treasury_id, b.package
having bool_or(l.standard = %(s)s)
 order by b.agency, b.package"""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
