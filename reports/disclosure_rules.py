"""Check the statutory tables of a department before they are published: every rule of both sets, by name."""

from collections.abc import Iterable, Mapping

from ledger.budget_errors import TablesFailChecks
from reports.department_accounts_rules import ACCOUNTS_RULES, PUBLISHED
from reports.department_budget_rules import BUDGET_RULES
from reports.disclosure_checks import Failed, Gap, Rule, Tables, parents_are_sums, rule, totals_are_sums
from reports.disclosure_table import DisclosureTable
from reports.disclosure_words import WORDS, form_gaps

BUDGET, ACCOUNTS = "department_budget", "department_accounts"


def checks(tables: Iterable[DisclosureTable]) -> list[Failed]:
    """Give every check that fails; none means that the tables may be published.

    Takes a whole set, exact or as printed, or the sets of budget and accounts of one year together: then
    the budget in the accounts must be the budget that was published.
    """
    sets: dict[str, list[DisclosureTable]] = {}
    for table in tables:
        sets.setdefault(table.set, []).append(table)
    failed: list[Failed] = []
    sound: dict[str, Tables] = {}
    for name, own in sets.items():
        gaps = list(form_gaps(name, tuple(own)))
        failed += [Failed(name, FORM.name, FORM.zh, FORM.en, gap) for gap in gaps]
        unsound = {no for gap in gaps for no in gap.tables}
        sound[name] = {table.no: table for table in own if table.no not in unsound}
        for each in RULES[name]:
            failed += each.failures(name, sound[name])
    if not sets:
        failed.append(Failed("", FORM.name, FORM.zh, FORM.en, Gap((), "missing")))
    budget, accounts = (sound.get(name, {}).get(no) for name, no in ((BUDGET, 9), (ACCOUNTS, 7)))
    if budget is not None and accounts is not None:
        if (budget.subject.code, budget.subject.year) != (accounts.subject.code, accounts.subject.year):
            failed.append(Failed(ACCOUNTS, FORM.name, FORM.zh, FORM.en, Gap((9, 7), "subject")))
        failed += PUBLISHED.failures(ACCOUNTS, {9: budget, 7: accounts})
    return failed


def refuse_unsound(tables: Iterable[DisclosureTable]) -> None:
    """Refuse tables that may not be published; the facts name the rules that do not hold, and where the first does not.

    Raises:
        TablesFailChecks: a check fails, or there is no table.
    """
    failed = checks(tables)
    if failed:
        first = failed[0]
        raise TablesFailChecks(
            facts={
                "rules": sorted({each.rule for each in failed}),
                "where": first.gap.where,
                "count": len(failed),
                "zh": first.zh,
                "en": first.en,
            }
        )


FORM = rule(
    "form_followed",
    "表号齐全、各一张，栏目符合格式。",
    "Every table stands once, of the same unit and year, with the columns of its form.",
    (),
    lambda _: iter(()),
)
"""The rule of the form; ``checks`` applies it first, and to a table that breaks it no other."""
_COMMON = (
    rule("parents_are_sums", "上级科目等于下级之和。", "A parent is the sum of its children.", (), parents_are_sums),
    rule(
        "totals_are_sums", "合计等于各项之和，总计含结转结余。", "A total is the sum of its lines.", (), totals_are_sums
    ),
    *WORDS,
)
RULES: Mapping[str, tuple[Rule, ...]] = {BUDGET: (*_COMMON, *BUDGET_RULES), ACCOUNTS: (*_COMMON, *ACCOUNTS_RULES)}
"""The rules of each set in the order in which they are applied."""
