"""Who may move how much between budget lines (指标调剂权限, 预算法 72): the issuer up to a limit, then by approval."""

import json
from dataclasses import asdict, dataclass

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
