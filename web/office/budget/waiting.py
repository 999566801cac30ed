"""What waits in budgets, each with the page where it is done; the inbox and the page of a year show it."""

from collections.abc import Callable

from flask import url_for

from ledger.compilation import budget_waits
from ledger.disclosure import publication_waits
from ledger.waiting import Wait
from web.clock import today
from web.office.budget.reviewing import VOICES
from web.office.waiting import Kind


def _of_year(page: str, anchor: str | None = None) -> Callable[[Wait], str]:
    return lambda of: url_for(f"office.budget_{page}", year=of.year or today().year, _anchor=anchor)


def _of_agency(page: str, anchor: str | None = None) -> Callable[[Wait], str]:
    return lambda of: url_for(f"office.budget_{page}", year=of.year, agency=of.subject, _anchor=anchor)


def _of_package(page: str) -> Callable[[Wait], str]:
    return lambda of: url_for(f"office.budget_{page}", package=of.subject)


def _ranking(of: Wait) -> str:
    return url_for("office.budget_ranking", year=of.year, _anchor=f"g{of.subject}")


KINDS: tuple[Kind, ...] = (
    Kind("send", ("COMP",), budget_waits.SEND, _of_agency("agency", "submit")),
    *(Kind("ranking", (duty,), budget_waits.ranking(voice), _ranking) for duty, voice in VOICES.items()),
    Kind("notes", ("COMP",), budget_waits.NOTES, _of_agency("notes")),
    Kind("pace", ("COMP", "APPL"), budget_waits.PACE, _of_agency("pace")),
    Kind("results", ("COMP",), budget_waits.RESULTS, _of_package("results")),
    Kind("data", ("REVW",), budget_waits.DATA, _of_year("data")),
    Kind("review", ("REVW",), budget_waits.REVIEW, _of_package("review")),
    Kind("ceiling", ("REVW",), budget_waits.CEILING, _of_year("frame", "ceilings")),
    Kind("own", ("REVW",), budget_waits.OWN, _of_year("own", "changes")),
    Kind("confirm", ("REVW",), budget_waits.CONFIRM, _of_package("results")),
    Kind("standards", ("APPR",), budget_waits.STANDARDS, _of_year("standards")),
    Kind("resolution", ("APPR",), budget_waits.RESOLUTION, _of_year("resolution")),
    Kind("approval", ("APPR",), budget_waits.APPROVAL, _of_year("resolution", "books")),
    Kind("to_departments", ("ISSU",), budget_waits.TO_DEPARTMENTS, _of_year("release", "department")),
    Kind("to_units", ("ISSU",), budget_waits.TO_UNITS, _of_year("release", "unit")),
    Kind("advances", ("ISSU",), budget_waits.ADVANCES, _of_year("advances")),
    Kind("moves", ("ISSU",), budget_waits.MOVES, _of_year("changes", "move")),
    Kind("cuts", ("ISSU",), budget_waits.CUTS, _of_year("changes", "cut")),
    Kind("draws", ("AUDT_IN",), budget_waits.DRAWS, _of_year("changes", "draw")),
    Kind("publication", ("PUBL",), publication_waits.BUDGETS, _of_agency("tables")),
)
