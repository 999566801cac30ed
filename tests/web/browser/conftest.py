"""The demo city behind a real server, read by a real browser."""

import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from waitress.server import create_server

from ledger import embedded
from ledger.home import open_books
from tests import made
from web.app import create_app
from web.settings import RATES, Rate, Settings

PATHS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def demo(tmp_path_factory, request):
    """Put the demo city into a data directory of its own."""
    data = tmp_path_factory.mktemp("browser") / "data"
    made.demo(request.config, data)
    source = open_books(data)
    yield source
    source.close()
    embedded.discard(data)


@pytest.fixture(scope="session")
def address(demo):
    """Serve it and tell where."""
    settings = Settings(rates=dict.fromkeys(RATES, Rate(0, 1)))  # all the world comes from one address here
    server = create_server(create_app(demo, settings), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser():
    """Start Debian's Chromium; without one these tests fail, as they should."""
    found = next((path for name in PATHS if (path := shutil.which(name))), None)
    assert found is not None, "the browser tests need Chromium: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def page(browser, address):
    """Open a page that remembers whatever leaves our origin and whatever the guard refuses."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
    opened = context.new_page()
    opened.strangers, opened.refused = [], []
    opened.on(
        "request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else opened.strangers.append(r.url)
    )
    opened.on("console", lambda m: opened.refused.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: opened.refused.append(str(error)))
    yield opened
    context.close()
    assert opened.strangers == []
    assert opened.refused == []


@pytest.fixture(scope="session")
def pictures():
    """Where the pictures of the papers stand."""
    folder = Path(__file__).parents[3] / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
