"""A budget workbook becomes packages, basic data and income: first a verdict for every row, then all of it or nothing.

The books themselves judge: each package is saved within a savepoint, and what they compute is compared with what
the file says. No amount of a package is ever taken from the file. A preview takes all of it back.
"""

from collections.abc import Sequence
from pathlib import Path

from importers.budget_drafts import drafts_of
from importers.budget_outcome import PARTS, Outcome, verdict_of
from importers.budget_taking import Taking
from importers.mapping import heading
from importers.payments import _refusal, said
from importers.workbooks import WorkbookReading, read_workbook
from ledger.compilation import registers
from ledger.compilation.imports import Batch, register_import
from ledger.db import Session, Source, Transaction, transaction


def read_budget(file: Path, mapping_file: Path) -> WorkbookReading:
    """Read a budget workbook by a saved mapping, recording nothing; see ``importers.workbooks.read_workbook``."""
    return read_workbook(file, mapping_file, "budget")


class _Enough(Exception):
    """Ends a preview: whatever it wrote is taken back."""


def preview_budget(source: Source, session: Session, reading: WorkbookReading, only: Sequence[str] = PARTS) -> Outcome:
    """Say what would become of every row of a workbook, with every control of the books on, and record nothing."""
    shown: list[Outcome] = []
    try:
        with transaction(source, session) as tx:
            shown.append(_take(tx, reading, only))
            raise _Enough  # noqa: TRY301 - out of the transaction, so that it is rolled back
    except _Enough:
        return shown[0]


def import_budget(tx: Transaction, reading: WorkbookReading, only: Sequence[str] = PARTS) -> Outcome:
    """Save what is new or changed in a workbook, all of it or nothing, and register it. Duty COMP.

    A workbook that brings in nothing is not registered.

    Raises:
        InvalidFile: a row has a problem; ``facts`` hold the outcome as ``preview``.
    """
    outcome = _take(tx, reading, only)
    if outcome.counts["error"]:
        refusal = _refusal("rows_refused", reading.name, value=str(outcome.counts["error"]))
        refusal.facts = {**refusal.facts, "preview": outcome.as_json()}
        raise refusal
    if any(outcome.saved.values()):
        outcome.import_no = register_import(tx, _batch(outcome))
    return outcome


def _batch(outcome: Outcome) -> Batch:
    reading, counts = outcome.reading, outcome.counts
    years = {*(year for _, _, year in outcome.basic), *(year for year, _, _ in outcome.income)}
    years |= {year for year, _ in outcome.of}
    agencies = {*(agency for agency, _, _ in outcome.basic), *(agency for _, agency, _ in outcome.income)}
    agencies |= {agency for _, agency in outcome.of}
    return Batch(
        kind="budget",
        file_name=said(reading.name),
        size=reading.size,
        sha256=reading.sha256,
        mapping=reading.mapping.name,
        mapping_no=reading.mapping.version,
        mapping_sha256=reading.mapping.digest,
        new_rows=counts["new"],
        changed_rows=counts["changed"],
        same_rows=counts["unchanged"],
        agency=agencies.pop() if len(agencies) == 1 else None,
        fiscal_year=years.pop() if len(years) == 1 else None,
        packages=outcome.packages,
        basic=outcome.basic,
        income=outcome.income,
    )


def _take(tx: Transaction, reading: WorkbookReading, only: Sequence[str]) -> Outcome:
    kinds = registers.driver_kinds(tx.connection)
    names = {heading(name): each.driver for each in kinds for name in (each.driver, each.name_zh, each.name_en)}
    drafts = drafts_of(reading, frozenset(only), names)
    taking = Taking(tx, Outcome(reading), names)
    taking.basic(drafts.drivers)
    taking.income(drafts.incomes)
    for package in drafts.packages:
        taking.package(package)
    taking.absent(drafts)
    taking.totals(drafts.rows)
    taking.outcome.verdicts = [verdict_of(each) for each in drafts.rows]
    return taking.outcome
