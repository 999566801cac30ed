"""A workbook's tables as ``importers.workbook_reading`` read them in a process of its own; only clean cells arrive."""

import hashlib
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from importers.mapping import InvalidMapping
from importers.payments import _refusal, said
from importers.workbook_mapping import WorkbookMapping, load_workbook_mapping
from ledger.errors import InvalidFile

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: cells by field, ``first`` the first that is not blank, ``formulas`` the fields not typed."""

    row: int
    line: int
    first: str
    cells: Mapping[str, str]
    formulas: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a workbook: what stands above it, what that says for every row, its headings and stated units."""

    table: str
    sheet: str
    above: Sequence[str]
    head: Mapping[str, str]
    unused: Sequence[str]
    headings: Mapping[str, str]
    units: Mapping[str, int]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class WorkbookReading:
    """A workbook as it was read, by which mapping, and its digest; ``unread`` are sheets without a table."""

    name: str
    sha256: str
    mapping: WorkbookMapping
    tables: Sequence[Table]
    unread: Sequence[str]
    size: int

    def named(self, table: str) -> list[Table]:
        """Give every table of a name, in the order of the sheets."""
        return [each for each in self.tables if each.table == table]

    def as_json(self) -> dict[str, object]:
        """Say what was read, without the rows."""
        tables = [
            {"table": t.table, "sheet": t.sheet, "rows": len(t.rows), "unused": list(t.unused)} for t in self.tables
        ]
        told = {"file": self.name, "sha256": self.sha256, "mapping": self.mapping.as_json()}
        return {**told, "tables": tables, "unread": list(self.unread)}


def read_workbook(file: Path, mapping_file: Path, kind: str) -> WorkbookReading:
    """Read a workbook (XLSX), or CSV in one of the mapping's encodings, recording nothing.

    Raises:
        InvalidFile: the file or the mapping is not taken; ``facts`` as in ``importers.payments.read_payments``.
    """
    mapping = _mapping(mapping_file, kind)
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal("not_a_file", file.name, value=error.strerror or "") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _refusal("not_a_file", file.name)
    with os.fdopen(handle, "rb") as upload:
        return _read(upload, file.name, mapping_file, mapping)


def read_upload(upload: IO[bytes], name: str, mapping_file: Path, kind: str) -> WorkbookReading:
    """Read what was sent, by the same way as ``read_workbook``; its name is told and never trusted.

    Raises:
        InvalidFile: as ``read_workbook``.
    """
    mapping = _mapping(mapping_file, kind)
    with tempfile.TemporaryFile() as kept:  # the reading process needs a file of its own
        shutil.copyfileobj(upload, kept)
        kept.seek(0)
        return _read(kept, said(name), mapping_file, mapping)


def _mapping(mapping_file: Path, kind: str) -> WorkbookMapping:
    try:
        mapping = load_workbook_mapping(mapping_file)
        if mapping.kind != kind:
            raise InvalidMapping(f"kind: {mapping.kind!r} is not {kind!r}")  # noqa: TRY301 - told like the others
    except InvalidMapping as error:
        facts = {"reason": "invalid_mapping", "file": mapping_file.name, "value": str(error)}
        raise InvalidFile(f"{mapping_file.name}: {error}", facts) from error
    return mapping


def _read(
    upload: io.BufferedReader | io.BufferedRandom, name: str, mapping_file: Path, mapping: WorkbookMapping
) -> WorkbookReading:
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    size = upload.tell()
    upload.seek(0)
    command = [sys.executable, "-P", "-B", "-m", "importers.workbook_reading", str(mapping_file.resolve()), name]
    env = {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        command, stdin=upload, capture_output=True, cwd="/", env=env, check=False
    )
    tables, unread = _heard(done, name, mapping)
    return WorkbookReading(name, digest, mapping, tables, unread, size)


def _heard(
    done: subprocess.CompletedProcess[bytes], name: str, mapping: WorkbookMapping
) -> tuple[list[Table], list[str]]:
    """Believe the reading only when it ended well and what arrived is what was sent."""
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT}:
        raise _refusal("out_of_bounds", name)
    try:
        told: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        last = told.pop()
        if last.pop("is") == "file_refused":
            raise _refusal(**last)
        tables, unread = _sorted_out(iter(told))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _refusal("reader_failed", name, value=f"exit {done.returncode}") from error
    rows = sum(len(table.rows) for table in tables)
    if done.returncode != 0 or last != {"mapping": mapping.digest, "rows": rows}:
        raise _refusal("reader_failed", name, value=f"exit {done.returncode}")
    return tables, unread


def _sorted_out(told: Iterator[dict[str, Any]]) -> tuple[list[Table], list[str]]:
    tables: list[Table] = []
    unread: list[str] = []
    rows: list[Row] = []
    for each in told:
        match each.pop("is"):
            case "table":
                rows = []
                tables.append(Table(rows=rows, **each))
            case "row":
                rows.append(Row(**each))
            case "unread":
                unread.append(each["sheet"])
            case other:
                raise ValueError(other)
    return tables, unread
