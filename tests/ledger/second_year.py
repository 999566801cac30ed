"""A small city that lived through 2024, ended its budget year, and goes on in 2025 with a new budget and what was carried over."""

import datetime as dt
from dataclasses import replace

from ledger import install
from ledger.compilation.approval import approve, release_to_departments, release_to_units
from ledger.compilation.carry_over import end_budget_year, next_year, reopen_carried
from ledger.compilation.packages import save_package
from ledger.compilation.performance import confirm_results, explain_pace, record_results
from ledger.compilation.reserve import UseReserve, approve_reserve, use_reserve
from ledger.compilation.rounds import Ceiling, resolve_budget, set_ceilings, submit_budget
from ledger.compilation.standards import DriverValue, approve_drivers, awaiting_drivers, record_drivers
from ledger.db import owner, snapshot
from ledger.disclosure.budgets import PublishBudget, publish_budget
from ledger.install import SetPlan
from ledger.money import Fen
from ledger.orders import BudgetLine
from ledger.periods import close_for_good
from ledger.sequencer import sequence
from tests.ledger.budget_city import DIGEST, PERSONNEL, TESTS, YEAR, act, resolution
from tests.ledger.performance_error_examples import ANSWERS, BEHIND
from tests.ledger.test_carry_over import BY, FENS, FIRST, GOODS, WATER, budgeted

NEXT, DECEMBER = 2025, 12
MARCH_NEXT = dt.date(NEXT, 3, 31)
PAID, GIVEN, PAID_NEXT = 12_345, 70_010, 4_321
"""Paid of the water tests in 2024, given to the line of goods out of the reserve, and paid of what was carried over in 2025."""
CARRIED = FENS[3] - PAID
HEIR = next_year(WATER, YEAR)
"""The water tests of 2024, which go on in 2025."""
AGAIN = replace(PERSONNEL, package="2025-201-RY", fiscal_year=NEXT)
TESTS_AGAIN = replace(TESTS, package="2025-201-JC-1", fiscal_year=NEXT)
"""The same project is approved for 2025 once more: what is left of 2024 stands beside it."""
TOTAL_NEXT = FENS[0] + FENS[3]
WATER_DIMS = {"fund": "1", "func": TESTS.func, "agency": "201", "project": TESTS.project, "dept_econ": "30227",
              "gov_econ": "50205", "counterparty": "检测站"}  # fmt: skip


def first_year(city):
    """Approve, release and spend a little of the budget of 2024; a line is given something out of the reserve."""
    budgeted(city)
    city.receive(9_000_000)
    city.pay(WATER, PAID, **{name: code for name, code in WATER_DIMS.items() if name not in {"fund", "agency"}})
    code = f"{YEAR}-R-1-227"
    act(city, "APPR", approve_reserve, YEAR, Fen(GIVEN), key="reserve", on=dt.date(2024, 2, 6), document="人大〔2024〕1号",
        prepared_by="comp")  # fmt: skip
    target = BudgetLine(indicator=GOODS, fund="1", func=PERSONNEL.func, agency="201", dept_econ="30201")
    given = UseReserve(
        key="reserve-1", on=dt.date(2024, 6, 1), narration="动用预备费", prepared_by="revw", document="府发〔2024〕3号",
        source=BudgetLine(indicator=code, fund="1", func="227"), target=target, amount=Fen(GIVEN),
    )  # fmt: skip
    act(city, "ISSU", use_reserve, given)
    publish(city, YEAR)
    return city


def end_year(city):
    """Carry over what may be, let the rest lapse, and open it again in 2025."""
    act(city, "ISSU", end_budget_year, YEAR, (), **BY)
    act(city, "ISSU", reopen_carried, YEAR, **BY)


def second_budget(city):
    """Approve, release and publish the budget of 2025."""
    act(city, "COMP", record_drivers, [
        DriverValue(agency="201", driver="headcount", fiscal_year=NEXT, quantity_milli=37_000, origin="编制系统2024年8月"),
    ])  # fmt: skip
    with snapshot(city.source) as connection:
        waiting = awaiting_drivers(connection, city.treasury_id, NEXT)
    act(city, "REVW", approve_drivers, waiting)
    for package in (AGAIN, TESTS_AGAIN):
        act(city, "COMP", save_package, package)
    act(city, "COMP", submit_budget, NEXT, "201", 1)
    ceiling = Ceiling(fiscal_year=NEXT, department="201", fund="1", amount_fen=TOTAL_NEXT, document="财预〔2024〕88号")
    act(city, "REVW", set_ceilings, [ceiling])
    act(city, "COMP", submit_budget, NEXT, "201", 2)
    act(city, "APPR", resolve_budget, replace(resolution(TOTAL_NEXT), fiscal_year=NEXT, document="人大〔2025〕1号",
                                              passed_on=dt.date(2025, 1, 20)))  # fmt: skip
    at = (city.treasury_id, NEXT)
    act(city, "APPR", approve, *at, "comp")
    act(city, "ISSU", release_to_departments, *at, dt.date(2025, 2, 5), "财预〔2025〕3号", "revw")
    act(city, "ISSU", release_to_units, *at, dt.date(2025, 2, 6), "教财〔2025〕1号", "revw")
    publish(city, NEXT)


def pay_carried(city):
    """Pay a little of what was carried over, in the books of 2025."""
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [
            SetPlan("B2025", "101", "bureau", "general_budget_2023", NEXT, FIRST, "财政总会计", "Bureau"),
            SetPlan("A201-2025", "201", "agency", "unit_2019", NEXT, FIRST, "教育局", "Education"),
        ])  # fmt: skip
    on = dt.date(2025, 3, 5)
    city.receive(1_000_000, on=on)
    for duty, kind in (("PCHK", "payment_reservation"), ("SIGN", "treasury_payment")):
        dims = {**WATER_DIMS, "indicator": HEIR}
        city.post(duty, city.event(kind, prepared_by="appl", on=on, facts={"amount": Fen(PAID_NEXT)}, dims=dims))


def publish(city, year):
    """Publish the budget of a year without its checks: its notes are not what is looked at."""
    act(city, "PUBL", publish_budget, PublishBudget(fiscal_year=year, agency="201", sha256=DIGEST, narrative=0))


def explain(city, year, last, package=TESTS):
    """Say why each month up to one is off pace; a whole year has results of its project too."""
    for month in range(1, last + 1):
        act(city, "COMP", explain_pace, replace(BEHIND, fiscal_year=year, month=month))
    if last == DECEMBER:
        act(city, "COMP", record_results, package.package, ANSWERS)
        act(city, "REVW", confirm_results, package.package, 1, "属实")


def close_months(city, code, last):
    """Close the months of a set up to one for good."""
    for number in range(last + 1):
        act(city, "CLOS", close_for_good, code, number, "结账")
    sequence(city.source, city.treasury_id)
