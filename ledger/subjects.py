"""Identities that an OpenID provider vouches for, and all that a person signs in with, as the administrators see it."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from ledger.credentials import ask, remembered
from ledger.db import Source, Transaction
from ledger.errors import InvalidText, SignInRefused


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in besides the password: a ``passkey``, or a ``subject`` of a provider."""

    kind: str
    name: str
    since_at: datetime
    used_at: datetime | None
    document: str | None


def link(tx: Transaction, person: str, issuer: str, subject: str, document: str) -> None:
    """Let whom a provider names ``subject`` sign in as a person, by a document.

    Raises:
        NotPermitted, NotForOneself: only SECU may, and not for oneself.
        SubjectLinked, UnknownPerson: it is linked already, or there is no such person.
        InvalidText: no document is named.
    """
    if not document.strip():
        raise InvalidText
    values = (person, issuer, subject.strip(), document.strip())
    tx.cursor().execute("select access.link_subject(%s, %s, %s, %s)", values)


def end_ways(tx: Transaction, person: str, document: str) -> int:
    """Take away every passkey and every link of a person, by a document; their visits end. Tell how many."""
    if not document.strip():
        raise InvalidText
    row = tx.cursor().execute("select access.end_ways(%s, %s)", (person, document.strip())).fetchone()
    return int(row[0]) if row else 0


def ways(tx: Transaction, person: str) -> list[Way]:
    """List how a person signs in besides the password, as an administrator."""
    return [Way(*row) for row in tx.cursor().execute("select * from access.ways_of(%s)", (person,)).fetchall()]


def sign_in(
    source: Source,
    treasury_id: int,
    issuer: str,
    subject: str,
    *,
    second_factor: bool,
    address: str = "",
    agent: str = "",
) -> str:
    """Open the visit of whom a provider named and give its token; the provider's signature was verified before.

    Raises:
        SignInRefused: that identity is linked to nobody here.
    """
    token = secrets.token_hex(32)
    opened = ask(
        source,
        "select access.open_subject_visit(%s, %s, %s, %s, %s, %s, %s)",
        *(remembered(token), treasury_id, issuer, subject[:255], second_factor, address[:64], agent[:300]),
    )
    if opened[0][0] is None:
        raise SignInRefused
    return token
