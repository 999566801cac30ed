"""What was published last, and the feeds (Atom) by which anyone can follow it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request, url_for

from ledger.db import Source
from web.site import figures
from web.site.datasets import place
from web.site.memory import remembered
from web.texts import catalogue

_ATOM = "http://www.w3.org/2005/Atom"
_MOST = 500
"""So many entries stand in a feed, the newest."""


@dataclass(frozen=True, slots=True)
class News:
    """One publication and its page; ``mark`` tells several of one page apart, ``by`` names the document."""

    on: date
    title_zh: str
    title_en: str
    endpoint: str
    where: Mapping[str, object]
    mark: str = ""
    by: str = ""

    def title(self, language: str) -> str:
        """Give its title in a language."""
        return self.title_zh if language == "zh" else self.title_en

    def link(self, language: str) -> str:
        """Give the address of its page in a language."""
        return place(f"site.{self.endpoint}_{language}", self.where)


Teller = Callable[[Source], Sequence[News]]


def latest(source: Source, tellers: Sequence[Teller], most: int) -> Sequence[News]:
    """Give the newest of all, with no kind crowding out the others."""
    taken: list[News] = []
    for each in newest(source, tellers):
        if sum(other.endpoint == each.endpoint for other in taken) * 2 <= most:
            taken.append(each)
    return taken[:most]


def newest(source: Source, tellers: Sequence[Teller]) -> Sequence[News]:
    """Give all news, the newest first."""
    told = [each for teller in tellers for each in remembered(source, teller, partial(teller, source))]
    return sorted(told, key=lambda each: each.on, reverse=True)


def add_feed(pages: Blueprint, name: str, address: str, title: str, source: Source, *tellers: Teller) -> None:
    """Put a feed at its address; ``title`` is a word of the catalogue."""
    pages.add_url_rule(address, name, partial(_feed, source, tellers, title))


def tell_sets(source: Source) -> list[News]:
    """Tell which account sets were published."""
    return [
        News(
            of.as_of,
            f"{of.name_zh}：公开至 {of.as_of}",
            f"{of.name_en}: published up to {of.as_of}",
            "book",
            {"treasury": of.treasury, "code": of.code, "book": of.books[0]},
            str(of.as_of),
        )
        for of in figures.published_sets(source)
        if of.books
    ]


def _feed(source: Source, tellers: Sequence[Teller], title: str) -> Response:
    zh, en = catalogue("web.site", "zh"), catalogue("web.site", "en")
    news = newest(source, tellers)[:_MOST]
    site = request.url_root.rstrip("/")
    own = site + request.path
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-CN"})
    ET.SubElement(root, "title").text = f"{zh[title]} {en[title]}"
    ET.SubElement(root, "id").text = own
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": own})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": site + url_for("site.home_zh")})
    ET.SubElement(root, "updated").text = _instant(news[0].on if news else date(2000, 1, 1))
    author = ET.SubElement(root, "author")
    ET.SubElement(author, "name").text = zh["site"]
    for each in news:
        entry = ET.SubElement(root, "entry")
        ET.SubElement(entry, "title").text = f"{each.title_zh} {each.title_en}"
        ET.SubElement(entry, "id").text = f"{site}{each.link('zh')}#{each.mark}"
        for language, tag in (("zh", "zh-CN"), ("en", "en")):
            there = {"rel": "alternate", "type": "text/html", "hreflang": tag, "href": site + each.link(language)}
            ET.SubElement(entry, "link", there)
        ET.SubElement(entry, "updated").text = _instant(each.on)
        if each.by:
            ET.SubElement(entry, "summary").text = each.by
    return Response(written(root), content_type="application/atom+xml; charset=utf-8")


def written(root: ET.Element) -> bytes:
    """Write a tree as an XML file."""
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _instant(on: date) -> str:
    return f"{on}T00:00:00+08:00"
