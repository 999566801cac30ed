"""What a workbook is packed of: refused when a part is unsafe, and the cells that hold formulas, before any is read."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from importers.archives import MOST_MEMBERS, MOST_PACKED, MOST_UNPACKED, _unpacked
from importers.reasons import Refused

MOST_ROWS = 10_000
MOST_COLUMNS = 100
_FOREIGN = (
    (re.compile(r"vbaproject|macrosheets|activex", re.IGNORECASE), "macros"),
    (re.compile(r"externallinks|connections\.xml|querytables|embeddings", re.IGNORECASE), "external_links"),
)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
Place = tuple[int, int]
"""Row and column, each from 0."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The bytes of a workbook that is safe to read, the formula cells of each sheet, and the sheets nobody sees."""

    data: bytes
    formulas: Mapping[str, frozenset[Place]]
    hidden: frozenset[str]


def open_workbook(data: bytes) -> Opened | None:
    """Look at every part of a workbook; None when the archive is none.

    Raises:
        Refused: it is damaged or encrypted, swells, is too large, or has macros, external links or entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data[:MOST_PACKED])) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" not in names:
                return None
            if len(names) > MOST_MEMBERS or len(set(names)) < len(names):
                raise Refused("unsafe_archive", f"{len(names)} members")
            for pattern, reason in _FOREIGN:
                if found := next(filter(pattern.search, names), ""):
                    raise Refused(reason, found[:200])
            parts = _parts(archive)
        sheets = _sheets(parts)
        formulas = {name: _Cells().read(parts[part]) for name, (part, _) in sheets.items()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        RuntimeError,
        EOFError,
        NotImplementedError,
        ValueError,
        KeyError,
    ) as error:
        raise Refused("damaged_archive", str(error)[:200]) from error
    return Opened(data, formulas, frozenset(name for name, (_, hidden) in sheets.items() if hidden))


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    left = MOST_UNPACKED
    parts = {}
    for info in archive.infolist():
        with archive.open(info) as packed:
            part = _unpacked(packed, max(info.compress_size, 1), left)
        left -= len(part)
        if info.filename.lower().endswith((".xml", ".rels")):
            if b"<!" in part.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
                raise Refused("unsafe_archive", f"{info.filename[:150]}: declares a document type")
            parts[info.filename] = part
    return parts


def _sheets(parts: Mapping[str, bytes]) -> dict[str, tuple[str, bool]]:
    """Give the part of each sheet by its name, and whether it is hidden."""
    targets = {
        told["Id"]: posixpath.normpath(posixpath.join("/xl", told["Target"])).lstrip("/")
        for told in _elements(parts["xl/_rels/workbook.xml.rels"], "Relationship")
        if told.get("TargetMode") != "External"
    }
    found = {}
    for told in _elements(parts["xl/workbook.xml"], "sheet"):
        number = next(value for name, value in told.items() if name.endswith(":id"))
        if targets[number].startswith("xl/worksheets/"):
            found[told["name"]] = (targets[number], told.get("state", "visible") != "visible")
    return found


def _elements(data: bytes, wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == wanted:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(data, True)  # noqa: FBT003 - the parser takes no names
    return found


@dataclass(slots=True)
class _Cells:
    """Finds the formulas of a sheet, and refuses a cell too far out before anything makes room up to it."""

    row: int = 0
    column: int = -1
    found: set[Place] = field(default_factory=set)

    def read(self, data: bytes) -> frozenset[Place]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.Parse(data, True)  # noqa: FBT003 - the parser takes no names
        return frozenset(self.found)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
                self.column = -1
            case "c":
                self.column += 1
                if "r" in attributes:
                    self.row, self.column = _place(attributes["r"])
                if attributes.get("t") == "e":
                    self.found.add((self.row, self.column))
                if self.row >= MOST_ROWS or self.column >= MOST_COLUMNS:
                    raise Refused("too_many_rows", attributes.get("r", ""))
            case "f":
                self.found.add((self.row, self.column))
            case "mergeCell":
                for corner in attributes["ref"].split(":"):
                    row, column = _place(corner)
                    if row >= MOST_ROWS or column >= MOST_COLUMNS:
                        raise Refused("too_many_rows", attributes["ref"])


def _place(reference: str) -> Place:
    match = _PLACE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1
