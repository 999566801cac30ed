"""What may be refused of reimbursement claims, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.budget_errors import AlreadyApproved, RecorderApproves, UnknownBudgetRecord
from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode


class VenueInvalid(LedgerError):
    """A venue is designated once from a day on, and not for days that end before they begin."""

    code = "venue-invalid"
    zh = "同一定点场所同一起始日只登记一次，截止日不得早于起始日。"


class ClaimOutOfTime(LedgerError):
    """The days of a claim go forward, lie in its fiscal year, and are over."""

    code = "claim-out-of-time"
    zh = "报销的起止日期须先后有序，在所属年度之内，且已经过去。"


class ClaimIncomplete(LedgerError):
    """A claim has lines, and every line but a daily allowance has its invoices."""

    code = "claim-incomplete"
    zh = "报销单须有明细；除按天包干的补助外，每行须列明发票号码。"


class NoStandardThen(LedgerError):
    """No approved version of this standard was in force on the first day of the occasion."""

    code = "no-standard-then"
    zh = "该支出标准在事由发生首日没有有效的已批准版本。"


class StandardOfOtherKind(LedgerError):
    """The standard is for another kind of expenditure or of agency, or for no occasion at all."""

    code = "standard-of-other-kind"
    zh = "该支出标准不适用于此类支出、此类单位，或不是按人次、人天计算的标准。"


class QuantityUnfounded(LedgerError):
    """No line, and no item in all its lines, counts more people, days, nights or meals than the occasion had."""

    code = "quantity-unfounded"
    zh = "每行及同一项目各行合计的人数、天数、夜数、餐数不得超过事由本身。"


class ClaimedBefore(LedgerError):
    """The invoice, the standard or the day of this person's allowance stands in a claim already."""

    code = "claimed-before"
    zh = "该发票、该标准或此人当日的补助已经报销。"


class VenueNotDesignated(LedgerError):
    """Meetings are held at a venue that is designated for all of their days, or a reason says why not (BUD-020)."""

    code = "venue-not-designated"
    zh = "会议须在会期全程有效的定点场所举办；确需在外的须写明理由和依据文件。"


class AboveStandard(LedgerError):
    """What was spent is above the standard; without a reason and its document it is not taken (BUD-010)."""

    code = "above-standard"
    zh = "实际支出超过支出标准；没有理由和依据文件的不予受理。"


class ClaimStepOutOfPlace(LedgerError):
    """The claim is not where this step is taken: it was approved, rejected or withdrawn, or is not approved yet."""

    code = "claim-step-out-of-place"
    zh = "报销单当前状态不能办理此步：已审批、已退回、已撤回，或尚未经单位审批。"


class ClaimantApproves(LedgerError):
    """Nobody approves, allows or pays a claim of their own, or takes two of these steps."""

    code = "claimant-approves"
    zh = "报销人、经办人不得审批或支付本人的报销单，同一人不得办理其中两步。"


class StepUnreasoned(LedgerError):
    """A rejection says why; what departs from a standard has its reason, and is allowed by a document."""

    code = "step-unreasoned"
    zh = "退回须写明理由；超标准的须有理由，准予须注明批准文件。"


class ClaimNotApproved(LedgerError):
    """A payment names a claim that is not approved, or that is not there."""

    code = "claim-not-approved"
    zh = "支付所附报销单未经批准或不存在。"


class PaymentBesideClaim(LedgerError):
    """A claim is paid by a payment of its agency and economic class, not before the occasion is over."""

    code = "payment-beside-claim"
    zh = "支付须与报销单的单位、部门经济分类一致，且不早于事由结束之日。"


class ClaimNotNamed(LedgerError):
    """Where a claim can be made, travel, meetings, training and receptions are paid by an approved claim (BUD-010)."""

    code = "claim-not-named"
    zh = "差旅、会议、培训、公务接待支出，能够填报报销单的，须凭已批准的报销单支付。"


class ClaimOverpaid(LedgerError):
    """What is paid or applied for by a claim is, less what came back, no more than it comes to."""

    code = "claim-overpaid"
    zh = "按报销单支付或申请的金额（扣除退回）不得超过批准金额，不得重复支付。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "venue_plain": InvalidText,
    "venue_text_plain": InvalidText,
    "venue_days_forward": VenueInvalid,
    "venue_designated_once": VenueInvalid,
    "venue_approved_once": AlreadyApproved,
    "venue_approval_known": UnknownBudgetRecord,
    "venue_recorder_may_not_approve": RecorderApproves,
    "claim_plain": InvalidText,
    "claim_kind_known": UnknownCode,
    "claim_persons_in_range": QuantityUnfounded,
    "claim_agency_known": UnknownCode,
    "claim_venue_designated": VenueNotDesignated,
    "claim_days_within_year": ClaimOutOfTime,
    "claim_departure_reasoned": StepUnreasoned,
    "claim_text_plain": InvalidText,
    "claim_has_lines": ClaimIncomplete,
    "claim_line_proven": ClaimIncomplete,
    "claim_standard_in_force": NoStandardThen,
    "claim_standard_fits": StandardOfOtherKind,
    "claim_quantity_fits": QuantityUnfounded,
    "claim_standard_once": ClaimedBefore,
    "claim_amount_in_range": InvalidAmount,
    "claim_invoice_plain": InvalidText,
    "claim_invoice_once": ClaimedBefore,
    "claim_allowance_once": ClaimedBefore,
    "claim_within_standard": AboveStandard,
    "claim_action_known": ClaimStepOutOfPlace,
    "claim_step_once": ClaimStepOutOfPlace,
    "claim_step_follows": ClaimStepOutOfPlace,
    "claim_step_known": UnknownBudgetRecord,
    "claim_saver_may_not_approve": ClaimantApproves,
    "claimant_may_not_approve": ClaimantApproves,
    "claim_rejection_reasoned": StepUnreasoned,
    "claim_allowed_by_document": StepUnreasoned,
    "claim_remark_plain": InvalidText,
    "claim_document_plain": InvalidText,
    "claim_approved": ClaimNotApproved,
    "claim_pays_its_own": PaymentBesideClaim,
    "claim_named": ClaimNotNamed,
    "claim_not_overpaid": ClaimOverpaid,
}
"""Which reason a named constraint of the database stands for."""
