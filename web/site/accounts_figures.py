"""Final accounts as the public reads them: whose books there are, what is made of them, and which checks fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.db import Source
from reports.disclosure_checks import Failed
from reports.disclosure_table import DisclosureTable
from reports.final_accounts import FinalAccounts, final_accounts
from reports.final_accounts_checks import failures
from reports.sheet import Sheet
from web.site.memory import kept_rows, remembered


@dataclass(frozen=True, slots=True)
class Closing:
    """The final accounts of a unit; without ``failed`` checks they have tables, otherwise none."""

    accounts: FinalAccounts
    failed: Sequence[Failed]
    tables: tuple[DisclosureTable, ...]


def units(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the units whose books are published, the newest year first."""
    return kept_rows(source, _UNITS)


def unit_of(source: Source, treasury: str, agency: str, year: int) -> Mapping[str, Any] | None:
    """Find a unit with published books of a year."""
    asked = (treasury, agency, year)
    return next((row for row in units(source) if (row["treasury"], row["agency"], row["fiscal_year"]) == asked), None)


def closing_of(source: Source, unit: Mapping[str, Any]) -> Closing:
    """Give the final accounts of a unit with what fails of them."""

    def read() -> Closing:
        with source.engine("public").connect() as public:
            accounts = final_accounts(public, unit["treasury_id"], unit["agency"], unit["fiscal_year"])
        failed = failures(accounts)
        return Closing(accounts, failed, () if failed else accounts.tables())

    return remembered(source, ("final accounts", unit["treasury_id"], unit["agency"], unit["fiscal_year"]), read)


def sheet_of(unit: Mapping[str, Any], table: DisclosureTable) -> Sheet:
    """Give a table as a file; it says whether it is of a demo."""
    sheet = table.sheet(str(unit["as_of"]))
    return replace(sheet, facts={**sheet.facts, **marks(unit)})


def marks(unit: Mapping[str, Any]) -> dict[str, str]:
    """Give the mark of a demo."""
    return {"demo": "演示数据 demo data"} if unit["demo"] else {}


_UNITS = """
select s.treasury_id, s.treasury, s.fiscal_year, s.agency, a.name_zh, a.name_en, s.code, s.starts_on, s.as_of, s.demo
  from published.account_set s join published.agency a using (treasury_id, agency)
 where s.role = 'agency' order by s.treasury, s.fiscal_year desc, s.agency, s.code"""
