"""What the pages of one published budget share: its addresses, titles, files, and the facts that stand in them."""

from collections.abc import Callable, Mapping

from flask import abort, request

from ledger.db import Source
from web.site import budget_figures as figures
from web.site.budget_figures import Scope
from web.site.datasets import Dataset, place, with_filters
from web.site.lists import marks


def scope_asked(source: Source, treasury: str, year: int, agency: str) -> Scope:
    """Give the budget that the address names, with the units of the department if ``?whole=1`` asks for them."""
    whole = request.args.get("whole") == "1"
    return figures.scope_of(source, treasury, year, agency, whole=whole) or abort(404)


def ways(scope: Scope, language: str) -> Callable[..., str]:
    """Give what makes the address of a page of the same budget, with filters (``asked``) and parts (``where``)."""

    def to(name: str, asked: Mapping[str, str] | None = None, *, whole: bool | None = None, **where: object) -> str:
        own = {"treasury": scope.treasury, "year": scope.year, "agency": scope.agency, **where}
        kept = {"whole": "1"} if (scope.whole if whole is None else whole) else {}
        return with_filters(place(f"site.{name}_{language}", own), {**kept, **(asked or {})})

    return to


def titles(scope: Scope, zh: str, en: str) -> tuple[str, str]:
    """Give a title of the budget in both languages."""
    of_zh, of_en = ("（部门汇总）", ", with its units") if scope.whole else ("", "")
    return f"{scope.own['name_zh']}{of_zh}{scope.year}年{zh}", f"{scope.own['name_en']}{of_en}: {en}, {scope.year}"


def dataset_of(
    scope: Scope, endpoint: str, zh: str, en: str, asked: Mapping[str, str] | None = None, **where: object
) -> Dataset:
    """Describe a page of the budget."""
    title_zh, title_en = titles(scope, zh, en)
    return Dataset(
        endpoint,
        title_zh,
        title_en,
        {"treasury": scope.treasury, "year": scope.year, "agency": scope.agency, **where},
        asked={**({"whole": "1"} if scope.whole else {}), **(asked or {})},
        publisher_zh=scope.own["name_zh"],
        publisher_en=scope.own["name_en"],
        demo=scope.own["demo"],
    )


def file_name(scope: Scope, *more: str) -> tuple[str, ...]:
    """Give the parts of the name of a file."""
    return (scope.treasury, str(scope.year), scope.agency, *(["whole"] if scope.whole else []), *more)


def facts(source: Source, scope: Scope) -> dict[str, str]:
    """Give the facts that stand in every file of the budget."""
    return {
        **marks(source),
        "agencies": " ".join(scope.agencies),
        "year": str(scope.year),
        "resolution": scope.own["document"],
        "tables_sha256": "" if scope.whole else scope.own["tables_sha256"],
    }


def agency_names(scope: Scope, language: str) -> dict[str, str]:
    """Give the names of its units."""
    return {each["agency"]: each[f"name_{language}"] for each in scope.budgets}
