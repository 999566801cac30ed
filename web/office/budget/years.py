"""A budget year at a glance: its dates with the days that are left, its departments, agencies and packages."""

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger.compilation import dossiers, packages, registers
from ledger.compilation.rounds import countdown
from web.clock import today
from web.office.budget.waiting import KINDS
from web.office.budget.words import LINE_SEERS, SEERS, show
from web.office.desk import Desk, Route, duty, went
from web.office.waiting import waiting


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
        partly=registers.partly_seen(agencies),
        counts={code: [each for each in found if each.agency == code] for code in counted},
        steps=steps,
        ceilings=ceilings,
        sent=sent,
        resolved=resolved,
        waiting=_waiting(desk, year),
    )


def _waiting(desk: Desk, year: int) -> list[tuple[str, int, str]]:
    """Tell what waits for the duty: of each kind how much, and where the most urgent is done."""
    found: dict[str, tuple[int, str]] = {}
    for each in waiting(desk, KINDS, year):
        n, link = found.get(each.kind, (0, each.link))
        found[each.kind] = n + each.of.n, link
    return [(kind, n, link) for kind, (n, link) in found.items()]


@duty(*SEERS)
def budget_order(desk: Desk, year: int) -> Answer:
    """Show the submitted packages in their order, and where the ceiling draws the line."""
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        placed = packages.order_of(connection, treasury, year)
        heads = {each.package: each for each in dossiers.listed(connection, treasury, year)}
        places = registers.places(connection, treasury, year)
        weights = registers.weights(connection)
        agencies = registers.agencies(connection, treasury)
    named = {each.agency: each for each in agencies}
    groups: dict[tuple[str, str], list[packages.Placed]] = {}
    for each in placed:
        groups.setdefault((each.department, each.fund), []).append(each)
    return show(
        desk, "order", year=year, groups=groups, heads=heads, places=places, weights=weights, named=named,
        partly=registers.partly_seen(agencies),
    )  # fmt: skip


ROUTES = (
    Route("/budget", budget_home),
    Route("/budget/<int:year>", budget_year),
    Route("/budget/<int:year>/order", budget_order),
)
