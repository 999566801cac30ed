"""Takes a budget workbook into the books, part by part, within one transaction; the books judge each part."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby

from importers.budget_changes import changes, compare_incomes, stays, to_its_line
from importers.budget_drafts import Drafts, DriverDraft, IncomeDraft, PackageDraft, RowDraft, TotalDraft
from importers.budget_outcome import Outcome
from importers.mapping import heading
from ledger.budget_errors import UnknownBudgetRecord
from ledger.compilation import registers
from ledger.compilation.dossiers import Dossier, ShownLine, dossier, listed
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import Income, estimate_income
from ledger.compilation.standards import record_drivers
from ledger.db import Transaction, translated
from ledger.errors import LedgerError
from ledger.money import Fen, format_yuan


@dataclass(slots=True)
class Taking:
    """Takes a workbook into the books, part by part, within one transaction."""

    tx: Transaction
    outcome: Outcome
    drivers: Mapping[str, str]
    computed: dict[int, int] = field(default_factory=dict)
    """What each row comes to, by the identity of its draft."""

    @contextmanager
    def _trying(self, *rows: RowDraft) -> Iterator[None]:
        """Do one thing in a savepoint; what the books refuse becomes a problem of these rows."""
        try:
            with translated(), self.tx.connection.begin_nested():
                yield
                self.tx.cursor().execute("set constraints all immediate")
        except LedgerError as error:
            for row in rows:
                row.cells.refused_by_books(error)

    def basic(self, drafts: Sequence[DriverDraft]) -> None:
        """Record basic data that are new or differ from the newest."""
        at = {(each.value.agency, each.value.fiscal_year) for each in drafts if each.value}
        kept = {
            (row.agency, year, row.driver): row
            for agency, year in at
            for row in registers.basic_data(self.tx.connection, self.tx.treasury_id, year, agency)
        }
        seen: set[tuple[str, int, str]] = set()
        for each in drafts:
            value = each.value
            if value is None or each.problems:
                continue
            key = (value.agency, value.fiscal_year, value.driver)
            if key in seen:
                each.cells.refuse("repeated", "driver", each.name)
                continue
            seen.add(key)
            before = kept.get(key)
            each.changed = (
                []
                if before is None
                else [
                    name
                    for name, was, now in (
                        ("quantity", before.quantity_milli, value.quantity_milli),
                        ("origin", before.origin.strip(), value.origin),
                    )
                    if was != now
                ]
            )
            each.verdict = "new" if before is None else "changed" if each.changed else "unchanged"
            if each.verdict != "unchanged":
                with self._trying(each):
                    self.outcome.saved["basic"] += record_drivers(self.tx, [value])
                    self.outcome.basic.append((value.agency, value.driver, value.fiscal_year))

    def income(self, drafts: Sequence[IncomeDraft]) -> None:
        """Save the estimate of each agency and year that differs from the one in force."""
        order = sorted(drafts, key=lambda each: (each.agency, each.year))
        for (agency, year), group in groupby(order, key=lambda each: (each.agency, each.year)):
            rows = list(group)
            asked = [each.income for each in rows if each.income is not None]
            self.outcome.income_fen += sum(each.amount_fen for each in asked)
            for each in rows:
                self.computed[id(each)] = each.income.amount_fen if each.income else 0
            before = [
                Income(
                    source=row.source, fund=row.fund, func=row.func, amount_fen=row.amount_fen, basis=row.basis.strip()
                )
                for row in registers.incomes(self.tx.connection, self.tx.treasury_id, year, agency)
            ]
            left = list(before)
            compare_incomes(rows, left)
            if any(each.problems for each in rows):
                continue
            self.outcome.dropped += left
            if left or any(each.verdict != "unchanged" for each in rows):
                self._estimate(rows, asked, agency, year)

    def _estimate(self, rows: Sequence[IncomeDraft], asked: Sequence[Income], agency: str, year: int) -> None:
        refused: list[LedgerError] = []
        try:
            with translated(), self.tx.connection.begin_nested():
                version = estimate_income(self.tx, year, agency, asked)
                self.outcome.income.append((year, agency, version))
        except LedgerError as error:
            refused.append(error)
        if not refused:
            self.outcome.saved["income"] += len(asked)
            return
        for each, income in zip(rows, asked, strict=True):  # which of them is it?
            with self._trying(each):
                estimate_income(self.tx, year, agency, [income])
        if not any(each.problems for each in rows):
            for each in rows:
                each.cells.refused_by_books(refused[0])

    def package(self, draft: PackageDraft) -> None:
        """Save a package that is new or differs from its newest version, and compare what the file says of it."""
        self._name_drivers(draft)
        kept = self._dossier(draft.package.package) if draft.package.package else None
        changed = True
        if kept is None:
            for each in draft.rows:
                each.verdict = "new"
        else:
            stays(draft, kept)
            changed = changes(draft, kept)
        if draft.has_problems:
            return
        targets = kept.targets if draft.targets is None and kept else [each.target for each in draft.targets or ()]
        asked = replace(draft.package, lines=tuple(each.line for each in draft.lines), targets=tuple(targets))
        if kept is not None and not changed:
            self._compare(draft, kept.lines)
            return
        with self._trying(draft.head):
            version = save_package(self.tx, asked)
            self.outcome.packages.append((asked.package, version))
            self.outcome.of.add((asked.fiscal_year, asked.agency))
            self.outcome.saved["packages"] += 1
        if draft.head.problems:
            to_its_line(draft)
            return
        made = self._dossier(asked.package)
        if made is not None:
            self._compare(draft, made.lines)

    def _dossier(self, package: str) -> Dossier | None:
        try:
            return dossier(self.tx.connection, self.tx.treasury_id, package)
        except UnknownBudgetRecord:
            return None

    def _name_drivers(self, draft: PackageDraft) -> None:
        for each in draft.lines:
            if each.line.driver:
                driver = self.drivers.get(heading(each.line.driver), "")
                if not driver:
                    each.cells.refuse("driver_unknown", "driver", each.line.driver)
                each.line = replace(each.line, driver=driver or None)

    def _compare(self, draft: PackageDraft, lines: Sequence[ShownLine]) -> None:
        """Compare what the file says with what was computed; the books are right."""
        whole = sum(line.fen for line in lines)
        self.outcome.packages_fen += whole
        for each, line in zip(draft.lines, lines, strict=True):
            self.computed[id(each)] = line.fen
            cells, asked = each.cells, each.line
            if asked.quantity_milli not in {None, line.quantity_milli}:
                cells.refuse(
                    "quantity_differs", "quantity", f"{cells.row.cells['quantity']} ≠ {as_written(line.quantity_milli)}"
                )
            for what, said, held in (
                ("dept_econ", asked.dept_econ, line.dept_econ),
                ("per", asked.per, line.per),
                ("driver", asked.driver, line.driver),
            ):
                if said and said != held:
                    cells.refuse("standard_differs", what, f"{cells.row.cells[what]} ≠ {held}")
            for what, stated, fen in (("price", each.price, line.unit_fen), ("amount", each.amount, line.fen)):
                if not cells.agrees(what, stated, fen):
                    cells.refuse(f"{what}_differs", what, f"{cells.row.cells[what]} ≠ {format_yuan(Fen(fen))}")
        head = draft.head.cells
        if not head.agrees(draft.stated_in, draft.stated_fen, whole):
            said = head.row.cells[draft.stated_in]
            head.refuse("amount_differs", draft.stated_in, f"{said} ≠ {format_yuan(Fen(whole))}")

    def absent(self, drafts: Drafts) -> None:
        """List the packages that stay as they are because the workbook does not have them."""
        has = {each.package.package for each in drafts.packages}
        at = sorted({(each.package.fiscal_year, each.package.agency) for each in drafts.packages})
        for year, agency in at:
            for row in listed(self.tx.connection, self.tx.treasury_id, year, agency) if year and agency else ():
                if row.package not in has:
                    self.outcome.absent.append(row.package)

    def totals(self, rows: Sequence[RowDraft]) -> None:
        """Compare each total with the rows above it; where one of these has a problem there is nothing to compare."""
        for _, group in groupby(rows, key=lambda each: (each.cells.table.table, each.cells.table.sheet)):
            whole = since = 0
            sound = True
            for each in group:
                if not isinstance(each, TotalDraft):
                    whole += self.computed.get(id(each), 0)
                    since += self.computed.get(id(each), 0)
                    sound = sound and not each.problems
                    continue
                covered, since = whole if each.whole else since, 0
                each.verdict = "total"
                if sound and not each.cells.agrees("amount", each.amount, covered):
                    said = each.cells.row.cells["amount"]
                    each.cells.refuse("total_differs", "amount", f"{said} ≠ {format_yuan(Fen(covered))}")


def as_written(milli: int) -> str:
    """Write thousandths as people do."""
    return f"{milli // 1000}.{milli % 1000:03d}".rstrip("0").rstrip(".")
