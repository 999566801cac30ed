"""A list of fees becomes versions of the catalogue: first a preview with a verdict for every row, then all or nothing.

The file is read by ``importers.fee_reading`` in a process of its own; here only its clean cells arrive.
"""

import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importers.cells import MOST_TEXT, amount_reader, date_reader, is_hidden, narrow, plain
from importers.fee_reading import HEADINGS
from importers.fee_reasons import FEE
from importers.mapping import AmountStyle, DateStyle
from importers.payments import _refusal
from importers.reasons import Refused
from ledger.disclosure.fees import Basis, FeeVersion, Recorded, fee_versions, known_codes, record_fees

if TYPE_CHECKING:
    from ledger.db import Transaction

_ROOT = Path(__file__).resolve().parents[1]
_DAY = date_reader(
    DateStyle(("YYYY-MM-DD", "YYYY/M/D", "YYYY.M.D", "YYYY年M月D日"), None, 2000, date(1949, 10, 1), date(2199, 12, 31))
)
_AMOUNT = amount_reader(AmountStyle(".", ",", 1, frozenset({"leading-minus"}), ("¥", "￥", "元")))
_STATUS = {
    "在收": "in_force",
    "在征": "in_force",
    "": "in_force",
    "停征": "suspended",
    "暂停": "suspended",
    "取消": "cancelled",
}
_KIND = {"定额": "fixed", "幅度": "range", "公式": "formula", "费率": "rate"}
_CONFIDENCE = frozenset("ABCNPU")
_ITEM = re.compile(r"[0-9A-Za-z.-]{1,20}", re.ASCII)
_ARTICLE = re.compile(r"\s*(第[一二三四五六七八九十百零0-9]+条.*)$")
_NAMED = re.compile(r"《.+》|[〔\[【(（]\s*(19|20)\d\d\s*[〕\]】)）]|号")
_SEPARATORS = re.compile(r"[;；\n]+")
_LONG = frozenset({"rule", "exemptions", "source", "basis", "also_called", "collectors"})


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A row of a list as its file has it: cells by field, see ``fee_reading.HEADINGS``."""

    row: int
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FeeReading:
    """A list as it was read, and the digest of its bytes."""

    name: str
    sha256: str
    rows: Sequence[FeeRow]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is not taken; ``reason`` is a key of ``fee_reasons.FEE``."""

    reason: str
    column: str
    value: str

    def as_json(self) -> dict[str, str]:
        """Give it with what it means and how to mend it, in both languages."""
        why = FEE[self.reason]
        told = {"reason": self.reason, "column": self.column, "value": self.value}
        return {**told, "zh": why.zh, "en": why.en, "mend_zh": why.mend_zh, "mend_en": why.mend_en}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of a row: ``new`` item, ``changed`` item, the ``same`` as recorded, or ``refused``.

    ``changed`` names the fields in which it differs from the version before.
    """

    row: int
    line: int
    item: str
    name_zh: str
    verdict: str
    problems: Sequence[Problem] = ()
    changed: Sequence[str] = ()
    version: FeeVersion | None = None

    def as_json(self) -> dict[str, object]:
        """Give it for a listing."""
        told: dict[str, object] = {name: getattr(self, name) for name in ("row", "line", "item", "name_zh", "verdict")}
        return {**told, "changed": list(self.changed), "problems": [each.as_json() for each in self.problems]}


@dataclass(frozen=True, slots=True)
class Preview:
    """The verdicts on a list, in its order."""

    reading: FeeReading
    verdicts: Sequence[Verdict]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows have which verdict; together they are all rows."""
        found = [each.verdict for each in self.verdicts]
        return {name: found.count(name) for name in ("new", "changed", "same", "refused")}

    def as_json(self) -> dict[str, object]:
        """Give it for a page or an API."""
        told = {"file": self.reading.name, "sha256": self.reading.sha256, **self.counts}
        return {**told, "rows": [each.as_json() for each in self.verdicts]}


def read_fees(file: Path) -> FeeReading:
    """Read a list of fees: a workbook (XLSX), or CSV in UTF-8 or GB 18030, recording nothing.

    Raises:
        InvalidFile: the file as a whole is not taken; ``facts`` as in ``importers.payments.read_payments``.
    """
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
        command = [sys.executable, "-P", "-B", "-m", "importers.fee_reading", file.name]
        env = {"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command, stdin=upload, capture_output=True, cwd="/", env=env, check=False
        )
    return FeeReading(file.name, digest, _heard(done, file.name))


def _heard(done: subprocess.CompletedProcess[bytes], name: str) -> list[FeeRow]:
    """Believe the reading only when it ended well and what arrived is what was sent."""
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT}:
        raise _refusal("out_of_bounds", name)
    try:
        told: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        last = told.pop()
        if last.pop("is") == "file_refused":
            raise _refusal(**last)
        rows = [FeeRow(each["row"], each["line"], each["cells"]) for each in told]
    except (ValueError, KeyError, IndexError) as error:
        raise _refusal("reader_failed", name, value=f"exit {done.returncode}") from error
    if done.returncode != 0 or last != {"rows": len(rows)}:
        raise _refusal("reader_failed", name, value=f"exit {done.returncode}")
    return rows


def preview_fees(tx: "Transaction", reading: FeeReading) -> Preview:
    """Say what would become of every row of a list, recording nothing."""
    codes = known_codes(tx.connection, tx.treasury_id)
    kept = {item: list(versions) for item, versions in fee_versions(tx.connection, tx.treasury_id).items()}
    return Preview(reading, [_verdict(row, codes, kept) for row in reading.rows])


def import_fees(tx: "Transaction", preview: Preview) -> list[Recorded]:
    """Record what a preview calls new or changed, all of it or nothing.

    Raises:
        InvalidFile: a row is refused; ``facts`` hold the preview.
        LedgerError: as ``ledger.disclosure.fees.record_fees``; also when the catalogue moved since the preview.
    """
    if preview.counts["refused"]:
        refusal = _refusal("rows_refused", preview.reading.name, value=str(preview.counts["refused"]))
        refusal.facts = {**refusal.facts, "preview": preview.as_json()}
        raise refusal
    versions = [each.version for each in preview.verdicts if each.verdict != "same" and each.version is not None]
    return record_fees(tx, versions) if versions else []


def _verdict(row: FeeRow, codes: Mapping[str, frozenset[str]], kept: dict[str, list[FeeVersion]]) -> Verdict:
    reader = _Row(row.cells, codes)
    version = reader.version()
    item, name = row.cells.get("item", ""), row.cells.get("name_zh", "")
    before: list[FeeVersion] = kept.get(item, [])
    known = next((each for each in before if each.valid_from == version.valid_from), None)
    if not reader.problems:
        if known is not None and _differences(known, version):
            reader.refuse("version_differs", "valid_from", "、".join(_differences(known, version)))
        elif known is None and before and before[-1].valid_from > version.valid_from:
            reader.refuse("backwards", "valid_from", before[-1].valid_from.isoformat())
    if reader.problems:
        return Verdict(row.row, row.line, item, name, "refused", tuple(reader.problems))
    if known is not None:
        return Verdict(row.row, row.line, item, name, "same", version=version)
    kept.setdefault(item, []).append(version)
    changed = _differences(before[-2], version) if len(kept[item]) > 1 else ()
    return Verdict(row.row, row.line, item, name, "changed" if len(kept[item]) > 1 else "new", (), changed, version)


def _differences(one: FeeVersion, other: FeeVersion) -> tuple[str, ...]:
    return tuple(each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name))


@dataclass(slots=True)
class _Row:
    """Reads the cells of one row, and keeps every problem that it meets."""

    cells: Mapping[str, str]
    codes: Mapping[str, frozenset[str]]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, reason: str, what: str, value: str = "") -> None:
        self.problems.append(Problem(reason, HEADINGS[what][0], value[:100]))

    def text(self, what: str, *, needed: bool = False) -> str:
        found = self.cells.get(what, "")
        if needed and not found:
            self.refuse("missing", what)
        if is_hidden(found.replace("\n", "")):
            self.refuse("hidden_character", what, ascii(found))
        if len(found) > (800 if what in _LONG else MOST_TEXT):
            self.refuse("too_long", what, found)
        return plain(found) if what not in _LONG else found

    def _read(self, what: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - a day or an amount
        found = narrow(self.text(what), allowed=True)
        if not found:
            return None
        try:
            return read(found)
        except Refused as refused:
            self.refuse(refused.reason, what, found)
            return None

    def day(self, what: str) -> date | None:
        found: date | None = self._read(what, _DAY)
        return found

    def amount(self, what: str) -> int | None:
        found: int | None = self._read(what, _AMOUNT)
        if found is not None and found < 0:
            self.refuse("negative", what, self.cells[what])
        return found

    def parts(self, what: str, separators: re.Pattern[str] = _SEPARATORS) -> tuple[str, ...]:
        return tuple(filter(None, (plain(part) for part in separators.split(self.text(what)))))

    def code(self, what: str, among: str, *, needed: bool = False) -> str:
        found = self.text(what, needed=needed)
        if found and found not in self.codes[among]:
            self.refuse(f"{among}_unknown", what, found)
        return found

    def version(self) -> FeeVersion:
        """Read the row; what it says where a problem was met means nothing."""
        item = self.text("item", needed=True)
        if item and not _ITEM.fullmatch(item):
            self.refuse("item_plain", "item", item)
        name = self.text("name_zh", needed=True)
        first = self.day("valid_from")
        if first is None and not self.cells.get("valid_from"):
            self.refuse("missing", "valid_from")
        last = self.day("valid_to")
        if first and last and last < first:
            self.refuse("ends_before", "valid_to", last.isoformat())
        basis = self.basis()
        confidence = self.text("confidence") or "B"
        made = FeeVersion(
            item=item,
            name_zh=name,
            name_en=self.text("name_en") or name,
            life_event=self.code("life_event", "life_event", needed=True),
            department=self.text("department", needed=True),
            standard_kind="fixed",
            unit=self.text("unit", needed=True),
            payer=self.text("payer", needed=True),
            fund_mode=self.fund_mode(),
            valid_from=first or date.max,
            valid_to=last,
            document_no=self.text("document") or (basis[0].document_no if basis else ""),
            document_title=self.text("document_title"),
            document_issuer=self.text("document_issuer"),
            document_on=self.day("document_on"),
            basis=basis,
            collectors=self.collectors(),
            confidence=confidence if confidence in _CONFIDENCE else "U",
            source=self.text("source") or "收费目录清单",
            also_called=self.parts("also_called", re.compile(r"[;；、\n]+")),
            revenue=self.code("revenue", "revenue") or None,
            receipt=self.text("receipt"),
            exemptions=plain(self.text("exemptions")),
            status=self.status(),
        )
        return self.standard(made)

    def basis(self) -> tuple[Basis, ...]:
        parts = self.parts("basis")
        if not parts:
            self.refuse("missing", "basis")
        for part in parts:
            if not _NAMED.search(part):
                self.refuse("basis_unnamed", "basis", part)
        found = []
        for part in parts:
            article = _ARTICLE.search(part)
            number = part[: article.start()] if article and article.start() else part
            found.append(Basis(number, article=article[1] if article and article.start() else ""))
        return tuple(found)

    def collectors(self) -> tuple[str, ...]:
        found = sorted(set(self.parts("collectors", re.compile(r"[;；,，、\s]+"))))
        if not found:
            self.refuse("missing", "collectors")
        for code in found:
            if code not in self.codes["agency"]:
                self.refuse("agency_unknown", "collectors", code)
        return tuple(found)

    def fund_mode(self) -> Any:  # noqa: ANN401 - one of two words
        found = self.text("fund_mode", needed=True)
        treasury, special = "国库" in found or found == "treasury", "专户" in found or found == "special_account"
        if found and treasury == special:
            self.refuse("fund_mode_unclear", "fund_mode", found)
        return "special_account" if special else "treasury"

    def status(self) -> Any:  # noqa: ANN401 - one of three words
        found = self.text("status")
        if found not in _STATUS and found not in _STATUS.values():
            self.refuse("status_unknown", "status", found)
        return _STATUS.get(found, found)

    def standard(self, made: FeeVersion) -> FeeVersion:
        """Add the standard: an amount, two bounds, or a rule in words with bounds if it has any."""
        amount, low, high, rule = (
            self.amount("amount"),
            self.amount("min"),
            self.amount("max"),
            plain(self.text("rule")),
        )
        low, high = (amount, amount) if amount is not None else (low, high)
        said = self.text("kind")
        kind: Any = _KIND.get(said, said)
        if not kind:
            kind = "formula" if low is None or high is None else "fixed" if low == high else "range"
        whole = {
            "fixed": low is not None and low == high,
            "range": low is not None and high is not None and low < high,
            "formula": bool(rule),
            "rate": bool(rule),
        }
        if not whole.get(kind, False) and not any(each.reason.startswith("amount") for each in self.problems):
            self.refuse("standard_unclear", "amount", said or rule)
        return replace(made, standard_kind=kind, standard=rule, min_fen=low, max_fen=high)
