"""kill -9 of the whole database under load: what was confirmed is there, whole, and the books agree.

The control commits without waiting for the disk. It must lose, or this test could not see a loss.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger import embedded, install
from ledger.db import Source, snapshot
from ledger.sequencer import sequence
from reports.verify import check
from tests.conftest import City, make_city
from tests.ledger.durability_writer import payment_of

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("durability_writer.py")
CONFIRMED = 40
"""So many payments are confirmed before the server is killed."""
RESERVED = 1_000_000


@pytest.fixture(scope="module")
def data(tmp_path_factory, request) -> Iterator[Path]:
    data = tmp_path_factory.mktemp("killed")
    start = embedded.start_tcp if request.config.getoption("--server") == "tcp" else embedded.start
    install.install(Source.at(start(data).owner_dsn(), data / "secrets"), data / "secrets")
    yield data
    embedded.discard(data)


@pytest.fixture
def restart(data, request):
    """Opens the books, again after each kill: a server over TCP may come back on another port."""
    opened = []

    def begin() -> Source:
        start = embedded.start_tcp if request.config.getoption("--server") == "tcp" else embedded.start
        opened.append(Source.at(start(data).owner_dsn(), data / "secrets"))
        return opened[-1]

    yield begin
    for source in opened:
        source.close()


def kill(data: Path) -> None:
    """Kill the postmaster and all its processes with -9, as a power cut would: none acts on another's end.

    They are stopped first. A backend that saw its postmaster die would write the log as it leaves.
    """
    folder = embedded.start(data).folder
    postmaster = int((folder / "cluster/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
    processes = [postmaster, *map(int, children.split())]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            os.kill(process, number)


def kill_under_load(data: Path, city: City, indicator: str, commit: str) -> set[str]:
    """Let clerks pay, kill every process of the server in the middle, and give the keys that were confirmed."""
    command = [sys.executable, str(WRITER), str(data), str(city.treasury_id), indicator, commit]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
                          text=True) as writer:  # fmt: skip
        assert writer.stdout
        confirmed = {writer.stdout.readline().strip() for _ in range(CONFIRMED)}
        kill(data)
        confirmed |= {line.strip() for line in writer.stdout}
    assert "" not in confirmed, "the writer ended before the server was killed"
    return confirmed


def ready_to_pay(source: Source) -> tuple[City, str]:
    city = make_city(source)
    city.receive(RESERVED)
    indicator = city.grant(RESERVED)
    city.post("PCHK", city.reservation(indicator, RESERVED))
    return city, indicator


def paid(source: Source, city: City) -> dict[str, tuple[int, int, int]]:
    """The payments that are there: how many vouchers, lines and leaves each has."""
    with snapshot(source) as books:
        rows = books.exec_driver_sql(
            "select e.key, count(distinct v.voucher_id), count(p.line_no), count(distinct l.leaf_id)"
            "  from ledger.event e"
            "  left join ledger.voucher v using (treasury_id, event_id)"
            "  left join ledger.posting p using (treasury_id, voucher_id)"
            "  left join ledger.leaf l on (l.treasury_id, l.leaf_id) = (v.treasury_id, v.voucher_id)"
            " where e.treasury_id = %s and e.kind = 'treasury_payment' group by 1",
            (city.treasury_id,),
        ).all()
    return {key: (vouchers, lines, leaves) for key, vouchers, lines, leaves in rows}


def assert_whole(source: Source, city: City, indicator: str) -> None:
    """No event is half there, and everything that is kept agrees with the postings."""
    there = paid(source, city)
    assert set(there.values()) <= {(3, 10, 3)}
    sequence(source, city.treasury_id)
    with snapshot(source) as books:
        assert check(books, treasury=city.treasury_id).differences == ()
        left = books.exec_driver_sql(
            "select available_fen from ledger.limit_row where treasury_id = %s and account = 'Z503' and limit_key = %s",
            (city.treasury_id, indicator),
        ).scalar_one()
    assert left == RESERVED - len(there)


def test_what_was_confirmed_is_there_after_a_kill(data, restart):
    city, indicator = ready_to_pay(restart())
    confirmed = kill_under_load(data, city, indicator, "on")
    source = restart()
    there = paid(source, city)
    assert confirmed - there.keys() == set()
    assert_whole(source, city, indicator)


def test_who_asks_again_after_a_kill_is_answered_once(data, restart):
    city, indicator = ready_to_pay(restart())
    confirmed = kill_under_load(data, city, indicator, "on")
    city = City(restart(), city.treasury_id)
    in_doubt = [f"{clerk}-{number}" for clerk in range(3) for number in range(1, 200)][: len(confirmed) * 2]
    before = paid(city.source, city).keys()
    answers = city.post("SIGN", *(payment_of(city, indicator, key) for key in sorted({*confirmed, *in_doubt})))
    assert {a.key for a in answers if a.already} == before & {a.key for a in answers}
    assert confirmed <= {a.key for a in answers if a.already}
    assert_whole(city.source, city, indicator)


def test_the_same_without_waiting_for_the_disk_does_lose(data, restart):
    """Whoever would write the log in the background is stopped first, so that the loss is certain."""
    source = restart()
    city, indicator = ready_to_pay(source)
    with psycopg.connect(source.url.set(drivername="postgresql").render_as_string(hide_password=False)) as root:
        background = root.execute(
            "select pid from pg_stat_activity where backend_type = any"
            " ('{walwriter,background writer,checkpointer,autovacuum launcher}')"
        ).fetchall()
    assert len(background) == 4
    for (process,) in background:
        os.kill(process, signal.SIGSTOP)
    confirmed = kill_under_load(data, city, indicator, "off")
    source = restart()
    lost = confirmed - paid(source, city).keys()
    assert lost, "no confirmed payment was lost: this test could not see a loss"
    assert_whole(source, city, indicator)
