"""Decision packages (决策包): one activity of one agency at one level, its amount made of standards and quantities.

Nobody types an amount. A line names a standard, and the database finds its price of the first day of the budget
year and the approved quantity of the agency; a project line without a standard brings at least three quotes, of
which the lowest counts. The finance division's review lowers quantities or months, each cut with a kind and a reason.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection

from ledger.compilation.standards import Category, Per
from ledger.db import Transaction

Cut = Literal["none", "quantity", "months", "unlawful", "unready", "duplicate", "later"]
TARGETS = ("quantity", "quality", "time", "cost", "benefit", "satisfaction")
"""The kinds of objectives that a project has, every one of them (BUD-009)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a package: ``times`` are months of a monthly or yearly standard, or how often it happens.

    ``quantity_milli`` with its ``origin`` is for workloads only; headcount, area and vehicles come from the
    approved basic data. Without a ``standard``: ``dept_econ``, ``per``, ``driver`` and at least three quotes.
    """

    times: int = 12
    standard: str | None = None
    quantity_milli: int | None = None
    origin: str = ""
    dept_econ: str | None = None
    per: Per | None = None
    driver: str | None = None
    quote_fens: tuple[int, ...] | None = None
    quote_documents: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An objective of a package: its kind (``TARGETS``) and what is to be reached."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A version of a decision package as it is saved; ``level`` is 1 minimum, 2 current service, 3 improvement."""

    package: str
    fiscal_year: int
    agency: str
    category: Category
    activity_code: str
    func: str
    fund: str
    name_zh: str
    name_en: str
    activity: str
    consequences: str
    lines: tuple[Line, ...]
    mandate: str = ""
    level: int = 1
    project: str | None = None
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReview:
    """What a review leaves of a line; what it does not name stays as it is."""

    line_no: int
    cut: Cut
    reason: str
    quantity_milli: int | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A submitted package in its order, with what it asks, what its review left, and whether it is funded."""

    department: str
    fund: str
    place: int
    package: str
    version: int
    agency: str
    category: str
    level: int
    score: int
    asked_fen: int
    allowed_fen: int
    running_fen: int
    ceiling_fen: int | None
    funded: bool


def save_package(tx: Transaction, package: Package) -> int:
    """Save a version of a package and give its number. Duty COMP.

    Raises:
        NoStandard: a price has no approved standard in force for this kind of agency, nor three quotes.
        NotCounted: a quantity is neither approved basic data nor a workload with its source.
        ProjectNotInLibrary, MandateMissing, PackageIncomplete, PackageChanged: it is not as a package must be.
        BudgetResolved, UnknownCode, ForeignAgency
    """
    made: int = tx.connection.exec_driver_sql(
        "select ledger.save_package(%s::jsonb)", (json.dumps(asdict(package), ensure_ascii=False),)
    ).scalar_one()
    return made


def withdraw_package(tx: Transaction, package: str, version: int, why: str) -> None:
    """Withdraw a package that was made by mistake, with all its versions; the newest is named. Duty COMP of its agency.

    It counts nowhere any more; its activity and level are free for another, its code stays its own.

    Raises:
        PackageUnderWay: it was submitted, reviewed or ranked.
        PackageMoved, BudgetResolved, ForeignAgency, UnknownBudgetRecord
        InvalidText: no reason.
    """
    tx.connection.exec_driver_sql("select ledger.withdraw_package(%s, %s, %s)", (package, version, why))


def review_package(tx: Transaction, package: str, version: int, lines: Sequence[LineReview], opinion: str = "") -> int:
    """Review the newest version of a package and give the number of the review. Duty REVW.

    Raises:
        ReviewRaises: a line is raised, or a cut has no kind or reason.
        RecorderApproves, PackageMoved, BudgetResolved, ForeignAgency
    """
    asked = {"package": package, "version": version, "opinion": opinion, "lines": [asdict(each) for each in lines]}
    made: int = tx.connection.exec_driver_sql(
        "select ledger.review_package(%s::jsonb)", (json.dumps(asked, ensure_ascii=False),)
    ).scalar_one()
    return made


def prior_year(tx: Transaction, package: str) -> int | None:
    """Give what the same activity and level had in the year before, in fen, or None. Duty REVW.

    Raises:
        ProposalFirst: the actor has not yet saved a proposal for the newest version.
    """
    fen: int | None = tx.connection.exec_driver_sql("select ledger.prior_year(%s)", (package,)).scalar_one()
    return fen


def rank_packages(tx: Transaction, fiscal_year: int, department: str, fund: str, packages: Sequence[str]) -> int:
    """Rank all project packages of a department and fund, first place first; the duty says whose ranking it is.

    COMP ranks for the department, REVW for the finance division, APPR for the committee.

    Raises:
        RankingIncomplete: one is missing, foreign or named twice, or a level stands before the one below it.
    """
    asked = {"fiscal_year": fiscal_year, "department": department, "fund": fund, "packages": list(packages)}
    made: int = tx.connection.exec_driver_sql(
        "select ledger.rank_packages(%s::jsonb)", (json.dumps(asked),)
    ).scalar_one()
    return made


def order_of(connection: Connection, treasury_id: int, fiscal_year: int) -> list[Placed]:
    """Give the submitted packages of a year in their order, department by department and fund by fund."""
    rows = connection.exec_driver_sql(
        "select department, fund, place, package, version, agency, category, level, score, asked_fen, allowed_fen,"
        " running_fen::bigint, ceiling_fen, funded from ledger.package_order"
        " where treasury_id = %s and fiscal_year = %s order by department, fund, place",
        (treasury_id, fiscal_year),
    )
    return [Placed(*row) for row in rows]
