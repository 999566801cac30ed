"""Closing periods: what stands in the way, then softly or for good, with a reason that is kept; and a next year."""

import re
from http import HTTPStatus

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import checklist, drafts, yearend
from ledger import periods as books
from ledger.books import Books
from ledger.errors import LedgerError
from web.clock import today
from web.office.desk import Desk, Route, absent, duty, page, refused, went

_VERBS = {"soft": books.close_softly, "hard": books.close_for_good, "reopen": books.reopen}
_YEAR_END = 12
_YEAR = re.compile(r"[1-9][0-9]{3}", re.ASCII)


@duty("CLOS")
def periods(desk: Desk) -> Answer:
    """List the sets with the period that closes next, and open those of the next year."""
    error = ""
    if request.method == "POST":
        typed = request.form.get("year", "")
        year = int(typed) if _YEAR.fullmatch(typed) else absent()
        try:
            with desk.writing() as tx:
                made = yearend.open_next_year(tx, year)
        except LedgerError as refusal:
            error = refused(refusal, desk.language)
        else:
            desk.record("next_year", str(year), sets=made)
            return went("periods")
    with desk.reading() as connection:
        found = checklist.periods(connection, desk.me.treasury_id)
        known = Books.read(connection, desk.me.treasury_id).sets.values()
    by_set: dict[str, list[checklist.Period]] = {}
    for period in found:
        by_set.setdefault(period.account_set, []).append(period)
    there = {(each.role, each.agency, each.fiscal_year) for each in known if each.code in by_set}
    following = {year + 1 for role, agency, year in there if role != "import" and (role, agency, year + 1) not in there}
    soon = sorted(year for year in following if year <= today().year + 1)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return page(desk, "periods.html", status, by_set=by_set, following=soon[-1:], error=error)


@duty("CLOS")
def period(desk: Desk, code: str, number: int) -> Answer:
    """Show the checklist of a period, and close it."""
    error = ""
    if request.method == "POST":
        verb = _VERBS.get(request.form.get("do", ""))
        reason = " ".join(request.form.get("reason", "").split())[:500]
        if verb is None:
            absent()
        blocked = _blocked(desk, code, number) if verb is books.close_for_good else False
        if not reason or blocked:
            error = desk.texts["close_blocked" if blocked else "close_reason_missing"]
        else:
            try:
                with desk.writing() as tx:
                    verb(tx, code, number, reason)
            except LedgerError as refusal:
                error = refused(refusal, desk.language)
            else:
                desk.record("period", f"{code}/{number}", do=request.form["do"], reason=reason)
                return went("period", code=code, number=number)
    with desk.reading() as connection:
        items = checklist.before_close(connection, desk.me.treasury_id, code, number)
        found = next(p for p in checklist.periods(connection, desk.me.treasury_id, code) if p.period_no == number)
        waiting = [
            d
            for d in drafts.listed(connection, desk.me.treasury_id, account_set=code)
            if d.state in {"draft", "rejected", "submitted", "reviewed"}
        ]
        year = yearend.close_checklist(connection, desk.me.treasury_id, code) if number == _YEAR_END else ()
    return page(
        desk,
        "period.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        of=found,
        items=items,
        waiting=waiting,
        year=year,
        blocked=any(item.required and not item.ok for item in items),
        error=error,
    )


def _blocked(desk: Desk, code: str, number: int) -> bool:
    with desk.reading() as connection:
        items = checklist.before_close(connection, desk.me.treasury_id, code, number)
    return any(item.required and not item.ok for item in items)


ROUTES = (
    Route("/periods", periods, ("GET", "POST")),
    Route("/periods/<code>/<int:number>", period, ("GET", "POST")),
)
