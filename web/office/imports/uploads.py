"""What is sent to be imported: read by a saved mapping, so many at a time, and taken only as it was shown."""

import hashlib
import hmac
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from flask import current_app, request

from importers.workbook_mapping import WorkbookMapping, load_workbook_mapping, saved_mappings
from importers.workbooks import WorkbookReading, read_upload

MONEY: Mapping[str, tuple[str, ...]] = {
    "packages": ("package_amount", "price", "quotes", "amount"),
    "income": ("amount",),
    "balances": ("opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit"),
}
"""The columns of each table that hold money."""


class Busy(Exception):
    """As many files are being read as may be at once."""


class NoFile(Exception):
    """The form came without a file."""


class Slots:
    """So many files are read at once; one more is refused and leaves no trace."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    @contextmanager
    def one(self) -> Generator[None]:
        """Hold one of them.

        Raises:
            Busy: there is none.
        """
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._free.release()


@dataclass(frozen=True, slots=True)
class Choice:
    """The saved mappings of a kind by name, the one that is chosen, and the files that are no mapping."""

    mappings: Mapping[str, WorkbookMapping]
    paths: Mapping[str, Path]
    name: str
    unread: list[str]

    @property
    def mapping(self) -> WorkbookMapping:
        """The mapping that is chosen."""
        return self.mappings[self.name]


def choice(kind: str) -> Choice:
    """Give the mappings that may be chosen; the form names one, else it is the one that comes with gongku."""
    paths, unread = saved_mappings(kind, current_app.config["MAPPINGS"])
    asked = request.form.get("mapping", kind)
    mappings = {name: load_workbook_mapping(path) for name, path in paths.items()}
    return Choice(mappings, paths, asked if asked in paths else kind, unread)


def slot() -> "Slots":
    """Give the places of this application in which files are read."""
    found: Slots = current_app.config["UPLOADS"]
    return found


def read_sent(kind: str, chosen: Choice) -> WorkbookReading:
    """Read what the form brought, by the mapping that it chose.

    Raises:
        NoFile: it brought none.
        InvalidFile: as ``importers.workbooks.read_upload``.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise NoFile
    return read_upload(file.stream, file.filename, chosen.paths[chosen.name], kind)


def seal(reading: WorkbookReading) -> str:
    """Give what a page knows a file by that it showed: its bytes, and the mapping by which they were read."""
    return hashlib.sha256(f"{reading.sha256} {reading.mapping.digest}".encode()).hexdigest()


def was_shown(reading: WorkbookReading) -> bool:
    """Tell whether the form comes from a page that showed this very file, read by this very mapping."""
    return hmac.compare_digest(request.form.get("shown", "").encode(), seal(reading).encode())


def units(reading: WorkbookReading) -> list[tuple[str, str, int]]:
    """Give the unit in which each column of money was read: the sheet, the heading, and 1 for 元, 10000 for 万元."""
    return [
        (table.sheet, table.headings[name], table.units.get(name, reading.mapping.amount.unit))
        for table in reading.tables
        for name in MONEY.get(table.table, ())
        if name in table.headings
    ]
