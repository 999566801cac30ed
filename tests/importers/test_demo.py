"""The demo city: a year whose totals are the published ones of a real district, to the fen, and whose books agree."""

import io

import pytest

from importers.demo import EVENTS, build_demo, has_demo
from importers.demo.founding import CODE, TREASURY_ID, set_codes
from importers.demo.plan import LAST, YEAR, agencies, lines, totals
from importers.demo.year import write_year
from ledger import embedded, yearend
from ledger.db import snapshot
from ledger.money import format_yuan
from reports.beancount_text import is_whole, write_beancount
from reports.verify import verify
from tests import made


def exported(source):
    out = io.StringIO()
    with snapshot(source) as books:
        write_beancount(books, out, treasury=CODE)
    return out.getvalue()


class Interrupted(Exception):
    """The power fails."""


@pytest.fixture(scope="module")
def resumed(tmp_path_factory, request):
    """A demo whose building was interrupted three times: at once, in the middle of a month, after December."""
    folder = tmp_path_factory.mktemp("resumed")
    source = made.installed(request.config, folder)
    for stop in (1, EVENTS // 2, EVENTS - 20):

        def stopped(posted, stop=stop):
            if posted >= stop:
                raise Interrupted

        with pytest.raises(Interrupted):
            build_demo(source, stopped)
        assert not has_demo(source)
    build_demo(source)
    yield source
    source.close()
    embedded.discard(folder)


@pytest.fixture
def books(demo):
    with snapshot(demo) as connection:
        yield connection


def one(books, sql):
    return books.exec_driver_sql(sql, {"treasury": TREASURY_ID, "year": YEAR}).scalar_one()


def rows(books, sql, **given):
    found = books.exec_driver_sql(sql, {"treasury": TREASURY_ID, "year": YEAR, **given})
    return [tuple(row) for row in found]


TURNOVER = """
select coalesce(sum(case p.side when a.normal_side then p.amount_fen else -p.amount_fen end), 0)::bigint
  from ledger.posting p
  join ledger.account_set s using (treasury_id, account_set_id)
  join ledger.account a on (a.chart, a.code) = (s.chart, p.account)
  join ledger.voucher v using (treasury_id, voucher_id)
  join ledger.event e using (treasury_id, event_id)
 where p.treasury_id = %(treasury)s and s.role = 'bureau' and s.fiscal_year = %(year)s and p.fund = '1'
   and p.account = any (%(accounts)s) and e.kind <> 'year_end_close' and p.effective_on >= s.starts_on
   and e.narration ~ %(about)s"""
BALANCE = """
select coalesce(sum(case p.side when a.normal_side then p.amount_fen else -p.amount_fen end), 0)::bigint
  from ledger.posting p
  join ledger.account_set s using (treasury_id, account_set_id)
  join ledger.account a on (a.chart, a.code) = (s.chart, p.account)
 where p.treasury_id = %(treasury)s and s.role = 'bureau' and s.fiscal_year = %(of)s and p.fund = '1'
   and p.account = '8001' and p.effective_on <= %(on)s"""


def turnover(books, *accounts, about=""):
    """What the general public budget moved on some accounts before they were closed, in yuan."""
    return format_yuan(rows(books, TURNOVER, accounts=list(accounts), about=about)[0][0])


@pytest.mark.parametrize(
    ("name", "accounts", "about", "yuan"),
    [
        ("own revenue", ("6001",), "", "42928000000.00"),
        ("transfers of the upper level", ("6011",), "", "7292000000.00"),
        ("new bonds", ("6042",), "新增", "400000000.00"),
        ("refinancing bonds", ("6042",), "再融资", "813000000.00"),
        ("all bonds", ("6042",), "", "1213000000.00"),
        ("transfers in", ("6021",), "", "2277000000.00"),
        ("own expenditure", ("7001",), "", "36756000000.00"),
        ("remittance", ("7012",), "", "12736000000.00"),
        ("bond principal", ("7041",), "", "908000000.00"),
        ("inter-regional", ("7013",), "", "871000000.00"),
        ("stabilisation and working fund", ("7031", "8033"), "", "1901000000.00"),
    ],
)
def test_each_published_total_of_the_general_budget_is_met_to_the_fen(books, name, accounts, about, yuan):
    assert turnover(books, *accounts, about=about) == yuan, name


def test_both_sides_come_to_the_published_sum(books):
    revenue = rows(books, TURNOVER, accounts=["6001", "6011", "6021", "6042"], about="")[0][0]
    spent = rows(books, TURNOVER, accounts=["7001", "7012", "7013", "7031", "7041", "8033"], about="")[0][0]
    brought = rows(books, BALANCE, of=YEAR, on=f"{YEAR - 1}-12-31")[0][0]
    left = rows(books, BALANCE, of=YEAR, on=LAST)[0][0]
    assert format_yuan(brought) == "198000000.00"
    assert format_yuan(brought + revenue) == format_yuan(spent + left) == "53908000000.00"


def test_the_close_leaves_the_carry_over_and_the_next_year_opens_with_it(books):
    assert format_yuan(rows(books, BALANCE, of=YEAR, on=LAST)[0][0]) == "736000000.00"
    assert format_yuan(rows(books, BALANCE, of=YEAR + 1, on=LAST)[0][0]) == "736000000.00"


def test_the_public_sees_the_carry_over_and_that_it_is_a_demo(demo):
    with demo.engine("public").connect() as public:
        found = public.exec_driver_sql(
            "select b.closing_fen, s.demo, s.as_of from published.balance b"
            "  join published.account_set s using (treasury_id, code) where s.role = 'bureau' and b.account = '8001'"
        ).all()
        sets = public.exec_driver_sql("select count(*) from published.account_set where demo").scalar_one()
        paid = public.exec_driver_sql(
            "select count(*) from published.search where words @@ published.asked('办公用品')"
        ).scalar_one()
    assert [tuple(row) for row in found] == [(-73_600_000_000, True, LAST)]
    assert sets == len(set_codes(YEAR)) + 1, "the year and the indicators of the next"
    assert paid > 0


def test_the_public_sees_its_fees_and_its_projects(demo):
    with demo.engine("public").connect() as public:
        for view in ("published.fee", "published.project"):
            assert public.exec_driver_sql(f"select count(*) from {view}").scalar_one() > 10


def test_the_city_is_large_enough_to_be_believed(books):
    assert one(books, "select count(*) from ledger.agency where treasury_id = %(treasury)s") >= 30
    assert one(books, "select count(*) from ledger.voucher where treasury_id = %(treasury)s") >= 20_000
    funds = rows(
        books, "select distinct fund from ledger.posting where treasury_id = %(treasury)s and fund is not null"
    )
    assert {fund for (fund,) in funds} == {"1", "2", "3", "5", "6", "7", "8"}


def test_every_month_has_receipts_and_payments(books):
    found = rows(
        books,
        "select e.kind, count(distinct date_trunc('month', e.effective_on)) from ledger.event e"
        " where e.treasury_id = %(treasury)s and e.kind = any (%(kinds)s)"
        "   and extract(year from e.effective_on) = %(year)s group by 1",
        kinds=["treasury_receipt", "treasury_payment", "salary_payment", "remittance_paid", "depreciation"],
    )
    assert set(found) == {
        (kind, 12)
        for kind in ("treasury_receipt", "treasury_payment", "salary_payment", "remittance_paid", "depreciation")
    }


def test_every_book_of_every_set_balances(books):
    found = rows(
        books,
        "select s.code, a.book, sum(b.debit_fen) - sum(b.credit_fen) from ledger.balance b"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account a on (a.chart, a.code) = (s.chart, b.account)"
        " where b.treasury_id = %(treasury)s group by 1, 2",
    )
    assert {code for code, _, _ in found} >= {*set_codes(YEAR), *set_codes(YEAR + 1)}
    assert [row for row in found if row[2]] == []


def test_the_close_leaves_no_indicator_and_no_revenue_or_expenditure(books):
    left = rows(
        books,
        "select s.code, b.account from ledger.balance b"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account a on (a.chart, a.code) = (s.chart, b.account)"
        " where b.treasury_id = %(treasury)s and s.fiscal_year = %(year)s and b.debit_fen <> b.credit_fen"
        "   and a.element in ('revenue', 'expense', 'budget_revenue', 'budget_expense', 'indicator')",
    )
    assert left == []


def test_what_was_carried_over_can_be_spent_in_the_next_year(books):
    executable = one(
        books,
        "select sum(r.available_fen)::bigint from ledger.limit_row r"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        " where r.treasury_id = %(treasury)s and s.role = 'indicator' and s.fiscal_year = %(year)s + 1",
    )
    granted = one(
        books,
        "select sum(l.fen)::bigint from ledger.budget_line l"
        " where l.treasury_id = %(treasury)s and l.fiscal_year = %(year)s + 1 and l.fund <> '6'",
    )
    paid = one(
        books,
        "select sum(p.amount_fen)::bigint from ledger.posting p join ledger.account_set s"
        " using (treasury_id, account_set_id) join ledger.account_key k on (k.chart, k.code) = (s.chart, p.account)"
        " where p.treasury_id = %(treasury)s and s.role = 'indicator' and s.fiscal_year = %(year)s + 1"
        "   and k.key in ('EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION') and p.side = 'D'",
    )
    assert executable + paid - granted == sum(line.carried for line in lines())
    assert sum(line.carried for line in lines() if line.fund == "1") == totals()["carry_over"]


def test_the_units_took_what_the_bureau_appropriated(books):
    items = yearend.close_checklist(books, TREASURY_ID, f"B{YEAR}")
    (appropriations,) = [item for item in items if "appropriations received" in item.item]
    assert appropriations.ok, appropriations.detail
    taken = one(
        books,
        "select sum(case p.side when 'C' then p.amount_fen else -p.amount_fen end)::bigint from ledger.posting p"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.voucher v using (treasury_id, voucher_id) join ledger.event e using (treasury_id, event_id)"
        " where p.treasury_id = %(treasury)s and s.role = 'agency' and s.fiscal_year = %(year)s"
        "   and p.account = '6001' and e.kind <> 'year_end_close'",
    )
    t = totals()
    assert taken == t["own_expenditure"] + t["funds_expenditure"] + t["state_capital_expenditure"]


def test_the_year_is_closed_for_good(books):
    states = rows(
        books,
        "select distinct p.state from ledger.period p join ledger.account_set s using (treasury_id, account_set_id)"
        " where p.treasury_id = %(treasury)s and s.fiscal_year = %(year)s",
    )
    assert states == [("closed",)]


@pytest.mark.parametrize(
    ("what", "zh", "en"),
    [
        ("treasury", "name_zh", "name_en"),
        ("agency", "name_zh", "name_en"),
        ("office", "name_zh", "name_en"),
        ("account_set", "name_zh", "name_en"),
        ("person", "name", "'demo'"),
    ],
)
def test_every_name_says_that_it_is_a_demo(books, what, zh, en):
    found = rows(books, f"select {zh}, {en} from ledger.{what} where treasury_id = %(treasury)s")
    assert found
    assert [row for row in found if "演示" not in row[0] or "demo" not in row[1]] == []


def test_every_payee_and_every_document_says_that_it_is_a_demo(books):
    found = rows(
        books,
        "select counterparty from ledger.posting where treasury_id = %(treasury)s and counterparty is not null"
        " union select document from ledger.event where treasury_id = %(treasury)s and document is not null",
    )
    assert len(found) > 50
    assert [text for (text,) in found if "演示" not in text and not text.startswith("BX2025-")] == []


def test_the_progress_ends_with_the_number_that_was_announced(heard):
    assert heard == sorted(heard)
    assert heard[-1] == EVENTS


def test_a_whole_demo_is_left_alone(demo):
    assert has_demo(demo)
    again = []
    build_demo(demo, again.append)
    assert again == []


def test_empty_books_have_no_demo(source):
    assert not has_demo(source)


def test_a_demo_that_was_interrupted_ends_with_the_same_books_byte_for_byte(demo, resumed):
    text = exported(demo)
    assert is_whole(text.encode())
    assert exported(resumed) == text


def test_the_verifier_finds_nothing_in_the_demo(demo):
    verdict = verify(demo, treasury=CODE)
    assert list(verdict.differences) == []


def test_every_line_spends_no_more_than_it_has():
    assert [line for line in lines() if not 0 <= line.spent <= line.total] == []


def test_the_diary_says_the_same_each_time():
    assert list(write_year().in_order()) == list(write_year().in_order())


def test_every_agency_that_spends_is_known():
    assert {line.agency.agency for line in lines()} <= set(agencies())
