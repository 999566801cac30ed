"""Ways to find what is published: the search, the map of the site, the feed, and the catalogue of data for machines."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request, url_for

from ledger.db import Source
from reports.formats import FORMATS
from web.site import figures, vouchers
from web.site.frame import page, place
from web.texts import catalogue as texts

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ASKED = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a search found, with the page that shows it."""

    title: str
    detail: str
    link: str
    fen: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """One publication: what, when, where."""

    on: date
    title_zh: str
    title_en: str
    link: str


Finder = Callable[[Source, str, str], Sequence[Found]]
"""Answers what was asked (a text) in a language."""
Teller = Callable[[Source], Sequence[News]]
Lister = Callable[[Source], Sequence[tuple[str, Mapping[str, object]]]]


@dataclass(slots=True)
class Finding:
    """What the parts of the site can find, tell as news, and list as pages (an endpoint and its arguments)."""

    finders: dict[str, Finder] = field(default_factory=dict)
    tellers: list[Teller] = field(default_factory=list)
    listers: list[Lister] = field(default_factory=list)

    def register(self, pages: Blueprint, source: Source) -> None:
        """Add the pages."""
        for language, prefix in (("zh", ""), ("en", "/en")):
            pages.add_url_rule(f"{prefix}/search/", f"search_{language}", partial(self._search, source, language))
            pages.add_url_rule(f"{prefix}/map/", f"map_{language}", partial(self._map, source, language))
        pages.add_url_rule("/feed.atom", "feed", partial(self._feed, source))
        pages.add_url_rule("/sitemap.xml", "sitemap", partial(self._sitemap, source))
        pages.add_url_rule("/catalogue.jsonld", "catalogue", partial(_catalogue, source))
        pages.add_url_rule("/robots.txt", "robots", _robots)

    def _search(self, source: Source, language: str) -> str:
        asked = request.args.get("q", "").strip()[:_MOST_ASKED].replace("\x00", "")
        t = texts("web.site", language)
        groups = []
        for name, finder in self.finders.items() if asked else ():
            rows = finder(source, asked, language)
            groups.append({"title": t[f"found_{name}"], "rows": rows, "count": len(rows)})
        return page("search.html", language, asked=asked, groups=groups, demo=_demo(source))

    def _addresses(self, source: Source, language: str) -> list[str]:
        listed = [each for lister in self.listers for each in lister(source)]
        return [place(f"site.{endpoint}_{language}", given) for endpoint, given in listed]

    def _map(self, source: Source, language: str) -> str:
        groups = []
        for lister in self.listers:
            listed = [
                {"link": place(f"site.{endpoint}_{language}", given), "name": " ".join(map(str, given.values()))}
                for endpoint, given in lister(source)
            ]
            groups.append(listed)
        return page("map.html", language, groups=groups, demo=_demo(source))

    def _feed(self, source: Source) -> Response:
        news = sorted((each for teller in self.tellers for each in teller(source)), key=lambda n: n.on, reverse=True)
        root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
        ET.SubElement(root, "title").text = texts("web.site", "zh")["title"]
        ET.SubElement(root, "id").text = request.url
        ET.SubElement(root, "link", {"rel": "self", "href": request.url})
        ET.SubElement(root, "updated").text = _instant(news[0].on if news else date(2000, 1, 1))
        author = ET.SubElement(root, "author")
        ET.SubElement(author, "name").text = texts("web.site", "zh")["site"]
        for each in news[:200]:
            place = request.url_root.rstrip("/") + each.link
            item = ET.SubElement(root, "entry")
            ET.SubElement(item, "title").text = f"{each.title_zh} {each.title_en}"
            ET.SubElement(item, "id").text = f"{place}#{each.on}"
            ET.SubElement(item, "link", {"href": place})
            ET.SubElement(item, "updated").text = _instant(each.on)
        return Response(_xml(root), content_type="application/atom+xml; charset=utf-8")

    def _sitemap(self, source: Source) -> Response:
        root = ET.Element("urlset", {"xmlns": _SITEMAP})
        for language in ("zh", "en"):
            for address in self._addresses(source, language):
                place = ET.SubElement(root, "url")
                ET.SubElement(place, "loc").text = request.url_root.rstrip("/") + address
        return Response(_xml(root), content_type="application/xml; charset=utf-8")


def _xml(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _instant(on: date) -> str:
    return f"{on}T00:00:00+08:00"


def _robots() -> Response:
    text = f"User-agent: *\nDisallow: /office/\nSitemap: {url_for('site.sitemap', _external=True)}\n"
    return Response(text, mimetype="text/plain")


def _demo(source: Source) -> bool:
    return any(of.demo for of in figures.published_sets(source))


def _catalogue(source: Source) -> Response:
    """Describe every published table as a dataset (schema.org Dataset within a DCAT catalogue)."""
    root = request.url_root.rstrip("/")
    datasets = [
        {
            "@type": ["dcat:Dataset", "schema:Dataset"],
            "dct:identifier": f"{of.treasury}/{of.code}/{book}",
            "dct:title": [
                {"@language": "zh", "@value": f"{of.name_zh} {book}{'（演示数据）' if of.demo else ''}"},
                {"@language": "en", "@value": f"{of.name_en} {book}{' (demo data)' if of.demo else ''}"},
            ],
            "dct:temporal": {"dcat:startDate": str(of.starts_on), "dcat:endDate": str(of.as_of)},
            "dct:publisher": {"schema:name": of.treasury_zh},
            "dcat:distribution": [
                {
                    "@type": "dcat:Distribution",
                    "dcat:mediaType": media.partition(";")[0],
                    "dcat:downloadURL": root
                    + url_for("site.book_file", treasury=of.treasury, code=of.code, book=book, form=form),
                }
                for form, media in FORMATS.items()
            ],
        }
        for of in figures.published_sets(source)
        for book in of.books
    ]
    value = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "schema": "https://schema.org/",
        },
        "@type": "dcat:Catalog",
        "dct:title": texts("web.site", "zh")["title"],
        "dcat:dataset": datasets,
    }
    return Response(json.dumps(value, ensure_ascii=False, indent=1), content_type="application/ld+json")


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


def tell_sets(source: Source) -> list[News]:
    """Tell which account sets were published."""
    return [
        News(
            of.as_of,
            f"{of.name_zh} 截至 {of.as_of}",
            f"{of.name_en} as of {of.as_of}",
            url_for("site.book_zh", treasury=of.treasury, code=of.code, book=of.books[0]),
        )
        for of in figures.published_sets(source)
        if of.books
    ]


def list_books(source: Source) -> list[tuple[str, Mapping[str, object]]]:
    """List the pages of the trial balances."""
    return [
        ("book", {"treasury": of.treasury, "code": of.code, "book": book})
        for of in figures.published_sets(source)
        for book in of.books
    ]
