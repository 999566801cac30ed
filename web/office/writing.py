"""How the desk writes amounts, instants and days, and reads days as people type them."""

import re
import unicodedata
from datetime import date, datetime

from ledger.money import format_yuan
from web.clock import in_china

_DAY = re.compile(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?", re.ASCII)


def yuan(fen: int) -> str:
    """Write an amount for reading: grouped, two decimals, a minus before what is red."""
    whole, _, part = format_yuan(abs(fen)).partition(".")
    return f"{'−' if fen < 0 else ''}{int(whole):,}.{part}"


def instant(at: datetime) -> str:
    """Write an instant in the time of China, to the minute."""
    return in_china(at).strftime("%Y-%m-%d %H:%M")


def day(on: date, language: str) -> str:
    """Write a day as vouchers do."""
    return f"{on.year}年{on.month}月{on.day}日" if language == "zh" else on.isoformat()


def read_day(typed: str) -> date | None:
    """Read a day: ``2025-03-05``, ``20250305``, ``2025.3.5`` or ``2025年3月5日``; None if it is no day."""
    found = _DAY.fullmatch("".join(unicodedata.normalize("NFKC", typed[:40]).split()))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
