"""The three administrators (三员): who is known here, who holds which duty, who signed in, and the first logins.

The system administrator (SADM) makes people known and gives first passwords; the security administrator
(SECU) appoints and dismisses, ends visits and takes away second factors; the audit administrator (LOGA)
reads what all did. None holds a business duty, and none does anything for themselves.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledger.credentials import hashed, verified
from ledger.db import Source, Transaction, owner
from ledger.errors import InvalidText, UnknownPerson

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the administrators see them."""

    person: str
    name: str
    office: str
    agency: str
    has_password: bool
    must_change: bool
    has_code: bool
    last_at: datetime | None
    last_address: str | None
    visits: int


@dataclass(frozen=True, slots=True)
class Appointment:
    """A duty that a person held, holds or will hold; ``until_on`` is the first day without it."""

    person: str
    name: str
    duty: str
    duty_zh: str
    duty_en: str
    first_on: date
    until_on: date | None
    agencies: Sequence[str] | None
    document: str
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did besides posting."""

    at: datetime
    person: str
    duty: str | None
    kind: str
    subject: str
    detail: Mapping[str, Any]
    address: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to sign in: ``tried``, then ``accepted`` if it was right; ``waiting`` came too soon."""

    at: datetime
    name: str
    address: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs in for a duty; ``ours`` is false when they have a password of their own."""

    duty: str
    duty_zh: str
    duty_en: str
    person: str
    name: str
    ours: bool


def register(tx: Transaction, person: str, name: str, office: str) -> None:
    """Make a person known, as a member of an office.

    Raises:
        NotPermitted: the duty is not to administer the system.
        PersonKnown, UnknownPerson: there is such a person, or no such office.
    """
    if not name.strip():
        raise InvalidText
    tx.cursor().execute("select ledger.register_person(%s, %s, %s)", (person, name.strip(), office))


def issue_password(tx: Transaction, person: str) -> str:
    """Give a person a password for one sign-in, after which they choose their own; their visits end.

    Raises:
        NotPermitted, NotForOneself, UnknownPerson.
    """
    password = new_password()
    tx.cursor().execute("select access.issue_password(%s, %s)", (person, hashed(password)))
    return password


def new_password() -> str:
    """Make a password of four groups, without letters that are taken for others: 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def appoint(
    tx: Transaction,
    person: str,
    duty: str,
    first: date,
    until: date | None,
    document: str,
    agencies: Sequence[str] | None = None,
) -> None:
    """Appoint a person to a duty from a day on, up to but without ``until``, for some agencies or all.

    Raises:
        DutiesIncompatible: it may not meet a duty that they, their office or their unit hold; ``facts``
            hold the pair and its ``basis``.
        NotPermitted, NotForOneself, UnknownPerson, PersonKnown.
        InvalidText: no document is named, or the term ends before it begins.
    """
    if not document.strip() or (until is not None and until <= first):
        raise InvalidText
    given = None if agencies is None else list(agencies)
    tx.cursor().execute(
        "select ledger.appoint(%s, %s, %s, %s, %s, %s::text[])", (person, duty, first, until, document.strip(), given)
    )


def dismiss(tx: Transaction, person: str, duty: str, first: date, on: date, document: str) -> None:
    """End an appointment that began on ``first``: ``on`` is the first day without it.

    Raises:
        NotPermitted, NotForOneself, UnknownPerson, PersonKnown.
    """
    if not document.strip():
        raise InvalidText
    values = (person, duty, first, on, document.strip())
    tx.cursor().execute("select ledger.end_appointment(%s, %s, %s, %s, %s)", values)


def end_visits(tx: Transaction, person: str, visit_id: UUID | None = None) -> int:
    """End a person's visits, or one of them, at once; tell how many."""
    return int(_rows(tx, "select access.end_visits(%s, %s)", person, visit_id)[0][0])


def drop_code(tx: Transaction, person: str, document: str) -> None:
    """Take away a person's second factor, by a document; their visits end."""
    if not document.strip():
        raise InvalidText
    tx.cursor().execute("select access.drop_code(%s, %s)", (person, document.strip()))


def accounts(tx: Transaction) -> list[Account]:
    """List the people, as an administrator."""
    return [Account(*row) for row in _rows(tx, "select * from access.accounts()")]


def appointments(tx: Transaction, person: str | None = None) -> list[Appointment]:
    """List every appointment, those that ended too, by person, duty and day."""
    return [
        Appointment(*row)
        for row in _rows(
            tx,
            "select h.person, p.name, h.duty, d.name_zh, d.name_en, lower(h.held),"
            " least(upper(h.held), e.ended_on), h.agencies, h.document, h.granted_by, e.recorded_by"
            "  from ledger.duty_held h join ledger.person p using (treasury_id, person)"
            "  join ledger.duty d using (duty)"
            "  left join ledger.duty_ended e using (treasury_id, person, duty, held)"
            " where h.treasury_id = %s and (%s::text is null or h.person = %s)"
            " order by h.person, h.duty, lower(h.held)",
            *(tx.treasury_id, person, person),
        )
    ]


def offices(tx: Transaction) -> list[tuple[str, str, str]]:
    """List the offices with their names."""
    sql = "select office, name_zh, name_en from ledger.office where treasury_id = %s order by office"
    return [(row[0], row[1], row[2]) for row in _rows(tx, sql, tx.treasury_id)]


def duties(tx: Transaction) -> list[tuple[str, str, str]]:
    """List the duties with their names."""
    return [
        (row[0], row[1], row[2]) for row in _rows(tx, "select duty, name_zh, name_en from ledger.duty order by duty")
    ]


def attempts(tx: Transaction, most: int = 200) -> list[Attempt]:
    """List the last attempts to sign in, the newest first."""
    return [Attempt(*row) for row in _rows(tx, "select * from access.sign_ins(%s)", most)]


def acts(tx: Transaction, most: int = 200) -> list[Act]:
    """List what people did last besides posting, the newest first."""
    return [Act(*row) for row in _rows(tx, "select * from access.acts(%s)", most)]


def share_password(source: Source, treasury_id: int, password: str, *, afresh: bool = False) -> list[Login]:
    """Give everyone of a demonstration one password, and list one login for each duty.

    Whoever has chosen a password of their own keeps it, unless the sharing begins ``afresh``.

    Raises:
        UnknownPerson: nobody in this treasury holds a duty today, or it is no demonstration.
    """
    with owner(source) as connection:
        holders = connection.exec_driver_sql(
            "select a.duty, d.name_zh, d.name_en, a.person, p.name, c.password from ledger.appointment a"
            "  join ledger.person p using (treasury_id, person) join ledger.duty d using (duty)"
            "  join ledger.treasury t using (treasury_id)"
            "  left join access.credential c using (treasury_id, person)"
            " where a.treasury_id = %s and t.demo and a.held @> access.today() order by a.duty, a.person",
            (treasury_id,),
        ).all()
        if not holders:
            raise UnknownPerson(facts={"treasury": treasury_id})
        kept: dict[str, str | None] = {row.person: None if afresh else row.password for row in holders}
        often = Counter(filter(None, kept.values())).most_common()
        shared = next((each for each, _ in often if verified(each, password)), None) or hashed(password)
        for person in [person for person, each in kept.items() if each is None]:
            connection.exec_driver_sql(
                "insert into access.credential (treasury_id, person, password, must_change)"
                " values (%s, %s, %s, false) on conflict (treasury_id, person) do update"
                " set password = excluded.password, must_change = false, changed_at = clock_timestamp()",
                (treasury_id, person, shared),
            )
            kept[person] = shared
        logins = {row.duty: row for row in reversed(holders)}
        return [
            Login(duty, row.name_zh, row.name_en, row.person, row.name, kept[row.person] == shared)
            for duty, row in sorted(logins.items())
        ]


def set_password(source: Source, treasury_id: int, person: str, password: str, *, must_change: bool = True) -> None:
    """Set a person's password as the owner of the database, for the first administrators; their visits end.

    Raises:
        UnknownPerson: there is no such person.
    """
    with owner(source) as connection:
        connection.exec_driver_sql(
            "insert into access.credential (treasury_id, person, password, must_change) values (%s, %s, %s, %s)"
            " on conflict (treasury_id, person) do update"
            " set password = excluded.password, must_change = excluded.must_change, changed_at = clock_timestamp()",
            (treasury_id, person, hashed(password), must_change),
        )
        connection.exec_driver_sql("select access.close_visits(%s, %s, null)", (treasury_id, person))


def _rows(tx: Transaction, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.cursor().execute(sql, values).fetchall()]
