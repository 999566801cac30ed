"""``python -m bench [--size SIZE] [--only NAME] [--rivals] [--out FILE]``: measure, print and write down the ratios."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench import bulk, export, pages, reading, rivals, single
from bench.journals import posted
from bench.measure import SIZES, Sizes, Table, grid
from bench.reasons import REASONS

NAMES = ("bulk", "single", "pages", "export", "reports")
SIDE = ("rivals",)
"""Measured only when asked for: it installs another ledger from the package index, on the side."""
_INTRODUCTION = """# Benchmarks

Written by `python -m bench {words}`; nothing here is a test that can fail.
Every ratio is between two ways measured in the same run, in rounds in which each had its turn: quote the ratios, the
absolute figures are this machine's. Medians over {rounds} rounds; a ratio is the median of the rounds' ratios.
The journal is made from a seed: a fifth of its vouchers are receipts (four lines), a fifth reservations (two), the
rest are payments (three vouchers of ten lines in the books of indicators, bureau and organ), 3.2 lines a voucher.
All servers run as the embedded one does, with `fsync`, `synchronous_commit` and `full_page_writes` on.

Machine: {machine}.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked, print each table when it is there, and write the page if asked to."""
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--size", choices=list(SIZES), default="small")
    asked.add_argument("--only", choices=[*NAMES, *SIDE], action="append")
    asked.add_argument("--rivals", action="store_true", help="install django-hordak on the side and measure it too")
    asked.add_argument("--out", type=Path)
    given = asked.parse_args(arguments)
    sizes = SIZES[given.size]
    words = " ".join(sys.argv[1:] if arguments is None else arguments) or f"--size {sizes.name}"
    page = [_INTRODUCTION.format(words=words, rounds=sizes.rounds, machine=_machine())]
    print(page[0], flush=True)
    tables = _measured(sizes, given.only or (NAMES + SIDE if given.rivals else NAMES))
    page += [_aims(tables), *(table.text() for table in tables)]
    print(page[1])
    if given.out:
        given.out.write_text("\n".join(page), encoding="utf-8")
    return 0


def _measured(sizes: Sizes, names: Sequence[str]) -> list[Table]:
    tables: list[Table] = []

    def more(found: list[Table]) -> None:
        tables.extend(found)
        for table in found:
            print(table.text(), flush=True)

    if "bulk" in names:
        more(bulk.run(sizes))
    if "single" in names:
        more(single.run(sizes))
    if "rivals" in names:
        more(rivals.run(sizes))
    if "pages" in names:
        more(pages.run(sizes))
    if {"reports", "export"} & set(names):
        with posted(sizes) as journals:
            if "export" in names:
                more(export.run(sizes, journals))
            if "reports" in names:
                more(reading.run(sizes, journals))
    return tables


def _aims(tables: Sequence[Table]) -> str:
    verdicts = {True: "reached", False: "**not reached**", None: "for information"}
    aims = sorted((aim for table in tables for aim in table.aims), key=lambda aim: (len(aim.number), aim.number))
    rows = [(aim.number, aim.asked, aim.reached, verdicts[aim.met]) for aim in aims]
    missed = dict.fromkeys(aim.number for aim in aims if aim.met is False and aim.number in REASONS)
    why = ["", "What is not reached, and why:", "", *(f"- {number}: {REASONS[number]}" for number in missed)]
    targets = grid(("target", "asked", "this run", "verdict"), rows)
    return "\n".join(["## Targets", "", *targets, *(why if missed else ())]) + "\n"


def _machine() -> str:
    """Describe the machine without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    server = subprocess.run([single.pgbench(), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
    parts = (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"load {os.getloadavg()[0]:.1f} at the start",
        f"Python {platform.python_version()}, PostgreSQL {server.split()[-1]}",
        ", ".join(f"{name} {version(name)}" for name in ("psycopg", "sqlalchemy", "beancount")),
    )
    return "; ".join(parts)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
