"""A foreign spending file becomes payments, or each of its rows is listed with its reason.

The file itself is read by ``importers.reading`` in a process of its own; here only its clean JSON
lines arrive.
"""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

from importers.mapping import ColumnMapping, InvalidMapping, load_mapping
from importers.reasons import FILE, ROW
from ledger.books import Books
from ledger.db import Transaction
from ledger.errors import InvalidFile, LedgerError
from ledger.events import Event
from ledger.journal import post
from ledger.money import Fen, format_yuan, parse_yuan

AT_ONCE = 10_000
"""So many events go to the journal in one call; all calls are one transaction."""
_PIECE = 1024 * 1024
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A row that can be posted; a negative amount is a refund."""

    file: str
    row: int
    line: int
    on: date
    amount: Fen
    payee: str
    unit: str
    purpose: str
    reference: str
    key: str

    def event(self, prepared_by: str) -> Event:
        """Make the business event of the row; facts are positive, a refund's template is red."""
        return Event(
            kind="imported_refund" if self.amount < 0 else "imported_payment",
            key=self.key,
            on=self.on,
            narration=" · ".join(filter(None, (self.unit, self.purpose))) or self.payee,
            prepared_by=prepared_by,
            facts={"amount": Fen(abs(self.amount))},
            dims={"counterparty": self.payee},
        )


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not posted, with what it held; ``amount`` is None where none could be read."""

    file: str
    row: int
    line: int
    reason: str
    column: str
    value: str
    values: Mapping[str, str]
    amount: Fen | None

    def as_json(self) -> dict[str, object]:
        """Give the row for a listing, without what it does not have."""
        told: dict[str, object] = {"file": self.file, "row": self.row, "line": self.line}
        told["reason"] = self.reason
        more = {"column": self.column, "value": self.value, "values": dict(self.values)}
        told.update({name: what for name, what in more.items() if what})
        if self.amount is not None:
            told["amount"] = format_yuan(self.amount)
        return told


Rows = Sequence[PaymentRow] | Sequence[RefusedRow]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it was read: each of its rows is in ``rows`` or in ``refused``, in its order."""

    name: str
    sha256: str
    mapping: ColumnMapping
    rows: Sequence[PaymentRow]
    refused: Sequence[RefusedRow]
    texts: Sequence[Mapping[str, object]]

    @property
    def count(self) -> int:
        """How many rows the file has below (and above) its headings."""
        return len(self.rows) + len(self.refused)

    @property
    def years(self) -> list[int]:
        """The fiscal years that the rows fall in, each named by the year in which it begins."""
        return sorted({self.mapping.treasury.fiscal_year(row.on) for row in self.rows})


def read_payments(file: Path, mapping_file: Path) -> Reading:
    """Read a spending file by a saved mapping, posting nothing.

    Raises:
        InvalidFile: the file or the mapping as a whole is not taken; ``facts`` hold ``reason``,
            ``file``, ``line``, ``value`` and, in both languages, what it means and what to do
            (``en``, ``zh``, ``mend_en``, ``mend_zh``).
    """
    try:
        mapping = load_mapping(mapping_file)
    except InvalidMapping as error:
        facts = {"reason": "invalid_mapping", "file": mapping_file.name, "value": str(error)}
        raise InvalidFile(f"{mapping_file.name}: {error}", facts) from error
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal("not_a_file", file.name, value=error.strerror or "") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _refusal("not_a_file", file.name)
    with os.fdopen(handle, "rb") as upload:
        digest = hashlib.file_digest(upload, "sha256").hexdigest()
        upload.seek(0)
        told = _Told()
        code = _read_apart(upload, file.name, mapping_file.resolve(), told)
    told.check(code, file.name, mapping)
    return Reading(file.name, digest, mapping, told.rows, told.refused, told.texts)


@dataclass(slots=True)
class _Told:
    """What the reading process has told so far."""

    rows: list[PaymentRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)
    file_refused: dict[str, Any] = field(default_factory=dict)

    def hear(self, told: dict[str, Any]) -> None:
        match told.pop("is"):
            case "row":
                on, amount = date.fromisoformat(told.pop("on")), parse_yuan(told.pop("amount"))
                self.rows.append(PaymentRow(on=on, amount=amount, **told))
            case "refused":
                text = told.pop("amount")
                amount_or_none = None if text is None else parse_yuan(text)
                self.refused.append(RefusedRow(amount=amount_or_none, **told))
            case "member":
                self.texts.append(told)
            case "file_refused":
                self.file_refused = told
            case _:
                self.end = told

    def check(self, code: int, name: str, mapping: ColumnMapping) -> None:
        """Believe the reading only when it ended well and what arrived is what was sent."""
        if self.file_refused:
            raise _refusal(**self.file_refused)
        if code in {-signal.SIGXCPU, -signal.SIGKILL}:
            raise _refusal("out_of_bounds", name)
        arrived = {
            "mapping": mapping.digest,
            "rows": len(self.rows) + len(self.refused),
            "accepted": len(self.rows),
            "accepted_sum": format_yuan(_sum(self.rows)),
            "refused": len(self.refused),
            "refused_sum": format_yuan(_sum(self.refused)),
        }
        if code != 0 or self.end != arrived:
            raise _refusal("reader_failed", name, value=f"exit {code}")


def _read_apart(upload: IO[bytes], name: str, mapping_file: Path, told: _Told) -> int:
    """Run the reading process on an open file; it inherits no variables and no folder."""
    command = [sys.executable, "-P", "-B", "-m", "importers.reading", str(mapping_file), name]
    env = {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdin=upload, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env=env
    ) as child:
        if child.stdout is None:
            raise _refusal("reader_failed", name)
        for line in child.stdout:
            try:
                told.hear(json.loads(line))
            except (ValueError, TypeError, KeyError, LedgerError) as error:
                child.kill()
                raise _refusal("reader_failed", name) from error
    return child.returncode


def said(name: str) -> str:
    """Write a file's name as it was said, on one line and cut; it is told and never opened."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:200] or "?"


def _refusal(reason: str, file: str, line: int = 0, value: str = "") -> InvalidFile:
    why = FILE[reason]
    place = f"{file}, line {line}" if line else file
    message = f"{place}: {why.en}" + (f" ({value})" if value else "")
    facts = {"reason": reason, "file": file, "line": line, "value": value}
    meaning = {"en": why.en, "zh": why.zh, "mend_en": why.mend_en, "mend_zh": why.mend_zh}
    return InvalidFile(message, {**facts, **meaning})


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of every row of a file: ``read`` = ``posted`` + ``already`` + ``refused``."""

    reading: Reading
    posted: Sequence[PaymentRow]
    already: Sequence[PaymentRow]
    refused: Sequence[RefusedRow]

    def as_json(self) -> dict[str, object]:
        """Give counts, sums as text in the file's currency, and every refused row."""
        reading, mapping = self.reading, self.reading.mapping
        parts: dict[str, Rows] = {
            "posted": self.posted,
            "already": self.already,
            "refused": self.refused,
        }
        return {
            "file": reading.name,
            "sha256": reading.sha256,
            "mapping": {
                "name": mapping.name,
                "version": mapping.version,
                "sha256": mapping.digest,
            },
            "treasury": mapping.treasury.code,
            "currency": mapping.treasury.currency,
            "texts": [dict(text) for text in reading.texts],
            "read": reading.count,
            **{name: len(rows) for name, rows in parts.items()},
            "sums": {
                "read": format_yuan(_sum(reading.rows) + _sum(reading.refused)),
                **{name: format_yuan(_sum(rows)) for name, rows in parts.items()},
            },
            "reasons": _reasons(self.refused),
            "refused_rows": [row.as_json() for row in self.refused],
        }


def import_payments(
    tx: Transaction,
    reading: Reading,
    *,
    prepared_by: str,
    progress: Callable[[int], object] = lambda _: None,
) -> Imported:
    """Post every row that was read as an event of its own, all of them or none; a row posts once.

    Rows are posted by day, then as they stand in the file. A row whose day lies in no account set
    of role ``import`` is refused, the others are posted. ``progress`` hears how many are done.

    Raises:
        InvalidFile: the account sets are kept in another currency than the mapping's.
        LedgerError: the journal refuses a row, named in ``facts``, and nothing is posted.
    """
    books = Books.read(tx.connection, tx.treasury_id)
    sets = [each for each in books.sets.values() if each.role == "import"]
    currency = reading.mapping.treasury.currency
    if other := {each.currency for each in sets} - {currency}:
        value = f"{', '.join(sorted(other))}, not {currency}"
        raise _refusal("currency_differs", reading.name, value=value)
    open_days = {row.on for row in reading.rows}
    open_days = {on for on in open_days if any(s.starts_on <= on <= s.ends_on for s in sets)}
    unplaced = [_unplaced(row) for row in reading.rows if row.on not in open_days]
    ready = sorted((row for row in reading.rows if row.on in open_days), key=lambda row: row.on)
    posted: list[PaymentRow] = []
    already: list[PaymentRow] = []
    waiting = iter(ready)
    while batch := list(islice(waiting, AT_ONCE)):
        for row, answer in zip(batch, _post(tx, batch, prepared_by), strict=True):
            (already if answer else posted).append(row)
        progress(len(posted) + len(already))
    return Imported(reading, posted, already, [*reading.refused, *unplaced])


def _post(tx: Transaction, batch: Sequence[PaymentRow], prepared_by: str) -> list[bool]:
    try:
        return [each.already for each in post(tx, [row.event(prepared_by) for row in batch])]
    except LedgerError as error:
        at = error.facts.get("row")
        if isinstance(at, int) and 1 <= at <= len(batch):
            row = batch[at - 1]
            error.facts = {**error.facts, "file": row.file, "row": row.row, "line": row.line}
        raise


def _unplaced(row: PaymentRow) -> RefusedRow:
    on = row.on.isoformat()
    values = {"payee": row.payee, "reference": row.reference, "on": on}
    return RefusedRow(row.file, row.row, row.line, "no_account_set", "", on, values, row.amount)


def _sum(rows: Rows) -> int:
    return sum(row.amount or 0 for row in rows)


def _reasons(refused: Sequence[RefusedRow]) -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = {}
    for reason in dict.fromkeys(row.reason for row in refused):
        rows = [row for row in refused if row.reason == reason]
        why = ROW[reason]
        told[reason] = {
            "rows": len(rows),
            "sum": format_yuan(_sum(rows)),
            "zh": why.zh,
            "en": why.en,
            "mend_zh": why.mend_zh,
            "mend_en": why.mend_en,
        }
    return told
