"""The notes of a budget (情况说明) that no table of the books tells: reasons, procurement, assets."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from ledger.db import Transaction

TOLD = (
    "total",
    "abroad",
    "reception",
    "vehicles",
    "vehicles_bought",
    "vehicles_run",
    "running",
    "procurement",
    "performance",
    "assets",
)
"""What may be told in words: why a public expense changes, and the notes beside the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetNarrative:
    """The notes of an agency's budget; amounts are in fen.

    ``abroad_fen`` to ``vehicles_run_fen`` are the public expenses of the budget of the year before; where the books
    have an approved budget of that year, its figures are taken instead. The vehicles are those of the approved basic
    data. ``told`` is text by name (``TOLD``); ``equipment_500k`` counts pieces of 0.5 million yuan or more, those of
    1 million among them.
    """

    fiscal_year: int
    agency: str
    abroad_fen: int = 0
    reception_fen: int = 0
    vehicles_bought_fen: int = 0
    vehicles_run_fen: int = 0
    goods_fen: int = 0
    works_fen: int = 0
    services_fen: int = 0
    sme_fen: int = 0
    equipment_500k: int = 0
    equipment_1m: int = 0
    told: Mapping[str, str] = field(default_factory=dict)


def record_narrative(tx: Transaction, narrative: BudgetNarrative) -> int:
    """Record the notes of a budget and give the version; the last one is published. Duty COMP.

    Raises:
        InvalidAmount: an amount or a number is out of range, or more is set aside than is procured.
        InvalidText: a text has no known name, or is too long. BudgetAlreadyPublished, UnknownCode, ForeignAgency
    """
    asked = {**asdict(narrative), "told": dict(narrative.told)}
    made: int = tx.connection.exec_driver_sql(
        "select ledger.record_narrative(%s::jsonb)", (json.dumps(asked, ensure_ascii=False),)
    ).scalar_one()
    return made


@dataclass(frozen=True, slots=True)
class KeptNarrative:
    """The newest notes of a budget; the vehicles are those that the books put into them."""

    version: int
    vehicles: int
    recorder: str
    recorded_at: datetime
    said: BudgetNarrative


def kept_narrative(connection: Connection, treasury_id: int, fiscal_year: int, agency: str) -> KeptNarrative | None:
    """Give the newest notes of a budget; None if there are none that one may see."""
    row = connection.exec_driver_sql(
        "select n.version, n.vehicles, p.name, n.recorded_at, n.abroad_fen, n.reception_fen, n.vehicles_bought_fen,"
        "  n.vehicles_run_fen, n.goods_fen, n.works_fen, n.services_fen, n.sme_fen, n.equipment_500k, n.equipment_1m,"
        "  n.told"
        "  from ledger.narrative_in_force n"
        "  join ledger.person p on (p.treasury_id, p.person) = (n.treasury_id, n.recorded_by)"
        " where n.treasury_id = %s and n.fiscal_year = %s and n.agency = %s",
        (treasury_id, fiscal_year, agency),
    ).one_or_none()
    if row is None:
        return None
    version, vehicles, recorder, recorded_at, *said = row
    names = (
        *("abroad_fen", "reception_fen", "vehicles_bought_fen", "vehicles_run_fen", "goods_fen", "works_fen"),
        *("services_fen", "sme_fen", "equipment_500k", "equipment_1m", "told"),
    )
    known = dict(zip(names, said, strict=True))
    return KeptNarrative(
        version, vehicles, recorder, recorded_at, BudgetNarrative(fiscal_year=fiscal_year, agency=agency, **known)
    )
