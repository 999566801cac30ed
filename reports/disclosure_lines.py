"""Lines of a statutory table from figures by code: every parent above its children, as their sum."""

from collections.abc import Iterable, Mapping, Sequence

from reports.disclosure_table import TOTAL, Line
from reports.table import Column

FUNC = (3, 5, 7)
"""The digits of 类, 款 and 项 of a function."""
ECON = (3, 5)
"""The digits of 类 and 款 of a department economic class."""
Figures = Mapping[str, Sequence[int]]


def gathered(width: int, parts: Iterable[tuple[str, Sequence[int], int]]) -> dict[str, list[int]]:
    """Add amounts up by code; each part is a code, the columns that it stands in, and fen."""
    held: dict[str, list[int]] = {}
    for code, columns, fen in parts:
        figures = held.setdefault(code, [0] * width)
        for at in columns:
            figures[at] += fen
    return held


def tree(figures: Figures, digits: Sequence[int], names: Mapping[str, tuple[str, str]]) -> tuple[Line, ...]:
    """Give the lines of codes of the last length, with their parents; codes without any amount have none.

    The codes of these classifications have a fixed number of digits at every level, so a parent is the
    first digits of its children. A name that is not known is left blank, for the checks to find.
    """
    sums: dict[str, list[int]] = {}
    for code, own in figures.items():
        if any(own):
            for length in digits:
                held = sums.setdefault(code[:length], [0] * len(own))
                sums[code[:length]] = [mine + more for mine, more in zip(held, own, strict=True)]
    level = {length: n for n, length in enumerate(digits)}
    return tuple(Line(code, *names.get(code, ("", "")), level[len(code)], tuple(sums[code])) for code in sorted(sums))


def total(lines: Sequence[Line], columns: Sequence[Column], zh: str = "合计", en: str = "Total") -> Line:
    """Give the total of the lines at the top level, a figure for each column that holds figures."""
    width = sum(column.kind in {"amount", "count"} for column in columns)
    sums = [sum(line.figures[at] or 0 for line in lines if line.level == 0) for at in range(width)]
    return Line(TOTAL, zh, en, 0, tuple(sums))


def with_fixed(lines: Sequence[Line], fixed: Iterable[Line]) -> tuple[Line, ...]:
    """Give lines in the order of their codes with those of a fixed form that have no figures."""
    own = {line.code for line in lines}
    return tuple(sorted([*lines, *(line for line in fixed if line.code not in own)], key=lambda line: line.code))
