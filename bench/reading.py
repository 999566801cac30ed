"""Reports (T7, T8, T9) and the cost of one more posting, as the journal grows from one size to the next."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, event

from bench.city import BUREAU, YEAR, City
from bench.events import DUTIES
from bench.journals import Journals
from bench.measure import Aim, Sizes, Table, interleaved, ratio, spread
from bench.single import singly
from ledger.db import snapshot
from reports.account_sets import find
from reports.statement import account_statement
from reports.table import Slice
from reports.trial_balance import trial_balance
from reports.vouchers import lines

_ON = dt.date(YEAR, 9, 30)
_HOT = "1001"
_MILLION = 1_000_000
_T7_MS, _T8_S, _T9_MS = 5.0, 0.25, 30.0
_SMALL_TABLE = 1000
_REPEATS = 5

Report = Callable[[Connection], object]


def run(sizes: Sizes, journals: Journals) -> list[Table]:
    """Measure the reports, look at their plans, and post a little more everywhere."""
    return [_reports(sizes, journals), _plans(journals), _growth(sizes, journals)]


def _behind(connection: Connection) -> object:
    return lines(connection, find(connection, BUREAU), Slice(accounts=(_HOT,)))


def _sum_of_all(connection: Connection) -> object:
    return connection.exec_driver_sql(
        "select p.account, p.side, sum(p.amount_fen) from ledger.posting p where p.account_set_id = 1 group by 1, 2"
    ).all()


REPORTS: dict[str, tuple[str, Report]] = {
    "current": ("trial balance, now", lambda c: trial_balance(c, set_code=BUREAU)),
    "day": ("trial balance, as of 30 September", lambda c: trial_balance(c, set_code=BUREAU, on=_ON)),
    "recomputed": (
        "trial balance, added up from every posting",
        lambda c: trial_balance(c, set_code=BUREAU, recomputed=True),
    ),
    "floor": ("bare SQL: sum of every posting by account and side", _sum_of_all),
    "first page": (
        "statement of the hottest account, first page of 50",
        lambda c: account_statement(c, set_code=BUREAU, account=_HOT),
    ),
    "middle page": (
        "statement of the hottest account, 50 from 30 September",
        lambda c: account_statement(c, set_code=BUREAU, account=_HOT, from_on=_ON),
    ),
    "behind": ("the postings behind that account's figure, first page of 50", _behind),
}


def _reports(sizes: Sizes, journals: Journals) -> Table:
    least, most = min(journals.cities), max(journals.cities)
    with _reading(journals) as open_to:
        ways: dict[str, Callable[[], float]] = {}
        for wanted, connection in open_to.items():
            for name, (_, report) in REPORTS.items():
                report(connection)
                ways[f"{wanted} {name}"] = lambda c=connection, r=report: _milliseconds(c, r)  # type: ignore[misc]
        taken = interleaved(sizes.rounds, ways)
    table = Table(
        "Reports through the Python API, in milliseconds",
        (
            "report",
            *(f"{journals.vouchers[n]:,} vouchers" for n in journals.cities),
            "ratio, most to least",
            "ratio to now",
        ),
    )
    for name, (what, _) in REPORTS.items():
        figures = [f"{median(taken[f'{n} {name}']):.2f}" for n in journals.cities]
        grown = ratio(taken[f"{most} {name}"], taken[f"{least} {name}"])
        now = ratio(taken[f"{most} {name}"], taken[f"{most} current"])
        table.rows.append((what, *figures, f"{grown:.1f}", f"{now:.1f}"))
    size = f"{journals.vouchers[most]:,} vouchers"
    current, day, again, floor = (taken[f"{most} {n}"] for n in ("current", "day", "recomputed", "floor"))
    grown = ratio(current, taken[f"{least} current"])
    table.notes.append(
        "Each journal stands on a server of its own and all are asked in the same rounds, after vacuum and analyze; "
        f"a value is the least of {_REPEATS} in a row. All reports are of the bureau's set, to which every receipt and "
        "every payment posts four lines. The ratio to now is in the greatest journal."
    )
    table.aims += [
        Aim(
            "T7",
            "trial balance now ≤ 5 ms, flat",
            f"{median(current):.1f} ms at {size}, {grown:.1f}× the least",
            median(current) <= _T7_MS,
        ),
        Aim(
            "T8",
            "recomputed ≤ 0.25 s",
            f"{median(again) / 1000:.2f} s at {size}, {ratio(again, floor):.2f}× the bare sum",
            median(again) <= _T8_S * 1000,
        ),
        Aim("T9", "as of any day ≤ 30 ms", f"{median(day):.1f} ms at {size}", median(day) <= _T9_MS),
        Aim(
            "T10",
            "page of 50 of the hottest account ≤ 1 ms in the database",
            f"{median(taken[f'{most} middle page']):.1f} ms through the API",
            None,
        ),
    ]
    return table


@contextmanager
def _reading(journals: Journals) -> Iterator[dict[int, Connection]]:
    with ExitStack() as stack:
        yield {wanted: stack.enter_context(snapshot(city.source)) for wanted, city in journals.cities.items()}


def _milliseconds(connection: Connection, report: Report) -> float:
    taken = []
    for _ in range(_REPEATS):
        began = perf_counter()
        report(connection)
        taken.append((perf_counter() - began) * 1000)
    return min(taken)


def _plans(journals: Journals) -> Table:
    """Explain every statement that the reports send, in the greatest journal."""
    city = journals.cities[max(journals.cities)]
    table = Table(
        "Plans: every read of a table from end to end, in the greatest journal",
        ("report", "table", "rows in it", "ratio of rows read to rows given"),
    )
    with snapshot(city.source) as connection:
        for what, report in REPORTS.values():
            for name, rows, part in _whole_reads(connection, report):
                table.rows.append((what, name, f"{rows:,}", f"{part:,.0f}"))
    table.notes.append(f"Tables of at most {_SMALL_TABLE:,} rows are left out: there it is right.")
    return table


def _whole_reads(connection: Connection, report: Report) -> list[tuple[str, int, float]]:
    sent: list[tuple[str, Any]] = []

    def remember(_c: object, _cursor: object, statement: str, given: Any, *_: object) -> None:  # noqa: ANN401
        sent.append((statement, given))

    event.listen(connection, "before_cursor_execute", remember)
    report(connection)
    event.remove(connection, "before_cursor_execute", remember)
    found = []
    for statement, given in sent:
        explained = connection.exec_driver_sql(f"explain (analyze, format json) {statement}", given).scalar_one()
        plan = explained if isinstance(explained, list) else json.loads(explained)
        for node in _nodes(plan[0]["Plan"]):
            if node["Node Type"] == "Seq Scan":
                rows = int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))
                if rows > _SMALL_TABLE:
                    found.append((node["Relation Name"], rows, rows / max(float(node["Actual Rows"]), 1)))
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


def _growth(sizes: Sizes, journals: Journals) -> Table:
    """Post the same batches and singles to every journal in turn: what has been posted must not matter."""
    ways: dict[str, Callable[[], float]] = {}
    for wanted, city in journals.cities.items():
        ways[f"{wanted} batch"] = lambda n=wanted, c=city: _batch(sizes, journals, n, c)  # type: ignore[misc]
        ways[f"{wanted} single"] = lambda n=wanted, c=city: _single(sizes, journals, n, c)  # type: ignore[misc]
    for way in ways.values():
        way()
    taken = interleaved(sizes.rounds, ways)
    least, most = min(journals.cities), max(journals.cities)
    table = Table(
        "What one more posting costs as the journal grows",
        (
            "vouchers before",
            "batches: vouchers/s",
            "min–max",
            "cost ratio to the least",
            "single p50 ms",
            "cost ratio to the least ",
        ),
    )
    for wanted in journals.cities:
        batch, single = taken[f"{wanted} batch"], taken[f"{wanted} single"]
        rates = [_MILLION / micros for micros in batch]
        grown = [
            f"{ratio(mine, taken[f'{least} {what}']):.2f}" for mine, what in ((batch, "batch"), (single, "single"))
        ]
        shown = (f"{median(rates):,.0f}", spread(rates), grown[0], f"{median(single):.2f}", grown[1])
        table.rows.append((f"{journals.vouchers[wanted]:,}", *shown))
    loaded = "; ".join(f"{journals.vouchers[n]:,} in {journals.seconds[n]:.0f} s" for n in journals.cities)
    table.notes.append(f"The journals themselves were posted in batches, generating included: {loaded}.")
    grown_batch = ratio(taken[f"{most} batch"], taken[f"{least} batch"])
    grown_single = ratio(taken[f"{most} single"], taken[f"{least} single"])
    reached = f"batch {grown_batch:.2f}×, single {grown_single:.2f}× at {journals.vouchers[most]:,} vouchers"
    table.aims.append(Aim("growth", "a posting's cost does not grow with the journal", reached, None))
    return table


def _batch(sizes: Sizes, journals: Journals, wanted: int, city: City) -> float:
    """Give microseconds a voucher."""
    batches = [journals.made[wanted].batch(kind, sizes.batch, 1) for kind in DUTIES]
    began = perf_counter()
    for batch in batches:
        city.post(batch.duty, batch.events)
    return (perf_counter() - began) / sum(batch.vouchers for batch in batches) * _MILLION


def _single(sizes: Sizes, journals: Journals, wanted: int, city: City) -> float:
    events = [journals.made[wanted].event("treasury_receipt", 1) for _ in range(sizes.singles)]
    return median(singly(city.source, city.session("AUDT_IN"), events))
