"""What a budget workbook changes in the budget as it stands, row by row."""

from collections.abc import Callable, Sequence

from importers.budget_drafts import IncomeDraft, LineDraft, PackageDraft, RowDraft, TargetDraft
from ledger.compilation.dossiers import Dossier, ShownLine
from ledger.compilation.packages import Target
from ledger.compilation.rounds import Income

_STAYS = {
    "year": "fiscal_year",
    **{what: what for what in ("agency", "category", "activity_code", "level", "func", "fund", "project")},
    **{what: what for what in ("name_zh", "name_en")},
}
_SAID = ("mandate", "activity", "consequences")


def to_its_line(draft: PackageDraft) -> None:
    """Move a problem that names a line of the package to the row of that line."""
    for problem in list(draft.head.problems):
        for number, each in enumerate(draft.lines, 1):
            if f"line={number}" in problem.value.split(", ") and each is not draft.head:
                draft.head.problems.remove(problem)
                each.problems.append(problem)


def stays(draft: PackageDraft, kept: Dossier) -> None:
    """Refuse what would make it another package."""
    for what, name in _STAYS.items():
        now, was = getattr(draft.package, name), getattr(kept.head, name)
        if what == "name_en" and not draft.head.cells.given("name_en"):
            continue
        if now != (was.strip() if isinstance(was, str) else was):
            draft.head.cells.refuse("package_stays", what, f"{now} ≠ {was}")


def changes(draft: PackageDraft, kept: Dossier) -> bool:
    """Say of each row of a package what it changes in the newest version; tell whether any does."""
    head = draft.head
    _mark(head, [name for name in _SAID if getattr(draft.package, name) != getattr(kept, name).strip()])
    for at, each in enumerate(draft.lines):
        if at < len(kept.lines):
            _mark(each, [*(head.changed if each is head else ()), *_line_changes(each, kept.lines[at])])
        else:
            each.verdict = "new"
    if len(draft.lines) < len(kept.lines):
        _mark(head, [*head.changed, "lines"])
    if draft.targets is not None:
        _compare_targets(draft, draft.targets, kept.targets)
    return any(each.verdict != "unchanged" for each in draft.rows)


def _mark(row: RowDraft, changed: list[str]) -> None:
    row.changed, row.verdict = changed, "changed" if changed else "unchanged"


def _line_changes(draft: LineDraft, kept: ShownLine) -> list[str]:
    asked = draft.line
    pairs: list[tuple[str, object, object]] = [
        ("standard", asked.standard, kept.standard),
        ("times", asked.times, kept.times),
    ]
    if kept.stated or asked.quantity_milli is not None:
        pairs.append(("quantity", asked.quantity_milli, kept.quantity_milli))
    if kept.stated:
        pairs.append(("origin", asked.origin, kept.origin.strip()))
    if asked.standard is None:
        pairs += [
            ("dept_econ", asked.dept_econ, kept.dept_econ),
            ("per", asked.per, kept.per),
            ("driver", asked.driver, kept.driver),
            ("quotes", asked.quote_fens, tuple(kept.quote_fens or ())),
            ("quote_documents", asked.quote_documents, tuple(each.strip() for each in kept.quote_documents or ())),
        ]
    return [name for name, now, was in pairs if now != was]


def _compare_targets(draft: PackageDraft, rows: Sequence[TargetDraft], kept: Sequence[Target]) -> None:
    for at, each in enumerate(rows):
        if at < len(kept):
            same = (each.target.kind, each.target.target) == (kept[at].kind, kept[at].target.strip())
            _mark(each, [] if same else ["target"])
        else:
            each.verdict = "new"
    if len(rows) < len(kept):
        _mark(draft.head, [*draft.head.changed, "targets"])


def compare_incomes(rows: Sequence[IncomeDraft], left: list[Income]) -> None:
    """Give each row its verdict and take from ``left`` what it stands for."""
    alike: Sequence[Callable[[Income], object]] = (lambda i: i, lambda i: (i.source, i.fund, i.func))
    for verdict, key in zip(("unchanged", "changed"), alike, strict=True):
        for each in rows:
            income = each.income
            if income is None or each.verdict:
                continue
            before = next((was for was in left if key(was) == key(income)), None)
            if before is not None:
                left.remove(before)
                each.verdict = verdict
                each.changed = [n for n in ("amount_fen", "basis") if getattr(before, n) != getattr(income, n)]
    for each in rows:
        each.verdict = each.verdict or "new"
