"""The account statement (明细账): every posting of an account with its running balance, a page at a time."""

from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.errors import UnknownBook
from reports.account_sets import day_of, find, known_index
from reports.queries import rows
from reports.table import Column, Row, Slice, Table
from reports.trial_balance import accounts
from reports.vouchers import LINE_COLUMNS, LINES_MOST, PAGE, Place, line_cells, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from reports.table import Measure
    from reports.trial_balance import Account

_FIRST = UUID(int=0)
"""No voucher has this number: a page that begins after it begins with the day."""


def account_statement(
    connection: "Connection",
    *,
    set_code: str,
    account: str,
    treasury: int | str | None = None,
    from_on: date | None = None,
    on: date | None = None,
    known: int | date | None = None,
    cursor: str | None = None,
    most: int = PAGE,
) -> Table:
    """Give the statement of an account, or of all accounts below a parent, from a day to a day.

    The first row is what stood before: on the first page the opening balance, on every other one what
    is brought forward. ``cursor`` is the ``next_page`` of the page before. Balances stand on the account's
    normal side.

    Raises:
        UnknownBook: no such set, account or place, or a day outside of the year's books.
    """
    account_set = find(connection, set_code, treasury)
    to_on = day_of(account_set, on)
    first = account_set.starts_on if from_on is None else day_of(account_set, from_on)
    if first > to_on:
        raise UnknownBook(f"{first} is later than {to_on}", {"from": str(first), "on": str(to_on)})
    index = known_index(connection, account_set.treasury_id, known)
    chart = accounts(connection, account_set.chart)
    codes = leaves(chart, account)
    place = Place.read(cursor) if cursor else None
    if place is not None and not first <= place.on <= to_on:
        raise UnknownBook(f"{cursor} lies outside of the statement", {"cursor": cursor})
    limit = min(max(most, 1), LINES_MOST)
    given = {
        "treasury_id": account_set.treasury_id,
        "account_set_id": account_set.account_set_id,
        "accounts": list(codes),
        "to_on": to_on,
        "after_on": place.on if place else first,
        "after_id": place.voucher_id if place else _FIRST,
        "after_line": place.line_no if place else 0,
        "known": index,
        "most": limit,
    }
    before = "statement_before" if index is None else "statement_before_known"
    balance = int(rows(connection, before, given)[0][0])
    lines = [line_of(row) for row in rows(connection, "statement_page", given)]
    own = chart[account]
    sign = 1 if own.normal_side == "D" else -1
    measure: Measure = "net" if sign == 1 else "contra"
    listed = [_before(place, first, sign * balance, Slice(measure=measure, accounts=codes))]
    for line in lines:
        balance += line.fen if line.side == "D" else -line.fen
        behind = Slice(measure=measure, accounts=codes, until=str(line.place))
        listed.append(Row((*line_cells(line), sign * balance), behind))
    return Table(
        name="account-statement",
        title_zh="明细账",
        title_en="Account statement",
        account_set=account_set,
        from_on=first,
        to_on=to_on,
        columns=(*LINE_COLUMNS, Column("balance", "余额", "Balance", "amount", Slice())),
        rows=listed,
        totals={
            "debit": sum(line.fen for line in lines if line.side == "D"),
            "credit": sum(line.fen for line in lines if line.side == "C"),
        },
        book=own.book,
        known=index,
        filters={"account": f"{own.code} {own.name_zh} {own.name_en}"},
        notes=(
            (
                f"余额列示于科目的正常余额方向（{'借' if sign == 1 else '贷'}）；借方、贷方合计为本页合计。",
                f"Balances stand on the account's normal side ({own.normal_side}); totals are those of the page.",
            ),
        ),
        next_page=str(lines[-1].place) if len(lines) == limit else None,
    )


def leaves(chart: "Mapping[str, Account]", account: str) -> tuple[str, ...]:
    """Give the accounts that may be posted to: the account itself, or all below a parent.

    Raises:
        UnknownBook: the chart has no such account.
    """
    if account not in chart:
        raise UnknownBook(f"there is no account {account}", {"account": account})
    children: dict[str, list[str]] = {}
    for each in chart.values():
        if each.parent is not None:
            children.setdefault(each.parent, []).append(each.code)
    below = [account]
    for code in below:
        below += children.get(code, [])
    return tuple(sorted(code for code in below if chart[code].postable))


def _before(place: Place | None, first: date, balance: int, behind: Slice) -> Row:
    """Write the row of what stood before the page."""
    blank = (None, None, None)
    if place is None:
        behind = behind.joined(Slice(to_on=first - timedelta(days=1)))
        return Row((first, None, None, None, "期初余额 Opening balance", *blank, balance), behind, rolled=True)
    behind = behind.joined(Slice(until=str(place)))
    return Row((place.on, None, None, None, "承前页 Brought forward", *blank, balance), behind, rolled=True)
