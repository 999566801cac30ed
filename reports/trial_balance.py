"""The trial balance (试算平衡表) of a set on a day, as kept, as added up again, or as it was once known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from reports.account_sets import SetFacts, day_of, find, known_index, one_book
from reports.queries import rows
from reports.table import Column, Row, Slice, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a chart."""

    code: str
    parent: str | None
    name_zh: str
    name_en: str
    element: str
    book: str
    normal_side: str
    postable: bool


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with its sums in fen; opening and closing are debits less credits.

    ``rolled`` marks a parent, the sum of the accounts below it.
    """

    account: Account
    opening: int
    debit: int
    credit: int
    level: int = 0
    rolled: bool = False
    parts: tuple[str, ...] = ()

    @property
    def closing(self) -> int:
        """What stands at the end of the day, debits less credits."""
        return self.opening + self.debit - self.credit

    def on_normal_side(self, fen: int) -> int:
        """Turn debits less credits to the side on which the account normally stands."""
        return fen if self.account.normal_side == "D" else -fen


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The accounts of a set with anything posted to them, in the order of their codes."""

    account_set: SetFacts
    book: str | None
    to_on: date
    known: int | None
    rows: Sequence[AccountBalance]

    def totals(self) -> dict[str, int]:
        """Add up the accounts (parents left out): opening and closing are zero when the books are right."""
        own = [row for row in self.rows if not row.rolled]
        return {
            "opening": sum(row.opening for row in own),
            "debit": sum(row.debit for row in own),
            "credit": sum(row.credit for row in own),
            "closing": sum(row.closing for row in own),
        }

    def table(self, sign: Literal["normal", "debit"] = "normal") -> Table:
        """Show it: balances on each account's normal side (column ``side``), or debits less credits."""
        opens = self.account_set.opens_on
        start = self.account_set.starts_on
        return Table(
            name="trial-balance",
            title_zh="试算平衡表",
            title_en="Trial balance",
            account_set=self.account_set,
            from_on=start,
            to_on=self.to_on,
            columns=(
                Column("account", "科目", "Account", "code"),
                Column("name_zh", "科目名称", "Name"),
                Column("name_en", "英文名称", "Name in English"),
                Column("opening", "期初余额", "Opening", "amount", Slice(to_on=opens)),
                Column("debit", "借方", "Debit", "amount", Slice(measure="debit", from_on=start)),
                Column("credit", "贷方", "Credit", "amount", Slice(measure="credit", from_on=start)),
                Column("closing", "期末余额", "Closing", "amount", Slice()),
                Column("side", "余额方向", "Side"),
                Column("book", "账", "Book"),
            ),
            rows=[self._row(row, sign) for row in self.rows],
            totals={name: fen for name, fen in self.totals().items() if name in {"debit", "credit"}},
            book=self.book,
            known=self.known,
            notes=(
                (
                    "期初、期末余额列示于科目的正常余额方向。",
                    "Balances stand on the account's normal side.",
                )
                if sign == "normal"
                else ("期初、期末余额为借方减贷方。", "Balances are debits less credits."),
            ),
        )

    @staticmethod
    def _row(row: AccountBalance, sign: str) -> Row:
        own = row.account
        turned = own.normal_side == "C" and sign == "normal"
        return Row(
            (
                own.code,
                own.name_zh,
                own.name_en,
                -row.opening if turned else row.opening,
                row.debit,
                row.credit,
                -row.closing if turned else row.closing,
                own.normal_side if sign == "normal" else "D",
                own.book,
            ),
            Slice(measure="contra" if turned else "net", accounts=row.parts or (own.code,)),
            row.level,
            row.rolled,
        )


def trial_balance(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    book: str | None = None,
    on: date | None = None,
    known: int | date | None = None,
    recomputed: bool = False,
    rolled: bool = False,
) -> TrialBalance:
    """Give the trial balance from the first day of the fiscal year to a day (the last one if None).

    Opening is everything before the year. ``known`` asks for what the log held then (a number of
    leaves, or a day's end in China); without it the kept sums answer. ``recomputed`` adds up the
    postings instead, ``rolled`` adds the parents of accounts.

    Raises:
        UnknownBook: no such set or book, or a day before its books open, or a log shorter than known.
    """
    account_set = find(connection, set_code, treasury)
    one_book(account_set, book)
    to_on = day_of(account_set, on)
    index = known_index(connection, account_set.treasury_id, known)
    given = {
        "treasury_id": account_set.treasury_id,
        "account_set_id": account_set.account_set_id,
        "opens_on": account_set.opens_on,
        "on": to_on,
        "known": index,
    }
    if index is not None:
        sums = _pivoted(rows(connection, "trial_known", given))
    elif recomputed:
        sums = _pivoted(rows(connection, "trial_postings", given))
    elif to_on == account_set.ends_on:
        sums = _kept(rows(connection, "trial_current", given))
    else:
        sums = _kept(rows(connection, "trial_day", given))
    chart = accounts(connection, account_set.chart)
    listed = [
        AccountBalance(chart[code], *fen, level=_level(chart, code) if rolled else 0)
        for code, fen in sums.items()
        if book is None or chart[code].book == book
    ]
    if rolled:
        listed += _parents(chart, listed)
    listed.sort(key=lambda row: row.account.code.encode())
    return TrialBalance(account_set, book, to_on, index, listed)


def accounts(connection: "Connection", chart: str) -> Mapping[str, Account]:
    """Give the accounts of a chart by code, in the order of their codes."""
    return {row[0]: Account(*row) for row in rows(connection, "accounts", {"chart": chart})}


def _kept(found: Sequence[tuple[Any, ...]]) -> dict[str, tuple[int, int, int]]:
    return {code: (int(opening), int(debit), int(credit)) for code, opening, debit, credit in found}


def _pivoted(found: Sequence[tuple[Any, ...]]) -> dict[str, tuple[int, int, int]]:
    sums: dict[str, tuple[int, int, int]] = {}
    for code, side, before, fen in found:
        opening, debit, credit = sums.get(code, (0, 0, 0))
        if before:
            opening += int(fen) if side == "D" else -int(fen)
        elif side == "D":
            debit += int(fen)
        else:
            credit += int(fen)
        sums[code] = (opening, debit, credit)
    return sums


def _above(chart: Mapping[str, Account], code: str) -> list[str]:
    above, parent = [], chart[code].parent
    while parent is not None:
        above.append(parent)
        parent = chart[parent].parent
    return above


def _level(chart: Mapping[str, Account], code: str) -> int:
    return len(_above(chart, code))


def _parents(chart: Mapping[str, Account], listed: Sequence[AccountBalance]) -> list[AccountBalance]:
    """Sum up each parent over the accounts below it; it stands on its own normal side."""
    below: dict[str, list[AccountBalance]] = {}
    for row in listed:
        for parent in _above(chart, row.account.code):
            below.setdefault(parent, []).append(row)
    return [
        AccountBalance(
            chart[parent],
            sum(row.opening for row in part),
            sum(row.debit for row in part),
            sum(row.credit for row in part),
            _level(chart, parent),
            rolled=True,
            parts=tuple(row.account.code for row in part),
        )
        for parent, part in below.items()
    ]
