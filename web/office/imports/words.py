"""How the pages of imports speak: their own words, and refusals with their facts."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from ledger.errors import LedgerError
from web.office.budget.words import reason
from web.office.desk import Desk, page
from web.texts import catalogue

SEERS = ("COMP", "REVW", "APPR", "CLOS", "OVER", "AUDI", "NPCO")
"""Those who see the register."""


def words(language: str) -> Mapping[str, str]:
    """Give the words of these pages."""
    return catalogue("web.office.imports", language)


def show(desk: Desk, template: str, *, problems: Mapping[str, str] | None = None, **facts: Any) -> Response:  # noqa: ANN401
    """Write a page of imports; ``problems`` are told by field."""
    known = words(desk.language)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK

    def label(name: str) -> str:
        """Name a field of the page."""
        return known[f"field_{name}"]

    return page(
        desk,
        f"import_{template}.html",
        status,
        b=known,
        error="",
        problems=problems or {},
        label=label,
        given=request.form,
        **facts,
    )


def told(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words; a file says by itself what is wrong with it and how to mend it."""
    zh = desk.language == "zh"
    why, mend = (refusal.facts.get(name) for name in (("zh", "mend_zh") if zh else ("en", "mend_en")))
    said = " ".join(str(each) for each in (reason(desk, refusal), why, mend) if each)
    value = refusal.facts.get("value")
    return f"{said} {value}" if value and why else said
