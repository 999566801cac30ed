"""Why a row of a workbook of earlier years is not taken, and how to mend it."""

from importers.budget_reasons import BUDGET
from importers.reasons import Reason

HISTORY = {
    **{
        name: BUDGET[name]
        for name in (
            "missing",
            "hidden_character",
            "full_width",
            "amount_format",
            "amount_decimals",
            "amount_range",
            "too_long",
            "formula",
            "code_unclear",
            "year_unclear",
            "repeated",
            "total_differs",
        )
    },
    "no_account_set": Reason(
        "该年度没有账套，其后各年也没有可以参照开设的账套。",
        "There is no account set for the year, nor a later one to open it after.",
        "核对列映射中的 account_set，或先开设以后年度的账套。",
        "Check account_set in the mapping, or open the set of a later year first.",
    ),
    "chart_not_in_force": Reason(
        "账套的科目表在该年度尚未施行或已停用；新旧制度衔接须按规定转换，不能照搬余额。",
        "The chart of the set was not in force in that year; between two charts balances are converted, not copied.",
        "只导入该科目表施行以来的年度，转换后的余额作为第一年的期初数。",
        "Import the years of this chart only, the converted balances being the opening of the first.",
    ),
    "chart_begins": Reason(
        "科目表自该年度起施行，期初余额记在上年末，当时科目尚未启用，账簿不予登记。",
        "The chart begins with that year; an opening stands on the day before, when the books refuse its accounts.",
        "从下一年度起导入，其期初数即本年度期末数。",
        "Import from the next year on, whose opening is the end of this one.",
    ),
    "year_has_vouchers": Reason(
        "该年度账套已有凭证，不能再导入发生额。",
        "The set of the year has vouchers of its own; totals are not poured over them.",
        "只导入本账启用以前的年度。",
        "Import the years before these books began.",
    ),
    "years_gap": Reason(
        "各年度不连续。",
        "The years do not follow one another.",
        "补上缺少的年度。",
        "Add the year that is missing.",
    ),
    "account_unknown": Reason(
        "账套的科目表没有此科目。",
        "The chart of the set has no such account.",
        "核对科目编码。",
        "Check the code.",
    ),
    "dimension_missing": Reason(
        "此科目须有该核算要素：只有科目合计、没有明细的历史数不能入账。",
        "The account needs this dimension: a total without it cannot be posted.",
        "按功能科目、经济分类、资金性质等分行填列。",
        "Give a row for each code of it.",
    ),
    "dimension_foreign": Reason(
        "此科目不设该核算要素。",
        "The account does not take this dimension.",
        "删除该编码。",
        "Remove the code.",
    ),
    "both_sides": Reason(
        "余额只能在借方或贷方之一。",
        "A balance stands on one side.",
        "填列借贷相抵后的余额。",
        "Give what is left of the two.",
    ),
    "negative": Reason(
        "金额不得为负；红字余额填在另一方。",
        "The amount is negative; a balance in red stands on the other side.",
        "改填另一方，或填列净发生额。",
        "Write it on the other side.",
    ),
    "does_not_add_up": Reason(
        "期初余额加本年借方减本年贷方不等于期末余额。",
        "Opening balance, debits and credits do not come to the closing balance.",
        "核对该科目各栏。",
        "Check the columns of the account.",
    ),
}
