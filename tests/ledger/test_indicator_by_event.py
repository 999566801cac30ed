"""Budget moves by events of its own: no voucher that brings its own lines makes any in the indicator set."""

import datetime as dt

import pytest

from ledger.budget_errors import IndicatorByHand
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.db import owner, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.install import SetPlan, create_account_sets
from ledger.money import Fen
from tests.conftest import DAY, City

BEFORE = dt.date(2023, 12, 31)
LAST = dt.date(2024, 12, 31)
AT = {"fund": "1", "agency": "201", "func": "2050201"}


def given(city: City, kind: str, *lines, on=DAY, books="I2024"):
    voucher = GivenVoucher(books, tuple(GivenLine(account, side, Fen(fen), dims) for account, side, fen, dims in lines))
    return city.event(kind, prepared_by="book", on=on, vouchers=(voucher,))


def from_nowhere(city, kind, indicator, fen=1, **more):
    source = {"fund": "1", "revenue": "1010101"}
    return given(city, kind, ("Z501", "D", fen, {**AT, "indicator": indicator}), ("Z101", "C", fen, source), **more)


def known(city, code, year=2024):
    """Make an indicator known, to which nothing was given."""
    with transaction(city.source, city.session("COMP")) as tx:
        open_indicators(tx, [OpenIndicator(indicator=code, parent=None, fiscal_year=year, document="上年结转", **AT)])
    return code


def keep(city, year):
    """Keep an indicator set of another year."""
    plan = SetPlan(f"I{year}", "101", "indicator", "indicator_2023", year, dt.date(year, 1, 1), "指标", "Indicators")
    with owner(city.source) as connection:
        create_account_sets(connection, city.treasury_id, [plan])


@pytest.mark.parametrize("fen", [1, -1])
@pytest.mark.parametrize(("to", "from_"), [("Z501", "Z701"), ("Z501", "Z502"), ("Z503", "Z501"), ("Z701", "Z503")])
def test_by_hand_nothing_moves_between_the_states_of_an_indicator(city, to, from_, fen):
    city.receive(1_000)
    indicator = city.grant(1_000)
    city.pay(indicator, 400)
    hold = city.event(
        "indicator_hold", prepared_by="appl", facts={"amount": Fen(100)}, dims=city.payment_dims(indicator)
    )
    city.post("PCHK", city.reservation(indicator, 100), hold)
    dims = {**AT, "indicator": indicator}
    with pytest.raises(IndicatorByHand) as refused:
        city.post("AUDT_IN", given(city, "manual", (to, "D", fen, dims), (from_, "C", fen, dims)))
    assert refused.value.facts["set"] == "I2024"


def test_by_hand_no_budget_comes_from_nowhere_nor_goes_there(city):
    indicator = city.grant(1_000)
    for fen in (1, -1):
        with pytest.raises(IndicatorByHand):
            city.post("AUDT_IN", from_nowhere(city, "manual", indicator, fen))


def test_a_close_moves_only_what_its_rules_close(city):
    indicator = city.grant(1_000)
    with pytest.raises(IndicatorByHand) as refused:
        city.post("CLOS", from_nowhere(city, "year_end_close", indicator, on=LAST))
    assert refused.value.facts["account"] == "Z501"
    dims = {**AT, "indicator": indicator}
    with pytest.raises(IndicatorByHand):
        city.post("CLOS", given(city, "year_end_close", ("Z501", "D", 1, dims), ("Z701", "C", 1, dims), on=LAST))


def test_what_a_city_brings_along_is_opened_before_the_first_event_only(city):
    indicator = known(city, "OLD-1")
    city.post("CLOS", from_nowhere(city, "opening", indicator, 700, on=BEFORE))
    city.grant(1)
    with pytest.raises(IndicatorByHand):
        city.post("CLOS", from_nowhere(city, "opening", indicator, 700, on=BEFORE))


@pytest.mark.parametrize("kind", ["opening", "yearly_totals"])
def test_a_year_after_the_first_is_neither_opened_nor_told_in_totals(city, kind):
    city.grant(1)
    keep(city, 2025)
    indicator = known(city, "NEW-1", 2025)
    on = LAST if kind == "opening" else dt.date(2025, 12, 31)
    with pytest.raises(IndicatorByHand):
        city.post("CLOS", from_nowhere(city, kind, indicator, on=on, books="I2025"))
    with pytest.raises(IndicatorByHand):
        city.post("CLOS", from_nowhere(city, "yearly_totals", known(city, "NEW-2"), on=LAST))


def test_years_before_the_first_event_are_told_in_totals(city):
    keep(city, 2023)
    indicator = known(city, "OLD-2", 2023)
    city.grant(1)
    city.post("CLOS", from_nowhere(city, "yearly_totals", indicator, 300, on=BEFORE, books="I2023"))
