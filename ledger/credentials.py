"""Signing in: passwords, codes and visits. The database counts and remembers, this module verifies.

A visit is one sign-in at one browser. Its token is the browser's alone: the database is shown what is
derived from it, and keeps only the hash of that, so that neither can be turned back into the cookie.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from ledger.db import Session, Source, translated
from ledger.errors import NotSignedIn, SignInRefused, SignInTooOften, WeakPassword

SHORTEST, LONGEST = 15, 200
"""How many characters a password has; nothing else is asked of it but that it is not well known."""
CODE_SECONDS = 30
HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
_AT_ONCE = BoundedSemaphore(4)  # four verifications are 256 MiB
_KNOWN = ("password", "12345678", "qwertyuiop", "iloveyou", "11111111", "00000000", "abcdefgh", "gongku", "公库")


@dataclass(frozen=True, slots=True)
class TreasuryName:
    """A treasury that one may sign in to."""

    treasury_id: int
    code: str
    name_zh: str
    name_en: str
    demo: bool


@dataclass(frozen=True, slots=True)
class DutyHeld:
    """A duty that a person holds today; ``until_on`` is the first day on which they do not."""

    duty: str
    name_zh: str
    name_en: str
    login: str
    first_on: date
    until_on: date | None
    agencies: Sequence[str] | None
    document: str


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit of one's own that is open."""

    visit_id: UUID
    this: bool
    duty: str | None
    address: str
    agent: str
    opened_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """Who a browser is, and under which duty it acts."""

    token: str = field(repr=False)
    visit_id: UUID
    treasury_id: int
    treasury: str
    treasury_zh: str
    treasury_en: str
    demo: bool
    person: str
    name: str
    office_zh: str
    office_en: str
    duty: str | None
    duty_zh: str | None
    duty_en: str | None
    login: str | None
    second_factor: bool
    has_code: bool
    must_change: bool
    opened_at: datetime
    last_at: datetime | None
    last_address: str | None

    def session(self) -> Session:
        """Give the session that proves this visit's duty to the database.

        Raises:
            NotSignedIn: no duty was chosen yet.
        """
        if self.duty is None or self.login is None:
            raise NotSignedIn
        return Session(_derived(self.token).hex(), self.treasury_id, self.person, self.duty, self.login)

    def form_token(self) -> str:
        """Give the token that a form of this visit carries; it is worthless elsewhere."""
        return form_token(self.token)


def form_token(token: str) -> str:
    """Derive what a form carries from the token of a cookie."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def treasuries(source: Source) -> list[TreasuryName]:
    """List the treasuries that one may sign in to."""
    return [TreasuryName(*row) for row in ask(source, "select * from access.treasuries()")]


def sign_in(
    source: Source, treasury_id: int, person: str, password: str, code: str = "", *, address: str = "", agent: str = ""
) -> str:
    """Open a visit and give its token; unknown names cost the same time and get the same answer.

    Raises:
        SignInRefused: the name, the password or the code is not right.
        SignInTooOften: too many attempts failed; ``facts`` tell for how many ``seconds`` to wait.
    """
    name = person.strip()[:40].replace("\x00", "")
    tried = ask(source, "select * from access.try_sign_in(%s, %s, %s)", treasury_id, name, address[:64])
    seconds, kept, code_secret = tried[0]
    if seconds:
        raise SignInTooOften(facts={"seconds": seconds})
    right = verified(kept or _nobody(), password[: LONGEST + 1]) and kept is not None
    step = None if code_secret is None else _step(code_secret, code)
    if not right or (code_secret is not None and step is None):
        raise SignInRefused
    token = secrets.token_hex(32)
    opened = ask(
        source,
        "select access.open_visit(%s, %s, %s, %s, %s, %s)",
        *(remembered(token), treasury_id, name, step, address[:64], agent[:300]),
    )
    if opened[0][0] is None:
        raise SignInRefused
    return token


def visit(source: Source, token: str | None) -> Visit | None:
    """Tell who a browser is; None when its visit ended, was revoked or rested too long."""
    if token is None or len(token) != len("00") * 32 or token.strip("0123456789abcdef"):
        return None
    told = ask(source, "select access.seen(%s)", remembered(token))[0][0]
    if told is None:
        return None
    facts = told if isinstance(told, dict) else json.loads(told)
    for name in ("opened_at", "last_at"):
        facts[name] = None if facts[name] is None else datetime.fromisoformat(facts[name])
    return Visit(token=token, **{**facts, "visit_id": UUID(facts["visit_id"])})


def duties(source: Source, of: Visit) -> list[DutyHeld]:
    """List the duties that a person holds today."""
    return [DutyHeld(*row) for row in ask(source, "select * from access.duties_of(%s)", remembered(of.token))]


def choose_duty(source: Source, of: Visit, duty: str) -> str:
    """Act under a duty from now on, and give the visit's new token.

    Raises:
        DutyNotHeld: they do not hold it today.
        SecondFactorNeeded: the duty asks for a sign-in with a code.
    """
    token = secrets.token_hex(32)
    ask(source, "select access.choose_duty(%s, %s, %s)", remembered(of.token), remembered(token), duty)
    return token


def visits(source: Source, of: Visit) -> list[OpenVisit]:
    """List one's own open visits, the newest first."""
    return [OpenVisit(*row) for row in ask(source, "select * from access.visits_of(%s)", remembered(of.token))]


def end_visit(source: Source, of: Visit, visit_id: UUID) -> None:
    """End a visit of one's own at once, also for connections that hold its token."""
    ask(source, "select access.end_own_visit(%s, %s)", remembered(of.token), visit_id)


def change_password(source: Source, of: Visit, old: str, new: str, address: str = "") -> str:
    """Change one's own password: every other visit ends; give this one's new token.

    Raises:
        SignInRefused: the old one is not right.
        SignInTooOften: too many attempts failed.
        WeakPassword: the new one is too short, well known, or the old one.
    """
    tried = ask(source, "select * from access.try_sign_in(%s, %s, %s)", of.treasury_id, of.person, address)
    if tried[0][0]:
        raise SignInTooOften(facts={"seconds": tried[0][0]})
    kept = ask(source, "select access.password_of(%s)", remembered(of.token))[0][0]
    if kept is None or not verified(kept, old[: LONGEST + 1]):
        raise SignInRefused
    if new == old:
        raise WeakPassword
    check_strength(new, (of.person, of.name))
    token = secrets.token_hex(32)
    ask(source, "select access.change_password(%s, %s, %s)", remembered(of.token), remembered(token), hashed(new))
    return token


def offer_code(source: Source, of: Visit) -> str:
    """Give the secret of a code to be set up; it counts once ``confirm_code`` has seen a code of it."""
    offered = ask(source, "select access.code_offered(%s)", remembered(of.token))[0][0]
    if offered is None:
        offered = pyotp.random_base32()
        ask(source, "select access.offer_code(%s, %s)", remembered(of.token), offered)
    return str(offered)


def code_address(of: Visit, secret: str) -> str:
    """Write the secret as the address that authenticator programs read."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{of.person}@{of.treasury}", issuer_name="gongku")


def confirm_code(source: Source, of: Visit, code: str) -> None:
    """Set up the code that was offered.

    Raises:
        SignInRefused: the code is not one of it.
    """
    offered = ask(source, "select access.code_offered(%s)", remembered(of.token))[0][0]
    step = None if offered is None else _step(offered, code)
    if step is None:
        raise SignInRefused
    ask(source, "select access.confirm_code(%s, %s)", remembered(of.token), step)


def record(source: Source, of: Visit, kind: str, subject: str, detail: Mapping[str, object], address: str) -> None:
    """Write down what a person did besides posting: an export, a reading by an overseer."""
    ask(
        source,
        "select access.record_act(%s, %s, %s, %s, %s, %s::jsonb, %s)",
        *(of.treasury_id, of.person, of.duty, kind, subject[:300], json.dumps(dict(detail)), address[:64]),
    )


def check_strength(password: str, names: Sequence[str]) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        WeakPassword: too short, too long, well known, one character, or with a name of its holder.
    """
    plain = password.casefold()
    held = [name.casefold() for name in names if len(name) > 1]
    rest = plain
    for word in (*_KNOWN, *held):
        rest = rest.replace(word, "")
    if not SHORTEST <= len(password) <= LONGEST or len(set(plain)) < 5 or any(n in plain for n in held):  # noqa: PLR2004
        raise WeakPassword
    if len(rest) < SHORTEST // 2:
        raise WeakPassword


def hashed(password: str) -> str:
    """Hash a password with argon2id, its salt and its cost in the text."""
    with _AT_ONCE:
        return HASHER.hash(password)


def verified(kept: str, password: str) -> bool:
    """Tell whether a password is that of a hash."""
    with _AT_ONCE:
        try:
            return HASHER.verify(kept, password)
        except (Argon2Error, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """Give the hash that a password is held against when the name is unknown."""
    return HASHER.hash(secrets.token_hex(16))


def _step(secret: str, code: str) -> int | None:
    """Give the time step that a code belongs to: this one or its neighbours; None if to none."""
    given = code.strip().replace(" ", "")
    totp = pyotp.TOTP(secret, interval=CODE_SECONDS)
    now = int(time.time()) // CODE_SECONDS
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.at(step * CODE_SECONDS).encode(), given.encode()):
            return step
    return None


def _derived(token: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(token)).digest()


def remembered(token: str) -> bytes:
    """Give what the database keeps of a token of a visit."""
    return hashlib.sha256(_derived(token)).digest()


def ask(source: Source, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Call a function of the database as the login that knows nobody yet."""
    with translated(), source.engine("auth").begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql, values)]
