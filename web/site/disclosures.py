"""The two disclosures that the plan asks for by name: the fee schedule and the investment projects."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from ledger.db import Source
from ledger.money import Fen, format_yuan
from reports.charts import foreign_styles, project_chart
from reports.sheet import Sheet
from reports.table import Cell, Column, Row, rate
from web.site.finding import Found, News
from web.site.frame import download, links, page
from web.site.pages import add
from web.site.vouchers import rules
from web.texts import catalogue

_FILTERS = ("agency", "life_event", "payer", "status")
AMOUNTS = ("estimate", "budget_estimate", "plan", "contract", "variation", "final", "paid")


class _Disclosures:
    """The pages of fees and projects, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def fees(self, language: str) -> str:
        """List the fees, by what happens in a life, by agency, by payer, by whether they are charged."""
        found = _rows(self.source, _FEES)
        asked = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
        listed = [row for row in found if _fits(row, asked)]
        return page(
            "fees.html",
            language,
            rows=[_with_standard(row, language) for row in listed],
            whole=len(found),
            asked=asked,
            choices=_choices(found, language),
            events=_counted(_rows(self.source, "select * from published.life_event order by place"), found),
            demo=_demo(self.source),
            links=links("fees"),
        )

    def fees_file(self, form: str) -> Response:
        """Give the whole fee schedule as a file."""
        rows = [Row(_fee_cells(row)) for row in _rows(self.source, _FEES)]
        return download(
            Sheet("fees", "收费目录清单", "Fee schedule", _FEE_COLUMNS, rows, _facts(self.source)), form, "fees"
        )

    def fee(self, language: str, treasury: str, item: str) -> str:
        """Show one fee: what, how much, by what law, who collects, and everything that changed."""
        history = self._history(treasury, item)
        now = next(row for row in _rows(self.source, _FEES) if (row["treasury"], row["item"]) == (treasury, item))
        return page(
            "fee.html",
            language,
            fee=_with_standard(now, language),
            history=[_with_standard(row, language) for row in reversed(history)],
            demo=_demo(self.source),
            links=links("fee", treasury=treasury, item=item),
        )

    def fee_file(self, treasury: str, item: str, form: str) -> Response:
        """Give every version of a fee as a file."""
        rows = [Row(_fee_cells(row)) for row in self._history(treasury, item)]
        sheet = Sheet("fee-history", "收费项目沿革", "History of a fee", _FEE_COLUMNS, rows, _facts(self.source))
        return download(sheet, form, treasury, item)

    def _history(self, treasury: str, item: str) -> list[dict[str, Any]]:
        found = _rows(self.source, _HISTORY, treasury=treasury, item=item)
        if not found:
            abort(404)
        return found

    def projects(self, language: str) -> str:
        """List the projects with their stage, amounts and progress."""
        found = _rows(self.source, _PROJECTS)
        stage = request.args.get("stage", "")
        stages = _rows(self.source, "select * from published.project_phase order by place")
        counted = [{**row, "count": sum(p["stage"] == row["stage"] for p in found)} for row in stages]
        return page(
            "projects.html",
            language,
            rows=[row for row in found if not stage or row["stage"] == stage],
            whole=len(found),
            stage=stage,
            stages=[row for row in counted if row["count"]],
            demo=_demo(self.source),
            links=links("projects"),
        )

    def projects_file(self, form: str) -> Response:
        """Give the project register as a file."""
        rows = [Row(tuple(_cell(row[column.name]) for column in _PROJECT_COLUMNS)) for row in self._with_paid()]
        sheet = Sheet("projects", "政府投资项目", "Investment projects", _PROJECT_COLUMNS, rows, _facts(self.source))
        return download(sheet, form, "projects")

    def _with_paid(self) -> list[dict[str, Any]]:
        return _rows(self.source, _PROJECTS)

    def project(self, language: str, treasury: str, code: str) -> str:
        """Show one project: its line from the first estimate to the last payment."""
        given = {"treasury": treasury, "project": code}
        found = next(
            (row for row in _rows(self.source, _PROJECTS) if (row["treasury"], row["project"]) == (treasury, code)),
            None,
        )
        if found is None:
            abort(404)
        payments = _rows(self.source, _PAYMENTS, **given)
        progress = _rows(self.source, _PROGRESS, **given)
        t = catalogue("web.site", language)
        levels = [
            (t[f"amount_{name}"], found[f"{name}_fen"])
            for name in AMOUNTS[:-1]
            if found[f"{name}_fen"] and name not in {"plan", "variation"}
        ]
        chart = project_chart(
            [(row["effective_on"], row["amount_fen"]) for row in payments],
            [(row["on_day"], row["basis_points"]) for row in progress],
            levels,
            (t["unit_wan"], t["amount_paid"], t["progress"]),
        )
        return page(
            "project.html",
            language,
            project=found,
            amounts=AMOUNTS,
            history=_rows(self.source, _AMOUNTS, **given),
            stages=_rows(self.source, _STAGES, **given),
            documents=_rows(self.source, _DOCUMENTS, **given),
            progress=progress,
            payments=payments,
            rules=rules(self.source),
            share=rate(found["paid_fen"], found["contract_fen"] or 0),
            chart=chart.replace("<", "\\u003c"),
            foreign_styles=foreign_styles(),
            demo=_demo(self.source),
            links=links("project", treasury=treasury, code=code),
        )

    def project_file(self, treasury: str, code: str, form: str) -> Response:
        """Give the payments of a project as a file."""
        given = {"treasury": treasury, "project": code}
        if not any((row["treasury"], row["project"]) == (treasury, code) for row in _rows(self.source, _PROJECTS)):
            abort(404)
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
            for row in _rows(self.source, _PAYMENTS, **given)
        ]
        sheet = Sheet(
            "project-payments",
            "项目付款",
            "Payments of a project",
            _PAYMENT_COLUMNS,
            rows,
            {**_facts(self.source), "project": code},
        )
        return download(sheet, form, treasury, code)


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of fees and projects."""
    site = _Disclosures(source)
    add(pages, "fees", "fees/", site.fees, site.fees_file)
    add(pages, "fee", "fees/<treasury>/<item>/", site.fee, site.fee_file)
    add(pages, "projects", "projects/", site.projects, site.projects_file)
    add(pages, "project", "projects/<treasury>/<code>/", site.project, site.project_file)


def find_fees(source: Source, asked: str, language: str) -> list[Found]:
    """Find fees by name, by what people call them, by document or department."""
    return [
        Found(
            row["name_zh"] if language == "zh" else row["name_en"],
            f"{_standard(row, language)} · {row['department']}",
            url_for(f"site.fee_{language}", treasury=row["treasury"], item=row["item"]),
        )
        for row in _rows(source, _FEES)
        if _holds(
            asked,
            row["name_zh"],
            row["name_en"],
            *row["also_called"],
            row["department"],
            row["item"],
            json.dumps(row["basis"], ensure_ascii=False),
        )
    ]


def find_projects(source: Source, asked: str, language: str) -> list[Found]:
    """Find projects by name, owner, place or code."""
    return [
        Found(
            row["name_zh"] if language == "zh" else row["name_en"],
            f"{row['owner_zh'] if language == 'zh' else row['owner_en']} · {row['place']}",
            url_for(f"site.project_{language}", treasury=row["treasury"], code=row["project"]),
            row["paid_fen"],
        )
        for row in _rows(source, _PROJECTS)
        if _holds(
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
    """Tell what was published of fees and projects."""
    fees = [
        News(
            row["published_at"].date(),
            f"收费：{row['name_zh']}",
            f"Fee: {row['name_en']}",
            url_for("site.fee_zh", treasury=row["treasury"], item=row["item"]),
        )
        for row in _rows(source, _FEES)
    ]
    projects = [
        News(
            row["published_at"].date(),
            f"项目：{row['name_zh']}",
            f"Project: {row['name_en']}",
            url_for("site.project_zh", treasury=row["treasury"], code=row["project"]),
        )
        for row in _rows(source, _PROJECTS)
    ]
    return fees + projects


def list_pages(source: Source) -> list[tuple[str, Mapping[str, object]]]:
    """List the pages of fees and projects."""
    fees = [("fee", {"treasury": row["treasury"], "item": row["item"]}) for row in _rows(source, _FEES)]
    projects = [("project", {"treasury": row["treasury"], "code": row["project"]}) for row in _rows(source, _PROJECTS)]
    return [("fees", {}), *fees, ("projects", {}), *projects]


def _holds(asked: str, *texts: object) -> bool:
    """Tell whether every word that was asked for stands in one of the texts."""
    whole = " ".join(str(text).lower() for text in texts if text is not None)
    return all(word in whole for word in asked.lower().split())


def _fits(row: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    collectors = {each["agency"] for each in row["collectors"] or ()}
    has = {"agency": collectors, "life_event": {row["life_event"]}, "payer": {row["payer"]}, "status": {row["state"]}}
    return all(value in has[name] for name, value in asked.items())


def _choices(found: Sequence[Mapping[str, Any]], language: str) -> dict[str, list[tuple[str, str, int]]]:
    """Give what the list can be narrowed to, with how many fees each leaves."""
    name = "name_zh" if language == "zh" else "name_en"
    t = catalogue("web.site", language)
    agencies = {each["agency"]: each[name] for row in found for each in row["collectors"] or ()}
    payers = {row["payer"]: row["payer"] for row in found}
    states = {row["state"]: t[f"state_{row['state']}"] for row in found}
    listed = {"agency": agencies, "payer": payers, "status": states}
    return {
        key: [(code, text, sum(_fits(row, {key: code}) for row in found)) for code, text in sorted(values.items())]
        for key, values in listed.items()
    }


def _counted(events: Sequence[dict[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counted = [{**row, "count": sum(fee["life_event"] == row["life_event"] for fee in found)} for row in events]
    return [row for row in counted if row["count"]]


def _with_standard(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {**row, "charge": _standard(row, language)}


def _standard(row: Mapping[str, Any], language: str) -> str:
    """Write what is charged in words: a sum, a range, or the rule by which it is computed."""
    low, high, unit = row["min_fen"], row["max_fen"], row["unit"].removeprefix("元/")
    per = f"元/{unit}" if language == "zh" else f"yuan / {unit}"
    if row["standard_kind"] == "fixed":
        return f"{format_yuan(Fen(low))} {per}"
    if row["standard_kind"] == "range" and low is not None and high is not None:
        return f"{format_yuan(Fen(low))}–{format_yuan(Fen(high))} {per}"
    return str(row["standard"])


def _fee_cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return tuple(_cell(row[column.name]) for column in _FEE_COLUMNS)


def _cell(value: object) -> Cell:
    """Turn what the database gives into a cell: lists are joined, objects told by their names."""
    if isinstance(value, list):
        return "；".join(str(_cell(each)) for each in value)
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part)
    if isinstance(value, str | int | date) or value is None:
        return value
    return str(value)


def _facts(source: Source) -> dict[str, str]:
    return {"demo": "演示数据 demo data"} if _demo(source) else {}


def _demo(source: Source) -> bool:
    rows = _rows(source, "select bool_or(demo) as demo from published.account_set")
    return bool(rows[0]["demo"])


def _rows(source: Source, sql: str, **given: object) -> list[dict[str, Any]]:
    with source.engine("public").connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]


_FEES = "select * from published.fee order by treasury, life_event, department, item"
_HISTORY = "select * from published.fee_history where treasury = %(treasury)s and item = %(item)s order by version"
_PROJECTS = "select * from published.project order by treasury, stage_place, project"
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

_FEE_COLUMNS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("item", "项目编码", "Item", "code"),
    Column("version", "版本", "Version", "count"),
    Column("name_zh", "收费项目", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("also_called", "俗称", "Also called"),
    Column("life_event", "办事主题", "Life event"),
    Column("department", "主管部门", "Department"),
    Column("standard_kind", "标准类型", "Kind of standard"),
    Column("standard", "标准", "Standard"),
    Column("min_fen", "最低", "Least", "amount"),
    Column("max_fen", "最高", "Most", "amount"),
    Column("unit", "计费单位", "Unit"),
    Column("payer", "缴费人", "Payer"),
    Column("collectors", "执收单位", "Collected by"),
    Column("fund_mode", "资金管理方式", "Fund mode"),
    Column("exemptions", "减免", "Exemptions"),
    Column("status", "状态", "Status"),
    Column("valid_from", "起", "From", "day"),
    Column("valid_to", "止", "To", "day"),
    Column("basis", "依据", "Basis"),
    Column("document_no", "变动文号", "Changed by"),
    Column("confidence", "可信度", "Confidence"),
)
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
