"""Adjustments (预算调整, 预算法 67, 69): by which approval of the standing committee an approved budget changes.

Total expenditure, key expenditure and a draw on the stabilisation fund change only by events that name an approved
adjustment as their document, together up to its amount; what was reversed uses nothing of it. More budget, and more
debt with it, is posted by who approves. A draw is of no more than the fund holds.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.db import Transaction
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import Order

FUND, REVENUE = "1", "11015"
"""一般公共预算, and 动用预算稳定调节基金 as an item of its revenue."""


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
    """A recorded adjustment, and how much was changed by it so far and not taken back, in fen."""

    document: str
    title: str
    passed_on: date
    amount_fen: int
    used_fen: int
    recorder: str

    @property
    def left_fen(self) -> int:
        """What may still be changed by it."""
        return self.amount_fen - self.used_fen


def adjustments(connection: Connection, treasury_id: int, fiscal_year: int) -> list[AdjustmentShown]:
    """List the adjustments of a year in the order in which they were passed."""
    rows = connection.exec_driver_sql(
        "select a.document, a.title, a.passed_on, a.amount_fen, coalesce(("
        "    select sum(ledger.changed_by(e.treasury_id, e.event_id)) from ledger.event e"
        "     where e.treasury_id = a.treasury_id and e.document = a.document and e.kind in ("
        "       'budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw')), 0)::bigint, w.name"
        "  from ledger.budget_adjustment a"
        "  join ledger.person w on (w.treasury_id, w.person) = (a.treasury_id, a.recorded_by)"
        " where a.treasury_id = %s and a.fiscal_year = %s order by a.passed_on, a.document",
        (treasury_id, fiscal_year),
    )
    return [AdjustmentShown(*row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawStabilisation(Order):
    """The stabilisation fund fills a gap of the budget (GE10); ``document`` is the adjustment. Posted under AUDT_IN."""

    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes."""
        return self.as_event("stabilisation_fund_draw", {"amount": self.amount}, {"fund": FUND, "revenue": REVENUE})


def draw_stabilisation(tx: Transaction, order: DrawStabilisation) -> Posted:
    """Draw on the stabilisation fund.

    Raises:
        AdjustmentNotApproved: no adjustment of the year covers it by that day, or not that much.
        StabilisationFundShort: the fund holds less.
    """
    return post(tx, [order.event()])[0]


def stabilisation_fund(connection: Connection, treasury_id: int, fiscal_year: int) -> int | None:
    """Tell what the fund holds in the books of a year, in fen; None where these are not kept or not to be seen."""
    held: int | None = connection.exec_driver_sql(
        "select sum(coalesce(b.credit_fen - b.debit_fen, 0))::bigint from ledger.account_set s"
        "  join ledger.account_key k on (k.chart, k.key, k.dim) = (s.chart, 'STABILISATION_FUND', '')"
        "  left join ledger.balance b on (b.treasury_id, b.account_set_id, b.account)"
        "    = (s.treasury_id, s.account_set_id, k.code)"
        " where s.treasury_id = %s and s.role = 'bureau' and s.fiscal_year = %s",
        (treasury_id, fiscal_year),
    ).scalar_one()
    return held


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw as it was posted, in fen, and on which day it was taken back; None where it stands."""

    key: str
    on: date
    document: str | None
    fen: int
    preparer: str
    poster: str
    reversed_on: date | None


def draws(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Drawn]:
    """List the draws of a year that one may see, the newest first."""
    rows = connection.exec_driver_sql(
        "select e.key, e.effective_on, e.document, p.amount_fen, a.name, b.name, r.effective_on"
        "  from ledger.event e"
        "  join ledger.voucher v using (treasury_id, event_id)"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account_key k on (k.chart, k.key, k.dim) = (s.chart, 'STABILISATION_FUND', '')"
        "  join ledger.posting p on (p.treasury_id, p.voucher_id, p.account, p.side)"
        "    = (v.treasury_id, v.voucher_id, k.code, 'D')"
        "  join ledger.person a on (a.treasury_id, a.person) = (e.treasury_id, e.prepared_by)"
        "  join ledger.person b on (b.treasury_id, b.person) = (e.treasury_id, e.posted_by)"
        "  left join ledger.event r on (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)"
        " where e.treasury_id = %s and e.kind = 'stabilisation_fund_draw' and s.fiscal_year = %s"
        " order by e.effective_on desc, e.recorded_at desc limit 500",
        (treasury_id, fiscal_year),
    )
    return [Drawn(*row) for row in rows]
