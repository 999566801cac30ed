"""The disclosures that the plan asks for by name: the fee schedule, the investment projects and the budgets."""

from flask import Blueprint

from ledger.db import Source
from web.site import budgets, fees, projects
from web.site.datasets import Dataset
from web.site.news import News

find_budgets = budgets.find
find_fees = fees.find
find_projects = projects.find


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of budgets, fees and projects."""
    budgets.register(pages, source)
    fees.register(pages, source)
    projects.register(pages, source)


def tell(source: Source) -> list[News]:
    """Tell what was published of budgets, fees and projects."""
    return budgets.tell(source) + fees.tell(source) + projects.tell(source)


def list_pages(source: Source) -> list[Dataset]:
    """List the pages of budgets, fees and projects."""
    return budgets.datasets(source) + fees.datasets(source) + projects.datasets(source)
