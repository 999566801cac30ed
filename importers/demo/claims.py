"""Reimbursement claims of the demo city, from their standards to approval: within them, one above with its reason.

Three occasions are told one by one, those of every month by how often they come. Each step asks whether it was done
already, so an interrupted build goes on where it stopped. What is approved here is paid by the budget of the demo's
next year (``execution``).
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from importers.demo.plan import workdays
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
from ledger.money import format_yuan, parse_yuan

_WEEK = 5
_FROM, _PAID = 8, (14, 16)
"""The day of a month from which its occasions begin, on a Monday; on which workdays they are applied for and paid."""


@cache
def told() -> Mapping[str, Any]:
    """Give the claims as they stand in their file."""
    return tomllib.loads(files("importers.demo").joinpath("claims_2025.toml").read_text("utf-8"))


@cache
def occasions() -> Sequence[Mapping[str, Any]]:
    """Give every claim: those that are told one by one, then those of every month."""
    again = [each for row in told()["occasion"] for each in _again(row)]
    return [*told()["claim"], *again]


def _again(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Write the claims of an occasion that comes again: in the second week of a month, paid in its third or fourth."""
    made: list[Mapping[str, Any]] = []
    year, days = told()["of"]["valid_from"].year, row["days"]
    for month, times in enumerate(row["times"], 1):
        first = date(year, month, _FROM)
        monday = first + timedelta(days=-first.weekday() % 7)
        for turn in range(times):
            n = len(made)
            begins = monday + timedelta(days=turn % (_WEEK + 1 - days))
            persons = row["persons"][n % len(row["persons"])]
            made.append({
                **{name: row[name] for name in ("agency", "kind", "place", "payee")},
                "claimant": row["claimants"][n % len(row["claimants"])],
                "purpose": row["purposes"][n % len(row["purposes"])],
                "approval_no": row["approval_no"].format(n=n + 1),
                "persons": persons,
                "begins_on": begins,
                "ends_on": begins + timedelta(days=days - 1),
                "paid": [workdays(month, year)[at] for at in _PAID],
                "lines": [
                    [standard, persons, units, format_yuan(parse_yuan(yuan) * persons * units),
                     f"DEMO{row['agency']}-{standard}-{n + 1}"]
                    for standard, units, yuan in row["lines"]
                ],
            })  # fmt: skip
    return made


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
    for row in occasions():
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
    allowed = {row["approval_no"]: row["allowed"] for row in occasions() if "allowed" in row}
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
