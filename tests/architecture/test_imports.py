"""Imports run one way, and each outside library has its one room."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def test_the_import_contracts_hold():
    linted = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "0 broken" in linted.stdout


def test_nothing_imports_the_module_that_imports_beancount():
    importing = [
        path.relative_to(ROOT).as_posix()
        for package in ["ledger", "importers", "reports", "web", "tests", "bench"]
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if (isinstance(node, ast.Import) and "reports.beancount_child" in {alias.name for alias in node.names})
        or (
            isinstance(node, ast.ImportFrom)
            and (
                node.module == "reports.beancount_child"
                or (node.module == "reports" and "beancount_child" in {alias.name for alias in node.names})
            )
        )
    ]
    assert importing == []
