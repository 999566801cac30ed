"""Transfers between units (上级补助、附属单位上缴、上缴上级、对附属单位补助), and those within a department in pairs.

What one paid and another took in are the same only if each names the other and the sums of the year are equal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.disclosure_facts import IncomeFact, SpendingFact

PAID: Mapping[str, str] = {"7401": "6301", "7501": "6201"}
"""The account on which a unit pays another, by the one on which that other takes it in."""
_TAKEN: Mapping[str, str] = {taken: paid for paid, taken in PAID.items()}
TRANSFERS = frozenset({*PAID, *_TAKEN})


@dataclass(frozen=True, slots=True)
class Transfer:
    """Spending or income on one of the four accounts, and whom its postings name, None for nobody."""

    account: str
    counterparty: str | None
    fact: SpendingFact | IncomeFact


@dataclass(frozen=True, slots=True)
class Pair:
    """What a unit paid another of its department in the year, and what that one took in."""

    payer: str
    payee: str
    account: str
    paid: tuple[SpendingFact, ...]
    received: tuple[IncomeFact, ...]

    @property
    def paid_fen(self) -> int:
        """What the payer's books say."""
        return sum(fact.fen for fact in self.paid)

    @property
    def received_fen(self) -> int:
        """What the payee's books say."""
        return sum(fact.fen for fact in self.received)

    @property
    def matches(self) -> bool:
        """Tell whether both say the same."""
        return self.paid_fen == self.received_fen

    @property
    def where(self) -> str:
        """Name the accounts on both sides."""
        return f"{self.payer} {self.account} → {self.payee} {PAID[self.account]}"


def paired(transfers: Iterable[Transfer], units: Mapping[str, str]) -> tuple[Pair, ...]:
    """Put the transfers between units of a department together; ``units`` are their codes, by code and by name."""
    held: dict[tuple[str, str, str], tuple[list[SpendingFact], list[IncomeFact]]] = {}
    for each in transfers:
        own, other = each.fact.agency, _named(each, units)
        if other is None or other == own:
            continue
        if isinstance(each.fact, SpendingFact):
            held.setdefault((own, other, each.account), ([], []))[0].append(each.fact)
        else:
            held.setdefault((other, own, _TAKEN[each.account]), ([], []))[1].append(each.fact)
    return tuple(Pair(*key, tuple(paid), tuple(received)) for key, (paid, received) in sorted(held.items()))


def unnamed(transfers: Iterable[Transfer], units: Mapping[str, str]) -> tuple[Transfer, ...]:
    """Give the transfers that name nobody or the unit itself."""
    return tuple(
        each for each in transfers if not (each.counterparty or "").strip() or _named(each, units) == each.fact.agency
    )


def doubtful(transfers: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """Give those of transfers without a name that another unit's, without one either, could be the other side of."""
    listed = list(transfers)
    counter = {**PAID, **_TAKEN}
    return tuple(
        each
        for each in listed
        if any(o.account == counter[each.account] and o.fact.agency != each.fact.agency for o in listed)
    )


def without(
    pairs: Iterable[Pair], spending: Iterable[SpendingFact], income: Iterable[IncomeFact]
) -> tuple[tuple[SpendingFact, ...], tuple[IncomeFact, ...]]:
    """Give the facts of a department with what its pairs hold taken off on both sides."""
    listed = list(pairs)
    paid = (replace(fact, fen=-fact.fen) for pair in listed for fact in pair.paid)
    received = (replace(fact, fen=-fact.fen) for pair in listed for fact in pair.received)
    return (*spending, *paid), (*income, *received)


def _named(transfer: Transfer, units: Mapping[str, str]) -> str | None:
    return units.get((transfer.counterparty or "").strip())
