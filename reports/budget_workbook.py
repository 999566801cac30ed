"""The budget of an agency as the workbook that people fill in, which is read back without loss."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter
from sqlalchemy import Connection

from ledger.budget_errors import UnknownBudgetRecord
from ledger.compilation import registers
from ledger.compilation.dossiers import Dossier, ShownLine, dossier, listed
from ledger.money import Fen, format_yuan

_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_A4 = 9
_MOST_EXACT = 10**15
"""Fen below this are exact as the number of yuan in a cell."""
_CATEGORY = {"personnel": "人员经费", "office": "公用经费", "project": "项目支出"}
_LEVEL = {1: "最低水平", 2: "现行水平", 3: "提高水平"}
_PER = {"month": "月", "year": "年", "time": "次"}
_KIND = {
    "quantity": "数量指标",
    "quality": "质量指标",
    "time": "时效指标",
    "cost": "成本指标",
    "benefit": "效益指标",
    "satisfaction": "满意度指标",
}
_SOURCE = {
    "special_account": "财政专户管理资金收入",
    "operating": "事业收入",
    "business": "事业单位经营收入",
    "upper": "上级补助收入",
    "affiliated": "附属单位上缴收入",
    "other": "其他收入",
    "carry_over": "上年结转结余",
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in fen."""

    fen: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in thousandths."""

    milli: int


Shown = str | int | Money | Quantity | None
"""A text or code, a whole number, an amount, a quantity, or nothing."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """A sheet: its name and title, what stands above, headings with the width of their column, rows, what is summed."""

    name: str
    title: str
    above: Sequence[str]
    headings: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Shown]]
    total: str = ""


def budget_workbook(connection: Connection, treasury_id: int, agency: str, year: int, made_on: date) -> bytes:
    """Write the newest versions of an agency's packages, their objectives, its basic data and its income, as XLSX.

    Raises:
        UnknownBudgetRecord: there is no such agency, or nothing of it in that year.
    """
    who = next((each for each in registers.agencies(connection, treasury_id) if each.agency == agency), None)
    if who is None:
        raise UnknownBudgetRecord(facts={"agency": agency, "year": year})
    packages = [
        dossier(connection, treasury_id, each.package) for each in listed(connection, treasury_id, year, agency)
    ]
    kinds = {each.driver: each.name_zh for each in registers.driver_kinds(connection)}
    basic = registers.basic_data(connection, treasury_id, year, agency)
    income = registers.incomes(connection, treasury_id, year, agency)
    if not (packages or basic or income):
        raise UnknownBudgetRecord(facts={"agency": agency, "year": year})
    title = f"{who.name_zh}{year}年部门预算"
    above = [f"预算单位：{agency} {who.name_zh}", f"预算年度：{year}", "单位：元", f"制表时间：{made_on.isoformat()}"]
    plans = [
        SheetPlan("决策包", f"{title}　决策包测算表", above, [*_PACKAGE, *_LINE], _packages(packages), "金额（元）"),
        SheetPlan(
            "绩效目标",
            f"{title}　项目支出绩效目标表",
            above,
            [("决策包编码", 18), ("指标类型", 12), ("绩效目标", 60)],
            [[each.head.package, _KIND[t.kind], t.target] for each in packages for t in each.targets],
        ),
        SheetPlan(
            "基础数据",
            f"{title}　基础数据表",
            above,
            [("基础数据", 20), ("数量", 14), ("数据来源", 50)],
            [[kinds[each.driver], Quantity(each.quantity_milli), each.origin] for each in basic],
        ),
        SheetPlan(
            "收入预算",
            f"{title}　收入预算表",
            above,
            [("收入来源", 24), ("资金性质", 10), ("功能科目", 12), ("金额（元）", 18), ("测算依据", 50)],
            [[_SOURCE[each.source], each.fund, each.func, Money(each.amount_fen), each.basis] for each in income],
            "金额（元）",
        ),
    ]
    return written_sheets(plans, title)


_PACKAGE = (
    ("决策包编码", 18), ("支出类别", 10), ("活动编码", 10), ("水平", 10), ("功能科目", 10), ("资金性质", 8),
    ("项目库编码", 12), ("名称", 24), ("英文名称", 24), ("履职依据", 24), ("活动内容", 30), ("不予安排的后果", 24),
    ("决策包金额（元）", 16),
)  # fmt: skip
_LINE = (
    ("支出标准", 12), ("经济科目", 10), ("计价期", 8), ("定额要素", 14), ("单价（元）", 14), ("数量", 12),
    ("月数或次数", 10), ("数量来源", 24), ("报价", 16), ("报价文件", 24), ("金额（元）", 16),
)  # fmt: skip


def _packages(packages: Sequence[Dossier]) -> list[Sequence[Shown]]:
    rows: list[Sequence[Shown]] = []
    for each in packages:
        head = each.head
        told: list[Shown] = [
            head.package, _CATEGORY[head.category], head.activity_code, _LEVEL[head.level], head.func, head.fund,
            head.project, head.name_zh, head.name_en, each.mandate, each.activity, each.consequences, Money(each.fen),
        ]  # fmt: skip
        rows += [[*told, *_line(each.lines[0])]]
        rows += [[head.package, *([None] * (len(told) - 1)), *_line(line)] for line in each.lines[1:]]
    return rows


def _line(line: ShownLine) -> list[Shown]:
    quotes = "\n".join(format_yuan(Fen(fen)) for fen in line.quote_fens or ())
    return [
        line.standard, line.dept_econ, _PER[line.per], line.driver_zh, Money(line.unit_fen),
        Quantity(line.quantity_milli), line.times, line.origin, quotes, "\n".join(line.quote_documents or ()),
        Money(line.fen),
    ]  # fmt: skip


def written_sheets(plans: Sequence[SheetPlan], title: str) -> bytes:
    """Write sheets: title, a row above the headings, headings (frozen, repeated in print), rows, total."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": _MADE})
    looks = _Looks(
        title=book.add_format({"bold": True, "font_size": 14, "num_format": "@"}),
        header=book.add_format({"bold": True, "num_format": "@", "bottom": 1, "text_wrap": True, "valign": "top"}),
        text=book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        money=book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        whole=book.add_format({"num_format": "#,##0", "valign": "top"}),
        part=book.add_format({"num_format": "#,##0.0##", "valign": "top"}),
    )
    for plan in plans:
        _sheet(book.add_worksheet(_name(plan.name, book)), plan, looks)
    book.close()
    return held.getvalue()


@dataclass(frozen=True, slots=True)
class _Looks:
    title: Any
    header: Any
    text: Any
    money: Any
    whole: Any
    part: Any


def _name(name: str, book: Any) -> str:  # noqa: ANN401
    """Give a name that a sheet may have, and that no other sheet has."""
    taken = {sheet.get_name().casefold() for sheet in book.worksheets()}
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:28] or "1"
    return next(each for each in (plain, *(f"{plain} {n}" for n in range(2, 100))) if each.casefold() not in taken)


def _sheet(sheet: Any, plan: SheetPlan, looks: _Looks) -> None:  # noqa: ANN401
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&F&R&P / &N")
    first = 2 if plan.above else 1
    sheet.write_string(0, 0, plan.title, looks.title)
    for at, text in enumerate(plan.above):
        sheet.write_string(1, at, text)
    for at, (name, width) in enumerate(plan.headings):
        sheet.set_column(at, at, width)
        sheet.write_string(first, at, name, looks.header)
    sheet.freeze_panes(first + 1, 1)
    sheet.repeat_rows(first)
    last = first
    for last, row in enumerate(plan.rows, first + 1):
        for at, cell in enumerate(row):
            _write(sheet, last, at, cell, looks)
    if plan.total and plan.rows:
        last += 1
        at = next(n for n, (name, _) in enumerate(plan.headings) if name == plan.total)
        sheet.write_string(last, 0, "合计", looks.header)
        _write(sheet, last, at, Money(sum(cell.fen for row in plan.rows if isinstance(cell := row[at], Money))), looks)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    sheet.print_area(0, 0, last, len(plan.headings) - 1)


def _write(sheet: Any, row: int, at: int, cell: Shown, looks: _Looks) -> None:  # noqa: ANN401
    match cell:
        case Money(fen) if abs(fen) < _MOST_EXACT:
            sheet.write_number(row, at, fen / 100, looks.money)
        case Money(fen):
            sheet.write_string(row, at, format_yuan(Fen(fen)), looks.text)
        case Quantity(milli):
            sheet.write_number(row, at, milli / 1000, looks.part if milli % 1000 else looks.whole)
        case int():
            sheet.write_number(row, at, cell, looks.whole)
        case str() if cell:
            sheet.write_string(row, at, cell, looks.text)
        case _:
            pass
