"""A budget year at a glance: its dates with the days that are left, its departments, agencies and packages."""

from collections.abc import Sequence

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from ledger.compilation import dossiers, packages, prices, registers
from ledger.compilation.own_money import own_changes
from ledger.compilation.performance import pace, projects
from ledger.compilation.rounds import countdown
from ledger.disclosure.budgets import awaiting_budgets
from web.clock import today
from web.office.budget.chains import books_of
from web.office.budget.words import LINE_SEERS, SEERS, show
from web.office.desk import Desk, Route, duty, went


@duty(*LINE_SEERS)
def budget_home(desk: Desk) -> Answer:
    """Go to the newest budget year; where there is none yet, to the next one."""
    with desk.reading() as connection:
        known = registers.years(connection, desk.me.treasury_id)
    return went("budget_year", year=known[0] if known else today().year + 1)


@duty(*LINE_SEERS)
def budget_year(desk: Desk, year: int) -> Answer:
    """Show a budget year; the packages of one agency when the address names it."""
    treasury, agency = desk.me.treasury_id, request.args.get("agency") or None
    with desk.reading() as connection:
        known = registers.years(connection, treasury)
        found = dossiers.listed(connection, treasury, year)
        agencies = registers.agencies(connection, treasury)
        steps = countdown(connection, treasury, year, today())
        ceilings = registers.ceilings(connection, treasury, year)
        sent = registers.submissions(connection, treasury, year)
        resolved = registers.resolution(connection, treasury, year)
    counted = {each.agency for each in found}
    shown = [each for each in found if agency in {None, each.agency}]
    return show(
        desk,
        "year",
        year=year,
        years=sorted({*known, year}, reverse=True),
        found=shown,
        agency=agency,
        agencies=[each for each in agencies if each.agency in counted or each.mine],
        named={each.agency: each for each in agencies},
        counts={code: [each for each in found if each.agency == code] for code in counted},
        steps=steps,
        ceilings=ceilings,
        sent=sent,
        resolved=resolved,
        waiting=_waiting(desk, year, found, resolved is not None),
    )


def _waiting(desk: Desk, year: int, found: Sequence[dossiers.Listed], resolved: bool) -> list[tuple[str, int, str]]:  # noqa: FBT001
    """Tell what waits for the duty: by name, how many, and where."""
    treasury = desk.me.treasury_id
    states = [each.state for each in found]
    with desk.reading() as connection:
        standards = prices.standards(connection, treasury)
        data = registers.basic_data(connection, treasury, year)
        books = books_of(connection, treasury, year)
        awaiting = [each for each in awaiting_budgets(connection, treasury) if each.fiscal_year == year]
        changes = own_changes(connection, treasury, year)
        results = projects(connection, treasury, year)
        mine = {each.agency for each in registers.agencies(connection, treasury) if each.mine}
        unsaid = [
            agency
            for agency in mine & set(registers.approved_agencies(connection, treasury, year))
            if any(each.off and each.reason is None for each in pace(connection, treasury, year, agency, today()))
        ]
    given = sum(each.of.fen for each in books.standings)
    posted = sum(books.of(root).approved for root in {each.of.root for each in books.standings})
    unissued = [each for each in books.standings if not each.issued_fen]
    to_review = sum(state.startswith("sent_") for state in states)
    boxes = {
        "COMP": [
            ("send", states.count("saved") + states.count("changed"), "year"),
            ("pace", len(unsaid), "performance"),
            ("results", sum(each.version is None and each.agency in mine for each in results), "performance"),
        ],
        "REVW": [
            ("review", to_review, "year"),
            ("data", sum(not each.approved for each in data), "data"),
            ("own", sum(each.document is None for each in changes), "own"),
            ("confirm", sum(each.version is not None and each.confirmer is None for each in results), "performance"),
        ],
        "APPR": [
            ("standards", sum(each.approver is None for each in standards), "standards"),
            ("resolution", int(bool(found) and not resolved), "resolution"),
            ("approval", int(resolved and posted < given), "resolution"),
        ],
        "ISSU": [("release", len(unissued), "release")],
        "PUBL": [("publication", len(awaiting), "publication")],
    }
    return [
        (name, n, url_for(f"office.budget_{page}", year=year))
        for name, n, page in boxes.get(desk.me.duty or "", [])
        if n
    ]


@duty(*SEERS)
def budget_order(desk: Desk, year: int) -> Answer:
    """Show the submitted packages in their order, and where the ceiling draws the line."""
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        placed = packages.order_of(connection, treasury, year)
        heads = {each.package: each for each in dossiers.listed(connection, treasury, year)}
        places = registers.places(connection, treasury, year)
        weights = registers.weights(connection)
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
    groups: dict[tuple[str, str], list[packages.Placed]] = {}
    for each in placed:
        groups.setdefault((each.department, each.fund), []).append(each)
    return show(desk, "order", year=year, groups=groups, heads=heads, places=places, weights=weights, named=named)


ROUTES = (
    Route("/budget", budget_home),
    Route("/budget/<int:year>", budget_year),
    Route("/budget/<int:year>/order", budget_order),
)
