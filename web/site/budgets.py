"""The public pages of departmental budgets: in plain words, as statutory tables, and line by line to the standard."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from ledger.db import Source
from reports.charts import foreign_styles, sankey_chart, treemap_chart
from reports.sheet import Sheet
from reports.table import Column, Row, rate
from web.clock import in_china
from web.site import budget_figures as figures
from web.site import (
    budget_identity,
    budget_in_year,
    budget_lines,
    budget_own,
    budget_performance,
    budget_register,
    budget_tables,
)
from web.site.budget_addresses import agency_names, dataset_of, facts, file_name, scope_asked, titles, ways
from web.site.datasets import Dataset
from web.site.figures import class_names
from web.site.finding import Found
from web.site.frame import download, page
from web.site.lists import add, demo, holds, marks
from web.site.memory import remembered
from web.site.news import News

_CLASS = 3
"""So many digits has a 类."""


class _Budgets:
    """The pages of budgets, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def budgets(self, language: str) -> str:
        """List the published budgets of a year, department by department."""
        found = figures.published_budgets(self.source)
        years = sorted({each["fiscal_year"] for each in found}, reverse=True)
        year = request.args.get("year", "")
        listed = [each for each in found if not year or str(each["fiscal_year"]) == year]
        return page(
            "budgets.html",
            language,
            Dataset(
                "budgets",
                "部门预算",
                "Departmental budgets",
                asked={"year": year} if year else {},
                demo=demo(self.source),
            ),
            rows=listed,
            year=year,
            years=years,
            total=sum(each["total_fen"] for each in listed),
            identities=budget_identity.datasets(self.source),
            demo=demo(self.source),
        )

    def budgets_file(self, form: str) -> Response:
        """Give this list as a file."""
        year = request.args.get("year", "")
        rows = [
            Row(tuple(str(row[c.name]) if c.kind == "code" else row[c.name] for c in _BUDGETS))
            for row in figures.published_budgets(self.source)
            if not year or str(row["fiscal_year"]) == year
        ]
        sheet = Sheet("budgets", "部门预算", "Departmental budgets", _BUDGETS, rows, marks(self.source))
        return download(sheet, form, "budgets", *([year] if year.isdigit() else []))

    def budget(self, language: str, treasury: str, year: int, agency: str) -> str:
        """Tell in plain words and two charts what a budget spends on what, from which money."""
        scope = scope_asked(self.source, treasury, year, agency)
        names = class_names(self.source)
        rows = figures.lines(self.source, scope)
        packages = figures.packages(self.source, scope)
        functions = [(code, fen, rate(fen, scope.fen) or 0) for (code,), fen in figures.by(rows, "func")]
        flows = _flows(rows)
        charts = remembered(
            self.source,
            ("budget charts", treasury, year, agency, scope.whole, language),
            lambda: _charts(rows, functions, flows, names, language),
        )
        return page(
            "budget.html",
            language,
            dataset_of(scope, "budget", "部门预算", "Budget"),
            scope=scope,
            names=names,
            packages=packages,
            functions=functions,
            categories=[(name, fen) for (name,), fen in figures.by(rows, "category")],
            funds=[(name, fen) for (name,), fen in figures.by(rows, "fund")],
            cut_fen=sum(row["asked_fen"] - row["fen"] for row in rows),
            cuts=[row for row in rows if row["cut"] not in {None, "none"}],
            flows=flows,
            charts=charts,
            agencies=agency_names(scope, language),
            incomes=figures.incomes(self.source, scope),
            tables=figures.tables(self.source, scope),
            same=figures.as_checked(self.source, scope),
            to=ways(scope, language),
            foreign_styles=foreign_styles(),
            demo=scope.own["demo"],
            year=budget_in_year.in_year(self.source, scope),
            year_columns=budget_in_year.columns_of(budget_in_year.in_year(self.source, scope)),
            own=budget_own.own_money(self.source, scope),
            **budget_performance.shown(self.source, scope),
        )

    def budget_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give what the charts are made of as a file: by fund, unit, function and economic class."""
        scope = scope_asked(self.source, treasury, year, agency)
        names = class_names(self.source)
        found = figures.by(figures.lines(self.source, scope), "fund", "agency", "func", "category", "dept_econ")
        rows = [
            Row(
                (
                    fund,
                    unit,
                    func,
                    names[("func", func)]["name_zh"],
                    category,
                    econ,
                    names[("dept_econ", econ)]["name_zh"],
                    fen,
                )
            )
            for (fund, unit, func, category, econ), fen in found
        ]
        sheet = Sheet("budget", *titles(scope, "部门预算", "Budget"), _COMPOSITION, rows, facts(self.source, scope))
        return download(sheet, form, *file_name(scope))


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of budgets."""
    site = _Budgets(source)
    own = "budgets/<treasury>/<int:year>/<agency>/"
    add(pages, "budgets", "budgets/", site.budgets, site.budgets_file)
    add(pages, "budget", own, site.budget, site.budget_file)
    for more in (
        budget_tables,
        budget_lines,
        budget_in_year,
        budget_own,
        budget_performance,
        budget_identity,
        budget_register,
    ):
        more.register(pages, source)


def find(source: Source, asked: str, language: str) -> list[Found]:
    """Find published budgets by agency and year, and their packages by name, activity or project."""
    found = [
        Found(
            f"{row['fiscal_year']} {row[f'name_{language}']}",
            row["document"],
            url_for(f"site.budget_{language}", treasury=row["treasury"], year=row["fiscal_year"], agency=row["agency"]),
            row["total_fen"],
        )
        for row in figures.published_budgets(source)
        if holds(asked, row["name_zh"], row["name_en"], row["fiscal_year"], row["agency"])
    ]
    for own in figures.published_budgets(source):
        scope = figures.scope_of(source, own["treasury"], own["fiscal_year"], own["agency"], whole=False)
        for each in figures.packages(source, scope) if scope else ():
            if holds(asked, each["name_zh"], each["name_en"], each["activity"], each["project"], each["package"]):
                where = {"treasury": own["treasury"], "year": own["fiscal_year"], "agency": own["agency"]}
                link = url_for(f"site.budget_package_{language}", package=each["package"], **where)
                detail = f"{own['fiscal_year']} {own[f'name_{language}']}"
                found.append(Found(each[f"name_{language}"], detail, link, each["fen"]))
    return found


def tell(source: Source) -> list[News]:
    """Tell which budgets were published, by which resolution they were approved, and changes of own money."""
    return [
        News(
            in_china(row["published_at"]).date(),
            f"{row['name_zh']}{row['fiscal_year']}年部门预算",
            f"{row['name_en']}: budget of {row['fiscal_year']}",
            "budget",
            {"treasury": row["treasury"], "year": row["fiscal_year"], "agency": row["agency"]},
            "budget",
            row["document"],
        )
        for row in figures.published_budgets(source)
    ] + budget_own.tell(source)


def datasets(source: Source) -> list[Dataset]:
    """List the pages of budgets: the list, then each budget and its tables."""
    scopes = [
        scope
        for row in figures.published_budgets(source)
        if (scope := figures.scope_of(source, row["treasury"], row["fiscal_year"], row["agency"], whole=False))
    ]
    return [
        Dataset("budgets", "部门预算", "Departmental budgets", demo=demo(source)),
        budget_register.standards_dataset(source),
        budget_register.departures_dataset(source),
        budget_register.calendar_dataset(source),
        *budget_identity.datasets(source),
        *(dataset_of(scope, "budget", "部门预算", "Budget") for scope in scopes),
        *(dataset_of(scope, "budget_tables", "部门预算公开表", "Statutory tables of the budget") for scope in scopes),
        *(budget_in_year.in_year_dataset(scope) for scope in scopes),
        *(budget_own.own_dataset(scope) for scope in scopes if budget_own.has_own_money(source, scope)),
    ]


def _flows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Add lines up by fund, unit and economic class (类)."""
    classed = [{**row, "class": row["dept_econ"][:_CLASS]} for row in rows]
    return [(fund, unit, econ, fen) for (fund, unit, econ), fen in figures.by(classed, "fund", "agency", "class")]


def _charts(
    rows: Sequence[Mapping[str, Any]],
    functions: Sequence[tuple[str, int, int]],
    flows: Sequence[tuple[str, str, str, int]],
    names: Mapping[tuple[str, str], Mapping[str, Any]],
    language: str,
) -> tuple[str, str]:
    name = f"name_{language}"
    parts = [(code, "", names[("func", code)][name], fen) for code, fen, _ in functions]
    parts += [(package, func, label, fen) for (func, package, label), fen in figures.by(rows, "func", "package", name)]
    units = {row["agency"]: row[f"agency_{language}"] for row in rows}
    known = {f"f{fund}": names[("fund", fund)][name] for fund, *_ in flows}
    known |= {f"u{code}": text for code, text in units.items()}
    known |= {f"e{econ}": names[("dept_econ", econ)][name] for _, _, econ, _ in flows}
    links: dict[tuple[str, str], int] = {}
    for fund, unit, econ, fen in flows:
        for link in ((f"f{fund}", f"u{unit}"), (f"u{unit}", f"e{econ}")):
            links[link] = links.get(link, 0) + fen
    drawn = [(start, to, fen) for (start, to), fen in links.items()]
    treemap, sankey = treemap_chart(parts), sankey_chart(drawn, known)
    return treemap.replace("<", "\\u003c"), sankey.replace("<", "\\u003c")


_BUDGETS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("department", "部门", "Department", "code"),
    Column("agency", "单位", "Agency", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("total_fen", "支出预算", "Expenditure", "amount"),
    Column("document", "批准文件", "Resolution"),
    Column("passed_on", "批准日期", "Approved on", "day"),
    Column("tables_sha256", "公开表摘要", "Digest of the tables", "code"),
)
_COMPOSITION = (
    Column("fund", "资金性质", "Fund", "code"),
    Column("agency", "单位", "Agency", "code"),
    Column("func", "功能分类", "Function", "code"),
    Column("func_name", "功能分类名称", "Name of the function"),
    Column("category", "类别", "Category"),
    Column("econ", "部门经济分类", "Economic class", "code"),
    Column("econ_name", "经济分类名称", "Name of the class"),
    Column("amount", "金额", "Amount", "amount"),
)
