"""What watches the house: its figures are not for strangers, and a house that cannot work says so."""

import dataclasses

import pytest
from prometheus_client.parser import text_string_to_metric_families

from web.app import create_app
from web.settings import Settings


def figures(answer):
    families = text_string_to_metric_families(answer.text)
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_requests_are_counted_by_route_and_outcome(source):
    client = create_app(source).test_client()
    for path in ("/", "/", "/nowhere"):
        client.get(path)
    client.open("/", method="BREW")
    found = figures(client.get("/metrics"))
    count = "gongku_requests_total"
    assert found[count, ("method", "GET"), ("route", "site.home_zh"), ("status", "200")] == 2
    assert found[count, ("method", "GET"), ("route", "none"), ("status", "404")] == 1
    assert found[count, ("method", "other"), ("route", "none"), ("status", "405")] == 1
    assert found["gongku_request_seconds_count", ("route", "site.home_zh")] == 2
    assert ("gongku_database_connections", ("login", "public")) in found


def test_two_houses_in_one_process_count_apart(source):
    one, other = create_app(source).test_client(), create_app(source).test_client()
    one.get("/")
    assert "site.home_zh" not in other.get("/metrics").text


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}), ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
     ("127.0.0.1", {"Via": "1.1 proxy"}), ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}), ("", {})],
)  # fmt: skip
def test_strangers_are_refused(source, address, headers):
    client = create_app(source).test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403
    assert "gongku_requests" not in answer.text


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_read(source, address):
    answer = create_app(source).test_client().get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 200


def test_with_a_token_only_who_has_it_may_read_from_anywhere(source):
    client = create_app(source, Settings(metrics_token="t" * 30)).test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "t" * 29}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer " + "t" * 30},
                        environ_base={"REMOTE_ADDR": "192.0.2.1"})  # fmt: skip
    assert answer.status_code == 200


def test_a_house_that_works_says_so(source):
    client = create_app(source).test_client()
    assert (client.get("/healthz").text, client.get("/readyz").text) == ("ok\n", "ok\n")


def test_a_house_of_another_version_is_not_ready(source, monkeypatch):
    monkeypatch.setattr("web.health.newest", lambda: "9999")
    answer = create_app(source).test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")


def test_a_house_whose_database_does_not_answer_lives_but_is_not_ready(source):
    url = source.url.set(host="127.0.0.1", port=1, query={})
    away = dataclasses.replace(source, url=url, engines={}, memory={})
    client = create_app(away).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")
