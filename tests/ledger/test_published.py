"""The public sees vouchers of closed, published periods; what a rule hides is hidden, and no amount changes."""

import datetime as dt

import pytest

from ledger import periods
from ledger.db import transaction
from ledger.errors import LedgerError

FIRST, LAST = dt.date(2024, 1, 31), dt.date(2024, 3, 31)


def close_until(city, code, last):
    for number in range(last + 1):
        with transaction(city.source, city.session("CLOS")) as tx:
            periods.close_for_good(tx, code, number, "结账")


def publish(city, code, as_of):
    with transaction(city.source, city.session("PUBL")) as tx:
        set_id = tx.connection.exec_driver_sql(
            "select account_set_id from ledger.account_set where treasury_id = %s and code = %s",
            (city.treasury_id, code),
        ).scalar_one()
        tx.connection.exec_driver_sql("select ledger.publish(%s, %s)", (set_id, as_of))


def public(city, sql, **given):
    with city.source.engine("public").connect() as connection:
        return connection.exec_driver_sql(sql, {"treasury": city.treasury_id, **given}).mappings().all()


POSTINGS = "select * from published.posting where treasury_id = %(treasury)s order by code, label, no, line_no"
VOUCHERS = "select * from published.voucher where treasury_id = %(treasury)s order by code, label, no"
FOUND = (
    "select code, label, no, shown from published.search where treasury_id = %(treasury)s"
    " and words @@ published.asked(%(asked)s)"
)


@pytest.fixture
def disclosed(city):
    city.receive(9_000_000)
    indicator = city.grant(800_000)
    city.pay(indicator, 123_450)
    city.pay(indicator, 70_010, gov_econ="50901", dept_econ="30304", counterparty="王小明")
    city.pay(indicator, 30_020, counterparty="联系 13812345678")
    close_until(city, "A201-2024", 3)
    publish(city, "A201-2024", LAST)
    return city


def test_nothing_is_seen_before_it_is_published(city):
    city.receive(500_000)
    assert public(city, VOUCHERS) == []
    assert public(city, POSTINGS) == []


def test_an_open_period_is_not_published(city):
    city.receive(500_000)
    with pytest.raises(LedgerError) as refused:
        publish(city, "B2024", LAST)
    assert refused.value.code == "not-closed-yet"


def test_only_the_published_set_is_seen(disclosed):
    assert {row["code"] for row in public(disclosed, VOUCHERS)} == {"A201-2024"}


def test_a_supplier_is_named_and_a_person_is_not(disclosed):
    said = {(row["amount_fen"], row["counterparty"], row["counterparty_rule"]) for row in public(disclosed, POSTINGS)}
    assert (123_450, "某某文具店", None) in said
    assert (70_010, None, "PERSON") in said
    assert (30_020, None, "PATTERN") in said
    assert not any("王小明" in str(row) or "138" in str(row) for row in said)


def test_every_rule_that_hides_names_its_article(disclosed):
    rules = public(disclosed, "select rule, basis from published.redaction_rule where %(treasury)s > 0")
    assert {"PERSON", "PATTERN", "SECRET", "STAFF"} <= {row["rule"] for row in rules}
    assert all("条" in row["basis"] for row in rules)


def test_the_amounts_are_those_of_the_trial_balance(disclosed):
    sums = public(
        disclosed,
        "select account, sum(amount_fen) filter (where side = 'D') as debit from published.posting"
        " where treasury_id = %(treasury)s group by account order by account",
    )
    kept = public(
        disclosed,
        "select account, debit_fen from published.balance where treasury_id = %(treasury)s order by account",
    )
    assert [(row["account"], int(row["debit"] or 0)) for row in sums] == [
        (row["account"], row["debit_fen"]) for row in kept
    ]


@pytest.mark.parametrize("asked", ["文", "文具", "文具店", "1234.50", "某某文具店", "A201-2024"])
def test_a_payment_is_found_by_what_is_public(disclosed, asked):
    assert public(disclosed, FOUND, asked=asked)


@pytest.mark.parametrize("asked", ["王小明", "13812345678"])
def test_what_is_hidden_cannot_be_searched(disclosed, asked):
    assert public(disclosed, FOUND, asked=asked) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("国库存款", {"国库", "库存", "存款"}),
        ("税", {"税"}),
        ("ＡＢＣ-12 税务", {"abc-12", "税务"}),
        ("", set()),
    ],
)
def test_a_text_is_cut_into_pairs_and_words(city, text, words):
    rows = public(city, "select published.bigrams(%(text)s) as words", text=text)
    assert set(rows[0]["words"]) == words
