"""Ways to find what is published: the search, the map of the site, and the catalogue of data for machines."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request, url_for

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site import figures, vouchers
from web.site.datasets import CONTEXT, Dataset
from web.site.frame import download, page
from web.site.lists import add, demo, marks
from web.site.news import Teller, add_feed, latest, tell_sets, written
from web.texts import catalogue as texts

__all__ = ["Finding", "Found", "find_vouchers", "list_books", "tell_sets"]

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ASKED = 100
_LATEST = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a search found, with the page that shows it."""

    title: str
    detail: str
    link: str
    fen: int | None = None


Finder = Callable[[Source, str, str], Sequence[Found]]
"""Answers what was asked (a text) in a language."""
Lister = Callable[[Source], Sequence[Dataset]]


@dataclass(slots=True)
class Finding:
    """What the parts of the site can find, tell as news, and list as datasets with pages."""

    finders: dict[str, Finder] = field(default_factory=dict)
    tellers: list[Teller] = field(default_factory=list)
    listers: list[Lister] = field(default_factory=list)

    def register(self, pages: Blueprint, source: Source) -> None:
        """Add the pages, and let every page of the site tell what was published last."""
        add(pages, "search", "search/", partial(self._search, source), partial(self._search_file, source))
        for language, prefix in (("zh", ""), ("en", "/en")):
            pages.add_url_rule(f"{prefix}/map/", f"map_{language}", partial(self._map, source, language))
        add_feed(pages, "feed", "/feed.atom", "title", source, *self.tellers)
        pages.add_url_rule("/sitemap.xml", "sitemap", partial(self._sitemap, source))
        pages.add_url_rule("/catalogue.jsonld", "catalogue", partial(self._catalogue, source))
        pages.add_url_rule("/robots.txt", "robots", _robots)
        pages.app_context_processor(lambda: {"latest": partial(latest, source, self.tellers, _LATEST)})

    def _found(self, source: Source, asked: str, language: str) -> list[tuple[str, Sequence[Found]]]:
        return [(name, finder(source, asked, language)) for name, finder in self.finders.items()] if asked else []

    def _search(self, source: Source, language: str) -> str:
        asked = _asked()
        return page(
            "search.html",
            language,
            Dataset("search", f"检索：{asked}", f"Search: {asked}", asked={"q": asked}, demo=demo(source)),
            asked=asked,
            groups=[(name, rows) for name, rows in self._found(source, asked, language) if rows],
            most=vouchers.SEARCH_MOST,
            demo=demo(source),
        )

    def _search_file(self, source: Source, form: str) -> Response:
        asked = _asked()
        root = request.url_root.rstrip("/")
        kinds = texts("web.site", "zh")
        rows = [
            Row((kinds[f"found_{name}"], each.title, each.detail, each.fen, root + each.link))
            for name, listed in self._found(source, asked, "zh")
            for each in listed
        ]
        facts = {**marks(source), "asked": asked, "vouchers_at_most": str(vouchers.SEARCH_MOST)}
        return download(Sheet("search", "检索结果", "What a search found", _FOUND, rows, facts), form, "search")

    def _datasets(self, source: Source) -> list[list[Dataset]]:
        return [list(lister(source)) for lister in self.listers]

    def _map(self, source: Source, language: str) -> str:
        return page("map.html", language, groups=_by_page(self._datasets(source)), demo=demo(source))

    def _sitemap(self, source: Source) -> Response:
        root = ET.Element("urlset", {"xmlns": _SITEMAP})
        for language in ("zh", "en"):
            plain = [url_for(f"site.{name}_{language}") for name in ("home", "search", "rules", "map")]
            listed = [each.page(language) for group in self._datasets(source) for each in group]
            for address in dict.fromkeys([*plain, *listed]):
                ET.SubElement(ET.SubElement(root, "url"), "loc").text = request.url_root.rstrip("/") + address
        return Response(written(root), content_type="application/xml; charset=utf-8")

    def _catalogue(self, source: Source) -> Response:
        """Describe every published table as a dataset (schema.org Dataset within a DCAT catalogue)."""
        value = {
            "@context": CONTEXT,
            "@type": "dcat:Catalog",
            "@id": request.url_root + "catalogue.jsonld",
            "dct:title": [
                {"@language": language, "@value": texts("web.site", language)["title"]} for language in ("zh", "en")
            ],
            "dcat:dataset": [each.dcat() for group in self._datasets(source) for each in group],
        }
        return Response(json.dumps(value, ensure_ascii=False, indent=1), content_type="application/ld+json")


def _asked() -> str:
    return request.args.get("q", "").strip()[:_MOST_ASKED].replace("\x00", "")


def _by_page(groups: Sequence[Sequence[Dataset]]) -> list[tuple[str, list[Dataset]]]:
    """Put the pages under what they are pages of, in the order in which they come."""
    by: dict[str, list[Dataset]] = {}
    for each in (each for group in groups for each in group):
        by.setdefault(each.endpoint, []).append(each)
    return list(by.items())


def _robots() -> Response:
    text = f"User-agent: *\nDisallow: /office/\nSitemap: {url_for('site.sitemap', _external=True)}\n"
    return Response(text, mimetype="text/plain")


def find_vouchers(source: Source, asked: str, language: str) -> list[Found]:
    """Find vouchers."""
    return [
        Found(
            f"{row['title_zh'] if language == 'zh' else row['title_en']} {row['label']}/{row['no']}",
            f"{row['on_day']} · {row['code']} · {row['shown'] or ''}",
            url_for(
                f"site.voucher_{language}",
                treasury=row["treasury"],
                code=row["code"],
                label=row["label"],
                no=row["no"],
            ),
            row["amount_fen"],
        )
        for row in vouchers.search(source, asked)
    ]


def list_books(source: Source) -> list[Dataset]:
    """List the pages of the books: the four figures, the sets, every trial balance, and the rules."""
    return [
        Dataset("home", "四项数字", "The four figures", demo=demo(source)),
        Dataset("rules", "不公开的内容及依据", "What is not shown, and why"),
        *(dataset_of(of, book) for of in figures.published_sets(source) for book in of.books),
    ]


def dataset_of(of: figures.PublishedSet, book: str) -> Dataset:
    """Describe the trial balance of a book."""
    zh, en = texts("web.site", "zh")[book], texts("web.site", "en")[book]
    return Dataset(
        "book",
        f"{of.name_zh}{zh}科目余额表",
        f"{of.name_en}, {en}: trial balance",
        {"treasury": of.treasury, "code": of.code, "book": book},
        publisher_zh=of.treasury_zh,
        publisher_en=of.treasury_en,
        starts_on=of.starts_on,
        ends_on=of.as_of,
        demo=of.demo,
    )


_FOUND = (
    Column("what", "类别", "What"),
    Column("title", "名称", "Title"),
    Column("detail", "说明", "Detail"),
    Column("amount", "金额", "Amount", "amount"),
    Column("page", "网址", "Page"),
)
