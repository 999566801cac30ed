"""The plain facts of which the statutory tables of a department are made; every amount is in fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ledger.errors import UnknownCode

Source = Literal[
    "general",
    "government_fund",
    "state_capital",
    "special_account",
    "operating",
    "business",
    "upper",
    "affiliated",
    "other",
    "carry_over",
]
"""Where income comes from; ``operating`` is 经营收入, ``business`` 事业收入, ``upper`` 上级补助收入."""
Category = Literal["personnel", "office", "project", "operating", "to_upper", "to_affiliated"]
"""What spending is for; the last three (经营、上缴上级、对附属单位补助) stand in final accounts only."""

FISCAL: Mapping[str, str] = {"1": "general", "2": "government_fund", "3": "state_capital"}
"""The funds that are fiscal appropriations, by the source that brings them; every other fund is the unit's own."""
FUNDS = frozenset("12345678")


@dataclass(frozen=True, slots=True)
class SpendingFact:
    """Spending on one function (项) and one department economic class (款) from one fund."""

    agency: str
    func: str
    dept_econ: str
    fund: str
    category: Category
    project: str
    fen: int


@dataclass(frozen=True, slots=True)
class IncomeFact:
    """Income for one function; ``fund`` is asked of a carry-over only: the fund that is carried, "" for own money."""

    agency: str
    func: str
    source: Source
    fen: int
    fund: str = ""


@dataclass(frozen=True, slots=True)
class BalanceFact:
    """What a fund held for a function when the year began and when it ended (年初、年末结转和结余)."""

    agency: str
    func: str
    fund: str
    opening_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class Surplus:
    """The unit's own surplus used for the year's spending (使用非财政拨款结余), and surplus given away (结余分配)."""

    used_fen: int = 0
    distributed_fen: int = 0


@dataclass(frozen=True, slots=True)
class ProjectNote:
    """What is told of a project: outline, basis, who carries it out, plan, cycle, budget of the year, targets."""

    project: str
    name: str
    outline: str
    basis: str
    body: str
    plan: str
    cycle: str
    fen: int
    targets: str


@dataclass(frozen=True, slots=True)
class ThreePublic:
    """The three public expenses (“三公”经费): travel abroad, reception, vehicles bought and run."""

    abroad: int = 0
    reception: int = 0
    vehicles_bought: int = 0
    vehicles_run: int = 0

    @property
    def vehicles(self) -> int:
        """Buying and running vehicles."""
        return self.vehicles_bought + self.vehicles_run

    @property
    def total(self) -> int:
        """All three."""
        return self.abroad + self.reception + self.vehicles


@dataclass(frozen=True, slots=True)
class Narrative:
    """What the notes of a budget (table 11) tell beside the tables.

    ``reasons`` are of the change of a public expense, by its name in ``ThreePublic`` or by "total".
    ``goods``, ``works`` and ``services`` are the procurement budget, of which ``sme`` is set aside for small
    and middle firms. ``equipment_500k`` and ``equipment_1m`` count pieces worth at least 0.5 and 1 million yuan.
    """

    previous: ThreePublic = field(default_factory=ThreePublic)
    reasons: Mapping[str, str] = field(default_factory=dict)
    running: str = ""
    goods: int = 0
    works: int = 0
    services: int = 0
    sme: int = 0
    procurement: str = ""
    performance: str = ""
    vehicles: int = 0
    equipment_500k: int = 0
    equipment_1m: int = 0
    assets: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose tables they are, of which year; ``organs`` are the agencies with organ running costs (机关运行经费)."""

    code: str
    name_zh: str
    name_en: str
    year: int
    organs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Names:
    """The Chinese and English names of function and department economic classes, by code."""

    func: Mapping[str, tuple[str, str]]
    econ: Mapping[str, tuple[str, str]]


PUBLIC_CLASSES: Mapping[str, str] = {
    "30212": "abroad",
    "30217": "reception",
    "30913": "vehicles_bought",
    "31013": "vehicles_bought",
    "30231": "vehicles_run",
}
"""The department economic classes that are public expenses; buying vehicles has one among capital construction too."""


def three_public(spending: tuple[SpendingFact, ...]) -> ThreePublic:
    """Give the three public expenses paid from fiscal appropriations, in basic and in project spending."""
    held = dict.fromkeys(PUBLIC_CLASSES.values(), 0)
    for fact in spending:
        if fact.fund in FISCAL and fact.dept_econ in PUBLIC_CLASSES:
            held[PUBLIC_CLASSES[fact.dept_econ]] += fact.fen
    return ThreePublic(**held)


def income_line(fact: IncomeFact) -> str:
    """Say which income a fact is: a carry-over of a fiscal fund is that fund's, any other is other income.

    Money that comes back from the special account is business income (事业收入), as in the books of units.
    """
    if fact.source == "carry_over":
        return FISCAL.get(fact.fund, "other")
    return "business" if fact.source == "special_account" else fact.source


def refuse_unknown(
    spending: tuple[SpendingFact, ...],
    income: tuple[IncomeFact, ...],
    categories: frozenset[str],
    sources: frozenset[str],
) -> None:
    """Refuse facts that no table could show.

    Raises:
        UnknownCode: a function that is no 项, an economic class that is no 款, an unknown fund, category or source.
    """
    for fact in spending:
        _refuse_code("dept_econ", fact.dept_econ, 5)
        _refuse_code("func", fact.func, 7)
        _refuse_other("fund", fact.fund, FUNDS)
        _refuse_other("category", fact.category, categories)
    for each in income:
        _refuse_code("func", each.func, 7)
        _refuse_other("source", each.source, sources)
        _refuse_other("fund", each.fund, FUNDS | {""})


def _refuse_code(scheme: str, code: str, digits: int) -> None:
    if not (len(code) == digits and code.isascii() and code.isdigit()):
        raise UnknownCode(f"{code} is no {scheme} of {digits} digits", {"scheme": scheme, "code": code})


def _refuse_other(what: str, value: str, known: frozenset[str]) -> None:
    if value not in known:
        raise UnknownCode(f"{value} is no {what} of these tables", {what: value})
