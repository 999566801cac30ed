"""The texts inside an upload: one CSV, plain or compressed, or several in a zip, within limits."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from importers.reasons import Refused

MOST_PACKED = 64 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_MEMBERS = 200
MOST_RATIO = 200
_RATIO_COUNTS_FROM = 4 * 1024 * 1024
_PIECE = 256 * 1024
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BINARY = (
    _GZIP,
    b"PK",
    b"\x89PNG",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"\xff\xd8\xff",
    b"7z\xbc\xaf",
    b"BZh",
    b"\xfd7zXZ",
    b"SQLite format",
)
_ENCRYPTED = 0x1
_PATH = re.compile(r"[^\x00-\x1f\x7f\\:]{1,250}")


def members(upload: IO[bytes], name: str) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of every text in an upload, told apart by content, not by name.

    Raises:
        Refused: it is empty, too large, damaged, unsafe, or not text.
    """
    size = upload.seek(0, 2)
    upload.seek(0)
    if size == 0:
        raise Refused("empty")
    if size > MOST_PACKED:
        raise Refused("too_large", str(size))
    start = upload.read(4)
    upload.seek(0)
    try:
        if start == _ZIP:
            yield from _zipped(upload)
        elif start.startswith(_GZIP):
            with gzip.GzipFile(fileobj=upload) as packed:
                yield name.removesuffix(".gz"), _text(_unpacked(packed, size, MOST_UNPACKED))
        else:
            yield name, _text(upload.read(MOST_PACKED))
    except (
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as error:
        raise Refused("damaged_archive", str(error)[:200]) from error


def _zipped(upload: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    left = MOST_UNPACKED
    with zipfile.ZipFile(upload) as archive:
        inside = [info for info in archive.infolist() if not info.is_dir()]
        _check(inside)
        for info in inside:
            with archive.open(info) as packed:
                data = _unpacked(packed, info.compress_size, left)
            left -= len(data)
            yield info.filename, _text(data)


def _check(inside: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive by its directory alone, before anything is unpacked."""
    if not inside:
        raise Refused("empty")
    if len(inside) > MOST_MEMBERS:
        raise Refused("unsafe_archive", f"{len(inside)} members")
    end = 0
    names = set()
    for info in sorted(inside, key=lambda one: one.header_offset):
        path = PurePosixPath(info.filename)
        if not _PATH.fullmatch(info.filename) or path.is_absolute() or ".." in path.parts:
            raise Refused("unsafe_archive", repr(info.filename)[:200])
        if info.header_offset < end or info.filename in names:
            raise Refused("unsafe_archive", f"{info.filename}: overlaps or repeats another member")
        if info.flag_bits & _ENCRYPTED:
            raise Refused("damaged_archive", f"{info.filename}: encrypted")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Refused("damaged_archive", f"{info.filename}: unknown compression")
        if path.suffix.lower() != ".csv":
            raise Refused("foreign_member", info.filename[:200])
        end = info.header_offset + info.compress_size
        names.add(info.filename)


def _unpacked(packed: IO[bytes] | gzip.GzipFile, size: int, most: int) -> bytes:
    """Read a compressed stream piece by piece; what its headers promise is not believed."""
    pieces: list[bytes] = []
    total = 0
    while piece := packed.read(_PIECE):
        total += len(piece)
        if total > most:
            raise Refused("too_large", f"more than {most} bytes unpacked")
        if total > _RATIO_COUNTS_FROM and total > MOST_RATIO * size:
            raise Refused("unsafe_archive", f"more than {MOST_RATIO} times its packed size")
        pieces.append(piece)
    return b"".join(pieces)


def _text(data: bytes) -> bytes:
    if not data.strip():
        raise Refused("empty")
    if data.startswith(_BINARY):
        raise Refused("binary", data[:8].hex(" "))
    if (at := data.find(b"\0")) >= 0:
        raise Refused("nul_byte", line=data.count(b"\n", 0, at) + 1)
    return data
