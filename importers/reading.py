"""Reads a foreign spending file in a process of its own, within limits, into clean JSON lines.

``python -m importers.reading MAPPING NAME < FILE``. Each line is an object whose ``is`` says what
it tells: ``row`` (a payment, its amount as text), ``refused`` (a row with its reason), ``member``
(a text that was read to its end), then ``end`` with the totals, or ``file_refused`` when the file
as a whole is not taken.
"""

import csv
import hashlib
import io
import json
import os
import re
import resource
import sys
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

from importers.archives import members
from importers.cells import MOST_TEXT, amount_reader, date_reader, is_hidden, narrow, plain
from importers.mapping import ENCODINGS, ColumnMapping, heading, load_mapping
from importers.reasons import Refused

MOST_ROWS = 500_000
MOST_CELL = 10_000
MOST_REFERENCE = 150
MOST_MEMORY = 1024**3
MOST_CPU_SECONDS = 60
_MOST_FILES = 64
_SHOWN_CELLS, _SHOWN_TEXT = 20, 100
_UNIT_STATED = re.compile("单位[:：](?:人民币)?(元|万元|亿元)")
_UNITS_STATED = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
Line = dict[str, Any]


def yuan(fen: int) -> str:
    """Write hundredths as text with two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


@dataclass(frozen=True, slots=True)
class Record:
    """One row as the file has it: its number, the first being 1, and the line it begins on."""

    number: int
    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text whose headings are understood."""

    names: list[str]
    shown: list[str]
    places: dict[str, int]
    counted: list[int]
    width: int

    @property
    def unused(self) -> list[str]:
        """The headings that the mapping does not use."""
        used = self.places.values()
        return [name for at, name in enumerate(self.shown) if name and at not in used]

    def is_blank(self, cells: Sequence[str]) -> bool:
        """Tell whether a row says nothing, apart from columns that do not count."""
        if not any(cells):
            return True
        counted = (cells[at] for at in self.counted if at < len(cells))
        beyond = cells[len(self.names) :]
        return not any(map(str.strip, counted)) and not any(map(str.strip, beyond))

    def cell(self, cells: Sequence[str], what: str) -> str:
        """Give the text of a field in one line, blank when the file has no such column."""
        at = self.places.get(what, len(cells))
        return plain(cells[at]) if at < len(cells) else ""

    def name(self, what: str) -> str:
        """Give the heading that the file itself uses for a field."""
        return self.shown[self.places[what]] if what in self.places else what


@dataclass(slots=True)
class Tally:
    """What has been read so far, of the whole upload."""

    rows: int = 0
    accepted: int = 0
    accepted_fen: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_fen: int = 0
    references: dict[str, str] = field(default_factory=dict)
    alike: Counter[str] = field(default_factory=Counter)


class Reader:
    """Reads the texts of one upload by one mapping."""

    def __init__(self, mapping: ColumnMapping) -> None:
        self.mapping = mapping
        self.day = date_reader(mapping.date)
        self.amount = amount_reader(mapping.amount)
        self.tally = Tally()
        self.text_fen = 0
        self.section_fen = 0

    def upload(self, file: IO[bytes], name: str) -> Iterator[Line]:
        """Read every text of an upload.

        Raises:
            Refused: the whole file is not taken; ``column`` then names the text inside the upload.
        """
        for member, data in members(file, name):
            try:
                yield from self.text(member, data)
            except Refused as refused:
                refused.column = refused.column or member
                raise
        tally = self.tally
        yield {
            "is": "end",
            "mapping": self.mapping.digest,
            "rows": tally.rows,
            "accepted": tally.accepted,
            "accepted_sum": yuan(tally.accepted_fen),
            "refused": tally.refused.total(),
            "refused_sum": yuan(tally.refused_fen),
        }

    def text(self, name: str, data: bytes) -> Iterator[Line]:
        """Read one text: its headings, then row by row."""
        encoding = _encoding(data, self.mapping.encodings)
        records = _records(data, encoding, self.mapping.delimiter)
        self.text_fen = self.section_fen = 0
        above, sheet = self._headings(records)
        for record in above:
            yield self._placed(self._above(record), name, record)
        for record in records:
            yield self._placed(self._row(sheet, record), name, record)
        yield {"is": "member", "file": name, "encoding": encoding, "unused": sheet.unused}

    def _placed(self, told: Line, name: str, record: Record) -> Line:
        self.tally.rows += 1
        if self.tally.rows > MOST_ROWS:
            raise Refused("too_many_rows", str(MOST_ROWS), line=record.line)
        told.update(file=name, row=record.number, line=record.line)
        return told

    def _headings(self, records: Iterator[Record]) -> tuple[list[Record], Sheet]:
        """Find the headings within the first rows."""
        above: list[Record] = []
        for record in records:
            sheet = self._sheet(record)
            if sheet:
                return above, sheet
            above.append(record)
            if len(above) == self.mapping.rows.header_within:
                break
        shown = "; ".join(" | ".join(map(plain, record.cells[:_SHOWN_CELLS])) for record in above)
        raise Refused("header_missing", shown[:300], line=1)

    def _sheet(self, record: Record) -> Sheet | None:
        """See whether a row is the headings, and which column holds which field."""
        names = [heading(cell) for cell in record.cells]
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        places: dict[str, int] = {}
        for what, accepted in self.mapping.columns.items():
            found = [name for name in names if name in accepted]
            if len(set(found)) > 1:
                raise Refused("header_ambiguous", " | ".join(found), line=record.line)
            if found:
                places[what] = names.index(found[0])
        known = {names[at] for at in places.values()}
        whole = places.keys() == self.mapping.columns.keys()
        if twice and (whole or known.intersection(twice)):
            raise Refused("header_repeated", " | ".join(twice), line=record.line)
        ignored = self.mapping.rows.blank_ignores
        counted = [at for at, name in enumerate(names) if name not in ignored]
        width = max((at + 1 for at, name in enumerate(names) if name), default=0)
        return Sheet(names, [*map(plain, record.cells)], places, counted, width) if whole else None

    def _above(self, record: Record) -> Line:
        """List a row above the headings; a unit of money stated there must be the mapping's."""
        for cell in record.cells:
            stated = _UNIT_STATED.search("".join(cell.split()))
            if stated and _UNITS_STATED[stated[1]] != self.mapping.amount.unit:
                raise Refused("unit_differs", plain(cell)[:_SHOWN_TEXT], line=record.line)
        reason = "preamble" if any(map(str.strip, record.cells)) else "blank"
        return self._refused(Refused(reason), record, [], None)

    def _row(self, sheet: Sheet, record: Record) -> Line:
        """Read one row: it comes back as a payment or with its reason."""
        cells = record.cells
        if sheet.is_blank(cells):
            if self.mapping.rows.blank == "refuse":
                raise Refused("blank_row", line=record.line)
            return self._refused(Refused("blank"), record, [], None)
        fen: int | None = None
        try:
            _is_no_header(sheet, cells)
            self._is_no_total(sheet, record)
            fen = self._amount(sheet, cells)
            _fits(sheet, cells)
            told = self._payment(sheet, record, fen)
        except Refused as refused:
            if refused.reason == "total_differs":
                raise
            told = self._refused(refused, record, sheet.shown, fen)
        self.text_fen += fen or 0
        self.section_fen += fen or 0
        return told

    def _is_no_total(self, sheet: Sheet, record: Record) -> None:
        rules = self.mapping.rows
        if not (rules.totals or rules.subtotals) or sheet.cell(record.cells, "date"):
            return
        first = heading(next(filter(str.strip, record.cells)))
        if first not in rules.totals | rules.subtotals:
            return
        covered = self.text_fen if first in rules.totals else self.section_fen
        stated = self._amount(sheet, record.cells)
        if stated != covered:
            value = f"{yuan(stated)}, not {yuan(covered)}"
            raise Refused("total_differs", value, line=record.line)
        self.section_fen = 0
        raise Refused("total")

    def _amount(self, sheet: Sheet, cells: Sequence[str]) -> int:
        text = sheet.cell(cells, "amount")
        if not text:
            short = len(cells) < sheet.width
            raise Refused("too_few_cells" if short else "missing", column=sheet.name("amount"))
        try:
            return self.amount(narrow(text, allowed=self.mapping.full_width_digits))
        except Refused as refused:
            refused.column, refused.value = sheet.name("amount"), text
            raise

    def _payment(self, sheet: Sheet, record: Record, fen: int) -> Line:
        told: Line = {"is": "row", "amount": yuan(fen)}
        for what in ("payee", "unit", "purpose", "reference"):
            told[what] = self._text(sheet, record.cells, what)
        told["on"] = self._on(sheet, record.cells).isoformat()
        if fen == 0:
            raise Refused("zero", told["amount"], column=sheet.name("amount"))
        told["key"] = self._key(told, sheet, record)
        self.tally.accepted += 1
        self.tally.accepted_fen += fen
        return told

    def _text(self, sheet: Sheet, cells: Sequence[str], what: str) -> str:
        at = sheet.places.get(what)
        if at is None:
            return ""
        raw = cells[at]
        if not (raw.isascii() and raw.isprintable()) and is_hidden(raw):
            raise Refused("hidden_character", ascii(raw), column=sheet.name(what))
        text = plain(raw)
        required = what == "payee" or (what == "reference" and self.mapping.key.source == what)
        if required and not text:
            raise Refused("missing", column=sheet.name(what))
        if len(text) > (MOST_REFERENCE if what == "reference" else MOST_TEXT):
            raise Refused("too_long", text, column=sheet.name(what))
        return text

    def _on(self, sheet: Sheet, cells: Sequence[str]) -> date:
        if self.mapping.date.fixed:
            return self.mapping.date.fixed
        text = sheet.cell(cells, "date")
        if not text:
            raise Refused("missing", column=sheet.name("date"))
        try:
            return self.day(narrow(text, allowed=self.mapping.full_width_digits))
        except Refused as refused:
            refused.column, refused.value = sheet.name("date"), text
            raise

    def _key(self, told: Line, sheet: Sheet, record: Record) -> str:
        """Give the key under which the row posts once, however often its file is read."""
        rule, tally = self.mapping.key, self.tally
        if rule.source == "reference":
            reference: str = told["reference"]
            first = tally.references.setdefault(reference, f"row {record.number}")
            if first != f"row {record.number}":
                value = f"{reference} ({first})"
                raise Refused("reference_repeated", value, column=sheet.name("reference"))
            return f"{rule.prefix}:{reference}"
        said = [told[what] for what in ("on", "amount", "payee", "unit", "purpose", "reference")]
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:40]
        tally.alike[digest] += 1
        return f"{rule.prefix}:{digest}:{tally.alike[digest]}"

    def _refused(self, refused: Refused, record: Record, shown: Sequence[str], fen: int | None) -> Line:
        self.tally.refused[refused.reason] += 1
        self.tally.refused_fen += fen or 0
        values = {
            (shown[at] if at < len(shown) else "") or str(at + 1): cell[:_SHOWN_TEXT]
            for at, cell in enumerate(record.cells[:_SHOWN_CELLS])
            if cell and refused.reason != "blank"
        }
        return {
            "is": "refused",
            "reason": refused.reason,
            "column": refused.column,
            "value": refused.value[:_SHOWN_TEXT],
            "values": values,
            "amount": None if fen is None else yuan(fen),
        }


def _is_no_header(sheet: Sheet, cells: Sequence[str]) -> None:
    at = sheet.places["amount"]
    if at < len(cells) and heading(cells[at]) == sheet.names[at]:
        raise Refused("repeated_header")


def _fits(sheet: Sheet, cells: Sequence[str]) -> None:
    if len(cells) < sheet.width:
        raise Refused("too_few_cells", f"{len(cells)}, not {sheet.width}")
    if len(cells) == len(sheet.names) == sheet.width:
        return
    for at, cell in enumerate(cells):
        if cell.strip() and (at >= len(sheet.names) or not sheet.names[at]):
            raise Refused("too_many_cells", plain(cell), column=str(at + 1))


def _encoding(data: bytes, encodings: Sequence[str]) -> str:
    """Find the first encoding of the mapping that reads every byte."""
    wrong: UnicodeDecodeError | None = None
    for name in encodings:
        if data.startswith(BOM_UTF8) and name != "utf-8":
            continue
        try:
            data.decode(ENCODINGS[name])
        except UnicodeDecodeError as error:
            wrong = wrong or error
        else:
            return name
    at = wrong.start if wrong else 0
    value = f"0x{data[at]:02x}, not {' or '.join(encodings)}"
    before = data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    raise Refused("undecodable", value, line=before.count(b"\n") + 1)


def _records(data: bytes, encoding: str, delimiter: str) -> Iterator[Record]:
    """Give the rows of a text; a quoted cell may run over several lines."""
    csv.field_size_limit(MOST_CELL)
    text = io.TextIOWrapper(io.BytesIO(data), ENCODINGS[encoding], newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number, line = 0, 1
    try:
        for cells in reader:
            number += 1
            yield Record(number, line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Refused("broken_quotes", str(error), line=line) from error


def _confine() -> None:
    """Give up memory, time, writing, the network and other programs before reading foreign bytes.

    The audit hook binds Python code only: a second fence, behind parsers that never ask for these.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    sys.dont_write_bytecode = True
    sys.addaudithook(_forbid)


_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "ctypes.",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _forbid(event: str, args: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(args[-1], int) and args[-1] & _WRITING
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def main(mapping_path: str, name: str) -> int:
    """Read the file on standard input; the exit code is 3 when it is not taken."""
    mapping = load_mapping(Path(mapping_path))
    _confine()
    encode = json.JSONEncoder().encode
    write = sys.stdout.write
    refused: Refused
    try:
        for told in Reader(mapping).upload(sys.stdin.buffer, name):
            write(encode(told) + "\n")
    except Refused as error:
        refused = error
    except MemoryError:
        refused = Refused("out_of_bounds")
    else:
        return 0
    told = {"is": "file_refused", "reason": refused.reason, "value": refused.value}
    write(encode({**told, "file": refused.column or name, "line": refused.line}) + "\n")
    return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
