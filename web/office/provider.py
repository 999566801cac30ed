"""Signing in by an OpenID provider: whom it vouches for is who the security administrator linked to that identity."""

from http import HTTPStatus

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from ledger import credentials, subjects
from ledger.errors import SignInRefused
from web.office.desk import ANYBODY, VISIT, Desk, Route, absent, address, duty, forget, keep, kept, onward, page
from web.office.oidc import Attempt, NotVouchedFor, OpenIdProvider

ATTEMPT = "gongku_attempt"


def _provider() -> OpenIdProvider:
    found: OpenIdProvider | None = current_app.config.get("PROVIDER")
    return found if found is not None else absent()


def _back() -> str:
    return url_for("office.provider_return", _external=True)


@duty(ANYBODY)
def provider_sign_in(desk: Desk) -> Answer:
    """Send the browser to the provider, for one treasury."""
    provider, treasuries = _provider(), credentials.treasuries(desk.source)
    asked = request.args.get("treasury")
    chosen = treasuries[0].code if len(treasuries) == 1 else next((t.code for t in treasuries if t.code == asked), None)
    if chosen is None:
        return page(desk, "provider.html", treasuries=treasuries, error="")
    attempt = Attempt(chosen, request.args.get("next", "")[:1000])
    try:
        to = provider.begin(attempt, _back())
    except NotVouchedFor as reason:
        return _failed(desk, reason, "provider_away", HTTPStatus.BAD_GATEWAY)
    return keep(redirect(to, HTTPStatus.SEE_OTHER), ATTEMPT, attempt.written())


@duty(ANYBODY)
def provider_return(desk: Desk) -> Answer:
    """Take the browser back from the provider; who is linked to nobody here is told no more than that."""
    provider, attempt = _provider(), Attempt.read(kept(ATTEMPT))
    if attempt is None:
        return _failed(desk, NotVouchedFor("no attempt of this browser"), "provider_failed")
    chosen = next((t for t in credentials.treasuries(desk.source) if t.code == attempt.treasury), None)
    try:
        identity = provider.finish(attempt, _back(), request.args)
    except NotVouchedFor as reason:
        return _failed(desk, reason, "provider_failed")
    try:
        token = subjects.sign_in(
            desk.source,
            chosen.treasury_id if chosen else 0,
            identity.issuer,
            identity.subject,
            second_factor=identity.second_factor,
            address=address(),
            agent=request.headers.get("User-Agent", ""),
        )
    except SignInRefused as reason:
        return _failed(desk, reason, "provider_unlinked")
    return keep(forget(onward(attempt.onward), ATTEMPT), VISIT, token)


def _failed(desk: Desk, reason: Exception, text: str, status: HTTPStatus = HTTPStatus.UNAUTHORIZED) -> Answer:
    current_app.logger.warning("nobody was signed in by the provider: %s", reason)
    return forget(page(desk, "provider.html", status, treasuries=(), error=desk.texts[text]), ATTEMPT)


ROUTES = (Route("/sign-in/provider", provider_sign_in), Route("/sign-in/provider/return", provider_return))
