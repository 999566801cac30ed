"""Money is a whole number of fen (0.01 yuan); text in yuan exists only at the doors.

Other currencies are kept the same way, in their hundredths.
"""

import re
from collections.abc import Sequence
from typing import NewType

from ledger.errors import InvalidAmount

Fen = NewType("Fen", int)

MOST = Fen(99_999_999_999_999_999)
"""The largest amount of one posting: 17 digits of fen; sums of 90 of them fit a bigint."""

_YUAN = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_yuan(text: str) -> Fen:
    """Read an amount written in yuan, such as ``1234.50``.

    Not by way of ``Decimal``: its products round silently past 28 digits.

    Raises:
        InvalidAmount: not text, not plain digits, a fraction of a fen, or 16 digits of yuan and more.
    """
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidAmount(facts={"amount": str(text)})
    sign, yuan, rest = match.groups()
    fen = int(yuan) * 100 + int((rest or "0").ljust(2, "0"))
    return Fen(-fen if sign else fen)


def format_yuan(fen: int) -> str:
    """Write an amount as yuan with two decimals, such as ``1234.50``."""
    sign, whole = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def split(total: Fen, weights: Sequence[int]) -> list[Fen]:
    """Split a total exactly by weights, each part rounded towards zero; the last part takes the rest.

    Raises:
        InvalidAmount: no weights, a negative one, or all zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise InvalidAmount(facts={"weights": list(weights)})
    sign = -1 if total < 0 else 1
    parts = [Fen(sign * (abs(total) * weight // whole)) for weight in weights[:-1]]
    return [*parts, Fen(total - sum(parts))]
