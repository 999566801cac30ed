"""How a person signs in besides the password, for the administrators: linked identities, and the loss of a device."""

from http import HTTPStatus

from flask import current_app, request
from werkzeug.wrappers import Response as Answer

from ledger import people as books
from ledger import subjects
from ledger.errors import LedgerError
from web.office.desk import ADMINISTRATORS, Desk, Route, absent, duty, page, refused, went


@duty(*ADMINISTRATORS)
def ways(desk: Desk, person: str) -> Answer:
    """List a person's passkeys and linked identities."""
    return _ways(desk, person)


def _ways(desk: Desk, person: str, error: str = "") -> Answer:
    with desk.writing() as tx:
        found = next((each for each in books.accounts(tx) if each.person == person), None)
        if found is None:
            absent()
        listed = subjects.ways(tx, person)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    provider = current_app.config.get("PROVIDER")
    return page(desk, "ways.html", status, of=found, listed=listed, provider=provider, error=error, given=request.form)


@duty("SECU")
def change_ways(desk: Desk, person: str) -> Answer:
    """Link an identity of the provider, or take every way but the password away."""
    given, provider = request.form, current_app.config.get("PROVIDER")
    try:
        with desk.writing() as tx:
            if given.get("do") == "end":
                subjects.end_ways(tx, person, given.get("document", ""))
            elif provider is not None:
                subjects.link(tx, person, provider.issuer, given.get("subject", ""), given.get("document", ""))
    except LedgerError as refusal:
        return _ways(desk, person, refused(refusal, desk.language))
    return went("ways", person=person)


ROUTES = (Route("/people/<person>/ways", ways), Route("/people/<person>/ways/change", change_ways, ("POST",)))
