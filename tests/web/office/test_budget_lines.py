"""The list of the approved budget, at the desk: what was carried over stands in it, and its sums are those of the final accounts."""

import datetime as dt
import re

import pytest

from ledger.compilation.carry_over import undo_year_end
from reports.final_budget import budget_lines
from tests.ledger.budget_city import TESTS, YEAR, act
from tests.ledger.claim_city import approved, open_claims, spent
from tests.ledger.second_year import (
    CARRIED,
    GIVEN,
    HEIR,
    MARCH_NEXT,
    NEXT,
    PAID_NEXT,
    close_months,
    end_year,
    explain,
    first_year,
    pay_carried,
    second_budget,
)
from tests.ledger.test_carry_over import FENS, GOODS, WATER, budgeted
from tests.web.office.test_budget_changes import at
from tests.web.site.conftest import publish


@pytest.fixture
def lived(office):
    first_year(office.city)
    end_year(office.city)
    second_budget(office.city)
    pay_carried(office.city)
    return office


def told(one, year, query=""):
    answer = one.get(f"/office/budget/{year}/lines{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))


def yuan(fen):
    return f"{fen // 100:,}.{fen % 100:02d}"


def test_what_was_carried_over_stands_in_the_list_of_its_new_year_beside_what_was_approved(lived):
    one = lived("REVW")
    page = told(one, NEXT)
    whole = FENS[0] + FENS[3]
    assert "年初预算 上年结转 调整预算 执行 进度" in page
    assert f"合计 {yuan(whole)} {yuan(CARRIED)} {yuan(whole + CARRIED)} {yuan(PAID_NEXT)}" in page
    lines = told(one, NEXT, f"?func={TESTS.func}")
    assert f"{HEIR} 上年结转 0.00 {yuan(CARRIED)} {yuan(CARRIED)} {yuan(PAID_NEXT)}" in lines
    assert f"2025-B-201-0002 {yuan(FENS[3])} 0.00 {yuan(FENS[3])} 0.00" in lines
    assert HEIR not in told(one, NEXT, "?func=2050101")


def test_the_sums_of_the_list_are_those_of_the_final_accounts(lived):
    explain(lived.city, NEXT, 3)
    close_months(lived.city, "I2025", 3)
    publish(lived.city, "I2025", MARCH_NEXT)
    with lived.city.source.engine("public").connect() as public:
        (final,) = budget_lines(public, lived.city.treasury_id, "201", NEXT, MARCH_NEXT, ())
    assert f"合计 {yuan(final.budget_fen)} {yuan(CARRIED)} {yuan(final.adjusted_fen)}" in told(
        lived("REVW"), NEXT, "?agency=201"
    )


def test_what_is_given_out_of_the_reserve_is_in_the_adjusted_budget_of_its_line(office):
    first_year(office.city)
    lines = told(office("REVW"), YEAR, "?func=2050101")
    assert f"{GOODS} {yuan(FENS[1])} {yuan(FENS[1] + GIVEN)} 0.00" in lines


def test_the_page_of_a_carried_line_says_where_it_comes_from_and_no_package_of_this_year(lived):
    one = lived("PCHK")
    page = one.get(f"/office/budget/lines/{HEIR}").get_data(as_text=True)
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert f'href="/office/budget/lines/{WATER}"' in page
    assert "上年结转的项目，不在本年批准的预算之内" in plain
    assert "2025-201-JC-1" not in page
    assert re.search(rf"批准 0.00 上年结转 {yuan(CARRIED)}", plain)
    assert "2025-201-JC-1" in one.get("/office/budget/lines/2025-B-201-0002").get_data(as_text=True)


def test_what_was_carried_over_is_reserved_for_a_class_that_whoever_pays_names(lived):
    one, line = lived("PCHK"), f"/office/budget/lines/{HEIR}"
    given = {"application": "ZF-9", "counterparty": "检测所", "amount": "1", "on": "2025-03-20", "prepared_by": "appl"}
    one.get(line)
    assert '<option value="30227">30227' in one.text
    assert one.post(f"{line}/reserve", {**given, "econ": ""}).status_code == 422
    assert 'id="e-econ"' in one.text
    assert one.post(f"{line}/reserve", {**given, "econ": "30227"}).status_code == 303, one.text


def test_a_trip_is_paid_from_what_was_carried_over_by_a_claim_that_the_page_offers(lived):
    one, city, line = lived("PCHK"), open_claims(lived.city), f"/office/budget/lines/{HEIR}"
    assert "没有已批准、尚可占用的报销单" in one.get(line).get_data(as_text=True)
    days = {"fiscal_year": NEXT, "begins_on": dt.date(NEXT, 3, 18), "ends_on": dt.date(NEXT, 3, 20)}
    number = approved(city, spent(700, **days))
    page = one.get(f"{line}?claim={number}").get_data(as_text=True)
    assert f'<option value="{number}" selected>{number} · 7.00 · 周远</option>' in page
    assert '<option value="30211" selected>' in page
    given = {"application": "ZF-9", "counterparty": "周远", "amount": "7", "on": "2025-03-20", "prepared_by": "appl"}
    assert one.post(f"{line}/reserve", {**given, "econ": "30211", "claim": ""}).status_code == 422
    assert "须凭已批准的报销单支付" in at(one, "claim")
    assert one.post(f"{line}/reserve", {**given, "econ": "30211", "claim": number}).status_code == 303, one.text
    assert f'value="{number}"' not in one.get(line).get_data(as_text=True)


def test_a_line_that_cannot_be_reserved_for_a_trip_offers_no_claim(lived):
    open_claims(lived.city)
    for line in (GOODS, "2025-B-201-0002"):
        assert 'name="claim"' not in lived("PCHK").get(f"/office/budget/lines/{line}").get_data(as_text=True)


def test_before_the_budget_is_approved_the_list_holds_what_was_carried_over_and_nothing_once_it_is_undone(office):
    budgeted(office.city)
    one = office("REVW")
    assert "合计" not in told(one, NEXT)
    end_year(office.city)
    page = told(one, NEXT)
    assert "本年度预算尚未批准" in page
    assert f"合计 0.00 {yuan(FENS[3])} {yuan(FENS[3])} 0.00" in page
    act(office.city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    assert "合计" not in told(one, NEXT)
    assert f"合计 {yuan(sum(FENS))} {yuan(sum(FENS))} 0.00" in told(one, YEAR)


@pytest.mark.parametrize("duty", ["COMP", "NPCO", "PCHK", "BOOK"])
def test_everybody_who_sees_the_lines_sees_it(lived, duty):
    assert "上年结转" in told(lived(duty), NEXT)


def test_who_does_not_see_the_lines_sees_nothing_of_it(lived):
    assert lived("PRAP").get(f"/office/budget/{NEXT}/lines").status_code == 403


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("zh", {"2050101": "行政运行", "30201": "办公费"}),
        ("en", {"2050101": "Education administration - Administrative operation", "30201": "Office"}),
    ],
)
def test_no_class_code_of_a_line_stands_without_its_name(office, language, names):
    first_year(office.city)
    one = office("PCHK")
    one.client.set_cookie("office_language", language)
    page = one.get(f"/office/budget/lines/{GOODS}").get_data(as_text=True)
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    for code, name in names.items():
        assert plain.count(code) == plain.count(f"{code} {name}") == 2, plain
