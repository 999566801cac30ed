"""Books go on: the sets of a year are opened for the next one, once, by who closes the years of their agencies."""

import datetime as dt

import pytest

from ledger import access, errors, install, yearend
from ledger.books import Books
from ledger.db import owner, snapshot, transaction
from ledger.disclosure_errors import ForeignAgency
from ledger.install import PersonPlan, SetPlan

CODES = ["A201-2025", "A202-2025", "B2025", "I2025"]


def go_on(city, year, sets=None, duty="CLOS", session=None):
    with transaction(city.source, session or city.session(duty)) as tx:
        return yearend.open_next_year(tx, year, sets)


def read(city):
    with snapshot(city.source) as connection:
        return Books.read(connection, city.treasury_id)


def test_every_set_goes_on_in_its_chart_and_once(city):
    before = read(city)
    assert go_on(city, 2025) == CODES
    assert go_on(city, 2025) == []
    after = read(city)
    for code in CODES:
        old, new = before.named(code.replace("2025", "2024")), after.named(code)
        assert (new.role, new.agency, new.chart) == (old.role, old.agency, old.chart)
        assert (new.fiscal_year, new.starts_on, new.ends_on) == (2025, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    with snapshot(city.source) as connection:
        periods = connection.exec_driver_sql(
            "select count(*), min(p.label), max(p.label), bool_and(p.state = 'open') from ledger.period p"
            " join ledger.account_set s using (treasury_id, account_set_id) where p.treasury_id = %s and s.code = 'B2025'",
            (city.treasury_id,),
        ).one()
    assert tuple(periods) == (13, "2025-00", "2025-12", True)


def test_the_new_books_take_what_the_old_ones_left_and_post(city):
    city.receive(700)
    assert go_on(city, 2025, ["B2024"]) == ["B2025"]
    with transaction(city.source, city.session("CLOS")) as tx:
        yearend.close_year(tx, "B2024", key_prefix="c-", prepared_by="book", on=dt.date(2024, 12, 31))
        assert yearend.carry_forward(tx, "B2024", "B2025", key_prefix="o-", prepared_by="book")
    city.receive(5, on=dt.date(2025, 1, 2))


def test_over_a_leap_year_it_is_whole(city):
    for year in (2025, 2026, 2027, 2028):
        assert len(go_on(city, year)) == len(CODES)
    assert read(city).named("B2028").ends_on == dt.date(2028, 12, 31)


@pytest.mark.parametrize(
    ("year", "sets"), [(2027, None), (2024, None), (2025, ["NONE"]), (2025, [])], ids=["gap", "past", "unknown", "none"]
)
def test_what_follows_nothing_is_refused(city, year, sets):
    with pytest.raises(errors.NextYearOutOfPlace):
        go_on(city, year, sets)


def test_a_chart_that_has_ended_does_not_go_on(city):
    old = SetPlan("B2022", "101", "bureau", "general_budget_2015", 2022, dt.date(2022, 1, 1), "总预算", "Bureau")
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [old])
    with pytest.raises(errors.NextYearOutOfPlace) as refused:
        go_on(city, 2023)
    assert refused.value.facts["chart"] == "general_budget_2015"


def test_a_code_that_is_taken_is_not_taken_again(city):
    other = SetPlan("B2025", "301", "agency", "unit_2019", 2025, dt.date(2025, 1, 1), "人大", "Congress")
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [other])
    with pytest.raises(errors.NextYearOutOfPlace):
        go_on(city, 2025)
    assert {each.code for each in read(city).sets.values()} == {"A201-2024", "A202-2024", "B2024", "B2025", "I2024"}


def test_a_code_without_its_year_gets_it(city):
    plain = SetPlan("XUE", "202", "village", "unit_2019", 2024, dt.date(2024, 1, 1), "2024年附属账", "Books of 2024")
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [plain])
    assert go_on(city, 2025, ["XUE"]) == ["XUE-2025"]


def test_one_unknown_code_among_others_opens_nothing(city):
    before = set(read(city).sets)
    for sets in (["B2024", "NONE"], ["B2024", "B2023"]):
        with pytest.raises(errors.NextYearOutOfPlace):
            go_on(city, 2025, sets)
    assert set(read(city).sets) == before


@pytest.mark.parametrize("duty", ["BOOK", "AUDT_IN", "SADM", "COMP"])
def test_who_does_not_close_years_opens_none(city, duty):
    with pytest.raises(errors.NotPermitted):
        go_on(city, 2025, duty=duty)


def test_who_is_appointed_for_an_agency_opens_its_books_only(city):
    with owner(city.source) as connection:
        plan = PersonPlan("clos2", "会计", "101", ("CLOS",), ("202",))
        install.create_person(connection, city.treasury_id, plan, dt.date(2000, 1, 1), "任命")
    session = access.open_session(city.source, city.treasury_id, "clos2", "CLOS")
    assert go_on(city, 2025, session=session) == ["A202-2025"]
    with pytest.raises(errors.NextYearOutOfPlace):
        go_on(city, 2026, ["A201-2025"], session=session)  # not even known to be there
    with pytest.raises(ForeignAgency):
        go_on(city, 2025, ["B2024"], session=session)
