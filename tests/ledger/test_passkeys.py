"""Passkeys and linked identities: a device made of code signs as a real one does, and every forgery is refused."""

import base64
import hashlib
import json

import cbor2
import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ledger import credentials as c
from ledger import errors, install, passkeys, people, subjects
from ledger.db import owner, transaction
from ledger.passkeys import House
from tests.conftest import DAY

PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105
ORIGIN = "https://gongku.example"
DOOR = House(ORIGIN, "gongku.example", "d" * 64)
ISSUER = "https://id.example"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """An authenticator with one key."""

    def __init__(self, name=b"k"):
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), hashlib.sha256(name).digest(), 0

    def client_data(self, kind, challenge, origin):
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()

    def made(self, options, *, origin=ORIGIN, flags=0x45, rp_id="gongku.example"):
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4) + bytes(16)
        data += len(self.id).to_bytes(2) + self.id + public
        response = {"clientDataJSON": b64(self.client_data("webauthn.create", options["challenge"], origin)),
                    "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}))}  # fmt: skip
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})

    def signed(self, options, *, origin=ORIGIN, flags=0x05, rp_id="gongku.example", count=None, key=None):
        self.count += 1
        count = self.count if count is None else count
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4)
        client = self.client_data("webauthn.get", options["challenge"], origin)
        signature = (key or self.key).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})


@pytest.fixture
def book(city):
    people.set_password(city.source, city.treasury_id, "book", PASSWORD, must_change=False)
    return enter(city)


def enter(city, code=""):
    return c.visit(city.source, c.sign_in(city.source, city.treasury_id, "book", PASSWORD, code, address="10.1.0.1"))


def house(of):
    return House(ORIGIN, "gongku.example", of.form_token())


def add(city, of, device, name="手机", **more):
    options = json.loads(passkeys.ask_for_new(house(of), of, passkeys.passkeys(city.source, of)))
    passkeys.add(city.source, of, house(of), device.made(options, **more), name)


def options(door=DOOR):
    return json.loads(passkeys.ask_for_sign_in(door))


def sign_in(city, answer, door=DOOR, address="10.1.0.2"):
    return c.visit(city.source, passkeys.sign_in(city.source, door, answer, address=address, agent="test"))


@pytest.fixture
def device(city, book):
    made = Device(str(city.treasury_id).encode())
    add(city, book, made)
    return made


def test_a_passkey_signs_in_and_counts_as_two_factors(city, device):
    of = sign_in(city, device.signed(options()))
    assert (of.person, of.treasury_id, of.second_factor, of.must_change) == ("book", city.treasury_id, True, False)
    (kept,) = passkeys.passkeys(city.source, of)
    assert (kept.name, kept.rp_id, kept.synced) == ("手机", "gongku.example", False)
    assert kept.used_at >= kept.added_at


def test_adding_one_makes_the_visit_a_proven_one(city, book, device):
    assert not book.second_factor
    assert c.visit(city.source, book.token).second_factor
    assert device.count == 0


@pytest.mark.parametrize(
    "forged",
    [{"origin": "https://evil.example"}, {"origin": "http://gongku.example"}, {"rp_id": "evil.example"}, {"flags": 0x01},
     {"flags": 0x04}, {"key": ec.generate_private_key(ec.SECP256R1())}],
    ids=["another origin", "no TLS", "another house", "holder not asked", "nobody there", "another key"],
)  # fmt: skip
def test_a_forged_answer_is_refused(city, device, forged):
    with pytest.raises(errors.SignInRefused):
        sign_in(city, device.signed(options(), **forged))


def test_an_answer_is_good_once(city, device):
    answer = device.signed(options())
    sign_in(city, answer)
    with pytest.raises(errors.SignInRefused):
        sign_in(city, answer)


def test_an_answer_is_good_once_even_where_nothing_counts(city, device):
    device.count = -1
    answer = device.signed(options(), count=0)
    sign_in(city, answer)
    with pytest.raises(errors.SignInRefused):
        sign_in(city, answer)


def test_a_copy_of_a_device_is_found_by_its_counter(city, device):
    sign_in(city, device.signed(options(), count=7))
    for count in (7, 6, 0):
        with pytest.raises(errors.SignInRefused):
            sign_in(city, device.signed(options(), count=count))


def test_a_challenge_of_another_browser_is_refused(city, device):
    with pytest.raises(errors.SignInRefused):
        sign_in(city, device.signed(options(House(ORIGIN, "gongku.example", "e" * 64))))


def test_a_challenge_grows_old(city, device, monkeypatch):
    asked = options()
    now = passkeys.time.time() + passkeys.CHALLENGE_SECONDS + 1
    monkeypatch.setattr(passkeys.time, "time", lambda: now)
    with pytest.raises(errors.SignInRefused):
        sign_in(city, device.signed(asked))


def test_a_key_of_another_house_is_refused(city, device):
    other = House("https://other.example", "other.example", "d" * 64)
    answer = device.signed(options(other), origin="https://other.example", rp_id="other.example")
    with pytest.raises(errors.SignInRefused):
        sign_in(city, answer, other)


@pytest.mark.parametrize("answer", ["", "{}", "null", "[]", "1", '{"id": 1}', "{" * 30_000,
                                    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}})])  # fmt: skip
def test_what_is_no_answer_is_refused(city, book, answer):
    with pytest.raises(errors.SignInRefused):
        sign_in(city, answer)
    with pytest.raises(errors.SignInRefused):
        passkeys.add(city.source, book, house(book), answer, "x")


def test_guessing_with_a_known_key_has_to_wait(city, device):
    wrong = ec.generate_private_key(ec.SECP256R1())
    for n in range(5):
        with pytest.raises(errors.SignInRefused):
            sign_in(city, device.signed(options(), key=wrong), address=f"10.2.0.{n}")
    with pytest.raises(errors.SignInTooOften) as told:
        sign_in(city, device.signed(options(), key=wrong), address="10.2.0.9")
    assert told.value.facts["seconds"] > 0


def test_guessing_with_keys_that_nobody_knows_has_to_wait_and_holds_up_nobody_else(city, device):
    for n in range(6):
        with pytest.raises((errors.SignInRefused, errors.SignInTooOften)) as told:
            sign_in(city, Device(b"unknown").signed(options()), address=f"10.3.0.{n}")
    assert told.type is errors.SignInTooOften
    assert sign_in(city, device.signed(options())).person == "book"


@pytest.mark.parametrize("forged", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": 0x41}])
def test_a_forged_new_key_is_refused(city, book, forged):
    with pytest.raises(errors.SignInRefused):
        add(city, book, Device(b"f"), **forged)
    assert passkeys.passkeys(city.source, book) == []


def test_a_key_is_kept_once(city, book, device):
    of = c.visit(city.source, book.token)
    with pytest.raises(errors.SignInRefused):
        add(city, of, device)


def test_a_new_key_is_added_right_after_signing_in_only(city, book):
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "update access.visit set opened_at = opened_at - interval '16 minutes' where visit_id = %s",
            (book.visit_id,),
        )
    with pytest.raises(errors.SignInAnew):
        add(city, book, Device(b"late"))


def test_who_has_a_key_adds_nothing_by_the_password_alone(city, device):
    weak = enter(city)
    assert not weak.second_factor
    with pytest.raises(errors.SignInAnew):
        add(city, weak, Device(b"second"))
    with pytest.raises(errors.SignInAnew):
        c.offer_code(city.source, weak)
    strong = sign_in(city, device.signed(options()))
    add(city, strong, Device(b"second" + str(city.treasury_id).encode()))
    c.confirm_code(city.source, strong, pyotp.TOTP(c.offer_code(city.source, strong)).now())
    assert len(passkeys.passkeys(city.source, strong)) == 2


def test_a_key_that_was_given_up_signs_nobody_in(city, book, device):
    assert passkeys.end(city.source, book, device.id)
    assert not passkeys.end(city.source, book, device.id)
    with pytest.raises(errors.SignInRefused):
        sign_in(city, device.signed(options()))


def test_nobody_gives_up_the_key_of_another(city, device):
    people.set_password(city.source, city.treasury_id, "comp", PASSWORD, must_change=False)
    other = c.visit(city.source, c.sign_in(city.source, city.treasury_id, "comp", PASSWORD, address="10.1.0.3"))
    assert passkeys.passkeys(city.source, other) == []
    assert not passkeys.end(city.source, other, device.id)
    assert sign_in(city, device.signed(options())).person == "book"


@pytest.fixture
def secu(city):
    """Work as the security administrator, whom the small city does not have."""
    with owner(city.source) as connection:
        install.create_office(connection, city.treasury_id, "903.SECU", "903", "安全", "Security")
        person = install.PersonPlan("secu", "安全员", "903.SECU", ("SECU",))
        install.create_person(connection, city.treasury_id, person, DAY, "任字1号")
    return lambda: transaction(city.source, city.session("SECU"))


def test_the_administrator_takes_every_way_away_and_the_visits_end(city, device, secu):
    of = sign_in(city, device.signed(options()))
    with secu() as tx:
        subjects.link(tx, "book", ISSUER, "s1", "任字1号")
        assert [(w.kind, w.name, w.document) for w in subjects.ways(tx, "book")] == [
            ("passkey", "手机", None), ("subject", f"{ISSUER} s1", "任字1号")]  # fmt: skip
        assert subjects.end_ways(tx, "book", "免字1号") == 2
        assert subjects.ways(tx, "book") == []
    assert c.visit(city.source, of.token) is None
    with pytest.raises(errors.SignInRefused):
        sign_in(city, device.signed(options()))
    with pytest.raises(errors.SignInRefused):
        subjects.sign_in(city.source, city.treasury_id, ISSUER, "s1", second_factor=True)


def test_a_linked_identity_signs_in_without_a_password(city, secu):
    with secu() as tx:
        subjects.link(tx, "audt_in", ISSUER, "s2", "任字1号")
    token = subjects.sign_in(city.source, city.treasury_id, ISSUER, "s2", second_factor=False, address="10.1.0.9")
    of = c.visit(city.source, token)
    assert (of.person, of.second_factor, of.has_code, of.must_change) == ("audt_in", False, False, False)
    assert [held.duty for held in c.duties(city.source, of)] == ["AUDT_IN"]


@pytest.mark.parametrize(
    ("issuer", "subject"), [(ISSUER, "S3"), (ISSUER + "/", "s3"), ("https://evil.example", "s3"), (ISSUER, "")]
)
def test_another_identity_is_nobody(city, secu, issuer, subject):
    with secu() as tx:
        subjects.link(tx, "book", ISSUER, "s3", "任字1号")
    with pytest.raises(errors.SignInRefused):
        subjects.sign_in(city.source, city.treasury_id, issuer, subject, second_factor=True)
    with pytest.raises(errors.SignInRefused):
        subjects.sign_in(city.source, city.treasury_id + 1, ISSUER, "s3", second_factor=True)


def test_who_was_unlinked_may_be_linked_again(city, secu):
    with secu() as tx:
        subjects.link(tx, "book", ISSUER, "s4", "任字1号")
        subjects.end_ways(tx, "book", "免字1号")
        subjects.link(tx, "comp", ISSUER, "s4", "任字2号")
    token = subjects.sign_in(city.source, city.treasury_id, ISSUER, "s4", second_factor=False)
    assert c.visit(city.source, token).person == "comp"


def test_only_the_security_administrator_links_and_never_for_herself(city, secu):
    with pytest.raises(errors.NotForOneself), secu() as tx:
        subjects.link(tx, "secu", ISSUER, "s5", "任字1号")
    with pytest.raises(errors.NotForOneself), secu() as tx:
        subjects.end_ways(tx, "secu", "任字1号")
    with pytest.raises(errors.UnknownPerson), secu() as tx:
        subjects.link(tx, "ghost", ISSUER, "s5", "任字1号")
    with pytest.raises(errors.InvalidText), secu() as tx:
        subjects.link(tx, "book", "ftp://x", "s5", "任字1号")
    for document in ("", " "):
        with pytest.raises(errors.InvalidText), secu() as tx:
            subjects.link(tx, "book", ISSUER, "s5", document)
        with pytest.raises(errors.InvalidText), secu() as tx:
            subjects.end_ways(tx, "book", document)
    with pytest.raises(errors.NotPermitted), transaction(city.source, city.session("SADM")) as tx:
        subjects.link(tx, "book", ISSUER, "s5", "任字1号")


@pytest.mark.parametrize("table", ["passkey", "passkey_use", "passkey_ended", "subject", "subject_ended"])
@pytest.mark.parametrize("verb", ["delete from {}", "truncate {} cascade", "update {} set {column} = {column}"])
def test_nothing_of_it_is_rewritten(city, table, verb):
    column = "credential_id" if table.startswith("passkey") else "issuer"
    with pytest.raises(errors.AppendOnly), owner(city.source) as connection:
        connection.exec_driver_sql(verb.format(f"access.{table}", column=column))
