"""Events written out into lines: the template's keys become accounts, the event's facts amounts.

What a kind of event means for the same dimensions is worked out once and remembered with the days for
which it holds; an event then costs little more than its text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ledger.books import AccountSet, Books
from ledger.chart import AGENCY_KIND, DIMENSIONS, Account, Charts, Days
from ledger.errors import (
    InvalidAmount,
    InvalidEvent,
    InvalidText,
    MissingFact,
    UnknownAccountSet,
)
from ledger.events import Dims, Event, GivenVoucher
from ledger.money import MOST
from ledger.templates import Block, Template, in_force

EVENT_COLUMNS = "event_no, kind, key, effective_on, narration, document, prepared_by, reverses, template_digest"
LINE_COLUMNS = f"event_no, account_set_id, line_no, account, side, amount_fen, {', '.join(DIMENSIONS)}, narration"

_FREE = "counterparty"
"""The one dimension that differs from event to event and so is no part of a remembered shape."""
_FREE_AT = DIMENSIONS.index(_FREE)

Row = tuple[int, int, str, str, int, tuple[str | None, ...], str | None]
"""A line: account set, number in its voucher, account, side, fen, dimensions, narration."""


@dataclass(frozen=True, slots=True)
class _ShapeLine:
    account: str
    side: str
    fact: str
    values: tuple[str | None, ...]
    free_of: str | None
    """The party whose counterparty this line carries; None when the account carries none."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a kind of event means for some dimensions, and on which days."""

    valid: Days
    template: Template
    vouchers: tuple[tuple[int, tuple[_ShapeLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes events out for one treasury."""

    charts: Charts
    books: Books
    shapes: dict[tuple[object, ...], list[_Shape]] = field(default_factory=dict)

    def write_out(self, event: Event) -> tuple[bytes, list[Row]]:
        """Give the digest of the event's template and its lines.

        Raises:
            LedgerError: the event does not fit its template, or names an account set, account or
                dimension that is not there.
        """
        if event.vouchers:
            return self._given(event)
        shape = self._shape(event)
        template = shape.template
        facts = event.facts
        if facts.keys() != template.facts:
            raise MissingFact(
                facts={"asked": sorted(template.facts), "given": sorted(facts)},
            )
        for name, fen in facts.items():
            if type(fen) is not int or not 0 <= fen <= MOST:
                raise InvalidAmount(facts={"fact": name, "amount": repr(fen)})
        rows: list[Row] = []
        for account_set_id, lines in shape.vouchers:
            line_no = 0
            for line in lines:
                fen = facts[line.fact]
                if fen:
                    line_no += 1
                    values = line.values
                    if line.free_of is not None:
                        dims = event.parties[line.free_of] if line.free_of else event.dims
                        values = (*values[:_FREE_AT], dims.get(_FREE), *values[_FREE_AT + 1 :])
                    rows.append(
                        (
                            account_set_id,
                            line_no,
                            line.account,
                            line.side,
                            -fen if template.red else fen,
                            values,
                            None,
                        )
                    )
        return template.digest, rows

    def _shape(self, event: Event) -> _Shape:
        key = (
            event.kind,
            _without_free(event.dims),
            tuple((name, _without_free(dims)) for name, dims in sorted(event.parties.items())),
        )
        known = self.shapes.setdefault(key, [])
        for shape in known:
            if event.on in shape.valid:
                return shape
        shape = self._work_out(event)
        known.append(shape)
        return shape

    def _work_out(self, event: Event) -> _Shape:
        template = in_force(event.kind, event.on)
        if not template.blocks:
            raise InvalidEvent(f"{event.kind} brings its own vouchers", {"kind": event.kind})
        parties: dict[str, Dims] = {"": event.dims, **event.parties}
        valid = template.in_force
        vouchers: list[tuple[int, tuple[_ShapeLine, ...]]] = []
        for role in dict.fromkeys((block.role, block.of) for block in template.blocks):
            blocks = [b for b in template.blocks if (b.role, b.of) == role]
            chosen = self._choose(blocks, parties, event.on)
            if chosen is None:
                continue
            block, account_set = chosen
            valid = valid.within(account_set.days)
            lines: list[_ShapeLine] = []
            for line in block.lines:
                for side, key, of in (
                    ("D", line.debit, line.debit_of),
                    ("C", line.credit, line.credit_of),
                ):
                    dims = _party(parties, of)
                    account, days = self.charts.resolve(account_set.chart, key, self._with_kind(dims), event.on)
                    valid = valid.within(days)
                    lines.append(_shape_line(account, side, line.fact, dims, of))
            vouchers.append((account_set.account_set_id, tuple(lines)))
        if not vouchers:
            raise UnknownAccountSet(facts={"kind": event.kind, "on": str(event.on)})
        return _Shape(valid, template, _joined(vouchers))

    def _choose(self, blocks: list[Block], parties: Mapping[str, Dims], on: date) -> tuple[Block, AccountSet] | None:
        """Choose the block for the chart that the set really uses; None when it may be left out."""
        first = blocks[0]
        agency = _party(parties, first.of).get("agency")
        try:
            account_set = self.books.playing(first.role, agency, on)
        except UnknownAccountSet:
            if first.optional:
                return None
            raise
        for block in blocks:
            if block.system in {"", account_set.chart}:
                return block, account_set
        if first.optional:
            return None
        raise UnknownAccountSet(facts={"role": first.role, "chart": account_set.chart, "set": account_set.code})

    def _with_kind(self, dims: Dims) -> Dims:
        kind = self.books.agency_kinds.get(dims.get("agency", ""))
        return dims if kind is None else {**dims, AGENCY_KIND: kind}

    def _given(self, event: Event) -> tuple[bytes, list[Row]]:
        template = in_force(event.kind, event.on)
        if template.blocks or event.facts or event.dims or event.parties:
            raise InvalidEvent(
                f"{event.kind} is written out by its template or by given vouchers, not by both",
                {"kind": event.kind},
            )
        return template.digest, [row for voucher in event.vouchers for row in self._rows(voucher)]

    def _rows(self, voucher: GivenVoucher) -> Iterator[Row]:
        account_set = self.books.named(voucher.account_set)
        for line_no, line in enumerate(voucher.lines, 1):
            account = self.charts.account(account_set.chart, line.account)
            if line.side not in {"D", "C"}:
                raise InvalidEvent(f"{line.side} is no side", {"side": line.side})
            if type(line.amount) is not int or not 0 < abs(line.amount) <= MOST:
                raise InvalidAmount(facts={"amount": repr(line.amount)})
            if unfit := sorted(line.dims.keys() - account.carries):
                raise InvalidEvent(
                    f"account {account.code} carries no {', '.join(unfit)}",
                    {"account": account.code, "dimensions": unfit},
                )
            yield (
                account_set.account_set_id,
                line_no,
                account.code,
                line.side,
                line.amount,
                tuple(line.dims.get(d) for d in DIMENSIONS),
                line.narration,
            )


def _joined(
    vouchers: list[tuple[int, tuple[_ShapeLine, ...]]],
) -> tuple[tuple[int, tuple[_ShapeLine, ...]], ...]:
    """One voucher per account set, also when two parties share one."""
    by_set: dict[int, list[_ShapeLine]] = {}
    for account_set_id, lines in vouchers:
        by_set.setdefault(account_set_id, []).extend(lines)
    return tuple((account_set_id, tuple(lines)) for account_set_id, lines in by_set.items())


def _shape_line(account: Account, side: str, fact: str, dims: Dims, of: str) -> _ShapeLine:
    values = tuple(dims.get(d) if d in account.carries and d != _FREE else None for d in DIMENSIONS)
    return _ShapeLine(account.code, side, fact, values, of if _FREE in account.carries else None)


def _party(parties: Mapping[str, Dims], of: str) -> Dims:
    try:
        return parties[of]
    except KeyError:
        raise InvalidEvent(f"the event names no party {of}", {"party": of}) from None


def _without_free(dims: Dims) -> tuple[tuple[str, str], ...]:
    return tuple(item for item in sorted(dims.items()) if item[0] != _FREE)


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def copied(text: str | None) -> str:
    """Write a value for PostgreSQL's COPY text format.

    Raises:
        InvalidText: it holds a NUL, which no text column can.
    """
    if text is None:
        return "\\N"
    if text.isprintable() and "\\" not in text:
        return text
    if "\x00" in text:
        raise InvalidText(facts={"text": text.replace("\x00", "\\0")})
    return text.translate(_ESCAPES)
