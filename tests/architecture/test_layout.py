"""The house has its rooms and no others, and each file keeps the house rules."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"ledger", "web", "importers", "reports", "tests", "docs", "bench"}
PAPERS = {
    "pyproject.toml",
    "uv.lock",
    "README.md",
    "README.zh-CN.md",
    "LICENSE",
    "CHANGELOG.md",
    ".ci",
    ".gitignore",
}
TOOLS_LEAVE = {
    ".git",
    ".venv",
    ".coverage",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "build",
    "dist",
}
MODULE_LINES = 500
NAMELESS_ROOMS = {"manager", "helper", "util", "common", "base", "service"}
# architecture: a voucher is never an entry, a posting never a leg.
OTHER_WORDS = {"entry", "entries", "leg", "legs", "manager", "helper", "util", "utils"}
PROMISES = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.~}])/(work|root|home|Users|opt)/\w|/tmp/(team|tb)\b")

FILES = sorted(
    path
    for room in [*ROOMS, ".ci"]
    for path in (ROOT / room).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)
TEXTS = [
    *FILES,
    *(ROOT / paper for paper in PAPERS - {"uv.lock"} if (ROOT / paper).is_file()),
]
MODULES = [path for path in FILES if path.suffix == ".py"]


def shown(path):
    return path.relative_to(ROOT).as_posix()


def words(identifier):
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)}


def test_the_top_level_is_the_fixed_list():
    assert {path.name for path in ROOT.iterdir()} - TOOLS_LEAVE <= ROOMS | PAPERS


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_is_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


def test_no_module_or_folder_is_named_for_nothing():
    folders = {part for path in FILES for part in path.relative_to(ROOT).parts[:-1]}
    names = folders | {path.stem for path in MODULES}
    assert [name for name in names if {w.rstrip("s") for w in words(name)} & NAMELESS_ROOMS] == []


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_calls_each_thing_by_its_one_name(path):
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [node.name for node in nodes if isinstance(node, definitions)]
    names += [node.arg for node in nodes if isinstance(node, ast.arg)]
    names += [node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)]
    assert [name for name in names if words(name) & OTHER_WORDS] == []


@pytest.mark.parametrize("name", ["journal_entry", "Leg", "entriesOfDay"])
def test_another_word_is_seen(name):
    assert words(name) & OTHER_WORDS


def found(pattern):
    return [
        f"{shown(path)}:{number}: {line.strip()}"
        for path in TEXTS
        if path.suffix != ".png"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later():
    assert found(PROMISES) == []


def test_no_file_names_a_path_of_one_machine():
    assert found(MACHINE_PATHS) == []


@pytest.mark.parametrize("folder", ["work", "root", "home", "opt"])
def test_a_machine_path_is_seen(folder):
    assert MACHINE_PATHS.search(f"open('/{folder}/books')")
