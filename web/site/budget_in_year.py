"""A published budget in the year: each line approved, carried over from the year before, changed, paid, and left."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from ledger.db import Source
from reports.adjusted_budget import BudgetInYear, InYear, budget_in_year
from reports.disclosure_facts import FISCAL
from reports.sheet import Sheet
from reports.table import Column, Row, rate
from web.site import budget_figures as figures
from web.site.accounts_figures import unit_of
from web.site.budget_addresses import agency_names, dataset_of, facts, file_name, scope_asked, titles, ways
from web.site.budget_figures import Scope
from web.site.datasets import Dataset
from web.site.figures import class_names
from web.site.frame import download, page
from web.site.lists import add
from web.site.memory import kept_rows, remembered

IN_YEAR = "预算执行", "The budget in the year"
FIGURES = ("approved", "carried", "changed", "adjusted", "executed", "recovered", "handed_on", "left")
"""What is told of a line, in fen."""
_ALWAYS = ("approved", "adjusted", "executed", "left")
"""Told also where it is nil throughout."""
_CLASS = 3
_PLAN = ("approved",)
"""What is known while the indicators are not published."""


def in_year(source: Source, scope: Scope) -> BudgetInYear:
    """Give the lines of a budget in the year."""

    def read() -> BudgetInYear:
        with source.engine("public").connect() as public:
            return budget_in_year(public, scope.own["treasury_id"], scope.year, scope.agencies)

    return remembered(source, ("in year", scope.treasury, scope.year, *scope.agencies), read)


def in_year_dataset(scope: Scope) -> Dataset:
    """Describe the page of a budget in the year."""
    return dataset_of(scope, "budget_in_year", *IN_YEAR)


def columns_of(found: BudgetInYear) -> list[str]:
    """Tell which figures the page shows: those that are not nil throughout."""
    if found.as_of is None:
        return list(_PLAN)
    return [name for name in FIGURES if name in _ALWAYS or any(getattr(each, f"{name}_fen") for each in found.lines)]


def project_names(source: Source, scope: Scope) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Give the package of each project by how its line came into the year; a carried one has that of last year."""
    this, before = (
        {row["project"]: row for row in kept_rows(source, _PACKAGES, treasury=scope.treasury, year=year)}
        for year in (scope.year, scope.year - 1)
    )
    return {
        **{(opened, project): row for project, row in this.items() for opened in ("approved", "given", "carried")},
        **{("carried", project): row for project, row in before.items()},
    }


def fitting(found: BudgetInYear, asked: Mapping[str, str]) -> list[InYear]:
    """Give the carried lines that fit the filters of the list of lines; most of them are projects, of no class."""
    return [
        each
        for each in found.carried
        if figures.fits(
            {
                "func": each.func,
                "dept_econ": each.dept_econ or "",
                "fund": each.fund,
                "category": "project" if each.project else "",
                "project": each.project or "",
            },
            asked,
        )
    ]


class _InYear:
    """The page of a budget in the year, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def in_year(self, language: str, treasury: str, year: int, agency: str) -> str:
        """Show the lines of a budget, and their sums by function (类) as the final accounts have them."""
        scope = scope_asked(self.source, treasury, year, agency)
        found = in_year(self.source, scope)
        columns = columns_of(found)
        return page(
            "budget_in_year.html",
            language,
            in_year_dataset(scope),
            scope=scope,
            found=found,
            columns=columns,
            classes=_by_class(found, columns),
            rate=rate,
            projects=project_names(self.source, scope),
            accounts=unit_of(self.source, treasury, agency, year),
            names=class_names(self.source),
            agencies=agency_names(scope, language),
            to=ways(scope, language),
            demo=scope.own["demo"],
        )

    def in_year_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give the lines as a file; what the indicators would tell is blank while they are not published."""
        scope = scope_asked(self.source, treasury, year, agency)
        found = in_year(self.source, scope)
        known = FIGURES if found.as_of else _PLAN
        rows = [
            Row((each.agency, each.fund, each.func, each.dept_econ, each.project, each.opened,
                 *(getattr(each, f"{name}_fen") if name in known else None for name in FIGURES)))
            for each in found.lines
        ]  # fmt: skip
        told = {**facts(self.source, scope), "as of": str(found.as_of or "")}
        sheet = Sheet("budget-in-year", *titles(scope, *IN_YEAR), _LINES, rows, told)
        return download(sheet, form, *file_name(scope, "in-year"))


def register(pages: Blueprint, source: Source) -> None:
    """Add the page of a budget in the year."""
    site = _InYear(source)
    add(pages, "budget_in_year", "budgets/<treasury>/<int:year>/<agency>/in-year/", site.in_year, site.in_year_file)


def _by_class(found: BudgetInYear, columns: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Add the lines of fiscal funds up by function (类), in the columns of the page."""
    sums: dict[str, list[int]] = {}
    for each in found.lines:
        if each.fund in FISCAL:
            into = sums.setdefault(each.func[:_CLASS], [0] * len(columns))
            for at, name in enumerate(columns):
                into[at] += getattr(each, f"{name}_fen")
    return sorted(sums.items())


_PACKAGES = """
select project, package, fiscal_year, agency, name_zh, name_en from published.budget_package
 where treasury = %(treasury)s and fiscal_year = %(year)s and project is not null order by package"""
_LINES = (
    Column("agency", "单位", "Agency", "code"),
    Column("fund", "资金性质", "Fund", "code"),
    Column("func", "功能分类", "Function", "code"),
    Column("dept_econ", "部门经济分类", "Economic class", "code"),
    Column("project", "项目", "Project", "code"),
    Column("opened", "指标来源", "How it came into the year", "code"),
    Column("approved", "批准数", "Approved", "amount"),
    Column("carried", "上年结转", "Carried over from the year before", "amount"),
    Column("changed", "年中调整", "Changed in the year", "amount"),
    Column("adjusted", "调整预算数", "Adjusted budget", "amount"),
    Column("executed", "已支付", "Paid", "amount"),
    Column("recovered", "收回", "Recovered or lapsed", "amount"),
    Column("handed_on", "结转下年", "Carried into the next year", "amount"),
    Column("left", "尚未支付", "Not paid yet", "amount"),
)
