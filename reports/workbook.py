"""XLSX files: a report on the first sheet, its manifest on the second, the same bytes every time."""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

import xlsxwriter

from ledger.errors import InvalidAmount, InvalidFile
from ledger.money import format_yuan, parse_yuan
from reports.table import Cell, Column, Tabular, shown

ROWS_MOST = 1_048_000
"""So many rows of data fit on a sheet, with room for titles and totals."""
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_A4 = 9
Grid = list[list[str]]


def hashed(grid: Grid) -> str:
    """Hash the cells of a sheet, each ended by U+001F and each row by a line feed."""
    text = "".join("".join(f"{cell}\x1f" for cell in line) + "\n" for line in grid)
    return hashlib.sha256(text.encode()).hexdigest()


def to_xlsx(table: Tabular, heading: Sequence[str], sums: Mapping[str, str]) -> bytes:
    """Write a report: heading lines, header (names, then titles), rows, totals; a manifest on sheet 2.

    Raises:
        InvalidFile: more rows than a sheet can hold.
    """
    if len(table.rows) > ROWS_MOST:
        raise InvalidFile(f"a sheet holds {ROWS_MOST} rows", {"rows": len(table.rows)})
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"title": table.title_zh, "created": _MADE})
    sheet = _Sheet(book, table.title_zh, len(table.columns))
    for line in heading:
        sheet.write(sheet.title, [line])
    sheet.write(sheet.header, [f"{column.zh} {column.en}" for column in table.columns])
    sheet.write(sheet.header, [column.name for column in table.columns])
    header_row = len(sheet.grid)
    sheet.inner.freeze_panes(header_row, 1)
    sheet.inner.repeat_rows(header_row - 2, header_row - 1)
    for row in table.rows:
        sheet.write_cells(row.cells, table.columns, row.level)
    if table.totals:
        totals: list[Cell] = [table.totals.get(column.name) for column in table.columns]
        sheet.write_cells(["合计 Total", *totals[1:]], [Column("total", "", ""), *table.columns[1:]], 0)
    sheet.inner.print_area(0, 0, len(sheet.grid) - 1, sheet.width - 1)
    listed = _Sheet(book, "manifest", 2)
    for name, value in {
        "header row": str(header_row),
        "rows": str(len(table.rows)),
        **{f"sum {name}": amount for name, amount in sums.items()},
        "sha256": hashed(sheet.grid),
    }.items():
        listed.write(listed.title, [name, value])
    book.close()
    return held.getvalue()


class _Sheet:
    """A sheet that remembers what was written on it, as text."""

    def __init__(self, book: "xlsxwriter.Workbook", name: str, width: int) -> None:
        self.inner: Any = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31])
        self.inner.set_landscape()
        self.inner.set_paper(_A4)
        self.inner.fit_to_pages(1, 0)
        self.inner.set_footer("&L&F&R&P / &N")
        self.inner.set_column(0, max(width - 1, 0), 18)
        self.width = width
        self.grid: Grid = []
        self.title = book.add_format({"bold": True, "num_format": "@"})
        self.header = book.add_format({"bold": True, "num_format": "@", "bottom": 1, "text_wrap": True})
        self.number = book.add_format({"num_format": "#,##0.00"})
        self.texts = [book.add_format({"num_format": "@", "indent": level}) for level in range(8)]
        self.right = book.add_format({"num_format": "@", "align": "right"})

    def write(self, look: object, texts: Sequence[str]) -> None:
        """Write a row of plain texts."""
        row = len(self.grid)
        for at, text in enumerate(texts):
            self._written(self.inner.write_string(row, at, text, look))
        self.grid.append([*texts, *[""] * (self.width - len(texts))])

    def write_cells(self, cells: Sequence[Cell], columns: Sequence[Column], level: int) -> None:
        """Write a row: amounts as numbers where that is exact, everything else as text."""
        row = len(self.grid)
        line = [shown(cell, column.kind) for cell, column in zip(cells, columns, strict=True)]
        for at, (cell, column, text) in enumerate(zip(cells, columns, line, strict=True)):
            if text == "":
                continue
            if column.kind == "amount" and isinstance(cell, int):
                number = cell / 100  # the only float of the house: kept where the file says the same fen
                if _fen(f"{number:.16G}") == cell:
                    self._written(self.inner.write_number(row, at, number, self.number))
                    continue
                self._written(self.inner.write_string(row, at, text, self.right))
                continue
            look = self.texts[min(level, 7)] if at == 0 else self.texts[0]
            self._written(self.inner.write_string(row, at, text, look))
        self.grid.append(line)

    @staticmethod
    def _written(outcome: int) -> None:
        if outcome < 0:
            raise InvalidFile("a cell does not fit on the sheet")


def read_sheets(data: bytes) -> tuple[Grid, Grid]:
    """Read both sheets of a workbook written here, as text; numbers with two decimals.

    Raises:
        InvalidFile: it is cut, changed or no such workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.testzip() is not None or archive.start_dir + _directory(archive) != len(data):
                raise InvalidFile("a part of the workbook is damaged")
            strings = _Reader().read(archive.read("xl/sharedStrings.xml")).strings
            first, second = (_Reader(strings).read(archive.read(f"xl/worksheets/sheet{n}.xml")).grid() for n in (1, 2))
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        KeyError,
        IndexError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise InvalidFile("this is no whole workbook") from error
    return first, second


def _directory(archive: zipfile.ZipFile) -> int:
    """Give the bytes of the central directory and the end record of a workbook without comment."""
    return sum(46 + len(each.orig_filename.encode()) + len(each.extra) for each in archive.filelist) + 22


class _Reader:
    """Reads the cells of a sheet, or the shared strings; no part of the file can name another one."""

    def __init__(self, strings: Sequence[str] = ()) -> None:
        self.strings: list[str] = list(strings)
        self.cells: dict[tuple[int, int], str] = {}
        self.at, self.type, self.text = (0, 0), "", ""

    def read(self, data: bytes) -> "_Reader":
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(data, True)  # noqa: FBT003  the parser takes no names
        return self

    def grid(self) -> Grid:
        """Give the rows up to the last one with cells, all of one width."""
        if not self.cells:
            return []
        rows, width = max(r for r, _ in self.cells) + 1, max(c for _, c in self.cells) + 1
        return [[self.cells.get((r, c), "") for c in range(width)] for r in range(rows)]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self.at, self.type = _place(attributes["r"]), attributes.get("t", "n")
        if name in {"v", "si"}:
            self.text = ""

    def _characters(self, text: str) -> None:
        self.text += text

    def _end(self, name: str) -> None:
        if name == "si":
            self.strings.append(_UNESCAPE.sub(lambda m: chr(int(m[1], 16)), self.text))
        elif name == "v":
            fen = None if self.type == "s" else _fen(self.text)
            if self.type == "s":
                self.cells[self.at] = self.strings[int(self.text)]
            elif fen is None:
                raise InvalidFile("a number of the sheet is no amount")
            else:
                self.cells[self.at] = format_yuan(fen)


_UNESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _fen(text: str) -> int | None:
    try:
        return parse_yuan(text)
    except InvalidAmount:
        return None


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]) - 1, column - 1
