"""What a proxy tells is believed from the proxies that were named, and from nobody else."""

from ipaddress import ip_network

import pytest

from web.app import create_app
from web.peers import BehindProxies, neighbourhood
from web.settings import Settings

TRUSTED = tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "fd00::/8")))


def seen(peer, trusted=TRUSTED, **told):
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **told}
    BehindProxies(lambda given, _: [given["REMOTE_ADDR"].encode(), given["wsgi.url_scheme"].encode()], trusted)(
        environ, None
    )
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # a stranger tells nothing
     ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
     ("127.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what stands before it was written by the client
     ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
     ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
     ("127.0.0.1", "", "127.0.0.1"), ("127.0.0.1", "unknown", "127.0.0.1"), ("127.0.0.1", "x, 10.1.2.3", "10.1.2.3"),
     ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"), ("fd00::1", "203.0.113.9", "203.0.113.9")],
)  # fmt: skip
def test_the_address_is_that_of_the_last_who_is_not_trusted(peer, told, address):
    assert seen(peer, HTTP_X_FORWARDED_FOR=told)[0] == address


def test_the_scheme_is_believed_from_a_proxy_only():
    assert seen("127.0.0.1", HTTP_X_FORWARDED_PROTO="https")[1] == "https"
    assert seen("127.0.0.1", HTTP_X_FORWARDED_PROTO="gopher")[1] == "http"
    assert seen("192.0.2.1", HTTP_X_FORWARDED_PROTO="https")[1] == "http"


def test_without_a_named_proxy_nobody_is_believed(source):
    client = create_app(source).test_client()
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    assert "Secure" not in client.get("/office/sign-in", headers=forged).headers["Set-Cookie"]
    behind = create_app(source, Settings(proxies=TRUSTED)).test_client()
    cookie = behind.get("/office/sign-in", headers=forged).headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


@pytest.mark.parametrize(("address", "one"), [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"),
                                              ("::ffff:192.0.2.1", "192.0.2.1"), ("nonsense", "")])  # fmt: skip
def test_what_counts_as_one_client(address, one):
    assert neighbourhood(address) == one


@pytest.mark.parametrize("path", ["/", "/office/sign-in", "/api/v1/sets", "/healthz"])
def test_another_name_than_the_house_s_is_refused(source, path):
    client = create_app(source, Settings(hosts=("gongku.example",))).test_client()
    assert client.get(path, base_url="http://evil.example").status_code == 400
    assert client.get(path, base_url="http://gongku.example").status_code in {200, 401}
