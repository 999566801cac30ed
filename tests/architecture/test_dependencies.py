"""Each dependency is pinned, says why it is there, and is used."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["ledger", "importers", "reports", "web"]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = PROJECT["dependencies"]
DECLARED = [*RUNTIME, *EXTRAS["test"], *EXTRAS["dev"]]


def plain(requirement):
    """The normalised name of the distribution: psycopg[binary]==3.3.9 is psycopg."""
    name = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def imported(folder):
    """Top-level names that the Python files of a folder import."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


PROVIDED = {
    module: {plain(name) for name in distributions} for module, distributions in packages_distributions().items()
}


@pytest.mark.parametrize("requirement", DECLARED)
def test_a_dependency_is_pinned_to_one_version(requirement):
    assert re.fullmatch(r"[\w.-]+(\[\w+\])?==\d[\w.]*", requirement)


@pytest.mark.parametrize("requirement", DECLARED)
def test_a_dependency_says_why_it_is_there(requirement):
    reason = rf'^  "{re.escape(requirement)}",  # \S+ \S+'
    assert re.search(reason, TEXT, re.MULTILINE)


def test_no_dependency_is_declared_twice():
    names = [plain(requirement) for requirement in DECLARED]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("requirement", RUNTIME)
def test_a_dependency_is_imported_or_located_by_a_module(requirement):
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in modules)
    used = set().union(*(imported(package) for package in PACKAGES))
    used |= {name for name in PROVIDED if f'"{name}"' in text}
    assert [name for name in used if plain(requirement) in PROVIDED.get(name, ())]


@pytest.mark.parametrize("requirement", EXTRAS["test"])
def test_a_dependency_of_the_tests_is_named_by_a_test(requirement):
    if plain(requirement) == "pytest-xdist":
        assert "pytest -n auto" in (ROOT / "README.md").read_text(encoding="utf-8")
        return
    modules = [name for name, by in PROVIDED.items() if plain(requirement) in by]
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert [m for m in modules if re.search(rf"\b(import|from) {re.escape(m)}\b", tests)]


@pytest.mark.parametrize("requirement", EXTRAS["dev"])
def test_a_tool_is_run_by_ci_or_types_a_dependency(requirement):
    name = plain(requirement)
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    typed = {f"types-{plain(other)}" for other in RUNTIME}
    assert name in typed or re.search(rf"(bin/|-m ){re.escape(name)}\b", ci)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_imports_only_what_is_declared(package):
    ours = {*PACKAGES, *sys.stdlib_module_names}
    declared = {plain(requirement) for requirement in RUNTIME}
    foreign = imported(package) - ours
    assert {name for name in foreign if not PROVIDED.get(name, set()) & declared} == set()
