"""The year of the demo city in figures: what it may spend on what, and what it does spend.

The published totals of one real district (``totals.csv``) are split exactly by weights; everything below
the totals is invented. Nothing here is drawn from a random generator: a digest of a label decides, so that
one figure never depends on another, nor the books on the order of the code.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TypeVar

from ledger.money import Fen, parse_yuan, split

G = TypeVar("G")

SEED = "gongku-demo-1"
YEAR = 2024
FIRST = date(YEAR, 1, 1)
LAST = date(YEAR, 12, 31)

TRANSFER_BY_STATE_CAPITAL = parse_yuan("45000000")
RESERVE_UNSPENT = parse_yuan("150000000")
HELD_UNSPENT = parse_yuan("100000000")
SOURCES_OF_FUNDS = {
    "special_bonds": parse_yuan("9850000000"),
    "refinancing": parse_yuan("1000000000"),
    "transfers": parse_yuan("640000000"),
    "carry_over": parse_yuan("3120000000"),
}
"""What the government-managed funds have besides their revenue (invented)."""
SPECIAL_REVENUE = parse_yuan("186000000")
SPECIAL_CARRY = parse_yuan("7000000")
WORKING_FUND = parse_yuan("50000000")
RESERVE_USED = parse_yuan("200000000")
HELD_USED = parse_yuan("500000000")

_USE_LETTERS = {
    "staff": "S", "running": "R", "project": "P", "works": "W", "subsidy": "Y", "welfare": "F", "pension": "N",
    "fund": "U", "interest": "I", "charge": "C", "land": "L", "special": "A", "principal": "D",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the city; its department is its parent or itself."""

    agency: str
    parent: str | None
    kind: str
    name_zh: str
    name_en: str

    @property
    def department(self) -> str:
        """The department that receives the budget first."""
        return self.parent or self.agency


@dataclass(frozen=True, slots=True)
class Line:
    """What one unit may spend on one purpose; amounts in fen.

    ``total`` is the budget after every change; ``carried`` and ``saved`` are left at the year's end;
    ``reduced`` was given first and taken back by the adjustment.
    """

    fund: str
    agency: Agency
    func: str
    use: str
    source: str
    name_zh: str
    total: Fen
    carried: Fen = Fen(0)
    saved: Fen = Fen(0)
    reduced: Fen = Fen(0)

    @property
    def spent(self) -> Fen:
        """What is paid in the year."""
        return Fen(self.total - self.carried - self.saved)

    @property
    def root(self) -> str:
        """The indicator that the Congress approves."""
        return f"{YEAR}.{self.fund}.{self.func}"

    @property
    def department(self) -> str:
        """The indicator of the department."""
        return f"{self.root}.{self.agency.department}"

    @property
    def indicator(self) -> str:
        """The indicator of the unit."""
        return f"{self.root}.{self.agency.agency}.{_USE_LETTERS[self.use]}"

    @property
    def project(self) -> str | None:
        """The code of the project, if it is one."""
        if not self.name_zh:
            return None
        return f"XM{YEAR}-{self.agency.agency}-{self.func}-{_USE_LETTERS[self.use]}"


@dataclass(frozen=True, slots=True)
class Revenue:
    """One item of revenue and what it brings in the year."""

    fund: str
    revenue: str
    days_a_month: int
    season: str
    total: Fen


def rows(name: str) -> list[dict[str, str]]:
    """Read one of the tables beside this module."""
    text = files("importers.demo").joinpath(f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@cache
def totals() -> Mapping[str, Fen]:
    """Give the published totals by name."""
    return {row["item"]: parse_yuan(row["yuan"]) for row in rows("totals")}


@cache
def agencies() -> Mapping[str, Agency]:
    """Give the agencies by code, parents first."""
    return {
        row["agency"]: Agency(row["agency"], row["parent"] or None, row["kind"], row["name_zh"], row["name_en"])
        for row in rows("agencies")
    }


def draw(label: str, below: int) -> int:
    """Decide a whole number from 0 to below ``below``: the same for the same label, always."""
    digest = hashlib.sha256(f"{SEED}:{label}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def uneven(total: Fen, parts: int, label: str) -> list[Fen]:
    """Split a total into uneven parts."""
    return split(total, [60 + draw(f"{label}:{n}", 80) for n in range(parts)])


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts of the general budget that follow from the published ones."""

    first_transfers: Fen
    later_transfers: Fen
    reduced: Fen
    saved: Fen
    planned_provision: Fen
    late_provision: Fen
    spent_from_transfers_in: Fen


@cache
def figures() -> Figures:
    """Work out what the published totals imply.

    The first budget balances by transfers known at its time; what lapses at the year's end and what was
    collected beyond the budget go into the stabilisation fund (预算法 66).
    """
    t = totals()
    first_uses = t["first_expenditure_budget"] + t["remittance"] + t["bond_principal"] + t["inter_regional"]
    first_transfers = first_uses - t["first_revenue_budget"] - t["prior_year_carry_over"] - t["refinancing_bonds"]
    lapsed = t["adjusted_expenditure_budget"] - t["own_expenditure"] - t["carry_over"]
    late = lapsed + t["own_revenue"] - t["adjusted_revenue_budget"]
    planned = t["stabilisation_and_working_fund"] - late
    return Figures(
        first_transfers=Fen(first_transfers),
        later_transfers=Fen(t["upper_level_transfers"] - first_transfers),
        reduced=Fen(t["first_revenue_budget"] - t["adjusted_revenue_budget"]),
        saved=Fen(lapsed - RESERVE_UNSPENT - HELD_UNSPENT),
        planned_provision=Fen(planned),
        late_provision=Fen(late),
        spent_from_transfers_in=Fen(t["transfers_in"] - planned),
    )


def _budgets() -> Mapping[tuple[str, str], Fen]:
    """Give what all lines of a fund and a source may spend together."""
    t, f = totals(), figures()
    others = {
        ("1", "transfer"): f.later_transfers,
        ("1", "bond"): t["new_bonds"],
        ("1", "transfers_in"): f.spent_from_transfers_in,
        ("1", "reserve"): RESERVE_USED,
        ("1", "held"): HELD_USED,
    }
    spendable = t["adjusted_expenditure_budget"] - RESERVE_UNSPENT - HELD_UNSPENT
    return {
        **others,
        ("1", "budget"): Fen(spendable - sum(others.values())),
        ("2", "budget"): Fen(t["funds_expenditure"] + funds_carry()),
        ("3", "budget"): t["state_capital_expenditure"],
        ("5", "budget"): SPECIAL_REVENUE,
    }


def funds_carry() -> Fen:
    """Give what the government-managed funds carry over."""
    t = totals()
    sources = t["funds_revenue"] + sum(SOURCES_OF_FUNDS.values())
    transfers_out = t["transfers_in"] - TRANSFER_BY_STATE_CAPITAL
    return Fen(sources - t["funds_expenditure"] - transfers_out - SOURCES_OF_FUNDS["refinancing"])


@cache
def lines() -> Sequence[Line]:
    """Give every line of expenditure, in the order of its table."""
    given = rows("expenditure")
    total = _shares(given, _budgets(), lambda row: (row["fund"], row["source"]))
    carried = _shares(
        given,
        {"1": totals()["carry_over"], "2": funds_carry(), "5": SPECIAL_CARRY},
        lambda row: row["fund"] if (row["fund"], row["source"], row["use"]) in _CARRYING else None,
    )
    f = figures()
    general = {("1", "budget", "running"): "saved", ("1", "budget", "project"): "reduced"}
    changed = _shares(
        given,
        {"saved": f.saved, "reduced": f.reduced},
        lambda row: general.get((row["fund"], row["source"], row["use"])),
    )
    return tuple(
        Line(
            fund=row["fund"],
            agency=agencies()[row["agency"]],
            func=row["func"],
            use=row["use"],
            source=row["source"],
            name_zh=row["project_zh"],
            total=total[n],
            carried=carried[n],
            saved=changed[n] if row["use"] == "running" else Fen(0),
            reduced=changed[n] if row["use"] == "project" else Fen(0),
        )
        for n, row in enumerate(given)
    )


_CARRYING = {
    *(("1", "transfer", use) for use in ("subsidy", "project", "works", "welfare")),
    ("2", "budget", "works"),
    ("5", "budget", "special"),
}


def _shares(
    given: Sequence[Mapping[str, str]], amounts: Mapping[G, Fen], group_of: Callable[[Mapping[str, str]], G | None]
) -> list[Fen]:
    """Split each amount by weight over the rows of its group; a row of no group gets nothing."""
    shares = [Fen(0)] * len(given)
    for group, amount in amounts.items():
        members = [n for n, row in enumerate(given) if group_of(row) == group]
        parts = split(amount, [int(given[n]["weight"]) for n in members])
        for n, part in zip(members, parts, strict=True):
            shares[n] = part
    return shares


@cache
def revenues(set_apart: int) -> Sequence[Revenue]:
    """Give every item of revenue; ``set_apart`` is general revenue that arrives by other events."""
    t = totals()
    amounts = {
        "1": Fen(t["own_revenue"] - set_apart),
        "2": t["funds_revenue"],
        "3": Fen(t["state_capital_expenditure"] + TRANSFER_BY_STATE_CAPITAL),
        "5": SPECIAL_REVENUE,
    }
    given = rows("revenue")
    shares = _shares(given, dict(amounts), lambda row: row["fund"])
    return tuple(
        Revenue(row["fund"], row["revenue"], int(row["days_a_month"]), row["season"], shares[n])
        for n, row in enumerate(given)
    )


SEASONS: Mapping[str, Sequence[int]] = {
    "tax": (15, 7, 7, 11, 8, 8, 11, 6, 6, 9, 6, 6),
    "quarter": (16, 3, 4, 19, 13, 6, 16, 4, 3, 11, 3, 2),
    "late": (7, 5, 8, 8, 8, 9, 8, 8, 9, 9, 9, 12),
    "flat": (8, 7, 9, 8, 8, 9, 8, 8, 9, 8, 9, 9),
    "land": (9, 6, 8, 8, 8, 9, 7, 7, 8, 8, 10, 12),
    "once": (0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0),
    "school": (2, 26, 8, 3, 2, 2, 1, 2, 38, 10, 4, 2),
    "staff": (9, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 11),
    "running": (6, 5, 8, 8, 8, 9, 8, 8, 9, 8, 9, 14),
    "project": (2, 3, 6, 7, 8, 9, 9, 9, 10, 9, 11, 17),
    "quarters": (0, 0, 25, 0, 0, 27, 0, 0, 23, 0, 0, 25),
    "terms": (0, 0, 25, 0, 0, 14, 0, 0, 0, 36, 0, 18),
}
"""How a year's amount falls on its months."""


@cache
def workdays(month: int, year: int = YEAR) -> Sequence[date]:
    """Give the days on which the city books: Monday to Friday; in January not before the approval."""
    first = date(year, month, 9 if month == 1 else 1)
    days = [first + timedelta(days=n) for n in range(31)]
    return [d for d in days if d.month == month and d.isoweekday() <= 5]  # noqa: PLR2004 - Friday


def by_month(total: Fen, season: str, first: int = 1) -> list[Fen]:
    """Split a year's amount over its months, none of it before the first one."""
    weights = [w if m >= first else 0 for m, w in enumerate(SEASONS[season], 1)]
    return split(total, weights)
