"""Posting one event at a time, by one client and by eight (T4, T5), against pgbench on the same server."""

import multiprocessing
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from bench.city import City, founded, served
from bench.events import DUTIES, Journal
from bench.measure import Aim, Sizes, Table, interleaved, ratio, share, spread
from ledger import journal
from ledger.db import Session, Source, transaction
from ledger.events import Event
from ledger.premises import binaries_for

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CLIENTS = 8
_HOT_PERCENT = 60
_T4_CALL, _T4_PGBENCH, _T5, _T5_P99_MS = 2.0, 0.5, 0.5, 20.0

_SCHEMA = """
create table account (account integer primary key, debit_fen bigint not null, credit_fen bigint not null)
  with (fillfactor = 50);
insert into account select n, 0, 0 from generate_series(1, 2000) n;
create table header (header_id bigint generated always as identity primary key, narration text not null,
  day date not null);
create table line (header_id bigint not null references header, line_no smallint not null,
  account integer not null references account, amount_fen bigint not null check (amount_fen <> 0),
  primary key (header_id, line_no));
create function post(debit integer, credit integer, fen bigint, balances boolean) returns bigint language plpgsql as $$
declare
  made bigint;
begin
  insert into header (narration, day) values ('a payment', current_date) returning header_id into made;
  insert into line values (made, 1, debit, fen), (made, 2, credit, -fen);
  if balances then
    update account set debit_fen = debit_fen + fen where account = debit;
    update account set credit_fen = credit_fen + fen where account = credit;
  end if;
  return made;
end $$;
"""
_SCRIPT = """\\set cold random(2, 2000)
\\set other random(2, 2000)
\\set fen random(1, 1000000)
\\set toss random(1, 100)
\\if :toss <= {hot}
\\set other 1
\\endif
select post(:cold, :other, :fen, {balances});
"""


@dataclass(slots=True)
class Run:
    """Transactions a second and each one's milliseconds, one value or list per round."""

    rates: list[float] = field(default_factory=list)
    latencies: list[list[float]] = field(default_factory=list)

    def p(self, part: float) -> list[float]:
        """Give this percentile of each round."""
        return [share(each, part) for each in self.latencies]


def run(sizes: Sizes) -> list[Table]:
    """Measure one client and eight."""
    with served() as (server, source), tempfile.TemporaryDirectory(prefix="gongku-bench-") as folder:
        city = founded(server, source, 1)
        bench = _PgBench(server.owner_dsn("pgbench"), Path(folder), sizes)
        with city.superuser() as above:
            above.execute("create database pgbench")
        bench.prepare()
        return [_one(sizes, city, bench), _eight(sizes, city, bench)]


@dataclass(frozen=True, slots=True)
class _PgBench:
    """pgbench of the same PostgreSQL on the same server, in a database of its own."""

    dsn: str
    folder: Path
    sizes: Sizes

    def prepare(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(_SCHEMA.encode())
        for balances in ("true", "false"):
            self._script(balances).write_text(_SCRIPT.format(hot=_HOT_PERCENT, balances=balances), encoding="ascii")
        self._call("--initialize", "--quiet", f"--scale={self.sizes.pgbench_scale}")

    def _script(self, balances: str) -> Path:
        return self.folder / f"post-{balances}.sql"

    def measure(self, what: str, clients: int, into: Run) -> float:
        """Run one of pgbench's own scripts, or the one function call with or without balances."""
        chosen = (
            f"--file={self._script('true' if what == 'balances' else 'false')}"
            if what in {"balances", "no-balances"}
            else f"--builtin={what}"
        )
        log = f"{what}-{clients}-{len(into.rates)}"
        began = perf_counter()
        self._call(
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            f"--jobs={min(clients, 2)}",
            f"--time={self.sizes.pgbench_seconds}",
            "--log",
            f"--log-prefix={log}",
            chosen,
        )
        latencies = [
            int(line.split()[2]) / 1000
            for path in self.folder.glob(f"{log}.*")
            for line in path.read_text("ascii").splitlines()
        ]
        into.latencies.append(latencies)
        into.rates.append(len(latencies) / self.sizes.pgbench_seconds)
        return perf_counter() - began

    def _call(self, *arguments: str) -> None:
        to = conninfo_to_dict(self.dsn)
        address = {"PGHOST": to["host"], "PGPORT": to["port"], "PGUSER": to["user"], "PGDATABASE": to["dbname"]}
        secret = {"PGPASSWORD": str(to["password"])}
        command = [str(pgbench()), *arguments]
        environment = {**os.environ, **{name: str(value) for name, value in address.items()}, **secret}
        subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True)  # noqa: S603


def pgbench() -> Path:
    """Find pgbench beside the server's own programs; it runs as who measures."""
    return binaries_for(None) / "pgbench"


def _one(sizes: Sizes, city: City, bench: _PgBench) -> Table:
    runs = {name: Run() for name in ("receipt", "reservation", "payment", *_YARDSTICKS)}
    made = Journal(city.indicators, seed=4)
    kinds = {"receipt": "treasury_receipt", "reservation": "payment_reservation", "payment": "treasury_payment"}
    enough = made.batch("payment_reservation", sizes.singles * (sizes.rounds + 2) * 4, 0)
    city.post(enough.duty, enough.events)

    def ours(name: str) -> float:
        events = [made.event(kinds[name], 0) for _ in range(sizes.singles)]
        latencies, began = _posted_singly(city, DUTIES[kinds[name]], events), perf_counter()
        runs[name].latencies.append(latencies)
        runs[name].rates.append(len(latencies) / sum(latencies) * 1000)
        return perf_counter() - began

    ways: dict[str, Any] = {
        **{name: lambda name=name: ours(name) for name in kinds},
        **{name: lambda name=name: bench.measure(name, 1, runs[name]) for name in _YARDSTICKS},
    }
    for kind in kinds.values():
        city.post(DUTIES[kind], [made.event(kind, 0)])
    interleaved(sizes.rounds, ways)
    table = _singles_table("One client, one event in each transaction", runs, "simple-update")
    call = ratio(runs["reservation"].p(0.5), runs["balances"].p(0.5))
    receipt = ratio(runs["receipt"].p(0.5), runs["balances"].p(0.5))
    tpcb = ratio(runs["receipt"].rates, runs["tpcb-like"].rates)
    simple = ratio(runs["receipt"].rates, runs["simple-update"].rates)
    table.notes.append(
        "*Receipt* posts one voucher of four lines, *reservation* one of two, *payment* three of ten. The one function "
        "call writes a header and two lines with foreign keys, and two balances (*balances*) or none."
    )
    table.aims += [
        Aim(
            "T4",
            "p50 ≤ 2× one function call in one round trip",
            f"{call:.1f}× (reservation), {receipt:.1f}× (receipt)",
            call <= _T4_CALL,
        ),
        Aim("T4", "≥ 50 % of pgbench's TPC-B, one client", f"{tpcb:.0%}", tpcb >= _T4_PGBENCH),
        Aim("T4", "against pgbench's simple update (no target)", f"{simple:.0%}", None),
    ]
    return table


_YARDSTICKS = ("simple-update", "tpcb-like", "balances", "no-balances")
_SHOWN = {
    "receipt": "gongku: receipt",
    "reservation": "gongku: reservation",
    "payment": "gongku: payment",
    "simple-update": "pgbench: simple-update",
    "tpcb-like": "pgbench: tpcb-like",
    "balances": "pgbench: one function call, balances",
    "no-balances": "pgbench: one function call, no balances",
}


def _singles_table(title: str, runs: dict[str, Run], against: str) -> Table:
    columns = ("what", "a second, median", "min–max", "p50 ms", "p99 ms", f"p50 ratio to {against}", "rate ratio")
    table = Table(title, columns)
    for name, taken in runs.items():
        p50 = ratio(taken.p(0.5), runs[against].p(0.5))
        rate = ratio(taken.rates, runs[against].rates)
        halves = (f"{median(taken.p(0.5)):.2f}", f"{median(taken.p(0.99)):.2f}", f"{p50:.2f}", f"{rate:.2f}")
        table.rows.append((_SHOWN[name], f"{median(taken.rates):,.0f}", spread(taken.rates), *halves))
    return table


def _posted_singly(city: City, duty: str, events: list[Event]) -> list[float]:
    return singly(city.source, city.session(duty), events)


def singly(source: Source, session: Session, events: list[Event]) -> list[float]:
    """Post each event in a transaction of its own; give the milliseconds that each took."""
    taken = []
    for event in events:
        began = perf_counter()
        with transaction(source, session) as tx:
            journal.post(tx, [event])
        taken.append((perf_counter() - began) * 1000)
    return taken


def _eight(sizes: Sizes, city: City, bench: _PgBench) -> Table:
    """Eight processes post receipts, all of them into the one treasury account; pgbench hits its own in 60 %."""
    runs = {name: Run() for name in ("receipt", "no-balances", "balances", "simple-update")}
    clients = [Client.started(city, number) for number in range(CLIENTS)]
    with city.superuser() as above:
        before = _deadlocks(above)
        ways: dict[str, Any] = {
            "receipt": lambda: together(clients, sizes.singles, runs["receipt"]),
            **{
                name: lambda name=name: bench.measure(name, CLIENTS, runs[name])
                for name in ("no-balances", "balances", "simple-update")
            },
        }
        try:
            together(clients, 2, Run())
            interleaved(sizes.rounds, ways)
        finally:
            for client in clients:
                client.stop()
        deadlocks = _deadlocks(above) - before
    table = _singles_table("Eight clients, one event in each transaction, one hot account", runs, "no-balances")
    part = ratio(runs["receipt"].rates, runs["no-balances"].rates)
    p99 = median(runs["receipt"].p(0.99))
    table.notes.append(
        f"The clients of gongku are {CLIENTS} processes whose every receipt debits the one treasury account and takes "
        f"a number of the one set's month; {_HOT_PERCENT} % of pgbench's calls touch its hot account. "
        f"Deadlocks: {deadlocks}; a refusal or a lost race would have ended the run, nothing is tried again."
    )
    table.aims += [
        Aim("T5", "≥ 50 % of the rate of one function call without balances", f"{part:.0%}", part >= _T5),
        Aim("T5", "p99 ≤ 20 ms", f"{p99:.1f} ms", p99 <= _T5_P99_MS),
        Aim("T5", "no deadlock, no retry", f"{deadlocks} deadlocks, no retry", deadlocks == 0),
    ]
    return table


def _deadlocks(above: psycopg.Connection[Any]) -> int:
    return int(above.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()[0])  # type: ignore[index]


@dataclass(frozen=True, slots=True)
class Client:
    """A process that posts receipts when told how many."""

    process: multiprocessing.process.BaseProcess
    pipe: "Connection[Any, Any]"

    @classmethod
    def started(cls, city: City, number: int) -> "Client":
        """Start it, as the person who posts receipts; ``number`` keeps its events apart from the others'."""
        ours, theirs = multiprocessing.Pipe()
        session = city.session("AUDT_IN")
        told = (theirs, city.source.url.render_as_string(hide_password=False), dict(city.source.passwords), session)
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(*told, number), daemon=True)
        process.start()
        return cls(process, ours)

    def stop(self) -> None:
        """End the process."""
        self.pipe.send(0)
        self.process.join()


def _serve(pipe: "Connection[Any, Any]", url: str, passwords: dict[str, str], session: Session, number: int) -> None:
    source = Source(make_url(url), passwords)
    made = Journal({}, seed=800 + number)
    while asked := pipe.recv():
        events = [made.event("treasury_receipt", 0) for _ in range(asked)]
        pipe.send(singly(source, session, events))
    source.close()


def together(clients: list[Client], each: int, into: Run) -> float:
    """Let every client post so many receipts at once; give the seconds until the last is done."""
    began = perf_counter()
    for client in clients:
        client.pipe.send(each)
    latencies = [taken for client in clients for taken in client.pipe.recv()]
    seconds = perf_counter() - began
    into.latencies.append(latencies)
    into.rates.append(len(latencies) / seconds)
    return seconds
