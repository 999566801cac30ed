"""What a command gives away: a file that appears when it is whole, or standard output."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from web.cli.values import STDOUT


@contextmanager
def written_whole(out: Path) -> Generator[BinaryIO]:
    """Write a file that only its owner may read; it takes its name when all of it is on the disk, or never."""
    if out == STDOUT:
        stream = sys.stdout.buffer
        yield stream
        stream.flush()
        return
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.absolute().parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
