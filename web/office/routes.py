"""Every address of the office, each with the page behind it; a page without a declared duty is not served."""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, current_app, g, request
from werkzeug.wrappers import Response as Answer

from ledger.db import Source
from web.office import (
    accounts,
    administration,
    closing,
    disclosing,
    drafts,
    editing,
    inbox,
    passkeys,
    printing,
    provider,
    signing,
    statements,
    ways,
)
from web.office.budget import screens as budget
from web.office.claims import screens as claims
from web.office.desk import Route, View, gate
from web.office.funds import screens as funds
from web.office.imports import screens as imports
from web.office.writing import day, instant, yuan

ROUTES: tuple[Route, ...] = (
    *signing.ROUTES,
    *inbox.ROUTES,
    *drafts.ROUTES,
    *editing.ROUTES,
    *accounts.ROUTES,
    *printing.ROUTES,
    *statements.ROUTES,
    *closing.ROUTES,
    *disclosing.ROUTES,
    *administration.ROUTES,
    *budget.ROUTES,
    *funds.ROUTES,
    *claims.ROUTES,
    *imports.ROUTES,
    *passkeys.ROUTES,
    *provider.ROUTES,
    *ways.ROUTES,
)


def blueprint(source: Source) -> Blueprint:
    """Make the office over the books of a source.

    Raises:
        ValueError: a page declares no duty.
    """
    pages = Blueprint("office", __name__, url_prefix="/office", static_folder="static", template_folder="templates")

    pages.app_template_filter("yuan")(yuan)
    pages.app_template_filter("instant")(instant)
    pages.app_template_filter("day")(day)

    @pages.before_request
    def _gate() -> Answer | None:
        if request.endpoint == "office.static":
            return None
        return gate(source, current_app.view_functions.get(request.endpoint or ""))

    @pages.after_request
    def _private(answer: Answer) -> Answer:
        if request.endpoint != "office.static":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    for route in ROUTES:
        if not getattr(route.view, "duties", None):
            raise ValueError(route.rule)
        pages.add_url_rule(route.rule, route.view.__name__, _at_the_desk(route.view), methods=list(route.methods))
    return pages


def _at_the_desk(view: View) -> Callable[..., str | Answer]:
    """Hand a page the desk of its request."""

    @wraps(view)
    def served(**given: object) -> str | Answer:
        return view(g.desk, **given)

    return served
