"""Flags (监督预警): the rules that look, asked of the books of a day; each answer keeps what it was judged by.

A rule that flags is one SQL file, ``sql/flag_<rule>.sql``. It answers for every subject that it looks at, whether the
rule fires or not, so that a day of the past can be judged again by the rules that were in force on it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection

from ledger.errors import UnknownBook
from ledger.rules import Rule, in_force
from reports.queries import sql


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a version of a rule says of one subject on a day, and the figures that it saw (amounts in fen).

    The subject is whichever of agency, project, indicator, package and voucher the rule looks at; a rule on the
    whole budget has none.
    """

    rule: str
    version: int
    on: date
    verdict: Literal["fires", "passes"]
    agency: str | None
    project: str | None
    indicator: str | None
    package: str | None
    voucher: str | None
    inputs: Mapping[str, Any]


def judged(
    connection: Connection,
    treasury_id: int,
    on: date,
    rule: str | None = None,
    *,
    known: date | None = None,
    among: Iterable[Rule] | None = None,
) -> list[Verdict]:
    """Judge the books of a day by the rules that flag, in force on it; ``rule`` asks one, ``among`` gives other rules.

    ``known`` leaves out what was recorded after that day, to say what could be seen then.

    Raises:
        UnknownBook: ``rule`` is none that flags on that day.
    """
    asked = {code: each for code, each in in_force(on, among).items() if each.flags and rule in {None, code}}
    if rule is not None and not asked:
        raise UnknownBook(facts={"rule": rule})
    return [verdict for each in asked.values() for verdict in _of(connection, treasury_id, on, each, known)]


def flags(
    connection: Connection, treasury_id: int, on: date, rule: str | None = None, *, known: date | None = None
) -> list[Verdict]:
    """Give only what fires.

    Raises:
        UnknownBook: as ``judged``.
    """
    return [each for each in judged(connection, treasury_id, on, rule, known=known) if each.verdict == "fires"]


def _of(connection: Connection, treasury_id: int, on: date, rule: Rule, known: date | None) -> list[Verdict]:
    text = f"{sql('flag_books')}{sql('flag_' + rule.rule.replace('-', '_').lower())}"
    given = {"treasury_id": treasury_id, "on": on, "known": known, "p": json.dumps(dict(rule.parameters))}
    return [
        Verdict(rule.rule, rule.version, on, "fires" if row.fires else "passes", row.agency, row.project,
                row.indicator, row.package, row.voucher, {**row.inputs, "parameters": rule.parameters})
        for row in connection.exec_driver_sql(text, given)
    ]  # fmt: skip
