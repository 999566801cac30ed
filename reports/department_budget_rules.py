"""The cross-checks (勾稽关系) of the eleven tables of a department's budget."""

from collections.abc import Iterator

from reports.disclosure_checks import (
    OURS,
    PUBLIC,
    SHOWN,
    Gap,
    Tables,
    adds_up,
    at_most,
    equal,
    every,
    one,
    personnel_alone,
    rule,
    same_by_class,
)
from reports.disclosure_table import TOTAL, UNIT


def _projects_told(tables: Tables) -> Iterator[Gap]:
    for line in tables[10].block("rows").lines:
        if not all(text.strip() for text in (line.name_zh, *line.texts)):
            yield Gap((10,), line.code)


def _changes_explained(tables: Tables) -> Iterator[Gap]:
    block = tables[11].block("rows")
    told = {line.code: "".join(line.texts).strip() for line in block.lines}
    for name in PUBLIC:
        if block.figure(name, "change") and not (told[name] or told["three_public"]):
            yield Gap((11,), name, None, block.figure(name, "change"))


def _targets_counted(tables: Tables) -> Iterator[Gap]:
    expected, found = len(tables[10].block("rows").lines), tables[11].block("rows").figure("performance", "count")
    if expected != found:
        yield Gap((10, 11), "performance.count", expected, found)


BUDGET_RULES = (
    rule(
        "revenue_is_expenditure",
        "表 1 收入总计等于支出总计。",
        "Total revenue is total expenditure in table 1.",
        (1,),
        equal((one(1, "income", TOTAL, "income"), one(1, "spending", TOTAL, "total"))),
    ),
    rule(
        "revenue_is_expenditure_per_fund",
        "表 4 每类财政拨款收入等于支出。",
        "In table 4 the revenue of each fund is its expenditure.",
        (4,),
        equal(*((one(4, "income", fund, "income"), one(4, "spending", TOTAL, fund)) for fund in SHOWN)),
    ),
    rule(
        "revenue_as_summary",
        "表 2 合计及各类收入等于表 1。",
        "The total and every kind of revenue of table 2 are those of table 1.",
        (1, 2),
        equal(
            (one(1, "income", TOTAL, "income"), one(2, "rows", TOTAL, "total")),
            *(
                (one(1, "income", kind, "income"), one(2, "rows", TOTAL, kind))
                for kind in ("fiscal", "business", "operating", "other")
            ),
        ),
    ),
    rule(
        "expenditure_as_summary",
        "表 3 各类支出等于表 1。",
        "The basic and project expenditure of each class in table 3 is that of table 1.",
        (1, 3),
        every(
            same_by_class((1, "spending", ("total",)), (3, "rows", ("total",))),
            same_by_class((1, "spending", ("personnel", "office")), (3, "rows", ("basic",))),
            same_by_class((1, "spending", ("project",)), (3, "rows", ("project",))),
        ),
    ),
    rule(
        "revenue_adds_up",
        "表 2 合计等于各类收入之和。",
        "Every total of table 2 is the sum of the kinds of revenue.",
        (2,),
        adds_up(2, "rows", "total", ("fiscal", "business", "operating", "other")),
    ),
    rule(
        "expenditure_adds_up",
        "表 1、3、5、6、7 支出合计等于基本支出与项目支出之和。",
        "In tables 1, 3, 5, 6 and 7 the total is basic and project expenditure.",
        (1, 3, 5, 6, 7),
        every(
            adds_up(1, "spending", "total", ("personnel", "office", "project")),
            *(adds_up(no, "rows", "total", ("basic", "project")) for no in (3, 5, 6, 7)),
        ),
    ),
    rule(
        "appropriations_add_up",
        "表 4 支出合计等于三类预算之和。",
        "In table 4 the total is the sum of the three funds.",
        (4,),
        adds_up(4, "spending", "total", SHOWN),
    ),
    rule(
        "appropriations_as_summary",
        "表 4 财政拨款收入等于表 1。",
        "The appropriations of table 4 are those of table 1.",
        (1, 4),
        equal(
            (one(1, "income", "fiscal", "income"), one(4, "income", TOTAL, "income")),
            *((one(1, "income", fund, "income"), one(4, "income", fund, "income")) for fund in SHOWN),
        ),
    ),
    *(
        rule(
            f"{fund}_as_appropriations",
            f"表 {no} 各类支出等于表 4 相应栏。",
            f"Every class of table {no} is in its column of table 4.",
            (4, no),
            same_by_class((4, "spending", (fund,)), (no, "rows", ("total",))),
        )
        for no, fund in zip((5, 6, 7), SHOWN, strict=True)
    ),
    rule(
        "basic_by_class",
        "表 8 合计等于表 5 基本支出。",
        "The total of table 8 is the basic expenditure of table 5.",
        (5, 8),
        equal((one(5, "rows", TOTAL, "basic"), one(8, "rows", TOTAL, "total"))),
    ),
    rule(
        "classes_add_up",
        "表 8 合计等于人员经费与公用经费之和。",
        "In table 8 the total is personnel and office.",
        (8,),
        adds_up(8, "rows", "total", ("personnel", "office")),
    ),
    rule(
        "personnel_classes",
        "表 8 人员经费列 301、303，公用经费列其他类。",
        "In table 8 classes 301 and 303 are personnel, all others office.",
        (8,),
        personnel_alone((8, "rows", "personnel", True), (8, "rows", "office", False)),
        "column blocks of table 6 of the final accounts",
    ),
    rule(
        "public_expenses_add_up",
        "表 9 三公合计等于出国、接待、用车之和，用车等于购置与运行之和。",
        "In table 9 the three are abroad, reception and vehicles; vehicles are bought and run.",
        (9,),
        every(
            adds_up(9, "rows", "three_public", ("abroad", "reception", "vehicles")),
            adds_up(9, "rows", "vehicles", ("vehicles_bought", "vehicles_run")),
        ),
    ),
    rule(
        "notes_as_public_expenses",
        "表 11 的三公经费和机关运行经费等于表 9。",
        "The public expenses and running costs told in table 11 are those of table 9.",
        (9, 11),
        equal(*((one(9, "rows", UNIT, name), one(11, "rows", name, "amount")) for name in (*PUBLIC, "running"))),
        OURS,
    ),
    rule(
        "running_costs_within_office",
        "表 9 机关运行经费不大于表 8 公用经费。",
        "The organ running costs of table 9 are within the office costs of table 8.",
        (8, 9),
        at_most((9, "rows", UNIT, "running"), (8, "rows", TOTAL, "office")),
        OURS,
    ),
    rule(
        "projects_as_expenditure",
        "表 10 年度预算安排合计等于表 3 项目支出。",
        "The budgets of the projects in table 10 are the project expenditure of table 3.",
        (3, 10),
        equal((one(3, "rows", TOTAL, "project"), one(10, "rows", TOTAL, "amount"))),
        OURS,
    ),
    rule(
        "projects_told",
        "表 10 每个项目的说明各栏均已填写。",
        "Every project of table 10 is told in full.",
        (10,),
        _projects_told,
        OURS,
    ),
    rule(
        "changes_add_up",
        "表 11 增减额等于本年减上年。",
        "In table 11 a change is this year less the year before.",
        (11,),
        lambda tables: (
            gap
            for gap in adds_up(11, "rows", "change", ("amount",), ("previous",))(tables)
            if gap.where.split(".")[0] in PUBLIC
        ),
        OURS,
    ),
    rule(
        "changes_explained",
        "三公经费有增减的，说明原因。",
        "A change of the public expenses has its reason.",
        (11,),
        _changes_explained,
        "text notes: increase or decrease with reasons",
    ),
    rule(
        "procurement_both_ways",
        "政府采购预算按类别与按预留两种合计相等。",
        "Procurement by kind and by set-aside are the same.",
        (11,),
        equal((one(11, "rows", "procurement", "amount"), one(11, "rows", "procurement_reserved", "amount"))),
        OURS,
    ),
    rule(
        "targets_as_projects",
        "表 11 绩效目标的项目数和金额等于表 10。",
        "The number and amount of projects with targets in table 11 are those of table 10.",
        (10, 11),
        every(equal((one(10, "rows", TOTAL, "amount"), one(11, "rows", "performance", "amount"))), _targets_counted),
        OURS,
    ),
)
"""In the order in which they are applied."""
