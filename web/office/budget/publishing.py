"""Making approved budgets public (预算公开): which wait, whether their eleven tables agree, and the act itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ledger.budget_errors import NotesMoved, TablesFailChecks, UnknownBudgetRecord
from ledger.disclosure.budgets import budgets_shown
from ledger.errors import LedgerError
from reports.approved_budget import approved_budget, digest
from reports.disclosure_checks import Failed
from reports.disclosure_rules import checks
from reports.formats import FORMATS
from reports.publication import publish_budget
from web.clock import today
from web.office.budget.words import SEERS, show, told, words
from web.office.desk import Desk, Route, absent, duty, went

_FORM = "any(" + ", ".join(FORMATS) + ")"


@dataclass(slots=True)
class Broken:
    """A rule that does not hold, in both languages, and every place where it does not."""

    rule: str
    zh: str
    en: str
    tables: set[int] = field(default_factory=set)
    places: list[str] = field(default_factory=list)


def broken(failed: Iterable[Failed]) -> list[Broken]:
    """Gather failed checks by their rule; the exact tables and the printed ones tell the same place once."""
    found: dict[str, Broken] = {}
    for each in failed:
        of = found.setdefault(each.rule, Broken(each.rule, each.zh, each.en))
        of.tables |= set(each.gap.tables)
        if each.gap.where not in of.places:
            of.places.append(each.gap.where)
    return list(found.values())


@duty(*SEERS)
def budget_publication(desk: Desk, year: int) -> Answer:
    """List the approved budgets of a year: which are public, and which still wait."""
    with desk.reading() as connection:
        found = budgets_shown(connection, desk.me.treasury_id, year)
    return show(desk, "publication", year=year, found=found)


@duty(*SEERS)
def budget_tables(desk: Desk, year: int, agency: str) -> Answer:
    """Show the eleven tables of a budget, each with the rules that it breaks."""
    return _tables(desk, year, agency)


def _tables(desk: Desk, year: int, agency: str, error: str = "") -> Answer:
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        of = next((each for each in budgets_shown(connection, treasury, year) if each.agency == agency), None)
        if of is None:
            absent()
        tables = approved_budget(connection, "office", treasury, year, [agency]).tables()
    failed = broken([*checks(tables), *checks([table.printed() for table in tables])])
    return show(
        desk,
        "tables",
        error=error,
        year=year,
        of=of,
        tables=[(table, [each.rule for each in failed if table.no in each.tables]) for table in tables],
        failed=failed,
        digest=digest(tables),
        forms=list(FORMATS),
    )


@duty("PUBL")
def budget_publish(desk: Desk, year: int, agency: str) -> Answer:
    """Make a budget public; nothing but the tables that were looked at, and only when every rule holds."""
    treasury = desk.me.treasury_id
    known = words(desk.language)
    try:
        with desk.writing() as tx:
            checked = publish_budget(tx, treasury, year, agency)
            if checked.order.sha256 != request.form.get("looked"):
                raise NotesMoved(facts={"agency": agency, "year": year})
    except TablesFailChecks as refusal:
        rules = known["comma"].join(_rules(refusal))
        return _tables(desk, year, agency, f"{told(desk, refusal)} {known['rules_broken'].format(rules=rules)}")
    except UnknownBudgetRecord:
        absent()
    except LedgerError as refusal:
        return _tables(desk, year, agency, told(desk, refusal))
    return went("budget_publication", year=year)


def _rules(refusal: TablesFailChecks) -> list[str]:
    rules = refusal.facts["rules"]
    return [str(each) for each in rules] if isinstance(rules, list) else []


@duty(*SEERS)
def budget_table_file(desk: Desk, year: int, agency: str, no: int, form: str) -> Answer:
    """Give one of the eleven tables as a file, for reading before it is public."""
    with desk.reading() as connection:
        try:
            tables = approved_budget(connection, "office", desk.me.treasury_id, year, [agency]).tables()
        except UnknownBudgetRecord:
            absent()
    table = next((each for each in tables if each.no == no), None)
    if table is None:
        absent()
    name = f"budget-{year}-{table.subject.code}-{no}"
    desk.record("export", name, form=form)
    answer = Response(
        table.sheet(str(today()), english=desk.language == "en").written(form), content_type=FORMATS[form]
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


ROUTES = (
    Route("/budget/<int:year>/publication", budget_publication),
    Route("/budget/<int:year>/publication/<agency>", budget_tables),
    Route("/budget/<int:year>/publication/<agency>/publish", budget_publish, ("POST",)),
    Route(f"/budget/<int:year>/publication/<agency>/<int:no>.<{_FORM}:form>", budget_table_file),
)
