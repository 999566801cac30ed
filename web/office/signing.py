"""Signing in and out, choosing a duty, and what belongs to oneself: visits, password, second factor, language."""

from http import HTTPStatus
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import credentials
from ledger.errors import LedgerError, SignInTooOften
from web.office.desk import (
    ADMINISTRATORS,
    ANYBODY,
    BUDGETEERS,
    LANGUAGE,
    SIGNED_IN,
    VISIT,
    Desk,
    Route,
    address,
    duty,
    forget,
    keep,
    onward,
    page,
    refused,
    went,
)
from web.texts import LANGUAGES

_A_YEAR = 365 * 24 * 3600


@duty(ANYBODY)
def sign_in(desk: Desk) -> Answer:
    """Ask who it is; an unknown name, a wrong password and a wrong code are one answer."""
    treasuries = credentials.treasuries(desk.source)
    error, status, seconds = "", HTTPStatus.OK, 0
    given = request.form if request.method == "POST" else {}
    if request.method == "POST":
        chosen = next((t for t in treasuries if t.code == given.get("treasury")), None)
        try:
            token = credentials.sign_in(
                desk.source,
                chosen.treasury_id if chosen else 0,
                given.get("person", ""),
                given.get("password", ""),
                given.get("code", ""),
                address=address(),
                agent=request.headers.get("User-Agent", ""),
            )
        except SignInTooOften as refusal:
            seconds = int(str(refusal.facts["seconds"]))
            error, status = refused(refusal, desk.language), HTTPStatus.TOO_MANY_REQUESTS
        except LedgerError as refusal:
            error, status = refused(refusal, desk.language), HTTPStatus.UNAUTHORIZED
        else:
            return keep(onward(request.args.get("next")), VISIT, token)
    answer = page(desk, "sign_in.html", status, treasuries=treasuries, error=error, given=given, frames=False)
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer


@duty(SIGNED_IN)
def sign_out(desk: Desk) -> Answer:
    """End this visit."""
    credentials.end_visit(desk.source, desk.me, desk.me.visit_id)
    return forget(went("sign_in"))


@duty(ANYBODY)
def language(desk: Desk, language: str) -> Answer:
    """Keep the language that was chosen."""
    answer = onward(request.args.get("to"))
    chosen = language if language in LANGUAGES else desk.language
    answer.set_cookie(
        LANGUAGE, chosen, max_age=_A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )
    return answer


@duty(SIGNED_IN)
def home(desk: Desk) -> Answer:
    """Go where the duty's work is."""
    if desk.me.must_change:
        return went("password")
    if desk.me.duty is None:
        return went("choose")
    if desk.me.duty in BUDGETEERS:
        return went("budget_home")
    return went("people" if desk.me.duty in ADMINISTRATORS else "inbox")


@duty(SIGNED_IN)
def choose(desk: Desk) -> Answer:
    """Act under one of the duties that one holds."""
    error, status = "", HTTPStatus.OK
    if request.method == "POST":
        try:
            token = credentials.choose_duty(desk.source, desk.me, request.form.get("duty", ""))
        except LedgerError as refusal:
            error, status = refused(refusal, desk.language), HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return keep(onward(request.args.get("next")), VISIT, token)
    held = credentials.duties(desk.source, desk.me)
    return page(desk, "choose.html", status, held=held, error=error)


@duty(SIGNED_IN)
def me(desk: Desk) -> Answer:
    """Show one's own visits and how one signs in."""
    return page(desk, "me.html", visits=credentials.visits(desk.source, desk.me))


@duty(SIGNED_IN)
def end_visit(desk: Desk, visit_id: UUID) -> Answer:
    """End another visit of one's own."""
    credentials.end_visit(desk.source, desk.me, visit_id)
    return went("me")


@duty(SIGNED_IN)
def password(desk: Desk) -> Answer:
    """Choose another password."""
    error, status = "", HTTPStatus.OK
    if request.method == "POST":
        given = request.form
        try:
            if given.get("new") != given.get("again"):
                error, status = desk.texts["password_differs"], HTTPStatus.UNPROCESSABLE_ENTITY
            else:
                token = credentials.change_password(
                    desk.source, desk.me, given.get("old", ""), given.get("new", ""), address()
                )
                return keep(went("home"), VISIT, token)
        except LedgerError as refusal:
            error, status = refused(refusal, desk.language), HTTPStatus.UNPROCESSABLE_ENTITY
    return page(desk, "password.html", status, error=error, shortest=credentials.SHORTEST)


@duty(SIGNED_IN)
def code(desk: Desk) -> Answer:
    """Set up the six digits of a second factor."""
    if desk.me.has_code:
        return went("me")
    error, status = "", HTTPStatus.OK
    if request.method == "POST":
        try:
            credentials.confirm_code(desk.source, desk.me, request.form.get("code", ""))
        except LedgerError as refusal:
            error, status = refused(refusal, desk.language), HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return went("me")
    secret = credentials.offer_code(desk.source, desk.me)
    groups = [secret[n : n + 4] for n in range(0, len(secret), 4)]
    return page(
        desk, "code.html", status, secret=" ".join(groups), link=credentials.code_address(desk.me, secret), error=error
    )


ROUTES = (
    Route("/", home),
    Route("/sign-in", sign_in, ("GET", "POST")),
    Route("/sign-out", sign_out, ("POST",)),
    Route("/language/<language>", language),
    Route("/duty", choose, ("GET", "POST")),
    Route("/me", me),
    Route("/me/visits/<uuid:visit_id>/end", end_visit, ("POST",)),
    Route("/me/password", password, ("GET", "POST")),
    Route("/me/code", code, ("GET", "POST")),
)
