"""How far the release of a budget has come: what stands in the books of each grant, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class ApprovedLine:
    """An approved line of a package, in fen."""

    package: str
    name_zh: str
    name_en: str
    line_no: int
    func: str
    fund: str
    dept_econ: str
    project: str | None
    fen: int


def released_on(connection: Connection, treasury_id: int, year: int) -> Mapping[str, date]:
    """Tell on which day each department received its budget last."""
    rows = connection.exec_driver_sql(
        "select p.agency, max(p.effective_on) from ledger.event e"
        "  join ledger.voucher v using (treasury_id, event_id)"
        "  join ledger.posting p using (treasury_id, voucher_id)"
        " where e.treasury_id = %s and e.kind = 'department_decomposition' and p.agency is not null"
        "   and p.indicator like %s group by 1",
        (treasury_id, f"{year}-B-%"),
    )
    return {row[0]: row[1] for row in rows}


def made_of(connection: Connection, treasury_id: int, year: int, agency: str) -> list[ApprovedLine]:
    """List the approved lines of an agency, each with the package that it comes from."""
    rows = connection.exec_driver_sql(
        "select l.package, b.name_zh, b.name_en, l.line_no, l.func, l.fund, l.dept_econ, l.project, l.fen"
        "  from ledger.budget_line l join ledger.budget_package b using (treasury_id, package)"
        " where l.treasury_id = %s and l.fiscal_year = %s and l.agency = %s order by l.package, l.line_no",
        (treasury_id, year, agency),
    )
    return [ApprovedLine(*row) for row in rows]


def gov_econ(connection: Connection, treasury_id: int, agency: str, dept_econ: str) -> str | None:
    """Give the government economic class of a department class for the kind of an agency; None if there is none."""
    found: str | None = connection.exec_driver_sql(
        "select m.gov_econ from ledger.econ_map m join ledger.agency a on a.kind = m.agency_kind"
        " where a.treasury_id = %s and a.agency = %s and m.dept_econ = %s limit 1",
        (treasury_id, agency, dept_econ),
    ).scalar_one_or_none()
    return found
