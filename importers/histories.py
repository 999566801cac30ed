"""Years before the first that is kept here: taken from a workbook of balances only if they prove themselves.

The proof: in every year and book debits equal credits, in the opening balances, in the totals and in the closing
balances; every account adds up; and every account ends a year with what it begins the next with, up to the
opening of the first year that is kept here, if that is posted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from importers.history_rows import HistoryRow, Key, KnownAccount, YearOfRows, check_accounts, known_accounts, rows_of
from importers.payments import _refusal, said
from importers.workbooks import WorkbookReading, read_workbook
from ledger.books import AccountSet, Books
from ledger.compilation.imports import Batch, EarlierSet, open_earlier_sets, register_import
from ledger.db import Transaction
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.journal import Posted, forget_sets, post
from ledger.money import Fen, format_yuan

_KINDS = ("opening", "yearly_totals")


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the proof: what is compared (``what``, of a year and a book or account), and both amounts."""

    what: str
    year: int
    of: str
    left_fen: int
    right_fen: int

    @property
    def ok(self) -> bool:
        """Tell whether both are the same."""
        return self.left_fen == self.right_fen

    def as_json(self) -> dict[str, object]:
        """Give it for a listing."""
        left, right = format_yuan(Fen(self.left_fen)), format_yuan(Fen(self.right_fen))
        return {"what": self.what, "year": self.year, "of": self.of, "left": left, "right": right, "ok": self.ok}


@dataclass(slots=True)
class History:
    """The years of a workbook with their proof; ``missing`` are account sets to be opened before they are posted."""

    reading: WorkbookReading
    years: Sequence[YearOfRows]
    checks: list[Check] = field(default_factory=list)
    missing: list[EarlierSet] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    first_days: dict[int, tuple[date, date]] = field(default_factory=dict)

    @property
    def rows(self) -> list[HistoryRow]:
        """Every row of the workbook."""
        return [row for year in self.years for row in year.rows]

    @property
    def proven(self) -> bool:
        """Tell whether no row has a problem and every line of the proof agrees."""
        return all(each.ok for each in self.checks) and not any(row.problems for row in self.rows)

    def as_json(self) -> dict[str, object]:
        """Give it for a page or an API."""
        return {
            **self.reading.as_json(),
            "proven": self.proven,
            "sets": [self.codes[each.year] for each in self.years if each.year in self.codes],
            "opens": [each.code for each in self.missing],
            "checks": [each.as_json() for each in self.checks],
            "rows": [each.as_json() for each in self.rows],
        }


def read_history(file: Path, mapping_file: Path) -> WorkbookReading:
    """Read a workbook of earlier years by a saved mapping; see ``importers.workbooks.read_workbook``."""
    return read_workbook(file, mapping_file, "history")


def weigh_history(tx: Transaction, reading: WorkbookReading) -> History:
    """Hold the years of a workbook against the books, and prove them; nothing is recorded."""
    history = History(reading, rows_of(reading))
    books = Books.read(tx.connection, tx.treasury_id)
    accounts: dict[int, Mapping[str, KnownAccount]] = {}
    for year in history.years:
        chart = _placed(tx, history, books, year)
        accounts[year.year] = known_accounts(tx, chart) if chart else {}
        if chart:
            check_accounts(year, accounts[year.year])
    for one, next_ in pairwise(history.years):
        if next_.year != one.year + 1:
            _refuse_year(next_, "years_gap", f"{one.year}, {next_.year}")
    if not any(row.problems for row in history.rows):
        history.checks += _prove(history, accounts)
        history.checks += _joined(tx, history, books)
    return history


def _placed(tx: Transaction, history: History, books: Books, year: YearOfRows) -> str | None:
    """Find the account set of a year, or plan it after the next one there is; give its chart."""
    pattern = history.reading.mapping.account_set
    code = pattern.replace("{year}", str(year.year))
    later = [each for each in books.sets.values() if pattern.replace("{year}", str(each.fiscal_year)) == each.code]
    after = min(
        (each for each in later if each.fiscal_year >= year.year), key=lambda each: each.fiscal_year, default=None
    )
    if after is None or not year.year:
        _refuse_year(year, "no_account_set", code)
        return None
    starts_on = after.starts_on.replace(year=after.starts_on.year - (after.fiscal_year - year.year))
    if not _in_force(tx, after.chart, starts_on):
        _refuse_year(year, "chart_not_in_force", after.chart)
        return None
    opens = any(row.opening for row in year.rows)
    if opens and not _in_force(tx, after.chart, starts_on - timedelta(days=1)):
        _refuse_year(year, "chart_begins", after.chart)
        return None
    ends_on = starts_on.replace(year=starts_on.year + 1) - timedelta(days=1)
    history.codes[year.year], history.first_days[year.year] = code, (starts_on, ends_on)
    if after.fiscal_year != year.year:
        history.missing.append(EarlierSet(code, after.code, year.year))
    elif own := _own_vouchers(tx, after, code):
        _refuse_year(year, "year_has_vouchers", f"{code}: {own}")
        return None
    return after.chart


def _refuse_year(year: YearOfRows, reason: str, value: str) -> None:
    """Say it once, on the first row of the year."""
    year.rows[0].cells.refuse(reason, "year", value)


def _in_force(tx: Transaction, chart: str, on: date) -> bool:
    found: bool = tx.connection.exec_driver_sql(
        "select exists (select from ledger.chart where chart = %s and valid @> %s::date)", (chart, on)
    ).scalar_one()
    return found


def _own_vouchers(tx: Transaction, account_set: AccountSet, code: str) -> int:
    """Count the vouchers of a set that no import of this history wrote; year-end closes come after it and are none."""
    count: int = tx.connection.exec_driver_sql(
        "select count(*) from ledger.voucher v join ledger.event e using (treasury_id, event_id)"
        " where v.treasury_id = %s and v.account_set_id = %s and not (e.kind = any (%s) and e.key = %s)",
        (tx.treasury_id, account_set.account_set_id, list(_KINDS), _key(code)),
    ).scalar_one()
    return count


def _key(code: str) -> str:
    return f"history-{code}"


def _prove(history: History, accounts: Mapping[int, Mapping[str, KnownAccount]]) -> Iterator[Check]:
    for year in history.years:
        for book in sorted({accounts[year.year][row.account].book for row in year.leaves}):
            rows = [row for row in year.leaves if accounts[year.year][row.account].book == book]
            for what in ("opening", "totals", "closing"):
                sides = ("debit", "credit") if what == "totals" else (f"{what}_debit", f"{what}_credit")
                debit, credit = (sum(row.amounts[side] for row in rows) for side in sides)
                yield Check(f"{what}_balance", year.year, book, debit, credit)
    for one, next_ in pairwise(history.years):
        ends = {row.key: row.closing for row in one.leaves}
        begins = {row.key: row.opening for row in next_.leaves}
        yield from _carried(next_.year, ends, begins)


def _carried(year: int, ends: Mapping[Key, int], begins: Mapping[Key, int]) -> Iterator[Check]:
    """Compare each account's end with its next beginning: one line of the proof, and one for each that differs."""
    for key in sorted(ends.keys() | begins.keys()):
        if ends.get(key, 0) != begins.get(key, 0):
            yield Check("carried", year, _shown(key), ends.get(key, 0), begins.get(key, 0))
    both = [sum(abs(fen) for fen in side.values()) for side in (ends, begins)]
    yield Check("carried_all", year, str(len(ends.keys() | begins.keys())), *both)


def _shown(key: Key) -> str:
    return " ".join([key[0], *(f"{name}={code}" for name, code in key[1])])


def _joined(tx: Transaction, history: History, books: Books) -> Iterator[Check]:
    """Compare the last year with the opening of the year after it, where that is posted and not by this history."""
    last = history.years[-1]
    code = history.reading.mapping.account_set.replace("{year}", str(last.year + 1))
    following = books.by_code.get(code)
    if following is None:
        return
    rows = tx.connection.exec_driver_sql(
        "select p.account, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint"
        "  from ledger.posting p where p.treasury_id = %s and p.account_set_id = %s and p.effective_on < %s group by 1",
        (tx.treasury_id, following.account_set_id, following.starts_on),
    ).all()
    if rows:
        ends: dict[Key, int] = {}
        for row in last.leaves:
            ends[row.account, ()] = ends.get((row.account, ()), 0) + row.closing
        ends = {key: fen for key, fen in ends.items() if fen}
        yield from _carried(last.year + 1, ends, {(account, ()): fen for account, fen in rows if fen})


def import_history(tx: Transaction, history: History, *, prepared_by: str) -> list[Posted]:
    """Post a proven history: for each year its opening balances and its totals; all of it or nothing. Duty CLOS.

    Account sets that are missing are opened, each like a later one. What is new is registered.
    The same workbook again answers what was posted before.

    Raises:
        InvalidFile: the history is not proven; ``facts`` hold it as ``preview``.
        KeyReused: a year was imported before with other figures.
        EarlierSetOutOfPlace: somebody opened a set in the meantime.
        LedgerError: as ``ledger.journal.post``.
    """
    if not history.proven:
        wrong = sum(not each.ok for each in history.checks) + sum(bool(row.problems) for row in history.rows)
        refusal = _refusal("rows_refused", history.reading.name, value=str(wrong))
        refusal.facts = {**refusal.facts, "preview": history.as_json()}
        raise refusal
    try:
        if history.missing:
            open_earlier_sets(tx, history.missing)
        posted = post(tx, list(_events(history, prepared_by)))
    finally:
        if history.missing:
            forget_sets(tx)
    if not all(each.already for each in posted):
        reading = history.reading
        batch = Batch(
            kind="history",
            file_name=said(reading.name),
            size=reading.size,
            sha256=reading.sha256,
            mapping=reading.mapping.name,
            mapping_no=reading.mapping.version,
            mapping_sha256=reading.mapping.digest,
            new_rows=len(history.rows),
            changed_rows=0,
            same_rows=0,
        )
        register_import(tx, batch)
    return posted


def _events(history: History, prepared_by: str) -> Iterator[Event]:
    for year in history.years:
        code = history.codes[year.year]
        starts_on, ends_on = history.first_days[year.year]
        opening = [line for row in year.leaves for line in _sides(row, max(row.opening, 0), max(-row.opening, 0))]
        totals = [line for row in year.leaves for line in _sides(row, row.amounts["debit"], row.amounts["credit"])]
        for kind, on, words, lines in (
            ("opening", starts_on - timedelta(days=1), "期初余额", opening),
            ("yearly_totals", ends_on, "全年发生额", totals),
        ):
            if lines:
                yield Event(
                    kind=kind,
                    key=_key(code),
                    on=on,
                    narration=f"{year.year}年{words}（以前年度数据）",
                    prepared_by=prepared_by,
                    vouchers=(GivenVoucher(code, tuple(lines)),),
                )


def _sides(row: HistoryRow, debit: int, credit: int) -> list[GivenLine]:
    sides = (("D", debit), ("C", credit))
    return [GivenLine(row.account, side, Fen(fen), dict(row.dims)) for side, fen in sides if fen]
