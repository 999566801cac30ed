"""The SQL files of the reports, each read once."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@cache
def sql(name: str) -> str:
    """Give the text of ``sql/<name>.sql``."""
    return (files("reports") / "sql" / f"{name}.sql").read_text("utf-8")


def rows(connection: "Connection", name: str, given: "Mapping[str, object]") -> list[tuple[Any, ...]]:
    """Run a query of this folder and give all of its rows."""
    return [tuple(row) for row in connection.exec_driver_sql(sql(name), dict(given)).all()]
