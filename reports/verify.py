"""Recompute the books from their raw rows, and have a second engine rebuild every balance, to the fen.

Three proofs, in one snapshot: what runs (balances, limits, counters) against the postings that it sums up;
what is recorded twice (content digests, leaves, numbers, links) against the rows; the balances against those
that beancount rebuilds from the exported text. And the guards themselves: a trigger that is off is a difference.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, TextIO
from uuid import UUID

from ledger.db import Source, snapshot
from ledger.errors import UnknownBook
from reports.beancount_text import account_name, write_beancount
from reports.queries import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

MOST = 100
"""So many differences of one query are named; past them one more says that there are others."""

Progress = Callable[[int], object]


def _silent(_: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree: its kind, where (treasury, set, voucher, account), what is said and what was found."""

    kind: str
    where: str
    said: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was recomputed, and every difference."""

    vouchers: int
    postings: int
    accounts: int
    """How many balances the second engine rebuilt."""
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the verdict as JSON values."""
        return {
            "vouchers": self.vouchers,
            "postings": self.postings,
            "accounts": self.accounts,
            "differences": [asdict(each) for each in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the second engine found in a text: debit and credit in fen by beancount account."""

    turnover: "Mapping[str, tuple[int, int]]" = field(default_factory=dict)
    transactions: int = 0
    postings: int = 0
    errors: tuple[tuple[str, str], ...] = ()


def verify(source: Source, *, treasury: int | str | None = None, progress: Progress = _silent) -> Verdict:
    """Recompute the books of one treasury (its number or code), or of all, in one snapshot.

    ``progress`` hears how many vouchers the second engine has been given.

    Raises:
        UnknownBook: there is no such treasury.
    """
    with snapshot(source) as connection:
        return check(connection, treasury=treasury, progress=progress)


def check(connection: "Connection", *, treasury: int | str | None = None, progress: Progress = _silent) -> Verdict:
    """Recompute the books as a connection sees them; it only reads.

    Raises:
        UnknownBook: there is no such treasury.
    """
    chosen = _treasuries(connection, treasury)
    differences = [*guards(connection)]
    with _whole_tables(connection):
        for number, code in chosen:
            differences += recompute(connection, number, code)
    vouchers = postings = 0
    for number, _ in chosen:
        counted = rows(connection, "verify_count", {"treasury_id": number})[0]
        vouchers, postings = vouchers + counted[0], postings + counted[1]
    scope = chosen[0][0] if treasury is not None else None
    rebuilt = second_engine(lambda out: write_beancount(connection, out, treasury=scope, progress=progress), vouchers)
    differences += compare(connection, rebuilt, scope)
    if (rebuilt.transactions, rebuilt.postings) != (vouchers, postings):
        said, found = f"{vouchers} / {postings}", f"{rebuilt.transactions} / {rebuilt.postings}"
        differences.append(Difference("engine-count", "vouchers / postings", said, found))
    return Verdict(vouchers, postings, len(rebuilt.turnover), tuple(differences))


@contextmanager
def _whole_tables(connection: "Connection") -> Generator[None]:
    """Have whole tables joined by hash; of books posted a moment ago the planner would think too little."""
    connection.exec_driver_sql("set local enable_nestloop = off")
    yield
    connection.exec_driver_sql("set local enable_nestloop = on")


def guards(connection: "Connection") -> Iterator[Difference]:
    """Tell which trigger or constraint of the journal is missing, off or not the one of this release.

    Also rows of treasuries that are not there, and templates that are not those of their digest.
    """
    for row in rows(connection, "verify_guards", {}):
        yield Difference(*row)
    there = dict(rows(connection, "verify_functions", {}))
    for name, body in _shipped_functions().items():
        if there.get(name) != body:
            found = "missing" if name not in there else "another body"
            yield Difference("guard-function", f"function {name}", "as this release ships it", found)
    for row in rows(connection, "verify_strangers", {"most": MOST}):
        yield Difference(*row)


def recompute(connection: "Connection", treasury_id: int, code: str) -> Iterator[Difference]:
    """Recompute one treasury's books from its raw rows, and name what does not agree."""
    given = {"treasury_id": treasury_id, "most": MOST + 1}
    for query in _QUERIES:
        found = rows(connection, query, given)
        names = _names(connection, treasury_id, (row[1] for row in found))
        for kind, voucher_id, detail, said, real in found[:MOST]:
            yield Difference(kind, _place(code, names.get(voucher_id), detail), said or "", real or "")
        if len(found) > MOST:
            yield Difference("more", f"{code} {query}", f"{MOST} differences named", "there are more")
    yield from _leaves(connection, treasury_id, code)


_QUERIES = (
    "verify_vouchers",
    "verify_postings",
    "verify_limits",
    "verify_balances",
    "verify_numbers",
    "verify_events",
    "verify_log",
)

_LEAF_LINES = (
    "form",
    "treasury",
    "account set",
    "number",
    "day",
    "instant",
    "kind",
    "key",
    "template",
    "reverses",
    "narration",
    "document",
    "prepared by",
    "posted by",
)


def _leaves(connection: "Connection", treasury_id: int, code: str) -> Iterator[Difference]:
    """Name the lines in which leaves and rows differ; said is the leaf's, found that of the rows."""
    found = rows(connection, "verify_leaves", {"treasury_id": treasury_id, "most": MOST})
    names = _names(connection, treasury_id, (row[0] for row in found))
    for voucher_id, said, real in found:
        told, true = (bytes(each).decode("utf-8", "replace").split("\n") for each in (said, real))
        for at in range(max(len(told), len(true))):
            one, other = (lines[at] if at < len(lines) else "no line" for lines in (told, true))
            if one != other:
                line = f"line {at + 1 - len(_LEAF_LINES)}" if at >= len(_LEAF_LINES) else _LEAF_LINES[at]
                yield Difference("leaf-bytes", _place(code, names.get(voucher_id), f"leaf, {line}"), one, other)


def _names(connection: "Connection", treasury_id: int, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    known = [str(each) for each in {each for each in ids if each is not None}]
    if not known:
        return {}
    return dict(rows(connection, "verify_names", {"treasury_id": treasury_id, "ids": known}))


def _place(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _treasuries(connection: "Connection", treasury: int | str | None) -> list[tuple[int, str]]:
    every: list[tuple[int, str]] = [(row[0], row[1]) for row in rows(connection, "treasuries", {})]
    chosen = [each for each in every if treasury is None or treasury in each]
    if not chosen and treasury is not None:
        raise UnknownBook(f"there is no treasury {treasury}", {"treasury": treasury})
    return chosen


_TRIGGER = re.compile(r"create (?:or replace )?function (\w+\.\w+)\(\) returns trigger.*?\$\$(.*?)\$\$", re.DOTALL)


def _shipped_functions() -> dict[str, str]:
    """Give the bodies of the trigger functions as this release's schema files have them; the last one counts."""
    texts = sorted((each.name, each.read_text("utf-8")) for each in (files("ledger") / "schema").iterdir()
                   if each.name.endswith(".sql"))  # fmt: skip
    return {name: body for _, text in texts for name, body in _TRIGGER.findall(text)}


def second_engine(write: Callable[[TextIO], object], vouchers: int = 0, memory: int = 2048) -> Rebuilt:
    """Give a text to beancount, in a process of its own with limits, and read what it rebuilt.

    ``write`` writes the text; ``vouchers`` says about how many there are, for the limit on time; ``memory``
    is in MiB. The process gets no environment and so no secrets.
    """
    cpu = _CPU_SECONDS + vouchers // _VOUCHERS_A_SECOND
    limits = ["--cpu", str(cpu), "--memory", str(memory)]
    command = [sys.executable, "-I", "-X", "utf8", "-m", "reports.beancount_child", *limits]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={"PATH": os.defpath},
        ) as child,
    ):
        try:
            _feed(child.stdin, write)
        except BaseException:
            child.kill()
            raise
        answer = child.stdout.read() if child.stdout else b""
        status = child.wait()
        complaints.seek(0)
        complaint = complaints.read()[-500:].decode("utf-8", "replace").strip()
    try:
        read = json.loads(answer)
    except ValueError:
        return Rebuilt(errors=(("second engine", f"no answer, status {status}: {complaint}"),))
    turnover = {name: (debit, credit) for name, (debit, credit) in read["turnover"].items()}
    errors = tuple((each["where"], each["message"]) for each in read["errors"])
    return Rebuilt(turnover, read["transactions"], read["postings"], errors)


_CPU_SECONDS = 60
_VOUCHERS_A_SECOND = 100
"""Several times slower than beancount was measured to be, so that only a child that hangs meets its limit."""


def _feed(pipe: IO[bytes] | None, write: Callable[[TextIO], object]) -> None:
    """Write the text into the child's input; a child that is gone will be known by its answer."""
    if pipe is None:
        return
    with suppress(BrokenPipeError), TextIOWrapper(pipe, encoding="utf-8", newline="\n") as out:
        write(out)


def compare(connection: "Connection", rebuilt: Rebuilt, treasury_id: int | None = None) -> Iterator[Difference]:
    """Compare the running balances with those that the second engine rebuilt, to the fen."""
    for where, message in rebuilt.errors:
        yield Difference("engine-error", where, "no error", message)
    open_names = dict(rebuilt.turnover)
    for row in rows(connection, "verify_turnover", {"treasury_id": treasury_id}):
        treasury, account_set, account, name, element, book, debit, credit = row
        found = open_names.pop(account_name(treasury, account_set, account, name, element, book), (0, 0))
        if found != (debit, credit):
            where = _place(treasury, account_set, f"account {account}")
            yield Difference("engine-balance", where, _turnover(debit, credit), _turnover(*found))
    for name, found in open_names.items():
        yield Difference("engine-balance", name, "no balance", _turnover(*found))


def _turnover(debit: int, credit: int) -> str:
    return f"debit {debit}, credit {credit}"
