"""Why a row, or a whole file, is not taken: one reason per rule, with the way to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that a row or a file did not keep, and what its owner can do about it."""

    zh: str
    en: str
    mend_zh: str
    mend_en: str


class Refused(Exception):
    """A cell or a file does not keep a rule; ``reason`` is a key of ``ROW`` or ``FILE``."""

    def __init__(self, reason: str, value: str = "", *, column: str = "", line: int = 0) -> None:
        super().__init__(reason, value, column, line)
        self.reason = reason
        self.value = value
        self.column = column
        self.line = line


ROW = {
    "blank": Reason(
        "空行。",
        "The row is blank.",
        "无需处理。",
        "Nothing to do.",
    ),
    "repeated_header": Reason(
        "表头在表中重复出现。",
        "The headings are repeated inside the table.",
        "无需处理。",
        "Nothing to do.",
    ),
    "preamble": Reason(
        "表头之前的标题行。",
        "The row stands above the headings.",
        "无需处理。",
        "Nothing to do.",
    ),
    "total": Reason(
        "合计行，与其上各行之和一致。",
        "The row is a total, and equals the sum of the rows it covers.",
        "无需处理。",
        "Nothing to do.",
    ),
    "zero": Reason(
        "金额为零，不能成为凭证。",
        "The amount is zero, which makes no voucher.",
        "如确有付款，请填写实际金额。",
        "If money was paid, state the amount.",
    ),
    "too_few_cells": Reason(
        "单元格少于表头。",
        "The row has fewer cells than the headings.",
        "补齐缺少的列。",
        "Add the missing cells.",
    ),
    "too_many_cells": Reason(
        "内容超出表头所列各列。",
        "The row has content outside the named columns.",
        "检查是否有未加引号的分隔符，或为该列补上列名。",
        "Quote a cell that holds the delimiter, or name the column.",
    ),
    "missing": Reason(
        "必填内容为空。",
        "A required cell is blank.",
        "补填该单元格。",
        "Fill in the cell.",
    ),
    "hidden_character": Reason(
        "含有控制字符、不可见字符或乱码替换符。",
        "The text holds a control, invisible or replacement character.",
        "删除该字符并核对原文。",
        "Remove the character and check the text against its source.",
    ),
    "too_long": Reason(
        "文字过长（最多 200 字）。",
        "The text is longer than 200 characters.",
        "缩短文字。",
        "Shorten the text.",
    ),
    "full_width": Reason(
        "使用了全角数字，而列映射未允许。",
        "The digits are full-width, which the mapping does not allow.",
        "改用半角数字，或在列映射中设 full_width_digits = true。",
        "Write plain digits, or set full_width_digits = true in the mapping.",
    ),
    "amount_format": Reason(
        "不是列映射所述写法的金额。",
        "The text is not an amount as the mapping writes it.",
        "按列映射的小数点、千分位和负数写法改写，或新建列映射版本。",
        "Write it with the mapping's marks and minus, or make a new version of the mapping.",
    ),
    "amount_decimals": Reason(
        "金额不足一分的部分不能入账。",
        "The amount has a fraction of the smallest coin.",
        "改为精确到分的金额，不得由系统四舍五入。",
        "State the amount to two decimals; it is never rounded here.",
    ),
    "amount_range": Reason(
        "金额超过十五位整数。",
        "The amount has more than 15 digits before the decimal mark.",
        "核对金额与单位。",
        "Check the amount and its unit.",
    ),
    "date_format": Reason(
        "不是列映射所列格式的日期。",
        "The text is not a date in one of the mapping's formats.",
        "按所列格式改写，或新建列映射版本。",
        "Write it in one of the formats, or make a new version of the mapping.",
    ),
    "date_impossible": Reason(
        "没有这一天。",
        "There is no such day.",
        "核对日期。",
        "Check the date.",
    ),
    "date_ambiguous": Reason(
        "该日期按不同格式是不同的日子。",
        "The date is a different day in different formats of the mapping.",
        "在列映射中只保留一种格式。",
        "Keep one of the formats in the mapping.",
    ),
    "date_range": Reason(
        "日期早于或晚于列映射允许的范围。",
        "The day lies outside the range of the mapping.",
        "核对年份。",
        "Check the year.",
    ),
    "reference_repeated": Reason(
        "同一编号在文件中再次出现。",
        "The reference stands on an earlier row too.",
        "核对是否重复付款；确为两笔时须各有编号。",
        "Check whether it was paid twice; two payments need two references.",
    ),
    "no_account_set": Reason(
        "该日期所属年度没有开设账套。",
        "No account set is open for the fiscal year of the day.",
        "先开设该年度账套，再导入一次。",
        "Open an account set for the year and import the file again.",
    ),
}

FILE = {
    "empty": Reason(
        "文件为空。",
        "The file is empty.",
        "换用有内容的文件。",
        "Take a file with content.",
    ),
    "not_a_file": Reason(
        "不是可以读取的普通文件。",
        "It is not a plain file that can be read.",
        "核对路径。",
        "Check the path.",
    ),
    "too_large": Reason(
        "文件超过大小上限。",
        "The file is larger than allowed.",
        "拆分后分别导入。",
        "Split it and import the parts.",
    ),
    "too_many_rows": Reason(
        "行数超过上限。",
        "The file has more rows than allowed.",
        "拆分后分别导入。",
        "Split it and import the parts.",
    ),
    "damaged_archive": Reason(
        "压缩包损坏、被截断或加密。",
        "The archive is damaged, cut off or encrypted.",
        "重新压缩或直接提供 CSV。",
        "Pack it again, or send the CSV itself.",
    ),
    "unsafe_archive": Reason(
        "压缩包含有不安全的路径、重叠的成员或异常的压缩比。",
        "The archive holds an unsafe path, overlapping members or an absurd compression ratio.",
        "直接提供 CSV。",
        "Send the CSV itself.",
    ),
    "macros": Reason(
        "工作簿含有宏或控件。",
        "The workbook holds macros or controls.",
        "另存为不含宏的 .xlsx 后再导入。",
        "Save it as .xlsx without macros and import that.",
    ),
    "external_links": Reason(
        "工作簿链接到其他文件或数据连接，或嵌有其他文件。",
        "The workbook links to other files or data connections, or embeds other files.",
        "断开链接并粘贴为数值后再导入。",
        "Break the links, paste the values and import that.",
    ),
    "foreign_member": Reason(
        "压缩包内有不是 .csv 的文件；工作簿请另存为 CSV。",
        "The archive holds something that is no .csv file; save a workbook as CSV.",
        "只打包 .csv 文件。",
        "Pack .csv files only.",
    ),
    "binary": Reason(
        "不是文本文件。",
        "It is not a text file.",
        "另存为 CSV 后再导入。",
        "Save it as CSV and import that.",
    ),
    "nul_byte": Reason(
        "含有空字节。",
        "The file holds a NUL byte.",
        "重新导出文件。",
        "Export the file again.",
    ),
    "undecodable": Reason(
        "有不属于所列编码的字节。",
        "The file holds bytes that are not in the mapping's encodings.",
        "统一编码后重新导出，或在列映射中加入实际编码。",
        "Export it in one encoding, or add the real one to the mapping.",
    ),
    "broken_quotes": Reason(
        "引号不成对，或单元格过长。",
        "A quotation mark is not closed, or a cell is far too long.",
        "从所示行起检查引号。",
        "Check the quotation marks from the given line on.",
    ),
    "header_missing": Reason(
        "没有找到列映射要求的表头。",
        "The headings that the mapping asks for were not found.",
        "核对文件，或把新列名加入列映射的新版本。",
        "Check the file, or add the new headings to a new version of the mapping.",
    ),
    "header_repeated": Reason(
        "两列使用同一列名。",
        "Two columns have the same heading.",
        "删除或改名其中一列。",
        "Remove or rename one of them.",
    ),
    "header_ambiguous": Reason(
        "两个列名对应同一内容。",
        "Two headings stand for the same field.",
        "在列映射中只保留一个。",
        "Keep one of them in the mapping.",
    ),
    "unit_differs": Reason(
        "文件注明的金额单位与列映射不同。",
        "The file states another unit of money than the mapping.",
        "使用单位相符的列映射。",
        "Take a mapping with that unit.",
    ),
    "total_differs": Reason(
        "合计行与各行之和不等。",
        "A total in the file is not the sum of its rows.",
        "请编制者核对后重新提供。",
        "Ask its author to check it and send it again.",
    ),
    "blank_row": Reason(
        "有空行，而列映射不允许。",
        "There is a blank row, which the mapping does not allow.",
        "删除空行。",
        "Remove the blank rows.",
    ),
    "currency_differs": Reason(
        "账套币种与列映射不同。",
        "The account sets are kept in another currency than the mapping's.",
        "导入到该币种的国库。",
        "Import it into a treasury of that currency.",
    ),
    "out_of_bounds": Reason(
        "读取时超出内存或时间上限。",
        "Reading it took more memory or time than allowed.",
        "拆分后分别导入。",
        "Split it and import the parts.",
    ),
    "rows_refused": Reason(
        "有行未通过检查，整份清单未导入。",
        "Rows are refused, so nothing of the list is recorded.",
        "按各行所示原因更正后重新导入。",
        "Mend the rows by their reasons and import the list again.",
    ),
    "reader_failed": Reason(
        "读取程序意外终止。",
        "The reading process ended unexpectedly.",
        "请附上文件报告此问题。",
        "Report it with the file.",
    ),
}
