"""What the statutory tables of a government say in words: lines that have no code, and notes; Chinese and English."""

from collections.abc import Mapping
from datetime import date

from reports.disclosure_facts import Subject

Words = tuple[str, str]
UNDER_NAMES: Mapping[str, Words] = {
    "transfer": (
        "转移性收入（上级补助、下级上解、地区间援助）",
        "Transfers received (from above, below and other regions)",
    ),
    "debt": ("债务收入（含转贷）", "Debt revenue (on-lent included)"),
    "transfers_in": ("调入资金", "Transfers in from other funds"),
    "stabilisation": ("动用预算稳定调节基金", "Draw on the stabilisation fund"),
    "carried": ("上年结转结余", "Carried over from the year before"),
    "corrected": ("以前年度结转结余调整", "Corrections of earlier years"),
    "pending": ("待处理款项", "Pending classification"),
    "to_lower": ("对下级补助（未列转移性支出科目）", "Transfers to lower levels without a function of transfers"),
    "closing": ("结转结余（期末）", "Carried over at the end"),
    "unitemised": ("未细化到科目的收入预算", "Revenue budget without items"),
    "held": ("待分配到科目的支出预算", "Expenditure budget not yet given to a function"),
    "unmapped": ("未对应政府预算支出经济分类", "Without a government economic class"),
    "231": ("债务还本支出", "Debt principal"),
}
"""The lines that have no code of a classification, or whose code may have no name."""
DEBT_LINES: Mapping[str, Words] = {
    "opening": ("年初债务余额", "Debt when the year began"),
    "issued": ("本年债务收入（含再融资）", "Issued in the year (refinancing included)"),
    "repaid": ("本年债务还本", "Principal repaid in the year"),
    "closing": ("期末债务余额", "Debt on the last day"),
    "interest": ("本年债务付息", "Interest paid in the year"),
    "costs": ("本年债务发行费用", "Costs of issue in the year"),
}
FUND_DEBT: Mapping[str, str] = {"1": "一般债券", "2": "专项债券"}
"""The kind of bond of a fund."""
PUBLIC_LINES: Mapping[str, Words] = {
    "total": ("合计", "Total"),
    "abroad": ("因公出国（境）费", "Travel abroad"),
    "reception": ("公务接待费", "Reception"),
    "vehicles": ("公务用车购置及运行费", "Vehicles"),
    "vehicles_bought": ("公务用车购置费", "Vehicles: purchase"),
    "vehicles_run": ("公务用车运行费", "Vehicles: running"),
}
FORMAT = (
    "表式凭业务知识整理（knowledge），尚未与官方格式核对；各地表名不一。",
    "The form is of knowledge and not yet compared with an official one; titles vary by city.",
)
SOURCES_OF = (
    "执行数取自财政总会计的预算会计账，批准数、预算数（含调整）取自预算指标账；均为已公开的账，不含年终结账分录。",
    "Executed figures are of the bureau's budgetary book, others of the indicators, as published, without the close.",
)
NO_PREVIOUS = (
    "上年的账没有在此公开，上年执行数及其百分比空缺，不作估计。",
    "The books of the year before are not kept here: its column and the percentage are blank, not estimated.",
)
NOT_KEPT = (
    "本年的预算指标账或财政总会计账没有在此公开，相应各栏空缺。",
    "The indicators or the bureau's books of this year are not published here: their columns are blank.",
)
NOT_ITEMISED = (
    "指标账登记的收入预算没有全部列明收入科目，合计列在“未细化到科目的收入预算”一行。",
    "The indicators do not name the item of all of the revenue budget: it stands whole in the line without items.",
)
OWN_LEVEL = (
    "本账只有本级国库的收支；下级的支出在下级自己的账里。",
    "These books are of one level; what lower levels spend is in their own books.",
)
TO_LOWER_HOW = (
    "返还性为 23001，专项为 23003，其余列一般性。",
    "Rebates are function 23001, earmarked transfers 23003, all others general.",
)
LIMIT = (
    "债务限额由上级下达，账中没有，空缺。余额为应付地方政府债券转贷款。",
    "The limit is set from above and is not in the books: it is blank. The balance is of on-lent bonds payable.",
)
BASIC = (
    "由批准的部门预算经济分类按单位种类对应到政府预算支出经济分类。",
    "Classes of approved department budgets are turned into government classes by kind of unit.",
)
NEW_BONDS = (
    "以债务收入为来源的预算指标；用于还本（231）的列为再融资。账中没有列到单位的，主管部门空缺。",
    "Indicators whose source is debt; what repays principal (231) is refinancing. Where none names a unit it is blank.",
)
PUBLIC = (
    "财政拨款安排的“三公”经费；上年预算数取自各部门的公开说明。",
    "Public expenses from appropriations; those of the year before are as the departments told them.",
)


def partly_kept(to_on: date) -> Words:
    """Say of a year before that is not published to its end that its figures are not those of the whole year."""
    return (
        f"上年的账只公开到 {to_on}，上年执行数不是全年数。",
        f"The books of the year before are published up to {to_on} only: its figures are not those of a whole year.",
    )


def added_up(units: int) -> Words:
    """Say how many budgets were added up, and that others are not in it."""
    return (
        f"汇总在此公开的 {units} 个单位的部门预算；没有公开的单位不在内。",
        f"Adds up the {units} department budgets published here; units that published none are not in it.",
    )


def untold(subject: Subject) -> Words:
    """Say of an empty table that its books are not published here, which is not that there is nothing."""
    return (
        f"{subject.name_zh}{subject.year}年的账没有在此公开，本表无数可列。",
        f"The books of {subject.name_en} for {subject.year} are not published here: there is nothing to show.",
    )
