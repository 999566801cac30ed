"""How fast one address may ask: the burst, the wait that is told, and that nobody waits for another."""

import pytest

from web.app import create_app
from web.rates import Buckets
from web.settings import RATES, Rate, Settings

SLOW = Rate(1, 3)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def app_with(source, **slow):
    return create_app(source, Settings(rates={**RATES, **slow}))


def asked(app, path, address="192.0.2.1", method="GET", **more):
    return app.test_client().open(path, method=method, environ_base={"REMOTE_ADDR": address}, buffered=True, **more)


def test_a_bucket_gives_its_burst_and_then_one_at_a_time():
    clock = Clock()
    buckets = Buckets(Rate(60, 2), clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]
    clock.now = 0.5
    assert buckets.take("a") == 1
    clock.now = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    clock.now = 3600.0
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]


def test_one_address_does_not_wait_for_another():
    buckets = Buckets(Rate(1, 1), Clock())
    assert [buckets.take(each) for each in ("a", "a", "b")] == [0, 60, 0]


def test_looking_takes_nothing():
    buckets = Buckets(Rate(1, 1), Clock())
    assert [buckets.look("a"), buckets.look("a"), buckets.take("a"), buckets.look("a")] == [0, 0, 0, 60]


def test_no_more_addresses_are_remembered_than_there_is_room_for():
    buckets = Buckets(Rate(1, 1), Clock(), most=2)
    for each in ("a", "b", "a", "c"):
        buckets.take(each)
    assert [buckets.look(each) for each in ("a", "c", "b")] == [60, 60, 0]


def test_a_rate_of_nothing_is_no_limit():
    buckets = Buckets(Rate(0, 1), Clock())
    assert {buckets.take("a") for _ in range(100)} == {0}


@pytest.mark.parametrize(
    ("door", "path", "method"),
    [("page", "/", "GET"), ("page", "/nothing/here", "GET"), ("file", "/search/?q=1", "GET"), ("file", "/en/search/?q=1", "GET"),
     ("file", "/fees.csv", "GET"), ("office", "/office/sign-in", "GET"), ("office", "/office/inbox", "GET"),
     ("sign_in", "/office/sign-in", "POST"), ("sign_in", "/office/sign-in/x", "GET")],
)  # fmt: skip
def test_who_asks_too_fast_is_told_how_long_to_wait(source, door, path, method):
    app = app_with(source, **{door: SLOW})
    answers = [asked(app, path, method=method) for _ in range(5)]
    assert [a.status_code == 429 for a in answers] == [False] * 3 + [True] * 2
    last = answers[-1]
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert last.content_type == "text/plain; charset=utf-8"
    assert last.headers["Retry-After"] in last.text
    assert "default-src 'none'" in last.headers["Content-Security-Policy"]
    assert asked(app, path, "192.0.2.2", method).status_code != 429


def test_the_api_says_it_as_a_problem(source):
    app = app_with(source, api=SLOW)
    last = [asked(app, "/api/v1/sets") for _ in range(4)][-1]
    assert (last.status_code, last.content_type) == (429, "application/problem+json")
    assert last.json["code"] == "http-429"
    assert int(last.headers["Retry-After"]) > 0


def test_guessing_tokens_ends_and_only_for_who_guesses(source, city):
    app = app_with(source, guess=SLOW)
    session = city.session("BOOK")
    good = {"Authorization": f"Bearer gk_{session.login}_{session.token}"}
    bad = {"Authorization": f"Bearer gk_{session.login}_{'0' * 64}"}
    assert {asked(app, "/api/v1/sets", headers=good).status_code for _ in range(5)} == {200}
    assert [asked(app, "/api/v1/sets", headers=bad).status_code for _ in range(4)] == [401] * 3 + [429]
    assert asked(app, "/api/v1/sets", headers=good).status_code == 429
    assert asked(app, "/api/v1/sets", "192.0.2.2", headers=good).status_code == 200


def test_one_door_does_not_close_another(source):
    app = app_with(source, file=SLOW)
    assert [asked(app, "/search/?q=1").status_code for _ in range(4)][-1] == 429
    assert asked(app, "/").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/look/tokens.css", "/favicon.ico"])
def test_what_costs_nothing_is_not_counted(source, path):
    app = app_with(source, page=SLOW, office=SLOW)
    assert {asked(app, path).status_code for _ in range(5)} <= {200, 404}


def test_a_network_of_ipv6_is_one_client(source):
    app = app_with(source, page=SLOW)
    answers = [asked(app, "/", f"2001:db8:1:2::{n}").status_code for n in range(1, 5)]
    assert answers == [200, 200, 200, 429]
    assert asked(app, "/", "2001:db8:1:3::1").status_code == 200
