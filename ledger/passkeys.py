"""Passkeys (WebAuthn): a device signs a challenge; the database keeps the public key, and no answer counts twice.

A challenge is not kept anywhere: it carries its time and a seal that only the browser's own token can make,
so a stranger can fill no table by asking for challenges. What was answered is kept for good.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import webauthn
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ledger.credentials import Visit, ask, remembered
from ledger.db import Source
from ledger.errors import SignInRefused, SignInTooOften

CHALLENGE_SECONDS = 300
_LONGEST_ANSWER = 20_000
_NAME = 60
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of one's own that counts; ``rp_id`` is the name of the house under which it was made."""

    credential_id: bytes
    name: str
    rp_id: str
    synced: bool
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class House:
    """Where a browser is: ``origin`` as it sees it, ``rp_id`` its name, and the token that its forms carry."""

    origin: str
    rp_id: str
    form_token: str


def passkeys(source: Source, of: Visit) -> list[Passkey]:
    """List one's own passkeys, the oldest first."""
    return [Passkey(*row) for row in ask(source, "select * from access.passkeys_of(%s)", remembered(of.token))]


def ask_for_new(house: House, of: Visit, known: Sequence[Passkey]) -> str:
    """Write, as JSON for the browser, what a new passkey must be: one that itself asks who holds it."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=house.rp_id,
            rp_name=of.treasury_zh,
            user_name=of.person,
            user_display_name=of.name,
            user_id=hashlib.sha256(f"{of.treasury}/{of.person}".encode()).digest(),
            challenge=_challenge(house.form_token),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
        )
    )


def add(source: Source, of: Visit, house: House, answer: str, name: str) -> None:
    """Keep a new passkey that the browser made.

    Raises:
        SignInRefused: it is not what was asked for, or is known already.
        SignInAnew: the sign-in is too long ago, or was not by the strongest way there is.
    """
    try:
        given = parse_registration_credential_json(answer[:_LONGEST_ANSWER])
        challenge = _checked(given.response.client_data_json, house.form_token)
        verified = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=house.rp_id,
            expected_origin=house.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a forged answer breaks
        raise SignInRefused from error
    added = ask(
        source,
        "select access.add_passkey(%s, %s, %s, %s, %s, %s, %s, %s)",
        *(remembered(of.token), verified.credential_id, verified.credential_public_key, house.rp_id),
        *(name.strip()[:_NAME] or house.rp_id[:_NAME], verified.sign_count),
        *(verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE, challenge),
    )
    if not added[0][0]:
        raise SignInRefused


def end(source: Source, of: Visit, credential_id: bytes) -> bool:
    """Give up a passkey of one's own; tell whether it was there."""
    return bool(ask(source, "select access.end_own_passkey(%s, %s)", remembered(of.token), credential_id)[0][0])


def ask_for_sign_in(house: House) -> str:
    """Write, as JSON for the browser, what is to be signed; which passkey, the person chooses there."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=house.rp_id, challenge=_challenge(house.form_token), user_verification=_REQUIRED
        )
    )


def sign_in(source: Source, house: House, answer: str, *, address: str = "", agent: str = "") -> str:
    """Open a visit by a passkey and give its token.

    Raises:
        SignInRefused: the answer is not right, or not by a passkey that counts here.
        SignInTooOften: too many attempts failed; ``facts`` tell for how many ``seconds`` to wait.
    """
    try:
        given = parse_authentication_credential_json(answer[:_LONGEST_ANSWER])
        challenge = _checked(given.response.client_data_json, house.form_token)
    except Exception as error:  # whatever a forged answer breaks
        raise SignInRefused from error
    tried = ask(source, "select * from access.try_passkey(%s, %s)", given.raw_id, address[:64])
    seconds, public_key, sign_count, rp_id = tried[0]
    if seconds:
        raise SignInTooOften(facts={"seconds": seconds})
    if public_key is None or rp_id != house.rp_id:
        raise SignInRefused
    try:
        verified = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=house.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a forged answer breaks
        raise SignInRefused from error
    token = secrets.token_hex(32)
    opened = ask(
        source,
        "select access.open_passkey_visit(%s, %s, %s, %s, %s, %s)",
        *(remembered(token), given.raw_id, challenge, verified.new_sign_count, address[:64], agent[:300]),
    )
    if opened[0][0] is None:
        raise SignInRefused
    return token


def _challenge(form_token: str) -> bytes:
    """Make a challenge: 16 random bytes, the second it was made, and the seal of both."""
    open_part = secrets.token_bytes(16) + int(time.time()).to_bytes(8)
    return open_part + _seal(form_token, open_part)


def _checked(client_data: bytes, form_token: str) -> bytes:
    """Give the challenge that an answer signed, if it is one of ours for this browser and still fresh.

    Raises:
        ValueError: it is not.
    """
    challenge = parse_client_data_json(client_data).challenge
    open_part, seal = challenge[:24], challenge[24:]
    age = time.time() - int.from_bytes(open_part[16:])
    if not hmac.compare_digest(seal, _seal(form_token, open_part)) or not -1 <= age <= CHALLENGE_SECONDS:
        raise ValueError(json.dumps({"age": age}))
    return challenge


def _seal(form_token: str, open_part: bytes) -> bytes:
    return hmac.new(bytes.fromhex(form_token), b"passkey" + open_part, hashlib.sha256).digest()
