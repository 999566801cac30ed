"""The statutory tables of an approved budget, from what the office or the public may read of it.

Both read the same columns, so what is checked before publication is what is shown after it. Appropriations are what
was approved of each fiscal fund, less what is carried over; all other income is the agency's estimate.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, cast

from ledger.budget_errors import UnknownBudgetRecord
from ledger.money import format_yuan
from reports.department_budget import department_budget
from reports.disclosure_facts import (
    FISCAL,
    IncomeFact,
    Names,
    Narrative,
    ProjectNote,
    Source,
    SpendingFact,
    Subject,
    ThreePublic,
)
from reports.queries import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reports.disclosure_table import DisclosureTable

Reader = Literal["office", "public"]
_KINDS = {
    "quantity": "数量",
    "quality": "质量",
    "time": "时效",
    "cost": "成本",
    "benefit": "效益",
    "satisfaction": "满意度",
}
_REASONS = ("total", *(each.name for each in fields(ThreePublic)), "vehicles")
_SUMMED = ("goods", "works", "services", "sme", "vehicles", "equipment_500k", "equipment_1m")
_NOTES = ("running", "procurement", "performance", "assets")


@dataclass(frozen=True, slots=True)
class ApprovedBudget:
    """The facts of an approved budget; ``versions`` are those of the notes of each agency, 0 for none."""

    subject: Subject
    spending: tuple[SpendingFact, ...]
    income: tuple[IncomeFact, ...]
    notes: tuple[ProjectNote, ...]
    narrative: Narrative
    names: Names
    versions: Mapping[str, int]

    def tables(self) -> "tuple[DisclosureTable, ...]":
        """Give the eleven tables.

        Raises:
            UnknownCode: a line has a code that no table could show.
        """
        return department_budget(self.subject, self.spending, self.income, self.notes, self.narrative, self.names)


def approved_budget(
    connection: "Connection", reader: Reader, treasury_id: int, fiscal_year: int, agencies: Sequence[str]
) -> ApprovedBudget:
    """Read the approved budget of a unit, or of a department (the first agency) with units of it.

    The office reads what its row policies show, the public what is published.

    Raises:
        UnknownBudgetRecord: none of them has a budget of that year that the reader may see.
    """
    given = {"treasury": treasury_id, "year": fiscal_year, "agencies": list(agencies)}

    def read(name: str) -> list[tuple[Any, ...]]:
        return rows(connection, f"budget_{name}_{reader}", given)

    spent = [SpendingFact(*row) for row in read("spending")]
    if not spent:
        raise UnknownBudgetRecord(facts={"agency": agencies[0], "year": fiscal_year})
    told = [_Told(*row) for row in read("narrative")]
    subjects = {code: (zh, en, kind) for code, zh, en, kind in read("agencies")}
    zh, en, _ = subjects[agencies[0]]
    organs = frozenset(code for code, (_, _, kind) in subjects.items() if kind == "organ")
    by_scheme: dict[str, dict[str, tuple[str, str]]] = {"func": {}, "dept_econ": {}}
    for scheme, code, name_zh, name_en in read("names"):
        by_scheme[scheme][code] = (name_zh, name_en)
    names = Names(by_scheme["func"], by_scheme["dept_econ"])
    held = {each.agency: each.version for each in told}
    return ApprovedBudget(
        subject=Subject(agencies[0], zh, en, fiscal_year, organs),
        spending=tuple(spent),
        income=tuple(
            _income(spent, [IncomeFact(a, f, cast("Source", s), fen, fund) for a, f, s, fen, fund in read("income")])
        ),
        notes=tuple(
            _notes(read("project"), spent, names, {code: own[0] for code, own in subjects.items()}, fiscal_year)
        ),
        narrative=_narrative(told, subjects),
        names=names,
        versions={code: held.get(code, 0) for code in agencies},
    )


def digest(tables: "Iterable[DisclosureTable]") -> str:
    """Give the SHA-256 of what ``sha256sum`` prints of the eleven tables as strict CSV files, named 1.csv to 11.csv."""
    lines = [
        f"{hashlib.sha256(table.sheet('').written('csv', bom=False)).hexdigest()}  {table.no}.csv\n" for table in tables
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of notes, in the order of its query."""

    agency: str
    version: int
    abroad: int
    reception: int
    vehicles_bought: int
    vehicles_run: int
    goods: int
    works: int
    services: int
    sme: int
    vehicles: int
    equipment_500k: int
    equipment_1m: int
    words: Mapping[str, str]


def _income(spent: Sequence[SpendingFact], others: Sequence[IncomeFact]) -> Iterable[IncomeFact]:
    """Give appropriations, which are what was approved and nobody estimates, and the income that was."""
    granted: dict[tuple[str, str, str], int] = defaultdict(int)
    for fact in spent:
        if fact.fund in FISCAL:
            granted[fact.agency, fact.func, fact.fund] += fact.fen
    for each in others:
        if each.fund in FISCAL:
            granted[each.agency, each.func, each.fund] -= each.fen
    for (agency, func, fund), fen in sorted(granted.items()):
        if fen:
            yield IncomeFact(agency, func, cast("Source", FISCAL[fund]), fen)
    for each in others:
        carried = each.source == "carry_over" and each.fund in FISCAL
        yield IncomeFact(each.agency, each.func, each.source, each.fen, each.fund if carried else "")


def _notes(
    packages: Iterable[tuple[Any, ...]],
    spent: Iterable[SpendingFact],
    names: Names,
    agencies: Mapping[str, str],
    fiscal_year: int,
) -> Iterable[ProjectNote]:
    """Tell each project by its packages: what, on which basis, by whom, made of what, with which targets."""
    classes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for fact in spent:
        if fact.category == "project":
            classes[fact.project][fact.dept_econ] += fact.fen
    by: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for package in packages:
        by[package[0]].append(package)
    for project, own in sorted(by.items()):
        plan = [
            f"{names.econ.get(code, (code,))[0]} {format_yuan(fen)} 元"
            for code, fen in sorted(classes[project].items())
        ]
        basis = [text for _, _, _, _, mandate, document, _, _ in own for text in (mandate, document)]
        targets = [f"{_KINDS[each['kind']]}：{each['target']}" for *_, listed in own for each in listed]
        yield ProjectNote(
            project=project,
            name=_once(name for _, _, name, *_ in own),
            outline=_once(activity for _, _, _, activity, *_ in own),
            basis=_once(basis),
            body=_once(agencies[agency] for _, agency, *_ in own),
            plan=_once(plan),
            cycle=f"{fiscal_year}年度",
            fen=sum(fen for *_, fen, _ in own),
            targets=_once(targets),
        )


def _once(texts: Iterable[str]) -> str:
    """Join texts in their order, each once."""
    return "；".join(dict.fromkeys(text.strip().rstrip("。；") for text in texts if text.strip()))


def _narrative(told: Sequence[_Told], subjects: Mapping[str, tuple[str, str, str]]) -> Narrative:
    """Put the notes of a unit, or of all units of a department, together: figures add up, words name their unit."""

    def words(name: str) -> str:
        said = [(each.agency, text) for each in told if (text := each.words.get(name, "").strip())]
        alone = len(subjects) == 1
        return "".join(text if alone else f"{subjects[agency][0]}：{text}" for agency, text in said)

    figures: dict[str, Any] = {name: sum(getattr(each, name) for each in told) for name in _SUMMED}
    texts: dict[str, Any] = {name: words(name) for name in _NOTES}
    return Narrative(
        previous=ThreePublic(**{f.name: sum(getattr(each, f.name) for each in told) for f in fields(ThreePublic)}),
        reasons={name: text for name in _REASONS if (text := words(name))},
        **figures,
        **texts,
    )
