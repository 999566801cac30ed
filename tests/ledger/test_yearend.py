"""At the year's end every revenue and expenditure account is closed, and the balances open the next year."""

import datetime as dt

import pytest

from ledger import errors, install, yearend
from ledger.db import owner, snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.install import SetPlan
from ledger.money import Fen

LAST = dt.date(2024, 12, 31)
SETS = ("A201-2024", "A202-2024", "B2024", "I2024")


def close(city, account_set, on=LAST):
    with transaction(city.source, city.session("CLOS")) as tx:
        return yearend.close_year(tx, account_set, key_prefix="close-", prepared_by="book", on=on)


def checklist(city, account_set):
    with snapshot(city.source) as books:
        return yearend.close_checklist(books, city.treasury_id, account_set)


def balances(city, account_set):
    """Debit minus credit by account, nil ones left out."""
    with snapshot(city.source) as books:
        rows = books.exec_driver_sql(
            "select b.account, b.debit_fen - b.credit_fen as fen from ledger.balance b"
            "  join ledger.account_set s using (treasury_id, account_set_id)"
            " where b.treasury_id = %s and s.code = %s order by 1",
            (city.treasury_id, account_set),
        )
        return {row.account: row.fen for row in rows if row.fen}


def carry_over(city, indicator, fen, **dims):
    at = {"fund": "1", "func": "2050201", "agency": "201", "indicator": indicator, **dims}
    city.post("ISSU", city.event("indicator_carry_over", prepared_by="revw", on=LAST, dims=at,
                                 facts={"awaiting": Fen(0), "executable": Fen(fen)}))  # fmt: skip


@pytest.fixture
def spent(city):
    """A city that received 500.00, spent 123.45 in the bureau's organ and 45.60 in its school."""
    city.receive(50000)
    city.receive(7000, fund="2", revenue="103014801")
    organ = city.grant(20000)
    school = city.grant(9000, agency="202", func="2050203")
    city.pay(organ, 12345)
    city.pay(school, 4560, agency="202", func="2050203", gov_econ="50502")
    city.post("AUDT_IN", city.event("depreciation", prepared_by="book", dims={"agency": "201"},
                                    facts={"fixed_assets": Fen(777), "infrastructure": Fen(0)}),
              city.event("other_income", prepared_by="book", facts={"amount": Fen(333)},
                         dims={"agency": "202", "fund": "6"}))  # fmt: skip
    carry_over(city, organ, 7655)
    carry_over(city, school, 4440, agency="202", func="2050203")
    return city


def test_every_account_of_the_year_ends_nil(spent):
    for account_set in SETS:
        close(spent, account_set)
    with snapshot(spent.source) as books:
        left = books.exec_driver_sql(
            "select s.code, b.account, a.element from ledger.balance b"
            "  join ledger.account_set s using (treasury_id, account_set_id)"
            "  join ledger.account a on (a.chart, a.code) = (s.chart, b.account)"
            " where b.treasury_id = %s and b.debit_fen <> b.credit_fen"
            "   and a.element in ('revenue', 'expense', 'budget_revenue', 'budget_expense', 'indicator')",
            (spent.treasury_id,),
        ).all()
    assert left == []


def test_the_bureau_carries_over_what_it_did_not_spend_by_fund(spent):
    close(spent, "B2024")
    assert balances(spent, "B2024") == {
        "1001": 50000 + 7000 - 12345 - 4560,
        "3001": -(50000 + 7000 - 12345 - 4560),
        "8001": -(50000 - 12345 - 4560),
        "8002": -7000,
        "8041": 50000 + 7000 - 12345 - 4560,
    }


def test_the_organ_closes_in_both_books(spent):
    close(spent, "A201-2024")
    assert balances(spent, "A201-2024") == {"1602": -777, "3001": 777}


def test_the_school_keeps_what_is_not_fiscal(spent):
    close(spent, "A202-2024")
    kept = balances(spent, "A202-2024")
    assert kept == {"100299": 333, "3001": -333, "800102": 333, "820204": -333}
    assert sum(fen for account, fen in kept.items() if account.startswith("8001")) == -sum(
        fen for account, fen in kept.items() if account.startswith("8") and account[:4] != "8001"
    )


def test_a_carry_over_is_known_by_fund_and_function(spent):
    part = spent.event(
        "manual",
        prepared_by="book",
        vouchers=(
            GivenVoucher(
                "A201-2024",
                (
                    GivenLine("800102", "D", Fen(250), {"fund": "1"}),
                    GivenLine("6001", "C", Fen(250), {"fund": "1", "func": "2050201"}),
                ),
            ),
        ),
    )
    spent.post("AUDT_IN", part)
    close(spent, "A201-2024")
    with snapshot(spent.source) as books:
        rows = books.exec_driver_sql(
            "select p.fund, p.func, sum(p.amount_fen) from ledger.posting p"
            "  join ledger.account_set s using (treasury_id, account_set_id)"
            " where p.treasury_id = %s and s.code = 'A201-2024' and p.account = '810107'"
            " group by 1, 2",
            (spent.treasury_id,),
        ).all()
    assert [tuple(row) for row in rows] == [("1", "2050201", 250)]


def test_a_second_close_finds_nothing_to_do(spent):
    assert len(close(spent, "A201-2024")) > 1
    assert close(spent, "A201-2024") == []


def test_the_accounts_may_be_closed_again_after_a_correction(spent):
    close(spent, "B2024")
    spent.receive(100, on=LAST)
    close(spent, "B2024")
    assert balances(spent, "B2024")["8001"] == -(50000 - 12345 - 4560 + 100)


@pytest.mark.parametrize(
    ("kind", "facts", "dims"),
    [
        ("fee_collection", {"amount": Fen(150)}, {"agency": "202"}),
        ("quota_receipt", {"amount": Fen(150)}, {"agency": "202", "fund": "1", "func": "2050203"}),
    ],
)
def test_a_unit_that_owes_or_holds_a_quota_is_not_closed(spent, kind, facts, dims):
    spent.post("AUDT_IN", spent.event(kind, prepared_by="book", facts=facts, dims=dims))
    before = balances(spent, "A202-2024")
    with pytest.raises(errors.ItemsOpenBeforeClose) as refused:
        close(spent, "A202-2024")
    assert "1.50" in str(refused.value.facts)
    assert balances(spent, "A202-2024") == before


def test_an_indicator_set_with_budget_left_is_not_closed(spent):
    spent.grant(150)
    with pytest.raises(errors.ItemsOpenBeforeClose) as refused:
        close(spent, "I2024")
    assert "Z501" in str(refused.value.facts)


def test_an_indicator_set_with_a_reservation_left_is_not_closed(spent):
    indicator = spent.grant(150)
    spent.post("PCHK", spent.reservation(indicator, 150))
    with pytest.raises(errors.ItemsOpenBeforeClose) as refused:
        close(spent, "I2024")
    assert "Z503" in str(refused.value.facts)


def test_the_checklist_shows_each_item(spent):
    items = checklist(spent, "A201-2024")
    assert [(i.item[:4], i.ok, i.detail, i.required) for i in items] == [
        ("1011", True, "0.00", True),
        ("1902", True, "0.00", False),
        ("2103", True, "0.00", True),
    ]


def test_the_checklist_compares_what_was_paid_with_what_the_units_took(spent):
    assert all(item.ok for item in checklist(spent, "B2024"))
    part = (
        GivenLine("800102", "D", Fen(150), {"fund": "1"}),
        GivenLine("6001", "C", Fen(150), {"fund": "1", "func": "2050201"}),
    )
    spent.post("AUDT_IN", spent.event("manual", prepared_by="book",
                                      vouchers=(GivenVoucher("A201-2024", part),)))  # fmt: skip
    assert [(i.detail, i.required) for i in checklist(spent, "B2024") if not i.ok] == [("201: -1.50", False)]
    close(spent, "A201-2024")
    close(spent, "B2024")
    assert [i.detail for i in checklist(spent, "B2024") if not i.ok] == ["201: -1.50"]


def test_another_day_of_the_year_is_closed_to_that_day_only(spent):
    spent.receive(100, on=LAST)
    close(spent, "B2024", on=dt.date(2024, 12, 30))
    assert balances(spent, "B2024")["6001"] == -100


def test_an_account_set_of_nobody_is_refused(city):
    with pytest.raises(errors.ForeignAccountSet):
        close(city, "B1999")


def carry_forward(city, old, new):
    with transaction(city.source, city.session("CLOS")) as tx:
        return yearend.carry_forward(tx, old, new, key_prefix="open-", prepared_by="book")


@pytest.fixture
def next_year(spent):
    first = dt.date(2025, 1, 1)
    with owner(spent.source) as connection:
        install.create_account_sets(
            connection,
            spent.treasury_id,
            [
                SetPlan("B2025", "101", "bureau", "general_budget_2023", 2025, first, "总会计", "B"),
                SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, first, "指标", "I"),
                SetPlan("A202-2025", "202", "agency", "unit_2019", 2025, first, "一中", "School"),
            ],
        )
    return spent


@pytest.mark.parametrize("account_set", ["B", "A202-"])
def test_the_next_year_opens_with_what_this_one_left(next_year, account_set):
    old, new = f"{account_set}2024", f"{account_set}2025"
    close(next_year, old)
    (opened,) = carry_forward(next_year, old, new)
    assert not opened.already
    assert balances(next_year, new) == balances(next_year, old)
    assert carry_forward(next_year, old, new)[0].already


def test_the_opening_stands_on_the_day_before_the_year(next_year):
    close(next_year, "B2024")
    carry_forward(next_year, "B2024", "B2025")
    with snapshot(next_year.source) as books:
        rows = books.exec_driver_sql(
            "select distinct v.effective_on, v.period_no, p.account, p.fund from ledger.voucher v"
            "  join ledger.posting p using (treasury_id, voucher_id)"
            "  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
            " where v.treasury_id = %s and s.code = 'B2025' and p.account like '8%%' order by 3, 4",
            (next_year.treasury_id,),
        ).all()
    assert [tuple(row) for row in rows] == [
        (LAST, 0, "8001", "1"), (LAST, 0, "8002", "2"), (LAST, 0, "8041", "1"), (LAST, 0, "8041", "2"),
    ]  # fmt: skip


def test_an_indicator_set_leaves_nothing_to_carry_forward(next_year):
    close(next_year, "I2024")
    assert carry_forward(next_year, "I2024", "I2025") == []


def test_a_year_that_is_not_closed_is_not_carried_forward(next_year):
    with pytest.raises(errors.YearNotClosed) as refused:
        carry_forward(next_year, "B2024", "B2025")
    assert "6001" in refused.value.facts["accounts"]


@pytest.mark.parametrize(("old", "new"), [("B2024", "I2025"), ("B2024", "B2024"), ("B2025", "B2024")])
def test_only_the_next_year_of_the_same_books_is_opened(next_year, old, new):
    with pytest.raises(errors.UnknownBook):
        carry_forward(next_year, old, new)
