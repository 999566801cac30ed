"""What may be refused of budgets, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode


class StandardBackwards(LedgerError):
    """A version of a standard begins on a day of its own, and does not end before it begins."""

    code = "standard-backwards"
    zh = "支出标准各版本须有不同的生效日，截止日不得早于生效日。"


class BudgetDocumentMissing(LedgerError):
    """A standard, a ceiling, a date, a limit, an approval or a resolution names its document."""

    code = "budget-document-missing"
    zh = "支出标准、控制数、日程、权限、批准和决议须写明文件。"


class RecorderApproves(LedgerError):
    """Who recorded or saved it may not be the one who approves or reviews it."""

    code = "recorder-approves"
    zh = "录入人不得审核或批准自己录入的内容。"


class UnknownBudgetRecord(LedgerError):
    """There is nothing of that name to approve, review or publish."""

    code = "unknown-budget-record"
    zh = "没有可审核、批准或公开的该项内容。"


class AlreadyApproved(LedgerError):
    """It is approved already."""

    code = "already-approved"
    zh = "该内容已批准。"


class ProjectNotInLibrary(LedgerError):
    """A project enters the budget only from the project library, reviewed and not ended (BUD-008)."""

    code = "project-not-in-library"
    zh = "项目未通过评审入库或已终止，不得编入预算。"


class ProjectOfOthers(LedgerError):
    """A project enters the budget of the department that it is registered for."""

    code = "project-of-others"
    zh = "项目只能编入其登记的归口部门的预算。"


class MandateMissing(LedgerError):
    """A package of the minimum or the current level names what obliges the agency to do it."""

    code = "mandate-missing"
    zh = "最低水平和现行水平的决策包须写明履职依据。"


class PackageChanged(LedgerError):
    """A package stays what it is: year, agency, activity, level, function, fund and project do not change."""

    code = "package-changed"
    zh = "决策包的年度、单位、活动、水平、功能科目、资金性质和项目不得更改。"


class PackageIncomplete(LedgerError):
    """A package says what it does, what follows without it, and of which lines its amount is made."""

    code = "package-incomplete"
    zh = "决策包须写明活动内容、不予安排的后果和测算明细。"


class NoStandard(LedgerError):
    """A price is an approved standard in force for this kind of agency and expenditure, or at least three quotes."""

    code = "no-standard"
    zh = "测算单价须引用适用的现行支出标准；项目支出无标准的，须附三家以上报价。"


class NotCounted(LedgerError):
    """The quantity of a line is approved basic data of the agency, or a stated workload with its source."""

    code = "not-counted"
    zh = "测算数量须为已审核的基础数据，或写明来源的业务量。"


class ReviewRaises(LedgerError):
    """A review leaves a line as it is or lowers it, and names the kind of each cut and its reason."""

    code = "review-raises"
    zh = "审核只能维持或核减，并须逐条写明核减类型和理由。"


class PackageMoved(LedgerError):
    """The package has a newer version, or none of that number."""

    code = "package-moved"
    zh = "该决策包已有新版本，或没有此版本。"


class PackageUnderWay(LedgerError):
    """The package was submitted, reviewed or ranked; it is no longer withdrawn."""

    code = "package-under-way"
    zh = "该决策包已上报、审核或排序，不得再撤回。"


class ProposalFirst(LedgerError):
    """The figure of the year before is shown when one's own proposal for the newest version is saved."""

    code = "proposal-first"
    zh = "先保存本人审核意见，再查看上年数。"


class RankingIncomplete(LedgerError):
    """A ranking gives every project package of department and fund one place, no level before the one below it."""

    code = "ranking-incomplete"
    zh = "排序须包括该部门该资金的全部项目决策包，不得并列，同一活动低水平在前。"


class ObjectivesMissing(LedgerError):
    """A project package has objectives of quantity, quality, time, cost, benefit and satisfaction (BUD-009)."""

    code = "objectives-missing"
    zh = "项目决策包须有数量、质量、时效、成本、效益和满意度绩效目标。"


class RoundOutOfOrder(LedgerError):
    """The second round follows the ceilings, the resolution follows the second round, and no round comes back."""

    code = "round-out-of-order"
    zh = "先下达控制数再二上，二上后方可提请批准，不得退回上一轮。"


class BudgetResolved(LedgerError):
    """The Congress has approved the budget of the year; it changes by an adjustment only."""

    code = "budget-resolved"
    zh = "该年度预算已经人大批准，只能依法调整。"


class BudgetNotResolved(LedgerError):
    """The Congress has not approved the budget of the year; nothing can be released from it."""

    code = "budget-not-resolved"
    zh = "该年度预算尚未经人大批准，不得批复下达。"


class ResolutionUnmet(LedgerError):
    """The total of the resolution is not what the funded packages add up to."""

    code = "resolution-unmet"
    zh = "决议总额与资金线以内决策包合计不符。"


class BudgetUnbalanced(LedgerError):
    """An agency spends from a fund of its own exactly what it expects of it (BUD-001)."""

    code = "budget-unbalanced"
    zh = "单位专户资金、单位资金的收入与支出不平。"


class FundsMixed(LedgerError):
    """Money of one fund is not reallocated to another, whoever approves it."""

    code = "funds-mixed"
    zh = "不同资金性质之间不得调剂。"


class BeyondAuthority(LedgerError):
    """The reallocation is beyond the limit of who issues indicators; it needs an approval of its own."""

    code = "beyond-authority"
    zh = "超出调剂权限，须先经批准。"


class AdjustmentNotApproved(LedgerError):
    """An approved budget is cut, or the stabilisation fund drawn on, only by an approved adjustment (BUD-006)."""

    code = "adjustment-not-approved"
    zh = "追减预算、动用预算稳定调节基金须有经批准的预算调整方案，且不超过其数额。"


class StabilisationFundShort(LedgerError):
    """More is drawn on the stabilisation fund than it holds."""

    code = "stabilisation-fund-short"
    zh = "动用数超过预算稳定调节基金的余额。"


class CarriedOverBefore(LedgerError):
    """What was carried over once is surplus at the end of the next year and is recovered (BUD-007)."""

    code = "carried-over-before"
    zh = "连续两年未用完的结转资金须作为结余收回，不得再次结转。"


class ReopenedBeyondCarryOver(LedgerError):
    """What is opened again in a year was carried over from the line it continues, and is not taken back while open."""

    code = "reopened-beyond-carry-over"
    zh = "恢复的结转指标不得超过上年结转数；已恢复的，须先冲销恢复，再冲销结转。"


class BudgetYearUnsettled(LedgerError):
    """Before a budget year ends holds are set free, applications settled, and all budget given or cancelled."""

    code = "budget-year-unsettled"
    zh = "年终结转前，冻结须解除，支付申请须办结，未分解下达的预算须下达或核销。"


class NothingToUndo(LedgerError):
    """No step of this year end stands that could be undone."""

    code = "nothing-to-undo"
    zh = "没有可撤销的年终结转。"


class AdvanceUnlawful(LedgerError):
    """Before the Congress approves the budget only carry-over and what was given in advance may be spent (PAY-012)."""

    code = "advance-unlawful"
    zh = "预算批准前，只能使用上年结转和依法提前安排的支出。"


class AdvanceTooLate(LedgerError):
    """Money is given in advance within the year, as long as the Congress has not approved its budget."""

    code = "advance-too-late"
    zh = "仅在本年度预算批准前可提前安排支出。"


class BeyondLastYear(LedgerError):
    """In advance a unit gets no more of a fund than it spent in the same period of the year before."""

    code = "beyond-last-year"
    zh = "预算批准前安排的支出不得超过上年同期支出数。"


class BudgetBelowAdvance(LedgerError):
    """Less is approved for a purpose than was given for it in advance."""

    code = "budget-below-advance"
    zh = "批准的预算少于已提前安排的支出。"


class OwnMoneyBeyondBudget(LedgerError):
    """A unit spends its own money within its approved budget, function by function and as a whole."""

    code = "own-money-beyond-budget"
    zh = "单位资金支出不得超出批准的单位资金预算。"


class AskedBefore(LedgerError):
    """The same change of own money was asked for and waits to be approved."""

    code = "asked-before"
    zh = "同样的单位资金调整已申请，正待批复。"


class FundNotInBank(LedgerError):
    """What leaves a unit's bank account bears the fund of what it pays for, which the account holds."""

    code = "fund-not-in-bank"
    zh = "单位账户支付的资金性质应与支出一致，且账户中须有该性质的资金。"


class MoneyByHand(LedgerError):
    """By hand, what a unit has and has spent of a fund does not rise, but its own money by income."""

    code = "money-by-hand"
    zh = "手工凭证不得增加单位某一性质的资金与支出合计；单位资金只能因收入增加。"


class IndicatorByHand(LedgerError):
    """Budget moves by its events: in the indicator set nothing is entered by hand, nor opened once events moved it."""

    code = "indicator-by-hand"
    zh = "预算指标只由其业务变动：指标账不录手工凭证；已有业务后不录期初数；年终结账只结转规则所列科目。"


class ThreePublicAstray(LedgerError):
    """The three public expenses are paid from indicators of their own class, which no other class tops up (BUD-017)."""

    code = "three-public-astray"
    zh = "三公经费只能由本经济分类的指标支付，不得由其他分类调入。"


class BudgetAlreadyPublished(LedgerError):
    """The budget of the agency and year is public already."""

    code = "budget-already-published"
    zh = "该单位该年度预算已公开。"


class TablesFailChecks(LedgerError):
    """The statutory tables do not agree with each other; they cannot be published."""

    code = "tables-fail-checks"
    zh = "公开表勾稽不符，不得公开。"


class NotesMoved(LedgerError):
    """The notes of the budget have changed since its tables were checked; check them again."""

    code = "notes-moved"
    zh = "情况说明在勾稽核对之后有变动，须重新核对。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "standard_plain": InvalidText,
    "standard_text_plain": InvalidText,
    "standard_category_known": UnknownCode,
    "standard_driver_known": UnknownCode,
    "standard_kind_known": UnknownCode,
    "standard_per_known": UnknownCode,
    "standard_amount_in_range": InvalidAmount,
    "standard_begins_once": StandardBackwards,
    "standard_valid_forward": StandardBackwards,
    "standard_document_said": BudgetDocumentMissing,
    "standard_recorder_may_not_approve": RecorderApproves,
    "standard_approved_once": AlreadyApproved,
    "standard_approval_known": UnknownBudgetRecord,
    "driver_value_known": UnknownCode,
    "driver_quantity_in_range": NotCounted,
    "driver_origin_said": NotCounted,
    "driver_agency_known": UnknownCode,
    "driver_approved_once": AlreadyApproved,
    "driver_approval_known": UnknownBudgetRecord,
    "driver_recorder_may_not_approve": RecorderApproves,
    "budget_code_known": UnknownCode,
    "budget_record_known": UnknownBudgetRecord,
    "package_plain": InvalidText,
    "package_activity_plain": InvalidText,
    "package_text_plain": InvalidText,
    "package_category_known": UnknownCode,
    "package_level_known": UnknownCode,
    "package_agency_known": UnknownCode,
    "package_project_named": ProjectNotInLibrary,
    "package_project_in_library": ProjectNotInLibrary,
    "package_project_of_department": ProjectOfOthers,
    "package_basic_is_one_level": PackageChanged,
    "package_level_once": PackageChanged,
    "package_stays_itself": PackageChanged,
    "package_mandate_said": MandateMissing,
    "package_said": PackageIncomplete,
    "package_has_lines": PackageIncomplete,
    "package_price_has_standard": NoStandard,
    "package_standard_in_force": NoStandard,
    "package_three_quotes": NoStandard,
    "package_line_priced": NoStandard,
    "package_price_in_range": InvalidAmount,
    "package_driver_counted": NotCounted,
    "package_origin_said": NotCounted,
    "package_quantity_in_range": NotCounted,
    "package_times_in_range": NotCounted,
    "package_target_kind_known": UnknownCode,
    "package_target_said": InvalidText,
    "package_saver_may_not_review": RecorderApproves,
    "package_version_newest": PackageMoved,
    "package_opinion_plain": InvalidText,
    "review_quantity_in_range": ReviewRaises,
    "review_times_in_range": ReviewRaises,
    "review_cut_known": UnknownCode,
    "review_only_lowers": ReviewRaises,
    "review_cut_reasoned": ReviewRaises,
    "review_before_prior_year": ProposalFirst,
    "ranking_whole_and_in_levels": RankingIncomplete,
    "package_ranked_once": RankingIncomplete,
    "package_has_objectives": ObjectivesMissing,
    "ceiling_in_range": InvalidAmount,
    "ceiling_document_said": BudgetDocumentMissing,
    "ceiling_department_known": UnknownCode,
    "income_source_known": UnknownCode,
    "income_fund_fits": UnknownCode,
    "income_in_range": InvalidAmount,
    "income_basis_said": BudgetDocumentMissing,
    "income_agency_known": UnknownCode,
    "submission_round_known": RoundOutOfOrder,
    "submission_after_ceiling": RoundOutOfOrder,
    "submission_round_forward": RoundOutOfOrder,
    "submission_agency_known": UnknownCode,
    "package_not_under_way": PackageUnderWay,
    "package_withdrawal_reasoned": InvalidText,
    "submission_not_empty": PackageIncomplete,
    "resolution_after_second_round": RoundOutOfOrder,
    "resolution_meets_budget": ResolutionUnmet,
    "resolution_document_said": BudgetDocumentMissing,
    "resolution_title_said": BudgetDocumentMissing,
    "resolution_digest": BudgetDocumentMissing,
    "resolution_once": BudgetResolved,
    "budget_not_resolved": BudgetResolved,
    "budget_balanced": BudgetUnbalanced,
    "reallocation_within_authority": BeyondAuthority,
    "reallocation_within_fund": FundsMixed,
    "reallocation_limit_in_range": InvalidAmount,
    "reallocation_limit_other_in_range": InvalidAmount,
    "reallocation_limit_document_said": BudgetDocumentMissing,
    "reallocation_approval_in_range": InvalidAmount,
    "reallocation_approval_document_said": BudgetDocumentMissing,
    "reallocation_approved_once": AlreadyApproved,
    "reallocation_key_plain": InvalidText,
    "adjustment_approved": AdjustmentNotApproved,
    "stabilisation_fund_holds": StabilisationFundShort,
    "adjustment_once": AlreadyApproved,
    "adjustment_document_said": BudgetDocumentMissing,
    "adjustment_title_said": BudgetDocumentMissing,
    "adjustment_in_range": InvalidAmount,
    "carry_over_once": CarriedOverBefore,
    "advance_lawful": AdvanceUnlawful,
    "advance_before_resolution": AdvanceTooLate,
    "advance_within_last_year": BeyondLastYear,
    "advance_reason_lawful": AdvanceUnlawful,
    "advance_fund": UnknownCode,
    "advance_agency_known": UnknownCode,
    "advance_for_one_use": UnknownCode,
    "advance_in_range": InvalidAmount,
    "advance_document_said": BudgetDocumentMissing,
    "reopened_within_carried": ReopenedBeyondCarryOver,
    "own_money_within_budget": OwnMoneyBeyondBudget,
    "bank_money_of_its_fund": FundNotInBank,
    "bank_money_held": FundNotInBank,
    "fund_rises_by_event": MoneyByHand,
    "indicator_moved_by_event": IndicatorByHand,
    "own_change_budget_known": UnknownBudgetRecord,
    "own_change_known": UnknownBudgetRecord,
    "own_change_asked_once": AskedBefore,
    "own_change_in_range": InvalidAmount,
    "own_change_reason_said": BudgetDocumentMissing,
    "own_change_document_said": BudgetDocumentMissing,
    "own_change_approved_once": AlreadyApproved,
    "own_change_not_approved_by_asker": RecorderApproves,
    "three_public_of_its_own": ThreePublicAstray,
    "three_public_not_raised": ThreePublicAstray,
    "budget_step_known": UnknownCode,
    "budget_date_document_said": BudgetDocumentMissing,
    "budget_published_once": BudgetAlreadyPublished,
    "budget_publication_known": UnknownBudgetRecord,
    "narrative_agency_known": UnknownCode,
    "narrative_amount_in_range": InvalidAmount,
    "narrative_text_plain": InvalidText,
    "budget_notes_checked": NotesMoved,
}
"""Which reason a named constraint of the database stands for."""
