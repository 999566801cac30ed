"""The statement lists every posting once, page by page, with a balance that its vouchers add up to."""

import datetime as dt
import json

import pytest

from ledger import errors
from ledger.db import owner, snapshot
from reports.queries import sql
from reports.statement import account_statement
from tests.conftest import DAY

APRIL = dt.date(2024, 4, 7)


def column(table, name):
    at = [each.name for each in table.columns].index(name)
    return [row.cells[at] for row in table.rows]


def pages(books, set_code, **asked):
    cursor = None
    while True:
        table = books.report("account-statement", set_code, cursor=cursor, **asked)
        yield table
        if (cursor := table.next_page) is None:
            return


def test_the_balance_runs_from_line_to_line(books):
    table = books.report("account-statement", "B2024", account="1001")
    assert column(table, "balance") == [0, 50001, 37656, 36637, 32074, 39077, 40096]
    assert column(table, "debit")[1:] == [50001, None, None, None, 7003, None]
    assert column(table, "credit")[1:] == [None, 12345, 1019, 4563, None, -1019]
    assert table.totals == {"debit": 57004, "credit": 15889 + 1019}


def test_an_account_that_stands_in_credit_shows_what_it_holds(books):
    assert column(books.report("account-statement", "B2024", account="4001"), "balance") == [0, 50001]


@pytest.mark.parametrize("most", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("known", [False, True])
def test_pages_are_the_whole_cut_at_every_place(books, proven, most, known):
    asked = {"account": "1001", **({"known": dt.date(2999, 1, 1)} if known else {})}
    whole = books.report("account-statement", "B2024", **asked)
    parts = list(pages(books, "B2024", most=most, **asked))
    assert [row for part in parts for row in part.rows[1:]] == list(whole.rows[1:])
    assert [part.rows[0].cells[-1] for part in parts[1:]] == [part.rows[-1].cells[-1] for part in parts[:-1]]
    assert all(proven(part) == len(part.rows) for part in parts)


def test_a_later_first_day_opens_with_what_stood_before(books, proven):
    table = books.report("account-statement", "B2024", account="1001", from_on=APRIL)
    assert column(table, "balance") == [32074, 39077, 40096]
    assert proven(table) == 3
    early = books.report("account-statement", "B2024", account="1001", on=DAY)
    assert column(early, "balance")[-1] == 32074
    assert column(books.report("account-statement", "B2024", account="1001", from_on=APRIL, known=0), "balance") == [0]


@pytest.mark.parametrize("account", ["7001", "8041", "1002", "2015"])
def test_every_account_can_be_asked_for_also_one_without_postings(books, proven, account):
    assert proven(books.report("account-statement", "B2024", account=account)) >= 1


def test_a_parent_lists_all_accounts_below_it_in_order(spread, proven):
    whole = spread.report("account-statement", "A202-2024", account="1002")
    assert {code for code in column(whole, "account") if code} == {"100201", "100299"}
    assert column(whole, "on") == sorted(column(whole, "on"))
    assert column(whole, "balance")[-1] == sum(
        column(spread.report("account-statement", "A202-2024", account=code), "balance")[-1]
        for code in ("100201", "100299")
    )
    parts = list(pages(spread, "A202-2024", account="1002", most=1))
    assert [row for part in parts for row in part.rows[1:]] == list(whole.rows[1:])
    assert all(map(proven, parts))


@pytest.fixture(scope="module")
def spread(books):
    """Money on two accounts below one parent."""
    from ledger.events import GivenLine, GivenVoucher
    from ledger.money import Fen

    def moved(fen, from_account, to_account, on):
        lines = (
            GivenLine(to_account, "D", Fen(fen), {"fund": "6"}),
            GivenLine(from_account, "C", Fen(fen), {"fund": "6"}),
        )
        return books.city.event("manual", prepared_by="book", on=on, vouchers=(GivenVoucher("A202-2024", lines),))

    books.city.post("AUDT_IN", books.city.event("other_income", prepared_by="book", facts={"amount": Fen(333)},
                                                dims={"agency": "202", "fund": "6"}))  # fmt: skip
    books.city.post(
        "AUDT_IN", moved(101, "100299", "100201", APRIL), moved(13, "100201", "100299", dt.date(2024, 5, 1))
    )
    return books


@pytest.mark.parametrize(
    "asked",
    [
        {"account": "9999"},
        {"account": "1001", "cursor": "nowhere"},
        {"account": "1001", "cursor": f"2023-01-01.{'0' * 32}.1"},
        {"account": "1001", "from_on": APRIL, "on": DAY},
        {"account": "1001", "from_on": dt.date(2020, 1, 1)},
    ],
)
def test_what_is_not_in_the_books_is_refused(books, asked):
    with pytest.raises(errors.UnknownBook):
        books.report("account-statement", "B2024", **asked)


def test_a_page_is_found_by_the_index_and_not_by_reading_the_account(books):
    """The place is a condition of the index and the page its limit.

    Other ways are ruled out, else it depends on when the server last counted: books it has not seen yet look small
    enough to be read whole and sorted.
    """
    own = books.report("account-statement", "B2024", account="1001").account_set
    asked = {
        "treasury_id": own.treasury_id, "account_set_id": own.account_set_id, "accounts": ["1001"],
        "to_on": own.ends_on, "after_on": DAY, "after_id": "0" * 32, "after_line": 0, "known": None, "most": 2,
    }  # fmt: skip
    with owner(books.city.source) as connection:
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"set local enable_{way} = off")
        connection.exec_driver_sql("set local role gongku_owner")
        plan = connection.exec_driver_sql(f"explain (format json) {sql('statement_page')}", asked).scalar_one()
    text = json.dumps(plan)
    nodes = list(_nodes(plan[0]["Plan"]))
    scans = [n for n in nodes if n.get("Index Name") == "posting_by_account"]
    assert any("ROW(" in n["Index Cond"] for n in scans)
    assert "Offset" not in text


def _nodes(node):
    yield node
    for each in node.get("Plans", []):
        yield from _nodes(each)


def test_a_statement_reads_as_its_function_says(books):
    with snapshot(books.city.source) as connection:
        table = account_statement(connection, set_code="B2024", treasury=books.city.treasury_id, account="1001", most=0)
    assert len(table.rows) == 2
    assert table.next_page is not None
