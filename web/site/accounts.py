"""The public pages of final accounts (部门决算): the list, the nine tables of a unit or department, and their files."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request

from ledger.db import Source
from reports.disclosure_rules import ACCOUNTS, RULES
from reports.disclosure_table import DisclosureTable
from reports.final_transfers import PAID
from reports.sheet import Sheet
from reports.table import Column, Row, rate
from web.site import accounts_figures as figures
from web.site.accounts_figures import Closing
from web.site.budget_addresses import ways
from web.site.budget_figures import scope_of
from web.site.budget_forms import shown
from web.site.budget_performance import RESULT_COLUMNS, RESULTS, result_rows
from web.site.datasets import Dataset, place
from web.site.figures import class_names
from web.site.finding import Found
from web.site.frame import download, page
from web.site.lists import add, add_file, demo, holds, marks

Unit = Mapping[str, Any]


class _Accounts:
    """The pages of final accounts of units, or of departments ``whole``, over one database."""

    def __init__(self, source: Source, *, whole: bool = False) -> None:
        self.source = source
        self.whole = whole

    def listed(self, language: str) -> str:
        """List the units with published books and their departments, and whether their final accounts stand."""
        found = figures.listed(self.source)
        year = request.args.get("year", "")
        asked = {"year": year} if year else {}
        return page(
            "final_accounts.html",
            language,
            Dataset("final_accounts", "部门决算", "Final accounts", asked=asked, demo=demo(self.source)),
            rows=[(row, figures.closing_of(self.source, row)) for row in _of_year(found, year)],
            year=year,
            years=sorted({row["fiscal_year"] for row in found}, reverse=True),
            demo=demo(self.source),
        )

    def listed_file(self, form: str) -> Response:
        """Give this list as a file; what is withheld has no figures."""
        year = request.args.get("year", "")
        rows = []
        for row in _of_year(figures.listed(self.source), year):
            closing = figures.closing_of(self.source, row)
            fens = (closing.accounts.income_fen, closing.accounts.spending_fen) if closing.tables else (None, None)
            failed = " ".join(dict.fromkeys(each.rule for each in closing.failed))
            scope = "department" if "units" in row else "unit"
            told = (row["treasury"], row["fiscal_year"], row["department"], row["agency"], scope)
            rows.append(Row((*told, row["name_zh"], row["name_en"], row["code"], row["as_of"], *fens, failed)))
        sheet = Sheet("final-accounts", "部门决算", "Final accounts", _UNITS, rows, marks(self.source))
        return download(sheet, form, "final-accounts", *([year] if year.isdigit() else []))

    def unit(self, language: str, treasury: str, agency: str, year: int) -> str:
        """Show the nine tables of a unit, or which checks fail."""
        return self._shown(language, self._asked(treasury, agency, year), None)

    def table(self, language: str, treasury: str, agency: str, year: int, no: int) -> str:
        """Show one table."""
        return self._shown(language, self._asked(treasury, agency, year), no)

    def unit_file(self, treasury: str, agency: str, year: int, form: str) -> Response:
        """Give the list of the tables as a file, with the SHA-256 of each as strict CSV."""
        unit = self._asked(treasury, agency, year)
        rows = [
            Row((table.no, table.title_zh, table.title_en, table.unit, table.sentence[0],
                 hashlib.sha256(figures.sheet_of(unit, table).written("csv", bom=False)).hexdigest()))
            for table in self._tables(unit)
        ]  # fmt: skip
        sheet = Sheet("final-account", *_titles(unit), _TABLES, rows, {**figures.marks(unit), **_facts(unit)})
        return download(sheet, form, *_name(unit))

    def table_file(self, treasury: str, agency: str, year: int, no: int, form: str) -> Response:
        """Give one table as the form has it."""
        unit = self._asked(treasury, agency, year)
        table = next((each for each in self._tables(unit) if each.no == no), None) or abort(404)
        return download(figures.sheet_of(unit, table), form, *_name(unit, str(no)))

    def compared_file(self, treasury: str, agency: str, year: int, form: str) -> Response:
        """Give budget, adjusted budget and final figures side by side as a file."""
        unit = self._asked(treasury, agency, year)
        self._tables(unit)
        names = class_names(self.source)
        rows = []
        for line in figures.closing_of(self.source, unit).accounts.budget:
            name = names.get(("func", line.func), {})
            cells = (line.budget_fen, line.adjusted_fen, line.final_fen)
            rows.append(Row((line.func, name.get("name_zh"), name.get("name_en"), *cells)))
        titles = "预算数、调整预算数与决算数", "Budget, adjusted budget and final"
        sheet = Sheet("final-compared", *titles, _COMPARED, rows, {**figures.marks(unit), **_facts(unit)})
        return download(sheet, form, *_name(unit, "compared"))

    def results_file(self, treasury: str, agency: str, year: int, form: str) -> Response:
        """Give the results of the projects of a unit as a file."""
        unit = self._asked(treasury, agency, year)
        self._tables(unit)
        rows = result_rows(figures.closing_of(self.source, unit).accounts.evaluated)
        facts = {**figures.marks(unit), **_facts(unit)}
        return download(Sheet("final-results", *RESULTS, RESULT_COLUMNS, rows, facts), form, *_name(unit, "results"))

    def transfers_file(self, treasury: str, agency: str, year: int, form: str) -> Response:
        """Give what the units of a department paid each other as a file, also while its tables are withheld."""
        unit = self._asked(treasury, agency, year)
        found = figures.closing_of(self.source, unit).department
        if found is None or not found.pairs:
            abort(404)
        rows = [
            Row((each.payer, each.account, each.payee, PAID[each.account], each.paid_fen, each.received_fen,
                 each.paid_fen if each.matches else 0))
            for each in found.pairs
        ]  # fmt: skip
        facts = {**figures.marks(unit), **_facts(unit)}
        return download(
            Sheet("final-transfers", *_TRANSFERS_TITLES, _TRANSFERS, rows, facts), form, *_name(unit, "transfers")
        )

    def _asked(self, treasury: str, agency: str, year: int) -> Unit:
        find = figures.department_of if self.whole else figures.unit_of
        return find(self.source, treasury, agency, year) or abort(404)

    def _tables(self, unit: Unit) -> tuple[DisclosureTable, ...]:
        """Give the tables; those that are withheld have no file."""
        return figures.closing_of(self.source, unit).tables or abort(404)

    def _shown(self, language: str, unit: Unit, no: int | None) -> str:
        closing = figures.closing_of(self.source, unit)
        found = [each for each in closing.tables if no in {None, each.no}]
        if no is not None and not found:
            abort(404)
        one = found[0] if no is not None else None
        where = _where(unit)
        dataset = _dataset(unit) if one is None else _dataset(unit, one)
        return page(
            "final_account.html",
            language,
            dataset if closing.tables else None,
            of=unit,
            closing=closing,
            one=one,
            tables=[
                (each, shown(each, language), _dataset(unit, each).links(), len(each.sheet("").rows)) for each in found
            ],
            compared=_compared(closing, class_names(self.source), language),
            compared_links=Dataset(_endpoint(unit, "_compared"), "", "", where).links(),
            results_links=Dataset(_endpoint(unit, "_results"), "", "", where).links(),
            transfers_links=Dataset("final_whole_transfers", "", "", where).links(),
            rules=RULES[ACCOUNTS],
            budget=self._budget_page(unit, language),
            here=_page(unit, language),
            table_pages={each.no: _page(unit, language, "_table", no=each.no) for each in found},
            paid=PAID,
            of_units=[
                (row, figures.closing_of(self.source, row), _page(row, language)) for row in unit.get("units", ())
            ],
            names={row["agency"]: row[f"name_{language}"] for row in unit.get("units", ())},
            **self._beside(unit, language),
            demo=unit["demo"],
        )

    def _beside(self, unit: Unit, language: str) -> dict[str, object]:
        """Give the way from a unit to its department, and from a department to the unit that leads it."""
        of = (unit["treasury"], unit["department"], unit["fiscal_year"])
        whole = figures.department_of(self.source, *of)
        head = figures.unit_of(self.source, *of) if self.whole else unit
        return {
            "department": whole,
            "whole_page": whole and _page(whole, language),
            "alone_page": head and _page(head, language),
        }

    def _budget_page(self, unit: Unit, language: str) -> str | None:
        scope = scope_of(self.source, unit["treasury"], unit["fiscal_year"], unit["agency"], whole=self.whole)
        if scope is None or scope.whole != self.whole:
            return None
        return ways(scope, language)("budget")


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of final accounts."""
    site = _Accounts(source)
    own = "accounts/<treasury>/<agency>/<int:year>/"
    add(pages, "final_accounts", "accounts/", site.listed, site.listed_file)
    add(pages, "final_account", own, site.unit, site.unit_file)
    add(pages, "final_account_table", f"{own}<int:no>/", site.table, site.table_file)
    add_file(pages, "final_account_compared", f"{own}compared", site.compared_file)
    add_file(pages, "final_account_results", f"{own}results", site.results_file)
    whole, of_whole = _Accounts(source, whole=True), f"{own}whole/"
    add(pages, "final_whole", of_whole, whole.unit, whole.unit_file)
    add(pages, "final_whole_table", f"{of_whole}<int:no>/", whole.table, whole.table_file)
    add_file(pages, "final_whole_compared", f"{of_whole}compared", whole.compared_file)
    add_file(pages, "final_whole_results", f"{of_whole}results", whole.results_file)
    add_file(pages, "final_whole_transfers", f"{of_whole}transfers", whole.transfers_file)


def find(source: Source, asked: str, language: str) -> list[Found]:
    """Find units with published books, and their departments, by name, code and year."""
    return [
        Found(f"{row['fiscal_year']} {_called(row)[language]}", row["code"], _page(row, language))
        for row in figures.listed(source)
        if holds(asked, row["name_zh"], row["name_en"], row["fiscal_year"], row["agency"], "部门决算 final accounts")
    ]


def datasets(source: Source) -> list[Dataset]:
    """List the pages of final accounts: the list, and each unit and department whose tables stand."""
    own = [row for row in figures.listed(source) if figures.closing_of(source, row).tables]
    return [Dataset("final_accounts", "部门决算", "Final accounts", demo=demo(source)), *map(_dataset, own)]


def _of_year(found: Sequence[Unit], year: str) -> list[Unit]:
    return [row for row in found if not year or str(row["fiscal_year"]) == year]


def _where(unit: Unit) -> dict[str, Any]:
    return {"treasury": unit["treasury"], "agency": unit["agency"], "year": unit["fiscal_year"]}


def _endpoint(unit: Unit, part: str = "") -> str:
    return f"final_{'whole' if 'units' in unit else 'account'}{part}"


def _page(unit: Unit, language: str, part: str = "", **where: object) -> str:
    return place(f"site.{_endpoint(unit, part)}_{language}", {**_where(unit), **where})


def _called(unit: Unit) -> Mapping[str, str]:
    """Give the name of a unit, or of a department with its units, by language."""
    zh, en = ("（部门汇总）", ", with its units") if "units" in unit else ("", "")
    return {"zh": f"{unit['name_zh']}{zh}", "en": f"{unit['name_en']}{en}"}


def _titles(unit: Unit) -> tuple[str, str]:
    year, called = unit["fiscal_year"], _called(unit)
    return f"{called['zh']}{year}年部门决算", f"{called['en']}: final accounts, {year}"


def _dataset(unit: Unit, table: DisclosureTable | None = None) -> Dataset:
    zh, en = _titles(unit)
    return Dataset(
        _endpoint(unit, "" if table is None else "_table"),
        zh if table is None else f"{zh}：{table.title_zh}",
        en if table is None else f"{en}: {table.title_en}",
        {**_where(unit), **({} if table is None else {"no": table.no})},
        publisher_zh=unit["name_zh"],
        publisher_en=unit["name_en"],
        starts_on=unit["starts_on"],
        ends_on=unit["as_of"],
        demo=unit["demo"],
    )


def _facts(unit: Unit) -> dict[str, str]:
    return {
        "agency": unit["agency"],
        "year": str(unit["fiscal_year"]),
        "set": " ".join(row["code"] for row in unit.get("units", (unit,))),
        "as_of": str(unit["as_of"]),
    }


def _name(unit: Unit, *more: str) -> tuple[str, ...]:
    whole = ("whole",) if "units" in unit else ()
    return (unit["treasury"], unit["agency"], str(unit["fiscal_year"]), "accounts", *whole, *more)


def _compared(
    closing: Closing, names: Mapping[tuple[str, str], Mapping[str, Any]], language: str
) -> list[tuple[str, str, tuple[int, int, int], int | None]]:
    """Give code, name, the three figures, and the last of them as a part of the second."""
    lines: list[tuple[str, str, tuple[int, int, int], int | None]] = []
    for line in closing.accounts.budget:
        name = names.get(("func", line.func), {}).get(f"name_{language}", line.func)
        three = (line.budget_fen, line.adjusted_fen, line.final_fen)
        lines.append((line.func, name, three, rate(line.final_fen, line.adjusted_fen)))
    return lines


_UNITS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("department", "部门", "Department", "code"),
    Column("agency", "单位", "Agency", "code"),
    Column("scope", "范围", "Scope", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("set", "账套", "Set", "code"),
    Column("as_of", "公开至", "Published up to", "day"),
    Column("income", "本年收入", "Revenue", "amount"),
    Column("spending", "本年支出", "Expenditure", "amount"),
    Column("failed", "不成立的勾稽关系", "Checks that fail", "code"),
)
_TABLES = (
    Column("no", "表号", "No.", "count"),
    Column("title_zh", "表名", "Title"),
    Column("title_en", "英文表名", "Title in English"),
    Column("unit", "单位", "Unit"),
    Column("empty", "空表说明", "If empty"),
    Column("sha256", "CSV 的 SHA-256", "SHA-256 of its CSV", "code"),
)
_TRANSFERS_TITLES = "单位之间的补助和上缴", "Transfers between the units"
_TRANSFERS = (
    Column("payer", "付方", "Payer", "code"),
    Column("paid_on", "付方科目", "Account of the payer", "code"),
    Column("payee", "收方", "Payee", "code"),
    Column("received_on", "收方科目", "Account of the payee", "code"),
    Column("paid", "付方数", "Paid", "amount"),
    Column("received", "收方数", "Received", "amount"),
    Column("eliminated", "抵销数", "Taken off", "amount"),
)
_COMPARED = (
    Column("func", "功能分类", "Function", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("budget", "预算数", "Budget", "amount"),
    Column("adjusted", "调整预算数", "Adjusted budget", "amount"),
    Column("final", "决算数", "Final", "amount"),
)
