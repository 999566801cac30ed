"""What waits (待办): one statement for each kind of work tells what there is to do, since which day, and until when.

The statements stand with the duties whose work they tell. Each gives the columns of ``Wait`` and asks for no more than
who reads it may do: the database shows a person the rows of the appointment, and none is shown what the same person
prepared and another has to do. ``%(t)s`` is the treasury, ``%(p)s`` who reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

WHOLE = "(select (access.whoami()).agencies) is null"
"""The appointment is for the whole city."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Work that waits: its subject as the page of it is called, its name, the budget year, and how many pieces it is.

    ``since`` is the day on which it could first be done, ``due_on`` the last one where there is one.
    """

    subject: str
    name_zh: str
    name_en: str
    year: int | None
    n: int
    since: date
    due_on: date | None


def mine(agency: str) -> str:
    """Give the condition that an agency is within the appointment."""
    return f"({WHOLE} or {agency} = any ((select (access.whoami()).agencies)::text[]))"


def day(instant: str) -> str:
    """Give the day of an instant, as China counts it."""
    return f"({instant} at time zone 'Asia/Shanghai')::date"


def waits(
    connection: Connection, statement: str, treasury_id: int, person: str, year: int | None = None
) -> Sequence[Wait]:
    """List what waits by a statement, of every year, or of one with what belongs to no year."""
    rows = connection.exec_driver_sql(
        f"select w.* from ({statement}) w (subject, name_zh, name_en, year, n, since, due_on)"  # noqa: S608 - our own
        " where %(y)s::integer is null or w.year is null or w.year = %(y)s order by w.since, w.subject",
        {"t": treasury_id, "p": person, "y": year},
    )
    return [Wait(*row) for row in rows]
