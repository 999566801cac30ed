"""Budget workbooks for the tests, and what becomes of them."""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
import xlsxwriter

from importers.budgets import import_budget, preview_budget, read_budget
from importers.workbook_mapping import find_workbook_mapping
from ledger.compilation.dossiers import listed
from ledger.compilation.rounds import Income
from ledger.db import snapshot, transaction
from ledger.errors import InvalidFile
from reports.budget_workbook import budget_workbook
from tests.ledger.budget_city import YEAR

DAY = dt.date(2024, 3, 5)
MAPPING = find_workbook_mapping("budget")
TEXT = MAPPING.read_text("utf-8")
LIST = (Path(__file__).parent / "samples" / "budget_packages.csv").read_text("utf-8")
SPECIAL = Income(source="special_account", fund="5", func="2050101", amount_fen=1_234_567, basis="收费预测")
OTHER = Income(source="other", fund="6", func="2050199", amount_fen=98_765_432_109, basis="利息")
BASIC = "基础数据,数量,数据来源,单位编码,年度\n公务用车,３,车辆台账,201,2024\n"
INCOME = '收入来源,资金性质,功能科目,金额（元）,依据,单位编码,年度\n其他收入,6,2050199,"1,234.56",利息,201,2024\n'


def written(folder, data, name="budget.csv", encoding="utf-8"):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return folder / name


def workbook(folder, *tables, name="budget.xlsx", merged=(), formulas=()):
    """Write CSV texts as sheets of a workbook, numbers as numbers; merge cells and set formulas on the first."""
    path = folder / name
    with xlsxwriter.Workbook(path) as book:
        sheets = [book.add_worksheet(f"表{n}") for n in range(len(tables))]
        for sheet, text in zip(sheets, tables, strict=True):
            for n, row in enumerate(csv.reader(io.StringIO(text))):
                for at, cell in enumerate(row):
                    sheet.write(n, at, float(cell) if cell.isascii() and cell.replace(".", "", 1).isdigit() else cell)
        for area in merged:
            sheets[0].merge_range(area, None)
        for place, formula, value in formulas:
            sheets[0].write_formula(place, formula, None, value)
    return path


def preview(city, path, mapping=MAPPING, **more):
    return preview_budget(city.source, city.session("COMP"), read_budget(path, mapping), **more)


def take(city, path, mapping=MAPPING, **more):
    with transaction(city.source, city.session("COMP")) as tx:
        return import_budget(tx, read_budget(path, mapping), **more)


def refused(path, mapping=MAPPING):
    with pytest.raises(InvalidFile) as refusal:
        read_budget(path, mapping)
    return refusal.value.facts["reason"]


def problems(outcome):
    return [(each.row, problem.reason, problem.column) for each in outcome.verdicts for problem in each.problems]


def versions(city):
    with snapshot(city.source) as connection:
        return {each.package: each.version for each in listed(connection, city.treasury_id, YEAR)}


def exported(city):
    with snapshot(city.source) as connection:
        return budget_workbook(connection, city.treasury_id, "201", YEAR, DAY)


def mapped(folder, text, name="mapping.toml"):
    return written(folder, text, name)
