"""A browser at the office of a city: signs in, chooses a duty, fills in forms as they stand in the page."""

import re
from dataclasses import dataclass, field
from html import unescape

import pytest

from ledger import people
from ledger.db import owner
from web.app import create_app
from web.settings import RATES, Rate, Settings

PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """One person's browser."""

    client: object
    treasury: str
    last: object = field(default=None)

    def get(self, path, **more):
        self.last = self.client.get(path, **more)
        return self.last

    def post(self, path, data=None, *, token=None, **more):
        """Send a form with the token of the page seen last, or with another one."""
        if token is None:
            found = TOKEN.search(self.text) or TOKEN.search(self.get("/office/me").text)
            token = found[1] if found else ""
        self.last = self.client.post(path, data={"token": token, **(data or {})}, **more)
        return self.last

    @property
    def text(self):
        return "" if self.last is None else unescape(self.last.get_data(as_text=True))

    def sign_in(self, person, duty=None, password=PASSWORD):
        self.get("/office/sign-in")
        answer = self.post("/office/sign-in", {"treasury": self.treasury, "person": person, "password": password})
        assert answer.status_code == 303, self.text
        if duty:
            self.get("/office/duty")
            answer = self.post("/office/duty", {"duty": duty})
            assert answer.status_code == 303, self.text
        return self


@pytest.fixture(scope="session")
def app(source):
    return create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1))))  # all sign in from one address


@pytest.fixture
def office(app, city):
    """Give browsers: signed in as the holder of a duty, or of nobody."""
    with owner(city.source) as connection:
        connection.exec_driver_sql("update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,))

    def browser(duty=None, person=None):
        one = Browser(app.test_client(), f"T{city.treasury_id:06d}")
        if duty is None:
            return one
        person = person or duty.lower()
        people.set_password(city.source, city.treasury_id, person, PASSWORD, must_change=False)
        return one.sign_in(person, duty)

    browser.city = city
    return browser
