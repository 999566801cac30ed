"""A voucher as paper (记账凭证): the same sheet for a draft, a posted voucher and a print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.amount_words import in_words
from ledger.draft_checks import DeskAccount
from ledger.drafts import Content, Draft
from ledger.money import Fen
from ledger.papers import Voucher
from web.office.desk import Desk

_ON_A_LEAF = 5


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A line of the sheet; an amount that cannot be read yet is None on both sides."""

    narration: str
    account: str
    name: str
    dims: Mapping[str, str]
    debit: Fen | None
    credit: Fen | None
    account_set: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """The sheet: heading, lines, sums, and who stands for it."""

    set_code: str
    set_name: str
    number: str
    on: date | None
    document: str | None
    papers: int | None
    lines: Sequence[PaperLine]
    debit: int
    credit: int
    preparer: str
    reviewer: str | None
    poster: str | None

    @property
    def words(self) -> str:
        """The sum in capital characters."""
        return in_words(self.debit)

    def leaves(self) -> Sequence[Sequence[PaperLine | None]]:
        """Share the lines out on leaves of five, as the printed form has them; None is a line left blank."""
        count = max(1, -(-len(self.lines) // _ON_A_LEAF))
        padded = [*self.lines, *[None] * (count * _ON_A_LEAF - len(self.lines))]
        return [padded[n : n + _ON_A_LEAF] for n in range(0, len(padded), _ON_A_LEAF)]


def of_draft(desk: Desk, draft: Draft, content: Content, accounts: Mapping[str, DeskAccount]) -> Paper:
    """Lay a version of a draft out as paper."""
    lines = []
    for line in content.lines:
        amount = line.amount()
        known = accounts.get(line.account)
        lines.append(
            PaperLine(
                line.narration or content.narration,
                line.account,
                desk.pick(known.name_zh, known.name_en) if known else "",
                line.dims,
                amount[1] if amount and amount[0] == "D" else None,
                amount[1] if amount and amount[0] == "C" else None,
                line.account_set,
            )
        )
    debit, credit = content.sums()
    return Paper(
        draft.account_set,
        desk.pick(draft.set_zh, draft.set_en),
        f"{desk.texts['draft_no']} {draft.no}",
        content.on,
        content.document,
        content.papers,
        lines,
        debit,
        credit,
        draft.preparer,
        draft.reviewer,
        draft.poster,
    )


def of_voucher(desk: Desk, voucher: Voucher, papers: int | None) -> Paper:
    """Lay a posted voucher out as paper."""
    lines = [
        PaperLine(
            line.narration,
            line.account,
            desk.pick(line.name_zh, line.name_en),
            line.dims,
            Fen(line.fen) if line.side == "D" else None,
            Fen(line.fen) if line.side == "C" else None,
        )
        for line in voucher.lines
    ]
    return Paper(
        voucher.account_set,
        desk.pick(voucher.set_zh, voucher.set_en),
        f"{voucher.label} / {voucher.no}",
        voucher.on,
        voucher.document,
        papers,
        lines,
        sum(line.debit or 0 for line in lines),
        sum(line.credit or 0 for line in lines),
        voucher.preparer,
        voucher.reviewer,
        voucher.poster,
    )
