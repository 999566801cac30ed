"""Clients (接口客户端): other systems that act as a person under one duty, by a token with an end."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any

from ledger.db import Session, Source, Transaction
from ledger.errors import NotSignedIn

LONGEST_DAYS = 366
_TOKEN = re.compile(r"gk_([a-z]{3,10})_([0-9a-f]{64})")


def issue_token(tx: Transaction, client: str, *, person: str, duty: str, days: int, document: str) -> str:
    """Issue a token to a client for some days; it is told once and kept only as a hash.

    Raises:
        NotPermitted: only SECU may, and not for oneself.
        DutyNotHeld: the person does not hold the duty today.
    """
    token = secrets.token_hex(32)
    login = tx.connection.exec_driver_sql(
        "select access.issue_token(%s, %s, %s, %s, %s, %s)",
        (hashlib.sha256(bytes.fromhex(token)).digest(), client, person, duty, days, document),
    ).scalar_one()
    return f"gk_{login}_{token}"


def revoke_token(tx: Transaction, client: str) -> bool:
    """End a client's token at once; tell whether it had one."""
    return bool(tx.connection.exec_driver_sql("select access.revoke_token(%s)", (client,)).scalar_one())


def clients(tx: Transaction) -> Sequence[dict[str, Any]]:
    """List the clients of the treasury, without their tokens."""
    return [dict(row) for row in tx.connection.exec_driver_sql("select * from access.clients()").mappings()]


def session_of(source: Source, token: str) -> Session:
    """Find who a token stands for; the database verifies it again in every transaction.

    Raises:
        NotSignedIn: it is unknown, ended or revoked.
    """
    match = _TOKEN.fullmatch(token)
    if (
        match is None
        or match[1] not in source.passwords
        or match[1] in {"public", "auth", "sequencer", "inspect", "intake"}
    ):
        raise NotSignedIn
    login, plain = match.groups()
    with source.engine(login).begin() as connection:
        connection.exec_driver_sql("select set_config('gongku.token', %s, true)", (plain,))
        who = connection.exec_driver_sql("select (access.whoami()).*").one()
    if who.person is None:
        raise NotSignedIn
    return Session(plain, who.treasury_id, who.person, who.duty, login)
