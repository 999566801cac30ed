"""Every report by name, with its titles and the options that it takes, for the terminal and the web."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

from ledger.chart import DIMENSIONS
from ledger.errors import UnknownBook
from reports.balance_sheet import balance_sheet, revenue_expenditure
from reports.execution import budget_execution
from reports.indicators import indicator_chain
from reports.statement import account_statement
from reports.table import Slice, Table
from reports.trial_balance import trial_balance
from reports.vouchers import PAGE, vouchers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reports.table import Measure

OptionKind = Literal["text", "texts", "day", "known", "count", "flag", "choice", "codes"]
"""What an option holds: ``known`` a number of leaves or a day, ``codes`` a code by dimension (for
``dims`` also several), ``texts`` several."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a report, by the name of its keyword; without ``required`` it may be left out."""

    name: str
    kind: OptionKind
    zh: str
    en: str
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report: ``make(connection, **options)`` gives its table."""

    name: str
    title_zh: str
    title_en: str
    make: Callable[..., Table]
    options: tuple[Option, ...]

    def table(self, connection: "Connection", **given: Any) -> Table:  # noqa: ANN401 - as many kinds as options
        """Make the report of the options given.

        Raises:
            UnknownBook: it has no such option or choice, one is missing, or what is asked for is not here.
        """
        known = {option.name: option for option in self.options}
        for name, value in given.items():
            option = known.get(name)
            if option is None:
                raise UnknownBook(f"{self.name} has no option {name}", {"report": self.name, "option": name})
            asked = value if option.kind == "codes" else [value]
            if option.choices and any(each not in option.choices for each in asked or () if each is not None):
                raise UnknownBook(f"{name} is one of {', '.join(option.choices)}", {"option": name, "value": value})
        for option in self.options:
            if option.required and not given.get(option.name):
                raise UnknownBook(f"{self.name} needs {option.name}", {"report": self.name, "option": option.name})
        return self.make(connection, **given)


def report_of(name: str) -> Report:
    """Give a report by name.

    Raises:
        UnknownBook: there is no such report.
    """
    if name not in REPORTS:
        raise UnknownBook(f"there is no report {name}, only {', '.join(REPORTS)}", {"report": name})
    return REPORTS[name]


def _trial_balance(
    connection: "Connection", *, sign: Literal["normal", "debit"] = "normal", **given: Any  # noqa: ANN401
) -> Table:  # fmt: skip
    return trial_balance(connection, **given).table(sign)


def _vouchers(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    account: tuple[str, ...] | None = None,
    book: str | None = None,
    from_on: date | None = None,
    on: date | None = None,
    known: int | date | None = None,
    measure: str | None = None,
    kind: tuple[str, ...] | None = None,
    without_kind: tuple[str, ...] | None = None,
    dims: Mapping[str, str | tuple[str, ...]] | None = None,
    under: Mapping[str, str] | None = None,
    until: str | None = None,
    cursor: str | None = None,
    most: int = PAGE,
) -> Table:
    asked = Slice(
        measure=cast("Measure | None", measure),
        book=book,
        accounts=account or None,
        from_on=from_on,
        to_on=on,
        dims={name: (code,) if isinstance(code, str) else code for name, code in (dims or {}).items()} or None,
        under=under or None,
        kinds=kind or None,
        without_kinds=without_kind or None,
        until=until,
    )
    return vouchers(
        connection, set_code=set_code, treasury=treasury, asked=asked, known=known, after=cursor, most=most
    )  # fmt: skip


_WHERE = (
    Option("set_code", "text", "账套", "Account set", required=True),
    Option("treasury", "text", "国库", "Treasury"),
)
_WHEN = (
    Option("on", "day", "截止日", "Last day"),
    Option("known", "known", "截至当时已知（日期或日志条数）", "As known then (a day, or leaves of the log)"),
)
_FROM = Option("from_on", "day", "起始日", "First day")
_BOOK = Option("book", "choice", "账", "Book", ("financial", "budgetary", "indicator", "general"))
_PAGE = (
    Option("cursor", "text", "上一页末", "Place where the page before ended"),
    Option("most", "count", "每页行数", "Lines on a page"),
)
_FUND = Option("fund", "text", "资金性质", "Fund")
_AGENCY = Option("agency", "text", "预算单位（含下级）", "Agency with all below it")
_ROLLED = Option("rolled", "flag", "列示上级汇总", "With sums of parents")

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report(
            "trial-balance",
            "试算平衡表",
            "Trial balance",
            _trial_balance,
            (
                *_WHERE,
                *_WHEN,
                _BOOK,
                _ROLLED,
                Option("recomputed", "flag", "由分录重新汇总", "Added up again from the postings"),
                Option("sign", "choice", "余额方向", "Side of balances", ("normal", "debit")),
            ),
        ),
        Report(
            "account-statement",
            "明细账",
            "Account statement",
            account_statement,
            (*_WHERE, Option("account", "text", "科目", "Account", required=True), _FROM, *_WHEN, *_PAGE),
        ),
        Report("balance-sheet", "资产负债表", "Balance sheet", balance_sheet, (*_WHERE, *_WHEN)),
        Report(
            "revenue-expenditure",
            "收入支出表",
            "Revenue and expenditure",
            revenue_expenditure,
            (*_WHERE, *_WHEN, _BOOK),
        ),
        Report(
            "budget-execution",
            "预算执行表",
            "Budget execution",
            budget_execution,
            (
                *_WHERE,
                *_WHEN,
                Option("by", "choice", "分类", "Classification", ("func", "gov_econ", "dept_econ")),
                _FUND,
                _AGENCY,
            ),
        ),
        Report(
            "indicator-chain",
            "预算指标链",
            "Indicator chain",
            indicator_chain,
            (
                *_WHERE,
                *_WHEN,
                Option("indicator", "text", "指标（含下级）", "Indicator with all below it"),
                _FUND,
                _AGENCY,
                _ROLLED,
            ),
        ),
        Report(
            "vouchers",
            "凭证明细",
            "Vouchers behind a figure",
            _vouchers,
            (
                *_WHERE,
                Option("account", "texts", "科目", "Accounts"),
                _BOOK,
                _FROM,
                *_WHEN,
                Option("measure", "choice", "取数", "What is added up", ("debit", "credit", "net", "contra")),
                Option("kind", "texts", "业务类型", "Kinds of event"),
                Option("without_kind", "texts", "不含业务类型", "Kinds of event left out"),
                Option("dims", "codes", "核算要素", "Exact codes by dimension", DIMENSIONS),
                Option("under", "codes", "核算要素（含下级）", "Codes with all below, by dimension", DIMENSIONS),
                Option("until", "text", "截止位置", "Last place in the order of the books"),
                *_PAGE,
            ),
        ),
    )
}
"""The reports in the order in which they are offered; ``make`` takes exactly the named options."""
