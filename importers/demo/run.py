"""The demo year is lived: opened, posted month by month, closed, carried into the next year, published.

Every step asks what is there already, and every event has a key: a build that was interrupted goes on
where it stopped, and ends with the same books.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from importers.demo.budget import AUTHORITY, adjustment, indicators, reallocations, reopened_indicators, reopenings
from importers.demo.claims import claims_demo
from importers.demo.closing import close_until
from importers.demo.disclosures import disclose_demo
from importers.demo.execution import execute_demo, publish_execution
from importers.demo.founding import CODE, TREASURY_ID, found, set_codes
from importers.demo.opening import openings
from importers.demo.plan import LAST, YEAR
from importers.demo.special_fund import fund_demo
from importers.demo.year import write_year
from importers.demo.zero_based import budget_demo
from ledger import access, journal, yearend
from ledger.compilation.adjustments import record_adjustment
from ledger.compilation.authority import ReallocationLimit, set_reallocation_limit
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.db import Session, Source, owner, transaction
from ledger.events import Event
from ledger.sequencer import sequence

Progress = Callable[[int], object]

EVENTS = 14_870
"""So many events a whole build posts, besides those of the year's end and of the next year's budget."""
_BOOK = "book"
_OPENING, _JANUARY, _DECEMBER = 0, 1, 12


def has_demo(source: Source) -> bool:
    """Tell whether the demo city stands here whole, to its publication."""
    with owner(source) as connection:
        published: int = connection.exec_driver_sql(
            "select count(*) from ledger.publication p join ledger.treasury t using (treasury_id)"
            " where t.demo and t.code = %s and p.as_of = %s",
            (CODE, LAST),
        ).scalar_one()
    return published >= len(set_codes(YEAR))


def build_demo(source: Source, progress: Progress = lambda _: None) -> None:
    """Build the demo city, or what is missing of it; ``progress`` hears how many events are posted.

    Raises:
        LedgerError: the books refuse; what was posted before stands, and the next call goes on from there.
    """
    if has_demo(source):
        return
    if not _is_founded(source):
        found(source)
    city = _City(source, progress)
    try:
        city.open_indicators(indicators())
        city.set_authority()
        city.post("CLOS", openings())
        city.close_until(_OPENING)
        for month, batches in groupby(write_year().in_order(), lambda batch: batch[1][0].on.month):
            for duty, batch in batches:
                city.post(duty, batch)
            if month == _JANUARY:
                _analyse(source, "ledger.event, ledger.voucher, ledger.posting")  # else half of the year's time is lost
            if month < _DECEMBER:
                city.close_until(month)
        city.end_year()
        city.open_indicators(reopened_indicators())
        city.post("ISSU", reopenings())
        disclose_demo(source, TREASURY_ID)
        budget_demo(source, TREASURY_ID)
        fund_demo(source, TREASURY_ID)
        claims_demo(source, TREASURY_ID)
        execute_demo(source, TREASURY_ID)
        sequence(source, TREASURY_ID)
        _analyse(source)
        publish_execution(source, TREASURY_ID)
        city.publish()
    finally:
        city.leave()


def _analyse(source: Source, tables: str = "") -> None:
    """Tell the planner what so many rows have become, so that the next need not wait until it finds out."""
    with owner(source) as connection:
        connection.exec_driver_sql(f"analyze {tables}")


def _is_founded(source: Source) -> bool:
    with owner(source) as connection:
        return (
            connection.exec_driver_sql("select 1 from ledger.treasury where code = %s", (CODE,)).scalar_one_or_none()
            is not None
        )


@dataclass(slots=True)
class _City:
    """The demo treasury while it is built: who works there, and how far the year has come."""

    source: Source
    progress: Progress
    posted: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)

    def session(self, duty: str) -> Session:
        """Give the session of the one person who holds a duty."""
        if duty not in self.sessions:
            self.sessions[duty] = access.open_session(self.source, TREASURY_ID, duty.lower(), duty)
        return self.sessions[duty]

    def leave(self) -> None:
        """End every session."""
        for session in self.sessions.values():
            access.close_session(self.source, session)
        self.sessions.clear()

    def post(self, duty: str, events: Iterable[Event]) -> None:
        """Post a batch in a transaction of its own, place its leaves in the log, and tell."""
        with transaction(self.source, self.session(duty)) as tx:
            self.posted += len(journal.post(tx, events))
        sequence(self.source, TREASURY_ID)
        self.progress(self.posted)

    def set_authority(self) -> None:
        """Say once how much may be reallocated without further approval, and by which adjustment the budget is cut."""
        with transaction(self.source, self.session("APPR")) as tx:
            there = tx.connection.exec_driver_sql(
                "select exists (select from ledger.reallocation_limit where treasury_id = %s)", (TREASURY_ID,)
            ).scalar_one()
            if not there:
                most = max(fen for _, _, fen in reallocations())
                set_reallocation_limit(
                    tx, ReallocationLimit(same_func_fen=most, other_func_fen=most, document=AUTHORITY)
                )
                record_adjustment(tx, adjustment())

    def open_indicators(self, given: Iterable[Mapping[str, Any]]) -> None:
        """Open the indicators that are not there yet."""
        with transaction(self.source, self.session("COMP")) as tx:
            there = set(
                tx.connection.exec_driver_sql(
                    "select indicator from ledger.indicator where treasury_id = %s", (TREASURY_ID,)
                ).scalars()
            )
            if new := [OpenIndicator(**{"parent": None, **row}) for row in given if row["indicator"] not in there]:
                open_indicators(tx, new)

    def close_until(self, period_no: int) -> None:
        """Close for good what is open of the year's periods up to one."""
        with transaction(self.source, self.session("CLOS")) as tx:
            close_until(tx, set_codes(YEAR), period_no, f"{YEAR}年第{{}}期结账（演示）")

    def end_year(self) -> None:
        """Close the year of every account set and open the next with what it left."""
        with transaction(self.source, self.session("CLOS")) as tx:
            for code in set_codes(YEAR):
                yearend.close_year(tx, code, key_prefix="demo-", prepared_by=_BOOK, on=LAST)
        with transaction(self.source, self.session("CLOS")) as tx:
            for old, new in zip(set_codes(YEAR), set_codes(YEAR + 1), strict=True):
                yearend.carry_forward(tx, old, new, key_prefix="demo-", prepared_by=_BOOK)
        self.close_until(_DECEMBER)

    def publish(self) -> None:
        """Publish every account set of the year at once; that the demo stands is known by it."""
        with transaction(self.source, self.session("PUBL")) as tx:
            tx.connection.exec_driver_sql(
                "select ledger.publish(s.account_set_id, %s) from ledger.account_set s"
                " where s.treasury_id = %s and s.fiscal_year = %s",
                (LAST, TREASURY_ID, YEAR),
            )
