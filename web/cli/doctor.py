"""The doctor looks at everything that the books stand on: ``doctor``."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ledger.db import LOGINS, Source, owner, snapshot
from ledger.durability import assert_durable
from ledger.errors import LedgerError
from ledger.home import DATA, DATABASE_URL, owner_dsn
from ledger.install import newest, schema_there
from reports.verify import guards
from web.cli.door import FOUND, Spoken, SpokenOption, data, echo_json, exit_with, from_database
from web.cli.words import language, say
from web.settings import FILE, UnreadableSettings, read_settings

_ROOM_BYTES = 1_000_000_000
"""With less than this free, a day of a large city may no longer fit."""
_PATIENCE = timedelta(minutes=15)
"""So long a leaf may wait for the sequencer."""
_APART = timedelta(seconds=5)
_VARIABLES = {DATA, DATABASE_URL}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what was seen."""

    check: str
    ok: bool
    detail: str


class _Ill(Exception):
    """Something is not well; the message says what."""


@click.command(cls=Spoken, help="help.doctor")
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def doctor(*, as_json: bool) -> None:
    """Look at everything."""
    found = list(examine(data()))
    well = all(each.ok for each in found)
    if as_json:
        echo_json({"ok": well, "checks": [asdict(each) for each in found]})
    else:
        for each in found:
            mark = say("doctor.ok" if each.ok else "doctor.fault")
            click.echo(say("doctor.line", mark=mark, check=say(f"check.{each.check}"), detail=each.detail))
        click.echo(say("doctor.well") if well else say("doctor.ill", count=sum(not each.ok for each in found)))
    if not well:
        exit_with(FOUND)


def examine(folder: Path) -> Iterator[Finding]:
    """Look at one thing after another; what cannot be looked at is a fault itself."""
    yield _look("config", lambda: _config(folder))
    yield _look("disk", lambda: _disk(folder))
    secrets = _look("secrets", lambda: _secrets(folder / "secrets"))
    yield secrets
    if not (folder / "secrets").is_dir():
        return
    try:
        dsn = owner_dsn(folder)
    except LedgerError as error:
        yield Finding("server", ok=False, detail=_told(error))
        return
    with closing(Source.at(dsn, folder / "secrets")) as source:
        yield _look("server", lambda: _server(source))
        yield _look("durability", lambda: _durability(dsn))
        yield _look("schema", lambda: _schema(source))
        yield _look("logins", lambda: _logins(source))
        yield _look("guards", lambda: _guards(source))
        yield _look("log", lambda: _log(source))
        yield _look("clock", lambda: _clock(source))


def _look(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, ok=True, detail=look())
    except _Ill as ill:
        return Finding(check, ok=False, detail=str(ill))
    except LedgerError as error:
        return Finding(check, ok=False, detail=_told(error))
    except Exception as error:
        if not from_database(error):
            raise
        return Finding(check, ok=False, detail=str(error).strip().partition("\n")[0])


def _told(error: LedgerError) -> str:
    plain = error.zh if language() == "zh" else str(type(error).__doc__)
    return plain if str(error) == type(error).__doc__ else f"{plain} {error}"


def _config(folder: Path) -> str:
    if unknown := sorted(name for name in os.environ if name.startswith("GONGKU_") and name not in _VARIABLES):
        raise _Ill(say("doctor.unknown_variable", names=", ".join(unknown), known=", ".join(sorted(_VARIABLES))))
    try:
        read_settings(folder)
    except UnreadableSettings as error:
        raise _Ill(say("serve.settings", file=folder / FILE, problem=error)) from error
    return say("doctor.own_server" if os.environ.get(DATABASE_URL) else "doctor.embedded", data=folder)


def _disk(folder: Path) -> str:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    told = say("doctor.free", megabytes=free // 1_000_000)
    if free < _ROOM_BYTES:
        raise _Ill(say("doctor.full", free=told, least=_ROOM_BYTES // 1_000_000))
    return told


def _secrets(folder: Path) -> str:
    """See that every login has its password, and that nobody else can read one."""
    if not folder.is_dir():
        raise _Ill(say("doctor.no_books", folder=folder))
    if missing := [name for name in LOGINS if not (folder / name).is_file()]:
        raise _Ill(say("doctor.no_password", names=", ".join(missing)))
    open_to_others = [path for path in (folder, *sorted(folder.iterdir())) if _others_may(path)]
    if open_to_others:
        raise _Ill(say("doctor.readable", names=", ".join(map(str, open_to_others))))
    return say("doctor.passwords", count=len(LOGINS))


def _others_may(path: Path) -> bool:
    found = path.stat()
    return bool(stat.S_IMODE(found.st_mode) & 0o077) or found.st_uid != os.geteuid()


def _server(source: Source) -> str:
    with owner(source) as connection:
        return f"PostgreSQL {connection.exec_driver_sql('show server_version').scalar_one()}"


def _durability(dsn: str) -> str:
    """See that the server is new enough, keeps what it confirms, and asks everyone for a password."""
    assert_durable(dsn)
    return say("doctor.durable")


def _schema(source: Source) -> str:
    """See that every migration of this version was run, and none of a later one."""
    there, head = schema_there(source), newest()
    if there != head:
        raise _Ill(say("doctor.other_schema", there=there, head=head))
    return say("doctor.schema", head=head)


def _logins(source: Source) -> str:
    """See that every login enters with its password, and that none can do everything."""
    for name in LOGINS:
        with source.engine(name).connect() as connection:
            mighty = connection.exec_driver_sql(
                "select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles"
                " where rolname = current_user"
            ).scalar_one()
        if mighty:
            raise _Ill(say("doctor.mighty", login=f"gongku_{name}"))
    return say("doctor.logins", count=len(LOGINS))


def _guards(source: Source) -> str:
    with snapshot(source) as connection:
        missing = [f"{each.where}: {each.found}" for each in guards(connection)]
    if missing:
        raise _Ill("; ".join(missing))
    return say("doctor.guards")


def _log(source: Source) -> str:
    """See that no leaf waits long for its place; its identity tells since when."""
    with snapshot(source) as connection:
        waiting, oldest = connection.exec_driver_sql(
            "select count(*), clock_timestamp() - min(uuid_extract_timestamp(leaf_id)) from ledger.leaf_queue"
        ).one()
    if oldest is not None and oldest > _PATIENCE:
        raise _Ill(say("doctor.waiting_long", count=waiting, minutes=oldest // timedelta(minutes=1)))
    return say("doctor.waiting", count=waiting)


def _clock(source: Source) -> str:
    """Compare the clocks of this machine, of the server and of the last voucher."""
    with snapshot(source) as connection:
        theirs, last = connection.exec_driver_sql(
            "select clock_timestamp(), max(uuid_extract_timestamp(leaf_id)) from ledger.treasury t left join lateral ("
            " select leaf_id from ledger.leaf l where l.treasury_id = t.treasury_id order by leaf_id desc limit 1"
            ") on true"
        ).one()
    apart = abs(datetime.now(UTC) - theirs)
    if apart > _APART:
        raise _Ill(say("doctor.apart", seconds=apart // timedelta(seconds=1)))
    if last is not None and last > theirs + _APART:
        raise _Ill(say("doctor.went_back", last=f"{last:%Y-%m-%d %H:%M:%S}"))
    return f"{theirs:%Y-%m-%d %H:%M:%S %z}"
