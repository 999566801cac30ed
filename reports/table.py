"""A report as one value: what it is called, which days it covers, its columns, rows and totals.

Every figure of a report is the sum of postings. A column and a row each carry a part of the question
(``Slice``) whose whole lists these postings; see ``vouchers``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal, Protocol

from ledger.money import format_yuan
from reports.account_sets import SetFacts

Kind = Literal["text", "code", "amount", "count", "day", "rate"]
"""What a column holds: amounts are fen, rates are hundredths of a percent."""
Cell = str | int | date | None
Measure = Literal["debit", "credit", "net", "contra"]
"""What is added up: debits, credits, debits less credits, or credits less debits."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the question which postings a figure is made of; what is None is not asked.

    ``dims`` are exact codes by dimension, "" for blank; ``under`` one code with everything below it.
    ``kinds`` are kinds of event; a reversal counts as the kind that it reverses. ``until`` is the last
    place in the order of the books, for a running balance.
    """

    measure: Measure | None = None
    book: str | None = None
    accounts: tuple[str, ...] | None = None
    from_on: date | None = None
    to_on: date | None = None
    dims: Mapping[str, tuple[str, ...]] | None = None
    under: Mapping[str, str] | None = None
    kinds: tuple[str, ...] | None = None
    without_kinds: tuple[str, ...] | None = None
    until: str | None = None

    def joined(self, other: "Slice") -> "Slice":
        """Ask both at once; where both answer, the other one counts, dimension by dimension."""
        merged: dict[str, Any] = {}
        for each in fields(self):
            mine, others = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Mapping) and isinstance(others, Mapping):
                merged[each.name] = {**mine, **others}
            else:
                merged[each.name] = mine if others is None else others
        return Slice(**merged)

    def as_json(self) -> dict[str, Any]:
        """Give what is asked, days as text."""
        asked: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, date):
                asked[each.name.removesuffix("_on")] = str(value)
            elif isinstance(value, Mapping):
                asked[each.name] = {
                    dim: list(codes) if isinstance(codes, tuple) else codes for dim, codes in value.items()
                }
            elif value is not None:
                asked[each.name] = list(value) if isinstance(value, tuple) else value
        return asked


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``name`` stands in the header of files."""

    name: str
    zh: str
    en: str
    kind: Kind = "text"
    slice: Slice | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row; one that sums up others (``rolled``) does not enter the totals."""

    cells: tuple[Cell, ...]
    slice: Slice | None = None
    level: int = 0
    rolled: bool = False


class Tabular(Protocol):
    """What a file is written of: a title, columns, rows and totals."""

    @property
    def title_zh(self) -> str: ...  # noqa: D102
    @property
    def columns(self) -> tuple[Column, ...]: ...  # noqa: D102
    @property
    def rows(self) -> Sequence[Row]: ...  # noqa: D102
    @property
    def totals(self) -> Mapping[str, int]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Table:
    """A report of one account set, ready to be shown or written."""

    name: str
    title_zh: str
    title_en: str
    account_set: SetFacts
    from_on: date
    to_on: date
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    totals: Mapping[str, int] = field(default_factory=dict)
    book: str | None = None
    known: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    next_page: str | None = None

    @property
    def unit(self) -> tuple[str, str]:
        """The unit of money, in Chinese and English."""
        currency = self.account_set.currency
        return ("元", "yuan (CNY)") if currency == "CNY" else (currency, currency)

    def sums(self) -> dict[str, int]:
        """Add up every column of amounts over all rows, for the manifest of a file."""
        amounts = [(i, c.name) for i, c in enumerate(self.columns) if c.kind == "amount"]
        return {name: sum(_fen(row.cells[i]) for row in self.rows) for i, name in amounts}

    def question(self, row: Row, column: Column) -> Slice | None:
        """Name the postings behind a figure; None where the cell is no sum of postings."""
        if row.slice is None or column.slice is None:
            return None
        days = Slice(book=self.book, to_on=self.to_on)
        return days.joined(row.slice).joined(column.slice)


def shown(cell: Cell, kind: Kind) -> str:
    """Write a cell as text: amounts in yuan with two decimals, rates in percent."""
    if cell is None:
        return ""
    if kind == "amount":
        return format_yuan(_fen(cell))
    if kind == "rate":
        return f"{format_yuan(_fen(cell))}%"
    return str(cell)


def rate(part: int, whole: int) -> int | None:
    """Give a part of a whole in hundredths of a percent, half away from zero; None of nothing."""
    if whole == 0:
        return None
    sign = -1 if (part < 0) != (whole < 0) else 1
    return sign * ((abs(part) * 20_000 + abs(whole)) // (2 * abs(whole)))


def _fen(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0
