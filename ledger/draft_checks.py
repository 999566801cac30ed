"""What is still wrong with a draft, line by line, before it is submitted: the clerk learns it at the desk.

The database checks again at posting; whatever stands here is a courtesy and decides nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.books import Books
from ledger.chart import DIMENSIONS
from ledger.drafts import Content, Draft, DraftLine

CLASSES = ("func", "gov_econ", "dept_econ", "revenue", "fund", "pay_mode")
"""The dimensions whose codes stand in a classification."""


@dataclass(frozen=True, slots=True)
class DeskAccount:
    """An account as the desk needs it: what it is called, and what a posting to it must say."""

    code: str
    name_zh: str
    name_en: str
    book: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    limit_by: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend: on a line (from 1) or on the whole, at a field, by a reason that texts explain."""

    line: int | None
    field: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """How much is left of an account that may not run dry, for what a line says."""

    account: str
    key: str
    available: int


def accounts(connection: Connection, chart: str, on: date | None = None) -> dict[str, DeskAccount]:
    """Give the accounts of a chart that may be posted to on a day, in the order of their codes."""
    return {
        row[0]: DeskAccount(row[0], row[1], row[2], row[3], tuple(row[4]), tuple(row[5]), row[6])
        for row in connection.exec_driver_sql(
            "select code, name_zh, name_en, book, needs, takes, limit_by from ledger.account"
            " where chart = %s and postable and (%s::date is null or valid @> %s::date) order by code",
            (chart, on, on),
        )
    }


def codes(connection: Connection, treasury_id: int, dimension: str) -> list[tuple[str, str, str]]:
    """List the codes of a dimension that a posting may carry, with their names; free ones have none."""
    if dimension in CLASSES:
        sql = "select code, name_zh, name_en from ledger.class_code where scheme = %s and leaf order by code"
        return [(r[0], r[1], r[2]) for r in connection.exec_driver_sql(sql, (dimension,))]
    if dimension == "agency":
        sql = "select agency, name_zh, name_en from ledger.agency where treasury_id = %s order by agency"
        return [(r[0], r[1], r[2]) for r in connection.exec_driver_sql(sql, (treasury_id,))]
    if dimension == "indicator":
        sql = (
            "select indicator, coalesce(agency, '') || ' ' || coalesce(func, '') from ledger.indicator"
            " where treasury_id = %s order by indicator limit 2000"
        )
        return [(r[0], r[1], r[1]) for r in connection.exec_driver_sql(sql, (treasury_id,))]
    return []


def problems(connection: Connection, treasury_id: int, draft: Draft, content: Content) -> list[Problem]:
    """List what stands between a draft and its submission."""
    found = list(_heading(connection, treasury_id, draft, content))
    if draft.reverses is not None:
        return found
    known = accounts(connection, draft.chart, content.on)
    sums: dict[str, int] = {}
    signs = set()
    for number, line in enumerate(content.lines, 1):
        found += _of_line(connection, treasury_id, known, number, line, content.on)
        amount = line.amount()
        if amount is not None and line.account in known:
            book = known[line.account].book
            sums[book] = sums.get(book, 0) + (amount[1] if amount[0] == "D" else -amount[1])
            signs.add(amount[1] < 0)
    found += [Problem(None, "lines", "unbalanced", f"{book}:{off}") for book, off in sums.items() if off]
    if len(signs) > 1:
        found.append(Problem(None, "lines", "half_red"))
    return found


def _heading(connection: Connection, treasury_id: int, draft: Draft, content: Content) -> Iterator[Problem]:
    of = Books.read(connection, treasury_id).named(draft.account_set)
    if of.role == "indicator" and draft.reverses is None:
        yield Problem(None, "lines", "by_event", draft.account_set)
    if content.on is None:
        yield Problem(None, "on", "missing")
    else:
        state = connection.exec_driver_sql(
            "select state from ledger.period where (treasury_id, account_set_id) = (%s, %s)"
            " and %s between starts_on and ends_on",
            (treasury_id, draft.account_set_id, content.on),
        ).scalar_one_or_none()
        if state is None:
            yield Problem(None, "on", "no_period", str(content.on))
        elif state == "closed":
            yield Problem(None, "on", "closed", str(content.on))
    if not content.narration.strip():
        yield Problem(None, "narration", "missing")
    if len(content.lines) < 2:  # noqa: PLR2004 - a debit and a credit
        yield Problem(None, "lines", "too_few")


def _of_line(
    connection: Connection,
    treasury_id: int,
    known: Mapping[str, DeskAccount],
    number: int,
    line: DraftLine,
    on: date | None,
) -> Iterator[Problem]:
    account = known.get(line.account)
    if account is None:
        yield Problem(number, "account", "unknown_account" if line.account else "missing", line.account)
    if line.amount() is None:
        both = bool(line.debit) and bool(line.credit)
        reason = "both_sides" if both else "bad_amount" if line.debit or line.credit else "missing"
        yield Problem(number, "credit" if line.credit and not both else "debit", reason, line.debit or line.credit)
    if account is None:
        return
    for dimension in account.needs:
        if not line.dims.get(dimension):
            yield Problem(number, dimension, "missing")
    for dimension, code in line.dims.items():
        if dimension not in {*account.needs, *account.takes}:
            yield Problem(number, dimension, "not_carried", code)
        elif not _is_known(connection, treasury_id, dimension, code, on):
            yield Problem(number, dimension, "unknown_code", code)


def _is_known(connection: Connection, treasury_id: int, dimension: str, code: str, on: date | None) -> bool:
    if dimension in CLASSES:
        sql = (
            "select exists (select from ledger.class_code where (scheme, code) = (%s, %s) and leaf"
            " and (%s::date is null or valid @> %s::date))"
        )
        return bool(connection.exec_driver_sql(sql, (dimension, code, on, on)).scalar_one())
    if dimension in {"agency", "indicator"}:
        sql = f"select exists (select from ledger.{dimension} where (treasury_id, {dimension}) = (%s, %s))"  # noqa: S608
        return bool(connection.exec_driver_sql(sql, (treasury_id, code)).scalar_one())
    return dimension in DIMENSIONS


def rooms(connection: Connection, treasury_id: int, draft: Draft, content: Content) -> list[Room]:
    """Tell how much is left of each account of the draft that may not run dry."""
    known = accounts(connection, draft.chart, content.on)
    asked: dict[tuple[str, str], None] = {}
    for line in content.lines:
        account = known.get(line.account)
        if account is not None and account.limit_by is not None:
            key = "" if account.limit_by == "set" else line.dims.get(account.limit_by, "")
            if key or account.limit_by == "set":
                asked[account.code, key] = None
    found = []
    for code, key in asked:
        fen = connection.exec_driver_sql(
            "select available_fen from ledger.limit_row"
            " where (treasury_id, account_set_id, account, limit_key) = (%s, %s, %s, %s)",
            (treasury_id, draft.account_set_id, code, key),
        ).scalar_one_or_none()
        found.append(Room(code, key, fen or 0))
    return found
