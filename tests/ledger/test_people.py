"""Three administrators, none of them with business: people, appointments, first passwords, and who reads the log."""

import datetime as dt

import pytest

from ledger import access, credentials, install, people
from ledger.db import owner, transaction
from ledger.errors import (
    DutiesIncompatible,
    DutyNotHeld,
    InvalidText,
    NotForOneself,
    NotPermitted,
    PersonKnown,
    UnknownPerson,
)
from ledger.install import PersonPlan

FIRST = dt.date(2020, 1, 1)


@pytest.fixture
def offices(city):
    with owner(city.source) as connection:
        for duty in ("SECU", "LOGA"):
            office = f"903.{duty}"
            install.create_office(connection, city.treasury_id, office, "903", duty, duty)
            plan = PersonPlan(duty.lower(), duty, office, (duty,))
            install.create_person(connection, city.treasury_id, plan, FIRST, "任字1号")
    return city


def as_(city, duty):
    return transaction(city.source, city.session(duty))


def test_each_administrator_does_a_part_of_it(offices):
    with as_(offices, "SADM") as tx:
        people.register(tx, "new", "新同事", "101")
        password = people.issue_password(tx, "new")
    with as_(offices, "SECU") as tx:
        people.appoint(tx, "new", "BOOK", FIRST, None, "任字2号")
    token = credentials.sign_in(offices.source, offices.treasury_id, "new", password)
    visit = credentials.visit(offices.source, token)
    assert visit.must_change
    assert [held.duty for held in credentials.duties(offices.source, visit)] == ["BOOK"]
    with as_(offices, "LOGA") as tx:
        told = [(act.person, act.kind, act.subject) for act in people.acts(tx)]
        assert people.attempts(tx)[0].outcome == "accepted"
    assert told[1:4] == [("secu", "appointed", "new"), ("sadm", "password_issued", "new"), ("sadm", "person", "new")]


@pytest.mark.parametrize("duty", ["SADM", "LOGA", "BOOK"])
def test_only_the_security_administrator_appoints(offices, duty):
    with pytest.raises(NotPermitted), as_(offices, duty) as tx:
        people.appoint(tx, "reco", "CASH", FIRST, None, "任字3号")


@pytest.mark.parametrize("duty", ["SECU", "LOGA"])
def test_only_the_system_administrator_makes_people_known(offices, duty):
    with pytest.raises(NotPermitted), as_(offices, duty) as tx:
        people.register(tx, "new", "新同事", "101")
    with pytest.raises(NotPermitted), as_(offices, duty) as tx:
        people.issue_password(tx, "book")


def test_a_forbidden_pair_is_refused_with_its_basis(offices):
    with pytest.raises(DutiesIncompatible) as refused, as_(offices, "SECU") as tx:
        people.appoint(tx, "book", "AUDT_IN", FIRST, None, "任字3号")
    assert refused.value.facts["basis"] == "会计法35; 会计基础工作规范51"
    assert {refused.value.facts["duty"], refused.value.facts["other_duty"]} == {"BOOK", "AUDT_IN"}


@pytest.mark.parametrize("business", ["BOOK", "PUBL", "RECO", "OVER", "ASST"])
@pytest.mark.parametrize("administrator", ["sadm", "loga"])
def test_an_administrator_gets_no_business_duty(offices, administrator, business):
    with pytest.raises(DutiesIncompatible), as_(offices, "SECU") as tx:
        people.appoint(tx, administrator, business, FIRST, None, "任字3号")


def test_a_book_keeper_does_not_become_an_administrator(offices):
    with pytest.raises(DutiesIncompatible), as_(offices, "SECU") as tx:
        people.appoint(tx, "publ", "LOGA", FIRST, None, "任字3号")


def test_administrators_are_not_one(offices):
    with pytest.raises(DutiesIncompatible), as_(offices, "SECU") as tx:
        people.appoint(tx, "sadm", "LOGA", FIRST, None, "任字3号")


def test_nobody_appoints_or_lets_in_themselves(offices):
    with pytest.raises(NotForOneself), as_(offices, "SECU") as tx:
        people.appoint(tx, "secu", "LOGA", FIRST, None, "任字3号")
    with pytest.raises(NotForOneself), as_(offices, "SADM") as tx:
        people.issue_password(tx, "sadm")


def test_a_dismissal_ends_what_is_open(offices):
    session = access.open_session(offices.source, offices.treasury_id, "reco", "RECO")
    with as_(offices, "SECU") as tx:
        people.dismiss(tx, "reco", "RECO", FIRST, dt.date(2024, 1, 1), "免字1号")
        held = people.appointments(tx, "reco")
    assert held[0].until_on == dt.date(2024, 1, 1)
    assert held[0].ended_by == "secu"
    with pytest.raises(DutyNotHeld):
        access.open_session(offices.source, offices.treasury_id, "reco", "RECO")
    with transaction(offices.source, session) as tx:
        assert tx.connection.exec_driver_sql("select (access.whoami()).person").scalar_one() is None


def test_an_appointment_needs_a_document_and_a_term(offices):
    with as_(offices, "SECU") as tx, pytest.raises(InvalidText):
        people.appoint(tx, "reco", "CASH", FIRST, None, " ")
    with as_(offices, "SECU") as tx, pytest.raises(InvalidText):
        people.appoint(tx, "reco", "CASH", FIRST, FIRST, "任字3号")
    with pytest.raises(UnknownPerson), as_(offices, "SECU") as tx:
        people.appoint(tx, "ghost", "CASH", FIRST, None, "任字3号")
    with pytest.raises(UnknownPerson), as_(offices, "SECU") as tx:
        people.dismiss(tx, "reco", "CASH", FIRST, FIRST, "免字3号")


def test_a_person_is_made_known_once(offices):
    with pytest.raises(PersonKnown), as_(offices, "SADM") as tx:
        people.register(tx, "book", "同名", "101")
    with pytest.raises(UnknownPerson), as_(offices, "SADM") as tx:
        people.register(tx, "new", "同名", "999")
    with pytest.raises(InvalidText), as_(offices, "SADM") as tx:
        people.register(tx, "new person!", "同名", "101")


def test_a_password_given_again_ends_the_visits_and_leaves_the_second_factor(offices):
    people.set_password(
        offices.source, offices.treasury_id, "book", "三更灯火五更鸡正是男儿读书时也", must_change=False
    )
    token = credentials.sign_in(offices.source, offices.treasury_id, "book", "三更灯火五更鸡正是男儿读书时也")
    assert credentials.visit(offices.source, token) is not None
    with as_(offices, "SADM") as tx:
        people.issue_password(tx, "book")
        account = next(a for a in people.accounts(tx) if a.person == "book")
    assert credentials.visit(offices.source, token) is None
    assert account.has_password
    assert account.visits == 0


@pytest.fixture
def demo(city):
    with owner(city.source) as connection:
        connection.exec_driver_sql("update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,))
    return city


def test_a_demonstration_has_one_login_for_each_duty(demo):
    shared = people.new_password()
    logins = people.share_password(demo.source, demo.treasury_id, shared)
    assert {login.duty for login in logins} >= {"BOOK", "AUDT_IN", "CLOS", "AUDI", "SADM"}
    assert len({login.duty for login in logins}) == len(logins)
    assert all(login.ours for login in logins)
    assert people.share_password(demo.source, demo.treasury_id, shared) == logins
    one = next(login for login in logins if login.duty == "BOOK")
    token = credentials.sign_in(demo.source, demo.treasury_id, one.person, shared)
    assert not credentials.visit(demo.source, token).must_change


def test_who_chose_a_password_of_their_own_keeps_it(demo):
    shared, own = people.new_password(), "三更灯火五更鸡正是男儿读书时也"
    people.share_password(demo.source, demo.treasury_id, shared)
    people.set_password(demo.source, demo.treasury_id, "book", own, must_change=False)
    again = people.share_password(demo.source, demo.treasury_id, shared)
    assert [login.person for login in again if not login.ours] == ["book"]
    assert credentials.sign_in(demo.source, demo.treasury_id, "book", own)
    assert all(login.ours for login in people.share_password(demo.source, demo.treasury_id, shared, afresh=True))


def test_real_books_share_no_password(city):
    with pytest.raises(UnknownPerson):
        people.share_password(city.source, city.treasury_id, people.new_password())
    with owner(city.source) as connection:
        made = connection.exec_driver_sql(
            "select count(*) from access.credential where treasury_id = %s", (city.treasury_id,)
        ).scalar_one()
    assert made == 0
