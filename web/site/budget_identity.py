"""The identity of the budget, for anyone: what was granted awaits, is free, set aside, paid, recovered or goes on."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort

from ledger.db import Source
from reports.identity import accounts_of, granted_for, published_identity
from reports.indicators import Figures, summed
from reports.sheet import Sheet
from reports.table import Column, Row
from web.site.datasets import Dataset
from web.site.figures import PublishedSet, class_names, published_sets, trial_balance
from web.site.frame import download, page
from web.site.lists import add
from web.site.memory import kept_rows, remembered

PLACES = ("awaiting", "free", "held", "reserved", "executed", "recovered", "handed_on")
"""Where the money of an indicator can be."""
_COLUMNS = ("residual", "begun", "reopened", "adjusted", "transferred", "granted", *PLACES)
_ALWAYS = {"residual", "begun", "granted", "free", "executed"}
"""The columns of the page that are shown also where they are nil."""


class _Identity:
    """The page of the identity, over one database."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def identity(self, language: str, treasury: str, code: str) -> str:
        """Show the identity of every agency of an indicator set."""
        return self._page(language, treasury, code, None)

    def of_agency(self, language: str, treasury: str, code: str, agency: str) -> str:
        """Show the identity of every indicator of one agency."""
        return self._page(language, treasury, code, agency)

    def _page(self, language: str, treasury: str, code: str, agency: str | None) -> str:
        of = self._set(treasury, code)
        found = self._found(of, agency)
        names = self._names(of, agency)
        columns = [each for each in _COLUMNS if each in _ALWAYS or any(getattr(row, each) for row in found.values())]
        told = {code: each for code, each in found.items() if any(getattr(each, name) for name in _COLUMNS)}
        return page(
            "budget_identity.html",
            language,
            dataset_of(of, agency, names.get(agency or "")),
            of=of,
            agency=agency,
            found=told,
            rows=len(self._rows(of, agency)),
            passed_on=len(found) - len(told),
            names=names,
            whole=summed(found, found),
            accounts=self._doors(of),
            places=PLACES,
            columns=columns,
            nil=[each for each in _COLUMNS if each not in columns],
            demo=of.demo,
        )

    def identity_file(self, treasury: str, code: str, form: str) -> Response:
        """Give every agency as a file."""
        return self._file(treasury, code, None, form)

    def agency_file(self, treasury: str, code: str, agency: str, form: str) -> Response:
        """Give every indicator of an agency as a file."""
        return self._file(treasury, code, agency, form)

    def _file(self, treasury: str, code: str, agency: str | None, form: str) -> Response:
        of = self._set(treasury, code)
        facts = {"treasury": of.treasury, "account set": of.code, "as of": str(of.as_of)}
        sheet = Sheet("budget-identity", "指标平衡", "Identity of the budget", _FILE, self._rows(of, agency), facts)
        return download(sheet, form, of.treasury, of.code, *([agency] if agency else []), "identity")

    def _rows(self, of: PublishedSet, agency: str | None) -> list[Row]:
        """Give a row for each agency or indicator of which anything stands; one that was undone whole has none."""
        names = self._names(of, agency)
        return [
            Row((each, *names.get(each, (None, None)), figures.approved - figures.reopened, figures.received,
                 -figures.distributed, figures.reopened, figures.adjusted, figures.transferred, figures.granted,
                 *(getattr(figures, name) for name in PLACES), figures.residual))
            for each, figures in self._found(of, agency).items()
            if figures != Figures()
        ]  # fmt: skip

    def _set(self, treasury: str, code: str) -> PublishedSet:
        asked = (treasury, code, "indicator")
        of = next((s for s in published_sets(self.source) if (s.treasury, s.code, s.role) == asked), None)
        if of is None:
            abort(404)
        return of

    def _found(self, of: PublishedSet, agency: str | None) -> Mapping[str, Figures]:
        def read() -> Mapping[str, Figures]:
            with self.source.engine("public").connect() as public:
                return published_identity(public, of.treasury_id, of.code, of.chart, agency)

        found: Mapping[str, Figures] = remembered(self.source, ("identity", of.treasury, of.code, agency), read)
        if agency is not None and not found:
            abort(404)
        return found

    def _doors(self, of: PublishedSet) -> Mapping[str, Sequence[str]]:
        """Give the accounts of each place that have postings, and so pages."""
        kept = {row.account for book in of.books for row in trial_balance(self.source, of, book)}
        known = accounts_of(of.chart)
        own = {**known, "handed_on": [each for each in known["carried"] if each not in known["recovered"]]}
        return {place: [each for each in own[place] if each in kept] for place in PLACES}

    def _names(self, of: PublishedSet, agency: str | None) -> Mapping[str, tuple[str, str]]:
        """Name every agency, and what each indicator of one is for: its project, its class or its function."""
        listed: Sequence[Mapping[str, Any]] = kept_rows(self.source, _NAMES, treasury=of.treasury_id)
        names = {row["agency"]: (row["name_zh"], row["name_en"]) for row in listed}
        if agency is None:
            return names
        projects: dict[str | None, Mapping[str, Any]] = {}
        for asked in (_PACKAGES, _PROJECTS):
            projects |= {row["project"]: row for row in kept_rows(self.source, asked, treasury=of.treasury)}
        classes = class_names(self.source)

        def read() -> Mapping[str, tuple[str | None, str | None, str | None]]:
            with self.source.engine("public").connect() as public:
                return granted_for(public, of.treasury_id, of.code, agency)

        granted = remembered(self.source, ("granted for", of.treasury, of.code, agency), read)
        for indicator, (func, dept_econ, project) in granted.items():
            named = (
                projects.get(project),
                classes.get(("dept_econ", dept_econ or "")),
                classes.get(("func", func or "")),
            )
            own = next((each for each in named if each is not None), None)
            if own is not None:
                names[indicator] = (own["name_zh"], own["name_en"])
        return names


def register(pages: Blueprint, source: Source) -> None:
    """Add the page of each indicator set, and of each of its agencies."""
    site = _Identity(source)
    add(pages, "budget_identity", "identity/<treasury>/<code>/", site.identity, site.identity_file)
    add(pages, "agency_identity", "identity/<treasury>/<code>/<agency>/", site.of_agency, site.agency_file)


def dataset_of(of: PublishedSet, agency: str | None = None, name: tuple[str, str] | None = None) -> Dataset:
    """Describe the page of an indicator set, or of one agency in it."""
    given = {"treasury": of.treasury, "code": of.code, **({"agency": agency} if agency else {})}
    zh, en = name or (of.name_zh, of.name_en)
    return Dataset(
        "agency_identity" if agency else "budget_identity",
        f"{zh} {of.fiscal_year} 指标平衡",
        f"{en} {of.fiscal_year}: identity of the budget",
        given,
        demo=of.demo,
    )


def datasets(source: Source) -> list[Dataset]:
    """List the page of each published indicator set."""
    return [dataset_of(of) for of in published_sets(source) if of.role == "indicator"]


_PACKAGES = """
select project, name_zh, name_en from published.budget_package where treasury = %(treasury)s and project is not null
 order by fiscal_year, package"""
_PROJECTS = "select project, name_zh, name_en from published.project where treasury = %(treasury)s"
_NAMES = "select agency, name_zh, name_en from published.agency where treasury_id = %(treasury)s"
_FILE = (
    Column("code", "单位或指标", "Agency or indicator", "code"),
    Column("name_zh", "名称", "Name"),
    Column("name_en", "英文名称", "Name in English"),
    Column("approved", "批准", "Approved", "amount"),
    Column("received", "分解转入", "Received from above", "amount"),
    Column("distributed", "分解转出", "Passed on below", "amount"),
    Column("reopened", "上年结转", "Carried over from the year before", "amount"),
    Column("adjusted", "预算调整", "Adjusted", "amount"),
    Column("transferred", "调剂", "Reallocated", "amount"),
    Column("granted", "现有预算", "Current budget", "amount"),
    Column("awaiting", "待下达", "Awaiting release", "amount"),
    Column("free", "可用", "Free", "amount"),
    Column("held", "冻结", "Held", "amount"),
    Column("reserved", "占用", "Reserved", "amount"),
    Column("executed", "已支付", "Paid", "amount"),
    Column("recovered", "收回", "Recovered or lapsed", "amount"),
    Column("handed_on", "结转下年", "Carried into the next year", "amount"),
    Column("residual", "差额", "Difference", "amount"),
)
