"""Reads the tables of a workbook or CSV by a mapping, in a process of its own, within limits, into clean JSON lines.

``python -m importers.workbook_reading MAPPING NAME < FILE``. A ``table`` comes with what stands above it and its
headings, a ``row`` with its cells by field, an ``unread`` sheet with its name; then ``end`` with the number of
rows, or ``file_refused``. What the cells mean is decided by ``importers.budgets`` and ``importers.histories``.
"""

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from importers.archives import MOST_PACKED, members
from importers.cells import plain
from importers.mapping import heading
from importers.reading import Line, _confine, _encoding, _records
from importers.reasons import Refused
from importers.workbook_mapping import NEEDED, WorkbookMapping, load_workbook_mapping
from importers.workbook_parts import MOST_COLUMNS, MOST_ROWS, Opened, Place, open_workbook

MOST_CELL = 2_100
_MOST_MERGED = 20_000
_HEADER_ROWS = 3
_ABOVE = 20
_UNIT = re.compile(r"\s*[(（](?:单位[:：])?(?:人民币)?(亿元|万元|元)[)）]$")
_STATED = re.compile(r"单\s*位\s*[:：]\s*(?:人民币)?([^\s,，;；:：()（）]{0,3}元)(?=$|[\s,，;；)）/])")
_UNITS = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
_LABEL = re.compile(r"^([^:：]{1,20})[:：]\s*(.*)$", re.DOTALL)
_NOT_FILLED = frozenset({"amount", "package_amount", "price", "quotes"})
"""Money of merged cells counts once."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet or a text: its cells, those of merged cells in each place they cover, and where these begin."""

    name: str
    rows: Sequence[Sequence[str]]
    filled: Sequence[Sequence[str]]
    lines: Sequence[int]
    origin: Mapping[Place, Place]
    formulas: frozenset[Place]
    below: Mapping[int, int]
    """The last row of the merged cells that begin in a row."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a table stands: the row after its headings, the column of each field, and its heading and unit."""

    table: str
    first: int
    last: int
    places: Mapping[str, int]
    shown: Mapping[str, str]
    units: Mapping[str, int]
    unused: Sequence[str]


def grids(upload: IO[bytes], name: str, encodings: Sequence[str]) -> Iterator[Grid | str]:
    """Give every sheet or text of an upload; of a sheet that is hidden only its name.

    Raises:
        Refused: it is empty, too large, damaged, unsafe, or neither text nor workbook.
    """
    size = upload.seek(0, 2)
    upload.seek(0)
    if size > MOST_PACKED:
        raise Refused("too_large", str(size))
    start = upload.read(4)
    upload.seek(0)
    if start == b"PK\x03\x04" and (opened := open_workbook(upload.read(MOST_PACKED))):
        yield from _sheets(opened)
        return
    for member, text in members(upload, name):
        records = []
        for record in _records(text, _encoding(text, encodings), ","):
            records.append(record)
            _fits(member, len(records), len(record.cells))
        rows = [list(record.cells) for record in records]
        yield Grid(member, rows, rows, [record.line for record in records], {}, frozenset(), {})


def _fits(name: str, rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise Refused("too_many_rows", f"{name}: {rows} x {columns}")


def _sheets(opened: Opened) -> Iterator[Grid | str]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(opened.data))
        for name in book.sheet_names:
            if name in opened.hidden or name not in opened.formulas:
                yield name
                continue
            sheet = book.get_sheet_by_name(name)
            _fits(name, sheet.total_height, sheet.total_width)
            rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            yield _merged(name, rows, sheet.merged_cell_ranges or [], opened.formulas[name])
    except CalamineError as error:
        raise Refused("damaged_archive", str(error)[:200]) from error


def _text(cell: object) -> str:
    """Write a cell as a list writes it: whole numbers without a point, days without a time."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004 - exact in a float
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell).replace("\r\n", "\n").replace("\r", "\n")


def _merged(
    name: str, rows: list[list[str]], merges: Sequence[tuple[Place, Place]], formulas: frozenset[Place]
) -> Grid:
    if len(merges) > _MOST_MERGED:
        raise Refused("too_many_rows", f"{name}: {len(merges)} merged cells")
    filled = [list(row) for row in rows]
    origin: dict[Place, Place] = {}
    below: dict[int, int] = {}
    covered = set(formulas)
    for (top, left), (bottom, right) in merges:
        below[top] = max(below.get(top, top), bottom)
        for row in range(top, min(bottom + 1, len(rows))):
            for column in range(left, min(right + 1, len(rows[row]))):
                filled[row][column] = rows[top][left]
                origin[row, column] = (top, left)
                if (top, left) in formulas:
                    covered.add((row, column))
    return Grid(name, rows, filled, range(1, len(rows) + 1), origin, frozenset(covered), below)


def find_table(grid: Grid, mapping: WorkbookMapping) -> Found | None:
    """Find the headings of a table in the first rows, one to three rows high.

    Raises:
        Refused: two columns stand for the same field.
    """
    for first in range(min(mapping.header_within, len(grid.rows))):
        high = min(max(grid.below.get(first, first) - first + 1, 1), _HEADER_ROWS)
        for height in dict.fromkeys((high, *range(1, _HEADER_ROWS + 1))):
            last = first + height - 1
            if last >= len(grid.rows):
                continue
            names = _names(grid, first, last)
            for table, fields in mapping.tables.items():
                if found := _placed(table, fields, names, first, last, grid.lines[first]):
                    return found
    return None


@dataclass(frozen=True, slots=True)
class _Name:
    """A heading: its own words, those with the words above it, and whether it stands in the first row."""

    column: int
    shown: str
    own_shown: str
    own: str
    joined: str
    unit: int
    from_first: bool


def _names(grid: Grid, first: int, last: int) -> list[_Name]:
    found = []
    above = ""
    for column in range(len(grid.filled[last])):
        begun = grid.origin.get((last, column))
        if begun is not None and begun[1] != column:
            continue
        stack = [plain(_at(grid.filled, row, column)) for row in range(first, last + 1)]
        if last > first:
            above = stack[0] = stack[0] or (above if stack[-1] else "")
        texts = list(dict.fromkeys(filter(None, stack)))
        if not texts:
            continue
        unit = _UNIT.search(texts[-1])
        own = _UNIT.sub("", texts[-1])
        joined = "".join([*texts[:-1], own])
        from_first = len(texts) == 1 and bool(stack[0])
        shown = "".join(texts)
        found.append(
            _Name(column, shown, texts[-1], heading(own), heading(joined), _UNITS[unit[1]] if unit else 0, from_first)
        )
    return found


def _at(rows: Sequence[Sequence[str]], row: int, column: int) -> str:
    return rows[row][column] if column < len(rows[row]) else ""


def _placed(
    table: str, fields: Mapping[str, frozenset[str]], names: Sequence[_Name], first: int, last: int, line: int
) -> Found | None:
    places: dict[str, _Name] = {}
    touched = False
    for name in names:
        matched = [f for f, accepted in fields.items() if name.joined in accepted or name.own in accepted]
        exact = [f for f in matched if name.joined in fields[f]] or matched
        for field in exact[:1]:
            if field in places:
                raise Refused("header_ambiguous", f"{places[field].shown} | {name.shown}", line=line)
            places[field] = name
            touched = touched or name.from_first or name.own not in fields[field]
    if not places.keys() >= NEEDED[table] or not touched:
        return None
    used = {name.column for name in places.values()}
    return Found(
        table,
        first,
        last,
        {field: name.column for field, name in places.items()},
        {field: name.own_shown if name.own in fields[field] else name.shown for field, name in places.items()},
        {field: name.unit for field, name in places.items() if name.unit},
        [name.shown for name in names if name.column not in used],
    )


def _above(grid: Grid, found: Found, mapping: WorkbookMapping) -> tuple[list[str], dict[str, str]]:
    """Give the texts above a table, and what they say for every row of it.

    Raises:
        Refused: a unit of money that is stated there is not that of the mapping.
    """
    texts: list[str] = []
    head: dict[str, str] = {}
    for row in range(found.first):
        cells = list(dict.fromkeys(filter(None, map(plain, grid.filled[row]))))
        texts += cells
        for text, after in zip(cells, [*cells[1:], ""], strict=True):
            stated = _STATED.search(text)
            if stated and _UNITS.get(stated[1]) != mapping.amount.unit:
                raise Refused("unit_differs", text[:100], line=grid.lines[row])
            label = _LABEL.match(text)
            named, value = (label[1], label[2]) if label else (text, after)
            for field, accepted in mapping.head.items():
                if heading(named) in accepted and (value or after):
                    head.setdefault(field, plain(value or after))
    return texts[:_ABOVE], head


def read(upload: IO[bytes], name: str, mapping: WorkbookMapping) -> Iterator[Line]:
    """Read every table of an upload, and tell which sheets have none.

    Raises:
        Refused: there is no table, or the file as a whole is not taken.
    """
    count, tables = 0, 0
    for grid in grids(upload, name, mapping.encodings):
        found = None if isinstance(grid, str) else find_table(grid, mapping)
        if found is None or isinstance(grid, str):
            yield {"is": "unread", "sheet": grid if isinstance(grid, str) else grid.name}
            continue
        tables += 1
        texts, head = _above(grid, found, mapping)
        told = {"table": found.table, "sheet": grid.name, "above": texts, "head": head, "unused": list(found.unused)}
        yield {"is": "table", **told, "headings": dict(found.shown), "units": dict(found.units)}
        for row in _rows(grid, found):
            count += 1
            yield row
    if not tables:
        needed = sorted(next(iter(fields[f])) for t, fields in mapping.tables.items() for f in NEEDED[t])
        raise Refused("header_missing", "、".join(dict.fromkeys(needed)), line=1)
    yield {"is": "end", "mapping": mapping.digest, "rows": count}


def _rows(grid: Grid, found: Found) -> Iterator[Line]:
    for at in range(found.last + 1, len(grid.rows)):
        first = next((plain(cell) for cell in grid.rows[at] if cell.strip()), "")
        if not first:
            continue
        cells = {
            field: _at(grid.rows if field in _NOT_FILLED else grid.filled, at, column).strip()[:MOST_CELL]
            for field, column in found.places.items()
        }
        formulas = [field for field, column in found.places.items() if (at, column) in grid.formulas]
        yield {
            "is": "row",
            "row": at + 1,
            "line": grid.lines[at],
            "first": first[:100],
            "cells": cells,
            "formulas": formulas,
        }


def main(mapping_path: str, name: str) -> int:
    """Read the file on standard input; the exit code is 3 when it is not taken."""
    mapping = load_workbook_mapping(Path(mapping_path))
    _confine()
    encode = json.JSONEncoder().encode
    refused: Refused
    try:
        for told in read(sys.stdin.buffer, name, mapping):
            sys.stdout.write(encode(told) + "\n")
    except Refused as error:
        refused = error
    except MemoryError:
        refused = Refused("out_of_bounds")
    else:
        return 0
    told = {"is": "file_refused", "reason": refused.reason, "value": refused.value, "file": name, "line": refused.line}
    sys.stdout.write(encode(told) + "\n")
    return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
