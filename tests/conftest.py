"""One server per session, one fresh treasury per test: real books, never rolled back."""

import datetime as dt
import itertools
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from ledger import access, credentials, embedded, install, journal
from ledger.db import Session, Source, owner, transaction
from ledger.events import Event
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan
from ledger.money import Fen
from reports import verify
from tests import made

DAY = dt.date(2024, 3, 5)
OFFICES = {  # duty -> (agency, person); every duty in an office of its own
    "COMP": "101", "REVW": "101", "ISSU": "101", "PCHK": "101", "SIGN": "101", "CASH": "101",
    "BOOK": "101", "AUDT_IN": "101", "CLOS": "101", "RECO": "101", "RFND": "101", "PUBL": "101",
    "OVER": "101", "APPR": "301", "NPCO": "301", "AUDI": "302", "APPL": "201", "BILL": "202",
    "COLL": "901", "SADM": "903",
}  # fmt: skip

settings.register_profile("gongku", deadline=None)  # how long an example takes is nobody's business here
settings.load_profile("gongku")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server", choices=["embedded", "tcp"], default="embedded")


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", {}).get("kept")
    config.stash[made.KEPT] = Path(told or tempfile.mkdtemp(prefix="gongku-made-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["kept"] = str(node.config.stash[made.KEPT])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        made.discard(config.stash[made.KEPT])


@pytest.fixture(scope="session", autouse=True)
def light_passwords() -> Iterator[None]:
    """Hash at the lowest cost of argon2id, since thousands sign in; test_credentials holds the cost that is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("books")
    yield folder
    embedded.discard(folder)


@pytest.fixture(scope="session")
def source(data: Path, request: pytest.FixtureRequest) -> Iterator[Source]:
    """Share one server; no test leaves it with a guard that is off or weaker than it was."""
    for source in books_in(data, request.config):
        yield source
        with owner(source) as connection:
            assert list(verify.guards(connection)) == []


def books_in(data: Path, config: pytest.Config) -> Iterator[Source]:
    """Start a server in a folder, of the kind that this run is asked for, with everything installed."""
    source = made.installed(config, data)
    yield source
    source.close()


@dataclass(frozen=True)
class City:
    """A treasury with the books of 2024: bureau, indicators, an organ (201) and an institution (202)."""

    source: Source = field(repr=False)
    treasury_id: int
    sessions: dict[str, Session] = field(default_factory=dict, repr=False)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def session(self, duty: str) -> Session:
        if duty not in self.sessions:
            person = duty.lower()
            self.sessions[duty] = access.open_session(self.source, self.treasury_id, person, duty)
        return self.sessions[duty]

    def event(self, kind: str, *, prepared_by: str, on: dt.date = DAY, key: str = "", **given) -> Event:
        key = key or f"{kind}-{next(self.numbers)}"
        return Event(kind, key, on, given.pop("narration", "测试业务"), prepared_by, **given)

    def post(self, duty: str, *events: Event) -> list[journal.Posted]:
        with transaction(self.source, self.session(duty)) as tx:
            return journal.post(tx, events)

    def receive(self, fen: int, *, on: dt.date = DAY, fund: str = "1", revenue: str = "1010101"):
        """Tax that reaches the treasury."""
        dims = {"fund": fund, "revenue": revenue}
        return self.post("AUDT_IN", self.event("treasury_receipt", prepared_by="book", on=on,
                                               facts={"amount": Fen(fen)}, dims=dims))  # fmt: skip

    def grant(self, fen: int, *, agency: str = "201", func: str = "2050201", on: dt.date = DAY,
              fund: str = "1", **named: str) -> str:  # fmt: skip
        """Approve, decompose and issue an indicator, which may name more; give its code."""
        n = next(self.numbers)
        root, department, unit = f"R{n}", f"D{n}", f"U{n}"
        whole = {"fiscal_year": on.year, "fund": fund, "document": "人大〔2024〕1号"}
        with transaction(self.source, self.session("COMP")) as tx:
            tx.connection.exec_driver_sql(
                "select ledger.open_indicators(%s::jsonb)",
                (_json([
                    {"indicator": root, "func": func, **whole},
                    {"indicator": department, "parent": root, "agency": agency, "func": func, **whole},
                    {"indicator": unit, "parent": department, "agency": agency, "func": func, **whole, **named},
                ]),),
            )  # fmt: skip
        at = {"fund": fund, "func": func}
        facts = dict.fromkeys(
            ["from_revenue", "from_transfer", "from_debt", "from_transfers_in", "from_stabilisation",
             "from_carry_over"], Fen(0))  # fmt: skip
        self.post("APPR", self.event("budget_approval", prepared_by="comp", on=on,
                                     facts={**facts, "from_revenue": Fen(fen)},
                                     dims={**at, "indicator": root}))  # fmt: skip
        owned = {**at, "agency": agency}
        self.post(
            "ISSU",
            self.event("department_decomposition", prepared_by="revw", on=on,
                       facts={"from_approved": Fen(fen), "from_held": Fen(0)},
                       parties={"from": {**at, "indicator": root},
                                "to": {**owned, "indicator": department}}),
            self.event("unit_decomposition", prepared_by="revw", on=on, facts={"amount": Fen(fen)},
                       parties={"from": {**owned, "indicator": department},
                                "to": {**owned, "indicator": unit}}),
            self.event("indicator_issue", prepared_by="revw", on=on, facts={"amount": Fen(fen)},
                       dims={**owned, "indicator": unit}),
        )  # fmt: skip
        return unit

    def payment_dims(self, indicator: str, **other: str) -> Mapping[str, str]:
        return {"fund": "1", "func": "2050201", "gov_econ": "50201", "dept_econ": "30201",
                "agency": "201", "indicator": indicator, "counterparty": "某某文具店", **other}  # fmt: skip

    def reservation(self, indicator: str, fen: int, **other: str) -> Event:
        return self.event("payment_reservation", prepared_by="appl", facts={"amount": Fen(fen)},
                          dims=self.payment_dims(indicator, **other))  # fmt: skip

    def payment(self, indicator: str, fen: int, **other: str) -> Event:
        return self.event("treasury_payment", prepared_by="appl", facts={"amount": Fen(fen)},
                          dims=self.payment_dims(indicator, **other))  # fmt: skip

    def pay(self, indicator: str, fen: int, **other: str) -> journal.Posted:
        """Reserve and pay."""
        self.post("PCHK", self.reservation(indicator, fen, **other))
        return self.post("SIGN", self.payment(indicator, fen, **other))[0]


def _json(value: object) -> str:
    import json

    return json.dumps(value)


_TREASURIES = itertools.count(1)


@pytest.fixture
def city(source: Source) -> City:
    return make_city(source)


def make_city(source: Source) -> City:
    """Create a treasury of one's own, with people and open books."""
    number = next(_TREASURIES)
    with owner(source) as connection:
        install.create_treasury(connection, TreasuryPlan(number, f"T{number:06d}", "测试国库", "Test treasury"))
        install.create_agencies(
            connection,
            number,
            [
                AgencyPlan("101", "财政局", "Finance bureau", "organ"),
                AgencyPlan("201", "教育局", "Education bureau", "organ"),
                AgencyPlan("202", "第一中学", "First middle school", "institution", "201"),
                AgencyPlan("301", "人大常委会", "People's Congress", "organ"),
                AgencyPlan("302", "审计局", "Audit bureau", "organ"),
                AgencyPlan("901", "代理银行", "Agent bank", "other"),
                AgencyPlan("903", "信息中心", "Information centre", "institution"),
            ],
        )
        for duty, agency in OFFICES.items():
            office = f"{agency}.{duty}"
            install.create_office(connection, number, office, agency, duty, duty)
            install.create_person(
                connection,
                number,
                PersonPlan(duty.lower(), duty, office, (duty,)),
                dt.date(2020, 1, 1),
                "任字1号",
            )
        first = dt.date(2024, 1, 1)
        install.create_account_sets(
            connection,
            number,
            [
                SetPlan(
                    "B2024",
                    "101",
                    "bureau",
                    "general_budget_2023",
                    2024,
                    first,
                    "财政总会计",
                    "Bureau",
                ),
                SetPlan(
                    "I2024",
                    "101",
                    "indicator",
                    "indicator_2023",
                    2024,
                    first,
                    "预算指标",
                    "Indicators",
                ),
                SetPlan("A201-2024", "201", "agency", "unit_2019", 2024, first, "教育局", "Education"),
                SetPlan("A202-2024", "202", "agency", "unit_2019", 2024, first, "一中", "School"),
            ],
        )
    return City(source, number)
