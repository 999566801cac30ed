"""Sessions: a person acts under one duty at a time, proven to the database by a token."""

import hashlib
import secrets

from ledger.db import Session, Source, translated

LONGEST_SECONDS = 36_000
"""A session ends after ten hours at the latest."""


def open_session(source: Source, treasury_id: int, person: str, duty: str, seconds: int = LONGEST_SECONDS) -> Session:
    """Open a session for a person under one duty that they hold today.

    Raises:
        DutyNotHeld: no appointment of theirs to the duty is in force.
    """
    token = secrets.token_hex(32)
    with translated(), source.engine("auth").begin() as connection:
        login = connection.exec_driver_sql(
            "select access.open_session(%s, %s, %s, %s, %s)",
            (_hash(token), treasury_id, person, duty, seconds),
        ).scalar_one()
    return Session(token, treasury_id, person, duty, login)


def close_session(source: Source, session: Session) -> None:
    """End a session at once, also for connections that hold its token."""
    with translated(), source.engine("auth").begin() as connection:
        connection.exec_driver_sql("select access.revoke_session(%s)", (_hash(session.token),))


def _hash(token: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(token)).digest()
