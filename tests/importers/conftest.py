"""Reading a made-up file by a mapping, the real samples where they are at hand, and the demo city, built once."""

from pathlib import Path

import pytest

from importers.demo import build_demo
from importers.payments import read_payments
from ledger import embedded, install
from ledger.db import Source
from ledger.errors import InvalidFile

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared" / "samples"


def books_in(folder):
    """Make empty books on a server of their own."""
    secrets = folder / "secrets"
    dsn = embedded.start(folder).owner_dsn()
    install.install(Source.at(dsn, secrets), secrets)
    return Source.at(dsn, secrets)


@pytest.fixture(scope="session")
def heard():
    """What the building of the demo told of its progress."""
    return []


@pytest.fixture(scope="session")
def demo(tmp_path_factory, heard):
    """The demo city, whole; nobody writes into it."""
    folder = tmp_path_factory.mktemp("demo")
    source = books_in(folder)
    build_demo(source, heard.append)
    yield source
    source.close()
    embedded.discard(folder)


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
