"""How the doors of one house are set: ``settings.toml`` in the data directory, read strictly; it may be absent."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "settings.toml"
Network = IPv4Network | IPv6Network


class UnreadableSettings(ValueError):
    """A setting that is not known, or not what it must be; the message names it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one address may ask: ``per_minute`` lastingly, ``burst`` at once; 0 a minute stands for no limit."""

    per_minute: int
    burst: int


RATES: Mapping[str, Rate] = {
    "sign_in": Rate(60, 60),
    "guess": Rate(60, 60),
    "api": Rate(6000, 1000),
    "office": Rate(3000, 600),
    "file": Rate(600, 300),
    "page": Rate(6000, 2000),
}
"""``guess`` counts refused API tokens, ``file`` searches and downloads; a whole office is often one address."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider that may say who somebody is."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name_zh: str = "统一身份认证"
    name_en: str = "Single sign-on"


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who publishes: what stands at the foot of every public page."""

    name_zh: str
    name_en: str
    contact: str = ""
    filing: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set; the defaults suit one machine without a proxy."""

    hosts: tuple[str, ...] = ()
    """The names under which the pages may be asked for; none stands for any."""
    proxies: tuple[Network, ...] = ()
    """Whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed."""
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)
    log: str = "stderr"
    """Where the log goes: ``stderr``, ``none``, or a file."""
    metrics_token: str | None = field(default=None, repr=False)
    """Without one, only this machine itself may read the metrics."""
    provider: Provider | None = None
    imprint: Imprint | None = None
    mappings: Path | None = None
    """A folder of one's own workbook mappings, to be chosen at the desk besides those that come with gongku."""
    uploads_at_once: int = 2
    """So many files that are sent to be imported are read at the same time."""


def read_settings(folder: Path) -> Settings:
    """Read the settings of a data directory; files that they name are relative to it.

    Raises:
        UnreadableSettings: a setting is unknown or wrong.
    """
    path = folder / FILE
    if not path.is_file():
        return Settings()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableSettings(str(error)) from error
    return settings_of(given, folder)


def settings_of(given: Mapping[str, Any], folder: Path) -> Settings:
    """Make settings of what a file says.

    Raises:
        UnreadableSettings: a setting is unknown or wrong.
    """
    _only(
        given,
        "",
        {"hosts", "proxies", "rates", "log", "metrics_token_file", "oidc", "imprint", "mappings", "uploads_at_once"},
    )
    settings = Settings(hosts=_texts(given, "hosts"), proxies=tuple(map(_network, _texts(given, "proxies"))))
    if "rates" in given:
        table = _table(given, "rates")
        _only(table, "rates.", set(RATES))
        settings = replace(settings, rates={**RATES, **{name: _rate(table, name) for name in table}})
    if "log" in given:
        log = _text(given, "log", "")
        settings = replace(settings, log=log if log in {"stderr", "none"} else str(folder / log))
    if "metrics_token_file" in given:
        settings = replace(settings, metrics_token=_secret(given, "metrics_token_file", "", folder))
    if "oidc" in given:
        settings = replace(settings, provider=_provider(_table(given, "oidc"), folder))
    if "imprint" in given:
        settings = replace(settings, imprint=_imprint(_table(given, "imprint")))
    if "mappings" in given:
        settings = replace(settings, mappings=_folder(given, "mappings", folder))
    if "uploads_at_once" in given:
        settings = replace(settings, uploads_at_once=_number(given, "uploads_at_once", range(1, 65)))
    return settings


def _folder(given: Mapping[str, Any], name: str, within: Path) -> Path:
    found = within / _text(given, name, "")
    if not found.is_dir():
        raise UnreadableSettings(f"{name}: {found} is no folder")
    return found


def _number(given: Mapping[str, Any], name: str, allowed: range) -> int:
    found = given[name]
    if not isinstance(found, int) or isinstance(found, bool) or found not in allowed:
        raise UnreadableSettings(f"{name}: a number from {allowed[0]} to {allowed[-1]} is needed")
    return found


def _imprint(given: Mapping[str, Any]) -> Imprint:
    _only(given, "imprint.", {each.name for each in fields(Imprint)})
    told = {name: _text(given, name, "imprint.") for name in ("contact", "filing") if name in given}
    return Imprint(_text(given, "name_zh", "imprint."), _text(given, "name_en", "imprint."), **told)


def _provider(given: Mapping[str, Any], folder: Path) -> Provider:
    _only(given, "oidc.", {"issuer", "client_id", "client_secret_file", "name_zh", "name_en"})
    issuer = _text(given, "issuer", "oidc.")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise UnreadableSettings("oidc.issuer: https is needed")
    named = {name: _text(given, name, "oidc.") for name in ("name_zh", "name_en") if name in given}
    secret = _secret(given, "client_secret_file", "oidc.", folder)
    return Provider(issuer.rstrip("/"), _text(given, "client_id", "oidc."), secret, **named)


def _rate(table: Mapping[str, Any], name: str) -> Rate:
    given = _table(table, name, "rates.")
    _only(given, f"rates.{name}.", {each.name for each in fields(Rate)})
    numbers = [given.get(each.name) for each in fields(Rate)]
    per_minute, burst = (n if isinstance(n, int) and not isinstance(n, bool) else -1 for n in numbers)
    if per_minute < 0 or burst < 1:
        raise UnreadableSettings(f"rates.{name}: per_minute is 0 or more, burst 1 or more")
    return Rate(per_minute, burst)


def _only(given: Mapping[str, Any], within: str, known: set[str]) -> None:
    if unknown := sorted(given.keys() - known):
        raise UnreadableSettings(f"{within}{unknown[0]} is not known; known are {', '.join(sorted(known))}")


def _table(given: Mapping[str, Any], name: str, within: str = "") -> Mapping[str, Any]:
    found = given[name]
    if not isinstance(found, dict):
        raise UnreadableSettings(f"{within}{name}: a table is needed")
    return found


def _text(given: Mapping[str, Any], name: str, within: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not found.strip():
        raise UnreadableSettings(f"{within}{name}: a text is needed")
    return found.strip()


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) and each.strip() for each in found):
        raise UnreadableSettings(f"{name}: a list of texts is needed")
    return tuple(each.strip() for each in found)


def _secret(given: Mapping[str, Any], name: str, within: str, folder: Path) -> str:
    """Read a secret from a file of its own, so that the settings may be shown to anyone."""
    path = folder / _text(given, name, within)
    try:
        found = path.read_text("utf-8").strip()
    except OSError as error:
        raise UnreadableSettings(f"{within}{name}: {error.strerror}: {path}") from error
    if not found:
        raise UnreadableSettings(f"{within}{name}: {path} is empty")
    return found


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise UnreadableSettings(f"proxies: {error}") from error
