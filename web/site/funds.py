"""The public pages of special funds: calls, who was granted what and why, and the draw that anyone can repeat."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from ledger.compilation.special_funds import draw_again
from ledger.db import Source
from reports.sheet import Sheet
from reports.table import Column, Row
from web.clock import in_china
from web.site.datasets import Dataset
from web.site.figures import class_names
from web.site.finding import Found
from web.site.frame import download, page
from web.site.lists import add, add_file, cell, demo, holds, marks
from web.site.memory import kept_rows
from web.site.news import News

_CALLS = """
select c.*, (c.published_at at time zone interval '8 hours')::date as published_on,
       (c.drawn_at at time zone interval '8 hours')::date as drawn_on, r.*
  from published.fund_call c,
       lateral (select count(*) as applications, coalesce(sum(r.asked_fen), 0)::bigint as asked_fen,
                       count(*) filter (where r.granted) as granted,
                       coalesce(sum(r.granted_fen), 0)::bigint as granted_fen
                  from published.fund_result r where (r.treasury_id, r.call) = (c.treasury_id, c.call)) r
 order by c.fiscal_year desc, c.treasury, c.call
"""
_RESULTS = (
    "select * from published.fund_result where (treasury, call) = (%(treasury)s, %(call)s)"
    " order by granted desc, granted_fen desc, application"
)
_LOTS = "select * from published.fund_draw where (treasury, call) = (%(treasury)s, %(call)s) order by place"


class _Funds:
    """The pages of special funds, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def funds(self, language: str) -> str:
        """List the calls whose results are public, of one year if it is asked for."""
        found = _calls(self.source)
        year = _year()
        listed = [each for each in found if not year or str(each["fiscal_year"]) == year]
        return page(
            "funds.html",
            language,
            _register(self.source, {"year": year} if year else {}),
            rows=listed,
            year=year,
            years=sorted({each["fiscal_year"] for each in found}, reverse=True),
            total=sum(each["granted_fen"] for each in listed),
            asked=sum(each["asked_fen"] for each in listed),
            demo=demo(self.source),
        )

    def funds_file(self, form: str) -> Response:
        """Give this list as a file."""
        year = _year()
        listed = [each for each in _calls(self.source) if not year or str(each["fiscal_year"]) == year]
        sheet = Sheet(
            "funds", "专项资金", "Special funds", _CALL_COLUMNS, _rows(listed, _CALL_COLUMNS), self._marks(year)
        )
        return download(sheet, form, "funds", *([year] if year.isdigit() else []))

    def fund(self, language: str, treasury: str, call: str) -> str:
        """Show a call: its results, and its draw with all that is needed to draw again."""
        of, given = self._found(treasury, call)
        results = kept_rows(self.source, _RESULTS, **given)
        lots = kept_rows(self.source, _LOTS, **given)
        seated = [each["expert"] for each in lots if each["seat"] is not None]
        return page(
            "fund.html",
            language,
            _dataset(self.source, of),
            of=of,
            rows=results,
            lots=lots,
            names=class_names(self.source),
            asked=sum(each["asked_fen"] for each in results),
            granted=sum(each["granted_fen"] for each in results),
            same=bool(lots) and _drawn_again(of, lots) == seated,
            draw_links=Dataset("fund_draw", "专家抽取", "Draw of experts", given).links(),
            demo=demo(self.source),
        )

    def fund_file(self, treasury: str, call: str, form: str) -> Response:
        """Give the results of a call as a file."""
        of, given = self._found(treasury, call)
        rows = _rows(kept_rows(self.source, _RESULTS, **given), _RESULT_COLUMNS)
        titles = (f"{of['name_zh']}评审结果", f"{of['name_en']}: results")
        return download(Sheet("fund-results", *titles, _RESULT_COLUMNS, rows, self._facts(of)), form, "fund", call)

    def draw_file(self, treasury: str, call: str, form: str) -> Response:
        """Give the draw of a call, lot by lot, as a file; the seed stands among its facts."""
        of, given = self._found(treasury, call)
        rows = _rows(kept_rows(self.source, _LOTS, **given), _LOT_COLUMNS)
        titles = (f"{of['name_zh']}专家抽取", f"{of['name_en']}: draw of experts")
        facts = self._facts(of) | {"seed": of["seed"] or "", "seed_source": of["seed_source"] or ""}
        return download(Sheet("fund-draw", *titles, _LOT_COLUMNS, rows, facts), form, "fund-draw", call)

    def _found(self, treasury: str, call: str) -> tuple[Mapping[str, Any], dict[str, str]]:
        given = {"treasury": treasury, "call": call}
        found = [each for each in _calls(self.source) if (each["treasury"], each["call"]) == (treasury, call)]
        return (found[0], given) if found else abort(404)

    def _facts(self, of: Mapping[str, Any]) -> dict[str, str]:
        return {**marks(self.source), "treasury": of["treasury"], "call": of["call"]}

    def _marks(self, year: str) -> dict[str, str]:
        return {**marks(self.source), **({"year": year} if year else {})}


def register(pages: Blueprint, source: Source) -> None:
    """Add the pages of special funds."""
    site = _Funds(source)
    own = "funds/<treasury>/<call>/"
    add(pages, "funds", "funds/", site.funds, site.funds_file)
    add(pages, "fund", own, site.fund, site.fund_file)
    add_file(pages, "fund_draw", f"{own}draw", site.draw_file)


def find(source: Source, asked: str, language: str) -> list[Found]:
    """Find published calls by name and document, and applications by project and applicant."""
    found = []
    for of in _calls(source):
        given = {"treasury": of["treasury"], "call": of["call"]}
        link = url_for(f"site.fund_{language}", **given)
        if holds(asked, of["name_zh"], of["name_en"], of["call"], of["document"], of["fiscal_year"]):
            found.append(Found(of[f"name_{language}"], of["document"], link, of["granted_fen"]))
        for each in kept_rows(source, _RESULTS, **given):
            if holds(asked, each["project_zh"], each["applicant"], each["application"], each["site"]):
                detail = f"{each['applicant']} · {of[f'name_{language}']}"
                found.append(Found(each["project_zh"], detail, f"{link}#a-{each['application']}", each["granted_fen"]))
    return found


def tell(source: Source) -> list[News]:
    """Tell which calls had their results published."""
    return [
        News(
            in_china(each["published_at"]).date(),
            f"{each['name_zh']}：评审结果",
            f"{each['name_en']}: results",
            "fund",
            {"treasury": each["treasury"], "call": each["call"]},
            "results",
            each["document"],
        )
        for each in _calls(source)
    ]


def datasets(source: Source) -> list[Dataset]:
    """List the pages of special funds: the list, then each call."""
    return [_register(source, {}), *(_dataset(source, of) for of in _calls(source))]


def _register(source: Source, asked: Mapping[str, str]) -> Dataset:
    return Dataset("funds", "专项资金", "Special funds", asked=asked, demo=demo(source))


def _dataset(source: Source, of: Mapping[str, Any]) -> Dataset:
    where = {"treasury": of["treasury"], "call": of["call"]}
    return Dataset("fund", f"{of['name_zh']}评审结果", f"{of['name_en']}: results", where, demo=demo(source))


def _calls(source: Source) -> list[dict[str, Any]]:
    return kept_rows(source, _CALLS)


def _drawn_again(of: Mapping[str, Any], lots: list[dict[str, Any]]) -> list[str]:
    """Draw again from nothing but what is published."""
    experts = [each["expert"] for each in lots]
    excluded = [each["expert"] for each in lots if each["excluded"]]
    return draw_again(of["seed"], of["call"], experts, excluded, of["experts"])


def _year() -> str:
    return request.args.get("year", "")[:10]


def _rows(found: list[dict[str, Any]], columns: tuple[Column, ...]) -> list[Row]:
    return [Row(tuple(_plain(each[column.name], column.kind) for column in columns)) for each in found]


def _plain(value: object, kind: str) -> Any:  # noqa: ANN401 - a cell
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return str(value) if kind == "code" and value is not None else cell(value)


_CALL_COLUMNS = (
    Column("treasury", "国库", "Treasury", "code"),
    Column("call", "申报通知编号", "Call", "code"),
    Column("fiscal_year", "年度", "Year", "count"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("document", "文件", "Document"),
    Column("opens_on", "申报开始", "Opens on", "day"),
    Column("closes_on", "申报截止", "Closes on", "day"),
    Column("total_fen", "资金总额", "Money of the call", "amount"),
    Column("threshold_fen", "集体审议限额", "Threshold of the collective", "amount"),
    Column("applications", "申报数", "Applications", "count"),
    Column("asked_fen", "申请金额", "Requested", "amount"),
    Column("granted", "立项数", "Granted applications", "count"),
    Column("granted_fen", "安排金额", "Granted", "amount"),
    Column("published_on", "公开日期", "Published on", "day"),
)
_RESULT_COLUMNS = (
    Column("application", "申报编号", "Application", "code"),
    Column("applicant", "申报单位", "Unit"),
    Column("agency", "归口单位", "Agency", "code"),
    Column("project_zh", "项目", "Project"),
    Column("site", "地点", "Site"),
    Column("asked_fen", "申请金额", "Requested", "amount"),
    Column("granted", "是否立项", "Granted or not"),
    Column("granted_fen", "安排金额", "Granted", "amount"),
    Column("reason", "理由", "Reason"),
    Column("members", "应到", "Members", "count"),
    Column("present", "实到", "Present", "count"),
    Column("votes_for", "同意", "Votes for", "count"),
    Column("votes_against", "反对", "Votes against", "count"),
    Column("minutes_sha256", "会议纪要 SHA-256", "SHA-256 of the minutes", "code"),
    Column("decided_on", "审定日期", "Decided on", "day"),
)
_LOT_COLUMNS = (
    Column("place", "序号", "Place", "count"),
    Column("expert", "专家代码", "Expert", "code"),
    Column("lot", "签号 SHA-256", "Lot (SHA-256)", "code"),
    Column("excluded", "是否回避", "Excluded"),
    Column("seat", "席位", "Seat", "count"),
)
