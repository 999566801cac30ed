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
    """A grant and where its money is; ``figures`` are those of the unit's indicator."""

    of: Grant
    figures: Figures

    @property
    def adjusted_fen(self) -> int:
        """The budget as it was adjusted since."""
        return self.of.fen + self.figures.adjusted + self.figures.transferred

    @property
    def executed_fen(self) -> int:
        """What was paid."""
        return self.figures.executed

    @property
    def issued_fen(self) -> int:
        """What the unit may spend or has spent."""
        own = self.figures
        return own.free + own.held + own.reserved + own.executed + own.carried


@dataclass(frozen=True, slots=True)
class BooksOfYear:
    """The indicator set of a year, the grants of its budget, and the figures of every indicator."""

    code: str | None
    accounts: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, Figures]
    standings: Sequence[Standing]

    def of(self, indicator: str) -> Figures:
        """Give the figures of an indicator; nothing, when nothing was posted to it."""
        return self.sums.get(indicator, _NOTHING)


def books_of(connection: Any, treasury_id: int, year: int) -> BooksOfYear:  # noqa: ANN401 - as the desk reads
    """Read the approved budget of a year and what the books say of it."""
    given = grants(connection, treasury_id, year)
    sets = Books.read(connection, treasury_id).sets.values()
    code = next((each.code for each in sets if each.role == "indicator" and each.fiscal_year == year), None)
    if code is None:
        return BooksOfYear(None, {}, {}, [Standing(each, _NOTHING) for each in given])
    asked = ask(connection, set_code=code, treasury=treasury_id, on=None, known=None)
    accounts = state_accounts(connection, asked.account_set.chart)
    sums = figures(connection, asked, "indicator", accounts)
    return BooksOfYear(code, accounts, sums, [Standing(each, sums.get(each.indicator, _NOTHING)) for each in given])


def standing_of(connection: Any, treasury_id: int, books: BooksOfYear, indicator: str) -> Standing | None:  # noqa: ANN401
    """Find a unit's line by its code: a grant, or one that was opened since, by reallocation or carry-over."""
    granted = next((each for each in books.standings if each.of.indicator == indicator), None)
    if granted or indicator not in books.sums:
        return granted
    row = connection.exec_driver_sql(
        "select fund, func, agency, dept_econ, project from ledger.indicator where treasury_id = %s and indicator = %s",
        (treasury_id, indicator),
    ).one()
    if row.agency is None:
        return None
    of = Grant("", "", indicator, row.fund, row.func, row.agency, row.agency, row.dept_econ, row.project, 0)
    return Standing(of, books.of(indicator))


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
    return [
        Part("approved", own.approved + own.received, [("", f"{page}#packages")]),
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
