"""What the public site has read and may show again: kept for as long as nothing new is published.

Whatever is published in a new way needs its count in ``published.state`` before it may be kept here.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import g, has_request_context

from ledger.db import Source

_MOST = 20_000
"""So many answers are kept; then it begins anew."""
Value = TypeVar("Value")


def remembered(source: Source, key: Hashable, read: Callable[[], Value]) -> Value:
    """Give what was read under a key, and read it only once for each state of what is published.

    The state is read before the value, so a value is never older than the state it is kept under.
    """
    state = _state(source)
    kept: tuple[Any, dict[Hashable, Any]] | None = source.memory.get("published")
    if kept is None or kept[0] != state or len(kept[1]) > _MOST:
        kept = source.memory["published"] = (state, {})
    values = kept[1]
    if key not in values:
        values[key] = read()
    value: Value = values[key]
    return value


def rows(source: Source, sql: str, **given: object) -> list[dict[str, Any]]:
    """Read published views as the public."""
    with source.engine("public").connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]


def kept_rows(source: Source, sql: str, **given: object) -> list[dict[str, Any]]:
    """Read published views as the public, and keep what they say; nobody may change these rows."""
    return remembered(source, (sql, *sorted(given.items())), lambda: rows(source, sql, **given))


def _state(source: Source) -> tuple[object, ...]:
    """Tell the state of what is published, once a request."""
    if not has_request_context():
        return _read_state(source)
    if "published" not in g:
        g.published = _read_state(source)
    state: tuple[object, ...] = g.published
    return state


def _read_state(source: Source) -> tuple[object, ...]:
    with source.engine("public").connect() as connection:
        return tuple(connection.exec_driver_sql("select * from published.state").one())
