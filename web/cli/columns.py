"""Rows written under one another at the terminal, where a Chinese character is two wide."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

_GAP = "  "


def columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write rows of cells as lines, each column as wide as its widest cell."""
    kept = list(rows)
    widths = [max(map(cell_len, cells)) for cells in zip(*kept, strict=True)]
    for row in kept:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        yield _GAP.join(padded).rstrip()
