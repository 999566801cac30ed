"""The postings behind a figure: what a slice of the books holds, and its sum."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.chart import DIMENSIONS
from ledger.errors import UnknownBook
from ledger.money import Fen, format_yuan
from reports.account_sets import SetFacts, find, known_index
from reports.queries import rows
from reports.table import Cell, Column, Row, Slice, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection

PAGE = 50
LINES_MOST = 10_000
"""So many lines are on one page at the most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of the books: day, voucher, line. A page begins after one."""

    on: date
    voucher_id: UUID
    line_no: int

    def __str__(self) -> str:
        return f"{self.on}.{self.voucher_id.hex}.{self.line_no}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Read a place that a page has given.

        Raises:
            UnknownBook: it is none.
        """
        try:
            on, voucher, line = text.split(".")
            if str(found := cls(date.fromisoformat(on), UUID(voucher), int(line))) == text:
                return found
        except ValueError:
            pass
        raise UnknownBook(f"{text} is no place of a page", {"after": text})


@dataclass(frozen=True, slots=True)
class Line:
    """A posting with its voucher and event."""

    on: date
    voucher_id: UUID
    line_no: int
    number: str
    kind: str
    key: str
    narration: str
    book: str
    account: str
    side: str
    fen: int
    document: str | None
    dims: Mapping[str, str]

    @property
    def place(self) -> Place:
        """Where it stands in the order of the books."""
        return Place(self.on, self.voucher_id, self.line_no)


@dataclass(frozen=True, slots=True)
class Total:
    """How many postings there are, and their sums in fen."""

    count: int
    debit: int
    credit: int

    def measured(self, measure: str | None) -> int:
        """Give what a figure adds up; debits less credits if it does not say."""
        net = self.debit - self.credit
        return {"debit": self.debit, "credit": self.credit, "contra": -net}.get(measure or "net", net)


def total(connection: "Connection", account_set: SetFacts, asked: Slice, known: int | None = None) -> Total:
    """Add up the postings that a slice asks for."""
    given = _given(connection, account_set, asked, known)
    count, debit, credit = rows(connection, "vouchers_total", given)[0]
    return Total(int(count), int(debit), int(credit))


def lines(
    connection: "Connection",
    account_set: SetFacts,
    asked: Slice,
    known: int | None = None,
    after: Place | None = None,
    most: int = PAGE,
) -> list[Line]:
    """List the postings that a slice asks for, in the order of the books, after a place."""
    given = {
        **_given(connection, account_set, asked, known),
        "after_on": after and after.on,
        "after_id": after and after.voucher_id,
        "after_line": after and after.line_no,
        "most": min(max(most, 1), LINES_MOST),
    }
    return [_line(row) for row in rows(connection, "vouchers", given)]


def every_line(
    connection: "Connection", account_set: SetFacts, asked: Slice, known: int | None = None
) -> Iterator[Line]:
    """List all of them, a page at a time."""
    page = lines(connection, account_set, asked, known, most=LINES_MOST)
    while page:
        yield from page
        page = lines(connection, account_set, asked, known, page[-1].place, LINES_MOST)


def vouchers(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    asked: Slice,
    known: int | date | None = None,
    after: str | None = None,
    most: int = PAGE,
) -> Table:
    """Show a page of the postings that a slice asks for, with the sum of all of them as a note.

    Raises:
        UnknownBook: no such set, dimension, code or place.
    """
    account_set = find(connection, set_code, treasury)
    index = known_index(connection, account_set.treasury_id, known)
    place = Place.read(after) if after else None
    whole = total(connection, account_set, asked, index)
    page = lines(connection, account_set, asked, index, place, most)
    measured = whole.measured(asked.measure)
    fen = format_yuan(Fen(measured))
    return Table(
        name="vouchers",
        title_zh="凭证明细",
        title_en="Vouchers behind a figure",
        account_set=account_set,
        from_on=asked.from_on or account_set.opens_on,
        to_on=asked.to_on or account_set.ends_on,
        columns=(*LINE_COLUMNS, *(Column(dim, dim, dim, "code") for dim in DIMENSIONS)),
        rows=[Row((*line_cells(line), *(line.dims.get(dim) for dim in DIMENSIONS))) for line in page],
        book=asked.book,
        known=index,
        notes=((f"全部 {whole.count} 行，合计 {fen}", f"{whole.count} postings in all, sum {fen}"),),
        next_page=str(page[-1].place) if len(page) == min(max(most, 1), LINES_MOST) else None,
    )


LINE_COLUMNS = (
    Column("on", "日期", "Day", "day"),
    Column("voucher", "凭证号", "Voucher", "code"),
    Column("kind", "业务类型", "Kind"),
    Column("key", "业务编号", "Key", "code"),
    Column("narration", "摘要", "Narration"),
    Column("account", "科目", "Account", "code"),
    Column("debit", "借方", "Debit", "amount"),
    Column("credit", "贷方", "Credit", "amount"),
)


def line_cells(line: Line) -> tuple[Cell, ...]:
    """Give the cells of the columns that every list of postings has."""
    debit, credit = (line.fen, None) if line.side == "D" else (None, line.fen)
    return (line.on, line.number, line.kind, line.key, line.narration, line.account, debit, credit)


def below(connection: "Connection", treasury_id: int, dimension: str, code: str) -> tuple[str, ...]:
    """Give a code and every code below it in its classification, or in the tree of agencies or indicators.

    Raises:
        UnknownBook: there is no such dimension or code.
    """
    query = _TREES.get(dimension, "below_class")
    given = {"treasury_id": treasury_id, "dimension": dimension, "code": code}
    found = tuple(row[0] for row in rows(connection, query, given))
    if not found:
        raise UnknownBook(f"there is no {dimension} {code}", {"dimension": dimension, "code": code})
    return found


_TREES = {"agency": "below_agency", "indicator": "below_indicator"}


def line_of(row: tuple[Any, ...]) -> Line:
    """Read a row of the queries that list postings."""
    return _line(row)


def _line(row: tuple[Any, ...]) -> Line:
    plain, values = row[: -len(DIMENSIONS)], row[-len(DIMENSIONS) :]
    dims = {dim: str(v) for dim, v in zip(DIMENSIONS, values, strict=True) if v is not None}
    whole = [*plain, dims]
    return Line(*whole)


def dims_given(connection: "Connection", treasury_id: int, asked: Slice) -> dict[str, list[str] | None]:
    """Turn the dimensions of a slice into lists of codes.

    Raises:
        UnknownBook: there is no such dimension or code.
    """
    exact, under = asked.dims or {}, asked.under or {}
    for dimension in (*exact, *under):
        if dimension not in DIMENSIONS:
            raise UnknownBook(f"there is no dimension {dimension}", {"dimension": dimension})
    given: dict[str, list[str] | None] = dict.fromkeys(DIMENSIONS)
    for dimension, code in under.items():
        given[dimension] = list(below(connection, treasury_id, dimension, code))
    for dimension, codes in exact.items():
        held = given[dimension]
        given[dimension] = list(codes) if held is None else [c for c in codes if c in held]
    return given


def _given(connection: "Connection", account_set: SetFacts, asked: Slice, known: int | None) -> dict[str, object]:
    sides = {"debit": "D", "credit": "C"}
    until = Place.read(asked.until) if asked.until else None
    return {
        "treasury_id": account_set.treasury_id,
        "account_set_id": account_set.account_set_id,
        "from_on": asked.from_on or account_set.opens_on,
        "to_on": asked.to_on or account_set.ends_on,
        "accounts": None if asked.accounts is None else list(asked.accounts),
        "book": asked.book,
        "side": sides.get(asked.measure or ""),
        "kinds": None if asked.kinds is None else list(asked.kinds),
        "without_kinds": None if asked.without_kinds is None else list(asked.without_kinds),
        "known": known,
        "until_on": until and until.on,
        "until_id": until and until.voucher_id,
        "until_line": until and until.line_no,
        **dims_given(connection, account_set.treasury_id, asked),
    }
