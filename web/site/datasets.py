"""A published table as a dataset: its page, its files, and what machines read of it (schema.org, DCAT)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

from reports.formats import FORMATS

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table with a page of its own; ``endpoint`` and ``where`` give its address, ``asked`` its filters."""

    endpoint: str
    title_zh: str
    title_en: str
    where: Mapping[str, object] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    publisher_zh: str = ""
    publisher_en: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    demo: bool = False

    def title(self, language: str) -> str:
        """Give its title in a language."""
        return self.title_zh if language == "zh" else self.title_en

    def page(self, language: str) -> str:
        """Give the address of its page."""
        return place(f"site.{self.endpoint}_{language}", self.where).partition("?")[0]

    def links(self) -> list[tuple[str, str]]:
        """Give the addresses of its files, by format, with the filters of the page."""
        return [(form.upper(), self._file(form)) for form in FORMATS]

    def _file(self, form: str) -> str:
        return with_filters(place(f"site.{self.endpoint}_file", {**self.where, "form": form}), self.asked)

    def schema_org(self, language: str) -> str:
        """Describe it as a schema.org Dataset, fit to stand in a script element."""
        root = request.url_root.rstrip("/")
        described: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "name": self._named(language),
            "description": self._described(language),
            "url": root + with_filters(self.page(language), self.asked),
            "inLanguage": ["zh-CN", "en"],
            "isAccessibleForFree": True,
            "distribution": [
                {"@type": "DataDownload", "encodingFormat": media.partition(";")[0], "contentUrl": root + link}
                for media, (_, link) in zip(FORMATS.values(), self.links(), strict=True)
            ],
        }
        if self.publisher_zh:
            name = self.publisher_zh if language == "zh" else self.publisher_en
            described["publisher"] = {"@type": "GovernmentOrganization", "name": name}
        if self.starts_on and self.ends_on:
            described["temporalCoverage"] = f"{self.starts_on}/{self.ends_on}"
        return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")

    def dcat(self) -> dict[str, Any]:
        """Describe it as a dataset of a DCAT catalogue."""
        root = request.url_root.rstrip("/")
        described: dict[str, Any] = {
            "@type": ["dcat:Dataset", "schema:Dataset"],
            "@id": root + self.page("zh"),
            "dct:identifier": self.page("zh").strip("/") or "index",
            "dct:title": _both(self._named("zh"), self._named("en")),
            "dct:description": _both(self._described("zh"), self._described("en")),
            "dct:language": ["zh-CN", "en"],
            "dcat:landingPage": root + self.page("zh"),
            "dcat:distribution": [
                {
                    "@type": "dcat:Distribution",
                    "dcat:mediaType": media.partition(";")[0],
                    "dcat:downloadURL": root + link,
                }
                for media, (_, link) in zip(FORMATS.values(), self.links(), strict=True)
            ],
        }
        if self.publisher_zh:
            described["dct:publisher"] = {"schema:name": _both(self.publisher_zh, self.publisher_en)}
        if self.starts_on and self.ends_on:
            described["dct:temporal"] = {"dcat:startDate": str(self.starts_on), "dcat:endDate": str(self.ends_on)}
        return described

    def _named(self, language: str) -> str:
        mark = {"zh": "（演示数据）", "en": " (demo data)"}[language] if self.demo else ""
        return self.title(language) + mark

    def _described(self, language: str) -> str:
        until = (
            "" if self.ends_on is None else {"zh": f"，截至 {self.ends_on}", "en": f", as of {self.ends_on}"}[language]
        )
        if language == "zh":
            what = f"{self.publisher_zh}{self._named('zh')}{until}"
            return f"{what}。金额以元为单位，精确到分；文件末尾有行数、合计和 SHA-256。"
        return (
            f"{self._named('en')}{', ' + self.publisher_en if self.publisher_en else ''}{until}."
            " Amounts are in yuan to the fen; every file ends with its row count, sums and a SHA-256."
        )


def place(endpoint: str, given: Mapping[str, object]) -> str:
    """Give the address of a page by the arguments of its route, and nothing that a reader added to them."""
    values: dict[str, Any] = dict(given)
    return url_for(endpoint, **values)


def with_filters(path: str, filters: Mapping[str, str]) -> str:
    """Give an address with its filters."""
    if not filters:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(filters)}"


def _both(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "zh", "@value": zh}, {"@language": "en", "@value": en}]
