"""Whatever is planted in the books behind the guards' back is found, and named."""

import json
from contextlib import contextmanager, suppress

import pytest

from ledger import errors, journal, sequencer
from ledger.db import owner, snapshot, transaction
from ledger.install import load_master
from reports import verify
from tests.conftest import DAY, make_city

TABLES = ("event", "voucher", "posting", "limit_row", "limit_move", "balance", "balance_day", "leaf", "log_entry",
          "log_size", "period", "indicator", "template", "treasury")  # fmt: skip
GUARDS = {"guard-trigger", "guard-constraint"}


@pytest.fixture(scope="module")
def books(source):
    """Books with receipts, an indicator, payments, a payment taken back, and half of the leaves in the log."""
    city = make_city(source)
    city.receive(50000)
    unit = city.grant(20000)
    city.pay(unit, 12345)
    sequencer.sequence(source, city.treasury_id)
    wrong = city.pay(unit, 6789)
    with transaction(source, city.session("AUDT_IN")) as tx:
        journal.reverse(tx, wrong.event_id, key="back", on=DAY, narration="冲销", prepared_by="book")
    city.receive(333, fund="2", revenue="103014801")
    return city


class _Undo(Exception):
    """Takes back what a test has planted."""


@contextmanager
def planted(city, *statements, off=TABLES):
    """Books changed as only the owner of the machine could, seen by the same connection, and then undone."""
    with suppress(_Undo), owner(city.source) as connection:
        for table in off:
            connection.exec_driver_sql(f"alter table ledger.{table} disable trigger all")
        for statement in statements:
            result = connection.exec_driver_sql(statement, {"t": city.treasury_id, **VOUCHERS})
            assert result.rowcount != 0, statement
        yield connection
        raise _Undo


def found(connection, city):
    verdict = verify.check(connection, treasury=city.treasury_id)
    return [each for each in verdict.differences if each.kind not in GUARDS]


VOUCHERS = {"set": "B2024", "no": 2}
NAME = "B2024 2024-03/2"
PAID = """(select v.voucher_id from ledger.voucher v join ledger.account_set s using (treasury_id, account_set_id)
            where v.treasury_id = %(t)s and s.code = %(set)s and v.period_no = 3 and v.no = %(no)s)"""
AT = f"treasury_id = %(t)s and voucher_id = {PAID}"
LEAF = f"treasury_id = %(t)s and leaf_id = {PAID}"
EVENT = f"treasury_id = %(t)s and event_id = (select event_id from ledger.voucher where {AT})"
BUREAU = """treasury_id = %(t)s and account_set_id = (
              select account_set_id from ledger.account_set where treasury_id = %(t)s and code = %(set)s)"""

PLANTS = {
    "a fen on a posting": (
        [f"update ledger.posting set amount_fen = amount_fen + 1 where {AT} and line_no = 1"],
        {"voucher-unbalanced": NAME, "voucher-debit": NAME, "balance": "B2024 account", "balance-day": "2024-03-05",
         "event-content": NAME, "leaf-bytes": f"{NAME} leaf, line 1", "engine-error": NAME,
         "engine-balance": "B2024 account"},
    ),
    "a fen on a limited posting": (
        [f"update ledger.posting set amount_fen = amount_fen - 1 where {AT} and limit_key is not null"],
        {"voucher-unbalanced": NAME, "limit-move": NAME},
    ),
    "a fen moved to another account, in balance": (
        [f"update ledger.posting set account = '1002' where {AT} and side = 'C' and book = 'financial'"],
        {"balance": "account 1002", "event-content": NAME, "leaf-bytes": NAME, "engine-balance": "account 1001",
         "limit-move": NAME},
    ),
    "an account of no chart": (
        [f"update ledger.posting set account = '9876' where {AT} and line_no = 1"],
        {"account-unknown": f"{NAME} line 1 account 9876", "balance": "account 9876", "engine-balance": "9876"},
    ),
    "a code of no classification": (
        [f"update ledger.posting set func = '9999999' where {AT} and func is not null"],
        {"code-unknown": NAME, "leaf-bytes": NAME},
    ),
    "an indicator of nobody": (
        ["update ledger.posting set indicator = 'NONE' where treasury_id = %(t)s and indicator is not null"
         f" and voucher_id in (select voucher_id from ledger.voucher where {EVENT})"],
        {"indicator-unknown": "I2024 2024-03/", "posting-limit": "I2024 2024-03/"},
    ),
    "a posting in another book": (
        [f"update ledger.posting set book = 'budgetary' where {AT} and line_no = 1"],
        {"posting-book": f"{NAME} line 1", "voucher-unbalanced": NAME},
    ),
    "a posting on another day": (
        [f"update ledger.posting set effective_on = '2024-03-06' where {AT} and line_no = 1"],
        {"voucher-day": NAME, "balance-day": "2024-03-06"},
    ),
    "another side": (
        [f"update ledger.posting set side = case side when 'D' then 'C' else 'D' end, amount_fen = -amount_fen"
         f" where {AT}"],
        {"voucher-red": NAME, "balance": "B2024", "engine-balance": "B2024"},
    ),
    "another payee": (
        [f"update ledger.posting set counterparty = '另一家' where {AT} and counterparty is not null"],
        {"event-content": NAME, "leaf-bytes": f"{NAME} leaf, line"},
    ),
    "a posting deleted": (
        [f"delete from ledger.posting where {AT} and line_no = 2"],
        {"voucher-lines": NAME, "voucher-unbalanced": NAME, "engine-error": NAME},
    ),
    "all postings deleted": (
        [f"delete from ledger.posting where {AT}"], {"voucher-empty": NAME, "limit-move-stray": NAME},
    ),
    "a voucher deleted": (
        [f"delete from ledger.voucher where {AT}"],
        {"voucher-missing": NAME, "number-missing": NAME, "leaf-stray": NAME, "engine-balance": "B2024",
         "event-content": "treasury_payment/"},
    ),
    "a voucher deleted with all that hangs on it": (
        [f"create temp table gone on commit drop as select {PAID} as voucher_id",
         *(f"delete from ledger.{table} x using gone where x.treasury_id = %(t)s and x.{column} = gone.voucher_id"
           for table, column in (("posting", "voucher_id"), ("limit_move", "voucher_id"), ("leaf_key", "leaf_id"),
                                 ("leaf", "leaf_id"), ("voucher", "voucher_id")))],
        {"number-missing": NAME, "balance": "B2024", "limit-chain": "B2024", "limit-row": "B2024",
         "log-leaf-lost": "place "},
    ),
    "the last voucher deleted": (
        ["delete from ledger.voucher v using ledger.account_set s where v.treasury_id = %(t)s and s.code = %(set)s"
         " and (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id) and v.no = 5"],
        {"number-last": "B2024 2024-03/5", "voucher-missing": "B2024 2024-03/5"},
    ),
    "a number": (
        [f"update ledger.voucher set no = 99 where {AT}"],
        {"number-missing": NAME, "number-last": "B2024 2024-03", "leaf-bytes": "B2024 2024-03/99 leaf, number"},
    ),
    "another period": (
        [f"update ledger.voucher set period_no = 4 where {AT}"],
        {"period-wrong": "B2024 2024-04/2", "number-missing": NAME},
    ),
    "a number twice": (
        ["alter table ledger.voucher drop constraint voucher_numbered_once",
         f"update ledger.voucher set no = 1 where {AT}"],
        {"number-twice": "B2024 2024-03/1", "number-missing": NAME},
    ),
    "no such set": (
        [f"update ledger.voucher set account_set_id = 77 where {AT}"],
        {"set-unknown": "set 77 period 3/2", "number-missing": NAME, "voucher-set": "set 77"},
    ),
    "a posting in another set": (
        [f"update ledger.posting set account_set_id = 77 where {AT} and line_no = 1"],
        {"voucher-set": NAME, "account-unknown": NAME, "balance": "set 77", "event-content": NAME},
    ),
    "no such period": (
        [f"update ledger.voucher set period_no = 40 where {AT}"], {"period-unknown": "B2024 period 40/2"},
    ),
    "another event day": (
        [f"update ledger.event set effective_on = '2024-03-07' where {EVENT}"],
        {"event-day": NAME, "event-content": NAME},
    ),
    "a voucher without its event": (
        [f"delete from ledger.event where {EVENT}"], {"event-missing": NAME, "leaf-bytes": NAME},
    ),
    "an event without its vouchers": (
        ["delete from ledger.voucher where treasury_id = %(t)s"], {"event-empty": "treasury_receipt/"},
    ),
    "the header's sum": (
        [f"update ledger.voucher set debit_fen = debit_fen + 1 where {AT}"], {"voucher-debit": NAME},
    ),
    "the header's colour": ([f"update ledger.voucher set red = true where {AT}"], {"voucher-red": NAME}),
    "a limit's move deleted": (
        [f"delete from ledger.limit_move where {AT}"],
        {"limit-move-missing": NAME, "limit-chain": "B2024", "limit-row": "B2024 account 1001"},
    ),
    "what a limit's move left": (
        [f"update ledger.limit_move set after_fen = after_fen + 1 where {AT}"], {"limit-chain": NAME},
    ),
    "what a limit holds": (
        [f"update ledger.limit_row set available_fen = available_fen + 1 where {BUREAU}"],
        {"limit-row": "B2024 account 1001 limit 1"},
    ),
    "a running balance": (
        [f"update ledger.balance set debit_fen = debit_fen + 1 where {BUREAU} and account = '1001'"],
        {"balance": "B2024 account 1001", "engine-balance": "B2024 account 1001"},
    ),
    "both turnovers alike": (
        [f"update ledger.balance set debit_fen = debit_fen + 1, credit_fen = credit_fen + 1"
         f" where {BUREAU} and account = '1001'"],
        {"engine-balance": "B2024 account 1001"},
    ),
    "a day's balance": (
        [f"delete from ledger.balance_day where {BUREAU} and account = '1001'"],
        {"balance-day": "B2024 account 1001 on 2024-03-05"},
    ),
    "the counter": (
        [f"update ledger.period set last_no = last_no + 1 where {BUREAU} and period_no = 3"],
        {"number-last": "B2024 2024-03/6"},
    ),
    "a leaf deleted": (
        [f"delete from ledger.leaf where {LEAF}"], {"leaf-missing": NAME, "log-leaf-lost": NAME},
    ),
    "a leaf's digest": (
        [f"update ledger.leaf set digest = sha256('x') where {LEAF}"], {"leaf-digest": NAME},
    ),
    "a leaf's bytes, with their digest": (
        [f"update ledger.leaf set bytes = set_byte(bytes, 3, 255), digest = sha256(set_byte(bytes, 3, 255))"
         f" where {LEAF}"],
        {"leaf-bytes": f"{NAME} leaf, form"},
    ),
    "the narration": (
        [f"update ledger.event set narration = '别的' where {EVENT}"],
        {"event-content": NAME, "leaf-bytes": f"{NAME} leaf, narration"},
    ),
    "who posted": (
        [f"update ledger.event set posted_by = 'comp' where {EVENT}"], {"leaf-bytes": f"{NAME} leaf, posted by"},
    ),
    "the content's digest": (
        [f"update ledger.event set content_digest = sha256('x') where {EVENT}"], {"event-content": NAME},
    ),
    "the template's digest": (
        [f"update ledger.event set template_digest = sha256('x') where {EVENT}"],
        {"event-template": NAME, "leaf-bytes": f"{NAME} leaf, template"},
    ),
    "a template for something else": (
        [f"update ledger.event set template_digest = (select digest from ledger.template where event = 'manual' limit 1)"
         f" where {EVENT}"],
        {"event-template": NAME},
    ),
    "a template's body": (
        ["alter table ledger.template drop constraint template_digest_true",
         "update ledger.template set body = body || ' ' where event = 'treasury_payment'"],
        {"template-digest": "template treasury_payment"},
    ),
    "a reversal of nothing": (
        ["update ledger.event set reverses = uuidv7() where treasury_id = %(t)s and reverses is not null"],
        {"event-reverses": "B2024 2024-03/4 reversal/back", "reversal-mirror": "reversal/back"},
    ),
    "a reversal that does not mirror": (
        ["update ledger.posting p set amount_fen = amount_fen - 1 from ledger.voucher v, ledger.event e"
         " where p.treasury_id = %(t)s and (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)"
         " and (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and e.reverses is not null"],
        {"reversal-mirror": "of reversal/back", "voucher-debit": "B2024 2024-03/4"},
    ),
    "a place of the log": (
        ["delete from ledger.log_entry where treasury_id = %(t)s and log_index = 1"],
        {"log-gap": "place 2", "leaf-place": "2024-03/"},
    ),
    "the end of the log": (
        ["delete from ledger.log_entry where treasury_id = %(t)s and log_index ="
         " (select max(log_index) from ledger.log_entry where treasury_id = %(t)s)"],
        {"log-size": "the log", "leaf-place": "2024-03/"},
    ),
    "a leaf out of the queue": (
        ["delete from ledger.leaf_queue where treasury_id = %(t)s"], {"leaf-place": "B2024 2024-03/5"},
    ),
    "a leaf in the queue again": (
        [f"insert into ledger.leaf_queue select treasury_id, voucher_id from ledger.voucher where {AT}"],
        {"leaf-place": NAME},
    ),
    "a queue for no leaf": (
        ["insert into ledger.leaf_queue values (%(t)s, uuidv7())"], {"queue-leaf-lost": "voucher "},
    ),
    "an indicator's parent": (
        ["update ledger.indicator set fund = '2' where treasury_id = %(t)s and parent is null"],
        {"indicator-parent": "indicator D"},
    ),
}  # fmt: skip


def test_true_books_have_no_difference(books):
    verdict = verify.verify(books.source, treasury=books.treasury_id)
    assert verdict.differences == ()
    with snapshot(books.source) as connection:
        counted = connection.exec_driver_sql(
            "select (select count(*) from ledger.voucher v where v.treasury_id = %(t)s),"
            " (select count(*) from ledger.posting p where p.treasury_id = %(t)s),"
            " (select count(*) from ledger.balance b where b.treasury_id = %(t)s)",
            {"t": books.treasury_id},
        ).one()
    assert (verdict.vouchers, verdict.postings, verdict.accounts) == tuple(counted)


def test_a_treasury_is_asked_by_its_code_too(books):
    told = verify.verify(books.source, treasury=f"T{books.treasury_id:06d}")
    assert told == verify.verify(books.source, treasury=books.treasury_id)


def test_an_unknown_treasury_is_refused(books):
    with pytest.raises(errors.UnknownBook):
        verify.verify(books.source, treasury="NOWHERE")


def test_all_treasuries_are_recomputed_and_progress_is_told(books):
    make_city(books.source).receive(123450)
    heard = []
    verdict = verify.verify(books.source, progress=heard.append)
    assert verdict.differences == ()
    assert heard[-1] == verdict.vouchers > verify.verify(books.source, treasury=books.treasury_id).vouchers


def test_a_treasury_without_books_has_nothing_to_differ(source):
    assert verify.verify(source, treasury=make_city(source).treasury_id).as_json() == {
        "vouchers": 0, "postings": 0, "accounts": 0, "differences": []}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_planted_is_found_and_named(books, plant):
    statements, expected = PLANTS[plant]
    with planted(books, *statements) as connection:
        differences = found(connection, books)
    for kind, place in expected.items():
        named = [each.where for each in differences if each.kind == kind]
        assert any(place in where for where in named), (kind, place, differences)
    assert verify.verify(books.source, treasury=books.treasury_id).differences == ()


def test_a_difference_says_what_is_written_and_what_was_found(books):
    statement = f"update ledger.voucher set debit_fen = debit_fen + 1 where {AT}"
    with planted(books, statement) as connection:
        differences = found(connection, books)
    code = f"T{books.treasury_id:06d}"
    assert differences == [verify.Difference("voucher-debit", f"{code} {NAME}", "24691", "24690")]


def test_other_treasuries_are_left_alone(books):
    other = make_city(books.source)
    other.receive(100)
    with planted(books, f"update ledger.voucher set debit_fen = debit_fen + 1 where {AT}") as connection:
        assert found(connection, other) == []


def test_erased_keys_are_no_difference_but_a_missing_commitment_is(books):
    erased = f"delete from ledger.leaf_key where {LEAF}"
    with planted(books, erased, off=("leaf",)) as connection:
        assert found(connection, books) == []
    with planted(books, erased, f"update ledger.posting set counterparty = null where {AT}") as connection:
        assert [each.where.split("leaf")[0] for each in found(connection, books) if each.kind == "leaf-bytes"]


def test_rows_of_no_treasury_are_found(books):
    with planted(
        books,
        "alter table ledger.balance drop constraint balance_pkey",
        "insert into ledger.balance values (999999, 1, '1001', 1, 1)",
    ) as connection:
        assert "999999 in balance" in [each.where for each in verify.guards(connection)]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("alter table ledger.posting disable trigger append_only", "trigger append_only on posting"),
        ("alter table ledger.posting enable trigger posting_checked", "trigger posting_checked on posting"),
        ("alter table ledger.leaf enable replica trigger append_only", "trigger append_only on leaf"),
        ("drop trigger voucher_checked on ledger.voucher", "trigger voucher_checked on voucher"),
        ("drop trigger never_deleted on ledger.balance", "trigger never_deleted on balance"),
        (
            "alter table ledger.limit_row drop constraint limit_may_not_run_dry",
            "constraint limit_may_not_run_dry on limit_row",
        ),
        ("drop index ledger.event_reversed_once", "constraint event_reversed_once on event"),
        (
            "alter table ledger.posting add constraint loose check (amount_fen <> 7) not enforced",
            "constraint loose on posting",
        ),
        (
            "create or replace function ledger.append_only() returns trigger language plpgsql as"
            " 'begin return null; end'",
            "function ledger.append_only",
        ),
    ],
)
def test_a_guard_that_is_off_or_gone_is_a_difference(books, statement, named):
    with planted(books, off=()) as connection:
        assert list(verify.guards(connection)) == []
    with planted(books, statement, off=()) as connection:
        assert [each.where for each in verify.guards(connection)] == [named]


def test_master_data_loaded_again_is_no_difference(books):
    with planted(books, off=()) as connection:
        load_master(connection)
        assert verify.check(connection, treasury=books.treasury_id).differences == ()


def test_past_the_most_the_rest_is_told_and_not_listed(books, monkeypatch):
    monkeypatch.setattr(verify, "MOST", 3)
    spoiled = "update ledger.voucher set debit_fen = debit_fen + 1 where treasury_id = %(t)s"
    with planted(books, spoiled) as connection:
        differences = found(connection, books)
    assert [each.kind for each in differences] == ["voucher-debit"] * 3 + ["more"]


def test_the_verdict_is_json(books):
    told = verify.verify(books.source, treasury=books.treasury_id).as_json()
    assert json.loads(json.dumps(told)) == told
    assert set(told) == {"vouchers", "postings", "accounts", "differences"}
