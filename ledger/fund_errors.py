"""What may be refused of special funds, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.budget_errors import RecorderApproves, UnknownBudgetRecord
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode


class CallInvalid(LedgerError):
    """A call closes after it opens and is reviewed by an odd number of experts, three to fifteen."""

    code = "call-invalid"
    zh = "申报截止日不得早于开始日，评审专家须为三至十五名的单数。"


class ApplicationOutOfTime(LedgerError):
    """An application is taken from the opening to the closing day of its call, and never after the draw."""

    code = "application-out-of-time"
    zh = "申报须在申报期内提交；专家抽取后不再受理。"


class ApplicationIncomplete(LedgerError):
    """An application names at least one cost line."""

    code = "application-incomplete"
    zh = "申报须列明费用明细。"


class CheckUnreasoned(LedgerError):
    """An application that does not pass the formal check is told why."""

    code = "check-unreasoned"
    zh = "形式审查不通过须写明理由。"


class AlreadyDecided(LedgerError):
    """It was checked, drawn, judged, decided or published before; each is done once."""

    code = "already-decided"
    zh = "该事项已办理，不得重复办理。"


class DrawOutOfTime(LedgerError):
    """Experts are drawn after the closing day, so that nobody who applies knows who will review."""

    code = "draw-out-of-time"
    zh = "申报截止后方可抽取专家。"


class TooFewExperts(LedgerError):
    """The field has fewer experts without a tie to an applicant than the call needs."""

    code = "too-few-experts"
    zh = "可抽取的无回避关系专家不足。"


class OpinionOutOfPlace(LedgerError):
    """Only an expert with a seat judges, and only applications that passed the formal check."""

    code = "opinion-out-of-place"
    zh = "仅由抽中的专家评审，且申报须已通过形式审查。"


class OpinionRaises(LedgerError):
    """An expert leaves every cost line as asked or lowers it for a reason."""

    code = "opinion-raises"
    zh = "专家意见须逐项给出，只能维持或核减，核减须写明理由。"


class OpinionsMissing(LedgerError):
    """Money is granted when every seated expert has judged."""

    code = "opinions-missing"
    zh = "全部专家出具意见后方可审定。"


class CollectiveNeeded(LedgerError):
    """From the threshold on a collective decides: two thirds present, a majority of all members, and minutes."""

    code = "collective-needed"
    zh = "达到限额须集体审议：三分之二以上成员到会，全体成员过半数同意，并有会议纪要。"


class CallExhausted(LedgerError):
    """The grants of a call together do not exceed its money."""

    code = "call-exhausted"
    zh = "审定金额超过该专项资金剩余额度。"


class FundedTwice(LedgerError):
    """A project of the same applicant, name and site is funded once, in whatever call or year."""

    code = "funded-twice"
    zh = "同一申报单位同一地点的同一项目不得重复安排资金。"


class ResultsIncomplete(LedgerError):
    """Results are published after the closing day, when every application is checked and, having passed, decided."""

    code = "results-incomplete"
    zh = "申报截止、全部申报经形式审查且通过者均已审定后，方可公示结果。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "call_plain": InvalidText,
    "call_text_plain": InvalidText,
    "call_amount_in_range": InvalidAmount,
    "call_threshold_in_range": InvalidAmount,
    "call_experts_odd": CallInvalid,
    "call_forward": CallInvalid,
    "fund_call_pkey": AlreadyDecided,
    "application_plain": InvalidText,
    "application_text_plain": InvalidText,
    "application_agency_known": UnknownCode,
    "application_call_known": UnknownBudgetRecord,
    "application_in_time": ApplicationOutOfTime,
    "application_has_costs": ApplicationIncomplete,
    "fund_application_pkey": AlreadyDecided,
    "fund_cost_said": ApplicationIncomplete,
    "fund_cost_in_range": InvalidAmount,
    "fund_checked_once": AlreadyDecided,
    "fund_check_known": UnknownBudgetRecord,
    "fund_saver_may_not_check": RecorderApproves,
    "fund_check_reasoned": CheckUnreasoned,
    "fund_check_plain": InvalidText,
    "expert_plain": InvalidText,
    "expert_text_plain": InvalidText,
    "expert_pkey": AlreadyDecided,
    "expert_tie_said": InvalidText,
    "expert_tie_reasoned": InvalidText,
    "draw_after_closing": DrawOutOfTime,
    "draw_seed_said": InvalidText,
    "draw_source_said": InvalidText,
    "draw_has_experts": TooFewExperts,
    "experts_drawn_once": AlreadyDecided,
    "opinion_after_check": OpinionOutOfPlace,
    "opinion_of_drawn_expert": OpinionOutOfPlace,
    "opinion_once": AlreadyDecided,
    "opinion_only_lowers": OpinionRaises,
    "opinion_not_negative": InvalidAmount,
    "opinion_line_known": OpinionRaises,
    "opinion_score_in_range": OpinionOutOfPlace,
    "opinion_reason_plain": InvalidText,
    "decision_after_opinions": OpinionsMissing,
    "decision_of_collective": CollectiveNeeded,
    "decision_votes_counted": CollectiveNeeded,
    "decision_within_call": CallExhausted,
    "decision_reasoned": InvalidText,
    "decision_amount_fits": InvalidAmount,
    "expert_tie_pkey": AlreadyDecided,
    "expert_tie_treasury_id_expert_fkey": UnknownBudgetRecord,
    "fund_decided_once": AlreadyDecided,
    "fund_once_per_project": FundedTwice,
    "fund_published_whole": ResultsIncomplete,
    "fund_published_once": AlreadyDecided,
}
"""Which reason a named constraint of the database stands for."""
