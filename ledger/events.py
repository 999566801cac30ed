"""Business events (业务事项) as values, and their JSON form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from ledger.chart import DIMENSIONS
from ledger.errors import InvalidEvent
from ledger.money import Fen, parse_yuan

Dims = Mapping[str, str]
"""Codes by dimension; a dimension that is absent is blank."""


@dataclass(frozen=True, slots=True)
class GivenLine:
    """One posting of a voucher that is written by hand or by code instead of by a template."""

    account: str
    side: str
    amount: Fen
    dims: Dims = field(default_factory=dict)
    narration: str | None = None


@dataclass(frozen=True, slots=True)
class GivenVoucher:
    """The lines of such a voucher in one account set; red (all negative) or not (all positive)."""

    account_set: str
    lines: tuple[GivenLine, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One business event, to be posted in every account set that it touches.

    ``key`` is the event's own number, once per treasury and kind (at most 200 characters). ``facts`` are
    amounts in fen, each at least 0, named by the template of the kind; ``dims`` the codes of the event,
    ``parties`` those of others that the template names (``to``, ``from``). A kind without lines in its
    template (manual, opening, yearly_totals, year_end_close, reversal) brings its ``vouchers`` instead.
    """

    kind: str
    key: str
    on: date
    narration: str
    prepared_by: str
    facts: Mapping[str, Fen] = field(default_factory=dict)
    dims: Dims = field(default_factory=dict)
    parties: Mapping[str, Dims] = field(default_factory=dict)
    vouchers: tuple[GivenVoucher, ...] = ()
    document: str | None = None
    reverses: UUID | None = None


_FIELDS = frozenset(
    {
        "kind",
        "key",
        "on",
        "narration",
        "prepared_by",
        "facts",
        "dims",
        "parties",
        "vouchers",
        "document",
    }
)
_LINE_FIELDS = frozenset({"account", "side", "amount", "narration"})


def from_json(data: object) -> Event:
    """Read one event from parsed JSON: amounts are text in yuan, days ``YYYY-MM-DD``.

    Raises:
        InvalidEvent: a field is missing, unknown or of the wrong type.
        InvalidAmount: an amount is not text in yuan with at most two decimals.
    """
    fields = _mapping(data, "event")
    if unknown := sorted(fields.keys() - _FIELDS):
        raise InvalidEvent(f"unknown fields: {', '.join(unknown)}", {"fields": unknown})
    return Event(
        kind=_text(fields, "kind"),
        key=_text(fields, "key"),
        on=_day(_text(fields, "on")),
        narration=_text(fields, "narration"),
        prepared_by=_text(fields, "prepared_by"),
        facts={name: parse_yuan(v) for name, v in _mapping(fields.get("facts", {}), "facts").items()},
        dims=_dims(fields.get("dims", {})),
        parties={n: _dims(v) for n, v in _mapping(fields.get("parties", {}), "parties").items()},
        vouchers=tuple(_voucher(v) for v in _list(fields.get("vouchers", []), "vouchers")),
        document=_text(fields, "document") if fields.get("document") is not None else None,
    )


def _voucher(data: object) -> GivenVoucher:
    fields = _mapping(data, "voucher")
    if unknown := sorted(fields.keys() - {"set", "lines"}):
        raise InvalidEvent(f"unknown fields: {', '.join(unknown)}", {"fields": unknown})
    return GivenVoucher(_text(fields, "set"), tuple(_line(line) for line in _list(fields.get("lines"), "lines")))


def _line(data: object) -> GivenLine:
    fields = _mapping(data, "line")
    rest = {k: v for k, v in fields.items() if k not in _LINE_FIELDS}
    return GivenLine(
        account=_text(fields, "account"),
        side=_text(fields, "side"),
        amount=parse_yuan(_text(fields, "amount")),
        dims=_dims(rest),
        narration=_text(fields, "narration") if fields.get("narration") is not None else None,
    )


def _dims(data: object) -> Dims:
    dims = _mapping(data, "dims")
    for name, code in dims.items():
        if name not in DIMENSIONS or not isinstance(code, str) or not code:
            raise InvalidEvent(f"{name} is no dimension with a code", {"dimension": name})
    return dims


def _mapping(data: object, name: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidEvent(f"{name} is not an object", {"field": name})
    return data


def _list(data: object, name: str) -> list[Any]:
    if not isinstance(data, list):
        raise InvalidEvent(f"{name} is not a list", {"field": name})
    return data


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidEvent(f"{name} is missing or no text", {"field": name})
    return value


def _day(text: str) -> date:
    try:
        if len(text) == len("2024-03-05"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidEvent(f"{text} is no day", {"field": "on", "value": text})
