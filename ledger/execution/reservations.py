"""What is reserved of a line, each reservation with what it was made for, and its withdrawal (I7).

The books keep one limit for the whole line. What is withdrawn is besides what stands under its own claim, class, payee
and contract, so that none of them comes to less than nothing while the line as a whole still has enough.
"""

import re
from dataclasses import dataclass, fields, replace
from hashlib import sha256

from sqlalchemy import Connection

from ledger.claim_errors import PaymentBesideClaim
from ledger.db import Transaction
from ledger.errors import LimitExceeded
from ledger.events import Event
from ledger.journal import Posted, post
from ledger.money import Fen
from ledger.orders import BudgetLine, Order

_CLAIM = re.compile(r"BX[0-9]{4}-[0-9]{5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class For:
    """What a reservation was made for; what it does not say is None. ``claim`` is the claim that it names."""

    claim: str | None
    counterparty: str | None
    gov_econ: str | None
    dept_econ: str | None
    project: str | None
    contract: str | None
    pay_mode: str | None

    @property
    def code(self) -> str:
        """A short name by which it is found again."""
        plain = "\x1f".join("" if each is None else f"={each}" for each in self._parts())
        return sha256(plain.encode()).hexdigest()[:16]

    def _parts(self) -> list[str | None]:
        return [getattr(self, each.name) for each in fields(self)]


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was ever reserved for one purpose, and what of it is neither paid nor withdrawn."""

    of: For
    left_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Order):
    """A reservation is withdrawn, in part or whole; prepared under APPL, posted under PCHK."""

    line: BudgetLine
    of: For
    amount: Fen

    def event(self) -> Event:
        """Give the event that the order becomes: it says what the reservation said."""
        said = {each.name: getattr(self.of, each.name) for each in fields(For) if each.name != "claim"}
        dims = {**self.line.dims(), **{name: code for name, code in said.items() if code is not None}}
        order = replace(self, document=self.of.claim or self.document)
        return order.as_event("reservation_release", {"amount": self.amount}, dims)


def reservations(connection: Connection, treasury_id: int, set_code: str, indicator: str) -> list[Reservation]:
    """List what was reserved of an indicator, of which no more is left in all than the line has reserved."""
    rows = connection.exec_driver_sql(_RESERVED, {"t": treasury_id, "s": set_code, "i": indicator}).all()
    whole = sum(row.fen for row in rows)
    return [
        Reservation(
            For(**{each.name: getattr(row, each.name) for each in fields(For)}),
            max(0, min(row.fen, row.of_claim, whole)),
        )
        for row in rows
        if row.applied
    ]


def withdraw(tx: Transaction, treasury_id: int, set_code: str, order: Withdrawal) -> Posted:
    """Withdraw a reservation; one that names a claim frees the claim too, so that it may be applied for again.

    Raises:
        LimitExceeded: more than the line, or this reservation from the day on, has reserved.
        PaymentBesideClaim: a claim is named by which it was not reserved.
    """
    if order.of.claim is None and _CLAIM.fullmatch(order.document or ""):
        raise PaymentBesideClaim(facts={"claim": order.document})
    posted = post(tx, [order.event()])[0]
    # Posting holds the limit of the line, so that nobody else withdraws of it until this is done.
    least = _least(tx, treasury_id, set_code, order)
    if least < 0:
        facts = {"limit_key": order.line.indicator, "asked_fen": int(order.amount), "short_fen": -least}
        raise LimitExceeded(facts={"key": order.key, "set": set_code, **facts})
    return posted


def _least(tx: Transaction, treasury_id: int, set_code: str, order: Withdrawal) -> int:
    """Give the least that stands under a reservation on a day from that of its withdrawal on."""
    asked = {"t": treasury_id, "s": set_code, "i": order.line.indicator, "on": order.on}
    of: dict[str, object] = {each.name: getattr(order.of, each.name) for each in fields(For)}
    least: int = tx.connection.exec_driver_sql(_LEAST, {**asked, **of}).scalar_one()
    return least


# A reversal counts under the document of what it reverses.
_MOVED = """
moved as (
  select case when coalesce(o.document, e.document) ~ '^BX[0-9]{4}-[0-9]{5}$' then coalesce(o.document, e.document) end
           as claim,
         p.counterparty, p.gov_econ, p.dept_econ, p.project, p.contract, p.pay_mode, p.effective_on,
         case p.side when 'D' then p.amount_fen else -p.amount_fen end as fen,
         e.kind in ('payment_reservation', 'held_payment_reservation') as applies
    from ledger.account_set s
    join ledger.account_key k on k.chart = s.chart and k.key = 'RESERVED' and k.dim = ''
    join ledger.posting p on (p.treasury_id, p.account_set_id, p.account) = (s.treasury_id, s.account_set_id, k.code)
     and k.valid @> p.effective_on
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
    left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
   where s.treasury_id = %(t)s and s.code = %(s)s and p.indicator = %(i)s)"""
_RESERVED = f"""
with {_MOVED}
select claim, counterparty, gov_econ, dept_econ, project, contract, pay_mode, sum(fen)::bigint as fen,
       case when claim is null then sum(fen) else sum(sum(fen)) over (partition by claim) end::bigint as of_claim,
       bool_or(applies) as applied
  from moved group by 1, 2, 3, 4, 5, 6, 7 order by min(effective_on), 1, 2, 4, 3, 5, 6, 7"""  # noqa: S608 - our own
_LEAST = f"""
with {_MOVED},
days as (
  select effective_on, sum(sum(fen) filter (where theirs)) over w as fen,
         sum(sum(fen) filter (where claimed)) over w as of_claim
    from (select *, claim = %(claim)s::text as claimed,
                 (claim, counterparty, gov_econ, dept_econ, project, contract, pay_mode) is not distinct from
                 (%(claim)s::text, %(counterparty)s::text, %(gov_econ)s::text, %(dept_econ)s::text, %(project)s::text,
                  %(contract)s::text, %(pay_mode)s::text) as theirs
            from moved) m
   group by effective_on window w as (order by effective_on))
select coalesce(least(min(fen), min(of_claim)), 0)::bigint from days where effective_on >= %(on)s"""  # noqa: S608
