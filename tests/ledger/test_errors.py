"""Every error there is can be provoked, by the smallest input that does, and says why in two languages."""

from pathlib import Path

import pytest

from ledger import errors, install
from ledger.db import owner
from ledger.errors import LedgerError
from ledger.install import PersonPlan
from tests.conftest import make_city
from tests.ledger.error_catalogue import CLASSES, EXAMPLES, MODULES, REASONS
from tests.ledger.error_examples import FIRST

SCHEMA = Path(errors.__file__).with_name("schema")


@pytest.fixture
def city(source):
    """A city with a security administrator besides."""
    city = make_city(source)
    with owner(source) as connection:
        install.create_office(connection, city.treasury_id, "903.SECU", "903", "SECU", "SECU")
        plan = PersonPlan("secu", "SECU", "903.SECU", ("SECU",))
        install.create_person(connection, city.treasury_id, plan, FIRST, "任字1号")
    return city


def test_every_error_has_its_example():
    assert set(REASONS) == set(EXAMPLES)


@pytest.mark.parametrize("error", REASONS, ids=lambda c: c.code)
def test_the_smallest_input_provokes_it(city, tmp_path, error):
    with pytest.raises(LedgerError) as refused:
        EXAMPLES[error].provoke(city, tmp_path)
    assert type(refused.value) is error
    assert str(refused.value)


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.code)
def test_it_says_why_in_two_languages(error):
    assert error.__doc__.strip().endswith(".")
    assert error.__doc__.isascii()
    assert error.zh.endswith("。")
    assert not error.zh.isascii()
    assert error.code == error.code.lower().strip()


def test_no_two_errors_share_a_code_or_a_message():
    for said in ("code", "zh", "__doc__"):
        assert len({getattr(c, said) for c in CLASSES}) == len(CLASSES), said


def test_an_error_says_its_own_sentence_when_it_is_given_none():
    for error in REASONS:
        assert str(error()) == error.__doc__
        assert error().facts == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__)
def test_a_constraint_that_speaks_for_an_error_is_in_the_schema(module):
    schema = "\n".join(p.read_text("utf-8") for p in sorted(SCHEMA.glob("*.sql")))
    unnamed = {
        name for name in module.BY_CONSTRAINT if name not in schema and not name.endswith(("_fkey", "_pkey", "_check"))
    }
    assert unnamed == set()


def test_no_constraint_speaks_for_two_errors():
    names = [name for module in MODULES for name in module.BY_CONSTRAINT]
    assert len(names) == len(set(names))
