"""The public register of investment projects: from the first estimate to the last payment, as the books have it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from ledger.db import Source
from reports.charts import foreign_styles, project_chart
from reports.sheet import Sheet
from reports.table import Column, Row, rate
from web.site.datasets import Dataset
from web.site.finding import Found
from web.site.frame import download, page
from web.site.lists import add, add_file, cell, demo, holds, marks
from web.site.memory import kept_rows, remembered
from web.site.news import News, add_feed
from web.site.vouchers import rules
from web.texts import catalogue

AMOUNTS = ("estimate", "budget_estimate", "plan", "contract", "variation", "final", "paid")


class _Projects:
    """The pages of projects, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def projects(self, language: str) -> str:
        """List the projects with their stage, amounts and progress."""
        found = _projects(self.source)
        stage = request.args.get("stage", "")[:100]
        stages = kept_rows(self.source, "select * from published.project_phase order by place")
        counted = [{**row, "count": sum(p["stage"] == row["stage"] for p in found)} for row in stages]
        listed = [row for row in found if not stage or row["stage"] == stage]
        return page(
            "projects.html",
            language,
            _register(self.source, {"stage": stage} if stage else {}),
            rows=listed,
            sums={name: sum(row[f"{name}_fen"] or 0 for row in listed) for name in AMOUNTS},
            whole=len(found),
            stage=stage,
            stages=[row for row in counted if row["count"]],
            demo=demo(self.source),
        )

    def projects_file(self, form: str) -> Response:
        """Give the projects of the page, with its filter, as a file."""
        stage = request.args.get("stage", "")[:100]
        listed = [row for row in _projects(self.source) if not stage or row["stage"] == stage]
        rows = [Row(tuple(cell(row[column.name]) for column in _PROJECT_COLUMNS)) for row in listed]
        facts = {**marks(self.source), **({"stage": stage} if stage else {})}
        sheet = Sheet("projects", "政府投资项目", "Investment projects", _PROJECT_COLUMNS, rows, facts)
        return download(sheet, form, "projects", *([stage] if stage else []))

    def project(self, language: str, treasury: str, code: str) -> str:
        """Show one project: its line from the first estimate to the last payment."""
        found, given = self._found(treasury, code)
        payments = kept_rows(self.source, _PAYMENTS, **given)
        progress = kept_rows(self.source, _PROGRESS, **given)
        return page(
            "project.html",
            language,
            _dataset(self.source, found),
            project=found,
            amounts=AMOUNTS,
            history=kept_rows(self.source, _AMOUNTS, **given),
            stages=kept_rows(self.source, _STAGES, **given),
            documents=kept_rows(self.source, _DOCUMENTS, **given),
            progress=progress,
            payments=payments,
            rules=rules(self.source),
            share=rate(found["paid_fen"], found["contract_fen"] or 0),
            chart=remembered(
                self.source,
                ("chart", treasury, code, language),
                lambda: _chart(found, payments, progress, language),
            ),
            foreign_styles=foreign_styles(),
            demo=demo(self.source),
            history_links=_history(self.source, found).links(),
        )

    def project_file(self, treasury: str, code: str, form: str) -> Response:
        """Give the payments of a project as a file."""
        _, given = self._found(treasury, code)
        known = rules(self.source)
        rows = [
            Row(
                (
                    row["effective_on"],
                    row["code"],
                    f"{row['label']}/{row['no']}",
                    row["title_zh"],
                    row["agency"],
                    row["counterparty"]
                    if row["counterparty_rule"] is None
                    else f"不公开：{known[row['counterparty_rule']]['basis']}",
                    row["amount_fen"],
                )
            )
            for row in kept_rows(self.source, _PAYMENTS, **given)
        ]
        facts = {**marks(self.source), "project": code}
        sheet = Sheet("project-payments", "项目付款", "Payments of a project", _PAYMENT_COLUMNS, rows, facts)
        return download(sheet, form, treasury, code)

    def history_file(self, treasury: str, code: str, form: str) -> Response:
        """Give stages, amounts, progress and documents of a project as one dated list."""
        _, given = self._found(treasury, code)
        events = [
            *((r["on_day"], "stage", r["stage"], r["document"], r["note"], None, None, None)
              for r in kept_rows(self.source, _STAGES, **given)),
            *((r["on_day"], "amount", r["kind"], r["document"], r["note"], r["amount_fen"], None, None)
              for r in kept_rows(self.source, _AMOUNTS, **given)),
            *((r["on_day"], "progress", "", "", r["note"], None, r["basis_points"], None)
              for r in kept_rows(self.source, _PROGRESS, **given)),
            *((r["on_day"], "document", r["kind"], r["title"], "", None, None, r["sha256"])
              for r in kept_rows(self.source, _DOCUMENTS, **given)),
        ]  # fmt: skip
        rows = [Row(tuple(cell(value) for value in event)) for event in sorted(events, key=lambda e: (e[0], e[1]))]
        facts = {**marks(self.source), "project": code}
        sheet = Sheet("project-history", "项目沿革", "History of a project", _HISTORY_COLUMNS, rows, facts)
        return download(sheet, form, treasury, code, "history")

    def _found(self, treasury: str, code: str) -> tuple[Mapping[str, Any], dict[str, object]]:
        found = [row for row in _projects(self.source) if (row["treasury"], row["project"]) == (treasury, code)]
        return found[0] if found else abort(404), {"treasury": treasury, "project": code}


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of projects, and the feed of what happened to them."""
    site = _Projects(source)
    add(pages, "projects", "projects/", site.projects, site.projects_file)
    add(pages, "project", "projects/<treasury>/<code>/", site.project, site.project_file)
    add_file(pages, "project_history", "projects/<treasury>/<code>/history", site.history_file)
    add_feed(pages, "projects_feed", "/projects/feed.atom", "feed_projects", source, tell)


def find(source: Source, asked: str, language: str) -> list[Found]:
    """Find projects by name, owner, place or code."""
    return [
        Found(
            row["name_zh"] if language == "zh" else row["name_en"],
            f"{row['owner_zh'] if language == 'zh' else row['owner_en']} · {row['place']}",
            url_for(f"site.project_{language}", treasury=row["treasury"], code=row["project"]),
            row["paid_fen"],
        )
        for row in _projects(source)
        if holds(
            asked,
            row["name_zh"],
            row["name_en"],
            row["owner_zh"],
            row["owner_en"],
            row["place"],
            row["project"],
            row["sector"],
        )
    ]


def tell(source: Source) -> list[News]:
    """Tell every published stage of every project, and its document."""
    names = {(row["treasury"], row["project"]): row for row in _projects(source)}
    return [
        News(
            row["published_at"].date(),
            f"项目：{own['name_zh']}：{row['name_zh']}",
            f"Project: {own['name_en']}: {row['name_en']}",
            "project",
            {"treasury": row["treasury"], "code": row["project"]},
            f"s{row['stage_no']}",
            f"{row['on_day']} {row['document']} {row['note']}".strip(),
        )
        for row in kept_rows(source, "select * from published.project_stage order by treasury, project, stage_no")
        if (own := names.get((row["treasury"], row["project"])))
    ]


def datasets(source: Source) -> list[Dataset]:
    """List the pages of projects: the register, then each project."""
    return [_register(source, {}), *(_dataset(source, row) for row in _projects(source))]


def _chart(
    found: Mapping[str, Any],
    payments: Sequence[Mapping[str, Any]],
    progress: Sequence[Mapping[str, Any]],
    language: str,
) -> str:
    t = catalogue("web.site", language)
    levels = [
        (t[f"amount_{name}"], found[f"{name}_fen"])
        for name in AMOUNTS[:-1]
        if found[f"{name}_fen"] and name not in {"plan", "variation"}
    ]
    return project_chart(
        [(row["effective_on"], row["amount_fen"]) for row in payments],
        [(row["on_day"], row["basis_points"]) for row in progress],
        levels,
        (t["unit_wan"], t["amount_paid"], t["progress"]),
    ).replace("<", "\\u003c")


def _register(source: Source, asked: Mapping[str, str]) -> Dataset:
    return Dataset("projects", "政府投资项目", "Investment projects", asked=asked, demo=demo(source))


def _dataset(source: Source, row: Mapping[str, Any]) -> Dataset:
    where = {"treasury": row["treasury"], "code": row["project"]}
    return Dataset(
        "project",
        f"项目：{row['name_zh']}",
        f"Project: {row['name_en']}",
        where,
        publisher_zh=row["owner_zh"],
        publisher_en=row["owner_en"],
        demo=demo(source),
    )


def _history(source: Source, row: Mapping[str, Any]) -> Dataset:
    where = {"treasury": row["treasury"], "code": row["project"]}
    return Dataset("project_history", row["name_zh"], row["name_en"], where, demo=demo(source))


def _projects(source: Source) -> Sequence[Mapping[str, Any]]:
    return kept_rows(source, "select * from published.project order by treasury, stage_place, project")


_PAYMENTS = """
select * from published.project_payment where treasury = %(treasury)s and project = %(project)s
 order by effective_on, code, label, no, line_no"""
_PROGRESS = """
select * from published.project_progress where treasury = %(treasury)s and project = %(project)s
 order by on_day, progress_no"""
_STAGES = """
select * from published.project_stage where treasury = %(treasury)s and project = %(project)s
 order by stage_no"""
_AMOUNTS = """
select * from published.project_amount where treasury = %(treasury)s and project = %(project)s
 order by on_day, amount_no"""
_DOCUMENTS = """
select * from published.project_document where treasury = %(treasury)s and project = %(project)s
 order by on_day, document_no"""

_PROJECT_COLUMNS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("project", "项目编码", "Project", "code"),
    Column("name_zh", "项目", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("owner_zh", "建设单位", "Owner"),
    Column("place", "地点", "Place"),
    Column("sector", "领域", "Sector"),
    Column("stage", "阶段", "Stage"),
    Column("stage_on", "进入阶段", "Since", "day"),
    Column("estimate_fen", "估算", "Estimate", "amount"),
    Column("budget_estimate_fen", "概算", "Budget estimate", "amount"),
    Column("plan_fen", "年度计划", "Annual plan", "amount"),
    Column("contract_fen", "合同", "Contracts", "amount"),
    Column("variation_fen", "变更", "Variations", "amount"),
    Column("final_fen", "决算", "Final accounts", "amount"),
    Column("paid_fen", "账上已付", "Paid from the books", "amount"),
    Column("basis_points", "形象进度", "Progress", "rate"),
)
_PAYMENT_COLUMNS = (
    Column("on", "日期", "Day", "day"),
    Column("set", "账套", "Set", "code"),
    Column("voucher", "凭证号", "Voucher", "code"),
    Column("kind", "业务", "Kind"),
    Column("agency", "预算单位", "Agency", "code"),
    Column("payee", "收款人", "Payee"),
    Column("paid", "金额", "Amount", "amount"),
)
_HISTORY_COLUMNS = (
    Column("on", "日期", "Day", "day"),
    Column("what", "类别", "What"),
    Column("kind", "种类", "Kind"),
    Column("document", "文件", "Document"),
    Column("note", "说明", "Note"),
    Column("amount", "金额", "Amount", "amount"),
    Column("progress", "形象进度", "Progress", "rate"),
    Column("sha256", "SHA-256", "SHA-256", "code"),
)
