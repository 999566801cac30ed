"""Why a row of a budget workbook is not taken, and how to mend it."""

from collections.abc import Mapping

from importers.reasons import ROW, Reason
from ledger.errors import LedgerError

BUDGET = {
    **{
        name: ROW[name]
        for name in (
            "missing",
            "hidden_character",
            "full_width",
            "amount_format",
            "amount_decimals",
            "amount_range",
        )
    },
    "too_long": Reason(
        "文字过长。",
        "The text is too long.",
        "名称不超过 200 字，来源、依据和目标不超过 400 字，活动内容等不超过 2000 字。",
        "Names take 200 characters, sources, bases and objectives 400, descriptions 2000.",
    ),
    "formula": Reason(
        "单元格是公式或错误值，文件中看到的数不一定是它现在的值。",
        "The cell holds a formula or an error: what the file shows need not be what it is.",
        "选择性粘贴为数值；只有用来核对的金额、单价可以是公式。",
        "Paste it as a value; only amounts and prices, which are compared, may be formulas.",
    ),
    "code_unclear": Reason(
        "编码只能用数字、字母、点和横线，名称可写在编码之后、以空格隔开。",
        "A code takes digits, letters, dots and hyphens; a name may follow after a space.",
        "改写编码。",
        "Write the code anew.",
    ),
    "word_unknown": Reason(
        "列映射中没有这个写法。",
        "The mapping does not know this word.",
        "改为列映射中的写法，或把它加入列映射的新版本。",
        "Take a word of the mapping, or add this one to a new version of it.",
    ),
    "year_unclear": Reason(
        "没有写明预算年度。",
        "The budget year is not said.",
        "填写四位年度，或在表上方写“预算年度：2024”。",
        "Give the four digits, or say 预算年度：2024 above the table.",
    ),
    "number_unclear": Reason(
        "月数或次数须为 1 至 366 的整数。",
        "Months or times are a whole number from 1 to 366.",
        "改写为整数。",
        "Write a whole number.",
    ),
    "quantity_unclear": Reason(
        "数量须为不带单位的非负数，最多三位小数。",
        "A quantity is a number of at most three decimals, not negative and without its unit.",
        "改写数量。",
        "Write the quantity anew.",
    ),
    "negative": Reason(
        "金额不得为零或负。",
        "The amount is not above nil.",
        "核对金额。",
        "Check the amount.",
    ),
    "driver_unknown": Reason(
        "没有此基础数据或定额要素。",
        "There is nothing of this name to multiply a standard by.",
        "使用在职人员、办公用房面积等要素的名称或代码。",
        "Take the name or code of one, such as headcount or floor_area.",
    ),
    "quotes_unclear": Reason(
        "报价与报价文件须一一对应，每行一项。",
        "Quotes and their documents go in pairs, one in a line of the cell.",
        "在单元格内每行写一个报价，报价文件次序相同。",
        "Write one quote in a line, and its document in the same line of the other cell.",
    ),
    "package_differs": Reason(
        "同一决策包各行的内容不同。",
        "The rows of one package say different things.",
        "各行写成一致，或只在第一行填写。",
        "Say the same in every row, or say it in the first alone.",
    ),
    "repeated": Reason(
        "文件中上面已有此项。",
        "It stands further up in the file too.",
        "只保留一处；同一决策包的各行须相连。",
        "Keep one of them; the rows of one package stand together.",
    ),
    "package_without_lines": Reason(
        "决策包没有测算明细。",
        "The package has no line.",
        "至少写一行支出标准或报价、数量和月数。",
        "Add a line with a standard or quotes, a quantity and months.",
    ),
    "target_without_package": Reason(
        "文件中没有此决策包。",
        "The file has no package of this code.",
        "核对编码，或补上该决策包的测算行。",
        "Check the code, or add the rows of the package.",
    ),
    "package_stays": Reason(
        "已有此决策包，其年度、单位、类别、活动、水平、科目、资金性质、项目和名称不得更改。",
        "The package is there already; its year, agency, kind, activity, level, codes, project and name stay.",
        "改回原内容，或使用新的决策包编码。",
        "Take back the change, or give the package a code of its own.",
    ),
    "quantity_differs": Reason(
        "数量与该单位已审核的基础数据不同。",
        "The quantity is not the approved basic datum of the agency.",
        "留空，或先更新基础数据并经审核。",
        "Leave it blank, or change the basic datum and have it approved first.",
    ),
    "standard_differs": Reason(
        "与所引用支出标准的规定不同。",
        "The standard that the line names says otherwise.",
        "留空，或改用别的支出标准。",
        "Leave it blank, or name another standard.",
    ),
    "price_differs": Reason(
        "单价与现行支出标准或最低报价不同。",
        "The price is not that of the standard in force, nor the lowest quote.",
        "删除该单价；单价由支出标准或最低报价得出。",
        "Remove it: the price comes from the standard or the lowest quote.",
    ),
    "amount_differs": Reason(
        "金额与按标准、数量和月数算出的不同。",
        "The amount is not what standard, quantity and months come to.",
        "核对数量和月数，或删除该金额；金额由系统计算。",
        "Check quantity and months, or remove the amount: it is computed here.",
    ),
    "total_differs": Reason(
        "合计与各行之和不同。",
        "The total is not the sum of its rows.",
        "核对各行，或删除合计。",
        "Check the rows, or remove the total.",
    ),
}
_MENDS: Mapping[str, tuple[str, str]] = {
    "no-standard": (
        "核对标准编码，须为 1 月 1 日现行、适用于该类单位和支出的已批准标准；项目支出可附三家以上报价。",
        "Name a standard in force on 1 January for this agency and expenditure; a project may bring three quotes.",
    ),
    "not-counted": (
        "先导入基础数据（--only basic）并经财政审核；业务量须写明数量和来源。",
        "Import the basic data first (--only basic) and have them approved; a workload says its quantity and source.",
    ),
    "project-not-in-library": (
        "先将项目评审入库。",
        "Have the project reviewed into the library first.",
    ),
    "mandate-missing": ("写明履职依据。", "Say what obliges the agency to do it."),
    "foreign-agency": ("由该单位的编制人员导入。", "Have it imported by who compiles for that agency."),
    "budget-resolved": ("该年度预算只能依法调整。", "The budget of that year changes by an adjustment only."),
    "unknown-code": ("核对编码。", "Check the code."),
}


def of_books(error: LedgerError) -> Reason:
    """Give what the books refused, as a reason of a row."""
    zh, en = _MENDS.get(error.code, ("按所示规则改正。", "Mend it by the rule."))
    return Reason(type(error).zh, str(type(error).__doc__).strip(), zh, en)
