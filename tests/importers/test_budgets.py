"""A budget workbook as people fill it in: a verdict for every row, then all of it or nothing, and back without loss."""

import datetime as dt

from importers.budgets import import_budget, preview_budget, read_budget
from importers.workbook_mapping import find_workbook_mapping
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import Income, estimate_income
from ledger.db import snapshot, transaction
from reports.budget_workbook import budget_workbook
from tests.ledger.budget_city import PACKAGES, YEAR, act, prepare

DAY = dt.date(2024, 3, 5)
MAPPING = find_workbook_mapping("budget")
INCOME = [
    Income(source="special_account", fund="5", func="2050101", amount_fen=1_234_567, basis="收费预测"),
    Income(source="other", fund="6", func="2050199", amount_fen=98_765_432_109, basis="利息"),
]


def exported(city):
    with snapshot(city.source) as connection:
        return budget_workbook(connection, city.treasury_id, "201", YEAR, DAY)


def written(folder, data, name="budget.xlsx"):
    (folder / name).write_bytes(data)
    return folder / name


def preview(city, path, mapping=MAPPING, **more):
    return preview_budget(city.source, city.session("COMP"), read_budget(path, mapping), **more)


def take(city, path, mapping=MAPPING, **more):
    with transaction(city.source, city.session("COMP")) as tx:
        return import_budget(tx, read_budget(path, mapping), **more)


def test_what_is_exported_reads_back_unchanged(city, tmp_path):
    prepare(city)
    for package in PACKAGES:
        act(city, "COMP", save_package, package)
    act(city, "COMP", estimate_income, YEAR, "201", INCOME)
    path = written(tmp_path, exported(city))
    found = preview(city, path)
    assert [(v.table, v.row, p.as_json()) for v in found.verdicts for p in v.problems] == []
    assert found.counts == {"new": 0, "changed": 0, "unchanged": 6 + 18 + 2 + 2, "error": 0, "total": 2}
