"""Reading a made-up file by a mapping, and the real samples where they are at hand."""

from pathlib import Path

import pytest

from importers.payments import read_payments
from ledger.errors import InvalidFile

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared" / "samples"


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
