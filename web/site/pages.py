"""The addresses of the public site: what is published, for anyone, readable without any script."""

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, request, url_for

from ledger.db import Source
from reports.formats import FORMATS
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site import figures, vouchers
from web.site.figures import Balance, PublishedSet
from web.site.frame import asked, download, links, page

_FORM = "any(" + ", ".join(FORMATS) + ")"
_FILE_MOST = 200_000


class _Site:
    """The answers to every address of the books, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def home(self, language: str) -> str:
        """Show the four figures of every published treasury, and its account sets."""
        found = figures.treasuries(self.source)
        return page(
            "home.html", language, treasuries=found, demo=any(t.demo for t in found), latest=self._latest(language)
        )

    def _latest(self, language: str) -> Sequence[dict[str, Any]]:
        return [
            {
                "on": of.as_of,
                "title_zh": f"{of.name_zh} {of.as_of}",
                "title_en": f"{of.name_en} {of.as_of}",
                "link": url_for(f"site.book_{language}", treasury=of.treasury, code=of.code, book=of.books[0]),
            }
            for of in figures.latest(self.source)
        ]

    def book(self, language: str, treasury: str, code: str, book: str) -> str:
        """Show the trial balance of one book."""
        of = self._set(treasury, code, book)
        rows = figures.trial_balance(self.source, of, book)
        figure = request.args.get("figure", "")
        return page(
            "book.html",
            language,
            of=of,
            book=book,
            rows=rows,
            sums=_sums(rows),
            demo=of.demo,
            figure=figure if figure in figures.HEADLINES else "",
            marked=figures.accounts_of(of.chart, figure),
            links=links("book", treasury=treasury, code=code, book=book),
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
        return download(sheet, form, of.treasury, of.code, book, str(of.as_of), *_mark(of))

    def account(self, language: str, treasury: str, code: str, account: str) -> str:
        """Show the postings of one account, a page at a time."""
        of = self._set(treasury, code)
        facts = vouchers.account(self.source, of.treasury_id, code, account) or _absent()
        try:
            after = vouchers.Cursor.read(request.args.get("after"))
        except ValueError:
            abort(400)
        rows = vouchers.postings(self.source, of.treasury_id, code, account, after, vouchers.PAGE + 1)
        more = len(rows) > vouchers.PAGE
        rows = rows[: vouchers.PAGE]
        return page(
            "account.html",
            language,
            of=of,
            facts=facts,
            rows=rows,
            demo=of.demo,
            names=vouchers.names(self.source, of.treasury_id),
            rules=vouchers.rules(self.source),
            first=asked(request.path, _but_place()) if after else None,
            next=asked(request.path, {**_but_place(), "after": str(_place(rows[-1]))}) if more else None,
            links=links("account", treasury=treasury, code=code, account=account),
        )

    def account_file(self, treasury: str, code: str, account: str, form: str) -> Response:
        """Give every published posting of an account as a file."""
        of = self._set(treasury, code)
        if vouchers.account(self.source, of.treasury_id, code, account) is None:
            abort(404)
        found = vouchers.postings(self.source, of.treasury_id, code, account, None, _FILE_MOST)
        rules = vouchers.rules(self.source)
        return download(
            Sheet(
                "account-postings",
                "科目明细",
                "Postings of an account",
                _POSTINGS,
                [Row(_posting(row, rules)) for row in found],
                {**_facts_of(of), "account": account},
            ),
            form,
            of.treasury,
            of.code,
            account,
            str(of.as_of),
            *_mark(of),
        )

    def voucher(self, language: str, treasury: str, code: str, label: str, no: int) -> str:
        """Show one voucher, with what a rule hides marked as hidden."""
        of = self._set(treasury, code)
        found = vouchers.voucher(self.source, of.treasury_id, code, label, no) or _absent()
        return page(
            "voucher.html",
            language,
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
        sheet = Sheet(
            "voucher",
            "记账凭证",
            "Voucher",
            _POSTINGS,
            [Row(_posting(row, rules)) for row in found["lines"]],
            {**_facts_of(of), "voucher": f"{label}/{no}", "kind": found["kind"], "leaf": found["leaf"]},
        )
        return download(sheet, form, of.treasury, of.code, label, str(no), *_mark(of))

    def rules(self, language: str) -> str:
        """Show by which rules something is left out, and the article of each."""
        seen: set[object] = set()
        listed = []
        for row in figures.rules(self.source):
            listed.append({**row, "first": row["rule"] not in seen})
            seen.add(row["rule"])
        return page("rules.html", language, listed=listed)

    def _set(self, treasury: str, code: str, book: str | None = None) -> PublishedSet:
        sets = figures.published_sets(self.source)
        of = next((s for s in sets if (s.treasury, s.code) == (treasury, code)), None)
        return of if of is not None and (book is None or book in of.books) else _absent()


def blueprint(source: Source, more: Sequence[Callable[[Blueprint, Source], None]] = ()) -> Blueprint:
    """Make the public site over the books of a source; it uses no login but ``gongku_public``."""
    pages = Blueprint("site", __name__, template_folder="templates")
    pages.app_template_filter("side")(figures.side)
    site = _Site(source)
    of_set = "<treasury>/<code>"
    shown: dict[str, tuple[str, Callable[..., str], Callable[..., Response] | None]] = {
        "home": ("", site.home, None),
        "book": (f"trial-balance/{of_set}/<book>/", site.book, site.book_file),
        "account": (f"account/{of_set}/<account>/", site.account, site.account_file),
        "voucher": (f"voucher/{of_set}/<label>/<int:no>/", site.voucher, site.voucher_file),
        "rules": ("rules/", site.rules, None),
    }
    for name, (address, show, give) in shown.items():
        add(pages, name, address, show, give)
    for register in more:
        register(pages, source)
    return pages


def add(
    pages: Blueprint, name: str, address: str, show: Callable[..., str], give: Callable[..., Response] | None
) -> None:
    """Put a page at its address in both languages, and its files beside it."""
    for language, prefix in (("zh", "/"), ("en", "/en/")):
        pages.add_url_rule(f"{prefix}{address}", f"{name}_{language}", partial(show, language))
    if give is not None:
        pages.add_url_rule(f"/{address.rstrip('/')}.<{_FORM}:form>", f"{name}_file", give)


_TOLD = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})


def error_page(_: Exception, status: int) -> Response:
    """Answer what is not there, or broke, with a plain page."""
    language = "en" if request.path.startswith("/en/") else "zh"
    kind = str(int(status)) if status in _TOLD else "500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "400"
    return Response(page("error.html", language, kind=kind), status)


def _absent() -> NoReturn:
    abort(404)


def _but_place() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name != "after"}


def _place(row: Any) -> vouchers.Cursor:  # noqa: ANN401 - a row of the database
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


def _mark(of: PublishedSet) -> tuple[str, ...]:
    return ("demo",) if of.demo else ()


def _posting(row: Any, rules: Any) -> tuple[Any, ...]:  # noqa: ANN401 - rows of the database
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
