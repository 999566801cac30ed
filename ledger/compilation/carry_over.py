"""The year end of the budget (年终结转, 预算法 42): what is unspent is carried into the next year or lapses.

Projects are carried once, for the same purpose; basic expenditure lapses, and so does what was carried before. Whoever
issues may let a project lapse, never the other way about. Holds and applications are settled first. Until the books of
the year are closed all of it can be undone in red, as often as needed, with what it opened in the next year.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from uuid import UUID

from sqlalchemy import Connection

from ledger.budget_errors import BudgetYearUnsettled, NothingToUndo
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.db import Transaction
from ledger.errors import UnknownBook
from ledger.events import Event
from ledger.journal import Posted, post, reverse_all
from ledger.money import Fen
from ledger.orders import BudgetLine

_YEAR = len("2024")
UNDISTRIBUTED = ("approved", "transfer", "reserve", "held_back", "department", "transfer_awaiting")
"""Where budget is that no unit was given, as the facts of its cancellation name it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an indicator at the year end, in fen; ``origin`` is the year that it was first granted for."""

    indicator: str
    origin: int
    fund: str
    func: str
    agency: str | None
    gov_econ: str | None
    dept_econ: str | None
    project: str | None
    awaiting: int
    free: int
    held: int
    reserved: int
    approved: int
    transfer: int
    reserve: int
    held_back: int
    department: int
    transfer_awaiting: int

    @property
    def unspent(self) -> int:
        """What is carried or lapses."""
        return self.awaiting + self.free

    @property
    def undistributed(self) -> int:
        """What no unit was given."""
        return sum(getattr(self, name) for name in UNDISTRIBUTED)

    def line(self) -> BudgetLine:
        """Give it as the line that an order names."""
        return BudgetLine(
            indicator=self.indicator, fund=self.fund, func=self.func, agency=self.agency, gov_econ=self.gov_econ,
            dept_econ=self.dept_econ, project=self.project,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """A step of the year end that stands: not undone."""

    event_id: UUID
    kind: str
    key: str
    on: date
    indicator: str
    fen: int


@dataclass(frozen=True, slots=True)
class YearEnd:
    """How far the year end of a budget is."""

    year: int
    set_code: str
    starts_on: date
    ends_on: date
    number: int
    """Of the next step: one that stands in no key, not of a step that was undone either, nor typed by anybody."""
    left: Sequence[Left]
    done: Sequence[Done]

    def may_be_carried(self, of: Left) -> bool:
        """Tell what the rule is: a project once, into the year after it was granted."""
        return of.project is not None and of.origin == self.year

    def of_kind(self, kind: str) -> list[Done]:
        """Give the steps of a kind."""
        return [each for each in self.done if each.kind == kind]

    def to_open(self) -> dict[str, list[Done]]:
        """Give what was carried over under the codes of the next year, where not all of it is open there yet."""
        opened = self.fens("indicator_reopening")
        heirs: dict[str, list[Done]] = {}
        for each in self.of_kind("indicator_carry_over"):
            heirs.setdefault(next_year(each.indicator, self.year), []).append(each)
        return {code: of for code, of in heirs.items() if sum(each.fen for each in of) > opened[code]}

    def fens(self, kind: str) -> Counter[str]:
        """Add up the steps of a kind by indicator, in fen."""
        sums: Counter[str] = Counter()
        for each in self.of_kind(kind):
            sums[each.indicator] += each.fen
        return sums

    def key(self, indicator: str) -> str:
        """Give the key of the next step."""
        return f"YE-{self.year}-{self.number}-{indicator}"

    def unsettled(self) -> list[Left]:
        """Give what must be settled before: held, reserved, or in nobody's hands."""
        return [each for each in self.left if each.held or each.reserved or each.undistributed]


@dataclass(frozen=True, slots=True)
class _Step:
    """One kind of step, on one day, by one document."""

    of: YearEnd
    kind: str
    on: date
    narration: str
    document: str
    prepared_by: str

    def event(self, dims: Mapping[str, str], **fens: int) -> Event:
        """Write the step for one line; amounts in fen."""
        return Event(
            kind=self.kind, key=self.of.key(dims["indicator"]), on=self.on, prepared_by=self.prepared_by,
            narration=f"{self.of.year}{self.narration} {dims['indicator']}", document=self.document,
            facts={name: Fen(fen) for name, fen in fens.items()}, dims=dims,
        )  # fmt: skip


def read_year_end(connection: Connection, treasury_id: int, year: int) -> YearEnd:
    """Read what is left of a year's budget and which steps of its end stand.

    Raises:
        UnknownBook: there is no indicator set of that year.
    """
    of = connection.exec_driver_sql(
        "select code, starts_on, ends_on, account_set_id from ledger.account_set"
        " where treasury_id = %s and fiscal_year = %s and role = 'indicator'",
        (treasury_id, year),
    ).one_or_none()
    if of is None:
        raise UnknownBook(facts={"year": year})
    left = connection.exec_driver_sql(_LEFT, {"treasury_id": treasury_id, "account_set_id": of.account_set_id})
    steps = connection.exec_driver_sql(_STEPS, _asked(treasury_id, year, of.ends_on)).all()
    taken = {int(row.number) for row in steps if row.number}
    number = next(n for n in count(1) if n not in taken)
    done = [
        Done(r.event_id, r.kind, r.key, r.effective_on, r.indicator, r.fen)
        for r in steps
        if r.due and r.number and r.key.endswith(f"-{r.number}-{r.indicator}") and not r.undone
    ]
    return YearEnd(year, of.code, of.starts_on, of.ends_on, number, [Left(*row) for row in left], done)


def release_holds(tx: Transaction, year: int, *, document: str, prepared_by: str) -> list[Posted]:
    """Set free on the last day what is still held, so that it can be carried over. Duty PCHK.

    Raises:
        LedgerError: as ``journal.post``.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    step = _Step(end, "indicator_release", end.ends_on, "年末解除冻结", document, prepared_by)
    return post(tx, [step.event(each.line().dims(), amount=each.held) for each in end.left if each.held])


def cancel_undistributed(tx: Transaction, year: int, revenue: str, *, document: str, prepared_by: str) -> list[Posted]:
    """Cancel on the last day what no unit was given, together with its source, a revenue item. Duty ISSU.

    Raises:
        LedgerError: as ``journal.post``.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    step = _Step(end, "unused_budget_cancellation", end.ends_on, "年末核销未分解的预算", document, prepared_by)
    return post(
        tx,
        [
            step.event(
                each.line().dims(revenue=revenue),
                **{_FACTS.get(name, name): getattr(each, name) for name in UNDISTRIBUTED},
            )
            for each in end.left
            if each.undistributed
        ],
    )


def end_budget_year(
    tx: Transaction, year: int, lapse: Collection[str], *, document: str, prepared_by: str
) -> list[Posted]:
    """Carry over what may be, and let the rest lapse, with it the indicators that ``lapse`` names. Duty ISSU.

    Nothing is posted where nothing is left.

    Raises:
        BudgetYearUnsettled: something is held, reserved for a payment, or was given to no unit yet.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    if unsettled := end.unsettled():
        raise BudgetYearUnsettled(facts={"year": year, "indicators": [each.indicator for each in unsettled][:20]})
    carry = _Step(end, "indicator_carry_over", end.ends_on, "年末结转下年", document, prepared_by)
    recover = _Step(end, "indicator_recovery", end.ends_on, "年末结余收回", document, prepared_by)
    return post(
        tx,
        [
            (carry if end.may_be_carried(each) and each.indicator not in lapse else recover).event(
                each.line().dims(), awaiting=each.awaiting, executable=each.free
            )
            for each in end.left
        ],
    )


def reopen_carried(tx: Transaction, year: int, *, document: str, prepared_by: str) -> list[Posted]:
    """Open in the next year what was carried over and is not open there yet, under the same trace. Duty ISSU.

    Raises:
        UnknownBook: the next year has no indicator set. LedgerError: as ``journal.post``.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    starts_on = read_year_end(tx.connection, tx.treasury_id, year + 1).starts_on
    opened = end.fens("indicator_reopening")
    carried = end.to_open()
    old = _lines(tx.connection, tx.treasury_id, [of[0].indicator for of in carried.values()])
    there = _lines(tx.connection, tx.treasury_id, list(carried))
    open_indicators(
        tx,
        [
            OpenIndicator(
                indicator=code, parent=of[0].indicator, fiscal_year=year + 1, document=document, budget_source=3,
                **{name: getattr(old[of[0].indicator], name) for name in _HANDED_ON},
            )
            for code, of in carried.items() if code not in there
        ],
    )  # fmt: skip
    step = _Step(end, "indicator_reopening", starts_on, "年结转的指标恢复", document, prepared_by)
    return post(
        tx,
        [
            step.event(
                replace(old[of[0].indicator], indicator=code).dims(),
                awaiting=0,
                executable=sum(each.fen for each in of) - opened[code],
            )
            for code, of in carried.items()
        ],
    )


def hold_again(tx: Transaction, year: int, *, document: str, prepared_by: str) -> list[Posted]:
    """Hold in the next year what was held until the last day, as far as it was carried over. Duty PCHK.

    Raises:
        LedgerError: as ``journal.post``.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    opened, held, freed = end.fens("indicator_reopening"), end.fens("indicator_hold"), Counter[str]()
    for indicator, fen in end.fens("indicator_release").items():
        freed[next_year(indicator, year)] += fen
    again = {code: min(freed[code], fen) - held[code] for code, fen in opened.items()}
    lines = _lines(tx.connection, tx.treasury_id, list(opened))
    on = {each.indicator: each.on for each in end.of_kind("indicator_reopening")}
    return post(
        tx,
        [
            _Step(end, "indicator_hold", on[code], "年末的冻结恢复", document, prepared_by).event(
                lines[code].dims(), amount=fen
            )
            for code, fen in again.items()
            if fen > 0
        ],
    )


def undo_year_end(tx: Transaction, year: int, *, prepared_by: str) -> list[Posted]:
    """Undo every step of the year end that stands, the last one first: each in red, on its own day. Duty AUDT_IN.

    Raises:
        NothingToUndo: no step stands. PeriodClosed: the year is closed. LimitExceeded: what was carried over is
            spent or held in the next year.
    """
    end = read_year_end(tx.connection, tx.treasury_id, year)
    if not end.done:
        raise NothingToUndo(facts={"year": year})
    back = list(reversed(end.done))
    posted: list[Posted] = []
    for day in sorted({each.on for each in back}, reverse=True):
        keys = {each.event_id: f"undo-{each.key}" for each in back if each.on == day}
        posted += reverse_all(tx, keys, on=day, narration=f"撤销{year}年末结转", prepared_by=prepared_by)
    return posted


def next_year(indicator: str, year: int) -> str:
    """Give the code under which an indicator goes on in the next year."""
    return f"{year + 1}-C-{indicator[_YEAR:].lstrip('-').removeprefix('B-')}"


def _lines(connection: Connection, treasury_id: int, codes: Sequence[str]) -> dict[str, BudgetLine]:
    rows = connection.exec_driver_sql(
        "select indicator, fund, func, agency, gov_econ, dept_econ, project from ledger.indicator"
        " where treasury_id = %s and indicator = any (%s) order by indicator",
        (treasury_id, list(codes)),
    )
    return {row.indicator: BudgetLine(**row._asdict()) for row in rows}


def _asked(treasury_id: int, year: int, ends_on: date) -> dict[str, object]:
    begins = f"YE-{year}-"
    return {
        "treasury_id": treasury_id,
        "keys": f"{begins}%",
        "numbered": f"^{begins}([0-9]{{1,9}})-",
        "ends_on": ends_on,
    }


_HANDED_ON = ("fund", "func", "agency", "gov_econ", "dept_econ", "project")
_FACTS = {"held_back": "held"}
_LEFT = """
with recursive held as (
  select l.limit_key as indicator, k.key, l.available_fen as fen
    from ledger.limit_row l
    join ledger.account_set s using (treasury_id, account_set_id)
    join ledger.account_key k on (k.chart, k.code, k.dim) = (s.chart, l.account, '') and k.valid @> s.ends_on
   where l.treasury_id = %(treasury_id)s and l.account_set_id = %(account_set_id)s and l.available_fen > 0),
up as (
  select i.indicator, i.parent, i.fiscal_year from ledger.indicator i
   where i.treasury_id = %(treasury_id)s and i.indicator in (select h.indicator from held h)
  union all
  select up.indicator, i.parent, i.fiscal_year from up
    join ledger.indicator i on (i.treasury_id, i.indicator) = (%(treasury_id)s, up.parent))
select i.indicator, (select min(up.fiscal_year) from up where up.indicator = i.indicator) as origin,
       i.fund, i.func, i.agency, i.gov_econ, i.dept_econ, i.project,
       coalesce(sum(h.fen) filter (where h.key = 'AWAITING_ISSUE'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'EXECUTABLE'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'FROZEN'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'RESERVED'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'APPROVED_EXPENDITURE'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'APPROVED_TRANSFER'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'RESERVE_BUDGET'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'HELD_BUDGET'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'DEPARTMENT_INDICATOR'), 0)::bigint,
       coalesce(sum(h.fen) filter (where h.key = 'TRANSFER_AWAITING_ISSUE'), 0)::bigint
  from held h join ledger.indicator i on (i.treasury_id, i.indicator) = (%(treasury_id)s, h.indicator)
 where h.key in ('AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN', 'RESERVED', 'APPROVED_EXPENDITURE', 'APPROVED_TRANSFER',
                 'RESERVE_BUDGET', 'HELD_BUDGET', 'DEPARTMENT_INDICATOR', 'TRANSFER_AWAITING_ISSUE')
 group by i.treasury_id, i.indicator order by i.indicator"""
_STEPS = """
select e.event_id, e.kind, e.key, e.effective_on, min(p.indicator) as indicator,
       substring(e.key from %(numbered)s) as number,
       case when e.kind in ('indicator_reopening', 'indicator_hold') then e.effective_on > %(ends_on)s
            else e.effective_on = %(ends_on)s end as due,
       coalesce(sum(p.amount_fen) filter (where p.side = 'D'), 0)::bigint as fen,
       exists (select from ledger.event r where (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)) as undone
  from ledger.event e
  join ledger.voucher v using (treasury_id, event_id)
  join ledger.posting p using (treasury_id, voucher_id)
 where e.treasury_id = %(treasury_id)s and e.key like %(keys)s
   and e.kind in ('indicator_release', 'unused_budget_cancellation', 'indicator_carry_over', 'indicator_recovery',
                  'indicator_reopening', 'indicator_hold')
 group by e.treasury_id, e.event_id order by e.recorded_at, e.key"""
