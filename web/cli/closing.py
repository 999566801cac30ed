"""Closing periods and years, and opening the next: ``close soft``, ``hard``, ``reopen``, ``year``, ``next-year``."""

import dataclasses
from collections.abc import Callable
from typing import Any, NoReturn

import click

from ledger import periods, yearend
from ledger.access import close_session, open_session
from ledger.db import Source, Transaction, snapshot, transaction
from ledger.errors import UnknownBook
from ledger.sequencer import sequence
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
from web.cli.words import say

_sets = click.option("--set", "sets", cls=SpokenOption, multiple=True, metavar="CODE", help="opt.sets")
_period = click.option("--period", required=True, cls=SpokenOption, metavar="YYYY-MM", help="opt.period")
_reason = click.option("--reason", required=True, cls=SpokenOption, metavar="TEXT", help="opt.reason")
_as = click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")


@click.group(cls=SpokenGroup, help="help.close")
def close() -> None:
    """Close periods and years."""


@close.command(cls=Spoken, help="help.close.soft")
@_sets
@_period
@_reason
@_as
@_treasury
def soft(**given: Any) -> None:  # noqa: ANN401 - the options above
    """Close softly."""
    _change(periods.close_softly, "close.soft", **given)


@close.command(cls=Spoken, help="help.close.hard")
@_sets
@_period
@_reason
@_as
@_treasury
def hard(**given: Any) -> None:  # noqa: ANN401 - the options above
    """Close for good."""
    _change(periods.close_for_good, "close.hard", **given)


@close.command(cls=Spoken, help="help.close.reopen")
@_sets
@_period
@_reason
@_as
@_treasury
def reopen(**given: Any) -> None:  # noqa: ANN401 - the options above
    """Reopen."""
    _change(periods.reopen, "close.reopen", **given)


def _change(
    verb: Callable[[Transaction, str, int, str], None],
    told: str,
    *,
    sets: tuple[str, ...],
    period: str,
    reason: str,
    person: str | None,
    code: str | None,
) -> None:
    """Change one period of some sets, or of all that have it; all of them or none."""
    with books() as source:
        treasury_id = treasury(source, code)
        chosen = _periods(source, treasury_id, period, sets)
        actor = person or only_holder(source, treasury_id, "CLOS")
        session = open_session(source, treasury_id, actor, "CLOS")
        try:
            with transaction(source, session) as tx:
                for account_set, number in chosen.items():
                    verb(tx, account_set, number, reason)
        finally:
            close_session(source, session)
    for account_set in chosen:
        click.echo(say(told, set=account_set, period=period))


def _periods(source: Source, treasury_id: int, label: str, sets: tuple[str, ...]) -> dict[str, int]:
    """Find the number of a period in each set, by its label (``2024-03``; ``2024-00`` is the opening)."""
    with snapshot(source) as connection:
        found = {
            row.code: row.period_no
            for row in connection.exec_driver_sql(
                "select s.code, p.period_no from ledger.account_set s join ledger.period p"
                " using (treasury_id, account_set_id) where s.treasury_id = %s and p.label = %s order by s.code",
                (treasury_id, label),
            )
        }
    if missing := [code for code in sets if code not in found]:
        raise UnknownBook(facts={"sets": missing, "period": label})
    if not found:
        raise UnknownBook(facts={"period": label})
    return {code: number for code, number in found.items() if not sets or code in sets}


@close.command(cls=Spoken, help="help.close.year")
@click.option("--set", "account_set", required=True, cls=SpokenOption, metavar="CODE", help="opt.set")
@click.option("--carry-to", cls=SpokenOption, metavar="CODE", help="opt.carry_to")
@click.option("--yes", cls=SpokenOption, is_flag=True, help="opt.yes")
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
@_as
@click.option("--prepared-by", "preparer", cls=SpokenOption, metavar="PERSON", help="opt.prepared_by")
@_treasury
def year(
    account_set: str,
    carry_to: str | None,
    person: str | None,
    preparer: str | None,
    code: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Close the year of a set, or show what that would do."""
    with books() as source:
        treasury_id = treasury(source, code)
        with snapshot(source) as connection:
            items = yearend.close_checklist(connection, treasury_id, account_set)
        actor = person or only_holder(source, treasury_id, "CLOS")
        prepared_by = preparer or only_holder(source, treasury_id, "BOOK", frozenset({actor}))
        blocked = any(item.required and not item.ok for item in items)
        posted = None if blocked else _closed(source, treasury_id, account_set, carry_to, actor, prepared_by, yes=yes)
        if yes:
            sequence(source, treasury_id)
    told = {
        "set": account_set,
        "dry_run": not yes,
        "blocked": blocked,
        "checklist": [dataclasses.asdict(item) for item in items],
        "events": posted or [],
    }
    if as_json:
        echo_json(told)
    else:
        for item in items:
            mark = "ok" if item.ok else "stop" if item.required else "look"
            click.echo(say(f"close.item_{mark}", item=item.item, detail=item.detail))
        for event in posted or []:
            click.echo(say("close.event", **event))
        if not blocked:
            click.echo(say("close.done" if yes else "close.would", count=len(posted or [])))
        else:
            click.echo(say("close.blocked"))
    if blocked:
        exit_with(FOUND)


@close.command("next-year", cls=Spoken, help="help.close.next-year")
@click.argument("fiscal_year", metavar="YEAR", type=click.IntRange(1950, 9998))
@click.option("--set", "sets", cls=SpokenOption, multiple=True, metavar="CODE", help="opt.follow")
@_as
@_treasury
def next_year(fiscal_year: int, sets: tuple[str, ...], person: str | None, code: str | None) -> None:
    """Open the account sets of a new year."""
    with books() as source:
        treasury_id = treasury(source, code)
        actor = person or only_holder(source, treasury_id, "CLOS")
        session = open_session(source, treasury_id, actor, "CLOS")
        try:
            with transaction(source, session) as tx:
                made = yearend.open_next_year(tx, fiscal_year, sets or None)
        finally:
            close_session(source, session)
    for account_set in made:
        click.echo(say("close.opened", set=account_set, year=fiscal_year))
    if not made:
        click.echo(say("close.opened_none", year=fiscal_year))


class _Enough(Exception):
    """Ends a rehearsal: what it posted is rolled back."""


def _closed(
    source: Source,
    treasury_id: int,
    account_set: str,
    carry_to: str | None,
    actor: str,
    prepared_by: str,
    *,
    yes: bool,
) -> list[dict[str, str]]:
    """Close the year, for good or as a rehearsal with every control on; tell the vouchers."""
    session = open_session(source, treasury_id, actor, "CLOS")
    told: list[dict[str, str]] = []
    try:
        with transaction(source, session) as tx:
            on = tx.connection.exec_driver_sql(
                "select ends_on from ledger.account_set where treasury_id = %s and code = %s",
                (treasury_id, account_set),
            ).scalar_one()
            posted = yearend.close_year(tx, account_set, key_prefix="close-", prepared_by=prepared_by, on=on)
            if carry_to:
                posted += yearend.carry_forward(
                    tx, account_set, carry_to, key_prefix="opening-", prepared_by=prepared_by
                )
            told += [{"kind": p.kind, "key": p.key} for p in posted]
            if not yes:
                _give_up()
    except _Enough:
        pass
    finally:
        close_session(source, session)
    return told


def _give_up() -> NoReturn:
    raise _Enough
