"""The wheel holds the four packages whole and nothing else, under one version."""

import re
import tomllib
from importlib.metadata import metadata, packages_distributions, version
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = ["ledger", "importers", "reports", "web"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    with ZipFile(built) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_provides(name):
    assert set(packages_distributions().get(name, ["gongku"])) == {"gongku"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_opens_with_one_sentence_and_is_typed(name):
    text = (ROOT / name / "__init__.py").read_text(encoding="utf-8")
    assert re.match(r'"""[^\n]+\."""\n', text)
    assert (ROOT / name / "py.typed").exists()


def test_there_is_one_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    locked = {package["version"] for package in lock if package["name"] == "gongku"}
    assert newest is not None
    assert locked | {version("gongku"), newest[1]} == {PROJECT["version"]}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_states_a_version_of_its_own(name):
    stating = [path for path in (ROOT / name).rglob("*.py") if "__version__" in path.read_text(encoding="utf-8")]
    assert stating == []


def test_no_registry_takes_the_distribution():
    assert "Private :: Do Not Upload" in metadata("gongku").get_all("Classifier", [])


def test_the_wheel_holds_the_four_packages_and_its_own_metadata(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {*PACKAGES, f"gongku-{PROJECT['version']}.dist-info"}


def test_the_wheel_holds_no_tests(wheel):
    assert [name for name in wheel if "test" in Path(name).name or "conftest" in name] == []


def test_the_wheel_holds_every_file_of_the_packages(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in wheel if ".dist-info/" not in name} == files


def test_the_lock_names_the_public_index_alone():
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    sources = {tuple(package["source"].items()) for package in lock}
    files = [file for package in lock for file in [package.get("sdist"), *package.get("wheels", [])]]
    hosts = {file["url"].split("/")[2] for file in files if file}
    assert sources == {(("editable", "."),), (("registry", "https://pypi.org/simple"),)}
    assert hosts == {"files.pythonhosted.org"}
