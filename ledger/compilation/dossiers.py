"""Decision packages as the desk reads them: the list of a year, and one package with lines, reviews and versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.budget_errors import UnknownBudgetRecord
from ledger.compilation.packages import Target


@dataclass(frozen=True, slots=True)
class Listed:
    """A package in the list of a year: what its newest version asks, what its newest review leaves, where it stands.

    ``round_no`` and ``sent`` are the round and version that were sent up last, ``approved_fen`` what the Congress
    approved of it; each is None before that.
    """

    package: str
    fiscal_year: int
    agency: str
    agency_zh: str
    agency_en: str
    department: str
    category: str
    activity_code: str
    level: int
    func: str
    fund: str
    project: str | None
    name_zh: str
    name_en: str
    version: int
    fen: int
    left_fen: int
    reviewed: bool
    round_no: int | None
    sent: int | None
    funded: bool | None
    resolved: bool
    approved_fen: int | None

    @property
    def state(self) -> str:
        """Name where the package stands."""
        if self.resolved:
            return "approved" if self.approved_fen else "not_approved"
        if self.round_no is None:
            return "saved"
        if self.sent != self.version:
            return "changed"
        return "reviewed" if self.reviewed else f"sent_{self.round_no}"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a version: standard or quotes, quantity, times, the computed amount, and what the review left of it."""

    line_no: int
    dept_econ: str
    econ_zh: str
    econ_en: str
    standard: str | None
    standard_version: int | None
    standard_zh: str | None
    standard_en: str | None
    quote_fens: Sequence[int] | None
    quote_documents: Sequence[str] | None
    unit_fen: int
    per: str
    driver: str
    driver_zh: str
    driver_en: str
    unit_zh: str
    unit_en: str
    stated: bool
    quantity_milli: int
    times: int
    origin: str
    fen: int
    left_milli: int
    left_times: int
    left_fen: int
    cut: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a package, who saved it when, what it asks, in which rounds it was sent up, whether it stands."""

    version: int
    saved_by: str
    name: str
    saved_at: datetime
    fen: int
    rounds: Sequence[int]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review of a version: by whom, when, with which opinion, and what it left."""

    version: int
    review_no: int
    reviewed_by: str
    name: str
    reviewed_at: datetime
    opinion: str
    left_fen: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A package that was withdrawn by hand: what its versions last asked, by whom, when and why."""

    package: str
    name_zh: str
    name_en: str
    fen: int
    withdrawer: str
    withdrawn_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One version of a package whole."""

    head: Listed
    version: int
    mandate: str
    activity: str
    consequences: str
    saved_by: str
    lines: Sequence[ShownLine]
    targets: Sequence[Target]

    @property
    def fen(self) -> int:
        """What the version asks."""
        return sum(line.fen for line in self.lines)

    @property
    def left_fen(self) -> int:
        """What the newest review of the version leaves."""
        return sum(line.left_fen for line in self.lines)


def withdrawn(connection: Connection, treasury_id: int, year: int, agency: str) -> list[Withdrawn]:
    """List the packages of an agency that were withdrawn by hand, the newest first."""
    rows = connection.exec_driver_sql(_WITHDRAWN, (treasury_id, year, agency))
    return [Withdrawn(*row) for row in rows]


def listed(connection: Connection, treasury_id: int, year: int, agency: str | None = None) -> list[Listed]:
    """List the packages of a year that one may see, agency by agency, basic expenditure first."""
    rows = connection.exec_driver_sql(_LISTED, {"t": treasury_id, "y": year, "a": agency, "p": None})
    return [Listed(*row) for row in rows]


def dossier(connection: Connection, treasury_id: int, package: str, version: int | None = None) -> Dossier:
    """Give a version of a package, the newest unless one is named.

    Raises:
        UnknownBudgetRecord: there is no such package or version, or it is not one's own.
    """
    given = {"t": treasury_id, "p": package, "y": None, "a": None}
    row = connection.exec_driver_sql(_LISTED, given).one_or_none()
    if row is None:
        raise UnknownBudgetRecord(facts={"package": package})
    head = Listed(*row)
    at = (treasury_id, package, version or head.version)
    words = connection.exec_driver_sql(
        "select mandate, activity, consequences, saved_by from ledger.package_version"
        " where treasury_id = %s and package = %s and version = %s",
        at,
    ).one_or_none()
    if words is None:
        raise UnknownBudgetRecord(facts={"package": package, "version": version})
    lines = [ShownLine(*line) for line in connection.exec_driver_sql(_LINES, at)]
    targets = connection.exec_driver_sql(
        "select kind, target from ledger.package_target"
        " where treasury_id = %s and package = %s and version = %s order by target_no",
        at,
    )
    return Dossier(head, at[2], words[0], words[1], words[2], words[3], lines, [Target(*each) for each in targets])


def versions(connection: Connection, treasury_id: int, package: str) -> list[Version]:
    """List every version of a package, the newest first."""
    rows = connection.exec_driver_sql(_VERSIONS, (treasury_id, package))
    return [Version(row[0], row[1], row[2], row[3], row[4], tuple(row[5]), row[6]) for row in rows]


def reviews(connection: Connection, treasury_id: int, package: str) -> list[Reviewed]:
    """List every review of a package, the newest first."""
    return [Reviewed(*row) for row in connection.exec_driver_sql(_REVIEWS, (treasury_id, package))]


_LISTED = """
select b.package, b.fiscal_year, b.agency, a.name_zh, a.name_en, b.department, b.category, b.activity, b.level, b.func,
       b.fund, b.project, b.name_zh, b.name_en, v.version, l.asked, l.allowed, l.reviewed, o.round, o.version, o.funded,
       exists (select from ledger.budget_resolution r
                where (r.treasury_id, r.fiscal_year) = (b.treasury_id, b.fiscal_year)),
       (select sum(x.fen)::bigint from ledger.budget_line x
         where (x.treasury_id, x.fiscal_year, x.package) = (b.treasury_id, b.fiscal_year, b.package))
  from ledger.budget_package b
  join ledger.agency a using (treasury_id, agency)
  cross join lateral (select max(x.version) as version from ledger.package_version x
                       where (x.treasury_id, x.package) = (b.treasury_id, b.package)
                         and not exists (select from ledger.withdrawn_package w
                                          where (w.treasury_id, w.package, w.version)
                                              = (x.treasury_id, x.package, x.version))) v
  cross join lateral (select coalesce(sum(x.asked_fen), 0)::bigint as asked,
                             coalesce(sum(x.allowed_fen), 0)::bigint as allowed,
                             coalesce(bool_or(x.review_no is not null), false) as reviewed
                        from ledger.line_allowed x
                       where (x.treasury_id, x.package, x.version) = (b.treasury_id, b.package, v.version)) l
  left join ledger.package_order o on (o.treasury_id, o.package) = (b.treasury_id, b.package)
 where b.treasury_id = %(t)s and v.version is not null and (%(y)s::smallint is null or b.fiscal_year = %(y)s)
   and (%(a)s::text is null or b.agency = %(a)s) and (%(p)s::text is null or b.package = %(p)s)
 order by b.agency, array_position(array['personnel', 'office', 'project'], b.category), b.activity, b.level,
          b.package"""

_WITHDRAWN = """
select w.package, b.name_zh, b.name_en,
       (select sum(l.fen)::bigint from ledger.package_line l
         where (l.treasury_id, l.package, l.version) = (w.treasury_id, w.package, w.version)),
       p.name, w.withdrawn_at, w.why
  from (select distinct on (x.treasury_id, x.package, x.withdrawn_at) x.* from ledger.package_withdrawal x
         where x.treasury_id = %s order by x.treasury_id, x.package, x.withdrawn_at, x.version desc) w
  join ledger.budget_package b using (treasury_id, package)
  join ledger.person p on (p.treasury_id, p.person) = (w.treasury_id, w.withdrawn_by)
 where b.fiscal_year = %s and b.agency = %s order by w.withdrawn_at desc, w.package"""

_LINES = """
select l.line_no, l.dept_econ, coalesce(k.name_zh, ''), coalesce(k.name_en, ''), l.standard, l.standard_version,
       s.name_zh, s.name_en, l.quote_fens, l.quote_documents, l.unit_fen, l.per, l.driver, d.name_zh, d.name_en,
       d.unit_zh, d.unit_en, d.stated, l.quantity_milli, l.times, l.origin, l.fen,
       coalesce(r.quantity_milli, l.quantity_milli),
       coalesce(r.times, l.times), coalesce(r.fen, l.fen), r.cut, r.reason
  from ledger.package_line l
  join ledger.driver_kind d using (driver)
  left join ledger.spending_standard s
    on (s.treasury_id, s.standard, s.version) = (l.treasury_id, l.standard, l.standard_version)
  left join lateral (select x.name_zh, x.name_en from ledger.class_code x
                      where (x.scheme, x.code) = ('dept_econ', l.dept_econ) limit 1) k on true
  left join lateral (select x.* from ledger.line_review x
                      where (x.treasury_id, x.package, x.version, x.line_no)
                          = (l.treasury_id, l.package, l.version, l.line_no)
                      order by x.review_no desc limit 1) r on true
 where l.treasury_id = %s and l.package = %s and l.version = %s
 order by l.line_no"""

_VERSIONS = """
select v.version, v.saved_by, p.name, v.saved_at,
       coalesce((select sum(l.fen) from ledger.package_line l
                  where (l.treasury_id, l.package, l.version) = (v.treasury_id, v.package, v.version)), 0)::bigint,
       array(select distinct s.round from ledger.submitted_package s
              where (s.treasury_id, s.package, s.package_version) = (v.treasury_id, v.package, v.version) order by 1),
       exists (select from ledger.withdrawn_package w
                where (w.treasury_id, w.package, w.version) = (v.treasury_id, v.package, v.version))
  from ledger.package_version v
  join ledger.person p on (p.treasury_id, p.person) = (v.treasury_id, v.saved_by)
 where v.treasury_id = %s and v.package = %s
 order by v.version desc"""

_REVIEWS = """
select v.version, v.review_no, v.reviewed_by, p.name, v.reviewed_at, v.opinion,
       (select sum(l.fen)::bigint from ledger.line_review l
         where (l.treasury_id, l.package, l.version, l.review_no)
             = (v.treasury_id, v.package, v.version, v.review_no))
  from ledger.package_review v
  join ledger.person p on (p.treasury_id, p.person) = (v.treasury_id, v.reviewed_by)
 where v.treasury_id = %s and v.package = %s
 order by v.version desc, v.review_no desc"""
