"""Writing a voucher by hand: the form, its lines, and what the account of each line asks for."""

import unicodedata
from http import HTTPStatus
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks, drafts
from ledger.chart import DIMENSIONS
from ledger.draft_checks import DeskAccount
from ledger.drafts import Content, Draft, DraftLine
from ledger.errors import LedgerError
from ledger.money import format_yuan
from web.office.accounts import initials, resolve
from web.office.desk import Desk, Route, absent, duty, page, refused, went
from web.office.sets import listed
from web.office.writing import read_day

_FIRST_LINES, _MORE_LINES = 4, 3


@duty("BOOK")
def new(desk: Desk) -> Answer:
    """Choose the account set of a new voucher, and begin it; in the indicator set nothing is entered by hand."""
    sets = [each for each in listed(desk) if each.open_from is not None and each.of.role != "indicator"]
    error = ""
    if request.method == "POST":
        code = request.form.get("set", "")
        chosen = next((each for each in sets if each.of.code == code), None)
        on = read_day(request.form.get("on", "")) or (chosen.likely_day() if chosen else None)
        content = Content(on, _text(request.form, "narration"))
        try:
            with desk.writing() as tx:
                draft_id, _, _ = drafts.save(tx, code, content)
        except LedgerError as refusal:
            error = refused(refusal, desk.language)
        else:
            return went("edit", draft_id=draft_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return page(desk, "new.html", status, sets=sets, error=error, chosen=request.args.get("set", ""))


@duty("BOOK")
def edit(desk: Desk, draft_id: UUID) -> Answer:
    """Write a draft: every button saves; ``add`` gives more lines, ``submit`` hands it on."""
    with desk.reading() as connection:
        draft = drafts.find(connection, desk.me.treasury_id, draft_id)
        kept = drafts.content_of(connection, desk.me.treasury_id, draft_id, draft.version)
        known = draft_checks.accounts(connection, draft.chart, kept.on)
        may = drafts.allowed(connection, draft, desk.me.person, "BOOK")
    if may.get("save", "state"):
        return went("draft", draft_id=draft_id)
    if request.method == "GET":
        return _form(desk, draft, kept, known)
    content = _content(request.form, kept, known, fixed=draft.reverses is not None)
    do = request.form.get("do", "save")
    try:
        version = _saved(desk, draft, content, changed=content != kept)
        if do == "submit":
            return _submitted(desk, draft_id, content, version, known)
    except LedgerError as refusal:
        return _form(desk, draft, content, known, error=refused(refusal, desk.language))
    if do == "save":
        return went("draft", draft_id=draft_id)
    return went("edit", draft_id=draft_id, more=1 if do == "add" else None)


def _saved(desk: Desk, draft: Draft, content: Content, *, changed: bool) -> int:
    version = _version(request.form)
    if changed or version != draft.version:
        with desk.writing() as tx:
            _, _, version = drafts.save(tx, draft.account_set, content, draft_id=draft.draft_id, version=version)
    return version


def _submitted(desk: Desk, draft_id: UUID, content: Content, version: int, known: dict[str, DeskAccount]) -> Answer:
    with desk.reading() as connection:
        saved = drafts.find(connection, desk.me.treasury_id, draft_id)
        wrong = draft_checks.problems(connection, desk.me.treasury_id, saved, content)
    if wrong:
        return _form(desk, saved, content, known, problems=wrong)
    with desk.writing() as tx:
        drafts.step(tx, draft_id, version, "submit")
    return went("draft", draft_id=draft_id)


def _form(
    desk: Desk,
    draft: Draft,
    content: Content,
    known: dict[str, DeskAccount],
    *,
    error: str = "",
    problems: list[draft_checks.Problem] | None = None,
) -> Answer:
    with desk.reading() as connection:
        rooms = draft_checks.rooms(connection, desk.me.treasury_id, draft, content)
        asked = {d for line in content.lines if line.account in known for d in _asked(known[line.account])}
        codes = {d: draft_checks.codes(connection, desk.me.treasury_id, d) for d in sorted(asked)}
    blank = _MORE_LINES if request.args.get("more") else max(_FIRST_LINES - len(content.lines), 0)
    lines = [*content.lines, *[DraftLine()] * (0 if draft.reverses else blank)]
    wrong: dict[tuple[int | None, str], str] = {}
    for problem in problems or ():
        text = desk.texts[f"problem_{problem.reason}"].format(detail=_told(desk, problem))
        wrong[problem.line, problem.field] = text
    return page(
        desk,
        "edit.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error or problems else HTTPStatus.OK,
        draft=draft,
        content=content,
        lines=lines,
        known=known,
        initials=initials,
        dimensions=DIMENSIONS,
        codes=codes,
        named={d: {code: desk.pick(zh, en) for code, zh, en in found} for d, found in codes.items()},
        rooms=rooms,
        sums=content.sums(),
        error=error,
        wrong=wrong,
    )


def _told(desk: Desk, problem: draft_checks.Problem) -> str:
    if problem.reason != "unbalanced":
        return problem.detail
    book, _, off = problem.detail.partition(":")
    return f"{desk.texts[book]} {format_yuan(int(off))}"


def _asked(account: DeskAccount) -> tuple[str, ...]:
    return (*account.needs, *account.takes)


def _content(form: MultiDict[str, str], kept: Content, known: dict[str, DeskAccount], *, fixed: bool) -> Content:
    """Read the form; the lines of a reversal are those of its event and stay."""
    papers = unicodedata.normalize("NFKC", form.get("papers", "0")).strip()
    lines = kept.lines
    if not fixed:
        numbers = sorted({int(n) for name in form if (n := name.split(".")[0]).isascii() and n.isdigit()})
        read = [_line(form, n, known) for n in numbers[: drafts.MOST_LINES]]
        lines = tuple(line for line in read if not line.is_blank())
    return Content(
        read_day(form.get("on", "")),
        _text(form, "narration"),
        _text(form, "document"),
        min(int(papers), 9999) if papers.isascii() and papers.isdigit() else 0,
        lines,
    )


def _line(form: MultiDict[str, str], number: int, known: dict[str, DeskAccount]) -> DraftLine:
    dims = {
        d: code.split(" ", 1)[0] for d in DIMENSIONS if (code := _text(form, f"{number}.{d}")) and d != "counterparty"
    }
    payee = _text(form, f"{number}.counterparty")
    return DraftLine(
        _text(form, f"{number}.narration"),
        resolve(known, _text(form, f"{number}.account")),
        _amount(form.get(f"{number}.debit", "")),
        _amount(form.get(f"{number}.credit", "")),
        {**dims, **({"counterparty": payee} if payee else {})},
    )


def _amount(typed: str) -> str:
    """Read an amount as people type it: full width, grouped, with a sign of any kind."""
    plain = unicodedata.normalize("NFKC", typed[:40])
    for mark in (",", " ", "¥", "￥", "\u00a0"):
        plain = plain.replace(mark, "")
    return plain.replace("−", "-").strip()


def _text(form: MultiDict[str, str], name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in form.get(name, "")[:500]).split())


def _version(form: MultiDict[str, str]) -> int:
    given = form.get("version", "")
    if not (given.isascii() and given.isdigit()) or len(given) > len("999999999"):
        absent()
    return int(given)


@duty("BOOK")
def copy(desk: Desk, draft_id: UUID) -> Answer:
    """Begin a new draft with the lines of another."""
    with desk.reading() as connection:
        draft = drafts.find(connection, desk.me.treasury_id, draft_id)
        content = drafts.content_of(connection, desk.me.treasury_id, draft_id, draft.version)
    if draft.reverses is not None:
        absent()
    with desk.writing() as tx:
        made, _, _ = drafts.save(tx, draft.account_set, content)
    return went("edit", draft_id=made)


@duty("BOOK")
def reverse(desk: Desk, event_id: UUID) -> Answer:
    """Begin a draft that reverses an event in red."""
    with desk.reading() as connection:
        code, content = drafts.reversal_of(connection, desk.me.treasury_id, event_id)
    with desk.writing() as tx:
        made, _, _ = drafts.save(tx, code, content, reverses=event_id)
    return went("edit", draft_id=made)


ROUTES = (
    Route("/drafts/new", new, ("GET", "POST")),
    Route("/drafts/<uuid:draft_id>/edit", edit, ("GET", "POST")),
    Route("/drafts/<uuid:draft_id>/copy", copy, ("POST",)),
    Route("/events/<uuid:event_id>/reverse", reverse, ("POST",)),
)
