"""Every example of docs/api.md is sent to a real server and answered as the page says."""

import argparse
import csv
import http.client
import json
import re
import shlex
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from waitress.server import create_server

from ledger.sequencer import sequence
from tests.web.api.conftest import security, token

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = "…"


def examples():
    """Pair each command with the answer that follows it."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks[::2]] == ["sh"] * (len(blocks) // 2)
    return [(command, kind, answer) for (_, command), (kind, answer) in zip(blocks[::2], blocks[1::2], strict=True)]


@pytest.fixture
def surroundings(app, city):
    """Serve the small treasury and give what the examples take from the environment."""
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    tokens = {"POSTER": token(city, "AUDT_IN"), "AUDITOR": token(city, "AUDI"), "SECURITY": security(city)}
    yield {
        "GONGKU": f"http://127.0.0.1:{server.effective_port}",
        **{name: header["Authorization"].removeprefix("Bearer ") for name, header in tokens.items()},
    }
    server.close()
    thread.join(timeout=10)


def send(command, surroundings):
    """Do what curl would: only the few options that the page uses are known here, any other fails."""
    words = shlex.split(command.replace("\\\n", " "))
    for name, value in surroundings.items():
        words = [word.replace(f"${name}", value) for word in words]
    assert words[0] == "curl"
    assert not any("$" in word for word in words)
    curl = argparse.ArgumentParser(exit_on_error=False)
    curl.add_argument("-X", dest="method")
    curl.add_argument("-H", dest="headers", action="append", default=[])
    curl.add_argument("-d", dest="body")
    curl.add_argument("address")
    asked = curl.parse_args(words[1:])
    where = urlsplit(asked.address)
    method = asked.method or ("GET" if asked.body is None else "POST")
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
    path = where.path + (f"?{where.query}" if where.query else "")
    body = None if asked.body is None else asked.body.encode()
    connection.request(method, path, body, dict(header.split(": ", 1) for header in asked.headers))
    answer = connection.getresponse()
    data = answer.read().decode("utf-8-sig")
    connection.close()
    return data


def fits(said, got):
    """Tell whether an answer is what the page says: what it leaves out may be anything, and so may ``…``."""
    if isinstance(said, dict):
        return isinstance(got, dict) and all(name in got and fits(value, got[name]) for name, value in said.items())
    if isinstance(said, list):
        open_end = bool(said) and said[-1] == ANY
        listed = said[:-1] if open_end else said
        whole = isinstance(got, list) and (len(got) >= len(listed) if open_end else len(got) == len(listed))
        return whole and all(fits(one, other) for one, other in zip(listed, got, strict=False))
    if isinstance(said, str) and ANY in said:
        if said == ANY:
            return got is not None
        return isinstance(got, str) and re.fullmatch(".+".join(map(re.escape, said.split(ANY))), got) is not None
    return said == got and type(said) is type(got)


def test_every_example_is_answered_as_the_page_says(surroundings, city):
    told = examples()
    assert len(told) >= 20
    for command, kind, said in told:
        got = send(command, surroundings)
        if kind == "json":
            assert fits(json.loads(said), json.loads(got)), f"{command}\n{got[:3000]}"
        else:
            assert fits(list(csv.reader(said.splitlines())), list(csv.reader(got.splitlines()))), (
                f"{command}\n{got[:3000]}"
            )
        sequence(city.source, city.treasury_id)


def test_an_answer_that_is_another_is_seen():
    assert fits({"a": [1, ANY]}, {"a": [1, 2, 3], "b": 2})
    assert not fits({"a": [1]}, {"a": [1, 2]})
    assert not fits({"a": "1.00"}, {"a": 1.0})
    assert not fits({"a": 1}, {"a": True})
    assert not fits({"a": ANY}, {"a": None})
    assert not fits({"a": "x…"}, {"a": "y1"})


def test_every_address_of_the_api_is_on_the_page(client):
    page = PAGE.read_text(encoding="utf-8").replace("$GONGKU/api/v1", "")
    paths = client.get("/api/v1/openapi.json").json["paths"]
    patterns = [re.sub(r"\{[^}]+\}", "[^/ ?`]+", path.removeprefix("/api/v1")) for path in paths]
    assert [each for each in patterns if re.search(rf'["`]{each}[?"`]', page) is None] == []
