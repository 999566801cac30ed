"""Posting templates: which accounts an event touches is data, how much is code.

A template names account keys and *facts*; it has no arithmetic. The event brings the facts. Templates
are dated; what a voucher followed is kept in the database by the digest of the file.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ledger.chart import Days
from ledger.errors import UnknownTemplate


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a template: a debit and a credit of one fact, each with the dimensions of a party."""

    debit: str
    credit: str
    fact: str
    debit_of: str
    credit_of: str


@dataclass(frozen=True, slots=True)
class Block:
    """The lines for one account set; with ``system`` only when that set uses this chart."""

    role: str
    system: str
    of: str
    optional: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A posting rule in force from a day on, with the regulation that it follows."""

    event: str
    title_zh: str
    title_en: str
    source: str
    confidence: str
    in_force: Days
    prepared_under: tuple[str, ...]
    posted_under: str
    red: bool
    facts: frozenset[str]
    domain: tuple[str, ...]
    blocks: tuple[Block, ...]
    body: str
    digest: bytes


def read(body: str) -> Template:
    """Read the text of a template file.

    Raises:
        KeyError, TypeError, tomllib.TOMLDecodeError: it is no template; ours are read by tests.
    """
    data = tomllib.loads(body)
    return Template(
        event=data["event"],
        title_zh=data["title_zh"],
        title_en=data["title_en"],
        source=data["source"],
        confidence=data["confidence"],
        in_force=Days(data["in_force_from"], data.get("in_force_to")),
        prepared_under=tuple(data["prepared_under"]),
        posted_under=data["posted_under"],
        red=data.get("red", False),
        facts=frozenset(data.get("facts", ())),
        domain=tuple(data.get("domain", ())),
        blocks=tuple(_block(block) for block in data.get("voucher", ())),
        body=body,
        digest=hashlib.sha256(body.encode()).digest(),
    )


def _block(data: Mapping[str, Any]) -> Block:
    of = data.get("of", "")
    return Block(
        role=data["set"],
        system=data.get("system", ""),
        of=of,
        optional=data.get("optional", False),
        lines=tuple(
            Line(
                line["debit"],
                line["credit"],
                line["fact"],
                line.get("debit_of", of),
                line.get("credit_of", of),
            )
            for line in data["line"]
        ),
    )


@cache
def catalogue() -> tuple[Template, ...]:
    """Every template that this version knows, by event and day."""
    found: Iterable[Template] = (
        read(part.read_text("utf-8")) for part in files("ledger.templates").iterdir() if part.name.endswith(".toml")
    )
    return tuple(sorted(found, key=lambda t: (t.event, t.in_force.first or date.min)))


def in_force(event: str, on: date) -> Template:
    """Find the template in force for a kind of event on a day.

    Raises:
        UnknownTemplate: there is none.
    """
    for template in reversed(_by_event().get(event, ())):
        if on in template.in_force:
            return template
    raise UnknownTemplate(facts={"kind": event, "on": str(on)})


@cache
def _by_event() -> Mapping[str, tuple[Template, ...]]:
    sorted_out: dict[str, list[Template]] = {}
    for template in catalogue():
        sorted_out.setdefault(template.event, []).append(template)
    return {event: tuple(found) for event, found in sorted_out.items()}
