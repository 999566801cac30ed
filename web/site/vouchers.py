"""Published vouchers as the public reads them: by account, one by one, and by a search."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.db import Source
from ledger.errors import InvalidAmount
from ledger.money import parse_yuan
from web.site.figures import class_names
from web.site.memory import kept_rows, remembered, rows

PAGE = 50
SEARCH_MOST = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after which a page of an account begins: a day, a voucher of a month, a line."""

    on: date
    label: str
    no: int
    line: int

    def __str__(self) -> str:
        return f"{self.on}.{self.label}.{self.no}.{self.line}"

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """Read one from an address; None where there is none, or no such thing.

        Raises:
            ValueError: it is no cursor.
        """
        if not text:
            return None
        match = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.(\d{4}-\d\d)\.(\d{1,9})\.(\d{1,5})", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return cls(date.fromisoformat(match[1]), match[2], int(match[3]), int(match[4]))


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account of a published set with its sums in fen; opening and closing are debit minus credit."""

    account: str
    name_zh: str
    name_en: str
    book: str
    opening: int
    debit: int
    credit: int
    closing: int
    count: int


def account(source: Source, treasury_id: int, code: str, number: str) -> AccountFacts | None:
    """Give the sums of one account and how many postings they are; None when nothing is published of it."""
    found = kept_rows(source, _ACCOUNT, treasury=treasury_id, code=code, account=number)
    count = sum(n for _, n in _days(source, treasury_id, code, number)) if found else 0
    return AccountFacts(**found[0], count=count) if found else None


def postings(
    source: Source, treasury_id: int, code: str, number: str, after: Cursor | None = None, most: int = PAGE
) -> Sequence[Mapping[str, Any]]:
    """Give a page of an account's postings, oldest first.

    The days on which the account moved are known, so only those that the page needs are read and sorted.
    """
    on, label, no, line = (after.on, after.label, after.no, after.line) if after else (date.min, "", 0, 0)
    upto, left = on, most
    for day, count in _days(source, treasury_id, code, number):
        if day > on and left > 0:
            upto, left = day, left - count
    return rows(
        source,
        _POSTINGS,
        treasury=treasury_id,
        code=code,
        account=number,
        on=on,
        upto=upto,
        label=label,
        no=no,
        line=line,
        most=most,
    )


def _days(source: Source, treasury_id: int, code: str, number: str) -> Sequence[tuple[date, int]]:
    """Give the days on which an account moved, and by how many postings."""

    def read() -> list[tuple[date, int]]:
        found = rows(source, _DAYS, treasury=treasury_id, code=code, account=number)
        return [(row["effective_on"], row["count"]) for row in found]

    return remembered(source, ("days", treasury_id, code, number), read)


def voucher(source: Source, treasury_id: int, code: str, label: str, no: int) -> Mapping[str, Any] | None:
    """Give one voucher with its lines and the other vouchers of its event; None when it is not published."""
    return remembered(
        source, ("voucher", treasury_id, code, label, no), lambda: _read_voucher(source, treasury_id, code, label, no)
    )


def _read_voucher(source: Source, treasury_id: int, code: str, label: str, no: int) -> Mapping[str, Any] | None:
    given = {"treasury": treasury_id, "code": code, "label": label, "no": no}
    found = rows(source, _VOUCHER, **given)
    if not found:
        return None
    lines = rows(source, _LINES, **given)
    event = {"treasury": treasury_id, "event": found[0]["event_id"]}
    others = [
        row for row in rows(source, _SAME_EVENT, **event) if (row["code"], row["label"], row["no"]) != (code, label, no)
    ]
    reversal = rows(source, _REVERSAL, **event, reverses=found[0]["reverses"])
    return {**found[0], "lines": lines, "others": others, "linked": reversal}


def search(source: Source, asked: str) -> Sequence[Mapping[str, Any]]:
    """Find vouchers by names, amounts, numbers and codes; newest first, at most ``SEARCH_MOST``."""
    return rows(source, _SEARCH, asked=_plain_amount(asked), most=SEARCH_MOST)


def rules(source: Source) -> Mapping[str, Mapping[str, Any]]:
    """Give the rules by which something is not shown, by name."""
    listed = kept_rows(source, "select * from published.redaction_rule order by field desc")
    return {row["rule"]: row for row in listed}


def names(source: Source, treasury_id: int) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Give the names of agencies and classification codes, by dimension and code."""
    return remembered(source, ("names", treasury_id), lambda: _names(source, treasury_id))


def _names(source: Source, treasury_id: int) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    agencies = rows(
        source,
        "select agency as code, name_zh, name_en from published.agency where treasury_id = %(treasury)s",
        treasury=treasury_id,
    )
    return {**class_names(source), **{("agency", row["code"]): row for row in agencies}}


def _plain_amount(asked: str) -> str:
    """Write an amount that was typed with commas or without decimals as the books write it."""
    plain = asked.strip().removeprefix("¥").replace(",", "").replace("，", "").strip()
    try:
        fen = parse_yuan(plain)
    except InvalidAmount:
        return asked
    return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 and len(plain) > len("2024") else asked


_VOUCHER = """
select * from published.voucher
 where treasury_id = %(treasury)s and code = %(code)s and label = %(label)s and no = %(no)s"""
_LINES = """
select * from published.posting
 where treasury_id = %(treasury)s and code = %(code)s and label = %(label)s and no = %(no)s order by line_no"""
_ACCOUNT = """
select b.account, b.name_zh, b.name_en, b.book, b.opening_fen as opening, b.debit_fen as debit, b.credit_fen as credit,
       b.closing_fen as closing
  from published.balance b where b.treasury_id = %(treasury)s and b.code = %(code)s and b.account = %(account)s"""
_POSTINGS = """
select p.effective_on, p.label, p.no, p.line_no, p.side, p.amount_fen, p.kind, p.title_zh, p.title_en, p.agency, p.func,
       p.gov_econ, p.dept_econ, p.revenue, p.fund, p.project, p.counterparty, p.counterparty_rule
  from published.posting p
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.account = %(account)s
   and p.effective_on between %(on)s and %(upto)s
   and (p.effective_on, p.label, p.no, p.line_no) > (%(on)s, %(label)s, %(no)s::integer, %(line)s::integer)
 order by p.effective_on, p.label, p.no, p.line_no limit %(most)s"""
_DAYS = """
select effective_on, count(*) as count from published.posting
 where treasury_id = %(treasury)s and code = %(code)s and account = %(account)s group by 1 order by 1"""
_SAME_EVENT = """
select code, label, no from published.voucher where treasury_id = %(treasury)s and event_id = %(event)s order by code"""
_REVERSAL = """
select code, label, no, event_id = %(reverses)s::uuid as original from published.voucher
 where treasury_id = %(treasury)s and (event_id = %(reverses)s::uuid or reverses = %(event)s) order by code"""
_SEARCH = """
select treasury, code, label, no, on_day, amount_fen, title_zh, title_en, shown from published.search
 where words @@ published.asked(%(asked)s) order by on_day desc, code, label, no limit %(most)s"""
