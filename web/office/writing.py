"""How the desk writes amounts, instants and days."""

from datetime import UTC, date, datetime, timedelta, timezone

from ledger.money import format_yuan

_CHINA = timezone(timedelta(hours=8))


def yuan(fen: int) -> str:
    """Write an amount for reading: grouped, two decimals, a minus before what is red."""
    whole, _, part = format_yuan(abs(fen)).partition(".")
    return f"{'−' if fen < 0 else ''}{int(whole):,}.{part}"


def instant(at: datetime) -> str:
    """Write an instant in the time of China, to the minute."""
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def day(on: date, language: str) -> str:
    """Write a day as vouchers do."""
    return f"{on.year}年{on.month}月{on.day}日" if language == "zh" else on.isoformat()
