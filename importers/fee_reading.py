"""Reads a list of fees, a workbook or a CSV, in a process of its own, within limits, into clean JSON lines.

``python -m importers.fee_reading NAME < FILE``. A line is a ``row`` with its cells by field, then ``end`` with
their number, or ``file_refused``. What the cells mean is decided by ``importers.fees``.
"""

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from importers.archives import MOST_PACKED, MOST_UNPACKED, _unpacked, members
from importers.cells import plain
from importers.mapping import heading
from importers.reading import Line, Record, _confine, _encoding, _records
from importers.reasons import Refused

MOST_FEES = 5_000
MOST_COLUMNS = 60
MOST_CELL = 1_000
HEADER_WITHIN = 10
HEADINGS = {
    "item": ("项目编码", "项目识别码", "编码", "item"),
    "name_zh": ("项目名称", "收费项目", "收费项目名称", "item_name_zh", "name_zh"),
    "name_en": ("英文名称", "name_en"),
    "also_called": ("俗称", "常用名称", "also_called"),
    "life_event": ("办事主题", "life_event"),
    "department": ("部门", "主管部门", "department"),
    "amount": ("收费标准", "收费标准（元）", "standard"),
    "min": ("标准下限", "标准下限（元）", "min"),
    "max": ("标准上限", "标准上限（元）", "max"),
    "kind": ("标准类型", "standard_kind"),
    "rule": ("标准说明", "计费规则", "rule"),
    "unit": ("计费单位", "单位", "unit_of_charge", "unit"),
    "payer": ("缴费人", "收费对象", "payer"),
    "collectors": ("执收单位", "执收单位编码", "collectors"),
    "fund_mode": ("资金管理方式", "fund_mode"),
    "revenue": ("收入科目", "revenue"),
    "receipt": ("票据种类", "receipt"),
    "exemptions": ("减免规定", "exemptions"),
    "status": ("状态", "status"),
    "valid_from": ("生效日期", "valid_from"),
    "valid_to": ("截止日期", "valid_to"),
    "document": ("变更文件", "变更文号", "document"),
    "document_title": ("变更文件名称", "document_title"),
    "document_issuer": ("变更文件发文机关", "document_issuer"),
    "document_on": ("变更文件日期", "document_on"),
    "basis": ("政策依据", "收费依据", "legal_basis", "basis"),
    "confidence": ("可信度", "confidence"),
    "source": ("来源", "source"),
}
"""The headings of each field; a list must have a name and a basis, what else is missing is said row by row."""
NEEDED = frozenset({"name_zh", "basis"})
LISTS = frozenset({"basis", "also_called", "collectors"})
"""Fields whose lines are parts."""
_FIELD = {heading(name): field for field, names in HEADINGS.items() for name in names}


def texts(upload: IO[bytes], name: str) -> Iterator[Iterator[Record]]:
    """Give the rows of every text or sheet of an upload.

    Raises:
        Refused: it is empty, too large, damaged, unsafe, or neither text nor workbook.
    """
    size = upload.seek(0, 2)
    upload.seek(0)
    if size > MOST_PACKED:
        raise Refused("too_large", str(size))
    if zipfile.is_zipfile(upload):
        data = _workbook(upload)
        if data:
            yield from _sheets(data)
            return
    for _, text in members(upload, name):
        encoding = _encoding(text, ("utf-8", "gb18030"))
        yield _records(text, encoding, ",")


def _workbook(upload: IO[bytes]) -> bytes:
    """Give the bytes of a workbook, b"" for another archive; each part is unpacked once to see that it is small."""
    left = MOST_UNPACKED
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                return b""
            for info in archive.infolist():
                with archive.open(info) as packed:
                    left -= len(_unpacked(packed, max(info.compress_size, 1), left))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, NotImplementedError, ValueError) as error:
        raise Refused("damaged_archive", str(error)[:200]) from error
    upload.seek(0)
    return upload.read(MOST_PACKED)


def _sheets(data: bytes) -> Iterator[Iterator[Record]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height > 2 * MOST_FEES or sheet.width > 2 * MOST_COLUMNS:
                raise Refused("too_many_rows", f"{name}: {sheet.height} x {sheet.width}")
            rows = sheet.to_python(skip_empty_area=False)
            yield iter([Record(n, n, [_text(cell) for cell in row]) for n, row in enumerate(rows, 1)])
    except CalamineError as error:
        raise Refused("damaged_archive", str(error)[:200]) from error


def _text(cell: object) -> str:
    """Write a cell as a list writes it: whole numbers without a point, days without a time."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004 - exact in a float
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def rows(records: Iterator[Record]) -> Iterator[Line]:
    """Give the rows of a table by field; nothing, when its first rows are no headings of a list.

    Raises:
        Refused: two columns stand for the same field.
    """
    places: dict[str, int] = {}
    for record in records:
        if not places:
            places = _headings(record)
            if not places and record.number >= HEADER_WITHIN:
                return
        elif any(map(str.strip, record.cells)):
            cells = {f: record.cells[at] for f, at in places.items() if at < len(record.cells)}
            told = {f: (text.strip() if f in LISTS else plain(text))[:MOST_CELL] for f, text in cells.items()}
            yield {"is": "row", "row": record.number, "line": record.line, "cells": told}


def _headings(record: Record) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, cell in enumerate(record.cells[:MOST_COLUMNS]):
        field = _FIELD.get(heading(cell))
        if field in places:
            raise Refused("header_ambiguous", plain(cell), line=record.line)
        if field:
            places[field] = at
    return places if places.keys() >= NEEDED else {}


def read(upload: IO[bytes], name: str) -> Iterator[Line]:
    """Read the first table of an upload that has the headings of a list.

    Raises:
        Refused: there is none, or the file as a whole is not taken.
    """
    for records in texts(upload, name):
        count = 0
        for told in rows(records):
            count += 1
            if count > MOST_FEES:
                raise Refused("too_many_rows", str(MOST_FEES), line=told["line"])
            yield told
        if count:
            yield {"is": "end", "rows": count}
            return
    raise Refused("header_missing", "、".join(HEADINGS[field][0] for field in sorted(NEEDED)), line=1)


def main(name: str) -> int:
    """Read the file on standard input; the exit code is 3 when it is not taken."""
    _confine()
    encode = json.JSONEncoder().encode
    refused: Refused
    try:
        for told in read(sys.stdin.buffer, name):
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
