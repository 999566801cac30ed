"""What must hold in statutory tables before they are published; a table that fails a check is not.

The figures of tables made here are exact, and so are their checks. In tables that are rounded as printed,
a sum of rounded figures may differ from its rounded total: by 0.01 of 10,000 yuan for two of them, and for more by
half of that for each figure of the comparison, which is the most that rounding alone can make.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.disclosure_facts import FISCAL
from reports.disclosure_table import Block, DisclosureTable, Line

ASKED = "预决算公开 cross-checks"
OURS = "project: so that every figure is held by another"
"""Who asks for a rule."""
SHOWN = tuple(FISCAL.values())
"""The columns of the three funds."""
PUBLIC = ("three_public", "abroad", "reception", "vehicles", "vehicles_bought", "vehicles_run")
"""The figures of the three public expenses."""
_PERSONNEL = frozenset({"301", "303"})
Tables = Mapping[int, DisclosureTable]
Term = tuple[int, str, str, str]
"""A figure: number of the table, block, code of the line, column."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a rule does not hold: the tables, the place, and for amounts what was expected and found, in fen."""

    tables: tuple[int, ...]
    where: str
    expected: int | None = None
    found: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that failed: its rule, in both languages, and where."""

    set: str
    rule: str
    zh: str
    en: str
    gap: Gap


Find = Callable[[Tables], Iterator[Gap]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check; ``source`` says who asks for it, ``tables`` which tables it needs (all if none)."""

    name: str
    zh: str
    en: str
    source: str
    tables: tuple[int, ...]
    find: Find

    def failures(self, name: str, tables: Tables) -> list[Failed]:
        """Give where it does not hold in the tables of a set; nothing if a table that it needs is missing."""
        if any(no not in tables for no in self.tables):
            return []
        return [Failed(name, self.name, self.zh, self.en, gap) for gap in self.find(tables)]


def allowed(tables: Sequence[DisclosureTable], figures: int) -> int:
    """Give how far a comparison of so many figures may be off, in fen; nothing where all are exact."""
    step = max(table.rounding for table in tables)
    return 0 if step == 1 else max(figures // 2, 1) * step


def equal(*sides: tuple[Sequence[Term], Sequence[Term]]) -> Find:
    """Ask that sums of figures are the same, pair by pair."""

    def find(tables: Tables) -> Iterator[Gap]:
        for left, right in sides:
            expected, found = _sum(tables, left), _sum(tables, right)
            nos = tuple(dict.fromkeys(term[0] for term in (*left, *right)))
            if abs(expected - found) > allowed([tables[no] for no in nos], len(left) + len(right)):
                yield Gap(nos, " + ".join(f"{term[2]}.{term[3]}" for term in right), expected, found)

    return find


def at_most(small: Term, large: Term) -> Find:
    """Ask that a figure is not above another."""

    def find(tables: Tables) -> Iterator[Gap]:
        most, found = _sum(tables, [large]), _sum(tables, [small])
        if found > most + allowed([tables[small[0]], tables[large[0]]], 2):
            yield Gap((small[0], large[0]), f"{small[2]}.{small[3]}", most, found)

    return find


def adds_up(no: int, key: str, whole: str, parts: Sequence[str], less: Sequence[str] = ()) -> Find:
    """Ask of every line that one column is the sum of others, less some."""

    def find(tables: Tables) -> Iterator[Gap]:
        block = tables[no].block(key)
        most = allowed([tables[no]], 1 + len(parts) + len(less))
        names = [column.name for column in block.figures()]
        plus, minus = [names.index(part) for part in parts], [names.index(part) for part in less]
        for line in block.every():
            figures = [figure or 0 for figure in line.figures]
            expected = sum(figures[at] for at in plus) - sum(figures[at] for at in minus)
            found = figures[names.index(whole)]
            if abs(expected - found) > most:
                yield Gap((no,), f"{line.code}.{whole}", expected, found)

    return find


def same_by_class(first: tuple[int, str, Sequence[str]], second: tuple[int, str, Sequence[str]]) -> Find:
    """Ask that for each 类 the sums of some columns are the same in two tables, and so are the totals."""

    def find(tables: Tables) -> Iterator[Gap]:
        (no, key, columns), (other, other_key, others) = first, second
        left, right = tables[no].block(key), tables[other].block(other_key)
        most = allowed([tables[no], tables[other]], len(columns) + len(others))
        codes = {
            line.code for block in (left, right) for line in (*block.lines, block.total) if line and not line.level
        }
        for code in sorted(codes):
            expected = sum(left.figure(code, column) for column in columns)
            found = sum(right.figure(code, column) for column in others)
            if abs(expected - found) > most:
                yield Gap((no, other), f"{code}.{'+'.join(others)}", expected, found)

    return find


def every(*finds: Find) -> Find:
    """Ask all of these."""

    def find(tables: Tables) -> Iterator[Gap]:
        for each in finds:
            yield from each(tables)

    return find


def rule(name: str, zh: str, en: str, tables: tuple[int, ...], find: Find, source: str = ASKED) -> Rule:
    """Give a rule of the source of the cross-checks, unless another is named."""
    return Rule(name, zh, en, source, tables, find)


def one(no: int, block: str, line: str, column: str) -> list[Term]:
    """Name one figure."""
    return [(no, block, line, column)]


def all_of(no: int, block: str, lines: Iterable[str], column: str) -> list[Term]:
    """Name a figure of several lines."""
    return [(no, block, line, column) for line in lines]


def personnel_alone(*places: tuple[int, str, str, bool]) -> Find:
    """Ask that 301 and 303 are personnel costs and all other classes office costs.

    A place is a table, a block, a column and whether that column is of personnel.
    """

    def find(tables: Tables) -> Iterator[Gap]:
        for no, key, column, personnel in places:
            block = tables[no].block(key)
            for line in block.lines:
                found = block.figure(line.code, column)
                if line.level == 0 and (line.code in _PERSONNEL) != personnel and found:
                    yield Gap((no,), f"{line.code}.{column}", 0, found)

    return find


def parents_are_sums(tables: Tables) -> Iterator[Gap]:
    """Find parents that are not the sum of their children."""
    for table, block in _blocks(tables):
        for lines in (block.lines, block.below):
            for at, parent in enumerate(lines):
                children = _children(lines, at)
                if children:
                    yield from _compared(table, block, parent, children)


def totals_are_sums(tables: Tables) -> Iterator[Gap]:
    """Find totals that are not the sum of the lines at the top, and grand totals that leave a balance out."""
    for table, block in _blocks(tables):
        if block.total is not None:
            yield from _compared(table, block, block.total, [line for line in block.lines if line.level == 0])
            if block.grand is not None:
                below = [line for line in block.below if line.level == 0]
                yield from _compared(table, block, block.grand, [block.total, *below])


def _compared(table: DisclosureTable, block: Block, whole: Line, parts: Sequence[Line]) -> Iterator[Gap]:
    for at, column in enumerate(block.figures()):
        if any(part.figures[at] is not None for part in parts):
            expected, found = sum(part.figures[at] or 0 for part in parts), whole.figures[at] or 0
            most = allowed([table], len(parts) + 1) if column.kind == "amount" else 0
            if abs(expected - found) > most:
                yield Gap((table.no,), f"{whole.code}.{column.name}", expected, found)


def _children(lines: Sequence[Line], at: int) -> list[Line]:
    """Give the lines right below one, up to the next that is not below it."""
    children = []
    for line in lines[at + 1 :]:
        if line.level <= lines[at].level:
            break
        if line.level == lines[at].level + 1:
            children.append(line)
    return children


def _blocks(tables: Tables) -> Iterator[tuple[DisclosureTable, Block]]:
    for table in tables.values():
        for block in table.blocks:
            yield table, block


def _sum(tables: Tables, terms: Sequence[Term]) -> int:
    return sum(tables[no].block(block).figure(code, column) for no, block, code, column in terms)
