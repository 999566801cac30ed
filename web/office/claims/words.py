"""How the pages of claims speak: their own words, states and refusals at their field."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from ledger.errors import LedgerError
from ledger.money import format_yuan
from web.office.budget.words import reason
from web.office.desk import WATCHERS, Desk, page
from web.texts import catalogue

SEERS = ("APPL", "UCHK", "REVW", "APPR", "PCHK", "SIGN", "CASH", "BOOK", "AUDT_IN", "CLOS", "RECO", *WATCHERS)
"""Those who see claims and venues."""
WAITS_FOR = {"submitted": "UCHK", "checked": "REVW", "approved": "PCHK"}
"""The duty for which a claim waits."""
_QUANTITIES = frozenset({"persons", "units", "most_persons", "most_units", "line"})


def words(language: str) -> Mapping[str, str]:
    """Give the words of these pages."""
    return catalogue("web.office.claims", language)


def show(
    desk: Desk,
    template: str,
    *,
    problems: Mapping[str, str] | None = None,
    given: MultiDict[str, str] | None = None,
    **facts: Any,  # noqa: ANN401 - whatever a page shows
) -> Response:
    """Write a page of claims; ``problems`` are told by field, ``given`` is what stands in the fields."""
    known = words(desk.language)

    def label(name: str) -> str:
        """Name a field: of the page, or of a numbered line."""
        at, dot, field = name.rpartition(".")
        line = f"{known['line_n'].format(n=at)} " if dot else ""
        return line + known[f"field_{field}"]

    return page(
        desk,
        f"claim_{template}.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        b=known,
        error="",
        problems=problems or {},
        label=label,
        given=request.form if given is None else given,
        seers=SEERS,
        **facts,
    )


def told(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words, with its facts named."""
    known = words(desk.language)
    facts = [
        f"{known[f'fact_{name}']} {_fact(known, name, value)}"
        for name, value in refusal.facts.items()
        if f"fact_{name}" in known and value not in (None, "", [])
    ]
    between = "；" if desk.language == "zh" else "; "
    return f"{reason(desk, refusal)} {between.join(facts)}".strip()


def _fact(known: Mapping[str, str], name: str, value: object) -> str:
    if isinstance(value, int) and name not in _QUANTITIES:
        return format_yuan(value)
    return known.get(f"{name}_{value}", str(value))
