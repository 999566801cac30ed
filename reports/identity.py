"""The identity of the budget (指标平衡) in public: what was granted is free, set aside, paid or carried over.

It is added up from the published postings of an indicator set alone, as it stood before the year-end close; what is
left over is shown, and is nothing while the books hold.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from reports.indicators import GRANTS, Figures, accounts_by_state, add_up, every_account
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection


def published_identity(
    connection: "Connection", treasury_id: int, code: str, chart: str, agency: str | None = None
) -> dict[str, Figures]:
    """Give the figures of each agency of a published indicator set, or of each indicator of one agency.

    What the Congress approved and no agency has yet is under "".
    """
    accounts = accounts_of(chart)
    given = {
        "treasury": treasury_id,
        "code": code,
        "agency": agency,
        "kinds": list(GRANTS),
        "accounts": list(every_account(accounts)),
    }
    found = add_up(rows(connection, "identity_public", given), accounts)
    return {name: found[name] for name in sorted(found)}


def granted_for(
    connection: "Connection", treasury_id: int, code: str, agency: str
) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Give function, department economic class and project of each indicator of an agency, as it was granted."""
    given = {"treasury": treasury_id, "code": code, "agency": agency, "kinds": list(GRANTS)}
    return {row[0]: (row[1], row[2], row[3]) for row in rows(connection, "identity_names_public", given)}


@cache
def accounts_of(chart: str) -> Mapping[str, Sequence[str]]:
    """Give the accounts of each state of an indicator's money, and those of what was recovered, by the master data."""
    text = files("ledger.master").joinpath("account_key.csv").read_text("utf-8")
    listed = [row for row in csv.DictReader(io.StringIO(text)) if row["chart"] == chart and not row["dim"]]
    return accounts_by_state((row["key"], row["code"]) for row in listed)
