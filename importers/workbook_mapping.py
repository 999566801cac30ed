"""A workbook mapping: the saved, versioned description of a source's tables, headings, units and words."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from importers.mapping import (
    ENCODINGS,
    NEGATIVES,
    UNITS,
    AmountStyle,
    InvalidMapping,
    Section,
    heading,
    mapping_bytes,
    whole_mapping,
)

_DIMS = ("agency", "func", "gov_econ", "dept_econ", "revenue", "fund", "project", "counterparty")
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "budget": {
        "packages": (
            "package", "agency", "year", "category", "activity_code", "level", "func", "fund", "project", "name_zh",
            "name_en", "mandate", "activity", "consequences", "package_amount", "standard", "dept_econ", "per",
            "driver", "quantity", "times", "origin", "quotes", "quote_documents", "price", "amount",
        ),
        "targets": ("package", "kind", "target"),
        "basic": ("agency", "year", "driver", "quantity", "origin"),
        "income": ("agency", "year", "source", "fund", "func", "amount", "basis"),
    },
    "history": {
        "balances": (
            "year", "account", "name", "opening_debit", "opening_credit", "debit", "credit", "closing_debit",
            "closing_credit", *_DIMS,
        ),
    },
}  # fmt: skip
"""What the tables of each kind of workbook may tell."""
NEEDED: Mapping[str, frozenset[str]] = {
    "packages": frozenset({"package", "standard", "times"}),
    "targets": frozenset({"package", "kind", "target"}),
    "basic": frozenset({"driver", "quantity"}),
    "income": frozenset({"source", "fund", "amount"}),
    "balances": frozenset(
        {"account", "opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit"}
    ),
}
"""The headings by which a table is known."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "category": ("personnel", "office", "project"),
    "level": ("1", "2", "3"),
    "per": ("month", "year", "time"),
    "kind": ("quantity", "quality", "time", "cost", "benefit", "satisfaction"),
    "source": ("special_account", "operating", "business", "upper", "affiliated", "other", "carry_over"),
}
"""Fields that take one of some words."""
HEAD = ("agency", "year")
"""What may stand once above a table instead of in every row."""


@dataclass(frozen=True, slots=True)
class WorkbookMapping:
    """One version of the mapping of one source; headings and words are in the form of ``importers.mapping.heading``.

    ``rounded`` is how many decimals an amount has that is only compared; None compares it to the fen.
    ``account_set`` is the code of an account set with ``{year}`` in it, for a history.
    """

    name: str
    version: int
    digest: str
    kind: str
    title_zh: str
    title_en: str
    origin: str
    encodings: tuple[str, ...]
    full_width_digits: bool
    header_within: int
    amount: AmountStyle
    rounded: int | None
    totals: frozenset[str]
    subtotals: frozenset[str]
    head: Mapping[str, frozenset[str]]
    tables: Mapping[str, Mapping[str, frozenset[str]]]
    words: Mapping[str, Mapping[str, str]]
    account_set: str

    def as_json(self) -> dict[str, object]:
        """Name the version that was used."""
        return {"name": self.name, "version": self.version, "sha256": self.digest}


def find_workbook_mapping(given: str) -> Path:
    """Find a mapping file by its path, or one that comes with gongku by its name."""
    path = Path(given)
    shipped = Path(__file__).parent / "mappings" / "workbooks" / f"{given}.toml"
    return shipped if not path.exists() and re.fullmatch("[a-z0-9_]+", given) else path


def saved_mappings(kind: str, own: Path | None = None) -> tuple[dict[str, Path], list[str]]:
    """Give the mappings of a kind by their names, and the files that are none and so cannot be chosen.

    Those that come with gongku stand first; one in the folder ``own`` takes the place of one of the same name.
    """
    shipped = sorted((Path(__file__).parent / "mappings" / "workbooks").glob("*.toml"))
    found: dict[str, Path] = {}
    unread = []
    for path in (*shipped, *(sorted(own.glob("*.toml")) if own else ())):
        try:
            mapping = load_workbook_mapping(path)
        except InvalidMapping:
            unread.append(path.name)
            continue
        if mapping.kind == kind:
            found[mapping.name] = path
    return found, unread


def load_workbook_mapping(path: Path) -> WorkbookMapping:
    """Read a mapping file.

    Raises:
        InvalidMapping: it cannot be read, or a key is missing, unknown or out of its range.
    """
    return parse_workbook_mapping(mapping_bytes(path))


def parse_workbook_mapping(raw: bytes) -> WorkbookMapping:
    """Read the bytes of a mapping file; see ``load_workbook_mapping``."""
    top = whole_mapping(raw)
    kind = top.text("kind", "|".join(FIELDS))
    amount, rounded = _amount(top.table("amount"))
    mapping = WorkbookMapping(
        name=top.text("name", r"[a-z0-9_]{1,60}"),
        version=top.number("version", range(1, 1_000_000)),
        digest=hashlib.sha256(raw).hexdigest(),
        kind=kind,
        title_zh=top.text("title_zh"),
        title_en=top.text("title_en"),
        origin=top.text("source"),
        encodings=top.words("encodings", ENCODINGS, least=1),
        full_width_digits=top.take("full_width_digits", bool),
        header_within=top.number("header_within", range(1, 51)),
        amount=amount,
        rounded=rounded,
        totals=frozenset(map(heading, top.words("totals"))),
        subtotals=frozenset(map(heading, top.words("subtotals"))),
        head=_headings(top.table("head"), HEAD, frozenset()),
        tables=_tables(top.table("tables"), kind),
        words=_words(top.table("words")) if kind == "budget" else {},
        account_set=top.text("account_set", r"[0-9A-Z-]{0,20}\{year\}[0-9A-Z-]{0,10}") if kind == "history" else "",
    )
    top.done()
    return mapping


def _amount(table: Section) -> tuple[AmountStyle, int | None]:
    style = AmountStyle(
        decimal_mark=table.text("decimal_mark", "[.,]"),
        thousands_mark=table.text("thousands_mark", "[.,' ]?"),
        unit=table.number("unit", UNITS),
        negative=frozenset(table.words("negative", NEGATIVES)),
        currency_signs=table.words("currency_signs"),
    )
    rounded = table.number("rounded", range(7)) if "rounded" in table.data else None
    table.done()
    if style.decimal_mark == style.thousands_mark:
        raise table.wrong("thousands_mark", "is the decimal mark")
    return style, rounded


def _headings(table: Section, fields: tuple[str, ...], needed: frozenset[str]) -> dict[str, frozenset[str]]:
    found = {name: frozenset(map(heading, table.words(name, least=1))) for name in fields if name in table.data}
    table.done()
    names = [name for accepted in found.values() for name in accepted]
    if len(names) != len(set(names)):
        raise table.wrong("", "one heading stands for two fields")
    for name in sorted(needed - found.keys()):
        raise table.wrong(name, "is missing")
    return found


def _tables(table: Section, kind: str) -> dict[str, Mapping[str, frozenset[str]]]:
    known = FIELDS[kind]
    found: dict[str, Mapping[str, frozenset[str]]] = {
        name: _headings(table.table(name), known[name], NEEDED[name]) for name in known if name in table.data
    }
    table.done()
    if not found:
        raise table.wrong("", "names no table")
    return found


def _words(table: Section) -> dict[str, dict[str, str]]:
    """Give the word that each accepted writing stands for, its own included."""
    found: dict[str, dict[str, str]] = {}
    for field, words in WORDS.items():
        given = table.table(field)
        meant = {heading(word): word for word in words}
        for word in words:
            for written in given.words(word) if word in given.data else ():
                if meant.setdefault(heading(written), word) != word:
                    raise given.wrong(word, f"{written!r} stands for two words")
        given.done()
        found[field] = meant
    table.done()
    return found
