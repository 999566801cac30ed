"""A small city whose first quarter is published, and the application over it."""

import datetime as dt

import pytest

from ledger import journal, periods
from ledger.db import transaction
from ledger.sequencer import sequence
from tests.conftest import make_city
from web.app import create_app


@pytest.fixture(scope="session")
def disclosed(source):
    """Post receipts, payments, a person's benefit and a reversal; close March everywhere and publish."""
    city = make_city(source)
    city.receive(9_000_000)
    indicator = city.grant(800_000)
    city.pay(indicator, 123_450)
    city.pay(indicator, 70_010, gov_econ="50901", dept_econ="30304", counterparty="王小明")
    wrong = city.pay(indicator, 4_321, counterparty="=HYPERLINK(1)")
    event = wrong.event_id
    with transaction(source, city.session("AUDT_IN")) as tx:
        journal.reverse(tx, event, key="reversal-1", on=dt.date(2024, 3, 6), narration="冲销误付", prepared_by="book")
    for n in range(60):
        city.receive(100_000 + n)
    sequence(source, city.treasury_id)
    for code in ("B2024", "I2024", "A201-2024"):
        for number in range(4):
            with transaction(source, city.session("CLOS")) as tx:
                periods.close_for_good(tx, code, number, "结账")
        publish(city, code)
    return city


def publish(city, code, as_of=dt.date(2024, 3, 31)):
    with transaction(city.source, city.session("PUBL")) as tx:
        tx.connection.exec_driver_sql(
            "select ledger.publish(s.account_set_id, %s) from ledger.account_set s"
            " where s.treasury_id = %s and s.code = %s",
            (as_of, city.treasury_id, code),
        )


@pytest.fixture(scope="session")
def app(disclosed):
    return create_app(disclosed.source)


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def treasury(disclosed):
    return f"T{disclosed.treasury_id:06d}"
