"""How an approved budget changes: what the issuer may move between lines, what is approved singly, and adjustments."""

from collections.abc import Mapping, Sequence

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.budget_errors import AdjustmentNotApproved, AlreadyApproved, BeyondAuthority, StabilisationFundShort
from ledger.compilation import registers
from ledger.compilation.adjustments import (
    Adjustment,
    AdjustmentShown,
    DrawStabilisation,
    adjustments,
    draw_stabilisation,
    draws,
    record_adjustment,
    stabilisation_fund,
)
from ledger.compilation.authority import (
    ReallocationLimit,
    approve_reallocation,
    approved_moves,
    limit_in_force,
    moves,
    set_reallocation_limit,
)
from ledger.compilation.indicators import ReallocateIndicator, reallocate_indicator
from ledger.errors import InvalidAmount, LedgerError
from ledger.money import Fen, format_yuan
from ledger.sequencer import sequence
from web.clock import today
from web.office.budget.chains import Standing, books_of, explain
from web.office.budget.words import (
    CHANGE_SEERS,
    day_of,
    needed,
    passed_of,
    read_amount,
    reason,
    show,
    text_of,
    told,
    words,
)
from web.office.desk import Desk, Route, duty, went


@duty(*CHANGE_SEERS)
def budget_changes(desk: Desk, year: int) -> Answer:
    """Show the limits of reallocation, what was moved and approved, the adjustments, and what was drawn by them."""
    return _changes(desk, year)


def _changes(
    desk: Desk, year: int, problems: Mapping[str, str] | None = None, refusal: LedgerError | None = None
) -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        books = books_of(connection, treasury, year)
        limit = limit_in_force(connection, treasury)
        approved = approved_moves(connection, treasury)
        moved = moves(connection, treasury, year)
        adjusted = adjustments(connection, treasury, year)
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        reviewers = registers.holders(connection, treasury, "REVW")
        keepers = registers.holders(connection, treasury, "BOOK")
        held = stabilisation_fund(connection, treasury, year)
        drawn = draws(connection, treasury, year)
        explained = explain(connection, treasury, year, refusal) if refusal else None
    return show(
        desk,
        "changes",
        problems=problems,
        error=told(desk, refusal) if refusal and not explained else "",
        refusal=reason(desk, refusal) if refusal and explained else "",
        explained=explained,
        year=year,
        limit=limit,
        approved=approved,
        moved=moved,
        adjusted=adjusted,
        lines=[each for each in books.standings if each.issued_fen],
        named=named,
        reviewers=reviewers,
        keepers=[each for each in keepers if each[0] != desk.me.person],
        held=held,
        drawn=drawn,
        drawable=[each for each in adjusted if each.left_fen > 0],
        today=today(),
        giver=request.values.get("giver", ""),
    )


@duty("APPR")
def budget_limit_set(desk: Desk, year: int) -> Answer:
    """Set what may move in one event without further approval."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("limit_document",), problems, known)
    same = _amount("limit_same", problems, known)
    other = _amount("limit_other", problems, known)
    if problems:
        return _changes(desk, year, problems)
    try:
        with desk.writing() as tx:
            document = text_of(form, "limit_document", 200)
            set_reallocation_limit(tx, ReallocationLimit(same_func_fen=same, other_func_fen=other, document=document))
    except InvalidAmount:
        return _changes(desk, year, {"limit_other": known["limit_order"]})
    except LedgerError as refusal:
        return _changes(desk, year, {"limit_document": told(desk, refusal)})
    return went("budget_changes", year=year)


@duty("APPR")
def budget_move_approve(desk: Desk, year: int) -> Answer:
    """Approve one reallocation by its number, up to an amount."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("approved_key", "approved_document"), problems, known)
    fen = _amount("approved_amount", problems, known)
    if problems:
        return _changes(desk, year, problems)
    try:
        with desk.writing() as tx:
            approve_reallocation(tx, text_of(form, "approved_key", 80), fen, text_of(form, "approved_document", 200))
    except InvalidAmount as refusal:
        return _changes(desk, year, {"approved_amount": told(desk, refusal)})
    except LedgerError as refusal:
        return _changes(desk, year, {"approved_key": told(desk, refusal)})
    return went("budget_changes", year=year, _anchor="approvals")


@duty("ISSU")
def budget_move(desk: Desk, year: int) -> Answer:
    """Move budget from one line to another; beyond the limit, only what was approved under the same number."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("move_key", "move_document"), problems, known)
    fen = _amount("move_amount", problems, known)
    if not fen:
        problems.setdefault("move_amount", known["no_amount"])
    on = day_of(form, "move_on", problems, known, year=year)
    with desk.reading() as connection:
        standings = books_of(connection, desk.me.treasury_id, year).standings
    giver, taker = _line("giver", standings, problems, known), _line("taker", standings, problems, known)
    if giver and taker and giver.of.indicator == taker.of.indicator:
        problems["taker"] = known["same_line"]
    elif giver and taker and giver.of.fund != taker.of.fund:
        problems["taker"] = known["other_fund"]
    if problems or giver is None or taker is None:
        return _changes(desk, year, problems)
    key = text_of(form, "move_key", 80)
    order = ReallocateIndicator(
        key=key,
        on=on,
        narration=words("zh")["move_narration"].format(giver=giver.of.indicator, taker=taker.of.indicator),
        prepared_by=form.get("prepared_by", ""),
        document=text_of(form, "move_document", 200),
        source=giver.of.line(giver.of.indicator, giver.of.agency),
        target=taker.of.line(taker.of.indicator, taker.of.agency),
        amount=Fen(fen),
    )
    try:
        with desk.writing() as tx:
            reallocate_indicator(tx, order)
    except BeyondAuthority as refusal:
        return _changes(
            desk, year, {"move_amount": f"{told(desk, refusal)}{known['stop']} {known['ask_approval'].format(key=key)}"}
        )
    except LedgerError as refusal:
        return _changes(desk, year, refusal=refusal)
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_changes", year=year, _anchor="moves")


@duty("APPR")
def budget_adjustment_record(desk: Desk, year: int) -> Answer:
    """Record an adjustment that the standing committee approved, before anything is posted by it."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("adjustment_document", "adjustment_title"), problems, known)
    fen = _amount("adjustment_amount", problems, known)
    passed_on = passed_of(form, "adjustment_passed_on", problems, known, year=year)
    if problems:
        return _changes(desk, year, problems)
    adjustment = Adjustment(
        fiscal_year=year,
        document=text_of(form, "adjustment_document", 200),
        title=text_of(form, "adjustment_title"),
        passed_on=passed_on,
        amount_fen=fen,
    )
    try:
        with desk.writing() as tx:
            record_adjustment(tx, adjustment)
    except AlreadyApproved as refusal:
        return _changes(desk, year, {"adjustment_document": told(desk, refusal)})
    except InvalidAmount as refusal:
        return _changes(desk, year, {"adjustment_amount": told(desk, refusal)})
    except LedgerError as refusal:
        return _changes(desk, year, refusal=refusal)
    return went("budget_changes", year=year, _anchor="adjustments")


@duty("ISSU")
def budget_cut(desk: Desk, year: int) -> Answer:
    """Go to the line that is to be cut; what is cut and by which adjustment is said on its own page."""
    problems: dict[str, str] = {}
    with desk.reading() as connection:
        standings = books_of(connection, desk.me.treasury_id, year).standings
    line = _line("cut_line", standings, problems, words(desk.language))
    if line is None:
        return _changes(desk, year, problems)
    return went("budget_indicator", indicator=line.of.indicator, _anchor="change")


@duty("AUDT_IN")
def budget_draw(desk: Desk, year: int) -> Answer:
    """Post a draw on the stabilisation fund by an approved adjustment; beyond it or the fund it is refused."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("draw_document", "draw_key", "draw_prepared_by"), problems, known)
    fen = _amount("draw_amount", problems, known)
    if not fen:
        problems.setdefault("draw_amount", known["no_amount"])
    on = day_of(form, "draw_on", problems, known, year=year)
    document = text_of(form, "draw_document", 200)
    with desk.reading() as connection:
        adjusted = {each.document: each for each in adjustments(connection, desk.me.treasury_id, year)}
        able = {person for person, _ in registers.holders(connection, desk.me.treasury_id, "BOOK")} - {desk.me.person}
    if document not in adjusted:
        problems.setdefault("draw_document", known["no_adjustment"])
    if form.get("draw_prepared_by", "") not in able:
        problems.setdefault("draw_prepared_by", known["not_preparer"])
    if problems:
        return _changes(desk, year, problems)
    order = DrawStabilisation(
        key=text_of(form, "draw_key", 80),
        on=on,
        narration=words("zh")["draw_narration"].format(document=document),
        prepared_by=form["draw_prepared_by"],
        document=document,
        amount=Fen(fen),
    )
    try:
        with desk.writing() as tx:
            draw_stabilisation(tx, order)
    except AdjustmentNotApproved:
        return _changes(desk, year, _beyond(adjusted[document], order, known))
    except StabilisationFundShort as refusal:
        held = int(str(refusal.facts["held_fen"]))
        said = known["draw_beyond_fund"].format(fen=format_yuan(fen), held=format_yuan(held))
        return _changes(desk, year, {"draw_amount": said})
    except LedgerError as refusal:
        return _changes(desk, year, refusal=refusal)
    sequence(desk.source, desk.me.treasury_id)
    return went("budget_changes", year=year, _anchor="draws")


def _beyond(of: AdjustmentShown, order: DrawStabilisation, known: Mapping[str, str]) -> dict[str, str]:
    """Tell what an adjustment does not cover: the day, or the amount, with its figures."""
    if of.passed_on > order.on:
        return {"draw_on": known["draw_too_early"].format(document=of.document, day=of.passed_on)}
    figures = {"fen": order.amount, "whole": of.amount_fen, "used": of.used_fen, "left": of.left_fen}
    said = known["draw_beyond_adjustment"].format(**{name: format_yuan(fen) for name, fen in figures.items()})
    return {"draw_amount": said}


def _amount(name: str, problems: dict[str, str], known: Mapping[str, str]) -> int:
    """Read an amount of the form; where it is none, say so at its field."""
    fen = read_amount(request.form.get(name, ""))
    if fen is None:
        problems[name] = known["no_amount"]
    return fen or 0


def _line(
    name: str, standings: Sequence[Standing], problems: dict[str, str], known: Mapping[str, str]
) -> Standing | None:
    """Find the line that was meant: its code, or its code with what stands behind it in the list."""
    code = request.values.get(name, "").strip().split(" ", 1)[0]
    found = next((each for each in standings if each.of.indicator == code), None)
    if found is None:
        problems[name] = known["no_line"]
    return found


ROUTES = (
    Route("/budget/<int:year>/changes", budget_changes),
    Route("/budget/<int:year>/changes/limit", budget_limit_set, ("POST",)),
    Route("/budget/<int:year>/changes/approvals", budget_move_approve, ("POST",)),
    Route("/budget/<int:year>/changes/moves", budget_move, ("POST",)),
    Route("/budget/<int:year>/changes/adjustments", budget_adjustment_record, ("POST",)),
    Route("/budget/<int:year>/changes/cut", budget_cut),
    Route("/budget/<int:year>/changes/draws", budget_draw, ("POST",)),
)
