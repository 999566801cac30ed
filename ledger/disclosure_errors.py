"""What may be refused of fees and projects, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.errors import InvalidAmount, InvalidText, LedgerError, UnknownCode


class FeeVersionBackwards(LedgerError):
    """A version of a fee begins after the one before it, and does not end before it begins."""

    code = "fee-version-backwards"
    zh = "收费项目新版本的生效日须晚于上一版本，截止日不得早于生效日。"


class FeeBasisMissing(LedgerError):
    """A fee names the document that allows it, and a change of it the document that changed it."""

    code = "fee-basis-missing"
    zh = "收费项目须写明收费依据文件，变更须写明变更文件。"


class FeeCollectorMissing(LedgerError):
    """A fee names the agencies that may charge it."""

    code = "fee-collector-missing"
    zh = "收费项目须写明执收单位。"


class FeeStandardIncomplete(LedgerError):
    """The standard of a fee is an amount, a range, or a rule in words, for a unit."""

    code = "fee-standard-incomplete"
    zh = "收费标准须为定额、幅度或文字规则，并写明计费单位。"


class RecorderPublishes(LedgerError):
    """Who recorded it may not be the one who publishes it."""

    code = "recorder-publishes"
    zh = "录入人不得自行公开。"


class UnknownRecord(LedgerError):
    """There is no such fee version or project record to publish."""

    code = "unknown-record"
    zh = "没有可公开的该收费版本或项目记录。"


class AlreadyPublished(LedgerError):
    """It is published already."""

    code = "already-published"
    zh = "该内容已公开。"


class PublishedOutOfOrder(LedgerError):
    """A history is published from its beginning; an earlier version is still waiting."""

    code = "published-out-of-order"
    zh = "须按版本顺序公开，尚有更早的版本未公开。"


class ForeignAgency(LedgerError):
    """The agency is not one that you were appointed for."""

    code = "foreign-agency"
    zh = "该单位不属于本人任命范围。"


class ProjectNotDescribed(LedgerError):
    """The first record of a project gives its code, name, owner, place, sector and purpose."""

    code = "project-not-described"
    zh = "项目首次登记须填写代码、名称、建设单位、地点、行业和目的。"


class ProjectRecordIncomplete(LedgerError):
    """A stage, amount or document of a project lacks its document, its year, its digest, or its size."""

    code = "project-record-incomplete"
    zh = "项目的阶段、金额或文件缺少依据文件、年度、摘要值或大小，或进度超出范围。"


class StageBackwards(LedgerError):
    """A project does not enter a stage on a day before the stage that it was in."""

    code = "stage-backwards"
    zh = "项目进入新阶段的日期不得早于上一阶段。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "fee_item_plain": InvalidText,
    "fee_text_plain": InvalidText,
    "fee_version_forward": FeeVersionBackwards,
    "fee_version_begins_once": FeeVersionBackwards,
    "fee_valid_forward": FeeVersionBackwards,
    "fee_basis_named": FeeBasisMissing,
    "fee_basis_said": FeeBasisMissing,
    "fee_document_said": FeeBasisMissing,
    "fee_collector_named": FeeCollectorMissing,
    "fee_collector_known": UnknownCode,
    "fee_life_event_known": UnknownCode,
    "fee_revenue_known": UnknownCode,
    "fee_fund_mode_known": UnknownCode,
    "fee_status_known": UnknownCode,
    "fee_standard_kind_known": UnknownCode,
    "fee_amount_not_negative": InvalidAmount,
    "fee_standard_whole": FeeStandardIncomplete,
    "fee_unit_said": FeeStandardIncomplete,
    "fee_recorder_may_not_publish": RecorderPublishes,
    "fee_publication_known": UnknownRecord,
    "fee_published_once": AlreadyPublished,
    "published_in_order": PublishedOutOfOrder,
    "agency_yours": ForeignAgency,
    "project_plain": InvalidText,
    "project_text_plain": InvalidText,
    "project_described": ProjectNotDescribed,
    "project_owner_known": UnknownCode,
    "project_stage_known": UnknownCode,
    "project_stages_in_order": StageBackwards,
    "project_stage_document_said": ProjectRecordIncomplete,
    "project_amount_kind_known": UnknownCode,
    "project_amount_document_said": ProjectRecordIncomplete,
    "project_amount_in_range": InvalidAmount,
    "project_plan_of_a_year": ProjectRecordIncomplete,
    "project_document_kind_known": UnknownCode,
    "project_document_digest": ProjectRecordIncomplete,
    "project_document_not_empty": ProjectRecordIncomplete,
    "project_document_titled": InvalidText,
    "project_progress_in_range": ProjectRecordIncomplete,
    "project_recorder_may_not_publish": RecorderPublishes,
    "project_publication_known": UnknownRecord,
    "project_published_once": AlreadyPublished,
}
"""Which reason a named constraint of the database stands for."""
