"""A small city whose first quarter is published, and the application over it."""

import datetime as dt
from dataclasses import replace

import pytest

from ledger import embedded, journal, periods
from ledger.db import owner, transaction
from ledger.disclosure.fees import publish_fees, record_fees
from ledger.disclosure.projects import publish_projects, record_project
from ledger.install import PersonPlan, create_office, create_person
from ledger.sequencer import sequence
from tests.conftest import books_in, make_city
from tests.ledger.test_fees import CHEAPER, PASSPORT, STOPPED
from tests.ledger.test_projects import BRIDGE
from web.app import create_app
from web.settings import RATES, Rate, Settings

EVIL = replace(
    PASSPORT,
    item="999.01",
    name_zh='=HYPERLINK("x")<script>alert(1)</script>',
    name_en="@SUM(1)<b>",
    also_called=("+1",),
    life_event="marriage",
    standard_kind="formula",
    standard="-2+3",
    min_fen=None,
    max_fen=None,
    payer="=1+1",
)
"""A fee whose texts want to be formulas and markup."""


@pytest.fixture(scope="session")
def source(tmp_path_factory, request):
    """A server of its own: what other tests publish is not on this site."""
    folder = tmp_path_factory.mktemp("site")
    yield from books_in(folder, request.config)
    embedded.discard(folder)


@pytest.fixture(scope="session")
def disclosed(source):
    return first_quarter(source)


def first_quarter(source):
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
    for fen in (50_010, 20_020):
        city.pay(indicator, fen, project=BRIDGE.project)
    for n in range(60):
        city.receive(100_000 + n)
    sequence(source, city.treasury_id)
    for code in ("B2024", "I2024", "A201-2024"):
        for number in range(4):
            with transaction(source, city.session("CLOS")) as tx:
                periods.close_for_good(tx, code, number, "结账")
        publish(city, code)
    disclose(city)
    return city


def disclose(city):
    """Publish a fee with a history, one with evil texts, and a project that was paid for."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.prap", "101", "prap", "prap")
        plan = PersonPlan("prap", "prap", "101.prap", ("PRAP",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字4号")
    with transaction(city.source, city.session("REVW")) as tx:
        fees = record_fees(tx, [PASSPORT, CHEAPER, STOPPED, EVIL])
    with transaction(city.source, city.session("PRAP")) as tx:
        project = record_project(tx, BRIDGE)
    with transaction(city.source, city.session("PUBL")) as tx:
        publish_fees(tx, fees)
        publish_projects(tx, [project])


def publish(city, code, as_of=dt.date(2024, 3, 31)):
    with transaction(city.source, city.session("PUBL")) as tx:
        tx.connection.exec_driver_sql(
            "select ledger.publish(s.account_set_id, %s) from ledger.account_set s"
            " where s.treasury_id = %s and s.code = %s",
            (as_of, city.treasury_id, code),
        )


@pytest.fixture(scope="session")
def app(disclosed):
    return unhurried(disclosed.source)


def unhurried(source):
    """Make the application without limits of its own on how fast one address may ask."""
    return create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1))))


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def treasury(disclosed):
    return f"T{disclosed.treasury_id:06d}"
