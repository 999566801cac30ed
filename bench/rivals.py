"""What a user might take instead: django-hordak (T2, and T5's last part), installed on the side, on the same server."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable  # noqa: TC003
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench import rival
from bench.city import City, founded, served
from bench.events import DUTIES, Journal
from bench.measure import Aim, Sizes, Table, interleaved, ratio, spread
from bench.single import CLIENTS, Client, Run, together

_DISTRIBUTIONS = ("django-hordak==2.0.0", "psycopg[binary]==3.3.9")
_BULK, _DOCUMENTED = 1000, 100
_T2_BULK, _T2_DOCUMENTED, _T5 = 6, 20, 6


def run(sizes: Sizes) -> list[Table]:
    """Install it from the package index, and post by both in turn."""
    with tempfile.TemporaryDirectory(prefix="gongku-bench-") as folder, served() as (server, source):
        city = founded(server, source, 1)
        with city.superuser() as above:
            above.execute("create database hordak")
        hordak = _Hordak(_installed(Path(folder)), server.owner_dsn("hordak"), sizes.pgbench_seconds)
        hordak.call("prepare")
        clients = [Client.started(city, number) for number in range(CLIENTS)]
        try:
            return [_compared(sizes, city, hordak, clients)]
        finally:
            for client in clients:
                client.stop()


def _installed(folder: Path) -> Path:
    """Make an environment with it; give its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *_DISTRIBUTIONS], check=True)  # noqa: S603
    return python


@dataclass(frozen=True, slots=True)
class _Hordak:
    python: Path
    url: str
    seconds: int

    def call(self, *words: str) -> str:
        command = [str(self.python), rival.__file__, self.url, *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603

    def rate(self, way: str, batch: int, clients: int) -> float:
        """Give transactions a second."""
        return float(json.loads(self.call(way, str(batch), str(clients), str(self.seconds))))


def _compared(sizes: Sizes, city: City, hordak: _Hordak, clients: list[Client]) -> Table:
    made = Journal(city.indicators, seed=2)

    def ours(batch: int) -> float:
        """Post a batch of each kind again and again; give vouchers a second."""
        count, began = 0, perf_counter()
        while perf_counter() < began + hordak.seconds:
            for kind in DUTIES:
                some = made.batch(kind, batch, 0)
                city.post(some.duty, some.events)
                count += some.vouchers
        return count / (perf_counter() - began)

    def eight() -> float:
        found = Run()
        together(clients, sizes.singles, found)
        return found.rates[0]

    ways: dict[str, tuple[str, Callable[[], float]]] = {
        "bulk": (f"gongku, {_BULK:,} vouchers a commit", lambda: ours(_BULK)),
        "its bulk": (f"django-hordak, bulk_create, {_BULK:,} a commit", lambda: hordak.rate("bulk", _BULK, 1)),
        "some": (f"gongku, {_DOCUMENTED} vouchers a commit", lambda: ours(_DOCUMENTED)),
        "its some": (
            f"django-hordak, as documented, {_DOCUMENTED} a commit",
            lambda: hordak.rate("documented", _DOCUMENTED, 1),
        ),
        "eight": (f"gongku, one receipt a commit, {CLIENTS} clients", eight),
        "its eight": (
            f"django-hordak, as documented, one a commit, {CLIENTS} clients",
            lambda: hordak.rate("documented", 1, CLIENTS),
        ),
    }
    ours(_DOCUMENTED)
    eight()
    taken = interleaved(sizes.rounds, {name: way for name, (_, way) in ways.items()})
    table = Table(
        "Another ledger on the same server: django-hordak 2.0.0",
        ("what", "a second, median", "min–max", "ratio of gongku to it"),
    )
    times = {name: ratio(taken[name], taken[f"its {name}"]) for name in ("bulk", "some", "eight")}
    for name, (what, _) in ways.items():
        shown = f"{times[name]:.1f}" if name in times else "1"
        table.rows.append((what, f"{median(taken[name]):,.0f}", spread(taken[name]), shown))
    table.notes.append(
        "Its transactions have three legs, one of them on the same hot account, no dimensions, no limits, no rights "
        "and no log; a voucher here has 3.2 lines and all of those. Making the events is counted on both sides. "
        "python-accounting and django-ledger (≥ 500× asked) post 41 and 42 transactions a second by one client in the "
        "design's own measurements; they are not measured here."
    )
    table.aims += [
        Aim(
            "T2", "≥ 6× django-hordak's bulk_create at batch 1,000", f"{times['bulk']:.1f}×", times["bulk"] >= _T2_BULK
        ),
        Aim(
            "T2",
            "≥ 20× its documented way at batch 100",
            f"{times['some']:.1f}×",
            times["some"] >= _T2_DOCUMENTED,
        ),
        Aim("T2", "≥ 500× python-accounting and django-ledger", "not measured here", None),
        Aim("T5", "≥ 6× django-hordak, 8 clients", f"{times['eight']:.1f}×", times["eight"] >= _T5),
    ]
    return table
