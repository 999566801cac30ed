"""Adjustments (预算调整, 预算法 67, 69): by which approval of the standing committee an approved budget changes.

Total expenditure, key expenditure and a draw on the stabilisation fund change only by events that name an approved
adjustment as their document, together up to its amount. More budget, and more debt with it, is posted by who approves.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An adjustment that was approved: its document, and how much may be changed by it, in fen."""

    fiscal_year: int
    document: str
    title: str
    passed_on: date
    amount_fen: int


def record_adjustment(tx: Transaction, adjustment: Adjustment) -> None:
    """Record an approved adjustment, before anything is posted by it. Duty APPR.

    Raises:
        AlreadyApproved: there is one of that document. BudgetDocumentMissing, InvalidAmount
    """
    text = json.dumps(asdict(adjustment), ensure_ascii=False, default=date.isoformat)
    tx.connection.exec_driver_sql("select ledger.record_adjustment(%s::jsonb)", (text,))


@dataclass(frozen=True, slots=True)
class AdjustmentShown:
    """A recorded adjustment, and how much was changed by it so far, in fen."""

    document: str
    title: str
    passed_on: date
    amount_fen: int
    used_fen: int
    recorder: str


def adjustments(connection: Connection, treasury_id: int, fiscal_year: int) -> list[AdjustmentShown]:
    """List the adjustments of a year in the order in which they were passed."""
    rows = connection.exec_driver_sql(
        "select a.document, a.title, a.passed_on, a.amount_fen, coalesce(("
        "    select sum(m.fen) from ledger.event e cross join lateral ("
        "      select max(b.fen) as fen from ("
        "        select sum(p.amount_fen) as fen from ledger.voucher v"
        "          join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)"
        "         where (v.treasury_id, v.event_id) = (e.treasury_id, e.event_id) and p.side = 'D'"
        "         group by v.voucher_id, p.book) b) m"
        "     where e.treasury_id = a.treasury_id and e.document = a.document and e.kind in ("
        "       'budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw')), 0)::bigint, w.name"
        "  from ledger.budget_adjustment a"
        "  join ledger.person w on (w.treasury_id, w.person) = (a.treasury_id, a.recorded_by)"
        " where a.treasury_id = %s and a.fiscal_year = %s order by a.passed_on, a.document",
        (treasury_id, fiscal_year),
    )
    return [AdjustmentShown(*row) for row in rows]
