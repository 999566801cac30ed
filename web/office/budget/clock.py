"""Today, from which the days that are left are counted."""

from datetime import UTC, date, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))


def today() -> date:
    """Give the day in China."""
    return datetime.now(UTC).astimezone(_CHINA).date()
