"""The approved budget against the books: what each grant was given, what became of it, and why a payment is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from ledger.books import Books
from ledger.compilation.approval import Grant, grants
from ledger.errors import LimitExceeded
from reports.account_sets import find
from reports.indicators import Figures, ask, figures, state_accounts

_NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Standing:
    """A grant and where its money is; ``figures`` are those of the unit's indicator.

    ``beside_fen`` is what a line got at first that is not in the approved budget.
    """

    of: Grant
    figures: Figures
    beside_fen: int = 0

    @property
    def carried_fen(self) -> int:
        """What was carried over from the year before."""
        return self.figures.reopened

    @property
    def adjusted_fen(self) -> int:
        """The budget as it was adjusted since (调整预算数): with what was carried over and every change."""
        return self.of.fen + self.beside_fen + self.figures.reopened + self.figures.changed

    @property
    def opened(self) -> str:
        """How a line came into the year that was not approved: "carried" over or "given" since; else ""."""
        if self.of.fen:
            return ""
        return "carried" if self.carried_fen else "given" if self.adjusted_fen > 0 else ""

    @property
    def executed_fen(self) -> int:
        """What was paid."""
        return self.figures.executed

    @property
    def issued_fen(self) -> int:
        """What the unit may spend or has spent."""
        return self.figures.issued


@dataclass(frozen=True, slots=True)
class BooksOfYear:
    """The indicator set of a year, the grants of its budget, and the figures of every indicator.

    ``since`` are the lines of units that no grant has: carried over from the year before, or given in the year.
    """

    code: str | None
    accounts: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, Figures]
    standings: Sequence[Standing]
    since: Sequence[Standing]

    @property
    def every(self) -> Sequence[Standing]:
        """All lines of units: the approved ones first."""
        return [*self.standings, *self.since]

    def of(self, indicator: str) -> Figures:
        """Give the figures of an indicator; nothing, when nothing was posted to it."""
        return self.sums.get(indicator, _NOTHING)


def books_of(connection: Any, treasury_id: int, year: int) -> BooksOfYear:  # noqa: ANN401 - as the desk reads
    """Read the approved budget of a year and what the books say of it."""
    given = grants(connection, treasury_id, year)
    sets = Books.read(connection, treasury_id).sets.values()
    code = next((each.code for each in sets if each.role == "indicator" and each.fiscal_year == year), None)
    if code is None:
        return BooksOfYear(None, {}, {}, [Standing(each, _NOTHING) for each in given], ())
    asked = ask(connection, set_code=code, treasury=treasury_id, on=None, known=None)
    accounts = state_accounts(connection, asked.account_set.chart)
    sums = figures(connection, asked, "indicator", accounts)
    standings = [Standing(each, sums.get(each.indicator, _NOTHING)) for each in given]
    known = {code for each in given for code in (each.indicator, each.whole, each.root)}
    others = _lines(connection, treasury_id, [code for code in sums if code not in known])
    budgeted = {each.agency for each in given}
    since = [
        each
        for each in (_beside(of, sums[of.indicator]) for of in others)
        if (each.carried_fen or each.adjusted_fen or each.executed_fen)
        and (each.of.agency in budgeted or not each.beside_fen)
    ]
    return BooksOfYear(code, accounts, sums, standings, since)


def _lines(connection: Any, treasury_id: int, indicators: Sequence[str]) -> list[Grant]:  # noqa: ANN401
    """Give those of the indicators that belong to an agency as grants of nothing: no budget approved them."""
    rows = connection.exec_driver_sql(
        "select indicator, fund, func, agency, dept_econ, project from ledger.indicator"
        " where treasury_id = %s and indicator = any (%s) and agency is not null order by agency, func, indicator",
        (treasury_id, list(indicators)),
    )
    return [Grant("", "", code, fund, func, agency, agency, econ, project, 0)
            for code, fund, func, agency, econ, project in rows]  # fmt: skip


def _beside(of: Grant, own: Figures) -> Standing:
    """Give a line that no budget approved; what a department has not passed on yet is in the lines of its units."""
    return Standing(of, own, own.begun - own.allocated if of.dept_econ or of.project or own.issued else 0)


def standing_of(connection: Any, treasury_id: int, books: BooksOfYear, indicator: str) -> Standing | None:  # noqa: ANN401
    """Find a unit's line by its code: a grant, or one that was opened since, by reallocation or carry-over."""
    granted = next((each for each in books.standings if each.of.indicator == indicator), None)
    if granted or indicator not in books.sums:
        return granted
    return next((_beside(of, books.of(indicator)) for of in _lines(connection, treasury_id, [indicator])), None)


def origin_of(connection: Any, treasury_id: int, indicator: str) -> str | None:  # noqa: ANN401 - as the desk reads
    """Give the indicator of the year before that a carried line comes from."""
    found: str | None = connection.exec_driver_sql(
        "select parent from ledger.indicator where treasury_id = %s and indicator = %s", (treasury_id, indicator)
    ).scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """A figure of a line: what it is called, how much, and where it comes from."""

    name: str
    fen: int
    links: Sequence[tuple[str, str]]


def parts(books: BooksOfYear, indicator: str) -> list[Part]:
    """Give a line's figures, each a door: approved, adjusted, transferred, held, reserved, paid, free."""
    own = books.of(indicator)
    page = url_for("office.budget_indicator", indicator=indicator)

    def doors(*states: str) -> list[tuple[str, str]]:
        return [
            (account, url_for("office.statement", code=books.code, account=account, indicator=indicator))
            for state in states
            for account in books.accounts.get(state, ())
        ]

    free = doors("free")
    down = [Part("distributed", -own.distributed, [("", f"{page}#packages")])] if own.distributed else []
    rare = [Part(name, getattr(own, name), doors(name)) for name in ("awaiting", "carried") if getattr(own, name)]
    carried = [Part("reopened", own.reopened, free)] if own.reopened else []
    return [
        Part("approved", own.approved + own.received - own.reopened, [("", f"{page}#packages")]),
        *carried,
        Part("adjusted", own.adjusted, free),
        Part("transferred", own.transferred, free),
        *down,
        *rare,
        Part("held", own.held, doors("held")),
        Part("reserved", own.reserved, doors("reserved")),
        Part("paid", own.executed, doors("executed")),
        Part("free", own.free, free),
    ]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why there was not that much left: the line, what was asked, how much was short, and every figure."""

    indicator: str
    asked_fen: int
    short_fen: int
    parts: Sequence[Part]


def explain(connection: Any, treasury_id: int, year: int, refusal: Exception) -> Explained | None:  # noqa: ANN401
    """Explain a refusal by an indicator; None if it is none."""
    if not isinstance(refusal, LimitExceeded):
        return None
    facts = refusal.facts
    books = books_of(connection, treasury_id, year)
    indicator = str(facts.get("limit_key", ""))
    known = {code for each in books.standings for code in (each.of.indicator, each.of.whole, each.of.root)}
    if indicator not in known | set(books.sums):
        return None
    asked, short = int(str(facts.get("asked_fen", 0))), int(str(facts.get("short_fen", 0)))
    return Explained(indicator, asked, short, parts(books, indicator))


def elapsed(connection: Any, treasury_id: int, code: str, on: date) -> int:  # noqa: ANN401 - as the desk reads
    """Tell how much of a set's year has passed, in hundredths of a percent."""
    of = find(connection, code, treasury_id)
    whole = (of.ends_on - of.starts_on).days + 1
    return max(0, min((on - of.starts_on).days + 1, whole)) * 10_000 // whole
