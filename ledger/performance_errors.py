"""What may be refused of spending pace and of the results of projects, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.budget_errors import AlreadyApproved, PackageMoved, RecorderApproves
from ledger.errors import LedgerError, UnknownCode


class PaceUnexplained(LedgerError):
    """Spending and time are too far apart: the month closes for good once the agency has said why."""

    code = "pace-unexplained"
    zh = "支出进度与时间进度相差过大，单位说明原因后方可结账。"


class PerformanceMissing(LedgerError):
    """The last month closes once every approved project has results that the finance division confirmed."""

    code = "performance-missing"
    zh = "各批准项目的绩效自评经财政部门复核后，方可年终结账。"


class PerformanceIncomplete(LedgerError):
    """Every objective is answered once, with a score from 0 to 100."""

    code = "performance-incomplete"
    zh = "每项绩效目标须且只须填报一次，评分在0至100之间。"


class NotInApprovedBudget(LedgerError):
    """The agency or the project has no part in an approved budget."""

    code = "not-in-approved-budget"
    zh = "该单位或项目不在已批准的预算之内。"


class ExplanationMissing(LedgerError):
    """A reason, a remedy, a result, a cause of what was missed and an opinion are said in words."""

    code = "explanation-missing"
    zh = "原因、措施、完成情况、未完成的缘由和复核意见须写明。"


class MonthNotOver(LedgerError):
    """Why a month was off pace is said from its last day on."""

    code = "month-not-over"
    zh = "支出进度原因自当月最后一日起填报。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "pace_explained": PaceUnexplained,
    "pace_budget_known": NotInApprovedBudget,
    "pace_month": UnknownCode,
    "pace_month_ended": MonthNotOver,
    "pace_due_said": ExplanationMissing,
    "pace_reason_said": ExplanationMissing,
    "pace_remedy_said": ExplanationMissing,
    "performance_recorded": PerformanceMissing,
    "performance_package_approved": NotInApprovedBudget,
    "performance_all_answered": PerformanceIncomplete,
    "performance_target_known": PerformanceIncomplete,
    "performance_score": PerformanceIncomplete,
    "performance_result_said": ExplanationMissing,
    "performance_cause_said": ExplanationMissing,
    "performance_opinion_said": ExplanationMissing,
    "performance_version_newest": PackageMoved,
    "performance_confirmed_once": AlreadyApproved,
    "performance_not_confirmed_by_recorder": RecorderApproves,
}
"""Which reason a named constraint of the database stands for."""
