"""The eleven statutory tables of a department's budget (部门预算), computed from plain facts.

Tables 1 to 8 are in yuan, table 9 in units of 10,000 yuan. Every figure is kept in fen; see ``disclosure_checks`` for
what must hold between them before they may be published.
"""

from collections.abc import Iterable, Sequence

from ledger.money import format_yuan
from reports.disclosure_facts import (
    FISCAL,
    IncomeFact,
    Names,
    Narrative,
    ProjectNote,
    SpendingFact,
    Subject,
    ThreePublic,
    income_line,
    refuse_unknown,
    three_public,
)
from reports.disclosure_lines import ECON, FUNC, gathered, total, tree
from reports.disclosure_table import UNIT, Block, DisclosureTable, Form, Line, forms

SET = "department_budget"
_CATEGORIES = frozenset({"personnel", "office", "project"})
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
        "carry_over",
    }
)
_INCOME = {"business": 2, "operating": 3, "upper": 4, "affiliated": 4, "other": 4}
"""The column of table 2, from the total on, that an income stands in; all others are fiscal appropriations."""
_SPLIT = {"personnel": 1, "office": 1, "project": 2}


def department_budget(
    subject: Subject,
    spending: tuple[SpendingFact, ...],
    income: tuple[IncomeFact, ...],
    notes: tuple[ProjectNote, ...],
    narrative: Narrative,
    names: Names,
) -> tuple[DisclosureTable, ...]:
    """Give tables 1 to 11 of the facts of one unit, or of a department with all its units.

    Income that was carried over from a fiscal fund stands with that fund, money of the special account
    with business income, what comes from above or from affiliates with other income: the form has no
    columns for them. A project without a note has a line without words in table 10, which no check passes.

    Raises:
        UnknownCode: a fact of a code, fund, category or source that no table could show.
    """
    refuse_unknown(spending, income, _CATEGORIES, _SOURCES)
    form = forms(SET)
    public = three_public(spending)
    running = sum(
        fact.fen
        for fact in spending
        if fact.agency in subject.organs and fact.fund == "1" and fact.category == "office"
    )
    projects = _projects(spending, notes)
    return (
        form[1].filled(subject, _summary(form[1], spending, income, names), _carried(income)),
        form[2].filled(subject, _rows(form[2], _income_rows(income, names))),
        form[3].filled(subject, _rows(form[3], _by_function(spending, names))),
        form[4].filled(subject, _fiscal(form[4], spending, income, names)),
        *(
            form[no].filled(subject, _rows(form[no], _by_function(_of(spending, fund), names)))
            for no, fund in ((5, "1"), (6, "2"), (7, "3"))
        ),
        form[8].filled(subject, _rows(form[8], _by_class(_of(spending, "1"), names))),
        form[9].filled(subject, (_public_row(form[9], subject, public, running),)),
        form[10].filled(subject, _rows(form[10], projects)),
        form[11].filled(
            subject,
            (Block("rows", form[11].columns["rows"], _notes(narrative, public, running, projects)),),
        ),
    )


def _of(spending: Iterable[SpendingFact], fund: str) -> tuple[SpendingFact, ...]:
    return tuple(fact for fact in spending if fact.fund == fund)


def _rows(form: Form, lines: Sequence[Line]) -> tuple[Block, ...]:
    columns = form.columns["rows"]
    return (Block("rows", columns, tuple(lines), total(lines, columns) if lines else None),)


def _by_function(spending: Iterable[SpendingFact], names: Names) -> tuple[Line, ...]:
    parts = ((fact.func, (0, _SPLIT[fact.category]), fact.fen) for fact in spending)
    return tree(gathered(3, parts), FUNC, names.func)


def _by_class(spending: Iterable[SpendingFact], names: Names) -> tuple[Line, ...]:
    columns = {"personnel": (0, 1), "office": (0, 2)}
    parts = ((f.dept_econ, columns[f.category], f.fen) for f in spending if f.category in columns)
    return tree(gathered(3, parts), ECON, names.econ)


def _income_rows(income: Iterable[IncomeFact], names: Names) -> tuple[Line, ...]:
    parts = ((fact.func, (0, _INCOME.get(income_line(fact), 1)), fact.fen) for fact in income)
    return tree(gathered(5, parts), FUNC, names.func)


_FISCAL_LINES = (
    ("general", "一般公共预算资金", "General public budget"),
    ("government_fund", "政府性基金预算资金", "Government funds"),
    ("state_capital", "国有资本经营预算资金", "State-capital budget"),
)
_OWN_LINES = (
    ("business", "二、事业收入", "Business income", ("business",)),
    ("operating", "三、事业单位经营收入", "Operating income", ("operating",)),
    ("other", "四、其他收入", "Other income", ("upper", "affiliated", "other")),
)


def _summary(
    form: Form, spending: Iterable[SpendingFact], income: Sequence[IncomeFact], names: Names
) -> tuple[Block, ...]:
    held = _by_source(income)
    fiscal = [Line(code, zh, en, 1, (held.get(code, 0),)) for code, zh, en in _FISCAL_LINES]
    lines = (
        Line("fiscal", "一、财政拨款收入", "Fiscal appropriation", 0, (sum(line.figures[0] or 0 for line in fiscal),)),
        *fiscal,
        *(Line(code, zh, en, 0, (sum(held.get(s, 0) for s in of),)) for code, zh, en, of in _OWN_LINES),
    )
    split = {"personnel": 1, "office": 2, "project": 3}
    spent = tree(
        gathered(4, ((fact.func[:3], (0, split[fact.category]), fact.fen) for fact in spending)), (3,), names.func
    )
    return _sides(form, lines, spent)


def _fiscal(
    form: Form, spending: Iterable[SpendingFact], income: Sequence[IncomeFact], names: Names
) -> tuple[Block, ...]:
    held = _by_source(income)
    lines = [
        Line(code, f"{number}、{zh}", en, 0, (held.get(code, 0),))
        for number, (code, zh, en) in zip("一二三", _FISCAL_LINES, strict=True)
    ]
    at = {fund: n for n, fund in enumerate(FISCAL, 1)}
    parts = ((fact.func[:3], (0, at[fact.fund]), fact.fen) for fact in spending if fact.fund in at)
    return _sides(form, lines, tree(gathered(4, parts), (3,), names.func))


def _sides(form: Form, income: Sequence[Line], spending: Sequence[Line]) -> tuple[Block, ...]:
    left, right = form.columns["income"], form.columns["spending"]
    return (
        Block("income", left, tuple(income), total(income, left, "收入总计", "Total revenue")),
        Block("spending", right, tuple(spending), total(spending, right, "支出总计", "Total expenditure")),
    )


def _by_source(income: Iterable[IncomeFact]) -> dict[str, int]:
    return {source: own[0] for source, own in gathered(1, ((income_line(f), (0,), f.fen) for f in income)).items()}


def _carried(income: Iterable[IncomeFact]) -> tuple[tuple[str, str], ...]:
    """Say how much of the income was carried over, since the form has no line for it."""
    carried = [fact for fact in income if fact.source == "carry_over"]
    fiscal = sum(fact.fen for fact in carried if fact.fund in FISCAL)
    own = sum(fact.fen for fact in carried) - fiscal
    if fiscal == own == 0:
        return ()
    first, second = format_yuan(fiscal), format_yuan(own)
    return (
        (
            f"财政拨款收入含上年结转 {first} 元，其他收入含上年结转 {second} 元。",
            f"Fiscal appropriation holds {first} yuan carried over, other income {second} yuan.",
        ),
    )


def _public_row(form: Form, subject: Subject, public: ThreePublic, running: int) -> Block:
    three, split = (public.total, public.abroad, public.reception), (public.vehicles_bought, public.vehicles_run)
    figures = (*three, public.vehicles, *split, running)
    return Block("rows", form.columns["rows"], (Line(UNIT, subject.name_zh, subject.name_en, 0, figures),))


def _projects(spending: Iterable[SpendingFact], notes: Iterable[ProjectNote]) -> tuple[Line, ...]:
    told = {
        note.project: Line(
            note.project,
            note.name,
            note.name,
            0,
            (note.fen,),
            (note.outline, note.basis, note.body, note.plan, note.cycle, note.targets),
        )
        for note in notes
    }
    budgets = gathered(1, ((fact.project, (0,), fact.fen) for fact in spending if fact.category == "project"))
    untold = {code: Line(code, "", "", 0, (own[0],), ("",) * 6) for code, own in budgets.items() if own[0]}
    return tuple(line for _, line in sorted({**untold, **told}.items()))


_PUBLIC_LINES = (
    ("three_public", "total", "“三公”经费", "Three public expenses", 0),
    ("abroad", "abroad", "因公出国（境）费", "Travel abroad", 1),
    ("reception", "reception", "公务接待费", "Reception", 1),
    ("vehicles", "vehicles", "公务用车购置及运行费", "Vehicles", 1),
    ("vehicles_bought", "vehicles_bought", "公务用车购置费", "Vehicles: purchase", 2),
    ("vehicles_run", "vehicles_run", "公务用车运行费", "Vehicles: running", 2),
)


def _notes(told: Narrative, public: ThreePublic, running: int, projects: Sequence[Line]) -> tuple[Line, ...]:
    """Give the lines of table 11: amounts in yuan, and how many of what."""

    def line(code: str, zh: str, en: str, level: int, figures: tuple[int | None, ...], note: str = "") -> Line:
        return Line(code, zh, en, level, (*figures, *[None] * (4 - len(figures))), (note,))

    changes = []
    for code, name, zh, en, level in _PUBLIC_LINES:
        now, before = getattr(public, name), getattr(told.previous, name)
        changes.append(line(code, zh, en, level, (now, before, now - before), told.reasons.get(name, "")))
    procured = told.goods + told.works + told.services
    planned = sum(project.figures[0] or 0 for project in projects)
    return (
        *changes,
        line("running", "机关运行经费", "Organ running costs", 0, (running,), told.running),
        line("procurement", "政府采购预算", "Procurement", 0, (procured,), told.procurement),
        line("goods", "货物", "Goods", 1, (told.goods,)),
        line("works", "工程", "Works", 1, (told.works,)),
        line("services", "服务", "Services", 1, (told.services,)),
        line("procurement_reserved", "政府采购预算（按预留）", "Procurement by set-aside", 0, (procured,)),
        line("sme", "面向中小企业预留", "Set aside for small and middle firms", 1, (told.sme,)),
        line("open", "未预留", "Open to all", 1, (procured - told.sme,)),
        line(
            "performance",
            "设置绩效目标的项目",
            "Projects with performance targets",
            0,
            (planned, None, None, len(projects)),
            told.performance,
        ),
        line("vehicles_held", "公务用车（辆）", "Vehicles held", 0, (None, None, None, told.vehicles), told.assets),
        line(
            "equipment_500k",
            "单价 50 万元以上设备（台、套）",
            "Equipment of 0.5 million yuan or more",
            0,
            (None, None, None, told.equipment_500k),
        ),
        line(
            "equipment_1m",
            "单价 100 万元以上设备（台、套）",
            "Equipment of 1 million yuan or more",
            0,
            (None, None, None, told.equipment_1m),
        ),
    )
