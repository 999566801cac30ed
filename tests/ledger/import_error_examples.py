"""The refusals of the register of imports, each with the smallest input that provokes it."""

from ledger import import_errors
from ledger.compilation.imports import (
    Batch,
    EarlierSet,
    open_earlier_sets,
    propose_import,
    register_import,
    undo_import,
)
from ledger.compilation.packages import save_package
from tests.ledger.budget_city import PERSONNEL, YEAR, act, prepare
from tests.ledger.error_examples import example

FILE = {"file_name": "预算.xlsx", "size": 1, "sha256": "ab" * 32, "mapping": "budget", "mapping_no": 1,
        "mapping_sha256": "cd" * 32, "new_rows": 1, "changed_rows": 0, "same_rows": 0}  # fmt: skip


def brought_in(tx, *packages):
    """Save packages and register them as one import."""
    saved = [(each.package, save_package(tx, each)) for each in packages]
    return register_import(tx, Batch(kind="budget", agency="201", fiscal_year=YEAR, packages=saved, **FILE))


def taken(city):
    """Make the city ready and import a package into it."""
    prepare(city)
    return act(city, "COMP", brought_in, PERSONNEL)


@example(import_errors.UnknownImport, "undoing the import of a number that is not there", "撤销不存在的导入编号")
def _unknown(city, _folder):
    act(city, "COMP", undo_import, 7, "误导入")


@example(
    import_errors.ImportNotBroughtIn, "a package saved before, registered as imported", "将先前存入的决策包登记为导入"
)
def _saved_before(city, _folder):
    prepare(city)
    act(city, "COMP", save_package, PERSONNEL)
    act(city, "COMP", register_import, Batch(kind="budget", packages=[(PERSONNEL.package, 1)], **FILE))


@example(
    import_errors.ImportWentOn, "undoing an import whose package was saved again", "导入的决策包已另存新版本后撤销"
)
def _went_on(city, _folder):
    number = taken(city)
    act(city, "COMP", save_package, PERSONNEL)
    act(city, "COMP", undo_import, number, "误导入")


@example(import_errors.ImportUndone, "undoing an import twice", "重复撤销同一次导入")
def _twice(city, _folder):
    number = taken(city)
    act(city, "COMP", undo_import, number, "误导入")
    act(city, "COMP", undo_import, number, "误导入")


@example(import_errors.ImportPosted, "undoing the import of a history", "撤销以前年度数据的导入")
def _posted(city, _folder):
    number = act(city, "CLOS", register_import, Batch(kind="history", **FILE))
    act(city, "CLOS", undo_import, number, "误导入")


@example(import_errors.ImportUnreasoned, "undoing an import without a reason", "撤销导入不写理由")
def _unreasoned(city, _folder):
    act(city, "COMP", undo_import, taken(city), " ")


@example(
    import_errors.ImportProposed, "putting the same file of earlier years forward twice", "重复提交同一以前年度文件"
)
def _proposed(city, _folder):
    for _ in range(2):
        told = {
            "file_name": "余额表.xlsx",
            "sha256": "ab" * 32,
            "mapping": "history",
            "mapping_no": 1,
            "digest": "cd" * 32,
        }
        act(city, "BOOK", lambda tx, told=told: propose_import(tx, **told))


@example(
    import_errors.EarlierSetOutOfPlace,
    "a set of a year in which its chart was not in force",
    "按科目表尚未施行的年度开设账套",
)
def _early(city, _folder):
    act(city, "CLOS", open_earlier_sets, [EarlierSet("B2022", "B2024", 2022)])
