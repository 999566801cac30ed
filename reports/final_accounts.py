"""The final accounts (部门决算) of an agency, read from its own published books of a closed year.

Every figure is a sum of postings of the budgetary book. What the postings do not say is not guessed: it stands under
a code of zeros, and a note of the table says what is missing and how much. See ``final_accounts_checks`` for what must
hold before they are shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ledger.budget_errors import UnknownBudgetRecord
from ledger.errors import UnknownBook
from reports.approved_budget import approved_budget
from reports.department_accounts import department_accounts
from reports.disclosure_facts import (
    BalanceFact,
    Category,
    IncomeFact,
    Names,
    Source,
    SpendingFact,
    Subject,
    Surplus,
    ThreePublic,
)
from reports.disclosure_table import DisclosureTable
from reports.final_accounts_notes import UNSAID_ECON, Note, filled, noted, with_unsaid
from reports.final_budget import BudgetLine, budget_lines
from reports.final_transfers import PAID, TRANSFERS, Transfer
from reports.queries import rows
from reports.results import Evaluated, published_results

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHART = "unit_2019"
"""The only chart that these accounts know: 政府会计制度."""
_OWN = "6"
"""The fund of money of the unit's own whose postings name none."""
_INCOME: Mapping[str, Source] = {"6101": "business", "6201": "upper", "6301": "affiliated", "6401": "operating"}
_SPENT: Mapping[str, Category] = {"7301": "operating", "7401": "to_upper", "7501": "to_affiliated"}
_CARRIED = ("8101", "8102", "8201", "8401")
"""Carry-over and surplus that stand as balances (年初、年末结转和结余)."""
_RESULTS = frozenset({"810106", "820104", "8401"})
"""Accounts that take the year's result; a posting on any other carried account changes what was brought forward."""
_SURPLUS = ("8202", "8301")
"""The unit's own surplus: what it grows by is distributed (结余分配), what it falls by is used (使用非财政拨款结余)."""
_PERSONNEL = frozenset({"301", "303"})
_CLOSE = "year_end_close"
_PUBLIC_TABLE = 9


@dataclass(frozen=True, slots=True)
class Posted:
    """What one account of the budgetary book holds under one set of dimensions, debit less credit.

    Whom it was paid to or came from is told of transfers between units only.
    """

    account: str
    kind: str
    before: bool
    func: str | None
    dept_econ: str | None
    fund: str | None
    project: str | None
    counterparty: str | None
    fen: int


@dataclass(frozen=True, slots=True)
class FinalAccounts:
    """The facts of a unit's year; ``public_table`` is table 9 of its published budget, None where there is none.

    ``adjusted_fen`` is by how much the balances brought forward were changed in the year. ``closing`` is the trial
    balance of the budgetary book, by which the facts are checked. ``evaluated`` are the projects of its budget,
    ``transfers`` what of its facts went to or came from other units, ``notes`` what more is told, by table.
    """

    subject: Subject
    code: str
    chart: str
    ends_on: date
    as_of: date
    spending: tuple[SpendingFact, ...]
    income: tuple[IncomeFact, ...]
    balances: tuple[BalanceFact, ...]
    surplus: Surplus
    own_surplus_fen: int
    adjusted_fen: int
    public_table: DisclosureTable | None
    budget: tuple[BudgetLine, ...]
    closing: Mapping[str, int]
    names: Names
    evaluated: tuple[Evaluated, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    notes: Mapping[int, Sequence[Note]] = field(default_factory=dict)

    @property
    def income_fen(self) -> int:
        """The revenue of the year."""
        return sum(fact.fen for fact in self.income)

    @property
    def spending_fen(self) -> int:
        """The expenditure of the year."""
        return sum(fact.fen for fact in self.spending)

    def tables(self) -> tuple[DisclosureTable, ...]:
        """Give the nine tables, with notes of what the postings do not say.

        Raises:
            UnknownCode: a posting has a code that no table could show.
        """
        budget = ThreePublic() if self.public_table is None else _public_budget(self.public_table)
        made = department_accounts(
            self.subject, self.spending, self.income, self.balances, self.surplus, budget, self.names
        )
        return noted(
            made,
            self.spending,
            self.income,
            self.balances,
            self.adjusted_fen,
            self.notes,
            planned=bool(self.public_table),
        )


def final_accounts(connection: "Connection", treasury_id: int, agency: str, fiscal_year: int) -> FinalAccounts:
    """Read the final accounts of a unit as the public may read its books.

    Raises:
        UnknownBook: the unit has no published account set of that year.
    """
    found = rows(connection, "final_set_public", {"treasury": treasury_id, "year": fiscal_year, "agency": agency})
    if not found:
        raise UnknownBook(f"no books of {agency} of {fiscal_year}", {"agency": agency, "year": fiscal_year})
    code, chart, starts_on, ends_on, as_of, zh, en = found[0]
    given = {"treasury": treasury_id, "code": code, "starts_on": starts_on}
    posted = [Posted(*row) for row in rows(connection, "final_postings_public", {**given, "transfers": [*TRANSFERS]})]
    by_scheme: dict[str, dict[str, tuple[str, str]]] = {"func": {}, "dept_econ": {}}
    for scheme, each, name_zh, name_en in rows(connection, "budget_names_public", {}):
        by_scheme[scheme][each] = (name_zh, name_en)
    spending = tuple(_spending(agency, posted))
    surplus = [_grown(posted, group) for group in _SURPLUS]
    return FinalAccounts(
        subject=Subject(agency, zh, en, fiscal_year, frozenset()),
        code=code,
        chart=chart,
        ends_on=ends_on,
        as_of=as_of,
        spending=spending,
        income=tuple(_income(agency, posted)),
        balances=tuple(_balances(agency, posted)),
        surplus=Surplus(-sum(fen for fen in surplus if fen < 0), sum(fen for fen in surplus if fen > 0)),
        own_surplus_fen=-sum(each.fen for each in posted if each.account.startswith(_SURPLUS)),
        adjusted_fen=-sum(each.fen for each in posted if _adjusts(each)),
        public_table=public_table(connection, treasury_id, [agency], fiscal_year),
        budget=budget_lines(connection, treasury_id, agency, fiscal_year, ends_on, spending),
        closing=dict(rows(connection, "final_balances_public", given)),
        names=with_unsaid(Names(by_scheme["func"], by_scheme["dept_econ"])),
        evaluated=published_results(connection, treasury_id, fiscal_year, [agency]),
        transfers=tuple(_transfers(agency, posted)),
    )


def public_table(
    connection: "Connection", treasury_id: int, agencies: Sequence[str], fiscal_year: int
) -> DisclosureTable | None:
    """Give table 9 of the published budget of a unit, or of units of a department together; None without one."""
    try:
        budget = approved_budget(connection, "public", treasury_id, fiscal_year, agencies)
    except UnknownBudgetRecord:
        return None
    return next(table for table in budget.tables() if table.no == _PUBLIC_TABLE)


def _of_year(posted: Iterable[Posted], first: str) -> Iterable[Posted]:
    """Give what was posted in the year on revenue or expenditure, before the close made it nil."""
    return (each for each in posted if each.account.startswith(first) and each.kind != _CLOSE and not each.before)


def _spending(agency: str, posted: Iterable[Posted]) -> Iterable[SpendingFact]:
    held: dict[tuple[str, str, str, Category, str], int] = defaultdict(int)
    for each in _of_year(posted, "7"):
        econ = each.dept_econ or UNSAID_ECON
        basic: Category = "personnel" if econ[:3] in _PERSONNEL else "office"
        category = _SPENT.get(each.account[:4], "project" if each.project else basic)
        held[filled(each.func), econ, each.fund or _OWN, category, each.project or ""] += each.fen
    for (func, econ, fund, category, project), fen in sorted(held.items()):
        if fen:
            yield SpendingFact(agency, func, econ, fund, category, project, fen)


def _income(agency: str, posted: Iterable[Posted]) -> Iterable[IncomeFact]:
    """Give income; an appropriation is its fund's, and one of no fiscal fund is other income."""
    held: dict[tuple[str, Source], int] = defaultdict(int)
    for each in _of_year(posted, "6"):
        appropriated: Mapping[str, Source] = {"1": "general", "2": "government_fund", "3": "state_capital"}
        source = (
            appropriated.get(each.fund or "", "other") if each.account == "6001" else _INCOME.get(each.account, "other")
        )
        held[filled(each.func), source] -= each.fen
    return (IncomeFact(agency, func, source, fen) for (func, source), fen in sorted(held.items()) if fen)


def _transfers(agency: str, posted: Iterable[Posted]) -> Iterable[Transfer]:
    held: dict[tuple[str, str], list[Posted]] = defaultdict(list)
    for each in posted:
        if each.account[:4] in TRANSFERS:
            held[each.account[:4], each.counterparty or ""].append(each)
    for (account, other), own in sorted(held.items()):
        facts = _spending(agency, own) if account in PAID else _income(agency, own)
        yield from (Transfer(account, other or None, fact) for fact in facts)


def _balances(agency: str, posted: Iterable[Posted]) -> Iterable[BalanceFact]:
    opening: dict[tuple[str, str], int] = defaultdict(int)
    closing: dict[tuple[str, str], int] = defaultdict(int)
    for each in posted:
        if each.account.startswith(_CARRIED):
            key = (filled(each.func), each.fund or _OWN)
            closing[key] -= each.fen
            if each.before or _adjusts(each):
                opening[key] -= each.fen
    for func, fund in sorted(closing):
        if opening[func, fund] or closing[func, fund]:
            yield BalanceFact(agency, func, fund, opening[func, fund], closing[func, fund])


def _adjusts(each: Posted) -> bool:
    """Tell whether a posting changes a balance that was brought forward (年初余额调整、归集调入调出上缴、缴回)."""
    moved = each.account.startswith(_CARRIED) and each.account not in _RESULTS
    return moved and not each.before and each.kind != _CLOSE


def _grown(posted: Iterable[Posted], group: str) -> int:
    """Give by how much an own surplus grew by the year's result; a correction of earlier years is none of it."""
    moved = (each for each in posted if each.account.startswith(group) and not each.before)
    return -sum(each.fen for each in moved if each.kind == _CLOSE or group != _SURPLUS[0])


def _public_budget(table: DisclosureTable) -> ThreePublic:
    block = table.block("rows")
    names = ("abroad", "reception", "vehicles_bought", "vehicles_run")
    return ThreePublic(**{name: block.figure("unit", name) for name in names})
