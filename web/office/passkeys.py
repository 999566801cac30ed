"""Passkeys at the desk: one's own list of them, a new one, and signing in without a password."""

from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import passkeys as books
from ledger.errors import LedgerError, SignInTooOften
from ledger.passkeys import House
from web.office.desk import (
    ANYBODY,
    SIGNED_IN,
    VISIT,
    Desk,
    Route,
    absent,
    address,
    duty,
    keep,
    onward,
    page,
    refused,
    went,
)


def _house(desk: Desk) -> House:
    origin = request.host_url.rstrip("/")
    return House(origin, urlsplit(origin).hostname or "", desk.form_token())


def _named(house: House) -> bool:
    """Tell whether the house was asked for by a name: browsers make no passkeys for a number."""
    try:
        ip_address(house.rp_id)
    except ValueError:
        return True
    return False


@duty(SIGNED_IN)
def passkeys(desk: Desk) -> Answer:
    """List one's own passkeys, and keep a new one."""
    house, error, status = _house(desk), "", HTTPStatus.OK
    if request.method == "POST":
        try:
            books.add(desk.source, desk.me, house, request.form.get("answer", ""), request.form.get("name", ""))
        except LedgerError as refusal:
            error, status = refused(refusal, desk.language), HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return went("passkeys")
    listed = books.passkeys(desk.source, desk.me)
    asked = books.ask_for_new(house, desk.me, listed)
    return page(desk, "passkeys.html", status, listed=listed, asked=asked, named=_named(house), error=error)


@duty(SIGNED_IN)
def end_passkey(desk: Desk, key: str) -> Answer:
    """Give up a passkey of one's own."""
    try:
        ended = books.end(desk.source, desk.me, bytes.fromhex(key))
    except ValueError:
        ended = False
    return went("passkeys") if ended else absent()


@duty(ANYBODY)
def passkey_sign_in(desk: Desk) -> Answer:
    """Sign in by a passkey; why it was refused is not told."""
    house, error, status, seconds = _house(desk), "", HTTPStatus.OK, 0
    if request.method == "POST":
        agent = request.headers.get("User-Agent", "")
        try:
            token = books.sign_in(desk.source, house, request.form.get("answer", ""), address=address(), agent=agent)
        except SignInTooOften as refusal:
            seconds = int(str(refusal.facts["seconds"]))
            error, status = refused(refusal, desk.language), HTTPStatus.TOO_MANY_REQUESTS
        except LedgerError:
            error, status = desk.texts["passkey_failed"], HTTPStatus.UNAUTHORIZED
        else:
            return keep(onward(request.args.get("next")), VISIT, token)
    asked = books.ask_for_sign_in(house)
    answer = page(desk, "passkey_sign_in.html", status, asked=asked, named=_named(house), error=error)
    if seconds:
        answer.headers["Retry-After"] = str(seconds)
    return answer


ROUTES = (
    Route("/me/passkeys", passkeys, ("GET", "POST")),
    Route("/me/passkeys/<key>/end", end_passkey, ("POST",)),
    Route("/sign-in/passkey", passkey_sign_in, ("GET", "POST")),
)
