"""Who may move how much between budget lines (指标调剂权限, 预算法 72): the issuer up to a limit, then by approval."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from ledger.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReallocationLimit:
    """What may move in one event without further approval, in fen; without a limit nothing may."""

    same_func_fen: int
    other_func_fen: int
    document: str


def set_reallocation_limit(tx: Transaction, limit: ReallocationLimit) -> int:
    """Set the limits; the last version holds. Duty APPR.

    Raises:
        InvalidAmount: one is negative, or more may cross functions than stay within one. BudgetDocumentMissing
    """
    made: int = tx.connection.exec_driver_sql(
        "select ledger.set_reallocation_limit(%s::jsonb)", (json.dumps(asdict(limit), ensure_ascii=False),)
    ).scalar_one()
    return made


def approve_reallocation(tx: Transaction, key: str, amount_fen: int, document: str) -> None:
    """Approve one reallocation by the key of its event, up to an amount, before it is posted. Duty APPR.

    Raises:
        AlreadyApproved, InvalidAmount, InvalidText, BudgetDocumentMissing
    """
    asked = {"key": key, "amount_fen": amount_fen, "document": document}
    tx.connection.exec_driver_sql(
        "select ledger.approve_reallocation(%s::jsonb)", (json.dumps(asked, ensure_ascii=False),)
    )


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """The limits that hold, and who set them by which document."""

    version: int
    same_func_fen: int
    other_func_fen: int
    document: str
    setter: str
    set_at: datetime


def limit_in_force(connection: Connection, treasury_id: int) -> LimitInForce | None:
    """Give the limits that hold; None where none was set, and then nothing may move without an approval."""
    row = connection.exec_driver_sql(
        "select l.version, l.same_func_fen, l.other_func_fen, l.document, p.name, l.set_at"
        "  from ledger.reallocation_limit l"
        "  join ledger.person p on (p.treasury_id, p.person) = (l.treasury_id, l.set_by)"
        " where l.treasury_id = %s order by l.version desc limit 1",
        (treasury_id,),
    ).one_or_none()
    return LimitInForce(*row) if row else None


@dataclass(frozen=True, slots=True)
class ApprovedMove:
    """An approval of one reallocation, and on which day it was used; None while it waits."""

    key: str
    amount_fen: int
    document: str
    approver: str
    approved_at: datetime
    used_on: date | None


def approved_moves(connection: Connection, treasury_id: int) -> list[ApprovedMove]:
    """List the approvals of single reallocations, the newest first."""
    rows = connection.exec_driver_sql(
        "select a.key, a.amount_fen, a.document, p.name, a.approved_at, e.effective_on"
        "  from ledger.reallocation_approval a"
        "  join ledger.person p on (p.treasury_id, p.person) = (a.treasury_id, a.approved_by)"
        "  left join ledger.event e"
        "    on (e.treasury_id, e.kind, e.key) = (a.treasury_id, 'indicator_reallocation', a.key)"
        " where a.treasury_id = %s order by a.approved_at desc, a.key limit 500",
        (treasury_id,),
    )
    return [ApprovedMove(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Move:
    """A reallocation as it was posted, in fen, and on which day it was taken back; None where it stands."""

    key: str
    on: date
    document: str | None
    giver: str
    taker: str
    fen: int
    poster: str
    reversed_on: date | None


def moves(connection: Connection, treasury_id: int, year: int) -> list[Move]:
    """List the reallocations of a year that one may see, the newest first."""
    rows = connection.exec_driver_sql(
        "select e.key, e.effective_on, e.document, max(p.indicator) filter (where p.side = 'C'),"
        "  max(p.indicator) filter (where p.side = 'D'), sum(p.amount_fen) filter (where p.side = 'D')::bigint, w.name,"
        "  r.effective_on"
        "  from ledger.event e"
        "  join ledger.voucher v using (treasury_id, event_id)"
        "  join ledger.posting p using (treasury_id, voucher_id)"
        "  join ledger.person w on (w.treasury_id, w.person) = (e.treasury_id, e.posted_by)"
        "  left join ledger.event r on (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)"
        " where e.treasury_id = %s and e.kind = 'indicator_reallocation' and e.effective_on between %s and %s"
        " group by e.event_id, e.key, e.effective_on, e.document, w.name, e.recorded_at, r.effective_on"
        " order by e.effective_on desc, e.recorded_at desc limit 500",
        (treasury_id, date(year, 1, 1), date(year, 12, 31)),
    )
    return [Move(*row) for row in rows]
