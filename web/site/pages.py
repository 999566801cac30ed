"""The public pages over HTTP: what is published, for anyone, with nothing that runs in the reader's browser."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from ledger.db import Source
from ledger.money import format_yuan
from web.site import figures
from web.site.figures import Balance, PublishedSet
from web.texts import catalogue


@dataclass(frozen=True, slots=True)
class _Site:
    """The answers to every address, over one database."""

    source: Source

    def home(self, language: str) -> str:
        """Show every published treasury."""
        found = figures.treasuries(self.source)
        return _page("home.html", language, treasuries=found, demo=any(t.demo for t in found))

    def book(self, language: str, treasury: str, code: str, book: str) -> str:
        """Show the trial balance of one book."""
        of, rows = self._found(treasury, code, book)
        return _page("book.html", language, of=of, book=book, rows=rows, sums=_sums(rows), demo=of.demo)

    def as_csv(self, treasury: str, code: str, book: str) -> Response:
        """Give the same table as CSV, closed by rows that tell whether it is whole."""
        of, rows = self._found(treasury, code, book)
        table = [list(_record(row).values()) for row in rows]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(_FIELDS)
        writer.writerows(table)
        opening, debit, credit, closing = map(format_yuan, _sums(rows))
        writer.writerow(["#total", "合计", "Total", opening, debit, credit, closing])
        writer.writerow(["#rows", len(rows)])
        writer.writerow(["#as_of", of.as_of.isoformat()])
        writer.writerow(["#set", of.treasury, of.code, book, of.currency])
        if of.demo:
            writer.writerow(["#demo", "演示数据", "Demo data"])
        writer.writerow(["#sha256", hashlib.sha256(out.getvalue().encode()).hexdigest()])
        return _download(out.getvalue().encode("utf-8-sig"), "text/csv", _file(of, book, "csv"))

    def as_json(self, treasury: str, code: str, book: str) -> Response:
        """Give the same table as JSON."""
        of, rows = self._found(treasury, code, book)
        names = ("opening", "debit", "credit", "closing")
        value = {
            "treasury": of.treasury,
            "set": of.code,
            "name_zh": of.name_zh,
            "name_en": of.name_en,
            "book": book,
            "currency": of.currency,
            "from": of.starts_on.isoformat(),
            "as_of": of.as_of.isoformat(),
            "demo": of.demo,
            "rows": [_record(row) for row in rows],
            "totals": dict(zip(names, map(format_yuan, _sums(rows)), strict=True)),
        }
        body = json.dumps(value, ensure_ascii=False, indent=1).encode()
        return _download(body, "application/json", _file(of, book, "json"))

    def _found(self, treasury: str, code: str, book: str) -> tuple[PublishedSet, list[Balance]]:
        sets = figures.published_sets(self.source)
        of = next((s for s in sets if (s.treasury, s.code) == (treasury, code) and book in s.books), None)
        if of is None:
            abort(404)
        return of, figures.trial_balance(self.source, of, book)


_FIELDS = ("account", "name_zh", "name_en", "opening", "debit", "credit", "closing")


def blueprint(source: Source) -> Blueprint:
    """Make the public site over the books of a source; it uses no login but ``gongku_public``."""
    pages = Blueprint("site", __name__, template_folder="templates")
    pages.app_template_filter("money")(figures.grouped)
    pages.app_template_filter("side")(figures.side)
    site = _Site(source)
    for language, prefix in (("zh", ""), ("en", "/en")):
        pages.add_url_rule(f"{prefix}/", f"home_{language}", partial(site.home, language))
        pages.add_url_rule(
            f"{prefix}/trial-balance/<treasury>/<code>/<book>/",
            f"book_{language}",
            partial(site.book, language),
        )
    table = "/trial-balance/<treasury>/<code>/<book>"
    pages.add_url_rule(f"{table}.csv", "book_csv", site.as_csv)
    pages.add_url_rule(f"{table}.json", "book_json", site.as_json)
    return pages


_TOLD = frozenset({404, 405})


def error_page(status: int) -> Response:
    """Answer what is not there, or broke, with a plain page."""
    language = "en" if request.path.startswith("/en/") else "zh"
    kind = str(status) if status in _TOLD else "500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "400"
    return Response(_page("error.html", language, kind=kind, demo=False))


def _page(template: str, language: str, **facts: Any) -> str:  # noqa: ANN401 - whatever a page shows
    texts = catalogue("web.site", language)
    other = "en" if language == "zh" else "zh"
    endpoint = (request.endpoint or "").removesuffix(f"_{language}")
    twins = {"site.home", "site.book"}
    twin = url_for(f"{endpoint}_{other}", **(request.view_args or {})) if endpoint in twins else None
    return render_template(
        f"site/{template}",
        t=texts,
        lang=language,
        lang_tag="zh-CN" if language == "zh" else "en",
        other_tag="en" if language == "zh" else "zh-CN",
        twin=twin or url_for(f"site.home_{other}"),
        home=url_for(f"site.home_{language}"),
        **facts,
    )


def _sums(rows: Sequence[Balance]) -> tuple[int, int, int, int]:
    return (
        sum(row.opening for row in rows),
        sum(row.debit for row in rows),
        sum(row.credit for row in rows),
        sum(row.closing for row in rows),
    )


def _record(row: Balance) -> dict[str, str]:
    amounts = (row.opening, row.debit, row.credit, row.closing)
    texts = (row.account, row.name_zh, row.name_en, *map(format_yuan, amounts))
    return dict(zip(_FIELDS, texts, strict=True))


def _file(of: PublishedSet, book: str, ending: str) -> str:
    return f"{of.treasury}-{of.code}-{book}-{of.as_of}{'-demo' if of.demo else ''}.{ending}"


def _download(body: bytes, kind: str, name: str) -> Response:
    response = Response(body, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
