"""A statutory table of a department: blocks of lines that stand side by side, exact in fen, printed in its unit."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise, zip_longest
from typing import cast

from reports.disclosure_facts import Subject
from reports.sheet import Sheet
from reports.table import Cell, Column, Kind, Row

TOTAL, GRAND, UNIT = "total", "grand", "unit"
"""The codes of the total of a block, of the line that adds balances to it (总计), and of a line that is alone."""
STEPS: Mapping[str, int] = {"元": 1, "万元": 10_000, "-": 1}
"""The last printed decimal of a unit, in fen: 0.01 yuan, or 0.01 of 10,000 yuan."""
_UNITS = {"元": "元 yuan", "万元": "万元 10,000 yuan", "-": "元（金额栏） yuan (amounts)"}
_FIGURES = frozenset({"amount", "count"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line: 类 at level 0, 款 at 1, 项 at 2; ``figures`` (fen, or a number of things) by column, None for blank."""

    code: str
    name_zh: str
    name_en: str
    level: int
    figures: tuple[int | None, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under columns of their own; ``grand`` adds what stands ``below`` the total to it.

    A code column shows the line's code if it is one of a classification, the first text column its name, the others its
    texts in order.
    """

    key: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    total: Line | None = None
    below: tuple[Line, ...] = ()
    grand: Line | None = None

    def every(self) -> Iterator[Line]:
        """Give all lines from top to bottom."""
        yield from self.lines
        yield from (self.total,) if self.total else ()
        yield from self.below
        yield from (self.grand,) if self.grand else ()

    def figures(self) -> tuple[Column, ...]:
        """Give the columns that hold figures, in their order."""
        return tuple(column for column in self.columns if column.kind in _FIGURES)

    def figure(self, code: str, column: str) -> int:
        """Give one figure; nothing is 0.

        Raises:
            KeyError: there is no such column.
        """
        names = [each.name for each in self.figures()]
        if column not in names:
            raise KeyError(column)
        return sum(line.figures[names.index(column)] or 0 for line in self.every() if line.code == code)

    def mapped(self, change: "Iterable[Line]") -> "Block":
        """Give the block with other lines, as many and in the order of ``every``."""
        waiting = iter(change)
        return replace(
            self,
            lines=tuple(next(waiting) for _ in self.lines),
            total=next(waiting) if self.total else None,
            below=tuple(next(waiting) for _ in self.below),
            grand=next(waiting) if self.grand else None,
        )


@dataclass(frozen=True, slots=True)
class DisclosureTable:
    """A table of a set; ``rounding`` is the step in fen to which its figures are rounded, 1 if they are exact.

    ``sentence`` says that there is nothing to show (Chinese, English) and is blank where there is something.
    """

    set: str
    no: int
    title_zh: str
    title_en: str
    unit: str
    subject: Subject
    blocks: tuple[Block, ...]
    sentence: tuple[str, str] = ("", "")
    notes: tuple[tuple[str, str], ...] = ()
    rounding: int = 1

    def block(self, key: str) -> Block:
        """Give a block by name.

        Raises:
            KeyError: the table has no such block.
        """
        for block in self.blocks:
            if block.key == key:
                return block
        raise KeyError(key)

    def is_empty(self) -> bool:
        """Tell whether there is nothing but zeros, and no word."""
        every = [line for block in self.blocks for line in block.every()]
        return not any(any(line.figures) or any(line.texts) for line in every)

    def printed(self) -> "DisclosureTable":
        """Give the table with every amount rounded by itself as it is printed, half away from zero."""
        step = STEPS[self.unit]
        return replace(self, rounding=step, blocks=tuple(_rounded(block, step) for block in self.blocks))

    def sheet(self, made: str, *, english: bool = False) -> Sheet:
        """Give it as a list to be written as CSV, JSON or XLSX; ``made`` is the 制表时间, a day or a checkpoint.

        Amounts have two decimals of the unit of the table. Names are Chinese or English, headers both.
        """
        step = STEPS[self.unit]
        facts = {
            "表号 Table": f"{self.set} {self.no}",
            "编制单位 Agency": f"{self.subject.code} {self.subject.name_zh} {self.subject.name_en}",
            "年度 Year": str(self.subject.year),
            "单位 Unit": _UNITS[self.unit],
            "制表时间 Made": made,
            **({"舍入 Rounding": _ROUNDING} if step > 1 else {}),
            **{f"说明 Note {n}": f"{zh} {en}" for n, (zh, en) in enumerate(self.notes, 1)},
            **({"空表 Empty": " ".join(self.sentence)} if self.sentence[0] else {}),
        }
        columns = tuple(column for block in self.blocks for column in block.columns)
        return Sheet(
            name=f"{self.set}-{self.no}".replace("_", "-"),
            title_zh=self.title_zh,
            title_en=self.title_en,
            columns=columns,
            rows=[*self._rows(step, english=english), *self._said(columns, english=english)],
            facts=facts,
        )

    def _rows(self, step: int, *, english: bool) -> Iterator[Row]:
        height = max(len(block.lines) for block in self.blocks)
        foot = max(len(block.below) for block in self.blocks)
        columns = [_aligned(block, height, foot) for block in self.blocks]
        summed = {TOTAL, GRAND, *(code for block in self.blocks for code in _parents(block))}
        for lines in zip_longest(*columns):
            cells: list[Cell] = []
            for block, line in zip(self.blocks, lines, strict=True):
                cells += [None] * len(block.columns) if line is None else _cells(block, line, step, english=english)
            present = [line for line in lines if line is not None]
            yield Row(tuple(cells), None, present[0].level, rolled=any(line.code in summed for line in present))

    def _said(self, columns: tuple[Column, ...], *, english: bool) -> Iterator[Row]:
        """Give the sentence of an empty table as its only words, so that every kind of file has it."""
        at = next((n for n, column in enumerate(columns) if column.kind == "text"), None)
        if self.sentence[0] and at is not None:
            said = self.sentence[1 if english else 0]
            yield Row(tuple(said if n == at else None for n in range(len(columns))))


_ROUNDING = (
    "各数由分单独四舍五入至 0.01 万元，分项之和与合计可能有尾差 "
    "each figure is rounded by itself from fen to 0.01 of 10,000 yuan, so parts may differ from their total"
)


def _parents(block: Block) -> Iterator[str]:
    """Give the codes of lines that sum up those below them."""
    for line, following in pairwise(block.lines):
        if following.level > line.level:
            yield line.code


def _aligned(block: Block, height: int, foot: int) -> list[Line | None]:
    """Give the lines of a block with blanks between, so that totals stand in one row on both sides."""
    if block.total is None:
        return [*block.lines]
    aligned = [*block.lines, *[None] * (height - len(block.lines)), block.total]
    if block.grand is None:
        return aligned
    return [*aligned, *block.below, *[None] * (foot - len(block.below)), block.grand]


def _cells(block: Block, line: Line, step: int, *, english: bool) -> list[Cell]:
    figures, texts = iter(line.figures), iter((line.name_en if english else line.name_zh, *line.texts))
    cells: list[Cell] = []
    for column in block.columns:
        if column.kind == "code":
            cells.append(line.code if line.code[:1].isdigit() else "")
        elif column.kind == "amount":
            fen = next(figures)
            cells.append(None if fen is None else rounded(fen, step) // step)
        else:
            cells.append(next(figures) if column.kind == "count" else next(texts, None))
    return cells


def rounded(fen: int, step: int) -> int:
    """Round to a multiple of ``step``, half away from zero."""
    whole = (2 * abs(fen) + step) // (2 * step) * step
    return -whole if fen < 0 else whole


def _rounded(block: Block, step: int) -> Block:
    kinds = [column.kind for column in block.figures()]

    def one(line: Line) -> Line:
        figures = tuple(
            rounded(figure, step) if figure is not None and kind == "amount" else figure
            for figure, kind in zip(line.figures, kinds, strict=True)
        )
        return replace(line, figures=figures)

    return block.mapped(one(line) for line in block.every())


@dataclass(frozen=True, slots=True)
class Form:
    """What the law asks of a table: its titles, unit, columns by block and the sentence of an empty one."""

    set: str
    no: int
    title_zh: str
    title_en: str
    unit: str
    empty_zh: str
    empty_en: str
    columns: Mapping[str, tuple[Column, ...]]

    def filled(
        self, subject: Subject, blocks: tuple[Block, ...], notes: tuple[tuple[str, str], ...] = ()
    ) -> DisclosureTable:
        """Give the table of a subject, with its sentence if there is nothing in it."""
        table = DisclosureTable(
            set=self.set,
            no=self.no,
            title_zh=f"{subject.year}年{self.title_zh}",
            title_en=f"{self.title_en}, {subject.year}",
            unit=self.unit,
            subject=subject,
            blocks=blocks,
            notes=notes,
        )
        if not table.is_empty():
            return table
        given = {"year": subject.year, "name_zh": subject.name_zh, "name_en": subject.name_en}
        return replace(table, sentence=(self.empty_zh.format(**given), self.empty_en.format(**given)))


@cache
def forms(name: str) -> Mapping[int, Form]:
    """Give the forms of a set (``department_budget`` or ``department_accounts``) by number."""
    columns: dict[int, dict[str, list[Column]]] = {}
    for row in _read("disclosure_column"):
        if row["set"] == name:
            blocks = columns.setdefault(int(row["no"]), {})
            column = Column(row["name"], row["zh"], row["en"], cast("Kind", row["kind"]))
            blocks.setdefault(row["block"], []).append(column)
    return {
        int(row["no"]): Form(
            set=name,
            no=int(row["no"]),
            title_zh=row["title_zh"],
            title_en=row["title_en"],
            unit=row["unit"],
            empty_zh=row["empty_zh"],
            empty_en=row["empty_en"],
            columns={key: tuple(held) for key, held in columns[int(row["no"])].items()},
        )
        for row in _read("disclosure_table")
        if row["set"] == name
    }


def _read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files("reports").joinpath(f"{name}.csv").read_text("utf-8"))))
