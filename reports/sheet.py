"""A public list as one value, and its files: CSV, JSON and XLSX with a manifest, like every report's."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.errors import InvalidFile
from ledger.money import format_yuan
from reports.formats import guarded
from reports.manifest import Manifest, csv_line, json_tail
from reports.table import Column, Row, shown
from reports.workbook import to_xlsx


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list with its columns and rows; ``facts`` say what it is of, in lines of text by name."""

    name: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    facts: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)

    def sums(self) -> dict[str, str]:
        """Add up every column of amounts, in yuan as text."""
        at = {column.name: n for n, column in enumerate(self.columns) if column.kind == "amount"}
        return {
            name: format_yuan(sum(cell for row in self.rows if isinstance(cell := row.cells[n], int)))
            for name, n in at.items()
        }

    def written(self, form: str, *, bom: bool = True) -> bytes:
        """Write it as a file that ends with its manifest; see ``reports.formats.written``.

        Raises:
            InvalidFile: there is no such format, or too many rows for it.
        """
        if form == "csv":
            return self._csv(bom=bom)
        if form == "json":
            return self._json()
        if form == "xlsx":
            heading = [f"{self.title_zh} {self.title_en}", *[f"{name}: {text}" for name, text in self.facts.items()]]
            return to_xlsx(self, heading, self.sums())
        raise InvalidFile(f"there is no format {form}", {"format": form})

    def _csv(self, *, bom: bool) -> bytes:
        held = io.StringIO(newline="")
        writer = csv.writer(held, lineterminator="\r\n")
        writer.writerow([column.name for column in self.columns])
        for row in self.rows:
            texts = [shown(cell, column.kind) for cell, column in zip(row.cells, self.columns, strict=True)]
            writer.writerow(
                [
                    guarded(text, excel=bom) if column.kind in {"text", "code"} else text
                    for text, column in zip(texts, self.columns, strict=True)
                ]
            )
        body = (b"\xef\xbb\xbf" if bom else b"") + held.getvalue().encode()
        manifest = Manifest(len(self.rows), self.sums(), hashlib.sha256(body).hexdigest())
        return body + (csv_line(manifest) + "," * (len(self.columns) - 1) + "\r\n").encode()

    def _json(self) -> bytes:
        described = {
            "list": self.name,
            "title": {"zh": self.title_zh, "en": self.title_en},
            **self.facts,
            "columns": [{"name": c.name, "zh": c.zh, "en": c.en, "kind": c.kind} for c in self.columns],
        }
        head = ",\n".join(f"{_text(name)}:{_text(value)}" for name, value in described.items())
        lines = [
            _text(
                {
                    column.name: None if cell is None else shown(cell, column.kind)
                    for column, cell in zip(self.columns, row.cells, strict=True)
                }
            )
            for row in self.rows
        ]
        listed = ",\n".join(lines)
        body = f'{{{head},\n"rows":[\n{listed}\n]'.encode()
        return body + json_tail(Manifest(len(lines), self.sums(), hashlib.sha256(body).hexdigest())).encode()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
