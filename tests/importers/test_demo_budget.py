"""The demo's zero-based budgets: whole, marked as a demo, rebuilt to the fen, and public as they were checked."""

import csv
from pathlib import Path

import pytest

from importers.demo import founding
from importers.demo.disclosures import disclose_demo
from importers.demo.zero_based import agencies, budget, budget_demo
from ledger import embedded
from ledger.compilation.packages import order_of
from ledger.compilation.rebuild import rebuild
from ledger.db import owner, snapshot
from ledger.money import format_yuan
from reports.approved_budget import approved_budget, digest
from reports.disclosure_rules import checks
from tests import made
from web.site import budget_figures
from web.site.budget_forms import shown

FOLDER = Path(__file__).parents[2] / "importers" / "demo"
BELOW = "2025-109-DP-3"


@pytest.fixture(scope="module")
def demo(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("budget")
    source = made.installed(request.config, folder)
    founding.found(source)
    disclose_demo(source, founding.TREASURY_ID)
    budget_demo(source, founding.TREASURY_ID)
    budget_demo(source, founding.TREASURY_ID)  # again: nothing is there twice
    yield source
    source.close()
    embedded.discard(folder)


def tables(source, *codes, reader="public"):
    with source.engine("public").connect() as public:
        return approved_budget(public, reader, founding.TREASURY_ID, budget()["year"], codes).tables()


def rows(source, text):
    with source.engine("public").connect() as public:
        return [tuple(row) for row in public.exec_driver_sql(text)]


def test_every_budget_is_public_under_the_digest_of_tables_that_pass_every_check(demo):
    shown = dict(rows(demo, "select agency, tables_sha256 from published.budget"))
    made = {code: tables(demo, code) for code in agencies()}
    assert {code: checks(each) + checks([t.printed() for t in each]) for code, each in made.items()} == {
        code: [] for code in agencies()
    }
    assert shown == {code: digest(each) for code, each in made.items()}, "the digests stand in budget_2025.toml"


def test_the_tables_of_a_department_with_its_unit_agree_as_well(demo):
    whole = tables(demo, "303", "303001")
    assert checks(whole) == []
    alone = [tables(demo, code)[2].block("rows").figure("total", "total") for code in ("303", "303001")]
    assert whole[2].block("rows").figure("total", "total") == sum(alone)


def test_every_row_of_a_department_with_its_unit_leads_to_lines_that_add_up_to_it(demo):
    scope = budget_figures.scope_of(demo, founding.CODE, budget()["year"], "303", whole=True)
    assert scope.agencies == ["303", "303001"]
    rows = [
        row for t in budget_figures.tables(demo, scope) for block in shown(t, "en") for row in block.rows if row.asked
    ]
    for row in rows:
        found = format_yuan(sum(line["fen"] for line in budget_figures.lines(demo, scope, row.asked)))
        assert found == next(text for text, kind, _ in row.cells if kind == "number").replace(",", ""), row
    assert len(rows) > 40


def test_the_whole_budget_is_rebuilt_from_standards_quantities_and_decisions(demo):
    with snapshot(demo) as connection:
        found = rebuild(connection, founding.TREASURY_ID, budget()["year"])
    assert (found.packages, found.funded, list(found.differences)) == (13, 12, [])
    assert format_yuan(found.fen) == budget()["resolution"]["yuan"]


def test_one_package_lies_below_the_funding_line_and_is_not_public(demo):
    with snapshot(demo) as connection:
        order = order_of(connection, founding.TREASURY_ID, budget()["year"])
    assert [each.package for each in order if not each.funded] == [BELOW]
    assert BELOW not in dict(rows(demo, "select package, fen from published.budget_package"))


def test_cuts_stand_with_their_kinds_and_reasons(demo):
    cuts = rows(demo, "select package, cut, reason from published.budget_line where cut <> 'none' order by 1")
    assert [(package, cut) for package, cut, _ in cuts] == [
        ("2025-109-PT-1", "duplicate"), ("2025-303-HM-1", "quantity"), ("2025-303001-GC-1", "later"),
    ]  # fmt: skip
    assert all("演示" in reason for *_, reason in cuts)


def test_the_budget_can_be_spent_where_it_was_released(demo):
    with owner(demo) as connection:
        free = connection.exec_driver_sql(
            "select sum(r.available_fen)::bigint from ledger.limit_row r join ledger.account_set s"
            " using (treasury_id, account_set_id) where s.role = 'indicator' and s.fiscal_year = %s",
            (budget()["year"],),
        ).scalar_one()
    own = sum(fen for (fen,) in rows(demo, "select amount_fen from published.budget_income where fund = '6'"))
    assert format_yuan(free + own) == budget()["resolution"]["yuan"]


def test_every_duty_has_its_day(demo):
    duties = rows(
        demo, "select duty, agency, due_on - since, done_on is not null from published.budget_duty order by 1, 2"
    )
    assert {(duty, days) for duty, _, days, _ in duties} == {
        ("publication", 20),
        ("to_departments", 20),
        ("to_units", 15),
    }
    assert len(duties) == 8
    assert all(done for *_, done in duties)


def test_what_is_invented_says_so():
    with (FOLDER / "budget_standards.csv").open(encoding="utf-8", newline="") as file:
        assert all("演示" in row["document_no"] and "演示" in row["document_title"] for row in csv.DictReader(file))
    with (FOLDER / "budget_drivers.csv").open(encoding="utf-8", newline="") as file:
        assert all("演示" in row["origin"] for row in csv.DictReader(file))
    given = budget()
    papers = [given["resolution"]["document"], *given["release"].values(), *(c["document"] for c in given["ceiling"])]
    assert all("演示" in paper for paper in papers)
    assert all("演示" in text for each in given["published"] for text in each["told"].values())
