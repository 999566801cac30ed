"""The embedded database server: where it is, start, stop."""

import os

import click

from ledger import embedded
from ledger.home import DATABASE_URL, owner_dsn
from web.cli.door import Spoken, SpokenGroup, data
from web.cli.words import say


@click.group(cls=SpokenGroup, help="help.db")
def db() -> None:
    """Look after the database server."""


@db.command(cls=Spoken, help="help.db.url")
def url() -> None:
    """Print a DSN of the owner."""
    click.echo(owner_dsn(data()))


@db.command(cls=Spoken, help="help.db.start")
def start() -> None:
    """Start the server."""
    _refuse_foreign()
    embedded.start(data())
    click.echo(say("db.started", data=data()), err=True)


@db.command(cls=Spoken, help="help.db.stop")
def stop() -> None:
    """Stop the server."""
    _refuse_foreign()
    embedded.stop(data())
    click.echo(say("db.stopped", data=data()), err=True)


def _refuse_foreign() -> None:
    """Leave a server alone that is not ours to start or stop."""
    if os.environ.get(DATABASE_URL):
        raise click.UsageError(say("db.foreign", variable=DATABASE_URL))
