"""What is spoken with an OpenID provider: the code flow with PKCE, and the verification of whom it names."""

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from web.settings import Provider

_SECONDS = 5
_KEPT_SECONDS = 600
_LEEWAY = 60
_ALGORITHMS = ("RS256", "PS256", "ES256")
"""What a provider may sign with; never nothing, and never with a secret that both sides know."""


class NotVouchedFor(Exception):
    """The provider did not say who it is, or not so that it can be believed; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in, kept by the browser until it comes back from the provider."""

    treasury: str
    onward: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    def written(self) -> str:
        """Write it as a cookie holds it."""
        return json.dumps(asdict(self)).encode().hex()

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read it again; None if it is not one."""
        try:
            given = json.loads(bytes.fromhex(text))
            return cls(**given) if all(isinstance(value, str) for value in given.values()) else None
        except (ValueError, TypeError, AttributeError):
            return None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider named; ``second_factor`` if it says that it asked for more than one."""

    issuer: str
    subject: str
    second_factor: bool


class OpenIdProvider:
    """A provider as it describes itself; its description and its keys are asked for again after ten minutes."""

    def __init__(self, provider: Provider) -> None:
        self._set = provider
        self.name_zh, self.name_en = provider.name_zh, provider.name_en
        self._described: tuple[float, Mapping[str, Any], KeySet] | None = None

    @property
    def issuer(self) -> str:
        """Whose word is taken."""
        return self._set.issuer

    def begin(self, attempt: Attempt, back: str) -> str:
        """Give the address at the provider to which a browser is sent; it comes back to ``back``.

        Raises:
            NotVouchedFor: the provider does not answer.
        """
        about, _ = self._description()
        address, _ = self._client(back).create_authorization_url(
            about["authorization_endpoint"], state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
        )
        return str(address)

    def finish(self, attempt: Attempt, back: str, given: Mapping[str, str]) -> Identity:
        """Trade what the browser brought for an identity.

        Raises:
            NotVouchedFor: it is not of this attempt, or the provider's word cannot be believed.
        """
        if not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
            raise NotVouchedFor("another state")
        if given.get("iss", self.issuer).rstrip("/") != self.issuer:
            raise NotVouchedFor("another issuer came back")
        if "error" in given or not given.get("code"):
            raise NotVouchedFor("the provider refused")
        about, _ = self._description()
        try:
            told = self._client(back).fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=given["code"],
                code_verifier=attempt.verifier,
                timeout=_SECONDS,
                allow_redirects=False,
            )
        except Exception as error:  # whatever a provider sends
            raise NotVouchedFor("no token") from error
        return self._verified(str(told.get("id_token", "")), attempt.nonce)

    def _client(self, back: str) -> Any:  # noqa: ANN401 - authlib brings no types
        return OAuth2Session(
            self._set.client_id,
            self._set.client_secret,
            scope="openid",
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _verified(self, id_token: str, nonce: str) -> Identity:
        try:
            claims = self._claims(id_token)
        except Exception as error:  # whatever a forged token breaks
            raise NotVouchedFor("no token that can be verified") from error
        audience = claims.get("aud")
        several = isinstance(audience, list) and len(audience) > 1
        now = time.time()
        faults = {
            "issuer": str(claims.get("iss", "")).rstrip("/") != self.issuer,
            "audience": self._set.client_id not in (audience if isinstance(audience, list) else [audience]),
            "party": claims.get("azp", None if several else self._set.client_id) != self._set.client_id,
            "end": not _is_number(claims.get("exp")) or claims["exp"] < now - _LEEWAY,
            "beginning": not _is_number(claims.get("iat")) or claims["iat"] > now + _LEEWAY,
            "nonce": not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
            "subject": not isinstance(claims.get("sub"), str) or not claims["sub"],
        }
        if wrong := sorted(name for name, is_wrong in faults.items() if is_wrong):
            raise NotVouchedFor(f"wrong {', '.join(wrong)}")
        means = claims.get("amr")
        return Identity(self.issuer, claims["sub"], isinstance(means, list) and "mfa" in means)

    def _claims(self, id_token: str) -> Mapping[str, Any]:
        _, keys = self._description()
        try:
            return jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims
        except (InvalidKeyIdError, ValueError):  # a key that is newer than what we know
            self._described = None
            _, keys = self._description()
            return jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims

    def _description(self) -> tuple[Mapping[str, Any], KeySet]:
        known = self._described
        if known is None or time.monotonic() - known[0] > _KEPT_SECONDS:
            try:
                about = _asked(f"{self.issuer}/.well-known/openid-configuration")
                if str(about["issuer"]).rstrip("/") != self.issuer:
                    raise ValueError(about["issuer"])  # noqa: TRY301
                keys = KeySet.import_key_set(_asked(about["jwks_uri"]))  # type: ignore[arg-type]
                self._described = known = time.monotonic(), about, keys
            except Exception as error:  # whatever a provider sends
                raise NotVouchedFor("the provider does not answer") from error
        return known[1], known[2]


def _asked(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    return dict(answer.json())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
