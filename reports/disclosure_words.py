"""Checks of the words of statutory tables: names, sentences, years and places left to be filled in."""

import re
from collections.abc import Iterator

from reports.disclosure_checks import Gap, Rule, Tables
from reports.disclosure_table import DisclosureTable, forms

_PLACEHOLDER = re.compile(r"(?<![A-Za-z])[Xx×╳]{2,}(?![A-Za-z])|某某|_{3,}|\{[a-z_]*\}")
_YEAR = re.compile(r"(?P<before>比|较|与|同|于|和|截至|截止)?(?<![0-9])(?P<year>(?:19|20)[0-9]{2})年")
_BUDGET_NOTES = 11


def codes_have_names(tables: Tables) -> Iterator[Gap]:
    """Find codes without a name."""
    for table in tables.values():
        for line in (line for block in table.blocks for line in block.lines):
            if not line.name_zh.strip() or not line.name_en.strip():
                yield Gap((table.no,), line.code)


def empty_says_so(tables: Tables) -> Iterator[Gap]:
    """Find empty tables without their sentence, and tables with figures that say they are empty.

    Lines that are all rounded to nothing are no empty table.
    """
    for table in tables.values():
        vanished = table.rounding > 1 and table.is_empty() and any(block.lines for block in table.blocks)
        if table.is_empty() != all(table.sentence) and not vanished:
            yield Gap((table.no,), "sentence")


def years_agree(tables: Tables) -> Iterator[Gap]:
    """Find titles and texts of another year; a text may compare with one or count up to one (比2024年、截至2024年).

    The texts of projects name many years and are left out.
    """
    for table in tables.values():
        if str(table.subject.year) not in table.title_zh or str(table.subject.year) not in table.title_en:
            yield Gap((table.no,), "title", table.subject.year)
        for place, text in _told(table):
            for found in _YEAR.finditer(text):
                if int(found["year"]) != table.subject.year and not found["before"]:
                    yield Gap((table.no,), place, table.subject.year, int(found["year"]))


def nothing_left_open(tables: Tables) -> Iterator[Gap]:
    """Find places that were left to be filled in, such as two crosses or an empty brace."""
    for table in tables.values():
        own = [
            (line.code, text) for block in table.blocks for line in block.lines for text in (line.name_zh, *line.texts)
        ]
        for place, text in (*_told(table), *own):
            if _PLACEHOLDER.search(text):
                yield Gap((table.no,), place)


def _told(table: DisclosureTable) -> Iterator[tuple[str, str]]:
    yield "title", table.title_zh
    for text in (table.sentence[0], *(zh for zh, _ in table.notes)):
        yield "note", text
    if table.set == "department_budget" and table.no == _BUDGET_NOTES:
        for line in (line for block in table.blocks for line in block.lines):
            for text in line.texts:
                yield line.code, text


def form_gaps(name: str, tables: tuple[DisclosureTable, ...]) -> Iterator[Gap]:
    """Find tables of a set that are missing, stand twice, are another's, or have not the columns of their form."""
    asked = forms(name)
    nos = [table.no for table in tables]
    for no in asked:
        if nos.count(no) != 1:
            yield Gap((no,), "missing" if no not in nos else "twice")
    for table in tables:
        if table.no not in asked or table.subject != tables[0].subject:
            yield Gap((table.no,), "subject")
        elif {block.key: block.columns for block in table.blocks} != dict(asked[table.no].columns):
            yield Gap((table.no,), "columns")


_SOURCE = "预决算公开 cross-checks: no placeholders, year in title = year in text, every table even if empty"
WORDS = (
    Rule(
        "codes_have_names",
        "每个科目编码都有名称。",
        "Every code has its name.",
        "project",
        (),
        codes_have_names,
    ),
    Rule(
        "empty_table_says_so",
        "空表须附说明，有数的表不得附空表说明。",
        "An empty table has its sentence, and no other table has one.",
        _SOURCE,
        (),
        empty_says_so,
    ),
    Rule(
        "years_agree",
        "标题年度与文字说明年度一致。",
        "The year of the title is the year of the text.",
        _SOURCE,
        (),
        years_agree,
    ),
    Rule(
        "nothing_left_open",
        "不得留有未填写的占位符。",
        "No place is left to be filled in.",
        _SOURCE,
        (),
        nothing_left_open,
    ),
)
"""The rules that every set has."""
