"""The two disclosures that the plan asks for by name: the fee schedule and the investment projects."""

from flask import Blueprint

from ledger.db import Source
from web.site import fees, projects
from web.site.datasets import Dataset
from web.site.news import News

find_fees = fees.find
find_projects = projects.find


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of fees and projects."""
    fees.register(pages, source)
    projects.register(pages, source)


def tell(source: Source) -> list[News]:
    """Tell what was published of fees and projects."""
    return fees.tell(source) + projects.tell(source)


def list_pages(source: Source) -> list[Dataset]:
    """List the pages of fees and projects."""
    return fees.datasets(source) + projects.datasets(source)
