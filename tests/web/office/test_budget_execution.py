"""A line in execution, at the desk: held and set free, recovered, cut and given more, each by its own people."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.packages import Line
from ledger.compilation.rounds import resolve_budget
from ledger.compilation.standards import approve_standards, record_standards
from tests.ledger.budget_city import OFFICE, PERSONNEL, UPKEEP, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.claim_city import SESSION, approved, fresh, open_claims, save, spent
from tests.ledger.test_budget_binds import release
from tests.web.office.test_budget_changes import at

TOTAL = 812_345 * 37 * 12 + 300_001 * 37 + round(355 * 1234.5 * 12)
GOODS = "2024-B-201-0002"
LINE = f"/office/budget/lines/{GOODS}"
DOCUMENT = "常〔2024〕5号"


@pytest.fixture
def released(office):
    city = office.city
    prepare(city)
    compile_budget(city, PERSONNEL, UPKEEP)
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    release(city)
    return office


def change(one, what, amount, by, key="BL-1", **more):
    one.get(LINE)
    return one.post(f"{LINE}/change", {"change": what, "change_amount": amount, "change_key": key, "change_document": DOCUMENT,
                    "change_on": "2024-03-01", "change_prepared_by": by, **more})  # fmt: skip


def shown(one, part, line=LINE):
    found = re.search(rf"<dt>{part}</dt><dd[^>]*>(.*?)</dd>", one.get(line).get_data(as_text=True))
    return found and re.sub(r"<[^>]*>", "", found[1]).strip()


def test_what_is_held_is_not_free_until_it_is_set_free(released):
    one = released("PCHK")
    assert change(one, "hold", "1,000.00", "appl").status_code == 303, one.text
    assert (shown(one, "冻结"), shown(one, "可用")) == ("1,000.00", "110,000.37")
    assert change(one, "free", "1000.01", "over", "BL-2").status_code == 422
    assert "差 0.01 元" in one.text
    assert change(one, "free", "400", "over", "BL-2").status_code == 303, one.text
    assert (shown(one, "冻结"), shown(one, "可用")) == ("600.00", "110,400.37")


def test_what_a_unit_will_not_spend_is_recovered_and_no_more(released):
    one = released("ISSU")
    assert change(one, "recover", "111,000.38", "revw").status_code == 422
    assert "差 0.01 元" in one.text
    assert change(one, "recover", "11,000.37", "revw").status_code == 303, one.text
    assert (shown(one, "可用"), shown(one, "待分解、待下达")) == ("100,000.00", None)


def test_a_cut_names_the_approved_adjustment_and_its_revenue(released):
    one = released("ISSU")
    cut = {"change_revenue": "1010101 国内增值税"}
    assert change(one, "cut", "100", "revw").status_code == 422
    assert at(one, "change_revenue") == "不是末级收入科目"
    assert change(one, "cut", "100", "revw", **cut).status_code == 422
    assert "预算调整" in one.text
    assert shown(one, "调整") == "0.00"
    act(released.city, "APPR", record_adjustment, Adjustment(
        fiscal_year=YEAR, document=DOCUMENT, title="调整", passed_on=dt.date(2024, 2, 28), amount_fen=10_000))  # fmt: skip
    assert change(one, "cut", "100.01", "revw", **cut).status_code == 422
    assert change(one, "cut", "100", "revw", **cut).status_code == 303, one.text
    assert (shown(one, "调整"), shown(one, "可用")) == ("−100.00", "110,900.37")


def test_more_budget_is_posted_by_who_approves(released):
    one = released("APPR")
    assert change(one, "add", "50", "comp", change_revenue="1010101").status_code == 303, one.text
    assert (shown(one, "调整"), shown(one, "可用")) == ("50.00", "111,050.37")


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"change_amount": "0"}, "change_amount", "不是精确到分的金额"),
        ({"change_amount": "-5"}, "change_amount", "不是精确到分的金额"),
        ({"change_on": "春天"}, "change_on", "不是日期"),
        ({"change_key": " "}, "change_key", "必须填写"),
        ({"change_document": ""}, "change_document", "必须填写"),
        ({"change_prepared_by": "comp"}, "change_prepared_by", "此人不能经办这一事项"),
        ({"change": "add"}, "change", "必须填写"),
        ({"change": "steal"}, "change", "必须填写"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(released, given, field, text):
    one = released("PCHK")
    one.get(LINE)
    whole = {"change": "hold", "change_amount": "7.77", "change_key": "BL-9", "change_document": DOCUMENT,
             "change_on": "2024-03-01", "change_prepared_by": "appl", **given}  # fmt: skip
    assert one.post(f"{LINE}/change", whole).status_code == 422
    assert text in at(one, field)
    assert (whole["change_amount"] in one.text, shown(one, "冻结")) == (True, "0.00")


@pytest.mark.parametrize(
    ("duty", "may"), [("PCHK", "hold free withdraw"), ("ISSU", "recover cut"), ("APPR", "add"), ("NPCO", "")]
)
def test_each_duty_is_offered_what_it_may_do_and_refused_the_rest(released, duty, may):
    one = released(duty)
    one.get(LINE)
    offered = re.findall(r'<option value="(hold|free|withdraw|recover|cut|add)"', one.text)
    assert offered == may.split()
    status = change(one, "hold", "1", "appl").status_code
    assert status == (303 if duty == "PCHK" else 403 if duty == "NPCO" else 422)


def test_a_line_that_is_none_is_absent(released):
    one = released("PCHK")
    one.get(LINE)
    assert one.post("/office/budget/lines/2024-B-201-9999/change", {"change": "hold"}).status_code in {404, 422}


TRAVEL = replace(OFFICE, standard="GY-03", name_zh="差旅费", name_en="Travel", dept_econ="30211", amount_fen=200_000)
TRAVEL_LINE = "/office/budget/lines/2024-B-201-0004"
ASKED = {"application": "ZF-1", "counterparty": "周远", "amount": "7", "on": "2024-03-20", "prepared_by": "appl"}


@pytest.fixture
def travelling(office):
    """Give a city whose bureau has a line of travel, the ceilings of trips, and one approved claim."""
    city = office.city
    prepare(city)
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, [TRAVEL]))
    open_claims(city)
    compile_budget(city, PERSONNEL, replace(UPKEEP, lines=(*UPKEEP.lines, Line(standard="GY-03"))))
    act(city, "APPR", resolve_budget, resolution(TOTAL + 200_000 * 37))
    release(city)
    return office


def test_a_trip_is_applied_for_by_a_claim_that_the_page_offers(travelling):
    one, city = travelling("PCHK"), travelling.city
    page = one.get(TRAVEL_LINE).get_data(as_text=True)
    assert 'name="claim"' in page
    assert "BX2024" not in page
    number, waits, spent_on = approved(city, spent(700)), save(city, spent(800)), approved(city, fresh(SESSION))
    page = one.get(TRAVEL_LINE).get_data(as_text=True)
    assert f'<option value="{number}">{number} · 7.00 · 周远</option>' in page
    assert waits not in page
    assert spent_on not in page
    assert one.post(f"{TRAVEL_LINE}/reserve", {**ASKED, "claim": ""}).status_code == 422
    assert "须凭已批准的报销单支付" in at(one, "claim")
    assert "报销类别 差旅" in at(one, "claim")
    assert one.post(f"{TRAVEL_LINE}/reserve", {**ASKED, "claim": waits}).status_code == 422
    assert "未经批准" in at(one, "claim")
    assert one.post(f"{TRAVEL_LINE}/reserve", {**ASKED, "claim": number, "amount": "7.01"}).status_code == 422
    assert "不得超过批准金额" in at(one, "claim")
    assert f"报销单 {number}；已付（元） 0.00；连同本笔已申请（元） 7.01；批准（元） 7.00" in at(one, "claim")
    assert one.post(f"{TRAVEL_LINE}/reserve", {**ASKED, "claim": number}).status_code == 303, one.text
    assert shown(one, "支付占用", TRAVEL_LINE) == "7.00"
    page = one.get(TRAVEL_LINE).get_data(as_text=True)
    assert f'value="{number}"' not in page
    assert "没有已批准、尚可占用的报销单" in page


def test_what_is_left_of_a_claim_is_offered_and_filled_in(travelling):
    one, city = travelling("PCHK"), travelling.city
    number, other = approved(city, spent(700)), approved(city, spent(900))
    one.get(TRAVEL_LINE)
    assert one.post(f"{TRAVEL_LINE}/reserve", {**ASKED, "claim": number, "amount": "2.99"}).status_code == 303, one.text
    page = one.get(TRAVEL_LINE).get_data(as_text=True)
    assert f'<option value="{number}">{number} · 4.01 · 周远</option>' in page
    link = f'href="{TRAVEL_LINE}?claim={number}"'
    assert link in page
    for language, told in (("zh", "已选"), ("en", "Chosen")):
        one.client.set_cookie("office_language", language)
        page = one.get(f"{TRAVEL_LINE}?claim={number}").get_data(as_text=True)
        assert f'<option value="{number}" selected>' in page
        assert re.search(r'name="amount" value="4\.01"', page)
        assert re.search(r'name="application"[^>]* autofocus', page)
        assert f"<strong>{told}</strong>" in page
        assert link not in page
        assert f"?claim={other}" in page
    for unknown in ("BX2024-99999", "<b>"):
        assert " autofocus" not in one.get(f"{TRAVEL_LINE}?claim={unknown}").get_data(as_text=True)
    again = {**ASKED, "application": "ZF-2", "claim": number}
    assert one.post(f"{TRAVEL_LINE}/reserve", {**again, "amount": "4.02"}).status_code == 422
    assert f'<option value="{number}" selected>' in one.text
    assert one.post(f"{TRAVEL_LINE}/reserve", {**again, "amount": "4.01"}).status_code == 303, one.text
    assert f'value="{number}"' not in one.get(TRAVEL_LINE).get_data(as_text=True)


def test_a_line_of_another_class_asks_for_no_claim(travelling):
    one = travelling("PCHK")
    assert 'name="claim"' not in one.get(LINE).get_data(as_text=True)
    assert one.post(f"{LINE}/reserve", ASKED).status_code == 303, one.text
