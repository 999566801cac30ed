"""The chain of each indicator (指标链): what it got, and what became of every fen of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from ledger.errors import UnknownBook
from reports.account_sets import SetFacts, day_of, find, known_index
from reports.queries import rows
from reports.table import Column, Row, Slice, Table
from reports.trees import Branch, branches
from reports.vouchers import below

if TYPE_CHECKING:
    from sqlalchemy import Connection

STATES: Mapping[str, tuple[str, ...]] = {
    "awaiting": (
        "APPROVED_EXPENDITURE",
        "APPROVED_TRANSFER",
        "RESERVE_BUDGET",
        "HELD_BUDGET",
        "DEPARTMENT_INDICATOR",
        "AWAITING_ISSUE",
        "TRANSFER_AWAITING_ISSUE",
    ),
    "free": ("EXECUTABLE",),
    "held": ("FROZEN",),
    "reserved": ("RESERVED",),
    "executed": ("EXECUTED_PAYMENT", "EXECUTED_TRANSFER", "EXECUTED_ALLOCATION"),
    "carried": ("EXECUTED_RECOVERY", "INDICATOR_CARRY_OVER"),
}
"""The keys of the accounts in which an indicator's money can be."""
RECOVERED = ("EXECUTED_RECOVERY",)
"""Those of ``carried`` that hold what went back to finance: recovered in the year, or lapsed at its end."""

REOPENED = ("indicator_reopening",)
"""What was carried over from the year before is opened again; no Congress approved it for this year."""
APPROVED = ("budget_approval", "held_budget_approval", *REOPENED, "opening", "unit_fund_carry_over")
ADJUSTED = ("budget_addition", "budget_reduction", "unused_budget_cancellation")
TRANSFERRED = ("indicator_reallocation", "indicator_return")
ALLOCATED = ("held_budget_allocation", "reserve_allocation")
"""Allocated within the year out of what was not given to anyone at first: a change of the unit's budget."""
DOWN = ("department_decomposition", *ALLOCATED, "transfer_decomposition", "unit_decomposition")
"""Kinds of event from one indicator down to another: the debit is received, the credit distributed."""
GRANTS = (*APPROVED, *DOWN, *ADJUSTED, *TRANSFERRED)
"""Every kind of event that changes how much an indicator has; all others only move it from state to state."""
CLOSE = ("year_end_close",)
"""The close makes every account nil; the chain shows what was closed."""


@dataclass(slots=True)
class Figures:
    """What was granted and where it is, in fen; all of it can be added up over indicators.

    The last three are parts: ``reopened`` of what was approved, ``allocated`` of what was received less passed on,
    ``recovered`` of what is carried over or recovered.
    """

    approved: int = 0
    received: int = 0
    distributed: int = 0
    adjusted: int = 0
    transferred: int = 0
    awaiting: int = 0
    free: int = 0
    held: int = 0
    reserved: int = 0
    executed: int = 0
    carried: int = 0
    reopened: int = 0
    allocated: int = 0
    recovered: int = 0

    @property
    def first(self) -> int:
        """What came by approval and from above, less what was passed on."""
        return self.approved + self.received - self.distributed

    @property
    def begun(self) -> int:
        """What came by approval and from above without what was carried over from the year before."""
        return self.first - self.reopened

    @property
    def changed(self) -> int:
        """What the year changed: adjusted, moved, and allocated out of the reserve or what finance held."""
        return self.adjusted + self.transferred + self.allocated

    @property
    def issued(self) -> int:
        """What its unit may spend or has spent, with what went back or on."""
        return self.free + self.held + self.reserved + self.executed + self.carried

    @property
    def handed_on(self) -> int:
        """What was carried into the next year."""
        return self.carried - self.recovered

    @property
    def granted(self) -> int:
        """What there is in all: the current budget."""
        return self.first + self.adjusted + self.transferred

    @property
    def residual(self) -> int:
        """What cannot be explained; zero when only events of the templates were posted."""
        placed: int = sum(getattr(self, state) for state in STATES)
        return self.granted - placed

    def add(self, other: "Figures") -> None:
        """Add the figures of another."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an indicator set: up to a day, as known, in part."""

    account_set: SetFacts
    to_on: date
    known: int | None
    fund: str | None = None
    agency: str | None = None
    indicator: str | None = None

    def slice(self) -> Slice:
        """Ask for the same part when listing vouchers."""
        under = {"agency": self.agency, "indicator": self.indicator}
        exact = {} if self.fund is None else {"fund": (self.fund,)}
        return Slice(dims=exact, under={name: code for name, code in under.items() if code is not None})

    def filters(self) -> dict[str, str]:
        """Name the part that is asked for."""
        named = {"fund": self.fund, "agency": self.agency, "indicator": self.indicator}
        return {name: code for name, code in named.items() if code is not None}


def ask(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None,
    on: date | None,
    known: int | date | None,
    fund: str | None = None,
    agency: str | None = None,
    indicator: str | None = None,
) -> Question:
    """Find the indicator set and the day.

    Raises:
        UnknownBook: no such set, or it is no indicator set; a day before it opens.
    """
    account_set = find(connection, set_code, treasury)
    if account_set.role != "indicator":
        raise UnknownBook(f"{set_code} is no indicator set", {"set": set_code, "role": account_set.role})
    index = known_index(connection, account_set.treasury_id, known)
    return Question(account_set, day_of(account_set, on), index, fund or None, agency or None, indicator or None)


def state_accounts(connection: "Connection", chart: str) -> dict[str, tuple[str, ...]]:
    """Give the accounts of each state of an indicator's money, and those of what was recovered."""
    states = {key: state for state, keys in STATES.items() for key in keys}
    listed = [(key, code) for key, code in rows(connection, "key_accounts", {"chart": chart, "keys": list(states)})]
    return accounts_by_state(listed)


def accounts_by_state(listed: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Put the accounts of keys under their states; those of what was recovered also under ``recovered``."""
    found: dict[str, set[str]] = {state: set() for state in (*STATES, "recovered")}
    for key, code in listed:
        for state, keys in (*STATES.items(), ("recovered", RECOVERED)):
            if key in keys:
                found[state].add(code)
    return {state: tuple(sorted(codes)) for state, codes in found.items()}


def every_account(accounts: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Give all accounts in which an indicator's money can be, each once."""
    return tuple(sorted({code for codes in accounts.values() for code in codes}))


def figures(
    connection: "Connection", asked: Question, by: str, accounts: Mapping[str, tuple[str, ...]]
) -> dict[str, Figures]:
    """Add up the chain by the codes of a dimension; what carries none is under "".

    Raises:
        UnknownBook: there is no such fund, agency or indicator.
    """
    own = asked.account_set
    within = {
        name: list(below(connection, own.treasury_id, name, code)) if code is not None else None
        for name, code in (("agency", asked.agency), ("indicator", asked.indicator))
    }
    if asked.fund is not None:
        below(connection, own.treasury_id, "fund", asked.fund)
    given = {
        "treasury_id": own.treasury_id,
        "account_set_id": own.account_set_id,
        "accounts": list(every_account(accounts)),
        "kinds": [*GRANTS, *CLOSE],
        "by": by,
        "on": asked.to_on,
        "known": asked.known,
        "fund": None if asked.fund is None else [asked.fund],
        **within,
    }
    return add_up(rows(connection, "chain", given), accounts)


def add_up(lines: Iterable[Sequence[Any]], accounts: Mapping[str, Sequence[str]]) -> dict[str, Figures]:
    """Add up lines of code, account, kind of grant or "", side and fen, by code; what carries none is under ""."""
    state_of = {code: state for state in STATES for code in accounts[state]}
    recovered = frozenset(accounts["recovered"])
    sums: dict[str, Figures] = {}
    for code, account, kind, side, fen in lines:
        into = sums.setdefault(code or "", Figures())
        net = int(fen) if side == "D" else -int(fen)
        _raise(into, state_of[account], net)
        if account in recovered:
            _raise(into, "recovered", net)
        if kind in REOPENED:
            _raise(into, "reopened", net)
        if kind in ALLOCATED:
            _raise(into, "allocated", net)
        if kind in DOWN:
            _raise(into, "received" if side == "D" else "distributed", int(fen))
        elif kind:
            _raise(into, _GRANT_OF[kind], net)
    return sums


_GRANT_OF = {
    **dict.fromkeys(APPROVED, "approved"),
    **dict.fromkeys(ADJUSTED, "adjusted"),
    **dict.fromkeys(TRANSFERRED, "transferred"),
}


def _raise(into: Figures, name: str, fen: int) -> None:
    setattr(into, name, getattr(into, name) + fen)


def summed(sums: Mapping[str, Figures], codes: Iterable[str]) -> Figures:
    """Add up the figures of several codes."""
    whole = Figures()
    for code in codes:
        whole.add(sums[code])
    return whole


def indicator_chain(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    on: date | None = None,
    known: int | date | None = None,
    indicator: str | None = None,
    fund: str | None = None,
    agency: str | None = None,
    rolled: bool = False,
) -> Table:
    """Give one row for each indicator, and (``rolled``) one for each parent with everything below it.

    ``indicator`` and ``agency`` ask for one with all below it. The chain is shown as before the year-end
    close, which makes every account nil.

    Raises:
        UnknownBook: no such indicator set, indicator, fund or agency, or a day before its books open.
    """
    asked = ask(connection, set_code=set_code, treasury=treasury, on=on, known=known, fund=fund, agency=agency,
                indicator=indicator)  # fmt: skip
    accounts = state_accounts(connection, asked.account_set.chart)
    sums = figures(connection, asked, "indicator", accounts)
    named = {row[0]: row[1:] for row in rows(connection, "indicators", {"treasury_id": asked.account_set.treasury_id})}
    listed = branches(sums, {code: row[0] for code, row in named.items()})
    if indicator:
        listed = _only_below(listed, indicator)
    columns = _columns(accounts)
    return Table(
        name="indicator-chain",
        title_zh="预算指标链",
        title_en="Indicator chain",
        account_set=asked.account_set,
        from_on=asked.account_set.starts_on,
        to_on=asked.to_on,
        columns=columns,
        rows=[_row(branch, sums, named, asked, columns) for branch in listed if rolled or not branch.rolled],
        totals=_totals(summed(sums, sums), columns),
        known=asked.known,
        filters=asked.filters(),
        notes=(
            (
                "批准 + 上级分解 − 已分解 + 调整 + 调剂 = 待下达 + 可执行 + 冻结 + 占用 + 已执行 + 结转；差额应为零。",
                "Approved + received - distributed + adjusted + transferred = the sum of the states; residual zero.",
            ),
        ),
    )


def _only_below(listed: Sequence[Branch], code: str) -> list[Branch]:
    """Leave out the parents above the indicator that is asked for: they are shown nowhere in full."""
    start = next((n for n, branch in enumerate(listed) if branch.code == code), len(listed))
    top = listed[start].level if start < len(listed) else 0
    return [Branch(b.code, b.level - top, b.rolled, b.members) for b in listed[start:]]


def _columns(accounts: Mapping[str, tuple[str, ...]]) -> tuple[Column, ...]:
    every = every_account(accounts)

    def granted(name: str, zh: str, en: str, asked: Slice) -> Column:
        return Column(name, zh, en, "amount", Slice(accounts=every).joined(asked))

    def state(name: str, zh: str, en: str) -> Column:
        return Column(name, zh, en, "amount", Slice(measure="net", accounts=accounts[name], without_kinds=CLOSE))

    return (
        Column("indicator", "指标", "Indicator", "code"),
        Column("parent", "上级指标", "Parent", "code"),
        Column("agency", "预算单位", "Agency", "code"),
        Column("func", "功能分类", "Function", "code"),
        Column("fund", "资金性质", "Fund", "code"),
        granted("approved", "批准", "Approved", Slice(measure="net", kinds=APPROVED)),
        granted("received", "上级分解", "Received from above", Slice(measure="debit", kinds=DOWN)),
        granted("distributed", "减：已分解", "Less: distributed", Slice(measure="credit", kinds=DOWN)),
        granted("adjusted", "调整", "Adjusted", Slice(measure="net", kinds=ADJUSTED)),
        granted("transferred", "调剂", "Transferred", Slice(measure="net", kinds=TRANSFERRED)),
        state("awaiting", "待分解、待下达", "Awaiting"),
        state("free", "可执行", "Executable"),
        state("held", "冻结", "Frozen"),
        state("reserved", "支付占用", "Reserved"),
        state("executed", "已执行", "Executed"),
        state("carried", "结转、收回", "Carried over or recovered"),
        granted("residual", "差额", "Residual", Slice(measure="contra", without_kinds=(*GRANTS, *CLOSE))),
    )


def _row(
    branch: Branch,
    sums: Mapping[str, Figures],
    named: Mapping[str, Sequence[str | None]],
    asked: Question,
    columns: Sequence[Column],
) -> Row:
    whole = summed(sums, branch.members)
    parent, agency, func, fund = named.get(branch.code, (None, None, None, None))
    part = Slice(under={"indicator": branch.code}) if branch.rolled else Slice(dims={"indicator": (branch.code,)})
    return Row(
        (branch.code, parent, agency, func, fund, *_totals(whole, columns).values()),
        asked.slice().joined(part),
        branch.level,
        branch.rolled,
    )


def _totals(whole: Figures, columns: Sequence[Column]) -> dict[str, int]:
    return {column.name: getattr(whole, column.name) for column in columns if column.kind == "amount"}
