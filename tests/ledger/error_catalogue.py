"""The whole catalogue of refusals: the reasons of every module of errors of the ledger, and the example of each."""

import importlib
import inspect
from pathlib import Path

import ledger
from ledger.errors import LedgerError
from tests.ledger import (  # they enter theirs
    budget_error_examples,
    claim_error_examples,
    disclosure_error_examples,
    error_examples,
    fund_error_examples,
    import_error_examples,
    performance_error_examples,
)

EXAMPLES = error_examples.EXAMPLES
ENTERED = (
    error_examples,
    disclosure_error_examples,
    budget_error_examples,
    fund_error_examples,
    claim_error_examples,
    import_error_examples,
    performance_error_examples,
)
MODULES = tuple(
    importlib.import_module(f"ledger.{path.stem}") for path in sorted(Path(ledger.__file__).parent.glob("*errors.py"))
)
CLASSES = [
    each
    for module in MODULES
    for _, each in inspect.getmembers(module, inspect.isclass)
    if issubclass(each, LedgerError) and each.__module__ == module.__name__
]
"""The root of all and every reason."""
REASONS = [each for each in CLASSES if each is not LedgerError]
