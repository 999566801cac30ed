"""Decision packages at the desk: one package whole, its versions side by side, and the form that makes a version."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.budget_errors import (
    MandateMissing,
    NoStandard,
    NotCounted,
    PackageChanged,
    ProjectNotInLibrary,
    ProposalFirst,
    UnknownBudgetRecord,
)
from ledger.compilation import dossiers, prices, registers
from ledger.compilation.dossiers import Dossier
from ledger.compilation.packages import TARGETS, Package, prior_year, save_package, withdraw_package
from ledger.compilation.prices import Offered
from ledger.compilation.registers import DriverKind
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode
from web.office.accounts import initials
from web.office.budget.typed import (
    TypedLine,
    as_line,
    computed,
    kept_line,
    kept_targets,
    meant,
    typed_lines,
    typed_targets,
)
from web.office.budget.words import SEERS, class_names, needed, prose_of, read_number, show, text_of, told, words
from web.office.desk import Desk, Route, absent, duty, went

_MORE = 3
CATEGORIES = ("personnel", "office", "project")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a package may be made of."""

    offered: dict[str, Offered]
    kinds: dict[str, DriverKind]
    econ: list[tuple[str, str, str]]
    funcs: list[tuple[str, str, str]]
    funds: list[tuple[str, str, str]]
    projects: list[tuple[str, str, str]]
    agencies: list[registers.Agency]


@duty(*SEERS)
def budget_package(desk: Desk, package: str) -> Answer:
    """Show a package: how its amount comes about, what the review left, its versions and reviews."""
    return _package_page(desk, package)


def _package_page(desk: Desk, package: str, problems: Mapping[str, str] | None = None) -> Answer:
    treasury = desk.me.treasury_id
    asked = read_number(request.args.get("version", ""))
    found = _found(desk, package, asked)
    with desk.reading() as connection:
        versions = dossiers.versions(connection, treasury, package)
        reviews = dossiers.reviews(connection, treasury, package)
        places = registers.places(connection, treasury, found.head.fiscal_year).get(package, {})
        classes = class_names(desk, connection)
        agencies = registers.agencies(connection, treasury)
    mine = desk.me.duty == "COMP" and any(each.mine and each.agency == found.head.agency for each in agencies)
    return show(
        desk,
        "package",
        problems=problems,
        mine=mine and not found.head.resolved,
        under_way=bool(reviews or places or any(each.rounds for each in versions)),
        classes=classes,
        of=found,
        year=found.head.fiscal_year,
        versions=versions,
        reviews=reviews,
        places=places,
        kinds=TARGETS,
        prior=_prior(desk, package),
    )


@duty("COMP")
def budget_package_withdraw(desk: Desk, package: str) -> Answer:
    """Withdraw a package that was made by mistake, with the reason."""
    form, known = request.form, words(desk.language)
    head = _found(desk, package).head
    problems: dict[str, str] = {}
    needed(form, ("why",), problems, known)
    if problems:
        return _package_page(desk, package, problems)
    try:
        with desk.writing() as tx:
            withdraw_package(tx, package, read_number(form.get("version", "")) or 0, text_of(form, "why"))
    except LedgerError as refusal:
        return _package_page(desk, package, {"why": told(desk, refusal)})
    return went("budget_agency", year=head.fiscal_year, agency=head.agency, _anchor="withdrawn")


def _prior(desk: Desk, package: str) -> tuple[bool, int | None] | None:
    """Tell what the year before had: whether it may be shown yet, and the figure; None to whom it is no question."""
    if desk.me.duty != "REVW":
        return None
    try:
        with desk.writing() as tx:
            return True, prior_year(tx, package)
    except ProposalFirst:
        return False, None


def _found(desk: Desk, package: str, version: int | None = None) -> Dossier:
    with desk.reading() as connection:
        try:
            return dossiers.dossier(connection, desk.me.treasury_id, package, version)
        except UnknownBudgetRecord:
            absent()


@duty(*SEERS)
def budget_compare(desk: Desk, package: str) -> Answer:
    """Show two versions of a package side by side."""
    right = _found(desk, package, read_number(request.args.get("right", "")))
    left = _found(desk, package, read_number(request.args.get("left", "")) or max(right.version - 1, 1))
    pairs = [
        (next((x for x in left.lines if x.line_no == n), None), next((x for x in right.lines if x.line_no == n), None))
        for n in sorted({line.line_no for side in (left, right) for line in side.lines})
    ]
    with desk.reading() as connection:
        versions = dossiers.versions(connection, desk.me.treasury_id, package)
    return show(
        desk, "compare", of=right, year=right.head.fiscal_year, left=left, right=right, pairs=pairs, versions=versions
    )  # fmt: skip


@duty("COMP")
def budget_package_new(desk: Desk, year: int) -> Answer:
    """Open a package: what it is for good, then its first version."""
    return _edit(desk, year, None)


@duty("COMP")
def budget_package_edit(desk: Desk, package: str) -> Answer:
    """Make another version of a package."""
    found = _found(desk, package)
    return _edit(desk, found.head.fiscal_year, found)


def _edit(desk: Desk, year: int, kept: Dossier | None) -> Answer:
    form, known = request.form, words(desk.language)
    agency = kept.head.agency if kept else request.values.get("agency", "")
    choices = _choices(desk, year, agency)
    if kept is None and (request.values.get("category") not in CATEGORIES or not agency):
        return show(desk, "package_new", year=year, agency=agency, of=choices, categories=CATEGORIES)
    problems: dict[str, str] = {}
    if request.method == "GET":
        lines = [kept_line(line) for line in kept.lines] if kept else []
        return _form(desk, year, agency, kept, choices, lines, {}, problems)
    package, lines = _package(year, agency, kept, choices, problems, known)
    amounts = {n: computed(line, choices.offered) for n, line in enumerate(package.lines, 1)}
    if form.get("do") != "save":
        return _form(desk, year, agency, kept, choices, lines, amounts, {}, more=form.get("do") == "add")
    if not problems:
        there = kept or _there(desk, package.package)
        if there is not None and (read_number(form.get("version", "")) or 0) != there.version:
            if _is_saved(package, there, choices):
                return went("budget_package", package=package.package)  # the form was sent twice
            problems = {"activity" if kept else "activity_code": known["package_there"].format(n=there.version)}
    if not problems:
        try:
            with desk.writing() as tx:
                save_package(tx, package)
        except LedgerError as refusal:
            problems = {_field(refusal): told(desk, refusal)}
        else:
            return went("budget_package", package=package.package)
    return _form(desk, year, agency, kept, choices, lines, amounts, problems)


def _there(desk: Desk, package: str) -> Dossier | None:
    """Give the newest version of a package; None if there is none."""
    with desk.reading() as connection:
        try:
            return dossiers.dossier(connection, desk.me.treasury_id, package)
        except UnknownBudgetRecord:
            return None


def _is_saved(package: Package, there: Dossier, choices: Choices) -> bool:
    """Tell whether a version says what the form says."""
    lines = tuple(
        as_line(n, kept_line(line), choices.offered, choices.kinds, {}, defaultdict(str))
        for n, line in enumerate(there.lines, 1)
    )
    said = (package.activity, package.mandate, package.consequences, package.lines, set(package.targets))
    return said == (there.activity, there.mandate, there.consequences, lines, set(there.targets))


def _package(
    year: int, agency: str, kept: Dossier | None, choices: Choices, problems: dict[str, str], known: Mapping[str, str]
) -> tuple[Package, list[TypedLine]]:
    """Read the form; what is fixed comes from the package as it was opened."""
    form = request.form
    needed(form, ("activity", "consequences"), problems, known)
    if kept is None:
        needed(form, ("activity_code", "func", "fund", "name_zh", "name_en"), problems, known)
    category = kept.head.category if kept else form.get("category", "")
    if category not in CATEGORIES:
        absent()
    level = kept.head.level if kept else (read_number(form.get("level", "")) or 1) if category == "project" else 1
    code = kept.head.activity_code if kept else text_of(form, "activity_code", 30)
    lines = []
    for typed in typed_lines(form):
        standard = meant(list(choices.offered.values()), typed.standard) if typed.standard else ""
        lines.append(replace(typed, standard=standard))
    if not lines:
        problems["1.standard"] = known["no_lines"]
    made = tuple(as_line(n, line, choices.offered, choices.kinds, problems, known) for n, line in enumerate(lines, 1))
    package = Package(
        package=kept.head.package
        if kept
        else f"{year}-{agency}-{code}" + (f"-{level}" if category == "project" else ""),
        fiscal_year=year,
        agency=agency,
        category=category,  # type: ignore[arg-type]
        activity_code=code,
        func=kept.head.func if kept else text_of(form, "func").split(" ", 1)[0],
        fund=kept.head.fund if kept else form.get("fund", ""),
        name_zh=kept.head.name_zh if kept else text_of(form, "name_zh", 200),
        name_en=kept.head.name_en if kept else text_of(form, "name_en", 200),
        activity=prose_of(form, "activity"),
        consequences=prose_of(form, "consequences"),
        mandate=prose_of(form, "mandate"),
        level=level,
        project=kept.head.project if kept else (form.get("project") or None) if category == "project" else None,
        lines=made,
        targets=typed_targets(form),
    )
    return package, lines


_AT = {
    MandateMissing: "mandate",
    ProjectNotInLibrary: "project",
    PackageChanged: "activity_code",
    InvalidText: "activity_code",
}


def _field(refusal: LedgerError) -> str:
    """Tell at which field a refusal belongs."""
    line, dim = refusal.facts.get("line"), refusal.facts.get("dim")
    if isinstance(refusal, NoStandard):
        return f"{line or 1}.standard"
    if isinstance(refusal, NotCounted):
        return f"{line or 1}.quantity"
    if isinstance(refusal, InvalidAmount):
        return "1.quantity"
    if isinstance(refusal, UnknownCode):
        return f"{line}.econ" if line else str(dim) if dim in {"func", "fund", "agency"} else "activity_code"
    return _AT.get(type(refusal), "activity")


def _choices(desk: Desk, year: int, agency: str) -> Choices:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        return Choices(
            {each.standard: each for each in prices.offered(connection, treasury, agency, year)},
            {each.driver: each for each in registers.driver_kinds(connection)},
            draft_checks.codes(connection, treasury, "dept_econ"),
            draft_checks.codes(connection, treasury, "func"),
            draft_checks.codes(connection, treasury, "fund"),
            registers.library(connection, treasury, agency),
            [each for each in registers.agencies(connection, treasury) if each.mine],
        )


def _form(
    desk: Desk, year: int, agency: str, kept: Dossier | None, choices: Choices, lines: list[TypedLine],
    amounts: Mapping[int, int | None], problems: Mapping[str, str], *, more: bool = False,
) -> Answer:  # fmt: skip
    fresh = request.method == "GET"
    spoken = {name: request.form.get(name, "") for name in ("mandate", "activity", "consequences")}
    targets = {kind: request.form.get(f"target_{kind}", "") for kind in TARGETS}
    if fresh and kept:
        spoken = {"mandate": kept.mandate, "activity": kept.activity, "consequences": kept.consequences}
        targets = kept_targets(kept)
        amounts = {line.line_no: line.fen for line in kept.lines}
    blank = _MORE if more or not lines else 1
    return show(
        desk,
        "package_edit",
        problems=problems,
        year=year,
        agency=agency,
        kept=kept,
        of=choices,
        lines=[*lines, *[TypedLine()] * blank],
        amounts=amounts,
        total=sum(fen or 0 for fen in amounts.values()),
        spoken=spoken,
        targets=targets,
        initials=initials,
        categories=CATEGORIES,
        category=kept.head.category if kept else request.values.get("category", "personnel"),
    )


ROUTES = (
    Route("/budget/<int:year>/packages/new", budget_package_new, ("GET", "POST")),
    Route("/budget/packages/<package>", budget_package),
    Route("/budget/packages/<package>/withdraw", budget_package_withdraw, ("POST",)),
    Route("/budget/packages/<package>/edit", budget_package_edit, ("GET", "POST")),
    Route("/budget/packages/<package>/compare", budget_compare),
)
