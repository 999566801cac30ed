"""Reports as files: CSV, JSON and XLSX, each ending with a manifest, the same bytes every time."""

import csv
import hashlib
import io
import json
import re
import unicodedata
from typing import Any

from ledger.errors import InvalidFile
from ledger.money import format_yuan
from reports.manifest import Manifest, check_manifest, csv_line, json_tail
from reports.table import Table, shown
from reports.workbook import to_xlsx

__all__ = ["FORMATS", "check_manifest", "plain", "written"]

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The formats and their media types."""


def written(table: Table, form: str, *, bom: bool = True) -> bytes:
    """Write a report as a file.

    CSV: the header is the first line, lines end with CR LF, the manifest stands in the first field of the last
    line. With ``bom`` it opens in Excel as it should: a byte order mark, and an apostrophe before
    codes that Excel would take for numbers or days. Without it the codes are as they are, for
    parsers. A text that a spreadsheet could take for a formula gets an apostrophe in both; ``plain``
    takes it off again.

    Raises:
        InvalidFile: there is no such format, or the report does not fit in it.
    """
    if form == "csv":
        return _csv(table, bom=bom)
    if form == "json":
        return _json(table)
    if form == "xlsx":
        return to_xlsx(table, heading(table), _sums(table))
    raise InvalidFile(f"there is no format {form}", {"format": form})


def heading(table: Table) -> list[str]:
    """Give the lines above a printed report: title, set, period, unit, filters, notes."""
    own, (unit_zh, unit_en) = table.account_set, table.unit
    known = "" if table.known is None else f"；截至日志第 {table.known} 条 as known at log index {table.known}"
    return [
        f"{table.title_zh} {table.title_en}" + ("（演示数据 demo data）" if own.demo else ""),
        f"账套 Set: {own.code} {own.name_zh} {own.name_en}" + (f"；账 Book: {table.book}" if table.book else ""),
        f"期间 Period: {table.from_on} — {table.to_on}{known}",
        f"单位 Unit: {unit_zh} {unit_en}",
        *[f"{name}: {value}" for name, value in table.filters.items()],
        *[f"{zh} {en}" for zh, en in table.notes],
    ]


def plain(text: str) -> str:
    """Give the text of a CSV cell as it was before an apostrophe was set before it."""
    return text.removeprefix("'")


def _csv(table: Table, *, bom: bool) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        writer.writerow(
            [
                guarded(shown(cell, kind), excel=bom) if kind in {"text", "code"} else shown(cell, kind)
                for cell, kind in zip(row.cells, kinds, strict=True)
            ]
        )
    body = (b"\xef\xbb\xbf" if bom else b"") + held.getvalue().encode()
    manifest = Manifest(len(table.rows), _sums(table), hashlib.sha256(body).hexdigest())
    return body + (csv_line(manifest) + "," * (len(kinds) - 1) + "\r\n").encode()


def _json(table: Table) -> bytes:
    own = table.account_set
    described: dict[str, Any] = {
        "report": table.name,
        "title": {"zh": table.title_zh, "en": table.title_en},
        "treasury": own.treasury,
        "set": own.code,
        "set_name": {"zh": own.name_zh, "en": own.name_en},
        "book": table.book,
        "demo": own.demo,
        "unit": {"zh": table.unit[0], "en": table.unit[1], "currency": own.currency},
        "from": str(table.from_on),
        "to": str(table.to_on),
        "known": table.known,
        "filters": dict(table.filters),
        "notes": [{"zh": zh, "en": en} for zh, en in table.notes],
        "next_page": table.next_page,
        "columns": [
            {
                "name": column.name,
                "zh": column.zh,
                "en": column.en,
                "kind": column.kind,
                **({} if column.slice is None else {"vouchers": column.slice.as_json()}),
            }
            for column in table.columns
        ],
        "totals": {name: format_yuan(fen) for name, fen in table.totals.items()},
    }
    lines = [
        {
            **{
                column.name: None if cell is None else shown(cell, column.kind)
                for column, cell in zip(table.columns, row.cells, strict=True)
            },
            **({"rolled": True} if row.rolled else {}),
            **({} if row.slice is None else {"vouchers": row.slice.as_json()}),
        }
        for row in table.rows
    ]
    head = ",\n".join(f"{_text(name)}:{_text(value)}" for name, value in described.items())
    rows = ",\n".join(map(_text, lines))
    body = f'{{{head},\n"rows":[\n{rows}\n]'.encode()
    return body + json_tail(Manifest(len(lines), _sums(table), hashlib.sha256(body).hexdigest())).encode()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sums(table: Table) -> dict[str, str]:
    return {name: format_yuan(fen) for name, fen in table.sums().items()}


_STARTS_FORMULA = frozenset("=+-@\t\r\n|%−")
_UNSEEN = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})
_NUMBERLIKE = re.compile(r"[0-9.,:/()%¥$eE+\- ]*[0-9][0-9.,:/()%¥$eE+\- ]*|TRUE|FALSE", re.IGNORECASE)
_SAFE_NUMBER = re.compile(r"0|[1-9][0-9]{0,10}")


def guarded(text: str, *, excel: bool) -> str:
    """Set an apostrophe before a text that a spreadsheet would run, or that already begins with one."""
    if text.startswith("'") or _is_formula(text):
        return f"'{text}"
    if excel and _NUMBERLIKE.fullmatch(text) and not _SAFE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _is_formula(text: str) -> bool:
    """Tell whether the first thing to be seen starts a formula, also in full width or behind blanks."""
    for character in text:
        if character in _STARTS_FORMULA:
            return True
        if unicodedata.category(character) not in _UNSEEN:
            return unicodedata.normalize("NFKC", character) in _STARTS_FORMULA
    return False
