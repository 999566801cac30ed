"""Every address of every family, walked from the URL map: who may, by which method, and what no door lets through."""

import datetime as dt
import re

import pytest

from web.api.duties import KEEPERS, POSTERS, READERS
from web.app import create_app
from web.guard import MOST_BYTES
from web.office import desk
from web.office.desk import ANYBODY, SIGNED_IN
from web.settings import RATES, Rate, Settings

PUBLIC = {"site", "look"}
"""The families that are for anyone, and only to be read."""
PLAIN = {"favicon", "healthz", "readyz", "metrics", "api-docs.openapi_json", "office.static"}
"""The single addresses that are."""
READ = {"GET", "HEAD", "OPTIONS"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "BREW")
NOBODY = "00000000-0000-7000-8000-000000000000"
ELSEWHERE = ("https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
             "/\t/evil.example", "/%0d%0aX: y\r\nX: y", "evil.example", "///evil.example", "", "http:evil.example")  # fmt: skip
TRICKS = ("../texts.zh.toml", "..%2ftexts.zh.toml", "%2e%2e/%2e%2e/app.py", "..%5c..%5capp.py", "....//app.py", "%00", "/etc/passwd",
          "%2fetc%2fpasswd", "..%252f..%252fapp.py", "tokens.css%00.py", "./../__init__.py", "C:%5cwindows%5cwin.ini")  # fmt: skip


@pytest.fixture(scope="module")
def app(source):
    return create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1))))


def rules(app):
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def family(rule):
    return rule.endpoint.rpartition(".")[0]


def path(rule):
    """Fill in the places of an address."""

    def filled(match):
        kind, _, name = match[1].rpartition(":")
        choices = re.match(r"any\(\"?'?(\w+)", kind)
        return choices[1] if choices else {"int": "1", "uuid": NOBODY}.get(kind, "x" if name != "language" else "zh")

    return re.sub(r"<([^<>]+)>", filled, rule.rule)


def test_every_address_declares_its_duty_or_is_for_anyone(app):
    seen = set()
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        if family(rule) == "office" and rule.endpoint not in PLAIN:
            assert view.duties, rule
            assert view.duties <= {*desk.READERS, *desk.ADMINISTRATORS, ANYBODY, SIGNED_IN}, rule
        elif family(rule) == "api":
            assert view.view_class.duties in (READERS, POSTERS, KEEPERS), rule
        else:
            assert family(rule) in PUBLIC or rule.endpoint in PLAIN, rule
            assert rule.methods <= READ, rule
        seen.add(family(rule))
    assert seen == {"office", "api", "api-docs", "site", "look", ""}


def test_readers_of_the_office_and_of_the_api_are_the_same():
    assert set(desk.READERS) == READERS
    assert POSTERS < READERS


def test_an_address_of_the_api_without_a_duty_answers_nobody(source, city):
    from flask.views import MethodView

    app = create_app(source)
    bare = type("Bare", (MethodView,), {"get": lambda _: "open"})
    app.add_url_rule("/api/v1/bare", "api.bare", bare.as_view("bare"))
    session = city.session("BOOK")
    answer = app.test_client().get(
        "/api/v1/bare", headers={"Authorization": f"Bearer gk_{session.login}_{session.token}"}
    )
    assert answer.status_code == 403
    assert answer.json["code"] == "not-permitted"


@pytest.mark.parametrize(("duty", "status"), [("SADM", 403), ("CINT", 401)])
def test_who_has_no_business_with_the_books_is_refused_by_the_api(source, app, city, duty, status):
    from ledger import access, install
    from ledger.db import owner

    if duty == "CINT":
        with owner(source) as connection:
            install.create_office(connection, city.treasury_id, "903.C", "903", "C", "C")
            person = install.PersonPlan("cint", "C", "903.C", ("CINT",))
            install.create_person(connection, city.treasury_id, person, dt.date(2020, 1, 1), "任字1号")
    session = access.open_session(source, city.treasury_id, duty.lower(), duty)
    headers = {"Authorization": f"Bearer gk_{session.login}_{session.token}"}
    for rule in rules(app):
        if family(rule) == "api":
            method = next(m for m in ("POST", "GET", "DELETE") if m in rule.methods)
            assert app.test_client().open(path(rule), method=method, headers=headers).status_code == status, rule


def test_nobody_comes_into_the_api_without_a_token(app):
    for rule in rules(app):
        if family(rule) == "api":
            for method in rule.methods:
                assert app.test_client().open(path(rule), method=method).status_code == 401, (method, rule)


def test_a_method_that_is_not_declared_is_refused_everywhere(app):
    client = app.test_client()
    addresses = app.url_map.bind("localhost")
    for where in {path(rule) for rule in rules(app)}:
        methods = set(addresses.allowed_methods(where))
        for method in set(METHODS) - methods:
            answer = client.open(where, method=method, buffered=True)
            assert answer.status_code == 405, (method, where, answer.status_code)
            assert {m.strip() for m in answer.headers["Allow"].split(",")} == methods


def test_no_form_of_the_office_is_taken_without_its_token(app):
    posts = [rule for rule in rules(app) if family(rule) == "office" and "POST" in rule.methods]
    assert len(posts) > 15
    for rule in posts:
        for token in ("", "0" * 64):
            client = app.test_client()
            client.get("/office/sign-in")
            answer = client.post(path(rule), data={"token": token})
            assert answer.status_code == 400, rule


def test_every_answer_is_guarded(app):
    client = app.test_client()
    for rule in rules(app):
        answer = client.open(path(rule), method="GET" if "GET" in rule.methods else "POST", buffered=True)
        assert answer.status_code < 500, rule
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
        assert "Server" not in answer.headers


def test_a_body_that_is_too_large_is_refused_wherever_one_is_taken(app, city):
    session = city.session("AUDT_IN")
    headers = {"Authorization": f"Bearer gk_{session.login}_{session.token}"}
    body = b"a" * (MOST_BYTES + 1)
    client = app.test_client()
    client.get("/office/sign-in")
    answer = client.post("/api/v1/events", data=body, headers=headers, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    answer = client.post("/office/sign-in", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_a_form_of_endless_fields_is_refused(app):
    client = app.test_client()
    client.get("/office/sign-in")
    many = "&".join(f"f{n}=" for n in range(200_000))
    rows = b"".join(b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n' for _ in range(5_000)) + b"--b--\r\n"
    for data, kind in ((many, "application/x-www-form-urlencoded"), (rows, "multipart/form-data; boundary=b")):
        assert client.post("/office/sign-in", data=data, content_type=kind).status_code in {400, 413}


def test_a_nul_is_no_text_anywhere(app):
    client = app.test_client()
    client.get("/office/sign-in")
    assert client.post("/office/sign-in", data={"person": "a\0b"}).status_code == 400
    assert client.get("/search/", query_string={"q": "a\0b"}).status_code == 400
    assert client.get("/api/v1/masters/a%00b").status_code == 400


@pytest.mark.parametrize("to", ELSEWHERE)
@pytest.mark.parametrize("where", ["/look/set?elder=1&to=", "/office/language/en?to="])
def test_nobody_is_sent_away_from_here(app, where, to):
    place, _, rest = where.partition("?")
    asked = dict(pair.split("=") for pair in rest.split("&"))
    answer = app.test_client().get(place, query_string={**asked, "to": to})
    target = answer.headers.get("Location", "/")
    assert answer.status_code == 400 or target == "/office/"
    assert "X" not in answer.headers


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("folder", ["/look/", "/office/static/"])
def test_no_path_leads_out_of_a_folder(app, folder, trick):
    answer = app.test_client().get(folder + trick, buffered=True)
    assert answer.status_code in {301, 303, 308, 400, 404}
    assert b"import" not in answer.data
    assert b"root:" not in answer.data


@pytest.mark.parametrize("trick", TRICKS)
def test_no_path_leads_out_of_a_file_of_the_site(app, trick):
    client = app.test_client()
    for rule in rules(app):
        if rule.endpoint.startswith("site.") and rule.endpoint.endswith("_file") and "<treasury>" in rule.rule:
            where = re.sub(r"<\w+>", trick, path_but(rule))
            answer = client.get(where, buffered=True)
            assert answer.status_code in {301, 308, 400, 404}, (where, answer.status_code)
            assert b"root:" not in answer.data


def path_but(rule):
    """Fill in the form of a file and its numbers, and leave the names open."""
    text = re.sub(r"<any\([^<>]*\):form>", "csv", rule.rule)
    return re.sub(r"<int:\w+>", "1", text)


INJECTED = ("'", '"', "' or '1'='1", "'; select pg_sleep(9); --", "%' union select password from access.credential --",
            "\\'; drop table ledger.voucher; --", "$$", ")) or ((true", "%(x)s", "%s%s", "{0}", "\ud800", "1\u0000", "😀" * 500)  # fmt: skip


@pytest.mark.parametrize("text", INJECTED, ids=range(len(INJECTED)))
def test_what_is_asked_is_never_part_of_a_statement(app, text):
    sent = text.encode("utf-8", "surrogatepass")
    client = app.test_client()
    for rule in rules(app):
        if family(rule) != "site":
            continue
        quoted = "".join(f"%{byte:02X}" for byte in sent)
        where = re.sub(r"<\w+>", quoted, path_but(rule))
        names = ("q", "after", "agency", "payer", "life_event", "stage", "unit", "figure", "bom")
        answer = client.get(where + "?" + "&".join(f"{name}={quoted}" for name in names), buffered=True)
        assert answer.status_code < 500, (rule, answer.status_code)


@pytest.fixture(scope="module")
def holed(source):
    """Open a hole in the site: an address that runs whatever it is sent, with the site's own login."""
    app = create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1))))

    def hole():
        from flask import request

        with source.engine("public").connect() as connection, connection.begin():
            found = connection.connection.driver_connection.execute(request.get_data(as_text=True))
            return repr(found.fetchall() if found.description else [])

    app.add_url_rule("/hole", "site.hole", hole, methods=["POST"])
    return app.test_client()


def through(holed, statement):
    """Give what an injected statement got, or the SQLSTATE that refused it."""
    import psycopg

    holed.application.config["PROPAGATE_EXCEPTIONS"] = True
    kept = holed.application.error_handler_spec[None][None]
    holed.application.error_handler_spec[None][None] = {}
    try:
        return holed.post("/hole", data=statement).text
    except psycopg.Error as error:
        return error.sqlstate
    finally:
        holed.application.error_handler_spec[None][None] = kept


def test_the_hole_lets_through_what_is_published(holed):
    assert through(holed, "select current_user, session_user") == "[('gongku_public', 'gongku_public')]"
    assert through(holed, "select count(*) >= 0 from published.voucher") == "[(True,)]"


def test_the_hole_lets_through_nothing_that_is_not(source, holed):
    from ledger.db import owner

    with owner(source) as connection:
        tables = connection.exec_driver_sql(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname in ('ledger', 'access', 'public') and c.relkind in ('r', 'v', 'm', 'p', 'S')"
        ).all()
    assert len(tables) > 60
    for schema, table in tables:
        for statement in (f"select * from {schema}.{table}", f"select 1; table {schema}.{table}",
                          f"with x as (select * from {schema}.{table}) select count(*) from x"):  # fmt: skip
            assert through(holed, statement) == "42501", statement


@pytest.mark.parametrize(
    "statement",
    ["set role gongku_owner", "set role gongku_inspect", "set session authorization gongku_auth", "select rolpassword from pg_authid",
     "select pg_read_file('postgresql.conf')", "select pg_ls_dir('.')", "select lo_import('/etc/passwd')",
     "copy (select 1) to program 'id'", "copy published.voucher to '/tmp/x'", "create table published.x ()", "create temp table x ()",
     "create function published.f() returns int language sql as 'select 1'", "insert into ledger.voucher default values",
     "delete from ledger.posting", "update ledger.posting set side = 'D'", "truncate ledger.voucher",
     "alter role gongku_public superuser", "select pg_terminate_backend(1)", "select access.open_session('\\x00', 1, 'book', 'BOOK', 9)",
     "select access.treasuries()", "select ledger.post()", "create role x", "create schema x",
     "select pg_reload_conf()", "do $$ begin perform pg_read_file('x'); end $$",
     "select * from pg_statistic", "select pg_switch_wal()", "select pg_stat_reset()"],
)  # fmt: skip
def test_the_hole_is_no_way_to_more(holed, statement):
    assert through(holed, f"set transaction read write; {statement}") == "42501"


def test_a_token_of_somebody_s_opens_nothing_through_the_hole(holed, city):
    token = city.session("AUDI").token
    assert (
        through(holed, f"select set_config('gongku.token', '{token}', false); select * from ledger.voucher") == "42501"
    )
