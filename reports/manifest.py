"""The end of an exported file, by which a cut or changed one is known: rows, sums and a SHA-256.

CSV    the last line, in its first field: ``#manifest rows=2 debit=1.00 sha256=…``; the hash is of every
       byte before that line. JSON  the last member ``manifest``; the hash is of every byte before the
       comma that precedes it. XLSX  the second sheet; the hash is of the cells of the first sheet, each
       ended by U+001F and each row by a line feed, numbers written with two decimals.
"""

import csv
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.errors import InvalidFile
from ledger.money import format_yuan
from reports.workbook import hashed, read_sheets

CSV_MARK = "#manifest "
JSON_MARK = ',\n"manifest":'


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file says of itself: sums are yuan as text, by column."""

    rows: int
    sums: Mapping[str, str]
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a file is whole; if not, ``reason`` says what is wrong."""

    whole: bool
    reason: str = ""
    manifest: Manifest = field(default_factory=lambda: Manifest(0, {}, ""))


def csv_line(manifest: Manifest) -> str:
    """Write a manifest as the first field of the last line of a CSV file."""
    sums = "".join(f"{name}={amount} " for name, amount in manifest.sums.items())
    return f"{CSV_MARK}rows={manifest.rows} {sums}sha256={manifest.sha256}"


def json_tail(manifest: Manifest) -> str:
    """Write a manifest as the end of a JSON file."""
    told = {"rows": manifest.rows, "sums": manifest.sums, "sha256": manifest.sha256}
    return f"{JSON_MARK}{json.dumps(told, separators=(',', ':'))}}}\n"


def check_manifest(data: bytes, form: str) -> Checked:
    """Tell whether an exported file (``csv``, ``json`` or ``xlsx``) is whole.

    Raises:
        InvalidFile: there is no such format.
    """
    if form not in _CHECKS:
        raise InvalidFile(f"there is no format {form}", {"format": form})
    try:
        return _CHECKS[form](data)
    except _BROKEN:
        return Checked(whole=False, reason="the file is cut or was changed: it cannot be read to its end")


_LAST_LINE = re.compile(rb"#manifest rows=([0-9]+)((?: [a-z_]+=-?[0-9]+\.[0-9]{2})*) sha256=([0-9a-f]{64}),*\r\n")


_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, csv.Error, zlib.error, InvalidFile)
"""What reading a damaged file may raise."""


def _check_csv(data: bytes) -> Checked:
    start = data.rfind(CSV_MARK.encode())
    match = _LAST_LINE.fullmatch(data, max(start, 0))
    if match is None or data[max(start - 2, 0) : start] != b"\r\n":
        return Checked(whole=False, reason="the file is cut: its last line is no manifest")
    rows, sums, sha256 = match.groups()
    told = dict(each.split("=", 1) for each in sums.decode().split())
    header, *lines = csv.reader(io.StringIO(data[:start].decode("utf-8-sig"), newline=""))
    columns = {name: header.index(name) for name in told}
    counted = {name: _sum(line[at] for line in lines) for name, at in columns.items()}
    found = Manifest(len(lines), counted, hashlib.sha256(data[:start]).hexdigest())
    return _compared(Manifest(int(rows), told, sha256.decode()), found)


def _check_json(data: bytes) -> Checked:
    start = data.rfind(JSON_MARK.encode())
    whole = json.loads(data)
    if start < 0 or not data.endswith(b"}}\n"):
        return Checked(whole=False, reason="the file has no manifest at its end")
    told = Manifest(**whole["manifest"])
    counted = {name: _sum(row[name] or "" for row in whole["rows"]) for name in told.sums}
    return _compared(told, Manifest(len(whole["rows"]), counted, hashlib.sha256(data[:start]).hexdigest()))


def _check_xlsx(data: bytes) -> Checked:
    sheet, listed = read_sheets(data)
    told = {line[0]: line[1] for line in listed if line}
    sums = {name.removeprefix("sum "): v for name, v in told.items() if name.startswith("sum ")}
    first, rows = int(told["header row"]), int(told["rows"])
    header, lines = sheet[first - 1], sheet[first : first + rows]
    counted = {name: _sum(line[header.index(name)] for line in lines) for name in sums}
    return _compared(Manifest(rows, sums, told["sha256"]), Manifest(len(lines), counted, hashed(sheet)))


def _compared(told: Manifest, found: Manifest) -> Checked:
    for name in ("rows", "sums", "sha256"):
        if getattr(told, name) != getattr(found, name):
            return Checked(
                whole=False,
                reason=f"the file was changed: {name} differ from the manifest",
                manifest=told,
            )
    return Checked(whole=True, manifest=told)


def _sum(texts: Iterable[str]) -> str:
    return format_yuan(sum(_fen(text) for text in texts if text))


def _fen(text: str) -> int:
    """Read an amount of a file; balances may be longer than the amount of one posting."""
    if not _AMOUNT.fullmatch(text):
        raise InvalidFile(f"{text} is no amount")
    return int(text.replace(".", ""))


_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2}", re.ASCII)


_CHECKS = {"csv": _check_csv, "json": _check_json, "xlsx": _check_xlsx}
