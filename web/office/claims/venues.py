"""The register of venues at the desk: recorded by the finance division, designated by the approving body."""

from collections.abc import Mapping
from datetime import date

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.errors import LedgerError
from ledger.execution import claim_register
from ledger.execution.claims import Venue, approve_venue, record_venue
from web.clock import today
from web.office.budget.words import day_of, needed, text_of
from web.office.claims.words import SEERS, show, told, words
from web.office.desk import Desk, Route, absent, duty, went

_TEXTS = ("name_zh", "name_en", "address", "document")


@duty(*SEERS)
def claim_venues(desk: Desk) -> Answer:
    """List the venues with their documents and days."""
    return _listed(desk)


def _listed(desk: Desk, problems: Mapping[str, str] | None = None) -> Answer:
    with desk.reading() as connection:
        found = claim_register.venues(connection, desk.me.treasury_id)
    return show(desk, "venues", problems=problems, found=found, today=today())


@duty("REVW")
def claim_venue_record(desk: Desk) -> Answer:
    """Record a venue that is to be designated."""
    form, known, problems = request.form, words(desk.language), dict[str, str]()
    needed(form, ("venue", *_TEXTS), problems, known)
    first, last = (day_of(form, name, problems, known) for name in ("valid_from", "valid_to"))
    if problems:
        return _listed(desk, problems)
    texts = {name: text_of(form, name, 200) for name in _TEXTS}
    try:
        with desk.writing() as tx:
            record_venue(tx, Venue(venue=text_of(form, "venue", 30), valid_from=first, valid_to=last, **texts))
    except LedgerError as refusal:
        at = "valid_to" if last < first else "venue"
        return _listed(desk, {at: told(desk, refusal)})
    return went("claim_venues")


@duty("APPR")
def claim_venue_approve(desk: Desk, venue: str, day: str) -> Answer:
    """Designate a venue that somebody else recorded."""
    try:
        first = date.fromisoformat(day)
    except ValueError:
        absent()
    try:
        with desk.writing() as tx:
            approve_venue(tx, venue, first)
    except LedgerError as refusal:
        return _listed(desk, {"approve": told(desk, refusal)})
    return went("claim_venues")


ROUTES = (
    Route("/claims/venues", claim_venues),
    Route("/claims/venues/record", claim_venue_record, ("POST",)),
    Route("/claims/venues/<venue>/<day>/approve", claim_venue_approve, ("POST",)),
)
