"""The journal: one business event becomes one voucher in every account set that it touches, or nothing.

``post`` takes one event or ten thousand; it is the only door to the journal. The database function of
the same name checks, numbers and writes; here events are written out into lines by their templates.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from ledger.books import Books
from ledger.chart import DIMENSIONS, Charts
from ledger.db import Session, Source, Transaction, refusal_of, transaction
from ledger.errors import LedgerError, NotSignedIn, UnknownEvent
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.lines import EVENT_COLUMNS, LINE_COLUMNS, Row, Writer, copied
from ledger.money import Fen

_AT_ONCE = 100
"""Up to this many events travel with their lines in one call; more travel by COPY."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of an event; ``already`` when the same key had been posted with the same content."""

    kind: str
    key: str
    event_id: UUID
    already: bool


def post(tx: Transaction, events: Iterable[Event]) -> list[Posted]:
    """Post events: all of them or, when one is refused, none.

    The transaction's duty must be the one that posts each kind. The answer keeps the order.

    Raises:
        NotSignedIn: the session has ended.
        LedgerError: the reason; its ``facts`` hold ``row`` (from 1), ``kind`` and ``key`` of the event.
    """
    batch = list(events)
    if not batch:
        return []
    writer = _writer(tx)
    written: list[tuple[bytes, list[Row]]] = []
    for row, event in enumerate(batch, 1):
        try:
            written.append(writer.write_out(event))
        except LedgerError as error:
            error.facts = {**error.facts, "row": row, "kind": event.kind, "key": event.key}
            raise
    cursor = tx.cursor()
    try:
        if len(batch) <= _AT_ONCE:
            _call(cursor, batch, written)
        else:
            _copy(cursor, batch, written)
        answers = cursor.fetchall()
    except psycopg.Error as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise _with_row(refusal, batch) from error
    return [
        Posted(event.kind, event.key, event_id, already)
        for event, (_, event_id, already) in zip(batch, answers, strict=True)
    ]


def reverse(tx: Transaction, event_id: UUID, *, key: str, on: date, narration: str, prepared_by: str) -> Posted:
    """Reverse an event in red (红字冲销): every line again with a negative amount, linked to it.

    Raises:
        UnknownEvent: there is no such event, or it is itself a reversal.
        AlreadyReversed: it was reversed before.
        PeriodClosed: the day lies in a closed period.
    """
    return reverse_all(tx, {event_id: key}, on=on, narration=narration, prepared_by=prepared_by)[0]


def reverse_all(
    tx: Transaction, keys: Mapping[UUID, str], *, on: date, narration: str, prepared_by: str
) -> list[Posted]:
    """Reverse many events, each under the key that is given for it, all of them or none; the order is kept.

    Raises:
        LedgerError: as ``reverse``.
    """
    lines = tx.connection.exec_driver_sql(
        "select v.event_id, s.code, p.account, p.side, p.amount_fen, p.narration, "  # noqa: S608 - of our own names
        + ", ".join(f"p.{d}" for d in DIMENSIONS)
        + "  from ledger.voucher v join ledger.posting p using (treasury_id, voucher_id)"
        "  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
        " where v.treasury_id = %s and v.event_id = any (%s) order by v.account_set_id, p.line_no",
        (tx.treasury_id, list(keys)),
    ).all()
    vouchers: dict[UUID, dict[str, list[GivenLine]]] = {event_id: {} for event_id in keys}
    for event_id, code, account, side, amount, text, *values in lines:
        dims = {d: v for d, v in zip(DIMENSIONS, values, strict=True) if v is not None}
        vouchers[event_id].setdefault(code, []).append(GivenLine(account, side, Fen(-amount), dims, text))
    if unknown := next((event_id for event_id, parts in vouchers.items() if not parts), None):
        raise UnknownEvent(facts={"event_id": str(unknown)})
    return post(
        tx,
        [
            Event(
                kind="reversal",
                key=key,
                on=on,
                narration=narration,
                prepared_by=prepared_by,
                vouchers=tuple(GivenVoucher(code, tuple(part)) for code, part in vouchers[event_id].items()),
                reverses=event_id,
            )
            for event_id, key in keys.items()
        ],
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What posting would do: the balances and limits that it touches, as they would stand after it."""

    posted: Sequence[Posted]
    balances: Sequence[Mapping[str, Any]]
    limits: Sequence[Mapping[str, Any]]


class _Enough(Exception):
    """Ends a preview: whatever it wrote is rolled back."""


def preview(source: Source, session: Session, events: Iterable[Event]) -> Preview:
    """Tell what posting these events would do, with every control on, and write nothing.

    Raises:
        LedgerError: as ``post`` would.
    """
    shown: list[Preview] = []
    try:
        with transaction(source, session) as tx:
            posted = post(tx, events)
            ids = [p.event_id for p in posted]
            shown.append(Preview(posted, _touched(tx, _BALANCES, ids), _touched(tx, _LIMITS, ids)))
            raise _Enough  # noqa: TRY301 - out of the transaction, so that it is rolled back
    except _Enough:
        return shown[0]


_BALANCES = """
select s.code as account_set, b.account, b.debit_fen, b.credit_fen
  from ledger.balance b join ledger.account_set s using (treasury_id, account_set_id)
 where b.treasury_id = %(treasury_id)s and (b.account_set_id, b.account) in (
   select p.account_set_id, p.account from ledger.voucher v join ledger.posting p using (treasury_id, voucher_id)
    where v.treasury_id = %(treasury_id)s and v.event_id = any (%(ids)s))
 order by 1, 2"""
_LIMITS = """
select s.code as account_set, r.account, r.limit_key, r.available_fen
  from ledger.limit_row r join ledger.account_set s using (treasury_id, account_set_id)
 where r.treasury_id = %(treasury_id)s and (r.account_set_id, r.account, r.limit_key) in (
   select p.account_set_id, p.account, p.limit_key
     from ledger.voucher v join ledger.posting p using (treasury_id, voucher_id)
    where v.treasury_id = %(treasury_id)s and v.event_id = any (%(ids)s) and p.limit_key is not null)
 order by 1, 2, 3"""


def _touched(tx: Transaction, sql: str, ids: list[UUID]) -> Sequence[Mapping[str, Any]]:
    values = {"treasury_id": tx.treasury_id, "ids": ids}
    return [dict(row) for row in tx.connection.exec_driver_sql(sql, values).mappings()]


def _writer(tx: Transaction) -> Writer:
    """Give the writer of this treasury, kept with the source and made again when account sets were added."""
    charts = tx.source.memory.get("charts")
    if charts is None:
        charts = tx.source.memory["charts"] = Charts.read(tx.connection)
    key = _kept(tx)
    sets = tx.connection.exec_driver_sql(
        "select count(*) from ledger.account_set where treasury_id = %s", (tx.treasury_id,)
    ).scalar_one()
    if not sets and tx.connection.exec_driver_sql("select (access.whoami()).person").scalar_one() is None:
        raise NotSignedIn  # who is nobody sees no account set; that is not the reason
    writer = tx.source.memory.get(key)
    if writer is None or len(writer.books.sets) != sets:
        writer = tx.source.memory[key] = Writer(charts, Books.read(tx.connection, tx.treasury_id))
    return writer


def _kept(tx: Transaction) -> tuple[str, int, str, str]:
    return "writer", tx.treasury_id, tx.session.person, tx.session.duty


def forget_sets(tx: Transaction) -> None:
    """Forget which account sets there are: some were opened in a transaction that may yet be taken back."""
    tx.source.memory.pop(_kept(tx), None)


def _call(cursor: psycopg.Cursor[Any], batch: list[Event], written: list[tuple[bytes, list[Row]]]) -> None:
    events = [
        {
            "event_no": no,
            "kind": e.kind,
            "key": e.key,
            "effective_on": e.on.isoformat(),
            "narration": e.narration,
            "document": e.document,
            "prepared_by": e.prepared_by,
            "reverses": None if e.reverses is None else str(e.reverses),
            "template_digest": digest.hex(),
        }
        for no, (e, (digest, _)) in enumerate(zip(batch, written, strict=True))
    ]
    lines = [
        {
            "event_no": no,
            "account_set_id": set_id,
            "line_no": line_no,
            "account": account,
            "side": side,
            "amount_fen": fen,
            **{d: v for d, v in zip(DIMENSIONS, values, strict=True) if v is not None},
            "narration": narration,
        }
        for no, (_, rows) in enumerate(written)
        for set_id, line_no, account, side, fen, values, narration in rows
    ]
    cursor.execute(
        "select * from ledger.post_small(%s::jsonb, %s::jsonb)",
        (json.dumps(events), json.dumps(lines)),
    )


def _copy(cursor: psycopg.Cursor[Any], batch: list[Event], written: list[tuple[bytes, list[Row]]]) -> None:
    cursor.execute("select ledger.stage()")
    with cursor.copy(f"copy pg_temp.stage_event ({EVENT_COLUMNS}) from stdin") as copy:
        copy.write(
            "".join(
                f"{no}\t{copied(e.kind)}\t{copied(e.key)}\t{e.on}\t{copied(e.narration)}\t{copied(e.document)}\t"
                f"{copied(e.prepared_by)}\t{e.reverses or _NULL}\t\\\\x{digest.hex()}\n"
                for no, (e, (digest, _)) in enumerate(zip(batch, written, strict=True))
            )
        )
    tails: dict[tuple[str | None, ...], str] = {}
    parts: list[str] = []
    for no, (_, rows) in enumerate(written):
        for set_id, line_no, account, side, fen, values, narration in rows:
            tail = tails.get(values)
            if tail is None:
                tail = tails[values] = "\t".join(map(copied, values))
            parts.append(f"{no}\t{set_id}\t{line_no}\t{account}\t{side}\t{fen}\t{tail}\t{copied(narration)}\n")
    with cursor.copy(f"copy pg_temp.stage_line ({LINE_COLUMNS}) from stdin") as copy:
        copy.write("".join(parts))
    cursor.execute("select * from ledger.post()")


_NULL = "\\N"


def _with_row(refusal: LedgerError, batch: list[Event]) -> LedgerError:
    """Add the row of the batch that a refusal of the database speaks of."""
    named = (refusal.facts.get("kind"), refusal.facts.get("key"))
    for row, event in enumerate(batch, 1):
        if (event.kind, event.key) == named:
            refusal.facts = {**refusal.facts, "row": row}
            return refusal
    if len(batch) == 1:
        refusal.facts = {**refusal.facts, "row": 1, "kind": batch[0].kind, "key": batch[0].key}
    return refusal
