"""The public register behind budgets: standards with every version, what ran above them, and the calendar of duties."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.clock import today
from web.site import budget_figures as figures
from web.site.datasets import Dataset
from web.site.figures import class_names
from web.site.frame import download, page
from web.site.lists import add, cell, demo, marks
from web.site.memory import rows


class _Register:
    """The pages of the register, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def standards(self, language: str) -> str:
        """List the spending standards, those in force first in view, with their documents."""
        found = figures.standards(self.source)
        return page(
            "budget_standards.html",
            language,
            standards_dataset(self.source),
            rows=found,
            today=today(),
            names=class_names(self.source),
            demo=demo(self.source),
        )

    def standards_file(self, form: str) -> Response:
        """Give the standards as a file."""
        listed = [Row(tuple(cell(row[column.name]) for column in _STANDARDS)) for row in figures.standards(self.source)]
        sheet = Sheet("spending-standards", "支出标准", "Spending standards", _STANDARDS, listed, marks(self.source))
        return download(sheet, form, "spending-standards")

    def departures(self, language: str) -> str:
        """List the claims that were allowed above a standard or away from the designated venues, and why."""
        found = figures.departures(self.source)
        return page(
            "budget_departures.html", language, departures_dataset(self.source), rows=found, demo=demo(self.source)
        )

    def departures_file(self, form: str) -> Response:
        """Give them as a file."""
        found = figures.departures(self.source)
        listed = [Row(tuple(cell(row[column.name]) for column in _DEPARTURES)) for row in found]
        sheet = Sheet("claims-above", "超标准报销", "Claims above standard", _DEPARTURES, listed, marks(self.source))
        return download(sheet, form, "claims-above")

    def calendar(self, language: str) -> str:
        """Show until when each duty of an approved budget is due, and which are done or overdue."""
        found = duties(self.source)
        return page("budget_calendar.html", language, calendar_dataset(self.source), rows=found, demo=demo(self.source))

    def calendar_file(self, form: str) -> Response:
        """Give the calendar as a file."""
        listed = [Row(tuple(cell(row[column.name]) for column in _DUTIES)) for row in duties(self.source)]
        sheet = Sheet("budget-calendar", "预算公开时限", "Calendar of duties", _DUTIES, listed, marks(self.source))
        return download(sheet, form, "budget-calendar")


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of the register."""
    site = _Register(source)
    add(pages, "budget_standards", "budgets/standards/", site.standards, site.standards_file)
    add(pages, "budget_departures", "budgets/departures/", site.departures, site.departures_file)
    add(pages, "budget_calendar", "budgets/calendar/", site.calendar, site.calendar_file)


def standards_dataset(source: Source) -> Dataset:
    """Describe the page of standards."""
    return Dataset("budget_standards", "支出标准", "Spending standards", demo=demo(source))


def departures_dataset(source: Source) -> Dataset:
    """Describe the page of what ran above a standard."""
    return Dataset("budget_departures", "超标准报销", "Claims above standard", demo=demo(source))


def calendar_dataset(source: Source) -> Dataset:
    """Describe the calendar."""
    return Dataset("budget_calendar", "预算公开时限", "Calendar of budget duties", demo=demo(source))


def duties(source: Source) -> list[Mapping[str, Any]]:
    """List the duties, what is due first; ``days`` are left until the day, negative if it was missed.

    A duty that was done counts its days from the day it was done, so a late one stays seen.
    """
    on = today()
    found = [
        {**row, "days": None if row["due_on"] is None else (row["due_on"] - (row["done_on"] or on)).days}
        for row in rows(source, _CALENDAR)
    ]
    return sorted(found, key=lambda row: row["done_on"] is not None)


_CALENDAR = """
select treasury, fiscal_year, agency, name_zh, name_en, duty, since, due_on, done_on from published.budget_duty
 order by fiscal_year desc, due_on nulls last, treasury, department, agency, since"""
_STANDARDS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("standard", "支出标准", "Standard", "code"),
    Column("version", "版本", "Version", "count"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("category", "类别", "Category"),
    Column("dept_econ", "部门经济分类", "Economic class", "code"),
    Column("amount_fen", "标准", "Amount", "amount"),
    Column("per", "计价期间", "Per"),
    Column("unit_zh", "计量单位", "Unit"),
    Column("agency_kind", "适用单位", "For which agencies"),
    Column("scope", "适用范围", "Scope"),
    Column("document_no", "文号", "Document"),
    Column("document_title", "文件", "Title"),
    Column("document_issuer", "发文机关", "Issuer"),
    Column("valid_from", "生效日", "From", "day"),
    Column("until_on", "失效日", "Until (excluded)", "day"),
    Column("confidence", "可信度", "Confidence", "code"),
)
_DEPARTURES = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("claim", "报销单", "Claim", "code"),
    Column("agency", "单位", "Agency", "code"),
    Column("agency_zh", "单位名称", "Name"),
    Column("agency_en", "英文名称", "Name in English"),
    Column("kind", "类别", "Kind", "code"),
    Column("begins_on", "起", "From", "day"),
    Column("ends_on", "止", "To", "day"),
    Column("persons", "人数", "People", "count"),
    Column("ceiling_fen", "标准上限", "Allowed by standards", "amount"),
    Column("spent_fen", "批准金额", "Approved", "amount"),
    Column("above_fen", "超标准", "Above", "amount"),
    Column("off_list", "不在定点场所", "Away from designated venues"),
    Column("reason", "理由", "Reason"),
    Column("document", "批准文件", "Document"),
    Column("allowed_on", "准予日", "Allowed on", "day"),
)
_DUTIES = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("agency", "单位", "Agency", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("duty", "事项", "Duty"),
    Column("since", "起算日", "Counted from", "day"),
    Column("due_on", "时限", "Due on", "day"),
    Column("done_on", "办理日", "Done on", "day"),
    Column("days", "剩余天数", "Days left", "count"),
)
