"""A statutory table as it is read: blocks of rows in a language, each row of spending leading to its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.disclosure_table import GRAND, STEPS, TOTAL, Block, DisclosureTable, Line, rounded
from reports.table import Column

_PER_FUND = {5: "1", 6: "2", 7: "3"}
_FISCAL, _CLASSES, _PROJECTS, _NOTES = 4, 8, 10, 11
_WHOSE = {"zh": "编制单位", "en": "Agency"}
"""The name of the column of names where the form has none, as table 9."""
_PUBLIC = frozenset({"three_public", "abroad", "reception", "vehicles", "vehicles_bought", "vehicles_run"})


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it is read: ``asked`` are the filters that list the lines behind it, None where there are none."""

    code: str
    name: str
    level: int
    cells: tuple[tuple[str, str, str], ...]
    asked: Mapping[str, str] | None
    summed: bool


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block with a table of its own; its first columns are the code, if it has one, and the name."""

    key: str
    coded: bool
    head: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[ShownRow, ...]


def shown(table: DisclosureTable, language: str) -> tuple[ShownBlock, ...]:
    """Give the blocks of a table in a language, amounts in the unit of the table."""
    return tuple(_block(table, block, language) for block in table.blocks)


def _block(table: DisclosureTable, block: Block, language: str) -> ShownBlock:
    def named(column: Column) -> str:
        return column.zh if language == "zh" else column.en

    coded = any(column.kind == "code" for column in block.columns)
    first = next((n for n, column in enumerate(block.columns) if column.kind == "text"), None)
    rest = [column for n, column in enumerate(block.columns) if n != first and column.kind != "code"]
    heads = [named(column) for column in block.columns if column.kind == "code"]
    heads.append(_WHOSE[language] if first is None else named(block.columns[first]))
    return ShownBlock(
        block.key,
        coded,
        tuple(heads),
        tuple((named(column), "number" if column.kind in {"amount", "count"} else "text") for column in rest),
        tuple(_row(table, block, line, rest, language) for line in block.every()),
    )


def _row(table: DisclosureTable, block: Block, line: Line, rest: list[Column], language: str) -> ShownRow:
    figures, texts = iter(line.figures), iter(line.texts)
    cells: list[tuple[str, str, str]] = []
    for column in rest:
        label = column.zh if language == "zh" else column.en
        if column.kind in {"amount", "count"}:
            cells.append((_figure(next(figures), column, table.unit), "number", label))
        else:
            cells.append((next(texts, ""), "text", label))
    summed = line.code in {TOTAL, GRAND}
    return ShownRow(
        line.code if line.code[:1].isdigit() else "",
        line.name_zh if language == "zh" else line.name_en,
        line.level,
        tuple(cells),
        _asked(table.no, block.key, line.code),
        summed,
    )


def _figure(value: int | None, column: Column, unit: str) -> str:
    """Write a figure as the statutory form does: amounts with two decimals of its unit, nothing where there is none."""
    if value is None:
        return ""
    if column.kind == "count":
        return f"{value:,}"
    step = STEPS[unit]
    hundredths = abs(rounded(value, step)) // step
    return f"{'−' if value < 0 else ''}{hundredths // 100:,}.{hundredths % 100:02d}"


def _asked(no: int, block: str, code: str) -> Mapping[str, str] | None:
    """Tell which lines a row of spending is the sum of."""
    if no == _NOTES:
        return {"public": code} if code in _PUBLIC else None
    if no == _PROJECTS:
        return {"category": "project"} if code == TOTAL else {"project": code}
    if block == "income" or no in {2, 9}:
        return None
    asked: dict[str, Any] = {} if code == TOTAL else {"econ" if no == _CLASSES else "func": code}
    if no == _CLASSES:
        return {**asked, "fund": "1", "category": "basic"}
    if no == _FISCAL:
        return {**asked, "fund": "fiscal"}
    return {**asked, "fund": _PER_FUND[no]} if no in _PER_FUND else asked
