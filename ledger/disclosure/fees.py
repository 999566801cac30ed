"""The fee catalogue (收费目录清单): versions of fees, who recorded them, and which of them are public.

A version holds from ``valid_from`` until the next one of the same item begins; ``valid_to`` is its last day
when its document says one. Nothing is changed or taken away: a suspension is a version, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from ledger.db import Transaction
from ledger.waiting import mine

STANDARDS = ("fixed", "range", "formula", "rate")
STATUSES = ("in_force", "suspended", "cancelled")
FUND_MODES = ("treasury", "special_account")


@dataclass(frozen=True, slots=True)
class Basis:
    """A document that allows a fee; only its number (or, of a law, its name) is always known."""

    document_no: str
    title: str = ""
    article: str = ""
    issuer: str = ""
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class FeeVersion:
    """A version of a fee item as it is recorded.

    ``fixed`` has ``min_fen`` equal to ``max_fen``, ``range`` both; ``formula`` and ``rate`` say their rule in
    ``standard`` and may have bounds. The document is the one that made this version.
    """

    item: str
    name_zh: str
    name_en: str
    life_event: str
    department: str
    standard_kind: Literal["fixed", "range", "formula", "rate"]
    unit: str
    payer: str
    fund_mode: Literal["treasury", "special_account"]
    valid_from: date
    document_no: str
    basis: tuple[Basis, ...]
    collectors: tuple[str, ...]
    confidence: str
    source: str
    standard: str = ""
    min_fen: int | None = None
    max_fen: int | None = None
    also_called: tuple[str, ...] = ()
    revenue: str | None = None
    receipt: str = ""
    exemptions: str = ""
    status: Literal["in_force", "suspended", "cancelled"] = "in_force"
    valid_to: date | None = None
    document_title: str = ""
    document_issuer: str = ""
    document_on: date | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Names one version of one fee."""

    item: str
    version: int


def record_fees(tx: Transaction, versions: Sequence[FeeVersion]) -> list[Recorded]:
    """Add versions of fees, all of them or none; they get the next numbers of their items.

    Raises:
        NotPermitted, ForeignAgency: the duty is not REVW, or a collecting agency is not the actor's.
        FeeVersionBackwards: a version does not begin after the one before it, or ends before it begins.
        FeeBasisMissing, FeeCollectorMissing, FeeStandardIncomplete, InvalidAmount, InvalidText: it is incomplete.
        UnknownCode: an agency, a life event or a revenue code is not there.
    """
    rows = tx.connection.exec_driver_sql(
        "select item, version from ledger.record_fees(%s::jsonb)", (_json([_told(each) for each in versions]),)
    )
    return [Recorded(*row) for row in rows]


def publish_fees(tx: Transaction, versions: Sequence[Recorded]) -> int:
    """Publish versions that somebody else recorded; earlier ones first or with them. Give their number.

    Raises:
        NotPermitted, ForeignAgency: the duty is not PUBL, or a collecting agency is not the actor's.
        RecorderPublishes: the actor recorded one of them.
        UnknownRecord, AlreadyPublished, PublishedOutOfOrder: it is not there, is public already, or leaves one out.
    """
    asked = _json([{"item": each.item, "version": each.version} for each in versions])
    made: int = tx.connection.exec_driver_sql("select ledger.publish_fees(%s::jsonb)", (asked,)).scalar_one()
    return made


def awaiting_fees(connection: Connection, treasury_id: int) -> list[Recorded]:
    """List the versions that are not public yet, in the order in which they can be published."""
    rows = connection.exec_driver_sql(
        "select v.item, v.version from ledger.fee_version v"
        "  left join ledger.fee_publication p using (treasury_id, item, version)"
        " where v.treasury_id = %s and p.item is null order by v.item, v.version",
        (treasury_id,),
    )
    return [Recorded(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnpublishedFee:
    """A version that is not public yet, with what it charges, who recorded it and when; bounds are in fen."""

    item: str
    version: int
    name_zh: str
    name_en: str
    standard: str
    min_fen: int | None
    max_fen: int | None
    unit: str
    status: str
    valid_from: date
    document_no: str
    recorded_by: str
    recorder: str
    recorded_at: datetime


def unpublished_fees(connection: Connection, treasury_id: int) -> list[UnpublishedFee]:
    """List the versions that are not public yet as their publisher looks at them, item by item, the oldest first.

    A version that an agency beyond the reader's appointment charges is none of them.
    """
    rows = connection.exec_driver_sql(
        "select v.item, v.version, v.name_zh, v.name_en, v.standard, v.min_fen, v.max_fen, v.unit, v.status,"  # noqa: S608
        "  v.valid_from, v.document_no, v.recorded_by, w.name, v.recorded_at from ledger.fee_version v"
        "  left join ledger.fee_publication p using (treasury_id, item, version)"
        "  join ledger.person w on (w.treasury_id, w.person) = (v.treasury_id, v.recorded_by)"
        " where v.treasury_id = %s and p.item is null and not exists (select from ledger.fee_collector c"
        "    where (c.treasury_id, c.item, c.version) = (v.treasury_id, v.item, v.version)"
        f"     and not {mine('c.agency')}) order by v.item, v.version",
        (treasury_id,),
    )
    return [UnpublishedFee(*row) for row in rows]


def fee_versions(connection: Connection, treasury_id: int) -> Mapping[str, Sequence[FeeVersion]]:
    """Give every recorded version of every fee, the oldest first."""
    found: dict[str, list[FeeVersion]] = {}
    for row in connection.exec_driver_sql(_VERSIONS, (treasury_id,)).mappings():
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
        }
        given["basis"] = tuple(_basis(each) for each in row["basis"])
        version = FeeVersion(**given)
        found.setdefault(version.item, []).append(version)
    return found


_COLUMNS = ", ".join(f"v.{field.name}" for field in fields(FeeVersion) if field.name not in {"basis", "collectors"})
_VERSIONS = f"""
select {_COLUMNS},
       array(select jsonb_build_object('document_no', b.document_no, 'title', b.title, 'article', b.article,
               'issuer', b.issuer, 'issued_on', b.issued_on) from ledger.fee_basis b
              where (b.treasury_id, b.item, b.version) = (v.treasury_id, v.item, v.version)
              order by b.basis_no) as basis,
       array(select c.agency from ledger.fee_collector c
              where (c.treasury_id, c.item, c.version) = (v.treasury_id, v.item, v.version)
              order by c.agency) as collectors
  from ledger.fee_version v where v.treasury_id = %s order by v.item, v.version"""  # noqa: S608 - names of our own fields


def known_codes(connection: Connection, treasury_id: int) -> Mapping[str, frozenset[str]]:
    """Give what a version may name: the codes of ``agency``, ``life_event`` and ``revenue``."""
    return {
        name: frozenset(code for (code,) in connection.exec_driver_sql(query, given))
        for name, query, given in (
            ("agency", "select agency from ledger.agency where treasury_id = %s", (treasury_id,)),
            ("life_event", "select life_event from ledger.life_event", ()),
            ("revenue", "select code from ledger.class_code where scheme = 'revenue'", ()),
        )
    }


def _basis(kept: Mapping[str, Any]) -> Basis:
    on = kept["issued_on"]
    return Basis(**{**kept, "issued_on": None if on is None else date.fromisoformat(on)})


def _told(version: FeeVersion) -> dict[str, object]:
    told = {field.name: getattr(version, field.name) for field in fields(version)}
    told["basis"] = [{field.name: getattr(each, field.name) for field in fields(each)} for each in version.basis]
    return told


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
