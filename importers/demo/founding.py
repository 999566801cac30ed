"""The demo city is founded: agencies, offices, people with their duties, and the account sets of two years."""

from collections.abc import Sequence
from datetime import date

from importers.demo.plan import YEAR, Agency, agencies, rows
from ledger import install
from ledger.db import Source, owner
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan

CODE = "DEMO"
"""The code of the demo treasury."""
TREASURY_ID = 9001
BUREAU = "101"
_APPOINTED = date(YEAR - 4, 1, 1)
_DOCUMENT = f"澄湖任〔{YEAR - 4}〕1号（演示）"
_ZH, _EN = "（演示）", " (demo)"


def bureau_set(year: int) -> str:
    """Give the code of the treasury's own account set."""
    return f"B{year}"


def indicator_set(year: int) -> str:
    """Give the code of the account set of the indicators."""
    return f"I{year}"


def unit_set(agency: Agency, year: int) -> str:
    """Give the code of a unit's account set."""
    return f"A{agency.agency}-{year}"


def units() -> Sequence[Agency]:
    """Give the agencies that keep books of their own: all but the bank."""
    return [each for each in agencies().values() if each.kind != "other"]


def set_codes(year: int) -> Sequence[str]:
    """Give the codes of every account set of a year."""
    return [bureau_set(year), indicator_set(year), *(unit_set(unit, year) for unit in units())]


def found(source: Source) -> None:
    """Create the treasury with everyone and everything in it, in one transaction."""
    with owner(source) as connection:
        install.create_treasury(
            connection,
            TreasuryPlan(TREASURY_ID, CODE, f"澄湖区国库{_ZH}", f"Treasury of Chenghu District{_EN}", 4, demo=True),
        )
        install.create_agencies(
            connection,
            TREASURY_ID,
            [
                AgencyPlan(each.agency, each.name_zh + _ZH, each.name_en + _EN, each.kind, each.parent)
                for each in agencies().values()
            ],
        )
        for row in rows("people"):
            office = f"{row['agency']}.{row['duty']}"
            install.create_office(
                connection, TREASURY_ID, office, row["agency"], row["office_zh"] + _ZH, row["office_en"] + _EN
            )
            person = PersonPlan(row["person"], row["name"], office, (row["duty"],))
            install.create_person(connection, TREASURY_ID, person, _APPOINTED, _DOCUMENT)
        for year in (YEAR, YEAR + 1):
            install.create_account_sets(connection, TREASURY_ID, _sets(year))


def _sets(year: int) -> Sequence[SetPlan]:
    first = date(year, 1, 1)
    bureau = SetPlan(
        bureau_set(year), BUREAU, "bureau", "general_budget_2023", year, first,
        f"澄湖区财政总会计{year}年{_ZH}", f"Chenghu general budget accounting {year}{_EN}",
    )  # fmt: skip
    indicator = SetPlan(
        indicator_set(year), BUREAU, "indicator", "indicator_2023", year, first,
        f"澄湖区预算指标{year}年{_ZH}", f"Chenghu budget indicators {year}{_EN}",
    )  # fmt: skip
    of_units = [
        SetPlan(
            unit_set(unit, year), unit.agency, "agency", "unit_2019", year, first,
            f"{unit.name_zh}{year}年{_ZH}", f"{unit.name_en} {year}{_EN}",
        )
        for unit in units()
    ]  # fmt: skip
    return [bureau, indicator, *of_units]
