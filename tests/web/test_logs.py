"""The log: one JSON object a line, of every answer and every fault, without anybody's secrets."""

import json
import logging

import pytest
from sqlalchemy.exc import ProgrammingError

from ledger.db import owner
from web.app import create_app
from web.logs import Lines, described, write_logs
from web.settings import Settings

SECRET = "七上八下的暗语"  # noqa: S105


@pytest.fixture
def lines(tmp_path):
    """Send the log of this process to a file, and read it as its readers do; what a browser says beside is not asked."""
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    path = tmp_path / "log"
    write_logs(Settings(log=str(path)))
    yield lambda: [line for line in map(json.loads, path.read_text("utf-8").splitlines()) if line["log"] != "asyncio"]
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = kept
    root.setLevel(level)


def test_every_answer_leaves_one_line(source, lines):
    client = create_app(source).test_client()
    client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    client.get("/nothing")
    client.get("/healthz")
    first, second = lines()
    assert (first["log"], first["level"], first["message"]) == ("gongku.access", "info", "request")
    assert (first["address"], first["method"], first["path"], first["status"]) == ("192.0.2.7", "GET", "/", 200)
    assert first["route"] == "site.home_zh"
    assert first["bytes"] > 0
    assert first["ms"] > 0
    assert first["at"].endswith("+00:00")
    assert (second["path"], second["route"], second["status"]) == ("/nothing", None, 404)


def test_no_secret_and_no_question_is_written(source, lines, tmp_path):
    client = create_app(source).test_client()
    client.set_cookie("gongku_visit", SECRET)
    client.get("/search/", query_string={"q": SECRET}, headers={"Referer": SECRET, "User-Agent": "x"})
    client.post("/office/sign-in", data={"person": "a", "password": SECRET, "code": SECRET})
    client.get("/api/v1/sets", headers={"Authorization": f"Bearer {'5' * 64}"})
    assert len(lines()) == 3
    text = (tmp_path / "log").read_text("utf-8")
    assert SECRET not in text
    assert "5" * 64 not in text


def test_a_line_feed_in_an_address_makes_no_second_line(source, lines):
    create_app(source).test_client().get("/a%0A%7B%22level%22:%22info%22%7D")
    assert len(lines()) == 1


def test_a_fault_is_described_by_its_place(source, lines):
    app = create_app(source)
    app.add_url_rule("/broken", "broken", lambda: 1 // 0)
    assert app.test_client().get("/broken?q=secret").status_code == 500
    fault = next(line for line in lines() if line["level"] == "error")
    assert fault["error"]["kind"] == "builtins.ZeroDivisionError"
    assert fault["error"]["words"]
    assert any(frame.startswith("test_logs.py:") for frame in fault["error"]["stack"])


def test_what_the_database_says_is_reduced_to_its_state(source):
    with pytest.raises(ProgrammingError) as caught, owner(source) as connection:
        connection.exec_driver_sql("select * from nowhere where name = %s", (SECRET,))
    told = described(caught.value)
    assert told["state"] == "42P01"
    assert "nowhere" not in json.dumps(told)


def test_the_values_of_a_query_do_not_stand_in_its_fault(source):
    with pytest.raises(Exception, match="parameters hidden") as caught, source.engine("public").connect() as connection:
        connection.exec_driver_sql("select * from nowhere where name = %s", (SECRET,))
    assert SECRET not in str(caught.value)


def test_a_file_that_was_moved_away_is_begun_anew(source, lines, tmp_path):
    client = create_app(source).test_client()
    client.get("/")
    (tmp_path / "log").rename(tmp_path / "log.1")
    client.get("/rules/")
    assert [line["path"] for line in lines()] == ["/rules/"]


def test_nobody_else_reads_the_file(lines, tmp_path):
    assert lines() == []
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_record_that_is_no_request_is_a_line_too():
    record = logging.LogRecord("waitress", logging.WARNING, "x", 1, "Task queue depth is %d", (3,), None)
    line = json.loads(Lines().format(record))
    assert (line["level"], line["log"], line["message"]) == ("warning", "waitress", "Task queue depth is 3")
