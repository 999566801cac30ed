"""Limits (额度): what is left of an account that may not run dry, how that came, and why a refusal.

A limit is one row per account set, account and key (the fund, the indicator, …), kept at posting.
These are reads; any connection that may see the journal will do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from sqlalchemy import Connection, Row, select

from ledger.errors import UnknownBook
from ledger.money import Fen
from ledger.tables import account_set, event, indicator, limit_move, limit_row, voucher

Seq = NewType("Seq", int)


@dataclass(frozen=True, slots=True)
class Limit:
    """Names one limit: ``key`` is a fund, an indicator, …; empty when the whole account is one."""

    treasury_id: int
    account_set: str
    account: str
    key: str


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a limit, the value after it, and the event that made it; ``seq`` has no gaps."""

    seq: Seq
    delta: Fen
    after: Fen
    voucher_id: UUID
    kind: str
    event_key: str


def holds(connection: Connection, limit: Limit) -> Fen:
    """Tell what a limit holds now; nothing, when nothing was ever posted to it.

    Raises:
        UnknownBook: there is no such account set that you may see.
    """
    found = connection.execute(
        select(limit_row.c.available_fen).where(
            limit_row.c.treasury_id == limit.treasury_id,
            limit_row.c.account_set_id == _set_id(connection, limit),
            limit_row.c.account == limit.account,
            limit_row.c.limit_key == limit.key,
        )
    ).scalar_one_or_none()
    return Fen(found or 0)


def history(connection: Connection, limit: Limit) -> list[Move]:
    """List every change of a limit, oldest first.

    Raises:
        UnknownBook: there is no such account set that you may see.
    """
    rows = connection.execute(
        select(
            limit_move.c.seq,
            limit_move.c.delta_fen,
            limit_move.c.after_fen,
            limit_move.c.voucher_id,
            event.c.kind,
            event.c.key,
        )
        .join(
            voucher,
            (voucher.c.treasury_id == limit_move.c.treasury_id) & (voucher.c.voucher_id == limit_move.c.voucher_id),
        )
        .join(
            event,
            (event.c.treasury_id == voucher.c.treasury_id) & (event.c.event_id == voucher.c.event_id),
        )
        .where(
            limit_move.c.treasury_id == limit.treasury_id,
            limit_move.c.account_set_id == _set_id(connection, limit),
            limit_move.c.account == limit.account,
            limit_move.c.limit_key == limit.key,
        )
        .order_by(limit_move.c.seq)
    )
    return [
        Move(Seq(seq), Fen(delta), Fen(after), voucher_id, kind, key)
        for seq, delta, after, voucher_id, kind, key in rows
    ]


def _set_id(connection: Connection, limit: Limit) -> int:
    found: int | None = connection.execute(
        select(account_set.c.account_set_id).where(
            account_set.c.treasury_id == limit.treasury_id,
            account_set.c.code == limit.account_set,
        )
    ).scalar_one_or_none()
    if found is None:
        raise UnknownBook(facts={"set": limit.account_set})
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an indicator's money, and the vouchers that it comes from."""

    fen: Fen
    vouchers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an indicator stands; the first four come to the sum of the rest.

    ``approved`` came from above, ``adjusted`` by additions and reductions, ``transferred`` by
    reallocation, return and recovery, ``distributed`` went to those below (as a negative amount). Of that,
    ``awaiting`` waits for decomposition or issue, ``free`` can be spent, ``held`` is frozen,
    ``reserved`` stands for payment applications, ``paid`` is executed, ``carried`` left at year end.
    """

    indicator: str
    line: Mapping[str, str | None]
    approved: Part
    adjusted: Part
    transferred: Part
    distributed: Part
    awaiting: Part
    free: Part
    held: Part
    reserved: Part
    paid: Part
    carried: Part


GRANTS = ("approved", "adjusted", "transferred", "distributed")
STATES = ("awaiting", "free", "held", "reserved", "paid", "carried")


def explain(connection: Connection, treasury_id: int, code: str) -> Standing:
    """Explain what an indicator has and what became of it: the figures behind a refusal (B5).

    Raises:
        UnknownBook: there is no such indicator that you may see.
    """
    line = connection.execute(
        select(indicator).where(indicator.c.treasury_id == treasury_id, indicator.c.indicator == code)
    ).one_or_none()
    if line is None:
        raise UnknownBook(facts={"indicator": code})
    found = connection.exec_driver_sql(_LINES, (treasury_id, code)).all()
    grants = _sums([row for row in found if row.granted_fen], "grant", "granted_fen")
    states = _sums(found, "state", "fen")
    parts = {name: grants.get(name, _NONE) for name in GRANTS}
    parts |= {name: states.get(name, _NONE) for name in STATES}
    named = {name: getattr(line, name) for name in _LINE}
    return Standing(indicator=code, line=named, **parts)


_NONE = Part(Fen(0), ())
_LINE = ("parent", "fiscal_year", "fund", "func", "agency", "gov_econ", "dept_econ", "project")


def _sums(rows: Sequence[Row[tuple[object, ...]]], by: str, of: str) -> dict[str, Part]:
    sums: dict[str, Part] = {}
    for row in rows:
        name = getattr(row, by)
        part = sums.get(name, _NONE)
        vouchers = (*part.vouchers, row.voucher_id)
        sums[name] = Part(Fen(part.fen + getattr(row, of)), tuple(dict.fromkeys(vouchers)))
    return sums


# One row per voucher and state. What a voucher changes in all states together is a grant, given once;
# whether it came from above or went below follows from the kind of its event (a reversal counts as
# what it reverses).
_LINES = """
with moved as (
  select v.voucher_id, v.event_id,
         case when k.key in ('EXECUTABLE') then 'free'
              when k.key in ('FROZEN') then 'held'
              when k.key in ('RESERVED') then 'reserved'
              when k.key in ('EXECUTED_PAYMENT', 'EXECUTED_TRANSFER', 'EXECUTED_ALLOCATION') then 'paid'
              when k.key in ('EXECUTED_RECOVERY', 'INDICATOR_CARRY_OVER') then 'carried'
              else 'awaiting' end as state,
         sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) as fen
    from ledger.posting p
    join ledger.voucher v using (treasury_id, voucher_id)
    join ledger.account_set s
      on (s.treasury_id, s.account_set_id) = (p.treasury_id, p.account_set_id) and s.role = 'indicator'
    join ledger.account_key k
      on (k.chart, k.code) = (s.chart, p.account) and k.valid @> p.effective_on
     and k.dim = '' and k.key in (
       'APPROVED_EXPENDITURE', 'APPROVED_TRANSFER', 'RESERVE_BUDGET', 'HELD_BUDGET',
       'DEPARTMENT_INDICATOR', 'AWAITING_ISSUE', 'TRANSFER_AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN',
       'RESERVED', 'EXECUTED_PAYMENT', 'EXECUTED_TRANSFER', 'EXECUTED_ALLOCATION',
       'EXECUTED_RECOVERY', 'INDICATOR_CARRY_OVER')
   where p.treasury_id = %s and p.indicator = %s
   group by 1, 2, 3)
select m.voucher_id, m.state, m.fen::bigint as fen,
       case when row_number() over v = 1 then sum(m.fen) over w else 0 end::bigint as granted_fen,
       case when coalesce(o.kind, e.kind) in ('budget_addition', 'budget_reduction', 'unused_budget_cancellation')
              then 'adjusted'
            when coalesce(o.kind, e.kind) in ('indicator_reallocation', 'indicator_return') then 'transferred'
            when (sum(m.fen) over w < 0) <> (o.kind is not null) then 'distributed'
            else 'approved' end as grant
  from moved m
  join ledger.event e on e.event_id = m.event_id
  left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
window w as (partition by m.voucher_id), v as (partition by m.voucher_id order by m.state)
 order by m.voucher_id"""
