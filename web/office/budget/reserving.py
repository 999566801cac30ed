"""The reserve at the desk: approved with the budget, and given to a line by a decision of the government."""

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import registers
from ledger.compilation.reserve import UseReserve, approve_reserve, reserves, use_reserve
from ledger.errors import LedgerError, UnknownBook
from ledger.money import Fen
from ledger.sequencer import sequence
from web.clock import today
from web.office.budget.chains import books_of
from web.office.budget.words import CHANGERS, class_names, day_of, needed, read_amount, show, text_of, told, words
from web.office.desk import Desk, Route, duty, went


@duty(*CHANGERS)
def budget_reserve_page(desk: Desk, year: int) -> Answer:
    """Show what is left of the reserve and of budget that finance holds."""
    return _page(desk, year)


def _page(desk: Desk, year: int, problems: dict[str, str] | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        try:
            left = reserves(connection, treasury, year)
        except UnknownBook:
            left = []
        standings = books_of(connection, treasury, year).standings
        agencies = registers.agencies(connection, treasury)
        classes = class_names(desk, connection)
        preparers = registers.holders(connection, treasury, "COMP" if desk.me.duty == "APPR" else "REVW")
    return show(
        desk,
        "reserve",
        problems=problems,
        error=error,
        year=year,
        left=left,
        lines=[each for each in standings if each.issued_fen],
        named={each.agency: desk.pick(each.name_zh, each.name_en) for each in agencies},
        classes=classes,
        preparers=preparers,
        today=today(),
    )


@duty("APPR")
def budget_reserve_approve(desk: Desk, year: int) -> Answer:
    """Post the reserve that the Congress approved."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("reserve_key", "reserve_document", "reserve_prepared_by"), problems, known)
    fen = read_amount(form.get("reserve_amount", ""))
    if not fen:
        problems["reserve_amount"] = known["no_amount"]
    on = day_of(form, "reserve_on", problems, known, year=year)
    if problems:
        return _page(desk, year, problems)
    try:
        with desk.writing() as tx:
            approve_reserve(
                tx, year, Fen(fen or 0), key=text_of(form, "reserve_key", 80), on=on,
                document=text_of(form, "reserve_document", 200), prepared_by=form["reserve_prepared_by"],
            )  # fmt: skip
    except LedgerError as refusal:
        return _page(desk, year, error=told(desk, refusal))
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_reserve_page", year=year)


@duty("ISSU")
def budget_reserve_use(desk: Desk, year: int) -> Answer:
    """Give a part of it to a line, which may spend it at once."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("reserve_key", "reserve_document", "reserve_prepared_by"), problems, known)
    fen = read_amount(form.get("reserve_amount", ""))
    if not fen:
        problems["reserve_amount"] = known["no_amount"]
    on = day_of(form, "reserve_on", problems, known, year=year)
    with desk.reading() as connection:
        left = {each.indicator: each for each in reserves(connection, desk.me.treasury_id, year)}
        standings = books_of(connection, desk.me.treasury_id, year).standings
    source = left.get(form.get("reserve_from", ""))
    code = form.get("reserve_to", "").strip().split(" ", 1)[0]
    target = next((each.of for each in standings if each.of.indicator == code), None)
    if source is None:
        problems["reserve_from"] = known["no_line"]
    if target is None:
        problems["reserve_to"] = known["no_line"]
    elif source is not None and source.fund != target.fund:
        problems["reserve_to"] = known["other_fund"]
    if problems or source is None or target is None:
        return _page(desk, year, problems)
    document = text_of(form, "reserve_document", 200)
    order = UseReserve(
        key=text_of(form, "reserve_key", 80), on=on, prepared_by=form["reserve_prepared_by"], document=document,
        narration=words("zh")["reserve_use_narration"].format(line=target.indicator, document=document),
        source=source.line(), target=target.line(target.indicator, target.agency), amount=Fen(fen or 0),
        held=not source.reserve,
    )  # fmt: skip
    try:
        with desk.writing() as tx:
            use_reserve(tx, order)
    except LedgerError as refusal:
        return _page(desk, year, error=told(desk, refusal))
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_reserve_page", year=year)


ROUTES = (
    Route("/budget/<int:year>/reserve", budget_reserve_page),
    Route("/budget/<int:year>/reserve/approve", budget_reserve_approve, ("POST",)),
    Route("/budget/<int:year>/reserve/use", budget_reserve_use, ("POST",)),
)
