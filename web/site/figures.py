"""What the public may see, read by the one login that sees published views and nothing else."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ledger.db import Source
from ledger.money import format_yuan

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
class PublishedTreasury:
    """A treasury with its published sets, the newest year first, and the money it held."""

    code: str
    name_zh: str
    name_en: str
    demo: bool
    currency: str
    sets: Sequence[PublishedSet]
    cash: int | None
    cash_of: PublishedSet | None


def published_sets(source: Source) -> list[PublishedSet]:
    """List every published account set with the books that have balances."""
    with source.engine("public").connect() as connection:
        books: dict[tuple[int, str], set[str]] = {}
        for row in connection.exec_driver_sql("select distinct treasury_id, code, book from published.balance"):
            books.setdefault((row.treasury_id, row.code), set()).add(row.book)
        return [
            PublishedSet(*row, tuple(b for b in BOOKS if b in books.get((row.treasury_id, row.code), ())))
            for row in connection.exec_driver_sql(
                "select treasury_id, treasury, treasury_zh, treasury_en, demo, code, name_zh, name_en, role, chart,"
                " fiscal_year, starts_on, currency, as_of from published.account_set"
                " order by treasury, fiscal_year desc, role <> 'bureau', role <> 'indicator', code"
            )
        ]


def trial_balance(source: Source, of: PublishedSet, book: str) -> list[Balance]:
    """Give the published trial balance of one book, by account."""
    with source.engine("public").connect() as connection:
        return [
            Balance(*row)
            for row in connection.exec_driver_sql(
                "select account, name_zh, name_en, opening_fen, debit_fen, credit_fen, closing_fen"
                "  from published.balance where treasury_id = %s and code = %s and book = %s"
                " order by account",
                (of.treasury_id, of.code, book),
            )
        ]


def treasuries(source: Source) -> list[PublishedTreasury]:
    """List the published treasuries with the money in their newest bureau books."""
    by_code: dict[str, list[PublishedSet]] = {}
    for each in published_sets(source):
        by_code.setdefault(each.treasury, []).append(each)
    found = []
    for code, sets in by_code.items():
        first = sets[0]
        bureau = next((s for s in sets if s.role == "bureau"), None)
        cash = None if bureau is None else _cash(source, bureau)
        found.append(
            PublishedTreasury(
                code,
                first.treasury_zh,
                first.treasury_en,
                first.demo,
                first.currency,
                sets,
                cash,
                bureau,
            )
        )
    return found


def _cash(source: Source, bureau: PublishedSet) -> int | None:
    account = _cash_accounts().get(bureau.chart)
    with source.engine("public").connect() as connection:
        fen = connection.exec_driver_sql(
            "select closing_fen from published.balance where treasury_id = %s and code = %s and account = %s",
            (bureau.treasury_id, bureau.code, account),
        ).scalar()
    return None if fen is None else int(fen)


@cache
def _cash_accounts() -> Mapping[str, str]:
    """Tell which account of each chart is the treasury's cash (国库存款), by the master data."""
    text = files("ledger.master").joinpath("account_key.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {row["chart"]: row["code"] for row in rows if row["key"] == "TREASURY_CASH"}


def grouped(fen: int) -> str:
    """Write an amount for reading: ``1,234.50``, a minus sign before what is negative."""
    whole, _, part = format_yuan(abs(fen)).partition(".")
    return f"{'−' if fen < 0 else ''}{int(whole):,}.{part}"


def side(fen: int) -> str:
    """Tell on which side a balance stands: ``D``, ``C``, or nothing when it is nil."""
    return "D" if fen > 0 else "C" if fen < 0 else ""
