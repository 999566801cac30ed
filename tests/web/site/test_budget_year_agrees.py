"""Whatever happens in a budget year, every page and report tells the same of it, and the budget is rebuilt as it was decided."""

import datetime as dt
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import journal
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.approval import grants
from ledger.compilation.authority import ReallocationLimit, set_reallocation_limit
from ledger.compilation.carry_over import (
    cancel_undistributed,
    end_budget_year,
    hold_again,
    release_holds,
    reopen_carried,
    undo_year_end,
)
from ledger.compilation.indicators import (
    ApproveBudget,
    DecomposeToDepartment,
    DecomposeToUnit,
    IssueIndicator,
    OpenIndicator,
    approve_budget,
    decompose_to_department,
    decompose_to_unit,
    issue_indicator,
    open_indicators,
)
from ledger.compilation.rebuild import rebuild
from ledger.compilation.reserve import UseReserve, approve_reserve, use_reserve
from ledger.db import snapshot
from ledger.errors import LedgerError
from ledger.money import Fen
from ledger.orders import BudgetLine
from reports.adjusted_budget import budget_in_year
from reports.execution import budget_execution
from reports.final_budget import budget_lines
from reports.identity import published_identity
from tests.conftest import DAY, make_city
from tests.ledger.budget_city import YEAR, act
from tests.ledger.second_year import DECEMBER, NEXT, close_months, explain
from tests.ledger.second_year import publish as publish_budget
from tests.ledger.test_carry_over import BY, GOODS, HELD, LAST, PAY, UPKEEP_LINE, WATER, budgeted
from tests.web.site.conftest import publish
from web.office.budget.chains import books_of

LINES = (PAY, GOODS, UPKEEP_LINE, WATER)
RESERVE = f"{YEAR}-R-1-227"
USES = {PAY: ("30101", "50101"), GOODS: ("30201", "50201"), UPKEEP_LINE: ("30209", "50201"), WATER: ("30227", "50205")}
BOTH = ("awaiting", "executable")
DOCUMENT = "人大常〔2024〕18号"


def granted(city, fen, func, dept_econ, project):
    """Approve an indicator of its own for a use that the budget has too; give its code."""
    n = next(city.numbers)
    codes = [f"{level}{n}" for level in "RDU"]
    whole = {"fiscal_year": YEAR, "fund": "1", "func": func, "document": "人大〔2024〕2号"}
    of_unit = {**whole, "agency": "201", "dept_econ": dept_econ, "project": project}
    act(city, "COMP", open_indicators, [
        OpenIndicator(indicator=codes[0], parent=None, **whole),
        OpenIndicator(indicator=codes[1], parent=codes[0], agency="201", **whole),
        OpenIndicator(indicator=codes[2], parent=codes[1], **of_unit),
    ])  # fmt: skip
    lines = [BudgetLine(indicator=codes[0], fund="1", func=func), BudgetLine(indicator=codes[1], fund="1", func=func, agency="201"),
             BudgetLine(indicator=codes[2], fund="1", func=func, agency="201", dept_econ=dept_econ, project=project)]  # fmt: skip
    told = {"on": DAY, "narration": "追加", "document": "人大〔2024〕2号"}
    act(
        city,
        "APPR",
        approve_budget,
        ApproveBudget(key=codes[0], line=lines[0], from_revenue=Fen(fen), prepared_by="comp", **told),
    )
    told["prepared_by"] = "revw"
    act(city, "ISSU", decompose_to_department, DecomposeToDepartment(
        key=codes[0], source=lines[0], target=lines[1], from_approved=Fen(fen), **told))  # fmt: skip
    act(city, "ISSU", decompose_to_unit, DecomposeToUnit(
        key=codes[1], source=lines[1], target=lines[2], amount=Fen(fen), **told))  # fmt: skip
    act(city, "ISSU", issue_indicator, IssueIndicator(key=codes[2], line=lines[2], amount=Fen(fen), **told))
    return codes[2]


class Year:
    """A budget year in which anything may be tried; what is refused changes nothing."""

    def __init__(self, source):
        self.city = budgeted(make_city(source))
        self.paid = []
        self.city.receive(90_000_000_00)
        act(self.city, "APPR", approve_reserve, YEAR, Fen(5_000_000), key="reserve", on=dt.date(2024, 2, 6),
            document="人大〔2024〕1号", prepared_by="comp")  # fmt: skip
        act(self.city, "APPR", record_adjustment, Adjustment(
            fiscal_year=YEAR, document=DOCUMENT, title="方案", passed_on=dt.date(2024, 3, 1), amount_fen=30_000_000))  # fmt: skip
        act(self.city, "APPR", set_reallocation_limit, ReallocationLimit(
            same_func_fen=10**9, other_func_fen=10**9, document="府1号"))  # fmt: skip
        with snapshot(self.city.source) as connection:
            self.granted = {each.indicator: each for each in grants(connection, self.city.treasury_id, YEAR)}

    def line(self, code):
        return self.granted[code].line(code, "201")

    def dims(self, code, **more):
        return self.line(code).dims(**more)

    def post(self, duty, kind, by, code, fen, *, facts=("amount",), document=None, **more):
        given_facts = {name: Fen(fen if n == len(facts) - 1 else 0) for n, name in enumerate(facts)}
        return self.city.post(duty, self.city.event(kind, prepared_by=by, facts=given_facts, document=document,
                                                    dims=self.dims(code, **more)))  # fmt: skip

    def use(self, code):
        dept, gov = USES[code]
        return {"dept_econ": dept, "gov_econ": gov, "counterparty": "某公司"}

    def hold(self, code, _other, fen):
        self.post("PCHK", "indicator_hold", "over", code, fen)

    def free(self, code, _other, fen):
        self.post("PCHK", "indicator_release", "over", code, fen)

    def add(self, code, _other, fen):
        self.post("APPR", "budget_addition", "comp", code, fen, facts=BOTH, document=DOCUMENT, revenue="1010101")

    def cut(self, code, _other, fen):
        self.post("ISSU", "budget_reduction", "revw", code, fen, facts=BOTH, document=DOCUMENT, revenue="1010101")

    def recover(self, code, _other, fen):
        self.post("ISSU", "indicator_recovery", "revw", code, fen, facts=BOTH)

    def give_back(self, code, _other, fen):
        of = self.granted[code]
        root = {"fund": of.fund, "func": of.func, "indicator": of.root}
        self.city.post("ISSU", self.city.event(
            "indicator_return", prepared_by="revw", facts={"awaiting": Fen(0), "executable": Fen(fen)},
            parties={"from": self.dims(code), "to": root}))  # fmt: skip

    def move(self, code, other, fen):
        parties = {"from": self.dims(code), "to": self.dims(other)}
        self.city.post("ISSU", self.city.event("indicator_reallocation", prepared_by="revw", facts={"amount": Fen(fen)},
                                     parties=parties))  # fmt: skip

    def give(self, code, _other, fen):
        target = BudgetLine(indicator=code, fund="1", func=self.granted[code].func, agency="201",
                            dept_econ=self.granted[code].dept_econ, project=self.granted[code].project)  # fmt: skip
        act(self.city, "ISSU", use_reserve, UseReserve(
            key=f"g-{next(self.city.numbers)}", on=dt.date(2024, 6, 1), narration="动用预备费", prepared_by="revw",
            document="府发〔2024〕3号", source=BudgetLine(indicator=RESERVE, fund="1", func="227"), target=target,
            amount=Fen(fen)))  # fmt: skip

    def more(self, code, _other, fen):
        of = self.granted[code]
        beside = granted(self.city, fen, of.func, of.dept_econ, of.project)
        of_project = {"project": of.project} if of.project else {}
        self.paid.append(self.city.pay(beside, fen // 3 + 1, func=of.func, **self.use(code), **of_project))

    def beside(self, code, _other, fen):
        beside = self.city.grant(fen, func=self.granted[code].func)
        self.paid.append(self.city.pay(beside, fen // 3 + 1, func=self.granted[code].func))

    def apply(self, code, _other, fen):
        self.post("PCHK", "payment_reservation", "appl", code, fen, **self.use(code))

    def pay(self, code, _other, fen):
        self.paid += self.post("SIGN", "treasury_payment", "appl", code, fen, **self.use(code))

    def spend(self, code, other, fen):
        self.apply(code, other, fen)
        self.pay(code, other, fen)

    def refund(self, code, _other, fen):
        self.paid += self.post("SIGN", "payment_refund", "appl", code, fen, **self.use(code))

    def withdraw(self, code, _other, fen):
        self.post("PCHK", "reservation_release", "appl", code, fen, **self.use(code))

    def reverse(self, _code, _other, fen):
        if self.paid:
            posted = self.paid.pop(fen % len(self.paid))
            act(self.city, "AUDT_IN", journal.reverse, posted.event_id, key=f"r-{next(self.city.numbers)}", on=LAST,
                narration="冲销", prepared_by="book")  # fmt: skip

    def settle(self, _code, _other, _fen):
        for line in LINES:
            with snapshot(self.city.source) as connection:
                waiting = books_of(connection, self.city.treasury_id, YEAR).of(line).reserved
            if waiting:
                self.post("PCHK", "reservation_release", "appl", line, waiting, **self.use(line))
        act(self.city, "PCHK", release_holds, YEAR, **HELD)
        act(self.city, "ISSU", cancel_undistributed, YEAR, "1010101", **BY)

    def end(self, _code, _other, fen):
        act(self.city, "ISSU", end_budget_year, YEAR, {WATER} if fen % 2 else (), **BY)

    def reopen(self, _code, _other, _fen):
        act(self.city, "ISSU", reopen_carried, YEAR, **BY)

    def again(self, _code, _other, _fen):
        act(self.city, "PCHK", hold_again, YEAR, **HELD)

    def undo(self, _code, _other, _fen):
        act(self.city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")


KINDS = ("beside", "more", "hold", "free", "add", "cut", "recover", "give_back", "move", "give", "apply", "pay",
         "spend", "spend", "refund", "withdraw", "reverse", "settle", "settle", "end", "end", "reopen", "again", "undo")  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(LINES), st.sampled_from(LINES), st.integers(1, 20_000_000)),
    max_size=14,
)


def told(city, year):
    """What the desk tells of each line of 201: function, class, project; approved, carried, adjusted, paid; left."""
    with snapshot(city.source) as connection:
        books = books_of(connection, city.treasury_id, year)
    sums = defaultdict(lambda: [0] * 7)
    for each in books.every:
        of, own = each.of, each.figures
        left = own.awaiting + own.free + own.held + own.reserved
        figures = (of.fen, each.carried_fen, each.adjusted_fen, each.executed_fen, left, own.recovered, own.handed_on)
        into = sums[of.func, of.dept_econ or "", of.project or "", bool(each.carried_fen)]
        into[:] = map(sum, zip(into, figures, strict=True))
    return sorted((*use[:3], *figures) for use, figures in sums.items())


def in_public(found):
    """What everyone is told of each line, in the same order."""
    return sorted(
        (each.func, each.dept_econ or "", each.project or "", each.approved_fen, each.carried_fen, each.adjusted_fen,
         each.executed_fen, each.left_fen, each.recovered_fen, each.handed_on_fen)
        for each in found.lines
    )  # fmt: skip


def lived(source, steps):
    """Try steps one after the other; what is refused changes nothing. Tell the city and what was done."""
    year, done = Year(source), []
    for what, code, other, fen in steps:
        try:
            getattr(year, what)(code, other, fen)
            done.append(what)
        except LedgerError as refused:
            done.append(f"({what} {type(refused).__name__})")
    return year.city, done


def summed(lines, digits):
    """Add up approved, adjusted and paid by so many digits of the function."""
    sums = defaultdict(lambda: [0, 0, 0])
    for func, _, _, approved, _, adjusted, paid, *_ in lines:
        for n, fen in enumerate((approved, adjusted, paid)):
            sums[func[:digits]][n] += fen
    return sums


def agrees(source, steps):
    """Live a year and publish it; desk, public pages, execution, final accounts and identity are the same to the fen."""
    city, done = lived(source, steps)
    with snapshot(source) as connection:
        assert not rebuild(connection, city.treasury_id, YEAR).differences
    publish_budget(city, YEAR)
    explain(city, YEAR, DECEMBER)
    for code, last, on in (("I2024", DECEMBER, LAST), ("I2025", 1, dt.date(NEXT, 1, 31))):
        close_months(city, code, last)
        publish(city, code, on)
    for year, code, on in ((YEAR, "I2024", LAST), (NEXT, "I2025", dt.date(NEXT, 1, 31))):
        lines = told(city, year)
        with snapshot(source) as connection:
            execution = budget_execution(connection, set_code=code, treasury=city.treasury_id, agency="201")
        with source.engine("public").connect() as public:
            found = budget_in_year(public, city.treasury_id, year, ["201"])
            final = budget_lines(public, city.treasury_id, "201", year, on, ())
            chain = published_identity(public, city.treasury_id, code, "indicator_2023", "201")
        assert in_public(found) == lines
        assert {of.residual for of in chain.values()} <= {0}  # approved and changed = committed, paid and free
        at = [column.name for column in execution.columns]
        rows = [
            {**dict(zip(at, row.cells, strict=True)), "func": row.cells[0]} for row in execution.rows if not row.rolled
        ]
        by_func = {func: figures for func, figures in summed(lines, 7).items() if any(figures)}
        assert {row["func"]: [row["budget"], row["executed"]] for row in rows if row["budget"] or row["executed"]} == {
            func: figures[1:] for func, figures in by_func.items()
        }
        by_class = {func: figures[:2] for func, figures in summed(lines, 3).items() if any(figures)}
        assert {each.func: [each.budget_fen, each.adjusted_fen] for each in final} == by_class
    return done


@pytest.mark.parametrize(
    "steps",
    [
        [("beside", GOODS, GOODS, 1_000)],
        [("more", GOODS, GOODS, 1_000), ("more", WATER, WATER, 7)],
        [("hold", WATER, WATER, 700), ("give", GOODS, GOODS, 70_010), ("spend", WATER, WATER, 12_345), ("reverse", PAY, PAY, 0),
         ("spend", WATER, WATER, 4_321), ("settle", PAY, PAY, 1), ("end", PAY, PAY, 2), ("reopen", PAY, PAY, 1),
         ("undo", PAY, PAY, 1), ("move", PAY, GOODS, 9), ("settle", PAY, PAY, 1), ("end", PAY, PAY, 2), ("reopen", PAY, PAY, 1)],
    ],
    ids=["granted beside the budget", "granted beside a line of it", "carried over, undone and carried again"],
)  # fmt: skip
def test_a_year_that_is_told_is_told_the_same_everywhere(source, steps):
    assert agrees(source, steps) == [what for what, *_ in steps]


@settings(max_examples=4, deadline=None)
@given(STEPS)
def test_whatever_happens_in_a_year_every_page_tells_the_same(source, steps):
    agrees(source, steps)
