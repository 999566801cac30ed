"""Why a row of a list of fees is not taken, and how to mend it."""

from importers.reasons import ROW, Reason

FEE = {
    **{
        name: ROW[name]
        for name in (
            "missing",
            "hidden_character",
            "too_long",
            "amount_format",
            "amount_decimals",
            "amount_range",
            "date_format",
            "date_impossible",
            "date_range",
        )
    },
    "item_plain": Reason(
        "项目编码只能用数字、字母、点和横线，最多 20 位。",
        "The item code takes digits, letters, dots and hyphens, 20 at most.",
        "改写项目编码。",
        "Write the code anew.",
    ),
    "agency_unknown": Reason(
        "没有此执收单位编码。",
        "There is no agency of this code.",
        "核对单位编码；多个单位以分号分隔。",
        "Check the code; separate several by semicolons.",
    ),
    "life_event_unknown": Reason(
        "没有此办事主题。",
        "There is no such life event.",
        "使用办事主题代码，如 birth、school、housing。",
        "Take a code such as birth, school or housing.",
    ),
    "revenue_unknown": Reason(
        "没有此收入分类科目。",
        "There is no revenue class of this code.",
        "核对收入科目编码，或留空。",
        "Check the code, or leave it blank.",
    ),
    "basis_unnamed": Reason(
        "收费依据没有文号或法规名称。",
        "The basis names neither a document number nor a law.",
        "写明文号（如 计价格〔1999〕466号）或法规名称（加书名号），多个以分号分隔。",
        "Give the document number or the law's name in book marks; separate several by semicolons.",
    ),
    "fund_mode_unclear": Reason(
        "资金管理方式不明：须为缴入国库或缴入财政专户之一。",
        "The fund mode is neither the treasury nor the special account alone.",
        "只写缴入国库或缴入财政专户。",
        "State one of them.",
    ),
    "status_unknown": Reason(
        "状态须为在收、停征或取消。",
        "The status is in force, suspended or cancelled.",
        "改为三者之一。",
        "State one of them.",
    ),
    "standard_unclear": Reason(
        "收费标准不完整：定额须有金额，幅度须有下限和较大的上限，公式或费率须有文字说明。",
        "A fixed standard has an amount, a range a lower and a higher one, a formula or a rate its rule in words.",
        "补齐金额、上下限或标准说明。",
        "Add the amount, the bounds or the rule.",
    ),
    "negative": Reason(
        "收费金额不得为负。",
        "A fee is not negative.",
        "核对金额。",
        "Check the amount.",
    ),
    "ends_before": Reason(
        "截止日期早于生效日期。",
        "It ends before it begins.",
        "核对两个日期。",
        "Check both days.",
    ),
    "backwards": Reason(
        "生效日期不晚于该项目已有的版本。",
        "It does not begin after the version that is there.",
        "版本只能依次向后增加；核对生效日期或行的次序。",
        "Versions are added one after the other; check the day, or the order of the rows.",
    ),
    "version_differs": Reason(
        "该项目同一生效日期的版本已有其他内容，版本不得改写。",
        "A version of that day is there with other content, and is never rewritten.",
        "以新的文件和生效日期增加新版本。",
        "Add a new version with its own document and day.",
    ),
}
