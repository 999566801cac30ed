"""The gate of the office: every page declares its duty, and who does not hold it does not get in."""

import re
import tomllib
from pathlib import Path

import pytest

import web.office
from ledger.db import owner
from web.office.desk import ANYBODY, SIGNED_IN
from web.office.routes import ROUTES

HOME = Path(web.office.__file__).parent
PLAIN = {"code": "B2024", "label": "2024-03", "no": "1", "account": "1001", "form": "csv", "number": "3", "person": "book",
         "dimension": "fund", "language": "zh", "action": "submit", "version": "1", "year": "2024",
         "agency": "201", "package": "P", "indicator": "2024-B-201-0001"}  # fmt: skip
NOBODY = "00000000-0000-7000-8000-000000000000"
DUTIES = [
    "BOOK",
    "AUDT_IN",
    "CLOS",
    "RECO",
    "SIGN",
    "AUDI",
    "OVER",
    "PUBL",
    "SADM",
    "COLL",
    "NPCO",
    "COMP",
    "REVW",
    "APPR",
    "ISSU",
    "PCHK",
]


def address(rule):
    def filled(match):
        name = match[0].strip("<>").split(":")[-1]
        return PLAIN.get(name, NOBODY)

    return "/office" + re.sub(r"<[^>]+>", filled, rule)


def test_every_address_declares_its_duty(app):
    views = {r.endpoint: r for r in app.url_map.iter_rules() if r.endpoint.startswith("office.")}
    assert len(views) > 40
    for endpoint in views.keys() - {"office.static"}:
        assert app.view_functions[endpoint].duties, endpoint


def test_a_page_without_a_duty_is_not_served(app, source, monkeypatch):
    from web.office import routes
    from web.office.desk import Route, gate

    def bare(_desk):
        return "open"

    monkeypatch.setattr(routes, "ROUTES", (*ROUTES, Route("/bare", bare)))
    with pytest.raises(ValueError, match="/bare"):
        routes.blueprint(source)
    with app.test_request_context("/office/bare"), pytest.raises(Exception, match="403"):
        gate(source, bare)


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.rule)
def test_a_stranger_is_sent_to_the_door(office, route):
    if ANYBODY in route.view.duties:
        return
    one = office()
    for method in route.methods:
        if method == "GET":
            answer = one.get(address(route.rule))
            assert answer.status_code == 303
            assert answer.headers["Location"].startswith("/office/sign-in")
        else:
            assert one.post(address(route.rule), token="f" * 64).status_code == 400


@pytest.mark.parametrize("duty", DUTIES)
def test_a_page_for_another_duty_is_refused(office, duty):
    one = office(duty)
    for route in ROUTES:
        if {ANYBODY, SIGNED_IN, duty} & route.view.duties:
            continue
        for method in route.methods:
            where = address(route.rule)
            answer = one.get(where) if method == "GET" else one.post(where)
            assert answer.status_code == 403, (method, where)
            assert duty not in re.findall(r"需要的职责：([^.]*)", one.text)[0].split("、")


@pytest.mark.parametrize("duty", ["NPCO", "OVER", "AUDI"])
def test_who_oversees_reads_much_and_writes_nothing(duty):
    assert [r.rule for r in ROUTES if "POST" in r.methods and duty in r.view.duties] == []
    assert sum(duty in r.view.duties for r in ROUTES) > 10


@pytest.mark.parametrize("token", ["", "0" * 64, "x"])
def test_a_form_without_its_token_is_refused(office, token):
    one = office("BOOK")
    for route in ROUTES:
        if "POST" in route.methods:
            assert one.post(address(route.rule), token=token).status_code == 400, route.rule


def test_a_form_of_another_visit_is_refused(office):
    one, other = office("BOOK"), office("CLOS")
    other.get("/office/me")
    token = re.search(r'name="token" value="([0-9a-f]{64})"', other.text)[1]
    assert one.post("/office/drafts/new", {"set": "B2024"}, token=token).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_form_of_another_site_is_refused(office, headers):
    one = office("BOOK")
    one.get("/office/me")
    assert one.post("/office/drafts/new", {"set": "B2024"}, headers=headers).status_code == 400


def test_nothing_is_kept_by_a_cache_and_no_script_stands_in_a_page(office):
    one = office("BOOK")
    for where in ("/office/inbox", "/office/me", "/office/books", "/office/drafts"):
        answer = one.get(where)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|style=", one.text)


def test_the_cookie_is_the_browser_s_alone(office, app):
    one = office("BOOK")
    one.get("/office/sign-in", base_url="https://desk.example")
    door = one.last.headers["Set-Cookie"]
    assert door.startswith("__Host-gongku_door=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(door.split("; "))
    assert app.test_client().get("/office/inbox", headers={"Cookie": "gongku_visit=" + "0" * 64}).status_code == 303


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/office\\..\\x", "javascript:alert(1)", "/en/",
     "/office/\r\nX: y", "/officer"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(office, to):
    one = office()
    answer = one.client.get("/office/language/en", query_string={"to": to})
    assert answer.headers["Location"] == "/office/"


def test_after_signing_in_one_goes_where_one_wanted(office):
    from tests.web.office.conftest import PASSWORD

    office("BOOK")
    one = office()
    wanted = one.get("/office/books?on=2024-03-31").headers["Location"]
    one.get(wanted)
    answer = one.post(wanted, {"treasury": one.treasury, "person": "book", "password": PASSWORD})
    assert answer.headers["Location"] == "/office/books?on=2024-03-31"


def test_an_oversized_form_is_refused(office):
    one = office("BOOK")
    one.get("/office/me")
    answer = one.post("/office/drafts/new", {"narration": "x" * (17 * 1024 * 1024)})
    assert answer.status_code == 413


def test_unknown_people_and_wrong_passwords_look_alike(office):
    office("BOOK")
    pages = []
    for person in ("book", "ghost"):
        one = office()
        one.get("/office/sign-in")
        answer = one.post("/office/sign-in", {"treasury": one.treasury, "person": person, "password": "不对不对不对不对"},
                          environ_base={"REMOTE_ADDR": f"10.9.0.{len(pages)}"})  # fmt: skip
        assert answer.status_code == 401
        pages.append(re.sub(r'value="[^"]*"', "", one.text))
    assert pages[0] == pages[1]


def test_guessing_is_told_to_wait(office):
    one = office()
    for _ in range(6):
        one.get("/office/sign-in")
        answer = one.post("/office/sign-in", {"treasury": one.treasury, "person": "ghost", "password": "x"},
                          environ_base={"REMOTE_ADDR": "10.9.1.1"})  # fmt: skip
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_who_signed_out_is_out(office):
    one = office("BOOK")
    one.get("/office/me")
    kept = one.client.get_cookie("gongku_visit").value
    one.post("/office/sign-out")
    one.client.set_cookie("gongku_visit", kept)
    assert one.get("/office/inbox").status_code == 303


def test_an_appointment_that_ends_ends_the_duty_at_the_next_click(office):
    one = office("BOOK")
    with owner(office.city.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.duty_ended (treasury_id, person, duty, held, ended_on, document)"
            " select treasury_id, person, duty, held, '2024-01-01', '免字1号' from ledger.duty_held"
            " where treasury_id = %s and person = 'book'",
            (office.city.treasury_id,),
        )
    assert one.get("/office/inbox").headers["Location"].startswith("/office/duty")


def test_a_password_from_an_administrator_is_changed_before_anything_else(office):
    from ledger import people

    office("BOOK")
    people.set_password(
        office.city.source, office.city.treasury_id, "book", "暂用暂用暂用口令口令甲乙丙丁", must_change=True
    )
    given = "暂用暂用暂用口令口令甲乙丙丁"
    one = office().sign_in("book", password=given)
    assert one.get("/office/books").headers["Location"] == "/office/me/password"
    one.get("/office/me/password")
    one.post("/office/me/password", {"old": "暂用暂用暂用口令口令甲乙丙丁", "new": "short", "again": "short"})
    assert one.last.status_code == 422
    new = "两个黄鹂鸣翠柳一行白鹭上青天也"
    answer = one.post("/office/me/password", {"old": "暂用暂用暂用口令口令甲乙丙丁", "new": new, "again": new})
    assert answer.status_code == 303
    one.get("/office/duty")
    assert one.post("/office/duty", {"duty": "BOOK"}).status_code == 303


def test_what_an_overseer_reads_is_written_down(office):
    one = office("AUDI")
    one.get("/office/books/B2024/trial?on=2024-03-31")
    with owner(office.city.source) as connection:
        row = connection.exec_driver_sql(
            "select person, kind, subject from access.act where treasury_id = %s order by act_id desc limit 1",
            (office.city.treasury_id,),
        ).one()
    assert tuple(row) == ("audi", "read", "/office/books/B2024/trial?on=2024-03-31")


def test_the_texts_are_complete_in_both_languages():
    zh, en = (tomllib.loads((HOME / f"texts.{tag}.toml").read_text("utf-8")) for tag in ("zh", "en"))
    assert zh.keys() == en.keys()
    for key in zh:
        assert zh[key].strip(), key
        assert re.findall(r"{\w*}", zh[key]) == re.findall(r"{\w*}", en[key]), key
    used = set()
    for path in (HOME / "templates").rglob("*.html"):
        used |= set(re.findall(r"(?<![\w.])t\.([a-z_A-Z0-9]+)", path.read_text("utf-8")))
    assert used - zh.keys() - {"get"} == set()


def test_the_office_speaks_english_too(office):
    one = office("BOOK")
    one.get("/office/language/en?to=/office/books")
    assert one.last.headers["Location"] == "/office/books"
    one.get("/office/books")
    assert '<html lang="en"' in one.text
    assert "Account set" in one.text or "Set" in one.text
