"""The published books: trial balances, the postings of an account, and single vouchers."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, request

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site import figures, vouchers
from web.site.datasets import Dataset, with_filters
from web.site.figures import Balance, PublishedSet
from web.site.finding import dataset_of
from web.site.frame import download, page
from web.site.lists import add

FILE_MOST = 100_000
"""So many postings stand in one file at most; the file says where the next one begins."""


class _Books:
    """The pages of the books, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def book(self, language: str, treasury: str, code: str, book: str) -> str:
        """Show the trial balance of one book."""
        of = self._set(treasury, code, book)
        rows = figures.trial_balance(self.source, of, book)
        figure = request.args.get("figure", "")
        return page(
            "book.html",
            language,
            dataset_of(of, book),
            of=of,
            book=book,
            rows=rows,
            sums=_sums(rows),
            demo=of.demo,
            figure=figure if figure in figures.HEADLINES else "",
            marked=figures.accounts_of(of.chart, figure),
        )

    def book_file(self, treasury: str, code: str, book: str, form: str) -> Response:
        """Give the same table as a file."""
        of = self._set(treasury, code, book)
        rows = figures.trial_balance(self.source, of, book)
        sheet = Sheet(
            "trial-balance",
            "科目余额表",
            "Trial balance",
            _BALANCES,
            [Row((r.account, r.name_zh, r.name_en, r.opening, r.debit, r.credit, r.closing)) for r in rows],
            {**_facts_of(of), "book": book},
        )
        return download(sheet, form, of.treasury, of.code, book, str(of.as_of))

    def account(self, language: str, treasury: str, code: str, account: str) -> str:
        """Show the postings of one account, a page at a time."""
        of = self._set(treasury, code)
        facts = vouchers.account(self.source, of.treasury_id, code, account) or _absent()
        after = _after()
        rows = vouchers.postings(self.source, of.treasury_id, code, account, after, vouchers.PAGE + 1)
        more = len(rows) > vouchers.PAGE
        rows = rows[: vouchers.PAGE]
        return page(
            "account.html",
            language,
            _dataset(
                of,
                "account",
                f"{account} {facts.name_zh}明细账",
                f"{account} {facts.name_en}: postings",
                account=account,
            ),
            of=of,
            facts=facts,
            rows=rows,
            demo=of.demo,
            names=vouchers.names(self.source, of.treasury_id),
            rules=vouchers.rules(self.source),
            first=with_filters(request.path, _but_place()) if after else None,
            next=with_filters(request.path, {**_but_place(), "after": str(_place(rows[-1]))}) if more else None,
            file_most=FILE_MOST,
        )

    def account_file(self, treasury: str, code: str, account: str, form: str) -> Response:
        """Give every published posting of an account as a file; one that is too long says where it goes on."""
        of = self._set(treasury, code)
        facts = vouchers.account(self.source, of.treasury_id, code, account) or _absent()
        found = vouchers.postings(self.source, of.treasury_id, code, account, _after(), FILE_MOST + 1)
        rules = vouchers.rules(self.source)
        more = {"next": str(_place(found[FILE_MOST - 1]))} if len(found) > FILE_MOST else {}
        return download(
            Sheet(
                "account-postings",
                "科目明细",
                "Postings of an account",
                _POSTINGS,
                [Row(_posting(row, rules)) for row in found[:FILE_MOST]],
                {**_facts_of(of), "account": account, "rows_in_all": str(facts.count), **more},
            ),
            form,
            of.treasury,
            of.code,
            account,
            str(of.as_of),
        )

    def voucher(self, language: str, treasury: str, code: str, label: str, no: int) -> str:
        """Show one voucher, with what a rule hides marked as hidden."""
        of = self._set(treasury, code)
        found = vouchers.voucher(self.source, of.treasury_id, code, label, no) or _absent()
        return page(
            "voucher.html",
            language,
            _dataset(of, "voucher", f"记账凭证 {label}/{no}", f"Voucher {label}/{no}", label=label, no=no),
            of=of,
            voucher=found,
            demo=of.demo,
            names=vouchers.names(self.source, of.treasury_id),
            rules=vouchers.rules(self.source),
        )

    def voucher_file(self, treasury: str, code: str, label: str, no: int, form: str) -> Response:
        """Give one voucher's lines as a file."""
        of = self._set(treasury, code)
        found = vouchers.voucher(self.source, of.treasury_id, code, label, no) or _absent()
        rules = vouchers.rules(self.source)
        rule = found["narration_rule"]
        told = {
            "voucher": f"{label}/{no}",
            "kind": found["kind"],
            "narration": found["narration"] if rule is None else f"不公开：{rules[rule]['basis']}",
            "leaf": found["leaf"] or "",
            "log_index": "" if found["log_index"] is None else str(found["log_index"]),
        }
        lines = [Row((row["account"], row["name_zh"], row["book"], *_posting(row, rules))) for row in found["lines"]]
        sheet = Sheet("voucher", "记账凭证", "Voucher", (*_WHERE, *_POSTINGS), lines, {**_facts_of(of), **told})
        return download(sheet, form, of.treasury, of.code, label, str(no))

    def _set(self, treasury: str, code: str, book: str | None = None) -> PublishedSet:
        sets = figures.published_sets(self.source)
        of = next((s for s in sets if (s.treasury, s.code) == (treasury, code)), None)
        return of if of is not None and (book is None or book in of.books) else _absent()


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of the books."""
    site = _Books(source)
    of_set = "<treasury>/<code>"
    add(pages, "book", f"trial-balance/{of_set}/<book>/", site.book, site.book_file)
    add(pages, "account", f"account/{of_set}/<account>/", site.account, site.account_file)
    add(pages, "voucher", f"voucher/{of_set}/<label>/<int:no>/", site.voucher, site.voucher_file)


def _dataset(of: PublishedSet, endpoint: str, zh: str, en: str, **where: object) -> Dataset:
    return Dataset(
        endpoint,
        f"{of.name_zh}：{zh}",
        f"{of.name_en}: {en}",
        {"treasury": of.treasury, "code": of.code, **where},
        publisher_zh=of.treasury_zh,
        publisher_en=of.treasury_en,
        starts_on=of.starts_on,
        ends_on=of.as_of,
        demo=of.demo,
    )


def _absent() -> NoReturn:
    abort(404)


def _after() -> vouchers.Cursor | None:
    try:
        return vouchers.Cursor.read(request.args.get("after"))
    except ValueError:
        abort(400)


def _but_place() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "after"}


def _place(row: Mapping[str, Any]) -> vouchers.Cursor:
    return vouchers.Cursor(row["effective_on"], row["label"], row["no"], row["line_no"])


def _sums(rows: Sequence[Balance]) -> tuple[int, int, int, int]:
    return (
        sum(row.opening for row in rows),
        sum(row.debit for row in rows),
        sum(row.credit for row in rows),
        sum(row.closing for row in rows),
    )


def _facts_of(of: PublishedSet) -> dict[str, str]:
    facts = {
        "treasury": of.treasury,
        "set": of.code,
        "currency": of.currency,
        "from": str(of.starts_on),
        "as_of": str(of.as_of),
    }
    return {**facts, "demo": "演示数据 demo data"} if of.demo else facts


def _posting(row: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> tuple[Any, ...]:
    rule = row["counterparty_rule"]
    payee = row["counterparty"] if rule is None else f"不公开：{rules[rule]['basis']}"
    debit = row["amount_fen"] if row["side"] == "D" else None
    credit = row["amount_fen"] if row["side"] == "C" else None
    codes = tuple(row[name] for name in ("agency", "func", "gov_econ", "dept_econ", "revenue", "fund", "project"))
    return (
        str(row["effective_on"]),
        f"{row['label']}/{row['no']}",
        row["line_no"],
        row["title_zh"],
        *codes,
        payee,
        debit,
        credit,
    )


_WHERE = (
    Column("account", "科目", "Account", "code"),
    Column("name_zh", "科目名称", "Name"),
    Column("book", "账", "Book"),
)
_BALANCES = (
    Column("account", "科目", "Account", "code"),
    Column("name_zh", "科目名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("opening", "期初余额（借方减贷方）", "Opening, debit less credit", "amount"),
    Column("debit", "借方", "Debit", "amount"),
    Column("credit", "贷方", "Credit", "amount"),
    Column("closing", "期末余额（借方减贷方）", "Closing, debit less credit", "amount"),
)
_POSTINGS = (
    Column("on", "日期", "Day", "day"),
    Column("voucher", "凭证号", "Voucher", "code"),
    Column("line", "行号", "Line", "count"),
    Column("kind", "业务", "Kind"),
    Column("agency", "预算单位", "Agency", "code"),
    Column("func", "功能分类", "Function", "code"),
    Column("gov_econ", "政府经济分类", "Government economic class", "code"),
    Column("dept_econ", "部门经济分类", "Department economic class", "code"),
    Column("revenue", "收入分类", "Revenue", "code"),
    Column("fund", "资金性质", "Fund", "code"),
    Column("project", "项目", "Project", "code"),
    Column("payee", "收付对方", "Payee or payer"),
    Column("debit", "借方", "Debit", "amount"),
    Column("credit", "贷方", "Credit", "amount"),
)
