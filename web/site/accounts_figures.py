"""Final accounts as the public reads them: of whose books and of which departments, and which checks fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.db import Source
from reports.disclosure_checks import Failed
from reports.disclosure_facts import Subject
from reports.disclosure_table import DisclosureTable
from reports.final_accounts import FinalAccounts, final_accounts, public_table
from reports.final_accounts_checks import department_failures, failures
from reports.final_department import DepartmentFinal, department_final
from reports.sheet import Sheet
from web.site.budget_figures import published_budgets
from web.site.memory import kept_rows, remembered


@dataclass(frozen=True, slots=True)
class Closing:
    """The final accounts of a unit or a department; without ``failed`` checks they have tables, otherwise none."""

    accounts: FinalAccounts
    failed: Sequence[Failed]
    tables: tuple[DisclosureTable, ...]
    department: DepartmentFinal | None = None


def units(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the units whose books are published, the newest year first."""
    return kept_rows(source, _UNITS)


def unit_of(source: Source, treasury: str, agency: str, year: int) -> Mapping[str, Any] | None:
    """Find a unit with published books of a year."""
    asked = (treasury, agency, year)
    return next((row for row in units(source) if (row["treasury"], row["agency"], row["fiscal_year"]) == asked), None)


def departments(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the departments with two units or more and with books, each with its ``units`` and those without books.

    A unit is in the department of its published budget, without one in that of its parents.
    """

    def read() -> Sequence[Mapping[str, Any]]:
        names = {(row["treasury_id"], row["agency"]): row for row in kept_rows(source, _AGENCIES)}
        booked: dict[tuple[int, int, str], dict[str, Mapping[str, Any]]] = {}
        for row in units(source):
            key = (row["treasury_id"], row["fiscal_year"], row["department"])
            booked.setdefault(key, {}).setdefault(row["agency"], row)
        budgets: dict[tuple[int, int, str], list[Mapping[str, Any]]] = {key: [] for key in booked}
        for each in published_budgets(source):
            budgets.get((each["treasury_id"], each["fiscal_year"], each["department"]), []).append(each)
        return [
            _department(names[key[0], key[2]], list(own.values()), budgets[key])
            for key, own in booked.items()
            if len({*own, *(each["agency"] for each in budgets[key])}) > 1
        ]

    return remembered(source, ("final departments",), read)


def department_of(source: Source, treasury: str, agency: str, year: int) -> Mapping[str, Any] | None:
    """Find a department with its units."""
    asked = (treasury, agency, year)
    found = departments(source)
    return next((row for row in found if (row["treasury"], row["agency"], row["fiscal_year"]) == asked), None)


def listed(source: Source) -> list[Mapping[str, Any]]:
    """List departments and units as they are read: the newest year first, each department before its units."""
    found = [*departments(source), *units(source)]
    return sorted(
        found,
        key=lambda row: (
            row["treasury"],
            -row["fiscal_year"],
            row["department"],
            "units" not in row,
            row["agency"] != row["department"],
            row["agency"],
            row["code"],
        ),
    )


def _department(
    head: Mapping[str, Any], booked: Sequence[Mapping[str, Any]], budgets: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    code, first = head["agency"], booked[0]
    return {
        **{name: first[name] for name in ("treasury_id", "treasury", "fiscal_year", "starts_on")},
        **{name: head[name] for name in ("agency", "name_zh", "name_en")},
        "department": code,
        "code": "",
        "as_of": min(row["as_of"] for row in booked),
        "demo": any(row["demo"] for row in booked),
        "units": sorted(booked, key=lambda row: (row["agency"] != code, row["agency"])),
        "bookless": [row for row in budgets if row["agency"] not in {each["agency"] for each in booked}],
        "budgets": [row["agency"] for row in budgets],
    }


def closing_of(source: Source, unit: Mapping[str, Any]) -> Closing:
    """Give the final accounts of a unit, or of a department with its units, with what fails of them."""
    if "units" in unit:
        return _closing_whole(source, unit)

    def read() -> Closing:
        with source.engine("public").connect() as public:
            accounts = final_accounts(public, unit["treasury_id"], unit["agency"], unit["fiscal_year"])
        failed = failures(accounts)
        return Closing(accounts, failed, () if failed else accounts.tables())

    return remembered(source, ("final accounts", unit["treasury_id"], unit["agency"], unit["fiscal_year"]), read)


def _closing_whole(source: Source, of: Mapping[str, Any]) -> Closing:
    def read() -> Closing:
        accounts = [closing_of(source, unit).accounts for unit in of["units"]]
        year = of["fiscal_year"]
        with source.engine("public").connect() as public:
            table = public_table(public, of["treasury_id"], of["budgets"], year) if of["budgets"] else None
        subject = Subject(of["agency"], of["name_zh"], of["name_en"], year, frozenset())
        found = department_final(subject, accounts, (row["agency"] for row in of["bookless"]), table)
        failed = department_failures(found)
        return Closing(found.whole, failed, () if failed else found.whole.tables(), found)

    return remembered(source, ("final accounts whole", of["treasury_id"], of["agency"], of["fiscal_year"]), read)


def sheet_of(unit: Mapping[str, Any], table: DisclosureTable) -> Sheet:
    """Give a table as a file; it says whether it is of a demo."""
    sheet = table.sheet(str(unit["as_of"]))
    return replace(sheet, facts={**sheet.facts, **marks(unit)})


def marks(unit: Mapping[str, Any]) -> dict[str, str]:
    """Give the mark of a demo."""
    return {"demo": "演示数据 demo data"} if unit["demo"] else {}


_AGENCIES = "select treasury_id, agency, name_zh, name_en from published.agency"
_UNITS = """
with recursive agency as materialized (select * from published.agency),
top as (
  select a.treasury_id, a.agency, a.agency as department from agency a where a.parent is null
  union all
  select a.treasury_id, a.agency, t.department
    from agency a join top t on (t.treasury_id, t.agency) = (a.treasury_id, a.parent))
select s.treasury_id, s.treasury, s.fiscal_year, s.agency, a.name_zh, a.name_en, s.code, s.starts_on, s.as_of, s.demo,
       coalesce(b.department, t.department) as department
  from published.account_set s
  join agency a using (treasury_id, agency)
  join top t using (treasury_id, agency)
  left join published.budget b using (treasury_id, fiscal_year, agency)
 where s.role = 'agency' order by s.treasury, s.fiscal_year desc, s.agency, s.code"""
