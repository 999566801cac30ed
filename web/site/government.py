"""The pages of a government's budget: its nineteen statutory tables, from the published books, with their checks."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort

from ledger.db import Source
from ledger.errors import UnknownBook
from reports.disclosure_checks import Gap
from reports.disclosure_table import DisclosureTable
from reports.government_books import government_facts, published_years
from reports.government_budget import government_budget
from reports.government_budget_rules import Outcome, outcomes
from reports.government_facts import GovernmentFacts
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site.budget_forms import shown
from web.site.datasets import Dataset
from web.site.frame import download, page
from web.site.lists import add, add_file, demo, marks
from web.site.memory import remembered

_WHERE_MOST = 3
"""So many places where a check does not hold are shown; the file has them all."""


@dataclass(frozen=True, slots=True)
class Published:
    """The tables of a treasury's year with the outcome of every check."""

    facts: GovernmentFacts
    tables: tuple[DisclosureTable, ...]
    outcomes: Sequence[Outcome]

    @property
    def made(self) -> str:
        """The last day of the books, "" where only department budgets are published."""
        return str(self.facts.year.to_on) if self.facts.year else ""

    @property
    def made_checks(self) -> Sequence[Outcome]:
        """The checks of tables that are not all empty."""
        return [each for each in self.outcomes if not each.idle]

    @property
    def holding(self) -> int:
        """How many of them hold."""
        return sum(not each.gaps for each in self.made_checks)


def published(source: Source, treasury: str, year: int) -> Published | None:
    """Give the tables of a treasury's year as the public may read them; None where nothing is published."""
    return remembered(source, ("government", treasury, year), lambda: _read(source, treasury, year))


def _read(source: Source, treasury: str, year: int) -> Published | None:
    with source.engine("public").connect() as connection:
        try:
            facts = government_facts(connection, treasury, year)
        except UnknownBook:
            return None
    tables = government_budget(facts)
    return Published(facts, tables, outcomes(tables, facts.year))


def years(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the treasuries and years that have tables, the newest first."""
    return remembered(source, "government-years", lambda: _read_years(source))


def _read_years(source: Source) -> Sequence[Mapping[str, Any]]:
    with source.engine("public").connect() as connection:
        return published_years(connection)


class _Government:
    """The pages of government budgets, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def index(self, language: str) -> str:
        """List the years of every treasury."""
        dataset = Dataset("governments", "政府预算公开", "Government budgets", demo=demo(self.source))
        return page("governments.html", language, dataset, rows=years(self.source), demo=dataset.demo)

    def index_file(self, form: str) -> Response:
        """Give the list as a file."""
        listed = [Row(tuple(row[column.name] for column in _YEARS)) for row in years(self.source)]
        sheet = Sheet("governments", "政府预算公开", "Government budgets", _YEARS, listed, marks(self.source))
        return download(sheet, form, "government")

    def tables(self, language: str, treasury: str, year: int) -> str:
        """Show the nineteen tables on one page with their checks, for reading and printing."""
        return self._shown(language, self._asked(treasury, year), None)

    def tables_file(self, treasury: str, year: int, form: str) -> Response:
        """Give the list of the tables as a file, with the SHA-256 of each as strict CSV."""
        found = self._asked(treasury, year)
        listed = [
            Row((each.no, each.title_zh, each.title_en, each.unit, each.sentence[0], self._digest(found, each)))
            for each in found.tables
        ]
        zh, en = _titles(found)
        sheet = Sheet("government-budget", zh, en, _TABLES, listed, self._facts(found))
        return download(sheet, form, treasury, str(year), "government")

    def table(self, language: str, treasury: str, year: int, no: int) -> str:
        """Show one table."""
        return self._shown(language, self._asked(treasury, year), no)

    def table_file(self, treasury: str, year: int, no: int, form: str) -> Response:
        """Give one table as the form has it."""
        found = self._asked(treasury, year)
        table = next((each for each in found.tables if each.no == no), None) or abort(404)
        return download(self._sheet(found, table), form, treasury, str(year), "government", str(no))

    def checks_file(self, treasury: str, year: int, form: str) -> Response:
        """Give every check with each place where it does not hold."""
        found = self._asked(treasury, year)
        listed = [
            Row(
                (
                    each.rule.name,
                    each.rule.zh,
                    each.rule.en,
                    each.rule.source,
                    _held(each),
                    *_place(gap),
                )
            )
            for each in found.outcomes
            for gap in (each.gaps or (None,))
        ]
        sheet = Sheet("government-checks", "勾稽关系", "Checks", _CHECKS, listed, self._facts(found))
        return download(sheet, form, treasury, str(year), "government", "checks")

    def _asked(self, treasury: str, year: int) -> Published:
        return published(self.source, treasury, year) or abort(404)

    def _shown(self, language: str, found: Published, no: int | None) -> str:
        listed = [each for each in found.tables if no in {None, each.no}] or abort(404)
        subject = found.facts.subject
        own = [each for each in years(self.source) if each["treasury"] == subject.code]
        return page(
            "government.html",
            language,
            dataset_of(found, listed[0] if no is not None else None, is_demo=self._is_demo(found)),
            found=found,
            subject=subject,
            one=listed[0] if no is not None else None,
            tables=[
                (each, shown(each, language), self._links(found, each), len(each.sheet("").rows)) for each in listed
            ],
            every=found.tables,
            years=[each["fiscal_year"] for each in own],
            checks=[each for each in found.outcomes if no is None or no in each.rule.tables or not each.rule.tables],
            checks_links=self._checks_links(found),
            where_most=_WHERE_MOST,
            demo=self._is_demo(found),
        )

    def _links(self, found: Published, table: DisclosureTable) -> list[tuple[str, str]]:
        return dataset_of(found, table).links()

    def _checks_links(self, found: Published) -> list[tuple[str, str]]:
        where = {"treasury": found.facts.subject.code, "year": found.facts.subject.year}
        return Dataset("government_checks", "", "", where).links()

    def _is_demo(self, found: Published) -> bool:
        return any(each["treasury"] == found.facts.subject.code and each["demo"] for each in years(self.source))

    def _facts(self, found: Published) -> dict[str, str]:
        subject = found.facts.subject
        return {
            **({"demo": "演示数据 demo data"} if self._is_demo(found) else {}),
            "treasury": subject.code,
            "year": str(subject.year),
            "as_of": found.made,
            "checks": f"{found.holding}/{len(found.made_checks)}",
        }

    def _sheet(self, found: Published, table: DisclosureTable) -> Sheet:
        sheet = table.sheet(found.made)
        mark = {"demo": "演示数据 demo data"} if self._is_demo(found) else {}
        return replace(sheet, facts={**mark, **sheet.facts})

    def _digest(self, found: Published, table: DisclosureTable) -> str:
        return hashlib.sha256(self._sheet(found, table).written("csv", bom=False)).hexdigest()


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of government budgets."""
    site = _Government(source)
    own = "government/<treasury>/<int:year>/"
    add(pages, "governments", "government/", site.index, site.index_file)
    add(pages, "government", own, site.tables, site.tables_file)
    add(pages, "government_table", f"{own}<int:no>/", site.table, site.table_file)
    add_file(pages, "government_checks", f"{own}checks", site.checks_file)


def datasets(source: Source) -> list[Dataset]:
    """List the pages of government budgets."""
    listed = years(source)
    if not listed:
        return []
    own = [
        Dataset(
            "government",
            f"{each['name_zh']}{each['fiscal_year']}年政府预算公开表",
            f"{each['name_en']}: government budget, {each['fiscal_year']}",
            {"treasury": each["treasury"], "year": each["fiscal_year"]},
            publisher_zh=each["name_zh"],
            publisher_en=each["name_en"],
            demo=each["demo"],
        )
        for each in listed
    ]
    return [Dataset("governments", "政府预算公开", "Government budgets", demo=demo(source)), *own]


def dataset_of(found: Published, table: DisclosureTable | None = None, *, is_demo: bool = False) -> Dataset:
    """Describe the page of all tables, or of one."""
    subject = found.facts.subject
    zh, en = _titles(found)
    where: dict[str, object] = {"treasury": subject.code, "year": subject.year}
    return Dataset(
        "government" if table is None else "government_table",
        zh if table is None else f"{subject.name_zh}{table.title_zh}",
        en if table is None else f"{subject.name_en}: {table.title_en}",
        where if table is None else {**where, "no": table.no},
        publisher_zh=subject.name_zh,
        publisher_en=subject.name_en,
        demo=is_demo,
    )


def _titles(found: Published) -> tuple[str, str]:
    subject = found.facts.subject
    return f"{subject.name_zh}{subject.year}年政府预算公开表", f"{subject.name_en}: government budget, {subject.year}"


def _held(outcome: Outcome) -> str:
    return "否 no" if outcome.gaps else "空表 empty" if outcome.idle else "是 yes"


def _place(gap: Gap | None) -> tuple[str | None, str | None, int | None, int | None]:
    if gap is None:
        return None, None, None, None
    return " ".join(map(str, gap.tables)), gap.where, gap.expected, gap.found


_YEARS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
)
_TABLES = (
    Column("no", "表号", "No.", "count"),
    Column("title_zh", "表名", "Title"),
    Column("title_en", "英文表名", "Title in English"),
    Column("unit", "单位", "Unit"),
    Column("empty", "空表说明", "If empty"),
    Column("sha256", "CSV 的 SHA-256", "SHA-256 of its CSV", "code"),
)
_CHECKS = (
    Column("rule", "规则", "Rule", "code"),
    Column("zh", "内容", "What must hold"),
    Column("en", "英文", "In English"),
    Column("source", "来源", "Source"),
    Column("holds", "成立", "Holds"),
    Column("tables", "表", "Tables", "code"),
    Column("where", "位置", "Where", "code"),
    Column("expected", "应为", "Expected", "amount"),
    Column("found", "实为", "Found", "amount"),
)
