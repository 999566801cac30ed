"""The demo city's first disclosures: its fee catalogue and its projects, recorded by one and published by another.

Facts of real fee lists stand as they were found, with their confidence; what is invented says so (演示).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import as_file, files
from itertools import groupby

from importers.demo.plan import rows
from importers.fees import import_fees, preview_fees, read_fees
from ledger import access
from ledger.db import Source, transaction
from ledger.disclosure.fees import awaiting_fees, publish_fees
from ledger.disclosure.projects import (
    Amount,
    Document,
    Progress,
    ProjectRecord,
    Stage,
    awaiting_projects,
    publish_projects,
    record_project,
    recorded_projects,
)
from ledger.money import parse_yuan


def disclose_demo(source: Source, treasury_id: int) -> None:
    """Record and publish the catalogue and the register of the demo city; what is there already stays.

    Raises:
        InvalidFile, LedgerError: a row is refused; what was recorded before it stands.
    """
    _record_fees(source, treasury_id)
    _record_projects(source, treasury_id)
    session = access.open_session(source, treasury_id, "publ", "PUBL")
    with transaction(source, session) as tx:
        if fees := awaiting_fees(tx.connection, treasury_id):
            publish_fees(tx, fees)
        if projects := awaiting_projects(tx.connection, treasury_id):
            publish_projects(tx, projects)
    access.close_session(source, session)


def _record_fees(source: Source, treasury_id: int) -> None:
    session = access.open_session(source, treasury_id, "revw", "REVW")
    with as_file(files("importers.demo").joinpath("fees.csv")) as path, transaction(source, session) as tx:
        import_fees(tx, preview_fees(tx, read_fees(path)))
    access.close_session(source, session)


def _record_projects(source: Source, treasury_id: int) -> None:
    session = access.open_session(source, treasury_id, "prap", "PRAP")
    with transaction(source, session) as tx:
        known = recorded_projects(tx.connection, treasury_id)
        for record, number in project_records():
            if number > known.get(record.project, 0):
                record_project(tx, record)
    access.close_session(source, session)


def project_records() -> Sequence[tuple[ProjectRecord, int]]:
    """Give the records of every project with their numbers, in the order in which they are made."""
    facts = sorted(rows("projects"), key=lambda row: (row["project"], int(row["record"])))
    grouped = groupby(facts, key=lambda row: (row["project"], int(row["record"])))
    return [(_record(project, list(given)), number) for (project, number), given in grouped]


def _record(project: str, given: Sequence[Mapping[str, str]]) -> ProjectRecord:
    def of(fact: str) -> Sequence[Mapping[str, str]]:
        return [row for row in given if row["fact"] == fact]

    described = {name: row[name] for row in of("description") for name in _DESCRIPTION}
    return ProjectRecord(
        project,
        **described,
        stages=tuple(Stage(row["code"], _day(row), row["document"], row["note"]) for row in of("stage")),
        amounts=tuple(
            Amount(
                row["code"],
                parse_yuan(row["value"]),
                _day(row),
                row["document"],
                int(row["year"]) if row["year"] else None,
                row["note"],
            )
            for row in of("amount")
        ),
        documents=tuple(_document(project, row) for row in of("document")),
        progress=tuple(Progress(_day(row), int(row["value"]), row["note"]) for row in of("progress")),
    )


_DESCRIPTION = ("name_zh", "name_en", "owner", "place", "sector", "purpose")


def _document(project: str, row: Mapping[str, str]) -> Document:
    """Make a document of the demo: its bytes are four lines of text, so that anybody can work out its digest."""
    text = f"公库演示文件\n{project}\n{row['document']}\n{row['on_day']}\n".encode()
    return Document(row["document"], row["code"], _day(row), hashlib.sha256(text).hexdigest(), len(text))


def _day(row: Mapping[str, str]) -> date:
    return date.fromisoformat(row["on_day"])
