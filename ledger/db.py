"""The database as each login sees it, and the one way to change anything: ``transaction``."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ledger import (
    budget_errors,
    claim_errors,
    disclosure_errors,
    errors,
    fund_errors,
    import_errors,
    performance_errors,
)
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")

LOGINS = (
    "compile",
    "execute",
    "collect",
    "bill",
    "oversee",
    "audit",
    "publish",
    "administer",
    "intake",
    "public",
    "auth",
    "sequencer",
    "inspect",
)
"""The database logins, each ``gongku_<name>`` with a password and a pool of its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """A database and the passwords of its logins; one small pool per login, made when first used."""

    url: URL
    passwords: Mapping[str, str] = field(repr=False)
    engines: dict[str, Engine] = field(default_factory=dict, repr=False)
    memory: "dict[Hashable, Any]" = field(default_factory=dict, repr=False)
    """What was read of reference data and account sets, by treasury; see ``chart`` and ``books``."""

    @classmethod
    def at(cls, dsn: str, secrets: Path) -> Self:
        """Open the database of a libpq URI with the passwords kept in a folder, one file a login."""
        url = make_url(dsn).set(drivername="postgresql+psycopg")
        kept = {name: secrets / name for name in LOGINS}
        return cls(url, {n: p.read_text("ascii").strip() for n, p in kept.items() if p.is_file()})

    def engine(self, login: str) -> Engine:
        """Give the pool of a login.

        Raises:
            NotInitialised: there is no password for it yet.
        """
        if login in self.engines:
            return self.engines[login]
        if login not in self.passwords:
            raise errors.NotInitialised
        url = self.url.set(username=f"gongku_{login}", password=self.passwords[login])
        new = create_engine(url, pool_size=4, max_overflow=16, hide_parameters=True)
        return self.engines.setdefault(login, new)  # of threads that come first together, one's is kept

    def close(self) -> None:
        """Give back every connection."""
        for engine in self.engines.values():
            engine.dispose()
        self.engines.clear()


@dataclass(frozen=True, slots=True)
class Session:
    """A person acting under one duty, with the token that proves it to the database."""

    token: str = field(repr=False)
    treasury_id: int
    person: str
    duty: str
    login: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open unit of work of one person: the only key that opens a write."""

    connection: Connection
    session: Session
    source: Source

    @property
    def treasury_id(self) -> int:
        """The treasury that the person works for."""
        return self.session.treasury_id

    def cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        """Give the driver's own cursor, for COPY and calls with one round trip."""
        raw: psycopg.Connection[tuple[Any, ...]] | None = self.connection.connection.driver_connection
        if raw is None:
            raise errors.NotInitialised
        return raw.cursor()


@contextmanager
def transaction(source: Source, session: Session) -> Generator[Transaction]:
    """Do one piece of work as one person: all of it is recorded, or nothing.

    Raises:
        LedgerError: a constraint, a right or a rule refused; the class tells which.
    """
    with translated(), source.engine(session.login).begin() as connection:
        tx = Transaction(connection, session, source)
        tx.cursor().execute(_BEGIN, (session.token,))
        yield tx


def attempt(source: Source, session: Session, work: Callable[[Transaction], T], tries: int = 3) -> T:
    """Do a piece of work, again if it lost a race (a serialisation failure, a deadlock, the same key)."""
    for _ in range(tries - 1):
        try:
            with transaction(source, session) as tx:
                return work(tx)
        except errors.EventRaced:
            continue
        except (DBAPIError, psycopg.Error) as error:  # a posting meets the driver's own
            if _sqlstate(error) not in _LOST_RACE:
                raise
    with transaction(source, session) as tx:
        return work(tx)


@contextmanager
def snapshot(source: Source, session: Session | None = None) -> Generator[Connection]:
    """Read one consistent state of the books: as a person, or without one as the inspecting login."""
    engine = source.engine("inspect" if session is None else session.login)
    with translated(), engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            connection.exec_driver_sql("set transaction read only")
            if session is not None:
                connection.exec_driver_sql("select set_config('gongku.token', %s, true)", (session.token,))
            yield connection


@contextmanager
def owner(source: Source) -> Generator[Connection]:
    """Work as the owner of the database, for set-up and migrations only."""
    with translated(), _of_owner(source.url).begin() as connection:
        yield connection


@cache
def _of_owner(url: URL) -> Engine:
    """Give the owner's engine, which keeps no connection open."""
    return create_engine(url, poolclass=NullPool)


_BEGIN = """
select set_config('gongku.token', %s, true), set_config('synchronous_commit', 'on', true)"""
_LOST_RACE = frozenset({"40001", "40P01"})
_INSUFFICIENT_PRIVILEGE = "42501"


@contextmanager
def translated() -> Generator[None]:
    """Turn the database's refusals into the ledger's."""
    try:
        yield
    except DBAPIError as error:
        refusal = refusal_of(error.orig)
        if refusal is None:
            raise
        raise refusal from error
    except psycopg.Error as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def refusal_of(cause: BaseException | None) -> LedgerError | None:
    """Find the ledger's own word for a database refusal; None if it is not one."""
    if not isinstance(cause, psycopg.Error):
        return None
    diag = cause.diag
    facts = _facts(diag.message_detail)
    message = diag.message_primary or ""
    if diag.constraint_name == "event_once" and not facts:
        return errors.EventRaced(message)
    if diag.constraint_name in _BY_CONSTRAINT:
        return _BY_CONSTRAINT[diag.constraint_name](message, facts)
    make = _BY_STATE.get(cause.sqlstate or "")
    return None if make is None else make(message)


_BY_CONSTRAINT = {
    **errors.BY_CONSTRAINT,
    **disclosure_errors.BY_CONSTRAINT,
    **budget_errors.BY_CONSTRAINT,
    **fund_errors.BY_CONSTRAINT,
    **claim_errors.BY_CONSTRAINT,
    **performance_errors.BY_CONSTRAINT,
    **import_errors.BY_CONSTRAINT,
}
_BY_STATE: Mapping[str, Callable[[str], LedgerError]] = {
    _INSUFFICIENT_PRIVILEGE: errors.NotPermitted,
    "22003": partial(errors.InvalidAmount),
}


def _sqlstate(error: DBAPIError | psycopg.Error) -> str | None:
    return getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)


def _facts(detail: str | None) -> dict[str, object]:
    """Read the facts that a refusal carries as JSON; an ordinary detail is no fact."""
    if not detail or not detail.startswith("{"):
        return {}
    read = json.loads(detail)
    return dict(read)
