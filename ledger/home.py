"""Where the books are: a data directory with its embedded server, or a PostgreSQL server of one's own."""

import os
from pathlib import Path

from ledger import embedded
from ledger.db import Source
from ledger.durability import assert_durable
from ledger.errors import NotInitialised, OtherSchema
from ledger.install import install, require_schema

DATABASE_URL = "GONGKU_DATABASE_URL"
"""Names the owner's DSN of one's own PostgreSQL 18 server; without it the embedded server is used."""
DATA = "GONGKU_DATA"
"""Names the data directory when no ``--data`` does."""


def data_directory(given: Path | None = None) -> Path:
    """Tell the data directory: the given one, that of the environment, or one in the user's home."""
    if given is not None:
        return given
    named = os.environ.get(DATA)
    return Path(named) if named else Path.home() / ".gongku"


def owner_dsn(data: Path) -> str:
    """Give a DSN of the database's owner, for psql; the embedded server is started when it is down.

    Raises:
        EmbeddedServerFailed: it cannot be started.
    """
    return os.environ.get(DATABASE_URL) or embedded.start(data).owner_dsn()


def open_books(data: Path) -> Source:
    """Open the books that are there.

    Raises:
        NotInitialised: there are none in this data directory.
        UnsafeServer: the server would lose what it acknowledges, or lets strangers in.
        OtherSchema: they were made by another version of the program.
    """
    if not _secrets(data).is_dir():
        raise NotInitialised(facts={"data": str(data)})
    dsn = owner_dsn(data)
    assert_durable(dsn)
    source = Source.at(dsn, _secrets(data))
    try:
        require_schema(source)
    except OtherSchema:
        source.close()
        raise
    return source


def make_books(data: Path) -> Source:
    """Make empty books, or bring those that are there to this version, and open them.

    Raises:
        UnsafeServer: the server would lose what it acknowledges, or lets strangers in.
    """
    dsn = owner_dsn(data)
    assert_durable(dsn)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    install(Source.at(dsn, _secrets(data)), _secrets(data))
    return Source.at(dsn, _secrets(data))


def _secrets(data: Path) -> Path:
    return data / "secrets"
