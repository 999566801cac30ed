"""Events and foreign files go into the journal: ``post`` and ``import``."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from importers.mapping import ColumnMapping, find_mapping
from importers.payments import Imported, Reading, import_payments, read_payments
from ledger import install
from ledger.access import close_session, open_session
from ledger.db import Session, Source, owner, transaction
from ledger.errors import (
    InvalidAmount,
    InvalidEvent,
    InvalidFile,
    InvalidText,
    LedgerError,
    NotInitialised,
)
from ledger.events import Event, from_json
from ledger.home import make_books, open_books
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan
from ledger.journal import Posted, Preview, preview
from ledger.journal import post as post_events
from ledger.money import format_yuan
from ledger.sequencer import sequence
from ledger.templates import in_force
from web.cli.door import (
    Spoken,
    SpokenGroup,
    SpokenOption,
    books,
    data,
    echo_json,
    only_holder,
    progress,
    treasury,
)
from web.cli.values import InFile
from web.cli.words import language, say

_LONGEST_LINE = 4_000_000
"""Characters of one event; a voucher of thousands of lines is far below."""

_as = click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
_json = click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")


@click.command(cls=Spoken, help="help.post")
@click.argument("file", type=InFile())
@_as
@_treasury
@click.option("--dry-run", cls=SpokenOption, is_flag=True, help="opt.dry_run")
@_json
def post(file: Path, person: str | None, code: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Post the events of a JSON lines file: all of them or none."""
    events = list(read_events(file))
    if not events:
        raise InvalidFile(say("post.empty", file=file.name), {"file": file.name})
    duty = duty_of(events)
    with books() as source:
        treasury_id = treasury(source, code)
        preparers = frozenset(event.prepared_by for event in events)
        actor = person or only_holder(source, treasury_id, duty, preparers)
        session = open_session(source, treasury_id, actor, duty)
        try:
            if dry_run:
                _tell_preview(preview(source, session, events), as_json=as_json)
                return
            posted = _posted(source, session, events)
        finally:
            close_session(source, session)
        sequence(source, treasury_id)
    _tell_posted(posted, actor, duty, as_json=as_json)


def read_events(file: Path) -> Iterator[Event]:
    """Read the events of a JSON lines file; blank lines are passed over.

    Raises:
        LedgerError: a line is no event; ``facts`` name it as ``line``.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE + 1), b""), 1):
            if not line.strip():
                continue
            try:
                yield _event(line)
            except LedgerError as error:
                error.facts = {"file": file.name, "line": number, **error.facts}
                raise


def _event(line: bytes) -> Event:
    if len(line) > _LONGEST_LINE:
        raise InvalidEvent("the line is too long", {"most": _LONGEST_LINE})
    try:
        value = json.loads(
            line.decode("utf-8-sig"),
            parse_float=_no_number,
            parse_constant=_no_number,
            object_pairs_hook=_no_duplicates,
        )
    except UnicodeDecodeError as error:
        raise InvalidFile("the line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InvalidEvent(f"the line is no JSON: {error}") from error
    _plain(value)
    return from_json(value)


def _plain(value: object) -> None:
    """Refuse text that no database can hold: NUL and halves of characters."""
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        raise InvalidText(facts={"text": ascii(value)})
    if isinstance(value, dict):
        for name, part in value.items():
            _plain(name)
            _plain(part)
    if isinstance(value, list):
        for part in value:
            _plain(part)


def _no_number(text: str) -> NoReturn:
    """Refuse a JSON number with a fraction, ``NaN`` and ``Infinity``: money is text."""
    raise InvalidAmount(facts={"amount": text})


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidEvent(f"{name} stands twice", {"field": name})
        found[name] = value
    return found


def duty_of(events: Sequence[Event]) -> str:
    """Tell the one duty that posts all of these events.

    Raises:
        InvalidEvent: an event is posted under another duty than the first; ``facts`` name its row.
    """
    duties: list[str] = []
    for row, event in enumerate(events, 1):
        try:
            duties.append(in_force(event.kind, event.on).posted_under)
        except LedgerError as error:
            error.facts = {**error.facts, "row": row, "key": event.key}
            raise
        if duties[-1] != duties[0]:
            facts = {"row": row, "kind": event.kind, "key": event.key, "posted_under": duties[-1]}
            raise InvalidEvent(say("post.two_duties", first=duties[0], other=duties[-1]), facts)
    return duties[0]


def _posted(source: Source, session: Session, events: Sequence[Event]) -> list[Posted]:
    with transaction(source, session) as tx:
        return post_events(tx, events)


def _tell_posted(posted: Sequence[Posted], actor: str, duty: str, *, as_json: bool) -> None:
    new = sum(not each.already for each in posted)
    if as_json:
        events = [{"kind": p.kind, "key": p.key, "event_id": str(p.event_id), "already": p.already} for p in posted]
        told = {"posted": new, "already": len(posted) - new, "posted_by": actor, "duty": duty}
        echo_json({**told, "events": events})
    else:
        click.echo(say("post.done", new=new, already=len(posted) - new, person=actor, duty=duty))


def _tell_preview(shown: Preview, *, as_json: bool) -> None:
    balances = [
        {
            "set": row["account_set"],
            "account": row["account"],
            "debit": format_yuan(row["debit_fen"]),
            "credit": format_yuan(row["credit_fen"]),
        }
        for row in shown.balances
    ]
    limits = [
        {
            "set": row["account_set"],
            "account": row["account"],
            "limit": row["limit_key"],
            "available": format_yuan(row["available_fen"]),
        }
        for row in shown.limits
    ]
    if as_json:
        would = sum(not each.already for each in shown.posted)
        echo_json({"dry_run": True, "would_post": would, "balances": balances, "limits": limits})
        return
    click.echo(say("post.preview", count=len(shown.posted)))
    for row in balances:
        click.echo(say("post.balance", **row))
    for row in limits:
        click.echo(say("post.limit", **row))


@click.group("import", cls=SpokenGroup, help="help.import")
def import_files() -> None:
    """Take foreign files."""


@import_files.command("payments", cls=Spoken, help="help.import.payments")
@click.argument("file", type=InFile())
@click.option("--mapping", required=True, cls=SpokenOption, metavar="FILE|NAME", help="opt.mapping")
@_as
@_json
def payments(file: Path, mapping: str, person: str | None, *, as_json: bool) -> None:
    """Post the rows of a spending file as payments of a treasury of its own."""
    reading = read_payments(file, find_mapping(mapping))
    with closing(_books_to_fill()) as source:
        treasury_id = _council(source, reading.mapping, reading.years)
        actor = person or only_holder(source, treasury_id, "AUDT_IN")
        preparer = only_holder(source, treasury_id, "BOOK", frozenset({actor}))
        session = open_session(source, treasury_id, actor, "AUDT_IN")
        try:
            with (
                progress("progress.import", reading.count) as done,
                transaction(source, session) as tx,
            ):
                imported = import_payments(tx, reading, prepared_by=preparer, progress=done)
        finally:
            close_session(source, session)
        sequence(source, treasury_id)
    _tell_imported(imported, reading, as_json=as_json)


def _books_to_fill() -> Source:
    """Open the books, or make them where there are none yet: a first import needs nothing before it."""
    try:
        return open_books(data())
    except NotInitialised:
        click.echo(say("import.made_books", data=data()), err=True)
        return make_books(data())


def _council(source: Source, mapping: ColumnMapping, years: Sequence[int]) -> int:
    """Make what the file's treasury lacks: itself, its people, and an account set a fiscal year."""
    its = mapping.treasury
    with owner(source) as connection:
        known = {
            row.code: row.treasury_id
            for row in connection.exec_driver_sql("select code, treasury_id from ledger.treasury")
        }
        number = known.get(its.code) or max(known.values(), default=0) + 1
        if its.code not in known:
            plan = TreasuryPlan(number, its.code, its.name_zh, its.name_en, currency=its.currency)
            install.create_treasury(connection, plan)
            agency = AgencyPlan("1", its.name_zh, its.name_en, "other")
            install.create_agencies(connection, number, [agency])
            for duty, name in (("BOOK", "import.preparer"), ("AUDT_IN", "import.poster")):
                install.create_office(connection, number, f"1.{duty}", "1", say(name), say(name))
                who = PersonPlan(duty.lower(), say(name), f"1.{duty}", (duty,))
                install.create_person(connection, number, who, date(2000, 1, 1), say("import.document"))
        have = {
            row.code
            for row in connection.exec_driver_sql(
                "select code from ledger.account_set where treasury_id = %s", (number,)
            )
        }
        sets = [
            SetPlan(
                its.set_code(year),
                "1",
                "import",
                "imported",
                year,
                its.first_day(year),
                its.name_zh,
                its.name_en,
                its.currency,
            )
            for year in years
            if its.set_code(year) not in have
        ]
        install.create_account_sets(connection, number, sets)
    return number


def _tell_imported(imported: Imported, reading: Reading, *, as_json: bool) -> None:
    told = imported.as_json()
    if as_json:
        echo_json(told)
        return
    sums = told["sums"]
    click.echo(say("import.title", file=reading.name, treasury=told["treasury"], currency=told["currency"]))
    for part in ("read", "posted", "already", "refused"):
        amount = sums[part] if isinstance(sums, dict) else ""
        click.echo(say(f"import.{part}", rows=told[part], sum=amount))
    reasons = told["reasons"]
    for name, why in reasons.items() if isinstance(reasons, dict) else ():
        told_why = why[language()]
        click.echo(say("import.reason", reason=name, rows=why["rows"], sum=why["sum"], why=told_why))
    if imported.refused:
        click.echo(say("import.see_rows"))
