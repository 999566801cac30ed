"""The whole journal as beancount text, for an engine that shares no code with this one.

The text is the same, byte for byte, for the same books built again: it holds no identity, no instant
and no place in the log, and goes by treasury, account set, period and number. It shows every private
field; it is for auditors, not for the public. The last line is a manifest by which a cut file is known:
``; manifest vouchers=2 postings=8 sha256=…``, the hash of every byte before it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from ledger.errors import UnknownBook
from reports.queries import rows, sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

MARK = "; manifest "
_FIRST_LINE = (
    "; gongku.beancount/1 公库账簿: the journal of a treasury, a debit is positive, a red line keeps its side\n"
)
_COMMODITY_ON = "1949-10-01"
_AT_ONCE = 1000

_ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "net": "Equity",
    "revenue": "Income",
    "expense": "Expenses",
    "budget_revenue": "Income",
    "budget_expense": "Expenses",
    "budget_balance": "Equity",
    "indicator": "Assets",
}


@dataclass(frozen=True, slots=True)
class _Set:
    treasury_id: int
    treasury: str
    account_set_id: int
    code: str
    name: str
    currency: str
    opened_on: str


@dataclass(slots=True)
class _Hashed:
    out: TextIO
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, text: str) -> None:
        self.sha256.update(text.encode())
        self.out.write(text)


def write_beancount(
    connection: "Connection",
    out: TextIO,
    *,
    treasury: int | str | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Write the journal of one treasury (its number or code) or of all; give the number of vouchers.

    Rows come by a cursor on the server, so memory stays flat. ``out`` must not translate line ends.
    ``progress`` hears how many vouchers are written.

    Raises:
        UnknownBook: there is no such treasury.
    """
    sets = _sets(connection, treasury)
    hashed = _Hashed(out)
    hashed.write(_FIRST_LINE)
    for currency in sorted({each.currency for each in sets}):
        hashed.write(f"{_COMMODITY_ON} commodity {currency}\n")
    vouchers = postings = 0
    for each in sets:
        for text, lines in _set_text(connection, each):
            hashed.write(text)
            vouchers += lines >= 0
            postings += max(lines, 0)
            if vouchers % _AT_ONCE == 0:
                progress(vouchers)
    progress(vouchers)
    out.write(f"{MARK}vouchers={vouchers} postings={postings} sha256={hashed.sha256.hexdigest()}\n")
    return vouchers


def account_name(
    treasury: str, account_set: str, code: str, name: str | None, element: str | None, book: str | None
) -> str:
    """Give the beancount account of an account of a set; the book stands in it, so that each is rebuilt.

    An account that no chart knows has no name, element and book.
    """
    root = _ROOTS.get(element or "", "Equity")
    last = "-".join(part for part in (_plain(code), _plain(name or "")) if part)
    return f"{root}:T{treasury}:{account_set}:{(book or 'unknown').capitalize()}:{last}"


def is_whole(data: bytes) -> bool:
    """Tell by its manifest whether an exported text is whole and unchanged."""
    start = data.rfind(MARK.encode())
    match = _MANIFEST.fullmatch(data, max(start, 0))
    return match is not None and hashlib.sha256(data[:start]).hexdigest() == match[1].decode()


_MANIFEST = re.compile(rb"; manifest vouchers=[0-9]+ postings=[0-9]+ sha256=([0-9a-f]{64})\n")


def _sets(connection: "Connection", treasury: int | str | None) -> list[_Set]:
    given = {
        "treasury_id": treasury if isinstance(treasury, int) else None,
        "treasury": treasury if isinstance(treasury, str) else None,
    }
    sets = [_Set(*row) for row in rows(connection, "beancount_sets", given)]
    if not sets and treasury is not None and not any(treasury in row for row in rows(connection, "treasuries", {})):
        raise UnknownBook(f"there is no treasury {treasury}", {"treasury": treasury})
    return sets


def _set_text(connection: "Connection", each: _Set) -> Iterator[tuple[str, int]]:
    """Give the accounts of a set, then each voucher with the number of its postings; -1 is no voucher."""
    given = {"treasury_id": each.treasury_id, "account_set_id": each.account_set_id}
    paths = {
        code: account_name(each.treasury, each.code, code, *facts)
        for code, *facts in rows(connection, "beancount_accounts", given)
    }
    yield f"\n; {each.treasury} {each.code} {' '.join(each.name.split())}\n", -1
    for path in paths.values():
        yield f"{each.opened_on} open {path} {each.currency}\n", -1
    more = {"set": each.code, "currency": each.currency, "paths": json.dumps(paths)}
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    with connection.exec_driver_sql(sql("beancount_journal"), {**given, **more}, execution_options=options) as found:
        for text, lines in found:
            yield f"\n{text}", lines


def _plain(text: str) -> str:
    """Keep the letters and digits of a name; anything else parts them, as a hyphen."""
    kept = "".join(c if c.isalpha() or c.isdecimal() else " " for c in text)
    return "-".join(kept.split())
