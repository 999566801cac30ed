"""What a budget is priced with as the desk reads it: every version of a standard, and those that an agency may use."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class ListedStandard:
    """A version of a standard; ``approver`` is None until it is approved, ``until_on`` the first day without it."""

    standard: str
    version: int
    name_zh: str
    name_en: str
    category: str
    dept_econ: str
    driver: str
    driver_zh: str
    driver_en: str
    unit_zh: str
    unit_en: str
    agency_kind: str | None
    scope: str
    per: str
    amount_fen: int
    document_no: str
    document_title: str
    document_issuer: str
    valid_from: date
    valid_to: date | None
    confidence: str
    recorded_by: str
    recorder: str
    approver: str | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Offered:
    """A standard in force that an agency may price a line with, and how much of its driver is approved."""

    standard: str
    name_zh: str
    name_en: str
    category: str
    dept_econ: str
    per: str
    amount_fen: int
    driver: str
    driver_zh: str
    driver_en: str
    unit_zh: str
    unit_en: str
    stated: bool
    quantity_milli: int | None


def standards(connection: Connection, treasury_id: int) -> list[ListedStandard]:
    """List every version of every standard, those that wait for approval first."""
    return [ListedStandard(*row) for row in connection.exec_driver_sql(_STANDARDS, (treasury_id,))]


def offered(connection: Connection, treasury_id: int, agency: str, year: int) -> list[Offered]:
    """List the standards that price a budget of an agency: in force on the first day of the year, for its kind."""
    rows = connection.exec_driver_sql(_OFFERED, {"t": treasury_id, "a": agency, "y": year})
    return [Offered(*row) for row in rows]


_STANDARDS = """
select s.standard, s.version, s.name_zh, s.name_en, s.category, s.dept_econ, s.driver, d.name_zh, d.name_en, d.unit_zh,
       d.unit_en, s.agency_kind, s.scope, s.per, s.amount_fen, s.document_no, s.document_title, s.document_issuer,
       s.valid_from, s.valid_to, s.confidence, s.recorded_by, p.name, f.name, i.until_on
  from ledger.spending_standard s
  join ledger.driver_kind d using (driver)
  join ledger.person p on (p.treasury_id, p.person) = (s.treasury_id, s.recorded_by)
  left join ledger.standard_in_force i
    on (i.treasury_id, i.standard, i.version) = (s.treasury_id, s.standard, s.version)
  left join ledger.person f on (f.treasury_id, f.person) = (s.treasury_id, i.approved_by)
 where s.treasury_id = %s
 order by i.approved_by is not null, s.standard, s.version desc"""

_OFFERED = """
select s.standard, s.name_zh, s.name_en, s.category, s.dept_econ, s.per, s.amount_fen, s.driver, d.name_zh, d.name_en,
       d.unit_zh, d.unit_en, d.stated, f.quantity_milli
  from ledger.standard_in_force s
  join ledger.driver_kind d using (driver)
  join ledger.agency a on (a.treasury_id, a.agency) = (s.treasury_id, %(a)s)
  left join ledger.driver_in_force f on (f.treasury_id, f.agency, f.driver, f.fiscal_year)
    = (s.treasury_id, a.agency, s.driver, %(y)s)
 where s.treasury_id = %(t)s and s.valid_from <= make_date(%(y)s, 1, 1)
   and coalesce(s.until_on > make_date(%(y)s, 1, 1), true) and coalesce(s.agency_kind = a.kind, true)
 order by s.standard"""
