"""The day in China: whoever asks, whatever the machine's own time zone."""

from datetime import UTC, date, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))


def in_china(at: datetime) -> datetime:
    """Give an instant in the time of China; one without a zone is of UTC."""
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(_CHINA)


def today() -> date:
    """Give the day in China."""
    return in_china(datetime.now(UTC)).date()
