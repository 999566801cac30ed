"""What the lists of the site have in common: an address in both languages, plain cells, the mark of a demo."""

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, Response

from ledger.db import Source
from reports.formats import FORMATS
from reports.table import Cell
from web.site.figures import published_sets

_FORM = "any(" + ", ".join(FORMATS) + ")"


def add(
    pages: Blueprint,
    name: str,
    address: str,
    show: Callable[..., str],
    give: Callable[..., Response],
    file: str | None = None,
) -> None:
    """Put a page at its address in both languages, and its files beside it, under a name of their own if need be."""
    for language, prefix in (("zh", "/"), ("en", "/en/")):
        pages.add_url_rule(f"{prefix}{address}", f"{name}_{language}", partial(show, language))
    add_file(pages, name, file or address.rstrip("/"), give)


def add_file(pages: Blueprint, name: str, address: str, give: Callable[..., Response]) -> None:
    """Put a list at its address in every format."""
    pages.add_url_rule(f"/{address}.<{_FORM}:form>", f"{name}_file", give)


def cell(value: object) -> Cell:
    """Turn what the database gives into a cell: lists are joined, objects told by their values."""
    if isinstance(value, list):
        return "；".join(str(cell(each)) for each in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    if isinstance(value, str | int | date) or value is None:
        return value
    return str(value)


def holds(asked: str, *texts: object) -> bool:
    """Tell whether every word that was asked for stands in one of the texts."""
    whole = " ".join(str(text).lower() for text in texts if text is not None)
    return all(word in whole for word in asked.lower().split())


def demo(source: Source) -> bool:
    """Tell whether anything published here is of a demo treasury."""
    return any(of.demo for of in published_sets(source))


def marks(source: Source) -> dict[str, str]:
    """Give the facts that stand in a file that is no single set's."""
    return {"demo": "演示数据 demo data"} if demo(source) else {}
