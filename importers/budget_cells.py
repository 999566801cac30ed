"""The cells of one row of a budget workbook: codes, words, quantities and amounts, and every problem met with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from importers.budget_reasons import BUDGET, of_books
from importers.cells import amount_reader, is_hidden, narrow
from importers.mapping import heading
from importers.reasons import Reason, Refused
from importers.workbook_mapping import WorkbookMapping
from importers.workbooks import Row, Table
from ledger.errors import LedgerError

_CODE = re.compile(r"([0-9A-Za-z.-]{1,40})(?:\s.*)?", re.ASCII | re.DOTALL)
_YEAR = re.compile(r"((?:19|20)[0-9]{2})\s*(?:年度?)?", re.ASCII)
_TIMES = re.compile(r"([0-9]{1,3})\s*(?:个?月|次)?", re.ASCII)
_QUANTITY = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.([0-9]{1,3}))?", re.ASCII)
_NAMING = ("package", "source", "account", "name")
"""Where a row may say that it is a total, when a column of years or agencies stands before."""
_COMPARED = frozenset({"amount", "package_amount", "price"})
"""What a formula may stand for: it is compared with what is computed here, and never taken."""
_LONGEST = {"mandate": 2000, "activity": 2000, "consequences": 2000, "origin": 400, "basis": 400, "target": 400}
_SHORT = 200
_QUOTES = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is not taken: the rule by a word, the column and the value, and what the rule says."""

    reason: str
    column: str
    value: str
    why: Reason

    def as_json(self) -> dict[str, str]:
        """Give it with what it means and how to mend it, in both languages."""
        why = self.why
        told = {"reason": self.reason, "column": self.column, "value": self.value}
        return {**told, "zh": why.zh, "en": why.en, "mend_zh": why.mend_zh, "mend_en": why.mend_en}


@dataclass(slots=True)
class Cells:
    """Reads the cells of a row by the mapping, and keeps every problem that it meets."""

    table: Table
    row: Row
    mapping: WorkbookMapping
    reasons: Mapping[str, Reason] = field(default_factory=lambda: BUDGET)
    problems: list[Problem] = field(default_factory=list)
    _readers: dict[int, Callable[[str], int]] = field(default_factory=dict)

    def column(self, what: str) -> str:
        """Give the heading of a field in this file."""
        return self.table.headings.get(what, what)

    def refuse(self, reason: str, what: str, value: str = "") -> None:
        """Add a problem of a field."""
        self.problems.append(Problem(reason, self.column(what), value[:200], self.reasons[reason]))

    def refused_by_books(self, error: LedgerError) -> None:
        """Add what the books refused."""
        facts = ", ".join(f"{name}={value}" for name, value in error.facts.items() if value is not None and value != "")
        self.problems.append(Problem(error.code, "", facts[:200], of_books(error)))

    def total(self) -> str:
        """Give the word by which the row is a total or subtotal; blank for every other row."""
        words = (self.row.first, *(self.row.cells.get(what, "") for what in _NAMING))
        named = map(heading, words)
        return next((word for word in named if word in self.mapping.totals | self.mapping.subtotals), "")

    def given(self, what: str) -> bool:
        """Tell whether a cell is not blank."""
        return bool(self.row.cells.get(what))

    def text(self, what: str, *, needed: bool = False, most: int | None = None) -> str:
        """Give a text, its lines and spaces as they are."""
        found = self.row.cells.get(what, "")
        if what in self.row.formulas and what not in _COMPARED:
            self.refuse("formula", what, found)
        elif needed and not found:
            self.refuse("missing", what)
        if is_hidden(found):
            self.refuse("hidden_character", what, ascii(found))
        if len(found) > (most or _LONGEST.get(what, _SHORT)):
            self.refuse("too_long", what, found)
        return found

    def plain(self, what: str, *, needed: bool = False) -> str:
        """Give a code or a number in plain width."""
        found = self.text(what, needed=needed)
        try:
            return narrow(found, allowed=self.mapping.full_width_digits)
        except Refused as refused:
            self.refuse(refused.reason, what, found)
            return ""

    def code(self, what: str, *, needed: bool = False) -> str:
        """Give a code without the name that may follow it."""
        found = self.plain(what, needed=needed)
        return self._code(what, found)

    def _code(self, what: str, found: str) -> str:
        match = _CODE.fullmatch(found)
        if found and match is None:
            self.refuse("code_unclear", what, found)
        return match[1] if match else ""

    def word(self, what: str, *, needed: bool = False) -> str:
        """Give the word that the mapping has for a cell."""
        found = self.text(what, needed=needed)
        meant = self.mapping.words[what].get(heading(found), "")
        if found and not meant:
            self.refuse("word_unknown", what, found)
        return meant

    def agency(self) -> str:
        """Give the agency of the row, or the one above the table."""
        if self.given("agency"):
            return self.code("agency")
        above = self.table.head.get("agency", "")
        if not above:
            self.refuse("missing", "agency")
        return self._code("agency", narrow(above, allowed=True))

    def year(self) -> int:
        """Give the year of the row, or the one above the table."""
        found = self.plain("year") or narrow(self.table.head.get("year", ""), allowed=True)
        match = _YEAR.fullmatch(found)
        if match is None:
            self.refuse("year_unclear", "year", found)
        return int(match[1]) if match else 0

    def times(self) -> int:
        """Give months or times."""
        found = self.plain("times", needed=True)
        match = _TIMES.fullmatch(found)
        if found and (match is None or not 1 <= int(match[1]) <= 366):  # noqa: PLR2004 - days of a year
            self.refuse("number_unclear", "times", found)
        return int(match[1]) if match else 1

    def quantity(self, *, needed: bool = False) -> int | None:
        """Give a quantity in thousandths."""
        found = self.plain("quantity", needed=needed)
        match = _QUANTITY.fullmatch(found)
        if found and match is None:
            self.refuse("quantity_unclear", "quantity", found)
        return int(match[1].replace(",", "") + (match[2] or "").ljust(3, "0")) if match else None

    def unit(self, what: str) -> int:
        """Give the unit of money of a column: the one in its heading, or that of the mapping."""
        return self.table.units.get(what, self.mapping.amount.unit)

    def _fen(self, what: str, found: str) -> int | None:
        unit = self.unit(what)
        if unit not in self._readers:
            self._readers[unit] = amount_reader(replace(self.mapping.amount, unit=unit))
        try:
            return self._readers[unit](narrow(found, allowed=self.mapping.full_width_digits))
        except Refused as refused:
            self.refuse(refused.reason, what, found)
            return None

    def amount(self, what: str, *, needed: bool = False, signed: bool = False) -> int | None:
        """Give an amount in fen; None where there is none."""
        found = self.text(what, needed=needed)
        fen = self._fen(what, found) if found else None
        if fen is not None and fen <= 0 and not signed:
            self.refuse("negative", what, found)
        return fen

    def quotes(self) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
        """Give quotes in fen and their documents, one in a line each; None where there are none."""
        fens, documents = (
            [part.strip() for part in self.text(what, most=_QUOTES).split("\n") if part.strip()]
            for what in ("quotes", "quote_documents")
        )
        if not fens and not documents:
            return None
        if len(fens) != len(documents):
            self.refuse("quotes_unclear", "quotes", f"{len(fens)} / {len(documents)}")
        return tuple(self._fen("quotes", part) or 0 for part in fens), tuple(documents)

    def agrees(self, what: str, stated: int | None, computed: int) -> bool:
        """Tell whether a stated amount is the computed one, as exactly as the mapping says amounts are written."""
        if stated is None:
            return True
        step = 1 if self.mapping.rounded is None else self.unit(what) * 100 // 10**self.mapping.rounded
        return abs(stated - computed) * 2 <= step if step > 1 else stated == computed


def named(words: Mapping[str, str], text: str) -> str:
    """Give the code of a name."""
    return words.get(heading(text), "")
