"""Special funds at the desk, each step by another person; refusals stand at their field, and nobody types a grant."""

import datetime as dt
import hashlib
import io
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import web.office.funds
from ledger import people
from ledger.compilation.special_funds import apply, check, decide, draw_again, open_call
from tests.conftest import make_city
from tests.ledger.fund_city import AGREED, CALL, EXPERTS, PUMP, SEED, act, drawn, judge, open_fund, seated_of
from tests.web.office.conftest import PASSWORD, Browser
from web.clock import today

HOME = Path(web.office.funds.__file__).parent
OPEN = replace(CALL, call="ZX-open", opens_on=dt.date(2024, 1, 1), closes_on=dt.date(2099, 1, 1))
HERE = f"/office/funds/calls/{CALL.call}"
NEW_CALL = {
    "call": "ZX-new", "fiscal_year": "2024", "name_zh": "新专项", "name_en": "New fund", "document": "工信〔2024〕9号",
    "fund": "1 一般公共预算", "func": "2050199 其他", "opens_on": "2024.2.1", "closes_on": "20240301", "total": "500,000",
    "threshold": "100000.00", "experts": "3", "field": "机械",
    "seed_source": "截止后第一期体彩号码",
}  # fmt: skip
TYPED = {
    "application": "SB-7", "agency": "201", "applicant": "望山泵业", "project_zh": "高效水泵", "site": "望山路9号",
    "1.item": "数控车床", "1.asked": "90,000.03", "3.item": "厂房", "3.asked": "1", "do": "save",
}  # fmt: skip
GRANT = {
    "granted": "yes", "reason": "同意", "members": "7", "present": "5", "votes_for": "5", "votes_against": "0",
    "decided_on": "2024-03-20", "minutes": "cd" * 32,
}  # fmt: skip


@pytest.fixture
def funds(office):
    open_fund(office.city)
    return office


@pytest.fixture
def reviewed(funds):
    """Draw and judge: the middle of the opinions comes to 105,000.00 yuan."""
    seated = drawn(funds.city)
    judge(funds.city, seated, (9_000_003, 2_000_000), (8_000_000, 3_000_001), (1, 2_500_000))
    return funds


@pytest.fixture(scope="module")
def still(app, source):
    """Give desks that tests share because they leave nothing behind: a judged application, and an open call."""
    city = make_city(source)
    open_fund(city)
    act(city, "REVW", open_call, OPEN)
    seated = drawn(city)
    judge(city, seated, (9_000_003, 2_000_000), (8_000_000, 3_000_001), (1, 2_500_000))
    signed_in = {}

    def desk(duty):
        if duty not in signed_in:
            people.set_password(source, city.treasury_id, duty.lower(), PASSWORD, must_change=False)
            one = Browser(app.test_client(), f"T{city.treasury_id:06d}")
            signed_in[duty] = one.sign_in(duty.lower(), duty)
        return signed_in[duty]

    return desk


def at(one, field):
    """Give what is told at a field."""
    found = re.search(rf'id="e-{field}">([^<]*)<', one.text)
    return found[1] if found else ""


def refused(one, where, form, **told):
    """Send a form and look for what is told at its fields."""
    assert one.post(where, form).status_code == 422, one.text
    assert {field: told[field] in at(one, field) for field in told} == dict.fromkeys(told, True), one.text


def test_both_languages_have_the_same_words_and_pages_use_no_other():
    zh, en = (tomllib.loads((HOME / f"texts.{language}.toml").read_text("utf-8")) for language in ("zh", "en"))
    assert list(zh) == list(en)
    assert [key for key in zh if not zh[key] or not en[key] or hasattr({}, key)] == []
    assert [key for key in zh if set(re.findall(r"\{\w+\}", zh[key])) != set(re.findall(r"\{\w+\}", en[key]))] == []
    pages = "".join(p.read_text("utf-8") for p in (HOME.parent / "templates" / "office").glob("fund*.html"))
    code = "".join(p.read_text("utf-8") for p in HOME.glob("*.py"))
    used = set(re.findall(r"\bb\.([a-z_0-9]+)", pages)) | set(
        re.findall(r"(?:known|language\))\[\"([a-z_]+)\"\]", code)
    )
    assert sorted(used - set(zh)) == []
    stems = ("fact_", "field_", "call_", "state_")
    unused = [key for key in zh if key not in used | {"no_day", "line_n"} and not key.startswith(stems)]
    assert unused == []


@pytest.mark.parametrize("duty", ["COMP", "REVW", "APPR", "PEXP", "PRRV", "PUBL", "OVER", "AUDI", "NPCO"])
def test_every_page_opens_for_who_may_see_it_in_both_languages(still, duty):
    one = still(duty)
    for language in ("zh", "en"):
        one.client.set_cookie("office_language", language)
        for where in ("/office/funds", f"{HERE}/", "/office/funds/applications/SB-1/"):
            assert one.get(where).status_code == 200, where
            assert "专家1" not in one.text
        assert one.get("/office/funds/experts").status_code == (200 if duty in {"PEXP", "OVER", "AUDI"} else 403)
    one.client.delete_cookie("office_language")


def test_other_duties_get_nowhere(still):
    one = still("ISSU")
    for where in ("/office/funds", f"{HERE}/", "/office/funds/applications/SB-1/", "/office/funds/experts"):
        assert one.get(where).status_code == 403


def test_what_is_not_there_is_absent(still):
    one = still("REVW")
    for where in ("/office/funds/calls/none/", "/office/funds/applications/none/"):
        assert one.get(where).status_code == 404


def test_the_finance_division_opens_a_call(funds):
    one = funds("REVW")
    one.get("/office/funds/calls/new")
    assert one.post("/office/funds/calls/new", NEW_CALL).status_code == 303
    one.get("/office/funds/calls/ZX-new/")
    for text in ("新专项", "500,000.00", "2024-02-01 – 2024-03-01", "待抽取专家"):
        assert text in one.text


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"experts": "4"}, "experts", "单数"),
        ({"experts": "x"}, "experts", "数字"),
        ({"closes_on": "2024-01-01"}, "closes_on", "截止日"),
        ({"opens_on": "nie"}, "opens_on", "日期"),
        ({"total": "1.234"}, "total", "金额"),
        ({"threshold": ""}, "threshold", "空"),
        ({"fiscal_year": "1900"}, "fiscal_year", "年度"),
        ({"func": "9"}, "func", "9"),
        ({"call": CALL.call}, "call", "已办理"),
        ({"call": "号"}, "call", ""),
        ({"name_en": " "}, "name_en", "空"),
    ],
)
def test_a_call_that_cannot_be_is_refused_at_its_field(still, changed, field, told):
    one = still("REVW")
    one.get("/office/funds/calls/new")
    refused(one, "/office/funds/calls/new", NEW_CALL | changed, **{field: told})
    assert at(one, field)


def test_an_application_is_of_today_and_adds_its_lines(funds):
    act(funds.city, "REVW", open_call, OPEN)
    one = funds("COMP")
    one.get("/office/funds/calls/ZX-open/apply")
    assert one.post("/office/funds/calls/ZX-open/apply", TYPED | {"saved_on": "2024-01-01"}).status_code == 303
    one.get("/office/funds/applications/SB-7/")
    assert "90,001.03" in one.text
    assert str(today()) in one.text


def test_more_lines_save_nothing_and_forget_nothing(funds):
    act(funds.city, "REVW", open_call, OPEN)
    one = funds("COMP")
    assert one.post("/office/funds/calls/ZX-open/apply", TYPED | {"do": "more"}).status_code == 200
    assert 'value="90,000.03"' in one.text
    assert one.get("/office/funds/applications/SB-7/").status_code == 404


@pytest.mark.parametrize(
    ("call", "changed", "field", "told"),
    [
        (CALL.call, {}, "application", "申报期"),
        ("ZX-open", {"1.item": "", "1.asked": "", "3.item": "", "3.asked": ""}, "1-item", "费用明细"),
        ("ZX-open", {"1.asked": "0"}, "1-asked", "金额"),
        ("ZX-open", {"3.item": ""}, "2-item", "空"),
        ("ZX-open", {"site": ""}, "site", "空"),
        ("ZX-open", {"application": "号"}, "application", ""),
        ("ZX-open", {"agency": "999"}, "agency", ""),
    ],
)
def test_an_application_that_cannot_be_is_refused_at_its_field(still, call, changed, field, told):
    one = still("COMP")
    refused(one, f"/office/funds/calls/{call}/apply", TYPED | changed, **{field: told})
    assert at(one, field)


def test_the_reviewer_sees_what_an_application_resembles_and_gives_a_reason(funds):
    near = replace(PUMP, application="SB-2", applicant="望山泵业", project_zh="高效水泵生产线技术改造", equipment="")
    for each in (PUMP, near):
        act(funds.city, "COMP", apply, each)
    one = funds("REVW")
    one.get("/office/funds/applications/SB-1/")
    for text in ("可能重复", "望山泵业", "名称相似", "地点相同"):
        assert text in one.text
    where = "/office/funds/applications/SB-1/check"
    refused(one, where, {}, passed="空")
    refused(one, where, {"passed": "no"}, check_reason="理由")
    assert one.post(where, {"passed": "no", "check_reason": "与 SB-2 重复"}).status_code == 303
    assert "与 SB-2 重复" in (one.get("/office/funds/applications/SB-1/"), one.text)[1]
    refused(one, where, {"passed": "yes"}, passed="已办理")


def test_experts_and_ties_are_listed_and_a_code_stands_for_one_expert(funds):
    one = funds("PEXP")
    one.get("/office/funds/experts")
    assert "顾问合同" in one.text
    row = {"2.expert": "E7", "2.name": "专家7", "2.employer": "大学7", "2.field": "机械"}
    assert one.post("/office/funds/experts/list", row).status_code == 303
    refused(one, "/office/funds/experts/list", row, **{"2-expert": "已使用"})
    refused(one, "/office/funds/experts/list", row | {"2.expert": "E8", "2.name": ""}, **{"2-name": "空"})
    refused(one, "/office/funds/experts/list", row | {"2.expert": "号"}, **{"2-expert": ""})
    refused(one, "/office/funds/experts/list", {}, **{"1-expert": "空"})
    tie = {"tied": "E7", "applicant": PUMP.applicant, "tie": "持股"}
    assert one.post("/office/funds/experts/tie", tie).status_code == 303
    assert "持股" in (one.get("/office/funds/experts"), one.text)[1]
    refused(one, "/office/funds/experts/tie", tie, applicant="已登记")
    refused(one, "/office/funds/experts/tie", tie | {"tied": "E99", "tie": ""}, tied="没有该专家", tie="空")


def test_the_draw_is_shown_lot_by_lot_and_made_once(funds):
    act(funds.city, "COMP", apply, PUMP)
    one = funds("PEXP")
    one.get(f"{HERE}/")
    refused(one, f"{HERE}/draw", {"seed": "短"}, seed="8")
    asked = {"seed": SEED}
    assert one.post(f"{HERE}/draw", asked).status_code == 303
    one.get(f"{HERE}/")
    seated = seated_of(funds.city, CALL.call)
    assert seated == draw_again(SEED, CALL.call, [each.expert for each in EXPERTS], ["E2"], 3)
    for n, expert in enumerate(seated, 1):
        lot = hashlib.sha256(f"{SEED}|{CALL.call}|{expert}".encode()).hexdigest()
        assert re.search(rf'class="code">{expert}</th>.*?{lot}.*?席位 {n}<', one.text)
    assert one.text.count(">回避<") == 1
    assert "结果一致" in one.text
    refused(one, f"{HERE}/draw", asked, seed="已办理")


@pytest.mark.parametrize(
    ("call", "told"),
    [(OPEN, "截止后方可抽取"), (replace(CALL, call="ZX-seven", experts=7), "专家不足")],
)
def test_a_draw_that_may_not_be_is_refused_at_the_seed(funds, call, told):
    act(funds.city, "REVW", open_call, call)
    one = funds("PEXP")
    refused(one, f"/office/funds/calls/{call.call}/draw", {"seed": SEED}, seed=told)


def test_an_opinion_is_recorded_line_by_line_and_raises_nothing(funds):
    seated = drawn(funds.city)
    one = funds("PRRV")
    where = f"/office/funds/applications/SB-1/opinions/{seated[0]}"
    assert one.get(where).status_code == 200
    typed = {"1.allowed": "80,000", "1.reason": "核价", "2.allowed": "30000.01", "2.reason": "", "score": "80"}
    refused(one, where, typed | {"2.allowed": "30000.02"}, **{"2-allowed": "核减"})
    refused(one, where, typed | {"1.reason": " "}, **{"1-reason": "理由"})
    refused(one, where, typed | {"1.allowed": "", "score": "101"}, **{"1-allowed": "金额", "score": "100"})
    assert one.post(where, typed).status_code == 303
    one.get("/office/funds/applications/SB-1/")
    assert "110,000.01" in one.text
    assert f"opinions/{seated[0]}" not in one.text
    assert f"opinions/{seated[1]}" in one.text
    refused(one, where, typed, score="已办理")
    outsider = next(each.expert for each in EXPERTS if each.expert not in seated)
    assert one.get(f"/office/funds/applications/SB-1/opinions/{outsider}").status_code == 404


def test_who_applied_sees_no_opinion_before_the_decision(reviewed):
    one = reviewed("COMP")
    one.get("/office/funds/applications/SB-1/")
    assert "105,000.00" not in one.text
    assert "核价" not in one.text
    act(reviewed.city, "APPR", decide, AGREED)
    one.get("/office/funds/applications/SB-1/")
    assert "105,000.00" in one.text
    assert "核价" in one.text


def test_the_computed_amount_is_granted_whatever_is_typed(reviewed):
    one = reviewed("APPR")
    one.get("/office/funds/applications/SB-1/")
    assert "安排金额为 105,000.00。" in one.text
    assert "须集体审议" in one.text
    where = "/office/funds/applications/SB-1/decide"
    assert one.post(where, GRANT | {"amount": "1", "granted_fen": "1"}).status_code == 303
    one.get("/office/funds/applications/SB-1/")
    for text in ("105,000.00", "5 票同意，0 票反对，到会 5 人，应到 7 人", "cd" * 32):
        assert text in one.text
    refused(one, where, GRANT, granted="已办理")


def test_the_digest_is_taken_of_the_minutes_that_are_shown(reviewed):
    one = reviewed("APPR")
    file = (io.BytesIO("纪要".encode()), "纪要.pdf")
    answer = one.post("/office/funds/applications/SB-1/decide", GRANT | {"minutes": "", "file": file})
    assert answer.status_code == 303
    one.get("/office/funds/applications/SB-1/")
    assert hashlib.sha256("纪要".encode()).hexdigest() in one.text


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"minutes": ""}, "minutes", "集体审议"),
        ({"minutes": "xy"}, "minutes", "64"),
        ({"present": "4", "votes_for": "4"}, "present", "三分之二"),
        ({"present": "8"}, "present", "集体"),
        ({"votes_for": "3", "votes_against": "2"}, "votes_for", "过半数"),
        ({"votes_against": "1"}, "votes_against", "集体"),
        ({"members": "0"}, "members", "数字"),
        ({"granted": ""}, "granted", "空"),
        ({"reason": ""}, "reason", "空"),
        ({"decided_on": "x"}, "decided_on", "日期"),
    ],
)
def test_a_decision_that_may_not_be_is_refused_at_its_field(still, changed, field, told):
    refused(still("APPR"), "/office/funds/applications/SB-1/decide", GRANT | changed, **{field: told})


def test_money_waits_for_every_opinion_and_a_refusal_does_not(funds):
    drawn(funds.city)
    one = funds("APPR")
    where = "/office/funds/applications/SB-1/decide"
    refused(one, where, GRANT, granted="全部专家")
    assert one.post(where, GRANT | {"granted": "no", "reason": "产能过剩"}).status_code == 303


def test_what_the_opinions_leave_nothing_of_can_only_be_refused(funds):
    judge(funds.city, drawn(funds.city), *[(0, 0)] * 3)
    refused(funds("APPR"), "/office/funds/applications/SB-1/decide", GRANT, granted="不予安排")


def test_results_are_published_when_all_is_checked_and_decided(reviewed):
    other = replace(PUMP, application="SB-2", project_zh="铸造车间", equipment="")
    act(reviewed.city, "REVW", open_call, OPEN)
    act(reviewed.city, "COMP", apply, replace(other, call="ZX-open", saved_on=today()))
    one = reviewed("PUBL")
    refused(one, "/office/funds/calls/ZX-open/publish", {}, publish="截止后")
    refused(one, f"{HERE}/publish", {}, publish="均已审定")
    act(reviewed.city, "APPR", decide, AGREED)
    assert one.post(f"{HERE}/publish").status_code == 303
    assert "已公示" in (one.get(f"{HERE}/"), one.text)[1]
    refused(one, f"{HERE}/publish", {}, publish="已办理")
    treasury = f"T{reviewed.city.treasury_id:06d}"
    assert one.get(f"/funds/{treasury}/{CALL.call}/").status_code == 200
    assert one.get(f"/funds/{treasury}/ZX-open/").status_code == 404


def test_results_wait_for_the_formal_check_of_every_application(funds):
    act(funds.city, "COMP", apply, PUMP)
    one = funds("PUBL")
    refused(one, f"{HERE}/publish", {}, publish="1 项")
    act(funds.city, "REVW", check, "SB-1", passed=False, reason="缺环评")
    assert one.post(f"{HERE}/publish").status_code == 303
