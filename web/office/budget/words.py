"""How the budget's pages speak: their own words, quantities and amounts as they are typed, refusals at their field."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from ledger.compilation import registers
from ledger.errors import InvalidAmount, LedgerError
from ledger.money import format_yuan, parse_yuan
from web.clock import today
from web.office.desk import BUDGETEERS, Desk, page
from web.office.writing import read_day
from web.texts import catalogue

SEERS = (*BUDGETEERS, "NPCO", "OVER", "AUDI", "PUBL")
"""Those who see how it is made."""
LINE_SEERS = (*SEERS, "APPL", "UCHK", "PCHK", "SIGN", "CASH", "BOOK", "AUDT_IN", "CLOS", "RECO")
"""Those who see what was approved and what is left of it."""
CHANGERS = ("REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI")
"""Those who see every change of the treasury; who compiles one agency would see a part of each."""
CHANGE_SEERS = (*CHANGERS, "BOOK", "AUDT_IN")
"""Those who see the adjustments, and what is drawn on the stabilisation fund by them."""
END_SEERS = (*CHANGERS, "PCHK", "BOOK", "AUDT_IN", "CLOS")
"""Those who see how the year ends."""

TABS = (
    ("year", "budget_year", LINE_SEERS),
    ("standards", "budget_standards", SEERS),
    ("data", "budget_data", SEERS),
    ("frame", "budget_frame", SEERS),
    ("advances", "budget_advances", CHANGERS),
    ("ranking", "budget_ranking", ("COMP", "REVW", "APPR")),
    ("order", "budget_order", SEERS),
    ("resolution", "budget_resolution", SEERS),
    ("release", "budget_release", SEERS),
    ("lines", "budget_lines", LINE_SEERS),
    ("changes", "budget_changes", CHANGE_SEERS),
    ("reserve", "budget_reserve_page", CHANGERS),
    ("own", "budget_own", LINE_SEERS),
    ("performance", "budget_performance", LINE_SEERS),
    ("publication", "budget_publication", SEERS),
    ("year_end", "budget_year_end", END_SEERS),
)
"""The pages of a budget year, with who sees them."""

_SCORE = re.compile(r"([0-9]{1,3})(?:\.([0-9]))?", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?\Z", re.ASCII)
_QUANTITY = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?", re.ASCII)


def words(language: str) -> Mapping[str, str]:
    """Give the words of the budget's pages."""
    return catalogue("web.office.budget", language)


def show(
    desk: Desk,
    template: str,
    *,
    error: str = "",
    problems: Mapping[str, str] | None = None,
    **facts: Any,  # noqa: ANN401
) -> Response:
    """Write a page of the budget; ``problems`` are told by field, ``error`` above all."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error or problems or facts.get("explained") else HTTPStatus.OK
    known = words(desk.language)

    def label(name: str) -> str:
        """Name a field: of the page, of a numbered line, or of one thing among many."""
        at, dot, field = name.rpartition(".")
        if dot and at.isdigit():
            return f"{known['line_n'].format(n=at)} {known['field_' + field]}"
        many, dash, rest = name.partition("-")
        if dash:
            return f"{known['field_' + many]} {known.get('step_' + rest, rest)}"
        return known[f"field_{field}"]

    return page(
        desk,
        f"budget_{template}.html",
        status,
        b=known,
        error=error,
        problems=problems or {},
        quantity=quantity,
        tabs_of=TABS,
        label=label,
        seers=SEERS,
        given=request.form,
        **facts,
    )


def class_names(desk: Desk, connection: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 - as the desk reads
    """Name every function and department economic class in the reader's language, by scheme and code."""
    found: dict[str, dict[str, str]] = {}
    for scheme, code, zh, en in registers.classes(connection):
        found.setdefault(scheme, {})[code] = desk.pick(zh, en)
    return found


def reason(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words."""
    return type(refusal).zh if desk.language == "zh" else str(type(refusal).__doc__).strip()


def told(desk: Desk, refusal: LedgerError) -> str:
    """Say a refusal in the reader's words, with its facts named."""
    known = words(desk.language)
    facts = [
        f"{known[f'fact_{name}']} {_fact(known, name, value)}"
        for name, value in refusal.facts.items()
        if f"fact_{name}" in known and value not in (None, "", []) and (name != "kind" or f"kind_{value}" in known)
    ]
    between = "；" if desk.language == "zh" else "; "
    return f"{reason(desk, refusal)} {between.join(facts)}".strip()


def _fact(known: Mapping[str, str], name: str, value: object) -> str:
    if isinstance(value, int) and (name.endswith("_fen") or name in {"funded", "income", "spending"}):
        return format_yuan(value)
    if name == "asked":
        return format_yuan(int(str(value)))
    return known.get(f"{name}_{value}", str(value))


def quantity(milli: int) -> str:
    """Write thousandths for reading: ``37``, ``1,234.5``."""
    whole, part = divmod(milli, 1000)
    return f"{whole:,}" + (f".{part:03d}".rstrip("0") if part else "")


def read_quantity(typed: str) -> int | None:
    """Read a quantity of at most three decimals as thousandths; None if it is none."""
    found = _QUANTITY.fullmatch(_ungrouped(plain(typed)))
    if found is None:
        return None
    return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))


def read_amount(typed: str) -> int | None:
    """Read yuan as fen, not negative; None if it is no amount."""
    try:
        fen = parse_yuan(_ungrouped(plain(typed).removeprefix("¥")))
    except InvalidAmount:
        return None
    return None if fen < 0 else int(fen)


def _ungrouped(text: str) -> str:
    """Take out the commas of a number that is grouped by thousands; ``12,34`` is not and stays what it is."""
    return text.replace(",", "") if _GROUPED.match(text) else text


def read_score(typed: str) -> int | None:
    """Read a score of at most one decimal as tenths; None if it is none."""
    found = _SCORE.fullmatch(plain(typed))
    return int(found[1]) * 10 + int(found[2] or 0) if found else None


def read_number(typed: str) -> int | None:
    """Read a small whole number; None if it is none."""
    text = plain(typed)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("9999") else None


def plain(typed: str) -> str:
    """Give what was typed in plain characters without blanks."""
    return "".join(unicodedata.normalize("NFKC", typed[:60]).split())


def text_of(form: MultiDict[str, str], name: str, most: int = 400) -> str:
    """Give a line of text as it was meant: no control characters, single blanks."""
    typed = form.get(name, "")[:most]
    return " ".join("".join(c if c.isprintable() else " " for c in typed).split())


def prose_of(form: MultiDict[str, str], name: str) -> str:
    """Give text of several lines as it was meant."""
    typed = form.get(name, "")[:2000].replace("\r\n", "\n")
    return "\n".join(" ".join(line.split()) for line in typed.split("\n") if line.isprintable()).strip()


def day_of(
    form: MultiDict[str, str], name: str, problems: dict[str, str], known: Mapping[str, str], *, year: int | None = None
) -> date:
    """Read a day, of a year if one is given; where it is none, say so at its field."""
    day = read_day(form.get(name, ""))
    if day is None:
        problems[name] = known["no_day"]
        return date.min
    if year is not None and day.year != year:
        problems[name] = known["not_in_year"].format(year=year)
    return day


def passed_of(
    form: MultiDict[str, str], name: str, problems: dict[str, str], known: Mapping[str, str], *, year: int
) -> date:
    """Read the day on which something was resolved: of the year, and not still to come; it can never be changed."""
    day = day_of(form, name, problems, known, year=year)
    if day > today():
        problems.setdefault(name, known["still_to_come"])
    return day


def needed(
    form: MultiDict[str, str], names: tuple[str, ...], problems: dict[str, str], known: Mapping[str, str]
) -> None:
    """Say at its field what must not be left blank."""
    for name in names:
        if not text_of(form, name):
            problems.setdefault(name, known["missing"])
