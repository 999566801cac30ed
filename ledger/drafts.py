"""Vouchers written by hand (待记账凭证): saved, submitted, reviewed and posted by different people.

A draft is a running row; its versions and steps are never rewritten, those that were rejected neither.
Which step may follow which, under which duty, is the table ``workflow``; that three people take the
three steps, the database checks once more. What is posted is the event ``draft-<no>`` of the journal.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from ledger.books import Books
from ledger.chart import DIMENSIONS
from ledger.db import Transaction
from ledger.errors import InvalidAmount, InvalidAttachment, UnknownDraft, UnknownEvent
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.journal import Posted, post, reverse
from ledger.money import Fen, format_yuan, parse_yuan

ACTIONS = ("save", "submit", "withdraw", "review", "post", "reject", "discard")
MOST_LINES = 500
MOST_BYTES = 10 * 1024 * 1024
"""An attachment has so many bytes at the most; the database says the same."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as it was typed: an amount in yuan stands on one side, or nowhere yet."""

    narration: str = ""
    account: str = ""
    debit: str = ""
    credit: str = ""
    dims: Mapping[str, str] = field(default_factory=dict)
    account_set: str = ""
    """Only in a reversal, which may touch several sets."""

    def amount(self) -> tuple[str, Fen] | None:
        """Give the side and the fen; None unless exactly one side holds an amount."""
        if bool(self.debit) == bool(self.credit):
            return None
        try:
            fen = parse_yuan(self.debit or self.credit)
        except InvalidAmount:
            return None
        return ("D" if self.debit else "C", fen) if fen else None

    def is_blank(self) -> bool:
        """Tell whether nothing was typed but perhaps a narration."""
        return not (self.account or self.debit or self.credit or self.dims)


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft says: day, narration, document number, how many papers come with it, and the lines."""

    on: date | None
    narration: str
    document: str = ""
    papers: int = 0
    lines: tuple[DraftLine, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it as it is kept, with the side and the fen of each line for the sums."""
        lines = []
        for line in self.lines[:MOST_LINES]:
            side, fen = line.amount() or (None, None)
            lines.append(
                {name: getattr(line, name) for name in _LINE} | {"dims": dict(line.dims), "side": side, "fen": fen}
            )
        return {
            "on": None if self.on is None else self.on.isoformat(),
            "narration": self.narration,
            "document": self.document,
            "papers": self.papers,
            "lines": lines,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Content":
        """Read it back."""
        return cls(
            None if kept["on"] is None else date.fromisoformat(kept["on"]),
            kept["narration"],
            kept["document"],
            kept["papers"],
            tuple(DraftLine(**{name: line[name] for name in _LINE}, dims=line["dims"]) for line in kept["lines"]),
        )

    def sums(self) -> tuple[int, int]:
        """Add up the debits and the credits that can be read."""
        amounts = [amount for line in self.lines if (amount := line.amount()) is not None]
        return (
            sum(fen for side, fen in amounts if side == "D"),
            sum(fen for side, fen in amounts if side == "C"),
        )


_LINE = ("narration", "account", "debit", "credit", "account_set")


@dataclass(frozen=True, slots=True)
class Draft:
    """Where a draft stands."""

    draft_id: UUID
    no: int
    account_set: str
    account_set_id: int
    set_zh: str
    set_en: str
    chart: str
    reverses: UUID | None
    state: str
    version: int
    prepared_by: str
    preparer: str
    reviewed_by: str | None
    reviewer: str | None
    posted_by: str | None
    poster: str | None
    event_id: UUID | None
    effective_on: date | None
    narration: str
    debit: int
    credit: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Who did what with a draft, and when."""

    step_no: int
    action: str
    from_state: str | None
    to_state: str
    version: int
    person: str
    name: str
    duty: str
    duty_zh: str
    duty_en: str
    remark: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that proves a draft, without its bytes."""

    attachment_id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    added_by: str
    added_at: datetime


def save(
    tx: Transaction,
    account_set: str,
    content: Content,
    *,
    draft_id: UUID | None = None,
    version: int = 0,
    reverses: UUID | None = None,
) -> tuple[UUID, int, int]:
    """Keep a draft, or a new version of one's own; give its id, number and version.

    Raises:
        NotPermitted: the duty is not to keep books.
        DraftMoved: somebody saved another version meanwhile.
        DraftStepUnknown, SamePersonTwice: it is submitted already, or another's.
        AlreadyReversed: a draft or an event reverses that event already.
    """
    set_id = Books.read(tx.connection, tx.treasury_id).named(account_set).account_set_id
    row = tx.connection.exec_driver_sql(
        "select * from ledger.save_draft(%s, %s, %s, %s, %s::jsonb)",
        (draft_id, version, set_id, reverses, json.dumps(content.as_json(), ensure_ascii=False)),
    ).one()
    return row[0], row[1], row[2]


def step(tx: Transaction, draft_id: UUID, version: int, action: str, remark: str = "") -> str:
    """Submit, withdraw, review, reject or discard a draft as it stood in a version; give its new state.

    Raises:
        DraftMoved, DraftStepUnknown, SamePersonTwice: it changed, or this person may not.
        UnbalancedVoucher: what is submitted does not balance.
        RejectionUnreasoned: a rejection without a remark.
    """
    return _step(tx, draft_id, version, action, remark, None)


def post_draft(tx: Transaction, draft_id: UUID, version: int) -> Posted:
    """Post a reviewed draft: the event and the step are recorded together or not at all.

    Raises:
        LedgerError: as ``journal.post`` would, or as ``step`` would.
    """
    draft = find(tx.connection, tx.treasury_id, draft_id)
    content = content_of(tx.connection, tx.treasury_id, draft_id, draft.version)
    if content.on is None:
        raise UnknownDraft(facts={"draft": draft.no})
    key = f"draft-{draft.no}"
    if draft.reverses is not None:
        posted = reverse(
            tx, draft.reverses, key=key, on=content.on, narration=content.narration, prepared_by=draft.prepared_by
        )
    else:
        posted = post(tx, [as_event(draft, content)])[0]
    _step(tx, draft_id, version, "post", "", posted.event_id)
    return posted


def as_event(draft: Draft, content: Content) -> Event:
    """Write a draft as the event that it will be.

    Raises:
        InvalidAmount: a line has no amount, or one on both sides.
        UnknownDraft: it has no day yet.
    """
    if content.on is None:
        raise UnknownDraft(facts={"draft": draft.no})
    lines = []
    for line in content.lines:
        amount = line.amount()
        if amount is None:
            raise InvalidAmount(facts={"debit": line.debit, "credit": line.credit})
        text = line.narration if line.narration and line.narration != content.narration else None
        lines.append(GivenLine(line.account, amount[0], amount[1], dict(line.dims), text))
    return Event(
        kind="manual",
        key=f"draft-{draft.no}",
        on=content.on,
        narration=content.narration,
        prepared_by=draft.prepared_by,
        vouchers=(GivenVoucher(draft.account_set, tuple(lines)),),
        document=content.document or None,
    )


def reversal_of(connection: Connection, treasury_id: int, event_id: UUID) -> tuple[str, Content]:
    """Give the set and the content of a draft that reverses an event in red.

    Raises:
        UnknownEvent: there is no such event that one may see, or it is itself a reversal.
    """
    rows = connection.exec_driver_sql(
        "select s.code, p.account, p.side, p.amount_fen, coalesce(p.narration, e.narration), e.narration,"  # noqa: S608
        " q.label || '/' || v.no, "
        + ", ".join(f"p.{d}" for d in DIMENSIONS)
        + "  from ledger.event e join ledger.voucher v using (treasury_id, event_id)"
        "  join ledger.posting p using (treasury_id, voucher_id)"
        "  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
        "  join ledger.period q on (q.treasury_id, q.account_set_id, q.period_no)"
        "    = (v.treasury_id, v.account_set_id, v.period_no)"
        " where e.treasury_id = %s and e.event_id = %s and e.reverses is null"
        " order by v.account_set_id, p.line_no",
        (treasury_id, event_id),
    ).all()
    if not rows:
        raise UnknownEvent(facts={"event_id": str(event_id)})
    lines = []
    for code, account, side, fen, text, _, _, *values in rows:
        dims = {d: v for d, v in zip(DIMENSIONS, values, strict=True) if v is not None}
        yuan = format_yuan(-fen)
        lines.append(DraftLine(text, account, yuan if side == "D" else "", yuan if side == "C" else "", dims, code))
    first = rows[0]
    return first[0], Content(None, f"红字冲销 {first[0]} {first[6]}：{first[5]}"[:500], lines=tuple(lines))


def find(connection: Connection, treasury_id: int, draft_id: UUID) -> Draft:
    """Give a draft.

    Raises:
        UnknownDraft: there is none that one may see.
    """
    row = connection.exec_driver_sql(f"{_DRAFT} and d.draft_id = %s", (treasury_id, draft_id)).one_or_none()
    if row is None:
        raise UnknownDraft(facts={"draft": str(draft_id)})
    return Draft(*row)


def listed(
    connection: Connection,
    treasury_id: int,
    *,
    states: Sequence[str] = (),
    prepared_by: str | None = None,
    account_set: str | None = None,
    most: int = 200,
) -> list[Draft]:
    """List drafts, the newest first."""
    return [
        Draft(*row)
        for row in connection.exec_driver_sql(
            f"{_DRAFT} and (%s::text[] = '{{}}' or d.state = any (%s)) and (%s::text is null or d.prepared_by = %s)"
            " and (%s::text is null or s.code = %s) order by d.no desc limit %s",
            (treasury_id, list(states), list(states), prepared_by, prepared_by, account_set, account_set, most),
        )
    ]


_DRAFT = """
select d.draft_id, d.no, s.code, d.account_set_id, s.name_zh, s.name_en, s.chart, d.reverses, d.state, d.version,
       d.prepared_by, a.name, d.reviewed_by, b.name, d.posted_by, c.name, d.event_id, d.effective_on, d.narration,
       d.debit_fen, d.credit_fen, d.changed_at
  from ledger.draft d
  join ledger.account_set s using (treasury_id, account_set_id)
  join ledger.person a on (a.treasury_id, a.person) = (d.treasury_id, d.prepared_by)
  left join ledger.person b on (b.treasury_id, b.person) = (d.treasury_id, d.reviewed_by)
  left join ledger.person c on (c.treasury_id, c.person) = (d.treasury_id, d.posted_by)
 where d.treasury_id = %s"""


def content_of(connection: Connection, treasury_id: int, draft_id: UUID, version: int) -> Content:
    """Give what a version of a draft says.

    Raises:
        UnknownDraft: there is no such version that one may see.
    """
    kept = connection.exec_driver_sql(
        "select content from ledger.draft_version where (treasury_id, draft_id, version) = (%s, %s, %s)",
        (treasury_id, draft_id, version),
    ).scalar_one_or_none()
    if kept is None:
        raise UnknownDraft(facts={"draft": str(draft_id), "version": version})
    return Content.read(kept)


def steps(connection: Connection, treasury_id: int, draft_id: UUID) -> list[Step]:
    """Tell who did what with a draft, in order."""
    return [
        Step(*row)
        for row in connection.exec_driver_sql(
            "select t.step_no, t.action, t.from_state, t.to_state, t.version, t.person, p.name, t.duty, d.name_zh,"
            " d.name_en, t.remark, t.at from ledger.draft_step t join ledger.person p using (treasury_id, person)"
            "  join ledger.duty d using (duty) where t.treasury_id = %s and t.draft_id = %s order by t.step_no",
            (treasury_id, draft_id),
        )
    ]


def allowed(connection: Connection, draft: Draft, person: str, duty: str) -> dict[str, str]:
    """Tell for each step that the draft's state knows why a person may not take it; "" when they may.

    A reason is ``duty:<duties>``, ``author`` (it is for its author), ``prepared`` or ``reviewed`` (one did
    that oneself).
    """
    rules: dict[str, list[tuple[str, str]]] = {}
    for action, needed, by_whom in connection.exec_driver_sql(
        "select action, duty, by_whom from ledger.workflow where from_state = %s order by action, duty", (draft.state,)
    ):
        rules.setdefault(action, []).append((needed, by_whom))
    reasons = {}
    for action in (a for a in ACTIONS if a in rules):
        by_whom = dict(rules[action]).get(duty)
        if by_whom is None:
            reasons[action] = "duty:" + " ".join(needed for needed, _ in rules[action])
        elif by_whom == "author":
            reasons[action] = "" if person == draft.prepared_by else "author"
        elif person == draft.prepared_by:
            reasons[action] = "prepared"
        else:
            reasons[action] = "reviewed" if action == "post" and person == draft.reviewed_by else ""
    return reasons


_BEGINNINGS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/ofd": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
}
_BY_ENDING = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "ofd": "application/ofd",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/plain",
    "csv": "text/plain",
    "txt": "text/plain",
}


def attach(tx: Transaction, draft_id: UUID, name: str, content: bytes) -> UUID:
    """Attach a paper to a draft of one's own, byte for byte.

    Raises:
        InvalidAttachment: it is empty, too large, there already, of a kind that is not taken, not what its
            name says, or the name could be a path.
        UnknownDraft: it is no draft of one's own that takes papers.
    """
    kind = _BY_ENDING.get(name.rpartition(".")[2].lower())
    if kind is None or not 0 < len(content) <= MOST_BYTES:
        raise InvalidAttachment(facts={"name": name, "size": len(content)})
    if kind == "text/plain":
        if b"\x00" in content:
            raise InvalidAttachment(facts={"name": name})
    elif not content.startswith(_BEGINNINGS[kind]):
        raise InvalidAttachment(facts={"name": name})
    found: UUID = tx.connection.exec_driver_sql(
        "select ledger.attach(%s, %s, %s, %s)", (draft_id, name, kind, content)
    ).scalar_one()
    return found


def attachments(connection: Connection, treasury_id: int, draft_id: UUID) -> list[Attachment]:
    """List the papers of a draft."""
    return [
        Attachment(*row)
        for row in connection.exec_driver_sql(
            "select attachment_id, name, media_type, octet_length(content), encode(digest, 'hex'), added_by, added_at"
            "  from ledger.attachment where treasury_id = %s and draft_id = %s order by attachment_id",
            (treasury_id, draft_id),
        )
    ]


def attachment(connection: Connection, treasury_id: int, draft_id: UUID, attachment_id: UUID) -> tuple[str, bytes]:
    """Give the name and the bytes of a paper.

    Raises:
        UnknownDraft: there is none that one may see.
    """
    row = connection.exec_driver_sql(
        "select name, content from ledger.attachment where (treasury_id, draft_id, attachment_id) = (%s, %s, %s)",
        (treasury_id, draft_id, attachment_id),
    ).one_or_none()
    if row is None:
        raise UnknownDraft(facts={"attachment": str(attachment_id)})
    return row[0], bytes(row[1])


def _step(tx: Transaction, draft_id: UUID, version: int, action: str, remark: str, event_id: UUID | None) -> str:
    state: str = tx.connection.exec_driver_sql(
        "select ledger.step_draft(%s, %s, %s, %s, %s)", (draft_id, version, action, remark, event_id)
    ).scalar_one()
    return state
