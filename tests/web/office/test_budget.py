"""The budget at the desk: who does what, amounts that nobody types, refusals that stand at their field with their reasons."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import web.office.budget
from ledger import people
from ledger.compilation.packages import LineReview, rank_packages, review_package, save_package
from ledger.compilation.rounds import resolve_budget
from ledger.compilation.standards import DriverValue, record_drivers
from ledger.db import snapshot
from tests.conftest import make_city
from tests.ledger.budget_city import (
    MORE_TESTS,
    PACKAGES,
    PERSONNEL,
    SYSTEM,
    TESTS,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)
from tests.ledger.test_budget_binds import TOTAL, release
from tests.web.office.conftest import PASSWORD, Browser
from web.office.budget.words import read_amount, read_quantity

HOME = Path(web.office.budget.__file__).parent
EVERY = ("budget_year", "standards", "data", "frame", "order", "resolution", "release", "lines")
OFFICE = "2024-B-201-0002"
"""The indicator of office goods: 3,000.01 × 37."""


@pytest.fixture
def budget(office):
    prepare(office.city)
    return office


@pytest.fixture
def sent(budget):
    compile_budget(budget.city, *PACKAGES, ceiling=TOTAL)
    return budget


def approve_and_release(city):
    """Cut, rank, resolve and release the budget that was sent up."""
    cut = LineReview(line_no=1, cut="months", reason="一年一次即可", times=1)
    act(city, "REVW", review_package, TESTS.package, 1, [cut])
    act(city, "COMP", rank_packages, YEAR, "201", "1", [TESTS.package, SYSTEM.package, MORE_TESTS.package])
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    release(city)


@pytest.fixture
def released(sent):
    approve_and_release(sent.city)
    return sent


@pytest.fixture(scope="module")
def desks(app, source):
    """Give desks that many tests share because they leave nothing behind: of a budget begun, and of one released."""
    shared = {}
    for name in ("begun", "released"):
        city = make_city(source)
        prepare(city)
        if name == "released":
            compile_budget(city, *PACKAGES, ceiling=TOTAL)
            approve_and_release(city)
        shared[name] = city

    def desk(name, duty):
        city = shared[name]
        people.set_password(source, city.treasury_id, duty.lower(), PASSWORD, must_change=False)
        return Browser(app.test_client(), f"T{city.treasury_id:06d}").sign_in(duty.lower(), duty)

    return desk


def at(one, field):
    """Give what is told at a field."""
    found = re.search(rf'id="e-{field}">([^<]*)<', one.text)
    return found[1] if found else ""


def test_both_languages_have_the_same_words_and_pages_use_no_other():
    zh, en = (tomllib.loads((HOME / f"texts.{language}.toml").read_text("utf-8")) for language in ("zh", "en"))
    assert list(zh) == list(en)
    assert [key for key in zh if not zh[key] or not en[key] or hasattr({}, key)] == []
    pages = "".join(p.read_text("utf-8") for p in (HOME.parent / "templates" / "office").glob("budget*.html"))
    code = "".join(p.read_text("utf-8") for p in HOME.glob("*.py"))
    used = set(re.findall(r"\bb\.([a-z_0-9]+)", pages)) | set(re.findall(r"known\[[\"']([a-z_]+)[\"']\]", code))
    assert sorted(used - set(zh)) == []
    stems = set(re.findall(r'b\["([a-z_]+_)"', pages)) | {"fact_", "kind_", "claim_kind_", "driver_", "field_"}
    told = {key for key in zh if key in used or f'"{key}"' in code or any(key.startswith(stem) for stem in stems)}
    assert sorted(set(zh) - told) == []


@pytest.mark.parametrize("typed", ["37", "1,234.5", "０.125", " 12 "])
def test_a_quantity_is_read_in_thousandths(typed):
    assert read_quantity(typed) in {37_000, 1_234_500, 125, 12_000}


@pytest.mark.parametrize("typed", ["", "-1", "1.2345", "1e3", "一", "1 / 2", "NaN", "12,34", "1,00", ",5", "1,234,5"])
def test_what_is_no_quantity_and_no_amount_is_not_guessed(typed):
    assert read_quantity(typed) is None
    assert read_amount(typed.replace("1.2345", "1.234")) is None


@pytest.mark.parametrize("duty", ["COMP", "REVW", "APPR", "ISSU", "NPCO", "OVER", "PCHK"])
def test_every_page_of_a_year_opens_for_who_may_see_it_and_for_nobody_else(desks, duty):
    one = desks("released", duty)
    for page in EVERY:
        where = "/office/budget/2024" + ("" if page == "budget_year" else f"/{page}")
        expected = 200 if duty != "PCHK" or page in {"budget_year", "lines"} else 403
        assert one.get(where).status_code == expected, (where, one.text)
    assert one.get(f"/office/budget/lines/{OFFICE}").status_code == 200
    assert one.get(f"/office/budget/packages/{TESTS.package}").status_code == (403 if duty == "PCHK" else 200)


def test_a_year_without_anything_says_who_begins(office):
    one = office("COMP")
    assert "/office/budget/" in one.get("/office/budget").headers["Location"]
    for page in ("", "/standards", "/data", "/frame", "/order", "/resolution", "/release", "/lines", "/ranking"):
        assert one.get(f"/office/budget/2031{page}").status_code == 200
        assert 'class="empty note"' in one.text or page == "/frame", page
    for where in ("/office/budget/packages/nothing", "/office/budget/lines/2031-B-1", "/office/budget/lines/x",
                  "/office/budget/2031/agencies/777"):  # fmt: skip
        assert one.get(where).status_code == 404, where


def form_of(package, **other):
    line = package.lines[0]
    return {"do": "save", "agency": package.agency, "category": package.category, "activity_code": package.activity_code,
            "func": package.func, "fund": package.fund, "project": package.project or "", "level": str(package.level),
            "name_zh": package.name_zh, "name_en": package.name_en, "mandate": package.mandate, "activity": package.activity,
            "consequences": package.consequences, "1.standard": line.standard or "", "1.times": str(line.times),
            "1.quantity": str((line.quantity_milli or 0) // 1000 or ""), "1.origin": line.origin, **other}  # fmt: skip


def test_a_package_has_no_field_for_its_amount(budget):
    one = budget("COMP")
    one.get("/office/budget/2024/packages/new?agency=201&category=project")
    assert not re.search(r'name="[^"]*(amount|fen)', one.text)
    one.post("/office/budget/2024/packages/new", form_of(TESTS, amount="1.00", fen="1", unit_fen="1", do="check"))
    assert "308,625.00" in one.text
    one.post("/office/budget/2024/packages/new", form_of(TESTS, **{"1.fen": "1", "amount": "1"}))
    one.get(one.last.headers["Location"])
    assert "308,625.00" in one.text


@pytest.mark.parametrize(
    ("package", "other", "field", "text"),
    [
        (PERSONNEL, {"mandate": ""}, "mandate", "履职依据"),
        (PERSONNEL, {"activity": " "}, "activity", "必须填写"),
        (PERSONNEL, {"func": "205"}, "func", "代码"),
        (PERSONNEL, {"1.standard": "RY-99"}, "1-standard", "支出标准"),
        (PERSONNEL, {"1.standard": "GY-01"}, "1-standard", "支出标准"),
        (PERSONNEL, {"agency": "202"}, "1-quantity", "基础数据"),
        (PERSONNEL, {"1.times": "x"}, "1-times", "整数"),
        (TESTS, {"1.quantity": "12a"}, "1-quantity", "不是数量"),
        (TESTS, {"1.origin": ""}, "1-origin", "来源"),
        (TESTS, {"project": "XM-99"}, "project", "入库"),
        (TESTS, {"1.standard": "", "1.econ": "31002", "1.q1": "5", "1.d1": "甲"}, "1-standard", "三家以上报价"),
        (TESTS, {"1.standard": "", "1.econ": "31002", "1.q1": "五", "1.d1": "甲"}, "1-q1", "不是精确到分的金额"),
    ],
)
def test_a_refusal_stands_at_its_field(desks, package, other, field, text):
    one = desks("begun", "COMP")
    one.get("/office/budget/2024")
    one.post("/office/budget/2024/packages/new", form_of(package, **other))
    assert one.last.status_code == 422
    assert text in at(one, field), (field, one.text)
    assert f'href="#f-{field}"' in one.text
    assert package.consequences in one.text


def test_quotes_price_a_line_by_the_lowest(budget):
    one = budget("COMP")
    quotes = {"1.standard": "", "1.quantity": "1", "1.times": "1", "1.econ": "31002", "1.per": "time", "1.driver": "work",
              "1.q1": "910,000.00", "1.d1": "甲", "1.q2": "888000.55", "1.d2": "乙", "1.q3": "900000", "1.d3": "丙"}  # fmt: skip
    one.get("/office/budget/2024")
    one.post("/office/budget/2024/packages/new", form_of(SYSTEM, **{"1.origin": "方案一套"}, **quotes))
    assert one.last.status_code == 303, one.text
    one.get(one.last.headers["Location"])
    assert "888,000.55" in one.text


def test_versions_stand_side_by_side(budget):
    city = budget.city
    act(city, "COMP", save_package, TESTS)
    act(city, "COMP", save_package, replace(TESTS, lines=(replace(TESTS.lines[0], times=1),)))
    one = budget("NPCO")
    one.get(f"/office/budget/packages/{TESTS.package}/compare?left=1&right=2")
    for text in ("308,625.00", "154,312.50", "−154,312.50"):
        assert text in one.text
    assert one.get(f"/office/budget/packages/{TESTS.package}?version=9").status_code == 404


def test_who_changes_a_standard_looks_first_and_another_approves(sent):
    finance, approver = sent("REVW"), sent("APPR")
    given = {"standard": "XM-01", "name_zh": "检测费", "name_en": "Test", "category": "project", "dept_econ": "30227",
             "driver": "workload", "per": "time", "amount": "110", "document_no": "财行〔2023〕99号", "valid_from": "2023年9月1日"}  # fmt: skip
    finance.get("/office/budget/2024/standards/record?standard=XM-01")
    finance.post("/office/budget/2024/standards/record", {**given, "do": "record"})
    assert finance.last.status_code == 200  # it was not looked at yet
    for text in (TESTS.package, MORE_TESTS.package, "275,000.00", "−33,625.00", "−50,437.50"):
        assert text in finance.text
    looked = re.search(r'name="looked" value="([^"]+)"', finance.text)[1]
    finance.post("/office/budget/2024/standards/record", {**given, "amount": "120", "looked": looked, "do": "record"})
    assert finance.last.status_code == 200  # another amount is looked at anew
    finance.post("/office/budget/2024/standards/record", {**given, "looked": looked, "do": "record"})
    assert finance.last.status_code == 303
    finance.post("/office/budget/2024/standards/record", {**given, "looked": looked, "do": "record"})
    assert "不同的生效日" in at(finance, "valid_from")
    approver.get("/office/budget/2024/standards")
    assert approver.text.count('name="standard"') == 1
    approver.post("/office/budget/2024/standards/approve", {"standard": "XM-01@2"})
    assert approver.last.status_code == 303
    approver.post("/office/budget/2024/standards/approve", {"standard": "XM-01@9"})
    assert approver.last.status_code == 422
    approver.post("/office/budget/2024/standards/approve", {})
    assert "没有勾选" in approver.text


def test_basic_data_count_once_finance_approved_them(budget):
    one, finance = budget("COMP"), budget("REVW")
    one.get("/office/budget/2024/agencies/201")
    one.post("/office/budget/2024/agencies/201/data", {"headcount.quantity": "x", "headcount.origin": "编制"})
    assert "不是数量" in at(one, "headcount-quantity")
    one.post("/office/budget/2024/agencies/201/data", {"headcount.quantity": "40", "headcount.origin": "编制系统9月"})
    one.get("/office/budget/2024/agencies/201")
    assert "待批准" in one.text
    assert "现用 37" in one.text
    finance.get("/office/budget/2024/data")
    finance.post("/office/budget/2024/data/approve", {"datum": "201@headcount@2"})
    assert finance.last.status_code == 303
    finance.post("/office/budget/2024/data/approve", {"datum": "201@headcount@2"})
    assert "已批准" in finance.text
    assert finance.last.status_code == 422


def test_income_is_estimated_with_its_basis_and_set_against_spending(budget):
    one = budget("COMP")
    own = replace(TESTS, package="2024-201-ZY-1", activity_code="ZY", fund="6")
    act(budget.city, "COMP", save_package, own)
    one.get("/office/budget/2024/agencies/201")
    row = {"1.source": "operating", "1.fund": "6", "1.func": "2050199", "1.amount": "308,624.99"}
    one.post("/office/budget/2024/agencies/201/income", row)
    assert "必须填写" in at(one, "1-basis")
    one.post("/office/budget/2024/agencies/201/income", {**row, "1.basis": "合同"})
    one.get("/office/budget/2024/agencies/201")
    assert '<li class="stop">' in one.text
    one.post("/office/budget/2024/agencies/201/income", {**row, "1.fund": "5", "1.basis": "合同"})
    assert one.last.status_code == 422
    one.post("/office/budget/2024/agencies/201/income", {**row, "1.amount": "308625", "1.basis": "合同"})
    one.get("/office/budget/2024/agencies/201")
    assert '<li class="ok">' in one.text


def test_a_round_that_may_not_be_sent_says_why(budget):
    one = budget("COMP")
    act(budget.city, "COMP", save_package, replace(TESTS, targets=TESTS.targets[1:]))
    one.get("/office/budget/2024/agencies/201")
    one.post("/office/budget/2024/agencies/201/submit", {"round": "1"})
    assert "缺少 数量目标" in at(one, "submit")
    act(budget.city, "COMP", save_package, TESTS)
    one.post("/office/budget/2024/agencies/201/submit", {"round": "2"})
    assert "先下达控制数" in at(one, "submit")
    assert one.post("/office/budget/2024/agencies/201/submit", {"round": "3"}).status_code == 404


def test_a_reviewer_cuts_for_a_reason_and_sees_last_year_afterwards(sent):
    one = sent("REVW")
    where = f"/office/budget/packages/{TESTS.package}"
    one.get(where)
    assert "先保存本人" in one.text
    one.get(f"{where}/review")
    given = {"version": "1", "1.quantity": "1000", "1.times": "2"}
    for other, field, text in (
        ({"1.cut": "none"}, "1-cut", "须选类型"), ({"1.cut": "quantity"}, "1-reason", "须写明理由"),
        ({"1.cut": "quantity", "1.reason": "核实", "1.quantity": "1251"}, "1-quantity", "只能维持或核减"),
    ):  # fmt: skip
        one.post(f"{where}/review", {**given, **other})
        assert text in at(one, field), field
    one.post(f"{where}/review", {**given, "version": "7", "1.cut": "quantity", "1.reason": "核实"})
    assert "新版本" in at(one, "opinion")
    one.post(f"{where}/review", {**given, "1.cut": "quantity", "1.reason": "台账核实1000处", "opinion": "同意"})
    assert one.last.status_code == 303
    one.get(where)
    for text in ("246,900.00", "台账核实1000处", "同意", "上年没有这项活动"):
        assert text in one.text, text
    other = sent("COMP")
    other.get(where)
    assert "同一活动" not in other.text


def test_a_ranking_gives_each_project_one_place(sent):
    one = sent("APPR")
    one.get("/office/budget/2024/ranking")
    places = {f"place-{package.package}": str(n) for n, package in enumerate((TESTS, MORE_TESTS, SYSTEM), 1)}
    group = {"department": "201", "fund": "1"}
    one.post("/office/budget/2024/ranking", {**group, **places, f"place-{SYSTEM.package}": "2"})
    assert "给了另一项" in at(one, f"place-{SYSTEM.package}")
    swapped = {f"place-{TESTS.package}": "2", f"place-{MORE_TESTS.package}": "1"}
    one.post("/office/budget/2024/ranking", {**group, **places, **swapped})
    assert "低水平在前" in one.text
    one.post("/office/budget/2024/ranking", {**group, **places})
    assert one.last.status_code == 303
    one.get("/office/budget/2024/order")
    assert one.text.index(TESTS.package) < one.text.index(MORE_TESTS.package) < one.text.index(SYSTEM.package)
    assert "审议会议 1" in one.text


def test_ceilings_and_dates_have_their_document_and_draw_the_line(sent):
    one = sent("REVW")
    one.get("/office/budget/2024/frame")
    ceiling = {"ceiling-201-1": "3,800,000.00"}
    one.post("/office/budget/2024/frame/ceilings", ceiling)
    assert "必须填写" in at(one, "document")
    one.post("/office/budget/2024/frame/ceilings", {"ceiling-201-1": "x", "document": "财预1号"})
    assert "金额" in at(one, "ceiling-201-1")
    one.post("/office/budget/2024/frame/ceilings", {**ceiling, "document": "财预1号"})
    one.post("/office/budget/2024/frame/dates", {"date-first_up": "2023-13-01", "dates_document": "财预1号"})
    assert "不是日期" in at(one, "date-first_up")
    dates = {"date-first_up": "2023.10.15", "date-resolution": "2024-01-20"}
    one.post("/office/budget/2024/frame/dates", {**dates, "dates_document": "财预1号"})
    one.get("/office/budget/2024")
    first_up, resolution = (re.search(rf">{step}</th>.*?</tr>", one.text)[0] for step in ("一上", "人大批准"))
    assert re.search(r"已于 20\d\d-\d\d-\d\d 完成 <strong class=\"minus\">迟 \d+ 天", first_up)
    assert "已逾期" in resolution
    one.get("/office/budget/2024/order")
    line = one.text.index("资金线：控制数到此为止")
    assert one.text.index("2024-201-GY") < line < one.text.index(TESTS.package)


def test_a_resolution_is_recorded_with_its_digest_and_its_total(sent):
    one = sent("APPR")
    one.get("/office/budget/2024/resolution")
    total = re.search(r"<tfoot>.*?([0-9,]+\.\d\d)</td>", one.text, re.DOTALL)[1]
    given = {"document": "人大〔2024〕1号", "title": "决议", "passed_on": "2024-01-20", "total": total}
    one.post("/office/budget/2024/resolution/record", given)
    assert "64 位" in at(one, "sha256")
    digest = {"sha256": "AB" * 32}
    one.post("/office/budget/2024/resolution/record", {**given, **digest, "total": "1.00"})
    assert f"应为 {total.replace(',', '')}" in at(one, "total")
    one.post("/office/budget/2024/resolution/record", {**given, **digest})
    assert one.last.status_code == 303, one.text
    one.get("/office/budget/2024/resolution")
    assert "ab" * 32 in one.text
    one.post("/office/budget/2024/resolution/approve", {"prepared_by": "nobody"})
    assert one.last.status_code == 422
    assert at(one, "prepared_by")
    one.post("/office/budget/2024/resolution/approve", {"prepared_by": "comp"})
    assert one.last.status_code == 303, one.text
    one.get("/office/budget/2024/resolution")
    assert "批准已全部记账" in one.text


def test_nothing_is_released_before_its_turn(sent):
    one = sent("ISSU")
    one.get("/office/budget/2024/release")
    assert "尚无决议" in one.text
    given = {"department_document": "财预〔2024〕3号", "department_on": "2024-02-05", "prepared_by": "revw"}
    unit = {"unit_document": "教财〔2024〕1号", "unit_on": "2024-02-10", "prepared_by": "revw", "of": "201"}
    with snapshot(sent.city.source) as connection:
        total = connection.exec_driver_sql(
            "select sum(allowed_fen)::bigint from ledger.package_order where treasury_id = %s and funded",
            (sent.city.treasury_id,),
        ).scalar_one()
    act(sent.city, "APPR", resolve_budget, resolution(total))
    one.post("/office/budget/2024/release/departments", given)
    assert one.last.status_code == 422
    approver = sent("APPR")
    approver.get("/office/budget/2024/resolution")
    approver.post("/office/budget/2024/resolution/approve", {"prepared_by": "comp"})
    one.post("/office/budget/2024/release/units", unit)
    assert one.last.status_code == 422
    assert 'id="refused"' in one.text
    one.post("/office/budget/2024/release/departments", {**given, "department_document": ""})
    assert "必须填写" in at(one, "department_document")
    one.post("/office/budget/2024/release/departments", given)
    assert one.last.status_code == 303, one.text
    one.post("/office/budget/2024/release/units", unit)
    assert one.last.status_code == 303, one.text
    one.get("/office/budget/2024/release")
    assert "已办结" in one.text


def test_an_overspend_is_refused_with_the_line_and_what_became_of_it(released):
    checker = released("PCHK")
    where = f"/office/budget/lines/{OFFICE}"
    checker.get(where)
    given = {"counterparty": "某某文具店", "on": "2024-03-05", "prepared_by": "appl"}
    checker.post(f"{where}/reserve", {**given, "application": "SQ-1", "amount": "111,000.00"})
    assert checker.last.status_code == 303, checker.text
    checker.get(where)
    checker.post(f"{where}/reserve", {**given, "application": "SQ-2", "amount": "0.38"})
    assert checker.last.status_code == 422
    told = checker.text[checker.text.index('id="refused"') :]
    figures = re.findall(r"<dt>([^<]+)</dt><dd[^>]*><a href=\"([^\"]+)\">([^<]+)</a>", told)
    assert [(name, fen) for name, _, fen in figures] == [
        ("批准", "111,000.37"), ("调整", "0.00"), ("调剂", "0.00"), ("冻结", "0.00"), ("支付占用", "111,000.00"),
        ("已支付", "0.00"), ("可用", "0.37"),
    ]  # fmt: skip
    for _, link, _ in figures:
        assert checker.get(link.partition("#")[0]).status_code == 200, link
    checker.get(where)
    checker.post(f"{where}/reserve", {**given, "application": "", "amount": "x"})
    assert (at(checker, "application"), at(checker, "amount")) == ("必须填写", "不是精确到分的金额")
    congress = released("NPCO")
    congress.get(where)
    assert congress.post(f"{where}/reserve", {**given, "application": "SQ-3", "amount": "1"}).status_code == 403


def test_the_congress_follows_a_figure_from_the_class_to_the_line_in_three_columns(released):
    city = released.city
    city.receive(TOTAL)
    city.pay(OFFICE, 100_037, func="2050101")
    one = released("NPCO")
    where = "/office/budget/2024/lines"
    for _ in range(4):
        assert one.get(where).status_code == 200
        rows = re.findall(
            r'<th scope="row"><a href="([^"]+)">[^<]*</a> <small>([^<]+)</small></th>(.*?)</tr>', one.text, re.DOTALL
        )
        executed = [link for link, _, row in rows if "1,000.37" in row]
        where = executed[0]
    assert where == f"/office/budget/lines/{OFFICE}"
    one.get("/office/budget/lines/2024-B-1-2050101-201")
    assert re.findall(r"<dt>已分解</dt><dd[^>]*><a [^>]*>([^<]+)<", one.text) == ["−3,770,401.87"]
    assert f"/office/budget/lines/{OFFICE}" in one.text
    one.get(where)
    assert "公用经费" in one.text


def test_a_compiler_of_one_agency_offers_and_opens_only_its_own(budget):
    from ledger.db import owner

    city = budget.city
    act(city, "COMP", record_drivers, [DriverValue(agency="202", driver="headcount", fiscal_year=YEAR, quantity_milli=9, origin="表")])  # fmt: skip
    act(city, "COMP", save_package, PERSONNEL)
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document)"
            " values (%s, 'appl', 'COMP', '[2024-01-01,2030-01-01)', '{202}', '任字9号')", (city.treasury_id,),
        )  # fmt: skip
    one = budget("COMP", "appl")
    one.get("/office/budget/2024/packages/new")
    assert re.findall(r'<option value="(\d+)">', one.text) == ["202"]
    assert one.get(f"/office/budget/packages/{PERSONNEL.package}").status_code == 404
    one.get("/office/budget/2024")
    one.post("/office/budget/2024/packages/new", form_of(PERSONNEL, do="save"))
    assert one.last.status_code == 422


def test_what_waits_for_a_duty_stands_first(sent):
    finance, approver = sent("REVW"), sent("APPR")
    assert finance.get("/office/").headers["Location"].endswith("/office/budget")
    finance.get("/office/budget/2024")
    assert re.search(r"待审核的决策包</a> 5<", finance.text)
    approver.get("/office/budget/2024")
    assert "待记录的决议" in approver.text
    act(sent.city, "REVW", review_package, TESTS.package, 1, [])
    finance.get("/office/budget/2024")
    assert re.search(r"待审核的决策包</a> 4<", finance.text)


@pytest.mark.parametrize("year", ["0", "1948", "3000", "99999", "9" * 30])
def test_a_year_that_no_calendar_has_leads_nowhere(desks, year):
    one = desks("begun", "COMP")
    for page in ("", "/standards", "/lines", "/packages/new", "/agencies/201"):
        assert one.get(f"/office/budget/{year}{page}").status_code == 404


@pytest.mark.parametrize("text", ["'", "%s%s", "\ud800", "😀" * 300, "=1+1", "<b>", "9" * 18, "-5"])
def test_evil_text_is_refused_or_kept_as_text(desks, text):
    one = desks("begun", "COMP")
    one.get("/office/budget/2024/agencies/201")
    given = text.encode("utf-8", "replace").decode()
    for where, fields in (
        ("packages/new", form_of(TESTS, **dict.fromkeys(("activity", "1.origin", "1.times", "1.quantity"), given))),
        ("packages/new", form_of(TESTS, activity_code=given, name_zh=given, func=given, fund=given)),
        ("agencies/201/data", {"headcount.quantity": given, "headcount.origin": given}),
        (
            "agencies/201/income",
            {"1.source": given, "1.fund": given, "1.func": given, "1.amount": given, "1.basis": given},
        ),
    ):
        one.post(f"/office/budget/2024/{where}", fields)
        assert one.last.status_code in {303, 422}, (where, one.text)
    assert "<b>" not in one.last.get_data(as_text=True)
