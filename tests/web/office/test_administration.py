"""Three administrators in the browser: each does a part, and a forbidden grant is refused with its basis."""

import datetime as dt
import re
import time

import pyotp
import pytest

from ledger import install
from ledger.db import owner
from ledger.install import PersonPlan


@pytest.fixture
def three(office):
    city = office.city
    with owner(city.source) as connection:
        for duty in ("SECU", "LOGA"):
            install.create_office(connection, city.treasury_id, f"903.{duty}", "903", duty, duty)
            plan = PersonPlan(duty.lower(), duty, f"903.{duty}", (duty,))
            install.create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字1号")
    return office("SADM"), office("SECU"), office("LOGA")


def test_a_new_colleague_comes_to_work(three, office):
    system, security, audit = three
    system.get("/office/people")
    system.post("/office/people/register", {"person": "new", "name": "新同事", "office": "101"})
    system.get("/office/people/new")
    system.post("/office/people/new/password")
    password = re.search(r'class="secret code">([a-z0-9-]+)<', system.text)[1]
    security.get("/office/people/new")
    security.post("/office/people/new/change",
                  {"do": "appoint", "duty": "RECO", "from": "2024-01-01", "document": "任字5号"})  # fmt: skip
    assert security.last.status_code == 303
    one = office().sign_in("new", password=password)
    assert one.get("/office/").headers["Location"] == "/office/me/password"
    audit.get("/office/log")
    for text in ("授予职责", "发放口令", "新增人员"):
        assert text in audit.text


def test_a_forbidden_pair_is_refused_with_the_pair_and_its_basis(three):
    security = three[1]
    security.get("/office/people/book")
    security.post("/office/people/book/change",
                  {"do": "appoint", "duty": "AUDT_IN", "from": "2024-01-01", "document": "任字5号"})  # fmt: skip
    assert security.last.status_code == 422
    for text in ("不相容职务", "会计法35", "BOOK", "AUDT_IN"):
        assert text in security.text


def test_nobody_grants_anything_to_themselves(three):
    security = three[1]
    security.get("/office/people/secu")
    assert "管理员不得为本人办理" in security.text
    answer = security.post("/office/people/secu/change",
                           {"do": "appoint", "duty": "LOGA", "from": "2024-01-01", "document": "x"})  # fmt: skip
    assert answer.status_code == 422


def test_a_dismissal_and_an_end_of_visits_take_effect_at_once(three, office):
    security, keeper = three[1], office("RECO")
    security.get("/office/people/reco")
    security.post("/office/people/reco/change", {"do": "end_visits"})
    assert keeper.get("/office/inbox").headers["Location"].startswith("/office/sign-in")
    security.get("/office/people/reco")
    first = re.search(r'name="first" value="([\d-]+)"', security.text)[1]
    security.post("/office/people/reco/change",
                  {"do": "dismiss", "duty": "RECO", "first": first, "on": "2024-01-01", "document": "免字1号"})  # fmt: skip
    assert security.last.status_code == 303, security.text
    one = office().sign_in("reco")
    one.get("/office/duty")
    assert "今日没有持有任何职责" in one.text


def test_an_administrator_has_no_business_pages(three):
    for one in three:
        for where in ("/office/inbox", "/office/books", "/office/drafts/new", "/office/periods"):
            assert one.get(where).status_code == 403


def test_the_name_of_a_person_is_no_markup(three):
    system = three[0]
    system.get("/office/people")
    system.post("/office/people/register", {"person": "x1", "name": "<script>alert(1)</script>", "office": "101"})
    body = system.get("/office/people").get_data(as_text=True)
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_a_code_is_set_up_and_asked_for(office):
    one = office("BOOK")
    one.get("/office/me/code")
    secret = re.search(r'class="secret code">([A-Z2-7 ]+)<', one.text)[1].replace(" ", "")
    assert one.post("/office/me/code", {"code": "12"}).status_code == 422
    now = int(time.time())
    assert one.post("/office/me/code", {"code": pyotp.TOTP(secret).at(now - 30)}).status_code == 303
    other = office()
    other.get("/office/sign-in")
    from tests.web.office.conftest import PASSWORD

    given = {"treasury": other.treasury, "person": "book", "password": PASSWORD}
    assert other.post("/office/sign-in", given).status_code == 401
    other.get("/office/sign-in")
    code = pyotp.TOTP(secret).at(int(time.time()) + 30)
    assert other.post("/office/sign-in", {**given, "code": code}).status_code == 303


def test_one_sees_and_ends_one_s_other_visits(office):
    one = office("BOOK")
    other = office().sign_in("book", "BOOK")
    other.get("/office/me")
    visit = re.search(r"/office/me/visits/([0-9a-f-]{36})/end", other.text)[1]
    other.post(f"/office/me/visits/{visit}/end")
    assert one.get("/office/inbox").status_code == 303
    assert other.get("/office/inbox").status_code == 200
