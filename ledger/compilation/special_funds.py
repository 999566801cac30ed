"""Special funds (专项资金): from the call to the public result, with experts whom nobody chooses.

Anyone can draw again: the lot of an expert is SHA-256 of ``seed|call|expert`` (UTF-8); the seed is a public number that
becomes known only after the closing day, such as the winning numbers of a lottery. Who works for an applicant or has a
recorded tie is excluded; the lowest other lots sit. Of each cost line the middle of the opinions counts
(预算法实施条例 41).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call for applications.

    From ``threshold_fen`` on a collective decides; ``experts`` is odd, three to fifteen; ``seed_source`` names, before
    anyone has applied, the public number of a later day that will draw them.
    """

    call: str
    fiscal_year: int
    name_zh: str
    name_en: str
    fund: str
    func: str
    document: str
    opens_on: date
    closes_on: date
    total_fen: int
    threshold_fen: int
    experts: int
    field: str
    seed_source: str


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost line of an application."""

    item: str
    asked_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application: who asks, for which project, where, with which equipment, at which costs."""

    application: str
    call: str
    agency: str
    applicant: str
    project_zh: str
    site: str
    saved_on: date
    costs: tuple[Cost, ...]
    equipment: str = ""


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert of a field and the employer, by whom a conflict is known."""

    expert: str
    name: str
    employer: str
    field: str


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie of an expert to an applicant, which excludes."""

    expert: str
    applicant: str
    tie: str


@dataclass(frozen=True, slots=True)
class Lot:
    """Where the draw put an expert: the lot, its place, whether a tie excluded, and the seat if there is one."""

    expert: str
    lot: str
    place: int
    excluded: bool
    seat: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What an expert leaves of a cost line, and why it is less than asked."""

    line_no: int
    allowed_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision with its votes; ``minutes_sha256`` names the minutes of the collective."""

    application: str
    granted: bool
    members: int
    present: int
    votes_for: int
    votes_against: int
    reason: str
    decided_on: date
    minutes_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """Two applications that may be one project: how alike their names are in percent, and what else they share."""

    application: str
    other: str
    name_percent: int
    same_site: bool
    same_equipment: bool


def open_call(tx: Transaction, call: Call) -> None:
    """Open a call. Duty REVW.

    Raises:
        CallInvalid, InvalidText, InvalidAmount, UnknownCode, AlreadyDecided
    """
    tx.connection.exec_driver_sql("select ledger.open_fund_call(%s::jsonb)", (_json(asdict(call)),))


def apply(tx: Transaction, application: Application) -> None:
    """Save an application while its call is open. Duty COMP.

    Raises:
        ApplicationOutOfTime, ApplicationIncomplete, UnknownBudgetRecord, UnknownCode, ForeignAgency, InvalidText
    """
    tx.connection.exec_driver_sql("select ledger.apply_for_fund(%s::jsonb)", (_json(asdict(application)),))


def check(tx: Transaction, application: str, *, passed: bool, reason: str = "") -> None:
    """Record the formal check of an application that somebody else saved. Duty REVW.

    Raises:
        RecorderApproves, CheckUnreasoned, AlreadyDecided, UnknownBudgetRecord
    """
    asked = {"application": application, "passed": passed, "reason": reason}
    tx.connection.exec_driver_sql("select ledger.check_application(%s::jsonb)", (_json(asked),))


def list_experts(tx: Transaction, experts: Sequence[Expert], ties: Sequence[Tie] = ()) -> int:
    """Add experts to the pool, and ties that exclude them. Duty PEXP.

    Raises:
        AlreadyDecided: a code is taken. InvalidText: a text is missing.
    """
    given = (_json([asdict(each) for each in experts]), _json([asdict(each) for each in ties]))
    made: int = tx.connection.exec_driver_sql("select ledger.list_experts(%s::jsonb, %s::jsonb)", given).scalar_one()
    return made


def draw_experts(tx: Transaction, call: str, seed: str) -> int:
    """Draw the experts of a call by the number that its call named, and give how many sit. Duty PEXP.

    Raises:
        DrawOutOfTime, TooFewExperts, AlreadyDecided, UnknownBudgetRecord, InvalidText
    """
    asked = {"call": call, "seed": seed}
    made: int = tx.connection.exec_driver_sql("select ledger.draw_experts(%s::jsonb)", (_json(asked),)).scalar_one()
    return made


def draw_again(seed: str, call: str, experts: Sequence[str], excluded: Sequence[str], seats: int) -> list[str]:
    """Give who sits, by anyone who has the seed and the published codes: the check of a draw."""
    lots = {expert: hashlib.sha256(f"{seed}|{call}|{expert}".encode()).digest() for expert in experts}
    return [expert for expert in sorted(lots, key=lots.__getitem__) if expert not in set(excluded)][:seats]


def record_opinion(tx: Transaction, application: str, expert: str, score: int, lines: Sequence[Judged]) -> None:
    """Record what a seated expert leaves of every cost line. Duty PRRV.

    Raises:
        OpinionOutOfPlace, OpinionRaises, AlreadyDecided, InvalidAmount, InvalidText
    """
    asked = {"application": application, "expert": expert, "score": score, "lines": [asdict(each) for each in lines]}
    tx.connection.exec_driver_sql("select ledger.record_opinion(%s::jsonb)", (_json(asked),))


def decide(tx: Transaction, decision: Decision) -> int:
    """Grant what the experts leave of an application, or refuse it; give the amount in fen. Duty APPR.

    Raises:
        OpinionsMissing: a seated expert has not judged. CollectiveNeeded: quorum, majority or minutes are missing.
        CallExhausted: the call has not that much left. FundedTwice: the project has been granted money before.
        AlreadyDecided, UnknownBudgetRecord, InvalidText
    """
    fen: int = tx.connection.exec_driver_sql(
        "select ledger.decide_application(%s::jsonb)", (_json(asdict(decision)),)
    ).scalar_one()
    return fen


def publish_results(tx: Transaction, call: str) -> None:
    """Publish the results of a call with its draw. Duty PUBL.

    Raises:
        ResultsIncomplete: the call is open, or an application waits for its check or decision.
        AlreadyDecided: they are public. UnknownBudgetRecord: there is no such call.
    """
    tx.connection.exec_driver_sql("select ledger.publish_fund(%s)", (call,))


def lots(connection: Connection, treasury_id: int, call: str) -> list[Lot]:
    """Give the draw of a call, lot by lot."""
    rows = connection.exec_driver_sql(
        "select expert, encode(lot, 'hex'), place, excluded is not null, seat from ledger.drawn_expert"
        " where treasury_id = %s and call = %s order by place",
        (treasury_id, call),
    )
    return [Lot(*row) for row in rows]


def alike(connection: Connection, treasury_id: int, application: str, percent: int = 60) -> list[Alike]:
    """Find applications of any call or year that may be the same project, the likest first.

    Names are compared by their pairs of neighbouring characters (Jaccard, in whole percent); a shared site or
    equipment counts as well. What is found is for the reviewer to judge; only the exact same identity is refused.
    """
    rows = connection.exec_driver_sql(
        "select application, project_zh, site, equipment from ledger.fund_application where treasury_id = %s",
        (treasury_id,),
    ).all()
    mine = next(row for row in rows if row[0] == application)
    found = [
        Alike(
            application,
            other[0],
            _percent(mine[1], other[1]),
            _plain(mine[2]) == _plain(other[2]),
            bool(_plain(mine[3])) and _plain(mine[3]) == _plain(other[3]),
        )
        for other in rows
        if other[0] != application
    ]
    likely = [each for each in found if each.name_percent >= percent or each.same_equipment]
    return sorted(likely, key=lambda each: (-each.name_percent, each.other))


def _percent(one: str, other: str) -> int:
    a, b = _pairs(_plain(one)), _pairs(_plain(other))
    return 100 * len(a & b) // len(a | b) if a | b else 0


def _pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1)}


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)
