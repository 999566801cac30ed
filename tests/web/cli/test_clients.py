"""The operator gives other systems their tokens as the security administrator, and takes them away."""

import json

from ledger.clients import session_of
from ledger.home import open_books


def client(gongku, *words, **more):
    """Other tests of the session may have brought in a second treasury."""
    return gongku("client", *words, "--treasury", "CITY", **more)


def issued(gongku, name, person, duty):
    return client(
        gongku, "issue", name, "--person", person, "--duty", duty, "--days", "30", "--document", "接入〔2025〕1号"
    )


def holder(gongku, duty):
    people = json.loads(gongku("user", "list", "--json", "--treasury", "CITY").stdout)
    return next(each["person"] for each in people if duty in each["duties"])


def test_a_token_is_printed_once_opens_the_books_and_is_taken_away(gongku):
    person = holder(gongku, "BOOK")
    done = issued(gongku, "reader-1", person, "BOOK")
    assert done.returncode == 0, done.stderr
    token = done.stdout.strip()
    source = open_books(gongku.folder)
    try:
        assert session_of(source, token).duty == "BOOK"
        listed = client(gongku, "list", "--json").stdout
        assert {each["client"]: each["duty"] for each in json.loads(listed)}["reader-1"] == "BOOK"
        assert token not in listed
        assert "reader-1" in client(gongku, "list", language="zh").stdout
        assert client(gongku, "revoke", "reader-1").returncode == 0
        assert "已收回" in client(gongku, "list", language="zh").stdout
        assert client(gongku, "revoke", "reader-1").returncode == 1
    finally:
        source.close()
    assert "client-known" in issued(gongku, "reader-1", person, "BOOK").stderr


def test_a_duty_that_is_not_held_and_ones_own_are_refused(gongku):
    assert "duty-not-held" in issued(gongku, "reader-2", holder(gongku, "BOOK"), "SIGN").stderr
    assert "not-for-oneself" in issued(gongku, "reader-3", holder(gongku, "SECU"), "SECU").stderr
