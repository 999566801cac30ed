"""The plain facts of which the statutory tables of a government are made; every amount is in fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reports.disclosure_facts import Subject, ThreePublic

FUNDS = ("1", "2", "3")
"""The general public budget, the government-managed funds and the state-capital budget."""
TRANSFER_FUNCTIONS = ("230", "231")
"""Functions that are no expenditure of the year: transfers (转移性支出) and debt principal (债务还本支出)."""
TO_LOWER = ("23001", "23002", "23003", "23004", "23005", "to_lower")
"""The lines of transfers to lower levels; the last one is of those that name no function of transfers."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What the bureau's budgetary book shows of the year: money in under ``revenue``, money out under ``func``.

    ``key`` is the use of the account, or "opening", "corrected", "working_fund" and "closing", which are balances.
    """

    fund: str
    key: str
    code: str
    fen: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What the indicators show: a source by its key and revenue item, or (key "") a use by its function."""

    fund: str
    key: str
    code: str
    approved: int
    budget: int
    executed: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """A transfer to a lower level: who got it and for which project, as far as it may be told."""

    fund: str
    func: str
    region: str
    project: str
    fen: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Budget of one indicator that debt pays for."""

    fund: str
    indicator: str
    func: str
    agency: str
    project: str
    fen: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What a treasury owes for bonds (应付地方政府债券转贷款) when its year began and on the last day."""

    opening: int = 0
    closing: int = 0


@dataclass(frozen=True, slots=True)
class YearBooks:
    """The published books of a year up to a day; a set that is not published leaves its part None."""

    to_on: date
    movements: tuple[Movement, ...] | None
    planned: tuple[Planned, ...] | None
    debt: Mapping[str, Debt] = field(default_factory=dict)
    paid: tuple[Paid, ...] = ()
    placed: tuple[Placed, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether both the bureau's books and the indicators are published."""
        return self.movements is not None and self.planned is not None


@dataclass(frozen=True, slots=True)
class DepartmentBudgets:
    """What the published department budgets add up to: how many units, basic expenditure, the three public expenses.

    ``basic`` is of the general budget by government economic class; ``previous`` is None where nobody told it.
    """

    units: int = 0
    basic: Mapping[str, int] = field(default_factory=dict)
    public: ThreePublic = field(default_factory=ThreePublic)
    previous: ThreePublic | None = None


@dataclass(frozen=True, slots=True)
class GovernmentNames:
    """Chinese and English names by code."""

    func: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    revenue: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    econ: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    agency: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    project: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GovernmentFacts:
    """Everything that the nineteen tables of a treasury's year are made of; None where no books are kept here."""

    subject: Subject
    year: YearBooks | None
    previous: YearBooks | None
    departments: DepartmentBudgets
    names: GovernmentNames
