"""Everything the ledger may refuse, one class per reason.

``code`` is the reason's public name: it stands in API answers, in logs and in tests. The docstring is
the message that a clerk reads, ``zh`` the same in Chinese. ``facts`` says what was refused, in plain
values (which event, which account, how much was free).
"""

from collections.abc import Mapping
from typing import ClassVar


class LedgerError(Exception):
    """A rule of the ledger refused the operation."""

    code: ClassVar[str] = "refused"
    zh: ClassVar[str] = "账务规则不允许此操作。"

    def __init__(self, message: str = "", facts: Mapping[str, object] | None = None) -> None:
        super().__init__(message or type(self).__doc__)
        self.facts: Mapping[str, object] = facts or {}


class InvalidAmount(LedgerError):
    """The amount is not a whole number of fen within range, written as text."""

    code = "invalid-amount"
    zh = "金额须以文本书写，精确到分，且在允许范围内。"


class UnbalancedVoucher(LedgerError):
    """Debits and credits of one book of the voucher differ."""

    code = "unbalanced-voucher"
    zh = "凭证同一账内借贷不平。"


class IncompleteVoucher(LedgerError):
    """The voucher is empty, or its lines are not exactly those of its header."""

    code = "incomplete-voucher"
    zh = "凭证无分录，或分录与凭证头不符。"


class AppendOnly(LedgerError):
    """What is posted is never changed or deleted; correct it with a reversing voucher."""

    code = "append-only"
    zh = "已记账的内容不得修改或删除，请用红字冲销更正。"


class KeyReused(LedgerError):
    """The key was used before for other content."""

    code = "key-reused"
    zh = "业务编号已用于其他内容。"


class KeyTwiceInBatch(LedgerError):
    """The same kind and key stand twice in one batch."""

    code = "key-twice-in-batch"
    zh = "同一批次中业务编号重复。"


class EventRaced(LedgerError):
    """Somebody else posted the same key at the same moment; ask again."""

    code = "event-raced"
    zh = "同一业务编号正被他人同时提交，请重试。"


class AlreadyReversed(LedgerError):
    """The event was reversed before."""

    code = "already-reversed"
    zh = "该业务事项已被冲销。"


class UnknownEvent(LedgerError):
    """There is no such event to reverse, or it is itself a reversal."""

    code = "unknown-event"
    zh = "没有可冲销的业务事项，或其本身即为冲销。"


class PreparerPosts(LedgerError):
    """The preparer of a voucher may not be the one who posts it."""

    code = "preparer-posts"
    zh = "制单人不得自行记账。"


class PreparerLacksDuty(LedgerError):
    """The preparer holds no duty that may prepare this kind of event today."""

    code = "preparer-lacks-duty"
    zh = "制单人当日不具备编制此类业务的职责。"


class NotSignedIn(LedgerError):
    """Nobody is signed in, or the session has ended."""

    code = "not-signed-in"
    zh = "未登录或会话已失效。"


class DutyNotHeld(LedgerError):
    """The person does not hold this duty today."""

    code = "duty-not-held"
    zh = "此人当日不持有该职责。"


class NotPermitted(LedgerError):
    """The duty of the actor does not include this operation."""

    code = "not-permitted"
    zh = "当前职责无权进行此操作。"


class DutiesIncompatible(LedgerError):
    """These two duties may not meet in one person, office or unit."""

    code = "duties-incompatible"
    zh = "不相容职务不得集中于同一人、处室或单位。"


class ForeignAccountSet(LedgerError):
    """The account set belongs to another treasury, or to an agency that is not yours."""

    code = "foreign-account-set"
    zh = "该账套属于其他国库或非本人所管单位。"


class UnknownAccountSet(LedgerError):
    """No account set of this role holds the books of this agency on that day."""

    code = "unknown-account-set"
    zh = "该单位当日没有相应账套。"


class UnknownTemplate(LedgerError):
    """No posting template is in force for this kind of event on that day."""

    code = "unknown-template"
    zh = "该类业务当日没有有效的记账模板。"


class MissingFact(LedgerError):
    """The template asks for an amount that the event lacks, or the event has one it does not know."""

    code = "missing-fact"
    zh = "业务金额项与记账模板不一致。"


class UnknownAccount(LedgerError):
    """The account is not in the chart, or is a sum of others and never posted to."""

    code = "unknown-account"
    zh = "科目不存在，或为汇总科目，不得记账。"


class UnresolvedAccount(LedgerError):
    """The chart names no account for this key and these dimensions."""

    code = "unresolved-account"
    zh = "科目表未规定该业务要素对应的科目。"


class MissingDimension(LedgerError):
    """The account needs a dimension that is blank, or was not in force that day."""

    code = "missing-dimension"
    zh = "该科目必须填列的核算要素为空，或科目当日未启用。"


class UnknownCode(LedgerError):
    """A classification or agency code is unknown, retired, or a sum of others."""

    code = "unknown-code"
    zh = "分类或单位代码不存在、已停用或为汇总级。"


class EconomicClassesUnfit(LedgerError):
    """The department and government economic classes do not fit each other for this kind of agency."""

    code = "economic-classes-unfit"
    zh = "部门经济分类与政府经济分类对应关系不符。"


class IndicatorUnfit(LedgerError):
    """The indicator is unknown, or was granted for another year, agency, function, fund or project."""

    code = "indicator-unfit"
    zh = "预算指标不存在，或与年度、单位、功能科目、资金性质、项目不符。"


class IndicatorAstray(LedgerError):
    """The indicator does not descend from its parent's fund, year and agency."""

    code = "indicator-astray"
    zh = "预算指标与上级指标的资金性质、年度或单位不衔接。"


class LimitExceeded(LedgerError):
    """There is not that much left."""

    code = "limit-exceeded"
    zh = "可用额度不足。"


class PeriodClosed(LedgerError):
    """The period is closed, or the set has no period for that day."""

    code = "period-closed"
    zh = "会计期间已结账，或账套没有该日所在期间。"


class PeriodOutOfOrder(LedgerError):
    """Periods close in order, and a closed one stays closed."""

    code = "period-out-of-order"
    zh = "会计期间须依次结账，已结账期间不得重开。"


class NotClosedYet(LedgerError):
    """Only the end of a closed period can be published."""

    code = "not-closed-yet"
    zh = "只能公开已结账期间的期末数。"


class InvalidText(LedgerError):
    """A text is empty, too long, or holds control characters."""

    code = "invalid-text"
    zh = "文字为空、过长或含有控制字符。"


class InvalidEvent(LedgerError):
    """The event cannot be read: a field is missing, unknown or of the wrong type."""

    code = "invalid-event"
    zh = "业务事项无法读取：缺少字段、字段未知或类型不符。"


class InvalidFile(LedgerError):
    """The file cannot be read as what it claims to be."""

    code = "invalid-file"
    zh = "文件无法按其声明的格式读取。"


class UnsafeServer(LedgerError):
    """The database server is not set up to keep what it acknowledges, or lets strangers in."""

    code = "unsafe-server"
    zh = "数据库服务器的持久性或认证设置不安全。"


class EmbeddedServerFailed(LedgerError):
    """The embedded database server could not be started."""

    code = "embedded-server-failed"
    zh = "内置数据库服务器无法启动。"


class NotInitialised(LedgerError):
    """There are no books here yet; run `gongku init` or `gongku demo`."""

    code = "not-initialised"
    zh = "此处尚无账簿，请先运行 gongku init 或 gongku demo。"


class OtherSchema(LedgerError):
    """The books were made by another version of the program; nothing is read or written before both agree."""

    code = "other-schema"
    zh = "账簿与程序的版本不同，一致之前不读不写。"


class UnknownBook(LedgerError):
    """There is no such account set, book, account or report here."""

    code = "unknown-book"
    zh = "没有该账套、账、科目或报表。"


class ItemsOpenBeforeClose(LedgerError):
    """Something that has to be nil before the year is closed is not."""

    code = "items-open-before-close"
    zh = "年终结账前应清零的项目尚有余额。"


class YearNotClosed(LedgerError):
    """The old year is not closed, so its balances cannot be carried forward."""

    code = "year-not-closed"
    zh = "上年尚未结账，余额不得结转。"


class NextYearOutOfPlace(LedgerError):
    """An account set goes on in the next year, in the same chart, which must be in force then."""

    code = "next-year-out-of-place"
    zh = "新年度账套须由上年账套延续，且科目表在新年度施行、代码未被占用。"


class OpeningAstray(LedgerError):
    """Books are opened with what the year before ended with, fund by fund; a year that is kept here takes no totals."""

    code = "opening-astray"
    zh = "期初余额应与上年期末余额逐资金性质一致；本账已有业务的年度不录全年发生额。"


class SignInRefused(LedgerError):
    """The name, the password or the code is not right."""

    code = "sign-in-refused"
    zh = "用户名、口令或动态码不正确。"


class SignInTooOften(LedgerError):
    """There were too many attempts; wait before the next one."""

    code = "sign-in-too-often"
    zh = "尝试次数过多，请稍候再试。"


class ClientKnown(LedgerError):
    """A client of that name was given a token before; a name is used once."""

    code = "client-known"
    zh = "该客户端名称已用过，名称只用一次。"


class WeakPassword(LedgerError):
    """A password has 15 to 200 characters, is not a well-known one, and holds neither your name nor your code."""

    code = "weak-password"
    zh = "口令须为 15 至 200 个字符，不得为常见口令，且不含本人姓名或用户名。"


class SecondFactorNeeded(LedgerError):
    """The duty asks for a second factor; set up a code first, then sign in with it."""

    code = "second-factor-needed"
    zh = "该职责须使用动态码，请先启用并以动态码重新登录。"


class SignInAnew(LedgerError):
    """A way to sign in is added within 15 minutes of signing in by the strongest way one has; sign in again."""

    code = "sign-in-anew"
    zh = "新增登录方式须在登录后 15 分钟内、且以本人现有最强方式登录时办理，请重新登录。"


class SubjectLinked(LedgerError):
    """That identity of the provider is linked to a person already."""

    code = "subject-linked"
    zh = "该外部身份已关联到人员。"


class NotForOneself(LedgerError):
    """An administrator does not do this for themselves."""

    code = "not-for-oneself"
    zh = "管理员不得为本人办理此事。"


class UnknownPerson(LedgerError):
    """There is no such person, office, duty or appointment."""

    code = "unknown-person"
    zh = "没有此人、处室、职责或任命。"


class PersonKnown(LedgerError):
    """The person or the appointment is there already."""

    code = "person-known"
    zh = "此人或此任命已存在。"


class UnknownDraft(LedgerError):
    """There is no such draft here, or it no longer takes this."""

    code = "unknown-draft"
    zh = "没有该待记账凭证，或其状态不再允许此操作。"


class DraftMoved(LedgerError):
    """The draft was changed meanwhile; look at it again."""

    code = "draft-moved"
    zh = "该凭证已被更改，请重新查看。"


class DraftStepUnknown(LedgerError):
    """The draft does not take this step now, under this duty."""

    code = "draft-step-unknown"
    zh = "该凭证在当前状态、当前职责下不能进行此操作。"


class SamePersonTwice(LedgerError):
    """Preparing, reviewing and posting a voucher are three people's work."""

    code = "same-person-twice"
    zh = "制单、复核、记账须由不同人员办理。"


class RejectionUnreasoned(LedgerError):
    """A rejection gives its reason."""

    code = "rejection-unreasoned"
    zh = "退回须写明原因。"


class InvalidAttachment(LedgerError):
    """An attachment is a PDF, OFD, PNG, JPEG, XLSX, XML, CSV or text file of up to 10 MB, plainly named, once."""

    code = "invalid-attachment"
    zh = "附件须为不超过 10 MB 的 PDF、OFD、PNG、JPEG、XLSX、XML、CSV 或文本文件，名称规范，且同一凭证内不重复。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "voucher_balanced": UnbalancedVoucher,
    "voucher_complete": IncompleteVoucher,
    "append_only": AppendOnly,
    "event_once": KeyReused,
    "event_once_in_batch": KeyTwiceInBatch,
    "event_reversed_once": AlreadyReversed,
    "event_reverses_known": UnknownEvent,
    "event_preparer_may_not_post": PreparerPosts,
    "event_preparer_has_duty": PreparerLacksDuty,
    "next_set_follows": NextYearOutOfPlace,
    "opening_continues": OpeningAstray,
    "totals_of_a_year_not_kept": OpeningAstray,
    "event_template_known": UnknownTemplate,
    "event_key_plain": InvalidText,
    "event_narration_plain": InvalidText,
    "posting_text_plain": InvalidText,
    "posting_amount_in_range": InvalidAmount,
    "signed_in": NotSignedIn,
    "duty_may": NotPermitted,
    "duty_not_held": DutyNotHeld,
    "duties_incompatible": DutiesIncompatible,
    "account_set_yours": ForeignAccountSet,
    "account_postable": UnknownAccount,
    "account_dimensions": MissingDimension,
    "class_code_known": UnknownCode,
    "econ_classes_fit": EconomicClassesUnfit,
    "indicator_fits": IndicatorUnfit,
    "indicator_descends": IndicatorAstray,
    "limit_may_not_run_dry": LimitExceeded,
    "period_open": PeriodClosed,
    "period_known": PeriodClosed,
    "period_closed_for_good": PeriodOutOfOrder,
    "periods_close_in_order": PeriodOutOfOrder,
    "client_named_once": ClientKnown,
    "client_plain": InvalidText,
    "client_not_for_oneself": NotForOneself,
    "publication_of_closed_period": NotClosedYet,
    "second_factor_needed": SecondFactorNeeded,
    "signed_in_anew": SignInAnew,
    "subject_linked_once": SubjectLinked,
    "subject_treasury_id_person_fkey": UnknownPerson,
    "subject_issuer_check": InvalidText,
    "subject_subject_check": InvalidText,
    "not_for_oneself": NotForOneself,
    "appointment_known": UnknownPerson,
    "duty_held_treasury_id_person_fkey": UnknownPerson,
    "duty_held_duty_fkey": UnknownPerson,
    "person_treasury_id_office_fkey": UnknownPerson,
    "credential_treasury_id_person_fkey": UnknownPerson,
    "indicator_pkey": EventRaced,
    "duty_ended_pkey": PersonKnown,
    "duty_held_pkey": PersonKnown,
    "person_pkey": PersonKnown,
    "person_code_plain": InvalidText,
    "draft_known": UnknownDraft,
    "draft_moved": DraftMoved,
    "draft_reverses_once": AlreadyReversed,
    "draft_step_known": DraftStepUnknown,
    "draft_steps_by_different_people": SamePersonTwice,
    "draft_posted_whole": IncompleteVoucher,
    "draft_rejection_reasoned": RejectionUnreasoned,
    "draft_step_remark_check": InvalidText,
    "draft_version_content_check": InvalidText,
    "attachment_once": InvalidAttachment,
    "attachment_size": InvalidAttachment,
    "attachment_name_plain": InvalidAttachment,
}
"""Which reason a named constraint of the database stands for."""
