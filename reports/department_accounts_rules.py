"""The cross-checks (勾稽关系) of the nine tables of a department's final accounts."""

from reports.disclosure_checks import (
    OURS,
    PUBLIC,
    SHOWN,
    adds_up,
    all_of,
    equal,
    every,
    one,
    personnel_alone,
    rule,
    same_by_class,
)
from reports.disclosure_table import GRAND, TOTAL, UNIT

_INCOME = {
    "fiscal": SHOWN,
    **{kind: (kind,) for kind in ("upper", "business", "operating", "affiliated", "other")},
}
ACCOUNTS_RULES = (
    rule(
        "revenue_is_expenditure",
        "表 1 收入总计等于支出总计（含结转结余）。",
        "Grand total of revenue is grand total of expenditure in table 1, balances included.",
        (1,),
        equal((one(1, "income", GRAND, "income"), one(1, "spending", GRAND, "spending"))),
    ),
    rule(
        "revenue_is_expenditure_per_fund",
        "表 4 每类拨款年初结转加本年收入等于本年支出加年末结转。",
        "In table 4 opening balance and revenue of each fund are its expenditure and closing balance.",
        (4,),
        equal(
            *(
                (all_of(4, "income", (fund, f"opening_{fund}"), "income"), one(4, "spending", GRAND, fund))
                for fund in SHOWN
            )
        ),
    ),
    rule(
        "revenue_as_summary",
        "表 2 合计及各类收入等于表 1。",
        "The total and every kind of revenue of table 2 are those of table 1.",
        (1, 2),
        equal(
            (one(1, "income", TOTAL, "income"), one(2, "rows", TOTAL, "total")),
            *((all_of(1, "income", lines, "income"), one(2, "rows", TOTAL, kind)) for kind, lines in _INCOME.items()),
        ),
    ),
    rule(
        "expenditure_as_summary",
        "表 3 各类支出等于表 1。",
        "Every class of table 3 is that of table 1.",
        (1, 3),
        same_by_class((1, "spending", ("spending",)), (3, "rows", ("total",))),
    ),
    rule(
        "revenue_adds_up",
        "表 2 合计等于各类收入之和。",
        "Every total of table 2 is the sum of the kinds of revenue.",
        (2,),
        adds_up(2, "rows", "total", tuple(_INCOME)),
    ),
    rule(
        "expenditure_adds_up",
        "表 3、5、8、9 支出合计等于各栏之和。",
        "In tables 3, 5, 8 and 9 the total is the sum of its columns.",
        (3, 5, 8, 9),
        every(
            adds_up(3, "rows", "total", ("basic", "project", "to_upper", "operating", "to_affiliated")),
            adds_up(5, "rows", "total", ("basic", "project")),
            adds_up(8, "rows", "spending", ("basic", "project")),
            adds_up(9, "rows", "spending", ("basic", "project")),
        ),
    ),
    rule(
        "appropriations_add_up",
        "表 4 支出合计等于三类拨款之和。",
        "In table 4 the total is the sum of the three funds.",
        (4,),
        adds_up(4, "spending", "total", SHOWN),
    ),
    rule(
        "appropriations_as_summary",
        "表 4 财政拨款收入等于表 1。",
        "The appropriations of table 4 are those of table 1.",
        (1, 4),
        equal(*((one(1, "income", fund, "income"), one(4, "income", fund, "income")) for fund in SHOWN)),
    ),
    rule(
        "general_as_appropriations",
        "表 5 各类支出等于表 4 一般公共预算栏。",
        "Every class of table 5 is in its column of table 4.",
        (4, 5),
        same_by_class((4, "spending", ("general",)), (5, "rows", ("total",))),
    ),
    rule(
        "basic_by_class",
        "表 6 人员经费与公用经费合计等于表 5 基本支出。",
        "Personnel and office costs of table 6 are the basic expenditure of table 5.",
        (5, 6),
        equal(
            (
                one(5, "rows", TOTAL, "basic"),
                [(6, "personnel", TOTAL, "personnel"), (6, "office", TOTAL, "office")],
            )
        ),
    ),
    rule(
        "personnel_classes",
        "表 6 人员经费列 301、303，公用经费列其他类。",
        "In table 6 classes 301 and 303 are personnel, all others office.",
        (6,),
        personnel_alone((6, "personnel", "personnel", True), (6, "office", "office", False)),
        "column blocks of table 6",
    ),
    rule(
        "public_expenses_add_up",
        "表 7 预算数、决算数均为：合计等于出国、用车、接待之和，用车等于购置与运行之和。",
        "In table 7, budget and final: the three are abroad, vehicles and reception; vehicles are bought and run.",
        (7,),
        every(
            *(
                find
                for kind in ("budget", "final")
                for find in (
                    adds_up(
                        7, "rows", f"three_public_{kind}", (f"abroad_{kind}", f"vehicles_{kind}", f"reception_{kind}")
                    ),
                    adds_up(7, "rows", f"vehicles_{kind}", (f"vehicles_bought_{kind}", f"vehicles_run_{kind}")),
                )
            )
        ),
    ),
    rule(
        "fund_balances",
        "表 8、9 年末结转等于年初结转加收入减支出。",
        "In tables 8 and 9 the closing balance is the opening balance and revenue less expenditure.",
        (8, 9),
        every(*(adds_up(no, "rows", "closing", ("opening", "income"), ("spending",)) for no in (8, 9))),
        OURS,
    ),
    rule(
        "funds_as_appropriations",
        "表 8、9 的年初结转、收入、支出、年末结转等于表 4。",
        "Balances, revenue and expenditure of tables 8 and 9 are those of table 4.",
        (4, 8, 9),
        equal(
            *(
                pair
                for no, fund in zip((8, 9), SHOWN[1:], strict=True)
                for pair in (
                    (one(4, "income", f"opening_{fund}", "income"), one(no, "rows", TOTAL, "opening")),
                    (one(4, "income", fund, "income"), one(no, "rows", TOTAL, "income")),
                    (one(4, "spending", TOTAL, fund), one(no, "rows", TOTAL, "spending")),
                    (one(4, "spending", "closing", fund), one(no, "rows", TOTAL, "closing")),
                )
            )
        ),
        OURS,
    ),
)
"""In the order in which they are applied."""
PUBLISHED = rule(
    "public_budget_as_published",
    "决算表 7 的预算数等于已公开的预算表 9。",
    "The budget in table 7 of the accounts is table 9 of the published budget.",
    (9, 7),
    equal(*((one(9, "rows", UNIT, name), one(7, "rows", UNIT, f"{name}_budget")) for name in PUBLIC)),
    OURS,
)
"""The one rule between both sets."""
