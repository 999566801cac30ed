"""Spending against time and the results of projects, beside the budget that they are measured by; and their files."""

from collections.abc import Iterable, Sequence

from flask import Blueprint, Response

from ledger.db import Source
from reports.pace import Month, allowed_bp, published_months
from reports.results import Evaluated, published_results
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site.budget_addresses import dataset_of, facts, file_name, scope_asked, titles
from web.site.budget_figures import Scope
from web.site.frame import download
from web.site.lists import add_file
from web.site.memory import remembered

PACE = "支出进度", "Spending against time"
RESULTS = "项目支出绩效自评", "Results of projects"


def months(source: Source, scope: Scope) -> list[Month]:
    """Give the published months of each unit of a budget."""

    def read() -> list[Month]:
        with source.engine("public").connect() as public:
            return published_months(public, scope.own["treasury_id"], scope.year, scope.agencies)

    return remembered(source, ("pace", scope.treasury, scope.year, *scope.agencies), read)


def results(source: Source, treasury_id: int, year: int, agencies: Sequence[str]) -> tuple[Evaluated, ...]:
    """Give the projects of units with a published budget, and their confirmed results."""

    def read() -> tuple[Evaluated, ...]:
        with source.engine("public").connect() as public:
            return published_results(public, treasury_id, year, agencies)

    return remembered(source, ("results", treasury_id, year, *agencies), read)


def shown(source: Source, scope: Scope) -> dict[str, object]:
    """Give what the page of a budget says of its execution."""
    found = months(source, scope)
    return {
        "months": found,
        "allowed_bp": allowed_bp(found[-1].ends_on) if found else None,
        "evaluated": results(source, scope.own["treasury_id"], scope.year, scope.agencies),
        "pace_links": dataset_of(scope, "budget_pace", *PACE).links(),
        "results_links": dataset_of(scope, "budget_results", *RESULTS).links(),
    }


def result_rows(found: Iterable[Evaluated]) -> list[Row]:
    """Give one row for each objective, and one for a project without confirmed results."""
    rows: list[Row] = []
    for project in found:
        own = (project.agency, project.package, project.name_zh, project.name_en)
        rows += [
            Row((*own, each.kind, each.target, each.result, score(each.score_tenths), each.cause, project.opinion))
            for each in project.results
        ] or [Row((*own, None, None, None, None, None, None))]
    return rows


def score(tenths: int) -> str:
    """Write a score of tenths of a point: ``60.5``."""
    return f"{tenths // 10}.{tenths % 10}"


class _Performance:
    """The files of pace and results, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def pace_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give every published month with its figures and its reason."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = [
            Row((each.agency, each.ends_on, each.adjusted_fen, each.executed_fen, each.executed_bp, each.passed_bp,
                 "off" if each.off else "", each.reason, each.remedy, each.due_on))
            for each in months(self.source, scope)
        ]  # fmt: skip
        sheet = Sheet("budget-pace", *titles(scope, *PACE), _PACE, rows, facts(self.source, scope))
        return download(sheet, form, *file_name(scope, "pace"))

    def results_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give every objective of every project with its result."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = result_rows(results(self.source, scope.own["treasury_id"], year, scope.agencies))
        sheet = Sheet("budget-results", *titles(scope, *RESULTS), RESULT_COLUMNS, rows, facts(self.source, scope))
        return download(sheet, form, *file_name(scope, "results"))


def register(pages: Blueprint, source: Source) -> None:
    """Add the files; what they hold stands on the page of the budget."""
    site = _Performance(source)
    own = "budgets/<treasury>/<int:year>/<agency>/"
    add_file(pages, "budget_pace", f"{own}pace", site.pace_file)
    add_file(pages, "budget_results", f"{own}results", site.results_file)


_PACE = (
    Column("agency", "单位", "Agency", "code"),
    Column("ends_on", "截至", "Up to", "day"),
    Column("adjusted", "调整预算数", "Adjusted budget", "amount"),
    Column("executed", "累计支出", "Paid so far", "amount"),
    Column("rate", "支出进度", "Part paid", "rate"),
    Column("passed", "时间进度", "Part of the year passed", "rate"),
    Column("off", "偏差预警", "Off pace", "code"),
    Column("reason", "原因", "Reason"),
    Column("remedy", "措施", "What is done about it"),
    Column("due_on", "完成期限", "Until", "day"),
)
RESULT_COLUMNS = (
    Column("agency", "单位", "Agency", "code"),
    Column("package", "决策包", "Package", "code"),
    Column("name_zh", "项目", "Project"),
    Column("name_en", "英文名称", "Name in English"),
    Column("kind", "目标类别", "Kind of objective", "code"),
    Column("target", "绩效目标", "Objective"),
    Column("result", "完成情况", "Result"),
    Column("score", "评分", "Score of 100", "code"),
    Column("cause", "未完成原因及措施", "Why it was missed"),
    Column("opinion", "复核意见", "Opinion of the review"),
)
