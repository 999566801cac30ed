"""A decision package as it is typed: lines with standards or quotes, read field by field; nobody types an amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from werkzeug.datastructures import MultiDict

from ledger.compilation.dossiers import Dossier, ShownLine
from ledger.compilation.packages import TARGETS, Line, Target
from ledger.compilation.prices import Offered
from ledger.compilation.registers import DriverKind
from ledger.money import format_yuan
from web.office.accounts import initials
from web.office.budget.words import prose_of, quantity, read_amount, read_number, read_quantity, text_of

MOST_LINES = 60
QUOTES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line as it stands in the form; ``q1`` to ``q4`` are quotes, ``d1`` to ``d4`` their documents."""

    standard: str = ""
    quantity: str = ""
    times: str = ""
    origin: str = ""
    econ: str = ""
    per: str = "time"
    driver: str = "work"
    q1: str = ""
    d1: str = ""
    q2: str = ""
    d2: str = ""
    q3: str = ""
    d3: str = ""
    q4: str = ""
    d4: str = ""

    @property
    def quoted(self) -> bool:
        """Tell whether it is priced by quotes."""
        return not self.standard and bool(self.econ or any(getattr(self, f"q{n}") for n in QUOTES))

    @property
    def blank(self) -> bool:
        """Tell whether nothing was typed."""
        return not (self.standard or self.quoted or self.quantity or self.origin)


def typed_lines(form: MultiDict[str, str]) -> list[TypedLine]:
    """Read the lines of the form, without those left blank."""
    found = []
    for n in range(1, MOST_LINES + 1):
        if f"{n}.standard" not in form:
            break
        given = {
            each.name: text_of(form, f"{n}.{each.name}") for each in fields(TypedLine) if f"{n}.{each.name}" in form
        }
        line = replace(TypedLine(), **given)
        if not line.blank:
            found.append(line)
    return found


def kept_line(line: ShownLine) -> TypedLine:
    """Write a saved line into the form."""
    typed = TypedLine(
        standard=line.standard or "",
        quantity=quantity(line.quantity_milli).replace(",", "") if line.stated else "",
        times=str(line.times),
        origin=line.origin,
    )
    if line.quote_fens is None or line.quote_documents is None:
        return typed
    quotes: dict[str, str] = {}
    for n, fen, document in zip(QUOTES, line.quote_fens, line.quote_documents, strict=False):
        quotes |= {f"q{n}": format_yuan(fen), f"d{n}": document}
    return replace(typed, econ=line.dept_econ, per=line.per, driver=line.driver, **quotes)


def kept_targets(found: Dossier) -> dict[str, str]:
    """Write saved objectives into the form: by kind, one a line."""
    return {kind: "\n".join(each.target for each in found.targets if each.kind == kind) for kind in TARGETS}


def typed_targets(form: MultiDict[str, str]) -> tuple[Target, ...]:
    """Read the objectives of the form: one a line."""
    return tuple(
        Target(kind, " ".join(line.split())[:400])
        for kind in TARGETS
        for line in prose_of(form, f"target_{kind}").split("\n")
        if line.strip()
    )


def meant(offered: Sequence[Offered], typed: str) -> str:
    """Give the code of the standard that was meant: by code, ``code name``, name or initials that only one has."""
    given = typed.strip()
    first = given.split(" ", 1)[0]
    if any(first == each.standard for each in offered):
        return first
    found = [each.standard for each in offered if given in {each.name_zh, each.name_en}]
    found = found or [each.standard for each in offered if initials(each.name_zh) == given.lower()]
    found = found or [each.standard for each in offered if given and given in each.name_zh]
    return found[0] if len(found) == 1 else first


def as_line(
    n: int, typed: TypedLine, offered: Mapping[str, Offered], kinds: Mapping[str, DriverKind],
    problems: dict[str, str], known: Mapping[str, str],
) -> Line:  # fmt: skip
    """Make the line that is meant; what cannot be read is told at its field."""
    standard = offered.get(typed.standard)
    driver = kinds.get(standard.driver if standard else typed.driver)
    stated = bool(driver and driver.stated and (standard or typed.quoted))
    times = read_number(typed.times) if typed.times else 12 if standard and standard.per != "time" else 1
    if times is None:
        problems[f"{n}.times"] = known["no_number"]
    milli = None
    if stated:
        milli = read_quantity(typed.quantity)
        if milli is None:
            problems[f"{n}.quantity"] = known["no_quantity"]
        if not typed.origin:
            problems[f"{n}.origin"] = known["no_origin"]
    line = Line(
        times=times or 0, standard=typed.standard or None, quantity_milli=milli, origin=typed.origin if stated else ""
    )
    if not typed.quoted:
        return line
    quotes = [(q, getattr(typed, f"q{q}"), getattr(typed, f"d{q}")) for q in QUOTES]
    told = [(q, read_amount(fen), document) for q, fen, document in quotes if fen or document]
    for q, fen, document in told:
        if fen is None:
            problems[f"{n}.q{q}"] = known["no_amount"]
        elif not document:
            problems[f"{n}.d{q}"] = known["missing"]
    return replace(
        line,
        dept_econ=typed.econ.split(" ", 1)[0],
        per=typed.per,  # type: ignore[arg-type]
        driver=typed.driver,
        quote_fens=tuple(fen or 0 for _, fen, _ in told),
        quote_documents=tuple(document for _, _, document in told),
    )


def computed(line: Line, offered: Mapping[str, Offered]) -> int | None:
    """Tell what a line comes to before it is saved; None while something is missing. The database decides."""
    standard = offered.get(line.standard or "")
    if standard is not None:
        milli = line.quantity_milli if standard.stated else standard.quantity_milli
        return None if milli is None else times_price(standard.amount_fen, standard.per, milli, line.times)
    if not line.quote_fens or line.quantity_milli is None or line.per is None:
        return None
    return times_price(min(line.quote_fens), line.per, line.quantity_milli, line.times)


def times_price(unit_fen: int, per: str, milli: int, times: int) -> int:
    """Multiply in whole numbers and round once, half up."""
    parts = 12_000 if per == "year" else 1_000
    return (2 * unit_fen * milli * times + parts) // (2 * parts)
