"""A draft as it stands: the paper, who did what, its attachments, and the buttons with their reasons."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks, journal, papers
from ledger import drafts as books
from ledger.drafts import Content, Draft
from ledger.errors import LedgerError
from ledger.sequencer import sequence
from web.office.desk import DRAFT_READERS, KEEPERS, Desk, Route, absent, duty, onward, page, refused, went
from web.office.paper import of_draft

STATES = ("draft", "rejected", "submitted", "reviewed", "posted", "discarded")


@duty(*DRAFT_READERS)
def drafts(desk: Desk) -> Answer:
    """List drafts; state, author and set are in the address."""
    state, mine = request.args.get("state", ""), request.args.get("mine") == "1"
    with desk.reading() as connection:
        found = books.listed(
            connection,
            desk.me.treasury_id,
            states=[state] if state in STATES else [],
            prepared_by=desk.me.person if mine else None,
            account_set=request.args.get("set") or None,
        )
    return page(
        desk, "drafts.html", found=found, states=STATES, state=state, mine=mine, total=sum(d.debit for d in found)
    )


@duty(*DRAFT_READERS)
def draft(desk: Desk, draft_id: UUID) -> Answer:
    """Show a draft."""
    return _shown(desk, draft_id)


@duty(*DRAFT_READERS)
def version(desk: Desk, draft_id: UUID, version: int) -> Answer:
    """Show an earlier version of a draft."""
    return _shown(desk, draft_id, version)


def _shown(desk: Desk, draft_id: UUID, version: int | None = None, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        found = books.find(connection, treasury, draft_id)
        content = books.content_of(connection, treasury, draft_id, version or found.version)
        known = draft_checks.accounts(connection, found.chart)
        facts = {
            "timeline": books.steps(connection, treasury, draft_id),
            "attached": books.attachments(connection, treasury, draft_id),
            "may": books.allowed(connection, found, desk.me.person, desk.me.duty or "") if version is None else {},
            "rooms": draft_checks.rooms(connection, treasury, found, content),
            "posted": papers.vouchers_of(connection, treasury, found.event_id) if found.event_id else [],
        }
    trial = _rehearsed(desk, found, content) if version is None else ""
    return page(
        desk,
        "draft.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        draft=found,
        content=content,
        paper=of_draft(desk, found, content, known),
        shown_version=version or found.version,
        error=error,
        rehearsal=trial,
        **facts,
    )


def _rehearsed(desk: Desk, draft: Draft, content: Content) -> str:
    """Tell whoever checks what posting would say, with every control on and nothing written."""
    if desk.me.duty != "AUDT_IN" or draft.state not in {"submitted", "reviewed"} or draft.reverses:
        return ""
    if desk.me.person == draft.prepared_by:
        return ""
    try:
        journal.preview(desk.source, desk.me.session(), [books.as_event(draft, content)])
    except LedgerError as refusal:
        return refused(refusal, desk.language)
    return desk.texts["rehearsal_good"]


@duty(*KEEPERS)
def step(desk: Desk, draft_id: UUID, action: str) -> Answer:
    """Take a draft one step further."""
    if action not in books.ACTIONS or action == "save":
        absent()
    given = request.form.get("version", "")
    if not (given.isascii() and given.isdigit()) or len(given) > len("999999999"):
        absent()
    try:
        _take(desk, draft_id, int(given), action, request.form.get("remark", "").strip())
    except LedgerError as refusal:
        return _shown(desk, draft_id, error=refused(refusal, desk.language))
    if action == "post":
        sequence(desk.source, desk.me.treasury_id)
    return onward(request.args.get("next")) if request.args.get("next") else went("draft", draft_id=draft_id)


def _take(desk: Desk, draft_id: UUID, version: int, action: str, remark: str) -> None:
    if action == "post":
        with desk.writing() as tx:
            books.post_draft(tx, draft_id, version)
        return
    with desk.writing() as tx:
        books.step(tx, draft_id, version, action, remark)


@duty("AUDT_IN", "CLOS")
def batch(desk: Desk) -> Answer:
    """Review or post the drafts that were ticked on the page, each for itself; what was refused is told."""
    action = request.form.get("do", "")
    if action not in {"review", "post"}:
        absent()
    told: list[tuple[int, str]] = []
    done, total = 0, 0
    for ticked in request.form.getlist("draft")[:100]:
        text, _, seen = ticked.partition(":")
        try:
            draft_id = UUID(text)
        except ValueError:
            absent()
        if not (seen.isascii() and seen.isdigit()) or len(seen) > len("999999999"):
            absent()
        with desk.reading() as connection:
            found = books.find(connection, desk.me.treasury_id, draft_id)
        try:
            _take(desk, draft_id, int(seen), action, "")
        except LedgerError as refusal:
            told.append((found.no, refused(refusal, desk.language)))
        else:
            done, total = done + 1, total + found.debit
    if action == "post" and done:
        sequence(desk.source, desk.me.treasury_id)
    return page(desk, "batch.html", action=action, done=done, total=total, told=told)


@duty("BOOK")
def attach(desk: Desk, draft_id: UUID) -> Answer:
    """Attach a paper to a draft of one's own."""
    file = request.files.get("paper")
    if file is None or not file.filename:
        return went("draft", draft_id=draft_id)
    try:
        with desk.writing() as tx:
            books.attach(tx, draft_id, file.filename, file.stream.read(books.MOST_BYTES + 1))
    except LedgerError as refusal:
        return _shown(desk, draft_id, error=refused(refusal, desk.language))
    return went("draft", draft_id=draft_id)


@duty(*DRAFT_READERS)
def attachment(desk: Desk, draft_id: UUID, attachment_id: UUID) -> Answer:
    """Give a paper as a file; never as a page of ours."""
    with desk.reading() as connection:
        name, content = books.attachment(connection, desk.me.treasury_id, draft_id, attachment_id)
    desk.record("attachment", str(attachment_id), name=name)
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


ROUTES = (
    Route("/drafts", drafts),
    Route("/drafts/<uuid:draft_id>", draft),
    Route("/drafts/<uuid:draft_id>/versions/<int:version>", version),
    Route("/drafts/<uuid:draft_id>/papers", attach, ("POST",)),
    Route("/drafts/<uuid:draft_id>/papers/<uuid:attachment_id>", attachment),
    Route("/drafts/<uuid:draft_id>/<action>", step, ("POST",)),
    Route("/batch", batch, ("POST",)),
)
