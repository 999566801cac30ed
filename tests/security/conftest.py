"""A city under attack beside a neighbour, and a door for every login."""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from ledger import access, embedded, install, periods
from ledger.db import Source, owner, transaction
from ledger.install import PersonPlan, SetPlan
from tests.conftest import City, books_in, make_city

DUTY_OF_LOGIN = {
    "compile": "COMP", "execute": "AUDT_IN", "collect": "COLL", "bill": "BILL", "oversee": "OVER",
    "audit": "AUDI", "publish": "PUBL", "administer": "SADM",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of an attack: the SQLSTATE and constraint that refused it, or the rows it got."""

    state: str = ""
    constraint: str = ""
    rows: Sequence[tuple] = ()
    touched: int = 0
    message: str = ""


@dataclass(frozen=True)
class Scene:
    """Two treasuries with books; tokens good and bad; one open connection per login."""

    source: Source
    home: City
    foreign: City
    tokens: Mapping[str, str]
    values: Mapping[str, object]
    doors: dict[str, psycopg.Connection] = field(default_factory=dict)

    def door(self, login: str) -> psycopg.Connection:
        """Open the connection of a login, or of the superuser (``root``)."""
        if login not in self.doors:
            self.doors[login] = connect(self.source, login)
        return self.doors[login]

    def attack(self, login: str, statement: str, token: str = "", **more: object) -> Outcome:
        """Run statements in one transaction and commit; say what became of it."""
        connection = self.door(login)
        try:
            with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
                cursor.execute("set transaction read write")  # as any attacker would
                if token:
                    cursor.execute("select set_config('gongku.token', %s, true)", (token,))
                cursor.execute(statement, {**self.values, **more})
                while cursor.nextset():
                    pass
                rows = cursor.fetchall() if cursor.description else []
                return Outcome(rows=rows, touched=cursor.rowcount)
        except psycopg.Error as error:
            diag = error.diag
            return Outcome(error.sqlstate or "", diag.constraint_name or "", message=str(error))
        finally:
            connection.execute("discard all")

    def token(self, name: str) -> str:
        """A token by name: of a duty's session, or one of the bad ones; empty for none."""
        if name in self.tokens or not name:
            return self.tokens.get(name, "")
        return self.home.session(name).token

    def fingerprint(self) -> Sequence[tuple]:
        """Every row version of every table of ours, every object, every role and large object."""
        return self.door("root").execute(self.values["fingerprint"]).fetchall()


def connect(source: Source, login: str) -> psycopg.Connection:
    url = source.url.set(drivername="postgresql")
    if login != "root":
        url = url.set(username=f"gongku_{login}", password=source.passwords[login])
    dsn = url.render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)


def _fingerprint(root: psycopg.Connection) -> str:
    tables = root.execute(
        "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = any"
        " ('{ledger,access,published}'::regnamespace[]) order by 1"
    ).fetchall()
    parts = [
        f"select '{t}', count(*), coalesce(sum(hashtextextended(concat(xmin, ctid), 0)), 0) from {t}" for (t,) in tables
    ]
    ours = "any ('{ledger,access,published,public}'::regnamespace[])"
    parts += [
        f"select 'relations', count(*), 0 from pg_class where relnamespace = {ours}",
        f"select 'functions', count(*), 0 from pg_proc where pronamespace = {ours}",
        f"select 'rights', count(*), sum(hashtext(relacl::text)) from pg_class where relnamespace = {ours}",
        "select 'triggers', count(*), sum(ascii(tgenabled::text)) from pg_trigger",
        "select 'rules', count(*), 0 from pg_rewrite",
        "select 'policies', count(*), 0 from pg_policy",
        "select 'roles', count(*), 0 from pg_authid",
        "select 'memberships', count(*), 0 from pg_auth_members",
        "select 'large objects', count(*), 0 from pg_largeobject_metadata",
        "select 'schemas', count(*), 0 from pg_namespace where nspname !~ '^pg_'",
    ]
    return " union all ".join(parts)


def hashed(token: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(token)).digest()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Source]:
    """A server of this suite's own: a fingerprint reads every row, and other tests leave a hundred thousand."""
    data = tmp_path_factory.mktemp("attacked")
    yield from books_in(data, request.config)
    embedded.discard(data)


@pytest.fixture(scope="session")
def scene(source: Source) -> Iterator[Scene]:
    home, foreign = make_city(source), make_city(source)
    with owner(source) as connection:
        one = home.treasury_id
        install.create_office(connection, one, "201.few", "201", "one unit", "one unit")
        for person, duty, agencies in (
            ("few", "AUDT_IN", ("201",)),
            ("fewcomp", "COMP", ("201",)),
            ("fewpubl", "PUBL", ("201",)),
        ):
            plan = PersonPlan(person, person, "201.few", (duty,), agencies)
            install.create_person(connection, one, plan, dt.date(2020, 1, 1), "任字2号")
        install.create_account_sets(
            connection,
            foreign.treasury_id,
            [SetPlan("B2025", "101", "bureau", "general_budget_2023", 2025, dt.date(2025, 1, 1),
                     "财政总会计", "Bureau")],
        )  # fmt: skip
        agency = [SetPlan("OLD", "202", "agency", "unit_2019", 2023, dt.date(2023, 1, 1), "一中", "School")]
        install.create_account_sets(connection, one, agency)
    for each in (home, foreign):
        each.receive(1_000_000)
        indicator = each.grant(10_000)
        last = each.pay(indicator, 1_000)
    with transaction(source, home.session("CLOS")) as tx:
        for period in range(3):
            periods.close_for_good(tx, "OLD", period, "结账")
        periods.close_softly(tx, "OLD", 3, "软结账")
    sessions = {
        "few": access.open_session(source, one, "few", "AUDT_IN"),
        "fewcomp": access.open_session(source, one, "fewcomp", "COMP"),
        "fewpubl": access.open_session(source, one, "fewpubl", "PUBL"),
        "foreign AUDT_IN": foreign.session("AUDT_IN"),
        "expired": access.open_session(source, one, "audt_in", "AUDT_IN"),
        "revoked": access.open_session(source, one, "audt_in", "AUDT_IN"),
    }
    for duty in (*DUTY_OF_LOGIN.values(), "PCHK", "SIGN", "CLOS", "ISSU", "NPCO"):
        home.session(duty)
    access.close_session(source, sessions["revoked"])
    good = home.session("AUDT_IN").token
    tokens = {name: session.token for name, session in sessions.items()} | {
        "random": secrets.token_hex(32),
        "short": good[:-2],
        "long": good + "00",
        "upper": good.upper(),
        "not hex": "g" * 64,
        "quote": "'; select 1; --",
        "hash itself": hashed(good).hex(),
    }
    scene = Scene(source, home, foreign, tokens, {})
    root = scene.door("root")
    root.execute(
        "update access.session set expires_at = now() - interval '1 second' where token_hash = %s",
        (hashed(tokens["expired"]),),
    )
    event, voucher = root.execute(
        "select event_id, voucher_id from ledger.voucher where treasury_id = %s and account_set_id = 1"
        " and event_id = %s", (foreign.treasury_id, last.event_id),
    ).fetchone()  # fmt: skip
    mine = root.execute(
        "select event_id, voucher_id from ledger.voucher where treasury_id = %s and account_set_id = 1"
        " order by no limit 1", (one,),
    ).fetchone()  # fmt: skip
    digests = dict(root.execute("select event, digest from ledger.template where in_force @> date '2024-03-05'"))
    values = {
        "one": one, "two": foreign.treasury_id, "event": mine[0], "voucher": mine[1],
        "foreign_event": event, "foreign_voucher": voucher, "indicator": indicator,
        "fingerprint": _fingerprint(root), "manual": digests["manual"],
        "receipt": digests["treasury_receipt"],
        "payment": digests["treasury_payment"], "good_hash": hashed(good),
    }  # fmt: skip
    yield Scene(source, home, foreign, tokens, values, scene.doors)
    for connection in scene.doors.values():
        connection.close()


@pytest.fixture
def unchanged(scene: Scene) -> Iterator[None]:
    """Nothing at all may be different after the test."""
    before = scene.fingerprint()
    yield
    assert scene.fingerprint() == before


def small(events: list[dict], lines: list[dict]) -> dict[str, str]:
    """The two arguments of ``ledger.post_small``."""
    return {"events": json.dumps(events), "lines": json.dumps(lines)}
