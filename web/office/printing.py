"""Vouchers as the profession prints them: posted ones by set and number, drafts by their own."""

from uuid import UUID

from werkzeug.wrappers import Response as Answer

from ledger import draft_checks, drafts, papers
from web.office.desk import DRAFT_READERS, READERS, Desk, Route, duty, page
from web.office.paper import of_draft, of_voucher


@duty(*READERS)
def voucher(desk: Desk, code: str, label: str, no: int) -> Answer:
    """Show a posted voucher."""
    return _posted(desk, "voucher.html", code, label, no)


@duty(*READERS)
def print_voucher(desk: Desk, code: str, label: str, no: int) -> Answer:
    """Lay a posted voucher out for print."""
    desk.record("print", f"{code}/{label}/{no}")
    return _posted(desk, "print.html", code, label, no)


def _posted(desk: Desk, template: str, code: str, label: str, no: int) -> Answer:
    with desk.reading() as connection:
        found = papers.voucher(connection, desk.me.treasury_id, code, label, no)
        attached, count = [], None
        if found.draft_id is not None and desk.me.duty in DRAFT_READERS:
            draft = drafts.find(connection, desk.me.treasury_id, found.draft_id)
            count = drafts.content_of(connection, desk.me.treasury_id, found.draft_id, draft.version).papers
            attached = drafts.attachments(connection, desk.me.treasury_id, found.draft_id)
    return page(desk, template, voucher=found, paper=of_voucher(desk, found, count), attached=attached)


@duty(*DRAFT_READERS)
def print_draft(desk: Desk, draft_id: UUID) -> Answer:
    """Lay a draft out for print, marked as not posted unless it is."""
    with desk.reading() as connection:
        found = drafts.find(connection, desk.me.treasury_id, draft_id)
        content = drafts.content_of(connection, desk.me.treasury_id, draft_id, found.version)
        known = draft_checks.accounts(connection, found.chart)
    desk.record("print", f"draft/{found.no}")
    return page(desk, "print.html", draft=found, paper=of_draft(desk, found, content, known))


ROUTES = (
    Route("/books/<code>/vouchers/<label>/<int:no>", voucher),
    Route("/books/<code>/vouchers/<label>/<int:no>/print", print_voucher),
    Route("/drafts/<uuid:draft_id>/print", print_draft),
)
