"""How a figure is taken: rounds in which every way has its turn, medians over them, a table of ratios."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: ``small`` ends within minutes, ``medium`` has the large journals but fewer rounds."""

    name: str
    rounds: int
    batch: int
    """Vouchers of a batch."""
    singles: int
    """Events posted one at a time, in each round."""
    pgbench_seconds: int
    pgbench_scale: int
    journals: tuple[int, ...]
    """Vouchers of the journals that reports are read from."""
    exports: tuple[int, ...]
    """Those of them that are exported, each also loaded by beancount if at most ``load_most``."""
    load_most: int
    page_seconds: float
    """How long each page is asked, at a rate and then flat out, in each round."""


SIZES: Mapping[str, Sizes] = {
    "tiny": Sizes("tiny", 1, 200, 4, 1, 1, (200, 400), (200,), 200, 0.3),
    "small": Sizes("small", 3, 3_000, 50, 2, 5, (3_000, 30_000), (3_000,), 3_000, 1),
    "medium": Sizes("medium", 3, 10_000, 150, 3, 20, (10_000, 100_000, 1_000_000), (10_000, 100_000), 100_000, 2),
    "full": Sizes(
        "full", 5, 10_000, 300, 4, 20, (10_000, 100_000, 1_000_000), (10_000, 100_000, 1_000_000), 100_000, 3
    ),
}


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of the project and what this run reached; ``met`` is None when it cannot be told here."""

    number: str
    asked: str
    reached: str
    met: bool | None


@dataclass(slots=True)
class Table:
    """What one benchmark found; each row has a ratio to another row of the same run."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)

    def text(self) -> str:
        """Write it as Markdown."""
        lines = [f"## {self.title}", "", *grid(self.columns, self.rows)]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines) + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write the lines of a Markdown table, figures to the right."""
    rule = ["---", *("---:" for _ in columns[1:])]
    return ["| " + " | ".join(cells) + " |" for cells in (columns, rule, *rows)]


def interleaved(rounds: int, ways: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Give every way its turn in every round, the first one moving on, so that all see the same minutes."""
    names = list(ways)
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            found[name].append(ways[name]())
    return found


def ratio(mine: Sequence[float], others: Sequence[float]) -> float:
    """Give the median of the ratios round by round: noise that lasts a round meets both sides of it."""
    return median(a / b for a, b in zip(mine, others, strict=True))


def processor_seconds(pids: Sequence[int]) -> float:
    """Give the processor time that other processes have used, to a hundredth: others' load is not in it."""
    ticks = 0
    for pid in pids:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def share(values: Sequence[float], part: float) -> float:
    """Give the value below which this part of the values lies (0.99 for p99)."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """Write the least and the greatest."""
    return f"{min(values):{form}}–{max(values):{form}}"
