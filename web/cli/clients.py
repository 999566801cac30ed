"""Other systems and their tokens: ``client list``, ``issue`` and ``revoke``.

The operator acts as the security administrator, who never gives a token of their own duty.
"""

import click

from ledger import clients
from web.cli.columns import columns
from web.cli.door import Spoken, SpokenGroup, SpokenOption, echo_json
from web.cli.people import acting
from web.cli.words import say

_as = click.option("--as", "actor", cls=SpokenOption, metavar="PERSON", help="opt.as")
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")


@click.group(cls=SpokenGroup, help="help.client")
def client() -> None:
    """Look after other systems that use the API."""


@client.command("list", cls=Spoken, help="help.client.list")
@_as
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def list_clients(actor: str | None, code: str | None, *, as_json: bool) -> None:
    """List the clients with their duty and the end of their token."""
    with acting("SECU", actor, code) as tx:
        found = clients.clients(tx)
    if as_json:
        echo_json([{name: str(value) if name.endswith("_at") and value else value for name, value in row.items()}
                   for row in found])  # fmt: skip
        return
    rows = [
        (
            row["client"],
            row["person"],
            row["duty"],
            row["document"],
            say("client.ended") if row["revoked_at"] else f"{row['expires_at']:%Y-%m-%d}",
        )
        for row in found
    ]
    for line in columns(rows):
        click.echo(line)


@client.command(cls=Spoken, help="help.client.issue")
@click.argument("name")
@click.option("--person", required=True, cls=SpokenOption, metavar="PERSON", help="opt.client_person")
@click.option("--duty", required=True, cls=SpokenOption, metavar="DUTY", help="opt.client_duty")
@click.option("--days", type=click.IntRange(1, clients.LONGEST_DAYS), required=True, cls=SpokenOption, metavar="DAYS",
              help="opt.client_days")  # fmt: skip
@click.option("--document", required=True, cls=SpokenOption, metavar="TEXT", help="opt.document")
@_as
@_treasury
def issue(name: str, person: str, duty: str, days: int, document: str, actor: str | None, code: str | None) -> None:
    """Give a client a token, and print it this once."""
    with acting("SECU", actor, code) as tx:
        token = clients.issue_token(tx, name, person=person, duty=duty, days=days, document=document)
    click.echo(say("client.issued", client=name, person=person, duty=duty, days=days), err=True)
    click.echo(token)


@client.command(cls=Spoken, help="help.client.revoke")
@click.argument("name")
@_as
@_treasury
def revoke(name: str, actor: str | None, code: str | None) -> None:
    """End a client's token at once."""
    with acting("SECU", actor, code) as tx:
        had = clients.revoke_token(tx, name)
    click.echo(say("client.revoked" if had else "client.unknown", client=name))
    if not had:
        raise SystemExit(1)
