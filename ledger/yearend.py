"""Year end (年终结账): every revenue and expenditure account is closed, and the balances go into the next year.

What is transferred where is data (``master/close_rule.csv``); here is only the arithmetic. A close leaves
the accounts that it closes nil, so a second one finds nothing to do. It may be done again after a
correction, as when the Congress changes the final accounts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from ledger.books import AccountSet, Books
from ledger.chart import DIMENSIONS
from ledger.db import Transaction
from ledger.errors import ItemsOpenBeforeClose, UnknownBook, YearNotClosed
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.journal import Posted, post
from ledger.money import Fen, format_yuan

_CARRIED_IF_TAKEN = frozenset({"fund", "func"})
"""Kept apart in every balance whose account takes them: what is left is known by fund and function."""

_MUST_BE_NIL: Mapping[str, frozenset[str]] = {
    "unit_2019": frozenset({"1011", "2103"}),
    "general_budget_2015": frozenset({"1005", "2091"}),
}
"""政府会计制度: a unit owes the treasury nothing and has no quota left; a payment agency has cleared all."""
_SHOULD_BE_NIL: Mapping[str, frozenset[str]] = {
    "general_budget_2023": frozenset({"1011", "201501", "201502", "6051", "7051"}),
    "general_budget_2015": frozenset({"1011", "201501", "201502"}),
    "unit_2019": frozenset({"1902"}),
}
"""To be cleared or converted first where that is possible; what is left is carried forward."""

_Key = tuple[str, tuple[tuple[str, str], ...]]
"""An account and the dimensions of a part of its balance."""


@dataclass(frozen=True, slots=True)
class CloseItem:
    """One thing to look at before the close; only a ``required`` one that is not ``ok`` stops it."""

    item: str
    ok: bool
    detail: str
    required: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    step: int
    from_code: str
    to_code: str
    dim: str
    value: str

    def takes(self, key: _Key) -> bool:
        account, dims = key
        return account == self.from_code and (not self.dim or dict(dims).get(self.dim) == self.value)


def close_year(tx: Transaction, account_set: str, *, key_prefix: str, prepared_by: str, on: date) -> list[Posted]:
    """Close the year of an account set, one event for each step of its chart's rules; CLOS posts them.

    ``on`` is the last day of the fiscal year. Nothing is posted when the year is closed already.

    Raises:
        ItemsOpenBeforeClose: something that has to be nil before the close is not; ``facts`` name it.
        ForeignAccountSet: this treasury has no such account set.
    """
    books = Books.read(tx.connection, tx.treasury_id)
    this = books.named(account_set)
    items = close_checklist(tx.connection, tx.treasury_id, account_set)
    if stopping := [each for each in items if each.required and not each.ok]:
        raise ItemsOpenBeforeClose(facts={"set": account_set, "items": {each.item: each.detail for each in stopping}})
    carried = _carried(tx.connection, this.chart)
    left = _balances(tx.connection, tx.treasury_id, this, on)
    number = tx.connection.exec_driver_sql(
        "select count(*) from ledger.voucher v join ledger.event e using (treasury_id, event_id)"
        " where v.treasury_id = %s and v.account_set_id = %s and e.kind = 'year_end_close'",
        (tx.treasury_id, this.account_set_id),
    ).scalar_one()
    events: list[Event] = []
    for step, rules in _steps(tx.connection, this.chart):
        if lines := _transfer(left, rules, carried):
            number += 1
            events.append(
                Event(
                    kind="year_end_close",
                    key=f"{key_prefix}{account_set}-{number}",
                    on=on,
                    narration=f"{this.fiscal_year}年年终结账第{step}步",
                    prepared_by=prepared_by,
                    vouchers=(GivenVoucher(account_set, lines),),
                )
            )
    return post(tx, events)


def carry_forward(tx: Transaction, from_set: str, to_set: str, *, key_prefix: str, prepared_by: str) -> list[Posted]:
    """Open the next year's set with the closing balances of a closed one, in its period 0; CLOS posts it.

    Nothing is posted where nothing is left; a second time answers what was posted already.

    Raises:
        YearNotClosed: a revenue or expenditure account of the old set still has a balance.
        UnknownBook: the new set is not the next year of the old one.
        KeyReused: it was opened before and the old set's balances have changed since.
    """
    books = Books.read(tx.connection, tx.treasury_id)
    old, new = books.named(from_set), books.named(to_set)
    opens_on = new.starts_on - timedelta(days=1)
    if (new.role, new.agency, new.chart, opens_on) != (
        old.role,
        old.agency,
        old.chart,
        old.ends_on,
    ):
        raise UnknownBook(facts={"from": from_set, "to": to_set})
    left = _balances(tx.connection, tx.treasury_id, old, old.ends_on)
    rules = [rule for _, step in _steps(tx.connection, old.chart) for rule in step]
    if unclosed := sorted({key[0] for key in left if any(rule.takes(key) for rule in rules)}):
        raise YearNotClosed(facts={"set": from_set, "accounts": unclosed})
    if not left:
        return []
    event = Event(
        kind="opening",
        key=f"{key_prefix}{to_set}",
        on=opens_on,
        narration=f"{new.fiscal_year}年期初余额，自{old.fiscal_year}年结转",
        prepared_by=prepared_by,
        vouchers=(GivenVoucher(to_set, tuple(_line(key, fen) for key, fen in sorted(left.items()))),),
    )
    return post(tx, [event])


def open_next_year(tx: Transaction, fiscal_year: int, account_sets: Sequence[str] | None = None) -> list[str]:
    """Open the account sets of a year, each like the one of the year before; give the codes of the new ones. Duty CLOS.

    ``account_sets`` names some of the year before; None is every one of one's own agencies. What is open already stays.

    Raises:
        NextYearOutOfPlace: there is none in the year before, its chart has ended, or the new code is taken.
        ForeignAgency: a named one is of another agency than one's own.
    """
    made: list[str] = tx.connection.exec_driver_sql(
        "select ledger.open_next_year(%s, %s)",
        (fiscal_year, None if account_sets is None else list(account_sets)),
    ).scalar_one()
    return made


def close_checklist(connection: Connection, treasury_id: int, account_set: str) -> Sequence[CloseItem]:
    """List what has to be in order before an account set is closed, and whether it is.

    Raises:
        ForeignAccountSet: this treasury has no such account set.
    """
    this = Books.read(connection, treasury_id).named(account_set)
    rules = [rule for _, step in _steps(connection, this.chart) for rule in step]
    touched = {code for rule in rules for code in (rule.from_code, rule.to_code)}
    balances: dict[str, int] = defaultdict(int)
    for (account, _), fen in _balances(connection, treasury_id, this, this.ends_on).items():
        balances[account] += abs(fen)
    items: list[CloseItem] = []
    for row in connection.exec_driver_sql(
        "select code, name_zh, name_en from ledger.account where chart = %s and postable order by code",
        (this.chart,),
    ):
        required = row.code in _MUST_BE_NIL.get(this.chart, ()) or (
            this.role == "indicator" and row.code not in touched
        )
        if required or row.code in _SHOULD_BE_NIL.get(this.chart, ()):
            fen = balances[row.code]
            items.append(CloseItem(f"{row.code} {row.name_zh} {row.name_en}", fen == 0, format_yuan(fen), required))
    if this.role == "bureau":
        items.append(_appropriations(connection, treasury_id, this))
    return items


def _appropriations(connection: Connection, treasury_id: int, bureau: AccountSet) -> CloseItem:
    """财库〔2015〕192号 44(四): what the bureau paid out equals what the units took as appropriation."""
    apart = connection.exec_driver_sql(_APPROPRIATIONS, {"treasury_id": treasury_id, "year": bureau.fiscal_year}).all()
    detail = ", ".join(f"{row.agency}: {format_yuan(row.apart_fen)}" for row in apart)
    return CloseItem(
        "拨款支出与单位拨款收入 appropriations paid = appropriations received",
        not apart,
        detail or format_yuan(0),
        required=False,
    )


_APPROPRIATIONS = """
select coalesce(p.agency, s.agency) as agency,
       sum(case when p.side = 'D' then p.amount_fen else -p.amount_fen end)::bigint as apart_fen
  from ledger.account_set s
  join ledger.posting p using (treasury_id, account_set_id)
  join ledger.voucher v using (treasury_id, voucher_id)
  join ledger.event e using (treasury_id, event_id)
 where s.treasury_id = %(treasury_id)s and s.fiscal_year = %(year)s and e.kind <> 'year_end_close'
   and (s.role = 'bureau' and p.account = any (case s.chart when 'general_budget_2015'
          then array['5001', '5002', '5003'] else array['7001', '7002', '7003'] end)
     or s.role = 'agency' and p.account = '6001')
   and exists (select from ledger.account_set u
                where u.treasury_id = s.treasury_id and u.role = 'agency' and u.fiscal_year = s.fiscal_year
                  and u.agency = coalesce(p.agency, s.agency))
 group by 1 having sum(case when p.side = 'D' then p.amount_fen else -p.amount_fen end) <> 0 order by 1"""


def _kept(dim: str) -> str:
    taken = f" or '{dim}' = any (a.takes)" if dim in _CARRIED_IF_TAKEN else ""
    return f"case when '{dim}' = any (a.needs){taken} then p.{dim} end as {dim}"


_BALANCES = f"""
select p.account, {", ".join(map(_kept, DIMENSIONS))},
       sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint as fen
  from ledger.posting p join ledger.account a on (a.chart, a.code) = (%(chart)s, p.account)
 where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s
   and p.effective_on <= %(on)s
 group by {", ".join(str(n) for n in range(1, len(DIMENSIONS) + 2))}
having sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) <> 0"""  # noqa: S608 - built of our own names


def _balances(connection: Connection, treasury_id: int, account_set: AccountSet, on: date) -> dict[_Key, int]:
    """Give the balances of a set, debit minus credit, by account and the dimensions that matter for it."""
    rows = connection.exec_driver_sql(
        _BALANCES,
        {
            "chart": account_set.chart,
            "treasury_id": treasury_id,
            "account_set_id": account_set.account_set_id,
            "on": on,
        },
    )
    return {(row[0], tuple((d, v) for d, v in zip(DIMENSIONS, row[1:-1], strict=True) if v)): row[-1] for row in rows}


def _carried(connection: Connection, chart: str) -> Mapping[str, frozenset[str]]:
    """Tell which dimensions each account of a chart carries."""
    return {
        row.code: frozenset(row.needs) | frozenset(row.takes)
        for row in connection.exec_driver_sql(
            "select code, needs, takes from ledger.account where chart = %s", (chart,)
        )
    }


def _steps(connection: Connection, chart: str) -> list[tuple[int, list[_Rule]]]:
    steps: dict[int, list[_Rule]] = defaultdict(list)
    for row in connection.exec_driver_sql(
        "select step, from_code, to_code, dim, dim_value from ledger.close_rule where chart = %s"
        " order by step, from_code, dim_value",
        (chart,),
    ):
        steps[row.step].append(_Rule(*row))
    return list(steps.items())


def _transfer(
    left: dict[_Key, int], rules: Iterable[_Rule], carried: Mapping[str, frozenset[str]]
) -> tuple[GivenLine, ...]:
    """Write the lines of one step and change what is ``left`` by them."""
    out: list[GivenLine] = []
    into: dict[_Key, int] = defaultdict(int)
    for rule in rules:
        for key in sorted(key for key in left if rule.takes(key)):
            fen = left.pop(key)
            out.append(_line(key, -fen))
            kept = tuple(item for item in key[1] if item[0] in carried[rule.to_code])
            into[rule.to_code, kept] += fen
    for key, fen in into.items():
        rest = left.pop(key, 0) + fen
        if rest:
            left[key] = rest
    return (*out, *(_line(key, fen) for key, fen in sorted(into.items()) if fen))


def _line(key: _Key, fen: int) -> GivenLine:
    return GivenLine(key[0], "D" if fen > 0 else "C", Fen(abs(fen)), dict(key[1]))
