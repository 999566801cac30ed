"""Fees and projects that were recorded and are not public: looked at and published by somebody else."""

from collections.abc import Callable

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from ledger.db import Transaction
from ledger.disclosure import publication_waits
from ledger.disclosure.fees import Recorded, publish_fees, unpublished_fees
from ledger.disclosure.projects import RecordedProject, publish_projects, unpublished_projects
from ledger.errors import LedgerError
from web.office.desk import Desk, Route, duty, page, refused, went
from web.office.waiting import Kind


@duty("PUBL")
def disclosures(desk: Desk) -> Answer:
    """List what is recorded and not public."""
    return _shown(desk)


def _shown(desk: Desk, error: str = "") -> Answer:
    with desk.reading() as connection:
        fees = unpublished_fees(connection, desk.me.treasury_id)
        projects = unpublished_projects(connection, desk.me.treasury_id)
    return page(desk, "disclosures.html", 422 if error else 200, error=error, fees=fees, projects=projects)


@duty("PUBL")
def disclosure_fees(desk: Desk) -> Answer:
    """Publish the versions of fees that were ticked, all or none."""
    return _published(desk, "fees", lambda tx, ticked: publish_fees(tx, [Recorded(*each) for each in ticked]))


@duty("PUBL")
def disclosure_projects(desk: Desk) -> Answer:
    """Publish the records of projects that were ticked, all or none."""
    return _published(
        desk, "projects", lambda tx, ticked: publish_projects(tx, [RecordedProject(*each) for each in ticked])
    )


def _published(desk: Desk, anchor: str, work: Callable[[Transaction, list[tuple[str, int]]], int]) -> Answer:
    ticked = []
    for each in request.form.getlist("record"):
        code, _, number = each.rpartition("@")
        ticked.append(
            (code, int(number) if number.isascii() and number.isdigit() and len(number) < len("1000000") else 0)
        )
    if not ticked:
        return _shown(desk, desk.texts["disclose_none_ticked"])
    try:
        with desk.writing() as tx:
            work(tx, ticked)
    except LedgerError as refusal:
        return _shown(desk, refused(refusal, desk.language))
    return went("disclosures", _anchor=anchor)


KINDS: tuple[Kind, ...] = (
    Kind("fees", ("PUBL",), publication_waits.FEES, lambda _: url_for("office.disclosures", _anchor="fees")),
    Kind(
        "projects", ("PUBL",), publication_waits.PROJECTS, lambda _: url_for("office.disclosures", _anchor="projects")
    ),
)
ROUTES = (
    Route("/disclosures", disclosures),
    Route("/disclosures/fees", disclosure_fees, ("POST",)),
    Route("/disclosures/projects", disclosure_projects, ("POST",)),
)
