"""A reservation of a budget line, withdrawn at the desk: of what was reserved for the same, and no more than is left of it."""

import datetime as dt
import re

import pytest

from ledger.db import snapshot
from ledger.money import Fen
from tests.ledger.claim_city import approved, spent
from tests.ledger.second_year import HEIR, end_year, first_year
from tests.web.office import test_budget_execution as execution
from tests.web.office.test_budget_changes import at
from tests.web.office.test_budget_execution import ASKED, DOCUMENT, LINE, TRAVEL_LINE, change, shown

released, travelling = execution.released, execution.travelling
SHOP = {**ASKED, "counterparty": "文具店"}


def reserve(one, line, amount, **more):
    one.get(line)
    answer = one.post(f"{line}/reserve", {**SHOP, "amount": amount, **more})
    assert answer.status_code == 303, one.text


def offered(one, line):
    """Give what may be withdrawn: the code of each, by what is told of it."""
    page = one.get(line).get_data(as_text=True)
    chooser = re.search(r'<select id="f-change_reservation".*?</select>', page)[0]
    return {text: code for code, text in re.findall(r'<option value="(\w+)"[^>]*>([^<]*)</option>', chooser)}


def withdraw(one, line, amount, code, key="CH-1", **more):
    one.get(line)
    return one.post(f"{line}/change", {"change": "withdraw", "change_amount": amount, "change_key": key, "change_on": "2024-03-20",
                    "change_document": DOCUMENT, "change_prepared_by": "appl", "change_reservation": code, **more})  # fmt: skip


def under(city, indicator):
    """Give what is reserved, by payee and class, straight from the books."""
    with snapshot(city.source) as connection:
        return {
            (row[0], row[1]): row[2]
            for row in connection.exec_driver_sql(
                "select counterparty, dept_econ, sum(case side when 'D' then amount_fen else -amount_fen end)::bigint"
                "  from ledger.posting where treasury_id = %s and account = 'Z503' and indicator = %s group by 1, 2",
                (city.treasury_id, indicator),
            )
        }


def test_a_reservation_is_withdrawn_in_part_and_then_whole(released):
    one = released("PCHK")
    assert "本指标没有支付占用" in one.get(LINE).get_data(as_text=True)
    reserve(one, LINE, "7.00")
    ((text, code),) = offered(one, LINE).items()
    assert text == "文具店 · 30201 办公费 · 7.00"
    assert withdraw(one, LINE, "2.99", code).status_code == 303, one.text
    assert (shown(one, "支付占用"), shown(one, "可用")) == ("4.01", "110,996.36")
    assert offered(one, LINE) == {"文具店 · 30201 办公费 · 4.01": code}
    assert withdraw(one, LINE, "4.01", code, "CH-2").status_code == 303, one.text
    assert withdraw(one, LINE, "4.01", code, "CH-2").status_code == 303, "the same twice is done once"
    assert (shown(one, "支付占用"), shown(one, "可用"), offered(one, LINE)) == ("0.00", "111,000.37", {})


def test_no_more_is_withdrawn_than_was_reserved_for_the_same_payee(released):
    one = released("PCHK")
    reserve(one, LINE, "7.00")
    reserve(one, LINE, "50.00", application="ZF-2", counterparty="印刷厂")
    code = offered(one, LINE)["文具店 · 30201 办公费 · 7.00"]
    for language, told in (
        ("en", "From 2024-03-20 on 7.00 yuan of this reservation can be withdrawn; 7.01 yuan were asked"),
        ("zh", "自 2024-03-20 起，此笔占用可撤回 7.00 元；要撤回 7.01 元"),
    ):
        one.client.set_cookie("office_language", language)
        assert withdraw(one, LINE, "7.01", code).status_code == 422
        assert told in at(one, "change_amount")
    assert withdraw(one, LINE, "57.01", code).status_code == 422
    assert shown(one, "支付占用") == "57.00"
    assert withdraw(one, LINE, "7", code).status_code == 303, one.text
    assert under(released.city, LINE.rsplit("/", 1)[1]) == {("文具店", "30201"): 0, ("印刷厂", "30201"): 5_000}


def test_a_reservation_is_not_withdrawn_before_the_day_on_which_it_was_made(released):
    one = released("PCHK")
    reserve(one, LINE, "7.00")
    (code,) = offered(one, LINE).values()
    assert withdraw(one, LINE, "7", code, change_on="2024-03-19").status_code == 422
    assert "自 2024-03-19 起，此笔占用可撤回 0.00 元" in at(one, "change_amount")
    assert withdraw(one, LINE, "7", code).status_code == 303, one.text


def test_what_was_paid_is_not_withdrawn(released):
    one, city = released("PCHK"), released.city
    reserve(one, LINE, "7.00")
    city.receive(1_000_000)
    dims = {"func": "2050101", "dept_econ": "30201", "gov_econ": "50201", "counterparty": "文具店"}
    paid = city.payment_dims(LINE.rsplit("/", 1)[1], **dims)
    dims = {name: code for name, code in paid.items() if code is not None}
    on = dt.date(2024, 3, 21)
    city.post("SIGN", city.event("treasury_payment", prepared_by="appl", on=on, facts={"amount": Fen(300)}, dims=dims))
    ((text, code),) = offered(one, LINE).items()
    assert text.endswith("· 4.00")
    assert withdraw(one, LINE, "4.01", code).status_code == 422
    assert "可撤回 4.00 元" in at(one, "change_amount")
    assert withdraw(one, LINE, "4", code).status_code == 303, one.text


def test_a_claim_whose_reservation_is_withdrawn_may_be_applied_for_again(travelling):
    one, city = travelling("PCHK"), travelling.city
    number, other = approved(city, spent(700)), approved(city, spent(900))
    for each, key, amount in ((number, "ZF-1", "7"), (other, "ZF-2", "9")):
        reserve(one, TRAVEL_LINE, amount, claim=each, application=key, counterparty="周远")
    assert f'value="{number}"' not in one.get(TRAVEL_LINE).get_data(as_text=True)
    choices = offered(one, TRAVEL_LINE)
    assert list(choices) == [f"{number} · 周远 · 30211 差旅费 · 7.00", f"{other} · 周远 · 30211 差旅费 · 9.00"]
    code = choices[f"{number} · 周远 · 30211 差旅费 · 7.00"]
    assert withdraw(one, TRAVEL_LINE, "7.01", code).status_code == 422
    assert "可撤回 7.00 元" in at(one, "change_amount")
    assert withdraw(one, TRAVEL_LINE, "7", code).status_code == 303, one.text
    page = one.get(TRAVEL_LINE).get_data(as_text=True)
    assert f'<option value="{number}">{number} · 7.00 · 周远</option>' in page
    assert list(offered(one, TRAVEL_LINE)) == [f"{other} · 周远 · 30211 差旅费 · 9.00"]
    reserve(one, TRAVEL_LINE, "7", claim=number, application="ZF-3", counterparty="周远")


def test_a_claim_is_not_set_free_by_another_reservation(released):
    one = released("PCHK")
    reserve(one, LINE, "7.00")
    (code,) = offered(one, LINE).values()
    assert withdraw(one, LINE, "7", code, change_document="BX2024-00001").status_code == 422
    assert "报销单" in at(one, "change_document")
    assert shown(one, "支付占用") == "7.00"


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"change_reservation": ""}, "change_reservation", "须选定所撤回的占用"),
        ({"change_reservation": "0" * 16}, "change_reservation", "须选定所撤回的占用"),
        ({"change_prepared_by": "over"}, "change_prepared_by", "此人不能经办这一事项"),
        ({"change_amount": ""}, "change_amount", "不是精确到分的金额"),
        ({"change_on": "2025-01-02"}, "change_on", "不在2024年度内"),
    ],
)
def test_what_is_wrong_with_a_withdrawal_is_said_at_its_field(released, given, field, text):
    one = released("PCHK")
    reserve(one, LINE, "7.00")
    (code,) = offered(one, LINE).values()
    assert withdraw(one, LINE, "7", code, **given).status_code == 422
    assert text in at(one, field)
    assert shown(one, "支付占用") == "7.00"


def test_other_changes_name_no_reservation(released):
    one = released("PCHK")
    assert change(one, "hold", "1", "appl").status_code == 303, one.text
    assert 'name="change_reservation"' not in released("ISSU").get(LINE).get_data(as_text=True)


def test_what_is_reserved_of_a_carried_line_is_withdrawn(office):
    first_year(office.city)
    end_year(office.city)
    one, line = office("PCHK"), f"/office/budget/lines/{HEIR}"
    reserve(one, line, "1", on="2025-03-20", econ="30227")
    (code,) = offered(one, line).values()
    assert withdraw(one, line, "1", code, change_on="2025-03-21").status_code == 303, one.text
    assert offered(one, line) == {}
    assert under(office.city, HEIR) == {("文具店", "30227"): 0}
