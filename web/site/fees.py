"""The public fee schedule: by what happens in a life, by agency, by payer, and every fee with all that changed."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from ledger.db import Source
from ledger.money import Fen, format_yuan
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site.datasets import Dataset
from web.site.finding import Found
from web.site.frame import download, page
from web.site.lists import add, cell, demo, holds, marks
from web.site.memory import kept_rows
from web.site.news import News, add_feed
from web.texts import catalogue

FILTERS = ("life_event", "agency", "payer", "status")


class _Fees:
    """The pages of the fee schedule, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def fees(self, language: str) -> str:
        """List the fees, by what happens in a life, by agency, by payer, by whether they are charged."""
        found = _fees(self.source)
        asked = _asked()
        listed = [row for row in found if _fits(row, asked)]
        return page(
            "fees.html",
            language,
            _schedule(self.source, asked),
            rows=[_shown(row, language) for row in listed],
            whole=len(found),
            asked=asked,
            choices=_choices(found, language),
            events=_counted(kept_rows(self.source, "select * from published.life_event order by place"), found),
            demo=demo(self.source),
        )

    def fees_file(self, form: str) -> Response:
        """Give the fees of the page, with its filters, as a file."""
        asked = _asked()
        rows = [Row(_cells(row)) for row in _fees(self.source) if _fits(row, asked)]
        facts = {**marks(self.source), **asked}
        sheet = Sheet("fees", "收费目录清单", "Fee schedule", _COLUMNS, rows, facts)
        return download(sheet, form, "fees", *asked.values())

    def fee(self, language: str, treasury: str, item: str) -> str:
        """Show one fee: what, how much, by what law, who collects, and everything that changed."""
        history = self._history(treasury, item)
        now = next(row for row in _fees(self.source) if (row["treasury"], row["item"]) == (treasury, item))
        return page(
            "fee.html",
            language,
            _dataset(self.source, now),
            fee=_shown(now, language),
            history=[_shown(row, language) for row in reversed(history)],
            demo=demo(self.source),
        )

    def fee_file(self, treasury: str, item: str, form: str) -> Response:
        """Give every version of a fee as a file."""
        rows = [Row(_cells(row)) for row in self._history(treasury, item)]
        sheet = Sheet("fee-history", "收费项目沿革", "History of a fee", _COLUMNS, rows, marks(self.source))
        return download(sheet, form, treasury, item)

    def _history(self, treasury: str, item: str) -> Sequence[Mapping[str, Any]]:
        found = [row for row in _versions(self.source) if (row["treasury"], row["item"]) == (treasury, item)]
        return found or abort(404)


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of fees, and the feed of what changed."""
    site = _Fees(source)
    add(pages, "fees", "fees/", site.fees, site.fees_file)
    add(pages, "fee", "fees/<treasury>/<item>/", site.fee, site.fee_file)
    add_feed(pages, "fees_feed", "/fees/feed.atom", "feed_fees", source, tell)


def find(source: Source, asked: str, language: str) -> list[Found]:
    """Find fees by name, by what people call them, by document or department."""
    return [
        Found(
            row["name_zh"] if language == "zh" else row["name_en"],
            f"{_standard(row, language)} · {row['department']}",
            url_for(f"site.fee_{language}", treasury=row["treasury"], item=row["item"]),
        )
        for row in _fees(source)
        if holds(
            asked,
            row["name_zh"],
            row["name_en"],
            *row["also_called"],
            row["department"],
            row["item"],
            json.dumps(row["basis"], ensure_ascii=False),
        )
    ]


def tell(source: Source) -> list[News]:
    """Tell every published version of every fee: what changed, by which document."""
    zh, en = catalogue("web.site", "zh"), catalogue("web.site", "en")
    return [
        News(
            row["published_at"].date(),
            f"收费：{row['name_zh']}{_told(row, zh, '：', '、')}",
            f"Fee: {row['name_en']}{_told(row, en, ': ', ', ')}",
            "fee",
            {"treasury": row["treasury"], "item": row["item"]},
            f"v{row['version']}",
            " ".join(str(row[name]) for name in ("document_no", "document_title", "document_on") if row[name]),
        )
        for row in _versions(source)
    ]


def datasets(source: Source) -> list[Dataset]:
    """List the pages of fees: the schedule, then each fee."""
    return [_schedule(source, {}), *(_dataset(source, row) for row in _fees(source))]


def _told(row: Mapping[str, Any], words: Mapping[str, str], colon: str, comma: str) -> str:
    """Tell what a version changed; the first one changed nothing."""
    changed = row["changed"] or ()
    return colon + comma.join(words[f"field_{name}"] for name in changed) if changed else ""


def _schedule(source: Source, asked: Mapping[str, str]) -> Dataset:
    return Dataset("fees", "收费目录清单", "Fee schedule", asked=asked, demo=demo(source))


def _dataset(source: Source, row: Mapping[str, Any]) -> Dataset:
    where = {"treasury": row["treasury"], "item": row["item"]}
    return Dataset("fee", f"收费项目：{row['name_zh']}", f"Fee: {row['name_en']}", where, demo=demo(source))


def _asked() -> dict[str, str]:
    return {name: request.args[name][:100] for name in FILTERS if request.args.get(name)}


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


def _counted(events: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counted = [{**row, "count": sum(fee["life_event"] == row["life_event"] for fee in found)} for row in events]
    return [row for row in counted if row["count"]]


def _shown(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Add what is charged in words, and the last day on which the version holds (None while it does)."""
    last = None if row["until_on"] is None else row["until_on"] - timedelta(days=1)
    return {**row, "charge": _standard(row, language), "last_on": last}


def _standard(row: Mapping[str, Any], language: str) -> str:
    """Write what is charged in words: a sum, a range, or the rule by which it is computed."""
    low, high, unit = row["min_fen"], row["max_fen"], row["unit"].removeprefix("元/")
    per = f"元/{unit}" if language == "zh" else f"yuan / {unit}"
    if row["standard_kind"] == "fixed":
        return f"{format_yuan(Fen(low))} {per}"
    if row["standard_kind"] == "range" and low is not None and high is not None:
        return f"{format_yuan(Fen(low))}–{format_yuan(Fen(high))} {per}"
    return str(row["standard"])


def _cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(cell(row[column.name]) for column in _COLUMNS)


def _fees(source: Source) -> Sequence[Mapping[str, Any]]:
    return kept_rows(source, "select * from published.fee order by treasury, life_event, department, item")


def _versions(source: Source) -> Sequence[Mapping[str, Any]]:
    return kept_rows(source, "select * from published.fee_history order by treasury, item, version")


_COLUMNS = (
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
    Column("valid_to", "文件所定止日", "Last day by its document", "day"),
    Column("until_on", "自此日不再适用", "First day without it", "day"),
    Column("basis", "依据", "Basis"),
    Column("changed", "变动内容", "What changed"),
    Column("document_no", "变动文号", "Changed by"),
    Column("document_title", "变动文件", "Title of that document"),
    Column("document_on", "发文日期", "Day of that document", "day"),
    Column("confidence", "可信度", "Confidence"),
)
