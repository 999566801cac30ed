"""The refusals of special funds, each with the smallest input that provokes it."""

import datetime as dt
from dataclasses import replace

from ledger import fund_errors
from ledger.compilation.special_funds import apply, check, decide, draw_experts, open_call, publish_results
from tests.ledger.error_examples import example
from tests.ledger.fund_city import AGREED, CALL, PUMP, SEED, act, drawn, judge, open_fund, seated_of

_SMALL = [(5_000_000, 1)] * 3


def fund_example(error, en, zh):
    """Enter the example of an error that needs an open call and a pool of experts first."""

    def enter(provoke):
        def opened(city, _folder):
            open_fund(city)
            provoke(city)

        return example(error, en, zh)(opened)

    return enter


def again(city, **changes):
    """Apply and be judged a second time, for the other application ``SB-2``."""
    seated = drawn(city, PUMP, replace(PUMP, **{"application": "SB-2", **changes}))
    judge(city, seated, *_SMALL)
    act(city, "APPR", decide, AGREED)
    return seated


fund_example(fund_errors.CallInvalid, "a call with four experts", "申报通知的专家数为四名")(
    lambda city: act(city, "REVW", open_call, replace(CALL, call="even", experts=4))
)
fund_example(fund_errors.ApplicationOutOfTime, "an application on the day after the closing day", "截止次日提交的申报")(
    lambda city: act(city, "COMP", apply, replace(PUMP, saved_on=dt.date(2024, 3, 2)))
)
fund_example(fund_errors.ApplicationIncomplete, "an application without a cost line", "申报没有费用明细")(
    lambda city: act(city, "COMP", apply, replace(PUMP, costs=()))
)


@fund_example(fund_errors.CheckUnreasoned, "an application that fails its check without a reason", "不通过而不写理由")
def _unreasoned(city):
    act(city, "COMP", apply, PUMP)
    act(city, "REVW", check, "SB-1", passed=False)


@fund_example(fund_errors.AlreadyDecided, "experts drawn twice", "重复抽取专家")
def _twice(city):
    drawn(city)
    act(city, "PEXP", draw_experts, "ZX2024-01", SEED)


@fund_example(fund_errors.DrawOutOfTime, "a draw while the call is open", "申报期内抽取专家")
def _early(city):
    act(city, "REVW", open_call, replace(CALL, call="late", closes_on=dt.date(2099, 1, 1)))
    act(city, "PEXP", draw_experts, "late", SEED)


@fund_example(fund_errors.TooFewExperts, "seven experts wanted of a pool of six", "六名专家中抽取七名")
def _few(city):
    act(city, "REVW", open_call, replace(CALL, call="seven", experts=7))
    act(city, "PEXP", draw_experts, "seven", SEED)


@fund_example(fund_errors.OpinionOutOfPlace, "an opinion of an expert who was excluded", "应回避的专家出具意见")
def _outsider(city):
    drawn(city)
    judge(city, ["E2"], (1, 1))


@fund_example(fund_errors.OpinionRaises, "an opinion of one fen more than was asked", "意见比申报多一分")
def _raised(city):
    judge(city, drawn(city)[:1], (9_000_004, 1))


@fund_example(fund_errors.OpinionsMissing, "a grant before the experts have judged", "专家出具意见前审定")
def _missing(city):
    drawn(city)
    act(city, "APPR", decide, AGREED)


@fund_example(fund_errors.CollectiveNeeded, "a grant above the threshold without minutes", "限额以上审定没有会议纪要")
def _alone(city):
    judge(city, drawn(city), *[(9_000_000, 1_000_000)] * 3)
    act(city, "APPR", decide, replace(AGREED, minutes_sha256=None))


@fund_example(fund_errors.CallExhausted, "grants of more than the call has", "审定总额超过专项资金")
def _exhausted(city):
    act(city, "REVW", open_call, replace(CALL, call="poor", total_fen=1))
    poor = replace(PUMP, call="poor")
    act(city, "COMP", apply, poor)
    act(city, "REVW", check, "SB-1", passed=True)
    act(city, "PEXP", draw_experts, "poor", SEED)
    judge(city, seated_of(city, "poor"), *_SMALL)
    act(city, "APPR", decide, AGREED)


@fund_example(fund_errors.FundedTwice, "the same project applied for twice", "同一项目申报两次")
def _duplicate(city):
    judge(city, again(city, project_zh="高效水泵 生产线改造。"), *_SMALL, application="SB-2")
    act(city, "APPR", decide, replace(AGREED, application="SB-2"))


@fund_example(fund_errors.ResultsIncomplete, "results published with an application undecided", "尚有未审定申报即公示")
def _undecided(city):
    drawn(city)
    act(city, "PUBL", publish_results, "ZX2024-01")
