"""The operator looks after people and duties, and is refused what the office refuses."""

import json
import re

import pytest

from ledger import credentials
from ledger.errors import SignInRefused
from ledger.home import open_books

GRANT = ("--from", "2025-01-01", "--document", "任〔2025〕3号")


def user(gongku, *words, **more):
    """Other tests of the session may have brought in a second treasury."""
    return gongku("user", *words, "--treasury", "CITY", **more)


def password(done):
    assert done.returncode == 0, done.stderr
    return re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", done.stdout)[0]


def listed(gongku):
    done = user(gongku, "list", "--json")
    assert done.returncode == 0, done.stderr
    return {each["person"]: each for each in json.loads(done.stdout)}


@pytest.fixture
def newcomer(gongku, request):
    """A person of an office of their own."""
    name = f"new{len(request.node.name)}{sum(request.node.name.encode())}"
    password(user(gongku, "add", name, "--name", "新同事", "--office", "109.1"))
    return name


def test_a_person_is_made_known_and_has_one_password(gongku, newcomer):
    told = listed(gongku)[newcomer]
    assert (told["name"], told["office"], told["duties"], told["password"]) == ("新同事", "109.1", [], "must_change")
    first, second = (password(user(gongku, "reset-password", newcomer)) for _ in range(2))
    assert first != second
    plain = user(gongku, "list", language="zh")
    assert re.search(rf"{newcomer} +新同事 +109.1 +一次性口令，待本人修改", plain.stdout)


def test_who_is_known_already_is_refused(gongku, newcomer):
    done = user(gongku, "add", newcomer, "--name", "同名", "--office", "109.1")
    assert (done.returncode, "person-known" in done.stderr) == (1, True)
    assert user(gongku, "add", "sun", "--name", "孙某", "--office", "999").returncode == 1
    assert "sun" not in listed(gongku)


def test_a_duty_is_granted_by_a_document_and_ends_by_one(gongku, newcomer):
    done = user(gongku, "grant", newcomer, "RECO", *GRANT)
    assert (done.returncode, "further notice" in done.stdout) == (0, True), done.stderr
    assert listed(gongku)[newcomer]["duties"] == ["RECO"]
    done = user(gongku, "revoke", newcomer, "RECO", "--to", "2025-06-30", "--document", "任〔2025〕9号", language="zh")
    assert (done.returncode, "至 2025-06-30 止" in done.stdout) == (0, True), done.stderr
    assert listed(gongku)[newcomer]["duties"] == []
    again = user(gongku, "revoke", newcomer, "RECO", "--to", "2025-07-31", "--document", "任〔2025〕10号")
    assert (again.returncode, "unknown-person" in again.stderr) == (1, True)


def test_the_last_day_of_a_term_is_part_of_it(gongku, newcomer):
    term = ("--from", "2020-01-01", "--to", "2020-12-31", "--document", "任〔2020〕3号")
    done = user(gongku, "grant", newcomer, "RECO", *term)
    assert (done.returncode, "2020-12-31" in done.stdout) == (0, True), done.stderr
    done = user(gongku, "revoke", newcomer, "RECO", "--to", "2020-12-30", "--document", "任〔2020〕4号")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("person", "duty", "other"),
    [("zhang", "AUDT_IN", "BOOK"), ("li", "BOOK", "AUDT_IN"), ("admin", "BOOK", "SADM")],
)
def test_a_grant_that_breaks_the_matrix_names_the_pair_and_its_basis(gongku, person, duty, other):
    done = user(gongku, "grant", person, duty, *GRANT)
    assert done.returncode == 1
    assert "duties-incompatible" in done.stderr
    assert {duty, other} <= set(re.findall(r"duty: (\w+)", done.stderr)), done.stderr
    assert re.search(r"^ *because of: \S+", done.stderr, re.MULTILINE)


def test_nobody_grants_to_themselves_and_only_the_security_administrator_grants(gongku, newcomer):
    own = user(gongku, "grant", "guard", "RECO", *GRANT)
    assert (own.returncode, "not-for-oneself" in own.stderr) == (1, True)
    foreign = user(gongku, "grant", newcomer, "RECO", *GRANT, "--as", "admin")
    assert (foreign.returncode, "duty-not-held" in foreign.stderr) == (1, True)
    assert listed(gongku)[newcomer]["duties"] == []


def test_a_grant_names_its_document(gongku, newcomer):
    done = user(gongku, "grant", newcomer, "RECO", "--from", "2025-01-01")
    assert (done.returncode, "document is missing" in done.stderr) == (2, True)
    blank = user(gongku, "grant", newcomer, "RECO", "--from", "2025-01-01", "--document", " ")
    assert blank.returncode == 1


def test_who_is_locked_out_has_no_password_that_anyone_knows(gongku, newcomer):
    known = password(user(gongku, "reset-password", newcomer))
    source = open_books(gongku.folder)
    try:
        treasury_id = next(each.treasury_id for each in credentials.treasuries(source) if each.code == "CITY")
        token = credentials.sign_in(source, treasury_id, newcomer, known)
        done = user(gongku, "lock", newcomer)
        assert (done.returncode, known in done.stdout) == (0, False), done.stderr
        assert not re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", done.stdout)
        assert credentials.visit(source, token) is None
        with pytest.raises(SignInRefused):
            credentials.sign_in(source, treasury_id, newcomer, known)
    finally:
        source.close()
    assert user(gongku, "lock", "nobody").returncode == 1
