"""Account sets (账套) of a treasury: whose books, in which chart, for which days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ledger.chart import Days
from ledger.errors import ForeignAccountSet, UnknownAccountSet


@dataclass(frozen=True, slots=True)
class AccountSet:
    """One set of books: entity x accounting system x fiscal year, in one currency."""

    account_set_id: int
    code: str
    role: str
    agency: str
    chart: str
    fiscal_year: int
    starts_on: date
    ends_on: date
    currency: str

    @property
    def days(self) -> Days:
        """The days of its fiscal year; opening balances stand on the day before."""
        return Days(self.starts_on, date.fromordinal(self.ends_on.toordinal() + 1))


@dataclass(frozen=True, slots=True)
class Books:
    """The account sets of one treasury and the kinds of its agencies, read once."""

    sets: Mapping[int, AccountSet]
    by_code: Mapping[str, AccountSet]
    by_role: Mapping[tuple[str, str], tuple[AccountSet, ...]]
    agency_kinds: Mapping[str, str]

    @classmethod
    def read(cls, connection: Connection, treasury_id: int) -> "Books":
        """Read the account sets and agencies that the connection may see."""
        sets = [
            AccountSet(*row)
            for row in connection.exec_driver_sql(
                "select account_set_id, code, role, agency, chart, fiscal_year, starts_on, ends_on, currency"
                "  from ledger.account_set where treasury_id = %s order by account_set_id",
                (treasury_id,),
            )
        ]
        by_role: dict[tuple[str, str], list[AccountSet]] = {}
        for each in sets:
            by_role.setdefault((each.role, each.agency), []).append(each)
            if each.role not in _OF_AN_AGENCY:
                by_role.setdefault((each.role, ""), []).append(each)
        kinds = {
            row.agency: row.kind
            for row in connection.exec_driver_sql(
                "select agency, kind from ledger.agency where treasury_id = %s", (treasury_id,)
            )
        }
        return cls(
            {s.account_set_id: s for s in sets},
            {s.code: s for s in sets},
            {k: tuple(v) for k, v in by_role.items()},
            kinds,
        )

    def named(self, code: str) -> AccountSet:
        """Give the account set of a code.

        Raises:
            ForeignAccountSet: this treasury has none of that code that you may see.
        """
        try:
            return self.by_code[code]
        except KeyError:
            raise ForeignAccountSet(facts={"set": code}) from None

    def playing(self, role: str, agency: str | None, on: date) -> AccountSet:
        """Give the account set that plays a role on a day: the agency's own, or the treasury's one.

        Raises:
            UnknownAccountSet: there is none.
        """
        owner = (agency or "") if role in _OF_AN_AGENCY else ""
        for each in self.by_role.get((role, owner), ()):
            if each.starts_on <= on <= each.ends_on:
                return each
        raise UnknownAccountSet(facts={"role": role, "agency": agency, "on": str(on)})


_OF_AN_AGENCY = frozenset({"agency", "village"})
