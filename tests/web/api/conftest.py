"""A client of the API, and tokens of the duties of a city."""

import datetime as dt

import pytest

from ledger import access, install
from ledger.db import owner
from ledger.install import PersonPlan
from web.app import create_app
from web.settings import RATES, Rate, Settings


@pytest.fixture(scope="session")
def app(source):
    """Make the application without limits of its own on how fast one address may ask."""
    return create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1))))


@pytest.fixture
def client(app):
    return app.test_client()


def token(city, duty):
    """Give the header of a session under a duty."""
    session = city.session(duty)
    return {"Authorization": f"Bearer gk_{session.login}_{session.token}"}


def security(city):
    """Appoint a security administrator and give their header."""
    with owner(city.source) as connection:
        install.create_office(connection, city.treasury_id, "903.SECU", "903", "安全", "Security")
        plan = PersonPlan("secu", "SECU", "903.SECU", ("SECU",))
        install.create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    session = access.open_session(city.source, city.treasury_id, "secu", "SECU")
    return {"Authorization": f"Bearer gk_{session.login}_{session.token}"}
