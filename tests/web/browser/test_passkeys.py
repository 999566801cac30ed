"""Passkeys in a real browser, with an authenticator that the browser itself plays: made, used, refused, given up."""

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from waitress.server import create_server

from ledger import people
from ledger.db import owner
from tests.conftest import make_city
from web.app import create_app

PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105


@pytest.fixture(scope="session")
def small(source):
    """Make a small city with a book-keeper who has a password."""
    city = make_city(source)
    with owner(source) as connection:
        connection.exec_driver_sql("update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,))
    people.set_password(source, city.treasury_id, "book", PASSWORD, must_change=False)
    return city


@pytest.fixture(scope="session")
def address(small):
    """Serve it under a name, without which there are no passkeys."""
    server = create_server(create_app(small.source), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://localhost:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@pytest.fixture
def device(page):
    """Give the browser an authenticator whose holder is there and unlocks it."""
    return Authenticator(page)


class Authenticator:
    def __init__(self, page, *, verified=True):
        self.tools = page.context.new_cdp_session(page)
        self.tools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                   "isUserVerified": verified, "automaticPresenceSimulation": True}  # fmt: skip
        self.id = self.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    @property
    def keys(self):
        return self.tools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def lock(self):
        self.tools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def by_password(page, small):
    page.goto("/office/sign-in")
    if page.locator("select#treasury").count():
        page.select_option("select#treasury", f"T{small.treasury_id:06d}")
    page.fill("#person", "book")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/office/duty**")


def add(page, name="手机"):
    page.goto("/office/me")
    page.click("text=添加通行密钥")
    page.fill("#name", name)
    page.locator("form[data-passkey] button:enabled").wait_for()
    page.press("#name", "Enter")


def by_passkey(page):
    page.goto("/office/sign-in")
    page.click("text=用通行密钥登录")
    page.click("text=选择通行密钥")


def test_a_passkey_is_made_and_signs_in_without_a_password(page, small, device):
    by_password(page, small)
    add(page)
    page.wait_for_selector("th:has-text('手机')")
    assert len(device.keys) == 1
    page.click("text=退出")
    page.wait_for_url("**/office/sign-in")
    by_passkey(page)
    page.wait_for_url("**/office/duty**")
    page.goto("/office/me/passkeys")
    page.click("button:has-text('注销')")
    page.wait_for_selector("text=还没有通行密钥")
    page.click("text=退出")
    page.wait_for_url("**/office/sign-in")
    with page.expect_console_message(lambda said: "401" in said.text):
        by_passkey(page)
    page.wait_for_selector("[role=alert]:has-text('通行密钥未被接受')")
    assert "401" in page.refused.pop()


def test_after_signing_in_by_a_passkey_one_goes_where_one_wanted(page, small, device):
    by_password(page, small)
    add(page, "钥匙")
    page.wait_for_selector("th:has-text('钥匙')")
    page.click("text=退出")
    page.wait_for_url("**/office/sign-in")
    page.goto("/office/me/password")
    page.click("text=用通行密钥登录")
    page.click("text=选择通行密钥")
    page.wait_for_url(lambda url: url.endswith("/office/me/password") and "?" not in url)
    page.goto("/office/me/passkeys")
    page.click("button:has-text('注销')")
    page.wait_for_selector("text=还没有通行密钥")
    assert len(device.keys) == 1


def test_nothing_is_sent_before_the_page_can_ask_the_device(page, small, device):
    by_password(page, small)
    waiting = []
    page.route("**/passkeys.js", lambda route: waiting.append(route), times=1)  # noqa: PLW0108 - playwright looks at it
    page.goto("/office/me/passkeys", wait_until="commit")
    page.fill("#name", "手表")
    page.press("#name", "Enter")
    assert page.locator("form[data-passkey] button").is_disabled()
    assert page.input_value("#name") == "手表"
    waiting.pop().continue_()
    page.locator("form[data-passkey] button:enabled").wait_for()
    page.press("#name", "Enter")
    page.wait_for_selector("th:has-text('手表')")
    assert len(device.keys) == 1
    page.click("button:has-text('注销')")
    page.wait_for_selector("text=还没有通行密钥")


def test_a_device_that_does_not_ask_who_holds_it_is_refused(page, small, device):
    device.lock()
    by_password(page, small)
    add(page)
    page.wait_for_selector("[data-told]:visible")
    assert device.keys == []


def test_a_browser_without_a_key_is_told_so(page, small, device):
    by_passkey(page)
    page.wait_for_selector("[data-told]:visible")
    assert "未被接受" in page.text_content("[data-told]")
    assert device.keys == []
    assert small


def test_under_a_number_instead_of_a_name_the_page_says_why_not(page, address, small):
    page.strangers = []
    number = address.replace("localhost", "127.0.0.1")
    page.goto(f"{number}/office/sign-in/passkey")
    assert "localhost" in page.text_content("main")
    assert page.locator("form[data-passkey]").count() == 0
    page.strangers.clear()
    assert small


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_for_everyone(page, small, device, scheme, language):
    page.emulate_media(color_scheme=scheme)
    for where in ("/office/sign-in", "/office/sign-in/passkey"):
        page.goto(f"/office/language/{language}?to={where}")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert violations(page) == []
    page.goto("/office/language/zh?to=/office/sign-in")
    by_password(page, small)
    page.goto(f"/office/language/{language}?to=/office/me/passkeys")
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert violations(page) == []
    assert device.keys == []


def violations(page):
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]]) for each in Axe().run(page).response["violations"]
    ]
