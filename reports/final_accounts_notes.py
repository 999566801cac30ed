"""What the notes of final accounts say: by which rule a table is made, and what the postings do not tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ledger.money import Fen, format_yuan
from reports.disclosure_facts import BalanceFact, IncomeFact, Names, SpendingFact
from reports.disclosure_lines import ECON, FUNC
from reports.disclosure_table import DisclosureTable

UNSAID_FUNC, UNSAID_ECON = "0000000", "00000"
"""The codes under which stands what a posting names no function or economic class of."""
Note = tuple[str, str]
_FUNC_NAME = ("分录未标功能分类", "No function in the postings")
_LEVEL_NAME = ("分录未标到此级", "Not named to this level in the postings")
_ECON_NAME = ("分录未标部门经济分类", "No economic class in the postings")
_BASIC = frozenset({"personnel", "office"})
_PUBLIC = 7
_NO_LEVEL = "00"
"""No 款 and no 项 has this number."""
_BUDGET = "_budget"


def filled(func: str | None) -> str:
    """Give a function with zeros for the levels that a posting does not name."""
    return (func or "").ljust(len(UNSAID_FUNC), "0")


def with_unsaid(names: Names) -> Names:
    """Add names of what the postings do not say, at every level."""
    func = {UNSAID_FUNC[:n]: _FUNC_NAME for n in FUNC}
    econ = {UNSAID_ECON[:n]: _ECON_NAME for n in ECON}
    short = {code.ljust(n, "0"): _LEVEL_NAME for code in names.func for n in FUNC if len(code) < n}
    return Names({**short, **names.func, **func}, {**names.econ, **econ})


def noted(
    tables: Sequence[DisclosureTable],
    spending: Sequence[SpendingFact],
    income: Sequence[IncomeFact],
    balances: Sequence[BalanceFact],
    adjusted_fen: int,
    more: Mapping[int, Sequence[Note]],
    *,
    planned: bool,
) -> tuple[DisclosureTable, ...]:
    """Give the tables with their notes and ``more``; without a published budget the budget of table 7 is left blank."""
    notes = _notes(spending, income, balances, adjusted_fen)
    for no, told in more.items():
        notes[no] = [*told, *notes.get(no, [])]
    if not planned:
        notes[_PUBLIC] = [*notes.get(_PUBLIC, []), _NO_BUDGET]
    made = [
        replace(table, notes=() if table.is_empty() and table.no != _PUBLIC else tuple(notes.get(table.no, ())))
        for table in tables
    ]
    return tuple(_unplanned(table) if table.no == _PUBLIC and not planned else table for table in made)


def _notes(
    spending: Sequence[SpendingFact], income: Sequence[IncomeFact], balances: Sequence[BalanceFact], adjusted_fen: int
) -> dict[int, list[Note]]:
    notes: dict[int, list[Note]] = {1: [_SURPLUS], 3: [_PROJECT], 5: [_PROJECT], 8: [_PROJECT], 9: [_PROJECT]}
    if adjusted_fen:
        notes[1].append(_told(_ADJUSTED, adjusted_fen))
    notes[2] = [*_unsaid(income, _INCOME_UNSAID)]
    for no, own in ((3, spending), (5, _of(spending, "1")), (8, _of(spending, "2")), (9, _of(spending, "3"))):
        notes[no] += _unsaid(own, _SPENT_UNSAID)
    for no, fund in ((8, "2"), (9, "3")):
        if any(each.fund == fund and each.func == UNSAID_FUNC for each in balances):
            notes[no].append(_BALANCE_UNSAID)
    basic = [each for each in _of(spending, "1") if each.category in _BASIC and each.dept_econ == UNSAID_ECON]
    if unclassed := sum(each.fen for each in basic):
        notes[6] = [_told(_ECON_UNSAID, unclassed)]
    return notes


def _unsaid(facts: Iterable[SpendingFact | IncomeFact], none: Note) -> Iterable[Note]:
    """Tell how much names no function, and how much names one but not to its last level."""
    listed = list(facts)
    if missing := sum(each.fen for each in listed if each.func == UNSAID_FUNC):
        yield _told(none, missing)
    if short := sum(each.fen for each in listed if each.func.endswith(_NO_LEVEL) and each.func != UNSAID_FUNC):
        yield _told(_SHORT, short)


def _of(spending: Sequence[SpendingFact], fund: str) -> list[SpendingFact]:
    return [each for each in spending if each.fund == fund]


def _told(note: Note, fen: int) -> Note:
    zh, en = note
    return zh.format(yuan=format_yuan(Fen(fen))), en.format(yuan=format_yuan(Fen(fen)))


def _unplanned(table: DisclosureTable) -> DisclosureTable:
    """Leave every budget figure blank: nobody knows it, and it is not nothing."""
    block = table.block("rows")
    blank = [column.name.endswith(_BUDGET) for column in block.figures()]

    def one(figures: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(None if off else figure for off, figure in zip(blank, figures, strict=True))

    return replace(table, blocks=(block.mapped(replace(line, figures=one(line.figures)) for line in block.every()),))


_PROJECT: Note = (
    "分录带项目代码的支出列项目支出，不带项目代码的列基本支出。",
    "Spending whose postings name a project is project expenditure, all other is basic expenditure.",
)
_SURPLUS: Note = (
    "结余分配含转入非财政拨款结余和专用结余；年初、年末结转和结余不含非财政拨款结余和专用结余。",
    "Surplus distributed is what went to own and special surplus; opening and closing balances are without these.",
)
_ADJUSTED: Note = (
    "年初结转和结余含本年对年初数的调整、归集调入调出、上缴和缴回，共 {yuan} 元。",
    "The opening balance includes changes of what was brought forward, moved in or out or returned: {yuan} yuan.",
)
_INCOME_UNSAID: Note = (
    "缺少：{yuan} 元收入的分录没有功能分类，列在代码 0000000，不作推测。",
    "Missing: the postings of {yuan} yuan of revenue name no function; under code 0000000, nothing is guessed.",
)
_SPENT_UNSAID: Note = (
    "缺少：{yuan} 元支出的分录没有功能分类，列在代码 000，不作推测。",
    "Missing: the postings of {yuan} yuan of expenditure name no function; under code 000, nothing is guessed.",
)
_SHORT: Note = (
    "缺少：{yuan} 元的分录只标到功能分类的类或款，下级列为 00，不作推测。",
    "Missing: the postings of {yuan} yuan name no last level of their function; under 00, nothing is guessed.",
)
_BALANCE_UNSAID: Note = (
    "缺少：部分结转结余的分录没有功能分类，列在代码 0000000。",
    "Missing: the postings of some balances name no function; they stand under code 0000000.",
)
_ECON_UNSAID: Note = (
    "缺少：{yuan} 元基本支出的分录没有部门经济分类，列在公用经费代码 00000，不作推测。",
    "Missing: the postings of {yuan} yuan of basic expenditure name no economic class; it stands under code 00000.",
)
_NO_BUDGET: Note = (
    "缺少：本年度部门预算未在本系统公开，预算数留空。",
    "Missing: no budget of this year is published here, so its columns are blank.",
)
