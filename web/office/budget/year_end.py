"""The year end of a budget, at the desk: settle what is open, carry over or let lapse, open again, and undo it all."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.compilation import carry_over, registers
from ledger.errors import LedgerError, UnknownBook
from ledger.sequencer import sequence
from web.office.budget.words import END_SEERS, class_names, needed, show, text_of, told, words
from web.office.desk import Desk, Route, duty, went

_PREPARERS = {"ISSU": ("REVW",), "PCHK": ("APPL", "OVER"), "AUDT_IN": ("BOOK",)}


@duty(*END_SEERS)
def budget_year_end(desk: Desk, year: int) -> Answer:
    """Show what is left of a year's budget, what the rule does with it, and the steps that were taken."""
    return _year_end(desk, year)


def _year_end(desk: Desk, year: int, problems: Mapping[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        try:
            end: carry_over.YearEnd | None = carry_over.read_year_end(connection, treasury, year)
        except UnknownBook:
            end = None
        agencies = registers.agencies(connection, treasury)
        classes = class_names(desk, connection)
        able = [registers.holders(connection, treasury, each) for each in _PREPARERS.get(desk.me.duty or "", ())]
        revenues = draft_checks.codes(connection, treasury, "revenue") if desk.me.duty == "ISSU" else []
    return show(
        desk,
        "year_end",
        problems=problems,
        error=error,
        year=year,
        end=end,
        unsettled=end.unsettled() if end else [],
        to_end=[each for each in end.left if each.unspent] if end else [],
        to_open=end.to_open() if end else {},
        lapses=set(request.form.getlist("lapse")),
        named={each.agency: desk.pick(each.name_zh, each.name_en) for each in agencies},
        classes=classes,
        preparers=sorted({who for some in able for who in some}),
        revenues=revenues,
    )


def _step(
    desk: Desk,
    year: int,
    work: Callable[..., object],
    *asked: str,
    **more: Any,  # noqa: ANN401 - the step's own
) -> Answer:
    """Take one step with what its form says; what is refused is said, and nothing of it stands."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("end_prepared_by", *asked), problems, known)
    if problems:
        return _year_end(desk, year, problems)
    if "end_document" in asked:
        more["document"] = text_of(form, "end_document", 200)
    try:
        with desk.writing() as tx:
            work(tx, year, **more, prepared_by=form["end_prepared_by"])
    except LedgerError as refusal:
        return _year_end(desk, year, error=told(desk, refusal))
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_year_end", year=year)


@duty("PCHK")
def budget_year_end_free(desk: Desk, year: int) -> Answer:
    """Set free what is still held."""
    return _step(desk, year, carry_over.release_holds, "end_document")


@duty("PCHK")
def budget_year_end_hold(desk: Desk, year: int) -> Answer:
    """Hold again in the next year what was held and carried over."""
    return _step(desk, year, carry_over.hold_again, "end_document")


@duty("ISSU")
def budget_year_end_cancel(desk: Desk, year: int) -> Answer:
    """Cancel what no unit was given."""
    revenue = request.form.get("end_revenue", "").strip().split(" ", 1)[0]
    with desk.reading() as connection:
        known = {code for code, *_ in draft_checks.codes(connection, desk.me.treasury_id, "revenue")}
    if revenue not in known:
        return _year_end(desk, year, {"end_revenue": words(desk.language)["no_revenue"]})
    return _step(desk, year, carry_over.cancel_undistributed, "end_document", revenue=revenue)


@duty("ISSU")
def budget_year_end_take(desk: Desk, year: int) -> Answer:
    """Carry over, or let lapse, everything that is left."""
    lapse = frozenset(request.form.getlist("lapse"))
    return _step(desk, year, carry_over.end_budget_year, "end_document", lapse=lapse)


@duty("ISSU")
def budget_year_end_open(desk: Desk, year: int) -> Answer:
    """Open in the next year what was carried over."""
    return _step(desk, year, carry_over.reopen_carried, "end_document")


@duty("AUDT_IN")
def budget_year_end_undo(desk: Desk, year: int) -> Answer:
    """Undo every step that stands."""
    return _step(desk, year, carry_over.undo_year_end)


ROUTES = (
    Route("/budget/<int:year>/year-end", budget_year_end),
    Route("/budget/<int:year>/year-end/free", budget_year_end_free, ("POST",)),
    Route("/budget/<int:year>/year-end/hold", budget_year_end_hold, ("POST",)),
    Route("/budget/<int:year>/year-end/cancel", budget_year_end_cancel, ("POST",)),
    Route("/budget/<int:year>/year-end/take", budget_year_end_take, ("POST",)),
    Route("/budget/<int:year>/year-end/open", budget_year_end_open, ("POST",)),
    Route("/budget/<int:year>/year-end/undo", budget_year_end_undo, ("POST",)),
)
