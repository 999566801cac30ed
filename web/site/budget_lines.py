"""The pages of approved lines: those behind a figure, and decision packages down to standard × quantity × times."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site import budget_figures as figures
from web.site import budget_in_year
from web.site.budget_addresses import agency_names, dataset_of, facts, file_name, scope_asked, titles, ways
from web.site.budget_figures import ASKED, Scope
from web.site.datasets import with_filters
from web.site.figures import class_names
from web.site.frame import download, page
from web.site.lists import add

_MOST_ASKED = 40


class _Lines:
    """The pages of lines, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def lines(self, language: str, treasury: str, year: int, agency: str) -> str:
        """List the approved lines that a figure is the sum of."""
        scope = scope_asked(self.source, treasury, year, agency)
        asked = _asked()
        return page(
            "budget_lines.html",
            language,
            dataset_of(scope, "budget_lines", "预算明细", "Budget lines", asked),
            scope=scope,
            asked=asked,
            without={name: _but(scope, asked, name) for name in asked},
            rows=figures.lines(self.source, scope, asked),
            carried_over=budget_in_year.fitting(budget_in_year.in_year(self.source, scope), asked),
            projects=budget_in_year.project_names(self.source, scope),
            agencies=agency_names(scope, language),
            to=ways(scope, language),
            **self._words(),
            demo=scope.own["demo"],
        )

    def lines_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give the same lines as a file."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = figures.lines(self.source, scope, _asked())
        return download(
            self._sheet(scope, "预算明细", "Budget lines", rows, _asked()), form, *file_name(scope, "lines")
        )

    def package(self, language: str, treasury: str, year: int, agency: str, package: str) -> str:
        """Show a decision package: what for, why, and each line as standard × quantity × times."""
        scope = scope_asked(self.source, treasury, year, agency)
        found = self._package(scope, package)
        rows = [row for row in figures.lines(self.source, scope) if row["package"] == package]
        return page(
            "budget_package.html",
            language,
            dataset_of(scope, "budget_package", found["name_zh"], found["name_en"], package=package),
            scope=scope,
            package=found,
            rows=rows,
            to=ways(scope, language),
            agencies=agency_names(scope, language),
            known_project=figures.is_published_project(self.source, scope.treasury, found["project"]),
            **self._words(),
            demo=scope.own["demo"],
        )

    def package_file(self, treasury: str, year: int, agency: str, package: str, form: str) -> Response:
        """Give the lines of a package as a file."""
        scope = scope_asked(self.source, treasury, year, agency)
        found = self._package(scope, package)
        rows = [row for row in figures.lines(self.source, scope) if row["package"] == package]
        return download(
            self._sheet(scope, found["name_zh"], found["name_en"], rows, {"package": package}),
            form,
            *file_name(scope),
            package,
        )

    def _package(self, scope: Scope, package: str) -> Mapping[str, Any]:
        found = [row for row in figures.packages(self.source, scope) if row["package"] == package]
        return found[0] if found else abort(404)

    def _words(self) -> dict[str, Any]:
        return {
            "names": class_names(self.source),
            "standards": figures.standard_names(self.source),
            "drivers": figures.drivers(self.source),
        }

    def _sheet(
        self, scope: Scope, zh: str, en: str, rows: Sequence[Mapping[str, Any]], asked: Mapping[str, str]
    ) -> Sheet:
        known = figures.standard_names(self.source)
        kinds = figures.drivers(self.source)

        def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
            priced = known.get((row["treasury"], row["standard"], row["standard_version"]), {})
            own = {
                **row,
                "document": priced.get("document_no", ""),
                "driver": kinds[row["driver"]]["name_zh"],
                "quantity": _thousandths(row["quantity_milli"]),
                "asked_quantity": _thousandths(row["asked_milli"]),
                "cut": row["cut"] or "none",
            }
            return tuple(own[column.name] for column in _LINES)

        return Sheet("budget-lines", *titles(scope, zh, en), _LINES, [Row(cells(row)) for row in rows],
                     {**facts(self.source, scope), **asked})  # fmt: skip


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of lines and packages."""
    site = _Lines(source)
    own = "budgets/<treasury>/<int:year>/<agency>/"
    add(pages, "budget_lines", f"{own}lines/", site.lines, site.lines_file)
    add(pages, "budget_package", f"{own}packages/<package>/", site.package, site.package_file)


def _asked() -> dict[str, str]:
    given = {name: request.args.get(name, "")[:_MOST_ASKED] for name in ASKED}
    return {name: text for name, text in given.items() if text}


def _but(scope: Scope, asked: Mapping[str, str], name: str) -> str:
    kept = {key: text for key, text in asked.items() if key != name}
    return with_filters(request.path, {**({"whole": "1"} if scope.whole else {}), **kept})


def _thousandths(milli: int) -> str:
    whole, part = divmod(milli, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


_LINES = (
    Column("agency", "单位", "Agency", "code"),
    Column("package", "决策包", "Package", "code"),
    Column("name_zh", "名称", "Name"),
    Column("line_no", "行号", "Line", "count"),
    Column("category", "类别", "Category"),
    Column("func", "功能分类", "Function", "code"),
    Column("fund", "资金性质", "Fund", "code"),
    Column("dept_econ", "部门经济分类", "Economic class", "code"),
    Column("project", "项目", "Project", "code"),
    Column("standard", "支出标准", "Standard", "code"),
    Column("document", "标准文件", "Document of the standard"),
    Column("unit_fen", "单价", "Unit price", "amount"),
    Column("per", "计价期间", "Per"),
    Column("driver", "要素", "Driver"),
    Column("asked_quantity", "申报数量", "Quantity asked", "code"),
    Column("asked_times", "申报月数或次数", "Times asked", "count"),
    Column("asked_fen", "申报数", "Asked", "amount"),
    Column("cut", "核减类型", "Kind of cut"),
    Column("reason", "核减理由", "Reason of the cut"),
    Column("quantity", "核定数量", "Quantity", "code"),
    Column("times", "核定月数或次数", "Times", "count"),
    Column("fen", "批准数", "Approved", "amount"),
    Column("origin", "数量来源", "Where the quantity comes from"),
)
