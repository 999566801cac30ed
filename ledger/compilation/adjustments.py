"""Adjustments (预算调整, 预算法 67, 69): by which approval of the standing committee an approved budget changes.

Total expenditure, key expenditure and a draw on the stabilisation fund change only by events that name an approved
adjustment as their document, together up to its amount. More budget, and more debt with it, is posted by who approves.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

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
