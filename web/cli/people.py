"""People and their duties: ``user list``, ``add``, ``grant``, ``revoke``, ``reset-password`` and ``lock``.

The operator acts as one of the administrators, who must be appointed: whatever the office refuses them,
these commands refuse too.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import click

from ledger import people
from ledger.access import close_session, open_session
from ledger.db import Transaction, transaction
from ledger.errors import UnknownPerson
from web.cli.columns import columns
from web.cli.door import Spoken, SpokenGroup, SpokenOption, books, echo_json, only_holder, treasury
from web.cli.values import Day
from web.cli.words import say
from web.clock import today

_as = click.option("--as", "actor", cls=SpokenOption, metavar="PERSON", help="opt.as")
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")
_document = click.option("--document", required=True, cls=SpokenOption, metavar="TEXT", help="opt.document")
_A_DAY = timedelta(days=1)


@click.group(cls=SpokenGroup, help="help.user")
def user() -> None:
    """Look after people and their duties."""


@contextmanager
def acting(duty: str, actor: str | None, code: str | None) -> Generator[Transaction]:
    """Do one piece of work as an administrator."""
    with books() as source:
        treasury_id = treasury(source, code)
        session = open_session(source, treasury_id, actor or only_holder(source, treasury_id, duty), duty)
        try:
            with transaction(source, session) as tx:
                yield tx
        finally:
            close_session(source, session)


@user.command("list", cls=Spoken, help="help.user.list")
@_as
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def list_people(actor: str | None, code: str | None, *, as_json: bool) -> None:
    """List the people and the duties that they hold today."""
    with acting("SADM", actor, code) as tx:
        accounts, held = people.accounts(tx), _held_today(people.appointments(tx))
    if as_json:
        echo_json(
            [
                {
                    "person": each.person,
                    "name": each.name,
                    "office": each.office,
                    "duties": held.get(each.person, []),
                    "password": _password(each),
                    "second_factor": each.has_code,
                    "last_at": each.last_at,
                    "visits": each.visits,
                }
                for each in accounts
            ]
        )
        return
    rows = [
        (each.person, each.name, each.office, " ".join(held.get(each.person, [])), say(_PASSWORDS[_password(each)]))
        for each in accounts
    ]
    for line in columns(rows):
        click.echo(line)


_PASSWORDS = {"with": "user.with", "must_change": "user.must_change", "without": "user.without"}


def _password(of: people.Account) -> str:
    if not of.has_password:
        return "without"
    return "must_change" if of.must_change else "with"


def _held_today(appointments: Sequence[people.Appointment]) -> dict[str, list[str]]:
    on, held = today(), dict[str, list[str]]()
    for each in appointments:
        if each.first_on <= on and (each.until_on is None or on < each.until_on):
            held.setdefault(each.person, []).append(each.duty)
    return held


@user.command(cls=Spoken, help="help.user.add")
@click.argument("person")
@click.option("--name", required=True, cls=SpokenOption, metavar="NAME", help="opt.name")
@click.option("--office", required=True, cls=SpokenOption, metavar="CODE", help="opt.office")
@_as
@_treasury
def add(person: str, name: str, office: str, actor: str | None, code: str | None) -> None:
    """Make a person known, with a password for one sign-in."""
    with acting("SADM", actor, code) as tx:
        people.register(tx, person, name, office)
        password = people.issue_password(tx, person)
    click.echo(say("user.added", person=person, name=name, office=office))
    click.echo(say("user.password", password=password))


@user.command(cls=Spoken, help="help.user.grant")
@click.argument("person")
@click.argument("duty")
@click.option("--from", "first", type=Day(), required=True, cls=SpokenOption, metavar="DAY", help="opt.from")
@click.option("--to", "last", type=Day(), cls=SpokenOption, metavar="DAY", help="opt.to_or_open")
@_document
@click.option("--agency", "agencies", multiple=True, cls=SpokenOption, metavar="CODE", help="opt.agencies")
@_as
@_treasury
def grant(
    person: str,
    duty: str,
    first: date,
    last: date | None,
    document: str,
    agencies: tuple[str, ...],
    actor: str | None,
    code: str | None,
) -> None:
    """Appoint a person to a duty by a document."""
    until = None if last is None else last + _A_DAY
    with acting("SECU", actor, code) as tx:
        people.appoint(tx, person, duty, first, until, document, agencies or None)
    told = {"person": person, "duty": duty, "first": first, "document": document}
    click.echo(say("user.granted", last=say("user.open_ended") if last is None else last, **told))


@user.command(cls=Spoken, help="help.user.revoke")
@click.argument("person")
@click.argument("duty")
@click.option("--to", "last", type=Day(), required=True, cls=SpokenOption, metavar="DAY", help="opt.last_with")
@_document
@_as
@_treasury
def revoke(person: str, duty: str, last: date, document: str, actor: str | None, code: str | None) -> None:
    """End an appointment by a document."""
    with acting("SECU", actor, code) as tx:
        first = next(
            (
                each.first_on
                for each in people.appointments(tx, person)
                if each.duty == duty and each.first_on <= last and (each.until_on is None or last < each.until_on)
            ),
            None,
        )
        if first is None:
            raise UnknownPerson(facts={"person": person, "duty": duty, "on": last})
        people.dismiss(tx, person, duty, first, last + _A_DAY, document)
    click.echo(say("user.revoked", person=person, duty=duty, last=last, document=document))


@user.command("reset-password", cls=Spoken, help="help.user.reset-password")
@click.argument("person")
@_as
@_treasury
def reset_password(person: str, actor: str | None, code: str | None) -> None:
    """Give a password for one sign-in; it is shown once, and every visit ends."""
    with acting("SADM", actor, code) as tx:
        password = people.issue_password(tx, person)
    click.echo(say("user.password", password=password))


@user.command(cls=Spoken, help="help.user.lock")
@click.argument("person")
@_as
@_treasury
def lock(person: str, actor: str | None, code: str | None) -> None:
    """Shut a person out at once: every visit ends, and nobody knows the password any more."""
    with acting("SADM", actor, code) as tx:
        people.issue_password(tx, person)
    click.echo(say("user.locked", person=person))
