"""Books with small uneven amounts in every report, and the proof of each figure by its vouchers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ledger import journal, sequencer
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.authority import ReallocationLimit, set_reallocation_limit
from ledger.db import snapshot, transaction
from ledger.money import Fen
from reports.catalogue import REPORTS
from reports.table import Table
from reports.vouchers import every_line, total
from tests.conftest import DAY, City, make_city

APRIL = dt.date(2024, 4, 7)


@dataclass(frozen=True)
class Books:
    """A city with its indicators by name."""

    city: City
    organ: str
    school: str

    def report(self, name: str, set_code: str, **asked: object) -> Table:
        with snapshot(self.city.source) as connection:
            return REPORTS[name].table(connection, set_code=set_code, treasury=self.city.treasury_id, **asked)


@pytest.fixture(scope="module")
def books(source) -> Books:
    """500.01 and 70.03 received; 200.07 and 90.11 granted; paid, taken back, reduced, frozen, reserved, moved."""
    city = make_city(source)
    city.receive(50001)
    city.receive(7003, fund="2", revenue="103014801", on=APRIL)
    organ = city.grant(20007)
    school = city.grant(9011, agency="202", func="2050203")
    city.pay(organ, 12345)
    wrong = city.pay(organ, 1019)
    city.pay(school, 4563, agency="202", func="2050203", gov_econ="50502")
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        journal.reverse(tx, wrong.event_id, key="back", on=APRIL, narration="=1+1", prepared_by="book")
    at = {"fund": "1", "func": "2050201", "agency": "201", "indicator": organ}
    other = {"fund": "1", "func": "2050203", "agency": "202", "indicator": school}
    city.post("PCHK", city.reservation(organ, 1103),
              city.event("indicator_hold", prepared_by="appl", facts={"amount": Fen(507)}, dims=at))  # fmt: skip
    with transaction(city.source, city.session("APPR")) as tx:
        set_reallocation_limit(tx, ReallocationLimit(same_func_fen=209, other_func_fen=209, document="财预〔2024〕2号"))
        record_adjustment(tx, Adjustment(fiscal_year=2024, document="人大常〔2024〕18号", title="预算调整方案",
                                         passed_on=APRIL, amount_fen=10_000))  # fmt: skip
    city.post(
        "ISSU",
        city.event("budget_reduction", prepared_by="revw", on=APRIL, document="人大常〔2024〕18号", dims={**at, "revenue": "1010101"},
                   facts={"awaiting": Fen(0), "executable": Fen(311)}),
        city.event("indicator_reallocation", prepared_by="revw", on=APRIL, facts={"amount": Fen(209)},
                   parties={"from": at, "to": other}),
    )  # fmt: skip
    city.post("AUDT_IN", city.event("depreciation", prepared_by="book", dims={"agency": "201"},
                                    facts={"fixed_assets": Fen(777), "infrastructure": Fen(0)}))  # fmt: skip
    sequencer.sequence(source, city.treasury_id)
    return Books(city, organ, school)


@pytest.fixture(scope="session")
def proven(source) -> Callable[[Table], int]:
    """Prove every figure of a report: it is the sum of the vouchers that it names; give their number."""

    def prove(table: Table) -> int:
        count = 0
        with snapshot(source) as connection:
            for row in table.rows:
                for cell, column in zip(row.cells, table.columns, strict=True):
                    asked = table.question(row, column)
                    if asked is None:
                        continue
                    whole = total(connection, table.account_set, asked, table.known)
                    assert whole.measured(asked.measure) == cell, (row.cells[:3], column.name, asked)
                    listed = list(every_line(connection, table.account_set, asked, table.known))
                    assert len(listed) == whole.count
                    count += 1
        return count

    return prove


def cells(table: Table, key: str, *names: str) -> tuple[object, ...]:
    """Give some cells of the one row that begins with a key and is no sum of others."""
    at = [column.name for column in table.columns]
    (row,) = [row for row in table.rows if row.cells[0] == key and not row.rolled]
    return tuple(row.cells[at.index(name)] for name in names)


__all__ = ["APRIL", "DAY", "Books", "cells"]
