"""A file's rows become vouchers of a treasury of its own, once each, or are listed."""

import datetime as dt
import itertools
import json

import pytest

from importers.mapping import find_mapping
from importers.payments import import_payments, read_payments
from ledger import access, install
from ledger.db import owner, snapshot, transaction
from ledger.errors import InvalidFile, KeyReused
from ledger.install import AgencyPlan, PersonPlan, SetPlan, TreasuryPlan
from ledger.money import format_yuan, parse_yuan

HEADER = b"Payment Date,Amount,Supplier,Unit,Purpose,Txn\r\n"
ROW_1 = b"05/03/2011,1234.50,A Andrews,East,tiles,1103-00001\r\n"
ROW_2 = b"06/04/2011,-7.05,A Appleyard,West,,1103-00002\r\n"
NUMBERS = itertools.count(700_001)


@pytest.fixture
def council_books(source):
    """Make a treasury with import sets for the years from April 2010 and April 2011."""
    return make_books(source, "GBP")


def make_books(source, currency):
    number = next(NUMBERS)
    with owner(source) as connection:
        plan = TreasuryPlan(number, f"T{number}", "议会", "Council", currency=currency)
        install.create_treasury(connection, plan)
        install.create_agencies(connection, number, [AgencyPlan("1", "议会", "Council", "other")])
        for duty in ("BOOK", "AUDT_IN"):
            install.create_office(connection, number, f"1.{duty}", "1", duty, duty)
            person = PersonPlan(duty.lower(), duty, f"1.{duty}", (duty,))
            install.create_person(connection, number, person, dt.date(2020, 1, 1), "no. 1")
        sets = [
            SetPlan(
                f"LEEDS-{year}",
                "1",
                "import",
                "imported",
                year,
                dt.date(year, 4, 1),
                "议会",
                "Council",
                currency,
            )
            for year in (2010, 2011)
        ]
        install.create_account_sets(connection, number, sets)
    return access.open_session(source, number, "audt_in", "AUDT_IN")


@pytest.fixture
def take(source, council_books):
    """Post a reading and give what became of it, as its JSON."""

    def taking(reading, session=council_books):
        with transaction(source, session) as tx:
            return import_payments(tx, reading, prepared_by="book").as_json()

    return taking


@pytest.fixture
def expenditure(source, council_books):
    """Give the balance of the expenditure account of every set, straight from the postings."""

    def balance():
        with snapshot(source) as books:
            return dict(
                books.exec_driver_sql(
                    "select s.code, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint"
                    "  from ledger.posting p join ledger.voucher v using (treasury_id, voucher_id)"
                    "  join ledger.account_set s"
                    "    on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
                    " where p.treasury_id = %s and p.account = '5001' group by 1 order by 1",
                    (council_books.treasury_id,),
                ).all()
            )

    return balance


def test_a_payment_and_a_refund_post_in_the_sets_of_their_years(read, council, take, expenditure):
    told = take(read(HEADER + ROW_1 + ROW_2, council))
    assert (told["read"], told["posted"], told["already"], told["refused"]) == (2, 2, 0, 0)
    assert told["sums"]["posted"] == "1227.45"
    assert expenditure() == {"LEEDS-2010": 123450, "LEEDS-2011": -705}


def test_the_voucher_says_who_was_paid_by_whom_for_what(read, council, take, source, council_books):
    take(read(HEADER + ROW_1 + ROW_2, council))
    with snapshot(source) as books:
        told = books.exec_driver_sql(
            "select e.kind, e.key, e.narration, e.prepared_by, max(p.counterparty)"
            "  from ledger.event e join ledger.voucher v using (treasury_id, event_id)"
            "  join ledger.posting p using (treasury_id, voucher_id)"
            " where e.treasury_id = %s group by 1, 2, 3, 4 order by 2",
            (council_books.treasury_id,),
        ).all()
    assert [tuple(row) for row in told] == [
        ("imported_payment", "leeds-spending:1103-00001", "East · tiles", "book", "A Andrews"),
        ("imported_refund", "leeds-spending:1103-00002", "West", "book", "A Appleyard"),
    ]


def test_the_same_file_twice_adds_nothing_and_a_longer_one_only_what_is_new(read, council, take, expenditure):
    take(read(HEADER + ROW_1, council))
    told = take(read(HEADER + ROW_1, council))
    assert (told["posted"], told["already"]) == (0, 1)
    assert told["sums"] == {
        "read": "1234.50",
        "posted": "0.00",
        "already": "1234.50",
        "refused": "0.00",
    }
    told = take(read(HEADER + ROW_2 + ROW_1, council))
    assert (told["posted"], told["already"]) == (1, 1)
    assert expenditure() == {"LEEDS-2010": 123450, "LEEDS-2011": -705}


def test_a_row_that_came_before_with_another_amount_refuses_the_file(read, council, take, expenditure):
    take(read(HEADER + ROW_1, council))
    changed = ROW_1.replace(b"1234.50", b"1234.51")
    with pytest.raises(KeyReused) as refusal:
        take(read(HEADER + ROW_2 + changed, council))
    assert (refusal.value.facts["file"], refusal.value.facts["row"]) == ("payments.csv", 3)
    assert expenditure() == {"LEEDS-2010": 123450}


def test_a_row_of_a_year_without_books_is_listed(read, council, take):
    late = ROW_2.replace(b"06/04/2011", b"06/04/2012")
    told = take(read(HEADER + ROW_1 + late + b",,,,,\r\n", council))
    assert (told["read"], told["posted"], told["refused"]) == (3, 1, 2)
    assert [(row["row"], row["reason"]) for row in told["refused_rows"]] == [
        (4, "blank"),
        (3, "no_account_set"),
    ]
    assert told["reasons"]["no_account_set"]["sum"] == "-7.05"
    assert json.loads(json.dumps(told)) == told


def test_a_file_in_another_currency_is_refused(read, council, take, source):
    yuan = make_books(source, "CNY")
    with pytest.raises(InvalidFile, match="currency"):
        take(read(HEADER + ROW_1, council), yuan)


def test_rows_without_references_also_post_once(read, council, take):
    mapping = council.replace('from = "reference"', 'from = "content"')
    data = HEADER + ROW_1 + ROW_1
    assert take(read(data, mapping))["posted"] == 2
    assert take(read(data + ROW_1, mapping))["posted"] == 1


def test_the_real_file_equals_the_ledger_to_the_penny(shared, take, expenditure, source):
    path = shared("spending/council_spending.csv.gz")
    told = take(read_payments(path, find_mapping("council_spending")))
    with owner(source) as books:  # else the planner goes by the few rows of before, and compares all with all
        books.exec_driver_sql("analyze ledger.posting, ledger.voucher")
    assert (told["read"], told["posted"], told["refused"]) == (145_842, 87_682, 58_160)
    assert told["sums"]["posted"] == format_yuan(sum(expenditure().values())) == "674477003.28"
    again = take(read_payments(path, find_mapping("council_spending")))
    assert (again["posted"], again["already"]) == (0, 87_682)
    assert parse_yuan(again["sums"]["already"]) == sum(expenditure().values())
