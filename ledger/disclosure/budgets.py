"""The publication of approved departmental budgets (部门预算公开): which are public, under which digest.

The statutory tables are made and checked outside of the ledger (``reports.publication``); here the digest of what was
checked is recorded, and with it the notes that it was made of. The public site makes the tables again from what is
published and tells if the digest differs.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishBudget:
    """An agency's approved budget becomes public: ``sha256`` (hex) of its checked tables, and the notes they tell.

    ``narrative`` is the version of the notes, 0 if there are none.
    """

    fiscal_year: int
    agency: str
    sha256: str
    narrative: int


@dataclass(frozen=True, slots=True)
class AwaitingBudget:
    """An approved budget that is not public yet."""

    fiscal_year: int
    agency: str
    name_zh: str
    name_en: str
    fen: int


@dataclass(frozen=True, slots=True)
class BudgetShown:
    """An approved budget and whether it is public; ``narrative`` is the version of its notes, 0 for none."""

    agency: str
    name_zh: str
    name_en: str
    fen: int
    narrative: int
    published_at: datetime | None
    sha256: str | None
    publisher: str | None


def publish_budget(tx: Transaction, order: PublishBudget) -> None:
    """Make an approved budget public with everything that it is made of. Duty PUBL.

    Raises:
        NotesMoved: the notes changed since the tables were checked. BudgetAlreadyPublished: it is public.
        UnknownBudgetRecord: the Congress approved none of that agency and year. NotPermitted, ForeignAgency
    """
    tx.connection.exec_driver_sql("select ledger.publish_budget(%s::jsonb)", (json.dumps(asdict(order)),))


def awaiting_budgets(connection: Connection, treasury_id: int) -> list[AwaitingBudget]:
    """List the approved budgets that one may see and that are not public yet."""
    rows = connection.exec_driver_sql(
        "select l.fiscal_year, l.agency, a.name_zh, a.name_en, sum(l.fen)::bigint from ledger.budget_line l"
        "  join ledger.agency a using (treasury_id, agency)"
        "  left join ledger.budget_publication p using (treasury_id, fiscal_year, agency)"
        " where l.treasury_id = %s and p.agency is null group by 1, 2, 3, 4 order by 1, 2",
        (treasury_id,),
    )
    return [AwaitingBudget(*row) for row in rows]


def budgets_shown(connection: Connection, treasury_id: int, fiscal_year: int) -> list[BudgetShown]:
    """List the approved budgets of a year that one may see, public or not."""
    rows = connection.exec_driver_sql(
        "select l.agency, a.name_zh, a.name_en, sum(l.fen)::bigint, coalesce(max(n.version), 0), max(p.published_at),"
        "       max(encode(p.tables_sha256, 'hex')), max(w.name) from ledger.budget_line l"
        "  join ledger.agency a using (treasury_id, agency)"
        "  left join ledger.narrative_in_force n using (treasury_id, fiscal_year, agency)"
        "  left join ledger.budget_publication p using (treasury_id, fiscal_year, agency)"
        "  left join ledger.person w on (w.treasury_id, w.person) = (p.treasury_id, p.published_by)"
        " where l.treasury_id = %s and l.fiscal_year = %s group by 1, 2, 3 order by 1",
        (treasury_id, fiscal_year),
    )
    return [BudgetShown(*row) for row in rows]
