"""One cell at a time: a day, an amount or a text as the mapping writes it, or why it is not."""

import re
from collections.abc import Callable
from datetime import date

from importers.mapping import UNITS, AmountStyle, DateStyle
from importers.reasons import Refused

MOST_TEXT = 200
_MOST_DIGITS = 15
_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}
_IS_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffd\U000e0000-\U000e007f]"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<short>[0-9]{2})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
    "Mon": f"(?P<name>{'|'.join(_MONTHS)})",
}
_TOKEN = re.compile("YYYY|YY|Mon|MM|M|DD|D|.", re.DOTALL)


def is_hidden(text: str) -> bool:
    """Tell whether a text holds what nobody would see, or what stands for a lost character."""
    return _HIDDEN.search(text) is not None


def plain(text: str) -> str:
    """Give a text in one line, with single spaces."""
    return " ".join(text.split())


def narrow(text: str, *, allowed: bool) -> str:
    """Give digits and marks in plain width.

    Raises:
        Refused: they are full-width and the mapping does not allow it.
    """
    if text.isascii() or not _IS_FULL_WIDTH.search(text):
        return text
    if not allowed:
        raise Refused("full_width", text)
    return text.translate(_FULL_WIDTH).strip()


def date_reader(style: DateStyle) -> Callable[[str], date]:
    """Make the function that reads a day in one of the formats; it remembers days it has seen."""
    patterns = tuple(map(_pattern, style.formats))
    seen: dict[str, date] = {}

    def read(text: str) -> date:
        if text not in seen:
            seen[text] = _day(text, patterns, style)
        return seen[text]

    return read


def _pattern(form: str) -> re.Pattern[str]:
    parts = (_TOKENS.get(token, re.escape(token)) for token in _TOKEN.findall(form))
    return re.compile("".join(parts), re.IGNORECASE | re.ASCII)


def _day(text: str, patterns: tuple[re.Pattern[str], ...], style: DateStyle) -> date:
    matches = [match.groupdict() for match in (p.fullmatch(text) for p in patterns) if match]
    days = {day for day in (_built(parts, style.century) for parts in matches) if day}
    if not matches:
        raise Refused("date_format", text)
    if not days:
        raise Refused("date_impossible", text)
    if len(days) > 1:
        raise Refused("date_ambiguous", text)
    day = days.pop()
    if not style.not_before <= day <= style.not_after:
        raise Refused("date_range", text)
    return day


def _built(parts: dict[str, str], century: int) -> date | None:
    year = int(parts["year"]) if "year" in parts else century + int(parts["short"])
    month = _MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    try:
        return date(year, month, int(parts["day"]))
    except ValueError:
        return None


def amount_reader(style: AmountStyle) -> Callable[[str], int]:
    """Make the function that reads an amount as hundredths, by whole numbers only."""
    mark = re.escape(style.thousands_mark)
    whole = f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]+" if mark else "[0-9]+"
    number = re.compile(f"({whole})(?:{re.escape(style.decimal_mark)}([0-9]+))?", re.ASCII)
    signs = re.compile("|".join(map(re.escape, style.currency_signs)) or r"(?!)")
    places = 2 + UNITS[style.unit]

    def read(text: str) -> int:
        digits, negative = _unsigned(text, style.negative)
        match = number.fullmatch(signs.sub("", digits, count=1).strip())
        if match is None:
            raise Refused("amount_format", text)
        units, fraction = match[1], match[2] or ""
        if len(fraction) > places:
            raise Refused("amount_decimals", text)
        if style.thousands_mark:
            units = units.replace(style.thousands_mark, "")
        if len(units.lstrip("0")) + UNITS[style.unit] > _MOST_DIGITS:
            raise Refused("amount_range", text)
        fen = int(units + fraction.ljust(places, "0"))
        return -fen if negative else fen

    return read


def _unsigned(text: str, allowed: frozenset[str]) -> tuple[str, bool]:
    """Take off the sign, in one of the ways that the mapping allows."""
    if "leading-minus" in allowed and text.startswith("-"):
        return text[1:], True
    if "trailing-minus" in allowed and text.endswith("-"):
        return text[:-1], True
    if "parentheses" in allowed and text.startswith("(") and text.endswith(")"):
        return text[1:-1], True
    return text, False
