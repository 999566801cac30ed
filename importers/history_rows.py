"""The rows of a workbook of earlier years: balances and totals of an account, with its codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from importers.budget_cells import Cells, Problem
from importers.history_reasons import HISTORY
from importers.workbooks import WorkbookReading
from ledger.chart import DIMENSIONS
from ledger.db import Transaction

AMOUNTS = ("opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit")
Key = tuple[str, tuple[tuple[str, str], ...]]
"""An account and the codes that its balance is kept apart by."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of a chart as far as a history needs it."""

    code: str
    parent: str | None
    book: str
    postable: bool
    needs: frozenset[str]
    takes: frozenset[str]


@dataclass(slots=True)
class HistoryRow:
    """A row in fen; ``verdict`` is ``leaf``, ``parent`` (the sum of accounts below), ``total`` or ``error``."""

    cells: Cells
    year: int
    account: str
    dims: tuple[tuple[str, str], ...]
    amounts: Mapping[str, int]
    verdict: str = "leaf"

    @property
    def key(self) -> Key:
        """The account with its codes."""
        return self.account, self.dims

    @property
    def problems(self) -> list[Problem]:
        """Every problem of the row."""
        return self.cells.problems

    @property
    def opening(self) -> int:
        """The opening balance, debit less credit."""
        return self.amounts["opening_debit"] - self.amounts["opening_credit"]

    @property
    def closing(self) -> int:
        """The closing balance, debit less credit."""
        return self.amounts["closing_debit"] - self.amounts["closing_credit"]

    def as_json(self) -> dict[str, object]:
        """Give it for a listing."""
        at = self.cells
        told = {"sheet": at.table.sheet, "row": at.row.row, "line": at.row.line, "year": self.year}
        verdict = "error" if self.problems else self.verdict
        named = {"account": self.account, "dims": dict(self.dims), "verdict": verdict}
        return {**told, **named, "problems": [each.as_json() for each in self.problems]}


@dataclass(slots=True)
class YearOfRows:
    """The rows of one year, sheet by sheet."""

    year: int
    rows: list[HistoryRow] = field(default_factory=list)

    @property
    def leaves(self) -> list[HistoryRow]:
        """The rows that are posted."""
        return [each for each in self.rows if each.verdict == "leaf"]


def known_accounts(tx: Transaction, chart: str) -> dict[str, KnownAccount]:
    """Give the accounts of a chart by code."""
    rows = tx.connection.exec_driver_sql(
        "select code, parent, book, postable, needs, takes from ledger.account where chart = %s", (chart,)
    )
    return {
        row.code: KnownAccount(row.code, row.parent, row.book, row.postable, frozenset(row.needs), frozenset(row.takes))
        for row in rows
    }


def rows_of(reading: WorkbookReading) -> list[YearOfRows]:
    """Read every row of a workbook of earlier years, and put them together by year."""
    years: dict[int, YearOfRows] = {}
    for table in reading.tables:
        for row in table.rows:
            made = _row(Cells(table, row, reading.mapping, HISTORY))
            years.setdefault(made.year, YearOfRows(made.year)).rows.append(made)
    return [years[year] for year in sorted(years)]


def _row(cells: Cells) -> HistoryRow:
    is_total = bool(cells.total())
    amounts = {}
    for what in AMOUNTS:
        amounts[what] = cells.amount(what, signed=True) or 0
        if what in cells.row.formulas and not is_total:
            cells.refuse("formula", what, cells.row.cells.get(what, ""))
        if amounts[what] < 0:
            cells.refuse("negative", what, cells.row.cells[what])
    if is_total:
        return HistoryRow(cells, cells.year(), "", (), amounts, "total")
    account = cells.code("account", needed=True)
    cells.text("name")
    dims = tuple((what, code) for what in DIMENSIONS if (code := _dim(cells, what)))
    made = HistoryRow(cells, cells.year(), account, dims, amounts)
    for side in ("opening", "closing"):
        if amounts[f"{side}_debit"] and amounts[f"{side}_credit"]:
            cells.refuse("both_sides", f"{side}_credit", cells.row.cells[f"{side}_credit"])
    if not made.problems and made.opening + amounts["debit"] - amounts["credit"] != made.closing:
        cells.refuse("does_not_add_up", "closing_debit", cells.row.cells.get("closing_debit", ""))
    return made


def _dim(cells: Cells, what: str) -> str:
    return cells.text(what) if what == "counterparty" else cells.code(what)


def check_accounts(year: YearOfRows, accounts: Mapping[str, KnownAccount]) -> None:
    """Hold each row against the chart: a parent is the sum of the accounts below, a leaf has the codes it needs."""
    seen: set[Key] = set()
    for each in year.rows:
        account = accounts.get(each.account)
        if each.verdict == "total" or not each.account:
            continue
        if account is None:
            each.cells.refuse("account_unknown", "account", each.account)
            continue
        if not account.postable:
            each.verdict = "parent"
            continue
        if each.key in seen:
            each.cells.refuse("repeated", "account", each.account)
        seen.add(each.key)
        given = {name for name, _ in each.dims}
        for name in sorted(account.needs - given):
            each.cells.refuse("dimension_missing", name)
        for name in sorted(given - account.needs - account.takes):
            each.cells.refuse("dimension_foreign", name, dict(each.dims)[name])
    _check_sums(year, accounts)


def _check_sums(year: YearOfRows, accounts: Mapping[str, KnownAccount]) -> None:
    below: dict[str, list[HistoryRow]] = {}
    for each in year.leaves:
        at = accounts[each.account].parent if each.account in accounts else None
        while at is not None:
            below.setdefault(at, []).append(each)
            at = accounts[at].parent
    for each in year.rows:
        if each.verdict == "parent":
            leaves = below.get(each.account, [])
            _agree(each, {**dict.fromkeys(AMOUNTS, 0), **_sums(leaves), **_net(leaves, each)})
    for sheet in dict.fromkeys(each.cells.table.sheet for each in year.rows):
        rows = [each for each in year.rows if each.cells.table.sheet == sheet]
        for each in rows:
            if each.verdict == "total":
                _agree(each, _sums([leaf for leaf in rows if leaf.verdict == "leaf"]))


def _sums(rows: list[HistoryRow]) -> dict[str, int]:
    return {what: sum(each.amounts[what] for each in rows) for what in AMOUNTS}


def _net(rows: list[HistoryRow], parent: HistoryRow) -> dict[str, int]:
    """Give the balances of a parent as it shows them: on both sides, or what is left of them on one."""
    shown: dict[str, int] = {}
    for side, net in (("opening", sum(r.opening for r in rows)), ("closing", sum(r.closing for r in rows))):
        if not (parent.amounts[f"{side}_debit"] and parent.amounts[f"{side}_credit"]):
            shown |= {f"{side}_debit": max(net, 0), f"{side}_credit": max(-net, 0)}
    return shown


def _agree(row: HistoryRow, computed: Mapping[str, int]) -> None:
    for what in AMOUNTS:
        if what in row.cells.table.headings and row.amounts[what] != computed[what]:
            row.cells.refuse("total_differs", what, f"{row.cells.row.cells[what]} ≠ {_yuan(computed[what])}")


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
