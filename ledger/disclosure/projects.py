"""The register of investment projects: what is recorded of each, and which records are public.

A record adds stages, amounts, documents and progress, and may describe the project anew. What was paid is
never recorded here: ``published.project_paid`` reads it from the published books.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Connection

from ledger.db import Transaction
from ledger.waiting import mine

AMOUNTS = ("estimate", "budget_estimate", "plan", "contract", "variation", "final")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage (a code of ``ledger/master/project_phase.csv``) that was entered on a day by a document."""

    stage: str
    on_day: date
    document: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount by its document: only a plan has a year, only a variation may be negative."""

    kind: str
    amount_fen: int
    on_day: date
    document: str
    year: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document by the SHA-256 of its bytes, in 64 hex digits; the bytes themselves stay where they are."""

    title: str
    kind: str
    on_day: date
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How much was built by a day, in hundredths of a percent."""

    on_day: date
    basis_points: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """What is known anew of a project; what of its description is None stays as it was."""

    project: str
    name_zh: str | None = None
    name_en: str | None = None
    owner: str | None = None
    place: str | None = None
    sector: str | None = None
    purpose: str | None = None
    stages: tuple[Stage, ...] = ()
    amounts: tuple[Amount, ...] = ()
    documents: tuple[Document, ...] = ()
    progress: tuple[Progress, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedProject:
    """Names one record of one project."""

    project: str
    record_no: int


def record_project(tx: Transaction, record: ProjectRecord) -> RecordedProject:
    """Add a record to a project, the first one with its whole description.

    Raises:
        NotPermitted, ForeignAgency: the duty is not PRAP, or the owner is not the actor's agency.
        ProjectNotDescribed, ProjectRecordIncomplete, InvalidText: something is missing.
        UnknownCode: the owner, a stage or a kind is not there.
        InvalidAmount: an amount is nil, too large, or negative and no variation.
        StageBackwards: a stage begins before the one that was recorded last.
    """
    number: int = tx.connection.exec_driver_sql(
        "select ledger.record_project(%s::jsonb)", (_json(_told(record)),)
    ).scalar_one()
    return RecordedProject(record.project, number)


def publish_projects(tx: Transaction, records: Sequence[RecordedProject]) -> int:
    """Publish records that somebody else made; earlier ones first or with them. Give their number.

    Raises:
        NotPermitted, ForeignAgency: the duty is not PUBL, or an owner is not the actor's agency.
        RecorderPublishes: the actor made one of them.
        UnknownRecord, AlreadyPublished, PublishedOutOfOrder: it is not there, is public already, or leaves one out.
    """
    asked = _json([_told(each) for each in records])
    made: int = tx.connection.exec_driver_sql("select ledger.publish_projects(%s::jsonb)", (asked,)).scalar_one()
    return made


def awaiting_projects(connection: Connection, treasury_id: int) -> list[RecordedProject]:
    """List the records that are not public yet, in the order in which they can be published."""
    rows = connection.exec_driver_sql(
        "select r.project, r.record_no from ledger.project r"
        "  left join ledger.project_publication p using (treasury_id, project, record_no)"
        " where r.treasury_id = %s and p.project is null order by r.project, r.record_no",
        (treasury_id,),
    )
    return [RecordedProject(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnpublishedProject:
    """A record that is not public yet: its project, what it adds by number, who made it and when."""

    project: str
    record_no: int
    name_zh: str
    name_en: str
    owner_zh: str
    owner_en: str
    stages: int
    amounts: int
    documents: int
    progress: int
    recorded_by: str
    recorder: str
    recorded_at: datetime


def unpublished_projects(connection: Connection, treasury_id: int) -> list[UnpublishedProject]:
    """List the records that are not public yet as their publisher looks at them, the oldest of a project first.

    A project of an agency beyond the reader's appointment is none of them.
    """
    return [UnpublishedProject(*row) for row in connection.exec_driver_sql(_HELD, (treasury_id,))]


_PARTS = ", ".join(
    f"""(select count(*) from ledger.project_{part} x
         where (x.treasury_id, x.project, x.record_no) = (r.treasury_id, r.project, r.record_no))"""  # noqa: S608
    for part in ("stage", "amount", "document", "progress")
)
_HELD = f"""
select r.project, r.record_no, r.name_zh, r.name_en, a.name_zh, a.name_en, {_PARTS},
       r.recorded_by, w.name, r.recorded_at
  from ledger.project r
  left join ledger.project_publication p using (treasury_id, project, record_no)
  join ledger.agency a on (a.treasury_id, a.agency) = (r.treasury_id, r.owner)
  join ledger.person w on (w.treasury_id, w.person) = (r.treasury_id, r.recorded_by)
 where r.treasury_id = %s and p.project is null and {mine("r.owner")}
 order by r.project, r.record_no"""  # noqa: S608 - names of our own


def recorded_projects(connection: Connection, treasury_id: int) -> Mapping[str, int]:
    """Give the number of the newest record of every project."""
    rows = connection.exec_driver_sql(
        "select project, max(record_no) from ledger.project where treasury_id = %s group by project", (treasury_id,)
    )
    return {project: number for project, number in rows}  # noqa: C416 - a row is no pair to a type checker


def _told(value: object) -> object:
    """Write a value of this module as plain JSON."""
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    if isinstance(value, ProjectRecord | RecordedProject | Stage | Amount | Document | Progress):
        return {field.name: _told(getattr(value, field.name)) for field in fields(value)}
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
