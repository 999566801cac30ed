"""What may be refused of the register of imports, beside ``ledger.errors`` and read like it."""

from collections.abc import Mapping

from ledger.errors import InvalidText, LedgerError


class UnknownImport(LedgerError):
    """There is no import of that number."""

    code = "unknown-import"
    zh = "没有该编号的导入。"


class ImportNotBroughtIn(LedgerError):
    """An import is registered with what the same person saved together with it, and with nothing else."""

    code = "import-not-brought-in"
    zh = "导入登记只能列明同一人在同一次办理中存入的内容。"


class ImportWentOn(LedgerError):
    """Something of the import was submitted, reviewed, ranked, approved or saved anew; it is no longer undone."""

    code = "import-went-on"
    zh = "该次导入的内容已有上报、审核、排序、批准或新版本，不得再撤销。"


class ImportUndone(LedgerError):
    """The import was undone before."""

    code = "import-undone"
    zh = "该次导入已撤销。"


class ImportPosted(LedgerError):
    """A history is posted; its vouchers are reversed in red and never undone."""

    code = "import-posted"
    zh = "以前年度数据已记账，不得撤销，请以红字凭证冲销。"


class ImportUnreasoned(LedgerError):
    """Whoever undoes an import says why."""

    code = "import-unreasoned"
    zh = "撤销导入须写明理由。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "import_known": UnknownImport,
    "import_brought_in": ImportNotBroughtIn,
    "import_went_on": ImportWentOn,
    "import_undone_once": ImportUndone,
    "import_posted": ImportPosted,
    "import_undo_reasoned": ImportUnreasoned,
    "import_file_said": InvalidText,
}
"""Which reason a named constraint of the database stands for."""
