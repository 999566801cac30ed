"""The refusals of pace and performance, each with the smallest input that provokes it."""

import datetime as dt
from dataclasses import replace

from ledger import performance_errors
from ledger.compilation.performance import Answer, PaceReason, explain_pace, record_results
from ledger.compilation.rounds import resolve_budget
from ledger.periods import close_for_good
from tests.ledger.budget_city import PACKAGES, TESTS, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.error_examples import example
from tests.ledger.test_budget_binds import release

BEHIND = PaceReason(
    fiscal_year=YEAR, agency="201", month=2, reason="招标延期", remedy="三月完成招标", due_on=dt.date(2024, 3, 31)
)
ANSWERS = tuple(
    Answer(target_no=no, result=f"完成第{no}项", score_tenths=1000, met=True) for no in range(1, len(TESTS.targets) + 1)
)
MADE = 812_345 * 37 * 12 + 300_001 * 37 + round(355 * 1234.5 * 12) + 12_345 * 1250 * 3 + 88_800_055
"""What all packages come to, in fen."""


def budgeted(city):
    """Approve and release the whole budget of 201."""
    prepare(city)
    compile_budget(city, *PACKAGES)
    act(city, "APPR", resolve_budget, resolution(MADE))
    release(city)
    return city


def shut(city, last):
    """Close the months of 201 up to one."""
    for number in range(last + 1):
        act(city, "CLOS", close_for_good, "A201-2024", number, "结账")


@example(
    performance_errors.PaceUnexplained, "February closed with nothing spent and no reason", "二月分文未支且未说明即结账"
)
def _off_pace(city, _folder):
    shut(budgeted(city), 2)


@example(
    performance_errors.PerformanceMissing, "December closed before the results of projects", "项目未自评即结十二月"
)
def _no_results(city, _folder):
    budgeted(city)
    for month in range(1, 13):
        act(city, "COMP", explain_pace, replace(BEHIND, month=month))
    shut(city, 12)


@example(performance_errors.PerformanceIncomplete, "five of six objectives answered", "六项目标只填五项")
def _five(city, _folder):
    act(budgeted(city), "COMP", record_results, TESTS.package, ANSWERS[:5])


@example(performance_errors.NotInApprovedBudget, "results of a project nobody approved", "未批准项目的自评")
def _nobody(city, _folder):
    act(city, "COMP", record_results, "2024-201-NONE", ANSWERS)


@example(performance_errors.ExplanationMissing, "a blank reason", "原因空白")
def _blank(city, _folder):
    act(budgeted(city), "COMP", explain_pace, replace(BEHIND, reason=" "))


@example(performance_errors.MonthNotOver, "a reason for a month to come", "下月尚未到来即说明原因")
def _early(city, _folder):
    act(city, "COMP", explain_pace, replace(BEHIND, fiscal_year=dt.datetime.now(dt.UTC).year + 1))
