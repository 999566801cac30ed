"""Signing in by an OpenID provider: a small real one with real keys, and every way in which its word is not believed."""

import base64
import hashlib
import json
import secrets
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from waitress.server import create_server

from ledger import install, people
from ledger.db import owner
from tests.conftest import DAY
from tests.web.office.conftest import PASSWORD, Browser
from web.app import create_app
from web.settings import RATES, Provider, Rate, Settings

CLIENT, SECRET = "gongku", "provider-secret-of-the-test"


class Issuer:
    """A provider of identities: the code flow with PKCE, and knobs to make it lie."""

    def __init__(self):
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.other = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.codes, self.subject, self.lies, self.seen = {}, "4711", {}, []
        app = Flask("issuer")
        app.add_url_rule("/.well-known/openid-configuration", "about", self.about)
        app.add_url_rule("/keys", "keys", lambda: jsonify(KeySet([self.key]).as_dict(private=False)))
        app.add_url_rule("/authorize", "authorize", self.authorize)
        app.add_url_rule("/token", "token", self.token, methods=["POST"])
        self.server = create_server(app, host="127.0.0.1", port=0, threads=2)
        self.url = f"http://127.0.0.1:{self.server.effective_port}"
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def about(self):
        return jsonify(
            issuer=self.lies.get("described", self.url),
            authorization_endpoint=f"{self.url}/authorize",
            token_endpoint=f"{self.url}/token",
            jwks_uri=f"{self.url}/keys",
        )

    def authorize(self):
        asked = request.args
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid")
        assert asked["code_challenge_method"] == "S256"
        self.seen.append(dict(asked))
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(asked)
        return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    def token(self):
        asked = self.codes.pop(request.form["code"], None)
        given = request.authorization
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proven = asked is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        if not proven or (given.username, given.password) != (CLIENT, SECRET):
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": self.subject,
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        }
        claims |= self.lies.get("claims", {})
        for name in self.lies.get("without", ()):
            claims.pop(name)
        return jsonify(access_token="x", token_type="Bearer", id_token=self.signed(claims))  # noqa: S106

    def signed(self, claims):
        way = self.lies.get("signed", "right")
        header = {"alg": "RS256", "kid": "k1"}
        if way == "another key":
            return jwt.encode(header, claims, self.other)
        if way == "nothing":
            parts = (b'{"alg":"none"}', json.dumps(claims).encode(), b"")
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        if way == "the public key as a secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.key.as_pem(private=False)))
        if way == "cut":
            return jwt.encode(header, claims, self.key)[:-5]
        return jwt.encode(header, claims, self.key)

    def close(self):
        self.server.close()
        self.thread.join(timeout=10)


@pytest.fixture(scope="module")
def running():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def issuer(running):
    running.lies, running.subject = {}, f"s-{secrets.token_hex(6)}"
    return running


@pytest.fixture
def app(source, issuer):
    provider = Provider(issuer.url, CLIENT, SECRET, "市民云", "City cloud")
    return create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1)), provider=provider))


@pytest.fixture
def one(app, city):
    return Browser(app.test_client(), f"T{city.treasury_id:06d}")


@pytest.fixture
def secu(app, city):
    """Give the security administrator's browser."""
    with owner(city.source) as connection:
        connection.exec_driver_sql("update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,))
        install.create_office(connection, city.treasury_id, "903.SECU", "903", "安全", "Security")
        person = install.PersonPlan("secu", "安全员", "903.SECU", ("SECU",))
        install.create_person(connection, city.treasury_id, person, DAY, "任字1号")
    people.set_password(city.source, city.treasury_id, "secu", PASSWORD, must_change=False)
    return Browser(app.test_client(), f"T{city.treasury_id:06d}").sign_in("secu", "SECU")


def link(secu, issuer, person="book"):
    secu.get(f"/office/people/{person}/ways")
    return secu.post(
        f"/office/people/{person}/ways/change", {"do": "link", "subject": issuer.subject, "document": "任字1号"}
    )


def begin(one, to=""):
    answer = one.get("/office/sign-in/provider", query_string={"treasury": one.treasury, "next": to})
    assert answer.status_code == 303, one.text
    return answer.headers["Location"]


def come_back(one, to=""):
    """Go to the provider and come back, as a browser does."""
    back = requests.get(begin(one, to), allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return one.get(f"{parts.path}?{parts.query}")


def test_whom_the_administrator_linked_signs_in_and_goes_where_they_wanted(one, secu, issuer):
    assert link(secu, issuer).status_code == 303
    answer = come_back(one, "/office/duty")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/duty")
    one.get("/office/duty")
    assert one.post("/office/duty", {"duty": "BOOK"}).status_code == 303
    assert one.get("/office/books").status_code == 200
    assert issuer.subject in secu.get("/office/people/book/ways").text


def test_the_sign_in_page_offers_the_provider_by_its_name(one):
    one.get("/office/sign-in")
    assert "市民云" in one.text
    assert "/office/sign-in/provider" in one.text


def test_where_no_provider_is_set_there_is_none(source, city):
    bare = Browser(create_app(source).test_client(), f"T{city.treasury_id:06d}")
    bare.get("/office/sign-in")
    assert "/sign-in/provider" not in bare.text
    assert bare.get("/office/sign-in/provider").status_code == 404
    assert bare.get("/office/sign-in/provider/return").status_code == 404


def test_who_is_linked_to_nobody_is_told_so_and_stays_out(one):
    assert come_back(one).status_code == 401
    assert "尚未" in one.text
    assert one.get("/office/me").status_code == 303


def test_a_link_of_one_treasury_is_none_in_another(one, secu, issuer, source):
    from tests.conftest import make_city

    link(secu, issuer)
    one.treasury = f"T{make_city(source).treasury_id:06d}"
    assert come_back(one).status_code == 401


def test_the_treasury_is_asked_for_where_there_are_several(one):
    one.get("/office/sign-in/provider")
    assert f"treasury={one.treasury}" in one.text


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/en/"])
def test_nobody_is_sent_elsewhere_afterwards(one, secu, issuer, to):
    link(secu, issuer)
    assert come_back(one, to).headers["Location"] == "/office/"


def test_every_attempt_has_secrets_of_its_own(one):
    asked = [parse_qs(urlsplit(begin(one)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43
    assert "verifier" not in str(asked)


def test_another_browser_cannot_finish_what_one_began(one, app, secu, issuer):
    link(secu, issuer)
    back = urlsplit(requests.get(begin(one), allow_redirects=False, timeout=10).headers["Location"])
    other = Browser(app.test_client(), one.treasury)
    assert other.get(f"{back.path}?{back.query}").status_code == 401
    begin(other)
    assert other.get(f"{back.path}?{back.query}").status_code == 401
    assert one.get(f"{back.path}?{back.query}").status_code == 303


def test_a_code_is_good_once(one, secu, issuer):
    link(secu, issuer)
    back = urlsplit(requests.get(begin(one), allow_redirects=False, timeout=10).headers["Location"])
    kept = one.client.get_cookie("gongku_attempt").value
    assert one.get(f"{back.path}?{back.query}").status_code == 303
    assert one.get(f"{back.path}?{back.query}").status_code == 401
    one.client.set_cookie("gongku_attempt", kept)
    assert one.get(f"{back.path}?{back.query}").status_code == 401


@pytest.mark.parametrize(
    "lies",
    [{"signed": "another key"}, {"signed": "nothing"}, {"signed": "the public key as a secret"}, {"signed": "cut"},
     {"claims": {"iss": "https://evil.example"}}, {"claims": {"aud": "another"}}, {"claims": {"aud": [CLIENT, "another"]}},
     {"claims": {"azp": "another"}}, {"claims": {"exp": 1}}, {"claims": {"iat": 4_000_000_000}}, {"claims": {"nonce": "replayed"}},
     {"claims": {"sub": 4711}}, {"claims": {"sub": ""}}, {"claims": {"exp": True}}, {"without": ["exp"]}, {"without": ["nonce"]},
     {"without": ["sub"]}, {"without": ["aud"]}, {"without": ["iss"]}, {"without": ["iat"]}],
    ids=str,
)  # fmt: skip
def test_a_word_that_cannot_be_believed_signs_nobody_in(one, secu, issuer, lies):
    link(secu, issuer)
    issuer.lies = lies
    assert come_back(one).status_code == 401
    assert one.get("/office/me").status_code == 303


@pytest.mark.parametrize("brought", ["", "?error=access_denied&state={state}", "?state={state}", "?code=x&state={state}",
                                     "?code=x&state=y", "?code=x&state={state}&iss=https://evil.example", "?code=é&state=é"])  # fmt: skip
def test_what_is_brought_back_must_be_of_the_attempt(one, brought):
    state = parse_qs(urlsplit(begin(one)).query)["state"][0]
    assert one.get("/office/sign-in/provider/return" + brought.format(state=state)).status_code == 401


@pytest.mark.parametrize(
    "cookie", ["", "zz", "7b7d", "5b5d", "31", b'{"treasury": 1}'.hex(), b'{"state": "x", "y": "z"}'.hex()]
)
def test_a_cookie_that_is_none_of_ours_is_no_attempt(one, cookie):
    one.client.set_cookie("gongku_attempt", cookie)
    assert one.get("/office/sign-in/provider/return?code=x&state=x").status_code == 401


def test_a_provider_that_describes_another_is_not_believed(one, issuer):
    issuer.lies = {"described": "https://evil.example"}
    answer = one.get("/office/sign-in/provider", query_string={"treasury": one.treasury})
    assert answer.status_code == 502


def test_a_provider_that_changed_its_key_is_asked_for_it(one, secu, issuer):
    link(secu, issuer)
    assert come_back(one).status_code == 303
    kept, issuer.key = issuer.key, RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"})
    issuer.signed = lambda claims: jwt.encode({"alg": "RS256", "kid": "k2"}, claims, issuer.key)
    try:
        assert come_back(one).status_code == 303
    finally:
        issuer.key = kept
        del issuer.signed


def test_a_provider_that_does_not_answer_is_told_plainly(source, city):
    away = Provider("http://127.0.0.1:9", CLIENT, SECRET)
    app = create_app(source, Settings(provider=away))
    one = Browser(app.test_client(), f"T{city.treasury_id:06d}")
    assert one.get("/office/sign-in/provider", query_string={"treasury": one.treasury}).status_code == 502
    assert one.get("/office/sign-in").status_code == 200


@pytest.mark.parametrize(("means", "status"), [(["pwd"], 422), (["pwd", "mfa"], 303), ("mfa", 422), (None, 422)])
def test_a_duty_that_needs_two_factors_needs_the_provider_to_have_asked_for_them(
    one, secu, issuer, city, means, status
):
    link(secu, issuer, "sign")
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "update ledger.treasury set demo = false where treasury_id = %s", (city.treasury_id,)
        )
    issuer.lies = {"claims": {"amr": means}}
    come_back(one)
    one.get("/office/duty")
    assert one.post("/office/duty", {"duty": "SIGN"}).status_code == status


def test_the_administrator_is_told_why_a_link_is_refused(secu, issuer):
    assert link(secu, issuer, "secu").status_code == 422
    assert link(secu, issuer).status_code == 303
    assert link(secu, issuer, "comp").status_code == 422
    assert "已关联" in secu.text
    assert secu.get("/office/people/ghost/ways").status_code == 404


def test_an_identity_that_was_taken_away_is_nobody_s_and_the_visit_ends(one, secu, issuer):
    link(secu, issuer)
    come_back(one)
    assert one.get("/office/me").status_code == 200
    secu.get("/office/people/book/ways")
    assert secu.post("/office/people/book/ways/change", {"do": "end", "document": "免字1号"}).status_code == 303
    assert one.get("/office/me").status_code == 303
    assert come_back(one).status_code == 401


def test_only_the_security_administrator_links(office, issuer):
    one = office("SADM")
    assert one.get("/office/people/book/ways").status_code == 200
    assert (
        one.post(
            "/office/people/book/ways/change", {"do": "link", "subject": issuer.subject, "document": "x"}
        ).status_code
        == 403
    )
