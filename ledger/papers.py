"""Posted vouchers and account statements as the desk reads them: one voucher whole, one account line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from ledger.chart import DIMENSIONS
from ledger.errors import UnknownBook


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A posting of a voucher, with the names of its account."""

    line_no: int
    narration: str
    account: str
    name_zh: str
    name_en: str
    book: str
    side: str
    fen: int
    dims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Voucher:
    """A posted voucher with its event, the people who made it, and the vouchers that belong with it."""

    account_set: str
    set_zh: str
    set_en: str
    label: str
    no: int
    on: date
    event_id: UUID
    kind: str
    title_zh: str
    title_en: str
    key: str
    narration: str
    document: str | None
    prepared_by: str
    preparer: str
    reviewer: str | None
    poster: str
    recorded_at: datetime
    reverses: UUID | None
    reversed_by: UUID | None
    draft_id: UUID | None
    log_index: int | None
    lines: Sequence[VoucherLine]
    others: Sequence[tuple[str, str, int]]
    """The other vouchers of the event, by set, label and number."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which postings of an account a statement lists: days, and codes by dimension."""

    from_on: date
    to_on: date
    dims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A posting of an account and the balance after it, debits less credits."""

    on: date
    label: str
    no: int
    narration: str
    side: str
    fen: int
    balance: int
    dims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """The postings of an account on some days: how many, their sums, and those of one page."""

    opening: int
    debit: int
    credit: int
    count: int
    lines: Sequence[StatementLine]

    @property
    def closing(self) -> int:
        """The balance at the end, debits less credits."""
        return self.opening + self.debit - self.credit


_DIMS = ", ".join(f"p.{d}" for d in DIMENSIONS)


def voucher(connection: Connection, treasury_id: int, account_set: str, label: str, no: int) -> Voucher:
    """Give a posted voucher by its set, period and number.

    Raises:
        UnknownBook: there is none that one may see.
    """
    head = connection.exec_driver_sql(
        "select v.voucher_id, s.code, s.name_zh, s.name_en, q.label, v.no, v.effective_on, e.event_id, e.kind,"
        " t.title_zh, t.title_en, e.key, e.narration, e.document, e.prepared_by, coalesce(a.name, e.prepared_by),"
        " c.name, coalesce(b.name, e.posted_by), e.recorded_at, e.reverses, r.event_id, d.draft_id, g.log_index"
        "  from ledger.voucher v join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.period q using (treasury_id, account_set_id, period_no)"
        "  join ledger.event e using (treasury_id, event_id)"
        "  join ledger.template t on t.digest = e.template_digest"
        "  left join ledger.person a on (a.treasury_id, a.person) = (e.treasury_id, e.prepared_by)"
        "  left join ledger.person b on (b.treasury_id, b.person) = (e.treasury_id, e.posted_by)"
        "  left join ledger.event r on (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)"
        "  left join ledger.draft d on (d.treasury_id, d.event_id) = (e.treasury_id, e.event_id)"
        "  left join ledger.person c on (c.treasury_id, c.person) = (d.treasury_id, d.reviewed_by)"
        "  left join ledger.log_entry g on (g.treasury_id, g.leaf_id) = (v.treasury_id, v.voucher_id)"
        " where v.treasury_id = %s and s.code = %s and q.label = %s and v.no = %s",
        (treasury_id, account_set, label, no),
    ).one_or_none()
    if head is None:
        raise UnknownBook(facts={"set": account_set, "voucher": f"{label}/{no}"})
    lines = connection.exec_driver_sql(
        "select p.line_no, coalesce(p.narration, %s), p.account, a.name_zh, a.name_en, p.book, p.side, p.amount_fen,"  # noqa: S608
        f" {_DIMS} from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account a on (a.chart, a.code) = (s.chart, p.account)"
        " where p.treasury_id = %s and p.voucher_id = %s order by p.line_no",
        (head[12], treasury_id, head[0]),
    ).all()
    others = connection.exec_driver_sql(
        "select s.code, q.label, v.no from ledger.voucher v"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.period q using (treasury_id, account_set_id, period_no)"
        " where v.treasury_id = %s and v.event_id = %s and v.voucher_id <> %s order by s.code",
        (treasury_id, head[7], head[0]),
    ).all()
    told = [VoucherLine(*(*row[:8], _dims(row[8:]))) for row in lines]
    return Voucher(*(*head[1:], told, [(row[0], row[1], row[2]) for row in others]))


def vouchers_of(connection: Connection, treasury_id: int, event_id: UUID) -> list[tuple[str, str, int]]:
    """Name the vouchers of an event by set, label and number."""
    return [
        (row[0], row[1], row[2])
        for row in connection.exec_driver_sql(
            "select s.code, q.label, v.no from ledger.voucher v"
            "  join ledger.account_set s using (treasury_id, account_set_id)"
            "  join ledger.period q using (treasury_id, account_set_id, period_no)"
            " where v.treasury_id = %s and v.event_id = %s order by s.code",
            (treasury_id, event_id),
        )
    ]


def statement(
    connection: Connection,
    treasury_id: int,
    account_set_id: int,
    account: str,
    asked: Filters,
    *,
    skip: int = 0,
    most: int = 100,
) -> Statement:
    """List the postings of an account, with the balance after each; what came before the days is opening."""
    exact = "".join(f" and p.{d} = %({d})s" for d in DIMENSIONS if d in asked.dims)
    given = {
        **asked.dims,
        "treasury_id": treasury_id,
        "account_set_id": account_set_id,
        "account": account,
        "from_on": asked.from_on,
        "to_on": asked.to_on,
        "skip": skip,
        "most": most,
    }
    where = (
        "  from ledger.posting p where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s"
        f" and p.account = %(account)s{exact}"
    )
    signed = "case p.side when 'D' then p.amount_fen else -p.amount_fen end"
    sums = connection.exec_driver_sql(
        f"select coalesce(sum({signed}) filter (where p.effective_on < %(from_on)s), 0),"
        " coalesce(sum(p.amount_fen) filter (where p.side = 'D' and p.effective_on >= %(from_on)s), 0),"
        " coalesce(sum(p.amount_fen) filter (where p.side = 'C' and p.effective_on >= %(from_on)s), 0),"
        f" count(*) filter (where p.effective_on >= %(from_on)s) {where} and p.effective_on <= %(to_on)s",
        given,
    ).one()
    rows = connection.exec_driver_sql(
        "select p.effective_on, q.label, v.no, coalesce(p.narration, e.narration), p.side, p.amount_fen, p.running,"  # noqa: S608
        f" {_DIMS} from (select p.*, sum({signed}) over (order by p.effective_on, p.voucher_id, p.line_no) as running"
        f" {where} and p.effective_on between %(from_on)s and %(to_on)s"
        "  order by p.effective_on, p.voucher_id, p.line_no offset %(skip)s limit %(most)s) p"
        "  join ledger.voucher v using (treasury_id, voucher_id)"
        "  join ledger.event e using (treasury_id, event_id)"
        "  join ledger.period q on (q.treasury_id, q.account_set_id, q.period_no)"
        "    = (v.treasury_id, v.account_set_id, v.period_no)"
        " order by p.effective_on, p.voucher_id, p.line_no",
        given,
    ).all()
    opening = int(sums[0])
    return Statement(
        opening,
        int(sums[1]),
        int(sums[2]),
        int(sums[3]),
        [StatementLine(*(*row[:6], opening + int(row[6]), _dims(row[7:]))) for row in rows],
    )


def _dims(values: Sequence[str | None]) -> dict[str, str]:
    return {d: v for d, v in zip(DIMENSIONS, values, strict=True) if v is not None}
