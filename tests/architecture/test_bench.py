"""The benchmarks run, print ratios, and their page tells every target and the machine; nothing here is timed."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "bench").glob("*.py") if not path.stem.startswith("__"))
PAGE = ROOT / "docs" / "benchmarks.md"
TARGETS = ["T1", "T2", "T3", "T4", "T5", "T7", "T8", "T9", "T11", "T12", "pages"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The cheapest benchmark in its smallest size, as a reader starts it: what it printed and what it wrote."""
    page = tmp_path_factory.mktemp("bench") / "page.md"
    command = [sys.executable, "-m", "bench", "--size", "tiny", "--only", "bulk", "--out", str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, page.read_text("utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_a_benchmark_can_be_imported_and_says_what_it_measures(module):
    assert import_module(f"bench.{module}").__doc__.endswith(".")


def tables(text):
    """The rows of each table by its heading, the columns first."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        found[part.splitlines()[0]] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return found


def test_a_benchmark_prints_tables_whose_rows_are_whole_and_tell_a_ratio(run):
    printed, _ = run
    measured = {name: rows for name, rows in tables(printed).items() if name != "Targets"}
    assert len(measured) == 2
    for columns, _rule, *rows in measured.values():
        assert any("ratio" in column or "as a part of it" in column for column in columns)
        assert len(rows) >= 2
        assert all(len(row) == len(columns) and all(row) for row in rows)


def test_a_benchmark_prints_its_targets_and_whether_they_are_reached(run):
    printed, _ = run
    _columns, _rule, *rows = tables(printed)["Targets"]
    assert {row[0] for row in rows} == {"T1", "T3", "T12"}
    assert {row[3] for row in rows} <= {"reached", "**not reached**", "for information"}


def test_the_page_that_is_written_holds_what_was_printed(run):
    printed, written = run
    assert tables(written) == tables(printed)


def test_a_size_that_is_not_known_is_refused():
    command = [sys.executable, "-m", "bench", "--size", "huge"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "tiny" in done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_the_page_of_benchmarks_tells_each_target(target):
    _columns, _rule, *rows = tables(PAGE.read_text("utf-8"))["Targets"]
    assert [row for row in rows if row[0] == target and all(row)]


def test_the_page_of_benchmarks_describes_the_machine_and_how_it_was_made():
    text = PAGE.read_text("utf-8")
    assert re.search(r"^Machine: \d+ cores \(.+\), \d+ GiB; .*Python 3\.\d+.*PostgreSQL \d+\.\d+", text, re.MULTILINE)
    assert re.search(r"^Written by `python -m bench --size \w+ .*`", text, re.MULTILINE)
