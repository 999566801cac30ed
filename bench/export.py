"""The beancount export (T11) against the time that beancount and the second engine take to read it."""

import multiprocessing
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from bench.journals import Journals
from bench.measure import Aim, Sizes, Table
from ledger.db import Source, snapshot
from reports.beancount_text import write_beancount

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_T11, _T11_MIB = 1 / 5, 150
_CHILD_MIB = 16_384


def run(sizes: Sizes, journals: Journals) -> list[Table]:
    """Export each journal in a process of its own, then load the text by both readers."""
    table = Table(
        "The journal as beancount text",
        ("vouchers", "what", "seconds", "µs a voucher", "peak MiB", "ratio to beancount's load"),
    )
    parts: list[float] = []
    peak = 0.0
    with tempfile.TemporaryDirectory(prefix="gongku-bench-") as folder:
        for wanted in sizes.exports:
            city = journals.cities[wanted]
            text = Path(folder) / f"{wanted}.beancount"
            seconds, mib, vouchers = _exported(city.source, text)
            taken = {"written by gongku": (seconds, mib)}
            if wanted <= sizes.load_most:
                taken["loaded by bean-check"] = _loaded([_script("bean-check"), "--no-cache", str(text)])
                taken["rebuilt by the second engine"] = _loaded(
                    [sys.executable, "-m", "reports.beancount_child", "--memory", str(_CHILD_MIB), str(text)]
                )
                parts.append(taken["written by gongku"][0] / taken["loaded by bean-check"][0])
            load = taken.get("loaded by bean-check", (0.0,))[0]
            for what, (seconds, mib) in taken.items():
                part = f"{seconds / load:.2f}" if load else "not loaded"
                shown = (what, f"{seconds:.2f}", f"{seconds / vouchers * 1e6:.0f}", f"{mib:.0f}", part)
                table.rows.append((f"{vouchers:,}", *shown))
            peak = max(peak, taken["written by gongku"][1])
            text.unlink()
    table.notes.append(
        "One run each, every reader and writer in a fresh process; start and imports of the readers count."
    )
    table.aims += [
        Aim("T11", "export ≤ 1/5 of beancount's load time", f"{parts[-1]:.2f} of it", parts[-1] <= _T11),
        Aim("T11", "export's memory flat, ≤ 150 MiB", f"{peak:.0f} MiB at {sizes.exports[-1]:,}", peak <= _T11_MIB),
    ]
    return [table]


def _exported(source: Source, text: Path) -> tuple[float, float, int]:
    """Give seconds, peak MiB and vouchers."""
    ours, theirs = multiprocessing.Pipe()
    told = (theirs, source.url.render_as_string(hide_password=False), dict(source.passwords), str(text))
    process = multiprocessing.get_context("spawn").Process(target=_export, args=told)
    process.start()
    theirs.close()
    seconds, mib, vouchers = ours.recv()
    process.join()
    return seconds, mib, vouchers


def _export(pipe: "Connection[Any, Any]", url: str, passwords: dict[str, str], text: str) -> None:
    source = Source(make_url(url), passwords)
    began = perf_counter()
    with snapshot(source) as connection, Path(text).open("w", encoding="utf-8", newline="\n") as out:
        vouchers = write_beancount(connection, out)
    seconds = perf_counter() - began
    pipe.send((seconds, _peak(), vouchers))
    source.close()


def _peak() -> float:
    """Give this process's peak in MiB; rusage would begin with that of the process which started it."""
    found = (line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM"))
    return int(next(found).split()[1]) / 1024


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _loaded(command: list[str]) -> tuple[float, float]:
    """Run a reader; give seconds and its own peak MiB.

    Raises:
        ValueError: it found the text faulty.
    """
    began = perf_counter()
    done = subprocess.run([sys.executable, "-c", _SMALL, *command], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ValueError(command[0])
    return perf_counter() - began, int(done.stdout) / 1024


_SMALL = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Starts a reader from a process that is smaller than it: a child's peak is never told less than its parent's."""
