"""Posting in batches (T1, T3) against COPY of the very same rows, and what the log's leaves cost of it (T12)."""

import re
from collections.abc import Callable  # noqa: TC003
from statistics import median
from time import perf_counter, process_time
from typing import Any

import psycopg
from psycopg import sql

from bench.city import City, founded, served
from bench.events import DUTIES, POSTINGS, VOUCHERS, Batch, Journal, counted
from bench.measure import Aim, Sizes, Table, interleaved, processor_seconds, ratio, spread
from ledger import journal

_LOADED = ("event", "leaf", "leaf_key", "leaf_queue", "limit_move", "voucher", "posting")
_TOGETHER = ("voucher", "posting")
_GUARDED = ("event", "leaf", "leaf_key", "leaf_queue")
_T1, _T1_HEAP, _T3, _T3_PYTHON, _T12 = 0.50, 0.14, 25_000, 15, 0.20
_MILLION = 1_000_000

Rows = dict[str, list[bytes]]


def run(sizes: Sizes) -> list[Table]:
    """Measure both."""
    with served() as (server, source):
        mine, twin = founded(server, source, 1), founded(server, source, 2)
        with twin.superuser() as above:
            _clone(above, "bench_heap", "")
            _clone(above, "bench_keyed", "including defaults including constraints including indexes")
            _staging(above)
            return [_against_copy(sizes, mine, twin, above), _leaves(sizes, mine, above)]


def _against_copy(sizes: Sizes, mine: City, twin: City, above: psycopg.Connection[Any]) -> Table:
    """Post each batch through the ledger, then COPY the rows that it made: into heaps, with keys, with guards."""
    made = Journal(mine.indicators)
    times: dict[tuple[str, str], list[float]] = {}
    python: list[tuple[float, int]] = []
    for warm in (True, False):
        times.clear()
        python.clear()
        for turn in range(1 if warm else sizes.rounds):
            for kind in DUTIES:
                batch = made.batch(kind, sizes.batch, turn / sizes.rounds)
                wall, cpu, posted = _posted(mine, batch)
                rows = _rows(above, mine, twin, posted)
                times.setdefault((kind, "post"), []).append(wall)
                python.append((cpu, batch.vouchers))
                ways: dict[str, Callable[[], float]] = {
                    "heap": lambda rows=rows: _copied(above, "bench_heap", rows),  # type: ignore[misc]
                    "keyed": lambda rows=rows: _copied(above, "bench_keyed", rows),  # type: ignore[misc]
                    "guarded": lambda rows=rows: _copied_guarded(above, rows),  # type: ignore[misc]
                }
                for name, taken in interleaved(1, ways).items():
                    times.setdefault((kind, name), []).extend(taken)
    return _bulk_table(sizes, times, python)


def _bulk_table(sizes: Sizes, times: dict[tuple[str, str], list[float]], python: list[tuple[float, int]]) -> Table:
    table = Table(
        f"Posting in batches of {sizes.batch:,} vouchers, each one durable commit",
        ("batch", "way", "vouchers/s, median", "min–max", "postings/s", "posting's rate, as a part of it"),
    )
    wholes = {way: [sum(parts) for parts in zip(*(times[kind, way] for kind in DUTIES), strict=True)] for way in _NAMES}
    vouchers, postings = counted(sizes.batch)
    groups = []
    for kind, each in VOUCHERS.items():
        events = max(1, sizes.batch // each)
        groups.append((kind, {way: times[kind, way] for way in _NAMES}, events * each, events * POSTINGS[kind]))
    for name, taken, count, lines in [*groups, ("all three", wholes, vouchers, postings)]:
        for way, what in _NAMES.items():
            rates = [count / seconds for seconds in taken[way]]
            part = ratio(taken[way], taken["post"])
            shown = (f"{median(rates):,.0f}", spread(rates), f"{median(rates) * lines / count:,.0f}", f"{part:.0%}")
            table.rows.append((name, what, *shown))
    guarded, keyed, heap = (ratio(wholes[way], wholes["post"]) for way in ("guarded", "keyed", "heap"))
    rate = median(vouchers / seconds for seconds in wholes["post"])
    micro = median(cpu / count for cpu, count in python) * _MILLION
    table.notes.append(
        "The same rows are written by every way: what posting has made is read back and copied as a second treasury. "
        "*Heaps* are the tables without key, check or trigger; *keys* adds primary keys, indexes and checks but "
        "no trigger; *guarded* is the ledger's own tables with their triggers, balances and limits kept: "
        "headers and lines must come in one statement there, so they go through a staging table as they do in posting. "
        "Numbers, hashes and canonical bytes are ready made in all three, and only posting asks for rights."
    )
    table.notes.append(f"The client's own processor time is {micro:.1f} µs a voucher (sending and answers included).")
    table.aims += [
        Aim("T1", "≥ 50 % of COPY into our own guarded tables", f"{guarded:.0%}", guarded >= _T1),
        Aim("T1", "the same against keyed tables without triggers (no target)", f"{keyed:.0%}", None),
        Aim("T1", "≥ 14 % of COPY into keyless heaps", f"{heap:.0%}", heap >= _T1_HEAP),
        Aim("T3", "≥ 25,000 vouchers a second", f"{rate:,.0f}", rate >= _T3),
        Aim(
            "T3",
            "≥ 60,000 postings a second",
            f"{rate * postings / vouchers:,.0f}",
            rate * postings / vouchers >= 2.4 * _T3,
        ),
        Aim("T3", "client ≤ 15 µs a voucher", f"{micro:.1f} µs", micro <= _T3_PYTHON),
    ]
    return table


_NAMES = {
    "post": "journal.post",
    "guarded": "COPY into guarded tables",
    "keyed": "COPY, keys, no triggers",
    "heap": "COPY into heaps",
}


def _posted(city: City, batch: Batch) -> tuple[float, float, list[journal.Posted]]:
    """Post a batch; give seconds by the wall and of this process."""
    began, cpu = perf_counter(), process_time()
    posted = city.post(batch.duty, batch.events)
    return perf_counter() - began, process_time() - cpu, posted


def _clone(above: psycopg.Connection[Any], schema: str, including: str) -> None:
    above.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    for name in _LOADED:
        above.execute(
            sql.SQL("create table {} (like ledger.{} " + including + ")").format(
                sql.Identifier(schema, name), sql.Identifier(name)
            )
        )


def _staging(above: psycopg.Connection[Any]) -> None:
    for name in _TOGETHER:
        above.execute(
            sql.SQL("create temp table {} (like ledger.{}) on commit delete rows").format(
                sql.Identifier(f"staged_{name}"), sql.Identifier(name)
            )
        )
    above.execute("create temp table asked (event_id uuid)")


def _rows(above: psycopg.Connection[Any], mine: City, twin: City, posted: list[journal.Posted]) -> Rows:
    """Read back what posting wrote, as COPY text, in the name of the twin treasury."""
    above.execute("truncate asked")
    with above.cursor() as cursor, cursor.copy("copy asked from stdin") as copy:
        copy.write("".join(f"{each.event_id}\n" for each in posted))
    found: Rows = {}
    above.execute("analyze asked")
    for name in _LOADED:
        columns = [
            row[0]
            for row in above.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 1 and not attisdropped"
                " order by attnum",
                (f"ledger.{name}",),
            )
        ]
        query = sql.SQL(
            "copy (select {}, {} from ledger.{} as each where treasury_id = {} and {} order by {}) to stdout"
        ).format(
            sql.Literal(twin.treasury_id),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(name),
            sql.Literal(mine.treasury_id),
            sql.SQL(_WHICH[name]),
            sql.SQL(", ").join(map(sql.Identifier, columns[:2])),
        )
        with above.cursor() as cursor, cursor.copy(query) as copy:
            found[name] = [bytes(part) for part in copy]
    return found


_VOUCHERS = (
    " in (select v.voucher_id from ledger.voucher v join asked using (event_id) where v.treasury_id = each.treasury_id)"
)
_WHICH = {
    "event": "event_id in (select event_id from asked)",
    "voucher": "event_id in (select event_id from asked)",
    "posting": "voucher_id" + _VOUCHERS,
    "limit_move": "voucher_id" + _VOUCHERS,
    "leaf": "leaf_id" + _VOUCHERS,
    "leaf_key": "leaf_id" + _VOUCHERS,
    "leaf_queue": "leaf_id" + _VOUCHERS,
}


def _copied(above: psycopg.Connection[Any], schema: str, rows: Rows) -> float:
    began = perf_counter()
    with above.transaction(), above.cursor() as cursor:
        for name in _LOADED:
            _fill(cursor, sql.Identifier(schema, name), rows[name])
    return perf_counter() - began


def _copied_guarded(above: psycopg.Connection[Any], rows: Rows) -> float:
    """Copy into the ledger's own tables: every trigger checks, keeps limits and balances."""
    began = perf_counter()
    with above.transaction(), above.cursor() as cursor:
        for name in _GUARDED:
            _fill(cursor, sql.Identifier("ledger", name), rows[name])
        for name in _TOGETHER:
            _fill(cursor, sql.Identifier(f"staged_{name}"), rows[name])
        cursor.execute(
            "with heads as (insert into ledger.voucher select * from staged_voucher)"
            " insert into ledger.posting select * from staged_posting"
        )
    return perf_counter() - began


def _fill(cursor: psycopg.Cursor[Any], table: sql.Identifier, parts: list[bytes]) -> None:
    with cursor.copy(sql.SQL("copy {} from stdin").format(table)) as copy:
        copy.write(b"".join(parts))


def _leaves(sizes: Sizes, city: City, above: psycopg.Connection[Any]) -> Table:
    """Post with the database's function as it is, and as it would be if it wrote no leaf of the log."""
    whole = str(above.execute("select pg_get_functiondef('ledger.post()'::regprocedure)").fetchone()[0])  # type: ignore[index]
    bare = without_leaves(whole)
    made = Journal(city.indicators, seed=12)
    warm = [(kind, 101) for kind in DUTIES]

    walls: dict[str, list[float]] = {"with": [], "without": []}

    def timed(name: str, text: str) -> float:
        above.execute(text.encode())
        for kind, least in warm:  # a function that was replaced is planned again
            city.post(DUTIES[kind], made.batch(kind, least * 3, 0).events)
        batches = [made.batch(kind, sizes.batch, 0) for kind in DUTIES]
        before = processor_seconds(_backends(above))
        walls[name].append(sum(_posted(city, batch)[0] for batch in batches))
        return processor_seconds(_backends(above)) - before

    ways = {"with": lambda: timed("with", whole), "without": lambda: timed("without", bare)}
    taken = interleaved(sizes.rounds, ways)
    above.execute(whole.encode())
    vouchers, _ = counted(sizes.batch)
    part = 1 - ratio(taken["without"], taken["with"])
    table = Table(
        "The log's leaves: canonical bytes, salted commitments, hashes and their three tables",
        ("posting", "server's processor, µs a voucher", "min–max", "ratio to posting as it is", "by the wall, µs"),
    )
    for name, what in (("with", "as it is"), ("without", "without leaves")):
        micros, wall = ([seconds / vouchers * _MILLION for seconds in of[name]] for of in (taken, walls))
        shown = (f"{median(micros):.1f}", spread(micros, ".1f"), f"{ratio(taken[name], taken['with']):.2f}")
        table.rows.append((what, *shown, f"{median(wall):.1f}"))
    table.notes.append(
        "*Without leaves* is the same function with those parts of its one statement cut out, for the benchmark only. "
        "The digest of an event's content, by which a key is known again, is in both."
    )
    table.aims += [
        Aim("T12", "tamper evidence ≤ 20 % of posting (the server's processor time)", f"{part:.0%}", part <= _T12),
        Aim("T12", "inclusion proof ≤ 50 µs, append ≥ 5× pymerkle", "there is no tree yet, only its leaves", None),
    ]
    return table


def _backends(above: psycopg.Connection[Any]) -> list[int]:
    found = above.execute("select pid from pg_stat_activity where backend_type = 'client backend'")
    return [row[0] for row in found]


def without_leaves(text: str) -> str:
    """Cut from the posting function what writes leaves.

    Raises:
        ValueError: the function is not the one this was written for.
    """
    for pattern, instead in (
        (r"\n  body as \(.*?\n  events as \(", "\n  events as ("),
        (r",\n  keys as \(.*?\n  insert into ledger\.leaf_queue[^;]*;", "\n  select count(*) into bad from head;"),
        (r"uuid_send\(gen_random_uuid\(\)\) \|\| uuid_send\(gen_random_uuid\(\)\)", "null::bytea"),
    ):
        text, cut = re.subn(pattern, instead, text, count=1, flags=re.DOTALL)
        if cut != 1:
            raise ValueError(pattern)
    return text
