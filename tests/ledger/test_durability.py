"""What is not safe is refused: real servers, really set to lose or to trust."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger import embedded
from ledger.durability import assert_durable
from ledger.embedded import Server
from ledger.errors import UnsafeServer


@pytest.fixture(autouse=True)
def no_password_from_the_environment(monkeypatch):
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("durable") / "data"
    yield embedded.start(data)
    embedded.discard(data)


def ask(dsn: str, sql: str):
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def show(server: Server, name: str) -> str:
    return ask(server.owner_dsn(), f"show {name}")[0][0]


def without_password(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    del parts["password"]
    return make_conninfo("", **parts, passfile="/nowhere")


def set_everywhere(server: Server, name: str, value: str) -> None:
    """Change a setting for the whole server and wait until new connections have it."""
    ask(server.owner_dsn(), f"alter system set {name} = {value}")
    ask(server.owner_dsn(), "select pg_reload_conf()")
    while show(server, name) != value:
        pass


def test_the_embedded_server_is_durable(server):
    assert_durable(server.owner_dsn())
    with psycopg.connect(server.owner_dsn()) as connection:
        assert_durable(connection)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("synchronous_commit", "local"),
        ("zero_damaged_pages", "on"),
    ],
)
def test_a_server_set_to_lose_is_refused(server, name, value):
    good = show(server, name)
    set_everywhere(server, name, value)
    try:
        with pytest.raises(UnsafeServer, match=f"{name} is {value}"):
            assert_durable(server.owner_dsn())
    finally:
        set_everywhere(server, name, good)
    assert_durable(server.owner_dsn())


def test_a_role_set_to_lose_is_refused(server):
    ask(server.owner_dsn(), "create role hasty")
    ask(server.owner_dsn(), "alter role hasty set synchronous_commit = off")
    try:
        with pytest.raises(UnsafeServer, match="synchronous_commit is off for hasty"):
            assert_durable(server.owner_dsn())
    finally:
        ask(server.owner_dsn(), "drop role hasty")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("local all all trust", "trusts everyone"),
        ("host all all 127.0.0.1/32 trust", "trusts everyone"),
        ("local all all faith", "invalid authentication method"),
    ],
)
def test_a_login_rule_that_trusts_or_is_unclear_is_refused(server, line, fault):
    rules = server.folder / "cluster/pg_hba.conf"
    good = rules.read_text()
    rules.write_text(good + line + "\n")
    try:
        with pytest.raises(UnsafeServer, match=fault):
            assert_durable(server.owner_dsn())
    finally:
        rules.write_text(good)
    assert_durable(server.owner_dsn())


def test_a_role_that_may_not_read_the_login_rules_is_told_what_to_grant(server):
    ask(server.owner_dsn(), "create role plain login password '123450'")
    dsn = make_conninfo(without_password(server.owner_dsn()), user="plain", password="123450")  # noqa: S106
    try:
        with pytest.raises(UnsafeServer, match="grant select on pg_hba_file_rules"):
            assert_durable(dsn)
        ask(server.owner_dsn(), "grant select on pg_hba_file_rules to plain")
        ask(server.owner_dsn(), "grant execute on function pg_hba_file_rules() to plain")
        assert_durable(dsn)
    finally:
        ask(server.owner_dsn(), "drop owned by plain")
        ask(server.owner_dsn(), "drop role plain")
