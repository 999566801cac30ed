"""How the pages of special funds speak: their own words, states and refusals at their field."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from ledger.errors import LedgerError
from ledger.money import format_yuan
from web.office.budget.words import reason
from web.office.desk import Desk, page
from web.texts import catalogue

SEERS = ("COMP", "REVW", "APPR", "PEXP", "PRRV", "PUBL", "OVER", "AUDI", "NPCO")
"""Those who see calls and applications."""
POOL_SEERS = ("PEXP", "OVER", "AUDI")
"""Those who see the experts by name; every other page shows their codes."""
OPINION_SEERS = ("REVW", "APPR", "PRRV", "PUBL", "OVER", "AUDI", "NPCO")
"""Those who see opinions before the decision; who applied sees them afterwards."""


def words(language: str) -> Mapping[str, str]:
    """Give the words of these pages."""
    return catalogue("web.office.funds", language)


def show(desk: Desk, template: str, *, problems: Mapping[str, str] | None = None, **facts: Any) -> Response:  # noqa: ANN401
    """Write a page of special funds; ``problems`` are told by field."""
    known = words(desk.language)

    def label(name: str) -> str:
        """Name a field: of the page, or of a numbered line."""
        at, dot, field = name.rpartition(".")
        line = f"{known['line_n'].format(n=at)} " if dot else ""
        return line + known[f"field_{field}"]

    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return page(
        desk,
        f"fund_{template}.html",
        status,
        b=known,
        error="",
        problems=problems or {},
        label=label,
        given=request.form,
        pool_seers=POOL_SEERS,
        **facts,
    )


def told(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words, with its facts named."""
    known = words(desk.language)
    facts = [
        f"{known[f'fact_{name}']} {format_yuan(value) if name.endswith('_fen') and isinstance(value, int) else value}"
        for name, value in refusal.facts.items()
        if f"fact_{name}" in known and value not in (None, "", [])
    ]
    between = "；" if desk.language == "zh" else "; "
    return f"{reason(desk, refusal)} {between.join(facts)}".strip()
