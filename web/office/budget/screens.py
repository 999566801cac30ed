"""Every address of the budget's pages; one of a year that no calendar of ours has leads nowhere."""

from dataclasses import replace
from functools import wraps
from typing import Any

from werkzeug.wrappers import Response as Answer

from web.office.budget import (
    advancing,
    agencies,
    changes,
    executing,
    frames,
    lines,
    notes,
    own,
    packages,
    performance,
    publishing,
    releasing,
    reserving,
    reviewing,
    standards,
    year_end,
    years,
)
from web.office.desk import Desk, Route, View, absent

_FIRST, _LAST = 1949, 2999


def _within(view: View) -> View:
    """Serve a page for years that a budget may have."""

    @wraps(view)
    def served(desk: Desk, year: int, **given: Any) -> str | Answer:  # noqa: ANN401 - what an address holds
        if not _FIRST <= year <= _LAST:
            absent()
        return view(desk, year=year, **given)

    return served


_ALL = (
    *years.ROUTES,
    *packages.ROUTES,
    *agencies.ROUTES,
    *standards.ROUTES,
    *frames.ROUTES,
    *advancing.ROUTES,
    *reviewing.ROUTES,
    *releasing.ROUTES,
    *lines.ROUTES,
    *executing.ROUTES,
    *changes.ROUTES,
    *reserving.ROUTES,
    *own.ROUTES,
    *notes.ROUTES,
    *year_end.ROUTES,
    *performance.ROUTES,
    *publishing.ROUTES,
)
ROUTES: tuple[Route, ...] = tuple(
    replace(each, view=_within(each.view)) if "<int:year>" in each.rule else each for each in _ALL
)
