"""The commands over the books of a small city: what they print, and with which code they end."""

import csv
import http.client
import io
import json
import re
import signal
import socket
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ledger.install import newest
from reports.beancount_text import is_whole
from reports.manifest import check_manifest
from tests.web.cli.conftest import ROOT, SAMPLES

FOREIGN = Path(__file__).parents[2] / "importers" / "samples"
TRIAL = ("report", "trial-balance", "--set", "B2024", "--book", "financial")


def value(done, code=0):
    """Read the one JSON value that a command printed."""
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_the_version_is_told(nowhere):
    assert re.fullmatch(r"gongku [0-9.]+\n", nowhere.apart("--version").stdout)


@pytest.mark.parametrize(
    "words", [("verify",), ("report", "sets"), ("serve", "--port", "0"), ("close", "year", "--set", "B")]
)
def test_without_books_a_command_says_what_to_do(nowhere, words):
    done = nowhere(*words, language="zh")
    assert done.returncode == 1
    assert "（not-initialised）" in done.stderr
    assert f"数据目录：{nowhere.folder}" in done.stderr
    assert "处理办法：运行 gongku init" in done.stderr
    assert done.stdout == ""


def test_the_doctor_finds_that_there_are_no_books(nowhere):
    told = value(nowhere("doctor", "--json"), code=1)
    assert not told["ok"]
    assert [each["check"] for each in told["checks"] if not each["ok"]] == ["secrets"]


def test_a_plan_with_a_fault_makes_nothing(nowhere, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text((SAMPLES / "plan.toml").read_text("utf-8").replace('chart = "general_budget_2023"\n', ""), "utf-8")
    done = nowhere("init", plan)
    assert done.returncode == 1
    assert "account_set 1: chart is missing" in done.stderr
    assert not list(nowhere.folder.iterdir())


def test_the_same_plan_again_changes_nothing(gongku):
    done = gongku("init", SAMPLES / "plan.toml")
    assert done.returncode == 0
    assert "CITY is there already" in done.stdout


def test_the_same_events_again_are_told_as_posted_before(gongku):
    told = value(gongku("post", SAMPLES / "events.jsonl", "--json"))
    assert (told["posted"], told["already"], told["posted_by"], told["duty"]) == (0, 2, "li", "AUDT_IN")


def changed(tmp_path, old, new):
    file = tmp_path / "events.jsonl"
    file.write_text((SAMPLES / "events.jsonl").read_text("utf-8").replace(old, new), "utf-8")
    return file


def test_a_rehearsal_shows_balances_and_posts_nothing(gongku, tmp_path):
    file = changed(tmp_path, "-001", "-900")
    told = value(gongku("post", file, "--dry-run", "--json"))
    assert (told["dry_run"], told["would_post"]) == (True, 2)
    assert {"set": "B2024", "account": "1001"}.items() <= told["balances"][0].items()
    assert value(gongku("post", file, "--dry-run", "--json"))["would_post"] == 2


@pytest.mark.parametrize(
    ("old", "new", "code", "fact"),
    [
        ("1234.50", "1234.51", "key-reused", "2024-03-05-001"),
        ('"70.01"', "70.01", "invalid-amount", "line: 2"),
        ('"kind": "treasury_receipt", "key": "2024-04', '"kind": "gift", "key": "2024-04', "unknown-template", "gift"),
        ('"key"', '"kee"', "invalid-event", "line: 1"),
        ('001", "on": "2024-03', '002", "on": "2023-03', "unknown-account-set", "2023-03"),
    ],
)
def test_a_refusal_shows_code_facts_and_what_to_do(gongku, tmp_path, old, new, code, fact):
    done = gongku("post", changed(tmp_path, old, new), "--as", "li")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"({code})" in done.stderr
    assert fact in done.stderr
    assert "What to do: " in done.stderr


def test_the_account_sets_are_listed_with_their_books(gongku):
    (told,) = [each for each in value(gongku("report", "sets", "--json")) if each["set"] == "B2024"]
    assert (told["treasury"], told["fiscal_year"], told["demo"]) == ("CITY", 2024, False)
    assert set(told["books"]) == {"financial", "budgetary"}
    assert "财政总会计" in gongku("report", "sets", language="zh").stdout


def rows(text):
    return {row["account"]: row for row in csv.DictReader(io.StringIO(text)) if not row["account"].startswith("#")}


def test_the_trial_balance_of_a_day_is_csv_in_yuan(gongku):
    march = rows(gongku(*TRIAL, "--on", "2024-03-31").stdout)
    april = rows(gongku(*TRIAL, "--on", "2024-04-30", "--format", "csv").stdout)
    assert [march["1001"][name] for name in ("opening", "debit", "credit", "closing")] == [
        "0.00",
        "1234.50",
        "0.00",
        "1234.50",
    ]
    assert april["1001"]["closing"] == "1304.51"


def test_the_trial_balance_as_known_before_anything_is_empty(gongku):
    told = value(gongku(*TRIAL, "--on", "2024-12-31", "--known", "2020-01-01", "--format", "json"))
    assert told["rows"] == []
    assert value(gongku(*TRIAL, "--known", "2", "--format", "json"))["rows"][0]["closing"] == "1304.51"
    assert gongku(*TRIAL, "--known", "3").returncode == 1


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_report_is_written_as_a_whole_file(gongku, tmp_path, form):
    out = tmp_path / f"trial.{form}"
    done = gongku(*TRIAL, "--format", form, "--out", out)
    assert done.returncode == 0, done.stderr
    assert check_manifest(out.read_bytes(), form).whole
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert gongku(*TRIAL, "--format", form, text=False).stdout == out.read_bytes()


def test_an_unknown_book_is_refused_with_its_name(gongku):
    done = gongku("report", "trial-balance", "--set", "B2024", "--book", "household")
    assert done.returncode == 1
    assert "(unknown-book)" in done.stderr
    assert "book: household" in done.stderr


def test_the_postings_behind_a_figure_are_listed_a_page_at_a_time(gongku):
    ask = ("report", "vouchers", "--set", "B2024", "--account", "1001", "--most", "1", "--format", "json")
    first = value(gongku(*ask))
    second = value(gongku(*ask, "--after", first["next_page"]))
    assert [page["rows"][0]["debit"] for page in (first, second)] == ["1234.50", "70.01"]
    assert gongku("report", "vouchers", "--set", "B2024", "--dim", "agency").returncode == 2


def test_the_rules_are_asked_of_a_day(gongku):
    ask = ("report", "flags", "--on", "2024-04-30", "--treasury", "CITY")
    assert value(gongku(*ask, "--json")) == []
    assert "2024-04-30: 0 fire." in gongku(*ask, "--all").stdout
    assert "预警 0 条" in gongku(*ask, "--rule", "BUD-015", "--known", "2024-04-30", language="zh").stdout
    unknown = gongku(*ask, "--rule", "BUD-001")
    assert (unknown.returncode, "rule: BUD-001" in unknown.stderr) == (1, True)


def test_the_books_agree_and_each_difference_would_be_named(gongku):
    told = value(gongku("verify", "--treasury", "CITY", "--json"))
    assert told["vouchers"] == 2
    assert told["postings"] >= 4
    assert told["accounts"] > 0
    assert told["differences"] == []
    assert "The books agree." in gongku("verify").stdout


def test_one_fen_of_difference_ends_with_1(gongku):
    dsn = gongku("db", "url").stdout.strip()
    from sqlalchemy import create_engine, text

    engine = create_engine(dsn.replace("postgresql:", "postgresql+psycopg:"))
    move = text("update ledger.balance set debit_fen = debit_fen + :fen where account = '1001'")
    try:
        with engine.begin() as connection:
            connection.execute(move, {"fen": 1})
        told = value(gongku("verify", "--json"), code=1)
        plain = gongku("verify", language="zh")
    finally:
        with engine.begin() as connection:
            connection.execute(move, {"fen": -1})
        engine.dispose()
    assert any("1001" in each["where"] for each in told["differences"])
    assert plain.returncode == 1
    assert f"发现差异 {len(told['differences'])} 项" in plain.stdout


def test_the_export_is_whole_private_and_the_same_on_standard_output(gongku, tmp_path):
    out = tmp_path / "books.beancount"
    done = gongku("export", "beancount", "--out", out, "--treasury", "CITY")
    assert done.returncode == 0, done.stderr
    assert "2 vouchers" in done.stdout
    assert is_whole(out.read_bytes())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    shown = gongku("export", "beancount", "--out", "-", "--treasury", "CITY", text=False)
    assert shown.stdout == out.read_bytes()


def test_an_export_that_fails_leaves_the_old_file(gongku, tmp_path):
    out = tmp_path / "books.beancount"
    out.write_text("old", "utf-8")
    done = gongku("export", "beancount", "--out", out, "--treasury", "NOWHERE")
    assert done.returncode == 2
    assert "no treasury NOWHERE" in done.stderr
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(out.name, "old")]


def test_the_doctor_finds_all_well(gongku):
    told = value(gongku("doctor", "--json"))
    assert told["ok"]
    assert [each["check"] for each in told["checks"]] == [
        "config", "disk", "secrets", "server", "durability", "schema", "logins", "guards", "log", "clock",
    ]  # fmt: skip


def test_the_doctor_finds_a_password_that_others_can_read(gongku):
    password = gongku.folder / "secrets" / "public"
    password.chmod(0o644)
    try:
        done = gongku("doctor", GONGKU_DATE="typed wrongly")
    finally:
        password.chmod(0o600)
    assert done.returncode == 1
    assert f"[FAULT] passwords: open to others, or not yours: {password}" in done.stdout
    assert "GONGKU_DATE mean nothing here" in done.stdout
    assert "2 faults." in done.stdout


@contextmanager
def otherwise(gongku, change, back):
    """Let something be otherwise in the books for a while."""
    engine = create_engine(gongku("db", "url").stdout.strip().replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.begin() as connection:
            connection.execute(text(change))
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text(back))
        engine.dispose()


@pytest.mark.parametrize(
    "command", [TRIAL, ("verify",), ("serve", "--port", "0"), ("post", SAMPLES / "events.jsonl", "--dry-run")]
)
def test_books_of_another_version_are_neither_read_nor_written(gongku, command):
    back = f"update alembic_version set version_num = '{newest()}'"
    with otherwise(gongku, "update alembic_version set version_num = '0001'", back):
        done = gongku(*command)
    assert done.returncode == 1
    assert "made by another version" in done.stderr
    assert "gongku init" in done.stderr
    assert newest() in done.stderr


def test_the_doctor_finds_a_guard_that_is_off(gongku):
    with otherwise(
        gongku,
        "alter table ledger.posting disable trigger append_only",
        "alter table ledger.posting enable always trigger append_only",
    ):
        told = value(gongku("doctor", "--json"), code=1)
    assert [each["check"] for each in told["checks"] if not each["ok"]] == ["guards"]


def test_a_period_closes_softly_and_opens_again(gongku):
    of_may = ("--period", "2024-05", "--set", "B2024", "--reason", "月末结账")
    assert "closed softly" in gongku("close", "soft", *of_may).stdout
    again = gongku("close", "soft", *of_may)
    assert (again.returncode, "(period-out-of-order)" in again.stderr) == (1, True)
    assert "open again" in gongku("close", "reopen", *of_may).stdout
    unknown = gongku("close", "hard", "--period", "2031-01", "--reason", "x")
    assert (unknown.returncode, "period: 2031-01" in unknown.stderr) == (1, True)


def test_closing_the_year_is_a_rehearsal_at_first(gongku):
    told = value(gongku("close", "year", "--set", "B2024", "--json", "--treasury", "CITY"))
    assert (told["dry_run"], told["blocked"]) == (True, False)
    assert told["events"]
    assert value(gongku("verify", "--treasury", "CITY", "--json"))["vouchers"] == 2


def test_the_next_year_is_opened_once(gongku):
    take = ("close", "next-year", "2025", "--set", "B2024", "--treasury", "CITY")
    assert "B2025 is open for 2025" in gongku(*take).stdout
    assert "open already" in gongku(*take).stdout
    refused = gongku("close", "next-year", "2031", "--treasury", "CITY")
    assert (refused.returncode, "(next-year-out-of-place)" in refused.stderr) == (1, True)


def test_the_rows_of_a_foreign_file_are_all_accounted_for(gongku):
    take = ("import", "payments", FOREIGN / "city_payments.csv", "--mapping", FOREIGN / "city_payments.toml")
    told = value(gongku(*take, "--json"))
    assert told["read"] == told["posted"] + told["already"] + told["refused"]
    assert (told["posted"], told["already"]) == (6, 0)
    assert sum(each["rows"] for each in told["reasons"].values()) == told["refused"] == len(told["refused_rows"])
    assert told["sums"]["posted"] == "12709178.00"
    again = gongku(*take, language="zh")
    assert again.returncode == 0
    assert "已记过 6 行，合计 12709178.00" in again.stdout


def test_a_demo_is_neither_built_among_real_books_nor_in_their_place(gongku):
    for words in ((), ("--reset",)):
        done = gongku("demo", "--no-serve", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "CITY" in done.stderr
    assert value(gongku("verify", "--treasury", "CITY", "--json"))["vouchers"] == 2
    own = gongku("demo", "--no-serve", "--reset", GONGKU_DATABASE_URL="postgresql://nowhere/books")
    assert (own.returncode, "GONGKU_DATABASE_URL is set" in own.stderr) == (2, True)


def test_the_benchmarks_want_a_checkout(gongku, tmp_path):
    done = gongku.apart("bench", cwd=tmp_path)
    assert (done.returncode, "source checkout" in done.stderr) == (2, True)
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").touch()
    (tmp_path / "bench" / "__main__.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(3)\n", "utf-8")
    run = gongku.apart("bench", "--rows", "5", cwd=tmp_path, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (run.returncode, run.stdout, run.stderr) == (3, "['--rows', '5']\n", "")


def test_a_server_of_ones_own_is_not_started_or_stopped(gongku):
    done = gongku("db", "stop", GONGKU_DATABASE_URL="postgresql://nowhere/books")
    assert (done.returncode, "GONGKU_DATABASE_URL" in done.stderr) == (2, True)


def test_a_database_that_does_not_answer_is_told_in_words(gongku):
    done = gongku("verify", GONGKU_DATABASE_URL="postgresql://postgres@127.0.0.1:1/books")
    assert done.returncode == 1
    assert done.stderr.startswith("gongku: the database answered: ")
    assert "Traceback" not in done.stderr


def test_the_pages_answer_and_end_by_a_signal(gongku):
    with subprocess.Popen(
        gongku.command("serve", "--port", "0"),
        env=gongku.surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as served:
        try:
            zh, en, _ = (served.stdout.readline() for _ in range(3))
            host, port = re.search(r"http://([\d.]+):(\d+)/\n", zh).groups()
            assert host == "127.0.0.1"
            assert en.endswith(f":{port}/en/\n")
            pages = http.client.HTTPConnection(host, int(port), timeout=60)
            pages.request("GET", "/en/")
            answer = pages.getresponse()
            assert (answer.status, b"gongku" in answer.read()) == (200, True)
            pages.close()
            pages.putrequest("POST", "/office/sign-in")
            pages.putheader("Content-Length", str(10**9))
            pages.endheaders()
            assert pages.getresponse().status == 413
            pages.close()
            taken = gongku.apart("serve", "--port", port)
            assert (taken.returncode, f"port {port} of 127.0.0.1 is in use" in taken.stderr) == (1, True)
        finally:
            served.send_signal(signal.SIGTERM)
        assert served.wait(60) == 0
        assert "The pages are closed." in served.stderr.read()


def test_a_host_that_is_not_there_is_refused(gongku):
    done = gongku("serve", "--host", "nowhere.invalid", "--port", "0")
    assert (done.returncode, "no address nowhere.invalid" in done.stderr) == (2, True)


def test_a_reader_that_has_seen_enough_gets_no_complaint(gongku):
    here, there = socket.socketpair()
    there.close()
    with here:
        done = subprocess.run(
            gongku.command("export", "beancount", "--out", "-"),
            env=gongku.surroundings(),
            stdout=here,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (1, "")
