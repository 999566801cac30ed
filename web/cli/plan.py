"""The plan of a treasury in a TOML file: its agencies, offices, people and account sets, all made at once."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ledger import install
from ledger.db import Source, owner
from ledger.errors import InvalidFile
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Appointed:
    """A person of the plan, with the day and the document of the appointment."""

    plan: PersonPlan
    first: date
    document: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a treasury needs before its first voucher."""

    treasury: Mapping[str, Any]
    agencies: Sequence[AgencyPlan]
    offices: Sequence[tuple[str, str, str, str]]
    people: Sequence[Appointed]
    sets: Sequence[SetPlan]


_TREASURY = {
    "code": str,
    "name_zh": str,
    "name_en": str,
    "level": int,
    "currency": str,
    "demo": bool,
}
_AGENCY = {"agency": str, "name_zh": str, "name_en": str, "kind": str, "parent": str}
_OFFICE = {"office": str, "agency": str, "name_zh": str, "name_en": str}
_PERSON = {
    "person": str,
    "name": str,
    "office": str,
    "duties": list,
    "agencies": list,
    "first": date,
    "document": str,
}
_SET = {
    "code": str,
    "agency": str,
    "role": str,
    "chart": str,
    "fiscal_year": int,
    "starts_on": date,
    "name_zh": str,
    "name_en": str,
    "currency": str,
}
_MAY_LACK = frozenset({"level", "currency", "demo", "parent", "agencies"})


def read_plan(path: Path) -> Plan:
    """Read the plan of a treasury.

    Raises:
        InvalidFile: it is no TOML, or a field is missing, unknown or of the wrong type; it is named.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidFile(f"{path.name}: {error}", {"file": path.name}) from error
    if unknown := sorted(data.keys() - {"treasury", "agency", "office", "person", "account_set"}):
        raise InvalidFile(f"{path.name}: unknown {', '.join(unknown)}", {"file": path.name, "fields": unknown})
    people = []
    for row in _tables(data, "person", _PERSON):
        first, document = row.pop("first"), row.pop("document")
        row["duties"] = tuple(map(str, row["duties"]))
        if "agencies" in row:
            row["agencies"] = tuple(map(str, row["agencies"]))
        people.append(Appointed(PersonPlan(**row), first, document))
    return Plan(
        _fields("treasury", data.get("treasury", {}), _TREASURY),
        [AgencyPlan(**row) for row in _tables(data, "agency", _AGENCY)],
        [(row["office"], row["agency"], row["name_zh"], row["name_en"]) for row in _tables(data, "office", _OFFICE)],
        people,
        [SetPlan(**row) for row in _tables(data, "account_set", _SET)],
    )


def carry_out(source: Source, plan: Plan) -> bool:
    """Make the treasury of a plan, whole or not at all; tell whether it was made.

    A treasury of that code that is there already is left as it is.

    Raises:
        DutiesIncompatible: two duties of the plan may not meet in one person, office or unit.
    """
    with owner(source) as connection:
        known = {
            row.code: row.treasury_id
            for row in connection.exec_driver_sql("select code, treasury_id from ledger.treasury")
        }
        if plan.treasury["code"] in known:
            return False
        number = max(known.values(), default=0) + 1
        install.create_treasury(connection, TreasuryPlan(number, **plan.treasury))
        install.create_agencies(connection, number, plan.agencies)
        for office in plan.offices:
            install.create_office(connection, number, *office)
        for person in plan.people:
            install.create_person(connection, number, person.plan, person.first, person.document)
        install.create_account_sets(connection, number, plan.sets)
    return True


def _tables(data: Mapping[str, Any], name: str, known: Mapping[str, type]) -> list[dict[str, Any]]:
    tables = data.get(name, [])
    if not isinstance(tables, list):
        raise InvalidFile(f"[[{name}]] is not a list of tables", {"field": name})
    return [_fields(f"{name} {row}", table, known) for row, table in enumerate(tables, 1)]


def _fields(place: str, table: object, known: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise InvalidFile(f"{place} is not a table", {"field": place})
    for name in sorted(table.keys() | known.keys()):
        if name not in known:
            raise InvalidFile(f"{place}: {name} is unknown", {"field": name})
        if name not in table:
            if name in _MAY_LACK:
                continue
            raise InvalidFile(f"{place}: {name} is missing", {"field": name})
        if type(table[name]) is not known[name]:
            raise InvalidFile(f"{place}: {name} is of the wrong type", {"field": name})
    return dict(table)
