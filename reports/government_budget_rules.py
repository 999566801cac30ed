"""The cross-checks (勾稽关系) of the nineteen tables of a government's budget, each a named rule with its outcome."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reports.disclosure_checks import (
    OURS,
    Find,
    Gap,
    Rule,
    Tables,
    allowed,
    equal,
    every,
    one,
    parents_are_sums,
    rule,
    same_by_class,
    totals_are_sums,
)
from reports.disclosure_table import GRAND, TOTAL, UNIT, DisclosureTable
from reports.disclosure_words import WORDS, form_gaps
from reports.government_budget import (
    DEBT_TABLES,
    OWN_TABLES,
    REVENUE_TABLES,
    SET,
    SPENDING_TABLES,
    TRANSFER_TABLES,
)
from reports.government_facts import TO_LOWER, TRANSFER_FUNCTIONS, Planned, YearBooks
from reports.government_lines import EXECUTED, HELD, rated

COLUMNS = ("previous", "approved", "budget", "executed")
"""The figures of a table of revenue or expenditure."""
_KINDS = dict(zip(DEBT_TABLES, ("general", "special"), strict=True))
_OF_FUND = {fund: no for no, fund in SPENDING_TABLES.items()}
_REVENUE_OF_FUND = {fund: no for no, fund in REVENUE_TABLES.items()}
_PRINCIPAL = "231"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule and where it does not hold; nothing if it holds, or if all of its tables are empty (``idle``)."""

    rule: Rule
    gaps: tuple[Gap, ...]
    idle: bool = False


def outcomes(tables: Iterable[DisclosureTable], year: YearBooks | None = None) -> list[Outcome]:
    """Apply every rule to a whole set, exact or as printed, and compare it with the indicators of ``year``.

    Without the bureau's books and the indicators of the year there is nothing to compare. A rule whose tables break
    the form does not hold.
    """
    own = tuple(tables)
    form = tuple(form_gaps(SET, own))
    unsound = {no for gap in form for no in gap.tables}
    sound = {table.no: table for table in own if table.no not in unsound}
    found = [Outcome(FORM, form)]
    against = [as_execution(year.planned or ())] if year is not None and year.is_whole else []
    for each in (*GOVERNMENT_RULES, *against):
        missing = tuple(no for no in each.tables if no not in sound)
        gaps = (Gap(missing, "form"),) if missing else tuple(each.find(sound))
        idle = bool(each.tables) and not gaps and all(sound[no].is_empty() for no in each.tables)
        found.append(Outcome(each, gaps, idle))
    return found


def failing(found: Iterable[Outcome]) -> list[str]:
    """Name the rules that do not hold."""
    return [each.rule.name for each in found if each.gaps]


def as_execution(planned: Sequence[Planned]) -> Rule:
    """Ask that tables 2, 8 and 13 are the report of budget execution, line by line: another book than the bureau's."""

    def find(tables: Tables) -> Iterator[Gap]:
        for fund, no in _OF_FUND.items():
            own = [each for each in planned if each.fund == fund and not each.key]
            block, most = tables[no].block("rows"), allowed([tables[no]], 2)
            left_out = {"closing", "pending", TOTAL, GRAND}
            known = {_place(each.code) for each in own}
            for code in sorted({line.code for line in block.every() if line.level == 0} | known):
                for at, column in enumerate(COLUMNS[1:]):
                    expected = sum((each.approved, each.budget, each.executed)[at] for each in own
                                   if _place(each.code) == code)  # fmt: skip
                    found = block.figure(code, column)
                    if code not in left_out and abs(expected - found) > most:
                        yield Gap((no,), f"{code}.{column}", expected, found)

    return rule(
        "expenditure_as_execution",
        "表 2、8、13 每类支出的批准数、预算数、执行数等于预算指标账的预算执行表（执行数取自另一本账：财政总会计）。",
        "Approved, budget and executed of every class of tables 2, 8 and 13 are those of the report of budget execution"
        " in the indicators; executed figures come from another book, the bureau's.",
        tuple(SPENDING_TABLES),
        find,
    )


def _place(func: str) -> str:
    """Tell in which line at the top of table 2 a function stands."""
    if not func:
        return HELD
    return func[:5] if func.startswith(TRANSFER_FUNCTIONS) else func[:3]


def _both_sides(tables: Tables) -> Iterator[Gap]:
    """Find funds whose sources of money are not its uses; without a balance there is no grand total."""
    for fund, no in _REVENUE_OF_FUND.items():
        income, spending = tables[no].block("rows"), tables[_OF_FUND[fund]].block("rows")
        most = allowed([tables[no], tables[_OF_FUND[fund]]], 2)
        for column in COLUMNS:
            expected = income.figure(GRAND if income.grand else TOTAL, column)
            found = spending.figure(GRAND if spending.grand else TOTAL, column)
            if abs(expected - found) > most:
                yield Gap((no, _OF_FUND[fund]), f"{GRAND}.{column}", expected, found)


def _known(table: DisclosureTable, column: str) -> bool:
    block = table.block("rows")
    return any(line.figures[COLUMNS.index(column)] is not None for line in block.every())


def _transfers_as_spent(tables: Tables) -> Iterator[Gap]:
    for no, fund in TRANSFER_TABLES.items():
        whole, spent = tables[no].block("rows").total, tables[_OF_FUND[fund]].block("rows")
        found = sum(figure or 0 for figure in whole.figures) if whole else 0
        expected = sum(spent.figure(code, "executed") for code in TO_LOWER)
        if abs(expected - found) > allowed([tables[no], tables[_OF_FUND[fund]]], 1 + len(TO_LOWER)):
            yield Gap((_OF_FUND[fund], no), TOTAL, expected, found)


def _principal_repaid(tables: Tables) -> Iterator[Gap]:
    for no, fund in DEBT_TABLES.items():
        spent = tables[_OF_FUND[fund]].block("rows")
        lines = [line for line in spent.below if line.code.startswith(_PRINCIPAL)]
        expected = sum(line.figures[EXECUTED] or 0 for line in lines)
        found = tables[17].block("rows").figure("repaid", _KINDS[no])
        if abs(expected - found) > allowed([tables[17], tables[_OF_FUND[fund]]], 1 + len(lines)):
            yield Gap((_OF_FUND[fund], 17), f"repaid.{_KINDS[no]}", expected, found)


def _rates(tables: Tables) -> Iterator[Gap]:
    for no in (*REVENUE_TABLES, *SPENDING_TABLES, *OWN_TABLES):
        if tables[no].rounding == 1:
            for line in tables[no].block("rows").every():
                if line.texts != (rated(line),):
                    yield Gap((no,), f"{line.code}.rate")


def _changes(tables: Tables) -> Iterator[Gap]:
    for line in tables[19].block("rows").every():
        before, now, change = line.figures
        expected = None if before is None else (now or 0) - before
        if (change is None) != (expected is None) or abs((expected or 0) - (change or 0)) > allowed([tables[19]], 3):
            yield Gap((19,), f"{line.code}.change", expected, change)


def _basic_within(tables: Tables) -> Iterator[Gap]:
    own, basic = tables[3], tables[4].block("rows").figure(TOTAL, "budget")
    most = own.block("rows").figure(TOTAL, "budget")
    if _known(own, "budget") and basic > most + allowed([own, tables[4]], 2):
        yield Gap((3, 4), TOTAL, most, basic)


def _debt_moves() -> Find:
    return equal(
        *(
            (
                [(17, "rows", "opening", kind), (17, "rows", "issued", kind)],
                [(17, "rows", "closing", kind), (17, "rows", "repaid", kind)],
            )
            for kind in _KINDS.values()
        )
    )


def _debt_terms() -> Find:
    sides = []
    for no, fund in DEBT_TABLES.items():
        kind = _KINDS[no]
        sides += [
            (one(no, "rows", UNIT, "balance"), one(17, "rows", "closing", kind)),
            (one(no, "rows", UNIT, "opening"), one(17, "rows", "opening", kind)),
            (one(_REVENUE_OF_FUND[fund], "rows", "debt", "executed"), one(17, "rows", "issued", kind)),
            (one(_OF_FUND[fund], "rows", "232", "executed"), one(17, "rows", "interest", kind)),
            (one(_OF_FUND[fund], "rows", "233", "executed"), one(17, "rows", "costs", kind)),
        ]
    return equal(*sides)


def _proceeds(tables: Tables) -> Iterator[Gap]:
    block = tables[18].block("rows")
    found = block.figure(GRAND if block.grand else TOTAL, "amount")
    expected = sum(tables[no].block("rows").figure("debt", "budget") for no in (1, 7))
    if abs(expected - found) > allowed([tables[no] for no in (1, 7, 18)], 3):
        yield Gap((1, 7, 18), f"{GRAND}.amount", expected, found)


FORM = rule(
    "form_followed",
    "十九张表各一张，栏目符合格式。",
    "Each of the nineteen tables stands once, of the same treasury and year, with the columns of its form.",
    (),
    lambda _: iter(()),
)
GOVERNMENT_RULES = (
    rule("parents_are_sums", "上级科目等于下级之和。", "A parent is the sum of its children.", (), parents_are_sums),
    rule(
        "totals_are_sums",
        "合计等于各项之和，总计含结转等各项。",
        "A total is the sum of its lines.",
        (),
        totals_are_sums,
    ),
    *WORDS,
    rule(
        "revenue_is_expenditure",
        "每类预算：本年收入、转移性收入、债务收入、上年结转等总计，等于本年支出、转移性支出、债务还本、期末结转等总计；"
        "期末结转取自资金结存，不是倒挤。",
        "Per fund: revenue, transfers, debt and what was carried over are expenditure, transfers, principal and what is"
        " carried on, which is read from budget cash and not made to fit.",
        (*REVENUE_TABLES, *SPENDING_TABLES),
        _both_sides,
    ),
    rule(
        "own_level_as_expenditure",
        "表 3、9 本级支出逐类等于表 2、8 本年支出。",
        "Own-level expenditure of tables 3 and 9 is that of tables 2 and 8, class by class.",
        (2, 3, 8, 9),
        every(*(same_by_class((a, "rows", (c,)), (b, "rows", (c,))) for a, b in ((2, 3), (8, 9)) for c in COLUMNS)),
    ),
    rule(
        "transfers_as_expenditure",
        "表 5、10、14 转移支付合计等于支出表中对下级的转移性支出。",
        "The transfers of tables 5, 10 and 14 are those in the tables of expenditure.",
        (*SPENDING_TABLES, *TRANSFER_TABLES),
        _transfers_as_spent,
    ),
    rule(
        "debt_moves",
        "表 17 年初债务余额加本年债务收入等于期末余额加还本（余额取自财务会计账，收支取自预算会计账）。",
        "In table 17 opening debt and what was issued are closing debt and what was repaid; balances are of the"
        " financial book, movements of the budgetary one.",
        (17,),
        _debt_moves(),
    ),
    rule(
        "debt_as_elsewhere",
        "表 17 的余额、债务收入、付息、发行费用等于表 6、11、1、7、2、8。",
        "Balances, debt revenue, interest and costs of table 17 are those of tables 6, 11, 1, 7, 2 and 8.",
        (1, 2, 6, 7, 8, 11, 17),
        _debt_terms(),
    ),
    rule(
        "principal_as_expenditure",
        "表 17 还本等于表 2、8 债务还本支出。",
        "Principal repaid in table 17 is that of tables 2 and 8.",
        (2, 8, 17),
        _principal_repaid,
    ),
    rule(
        "bonds_as_revenue",
        "表 18 安排合计（含再融资）等于表 1、7 债务收入预算数。",
        "What table 18 places, refinancing included, is the debt revenue budgeted in tables 1 and 7.",
        (1, 7, 18),
        _proceeds,
    ),
    rule(
        "basic_within_own_level",
        "表 4 基本支出不大于表 3 本级支出预算数。",
        "Basic expenditure of table 4 is not above the own-level budget of table 3.",
        (3, 4),
        _basic_within,
        OURS,
    ),
    rule(
        "public_expenses_change",
        "表 19 增减等于本年预算数减上年预算数。",
        "The change in table 19 is this year's budget less that of the year before.",
        (19,),
        _changes,
    ),
    rule(
        "rates_as_figures",
        "百分比由同一行的数算出。",
        "Every percentage follows from the figures of its line.",
        (*REVENUE_TABLES, *SPENDING_TABLES, *OWN_TABLES),
        _rates,
        OURS,
    ),
)
"""In the order in which they are applied."""
