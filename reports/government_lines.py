"""The lines of revenue and expenditure of a government: items by code, and below their total what balances them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.disclosure_table import Block, Line
from reports.government_facts import TO_LOWER, TRANSFER_FUNCTIONS, Movement, Planned
from reports.government_words import UNDER_NAMES
from reports.table import rate, shown

PREVIOUS, APPROVED, BUDGET, EXECUTED = range(4)
"""The places of the four figures of a line."""
INCOME_OF: Mapping[str, str] = {
    "BUDGET_TRANSFER_REVENUE": "transfer",
    "BUDGET_REMITTANCE_REVENUE": "transfer",
    "BUDGET_AID_REVENUE": "transfer",
    "BUDGET_TRANSFERS_IN": "transfers_in",
    "BUDGET_STABILISATION_DRAW": "stabilisation",
    "BUDGET_ONLENT_DEBT_REVENUE": "debt",
    "BUDGET_PENDING_REVENUE": "pending",
    "opening": "carried",
    "corrected": "corrected",
    "SOURCE_TRANSFER": "transfer",
    "SOURCE_DEBT": "debt",
    "SOURCE_TRANSFERS_IN": "transfers_in",
    "SOURCE_STABILISATION": "stabilisation",
    "SOURCE_CARRY_OVER": "carried",
}
"""Below which line of table 1 money stands that is no revenue of the year, by its account or source."""
_ORDER = ("transfer", "debt", "transfers_in", "stabilisation", "carried", "corrected", "pending")
_OUT_OF: Mapping[str, str] = {
    "BUDGET_TRANSFER_EXPENDITURE": "to_lower",
    "BUDGET_REMITTANCE_EXPENDITURE": "23006",
    "BUDGET_AID_EXPENDITURE": "23013",
    "BUDGET_TRANSFERS_OUT": "23008",
    "BUDGET_STABILISATION_PROVISION": "23015",
    "BUDGET_DEBT_PRINCIPAL": "231",
    "BUDGET_ONLENDING": "23011",
    "BUDGET_PENDING_EXPENDITURE": "pending",
    "working_fund": "23016",
    "closing": "closing",
}
"""The line of money out that names no function of transfers or of debt principal."""
UNITEMISED, HELD, UNMAPPED = "unitemised", "held", "unmapped"
"""Lines without a code: revenue budget without items, budget without a function, classes without a counterpart."""


@dataclass(slots=True)
class Four:
    """Four figures of every place while they are gathered: ``items`` stand above the total, ``under`` below it."""

    items: dict[str, list[int]] = field(default_factory=dict)
    under: dict[str, list[int]] = field(default_factory=dict)

    def add_movement(self, each: Movement, at: int, *, spending: bool) -> None:
        """Add what was received or spent, if it stands on that side."""
        if spending == (each.key == "BUDGET_REVENUE" or each.key in INCOME_OF):
            return
        if each.key == "BUDGET_REVENUE":
            _held(self.items, each.code)[at] += each.fen
        elif not spending:
            _held(self.under, INCOME_OF[each.key])[at] += each.fen
        elif each.key == "BUDGET_EXPENDITURE" and not each.code.startswith(TRANSFER_FUNCTIONS):
            _held(self.items, each.code)[at] += each.fen
        else:
            _held(self.under, spent_under(each))[at] += each.fen

    def add_planned(self, each: Planned) -> None:
        """Add what was approved and budgeted."""
        if each.key == "SOURCE_REVENUE":
            held = _held(self.items, each.code or UNITEMISED)
        elif each.key:
            held = _held(self.under, INCOME_OF[each.key])
        elif each.code.startswith(TRANSFER_FUNCTIONS):
            held = _held(self.under, each.code[:5])
        else:
            held = _held(self.items, each.code or HELD)
        held[APPROVED] += each.approved
        held[BUDGET] += each.budget


def itemised(items: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Give items of revenue whose budget stands in one line if any of it names no item, for a part would mislead."""
    found = {code: list(own) for code, own in items.items()}
    if UNITEMISED in found:
        whole = found[UNITEMISED]
        for code, own in found.items():
            for at in (APPROVED, BUDGET):
                if code != UNITEMISED:
                    whole[at] += own[at]
                    own[at] = 0
    return found


def spent_under(each: Movement) -> str:
    """Tell in which line below the total of table 2 money out stands."""
    code = each.code[:5]
    if each.key == "BUDGET_TRANSFER_EXPENDITURE":
        return code if code in TO_LOWER else _OUT_OF[each.key]
    return code if code.startswith(TRANSFER_FUNCTIONS) else _OUT_OF.get(each.key, code)


def _held(places: dict[str, list[int]], code: str) -> list[int]:
    return places.setdefault(code, [0] * 4)


def class_lines(
    figures: Mapping[str, Sequence[int]], names: Mapping[str, tuple[str, str]], digits: Sequence[int]
) -> tuple[Line, ...]:
    """Give codes of any level as a tree, every parent above its children as their sum, those without amount left out.

    The codes of these classifications have a fixed number of digits at every level. What a parent has by itself
    stands below it under its code with a hyphen; what has no code comes last.
    """
    own = {code: figures[code] for code in figures if any(figures[code])}
    coded = [code for code in own if len(code) in digits and code.isdigit()]
    parents = {code[:length] for code in coded for length in digits if length < len(code)}
    level = {length: n for n, length in enumerate(digits)}
    lines: dict[str, Line] = {}
    for code in coded:
        apart = code in parents
        above = [code[:length] for length in digits if length < len(code) + apart]
        for parent in above:
            before = lines.get(parent, Line(parent, *names.get(parent, ("", "")), level[len(parent)], ()))
            lines[parent] = replace(before, figures=_added(before.figures, own[code]))
        zh, en = names.get(code, ("", ""))
        lines[f"{code}-" if apart else code] = (
            Line(f"{code}-", f"{zh}（未细分）", f"{en} (not broken down)", level[len(code)] + 1, tuple(own[code]))
            if apart
            else Line(code, zh, en, level[len(code)], tuple(own[code]))
        )
    rest = [Line(code, *UNDER_NAMES.get(code, ("", "")), 0, tuple(own[code])) for code in own if code not in coded]
    return (*(lines[code] for code in sorted(lines)), *rest)


def _added(figures: Sequence[int | None], more: Sequence[int]) -> tuple[int, ...]:
    if not figures:
        return tuple(more)
    return tuple((figure or 0) + each for figure, each in zip(figures, more, strict=True))


def below(under: Mapping[str, Sequence[int]], names: Mapping[str, tuple[str, str]], *, spending: bool) -> list[Line]:
    """Give the lines below the total, in the order of the form: what is carried into the next year comes last."""
    order = [*sorted(code for code in under if code != "closing"), "closing"] if spending else _ORDER
    return [
        Line(code, *(names.get(code) or UNDER_NAMES.get(code, ("", ""))), 0, tuple(under[code]))
        for code in order
        if any(under.get(code, ()))
    ]


def cleared(line: Line, blank: Iterable[int]) -> Line:
    """Give a line with some columns blank."""
    gone = set(blank)
    return replace(line, figures=tuple(None if at in gone else fen for at, fen in enumerate(line.figures)))


def rated(line: Line) -> str:
    """Tell the budget in per cent of what was executed in the year before; nothing where either is not known."""
    before, now = line.figures[PREVIOUS], line.figures[BUDGET]
    return "" if before is None or now is None else shown(rate(now, before), "rate")


def with_rates(block: Block) -> Block:
    """Give the block with the rate of every line."""
    return block.mapped(replace(line, texts=(rated(line),)) for line in block.every())
