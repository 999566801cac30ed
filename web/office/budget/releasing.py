"""From the Congress to the units: the resolution, its approval in the books, and the release down to the units."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.budget_errors import BudgetUnbalanced, ResolutionUnmet
from ledger.compilation import packages, registers
from ledger.compilation.approval import approve, release_to_departments, release_to_units
from ledger.compilation.releases import released_on
from ledger.compilation.rounds import Resolution, countdown, resolve_budget
from ledger.db import Transaction
from ledger.errors import LedgerError
from ledger.sequencer import sequence
from web.clock import today
from web.office.budget.chains import BooksOfYear, books_of, explain
from web.office.budget.words import SEERS, day_of, needed, passed_of, read_amount, reason, show, text_of, told, words
from web.office.desk import Desk, Route, duty, went

TO_DEPARTMENTS, TO_UNITS = 20, 15
"""Days for each release (预算法 52)."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Stage:
    """What a department was given and how far it came; ``due_on`` is when the next release is due."""

    department: str
    approved: int = 0
    to_department: int = 0
    to_units: int = 0
    issued: int = 0
    released: date | None = None
    due_on: date | None = None
    days: int = 0
    wholes: set[str] = field(default_factory=set)


@duty(*SEERS)
def budget_resolution(desk: Desk, year: int) -> Answer:
    """Show what is put before the Congress, and what it resolved."""
    return _resolution(desk, year)


def _resolution(
    desk: Desk, year: int, problems: dict[str, str] | None = None, error: str = "", digest: str = ""
) -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        placed = packages.order_of(connection, treasury, year)
        sent = registers.submissions(connection, treasury, year)
        resolved = registers.resolution(connection, treasury, year)
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        compilers = registers.holders(connection, treasury, "COMP")
        books = books_of(connection, treasury, year)
    funded: dict[tuple[str, str], int] = defaultdict(int)
    for each in placed:
        if each.funded:
            funded[each.agency, each.fund] += each.allowed_fen
    roots = {each.of.root for each in books.standings}
    return show(
        desk,
        "resolution",
        problems=problems,
        error=error,
        year=year,
        total=sum(funded.values()),
        funded=sorted(funded.items()),
        partly=registers.partly_seen(named.values()),
        named=named,
        early=[each for each in sent.values() if each.round_no < 2],  # noqa: PLR2004 - the second round
        resolved=resolved,
        compilers=compilers,
        digest=digest,
        in_books=sum(books.of(root).approved for root in roots),
        of_treasury=sum(each.of.fen for each in books.standings),
    )


@duty("APPR")
def budget_resolve(desk: Desk, year: int) -> Answer:
    """Record the resolution; its digest is typed, or taken of the file that is shown to us."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("document", "title", "total"), problems, known)
    total = read_amount(form.get("total", ""))
    if total is None:
        problems.setdefault("total", known["no_amount"])
    file = request.files.get("file")
    digest = text_of(form, "sha256").lower()
    if file is not None and file.filename:
        digest = hashlib.sha256(file.stream.read()).hexdigest()
    if not _DIGEST.fullmatch(digest):
        problems["sha256"] = known["no_digest"]
    passed_on = passed_of(form, "passed_on", problems, known, year=year)
    if problems:
        return _resolution(desk, year, problems, digest=digest)
    resolution = Resolution(
        fiscal_year=year, document=text_of(form, "document", 200), title=text_of(form, "title"), passed_on=passed_on,
        sha256=digest, total_fen=total or 0,
    )  # fmt: skip
    try:
        with desk.writing() as tx:
            resolve_budget(tx, resolution)
    except LedgerError as refusal:
        at = "total" if isinstance(refusal, (ResolutionUnmet, BudgetUnbalanced)) else "document"
        return _resolution(desk, year, {at: told(desk, refusal)}, digest=digest)
    return went("budget_resolution", year=year)


@duty("APPR")
def budget_approve(desk: Desk, year: int) -> Answer:
    """Post the approval of the budget: it opens the indicators."""
    prepared_by = request.form.get("prepared_by", "")
    try:
        with desk.writing() as tx:
            approve(tx, tx.treasury_id, year, prepared_by)
    except LedgerError as refusal:
        return _resolution(desk, year, {"prepared_by": told(desk, refusal)})
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_resolution", year=year, _anchor="books")


@duty(*SEERS)
def budget_release(desk: Desk, year: int) -> Answer:
    """Show how far the budget was released, what is left, and how many days."""
    return _release(desk, year)


def _release(
    desk: Desk, year: int, problems: dict[str, str] | None = None, refusal: LedgerError | None = None
) -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        resolved = registers.resolution(connection, treasury, year)
        books = books_of(connection, treasury, year)
        released = released_on(connection, treasury, year)
        steps = {each.step: each.due_on for each in countdown(connection, treasury, year, today())}
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        reviewers = registers.holders(connection, treasury, "REVW")
        explained = explain(connection, treasury, year, refusal) if refusal else None
    roots = {each.of.root for each in books.standings}
    stages = _stages(books, resolved, released, steps)
    return show(
        desk,
        "release",
        problems=problems,
        error=told(desk, refusal) if refusal and not explained else "",
        refusal=reason(desk, refusal) if refusal else "",
        explained=explained,
        year=year,
        resolved=resolved,
        stages=stages,
        partly=registers.partly_seen(named.values()),
        approved=sum(books.of(root).approved for root in roots),
        named=named,
        reviewers=reviewers,
        today=today(),
        totals={name: sum(getattr(each, name) for each in stages) for name in _SUMMED},
        days_of=(TO_DEPARTMENTS, TO_UNITS),
    )


_SUMMED = ("approved", "to_department", "to_units", "issued")


def _stages(
    books: BooksOfYear,
    resolved: registers.Resolved | None,
    released: Mapping[str, date],
    steps: Mapping[str, date],
) -> list[Stage]:
    stages: dict[str, Stage] = {}
    for each in books.standings:
        stage = stages.setdefault(each.of.department, Stage(each.of.department))
        stage.approved += each.of.fen
        stage.to_units += each.figures.received
        stage.issued += each.issued_fen
        stage.wholes.add(each.of.whole)
    for stage in stages.values():
        stage.to_department = sum(books.of(whole).received for whole in stage.wholes)
        stage.released = released.get(stage.department)
        if stage.released is None and resolved:
            stage.due_on = steps.get("to_departments", resolved.passed_on + timedelta(days=TO_DEPARTMENTS))
        elif stage.released and stage.issued < stage.approved:
            stage.due_on = steps.get("to_units", stage.released + timedelta(days=TO_UNITS))
        if stage.due_on:
            stage.days = (stage.due_on - today()).days
    return [stages[department] for department in sorted(stages)]


@duty("ISSU")
def budget_release_departments(desk: Desk, year: int) -> Answer:
    """Release the approved budget to every department."""

    def work(tx: Transaction, on: date, document: str, prepared_by: str) -> object:
        return release_to_departments(tx, tx.treasury_id, year, on, document, prepared_by)

    with desk.reading() as connection:
        resolved = registers.resolution(connection, desk.me.treasury_id, year)
    return _released(desk, year, "department", work, resolved.passed_on if resolved else None)


@duty("ISSU")
def budget_release_units(desk: Desk, year: int) -> Answer:
    """Release a department's budget to its units and into execution."""
    department = request.form.get("of", "")

    def work(tx: Transaction, on: date, document: str, prepared_by: str) -> object:
        return release_to_units(tx, tx.treasury_id, year, on, document, prepared_by, department)

    with desk.reading() as connection:
        received = released_on(connection, desk.me.treasury_id, year).get(department)
    return _released(desk, year, "unit", work, received)


def _released(
    desk: Desk, year: int, name: str, work: Callable[[Transaction, date, str, str], object], after: date | None
) -> Answer:
    """Release, on a day of the year that is not before ``after``: nobody passes on what was not there yet."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, (f"{name}_document",), problems, known)
    on = day_of(form, f"{name}_on", problems, known, year=year)
    if after is not None and on < after:
        problems.setdefault(f"{name}_on", known["released_too_early"].format(day=after))
    if problems:
        return _release(desk, year, problems)
    try:
        with desk.writing() as tx:
            work(tx, on, text_of(form, f"{name}_document", 200), form.get("prepared_by", ""))
    except LedgerError as refusal:
        return _release(desk, year, refusal=refusal)
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_release", year=year)


ROUTES = (
    Route("/budget/<int:year>/resolution", budget_resolution),
    Route("/budget/<int:year>/resolution/record", budget_resolve, ("POST",)),
    Route("/budget/<int:year>/resolution/approve", budget_approve, ("POST",)),
    Route("/budget/<int:year>/release", budget_release),
    Route("/budget/<int:year>/release/departments", budget_release_departments, ("POST",)),
    Route("/budget/<int:year>/release/units", budget_release_units, ("POST",)),
)
