"""How the pages of imports speak: their own words, and refusals with their facts."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from ledger.errors import LedgerError
from web.office.budget.words import reason
from web.office.desk import Desk, page
from web.texts import catalogue

SEERS = ("COMP", "REVW", "APPR", "BOOK", "CLOS", "OVER", "AUDI", "NPCO")
"""Those who see the register."""
HISTORIANS = ("BOOK", "CLOS")
"""Those who bring earlier years in: one puts them forward, another posts them."""
RETRY_AFTER = 5
"""Seconds after which it is worth sending a file again."""
MOST_SHOWN = 500
"""So many rows are shown, errors first; all of them count, and all errors are in the workbook of errors."""


def words(language: str) -> Mapping[str, str]:
    """Give the words of these pages."""
    return catalogue("web.office.imports", language)


def show(
    desk: Desk,
    template: str,
    *,
    problems: Mapping[str, str] | None = None,
    busy: bool = False,
    **facts: Any,  # noqa: ANN401
) -> Response:
    """Write a page of imports; ``problems`` are told by field, when all is ``busy`` one may come again."""
    known = words(desk.language)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK

    def label(name: str) -> str:
        """Name a field of the page."""
        return known[f"field_{name}"]

    answer = page(
        desk,
        f"import_{template}.html",
        HTTPStatus.SERVICE_UNAVAILABLE if busy else status,
        b=known,
        error="",
        problems=problems or {},
        label=label,
        given=request.form,
        unit_of=lambda unit: known[f"unit_{unit}"],
        **facts,
    )
    if busy:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def told(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words; a file says by itself what is wrong with it and how to mend it."""
    zh = desk.language == "zh"
    why, mend = (refusal.facts.get(name) for name in (("zh", "mend_zh") if zh else ("en", "mend_en")))
    said = " ".join(str(each) for each in (reason(desk, refusal), why, mend) if each)
    value = refusal.facts.get("value")
    return f"{said} {value}" if value and why else said
