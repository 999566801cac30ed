"""The balance sheet (资产负债表) and the statement of revenue and expenditure (收入支出表) of a set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ledger.errors import UnknownBook
from reports.account_sets import SetFacts, one_book
from reports.queries import rows
from reports.table import Column, Row, Slice, Table
from reports.trees import branches
from reports.trial_balance import Account, accounts, trial_balance

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reports.table import Measure

CLOSE = ("year_end_close",)
_ASSETS = ("asset",)
_CLAIMS = ("liability", "net", "revenue", "expense")
"""What stands against the assets; revenue and expense hold the surplus that is not closed yet."""
_Sums = Mapping[str, tuple[int, int]]
"""Debits less credits by account, for both columns of a statement."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a statement: accounts of some elements, each with its parents, and their sum."""

    elements: tuple[str, ...]
    measure: "Measure"
    zh: str
    en: str

    def rows(self, chart: Mapping[str, Account], sums: _Sums, book: str) -> list[Row]:
        """List the accounts with anything in them, then the sum."""
        own = [c for c in sums if chart[c].book == book and chart[c].element in self.elements]
        parents = {code: account.parent for code, account in chart.items()}
        listed = [
            self._row((each.code, chart[each.code].name_zh, chart[each.code].name_en), each.members, sums,
                      level=each.level + 1, rolled=each.rolled)
            for each in branches(own, parents)
        ]  # fmt: skip
        return [*listed, self.sum(chart, sums, book)]

    def sum(self, chart: Mapping[str, Account], sums: _Sums, book: str) -> Row:
        """Give the sum of the part alone; it asks for every account of its elements, posted to or not."""
        every = [c for c, a in chart.items() if a.book == book and a.element in self.elements and a.postable]
        return self._row((None, self.zh, self.en), every, sums, level=0, rolled=True)

    def _row(
        self, named: tuple[str | None, str, str], members: Iterable[str], sums: _Sums, *, level: int, rolled: bool
    ) -> Row:
        codes = tuple(sorted(members))
        sign = 1 if self.measure == "net" else -1
        one, two = (sign * sum(sums.get(code, (0, 0))[at] for code in codes) for at in (0, 1))
        return Row((*named, one, two), Slice(measure=self.measure, accounts=codes), level, rolled)


def balance_sheet(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    on: date | None = None,
    known: int | date | None = None,
) -> Table:
    """Give the balance sheet of the financial book (or of the only one) on a day, and at the year's beginning.

    Before the year-end close the surplus so far stands in a row of its own, so that both sides balance.

    Raises:
        UnknownBook: no such set, it has no balance sheet, or a day before its books open.
    """
    found = trial_balance(connection, set_code=set_code, treasury=treasury, on=on, known=known)
    own = found.account_set
    book = next((each for each in ("financial", "general") if each in own.books), None)
    if book is None:
        raise UnknownBook(f"{set_code} has no balance sheet", {"set": set_code})
    chart = accounts(connection, own.chart)
    sums = {row.account.code: (row.opening, row.closing) for row in found.rows if row.opening or row.closing}
    unclosed = _Part(("revenue", "expense"), "contra", "本期收支差额（未结账）", "Surplus of the year, not closed")
    surplus = unclosed.sum(chart, sums, book)
    net_assets = _Part(("net", "revenue", "expense"), "contra", "净资产合计", "Total net assets")
    listed = [
        *_Part(_ASSETS, "net", "资产总计", "Total assets").rows(chart, sums, book),
        *_Part(("liability",), "contra", "负债合计", "Total liabilities").rows(chart, sums, book),
        *_Part(("net",), "contra", "", "").rows(chart, sums, book)[:-1],
        Row(surplus.cells, surplus.slice, 1),
        net_assets.sum(chart, sums, book),
        _Part(_CLAIMS, "contra", "负债和净资产总计", "Total liabilities and net assets").sum(chart, sums, book),
    ]
    return Table(
        name="balance-sheet",
        title_zh="资产负债表",
        title_en="Balance sheet",
        account_set=own,
        from_on=own.starts_on,
        to_on=found.to_on,
        columns=(
            *_NAMES,
            Column("opening", "年初数", "At the beginning of the year", "amount", Slice(to_on=own.opens_on)),
            Column("closing", "期末数", "At the end of the period", "amount", Slice()),
        ),
        rows=listed,
        book=book,
        known=found.known,
        notes=(
            (
                "年终结账前，本期收入减费用单列一行；结账后该行为零。",
                "Before the year-end close revenue less expense stands in a row of its own; after it that row is nil.",
            ),
        ),
    )


_NAMES = (
    Column("account", "科目", "Account", "code"),
    Column("name_zh", "项目", "Item"),
    Column("name_en", "英文名称", "Item in English"),
)


def revenue_expenditure(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    on: date | None = None,
    known: int | date | None = None,
    book: str | None = None,
) -> Table:
    """Give revenue and expenditure of a month and of the year up to a day, for each book or for one.

    The year-end close and its reversals are left out, so that the statement is the same before and after.

    Raises:
        UnknownBook: no such set or book, or it has neither revenue nor expenditure; a day before its books open.
    """
    found = trial_balance(connection, set_code=set_code, treasury=treasury, on=on, known=known)
    own = found.account_set
    chosen = one_book(own, book)
    chart = accounts(connection, own.chart)
    books = [name for name in _ELEMENTS if name in own.books and chosen in {None, name}]
    if not books:
        raise UnknownBook(f"{set_code} has no revenue and expenditure", {"set": set_code, "book": book})
    month = max(found.to_on.replace(day=1), own.starts_on)
    sums = _flows(connection, own, found.to_on, month, found.known)
    listed: list[Row] = []
    for name in books:
        revenue, expense = _ELEMENTS[name]
        listed += _Part((revenue,), "contra", *_REVENUE[name]).rows(chart, sums, name)
        listed += _Part((expense,), "net", *_EXPENSE[name]).rows(chart, sums, name)
        listed.append(_Part((revenue, expense), "contra", *_SURPLUS[name]).sum(chart, sums, name))
    return Table(
        name="revenue-expenditure",
        title_zh="收入支出表",
        title_en="Revenue and expenditure",
        account_set=own,
        from_on=own.starts_on,
        to_on=found.to_on,
        columns=(
            *_NAMES,
            Column("month", "本月数", "This month", "amount", Slice(from_on=month, without_kinds=CLOSE)),
            Column("year", "本年累计数", "This year", "amount", Slice(from_on=own.starts_on, without_kinds=CLOSE)),
        ),
        rows=listed,
        book=chosen,
        known=found.known,
        notes=(("不含年终结账分录。", "The year-end close is left out."),),
    )


_ELEMENTS = {
    "financial": ("revenue", "expense"),
    "budgetary": ("budget_revenue", "budget_expense"),
    "general": ("revenue", "expense"),
}
_REVENUE = {
    "financial": ("收入合计", "Total revenue"),
    "budgetary": ("预算收入合计", "Total budget revenue"),
    "general": ("收入合计", "Total revenue"),
}
_EXPENSE = {
    "financial": ("费用合计", "Total expense"),
    "budgetary": ("预算支出合计", "Total budget expenditure"),
    "general": ("支出合计", "Total expenditure"),
}
_SURPLUS = {
    "financial": ("本期盈余", "Surplus"),
    "budgetary": ("本期预算收支差额", "Budget surplus"),
    "general": ("收支差额", "Surplus"),
}


def _flows(connection: "Connection", own: SetFacts, to_on: date, month: date, known: int | None) -> _Sums:
    """Give debits less credits of the month and of the year so far by account, without the close."""
    whole = _turnover(connection, own, to_on, known)
    before = _turnover(connection, own, month - timedelta(days=1), known) if month > own.starts_on else {}
    given = {
        "treasury_id": own.treasury_id,
        "account_set_id": own.account_set_id,
        "on": to_on,
        "month": month,
        "known": known,
    }
    closed = rows(connection, "closes", given)
    year = dict(whole)
    this = {code: fen - before.get(code, 0) for code, fen in whole.items()}
    for account, earlier, fen in closed:
        year[account] -= int(fen)
        if not earlier:
            this[account] -= int(fen)
    return {code: (this[code], year[code]) for code in whole if this[code] or year[code]}


def _turnover(connection: "Connection", own: SetFacts, on: date, known: int | None) -> dict[str, int]:
    found: Sequence[tuple[str, int]] = [
        (row.account.code, row.debit - row.credit)
        for row in trial_balance(connection, set_code=own.code, treasury=own.treasury_id, on=on, known=known).rows
    ]
    return dict(found)
