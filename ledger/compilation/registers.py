"""The registers of a budget year as the desk reads them: agencies, ceilings, income, rounds, rankings, resolution."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the treasury; ``department`` is the one at its top, ``mine`` whether the appointment covers it."""

    agency: str
    name_zh: str
    name_en: str
    kind: str
    department: str
    mine: bool


@dataclass(frozen=True, slots=True)
class DriverKind:
    """What a standard is multiplied by; a ``stated`` one comes with each line."""

    driver: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    stated: bool


@dataclass(frozen=True, slots=True)
class DriverRow:
    """The newest basic datum of an agency and driver, and the one that is approved."""

    agency: str
    driver: str
    version: int
    quantity_milli: int
    origin: str
    recorded_by: str
    recorder: str
    approved: bool
    in_force_milli: int | None


@dataclass(frozen=True, slots=True)
class CeilingRow:
    """A department and fund: what its packages ask, what reviews leave, the ceiling, and what stays within it."""

    department: str
    fund: str
    asked_fen: int
    left_fen: int
    funded_fen: int
    ceiling_fen: int | None
    document: str | None


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """A line of an agency's income besides appropriations."""

    source: str
    fund: str
    func: str
    amount_fen: int
    basis: str


@dataclass(frozen=True, slots=True)
class Submission:
    """The newest submission of an agency."""

    agency: str
    round_no: int
    version: int
    submitted_by: str
    submitter: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resolution of the Congress as it is recorded."""

    document: str
    title: str
    passed_on: date
    sha256: str
    total_fen: int
    recorder: str
    recorded_at: datetime


def years(connection: Connection, treasury_id: int) -> list[int]:
    """Give the budget years of which anything is recorded, the newest first."""
    rows = connection.exec_driver_sql(
        "select fiscal_year from ledger.budget_package where treasury_id = %(t)s"
        " union select fiscal_year from ledger.budget_date where treasury_id = %(t)s"
        " union select fiscal_year from ledger.driver_value where treasury_id = %(t)s"
        " union select fiscal_year from ledger.budget_ceiling where treasury_id = %(t)s order by 1 desc",
        {"t": treasury_id},
    )
    return [row[0] for row in rows]


def agencies(connection: Connection, treasury_id: int) -> list[Agency]:
    """List the organs and institutions, and whether the actor's appointment covers each."""
    return [Agency(*row) for row in connection.exec_driver_sql(_AGENCIES, {"t": treasury_id})]


def partly_seen(known: Iterable[Agency]) -> set[str]:
    """Name the departments of which one sees some agencies at most: their sums and order cannot be told from those."""
    return {each.department for each in known if not each.mine}


def driver_kinds(connection: Connection) -> list[DriverKind]:
    """List what standards are multiplied by."""
    rows = connection.exec_driver_sql(
        "select driver, name_zh, name_en, unit_zh, unit_en, stated from ledger.driver_kind order by place"
    )
    return [DriverKind(*row) for row in rows]


def basic_data(connection: Connection, treasury_id: int, year: int, agency: str | None = None) -> list[DriverRow]:
    """List the newest basic data of a year that one may see."""
    rows = connection.exec_driver_sql(_BASIC_DATA, {"t": treasury_id, "y": year, "a": agency})
    return [DriverRow(*row) for row in rows]


def ceilings(connection: Connection, treasury_id: int, year: int) -> list[CeilingRow]:
    """List departments and funds with packages or a ceiling."""
    return [CeilingRow(*row) for row in connection.exec_driver_sql(_CEILINGS, {"t": treasury_id, "y": year})]


def incomes(connection: Connection, treasury_id: int, year: int, agency: str) -> list[IncomeRow]:
    """Give the newest income estimate of an agency."""
    rows = connection.exec_driver_sql(
        "select source, fund, func, amount_fen, basis from ledger.income_in_force"
        " where treasury_id = %s and fiscal_year = %s and agency = %s order by line_no",
        (treasury_id, year, agency),
    )
    return [IncomeRow(*row) for row in rows]


def submissions(connection: Connection, treasury_id: int, year: int) -> Mapping[str, Submission]:
    """Give the newest submission of each agency that one may see."""
    rows = connection.exec_driver_sql(
        "select s.agency, s.round, s.version, s.submitted_by, p.name, s.submitted_at from ledger.submission_in_force s"
        " join ledger.person p on (p.treasury_id, p.person) = (s.treasury_id, s.submitted_by)"
        " where s.treasury_id = %s and s.fiscal_year = %s",
        (treasury_id, year),
    )
    return {row[0]: Submission(*row) for row in rows}


def resolution(connection: Connection, treasury_id: int, year: int) -> Resolved | None:
    """Give the resolution of a year, if there is one."""
    row = connection.exec_driver_sql(
        "select r.document, r.title, r.passed_on, encode(r.sha256, 'hex'), r.total_fen, p.name, r.recorded_at"
        " from ledger.budget_resolution r"
        " join ledger.person p on (p.treasury_id, p.person) = (r.treasury_id, r.recorded_by)"
        " where r.treasury_id = %s and r.fiscal_year = %s",
        (treasury_id, year),
    ).one_or_none()
    return None if row is None else Resolved(*row)


def approved_agencies(connection: Connection, treasury_id: int, year: int) -> list[str]:
    """List the agencies with an approved budget of a year."""
    return list(
        connection.exec_driver_sql(
            "select distinct agency from ledger.budget_line where (treasury_id, fiscal_year) = (%s, %s) order by 1",
            (treasury_id, year),
        ).scalars()
    )


def places(connection: Connection, treasury_id: int, year: int) -> Mapping[str, Mapping[str, int]]:
    """Give the places of the newest rankings: by package, then by whose ranking it is."""
    rows = connection.exec_driver_sql(_PLACES, {"t": treasury_id, "y": year})
    found: dict[str, dict[str, int]] = {}
    for package, voice, place in rows:
        found.setdefault(package, {})[voice] = place
    return found


def weights(connection: Connection) -> Mapping[str, int]:
    """Tell how much each ranking counts."""
    rows = connection.exec_driver_sql("select rank_by, weight from ledger.rank_weight order by weight")
    return {row[0]: row[1] for row in rows}


def holders(connection: Connection, treasury_id: int, duty: str, agency: str | None = None) -> list[tuple[str, str]]:
    """Give who holds a duty today, for an agency if one is given: codes and names."""
    rows = connection.exec_driver_sql(
        "select distinct a.person, p.name from ledger.appointment a join ledger.person p using (treasury_id, person)"
        " where a.treasury_id = %s and a.duty = %s and a.held @> access.today()"
        "   and coalesce(%s::text = any (a.agencies), true) order by 1",
        (treasury_id, duty, agency),
    )
    return [(row[0], row[1]) for row in rows]


def library(connection: Connection, treasury_id: int, agency: str) -> list[tuple[str, str, str]]:
    """Give the projects that may enter the budget of an agency: reviewed and not ended, of its department."""
    department = {each.agency: each.department for each in agencies(connection, treasury_id)}
    of = [each for each, its in department.items() if its == department.get(agency)]
    rows = connection.exec_driver_sql(_LIBRARY, {"t": treasury_id, "of": of})
    return [(row[0], row[1], row[2]) for row in rows]


def classes(connection: Connection) -> list[tuple[str, str, str, str]]:
    """List every function and department economic class with its names, classes and items alike; first the scheme."""
    rows = connection.exec_driver_sql(
        "select scheme, code, name_zh, name_en from ledger.class_code where scheme in ('func', 'dept_econ')"
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


_AGENCIES = """
with recursive up as (
  select a.treasury_id, a.agency, a.agency as top, a.parent from ledger.agency a where a.treasury_id = %(t)s
  union all
  select u.treasury_id, u.agency, a.agency, a.parent from up u
    join ledger.agency a on (a.treasury_id, a.agency) = (u.treasury_id, u.parent))
select a.agency, a.name_zh, a.name_en, a.kind, u.top,
       (select (access.whoami()).agencies) is null or a.agency = any ((select (access.whoami()).agencies)::text[])
  from ledger.agency a join up u on (u.treasury_id, u.agency) = (a.treasury_id, a.agency) and u.parent is null
 where a.treasury_id = %(t)s and a.kind in ('organ', 'institution')
 order by u.top, a.agency <> u.top, a.agency"""

_BASIC_DATA = """
select distinct on (v.agency, d.place) v.agency, v.driver, v.version, v.quantity_milli, v.origin, v.recorded_by, p.name,
       x.agency is not null, f.quantity_milli
  from ledger.driver_value v
  join ledger.driver_kind d using (driver)
  left join ledger.driver_approval x using (treasury_id, agency, driver, fiscal_year, version)
  left join ledger.driver_in_force f on (f.treasury_id, f.agency, f.driver, f.fiscal_year)
    = (v.treasury_id, v.agency, v.driver, v.fiscal_year)
  join ledger.person p on (p.treasury_id, p.person) = (v.treasury_id, v.recorded_by)
 where v.treasury_id = %(t)s and v.fiscal_year = %(y)s and (%(a)s::text is null or v.agency = %(a)s)
   and not exists (select from ledger.withdrawn_driver w
                    where (w.treasury_id, w.agency, w.driver, w.fiscal_year, w.version)
                        = (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version))
 order by v.agency, d.place, v.version desc"""

_CEILINGS = """
with asked as (
  select b.department, b.fund, sum(l.asked_fen) as asked, sum(l.allowed_fen) as allowed
    from ledger.budget_package b join ledger.line_allowed l using (treasury_id, package)
   where b.treasury_id = %(t)s and b.fiscal_year = %(y)s
     and l.version = (select max(v.version) from ledger.package_version v
                       where (v.treasury_id, v.package) = (b.treasury_id, b.package)
                         and not exists (select from ledger.withdrawn_package w
                                          where (w.treasury_id, w.package, w.version)
                                              = (v.treasury_id, v.package, v.version)))
   group by 1, 2),
within as (
  select o.department, o.fund, sum(o.allowed_fen) filter (where o.funded) as funded from ledger.package_order o
   where o.treasury_id = %(t)s and o.fiscal_year = %(y)s group by 1, 2),
line as (
  select c.department, c.fund, c.amount_fen, c.document from ledger.ceiling_in_force c
   where c.treasury_id = %(t)s and c.fiscal_year = %(y)s)
select department, fund, coalesce(a.asked, 0)::bigint, coalesce(a.allowed, 0)::bigint, coalesce(w.funded, 0)::bigint,
       l.amount_fen, l.document
  from asked a full join line l using (department, fund) left join within w using (department, fund)
 order by 1, 2"""

_PLACES = """
select k.package, k.rank_by, k.place from ledger.package_rank k
 where k.treasury_id = %(t)s and k.fiscal_year = %(y)s
   and k.version = (select max(x.version) from ledger.package_rank x
                     where (x.treasury_id, x.fiscal_year, x.department, x.fund, x.rank_by)
                         = (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by))"""

_LIBRARY = """
select s.project, coalesce(p.name_zh, ''), coalesce(p.name_en, '')
  from (select distinct on (x.project) x.treasury_id, x.project, x.stage from ledger.project_stage x
         where x.treasury_id = %(t)s order by x.project, x.stage_no desc) s
  join lateral (select y.name_zh, y.name_en, y.owner from ledger.project y
                 where (y.treasury_id, y.project) = (s.treasury_id, s.project)
                 order by y.record_no desc limit 1) p on p.owner = any (%(of)s::text[])
 where s.stage in ('review', 'approval', 'procurement', 'construction', 'acceptance')
 order by 1"""
