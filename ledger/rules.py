"""Rules of the budget (监督规则) as dated master data: what each says, with which parameters, and on which basis.

A changed threshold is a new version with a day of its own, so that a past day is judged by the rules of that day.
What BLOCKs is a constraint or a limit of the database; what FLAGs is a question to the books (``reports.flags``).
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Rule:
    """A version of a rule; it holds from ``valid_from`` until the next version begins."""

    rule: str
    version: int
    kind: Literal["BLOCK", "FLAG", "BLOCK+FLAG"]
    stage: str
    valid_from: date
    name_zh: str
    name_en: str
    says_zh: str
    says_en: str
    parameters: Mapping[str, Any]
    basis: str
    confidence: str

    @property
    def flags(self) -> bool:
        """Tell whether it is a question to the books."""
        return "FLAG" in self.kind

    @property
    def blocks(self) -> bool:
        """Tell whether the database refuses what breaks it."""
        return "BLOCK" in self.kind


@cache
def rules() -> tuple[Rule, ...]:
    """Give every version of every rule, in the order of the file."""
    text = (files("ledger.master") / "rule.csv").read_text("utf-8")
    return tuple(_rule(row) for row in csv.DictReader(StringIO(text)))


def in_force(day: date, known: Iterable[Rule] | None = None) -> dict[str, Rule]:
    """Give the version of each rule that holds on a day; one that begins later is not there."""
    found: dict[str, Rule] = {}
    for each in sorted(rules() if known is None else known, key=lambda each: (each.rule, each.valid_from)):
        if each.valid_from <= day:
            found[each.rule] = each
    return found


def _rule(row: Mapping[str, Any]) -> Rule:
    told = {
        "version": int(row["version"]),
        "valid_from": date.fromisoformat(row["valid_from"]),
        "parameters": json.loads(row["parameters"]),
    }
    return Rule(**{**row, **told})
