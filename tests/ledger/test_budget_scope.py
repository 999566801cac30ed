"""Whoever is appointed for one agency decides nothing for another or for the whole city, and a blank agency is nobody's."""

import datetime as dt
import json

import pytest

from ledger import access
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.authority import ReallocationLimit, approve_reallocation, set_reallocation_limit
from ledger.compilation.packages import rank_packages
from ledger.compilation.rounds import Due, estimate_income, resolve_budget, set_dates, submit_budget
from ledger.compilation.special_funds import check, decide, draw_experts, list_experts, open_call, publish_results
from ledger.compilation.standards import (
    DriverValue,
    approve_drivers,
    approve_standards,
    awaiting_drivers,
    record_drivers,
    record_standards,
)
from ledger.db import owner, snapshot, transaction
from ledger.disclosure_errors import ForeignAgency
from ledger.install import PersonPlan, create_office, create_person
from tests.ledger.budget_city import PAY, YEAR, act, prepare, resolution
from tests.ledger.fund_city import AGREED, CALL, PUMP, SEED, apply, open_fund

DAY = dt.date(2024, 6, 3)
LIMIT = ReallocationLimit(same_func_fen=5, other_func_fen=5, document="财预〔2024〕2号")
WHOLE = {
    "record standards": ("REVW", record_standards, [PAY]),
    "approve standards": ("APPR", approve_standards, [("RY-01", 1)]),
    "set dates": ("REVW", set_dates, [Due(fiscal_year=YEAR, step="draft", due_on=DAY, document="财预〔2023〕1号")]),
    "resolve a budget": ("APPR", resolve_budget, resolution(1)),
    "set reallocation limits": ("APPR", set_reallocation_limit, LIMIT),
    "approve a reallocation": ("APPR", approve_reallocation, "TJ-1", 5, "府办〔2024〕9号"),
    "record an adjustment": (
        "APPR", record_adjustment,
        Adjustment(fiscal_year=YEAR, document="人大常〔2024〕8号", title="方案", passed_on=DAY, amount_fen=5),
    ),
    "open a call": ("REVW", open_call, CALL),
    "list experts": ("PEXP", list_experts, []),
    "draw experts": ("PEXP", draw_experts, "ZX2024-01", SEED),
    "publish results": ("PUBL", publish_results, "ZX2024-01"),
}  # fmt: skip


@pytest.fixture
def limited(city):
    """Give a session of somebody who holds a duty for the school (202) alone."""

    def session(duty):
        with owner(city.source) as connection:
            office, person = f"202.{duty}", f"school-{duty.lower()}"
            create_office(connection, city.treasury_id, office, "202", duty, duty)
            create_person(
                connection, city.treasury_id, PersonPlan(person, duty, office, ()), dt.date(2020, 1, 1), "任字5号"
            )
            connection.exec_driver_sql("set session_replication_role = replica")
            connection.exec_driver_sql(
                "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
                " values (%s, %s, %s, '[2024-01-01,2030-01-01)', '{202}', '任字5号')",
                (city.treasury_id, person, duty),
            )
        return access.open_session(city.source, city.treasury_id, person, duty)

    return session


def under(city, session, verb, *given, **named):
    with transaction(city.source, session) as tx:
        return verb(tx, *given, **named)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_for_the_whole_city_wants_an_appointment_for_it(city, limited, name):
    duty, verb, *given = WHOLE[name]
    with pytest.raises(ForeignAgency):
        under(city, limited(duty), verb, *given)


def test_basic_data_are_approved_by_who_reviews_that_agency(city, limited):
    prepare(city)
    more = DriverValue(agency="201", driver="vehicles", fiscal_year=YEAR, quantity_milli=3_000, origin="资产系统")
    act(city, "COMP", record_drivers, [more])
    with snapshot(city.source) as connection:
        waiting = awaiting_drivers(connection, city.treasury_id, YEAR)
    with pytest.raises(ForeignAgency):
        under(city, limited("REVW"), approve_drivers, waiting)
    assert act(city, "REVW", approve_drivers, waiting) == 1


def test_an_application_is_checked_and_decided_by_who_may_for_its_agency(city, limited):
    open_fund(city)
    act(city, "COMP", apply, PUMP)
    with pytest.raises(ForeignAgency):
        under(city, limited("REVW"), check, "SB-1", passed=True)
    with pytest.raises(ForeignAgency):
        under(city, limited("APPR"), decide, AGREED)


@pytest.mark.parametrize(
    ("verb", "given"),
    [(submit_budget, (YEAR, None, 1)), (estimate_income, (YEAR, None, [])), (rank_packages, (YEAR, None, "1", []))],
)
def test_a_blank_agency_is_nobody_s(city, limited, verb, given):
    with pytest.raises(ForeignAgency):
        under(city, limited("COMP"), verb, *given)


def test_a_blank_agency_among_basic_data_is_refused(city, limited):
    row = json.dumps([{"driver": "vehicles", "fiscal_year": YEAR, "quantity_milli": 1, "origin": "资产系统"}])
    with pytest.raises(ForeignAgency), transaction(city.source, limited("COMP")) as tx:
        tx.connection.exec_driver_sql("select ledger.record_drivers(%s::jsonb)", (row,))
