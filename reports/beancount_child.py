"""The second engine: rebuilds every balance from exported text with beancount, in a process of its own.

Run as ``python -m reports.beancount_child [--cpu SECONDS] [--memory MIB] [FILE]``; without a file it reads its
input. It shares no code with the ledger and sees nothing but the text. beancount is GPL-2.0-only and its
loader runs plugins that a file names: only its parser, booking and validation are used here, and a
line that is no account, voucher or comment is refused before the parser sees it. The answer is JSON:
``accounts`` (debit less credit in fen), ``turnover`` (debit and credit in fen, red lines negative),
``transactions``, ``postings``, ``errors``.
"""

import argparse
import gc
import hashlib
import json
import re
import resource
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount.core.data import Transaction
from beancount.ops.validation import validate
from beancount.parser import booking, parser

AT_ONCE = 2000
"""So many vouchers are parsed and booked together: they do not touch each other, and memory stays flat."""
ERRORS_MOST = 100
_OURS = re.compile(
    rb"(?:;.*|[0-9]{4}-[0-9]{2}-[0-9]{2} (?:open|commodity) .*|[0-9]{4}-[0-9]{2}-[0-9]{2} \* \".*\""
    rb"|  [A-Z]\S*  -?[0-9]+\.[0-9]{2} [A-Z]{3}|(?:  ){1,2}[a-z_]+: .*|)\n"
)
"""The lines of an export. No amount may be left out: beancount would fill it in."""
_VOUCHER = re.compile(rb".{10} \* ")
_OPEN = re.compile(rb".{10} open (\S+) ")
_MANIFEST = re.compile(rb"; manifest vouchers=([0-9]+) postings=([0-9]+) sha256=([0-9a-f]{64})\n")
_BOOK_AT = 3
"""Which component of an account names its book."""


@dataclass(slots=True)
class Rebuilt:
    """What the text says, added up."""

    turnover: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    transactions: int = 0
    postings: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, where: str, message: str) -> None:
        """Keep an error; past the most only that there were more."""
        if len(self.errors) <= ERRORS_MOST:
            message = message if len(self.errors) < ERRORS_MOST else "and more"
            self.errors.append({"where": where, "message": message[:500]})

    def as_json(self) -> dict[str, Any]:
        """Give the answer as JSON values."""
        return {
            "accounts": {name: debit - credit for name, (debit, credit) in self.turnover.items()},
            "turnover": self.turnover,
            "transactions": self.transactions,
            "postings": self.postings,
            "errors": self.errors,
        }


def rebuild(lines: Iterable[bytes]) -> Rebuilt:
    """Rebuild every balance from an exported text, line by line."""
    rebuilt = Rebuilt()
    sha256 = hashlib.sha256()
    head: list[bytes] = []
    body: list[bytes] = []
    known: set[bytes] = set()
    vouchers = 0
    manifest: re.Match[bytes] | None = None
    for number, line in enumerate(lines, 1):
        if manifest is not None or _OURS.fullmatch(line) is None:
            rebuilt.refuse(f"line {number}", "after the manifest" if manifest else "not a line of an export")
            continue
        if (manifest := _MANIFEST.fullmatch(line)) is not None:
            continue
        sha256.update(line)
        if (opened := _OPEN.match(line)) is not None:
            if body:
                _load(rebuilt, head, body)
                head, body, vouchers = [], [], 0
            if opened[1] in known:
                rebuilt.refuse(f"line {number}", "opens an account again")
            known.add(opened[1])
            head.append(line)
            continue
        if _VOUCHER.match(line):
            if vouchers == AT_ONCE:
                _load(rebuilt, head, body)
                body, vouchers = [], 0
            vouchers += 1
        body.append(line)
    _load(rebuilt, head, body)
    _check_manifest(rebuilt, manifest, sha256.hexdigest())
    return rebuilt


def _check_manifest(rebuilt: Rebuilt, manifest: re.Match[bytes] | None, sha256: str) -> None:
    if manifest is None:
        rebuilt.refuse("end", "the text is cut: its last line is no manifest")
        return
    vouchers, postings, told = manifest.groups()
    if told.decode() != sha256:
        rebuilt.refuse("end", "the text was changed: its hash is not that of the manifest")
    if (int(vouchers), int(postings)) != (rebuilt.transactions, rebuilt.postings):
        rebuilt.refuse("end", f"{rebuilt.transactions} vouchers and {rebuilt.postings} postings, not as the manifest")


def _load(rebuilt: Rebuilt, head: Sequence[bytes], body: Sequence[bytes]) -> None:
    """Have beancount parse, book and check a part of the text, and add it up."""
    try:
        directives, refused, options = parser.parse_string(b"".join([*head, *body]), report_filename="export")
        if options["plugin"] or options["include"] or options["insert_pythonpath"]:
            rebuilt.refuse("options", "the text asks for code or files")
            return
        booked, unbooked = booking.book(directives, options)  # type: ignore[no-untyped-call]
        refused += [*unbooked, *validate(booked, options)]  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - an engine that breaks on the text is a finding, whatever it raises
        rebuilt.refuse("engine", f"{type(error).__name__}: {error}")
        return
    for each in refused:
        meta = getattr(getattr(each, "entry", None), "meta", None) or each.source or {}
        rebuilt.refuse(_place(meta), " ".join(each.message.split()))
    for directive in booked:
        if isinstance(directive, Transaction):
            _add(rebuilt, directive)
    del directives, booked
    gc.collect()


def _add(rebuilt: Rebuilt, voucher: Transaction) -> None:
    """Add up one voucher; each of its books balances to the fen, which beancount does not ask."""
    rebuilt.transactions += 1
    place = _place(voucher.meta)
    books: dict[str, int] = defaultdict(int)
    is_red = bool(voucher.meta.get("red", False))
    for posting in voucher.postings:
        rebuilt.postings += 1
        meta = posting.meta or {}
        number = posting.units.number if posting.units is not None else None
        exact = number.scaleb(2) if isinstance(number, Decimal) else Decimal("NaN")
        fen = int(exact) if exact.is_finite() else 0
        side = meta.get("side")
        if fen != exact or side not in {"D", "C"}:
            rebuilt.refuse(place, f"{posting.account} has a part of a fen, or no side")
        books[posting.account.split(":")[_BOOK_AT]] += fen
        credit = side == "C"
        amount = -fen if credit else fen
        if (amount < 0) != is_red:
            rebuilt.refuse(place, f"{posting.account} is red in a voucher that is not, or the reverse")
        rebuilt.turnover[posting.account][credit] += amount
    for book, fen in books.items():
        if fen:
            rebuilt.refuse(place, f"the {book} book is off by {fen} fen")


def _place(meta: dict[str, Any]) -> str:
    if "set" in meta and "number" in meta:
        return f"{meta['set']} {meta['number']}"
    return f"line {meta.get('lineno', '?')} of a part"


def _limit(cpu: int, memory: int) -> None:
    """Bound what this process may use: seconds of processor time, MiB of memory, no core file."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the balances of a text and print them as JSON; 1 if the text has errors."""
    asked = argparse.ArgumentParser(prog="reports.beancount_child", description=__doc__)
    asked.add_argument("file", nargs="?", type=Path)
    asked.add_argument("--cpu", type=int, default=3600)
    asked.add_argument("--memory", type=int, default=2048)
    given = asked.parse_args(arguments)
    _limit(given.cpu, given.memory)
    gc.disable()  # collected after each part instead: in the middle of one it only costs time
    if given.file is None:
        rebuilt = rebuild(sys.stdin.buffer)
    else:
        with given.file.open("rb") as text:
            rebuilt = rebuild(text)
    json.dump(rebuilt.as_json(), sys.stdout, ensure_ascii=False)
    return 1 if rebuilt.errors else 0


if __name__ == "__main__":
    sys.exit(main())
