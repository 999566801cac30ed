"""How a public page is put together: its words, its twin in the other language, its dataset and downloads."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from reports.formats import FORMATS
from reports.sheet import Sheet
from web.look import UNITS
from web.site.datasets import Dataset, place, with_filters
from web.texts import catalogue

OTHER = {"zh": "en", "en": "zh"}
TAGS = {"zh": "zh-CN", "en": "en"}
_SCALES = {"zh": (("亿元", 10**8), ("万元", 10**4)), "en": (("billion yuan", 10**9), ("million yuan", 10**6))}
"""How a large figure is first told, in each language; beneath it stands the exact amount."""


def page(template: str, language: str, dataset: Dataset | None = None, **facts: Any) -> str:  # noqa: ANN401
    """Show a page in a language; its twin shows the same, with every filter, in the other one."""
    other = OTHER[language]
    endpoint = request.endpoint or ""
    twin = None
    if endpoint.startswith("site.") and endpoint.endswith(f"_{language}"):
        path = place(f"{endpoint.removesuffix(language)}{other}", request.view_args or {}).partition("?")[0]
        twin = with_filters(path, request.args)
    return render_template(
        f"site/{template}",
        t=catalogue("web.site", language),
        lang=language,
        lang_tag=TAGS[language],
        other_tag=TAGS[other],
        twin=twin or url_for(f"site.home_{other}"),
        home=url_for(f"site.home_{language}"),
        with_unit=_with_unit,
        with_filters=with_filters,
        scaled=partial(scaled, language=language),
        dataset=dataset,
        links=[] if dataset is None else dataset.links(),
        **{"demo": False, **facts},
    )


def keep_unit(pages: Blueprint) -> None:
    """Let the reader's unit of money go along from page to page, in the address."""

    @pages.url_defaults
    def _kept(endpoint: str, values: dict[str, Any]) -> None:
        unit = request.args.get("unit", "") if request and _is_page(request.endpoint) else ""
        if unit in UNITS and unit != "yuan" and _is_page(endpoint):
            values.setdefault("unit", unit)


def _is_page(endpoint: str | None) -> bool:
    return (endpoint or "").startswith("site.") and (endpoint or "").endswith(("_zh", "_en"))


def scaled(fen: int, language: str) -> tuple[str, str]:
    """Tell an amount in the largest unit that it fills, with two decimals, half away from zero, and that unit."""
    yuan = {"zh": ("元", 1), "en": ("yuan", 1)}[language]
    name, per = next((one for one in _SCALES[language] if abs(fen) >= one[1] * 100), yuan)
    hundredths = (abs(fen) * 2 + per) // (2 * per)
    return f"{'−' if fen < 0 else ''}{hundredths // 100:,}.{hundredths % 100:02d}", name


def _with_unit(unit: str) -> str:
    """Give the address of this page with another unit of money and every other filter kept."""
    return with_filters(request.path, {**request.args, "unit": unit})


def download(sheet: Sheet, form: str, *name: str) -> Response:
    """Send a list as a file, whose name says so if it is of a demo; ``?bom=0`` asks for CSV as parsers want it."""
    answer = Response(sheet.written(form, bom=request.args.get("bom") != "0"), content_type=FORMATS[form])
    plain = "-".join(_plain((*name, "demo") if "demo" in sheet.facts else name))
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.{form}"'
    return answer


def _plain(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        yield "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in part)
