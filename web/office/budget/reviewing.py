"""Reviewing a package line by line, and ranking the projects of a department; the prior year comes afterwards."""

from collections.abc import Mapping

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.budget_errors import ReviewRaises, UnknownBudgetRecord
from ledger.compilation import dossiers, registers
from ledger.compilation.dossiers import Dossier
from ledger.compilation.packages import LineReview, rank_packages, review_package
from ledger.errors import LedgerError
from web.office.budget.words import prose_of, read_number, read_quantity, show, text_of, told, words
from web.office.desk import Desk, Route, absent, duty, went

CUTS = ("none", "quantity", "months", "unlawful", "unready", "duplicate", "later")
VOICES = {"COMP": "department", "REVW": "finance", "APPR": "committee"}


@duty("REVW")
def budget_review(desk: Desk, package: str) -> Answer:
    """Review the newest version of a package; a cut has its kind and its reason."""
    with desk.reading() as connection:
        try:
            found = dossiers.dossier(connection, desk.me.treasury_id, package)
        except UnknownBudgetRecord:
            absent()
    if request.method == "GET":
        return _form(desk, found, {})
    problems: dict[str, str] = {}
    lines = _lines(found, problems, words(desk.language))
    version = read_number(request.form.get("version", "")) or 0
    if not problems:
        try:
            with desk.writing() as tx:
                review_package(tx, package, version, lines, prose_of(request.form, "opinion"))
        except ReviewRaises as refusal:
            problems = {f"{refusal.facts.get('line', 1)}.quantity": told(desk, refusal)}
        except LedgerError as refusal:
            problems = {"opinion": told(desk, refusal)}
        else:
            return went("budget_package", package=package)
    return _form(desk, found, problems)


def _lines(found: Dossier, problems: dict[str, str], known: Mapping[str, str]) -> list[LineReview]:
    form, made = request.form, []
    for line in found.lines:
        n = line.line_no
        milli, times = read_quantity(form.get(f"{n}.quantity", "")), read_number(form.get(f"{n}.times", ""))
        cut, reason = form.get(f"{n}.cut", "none"), text_of(form, f"{n}.reason")
        if milli is None:
            problems[f"{n}.quantity"] = known["no_quantity"]
        if times is None:
            problems[f"{n}.times"] = known["no_number"]
        lowered = (milli, times) != (line.quantity_milli, line.times)
        if cut not in CUTS or (lowered and cut == "none"):
            problems[f"{n}.cut"] = known["cut_missing"]
        elif lowered and not reason:
            problems[f"{n}.reason"] = known["reason_missing"]
        if lowered or cut != "none":
            made.append(LineReview(line_no=n, cut=cut, reason=reason, quantity_milli=milli, times=times))  # type: ignore[arg-type]
    return made


def _form(desk: Desk, found: Dossier, problems: Mapping[str, str]) -> Answer:
    return show(desk, "review", problems=problems, of=found, year=found.head.fiscal_year, cuts=CUTS)


@duty(*VOICES)
def budget_ranking(desk: Desk, year: int) -> Answer:
    """Rank the project packages of each department and fund; the duty says whose ranking it is."""
    treasury, voice = desk.me.treasury_id, VOICES[desk.me.duty or ""]
    with desk.reading() as connection:
        projects = [each for each in dossiers.listed(connection, treasury, year) if each.category == "project"]
        places = registers.places(connection, treasury, year)
        weights = registers.weights(connection)
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        resolved = registers.resolution(connection, treasury, year)
    groups: dict[tuple[str, str], list[dossiers.Listed]] = {}
    for each in projects:
        groups.setdefault((each.department, each.fund), []).append(each)
    problems: dict[str, str] = {}
    if request.method == "POST":
        at = (request.form.get("department", ""), request.form.get("fund", ""))
        ranked = _ranked(groups.get(at, []), problems, words(desk.language))
        if not problems:
            try:
                with desk.writing() as tx:
                    rank_packages(tx, year, *at, ranked)
            except LedgerError as refusal:
                problems = {f"place-{refusal.facts.get('package', ranked[0] if ranked else '')}": told(desk, refusal)}
            else:
                return went("budget_ranking", year=year)
    for group in groups.values():
        group.sort(key=lambda each: (places.get(each.package, {}).get(voice, len(group) + 1), each.package))
    return show(
        desk, "ranking", problems=problems, year=year, groups=groups, places=places, weights=weights, named=named,
        voice=voice, resolved=resolved,
    )  # fmt: skip


def _ranked(group: list[dossiers.Listed], problems: dict[str, str], known: Mapping[str, str]) -> list[str]:
    """Read the places: every package has one, from the first to the last, none twice."""
    taken: dict[int, str] = {}
    for each in group:
        name = f"place-{each.package}"
        place = read_number(request.form.get(name, ""))
        if place is None or not 1 <= place <= len(group):
            problems[name] = known["no_place"].format(n=len(group))
        elif place in taken:
            problems[name] = known["place_taken"].format(n=place)
        else:
            taken[place] = each.package
    return [taken[place] for place in sorted(taken)]


ROUTES = (
    Route("/budget/packages/<package>/review", budget_review, ("GET", "POST")),
    Route("/budget/<int:year>/ranking", budget_ranking, ("GET", "POST")),
)
