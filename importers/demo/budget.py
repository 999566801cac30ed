"""The budget of the demo year: approved by the Congress, decomposed, issued, adjusted, carried over."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from importers.demo.diary import Diary
from importers.demo.plan import (
    HELD_UNSPENT,
    HELD_USED,
    LAST,
    RESERVE_UNSPENT,
    RESERVE_USED,
    SOURCES_OF_FUNDS,
    SPECIAL_REVENUE,
    TRANSFER_BY_STATE_CAPITAL,
    WORKING_FUND,
    YEAR,
    Line,
    agencies,
    figures,
    lines,
    totals,
)
from ledger.compilation.adjustments import Adjustment
from ledger.events import Event
from ledger.money import Fen

APPROVED = date(YEAR, 1, 5)
ISSUED = date(YEAR, 1, 8)
ADJUSTED = date(YEAR, 10, 30)
RESOLUTION = f"澄湖人大〔{YEAR}〕1号（演示）"
ADJUSTMENT = f"澄湖人大常〔{YEAR}〕18号（演示）"
AUTHORITY = f"澄湖财预〔{YEAR}〕6号（演示）"
UPPER = f"市财预〔{YEAR}〕66号（演示）"
_SOURCES = (
    "from_revenue", "from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over",
)  # fmt: skip

RESERVE, HELD = f"{YEAR}.1.227", f"{YEAR}.1.held"
ARRIVALS = {
    "transfer": ((date(YEAR, 3, 20), 60), (date(YEAR, 8, 15), 40)),
    "bond": ((date(YEAR, 6, 20), 100),),
    "transfers_in": ((ADJUSTED, 100),),
}
"""When later budget arrives, in per cent of it."""
REVENUE_OF = {"transfer": "11003", "bond": "11011", "transfers_in": "11009"}
REALLOCATED = ((3, 7), (9, 12), (15, 18))
"""Pairs of general projects between which budget is reallocated."""


def principal_lines() -> Sequence[Line]:
    """Give the repayment of bonds as lines of the finance bureau."""
    bureau = agencies()["101"]
    general = Line("1", bureau, "23103", "principal", "budget", "", totals()["bond_principal"])
    special = Line("2", bureau, "23104", "principal", "budget", "", SOURCES_OF_FUNDS["refinancing"])
    return general, special


@dataclass(frozen=True, slots=True)
class TransferOut:
    """Budget that leaves the treasury: to other governments, other funds and other years."""

    fund: str
    func: str
    amount: Fen

    @property
    def indicator(self) -> str:
        """Its indicator."""
        return f"{YEAR}.{self.fund}.{self.func}"


def transfers_out() -> Sequence[TransferOut]:
    """Give what is approved with the first budget as transfers."""
    t = totals()
    return (
        TransferOut("1", "23006", t["remittance"]),
        TransferOut("1", "23021", t["inter_regional"]),
        TransferOut("2", "23008", Fen(t["transfers_in"] - TRANSFER_BY_STATE_CAPITAL)),
        TransferOut("3", "23008", TRANSFER_BY_STATE_CAPITAL),
    )


PROVISION = TransferOut("1", "23015", Fen(0)).indicator
WORKING = TransferOut("1", "23016", Fen(0)).indicator


def indicators() -> list[dict[str, object]]:
    """Give every indicator as ``ledger.open_indicators`` takes them, parents first."""
    found: dict[str, dict[str, object]] = {}

    def add(indicator: str, fund: str, func: str | None, document: str, **more: object) -> None:
        found.setdefault(
            indicator,
            {
                "indicator": indicator,
                "fiscal_year": YEAR,
                "fund": fund,
                "func": func,
                "document": document,
                **more,
            },
        )

    add(RESERVE, "1", "227", RESOLUTION)
    add(HELD, "1", None, RESOLUTION)
    add(PROVISION, "1", "23015", ADJUSTMENT, budget_source=2)
    add(WORKING, "1", "23016", ADJUSTMENT, budget_source=2)
    for out in transfers_out():
        add(out.indicator, out.fund, out.func, RESOLUTION)
    for line in (*lines(), *principal_lines()):
        at = {"agency": line.agency.agency, "project": line.project}
        if line.source == "budget":
            add(line.root, line.fund, line.func, RESOLUTION)
            add(
                line.department,
                line.fund,
                line.func,
                RESOLUTION,
                parent=line.root,
                agency=line.agency.department,
            )
            add(line.indicator, line.fund, line.func, RESOLUTION, parent=line.department, **at)
        elif line.source in {"reserve", "held"}:
            parent = RESERVE if line.source == "reserve" else HELD
            held = {"parent": parent} if line.source == "held" else {"parent": parent, "budget_source": 2}
            add(line.indicator, line.fund, line.func, RESOLUTION, **held, **at)
        else:
            document = UPPER if line.source == "transfer" else ADJUSTMENT
            add(line.indicator, line.fund, line.func, document, budget_source=2, **at)
    return list(found.values())


def dims_of(line: Line) -> dict[str, str]:
    """Give the dimensions of a line's own indicator."""
    dims = {
        "fund": line.fund,
        "func": line.func,
        "agency": line.agency.agency,
        "indicator": line.indicator,
    }
    return dims if line.project is None else {**dims, "project": line.project}


def first_amounts() -> dict[Line, int]:
    """Give the first budget of every line that the Congress approved by name."""
    first = {line: line.total + line.reduced for line in (*lines(), *principal_lines()) if line.source == "budget"}
    for giver, taker, fen in reallocations():
        first[giver] += fen
        first[taker] -= fen
    return first


def reallocations() -> Sequence[tuple[Line, Line, Fen]]:
    """Give what one project gives to another within the year."""
    projects = [x for x in lines() if (x.fund, x.source, x.use) == ("1", "budget", "project")]
    return [(projects[a], projects[b], Fen(projects[b].total // 50)) for a, b in REALLOCATED]


def approve(diary: Diary) -> None:
    """Approve the budget: the first sources fill the first lines until they are used up."""
    t, f = totals(), figures()
    free: dict[str, dict[str, int]] = {
        "1": {
            "from_debt": t["refinancing_bonds"],
            "from_carry_over": t["prior_year_carry_over"],
            "from_transfer": f.first_transfers,
            "from_revenue": t["first_revenue_budget"],
        },
        "2": {
            "from_debt": SOURCES_OF_FUNDS["special_bonds"] + SOURCES_OF_FUNDS["refinancing"],
            "from_carry_over": SOURCES_OF_FUNDS["carry_over"],
            "from_transfer": SOURCES_OF_FUNDS["transfers"],
            "from_revenue": t["funds_revenue"],
        },
        "3": {"from_revenue": t["state_capital_expenditure"] + TRANSFER_BY_STATE_CAPITAL},
        "5": {"from_revenue": SPECIAL_REVENUE},
    }

    def sources(fund: str, amount: int) -> dict[str, int]:
        facts: dict[str, int] = {}
        for name, left in free[fund].items():
            facts[name] = min(left, amount)
            free[fund][name] = left - facts[name]
            amount -= facts[name]
        return facts

    roots: dict[tuple[str, str, str], int] = defaultdict(int)
    first = first_amounts()
    for line in (*principal_lines(), *first):
        roots[line.fund, line.root, line.func] += first.pop(line, 0)
    for out in transfers_out():
        roots[out.fund, out.indicator, out.func] += out.amount
    roots["1", RESERVE, "227"] = RESERVE_USED + RESERVE_UNSPENT
    for (fund, indicator, func), amount in roots.items():
        dims = {"fund": fund, "indicator": indicator, "func": func}
        diary.write(
            "budget_approval",
            APPROVED,
            f"批准{YEAR}年预算 {func}",
            sources(fund, amount),
            dims,
            document=RESOLUTION,
        )
    diary.write("held_budget_approval", APPROVED, f"批准{YEAR}年代编预算", sources("1", HELD_USED + HELD_UNSPENT),
                {"fund": "1", "indicator": HELD}, document=RESOLUTION)  # fmt: skip


def decompose(diary: Diary) -> None:
    """Give departments and units their budget, and issue it."""
    first = first_amounts()
    departments: dict[tuple[str, str], int] = defaultdict(int)
    for line, amount in first.items():
        departments[line.root, line.department] += amount
    for line, amount in first.items():
        at = {"fund": line.fund, "func": line.func}
        department = {**at, "agency": line.agency.department, "indicator": line.department}
        if whole := departments.pop((line.root, line.department), 0):
            diary.write("department_decomposition", APPROVED, f"分解到{agencies()[line.agency.department].name_zh}",
                        {"from_approved": whole}, parties={"from": {**at, "indicator": line.root}, "to": department},
                        document=RESOLUTION)  # fmt: skip
        diary.write("unit_decomposition", APPROVED, f"分解到{line.agency.name_zh}", {"amount": amount},
                    parties={"from": department, "to": dims_of(line)}, document=RESOLUTION)  # fmt: skip
        diary.write(
            "indicator_issue",
            ISSUED,
            f"下达{line.agency.name_zh}指标",
            {"amount": amount},
            dims_of(line),
        )


def change(diary: Diary) -> None:
    """Change the budget within the year: later money, the adjustment, reserves, reallocations, holds."""
    for line in lines():
        name = f"{line.agency.name_zh}{line.name_zh}"
        for on, percent in ARRIVALS.get(line.source, ()):
            first = line.total * 60 // 100
            amount = {100: line.total, 60: first, 40: line.total - first}[percent]
            dims = {**dims_of(line), "revenue": REVENUE_OF[line.source]}
            diary.write("budget_addition", on, f"追加：{name}", {"awaiting": amount}, dims)
            diary.write("indicator_issue", on, f"下达：{name}", {"amount": amount}, dims_of(line))
        if line.source == "reserve":
            reserve = {"fund": "1", "func": "227", "indicator": RESERVE}
            diary.write("reserve_allocation", date(YEAR, 7, 25), f"动用预备费：{name}", {"amount": line.total},
                        parties={"from": reserve, "to": dims_of(line)})  # fmt: skip
            diary.write(
                "indicator_issue",
                date(YEAR, 7, 26),
                f"下达：{name}",
                {"amount": line.total},
                dims_of(line),
            )
        if line.source == "held":
            diary.write("held_budget_allocation", date(YEAR, 5, 15), f"代编预算落实：{name}", {"amount": line.total},
                        parties={"from": {"fund": "1", "indicator": HELD}, "to": dims_of(line)})  # fmt: skip
            diary.write(
                "indicator_issue",
                date(YEAR, 5, 16),
                f"下达：{name}",
                {"amount": line.total},
                dims_of(line),
            )
        reduction = {**dims_of(line), "revenue": "1010101"}
        diary.write("budget_reduction", ADJUSTED, f"预算调整追减：{name}", {"executable": line.reduced}, reduction,
                    document=ADJUSTMENT, moment="recover")  # fmt: skip
        if (line.fund, line.source, line.use) == ("1", "budget", "project"):
            frozen = {"amount": line.total // 20}
            by = "over" if line.func.startswith("204") else "appl"
            diary.write(
                "indicator_hold",
                date(YEAR, 2, 20),
                f"采购计划冻结：{name}",
                frozen,
                dims_of(line),
                prepared_by=by,
            )
            diary.write(
                "indicator_release",
                date(YEAR, 5, 20),
                f"解除冻结：{name}",
                frozen,
                dims_of(line),
                prepared_by=by,
            )
    for giver, taker, fen in reallocations():
        narration = f"调剂：{giver.name_zh}至{taker.name_zh}"
        diary.write("indicator_reallocation", date(YEAR, 6, 12), narration, {"amount": fen},
                    parties={"from": dims_of(giver), "to": dims_of(taker)})  # fmt: skip


def adjustment() -> Adjustment:
    """Give the adjustment that cuts the budget in autumn, and by how much."""
    cut = sum(line.reduced for line in lines())
    return Adjustment(
        fiscal_year=YEAR, document=ADJUSTMENT, title="预算调整方案（演示）", passed_on=ADJUSTED, amount_fen=cut
    )


def finish(diary: Diary) -> None:
    """End the year: what is saved lapses into the stabilisation fund, the rest is carried over."""
    f = figures()
    planned = f.planned_provision - WORKING_FUND
    for indicator, func, amount in (
        (PROVISION, "23015", planned),
        (WORKING, "23016", WORKING_FUND),
    ):
        narration = "批准预算调整：安排预算稳定调节基金和预算周转金"
        diary.write("budget_approval", ADJUSTED, narration, {"from_transfers_in": amount},
                    {"fund": "1", "indicator": indicator, "func": func}, document=ADJUSTMENT)  # fmt: skip
    for line in lines():
        name = f"{line.agency.name_zh}{line.name_zh}"
        diary.write("budget_reduction", LAST, f"年末结余收回：{name}", {"executable": line.saved},
                    {**dims_of(line), "revenue": "1010101"}, moment="recover")  # fmt: skip
        diary.write(
            "indicator_carry_over",
            LAST,
            f"结转下年：{name}",
            {"executable": line.carried},
            dims_of(line),
            moment="carry over",
        )
    lapsed = {"fund": "1", "revenue": "1010101"}
    diary.write("unused_budget_cancellation", LAST, "年末核销未动用的预备费", {"reserve": RESERVE_UNSPENT},
                {**lapsed, "func": "227", "indicator": RESERVE}, moment="recover")  # fmt: skip
    diary.write("unused_budget_cancellation", LAST, "年末核销未落实的代编预算", {"held": HELD_UNSPENT},
                {**lapsed, "indicator": HELD}, moment="recover")  # fmt: skip
    diary.write("budget_approval", LAST, "超收收入和结余资金安排预算稳定调节基金", {"from_revenue": f.late_provision},
                {"fund": "1", "indicator": PROVISION, "func": "23015"}, moment="approve late")  # fmt: skip
    provision = Fen(planned + f.late_provision)
    for kind, indicator, func, amount in (
        ("stabilisation_fund_provision", PROVISION, "23015", provision),
        ("working_fund_provision", WORKING, "23016", WORKING_FUND),
    ):
        at = {"fund": "1", "func": func}
        narration = "安排预算稳定调节基金" if indicator == PROVISION else "补充预算周转金"
        diary.write(
            "transfer_issue",
            LAST,
            narration,
            {"from_approved": amount},
            {**at, "indicator": indicator},
            moment="carry over",
        )
        diary.write(
            kind,
            LAST,
            narration,
            {"amount": amount},
            at if indicator == PROVISION else {"fund": "1"},
            moment="provide",
        )


REOPENED = date(YEAR + 1, 1, 2)


def reopened_indicators() -> list[dict[str, object]]:
    """Give the next year's indicators below those that left something."""
    return [
        {
            "indicator": reopened(line),
            "parent": line.indicator,
            "fiscal_year": YEAR + 1,
            "document": f"澄湖财预〔{YEAR + 1}〕1号（演示）",
            "budget_source": 3,
            **{name: code for name, code in dims_of(line).items() if name != "indicator"},
        }
        for line in lines()
        if line.carried
    ]


def reopenings() -> list[Event]:
    """Open again what was carried over, executable at once, under the same trace."""
    return [
        Event(
            kind="indicator_reopening",
            key=f"{YEAR + 1}-{number:05d}",
            on=REOPENED,
            narration=f"恢复上年结转指标：{line.agency.name_zh}{line.name_zh}",
            prepared_by="revw",
            facts={"awaiting": Fen(0), "executable": line.carried},
            dims={**dims_of(line), "indicator": reopened(line)},
        )
        for number, line in enumerate((line for line in lines() if line.carried), 1)
    ]


def reopened(line: Line) -> str:
    """Give the next year's indicator of what a line left."""
    return f"{YEAR + 1}{line.indicator.removeprefix(str(YEAR))}"
