"""What must hold before final accounts are shown: of the books of a unit, of the tables, of a department's units."""

from collections.abc import Iterator

from ledger.errors import UnknownCode
from reports.department_accounts_rules import PUBLISHED
from reports.disclosure_checks import Failed, Gap
from reports.disclosure_rules import ACCOUNTS, checks
from reports.final_accounts import CHART, FinalAccounts
from reports.final_department import DepartmentFinal

_BALANCES = ("81", "82", "83", "84", "85", "87")
_OPEN = ("6", "7", "85", "87")
"""What the year-end close leaves nil: revenue, expenditure, other surplus, its distribution."""


def failures(of: FinalAccounts) -> list[Failed]:
    """Give every check that fails; none means that the tables may be shown.

    The tables of books that are not closed are not looked at: their figures would not be final.
    """
    unclosed = [*_of_books(of)]
    if unclosed:
        return unclosed
    try:
        tables = of.tables()
    except UnknownCode as refused:
        return [_failed("codes_are_known", Gap((), " ".join(str(each) for each in refused.facts.values())))]
    failed = [*_of_balances(of), *_of_projects(of), *checks(tables)]
    if of.public_table is not None:
        failed += PUBLISHED.failures(ACCOUNTS, {9: of.public_table, 7: tables[6]})
    return failed


def department_failures(of: DepartmentFinal) -> list[Failed]:
    """Give every check of a department whole that fails; its tables are looked at only if those of all units stand."""
    failed = [_failed("units_have_books", Gap((), agency)) for agency in of.bookless]
    for unit in of.units:
        rules = dict.fromkeys(each.rule for each in failures(unit))
        failed += [_failed("units_pass", Gap((), f"{unit.subject.code} {rule}")) for rule in rules]
    failed += [
        _failed("transfers_match", Gap((), pair.where, pair.paid_fen, pair.received_fen))
        for pair in of.pairs
        if not pair.matches
    ]
    failed += [
        _failed("transfers_are_named", Gap((), f"{each.fact.agency} {each.account}", 0, each.fact.fen))
        for each in of.doubtful
    ]
    return failed or failures(of.whole)


def _of_books(of: FinalAccounts) -> Iterator[Failed]:
    if of.chart != CHART:
        yield _failed("chart_is_known", Gap((), of.chart))
    if of.as_of < of.ends_on:
        yield _failed("year_is_closed", Gap((), f"{of.as_of} < {of.ends_on}"))
        return
    for account, fen in sorted(of.closing.items()):
        if account.startswith(_OPEN) and fen:
            yield _failed("year_is_closed", Gap((), account, 0, fen))


def _of_balances(of: FinalAccounts) -> Iterator[Failed]:
    """Ask that closing balances are those of the trial balance, which the database keeps apart from the postings."""
    found = sum(each.closing_fen for each in of.balances) + of.own_surplus_fen
    expected = -sum(fen for account, fen in of.closing.items() if account.startswith(_BALANCES))
    if expected != found:
        yield _failed("closing_as_trial_balance", Gap((1,), "closing", expected, found))


def _of_projects(of: FinalAccounts) -> Iterator[Failed]:
    """Ask that every project of the published budget has results that were confirmed."""
    if missing := [each.package for each in of.evaluated if not each.results]:
        yield _failed("projects_are_evaluated", Gap((), " ".join(missing)))


def _failed(rule: str, gap: Gap) -> Failed:
    zh, en = _RULES[rule]
    return Failed(ACCOUNTS, rule, zh, en, gap)


_RULES = {
    "chart_is_known": ("账套用政府会计制度（2019）科目表。", "The books are kept by the chart of units of 2019."),
    "year_is_closed": (
        "全年账已结：公开至年末，收入、支出和结余分配科目已结平。",
        "The year is closed: published to its last day, with no revenue, expenditure or distribution left open.",
    ),
    "codes_are_known": (
        "分录的科目代码到项、到款，资金性质为规定的种类。",
        "Postings name functions and classes to the last digit, and known funds.",
    ),
    "projects_are_evaluated": (
        "批准预算的每个项目均有经复核的绩效自评。",
        "Every project of the approved budget has confirmed performance results.",
    ),
    "units_have_books": (
        "有已公开部门预算的每个单位，账也已公开到年末。",
        "Every unit with a published budget has published the books of that year.",
    ),
    "units_pass": (
        "每个单位自己的决算勾稽关系全部成立。",
        "Every check of the final accounts of each unit holds.",
    ),
    "transfers_match": (
        "单位之间的补助和上缴，付方所记与收方所记相等（应为付方数，实为收方数）。",
        "What a unit paid another of the department is what that one took in (expected: paid, found: received).",
    ),
    "transfers_are_named": (
        "部门内可能成对的补助和上缴，分录写明往来单位。",
        "Transfers that could be between units of the department name the other side.",
    ),
    "closing_as_trial_balance": (
        "年末结转结余等于科目余额表的余额。",
        "Closing balances are those of the trial balance.",
    ),
}
