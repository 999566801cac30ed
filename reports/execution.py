"""Budget execution (预算执行) by function or economic class: budget, executed, free, and the rate."""

from datetime import date
from typing import TYPE_CHECKING, Literal

from ledger.errors import UnknownBook
from reports.indicators import (
    ADJUSTED,
    APPROVED,
    CLOSE,
    DOWN,
    GRANTS,
    TRANSFERRED,
    Figures,
    Question,
    ask,
    every_account,
    figures,
    state_accounts,
    summed,
)
from reports.queries import rows
from reports.table import Cell, Column, Row, Slice, Table, rate
from reports.trees import Branch, branches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

By = Literal["func", "gov_econ", "dept_econ"]
_TITLES = {
    "func": ("按支出功能分类", "by function"),
    "gov_econ": ("按政府预算支出经济分类", "by government economic class"),
    "dept_econ": ("按部门预算支出经济分类", "by department economic class"),
}


def budget_execution(
    connection: "Connection",
    *,
    set_code: str,
    treasury: int | str | None = None,
    on: date | None = None,
    known: int | date | None = None,
    by: By = "func",
    fund: str | None = None,
    agency: str | None = None,
) -> Table:
    """Give the execution of the budget of an indicator set, a row for each class with its parents.

    The budget is what was approved and came down to the class, with every adjustment and reallocation;
    ``agency`` asks for an agency with all below it. The year-end close is left out.

    Raises:
        UnknownBook: no such indicator set, classification, fund or agency, or a day before its books open.
    """
    if by not in _TITLES:
        raise UnknownBook(f"budgets are not executed by {by}", {"by": by})
    asked = ask(connection, set_code=set_code, treasury=treasury, on=on, known=known, fund=fund, agency=agency)
    accounts = state_accounts(connection, asked.account_set.chart)
    sums = figures(connection, asked, by, accounts)
    named = {code: (parent, zh, en) for code, parent, zh, en in rows(connection, "classes", {"scheme": by})}
    listed = branches(sums, {code: row[0] for code, row in named.items()})
    columns = _columns(accounts)
    zh, en = _TITLES[by]
    whole = _amounts(summed(sums, sums))
    return Table(
        name="budget-execution",
        title_zh=f"预算执行表（{zh}）",
        title_en=f"Budget execution {en}",
        account_set=asked.account_set,
        from_on=asked.account_set.starts_on,
        to_on=asked.to_on,
        columns=columns,
        rows=[_row(branch, summed(sums, branch.members), named, asked, by) for branch in listed],
        totals=whole,
        known=asked.known,
        filters={"by": by, **asked.filters()},
        notes=_NOTES if by == "func" else (*_NOTES, _ECONOMIC),
    )


_NOTES = (
    (
        "预算数 = 批准数 + 调整数；执行率 = 执行数 ÷ 预算数；不含年终结账分录。",
        "Budget = approved + adjusted; rate = executed / budget; the year-end close is left out.",
    ),
)
_ECONOMIC = (
    "未细化到经济分类的预算列在无科目的一行，其支出列在实际科目：两行可执行数相加才是余额。",
    "A budget not broken down stands in the row without a code, its spending in its class: add up what is free.",
)


def _columns(accounts: "Mapping[str, tuple[str, ...]]") -> tuple[Column, ...]:
    every = every_account(accounts)

    def granted(name: str, zh: str, en: str, kinds: tuple[str, ...]) -> Column:
        return Column(name, zh, en, "amount", Slice(measure="net", accounts=every, kinds=kinds))

    def state(name: str, zh: str, en: str) -> Column:
        return Column(name, zh, en, "amount", Slice(measure="net", accounts=accounts[name], without_kinds=CLOSE))

    return (
        Column("code", "科目编码", "Code", "code"),
        Column("name_zh", "科目名称", "Name"),
        Column("name_en", "英文名称", "Name in English"),
        granted("approved", "批准数", "Approved", (*APPROVED, *DOWN)),
        granted("adjusted", "调整数", "Adjusted", (*ADJUSTED, *TRANSFERRED)),
        granted("budget", "预算数", "Budget", GRANTS),
        state("executed", "执行数", "Executed"),
        Column("rate", "执行率", "Rate", "rate"),
        state("awaiting", "待分解、待下达", "Awaiting"),
        state("held", "冻结", "Frozen"),
        state("reserved", "支付占用", "Reserved"),
        state("free", "可执行", "Free"),
        state("carried", "结转、收回", "Carried over or recovered"),
    )


def _amounts(whole: Figures) -> dict[str, int]:
    return {
        "approved": whole.approved + whole.received - whole.distributed,
        "adjusted": whole.adjusted + whole.transferred,
        "budget": whole.granted,
        "executed": whole.executed,
        "awaiting": whole.awaiting,
        "held": whole.held,
        "reserved": whole.reserved,
        "free": whole.free,
        "carried": whole.carried,
    }


def _row(
    branch: Branch,
    whole: Figures,
    named: "Mapping[str, tuple[str | None, str, str]]",
    asked: Question,
    by: str,
) -> Row:
    _, zh, en = named.get(branch.code, (None, "未细化", "Not broken down"))
    amounts = _amounts(whole)
    before: list[Cell] = [amounts.pop(name) for name in ("approved", "adjusted", "budget", "executed")]
    part = Slice(under={by: branch.code}) if branch.rolled else Slice(dims={by: (branch.code,)})
    return Row(
        (branch.code, zh, en, *before, rate(whole.executed, whole.granted), *amounts.values()),
        asked.slice().joined(part),
        branch.level,
        branch.rolled,
    )
