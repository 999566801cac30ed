"""The books as beancount text, and the second engine that rebuilds every balance from it."""

import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import sys

import pytest

from ledger import errors, install, journal
from ledger.db import owner, snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.install import SetPlan
from ledger.money import Fen
from reports import beancount_text, verify
from tests.conftest import DAY, make_city

DAYS = [DAY, dt.date(2024, 4, 1)]
ODD = 'say "\\n" \\ and 引号”；#tag ^link'


def business(city):
    """A receipt, payments, one taken back in red in the next month, a closing day and texts hard to quote."""
    city.receive(50000)
    unit = city.grant(20000)
    city.pay(unit, 12345)
    wrong = city.pay(unit, 6789, counterparty=ODD)
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        journal.reverse(tx, wrong.event_id, key="back", on=DAYS[1], narration=ODD, prepared_by="book")
    city.receive(333, fund="2", revenue="103014801", on=dt.date(2024, 1, 31))
    city.post("AUDT_IN", city.event("depreciation", prepared_by="book", narration="折旧", document="第1号\n附件 \\",
                                    dims={"agency": "201"},
                                    facts={"fixed_assets": Fen(777), "infrastructure": Fen(0)}))  # fmt: skip
    return city


@pytest.fixture(scope="module")
def books(source):
    return business(make_city(source))


def text_of(city, treasury=None):
    with snapshot(city.source) as connection:
        out = io.StringIO()
        vouchers = beancount_text.write_beancount(connection, out, treasury=treasury or city.treasury_id)
    text = out.getvalue()
    assert text.count("\n  number: ") == vouchers
    return text


def answered(text, *options):
    data = text if isinstance(text, bytes) else text.encode()
    command = [sys.executable, "-m", "reports.beancount_child", *options]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.decode()


def refused(text):
    status, answer = answered(text)
    assert status == 1
    return [f"{each['where']}: {each['message']}" for each in answer["errors"]]


def sealed(text):
    """A changed text with a manifest that fits it: what somebody would do who knows how."""
    start = text.rindex(beancount_text.MARK)
    sha256 = hashlib.sha256(text[:start].encode()).hexdigest()
    return text[:start] + re.sub("sha256=.*", f"sha256={sha256}", text[start:])


def test_every_balance_and_turnover_is_rebuilt_to_the_fen(books):
    status, answer = answered(text_of(books))
    assert (status, answer["errors"]) == (0, [])
    with snapshot(books.source) as connection:
        kept = connection.exec_driver_sql(
            "select s.code, b.account, b.debit_fen, b.credit_fen from ledger.balance b"
            " join ledger.account_set s using (treasury_id, account_set_id) where b.treasury_id = %s",
            (books.treasury_id,),
        ).all()
    parts = {name: name.split(":") for name in answer["accounts"]}
    rebuilt = {(p[2], p[4].split("-")[0]): (answer["accounts"][n], answer["turnover"][n]) for n, p in parts.items()}
    assert rebuilt == {(code, account): (debit - credit, [debit, credit]) for code, account, debit, credit in kept}


def test_books_of_one_voucher_are_accounts_of_their_own(books):
    names = {line.split()[2] for line in text_of(books).splitlines() if " open " in line}
    treasury = f"TT{books.treasury_id:06d}"
    assert f"Assets:{treasury}:B2024:Financial:1001-国库存款" in names
    assert {name.split(":")[3] for name in names} == {"Financial", "Budgetary", "Indicator"}
    assert {name.split(":")[0] for name in names} <= {"Assets", "Liabilities", "Equity", "Income", "Expenses"}


def test_the_same_books_built_again_give_the_same_text(books):
    again = business(make_city(books.source))
    code, other = (f"T{city.treasury_id:06d}" for city in (books, again))
    assert [*numbered(books)] == [*numbered(again)]
    first, second = text_of(books).split("; manifest")[0], text_of(again).split("; manifest")[0]
    assert first == second.replace(other, code)


def numbered(city):
    return re.findall(r"\n  number: .*", text_of(city))


def test_the_text_holds_no_identity_and_no_instant(books):
    text = text_of(books)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", text)
    assert not re.search(r"\d\d:\d\d", text)


def test_vouchers_stand_by_set_period_and_number(books):
    found = re.findall(r'\n  set: "(.*)"\n  number: "(.*)/(.*)"', text_of(books))
    order = [(code, period, int(no)) for code, period, no in found]
    assert order == sorted(order)
    assert {period for _, period, _ in order} == {"2024-01", "2024-03", "2024-04"}


def test_a_reversal_names_what_it_takes_back_and_is_red(books):
    part = next(each for each in text_of(books).split("\n\n") if 'kind: "reversal"' in each)
    assert re.search(r'\n  reverses: "treasury_payment/treasury_payment-\d+"\n  red: TRUE\n', part)
    assert '-67.89 CNY\n    side: "D"' in part


def test_texts_are_quoted(books):
    text = text_of(books)
    quoted = ODD.replace("\\", "\\\\").replace('"', '\\"')
    assert f'\n    counterparty: "{quoted}"\n' in text
    assert '\n  document: "第1号\\n附件 \\\\"\n' in text


def test_all_treasuries_come_by_code(books):
    make_city(books.source).receive(1)
    with snapshot(books.source) as connection:
        out = io.StringIO()
        heard = []
        vouchers = beancount_text.write_beancount(connection, out, progress=heard.append)
    codes = re.findall(r"^; (T\d{6}) ", out.getvalue(), re.MULTILINE)
    assert codes == sorted(codes)
    assert heard[-1] == vouchers
    assert answered(out.getvalue())[0] == 0


def test_a_treasury_is_asked_by_number_or_code_and_an_unknown_one_is_refused(books):
    assert text_of(books) == text_of(books, f"T{books.treasury_id:06d}")
    with pytest.raises(errors.UnknownBook):
        text_of(books, "NOWHERE")


def test_the_currency_is_that_of_the_set(source):
    city = make_city(source)
    plan = SetPlan("F2024", "301", "agency", "unit_2019", 2024, dt.date(2024, 1, 1), "外币", "Foreign", "USD")
    with owner(source) as connection:
        install.create_account_sets(connection, city.treasury_id, [plan])
    lines = (GivenLine("100299", "D", Fen(1)), GivenLine("3001", "C", Fen(1)))
    city.receive(100)
    city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher("F2024", lines),)))
    text = text_of(city)
    assert "commodity CNY\n" in text
    assert "commodity USD\n" in text
    assert "  0.01 USD\n" in text
    assert answered(text)[0] == 0


def test_a_whole_text_is_known_and_a_cut_or_changed_one_too(books):
    data = text_of(books).encode()
    assert beancount_text.is_whole(data)
    assert not beancount_text.is_whole(data[:-1])
    assert not beancount_text.is_whole(data.replace(b"123.45", b"123.46", 1))
    assert not beancount_text.is_whole(data + b"\n")
    assert not beancount_text.is_whole(b"")


def test_the_second_engine_knows_a_cut_text(books):
    text = text_of(books)
    assert any("cut" in each for each in refused(text[: text.rindex("; manifest")]))
    vouchers = text.split("\n\n")
    shorter = sealed("\n\n".join([*vouchers[:5], *vouchers[6:]]))
    assert any("not as the manifest" in each for each in refused(shorter))


def test_a_fen_planted_in_the_text_is_caught_and_named(books):
    changed = sealed(text_of(books).replace("123.45 CNY", "123.46 CNY", 1))
    where = re.search(r'set: "(.*)"\n  number: "(.*)"\n(?:  .*\n)*? .*123\.46 CNY', changed)
    assert f"{where[1]} {where[2]}: " in " ".join(refused(changed))


def test_a_fen_planted_on_both_sides_of_the_text_differs_from_the_books(books):
    text = text_of(books)
    part = next(each for each in text.split("\n\n") if "  123.45 CNY" in each)
    changed = sealed(text.replace(part, part.replace("123.45", "123.46")))
    status, answer = answered(changed)
    assert (status, answer["errors"]) == (0, [])
    rebuilt = verify.second_engine(lambda out: out.write(changed))
    with snapshot(books.source) as connection:
        differences = list(verify.compare(connection, rebuilt, books.treasury_id))
        assert list(verify.compare(connection, verify.second_engine(
            lambda out: out.write(text)), books.treasury_id)) == []  # fmt: skip
    assert {each.kind for each in differences} == {"engine-balance"}
    accounts = {line.split(":")[4].split("-")[0] for line in part.splitlines() if " CNY" in line}
    assert {each.where.rsplit(" ", 1)[1] for each in differences} == accounts


def test_a_book_that_is_off_is_caught_though_the_voucher_is_not(books):
    """Beancount only asks that a voucher balances as a whole."""
    text = text_of(books)
    financial, budgetary = ('  {}:TTX:S:{}:1001-X  {} CNY\n    side: "{}"\n'.format(*each) for each in (
        ("Assets", "Financial", "1.00", "D"), ("Assets", "Budgetary", "-1.00", "C")))  # fmt: skip
    start = text.rindex("; manifest")
    opened = "".join(f"2023-12-31 open Assets:TTX:S:{book}:1001-X CNY\n" for book in ("Financial", "Budgetary"))
    extra = f'{opened}\n2024-03-05 * "x"\n  set: "S"\n  number: "2024-03/1"\n{financial}{budgetary}'
    found = refused(sealed(text[:start] + extra + text[start:]))
    assert "S 2024-03/1: the Financial book is off by 100 fen" in found
    assert "S 2024-03/1: the Budgetary book is off by -100 fen" in found


@pytest.mark.parametrize(
    "line",
    [
        'plugin "evil"',
        'include "other.beancount"',
        'option "insert_pythonpath" "TRUE"',
        'option "title" "x"',
        "pushtag #x",
        '2024-01-01 document Assets:TTX:S:Financial:1001 "file"',
        "2024-01-01 pad Assets:A Assets:B",
        '2024-01-01 query "x" "select 1"',
        '\tinclude "x"',
        '  2024 include "x"',
    ],
)
def test_a_line_that_is_not_ours_never_reaches_the_parser(books, line):
    text = text_of(books)
    start = text.rindex("; manifest")
    assert any("not a line of an export" in each for each in refused(sealed(f"{text[:start]}{line}\n{text[start:]}")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("123.45 CNY", "1e9 CNY"),
        ("123.45 CNY", "123.455 CNY"),
        ("123.45 CNY", "9" * 40 + ".00 CNY"),
        ("123.45 CNY", "CNY"),
        ("123.45 CNY", "123.45 USD"),
        ('side: "D"', 'side: "X"'),
        ('side: "D"', 'side: "C"'),
        ("red: TRUE", "red: FALSE"),
        (" open Assets", " open Expenses"),
        ('* "', '* x "'),
    ],
)
def test_a_text_that_is_not_right_is_an_error_and_no_crash(books, old, new):
    assert refused(sealed(text_of(books).replace(old, new, 1)))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"; manifest vouchers=0 postings=0 sha256=0\n", b"\x00" * 5000])
def test_no_text_at_all_is_an_error(data):
    status, answer = answered(data)
    assert status == 1
    assert answer["errors"]


def test_a_file_is_read_as_the_input_is(books, tmp_path):
    path = tmp_path / "books.beancount"
    path.write_text(text_of(books), encoding="utf-8")
    assert answered(b"", str(path)) == answered(text_of(books))


def test_the_engine_is_held_to_its_memory(books):
    assert answered(text_of(books))[0] == 0
    status, answer = answered(b";" * (64 << 20), "--memory", "1")
    assert status != 0
    assert "MemoryError" in answer


def test_an_engine_that_dies_is_a_difference_and_not_a_verdict(books):
    rebuilt = verify.second_engine(lambda out: out.write(";" * (64 << 20)), memory=1)
    assert rebuilt.turnover == {}
    assert "no answer" in rebuilt.errors[0][1]
    with snapshot(books.source) as connection:
        kinds = {each.kind for each in verify.compare(connection, rebuilt, books.treasury_id)}
    assert kinds == {"engine-error", "engine-balance"}


def test_only_the_child_knows_beancount():
    code = "import sys, reports.verify, reports.beancount_text; sys.exit('beancount' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
