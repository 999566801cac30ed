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


class ImportProposed(LedgerError):
    """You put this file forward before, read by the same mapping."""

    code = "import-proposed"
    zh = "您已提交过此文件（列对应相同）。"


class EarlierSetOutOfPlace(LedgerError):
    """A set of an earlier year is opened once, like a later one of the same books, in a chart in force in that year."""

    code = "earlier-set-out-of-place"
    zh = "以前年度账套只能按同一账簿以后年度的账套开设一次，且科目表须在该年度施行。"


BY_CONSTRAINT: Mapping[str, type[LedgerError]] = {
    "import_known": UnknownImport,
    "import_brought_in": ImportNotBroughtIn,
    "import_went_on": ImportWentOn,
    "import_undone_once": ImportUndone,
    "import_posted": ImportPosted,
    "import_undo_reasoned": ImportUnreasoned,
    "import_file_said": InvalidText,
    "import_proposed_once": ImportProposed,
    "earlier_set_follows": EarlierSetOutOfPlace,
}
"""Which reason a named constraint of the database stands for."""
