"""The register of imports at the terminal: ``import list`` and ``import undo``."""

from dataclasses import asdict

import click

from ledger.access import close_session, open_session
from ledger.compilation.imports import Obstacle, Registered, imports, obstacles, undo_import
from ledger.db import attempt, snapshot
from ledger.import_errors import ImportWentOn
from web.cli.door import FOUND, Spoken, SpokenOption, books, echo_json, exit_with, only_holder, tell_refusal, treasury
from web.cli.values import Number
from web.cli.words import say
from web.office.writing import instant

_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")


@click.command("list", cls=Spoken, help="help.import.list")
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def list_imports(code: str | None, *, as_json: bool) -> None:
    """List the imports, the newest first."""
    with books() as source:
        treasury_id = treasury(source, code)
        with snapshot(source) as connection:
            found = imports(connection, treasury_id)
    if as_json:
        echo_json([{**asdict(each), "state": _state(each)} for each in found])
        return
    for each in found:
        told = {**asdict(each), "taken_at": instant(each.taken_at), "short": each.sha256[:12]}
        click.echo(say("imports.row", **{**told, "agency": each.agency or "", "fiscal_year": each.fiscal_year or ""}))
        click.echo(say(f"imports.{_state(each)}", name=each.undone_by, why=each.why, count=each.obstacles))
    if not found:
        click.echo(say("imports.none"))


def _state(each: Registered) -> str:
    if each.undone_by is not None:
        return "undone"
    if each.kind == "history":
        return "posted"
    return "went_on" if each.obstacles else "stands"


@click.command("undo", cls=Spoken, help="help.import.undo")
@click.argument("number", type=Number(1, 2_000_000_000), metavar="N")
@click.option("--why", required=True, cls=SpokenOption, metavar="TEXT", help="opt.why")
@click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
@_treasury
def undo(number: int, why: str, person: str | None, code: str | None) -> None:
    """Undo an import as a whole."""
    stand: list[Obstacle] = []
    with books() as source:
        treasury_id = treasury(source, code)
        session = open_session(source, treasury_id, person or only_holder(source, treasury_id, "COMP"), "COMP")
        try:
            attempt(source, session, lambda tx: undo_import(tx, number, why))
        except ImportWentOn as refusal:
            with snapshot(source, session) as connection:
                stand = obstacles(connection, treasury_id, number)
            tell_refusal(refusal)
        finally:
            close_session(source, session)
    for each in stand:
        click.echo(say(f"imports.{each.step}", what=say(f"imports.of_{each.what}"), subject=each.subject), err=True)
    if stand:
        exit_with(FOUND)
    click.echo(say("imports.done", number=number))
