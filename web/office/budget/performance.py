"""How a budget is carried out: pace against time with its reasons, and what each approved project achieved."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import registers
from ledger.compilation.performance import (
    FULL_SCORE,
    Answered,
    PaceReason,
    Project,
    confirm_results,
    explain_pace,
    pace,
    project_year,
    projects,
    record_results,
)
from ledger.compilation.performance import Answer as Achieved
from ledger.errors import LedgerError
from web.clock import today
from web.office.budget.words import LINE_SEERS, day_of, needed, prose_of, read_number, read_score, show, told, words
from web.office.desk import Desk, Route, absent, duty, went

_SAYS_WHY = ("COMP", "APPL")
_MONTHS = {str(n): n for n in range(1, 13)}


@duty(*LINE_SEERS)
def budget_performance(desk: Desk, year: int) -> Answer:
    """Show the pace of each agency today, and how far the results of the projects are."""
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        found = projects(connection, treasury, year)
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        agencies = registers.approved_agencies(connection, treasury, year)
        months = {each: pace(connection, treasury, year, each, today()) for each in agencies}
    paces = {agency: known[-1] if known else None for agency, known in months.items()}
    return show(desk, "performance", year=year, found=found, named=named, paces=paces)


@duty(*LINE_SEERS)
def budget_pace(desk: Desk, year: int, agency: str) -> Answer:
    """Show the months of an agency, each as it stood at its end, with the reason for what is off pace."""
    return _pace(desk, year, agency)


def _pace(desk: Desk, year: int, agency: str, problems: Mapping[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        of = next((each for each in registers.agencies(connection, treasury) if each.agency == agency), None)
        if of is None or agency not in registers.approved_agencies(connection, treasury, year):
            absent()
        months = pace(connection, treasury, year, agency, today())
    unsaid = [each.month for each in months if each.off and each.reason is None]
    return show(
        desk,
        "pace",
        problems=problems,
        error=error,
        year=year,
        of=of,
        months=months,
        month=unsaid[0] if unsaid else (months[-1].month if months else 1),
        mine=desk.me.duty in _SAYS_WHY and of.mine and bool(months),
    )


@duty(*_SAYS_WHY)
def budget_pace_explain(desk: Desk, year: int, agency: str) -> Answer:
    """Record why a month is off pace; a newer reason replaces an older one, and both are kept."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("pace_reason", "pace_remedy"), problems, known)
    due_on = day_of(form, "pace_due_on", problems, known)
    month = _MONTHS.get(form.get("month", ""))
    if month is None:
        problems["month"] = known["no_number"]
    if problems or month is None:
        return _pace(desk, year, agency, problems)
    reason = PaceReason(
        fiscal_year=year,
        agency=agency,
        month=month,
        reason=prose_of(form, "pace_reason"),
        remedy=prose_of(form, "pace_remedy"),
        due_on=due_on,
    )
    try:
        with desk.writing() as tx:
            explain_pace(tx, reason)
    except LedgerError as refusal:
        return _pace(desk, year, agency, error=told(desk, refusal))
    return went("budget_pace", year=year, agency=agency)


@duty(*LINE_SEERS)
def budget_results(desk: Desk, package: str) -> Answer:
    """Show what a project was to achieve and what became of it."""
    return _results(desk, package)


def _results(desk: Desk, package: str, problems: Mapping[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        year, one = _project(desk, package, connection)
        of = next((each for each in registers.agencies(connection, treasury) if each.agency == one.agency), None)
    return show(
        desk,
        "results",
        problems=problems,
        error=error,
        year=year,
        one=one,
        of=of,
        mine=desk.me.duty == "COMP" and of is not None and of.mine,
        confirms=desk.me.duty == "REVW" and one.version is not None and one.confirmer is None
        and one.recorded_by != desk.me.person,
    )  # fmt: skip


def _project(desk: Desk, package: str, connection: Any) -> tuple[int, Project]:  # noqa: ANN401 - as the desk reads
    known = project_year(connection, desk.me.treasury_id, package)
    found = projects(connection, desk.me.treasury_id, known[0], package=package) if known else []
    if known is None or not found:
        absent()
    return known[0], found[0]


@duty("COMP")
def budget_results_record(desk: Desk, package: str) -> Answer:
    """Record the results of all objectives as a new version."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    with desk.reading() as connection:
        _, one = _project(desk, package, connection)
    answers = []
    for each in one.answers:
        at = f"{each.target_no}"
        score, met = read_score(form.get(f"{at}.score", "")), form.get(f"{at}.met") == "1"
        result, cause = prose_of(form, f"{at}.result"), prose_of(form, f"{at}.cause")
        if score is None or score > FULL_SCORE:
            problems[f"{at}.score"] = known["no_score"]
        if not result:
            problems[f"{at}.result"] = known["missing"]
        if not met and not cause:
            problems[f"{at}.cause"] = known["cause_missing"]
        answers.append(Achieved(target_no=each.target_no, result=result, score_tenths=score or 0, met=met, cause=cause))
    if problems:
        return _results(desk, package, problems)
    if one.version is not None and answers == [_kept(each) for each in one.answers]:
        return went("budget_results", package=package)  # the form was sent twice; what was confirmed stays so
    try:
        with desk.writing() as tx:
            record_results(tx, package, answers)
    except LedgerError as refusal:
        return _results(desk, package, error=told(desk, refusal))
    return went("budget_results", package=package)


def _kept(each: Answered) -> Achieved:
    """Give what is recorded of an objective as it would be recorded again."""
    return Achieved(
        target_no=each.target_no,
        result=each.result or "",
        score_tenths=each.score_tenths or 0,
        met=bool(each.met),
        cause=each.cause or "",
    )


@duty("REVW")
def budget_results_confirm(desk: Desk, package: str) -> Answer:
    """Confirm the version that was looked at."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("result_opinion",), problems, known)
    if problems:
        return _results(desk, package, problems)
    version = read_number(form.get("version", "")) or 0
    try:
        with desk.writing() as tx:
            confirm_results(tx, package, version, prose_of(form, "result_opinion"))
    except LedgerError as refusal:
        return _results(desk, package, error=told(desk, refusal))
    return went("budget_results", package=package)


ROUTES = (
    Route("/budget/<int:year>/performance", budget_performance),
    Route("/budget/<int:year>/agencies/<agency>/pace", budget_pace),
    Route("/budget/<int:year>/agencies/<agency>/pace/explain", budget_pace_explain, ("POST",)),
    Route("/budget/packages/<package>/results", budget_results),
    Route("/budget/packages/<package>/results/record", budget_results_record, ("POST",)),
    Route("/budget/packages/<package>/results/confirm", budget_results_confirm, ("POST",)),
)
