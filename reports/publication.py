"""The one way to publish a budget: make its statutory tables, check them, and only then make it public."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.disclosure.budgets import PublishBudget
from ledger.disclosure.budgets import publish_budget as make_public
from reports.approved_budget import approved_budget, digest
from reports.disclosure_rules import refuse_unsound

if TYPE_CHECKING:
    from ledger.db import Transaction
    from reports.disclosure_table import DisclosureTable


@dataclass(frozen=True, slots=True)
class Checked:
    """The eleven tables of an agency's budget that passed every check, and the order that makes them public."""

    tables: "tuple[DisclosureTable, ...]"
    order: PublishBudget


def check_budget(tx: "Transaction", treasury_id: int, fiscal_year: int, agency: str) -> Checked:
    """Make the tables of an approved budget and check them, exact and as printed.

    Raises:
        TablesFailChecks: a rule does not hold; the facts name it. UnknownBudgetRecord: nothing is approved.
    """
    budget = approved_budget(tx.connection, "office", treasury_id, fiscal_year, [agency])
    tables = budget.tables()
    refuse_unsound(tables)
    refuse_unsound([table.printed() for table in tables])
    order = PublishBudget(
        fiscal_year=fiscal_year, agency=agency, sha256=digest(tables), narrative=budget.versions[agency]
    )
    return Checked(tables, order)


def publish_budget(tx: "Transaction", treasury_id: int, fiscal_year: int, agency: str) -> Checked:
    """Check the tables of an approved budget and make it public under their digest. Duty PUBL.

    Raises:
        TablesFailChecks, UnknownBudgetRecord: as ``check_budget``.
        NotesMoved, BudgetAlreadyPublished, NotPermitted, ForeignAgency: as ``ledger.disclosure.budgets``.
    """
    checked = check_budget(tx, treasury_id, fiscal_year, agency)
    make_public(tx, checked.order)
    return checked
