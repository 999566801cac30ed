"""What the public may see, read by the one login that sees published views and nothing else."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.db import Source
from web.site.memory import kept_rows, remembered, rows

BOOKS = ("financial", "budgetary", "indicator", "general")
"""The books of an account set, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """An account set as it was published: its figures stand as of the end of a closed period."""

    treasury_id: int
    treasury: str
    treasury_zh: str
    treasury_en: str
    demo: bool
    code: str
    name_zh: str
    name_en: str
    role: str
    chart: str
    fiscal_year: int
    starts_on: date
    currency: str
    as_of: date
    agency: str
    books: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """One account of a trial balance, in fen; opening and closing are debit minus credit."""

    account: str
    name_zh: str
    name_en: str
    opening: int
    debit: int
    credit: int
    closing: int


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the four figures of the first page, in fen, and the book that it is read from."""

    name: str
    fen: int
    of: PublishedSet
    book: str


@dataclass(frozen=True, slots=True)
class PublishedTreasury:
    """A treasury with its published sets, the newest year first, and its four figures."""

    code: str
    name_zh: str
    name_en: str
    demo: bool
    currency: str
    sets: Sequence[PublishedSet]
    headlines: Sequence[Headline]

    @property
    def count(self) -> int:
        """How many sets are published."""
        return len(self.sets)


def published_sets(source: Source) -> Sequence[PublishedSet]:
    """List every published account set with the books that have balances."""
    return remembered(source, "sets", lambda: _published_sets(source))


def _published_sets(source: Source) -> tuple[PublishedSet, ...]:
    books: dict[tuple[int, str], set[str]] = {}
    for row in rows(source, "select distinct treasury_id, code, book from published.balance"):
        books.setdefault((row["treasury_id"], row["code"]), set()).add(row["book"])
    return tuple(
        PublishedSet(**row, books=tuple(b for b in BOOKS if b in books.get((row["treasury_id"], row["code"]), ())))
        for row in rows(source, _SETS)
    )


def trial_balance(source: Source, of: PublishedSet, book: str) -> Sequence[Balance]:
    """Give the published trial balance of one book, by account."""
    found = kept_rows(source, _BALANCES, treasury=of.treasury_id, code=of.code, book=book)
    return [Balance(**row) for row in found]


def treasuries(source: Source) -> list[PublishedTreasury]:
    """List the published treasuries with the four figures of their newest year."""
    by_code: dict[str, list[PublishedSet]] = {}
    for each in published_sets(source):
        by_code.setdefault(each.treasury, []).append(each)
    return [
        PublishedTreasury(
            code,
            sets[0].treasury_zh,
            sets[0].treasury_en,
            sets[0].demo,
            sets[0].currency,
            sets,
            [line for name in HEADLINES if (line := _headline(source, _of_one_year(sets), name)) is not None],
        )
        for code, sets in by_code.items()
    ]


def rules(source: Source) -> Sequence[Mapping[str, Any]]:
    """List the rules by which something is not shown."""
    return kept_rows(source, "select * from published.redaction_rule order by rule, field, dim, code")


def class_names(source: Source) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Give the names of classification codes, by scheme and code."""
    sql = "select scheme, code, name_zh, name_en from published.class_code"
    return remembered(source, "classes", lambda: {(row["scheme"], row["code"]): row for row in rows(source, sql)})


@dataclass(frozen=True, slots=True)
class _Figure:
    """How a figure of the first page is read: the set's role, the keys of its accounts, and on which side."""

    role: str
    keys: tuple[str, ...]
    sign: int
    turnover: bool


HEADLINES: Mapping[str, _Figure] = {
    "budget": _Figure(
        "indicator",
        (
            "SOURCE_REVENUE",
            "SOURCE_TRANSFER",
            "SOURCE_DEBT",
            "SOURCE_TRANSFERS_IN",
            "SOURCE_STABILISATION",
            "SOURCE_CARRY_OVER",
        ),
        -1,
        turnover=True,
    ),
    "spent": _Figure("bureau", ("BUDGET_EXPENDITURE",), 1, turnover=True),
    "received": _Figure("bureau", ("BUDGET_REVENUE",), -1, turnover=True),
    "cash": _Figure("bureau", ("TREASURY_CASH",), 1, turnover=False),
}
"""The four figures; a turnover leaves out the year-end close, which only moves what was there."""


def accounts_of(chart: str, figure: str) -> frozenset[str]:
    """Tell which accounts of a chart a figure is the sum of."""
    if figure not in HEADLINES:
        return frozenset()
    return frozenset(code for key in HEADLINES[figure].keys for code in _keys().get((chart, key), ()))


def _of_one_year(sets: Sequence[PublishedSet]) -> Sequence[PublishedSet]:
    """Leave out what is newer than the bureau's newest books: a year's budget stands beside what was spent of it."""
    newest = next((one.fiscal_year for one in sets if one.role == "bureau"), None)
    return sets if newest is None else [one for one in sets if one.fiscal_year <= newest]


def _headline(source: Source, sets: Sequence[PublishedSet], name: str) -> Headline | None:
    figure = HEADLINES[name]
    of = next((one for one in sets if one.role == figure.role), None)
    if of is None:
        return None
    kept = ("headline", of.treasury_id, of.code, name)
    fen, book = remembered(source, kept, lambda: _read(source, of, figure, sorted(accounts_of(of.chart, name))))
    return None if fen is None else Headline(name, figure.sign * fen, of, book)


def _read(source: Source, of: PublishedSet, figure: _Figure, accounts: Sequence[str]) -> tuple[int | None, str]:
    sql = _TURNOVER if figure.turnover else _CLOSING
    with source.engine("public").connect() as connection:
        row = connection.exec_driver_sql(sql, (of.treasury_id, of.code, accounts)).one()
    return (None if row.fen is None else int(row.fen)), row.book or ""


_SETS = """
select treasury_id, treasury, treasury_zh, treasury_en, demo, code, name_zh, name_en, role, chart, fiscal_year,
       starts_on, currency, as_of, agency from published.account_set
 order by treasury, fiscal_year desc, role <> 'bureau', role <> 'indicator', code"""
_BALANCES = """
select account, name_zh, name_en, opening_fen as opening, debit_fen as debit, credit_fen as credit,
       closing_fen as closing
  from published.balance where treasury_id = %(treasury)s and code = %(code)s and book = %(book)s order by account"""
_TURNOVER = """
select sum(case side when 'D' then amount_fen else -amount_fen end) as fen, min(book) as book from published.posting
 where treasury_id = %s and code = %s and account = any (%s) and kind not in ('year_end_close', 'opening')"""
_CLOSING = """
select sum(closing_fen) as fen, min(book) as book from published.balance
 where treasury_id = %s and code = %s and account = any (%s)"""


@cache
def _keys() -> Mapping[tuple[str, str], frozenset[str]]:
    """Tell which accounts a key stands for in each chart, by the master data."""
    text = files("ledger.master").joinpath("account_key.csv").read_text("utf-8")
    found: dict[tuple[str, str], set[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        found.setdefault((row["chart"], row["key"]), set()).add(row["code"])
    return {key: frozenset(codes) for key, codes in found.items()}


def side(fen: int) -> str:
    """Tell on which side a balance stands: ``D``, ``C``, or nothing when it is nil."""
    return "D" if fen > 0 else "C" if fen < 0 else ""
