"""A unit's own money in public (单位资金): its budget by function, each approved change, and what was spent of it."""

from flask import Blueprint, Response

from ledger.db import Source
from reports.own_money import OwnMoney, published_own_money
from reports.sheet import Sheet
from reports.table import Column, Row
from web.clock import in_china
from web.site.budget_addresses import agency_names, dataset_of, facts, file_name, scope_asked, titles, ways
from web.site.budget_figures import Scope
from web.site.datasets import Dataset
from web.site.figures import class_names, rules
from web.site.frame import download, page
from web.site.lists import add, add_file
from web.site.memory import kept_rows, remembered
from web.site.news import News

OWN = "单位资金预算", "Own money"
CHANGES = "单位资金预算调整", "Changes of own money"


def own_money(source: Source, scope: Scope) -> OwnMoney:
    """Give the own money of the units of a budget."""

    def read() -> OwnMoney:
        with source.engine("public").connect() as public:
            return published_own_money(public, scope.own["treasury_id"], scope.year, scope.agencies)

    return remembered(source, ("own money", scope.treasury, scope.year, *scope.agencies), read)


def has_own_money(source: Source, scope: Scope) -> bool:
    """Tell whether a budget has own money, without reading the books."""
    found = kept_rows(source, _WHOSE)
    return any((row["treasury"], row["fiscal_year"]) == (scope.treasury, scope.year) and row["agency"] in scope.agencies
               for row in found)  # fmt: skip


def tell(source: Source) -> list[News]:
    """Tell which changes of own money were approved; those of before its budget was published with it."""
    return [
        News(
            max(in_china(row["approved_at"]).date(), in_china(row["published_at"]).date()),
            f"{row['name_zh']}{row['fiscal_year']}年{CHANGES[0]}",
            f"{row['name_en']}: change of own money, {row['fiscal_year']}",
            "budget_own",
            {"treasury": row["treasury"], "year": row["fiscal_year"], "agency": row["agency"]},
            f"c-{row['agency']}-{row['change_no']}",
            row["document"],
        )
        for row in kept_rows(source, _NEWS)
    ]


def own_dataset(scope: Scope) -> Dataset:
    """Describe the page of the own money of a budget."""
    return dataset_of(scope, "budget_own", *OWN)


class _Own:
    """The page of own money, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def own(self, language: str, treasury: str, year: int, agency: str) -> str:
        """Show own money by function, and every approved change."""
        scope = scope_asked(self.source, treasury, year, agency)
        return page(
            "budget_own.html",
            language,
            own_dataset(scope),
            scope=scope,
            own=own_money(self.source, scope),
            change_links=dataset_of(scope, "budget_own_changes", *CHANGES).links(),
            names=class_names(self.source),
            rules={each["rule"]: each for each in rules(self.source)},
            agencies=agency_names(scope, language),
            to=ways(scope, language),
            in_china=in_china,
            demo=scope.own["demo"],
        )

    def own_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give own money by function as a file; what is not published is blank."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = [
            Row((each.agency, each.func, *self._named(each.func), each.approved_fen, each.changed_fen, each.budget_fen,
                 each.spent_fen, each.free_fen, each.as_of))
            for each in own_money(self.source, scope).lines
        ]  # fmt: skip
        sheet = Sheet("budget-own", *titles(scope, *OWN), _LINES, rows, facts(self.source, scope))
        return download(sheet, form, *file_name(scope, "own"))

    def changes_file(self, treasury: str, year: int, agency: str, form: str) -> Response:
        """Give every approved change as a file, the first approved first."""
        scope = scope_asked(self.source, treasury, year, agency)
        rows = [
            Row((each.agency, each.change_no, each.func, *self._named(each.func), each.amount_fen, each.reason,
                 each.document, in_china(each.approved_at).date(), each.budget_fen))
            for each in own_money(self.source, scope).changes
        ]  # fmt: skip
        sheet = Sheet("budget-own-changes", *titles(scope, *CHANGES), _CHANGES, rows, facts(self.source, scope))
        return download(sheet, form, *file_name(scope, "own-changes"))

    def _named(self, func: str) -> tuple[str | None, str | None]:
        found = class_names(self.source).get(("func", func), {})
        return found.get("name_zh"), found.get("name_en")


def register(pages: Blueprint, source: Source) -> None:
    """Add the page of own money and its files."""
    site = _Own(source)
    own = "budgets/<treasury>/<int:year>/<agency>/"
    add(pages, "budget_own", f"{own}own/", site.own, site.own_file)
    add_file(pages, "budget_own_changes", f"{own}own-changes", site.changes_file)


_WHOSE = """
select treasury, fiscal_year, agency from published.budget_line where fund = '6'
 union select treasury, fiscal_year, agency from published.own_budget_change"""
_NEWS = """
select c.treasury, c.fiscal_year, c.agency, c.change_no, c.document, c.approved_at, b.published_at, b.name_zh, b.name_en
  from published.own_budget_change c join published.budget b using (treasury_id, fiscal_year, agency)
 order by c.approved_at, c.treasury, c.agency, c.change_no"""
_LINES = (
    Column("agency", "单位", "Agency", "code"),
    Column("func", "功能分类", "Function", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("approved", "批准数", "Approved", "amount"),
    Column("changed", "调整数", "Changed", "amount"),
    Column("budget", "调整预算数", "Adjusted budget", "amount"),
    Column("spent", "已支出", "Spent", "amount"),
    Column("free", "尚未支出", "Not spent", "amount"),
    Column("as_of", "支出截至", "Spent up to", "day"),
)
_CHANGES = (
    Column("agency", "单位", "Agency", "code"),
    Column("change_no", "序号", "No.", "count"),
    Column("func", "功能分类", "Function", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("amount", "调整金额", "Amount", "amount"),
    Column("reason", "理由", "Reason"),
    Column("document", "批复文件", "Document"),
    Column("approved_on", "批复日期", "Approved on", "day"),
    Column("budget_after", "调整后该项预算", "Budget of the function after it", "amount"),
)
