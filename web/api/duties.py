"""Under which duties an address of the API may be used; what a duty may do there, the database decides again."""

import csv
import io
from collections.abc import Callable
from importlib.resources import files
from typing import Any, TypeVar

from flask import current_app, request

from ledger.db import Session
from ledger.errors import NotPermitted
from ledger.templates import catalogue

C = TypeVar("C", bound=type[Any])

_NO_BUSINESS = frozenset({"administer", "intake"})


def _logins() -> dict[str, str]:
    text = files("ledger.master").joinpath("duty.csv").read_text("utf-8")
    return {row["duty"]: row["login"] for row in csv.DictReader(io.StringIO(text))}


KEEPERS = frozenset({"SECU", "LOGA"})
"""Who looks after clients and their tokens; only the security administrator gives and ends them."""
READERS = frozenset(name for name, login in _logins().items() if login not in _NO_BUSINESS)
"""Duties that have business with the books; administrators and the intake of complaints have none."""
POSTERS = frozenset(template.posted_under for template in catalogue())
"""Every duty under which some kind of event is posted."""


def duty(names: frozenset[str]) -> Callable[[C], C]:
    """Declare under which duties an address may be used; without it, nobody may use it."""

    def declare(view: C) -> C:
        view.duties = names
        return view

    return declare


def admit(session: Session) -> None:
    """Let a session in where its duty is declared.

    Raises:
        NotPermitted: it is not, or none is.
    """
    view = current_app.view_functions[request.endpoint or ""]
    if session.duty not in getattr(getattr(view, "view_class", None), "duties", ()):
        raise NotPermitted
