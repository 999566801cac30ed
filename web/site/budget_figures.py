"""Published budgets as the public reads them: which there are, their lines by any question, their statutory tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.db import Source
from reports.approved_budget import approved_budget, digest
from reports.disclosure_facts import FISCAL, PUBLIC_CLASSES
from reports.disclosure_table import DisclosureTable
from web.site.memory import kept_rows, remembered

ASKED = ("func", "econ", "fund", "category", "project", "public")
"""What lines may be asked for: codes with all below them, a fund or "fiscal", "basic", a project, a public expense."""
_PUBLIC_GROUPS: Mapping[str, frozenset[str]] = {
    "three_public": frozenset(PUBLIC_CLASSES),
    "vehicles": frozenset(code for code, name in PUBLIC_CLASSES.items() if name.startswith("vehicles")),
    **{
        each: frozenset(c for c, name in PUBLIC_CLASSES.items() if name == each)
        for each in set(PUBLIC_CLASSES.values())
    },
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The published budget of a unit, or of a department whole: its units, the department first."""

    treasury: str
    year: int
    agency: str
    whole: bool
    budgets: Sequence[Mapping[str, Any]]
    units: int

    @property
    def own(self) -> Mapping[str, Any]:
        """The budget of the agency itself."""
        return self.budgets[0]

    @property
    def agencies(self) -> list[str]:
        """The codes of its units."""
        return [each["agency"] for each in self.budgets]

    @property
    def fen(self) -> int:
        """What it spends."""
        return sum(each["total_fen"] for each in self.budgets)


def published_budgets(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the published budgets, the newest year first, each department before its units."""
    return kept_rows(source, _BUDGETS)


def scope_of(source: Source, treasury: str, year: int, agency: str, *, whole: bool) -> Scope | None:
    """Find the published budget of an agency; ``whole`` asks for a department with its published units."""
    listed = [each for each in published_budgets(source) if (each["treasury"], each["fiscal_year"]) == (treasury, year)]
    own = [each for each in listed if each["agency"] == agency]
    if not own:
        return None
    units = [each for each in listed if each["department"] == agency]
    taken = whole and len(units) > 1
    return Scope(treasury, year, agency, taken, units if taken else own, len(units))


def lines(source: Source, scope: Scope, asked: Mapping[str, str] | None = None) -> list[Mapping[str, Any]]:
    """List the approved lines of a budget that fit what is asked."""
    found = kept_rows(source, _LINES, treasury=scope.treasury, year=scope.year)
    return [row for row in found if row["agency"] in scope.agencies and fits(row, asked or {})]


def fits(row: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    """Tell whether a line fits what is asked."""
    fund, category = asked.get("fund", ""), asked.get("category", "")
    public = asked.get("public", "")
    return (
        row["func"].startswith(asked.get("func", ""))
        and row["dept_econ"].startswith(asked.get("econ", ""))
        and (not fund or row["fund"] == fund or (fund == "fiscal" and row["fund"] in FISCAL))
        and (not category or row["category"] == category or (category == "basic" and row["category"] != "project"))
        and asked.get("project", "") in {"", row["project"]}
        and (not public or (row["dept_econ"] in _PUBLIC_GROUPS.get(public, ()) and row["fund"] in FISCAL))
    )


def packages(source: Source, scope: Scope) -> list[Mapping[str, Any]]:
    """List the approved packages of a budget, basic expenditure first."""
    found = kept_rows(source, _PACKAGES, treasury=scope.treasury, year=scope.year)
    return [row for row in found if row["agency"] in scope.agencies]


def is_published_project(source: Source, treasury: str, project: str | None) -> bool:
    """Tell whether a project has a page of its own."""
    found = kept_rows(source, "select treasury, project from published.project")
    return any((row["treasury"], row["project"]) == (treasury, project) for row in found)


def incomes(source: Source, scope: Scope) -> list[Mapping[str, Any]]:
    """List what a budget expects besides appropriations."""
    found = kept_rows(source, _INCOMES, treasury=scope.treasury, year=scope.year)
    return [row for row in found if row["agency"] in scope.agencies]


def tables(source: Source, scope: Scope) -> tuple[DisclosureTable, ...]:
    """Make the statutory tables of a budget from what is published."""

    def made() -> tuple[DisclosureTable, ...]:
        with source.engine("public").connect() as public:
            own = scope.own["treasury_id"]
            return approved_budget(public, "public", own, scope.year, scope.agencies).tables()

    return remembered(source, ("budget tables", scope.treasury, scope.year, *scope.agencies), made)


def as_checked(source: Source, scope: Scope) -> bool | None:
    """Tell whether the tables made now are those that were checked; None for a department whole: it has no digest."""
    if scope.whole:
        return None
    return bool(digest(tables(source, scope)) == scope.own["tables_sha256"])


def standards(source: Source) -> Sequence[Mapping[str, Any]]:
    """List every approved version of every spending standard, the newest version first."""
    return kept_rows(source, "select * from published.spending_standard order by treasury, standard, valid_from desc")


def departures(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the claims that were allowed above a standard or away from the designated venues, the newest first."""
    return kept_rows(source, "select * from published.claim_departure order by allowed_on desc, treasury, claim desc")


def standard_names(source: Source) -> Mapping[tuple[str, str, int], Mapping[str, Any]]:
    """Give the standards by treasury, code and version."""
    return {(row["treasury"], row["standard"], row["version"]): row for row in standards(source)}


def drivers(source: Source) -> Mapping[str, Mapping[str, Any]]:
    """Give what standards are multiplied by, and its unit."""
    return {row["driver"]: row for row in kept_rows(source, "select * from published.driver_kind order by place")}


def by(rows: Sequence[Mapping[str, Any]], *names: str) -> list[tuple[tuple[Any, ...], int]]:
    """Add up lines by some of their columns, the largest sum first."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        sums[tuple(row[name] for name in names)] += row["fen"]
    return sorted(sums.items(), key=lambda each: (-each[1], each[0]))


_BUDGETS = """
select * from published.budget order by treasury, fiscal_year desc, department, agency <> department, agency"""
_LINES = """
select * from published.budget_line where treasury = %(treasury)s and fiscal_year = %(year)s
 order by department, agency <> department, agency, array_position(array['personnel', 'office', 'project'], category),
          package, line_no"""
_PACKAGES = """
select * from published.budget_package where treasury = %(treasury)s and fiscal_year = %(year)s
 order by department, agency <> department, agency, array_position(array['personnel', 'office', 'project'], category),
          package"""
_INCOMES = """
select * from published.budget_income where treasury = %(treasury)s and fiscal_year = %(year)s
 order by agency, line_no"""
