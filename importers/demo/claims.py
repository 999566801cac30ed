"""Reimbursement claims of the demo city, from their standards to approval: two within them, one above with its reason.

Each step asks whether it was done already, so an interrupted build goes on where it stopped. What is approved here is
paid by the budget of the demo's next year (``execution``).
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from importers.demo.zero_based import Step, take
from ledger.compilation.standards import Standard, approve_standards, record_standards
from ledger.db import Source, Transaction
from ledger.execution.claim_register import ClaimRow, claims
from ledger.execution.claims import (
    Claim,
    ClaimLine,
    Venue,
    allow_claim,
    approve_claim,
    approve_venue,
    record_venue,
    save_claim,
)
from ledger.money import parse_yuan


@cache
def told() -> Mapping[str, Any]:
    """Give the claims as they stand in their file."""
    return tomllib.loads(files("importers.demo").joinpath("claims_2025.toml").read_text("utf-8"))


def claims_demo(source: Source, treasury_id: int) -> None:
    """Take standards, a venue and claims from record to approval; what is there already stays.

    Raises:
        LedgerError: a step is refused; the steps before it stand.
    """
    take(source, treasury_id, _STEPS)


def _record_standards(tx: Transaction) -> None:
    record_standards(tx, [_standard(row) for row in told()["standard"]])


def _standard(row: Mapping[str, Any]) -> Standard:
    given = {name: value for name, value in row.items() if name != "yuan"}
    return Standard(**given, **told()["of"], category="project", per="time", amount_fen=parse_yuan(row["yuan"]))


def _approve_standards(tx: Transaction) -> None:
    approve_standards(tx, [(row["standard"], 1) for row in told()["standard"]])


def _record_venue(tx: Transaction) -> None:
    record_venue(tx, Venue(**told()["venue"]))


def _approve_venue(tx: Transaction) -> None:
    approve_venue(tx, told()["venue"]["venue"], told()["venue"]["valid_from"])


def _save(tx: Transaction) -> None:
    for row in told()["claim"]:
        given = {name: value for name, value in row.items() if name not in {"lines", "allowed", "payee", "paid"}}
        save_claim(tx, Claim(**given, fiscal_year=row["begins_on"].year, lines=[_line(each) for each in row["lines"]]))


def _line(row: Sequence[Any]) -> ClaimLine:
    standard, persons, units, yuan, *invoices = row
    return ClaimLine(
        standard=standard, persons=persons, units=units, spent_fen=parse_yuan(yuan), invoices=tuple(invoices)
    )


def _approve(tx: Transaction) -> None:
    for each in _standing(tx, "submitted"):
        approve_claim(tx, each.claim)


def _allow(tx: Transaction) -> None:
    allowed = {row["approval_no"]: row["allowed"] for row in told()["claim"] if "allowed" in row}
    for each in _standing(tx, "checked"):
        allow_claim(tx, each.claim, allowed[each.approval_no])


def _standing(tx: Transaction, state: str) -> list[ClaimRow]:
    return [each for each in claims(tx.connection, tx.session.treasury_id) if each.state == state]


_STEPS: tuple[Step, ...] = (
    ("REVW", "spending_standard standard = 'HY-SL'", _record_standards),
    ("APPR", "standard_approval standard = 'HY-SL'", _approve_standards),
    ("REVW", "venue", _record_venue),
    ("APPR", "venue_approval", _approve_venue),
    ("APPL", "claim", _save),
    ("UCHK", "claim_step", _approve),
    ("REVW", "claim_step action = 'allow'", _allow),
)
"""Duty, what the step leaves, and the step."""
