"""Reading a made-up file by a mapping, the real samples where they are at hand, and the demo city, built once."""

from pathlib import Path

import pytest

from importers.payments import read_payments
from ledger import embedded
from ledger.errors import InvalidFile
from ledger.home import open_books
from tests import made

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared" / "samples"


@pytest.fixture(scope="session")
def built(tmp_path_factory, request):
    """The demo city, whole, and what its building told of its progress."""
    folder = tmp_path_factory.mktemp("demo")
    heard = made.demo(request.config, folder)
    source = open_books(folder)
    yield source, heard
    source.close()
    embedded.discard(folder)


@pytest.fixture(scope="session")
def demo(built):
    """The demo city, whole; nobody writes into it."""
    return built[0]


@pytest.fixture(scope="session")
def heard(built):
    """What the building of the demo told of its progress."""
    return built[1]


@pytest.fixture(scope="session")
def bureau():
    """The mapping of the made-up bureau, as text to be changed."""
    return (HERE / "samples" / "city_payments.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def council():
    """The shipped mapping of the merged council file, as text to be changed."""
    return (ROOT / "importers/mappings/council_spending.toml").read_text(encoding="utf-8")


@pytest.fixture
def read(tmp_path):
    """Read bytes by the text of a mapping."""

    def reading(data, mapping, name="payments.csv"):
        (tmp_path / name).write_bytes(data)
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        return read_payments(tmp_path / name, tmp_path / "mapping.toml")

    return reading


@pytest.fixture
def refused(read):
    """Read bytes that are refused as a whole, and give the facts."""

    def reading(data, mapping, name="payments.csv"):
        with pytest.raises(InvalidFile) as refusal:
            read(data, mapping, name)
        return refusal.value.facts

    return reading


@pytest.fixture(scope="session")
def shared():
    """Find a real sample, which is not part of the repository."""

    def sample(name):
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"shared samples absent: {name}")
        return path

    return sample
