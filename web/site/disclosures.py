"""The disclosures that the plan asks for by name: budgets, final accounts, fees, special funds, investment projects."""

from flask import Blueprint

from ledger.db import Source
from web.site import accounts, budgets, fees, funds, government, projects
from web.site.datasets import Dataset
from web.site.news import News

find_accounts = accounts.find
find_budgets = budgets.find
find_fees = fees.find
find_funds = funds.find
find_projects = projects.find


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of budgets, final accounts, fees, special funds and projects."""
    budgets.register(pages, source)
    accounts.register(pages, source)
    government.register(pages, source)
    fees.register(pages, source)
    funds.register(pages, source)
    projects.register(pages, source)


def tell(source: Source) -> list[News]:
    """Tell what was published of budgets, fees, special funds and projects."""
    return budgets.tell(source) + fees.tell(source) + funds.tell(source) + projects.tell(source)


def list_pages(source: Source) -> list[Dataset]:
    """List the pages of budgets, final accounts, fees, special funds and projects."""
    parts = (budgets, accounts, government, fees, funds, projects)
    return [each for part in parts for each in part.datasets(source)]
