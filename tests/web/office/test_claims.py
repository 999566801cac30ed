"""Claims at the desk: the ceiling is told before anything is saved, refusals stand at their field, each step is another's."""

import re
import tomllib
from pathlib import Path

import pytest

import web.office.claims
from ledger import people
from ledger.db import owner
from ledger.execution.claims import allow_claim, approve_claim, save_claim
from tests.conftest import make_city
from tests.ledger.claim_city import SESSION, WHY, act, fresh, open_claims, pay, reserve, spent
from tests.web.office.conftest import PASSWORD, Browser
from web.office.claims.words import SEERS

HOME = Path(web.office.claims.__file__).parent
TYPED = {
    "kind": "travel", "agency": "201", "claimant": "周远", "purpose": "赴杭州调研", "place": "杭州", "approval_no": "出差审批2024-18",
    "persons": "2", "begins_on": "2024.3.4", "ends_on": "20240306", "1.standard": "CL-ZS-HZ", "1.persons": "2", "1.units": "2",
    "1.spent": "2,000.00",
}  # fmt: skip


@pytest.fixture(scope="module")
def desks(app, source):
    """Give desks of one city for all: signed in once, every claim of its own."""
    city = open_claims(make_city(source))
    city.receive(1_000_000)
    with owner(source) as connection:
        connection.exec_driver_sql("update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,))
    signed_in = {}

    def desk(duty):
        if duty not in signed_in:
            people.set_password(source, city.treasury_id, duty.lower(), PASSWORD, must_change=False)
            one = Browser(app.test_client(), f"T{city.treasury_id:06d}")
            signed_in[duty] = one.sign_in(duty.lower(), duty)
        return signed_in[duty]

    desk.city = city
    return desk


_unseen = iter(range(10_000))


def typed(**changes):
    return {**TYPED, "1.invoices": f"WEB-{next(_unseen):05d}", "do": "save", **changes}


def at(one, field):
    """Give what is told at a field."""
    found = re.search(rf'id="e-{field}">([^<]*)<', one.text)
    return found[1] if found else ""


def refused(one, where, form, **told):
    """Send a form and look for what is told at its fields."""
    assert one.post(where, form).status_code == 422, one.text
    assert {field: told[field] in at(one, field) for field in told} == dict.fromkeys(told, True), [
        at(one, field) for field in told
    ]


def test_both_languages_have_the_same_words_and_pages_use_no_other():
    zh, en = (tomllib.loads((HOME / f"texts.{language}.toml").read_text("utf-8")) for language in ("zh", "en"))
    assert list(zh) == list(en)
    assert [key for key in zh if not zh[key] or not en[key] or hasattr({}, key)] == []
    assert [key for key in zh if set(re.findall(r"\{\w+\}", zh[key])) != set(re.findall(r"\{\w+\}", en[key]))] == []
    pages = "".join(p.read_text("utf-8") for p in (HOME.parent / "templates" / "office").glob("claim*.html"))
    code = "".join(p.read_text("utf-8") for p in HOME.glob("*.py"))
    used = set(re.findall(r"\bb\.([a-z_0-9]+)", pages)) | set(re.findall(r"known\[\"([a-z_]+)\"\]", code))
    assert sorted(used - set(zh)) == []
    stems = ("fact_", "field_", "state_", "action_", "part_", "waits_", "do_")
    assert [key for key in zh if key not in used | {"no_day", "line_n"} and not key.startswith(stems)] == []


@pytest.mark.parametrize("duty", SEERS)
def test_every_page_opens_for_who_may_see_it_in_both_languages(desks, duty):
    number = act(desks.city, "APPL", save_claim, spent(200_001, **WHY))
    one = desks(duty)
    for language in ("zh", "en"):
        one.client.set_cookie("office_language", language)
        for where in ("/office/claims", f"/office/claims/{number}/", "/office/claims/venues"):
            assert one.get(where).status_code == 200, where
        assert one.get("/office/claims/new").status_code == (200 if duty == "APPL" else 403)
    one.client.delete_cookie("office_language")


def test_other_duties_get_nowhere_and_what_is_not_there_is_absent(desks):
    for where in ("/office/claims", "/office/claims/venues", "/office/claims/new"):
        assert desks("ISSU").get(where).status_code == 403
    assert desks("UCHK").get("/office/claims/BX2024-99999/").status_code == 404
    assert desks("UCHK").post("/office/claims/BX2024-99999/approve").status_code == 404
    assert desks("APPR").post("/office/claims/venues/DD-01/never/approve").status_code == 404


def test_what_is_allowed_is_told_before_anything_is_saved(desks):
    one = desks("APPL")
    one.get("/office/claims/new")
    form = typed(**{"1.standard": "住宿费处级以下·杭州", "1.spent": "2000.01", "do": "compute"})
    assert one.post("/office/claims/new", form).status_code == 200
    assert "2,000.00" in one.text
    assert "超 0.01" in one.text
    assert "500.00 元/人·夜" in one.text
    assert form["1.invoices"] in one.text
    assert form["1.invoices"] not in one.get("/office/claims").text


def test_a_claim_goes_from_the_handler_to_the_unit_and_is_paid(desks):
    one = desks("APPL")
    one.get("/office/claims/new")
    answer = one.post("/office/claims/new", typed(claimant="唐一"))
    assert answer.status_code == 303, one.text
    where = answer.location
    number = where.rstrip("/").rsplit("/", 1)[1]
    assert "待单位审批" in one.get(where).text
    assert "贰仟元整" in one.text
    unit = desks("UCHK")
    assert number in unit.get("/office/claims").text.partition("其余")[0]
    unit.get(where)
    assert unit.post(f"{where}approve").status_code == 303
    assert "待支付" in unit.get(where).text
    indicator = desks.city.grant(200_000)
    reserve(desks.city, indicator, 200_000, number)
    pay(desks.city, indicator, 200_000, number)
    assert "已支付 2,000.00，批准 2,000.00" in one.get(where).text
    assert "已支付 2,000.00" in unit.get(where).text
    refused(unit, f"{where}approve", {}, approve="报销单当前状态不能办理此步")


def test_refusals_stand_at_their_field_with_the_standard_shown(desks):
    one, new = desks("APPL"), "/office/claims/new"
    one.get(new)
    refused(one, new, typed(**{"1.spent": "2000.01"}), **{"1-spent": "上限 2000.00"})
    assert "实际 2000.01" in at(one, "1-spent")
    assert "财行〔2023〕5号" in at(one, "1-spent")
    refused(one, new, typed(**{"1.standard": "HY-2"}), **{"1-standard": "不适用"})
    refused(one, new, typed(**{"1.standard": "NONE"}), **{"1-standard": "没有有效的已批准版本"})
    refused(one, new, typed(**{"1.units": "3"}), **{"1-units": "每人最多 2"})
    refused(one, new, typed(**{"1.invoices": ""}), **{"1-invoices": "发票"})
    refused(one, new, typed(**{"1.invoices": "发票"}), **{"1-invoices": ""})
    refused(one, new, typed(ends_on="2025-01-02"), ends_on="年度")
    claim = spent(1)
    number = act(desks.city, "APPL", save_claim, claim)
    refused(one, new, typed(**{"1.invoices": claim.lines[0].invoices[0]}), **{"1-invoices": number})
    meeting = typed(kind="meeting", persons="41", **{"1.standard": "HY-2", "1.persons": "41", "1.spent": "1"})
    refused(one, new, meeting, venue="定点场所")
    refused(one, new, {**meeting, "venue": "DD-99 某酒店"}, venue="DD-99")


def test_what_is_missing_is_told_all_at_once(desks):
    one = desks("APPL")
    one.get("/office/claims/new")
    form = {"do": "save", "1.standard": "", "1.persons": "x", "1.units": "0", "1.spent": "-1"}
    assert one.post("/office/claims/new", form).status_code == 422
    fields = (
        "claimant",
        "purpose",
        "place",
        "approval_no",
        "persons",
        "begins_on",
        "ends_on",
        "1-standard",
        "1-persons",
        "1-units",
    )
    assert [field for field in (*fields, "1-spent") if not at(one, field)] == []
    assert one.post("/office/claims/new", {"do": "save"}).status_code == 422
    assert at(one, "1-standard")


def test_a_claim_above_its_standard_goes_on_to_finance(desks):
    one = desks("APPL")
    one.get("/office/claims/new")
    where = one.post("/office/claims/new", typed(**{"1.spent": "2000.01"}, **WHY)).location
    unit, finance = desks("UCHK"), desks("REVW")
    unit.get(where)
    unit.post(f"{where}approve")
    assert "待财政准予" in unit.get(where).text
    finance.get(where)
    refused(finance, f"{where}allow", {"document": " "}, document="批准文件")
    assert finance.post(f"{where}allow", {"document": "财行函〔2024〕7号", "note": "旺季"}).status_code == 303
    assert "财行函〔2024〕7号" in finance.get(where).text
    assert "待支付" in finance.text


def test_a_rejected_claim_says_why_and_is_recorded_anew(desks):
    one, unit = desks("APPL"), desks("UCHK")
    claim = spent(123_456)
    where = f"/office/claims/{act(desks.city, 'APPL', save_claim, claim)}/"
    unit.get(where)
    refused(unit, f"{where}reject", {"remark": ""}, remark="理由")
    assert unit.post(f"{where}reject", {"remark": "抬头有误"}).status_code == 303
    again = re.search(r'href="([^"]*claims/new\?from=[^"]*)"', one.get(where).text)[1]
    assert "抬头有误" in one.text
    one.get(again)
    assert claim.lines[0].invoices[0] in one.text
    assert 'value="1234.56"' in one.text


def test_a_claim_of_ones_own_is_withdrawn_and_not_approved(desks):
    one = desks("APPL")
    where = f"/office/claims/{act(desks.city, 'APPL', save_claim, spent(1))}/"
    one.get(where)
    assert one.post(f"{where}withdraw").status_code == 303
    assert "已撤回" in one.get(where).text
    refused(one, f"{where}withdraw", {}, withdraw="当前状态")
    own = f"/office/claims/{act(desks.city, 'APPL', save_claim, spent(1, claimant='郑岚'))}/"
    desks("UCHK").get(own)
    refused(desks("UCHK"), f"{own}approve", {}, approve="本人的报销单")


def test_a_venue_is_recorded_by_one_and_approved_by_another(desks):
    finance, body = desks("REVW"), desks("APPR")
    form = {"venue": "DD-08", "name_zh": "望山宾馆", "name_en": "Wangshan hotel", "address": "望山路1号", "document": "机管〔2024〕1号",
            "valid_from": "2024-01-01", "valid_to": "2099-12-31"}  # fmt: skip
    finance.get("/office/claims/venues")
    refused(finance, "/office/claims/venues/record", {**form, "valid_to": "2023-12-31"}, valid_to="截止日")
    refused(finance, "/office/claims/venues/record", {**form, "name_zh": ""}, name_zh="必填")
    assert finance.post("/office/claims/venues/record", form).status_code == 303
    refused(finance, "/office/claims/venues/record", form, venue="只登记一次")
    assert finance.post("/office/claims/venues/DD-08/2024-01-01/approve").status_code == 403
    assert "待批准" in finance.get("/office/claims/venues").text
    body.get("/office/claims/venues")
    assert body.post("/office/claims/venues/DD-08/2024-01-01/approve").status_code == 303
    refused(body, "/office/claims/venues/DD-08/2024-01-01/approve", {}, approve="已批准")
    assert "有效" in finance.get("/office/claims/venues").text


def test_what_was_allowed_is_public_with_its_reason_and_without_names(app, desks):
    number = act(desks.city, "APPL", save_claim, fresh(SESSION, venue="", claimant="贺知章", **WHY))
    act(desks.city, "UCHK", approve_claim, number)
    public = app.test_client()
    assert number not in public.get("/budgets/departures/").get_data(as_text=True)
    act(desks.city, "REVW", allow_claim, number, "财行函〔2024〕9号")
    for where in (
        "/budgets/departures/",
        "/en/budgets/departures/",
        "/budgets/departures.csv",
        "/budgets/departures.json",
    ):
        told = public.get(where).get_data(as_text=True)
        assert number in told, where
        assert WHY["reason"] in told
        assert "财行函〔2024〕9号" in told
        assert "贺知章" not in told
