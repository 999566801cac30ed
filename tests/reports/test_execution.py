"""Budget execution by class: what was budgeted, what was spent of it, what is left."""

import pytest

from ledger import errors
from ledger.db import owner
from reports.queries import sql
from reports.table import rate
from tests.conftest import DAY

AMOUNTS = ("approved", "adjusted", "budget", "executed", "awaiting", "held", "reserved", "free", "carried")


def by_code(table, *, rolled=False):
    at = [column.name for column in table.columns]
    return {row.cells[0]: dict(zip(at, row.cells, strict=True)) for row in table.rows if row.rolled == rolled}


def test_each_function_has_its_budget_execution_and_rate(books):
    rows = by_code(books.report("budget-execution", "I2024"))
    assert {name: rows["2050201"][name] for name in ("approved", "adjusted", "budget", "executed", "free", "rate")} == {
        "approved": 20007, "adjusted": -311 - 209, "budget": 19487, "executed": 12345, "free": 4513, "rate": 6335,
    }  # fmt: skip
    assert rows["2050203"]["budget"] == 9011 + 209
    assert set(rows) == {"2050201", "2050203"}


def test_parents_are_the_sums_of_their_classes_down_the_whole_tree(books):
    table = books.report("budget-execution", "I2024")
    assert [(row.cells[0], row.level) for row in table.rows] == [
        ("205", 0), ("20502", 1), ("2050201", 2), ("2050203", 2),
    ]  # fmt: skip
    parents, own = by_code(table, rolled=True), by_code(table)
    for name in AMOUNTS:
        assert parents["205"][name] == parents["20502"][name] == sum(row[name] for row in own.values())
        assert table.totals[name] == parents["205"][name]


@pytest.mark.parametrize("by", ["func", "gov_econ", "dept_econ"])
@pytest.mark.parametrize("part", [{}, {"on": DAY}, {"fund": "1"}, {"agency": "201"}, {"agency": "202", "fund": "1"}])
def test_every_figure_is_the_sum_of_its_vouchers_and_rows_add_up(books, proven, by, part):
    table = books.report("budget-execution", "I2024", by=by, **part)
    assert proven(table) == len(table.rows) * len(AMOUNTS)
    for row in by_code(table).values():
        assert row["budget"] == row["approved"] + row["adjusted"]
        assert row["budget"] == sum(
            row[name] for name in ("executed", "awaiting", "held", "reserved", "free", "carried")
        )
    assert table.totals["executed"] == sum(row["executed"] for row in by_code(table).values())


def test_by_economic_class_what_is_not_broken_down_has_a_row_without_code(books):
    rows = by_code(books.report("budget-execution", "I2024", by="gov_econ"))
    assert (rows[""]["budget"], rows[""]["executed"]) == (28707, 0)
    assert (rows["50201"]["budget"], rows["50201"]["executed"], rows["50201"]["rate"]) == (0, 12345, None)
    assert rows["50502"]["executed"] == 4563
    assert sum(row["free"] for row in rows.values()) == 9170


def test_an_agency_is_asked_for_with_all_below_it(books):
    assert books.report("budget-execution", "I2024", agency="202").totals["executed"] == 4563
    assert books.report("budget-execution", "I2024", agency="201").totals["executed"] == 12345 + 4563
    assert books.report("budget-execution", "I2024", fund="2").rows == []


def test_a_refund_and_a_reversal_are_less_executed(books):
    on_day = books.report("budget-execution", "I2024", on=DAY).totals["executed"]
    assert on_day - books.report("budget-execution", "I2024").totals["executed"] == 1019


@pytest.mark.parametrize(
    ("part", "whole", "hundredths"),
    [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (1, 20_000, 1), (-1, 3, -3333), (5, -5, -10_000), (3, 0, None)],
)
def test_a_rate_is_rounded_half_away_from_zero_without_a_float(part, whole, hundredths):
    assert rate(part, whole) == hundredths


@pytest.mark.parametrize("asked", [{"by": "colour"}, {"by": "revenue"}, {"fund": "?"}, {"agency": "999"}], ids=str)
def test_what_is_not_there_is_refused(books, asked):
    with pytest.raises(errors.UnknownBook):
        books.report("budget-execution", "I2024", **asked)


def test_only_an_indicator_set_has_a_budget(books):
    with pytest.raises(errors.UnknownBook):
        books.report("budget-execution", "B2024")


def test_the_postings_are_read_once_whatever_the_number_of_classes(books):
    own = books.report("budget-execution", "I2024").account_set
    asked = {
        "treasury_id": own.treasury_id, "account_set_id": own.account_set_id, "accounts": ["Z501", "Z701"],
        "kinds": ["budget_approval"], "by": "func", "on": own.ends_on, "known": None, "fund": None, "agency": None,
        "indicator": None,
    }  # fmt: skip
    with owner(books.city.source) as connection:
        plan = connection.exec_driver_sql(f"explain (format json) {sql('chain')}", asked).scalar_one()
    scans = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "posting"]
    assert len(scans) == 1


def _nodes(node):
    yield node
    for each in node.get("Plans", []):
        yield from _nodes(each)
