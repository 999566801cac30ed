"""What the orders (指令) of the duties share: who ordered what, when, for which budget line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ledger.events import Dims, Event
from ledger.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order to post one event; the verb of the same name carries it out, all of it or nothing.

    ``key`` is the order's own number: the same order twice is one event, other content is refused.
    Whoever ``prepared_by`` names must hold a duty that prepares this kind today, and may not be the one
    who posts it.
    """

    key: str
    on: date
    narration: str
    prepared_by: str
    document: str | None = None

    def as_event(
        self,
        kind: str,
        facts: Mapping[str, Fen],
        dims: Dims | None = None,
        parties: Mapping[str, Dims] | None = None,
    ) -> Event:
        """Write the order as an event of a kind."""
        return Event(
            kind=kind,
            key=self.key,
            on=self.on,
            narration=self.narration,
            prepared_by=self.prepared_by,
            facts=facts,
            dims=dims or {},
            parties=parties or {},
            document=self.document,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """What an indicator was granted for, and what a payment from it must say (PAY-001, PAY-004).

    A field left out is blank: a decision of the Congress names no agency yet; a payment needs both
    economic classes, which fit each other for the agency's kind.
    """

    indicator: str
    fund: str
    func: str
    agency: str | None = None
    gov_econ: str | None = None
    dept_econ: str | None = None
    project: str | None = None
    contract: str | None = None
    pay_mode: str | None = None

    def dims(self, **others: str) -> Dims:
        """Give the codes by dimension, with others beside them."""
        codes = {
            "indicator": self.indicator,
            "fund": self.fund,
            "func": self.func,
            "agency": self.agency,
            "gov_econ": self.gov_econ,
            "dept_econ": self.dept_econ,
            "project": self.project,
            "contract": self.contract,
            "pay_mode": self.pay_mode,
        }
        return {name: code for name, code in {**codes, **others}.items() if code is not None}
