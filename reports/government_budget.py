"""The nineteen statutory tables of a government's budget (政府预算公开), computed from plain facts of its books.

They are printed in units of 10,000 yuan; every figure is kept in fen. What is not kept here stays blank and a note
says so. See ``government_budget_rules.outcomes`` for what must hold between them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from reports.disclosure_facts import ThreePublic
from reports.disclosure_lines import total
from reports.disclosure_table import GRAND, TOTAL, UNIT, Block, DisclosureTable, Form, Line, forms
from reports.government_facts import DepartmentBudgets, GovernmentFacts, Movement, Placed, YearBooks
from reports.government_lines import (
    APPROVED,
    BUDGET,
    EXECUTED,
    PREVIOUS,
    UNITEMISED,
    Four,
    below,
    class_lines,
    cleared,
    itemised,
    with_rates,
)
from reports.government_words import (
    BASIC,
    DEBT_LINES,
    FORMAT,
    FUND_DEBT,
    LIMIT,
    NEW_BONDS,
    NO_PREVIOUS,
    NOT_ITEMISED,
    NOT_KEPT,
    OWN_LEVEL,
    PUBLIC,
    PUBLIC_LINES,
    SOURCES_OF,
    TO_LOWER_HOW,
    Words,
    added_up,
    partly_kept,
    untold,
)

SET = "government_budget"
REVENUE_TABLES: Mapping[int, str] = {1: "1", 7: "2", 12: "3"}
SPENDING_TABLES: Mapping[int, str] = {2: "1", 8: "2", 13: "3"}
OWN_TABLES: Mapping[int, str] = {3: "1", 9: "2"}
TRANSFER_TABLES: Mapping[int, str] = {5: "1", 10: "2", 14: "3"}
DEBT_TABLES: Mapping[int, str] = {6: "1", 11: "2"}
"""The fund of each table."""
_REFUND, _EARMARKED = "23001", "23003"
_PRINCIPAL, _INTEREST, _COSTS = "231", "232", "233"


def government_budget(facts: GovernmentFacts) -> tuple[DisclosureTable, ...]:
    """Give tables 1 to 19 of a treasury's year; every one is there, and an empty one says so."""
    form = forms(SET)
    made: dict[int, DisclosureTable] = {}
    for no, fund in REVENUE_TABLES.items():
        made[no] = _executed(form[no], facts, _revenue(facts, fund))
    for no, fund in SPENDING_TABLES.items():
        made[no] = _executed(form[no], facts, _spending(facts, fund))
    for no, fund in OWN_TABLES.items():
        made[no] = _executed(form[no], facts, (_spending(facts, fund)[0], []), OWN_LEVEL)
    for no, fund in TRANSFER_TABLES.items():
        made[no] = _transfers(form[no], facts, fund)
    for no, fund in DEBT_TABLES.items():
        made[no] = _debt_balance(form[no], facts, fund)
    made[4] = _basic(form[4], facts)
    for no in (15, 16):
        made[no] = _filled(form[no], facts, Block("rows", form[no].columns["rows"], ()))
    made[17] = _debt(form[17], facts)
    made[18] = _placed(form[18], facts)
    made[19] = _public(form[19], facts)
    return tuple(made[no] for no in form)


def _filled(form: Form, facts: GovernmentFacts, block: Block, *notes: Words, kept: bool = True) -> DisclosureTable:
    """Fill a form; where the books are not kept here an empty table says that, not that there is nothing."""
    table = form.filled(facts.subject, (block,), (*notes, FORMAT))
    return table if kept or not table.is_empty() else replace(table, sentence=untold(facts.subject))


def _executed(
    form: Form, facts: GovernmentFacts, found: tuple[Sequence[Line], Sequence[Line]], *more: Words
) -> DisclosureTable:
    """Give a table of revenue or expenditure with its prior year, and the balances below it."""
    lines, under = found
    columns, year = form.columns["rows"], facts.year
    blank = _blank(year, facts.previous)
    whole = total(lines, columns)
    grand = replace(total([whole, *under], columns, "总计", "Grand total"), code=GRAND) if under else None
    block = Block(
        "rows",
        columns,
        tuple(lines),
        whole if lines or under else None,
        tuple(under),
        grand,
    )
    block = with_rates(block.mapped(cleared(line, blank) for line in block.every()))
    unitemised = any(line.code == UNITEMISED for line in lines)
    notes = (
        *(() if _kept(year) else (NOT_KEPT,)),
        *((SOURCES_OF,) if year else ()),
        *_told_before(facts),
        *((NOT_ITEMISED,) if unitemised else ()),
        *more,
    )
    return _filled(form, facts, block, *notes, kept=_kept(year))


def _told_before(facts: GovernmentFacts) -> tuple[Words, ...]:
    """Say that the year before is not kept here, or not to its end."""
    before = facts.previous
    if before is None or before.movements is None:
        return (NO_PREVIOUS,)
    whole = before.to_on >= date(facts.subject.year - 1, 12, 31)
    return () if whole else (partly_kept(before.to_on),)


def _kept(year: YearBooks | None) -> bool:
    return year is not None and year.is_whole


def _kept_movements(year: YearBooks | None) -> bool:
    return year is not None and year.movements is not None


def _blank(year: YearBooks | None, previous: YearBooks | None) -> frozenset[int]:
    """Tell which of the four columns are not kept here."""
    planned = year is not None and year.planned is not None
    return frozenset(
        at for at, kept in enumerate((_kept_movements(previous), planned, planned, _kept_movements(year))) if not kept
    )


def _moved(year: YearBooks | None, fund: str) -> Iterable[Movement]:
    return [each for each in (year.movements or ()) if each.fund == fund] if year else ()


def _four(facts: GovernmentFacts, fund: str, *, spending: bool) -> Four:
    """Gather the four figures of each place: executed before, approved, budget, executed."""
    four = Four()
    for at, year in ((PREVIOUS, facts.previous), (EXECUTED, facts.year)):
        for each in _moved(year, fund):
            four.add_movement(each, at, spending=spending)
    for planned in (facts.year.planned or ()) if facts.year else ():
        if planned.fund == fund and spending == (planned.key == ""):
            four.add_planned(planned)
    return four


def _revenue(facts: GovernmentFacts, fund: str) -> tuple[Sequence[Line], Sequence[Line]]:
    four = _four(facts, fund, spending=False)
    lines = class_lines(itemised(four.items), facts.names.revenue, (3, 5, 7, 9))
    if any(line.code == UNITEMISED for line in lines):
        lines = tuple(
            cleared(line, (PREVIOUS, EXECUTED) if line.code == UNITEMISED else (APPROVED, BUDGET)) for line in lines
        )
    return lines, below(four.under, {}, spending=False)


def _spending(facts: GovernmentFacts, fund: str) -> tuple[Sequence[Line], Sequence[Line]]:
    four = _four(facts, fund, spending=True)
    under = below(four.under, facts.names.func, spending=True)
    under = [cleared(line, (APPROVED, BUDGET)) if line.code == "closing" else line for line in under]
    return class_lines(four.items, facts.names.func, (3, 5, 7)), under


def _whole(lines: Iterable[Line], form: Form) -> tuple[Line, ...]:
    found = tuple(lines)
    return (total(found, form.columns["rows"]),) if found else ()


def _listed(form: Form, lines: Sequence[Line]) -> Block:
    """Give a block of lines with their total, and none without lines."""
    return Block("rows", form.columns["rows"], tuple(lines), next(iter(_whole(lines, form)), None))


def _transfers(form: Form, facts: GovernmentFacts, fund: str) -> DisclosureTable:
    """Give what was transferred to lower levels, by receiver and project, as far as they may be told."""
    lines = []
    for each in facts.year.paid if facts.year else ():
        if each.fund != fund:
            continue
        project = facts.names.project.get(each.project, (each.project, each.project))
        func = facts.names.func.get(each.func, (each.func, each.func))
        at = 0 if each.func.startswith(_REFUND) else 2 if each.func.startswith(_EARMARKED) else 1
        figures = tuple(each.fen if n == at else 0 for n in range(3)) if fund == "1" else (each.fen,)
        region = each.region or "（未列地区）"
        lines.append(Line(each.func, region, each.region or "(no region)", 0, figures, (project[0] or func[0],)))
    kept = _kept_movements(facts.year)
    return _filled(form, facts, _listed(form, lines), *((TO_LOWER_HOW,) if lines else ()), kept=kept)


def _debt_balance(form: Form, facts: GovernmentFacts, fund: str) -> DisclosureTable:
    held = facts.year.debt.get(fund) if facts.year else None
    subject = facts.subject
    figures = (None, held.opening, held.closing) if held else ()
    lines = (Line(UNIT, subject.name_zh, subject.name_en, 0, figures),) if figures else ()
    block = Block("rows", form.columns["rows"], lines)
    return _filled(form, facts, block, LIMIT, kept=_kept_movements(facts.year))


def _basic(form: Form, facts: GovernmentFacts) -> DisclosureTable:
    """Give basic expenditure by government economic class; a class without a counterpart stands by itself."""
    found = {code or "unmapped": [fen] for code, fen in facts.departments.basic.items()}
    lines = class_lines(found, facts.names.econ, (3, 5))
    notes = (BASIC, added_up(facts.departments.units)) if lines else ()
    return _filled(form, facts, _listed(form, lines), *notes)


def _debt(form: Form, facts: GovernmentFacts) -> DisclosureTable:
    """Give what debt did in the year: its balance by the financial book, the rest by the budgetary one."""
    year = facts.year
    figures: dict[str, list[int]] = {code: [0, 0] for code in DEBT_LINES}
    for at, fund in enumerate(FUND_DEBT):
        held = year.debt.get(fund) if year else None
        if held:
            figures["opening"][at], figures["closing"][at] = held.opening, held.closing
        for each in _moved(year, fund):
            for code, belongs in _DEBT_OF.items():
                if belongs(each):
                    figures[code][at] += each.fen
    moved = any(any(own) for own in figures.values())
    lines = tuple(Line(code, *DEBT_LINES[code], 0, tuple(own)) for code, own in figures.items() if moved)
    return _filled(form, facts, Block("rows", form.columns["rows"], lines), kept=_kept_movements(year))


_DEBT_OF: Mapping[str, Callable[[Movement], bool]] = {
    "issued": lambda each: each.key == "BUDGET_ONLENT_DEBT_REVENUE",
    "repaid": lambda each: each.key == "BUDGET_DEBT_PRINCIPAL",
    "interest": lambda each: each.key == "BUDGET_EXPENDITURE" and each.code.startswith(_INTEREST),
    "costs": lambda each: each.key == "BUDGET_EXPENDITURE" and each.code.startswith(_COSTS),
}
"""Which movements are issued, repaid, interest (232) and costs of issue (233)."""


def _placed(form: Form, facts: GovernmentFacts) -> DisclosureTable:
    """Give what new bonds pay for, and below it what only repays older ones."""
    placed = facts.year.placed if facts.year else ()
    new = [_bond(each, facts) for each in placed if each.fund in FUND_DEBT and not each.func.startswith(_PRINCIPAL)]
    again = sum(each.fen for each in placed if each.fund in FUND_DEBT and each.func.startswith(_PRINCIPAL))
    columns = form.columns["rows"]
    block = _listed(form, new)
    if again:
        whole = total(new, columns)
        under = Line("refinancing", "用于偿还到期债券（再融资）", "Repays older bonds (refinancing)", 0, (again,))
        grand = replace(total([whole, under], columns, "债务收入预算合计", "Debt revenue of the budget"), code=GRAND)
        block = replace(block, total=whole, below=(under,), grand=grand)
    kept = facts.year is not None and facts.year.planned is not None
    return _filled(form, facts, block, *((NEW_BONDS,) if placed else ()), kept=kept)


def _bond(each: Placed, facts: GovernmentFacts) -> Line:
    names = facts.names
    own = names.project.get(each.project) or names.func.get(each.func) or (each.indicator, each.indicator)
    agency = names.agency.get(each.agency, ("", ""))
    return Line(each.indicator, *own, 0, (each.fen,), (agency[0], FUND_DEBT[each.fund]))


def _public(form: Form, facts: GovernmentFacts) -> DisclosureTable:
    departments = facts.departments
    lines = [_public_line(code, departments) for code in PUBLIC_LINES] if departments.units else []
    block = Block("rows", form.columns["rows"], tuple(lines[1:]), replace(lines[0], code=TOTAL) if lines else None)
    return _filled(form, facts, block, *((PUBLIC, added_up(departments.units)) if lines else ()))


def _public_line(code: str, departments: DepartmentBudgets) -> Line:
    def of(public: ThreePublic) -> int:
        return int(getattr(public, code))

    now = of(departments.public)
    before = None if departments.previous is None else of(departments.previous)
    level = 1 if code.startswith("vehicles_") else 0
    return Line(code, *PUBLIC_LINES[code], level, (before, now, None if before is None else now - before))
