"""The pages of the eleven statutory tables: all on one page for printing, each by itself, and their files."""

import hashlib

from flask import Blueprint, Response, abort

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.clock import in_china
from web.site import budget_figures as figures
from web.site.budget_addresses import dataset_of, facts, file_name, scope_asked, titles, ways
from web.site.budget_figures import Scope
from web.site.budget_forms import shown
from web.site.frame import download, page
from web.site.lists import add


class _Tables:
    """The pages of tables, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def tables(self, language: str, treasury: str, year: int, agency: str) -> str:
        """Show the eleven statutory tables on one page, for reading and printing."""
        scope = scope_asked(self.source, treasury, year, agency)
        return self._shown(language, scope, None)

    def tables_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give the list of the tables as a file, with the SHA-256 of each as strict CSV."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = [
            Row((table.no, table.title_zh, table.title_en, table.unit, table.sentence[0],
                 hashlib.sha256(table.sheet("").written("csv", bom=False)).hexdigest()))
            for table in figures.tables(self.source, scope)
        ]  # fmt: skip
        sheet = Sheet(
            "budget-tables",
            *titles(scope, "部门预算公开表", "Statutory tables"),
            _TABLES,
            rows,
            facts(self.source, scope),
        )
        return download(sheet, form, *file_name(scope, "tables"))

    def table(self, language: str, treasury: str, year: int, agency: str, no: int) -> str:
        """Show one statutory table."""
        return self._shown(language, scope_asked(self.source, treasury, year, agency), no)

    def table_file(self, treasury: str, year: int, agency: str, no: int, form: str) -> Response:
        """Give one statutory table as the form has it; its CSV for parsers is what the digest counts."""
        scope = scope_asked(self.source, treasury, year, agency)
        table = next((each for each in figures.tables(self.source, scope) if each.no == no), None) or abort(404)
        made = in_china(scope.own["published_at"]).date()
        return download(table.sheet(str(made)), form, *file_name(scope, str(no)))

    def _shown(self, language: str, scope: Scope, no: int | None) -> str:
        found = [each for each in figures.tables(self.source, scope) if no in {None, each.no}] or abort(404)
        one = found[0] if no is not None else None
        dataset = (
            dataset_of(scope, "budget_tables", "部门预算公开表", "Statutory tables of the budget")
            if one is None
            else dataset_of(scope, "budget_table", one.title_zh, one.title_en, no=one.no)
        )
        return page(
            "budget_tables.html",
            language,
            dataset,
            scope=scope,
            one=one,
            tables=[
                (each, shown(each, language), self._links(scope, each.no), len(each.sheet("").rows)) for each in found
            ],
            same=figures.as_checked(self.source, scope),
            to=ways(scope, language),
            demo=scope.own["demo"],
        )

    def _links(self, scope: Scope, no: int) -> list[tuple[str, str]]:
        return dataset_of(scope, "budget_table", "", "", no=no).links()


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of the statutory tables."""
    site = _Tables(source)
    own = "budgets/<treasury>/<int:year>/<agency>/tables/"
    add(pages, "budget_tables", own, site.tables, site.tables_file)
    add(pages, "budget_table", f"{own}<int:no>/", site.table, site.table_file)


_TABLES = (
    Column("no", "表号", "No.", "count"),
    Column("title_zh", "表名", "Title"),
    Column("title_en", "英文表名", "Title in English"),
    Column("unit", "单位", "Unit"),
    Column("empty", "空表说明", "If empty"),
    Column("sha256", "CSV 的 SHA-256", "SHA-256 of its CSV", "code"),
)
