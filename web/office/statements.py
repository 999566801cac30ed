"""The books on screen: trial balance, balance sheet and account statements, every figure down to its vouchers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ledger import papers
from ledger.chart import DIMENSIONS
from ledger.papers import Filters, StatementLine
from reports.account_sets import SetFacts, find
from reports.formats import FORMATS, written
from reports.table import Cell, Column, Row, Table
from reports.trial_balance import AccountBalance, TrialBalance, accounts, trial_balance
from web.office.desk import READERS, Desk, Route, absent, duty, page
from web.office.sets import listed
from web.office.writing import read_day

_PAGE = 100
_FILE_MOST = 200_000
_FORM = "any(" + ", ".join(FORMATS) + ")"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the balance sheet: the accounts of one element, on the side where they stand."""

    element: str
    rows: Sequence[tuple[AccountBalance, int]]
    total: int


@duty(*READERS)
def books(desk: Desk) -> Answer:
    """List the account sets that one may see."""
    return page(desk, "books.html", sets=listed(desk))


@duty(*READERS)
def trial(desk: Desk, code: str) -> Answer:
    """Show the trial balance of a set on a day."""
    found, book = _trial(desk, code)
    return page(
        desk,
        "trial.html",
        of=found.account_set,
        found=found,
        book=book,
        totals=found.totals(),
        asked=_asked(),
        files=_files("trial_file", code=code),
    )


@duty(*READERS)
def trial_file(desk: Desk, code: str, form: str) -> Answer:
    """Give the trial balance that is shown, as a file."""
    return _file(desk, _trial(desk, code)[0].table("debit"), form)


def _trial(desk: Desk, code: str) -> tuple[TrialBalance, str | None]:
    book = request.args.get("book") or None
    with desk.reading() as connection:
        return trial_balance(connection, set_code=code, treasury=desk.me.treasury_id, book=book, on=_day("on")), book


@duty(*READERS)
def balance_sheet(desk: Desk, code: str) -> Answer:
    """Show the balance sheet of a set on a day: what is there, what is owed, and what is left."""
    found, book = _sheet(desk, code)
    sections = _sections(found)
    left = sum(s.total for s in sections if s.element in _LEFT)
    right = sum(s.total for s in sections if s.element not in _LEFT)
    return page(
        desk,
        "sheet.html",
        of=found.account_set,
        found=found,
        book=book,
        left=[s for s in sections if s.element in _LEFT],
        right=[s for s in sections if s.element not in _LEFT],
        left_total=left,
        right_total=right,
        asked=_asked(),
        files=_files("sheet_file", code=code),
    )


@duty(*READERS)
def sheet_file(desk: Desk, code: str, form: str) -> Answer:
    """Give the balance sheet that is shown, as a file."""
    found, book = _sheet(desk, code)
    rows = []
    for section in _sections(found):
        rows += [
            Row((section.element, r.account.code, r.account.name_zh, r.account.name_en, fen)) for r, fen in section.rows
        ]
        rows.append(Row((section.element, "", "小计", "Subtotal", section.total), rolled=True))
    table = Table(
        name="balance-sheet",
        title_zh="资产负债表",
        title_en="Balance sheet",
        account_set=found.account_set,
        from_on=found.account_set.starts_on,
        to_on=found.to_on,
        columns=(
            Column("element", "要素", "Element"),
            Column("account", "科目", "Account", "code"),
            Column("name_zh", "科目名称", "Name"),
            Column("name_en", "英文名称", "Name in English"),
            Column("closing", "期末余额", "Closing", "amount"),
        ),
        rows=rows,
        book=book,
    )
    return _file(desk, table, form)


_LEFT = frozenset({"asset"})
_ELEMENTS = (
    *("asset", "liability", "net", "revenue", "expense"),
    *("budget_balance", "budget_revenue", "budget_expense", "indicator"),
)


def _sheet(desk: Desk, code: str) -> tuple[TrialBalance, str | None]:
    with desk.reading() as connection:
        facts = find(connection, code, desk.me.treasury_id)
        book = request.args.get("book") or next((b for b in ("financial", "general") if b in facts.books), None)
        found = trial_balance(connection, set_code=code, treasury=desk.me.treasury_id, book=book, on=_day("on"))
    return found, book


def _sections(found: TrialBalance) -> list[Section]:
    """Sort the accounts by element; revenue less expense of the year stands beside the net assets."""
    sections = []
    for element in _ELEMENTS:
        sign = 1 if element in _LEFT else -1
        rows = [
            (r, sign * r.closing) for r in found.rows if r.account.element == element and not r.rolled and r.closing
        ]
        if rows:
            sections.append(Section(element, rows, sum(fen for _, fen in rows)))
    return sections


@duty(*READERS)
def statement(desk: Desk, code: str, account: str) -> Answer:
    """Show the postings of one account, with the balance after each, a numbered page at a time."""
    number = _page_number()
    of, filters, found, name = _statement(desk, code, account, (number - 1) * _PAGE, _PAGE)
    pages = max(1, -(-found.count // _PAGE))
    if number > pages:
        absent()
    return page(
        desk,
        "statement.html",
        of=of,
        account=account,
        name=name,
        found=found,
        filters=filters,
        number=number,
        pages=pages,
        dimensions=DIMENSIONS,
        asked=_asked(),
        files=_files("statement_file", code=code, account=account),
    )


@duty(*READERS)
def statement_file(desk: Desk, code: str, account: str, form: str) -> Answer:
    """Give every posting that the filters leave, as a file."""
    of, filters, found, name = _statement(desk, code, account, 0, _FILE_MOST)
    table = Table(
        name="account-statement",
        title_zh=f"科目明细账 {account} {name}",
        title_en=f"Account statement {account}",
        account_set=of,
        from_on=filters.from_on,
        to_on=filters.to_on,
        columns=(
            Column("on", "日期", "Day", "day"),
            Column("voucher", "凭证号", "Voucher", "code"),
            Column("narration", "摘要", "Narration"),
            Column("debit", "借方", "Debit", "amount"),
            Column("credit", "贷方", "Credit", "amount"),
            Column("balance", "余额（借减贷）", "Balance (debits less credits)", "amount"),
            *(Column(d, d, d, "code") for d in DIMENSIONS),
        ),
        rows=[Row(_cells(line)) for line in found.lines],
        totals={"debit": found.debit, "credit": found.credit},
        filters=filters.dims,
    )
    return _file(desk, table, form)


def _cells(line: StatementLine) -> tuple[Cell, ...]:
    debit, credit = (line.fen, None) if line.side == "D" else (None, line.fen)
    dims = (line.dims.get(d) for d in DIMENSIONS)
    return (line.on, f"{line.label}/{line.no}", line.narration, debit, credit, line.balance, *dims)


def _statement(
    desk: Desk, code: str, account: str, skip: int, most: int
) -> tuple[SetFacts, Filters, papers.Statement, str]:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        of = find(connection, code, treasury)
        known = accounts(connection, of.chart).get(account)
        if known is None:
            absent()
        dims = {d: value for d in DIMENSIONS if (value := request.args.get(d, "").strip())}
        filters = Filters(_day("from") or of.starts_on, _day("to") or of.ends_on, dims)
        found = papers.statement(connection, treasury, of.account_set_id, account, filters, skip=skip, most=most)
    return of, filters, found, desk.pick(known.name_zh, known.name_en)


def _file(desk: Desk, table: Table, form: str) -> Answer:
    """Give a report as a file; that it was taken is written down."""
    body = written(table, form)
    desk.record("export", table.name, set=table.account_set.code, form=form, rows=len(table.rows), asked=_asked())
    answer = Response(body, content_type=FORMATS[form])
    parts = (table.account_set.treasury, table.account_set.code, table.name, str(table.to_on))
    demo = "-demo" if table.account_set.demo else ""
    name = re.sub(r"[^0-9A-Za-z.-]", "_", "-".join(parts)) + f"{demo}.{form}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _files(endpoint: str, **where: str) -> Sequence[tuple[str, str]]:
    """Give the addresses of the files of exactly what is asked."""
    asked: dict[str, Any] = {**_asked(), **where}
    asked.pop("page", None)
    return [(form, url_for(f"office.{endpoint}", form=form, **asked)) for form in FORMATS]


_KNOWN = frozenset({"on", "book", "from", "to", "page", *DIMENSIONS})


def _asked() -> Mapping[str, str]:
    """Give what the address asks, and nothing that it does not know."""
    return {name: value for name, value in request.args.items() if name in _KNOWN and value}


def _day(name: str) -> date | None:
    given = request.args.get(name, "")
    if not given:
        return None
    day = read_day(given)
    if day is None:
        absent()
    return day


def _page_number() -> int:
    given = request.args.get("page", "1")
    if not (given.isascii() and given.isdigit()) or not 0 < int(given[:7]) == int(given):
        absent()
    return int(given)


ROUTES = (
    Route("/books", books),
    Route("/books/<code>/trial", trial),
    Route(f"/books/<code>/trial.<{_FORM}:form>", trial_file),
    Route("/books/<code>/balance-sheet", balance_sheet),
    Route(f"/books/<code>/balance-sheet.<{_FORM}:form>", sheet_file),
    Route("/books/<code>/accounts/<account>", statement),
    Route(f"/books/<code>/accounts/<account>/statement.<{_FORM}:form>", statement_file),
)
