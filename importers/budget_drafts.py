"""What the rows of a budget workbook ask for: packages with their lines and objectives, basic data, income."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from importers.budget_cells import Cells, Problem
from importers.mapping import heading
from importers.workbooks import Table, WorkbookReading
from ledger.compilation.packages import Line, Package, Target
from ledger.compilation.rounds import Income
from ledger.compilation.standards import Category, DriverValue, Per

_HEAD = (
    "agency", "year", "category", "activity_code", "level", "func", "fund", "project", "name_zh", "name_en", "mandate",
    "activity", "consequences", "package_amount",
)  # fmt: skip
_LINE = ("standard", "dept_econ", "per", "driver", "quantity", "times", "origin", "quotes", "quote_documents")


@dataclass(slots=True)
class RowDraft:
    """A row with its cells and, as it is known, its verdict; ``name`` says what it is about."""

    cells: Cells
    name: str
    verdict: str = ""
    changed: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Every problem of the row."""
        return self.cells.problems


@dataclass(slots=True)
class LineDraft(RowDraft):
    """A line of a package with what the file says of its price and amount."""

    line: Line = field(default_factory=Line)
    price: int | None = None
    amount: int | None = None


@dataclass(slots=True)
class TargetDraft(RowDraft):
    """An objective of a package."""

    target: Target = field(default_factory=lambda: Target("", ""))


@dataclass(slots=True)
class DriverDraft(RowDraft):
    """A basic datum."""

    value: DriverValue | None = None


@dataclass(slots=True)
class IncomeDraft(RowDraft):
    """A line of an income estimate."""

    agency: str = ""
    year: int = 0
    income: Income | None = None


@dataclass(slots=True)
class TotalDraft(RowDraft):
    """A row that sums up those above it, all of them or since the last such row."""

    whole: bool = True
    amount: int | None = None


@dataclass(slots=True)
class PackageDraft:
    """A package: ``targets`` is None where the file has no table of objectives."""

    head: RowDraft
    package: Package
    stated_fen: int | None
    stated_in: str
    lines: list[LineDraft] = field(default_factory=list)
    targets: list[TargetDraft] | None = None
    others: list[RowDraft] = field(default_factory=list)

    @property
    def rows(self) -> list[RowDraft]:
        """Every row of the package."""
        lines = [each for each in self.lines if each is not self.head]
        return [self.head, *lines, *self.others, *(self.targets or ())]

    @property
    def has_problems(self) -> bool:
        """Tell whether a row of it has a problem."""
        return any(each.problems for each in self.rows)


@dataclass(slots=True)
class Drafts:
    """Everything that a workbook asks for; ``rows`` are all its rows in their order."""

    rows: list[RowDraft] = field(default_factory=list)
    packages: list[PackageDraft] = field(default_factory=list)
    drivers: list[DriverDraft] = field(default_factory=list)
    incomes: list[IncomeDraft] = field(default_factory=list)


def drafts_of(reading: WorkbookReading, only: frozenset[str], drivers: Mapping[str, str]) -> Drafts:
    """Work out what a workbook asks for, of ``only`` these tables; ``drivers`` are the codes by every name."""
    found = Drafts()
    wanted = {name: reading.named(name) for name in ("basic", "income", "packages") if name in only}
    for table in wanted.get("packages", ()):
        _packages(found, _rows(reading, table))
    if "packages" in only and (targets := reading.named("targets")):
        _targets(found, [cells for table in targets for cells in _rows(reading, table)])
    for table in wanted.get("basic", ()):
        found.drivers += [_driver(cells, drivers) for cells in _rows(reading, table)]
    found.rows += found.drivers
    for table in wanted.get("income", ()):
        for cells in _rows(reading, table):
            row = _total(cells) or _income(cells)
            found.rows.append(row)
            if isinstance(row, IncomeDraft):
                found.incomes.append(row)
    return found


def _targets(found: Drafts, rows: list[Cells]) -> None:
    """Give each package its objectives; a table of them says all of them."""
    by_code = {each.package.package: each for each in found.packages}
    for each in found.packages:
        each.targets = []
    found.rows += [_target(cells, by_code) for cells in rows]


def _rows(reading: WorkbookReading, table: Table) -> Iterator[Cells]:
    return (Cells(table, row, reading.mapping) for row in table.rows)


def _total(cells: Cells) -> TotalDraft | None:
    word = cells.total()
    if not word:
        return None
    amount = cells.amount("amount", signed=True) if cells.given("amount") else None
    return TotalDraft(cells, cells.row.first, whole=word in cells.mapping.totals, amount=amount)


def _packages(found: Drafts, rows: Iterator[Cells]) -> None:
    """Put the rows together: a row without a code, or with the code of the row above, belongs to that package."""
    now: PackageDraft | None = None
    for cells in rows:
        if (total := _total(cells)) is not None:
            found.rows.append(total)
            continue
        code = cells.code("package")
        if now is not None and code in {"", now.package.package}:
            _same_head(cells, now.head.cells)
            found.rows.append(_below(now, cells))
            continue
        now = _head(cells, code)
        if not code:
            cells.refuse("missing", "package")
        if code in {each.package.package for each in found.packages}:
            cells.refuse("repeated", "package", code)
        found.packages.append(now)
        found.rows.append(now.head)
    for each in found.packages:
        if not each.lines and not each.head.problems:
            each.head.cells.refuse("package_without_lines", "package", each.package.package)


def _below(package: PackageDraft, cells: Cells) -> RowDraft:
    """Add a row to a package: a line, or what is none."""
    code = package.package.package
    if any(cells.given(what) for what in _LINE):
        package.lines.append(_line(cells, code))
        return package.lines[-1]
    cells.refuse("missing", "standard")
    package.others.append(RowDraft(cells, code))
    return package.others[-1]


def _same_head(cells: Cells, head: Cells) -> None:
    for what in _HEAD:
        said = cells.row.cells.get(what, "")
        if said and said != head.row.cells.get(what, ""):
            cells.refuse("package_differs", what, said)


def _head(cells: Cells, code: str) -> PackageDraft:
    level = cells.word("level") if cells.given("level") else "1"
    name = cells.text("name_zh", needed=True)
    package = Package(
        package=code,
        fiscal_year=cells.year(),
        agency=cells.agency(),
        category=cast("Category", cells.word("category", needed=True)),
        activity_code=cells.code("activity_code", needed=True),
        func=cells.code("func", needed=True),
        fund=cells.code("fund", needed=True),
        name_zh=name,
        name_en=cells.text("name_en") or name,
        activity=cells.text("activity", needed=True),
        consequences=cells.text("consequences", needed=True),
        lines=(),
        mandate=cells.text("mandate"),
        level=int(level or 1),
        project=cells.code("project") or None,
    )
    draft = PackageDraft(RowDraft(cells, code), package, cells.amount("package_amount"), "package_amount")
    if any(cells.given(what) for what in _LINE):
        draft.lines.append(_line(cells, code))
        draft.head = draft.lines[0]
    elif draft.stated_fen is None:
        draft.stated_fen, draft.stated_in = cells.amount("amount"), "amount"
    return draft


def _line(cells: Cells, code: str) -> LineDraft:
    quotes = cells.quotes()
    standard = cells.code("standard")
    if not standard and quotes is None:
        cells.refuse("missing", "standard")
    per, driver = cells.word("per") if cells.given("per") else "", cells.text("driver")
    line = Line(
        times=cells.times(),
        standard=standard or None,
        quantity_milli=cells.quantity(),
        origin=cells.text("origin"),
        dept_econ=cells.code("dept_econ") or None,
        per=cast("Per", per) if per else None,
        driver=driver or None,
        quote_fens=quotes[0] if quotes else None,
        quote_documents=quotes[1] if quotes else None,
    )
    return LineDraft(cells, code, line=line, price=cells.amount("price"), amount=cells.amount("amount"))


def _target(cells: Cells, packages: Mapping[str, PackageDraft]) -> TargetDraft:
    code = cells.code("package", needed=True)
    target = Target(cells.word("kind", needed=True), cells.text("target", needed=True))
    made = TargetDraft(cells, code, target=target)
    package = packages.get(code)
    if package is None or package.targets is None:
        if code:
            cells.refuse("target_without_package", "package", code)
    else:
        package.targets.append(made)
    return made


def _driver(cells: Cells, drivers: Mapping[str, str]) -> DriverDraft:
    text = cells.text("driver", needed=True)
    driver = drivers.get(heading(text), "")
    if text and not driver:
        cells.refuse("driver_unknown", "driver", text)
    quantity = cells.quantity(needed=True)
    origin = cells.text("origin", needed=True)
    agency, year = cells.agency(), cells.year()
    value = DriverValue(agency=agency, driver=driver, fiscal_year=year, quantity_milli=quantity or 0, origin=origin)
    return DriverDraft(cells, text, value=value)


def _income(cells: Cells) -> IncomeDraft:
    source = cells.word("source", needed=True)
    income = Income(
        source=source,
        fund=cells.code("fund", needed=True),
        func=cells.code("func", needed=True),
        amount_fen=cells.amount("amount", needed=True) or 0,
        basis=cells.text("basis", needed=True),
    )
    if "amount" in cells.row.formulas:
        cells.refuse("formula", "amount", cells.row.cells.get("amount", ""))
    return IncomeDraft(cells, source, agency=cells.agency(), year=cells.year(), income=income)
