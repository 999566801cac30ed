"""Approved budgets at the terminal: rebuilt from their decisions, as statutory tables, published after the checks."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click

from ledger.access import close_session, open_session
from ledger.compilation.rebuild import rebuild as rebuild_budget
from ledger.db import snapshot, transaction
from ledger.money import format_yuan
from reports.approved_budget import approved_budget, digest
from reports.disclosure_rules import checks
from reports.disclosure_table import DisclosureTable
from reports.formats import FORMATS
from reports.publication import check_budget, publish_budget
from web.cli.door import (
    FOUND,
    Spoken,
    SpokenGroup,
    SpokenOption,
    books,
    echo_json,
    exit_with,
    only_holder,
    treasury,
)
from web.cli.values import Folder, Number
from web.cli.words import language, say
from web.cli.writing import written_whole
from web.clock import today

_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")
_year = click.option(
    "--year", type=Number(1949, 2999), required=True, cls=SpokenOption, metavar="YYYY", help="opt.year"
)
_json = click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")


@click.group(cls=SpokenGroup, help="help.budget")
def budget() -> None:
    """Look after approved budgets."""


@budget.command(cls=Spoken, help="help.budget.rebuild")
@_year
@_treasury
@_json
def rebuild(year: int, code: str | None, *, as_json: bool) -> None:
    """Rebuild the approved budget from standards, quantities and decisions, and compare."""
    with books() as source:
        treasury_id = treasury(source, code)
        with snapshot(source) as connection:
            found = rebuild_budget(connection, treasury_id, year)
    if as_json:
        told = {**dataclasses.asdict(found), "yuan": format_yuan(found.fen)}
        echo_json({name: value for name, value in told.items() if name != "fen"})
    else:
        counted = {"packages": found.packages, "funded": found.funded, "lines": found.lines}
        click.echo(say("budget.rebuilt", year=year, yuan=format_yuan(found.fen), **counted))
        for each in found.differences:
            click.echo(say("budget.difference", said=each))
        click.echo(say("budget.differs", count=len(found.differences)) if found.differences else say("budget.agrees"))
    if found.differences:
        exit_with(FOUND)


@budget.command(cls=Spoken, help="help.budget.tables")
@click.option(
    "--agency", "agencies", required=True, multiple=True, cls=SpokenOption, metavar="CODE", help="opt.of_agency"
)
@_year
@click.option("--out", type=Folder(), required=True, cls=SpokenOption, metavar="DIR", help="opt.out_folder")
@_treasury
def tables(agencies: tuple[str, ...], year: int, out: Path, code: str | None) -> None:
    """Write the eleven statutory tables of an approved budget, and check them."""
    with books() as source:
        treasury_id = treasury(source, code)
        with snapshot(source) as connection:
            made = approved_budget(connection, "office", treasury_id, year, agencies).tables()
    out.mkdir(parents=True, exist_ok=True)
    day = str(today())
    for table in made:
        for form in FORMATS:
            with written_whole(out / f"{table.no}.{form}") as file:
                file.write(table.sheet(day, english=language() == "en" and form != "csv").written(form, bom=False))
    click.echo(say("budget.tables", count=len(made), out=out, digest=digest(made)))
    _tell(made)


@budget.command(cls=Spoken, help="help.budget.publish")
@click.option("--agency", required=True, cls=SpokenOption, metavar="CODE", help="opt.one_agency")
@_year
@click.option("--yes", cls=SpokenOption, is_flag=True, help="opt.yes")
@click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
@_treasury
def publish(agency: str, year: int, person: str | None, code: str | None, *, yes: bool) -> None:
    """Check the tables of an approved budget and publish it, or only check them."""
    with books() as source:
        treasury_id = treasury(source, code)
        session = open_session(source, treasury_id, person or only_holder(source, treasury_id, "PUBL"), "PUBL")
        try:
            with transaction(source, session) as tx:
                checked = (publish_budget if yes else check_budget)(tx, treasury_id, year, agency)
        finally:
            close_session(source, session)
    told = {"agency": agency, "year": year, "digest": checked.order.sha256}
    click.echo(say("budget.published" if yes else "budget.would_publish", **told))


def _tell(made: Sequence[DisclosureTable]) -> None:
    """Tell which checks fail; tables that fail one cannot be published."""
    failed = [*checks(made), *checks([table.printed() for table in made])]
    for each in failed:
        said = each.zh if language() == "zh" else each.en
        click.echo(say("budget.failed", rule=each.rule, where=each.gap.where, said=said))
    click.echo(say("budget.unsound", count=len(failed)) if failed else say("budget.sound"))
    if failed:
        exit_with(FOUND)
