"""The diary of a year of the demo: every event with the moment in which it is posted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from importers.demo.plan import YEAR
from ledger.events import Dims, Event
from ledger.money import Fen
from ledger.templates import in_force

MOMENTS = (
    "approve",
    "issue",
    "receive",
    "refund",
    "reserve",
    "pay",
    "recover",
    "approve late",
    "carry over",
    "provide",
)
"""The order of a month's postings: a limit counts what is posted, so money and budget come first."""

_POSTED = {
    "APPR": "approve", "ISSU": "issue", "AUDT_IN": "receive", "RFND": "refund", "PCHK": "reserve", "SIGN": "pay",
}  # fmt: skip


@dataclass(slots=True)
class Diary:
    """Collects events and numbers them by kind, in the order in which they are written down."""

    year: int = YEAR
    batches: dict[tuple[int, str], list[Event]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def write(
        self,
        kind: str,
        on: date,
        narration: str,
        facts: Mapping[str, int],
        dims: Dims | None = None,
        *,
        parties: Mapping[str, Dims] | None = None,
        prepared_by: str | None = None,
        document: str | None = None,
        moment: str | None = None,
    ) -> Event | None:
        """Write an event down unless all its facts are nil; who prepares and posts it is its template's."""
        if not any(facts.values()):
            return None
        template = in_force(kind, on)
        self.numbers[kind] += 1
        event = Event(
            kind=kind,
            key=f"{self.year}-{self.numbers[kind]:05d}",
            on=on,
            narration=narration,
            prepared_by=prepared_by or template.prepared_under[0].lower(),
            facts={name: Fen(facts.get(name, 0)) for name in sorted(template.facts)},
            dims=dims or {},
            parties=parties or {},
            document=document,
        )
        self.batches[on.month, moment or _POSTED[template.posted_under]].append(event)
        return event

    def of(self, moment: str) -> list[Event]:
        """Give what is posted in a moment of all months, in the order of its days."""
        found = [event for (_, when), batch in self.batches.items() if when == moment for event in batch]
        return sorted(found, key=lambda e: (e.on, e.kind, e.key))

    def in_order(self) -> Iterable[tuple[str, list[Event]]]:
        """Give the batches in the order of posting, each with the duty that posts it and in the order of its days."""
        for month in range(1, 13):
            for moment in MOMENTS:
                if batch := self.batches.get((month, moment)):
                    duty = in_force(batch[0].kind, batch[0].on).posted_under
                    yield duty, sorted(batch, key=lambda e: (e.on, e.kind, e.key))
