"""Workbooks through the command: a budget in and out, refused rows as a workbook, and earlier years with their proof."""

import json
from pathlib import Path

import pytest

from ledger import embedded
from tests.web.cli.conftest import Gongku

SAMPLES = Path(__file__).parent / "samples"
HISTORY = SAMPLES.parents[2] / "importers" / "samples" / "unit_history.csv"
COMPILER = """
[[agency]]
agency = "201"
name_zh = "教育局"
name_en = "Education bureau"
kind = "organ"

[[office]]
office = "201.1"
agency = "201"
name_zh = "预算科"
name_en = "Budget section"

[[person]]
person = "zhao"
name = "赵某"
office = "201.1"
duties = ["COMP"]
agencies = ["201"]
first = 2020-01-01
document = "任字9号"

[[account_set]]
code = "A201-2024"
agency = "201"
role = "agency"
chart = "unit_2019"
fiscal_year = 2024
starts_on = 2024-01-01
name_zh = "教育局"
name_en = "Education bureau"
"""
BUDGET = """预算单位：201,预算年度：2024,,,
收入来源,资金性质,功能科目,金额（元）,依据
其他收入,6,2050199,"1,234.56",利息
"""


@pytest.fixture(scope="module")
def compiling(tmp_path_factory):
    """The command over a city in which an agency compiles its budget."""
    folder = tmp_path_factory.mktemp("compiling")
    plan = folder / "plan.toml"
    plan.write_text((SAMPLES / "plan.toml").read_text("utf-8") + COMPILER, "utf-8")
    run = Gongku(folder / "books")
    try:
        made = run.apart("init", plan)
        assert made.returncode == 0, made.stderr
        yield run
    finally:
        embedded.discard(folder / "books")


@pytest.fixture
def sheet(tmp_path):
    def write(text):
        (tmp_path / "budget.csv").write_text(text, "utf-8")
        return tmp_path / "budget.csv"

    return write


def test_a_budget_goes_in_once_and_comes_out_as_a_workbook_that_reads_back(compiling, sheet, tmp_path):
    shown = compiling("import", "budget", sheet(BUDGET), "--preview", "--json")
    assert (shown.returncode, json.loads(shown.stdout)["new"], json.loads(shown.stdout)["recorded"]) == (0, 1, False)
    done = compiling("import", "budget", sheet(BUDGET), language="zh")
    assert "已登记：决策包 0 个，基础数据 0 项，收入 1 行。" in done.stdout
    out = tmp_path / "out.xlsx"
    given = compiling("export", "budget", "--agency", "201", "--year", "2024", "--out", out)
    assert (given.returncode, given.stderr) == (0, "")
    again = json.loads(compiling("import", "budget", out, "--json").stdout)
    assert (again["unchanged"], again["total"], again["new"], again["saved"]["income"]) == (1, 1, 0, 0)


def test_imports_are_listed_and_undone_once_with_a_reason(compiling, sheet):
    assert "2040" not in compiling("import", "list").stdout
    other = BUDGET.replace("2024", "2040")
    done = compiling("import", "budget", sheet(other), language="zh")
    number = json.loads(compiling("import", "list", "--json").stdout)[0]["import_no"]
    assert f"登记为第 {number} 次导入" in done.stdout
    assert "0 new rows" in compiling("import", "budget", sheet(other)).stdout
    listed = compiling("import", "list").stdout
    assert "budget.csv  mapping budget version 1, new 1, changed 0, unchanged 0" in listed
    assert "stands; it can be undone" in listed
    assert compiling("import", "undo", number).returncode == 2
    undone = compiling("import", "undo", number, "--why", "误用上年文件")
    assert (undone.returncode, undone.stderr) == (0, "")
    again = compiling("import", "undo", number, "--why", "再次", language="zh")
    assert again.returncode == 1
    assert "该次导入已撤销" in again.stderr
    assert "误用上年文件" in compiling("import", "list").stdout
    assert json.loads(compiling("import", "budget", sheet(other), "--json").stdout)["new"] == 1


def test_what_stands_in_the_way_of_undoing_is_listed(compiling, sheet):
    first = json.loads(compiling("import", "budget", sheet(BUDGET.replace("2024", "2041")), "--json").stdout)["import"]
    changed = BUDGET.replace("2024", "2041").replace("1,234.56", "1,234.57")
    compiling("import", "budget", sheet(changed))
    refused = compiling("import", "undo", first, "--why", "误")
    assert refused.returncode == 1
    assert "income estimate of 201 has a newer version" in refused.stderr
    assert "unknown-import" in compiling("import", "undo", "999", "--why", "误").stderr


def test_refused_rows_are_told_and_written_with_their_reasons(compiling, sheet, tmp_path):
    errors = tmp_path / "errors.xlsx"
    done = compiling("import", "budget", sheet(BUDGET.replace("1,234.56", "1,234.56-")), "--errors", errors)
    assert done.returncode == 1
    assert "budget.csv, row 3, 金额（元）: The amount is not above nil. (1,234.56-)" in done.stdout
    assert "nothing is recorded" in done.stdout
    back = json.loads(compiling("import", "budget", errors, "--preview", "--json").stdout)
    assert [row["problems"][0]["reason"] for row in back["rows"]] == ["negative"]
    assert back["tables"][0]["unused"] == ["Why it is refused"]


def test_refused_rows_go_to_standard_output_alone(compiling, sheet):
    wrong = sheet(BUDGET.replace("利息", ""))
    done = compiling("import", "budget", wrong, "--errors", "-", text=False)
    assert done.returncode == 1
    assert done.stdout.startswith(b"PK")
    both = compiling("import", "budget", wrong, "--errors", "-", "--json")
    assert (both.returncode, both.stdout) == (2, "")


def test_a_budget_of_nothing_is_not_exported(compiling, tmp_path):
    done = compiling("export", "budget", "--agency", "201", "--year", "2030", "--out", tmp_path / "none.xlsx")
    assert done.returncode == 1
    assert not (tmp_path / "none.xlsx").exists()


def test_three_years_are_shown_with_their_proof_posted_and_verified(compiling):
    shown = compiling("import", "history", HISTORY, "--preview")
    assert shown.returncode == 0
    assert "= 2021, financial accounting, opening balances: debit 150000.05, credit 150000.05" in shown.stdout
    done = compiling("import", "history", HISTORY)
    assert "posted to A201-2021, A201-2022, A201-2023: 6 events, 0 posted before." in done.stdout
    again = json.loads(compiling("import", "history", HISTORY, "--json").stdout)
    assert (again["proven"], again["posted"]) == (True, 0)
    assert compiling("verify").returncode == 0


def test_a_history_that_is_not_proven_posts_nothing(compiling, tmp_path):
    text = HISTORY.read_text("utf-8").replace("2022,1602,累计折旧,,30000.01", "2022,1602,累计折旧,,30000.02")
    (tmp_path / "wrong.csv").write_text(text, "utf-8")
    done = compiling("import", "history", tmp_path / "wrong.csv", language="zh")
    assert done.returncode == 1
    assert "期初余额加本年借方减本年贷方不等于期末余额" in done.stdout
    assert "全部未记账" in done.stdout


def test_a_history_is_not_undone_but_reversed(compiling):
    compiling("import", "history", HISTORY)
    found = json.loads(compiling("import", "list", "--json").stdout)
    (history,) = [each["import_no"] for each in found if each["kind"] == "history"]
    refused = compiling("import", "undo", history, "--why", "误")
    assert (refused.returncode, "import-posted" in refused.stderr) == (1, True)
    assert "posted; corrected by reversal only" in compiling("import", "list").stdout
