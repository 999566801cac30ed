"""A seeded journal: the receipts, reservations and payments of a city's year, the same for the same seed."""

import datetime as dt
import random
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench.city import FIRST, FUNC
from ledger.events import Event
from ledger.money import Fen

DUTIES = {"treasury_receipt": "AUDT_IN", "payment_reservation": "PCHK", "treasury_payment": "SIGN"}
"""The kinds of a journal and the duty that posts each."""
VOUCHERS = {"treasury_receipt": 1, "payment_reservation": 1, "treasury_payment": 3}
POSTINGS = {"treasury_receipt": 4, "payment_reservation": 2, "treasury_payment": 10}

_REVENUES = ("1010101", "1010104")
_USES = ("30201", "30202", "30205", "30206", "30207", "30211", "30228", "30239")
_FOR = ("办公用品", "印刷", "水费", "电费", "邮电", "差旅", "工会", "交通")
_DAYS = 366


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one kind that one call posts."""

    kind: str
    events: list[Event]

    @property
    def duty(self) -> str:
        """The duty that posts them."""
        return DUTIES[self.kind]

    @property
    def vouchers(self) -> int:
        """How many vouchers they make."""
        return VOUCHERS[self.kind] * len(self.events)

    @property
    def postings(self) -> int:
        """How many postings they make."""
        return POSTINGS[self.kind] * len(self.events)


def counted(batch: int) -> tuple[int, int]:
    """Give the vouchers and postings that one batch of each kind makes together."""
    events = {kind: max(1, batch // each) for kind, each in VOUCHERS.items()}
    return sum(VOUCHERS[k] * n for k, n in events.items()), sum(POSTINGS[k] * n for k, n in events.items())


@dataclass(slots=True)
class Journal:
    """Makes events from a seed: lognormal amounts, many suppliers, days that go forward through the year."""

    indicators: Mapping[str, str]
    seed: int = 2024
    made: int = 0
    reserved: deque[tuple[Mapping[str, Fen], Mapping[str, str], int]] = field(default_factory=deque)
    """What was reserved and not yet paid, oldest first."""
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 the same journal each time is the point

    def batch(self, kind: str, vouchers: int, at: float) -> Batch:
        """Make a batch of about so many vouchers around a part of the year (0 its first day, 1 its last)."""
        events = max(1, vouchers // VOUCHERS[kind])
        return Batch(kind, [self.event(kind, at) for _ in range(events)])

    def event(self, kind: str, at: float) -> Event:
        """Make one event; a payment pays what was reserved first, so there must be a reservation."""
        self.made += 1
        on = FIRST + dt.timedelta(days=min(int(at * _DAYS), _DAYS - 1))
        facts: Mapping[str, Fen] = {"amount": Fen(int(self.chance.lognormvariate(11, 1.5)) + 1)}
        key = f"{self.seed}-{self.made}"
        if kind == "treasury_payment":
            facts, dims, use = self.reserved.popleft()
            return Event(kind, key, on, f"支付{_FOR[use]}第{self.made}号", "appl", facts, dims)
        if kind == "treasury_receipt":
            dims = {"fund": "1", "revenue": self.chance.choice(_REVENUES)}
            return Event(kind, key, on, f"国库收入日报第{self.made}号", "book", facts, dims)
        agency, indicator = self.chance.choice(list(self.indicators.items()))
        use = self.chance.randrange(len(_USES))
        dims = {
            "fund": "1",
            "func": FUNC,
            "gov_econ": "50201",
            "dept_econ": _USES[use],
            "agency": agency,
            "indicator": indicator,
            "counterparty": f"供应商{self.chance.randrange(2000)}号有限公司",
        }
        self.reserved.append((facts, dims, use))
        return Event(kind, key, on, f"申请支付{_FOR[use]}第{self.made}号", "appl", facts, dims)

    def year(self, vouchers: int, at_once: int) -> Iterator[Batch]:
        """Make a journal of about so many vouchers, a fifth each of receipts and reservations, in sorted days."""
        rounds = max(1, round(vouchers / at_once))
        for turn in range(rounds):
            at = turn / rounds
            for kind, part in _MIX.items():
                yield self.batch(kind, at_once * part // 100, at)


_MIX = {"treasury_receipt": 20, "payment_reservation": 20, "treasury_payment": 60}
