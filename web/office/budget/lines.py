"""The approved budget line by line: budget, adjusted budget, executed; and one line with everything that touched it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.compilation import registers
from ledger.compilation.releases import ApprovedLine, made_of
from ledger.errors import LedgerError
from ledger.execution import claim_register
from ledger.execution.claim_register import PayableRow
from ledger.execution.reservations import Reservation, reservations
from ledger.money import format_yuan
from reports.table import rate
from web.clock import today
from web.office.budget.chains import Explained, Standing, books_of, elapsed, explain, origin_of, parts, standing_of
from web.office.budget.line_changes import CHANGES
from web.office.budget.words import LINE_SEERS, class_names, reason, show, told, words
from web.office.desk import Desk, Route, absent, duty

_CLASS, _SECTION, _ITEM = 3, 5, 7
_NEXT = {0: _CLASS, _CLASS: _SECTION, _SECTION: _ITEM}
_YEAR = len("2024")


@dataclass(frozen=True, slots=True)
class Sum:
    """A row: a code with its name, three columns, and the door to what it is made of."""

    code: str
    name: str
    budget: int
    adjusted: int
    executed: int
    link: str
    carried: int = 0
    """What of the adjusted budget was carried over from the year before."""
    opened: str = ""
    """How a line that was not approved came into the year: "carried" or "given"."""

    @property
    def progress(self) -> int | None:
        """How much of the adjusted budget was paid, in hundredths of a percent."""
        return rate(self.executed, self.adjusted)


@duty(*LINE_SEERS)
def budget_lines(desk: Desk, year: int) -> Answer:
    """Show the approved lines in three columns, from the class of a function down to the indicator."""
    treasury = desk.me.treasury_id
    func, agency = request.args.get("func", ""), request.args.get("agency", "")
    with desk.reading() as connection:
        books = books_of(connection, treasury, year)
        resolved = registers.resolution(connection, treasury, year)
        classes = class_names(desk, connection)
        agencies = registers.agencies(connection, treasury)
        passed = elapsed(connection, treasury, books.code, today()) if books.code else None
    named = {each.agency: desk.pick(each.name_zh, each.name_en) for each in agencies}
    chosen = [
        each for each in books.every if each.of.func.startswith(func) and agency in {"", each.of.agency}
    ]  # fmt: skip
    if func and not chosen:
        absent()
    deeper = _NEXT.get(len(func))
    if deeper is None:
        rows = [_row_of(each, named, classes["dept_econ"]) for each in chosen]
    else:
        rows = _gathered(chosen, deeper, classes["func"], year, agency)
    return show(
        desk,
        "lines",
        year=year,
        rows=rows,
        deepest=deeper is None,
        func=func,
        trail=[(func[:n], classes["func"].get(func[:n], "")) for n in (_CLASS, _SECTION, _ITEM) if n <= len(func)],
        agency=agency,
        agencies=sorted({each.of.agency for each in books.every}),
        named=named,
        resolved=resolved,
        passed=passed,
        total=Sum(
            "",
            "",
            sum(r.budget for r in rows),
            sum(r.adjusted for r in rows),
            sum(r.executed for r in rows),
            "",
            sum(r.carried for r in rows),
        ),
    )


def _gathered(
    chosen: Sequence[Standing], digits: int, names: dict[str, str], year: int, agency: str
) -> list[Sum]:  # fmt: skip
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in chosen:
        into = sums[each.of.func[:digits]]
        for n, fen in enumerate((each.of.fen, each.adjusted_fen, each.executed_fen, each.carried_fen)):
            into[n] += fen
    rows = []
    for code, (budget, adjusted, executed, carried) in sorted(sums.items()):
        link = url_for("office.budget_lines", year=year, func=code, agency=agency or None)
        rows.append(Sum(code, names.get(code, ""), budget, adjusted, executed, link, carried))
    return rows


def _row_of(each: Standing, named: dict[str, str], econ: dict[str, str]) -> Sum:
    of = each.of
    what = of.project or (of.dept_econ and f"{of.dept_econ} {econ.get(of.dept_econ, '')}")
    return Sum(
        of.indicator,
        " · ".join(each for each in (named.get(of.agency, of.agency), what) if each),
        of.fen,
        each.adjusted_fen,
        each.executed_fen,
        url_for("office.budget_indicator", indicator=of.indicator),
        each.carried_fen,
        each.opened,
    )


@duty(*LINE_SEERS)
def budget_indicator(desk: Desk, indicator: str) -> Answer:
    """Show one line: approved, adjusted, held, reserved, paid, free, each with where it comes from."""
    return indicator_page(desk, indicator)


def indicator_page(
    desk: Desk, indicator: str, problems: dict[str, str] | None = None, refusal: LedgerError | None = None
) -> Answer:
    """Write the page of a line, with what was wrong in a form of it or why something was refused."""
    treasury, year = desk.me.treasury_id, year_of(indicator)
    explained: Explained | None = None
    with desk.reading() as connection:
        books = books_of(connection, treasury, year)
        below = [each for each in books.standings if indicator in {each.of.whole, each.of.root}]
        of = None if below else standing_of(connection, treasury, books, indicator)
        if books.code is None or not (of or below):
            absent()
        approved = made_of(connection, treasury, year, of.of.agency) if of and not of.opened else []
        lines = [each for each in approved if of and _is_of(each, of)]
        origin = origin_of(connection, treasury, indicator) if of and of.opened == "carried" else None
        named = {each.agency: each for each in registers.agencies(connection, treasury)}
        classes = class_names(desk, connection)
        agency = of.of.agency if of else None
        applicants = registers.holders(connection, treasury, "APPL", agency)
        changes = {name: each for name, each in CHANGES.items() if each.duty == desk.me.duty}
        able = {by for each in changes.values() for by in each.preparers}
        preparers = sorted({who for by in able for who in registers.holders(connection, treasury, by, agency)})
        sourced = any(each.sourced for each in changes.values())
        revenues = draft_checks.codes(connection, treasury, "revenue") if sourced else []
        econs = sorted({each.dept_econ for each in lines})
        if of and of.of.project and not (econs or of.of.dept_econ):
            # What was carried over was approved in another year: whoever pays says for what.
            econs = ["", *(code for code, *_ in draft_checks.codes(connection, treasury, "dept_econ"))]
        claims = _payable(connection, treasury, of, econs) if of and desk.me.duty == "PCHK" else None
        withdrawn = any(each.reserved for each in changes.values())
        reserved = reservations(connection, treasury, books.code, indicator) if of and withdrawn else []
        if refusal:
            explained = explain(connection, treasury, year, refusal)
    names = classes["dept_econ"]
    return show(
        desk,
        "indicator",
        problems=problems,
        error=told(desk, refusal) if refusal and not explained else "",
        refusal=reason(desk, refusal) if refusal and explained else "",
        explained=explained,
        year=year,
        of=of,
        any_of=(of or below[0]).of,
        below=below,
        indicator=indicator,
        parts=parts(books, indicator),
        lines=lines,
        origin=origin,
        named=named,
        classes=classes,
        applicants=applicants,
        claims=claims,
        chosen=next((each for each in claims or () if each.claim == request.args.get("claim")), None),
        kinds=[(name, words(desk.language)[f"change_{name}"]) for name in changes],
        preparers=preparers,
        withdrawn=withdrawn,
        reserved=[(each.of.code, _told(each, names)) for each in reserved if each.left_fen],
        revenues=revenues,
        today=today() if today().year == year else "",
        econs=[(code, f"{code} {names.get(code, '')}") for code in econs],
    )


def _payable(
    connection: Any,  # noqa: ANN401 - as the desk reads
    treasury: int,
    of: Standing,
    econs: Sequence[str],
) -> list[PayableRow] | None:
    """Give the approved claims that the line may pay, in the classes for which it can be reserved.

    None where nothing of it is paid by claims.
    """
    classes = {of.of.dept_econ} if of.of.dept_econ else set(econs)
    if not classes & {each.dept_econ for each in claim_register.kinds(connection)}:
        return None
    return claim_register.payable(connection, treasury, of.of.agency, classes)


def _told(of: Reservation, names: Mapping[str, str]) -> str:
    """Tell a reservation in a line: its claim, payee, class and contract, and what is left of it."""
    econ = of.of.dept_econ and f"{of.of.dept_econ} {names.get(of.of.dept_econ, '')}".strip()
    words = (of.of.claim, of.of.counterparty, econ, of.of.contract, of.of.pay_mode, format_yuan(of.left_fen))
    return " · ".join(each for each in words if each)


def year_of(indicator: str) -> int:
    """Give the budget year that an indicator's code begins with."""
    year = indicator[:_YEAR]
    if not (year.isascii() and year.isdigit() and len(year) == _YEAR):
        absent()
    return int(year)


def _is_of(line: ApprovedLine, of: Standing) -> bool:
    """Tell whether a line of a package went into a grant."""
    use = (line.project,) if line.project else (None, line.dept_econ)
    mine = (of.of.project,) if of.of.project else (None, of.of.dept_econ)
    return (line.func, line.fund, use) == (of.of.func, of.of.fund, mine)


ROUTES = (
    Route("/budget/<int:year>/lines", budget_lines),
    Route("/budget/lines/<indicator>", budget_indicator),
)
