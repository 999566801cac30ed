"""Whose books are here: account sets with their books, days and periods, and what was known when."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ledger.errors import UnknownBook
from reports.queries import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class SetFacts:
    """One account set as reports name it; ``books`` are the parts that balance by themselves."""

    treasury_id: int
    treasury: str
    account_set_id: int
    code: str
    name_zh: str
    name_en: str
    role: str
    agency: str
    chart: str
    fiscal_year: int
    starts_on: date
    ends_on: date
    currency: str
    demo: bool
    books: tuple[str, ...]

    @property
    def opens_on(self) -> date:
        """The day on which opening balances stand: the day before the fiscal year."""
        return self.starts_on - timedelta(days=1)


def find(connection: "Connection", code: str | None, treasury: int | str | None = None) -> SetFacts:
    """Give the account set of a code; where several treasuries have one, ``treasury`` (id or code) picks.

    Raises:
        UnknownBook: there is none, or more than one treasury has it.
    """
    found = [_facts(row) for row in rows(connection, "account_set", _asked(code or "", treasury))]
    if len(found) == 1:
        return found[0]
    if found:
        treasuries = [each.treasury for each in found]
        message = f"set {code} is kept in several treasuries: {', '.join(treasuries)}; name one"
        raise UnknownBook(message, {"set": code, "treasuries": treasuries})
    raise UnknownBook(f"there is no account set {code}", {"set": code, "treasury": treasury})


def one_book(account_set: SetFacts, book: str | None) -> str | None:
    """Check the name of a book; None stands for all books of the set.

    Raises:
        UnknownBook: the set has no such book.
    """
    if book is None or book in account_set.books:
        return book
    message = f"set {account_set.code} has no book {book}, only {', '.join(account_set.books)}"
    raise UnknownBook(message, {"set": account_set.code, "book": book})


def day_of(account_set: SetFacts, on: date | None) -> date:
    """Give the last day of a report: the one asked for, within the set's fiscal year.

    Raises:
        UnknownBook: the day lies before the set's opening balances.
    """
    if on is None or on > account_set.ends_on:
        return account_set.ends_on
    if on < account_set.opens_on:
        message = f"the books of {account_set.code} open on {account_set.opens_on}"
        raise UnknownBook(message, {"set": account_set.code, "on": str(on)})
    return on


def known_index(connection: "Connection", treasury_id: int, known: int | date | None) -> int | None:
    """Turn what was known into a number of leaves of the treasury's log; None means all that is posted.

    A day means the end of that day in China.

    Raises:
        UnknownBook: the log does not have that many leaves yet, so the answer could still change.
    """
    if known is None:
        return None
    if isinstance(known, date):
        given: dict[str, object] = {"treasury_id": treasury_id, "day": known}
        return int(rows(connection, "log_size_on", given)[0][0])
    size = int(rows(connection, "log_size", {"treasury_id": treasury_id})[0][0])
    if not 0 <= known <= size:
        raise UnknownBook(f"the log has {size} leaves", {"known": known, "log_size": size})
    return known


def sets(connection: "Connection", treasury: int | str | None = None) -> list[dict[str, Any]]:
    """List the account sets with their books and periods, ready for JSON: days as text.

    Raises:
        UnknownBook: there is no such treasury here.
    """
    periods: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for treasury_id, set_id, no, label, starts, ends, state, last_no in rows(connection, "periods", {}):
        periods.setdefault((treasury_id, set_id), []).append(
            {
                "period": no,
                "label": label,
                "from": str(starts),
                "to": str(ends),
                "state": state,
                "vouchers": last_no,
            }
        )
    found = [_facts(row) for row in rows(connection, "account_set", _asked(None, treasury))]
    if treasury is not None and not found:
        raise UnknownBook(f"there is no account set of treasury {treasury}", {"treasury": treasury})
    return [
        {
            "treasury": each.treasury,
            "set": each.code,
            "name_zh": each.name_zh,
            "name_en": each.name_en,
            "role": each.role,
            "agency": each.agency,
            "chart": each.chart,
            "books": list(each.books),
            "fiscal_year": each.fiscal_year,
            "from": str(each.starts_on),
            "to": str(each.ends_on),
            "currency": each.currency,
            "demo": each.demo,
            "periods": periods.get((each.treasury_id, each.account_set_id), []),
        }
        for each in found
    ]


def _asked(code: str | None, treasury: int | str | None) -> "Mapping[str, object]":
    return {
        "code": code,
        "treasury_id": treasury if isinstance(treasury, int) else None,
        "treasury": treasury if isinstance(treasury, str) else None,
    }


def _facts(row: tuple[Any, ...]) -> SetFacts:
    values = [*row[:-1], tuple(row[-1])]
    return SetFacts(*values)
