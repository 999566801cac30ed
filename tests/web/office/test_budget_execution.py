"""A line in execution, at the desk: held and set free, recovered, cut and given more, each by its own people."""

import datetime as dt
import re

import pytest

from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.rounds import resolve_budget
from tests.ledger.budget_city import PERSONNEL, UPKEEP, YEAR, act, compile_budget, prepare, resolution
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


def shown(one, part):
    found = re.search(rf"<dt>{part}</dt><dd[^>]*>(.*?)</dd>", one.get(LINE).get_data(as_text=True))
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
    ("duty", "may"), [("PCHK", "hold free"), ("ISSU", "recover cut"), ("APPR", "add"), ("NPCO", "")]
)
def test_each_duty_is_offered_what_it_may_do_and_refused_the_rest(released, duty, may):
    one = released(duty)
    one.get(LINE)
    offered = re.findall(r'<option value="(hold|free|recover|cut|add)"', one.text)
    assert offered == may.split()
    status = change(one, "hold", "1", "appl").status_code
    assert status == (303 if duty == "PCHK" else 403 if duty == "NPCO" else 422)


def test_a_line_that_is_none_is_absent(released):
    one = released("PCHK")
    one.get(LINE)
    assert one.post("/office/budget/lines/2024-B-201-9999/change", {"change": "hold"}).status_code in {404, 422}
