"""How a public page is put together: its words, its twin in the other language, its downloads."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request, url_for

from reports.formats import FORMATS
from reports.sheet import Sheet
from web.texts import catalogue

OTHER = {"zh": "en", "en": "zh"}
TAGS = {"zh": "zh-CN", "en": "en"}


def page(template: str, language: str, **facts: Any) -> str:  # noqa: ANN401 - whatever a page shows
    """Show a page in a language; its twin shows the same, with every filter, in the other one."""
    other = OTHER[language]
    endpoint = request.endpoint or ""
    twin = None
    if endpoint.startswith("site.") and endpoint.endswith(f"_{language}"):
        twin = asked(place(f"{endpoint.removesuffix(language)}{other}", request.view_args or {}), request.args)
    return render_template(
        f"site/{template}",
        t=catalogue("web.site", language),
        lang=language,
        lang_tag=TAGS[language],
        other_tag=TAGS[other],
        twin=twin or url_for(f"site.home_{other}"),
        home=url_for(f"site.home_{language}"),
        with_unit=_with_unit,
        **{"demo": False, **facts},
    )


def place(endpoint: str, given: Mapping[str, object]) -> str:
    """Give the address of a page by the arguments of its route, and nothing that a reader added to them."""
    values: dict[str, Any] = dict(given)
    return url_for(endpoint, **values)


def _with_unit(unit: str) -> str:
    """Give the address of this page with another unit of money and every other filter kept."""
    return asked(request.path, {**request.args, "unit": unit})


def asked(path: str, filters: Mapping[str, str]) -> str:
    """Give an address with its filters."""
    return f"{path}?{urlencode(filters)}" if filters else path


def links(endpoint: str, **where: object) -> list[tuple[str, str]]:
    """Give the addresses of a page's files, by format."""
    return [(form.upper(), place(f"site.{endpoint}_file", {**where, "form": form})) for form in FORMATS]


def download(sheet: Sheet, form: str, *name: str) -> Response:
    """Send a list as a file; ``?bom=0`` asks for CSV as parsers want it."""
    answer = Response(sheet.written(form, bom=request.args.get("bom") != "0"), content_type=FORMATS[form])
    plain = "-".join(_plain(name))
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.{form}"'
    return answer


def _plain(parts: Iterable[str]) -> Iterable[str]:
    for part in parts:
        yield "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in part)
