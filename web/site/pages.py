"""The addresses of the public site: what is published, for anyone, readable without any script."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site import books, figures
from web.site.datasets import Dataset
from web.site.frame import download, keep_unit, page
from web.site.lists import add, add_file, demo, marks
from web.texts import catalogue


class _Site:
    """The first page and the page of rules, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def home(self, language: str) -> str:
        """Show the four figures of every published treasury, and its account sets."""
        found = figures.treasuries(self.source)
        dataset = Dataset("home", "四项数字", "The four figures", demo=any(t.demo for t in found))
        sets = Dataset("sets", "已公开的账套", "Published account sets")
        return page("home.html", language, dataset, treasuries=found, demo=dataset.demo, set_links=sets.links())

    def figures_file(self, form: str) -> Response:
        """Give the figures of the first page as a file."""
        zh, en = catalogue("web.site", "zh"), catalogue("web.site", "en")
        rows = [
            Row(
                (
                    t.code,
                    zh[f"figure_{each.name}"],
                    en[f"figure_{each.name}"],
                    each.fen,
                    each.of.as_of,
                    each.of.code,
                    each.book,
                    zh[f"figure_{each.name}_how"],
                )
            )
            for t in figures.treasuries(self.source)
            for each in t.headlines
        ]
        return download(
            Sheet("figures", "四项数字", "The four figures", _FIGURES, rows, marks(self.source)), form, "figures"
        )

    def sets_file(self, form: str) -> Response:
        """Give the published account sets as a file."""
        rows = [
            Row((of.treasury, of.code, of.name_zh, of.name_en, of.role, of.fiscal_year, of.starts_on, of.as_of,
                 of.currency, " ".join(of.books)))
            for of in figures.published_sets(self.source)
        ]  # fmt: skip
        sheet = Sheet("sets", "已公开的账套", "Published account sets", _SETS, rows, marks(self.source))
        return download(sheet, form, "sets")

    def rules(self, language: str) -> str:
        """Show by which rules something is left out, and the article of each."""
        seen: set[object] = set()
        listed = []
        for row in figures.rules(self.source):
            listed.append({**row, "first": row["rule"] not in seen, "where": self._where(row, language)})
            seen.add(row["rule"])
        dataset = Dataset("rules", "不公开的内容及依据", "What is not shown, and why")
        return page("rules.html", language, dataset, listed=listed, demo=demo(self.source))

    def rules_file(self, form: str) -> Response:
        """Give these rules as a file."""
        rows = [
            Row((row["rule"], row["name_zh"], row["name_en"], row["field"], row["dim"], row["code"], row["basis"]))
            for row in figures.rules(self.source)
        ]
        sheet = Sheet("rules", "不公开的内容及依据", "What is not shown, and why", _RULES, rows)
        return download(sheet, form, "rules")

    def _where(self, row: Mapping[str, Any], language: str) -> str:
        """Tell in words where a rule holds: a class with all below it, a kind of business, a pattern, everywhere."""
        what = catalogue("web.site", language)[f"where_{row['dim']}"]
        if row["dim"] in {"text", "all"}:
            return what
        name = figures.class_names(self.source).get((row["dim"], row["code"]), {})
        return f"{what} {row['code']} {name.get(f'name_{language}', '')}".strip()


def blueprint(source: Source, more: Sequence[Callable[[Blueprint, Source], None]] = ()) -> Blueprint:
    """Make the public site over the books of a source; it uses no login but ``gongku_public``."""
    pages = Blueprint("site", __name__, template_folder="templates")
    pages.app_template_filter("side")(figures.side)
    keep_unit(pages)
    site = _Site(source)
    add(pages, "home", "", site.home, site.figures_file, file="figures")
    add(pages, "rules", "rules/", site.rules, site.rules_file)
    add_file(pages, "sets", "sets", site.sets_file)
    for register in (books.register, *more):
        register(pages, source)
    return pages


_TOLD = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


def error_page(_: Exception, status: int) -> Response:
    """Answer what is not there, or broke, with a plain page."""
    language = "en" if request.path.startswith("/en/") else "zh"
    kind = str(int(status)) if status in _TOLD else "500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "400"
    return Response(page("error.html", language, kind=kind), status)


_FIGURES = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("name_zh", "数字", "Figure"),
    Column("name_en", "英文名称", "Name in English"),
    Column("amount", "金额", "Amount", "amount"),
    Column("as_of", "截至", "As of", "day"),
    Column("set", "账套", "Set", "code"),
    Column("book", "账", "Book"),
    Column("how", "取数", "How it is read"),
)
_SETS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("set", "账套", "Set", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("role", "种类", "Role"),
    Column("year", "会计年度", "Fiscal year", "count"),
    Column("from", "起", "From", "day"),
    Column("as_of", "截至", "As of", "day"),
    Column("currency", "币种", "Currency"),
    Column("books", "账", "Books"),
)
_RULES = (
    Column("rule", "规则", "Rule", "code"),
    Column("name_zh", "不公开的内容", "What is left out"),
    Column("name_en", "英文名称", "Name in English"),
    Column("field", "栏目", "Field"),
    Column("dim", "适用的分类", "By which dimension"),
    Column("code", "编码", "Code", "code"),
    Column("basis", "依据", "Basis"),
)
