"""The demo's catalogue and register are whole, honest about what is invented, and fit the demo's books."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from importers.demo import founding
from importers.demo.disclosures import disclose_demo, project_records
from importers.demo.plan import lines
from ledger import embedded
from tests import made

FOLDER = Path(__file__).parents[2] / "importers" / "demo"


@pytest.fixture(scope="module")
def fees():
    with (FOLDER / "fees.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def books(tmp_path_factory, request):
    """A server of its own: what the demo publishes is no neighbour of other tests' cities."""
    folder = tmp_path_factory.mktemp("disclosures")
    source = made.installed(request.config, folder)
    yield source
    source.close()
    embedded.discard(folder)


@pytest.fixture(scope="module")
def disclosed(books):
    source = books
    founding.found(source)
    disclose_demo(source, founding.TREASURY_ID)
    disclose_demo(source, founding.TREASURY_ID)  # again: nothing is there twice

    def seen(sql):
        with source.engine("public").connect() as connection:
            return connection.exec_driver_sql(sql, (founding.TREASURY_ID,)).mappings().all()

    return seen


def test_every_fee_is_public_with_its_history(disclosed, fees):
    shown = disclosed("select item, versions, state from published.fee where treasury_id = %s order by item")
    assert {row["item"]: row["versions"] for row in shown} == Counter(row["item"] for row in fees)
    assert len(shown) == 40
    assert sum(row["versions"] > 1 for row in shown) >= 6
    assert {row["state"] for row in shown} == {"in_force", "suspended", "cancelled"}


def test_what_is_invented_says_so(fees):
    assert all("演示" in row["name_zh"] + row["source"] for row in fees if row["confidence"] == "P")


def test_every_project_is_public_in_its_stage(disclosed):
    shown = disclosed("select project, stage, records from published.project where treasury_id = %s")
    assert len(shown) == 15
    assert len({row["stage"] for row in shown}) >= 6


def amounts(kind, year=None):
    return Counter(
        {
            record.project: sum(a.amount_fen for r, _ in project_records() if r.project == record.project
                                for a in r.amounts if a.kind == kind and year in {None, a.year})
            for record, _ in project_records()
        }
    )  # fmt: skip


def test_the_amounts_fit_what_the_demo_pays():
    spent = {line.project: line.spent for line in lines() if line.project}
    budget = {line.project: line.total for line in lines() if line.project}
    paid = {record.project for record, _ in project_records()} & spent.keys()
    assert len(paid) == 12
    whole = amounts("contract") + amounts("variation")
    assert all(spent[p] <= whole[p] <= amounts("budget_estimate")[p] for p in paid)
    assert all(amounts("plan", 2024)[p] == budget[p] for p in paid)
    assert all(amounts("final")[p] in {0, spent[p]} for p in paid)
    assert all(100 * amounts("budget_estimate")[p] <= 110 * amounts("estimate")[p] for p in paid)
