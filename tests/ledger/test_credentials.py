"""Whoever signs in proves it, guessing costs time, and a visit ends when it is told to."""

import hashlib
import subprocess
import sys
import time

import pyotp
import pytest

from ledger import credentials as c
from ledger import people
from ledger.db import snapshot, transaction
from ledger.errors import (
    DutyNotHeld,
    NotPermitted,
    NotSignedIn,
    SecondFactorNeeded,
    SignInRefused,
    SignInTooOften,
    WeakPassword,
)

PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105


@pytest.fixture
def desk(city):
    people.set_password(city.source, city.treasury_id, "book", PASSWORD, must_change=False)
    return city


def test_a_password_is_kept_at_the_cost_that_guessing_should_have():
    """In a process of its own: this one hashes at the lowest cost."""
    asked = "from ledger.credentials import hashed; print(hashed('correct horse battery staple'))"
    kept = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def sign_in(city, person="book", password=PASSWORD, code="", address="10.0.0.1"):
    token = c.sign_in(city.source, city.treasury_id, person, password, code, address=address, agent="test")
    return c.visit(city.source, token)


def test_the_right_password_opens_a_visit_without_a_duty(desk):
    visit = sign_in(desk)
    assert (visit.person, visit.duty, visit.last_at) == ("book", None, None)
    with pytest.raises(NotSignedIn):
        visit.session()
    assert sign_in(desk).last_address == "10.0.0.1"


@pytest.mark.parametrize("person", ["book", "nobody", "audt_in", "' or 1=1 --", ""])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk, person):
    with pytest.raises(SignInRefused) as refused:
        sign_in(desk, person, "不是这个口令不是这个口令不是")
    assert refused.value.facts == {}


def test_a_visit_acts_under_one_duty_and_its_token_changes(desk):
    visit = sign_in(desk)
    token = c.choose_duty(desk.source, visit, "BOOK")
    assert c.visit(desk.source, visit.token) is None
    acting = c.visit(desk.source, token)
    assert (acting.duty, acting.login) == ("BOOK", "execute")
    with snapshot(desk.source, acting.session()) as connection:
        assert connection.exec_driver_sql("select (access.whoami()).person").scalar_one() == "book"


def test_a_duty_that_is_not_held_is_refused(desk):
    with pytest.raises(DutyNotHeld):
        c.choose_duty(desk.source, sign_in(desk), "CASH")


def test_the_token_of_an_earlier_duty_is_worthless(desk):
    first = c.visit(desk.source, c.choose_duty(desk.source, sign_in(desk), "BOOK"))
    c.choose_duty(desk.source, first, "BOOK")
    with snapshot(desk.source, first.session()) as connection:
        assert connection.exec_driver_sql("select (access.whoami()).person").scalar_one() is None


def test_what_the_database_keeps_is_no_cookie(desk):
    visit = sign_in(desk)
    once = hashlib.sha256(bytes.fromhex(visit.token)).digest()
    assert c.visit(desk.source, once.hex()) is None
    assert c.visit(desk.source, hashlib.sha256(once).hexdigest()) is None


@pytest.mark.parametrize("token", [None, "", "x" * 64, "0" * 63, "0" * 64, "Ａ" * 64])
def test_a_foreign_token_is_nobody(desk, token):
    assert c.visit(desk.source, token) is None


def test_a_visit_can_be_ended_from_another(desk):
    first, second = sign_in(desk), sign_in(desk)
    assert {v.this for v in c.visits(desk.source, second)} == {True, False}
    c.end_visit(desk.source, second, first.visit_id)
    assert c.visit(desk.source, first.token) is None
    assert c.visit(desk.source, second.token) is not None


def test_nobody_ends_the_visit_of_another(desk):
    people.set_password(desk.source, desk.treasury_id, "clos", PASSWORD, must_change=False)
    mine, other = sign_in(desk), sign_in(desk, "clos")
    c.end_visit(desk.source, mine, other.visit_id)
    assert c.visit(desk.source, other.token) is not None


def test_guessing_is_slowed_down_also_for_names_that_do_not_exist(desk):
    for person in ("book", "nobody"):
        for _ in range(5):
            with pytest.raises(SignInRefused):
                sign_in(desk, person, "x" * 20, address=f"10.1.{person}")
        with pytest.raises(SignInTooOften) as refused:
            sign_in(desk, person, address=f"10.1.{person}")
        assert 0 < refused.value.facts["seconds"] <= 2


def test_guessing_many_names_from_one_address_is_slowed_down(desk):
    for number in range(30):
        with pytest.raises(SignInRefused):
            sign_in(desk, f"name{number}", "x" * 20, address="10.7.0.0")
    with pytest.raises(SignInTooOften):
        sign_in(desk, address="10.7.0.0")
    sign_in(desk, address="10.7.0.1")


def test_the_right_password_clears_what_was_guessed(desk):
    for _ in range(3):
        for _ in range(3):
            with pytest.raises(SignInRefused):
                sign_in(desk, password="x" * 20, address="10.3")
        sign_in(desk, address="10.3")


def code(secret, steps=0):
    return pyotp.TOTP(secret).at(int(time.time()) + steps * c.CODE_SECONDS)


def with_code(city):
    visit = sign_in(city)
    secret = c.offer_code(city.source, visit)
    c.confirm_code(city.source, visit, code(secret, -1))
    return secret


def test_a_second_factor_is_asked_for_from_then_on_and_a_code_is_good_once(desk):
    secret = with_code(desk)
    with pytest.raises(SignInRefused):
        sign_in(desk)
    with pytest.raises(SignInRefused):
        sign_in(desk, code="000000" if code(secret) != "000000" else "111111")
    used = code(secret, 1)
    assert sign_in(desk, code=used).second_factor
    with pytest.raises(SignInRefused):
        sign_in(desk, code=used)


def test_a_wrong_code_sets_nothing_up(desk):
    visit = sign_in(desk)
    secret = c.offer_code(desk.source, visit)
    assert c.offer_code(desk.source, visit) == secret
    with pytest.raises(SignInRefused):
        c.confirm_code(desk.source, visit, code(secret, 50))
    assert not c.visit(desk.source, visit.token).has_code


def test_an_administrator_needs_a_second_factor(city):
    people.set_password(city.source, city.treasury_id, "sadm", PASSWORD, must_change=False)
    visit = sign_in(city, "sadm")
    with pytest.raises(SecondFactorNeeded):
        c.choose_duty(city.source, visit, "SADM")
    c.confirm_code(city.source, visit, code(c.offer_code(city.source, visit)))
    c.choose_duty(city.source, visit, "SADM")


def test_a_new_password_ends_every_other_visit(desk):
    other, visit = sign_in(desk), sign_in(desk)
    new = "一行白鹭上青天两个黄鹂鸣翠柳呀"
    token = c.change_password(desk.source, visit, PASSWORD, new)
    assert c.visit(desk.source, other.token) is None
    assert c.visit(desk.source, visit.token) is None
    assert c.visit(desk.source, token) is not None
    with pytest.raises(SignInRefused):
        sign_in(desk)
    sign_in(desk, password=new)


def test_the_old_password_is_asked_for(desk):
    with pytest.raises(SignInRefused):
        c.change_password(desk.source, sign_in(desk), "x" * 20, "一行白鹭上青天两个黄鹂鸣翠柳呀")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "a" * 40,
        "password12345678",
        "12345678" * 3,
        "my name is book, sir",
        "x" * 201,
        "曹一诺曹一诺今天的口令很长很长很长",
    ],
)
def test_a_weak_password_is_refused(password):
    with pytest.raises(WeakPassword):
        c.check_strength(password, ("book", "曹一诺"))


def test_a_visit_rests_no_longer_than_a_quarter_of_an_hour(desk):
    visit = sign_in(desk)
    from ledger.db import owner

    with owner(desk.source) as connection:
        connection.exec_driver_sql(
            "update access.visit set seen_at = now() - interval '16 minutes' where visit_id = %s", (visit.visit_id,)
        )
    assert c.visit(desk.source, visit.token) is None


def test_what_a_person_did_is_read_by_the_audit_administrator_alone(desk):
    c.record(desk.source, sign_in(desk), "export", "trial-balance", {"rows": 3}, "10.0.0.1")
    with pytest.raises(NotPermitted), transaction(desk.source, desk.session("SADM")) as tx:
        people.acts(tx)
