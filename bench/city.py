"""A city on a server of its own in a temporary directory: people, books, indicators and money to spend."""

import datetime as dt
import json
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from ledger import access, embedded, install, journal
from ledger.db import Session, Source, owner, transaction
from ledger.events import Event
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan
from ledger.money import Fen

YEAR = 2024
BUREAU = f"B{YEAR}"
OFFICES = {
    **dict.fromkeys(("COMP", "REVW", "ISSU", "PCHK", "SIGN", "BOOK", "AUDT_IN"), "101"),
    "APPL": "201",
    "APPR": "301",
}
"""The duties, each in an office of its own, and the agency of the office."""
ORGANS = 20
FUNC = "2050201"
FIRST = dt.date(YEAR, 1, 1)
_PLENTY = Fen(10**14)


@dataclass(frozen=True, slots=True)
class City:
    """One treasury of a server: who may post there, and the indicator of each organ."""

    source: Source
    server: embedded.Server
    treasury_id: int
    indicators: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def session(self, duty: str) -> Session:
        """Give the session of the one person who holds a duty."""
        if duty not in self.sessions:
            self.sessions[duty] = access.open_session(self.source, self.treasury_id, duty.lower(), duty)
        return self.sessions[duty]

    def post(self, duty: str, events: Sequence[Event]) -> list[journal.Posted]:
        """Post events in one transaction, through the one door."""
        with transaction(self.source, self.session(duty)) as tx:
            return journal.post(tx, events)

    def superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection that stands above every guard, for what is measured against."""
        return psycopg.connect(self.server.owner_dsn(), autocommit=True)


@contextmanager
def served() -> Generator[tuple[embedded.Server, Source]]:
    """Run a server in a temporary directory with the schema and the master data; discard it afterwards."""
    with tempfile.TemporaryDirectory(prefix="gongku-bench-") as folder:
        data = Path(folder)
        server = embedded.start(data)
        try:
            secrets = data / "secrets"
            install.install(Source.at(server.owner_dsn(), secrets), secrets)
            source = Source.at(server.owner_dsn(), secrets)
            try:
                yield server, source
            finally:
                source.close()
        finally:
            embedded.discard(data)


def founded(server: embedded.Server, source: Source, treasury_id: int) -> City:
    """Create a treasury with an organ's set for each agency, fill it with money and grant every organ a budget."""
    agencies = [str(201 + n) for n in range(ORGANS)]
    with owner(source) as connection:
        install.create_treasury(
            connection, TreasuryPlan(treasury_id, f"T{treasury_id:06d}", "基准国库", "Treasury of the benchmark")
        )
        organs = [AgencyPlan(code, f"单位{code}", f"Organ {code}", "organ") for code in ["101", "301", *agencies]]
        install.create_agencies(connection, treasury_id, organs)
        for duty, agency in OFFICES.items():
            office = f"{agency}.{duty}"
            install.create_office(connection, treasury_id, office, agency, duty, duty)
            person = PersonPlan(duty.lower(), duty, office, (duty,))
            install.create_person(connection, treasury_id, person, dt.date(2020, 1, 1), "任字1号")
        sets = [
            SetPlan(BUREAU, "101", "bureau", "general_budget_2023", YEAR, FIRST, "财政总会计", "Bureau"),
            SetPlan(f"I{YEAR}", "101", "indicator", "indicator_2023", YEAR, FIRST, "预算指标", "Indicators"),
            *(
                SetPlan(f"A{a}-{YEAR}", a, "agency", "unit_2019", YEAR, FIRST, f"单位{a}", f"Organ {a}")
                for a in agencies
            ),
        ]
        install.create_account_sets(connection, treasury_id, sets)
    city = City(source, server, treasury_id)
    _receive(city)
    for agency in agencies:
        city.indicators[agency] = _grant(city, agency)
    return city


def _event(city: City, kind: str, prepared_by: str, **given: object) -> Event:
    key = f"{kind}-opening-{next(city.numbers)}"
    return Event(kind, key, FIRST, "基准开账", prepared_by, **given)  # type: ignore[arg-type]


def _receive(city: City) -> None:
    facts = {"amount": Fen(_PLENTY * 100)}
    dims = {"fund": "1", "revenue": "1010101"}
    city.post("AUDT_IN", [_event(city, "treasury_receipt", "book", facts=facts, dims=dims)])


def _grant(city: City, agency: str) -> str:
    root, department, unit = f"R{agency}", f"D{agency}", f"U{agency}"
    whole = {"fiscal_year": YEAR, "fund": "1", "func": FUNC, "document": "人大〔2024〕1号"}
    opened = [
        {"indicator": root, **whole},
        {"indicator": department, "parent": root, "agency": agency, **whole},
        {"indicator": unit, "parent": department, "agency": agency, **whole},
    ]
    with transaction(city.source, city.session("COMP")) as tx:
        tx.connection.exec_driver_sql("select ledger.open_indicators(%s::jsonb)", (json.dumps(opened),))
    at = {"fund": "1", "func": FUNC}
    owned = {**at, "agency": agency}
    none = ("from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over")
    approved = {**dict.fromkeys(none, Fen(0)), "from_revenue": _PLENTY}
    city.post("APPR", [_event(city, "budget_approval", "comp", facts=approved, dims={**at, "indicator": root})])
    once = {"amount": _PLENTY}
    city.post(
        "ISSU",
        [
            _event(
                city,
                "department_decomposition",
                "revw",
                facts={"from_approved": _PLENTY, "from_held": Fen(0)},
                parties={"from": {**at, "indicator": root}, "to": {**owned, "indicator": department}},
            ),
            _event(
                city,
                "unit_decomposition",
                "revw",
                facts=once,
                parties={"from": {**owned, "indicator": department}, "to": {**owned, "indicator": unit}},
            ),
            _event(city, "indicator_issue", "revw", facts=once, dims={**owned, "indicator": unit}),
        ],
    )
    return unit
