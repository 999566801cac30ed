"""The operator rebuilds a budget, writes its tables and publishes it; a difference or a failed check is no success."""

import hashlib
import json

import pytest

from importers.demo import founding, zero_based
from importers.demo.disclosures import disclose_demo
from ledger import access, embedded
from ledger.db import owner, transaction
from reports.formats import check_manifest
from tests import made
from tests.web.cli.conftest import Gongku

YEAR = zero_based.budget()["year"]
TOTAL = zero_based.budget()["resolution"]["yuan"]
DIGESTS = {row["agency"]: row["sha256"] for row in zero_based.budget()["published"]}


@pytest.fixture(scope="module")
def books(tmp_path_factory, request):
    """The demo's budgets, approved and released; their notes are missing, and none is public."""
    folder = tmp_path_factory.mktemp("budgets")
    source = made.installed(request.config, folder)
    founding.found(source)
    disclose_demo(source, founding.TREASURY_ID)
    zero_based.approve_budgets(source, founding.TREASURY_ID)
    yield folder, source
    source.close()
    embedded.discard(folder)


@pytest.fixture(scope="module")
def gongku(books):
    return Gongku(books[0])


@pytest.fixture(scope="module")
def noted(books):
    """The same, with its notes."""
    session = access.open_session(books[1], founding.TREASURY_ID, "comp", "COMP")
    with transaction(books[1], session) as tx:
        zero_based.record_notes(tx)
    access.close_session(books[1], session)


def public(books):
    with books[1].engine("public").connect() as connection:
        return dict(map(tuple, connection.exec_driver_sql("select agency, tables_sha256 from published.budget")))


def test_a_budget_without_its_notes_is_refused_by_the_rule_and_stays_unseen(gongku, books):
    done = gongku("budget", "publish", "--agency", "109", "--year", YEAR, "--yes")
    assert done.returncode == 1
    assert "tables-fail-checks" in done.stderr
    assert "changes_explained" in done.stderr
    assert public(books) == {}


def test_its_tables_are_written_but_tell_what_fails(gongku, tmp_path):
    done = gongku("budget", "tables", "--agency", "109", "--year", YEAR, "--out", tmp_path / "t", language="zh")
    assert done.returncode == 1
    assert "changes_explained" in done.stdout
    assert "不得公开" in done.stdout


def test_the_budget_is_rebuilt_to_the_fen(gongku):
    done = gongku("budget", "rebuild", "--year", YEAR, "--treasury", "DEMO", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["packages"], told["funded"], told["yuan"], told["differences"]) == (13, 12, TOTAL, [])
    assert TOTAL in gongku("budget", "rebuild", "--year", YEAR).stdout


@pytest.mark.usefixtures("noted")
def test_the_tables_are_whole_and_their_digest_is_that_of_the_strict_files(gongku, tmp_path):
    out = tmp_path / "made" / "tables"
    done = gongku("budget", "tables", "--agency", "109", "--year", YEAR, "--out", out)
    assert done.returncode == 0, done.stdout
    assert {path.name for path in out.iterdir()} == {
        f"{no}.{form}" for no in range(1, 12) for form in ("csv", "json", "xlsx")
    }
    assert all(check_manifest(path.read_bytes(), path.suffix[1:]).whole for path in out.iterdir())
    sums = "".join(f"{hashlib.sha256((out / f'{no}.csv').read_bytes()).hexdigest()}  {no}.csv\n" for no in range(1, 12))
    assert hashlib.sha256(sums.encode()).hexdigest() == DIGESTS["109"]
    assert DIGESTS["109"] in done.stdout


@pytest.mark.usefixtures("noted")
def test_a_department_is_written_with_its_units(gongku, tmp_path):
    done = gongku("budget", "tables", "--agency", "303", "--agency", "303001", "--year", YEAR, "--out", tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("noted")
def test_publishing_is_a_rehearsal_until_it_is_meant(gongku, books):
    asked = ("budget", "publish", "--agency", "303001", "--year", YEAR)
    done = gongku(*asked)
    assert (done.returncode, public(books)) == (0, {})
    assert DIGESTS["303001"] in done.stdout
    done = gongku(*asked, "--yes")
    assert done.returncode == 0, done.stderr
    assert public(books) == {"303001": DIGESTS["303001"]}
    done = gongku(*asked, "--yes")
    assert done.returncode == 1
    assert "budget-already-published" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("publish", "--agency", "102", "--year", YEAR),
        ("publish", "--agency", "109", "--year", YEAR + 1),
        ("publish", "--agency", "109", "--year", YEAR, "--as", "comp"),
        ("tables", "--agency", "102", "--year", YEAR, "--out", "unused"),
    ],
)
def test_what_is_not_approved_or_not_ones_duty_is_refused(gongku, words):
    assert gongku("budget", *words).returncode == 1


def test_one_fen_that_differs_ends_with_one(gongku, books):
    with owner(books[1]) as connection:
        connection.exec_driver_sql("alter table ledger.budget_line disable trigger append_only")
        connection.exec_driver_sql("update ledger.budget_line set fen = fen + 1 where package = '2025-109-PT-1'")
    done = gongku("budget", "rebuild", "--year", YEAR)
    assert done.returncode == 1
    assert "2025-109-PT-1 line 1" in done.stdout
