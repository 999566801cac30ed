"""A column mapping: the saved, versioned description of how a source writes its spending file."""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

FIELDS = ("date", "amount", "payee", "unit", "purpose", "reference")
"""What a row may tell, in the order in which it is checked."""

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gbk",
    "big5": "big5",
    "cp1252": "cp1252",
}
UNITS = {1: 0, 10_000: 4, 100_000_000: 8}
"""Units of money (元, 万元, 亿元) and how many decimals they add."""
NEGATIVES = frozenset({"leading-minus", "trailing-minus", "parentheses"})
_MOST_TEXT = 64 * 1024


class InvalidMapping(ValueError):
    """The column mapping itself is wrong; the message names the key."""


@dataclass(frozen=True, slots=True)
class Treasury:
    """Whose books the file belongs to, in which currency, with which fiscal year."""

    code: str
    name_zh: str
    name_en: str
    currency: str
    account_set: str
    year_starts_month: int

    def fiscal_year(self, on: date) -> int:
        """Name the fiscal year of a day by the calendar year in which it begins."""
        return on.year - (on.month < self.year_starts_month)

    def first_day(self, year: int) -> date:
        """Give the first day of a fiscal year."""
        return date(year, self.year_starts_month, 1)

    def set_code(self, year: int) -> str:
        """Give the code of the account set of a fiscal year."""
        return self.account_set.replace("{year}", str(year))


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How days are written: formats of YYYY, YY, MM, M, DD, D, Mon and plain characters."""

    formats: tuple[str, ...]
    fixed: date | None
    century: int
    not_before: date
    not_after: date


@dataclass(frozen=True, slots=True)
class AmountStyle:
    """How amounts are written."""

    decimal_mark: str
    thousands_mark: str
    unit: int
    negative: frozenset[str]
    currency_signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowRules:
    """Which rows are not payments."""

    header_within: int
    blank: str
    blank_ignores: frozenset[str]
    totals: frozenset[str]
    subtotals: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How a row gets the key that makes it post once."""

    prefix: str
    source: str


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """One version of the mapping of one source."""

    name: str
    version: int
    digest: str
    title_zh: str
    title_en: str
    origin: str
    encodings: tuple[str, ...]
    delimiter: str
    full_width_digits: bool
    treasury: Treasury
    columns: Mapping[str, frozenset[str]]
    date: DateStyle
    amount: AmountStyle
    rows: RowRules
    key: KeyRule


def heading(text: str) -> str:
    """Bring a heading to the form for comparing: no case, no spaces, plain width."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip("\ufeff\u200b")


def find_mapping(given: str) -> Path:
    """Find a mapping file by its path, or one that comes with gongku by its name."""
    path = Path(given)
    shipped = Path(__file__).parent / "mappings" / f"{given}.toml"
    return shipped if not path.exists() and re.fullmatch("[a-z0-9_]+", given) else path


def mapping_bytes(path: Path) -> bytes:
    """Read the bytes of a mapping file of any kind.

    Raises:
        InvalidMapping: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidMapping(f"{path.name} cannot be read: {error.strerror}") from error


def whole_mapping(raw: bytes) -> "Section":
    """Give the outermost section of a mapping of any kind.

    Raises:
        InvalidMapping: it is too large, or no TOML.
    """
    if len(raw) > _MOST_TEXT:
        raise InvalidMapping("the mapping is larger than 64 KiB")
    try:
        data = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidMapping(f"the mapping is no TOML: {error}") from error
    return Section("", data)


def load_mapping(path: Path) -> ColumnMapping:
    """Read a mapping file.

    Raises:
        InvalidMapping: it cannot be read, or a key is missing, unknown or out of its range.
    """
    return parse_mapping(mapping_bytes(path))


def parse_mapping(raw: bytes) -> ColumnMapping:
    """Read the bytes of a mapping file; see ``load_mapping``."""
    top = whole_mapping(raw)
    mapping = ColumnMapping(
        name=top.text("name", r"[a-z0-9_]{1,60}"),
        version=top.number("version", range(1, 1_000_000)),
        digest=hashlib.sha256(raw).hexdigest(),
        title_zh=top.text("title_zh"),
        title_en=top.text("title_en"),
        origin=top.text("source"),
        encodings=top.words("encodings", ENCODINGS, least=1),
        delimiter=top.text("delimiter", "[,;|\t]"),
        full_width_digits=top.take("full_width_digits", bool),
        treasury=_treasury(top.table("treasury")),
        columns=_columns(top.table("columns")),
        date=_date(top.table("date")),
        amount=_amount(top.table("amount")),
        rows=_rows(top.table("rows")),
        key=_key(top.table("key")),
    )
    top.done()
    _fit(mapping)
    return mapping


class Section:
    """A TOML table that must be used up: what nobody asked for is unknown."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        self.name = name
        self.data = dict(data)

    def wrong(self, key: str, why: str) -> InvalidMapping:
        """Make the refusal of a key."""
        return InvalidMapping(f"{self.name}{key}: {why}")

    def take(self, key: str, kind: type[T]) -> T:
        """Take the value of a key, which must be there and of this kind."""
        if key not in self.data:
            raise self.wrong(key, "is missing")
        value = self.data.pop(key)
        if type(value) is not kind:
            raise self.wrong(key, f"must be {kind.__name__}, not {value!r}")
        return value

    def maybe(self, key: str, kind: type[T], otherwise: T) -> T:
        """Take the value of a key that may be absent."""
        return self.take(key, kind) if key in self.data else otherwise

    def text(self, key: str, pattern: str = r"[^\x00-\x1f\x7f]{1,200}") -> str:
        """Take a text that matches a pattern whole."""
        value = self.take(key, str)
        if not re.fullmatch(pattern, value):
            raise self.wrong(key, f"{value!r} does not match {pattern}")
        return value

    def number(self, key: str, allowed: range | Mapping[int, int]) -> int:
        """Take a whole number that is allowed."""
        value = self.take(key, int)
        if value not in allowed:
            raise self.wrong(key, f"{value} is not allowed")
        return value

    def words(
        self, key: str, allowed: Mapping[str, str] | frozenset[str] | None = None, least: int = 0
    ) -> tuple[str, ...]:
        """Take a list of words that are allowed, at least so many."""
        values = self.take(key, list)
        for value in values:
            if not isinstance(value, str) or not value or (allowed is not None and value not in allowed):
                raise self.wrong(key, f"{value!r} is not allowed")
        if len(values) < least or len(set(values)) < len(values):
            raise self.wrong(key, "is empty or names one thing twice")
        return tuple(values)

    def table(self, key: str) -> "Section":
        """Take a section within this one."""
        return Section(f"{self.name}{key}.", self.take(key, dict))

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for key in self.data:
            raise self.wrong(key, "is unknown")


def _treasury(table: Section) -> Treasury:
    treasury = Treasury(
        code=table.text("code", "[0-9A-Z][0-9A-Z-]{0,19}"),
        name_zh=table.text("name_zh"),
        name_en=table.text("name_en"),
        currency=table.text("currency", "[A-Z]{3}"),
        account_set=table.text("account_set", r"[0-9A-Z][0-9A-Z-]{0,19}\{year\}"),
        year_starts_month=table.number("year_starts_month", range(1, 13)),
    )
    table.done()
    return treasury


def _columns(table: Section) -> dict[str, frozenset[str]]:
    columns = {
        field: frozenset(heading(name) for name in table.words(field)) for field in FIELDS if field in table.data
    }
    table.done()
    names = [name for accepted in columns.values() for name in accepted]
    if len(names) != len(set(names)):
        raise InvalidMapping("columns: one heading stands for two fields")
    for field in ("amount", "payee"):
        if not columns.get(field):
            raise table.wrong(field, "is missing")
    return {field: accepted for field, accepted in columns.items() if accepted}


def _date(table: Section) -> DateStyle:
    style = DateStyle(
        formats=table.words("formats"),
        fixed=table.take("fixed", date) if "fixed" in table.data else None,
        century=table.maybe("century", int, 2000),
        not_before=table.maybe("not_before", date, date(1900, 1, 1)),
        not_after=table.maybe("not_after", date, date(2199, 12, 31)),
    )
    table.done()
    if style.century % 100:
        raise table.wrong("century", "must be a full hundred")
    return style


def _amount(table: Section) -> AmountStyle:
    style = AmountStyle(
        decimal_mark=table.text("decimal_mark", "[.,]"),
        thousands_mark=table.text("thousands_mark", "[.,' ]?"),
        unit=table.number("unit", UNITS),
        negative=frozenset(table.words("negative", NEGATIVES)),
        currency_signs=table.words("currency_signs"),
    )
    table.done()
    if style.decimal_mark == style.thousands_mark:
        raise table.wrong("thousands_mark", "is the decimal mark")
    return style


def _rows(table: Section) -> RowRules:
    rules = RowRules(
        header_within=table.number("header_within", range(1, 51)),
        blank=table.text("blank", "list|refuse"),
        blank_ignores=frozenset(map(heading, table.words("blank_ignores"))),
        totals=frozenset(map(heading, table.words("totals"))),
        subtotals=frozenset(map(heading, table.words("subtotals"))),
    )
    table.done()
    return rules


def _key(table: Section) -> KeyRule:
    rule = KeyRule(
        prefix=table.text("prefix", "[a-z0-9-]{1,40}"),
        source=table.text("from", "reference|content"),
    )
    table.done()
    return rule


def _fit(mapping: ColumnMapping) -> None:
    """Refuse a mapping whose parts do not go together."""
    if ("date" in mapping.columns) == (mapping.date.fixed is not None):
        raise InvalidMapping("columns.date: name the headings of the date, or give date.fixed, not both")
    if "date" in mapping.columns and not mapping.date.formats:
        raise InvalidMapping("date.formats: is empty")
    if mapping.key.source == "reference" and "reference" not in mapping.columns:
        raise InvalidMapping("key.from: there is no column for the reference")
