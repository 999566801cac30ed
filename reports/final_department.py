"""The final accounts of a department whole (部门汇总): its units summed up, less what they paid each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.money import Fen, format_yuan
from reports.disclosure_facts import Subject, Surplus
from reports.disclosure_table import DisclosureTable
from reports.final_accounts import FinalAccounts
from reports.final_accounts_notes import Note
from reports.final_budget import BudgetLine
from reports.final_transfers import Pair, Transfer, doubtful, paired, unnamed, without

_SUMMARY, _INCOME, _SPENDING, _PUBLIC = 1, 2, 3, 7


@dataclass(frozen=True, slots=True)
class DepartmentFinal:
    """The units of a department and what they are together.

    ``bookless`` are units with a published budget and no published books; ``whole`` is without them. ``doubtful`` are
    transfers that may or may not be between its units: neither side names the other.
    """

    units: tuple[FinalAccounts, ...]
    bookless: tuple[str, ...]
    pairs: tuple[Pair, ...]
    doubtful: tuple[Transfer, ...]
    whole: FinalAccounts

    @property
    def eliminated_fen(self) -> int:
        """What the units paid each other, as both sides say."""
        return sum(pair.paid_fen for pair in self.pairs if pair.matches)

    @property
    def unlisted(self) -> tuple[Subject, ...]:
        """The units without a budget and an adjusted budget to compare with."""
        return tuple(unit.subject for unit in self.units if not unit.budget)


def department_final(
    subject: Subject,
    units: Sequence[FinalAccounts],
    bookless: Iterable[str] = (),
    public_table: DisclosureTable | None = None,
) -> DepartmentFinal:
    """Add up the final accounts of the units of a department; ``public_table`` is table 9 of its published budget.

    A pair of transfers is taken off on both sides only if both say the same; no other is touched.
    """
    known = {text: each.subject.code for each in units for text in _names(each.subject)}
    transfers = [each for unit in units for each in unit.transfers]
    pairs = paired(transfers, known)
    blank = unnamed(transfers, known)
    spending, income = without(
        (pair for pair in pairs if pair.matches),
        (fact for unit in units for fact in unit.spending),
        (fact for unit in units for fact in unit.income),
    )
    whole = FinalAccounts(
        subject=subject,
        code="",
        chart=units[0].chart,
        ends_on=max(unit.ends_on for unit in units),
        as_of=min(unit.as_of for unit in units),
        spending=spending,
        income=income,
        balances=tuple(fact for unit in units for fact in unit.balances),
        surplus=Surplus(
            sum(unit.surplus.used_fen for unit in units), sum(unit.surplus.distributed_fen for unit in units)
        ),
        own_surplus_fen=sum(unit.own_surplus_fen for unit in units),
        adjusted_fen=sum(unit.adjusted_fen for unit in units),
        public_table=public_table,
        budget=_lines(units),
        closing=_closing(units),
        names=units[0].names,
        evaluated=tuple(each for unit in units for each in unit.evaluated),
        transfers=tuple(transfers),
        notes=_notes(units, pairs, blank, known, planned=public_table is not None),
    )
    return DepartmentFinal(tuple(units), tuple(bookless), pairs, doubtful(blank), whole)


def _names(subject: Subject) -> tuple[str, ...]:
    return subject.code, subject.name_zh, subject.name_en


def _lines(units: Iterable[FinalAccounts]) -> tuple[BudgetLine, ...]:
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in (line for unit in units for line in unit.budget):
        for at, fen in enumerate((line.budget_fen, line.adjusted_fen, line.final_fen)):
            held[line.func][at] += fen
    return tuple(BudgetLine(func, *figures) for func, figures in sorted(held.items()))


def _closing(units: Iterable[FinalAccounts]) -> dict[str, int]:
    held: dict[str, int] = defaultdict(int)
    for unit in units:
        for account, fen in unit.closing.items():
            held[account] += fen
    return dict(held)


def _notes(
    units: Sequence[FinalAccounts],
    pairs: Sequence[Pair],
    blank: Sequence[Transfer],
    known: Mapping[str, str],
    *,
    planned: bool,
) -> dict[int, tuple[Note, ...]]:
    """Say which units these are, what was taken off between them, and what was not."""
    summed = _SUMMED[0].format(n=len(units)), _SUMMED[1].format(n=len(units))
    moved: list[Note] = []
    if fen := sum(pair.paid_fen for pair in pairs if pair.matches):
        moved.append(_told(_ELIMINATED, fen))
    for pair in (pair for pair in pairs if not pair.matches):
        yuan = {"paid": format_yuan(Fen(pair.paid_fen)), "received": format_yuan(Fen(pair.received_fen))}
        zh, en = _UNMATCHED
        moved.append((zh.format(where=pair.where, **yuan), en.format(where=pair.where, **yuan)))
    if fen := sum(each.fact.fen for each in blank):
        moved.append(_told(_UNNAMED, fen))
    outside = (each for unit in units for each in unit.transfers if each not in blank and _is_outside(each, known))
    if fen := sum(each.fact.fen for each in outside):
        moved.append(_told(_OUTSIDE, fen))
    notes: dict[int, tuple[Note, ...]] = {_SUMMARY: (summed, *moved), _INCOME: tuple(moved), _SPENDING: tuple(moved)}
    missing = [unit.subject for unit in units if unit.public_table is None]
    if planned and missing:
        zh, en = _UNPLANNED
        names_zh, names_en = "、".join(each.name_zh for each in missing), ", ".join(each.name_en for each in missing)
        notes[_PUBLIC] = ((zh.format(units=names_zh), en.format(units=names_en)),)
    return notes


def _is_outside(transfer: Transfer, known: Mapping[str, str]) -> bool:
    return (transfer.counterparty or "").strip() not in known


def _told(note: Note, fen: int) -> Note:
    zh, en = note
    return zh.format(yuan=format_yuan(Fen(fen))), en.format(yuan=format_yuan(Fen(fen)))


_SUMMED: Note = (
    "本表汇总本部门 {n} 个单位的决算。",
    "This table is the sum of the final accounts of {n} units of the department.",
)
_ELIMINATED: Note = (
    "单位之间的补助和上缴 {yuan} 元，付方与收方一致，已在收入和支出两边抵销。",
    "Transfers between the units, {yuan} yuan as payer and payee both say, are taken off revenue and expenditure.",
)
_UNMATCHED: Note = (
    "{where}：付方 {paid} 元，收方 {received} 元，不一致，未抵销。",
    "{where}: paid {paid} yuan, received {received} yuan; they do not match and are not taken off.",
)
_UNNAMED: Note = (
    "缺少：{yuan} 元补助和上缴的分录没有往来单位，未抵销，不作推测。",
    "Missing: the postings of {yuan} yuan of transfers name no other unit; they are not taken off, nothing is guessed.",
)
_OUTSIDE: Note = (
    "往来单位不是本部门单位代码或名称的补助和上缴 {yuan} 元，不抵销。",
    "Transfers that name others than units of the department, by code or name, {yuan} yuan, are not taken off.",
)
_UNPLANNED: Note = (
    "预算数不含未公开部门预算的单位：{units}。",
    "The budget columns are without units whose budget is not published: {units}.",
)
