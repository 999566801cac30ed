"""The nine statutory tables of a department's final accounts (部门决算), computed from plain facts.

They are printed in units of 10,000 yuan; every figure is kept in fen. See ``disclosure_rules.checks`` for what must
hold between them before they may be published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reports.disclosure_facts import (
    FISCAL,
    BalanceFact,
    IncomeFact,
    Names,
    SpendingFact,
    Subject,
    Surplus,
    ThreePublic,
    income_line,
    refuse_unknown,
    three_public,
)
from reports.disclosure_lines import ECON, FUNC, gathered, total, tree, with_fixed
from reports.disclosure_table import GRAND, UNIT, Block, DisclosureTable, Form, Line, forms

SET = "department_accounts"
_CATEGORIES = frozenset({"personnel", "office", "project", "operating", "to_upper", "to_affiliated"})
_SOURCES = frozenset(
    {
        "general",
        "government_fund",
        "state_capital",
        "special_account",
        "operating",
        "business",
        "upper",
        "affiliated",
        "other",
    }
)
_SHOWN = (
    *map(str, range(201, 209)),
    *map(str, range(210, 218)),
    *map(str, range(219, 223)),
    "224",
    "229",
    "231",
    "232",
)
"""The 24 functions that tables 1 and 4 show even without spending; others, such as 223, where there is some."""
_FISCAL_LINES = (
    ("general", "一般公共预算财政拨款", "General public budget"),
    ("government_fund", "政府性基金预算财政拨款", "Government funds"),
    ("state_capital", "国有资本经营预算财政拨款", "State-capital budget"),
)
_OWN_LINES = (
    ("upper", "上级补助收入", "Subsidy from above"),
    ("business", "事业收入", "Business income"),
    ("operating", "经营收入", "Operating income"),
    ("affiliated", "附属单位上缴收入", "Paid in by affiliates"),
    ("other", "其他收入", "Other income"),
)
_NUMBERS = "一二三四五六七八"
_INCOME = {"upper": 2, "business": 3, "operating": 4, "affiliated": 5, "other": 6}
"""The column of table 2, from the total on; all others are fiscal appropriations."""
_BASIC = {"personnel": 1, "office": 1, "project": 2}
_SPENT = {**_BASIC, "to_upper": 3, "operating": 4, "to_affiliated": 5}
"""The column of table 3, from the total on."""
_PUBLIC_ORDER = ("total", "abroad", "vehicles", "vehicles_bought", "vehicles_run", "reception")


def department_accounts(
    subject: Subject,
    spending: tuple[SpendingFact, ...],
    income: tuple[IncomeFact, ...],
    balances: tuple[BalanceFact, ...],
    surplus: Surplus,
    public_budget: ThreePublic,
    names: Names,
) -> tuple[DisclosureTable, ...]:
    """Give tables 1 to 9 of the verified facts of a closed year, of one unit or a department with all its units.

    What is carried over is a balance here, never income. ``public_budget`` is the budget of the three public expenses
    as it was published, for table 7.

    Raises:
        UnknownCode: a fact of a code, fund, category or source that no table could show.
    """
    refuse_unknown(spending, income, _CATEGORIES, _SOURCES)
    refuse_unknown((), tuple(IncomeFact(b.agency, b.func, "other", 0, b.fund) for b in balances), _CATEGORIES, _SOURCES)
    form = forms(SET)
    general = [fact for fact in spending if fact.fund == "1"]
    return (
        form[1].filled(subject, _summary(form[1], spending, income, balances, surplus, names)),
        form[2].filled(subject, _rows(form[2], _income_rows(income, names))),
        form[3].filled(subject, _rows(form[3], _spending_rows(6, spending, _SPENT, names))),
        form[4].filled(subject, _fiscal(form[4], spending, income, balances, names)),
        form[5].filled(subject, _rows(form[5], _spending_rows(3, general, _BASIC, names))),
        form[6].filled(subject, tuple(_basic(form[6], kind, general, names) for kind in ("personnel", "office"))),
        form[7].filled(subject, (_public_row(form[7], subject, public_budget, three_public(spending)),)),
        *(
            form[no].filled(subject, _rows(form[no], _fund_rows(fund, spending, income, balances, names)))
            for no, fund in ((8, "2"), (9, "3"))
        ),
    )


def _rows(form: Form, lines: tuple[Line, ...]) -> tuple[Block, ...]:
    columns = form.columns["rows"]
    return (Block("rows", columns, lines, total(lines, columns) if lines else None),)


def _income_rows(income: Iterable[IncomeFact], names: Names) -> tuple[Line, ...]:
    parts = ((fact.func, (0, _INCOME.get(income_line(fact), 1)), fact.fen) for fact in income)
    return tree(gathered(7, parts), FUNC, names.func)


def _spending_rows(
    width: int, spending: Iterable[SpendingFact], columns: Mapping[str, int], names: Names
) -> tuple[Line, ...]:
    """Give rows by function; a category without a column is left out, and the checks find that it is."""
    parts = ((f.func, (0, columns[f.category]), f.fen) for f in spending if f.category in columns)
    return tree(gathered(width, parts), FUNC, names.func)


def _summary(
    form: Form,
    spending: Iterable[SpendingFact],
    income: Iterable[IncomeFact],
    balances: Sequence[BalanceFact],
    surplus: Surplus,
    names: Names,
) -> tuple[Block, ...]:
    held = _by_source(income)
    fiscal = tuple((code, f"{zh}收入", en) for code, zh, en in _FISCAL_LINES)
    received = tuple(
        Line(code, f"{number}、{zh}", en, 0, (held.get(code, 0),))
        for number, (code, zh, en) in zip(_NUMBERS, (*fiscal, *_OWN_LINES), strict=True)
    )
    spent = tree(gathered(1, ((fact.func[:3], (0,), fact.fen) for fact in spending)), (3,), names.func)
    return (
        _side(
            form,
            "income",
            received,
            (
                _line("surplus_used", "使用非财政拨款结余", "Own surplus used", surplus.used_fen),
                _line("opening", "年初结转和结余", "Opening balance", sum(b.opening_fen for b in balances)),
            ),
        ),
        _side(
            form,
            "spending",
            with_fixed(spent, _fixed(1, names)),
            (
                _line("distributed", "结余分配", "Surplus distributed", surplus.distributed_fen),
                _line("closing", "年末结转和结余", "Closing balance", sum(b.closing_fen for b in balances)),
            ),
        ),
    )


def _fiscal(
    form: Form,
    spending: Iterable[SpendingFact],
    income: Iterable[IncomeFact],
    balances: Sequence[BalanceFact],
    names: Names,
) -> tuple[Block, ...]:
    held = _by_source(income)
    received = tuple(
        Line(code, f"{number}、{zh}", en, 0, (held.get(code, 0),))
        for number, (code, zh, en) in zip(_NUMBERS, _FISCAL_LINES, strict=False)
    )
    opening = {source: sum(b.opening_fen for b in balances if b.fund == fund) for fund, source in FISCAL.items()}
    closing = [sum(b.closing_fen for b in balances if b.fund == fund) for fund in FISCAL]
    at = {fund: n for n, fund in enumerate(FISCAL, 1)}
    parts = ((fact.func[:3], (0, at[fact.fund]), fact.fen) for fact in spending if fact.fund in at)
    spent = tree(gathered(4, parts), (3,), names.func)
    return (
        _side(
            form,
            "income",
            received,
            (
                _line("opening", "年初财政拨款结转和结余", "Opening balance of appropriations", sum(opening.values())),
                *(Line(f"opening_{code}", zh, en, 1, (opening[code],)) for code, zh, en in _FISCAL_LINES),
            ),
        ),
        _side(
            form,
            "spending",
            with_fixed(spent, _fixed(4, names)),
            (_line("closing", "年末财政拨款结转和结余", "Closing balance of appropriations", sum(closing), *closing),),
        ),
    )


def _side(form: Form, key: str, lines: tuple[Line, ...], below: tuple[Line, ...]) -> Block:
    columns, (zh, en) = form.columns[key], _YEAR[key]
    whole = total(lines, columns, zh, en)
    grand = total((whole, *below), columns, "总计", "Grand total")
    return Block(key, columns, lines, whole, below, replace(grand, code=GRAND))


_YEAR = {
    "income": ("本年收入合计", "Revenue of the year"),
    "spending": ("本年支出合计", "Expenditure of the year"),
}


def _line(code: str, zh: str, en: str, *figures: int) -> Line:
    return Line(code, zh, en, 0, figures)


def _fixed(width: int, names: Names) -> Iterable[Line]:
    return (Line(code, *names.func.get(code, ("", "")), 0, (0,) * width) for code in _SHOWN)


def _by_source(income: Iterable[IncomeFact]) -> dict[str, int]:
    return {source: own[0] for source, own in gathered(1, ((income_line(f), (0,), f.fen) for f in income)).items()}


def _basic(form: Form, kind: str, general: Iterable[SpendingFact], names: Names) -> Block:
    """Give one side of table 6: personnel costs (301, 303) or office costs (302, 310 and others)."""
    lines = tree(gathered(1, ((f.dept_econ, (0,), f.fen) for f in general if f.category == kind)), ECON, names.econ)
    columns, (zh, en) = form.columns[kind], _TOTALS[kind]
    return Block(kind, columns, lines, total(lines, columns, zh, en))


_TOTALS = {"personnel": ("人员经费合计", "Personnel"), "office": ("公用经费合计", "Office")}


def _public_row(form: Form, subject: Subject, budget: ThreePublic, final: ThreePublic) -> Block:
    figures = tuple(int(getattr(each, name)) for name in _PUBLIC_ORDER for each in (budget, final))
    return Block("rows", form.columns["rows"], (Line(UNIT, subject.name_zh, subject.name_en, 0, figures),))


def _fund_rows(
    fund: str,
    spending: Iterable[SpendingFact],
    income: Iterable[IncomeFact],
    balances: Iterable[BalanceFact],
    names: Names,
) -> tuple[Line, ...]:
    """Give opening balance, income, spending (all, basic, project) and closing balance of a fund by function."""
    columns = {"personnel": (2, 3), "office": (2, 3), "project": (2, 4)}
    parts: list[tuple[str, Sequence[int], int]] = [
        (f.func, columns.get(f.category, (2,)), f.fen) for f in spending if f.fund == fund
    ]
    parts += [(f.func, (1,), f.fen) for f in income if f.source == FISCAL[fund]]
    for balance in balances:
        if balance.fund == fund:
            parts += [(balance.func, (0,), balance.opening_fen), (balance.func, (5,), balance.closing_fen)]
    return tree(gathered(6, parts), FUNC, names.func)
