"""Charts of accounts and classifications as the database holds them: which account a key means, which day.

Accounts are addressed by semantic key (``TREASURY_CASH``); the chart in force tells the code, by the
event's fund, economic class, revenue class or kind of agency where the key depends on one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.errors import UnknownAccount, UnresolvedAccount

DIMENSIONS = (
    "agency",
    "func",
    "gov_econ",
    "dept_econ",
    "revenue",
    "fund",
    "project",
    "indicator",
    "contract",
    "counterparty",
    "pay_mode",
)
"""The dimensions (核算要素) that a posting may carry, in the order of its columns."""

AGENCY_KIND = "agency_kind"
"""What a key may also depend on; it is no column of a posting."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days from a first one on, up to but without ``until``; None is open."""

    first: date | None
    until: date | None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.until is None or day < self.until)

    def within(self, other: "Days") -> "Days":
        """Give the days of both."""
        firsts = [d for d in (self.first, other.first) if d is not None]
        untils = [d for d in (self.until, other.until) if d is not None]
        return Days(max(firsts, default=None), min(untils, default=None))


ALWAYS = Days(None, None)


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a chart, with the dimensions that its postings carry."""

    code: str
    book: str
    element: str
    normal_side: str
    name_zh: str
    name_en: str
    carries: frozenset[str]
    limit_by: str | None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One row of the key table: what a key means for one value of one dimension."""

    dim: str
    value: str
    code: str
    valid: Days


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts, keys and class trees, read once."""

    accounts: Mapping[tuple[str, str], Account]
    meanings: Mapping[tuple[str, str], tuple[_Meaning, ...]]
    parents: Mapping[tuple[str, str], str | None]

    @classmethod
    def read(cls, connection: Connection) -> "Charts":
        """Read the reference tables."""
        accounts = {
            (row.chart, row.code): Account(
                row.code,
                row.book,
                row.element,
                row.normal_side,
                row.name_zh,
                row.name_en,
                frozenset(row.needs) | frozenset(row.takes),
                row.limit_by,
            )
            for row in connection.exec_driver_sql(
                "select chart, code, book, element, normal_side, name_zh, name_en, needs, takes, limit_by"
                "  from ledger.account where postable"
            )
        }
        meanings: dict[tuple[str, str], list[_Meaning]] = {}
        for row in connection.exec_driver_sql(
            "select chart, key, dim, value, code, lower(valid) as first, upper(valid) as until  from ledger.account_key"
        ):
            meanings.setdefault((row.chart, row.key), []).append(
                _Meaning(row.dim, row.value, row.code, Days(row.first, row.until))
            )
        parents = {
            (row.scheme, row.code): row.parent
            for row in connection.exec_driver_sql("select scheme, code, parent from ledger.class_code")
        }
        return cls(accounts, {k: tuple(v) for k, v in meanings.items()}, parents)

    def account(self, chart: str, code: str) -> Account:
        """Give an account that may be posted to.

        Raises:
            UnknownAccount: the chart has no such account, or it is a sum of others.
        """
        try:
            return self.accounts[chart, code]
        except KeyError:
            raise UnknownAccount(facts={"chart": chart, "account": code}) from None

    def resolve(self, chart: str, key: str, dims: Mapping[str, str], on: date) -> tuple[Account, Days]:
        """Tell which account a key means for these dimensions, and on which days it does.

        The row that names the nearest ancestor of the event's own code wins over a farther one, and any
        over the plain row.

        Raises:
            UnresolvedAccount: the chart names no account for them on that day.
        """
        rows = [m for m in self.meanings.get((chart, key), ()) if on in m.valid]
        plain = [m for m in rows if not m.dim]
        for dim in sorted({m.dim for m in rows if m.dim}):
            by_value = {m.value: m for m in rows if m.dim == dim}
            for code in self.ancestry(dim, dims.get(dim)):
                if code in by_value:
                    return self.account(chart, by_value[code].code), by_value[code].valid
        if not plain:
            raise UnresolvedAccount(facts={"chart": chart, "key": key, "dims": dict(dims), "on": str(on)})
        return self.account(chart, plain[0].code), plain[0].valid

    def ancestry(self, scheme: str, code: str | None) -> Iterator[str]:
        """Give a code and its ancestors, nearest first."""
        while code is not None:
            yield code
            code = self.parents.get((scheme, code))
