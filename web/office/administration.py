"""The desks of the three administrators: people and first passwords, appointments, and the log of what all did."""

from datetime import date
from http import HTTPStatus

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import people as books
from ledger.db import Transaction
from ledger.errors import InvalidText, LedgerError
from web.clock import today
from web.office.desk import ADMINISTRATORS, Desk, Route, absent, duty, page, refused, went
from web.office.writing import read_day


@duty(*ADMINISTRATORS)
def people(desk: Desk) -> Answer:
    """List the people, with how they sign in and which duties they hold."""
    return _people(desk)


def _people(desk: Desk, error: str = "") -> Answer:
    with desk.writing() as tx:
        accounts = books.accounts(tx)
        held: dict[str, list[str]] = {}
        for each in books.appointments(tx):
            if each.first_on <= today() and (each.until_on is None or each.until_on > today()):
                held.setdefault(each.person, []).append(each.duty)
        offices = books.offices(tx)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return page(
        desk, "people.html", status, accounts=accounts, held=held, offices=offices, error=error, given=request.form
    )


@duty("SADM")
def register(desk: Desk) -> Answer:
    """Make a person known."""
    given = request.form
    try:
        with desk.writing() as tx:
            books.register(tx, given.get("person", ""), given.get("name", ""), given.get("office", ""))
    except LedgerError as refusal:
        return _people(desk, refused(refusal, desk.language))
    return went("person", person=given.get("person", ""))


@duty(*ADMINISTRATORS)
def person(desk: Desk, person: str) -> Answer:
    """Show one person: appointments, ways to sign in, and what may be done about them."""
    return _person(desk, person)


def _person(desk: Desk, person: str, *, error: str = "", issued: str = "") -> Answer:
    with desk.writing() as tx:
        found = next((a for a in books.accounts(tx) if a.person == person), None)
        if found is None:
            absent()
        appointments, duties = books.appointments(tx, person), books.duties(tx)
    return page(
        desk,
        "person.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        of=found,
        appointments=appointments,
        duties=duties,
        error=error,
        issued=issued,
        given=request.form,
        today=today(),
    )


@duty("SADM")
def issue(desk: Desk, person: str) -> Answer:
    """Give a person a password for one sign-in; it is shown once."""
    try:
        with desk.writing() as tx:
            issued = books.issue_password(tx, person)
    except LedgerError as refusal:
        return _person(desk, person, error=refused(refusal, desk.language))
    return _person(desk, person, issued=issued)


@duty("SECU")
def change(desk: Desk, person: str) -> Answer:
    """Appoint, dismiss, end visits, or take a second factor away."""
    try:
        with desk.writing() as tx:
            _change(tx, person)
    except LedgerError as refusal:
        return _person(desk, person, error=refused(refusal, desk.language))
    return went("person", person=person)


def _change(tx: Transaction, person: str) -> None:
    given = request.form
    document = given.get("document", "")
    match given.get("do"):
        case "appoint":
            agencies = given.get("agencies", "").replace("、", " ").replace(",", " ").split()
            until = _day(given.get("until", "")) if given.get("until") else None
            duty_code, first = given.get("duty", ""), _day(given.get("from", ""))
            books.appoint(tx, person, duty_code, first, until, document, agencies or None)
        case "dismiss":
            first, on = _day(given.get("first", "")), _day(given.get("on", ""))
            books.dismiss(tx, person, given.get("duty", ""), first, on, document)
        case "end_visits":
            books.end_visits(tx, person)
        case "drop_code":
            books.drop_code(tx, person, document)
        case _:
            absent()


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise InvalidText(facts={"on": text})
    return day


@duty("SECU", "LOGA")
def log(desk: Desk) -> Answer:
    """Show who tried to sign in; to the audit administrator also what all did."""
    with desk.writing() as tx:
        attempts = books.attempts(tx)
        acts = books.acts(tx) if desk.me.duty == "LOGA" else []
    return page(desk, "log.html", attempts=attempts, acts=acts)


ROUTES = (
    Route("/people", people),
    Route("/people/register", register, ("POST",)),
    Route("/people/<person>", person),
    Route("/people/<person>/password", issue, ("POST",)),
    Route("/people/<person>/change", change, ("POST",)),
    Route("/log", log),
)
