"""A department's budget in the browser, each step by another person: from standards to a refused overspend."""

import datetime as dt
import re
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import xlsxwriter
from axe_playwright_python.sync_playwright import Axe
from python_calamine import CalamineWorkbook
from waitress.server import create_server

from ledger import people
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.authority import ReallocationLimit, approve_reallocation, set_reallocation_limit
from ledger.compilation.own_money import OwnChange, approve_own_change, ask_own_change
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import resolve_budget
from ledger.db import owner
from ledger.disclosure.projects import ProjectRecord, Stage, record_project
from ledger.install import PersonPlan, create_office, create_person
from tests.conftest import make_city
from tests.ledger.budget_city import PACKAGES, PERSONNEL, UPKEEP, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.test_budget_binds import PAY_FEN, UPKEEP_FENS, release
from tests.ledger.test_own_money import FUNC
from tests.ledger.test_own_money import budgeted as budgeted_of_its_own
from web.app import create_app
from web.settings import RATES, Rate, Settings

PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105
PAY = "3,606,811.80"  # 8,123.45 × 37 × 12
TESTS_ASKED, TESTS_LEFT = "308,625.00", "154,312.50"  # 123.45 × 1,250 × 2, then × 1
FUNDED = "3761124.30"


@pytest.fixture(scope="module")
def served(source):
    """Serve the books of the session, where every test has a treasury of its own."""
    server = create_server(
        create_app(source, Settings(rates=dict.fromkeys(RATES, Rate(0, 1)))), host="127.0.0.1", port=0, threads=4
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=10)


@dataclass
class Desks:
    """The desks of a city's people, one browser each; they keep every error of the console."""

    browser: object
    address: str
    city: object
    opened: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)

    def __call__(self, duty):
        if duty not in self.opened:
            self.opened[duty] = self.sign_in(duty)
        return self.opened[duty]

    def sign_in(self, duty):
        people.set_password(self.city.source, self.city.treasury_id, duty.lower(), PASSWORD, must_change=False)
        page = self.browser.new_context(base_url=self.address, viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(8_000)
        page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto("/office/sign-in")
        if page.locator("select[name=treasury]").count():  # with one treasury there is nothing to choose
            page.locator("select[name=treasury]").select_option(f"T{self.city.treasury_id:06d}")
        page.locator("[name=person]").fill(duty.lower())
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form.fields button").first.click()
        page.locator(f"button[value={duty}]").click()
        return page


@pytest.fixture
def desks(browser, served, source):
    """Give the desks of a fresh city with two projects in its library."""
    desks = Desks(browser, served, make_city(source))
    yield desks
    for page in desks.opened.values():
        page.context.close()
    # The console tells every answer of 422 as a failed resource: that is the refusal which the page shows.
    assert [text for text in desks.wrong if "422" not in text] == []


def library(city):
    """Put the project of the story into the library."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.PRAP", "101", "PRAP", "PRAP")
        plan = PersonPlan("prap", "PRAP", "101.PRAP", ("PRAP",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    stages = tuple(
        Stage(stage, dt.date(2023, n, 1), f"{n}号") for n, stage in enumerate(("reserve", "appraisal", "review"), 3)
    )
    act(city, "PRAP", record_project, ProjectRecord(
        project="XM-JC", name_zh="校园水质检测", name_en="School water tests", owner="201", place="全区", sector="教育",
        purpose="检测", stages=stages))  # fmt: skip


def fill(page, **fields):
    """Fill a form in, field by field as it is named."""
    for name, value in fields.items():
        place = page.locator(f'[name="{name.replace("__", ".")}"]')
        if place.evaluate("place => place.tagName") == "SELECT":
            place.select_option(value)
        else:
            place.fill(value)


def press(page, text):
    page.get_by_role("button", name=text).first.click()


def sound(page):
    """Check a page as it stands: accessible, and not wider than a small phone."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_reservation_is_withdrawn_on_a_small_phone(desks):
    prepare(desks.city)
    compile_budget(desks.city, PERSONNEL, UPKEEP)
    act(desks.city, "APPR", resolve_budget, resolution(PAY_FEN + sum(UPKEEP_FENS)))
    release(desks.city)
    page = desks("PCHK")
    page.goto("/office/budget/lines/2024-B-201-0002")
    fill(page, application="ZF-1", counterparty="文具店" * 33, amount="7.00", on="2024-03-20", prepared_by="appl")
    press(page, "占用")
    chosen = page.locator("#f-change_reservation option").nth(1)
    assert chosen.inner_text().endswith("· 7.00")
    sound(page)
    fill(page, change="withdraw", change_amount="7.01", change_key="CH-1", change_document="撤字1号", change_on="2024-03-20",
         change_prepared_by="appl", change_reservation=chosen.get_attribute("value"))  # fmt: skip
    press(page, "记账")
    assert "可撤回 7.00 元" in page.locator("#e-change_amount").inner_text()
    sound(page)
    fill(page, change_amount="7")
    press(page, "记账")
    page.get_by_text("本指标没有支付占用").wait_for()


def test_a_package_made_by_mistake_is_withdrawn_on_a_small_phone(desks):
    prepare(desks.city)
    act(desks.city, "COMP", save_package, UPKEEP)
    page = desks("COMP")
    page.goto(f"/office/budget/packages/{UPKEEP.package}")
    sound(page)
    fill(page, why="重复" * 100)
    press(page, "撤回")
    page.get_by_text("已撤回的决策包").wait_for()
    sound(page)


def test_own_money_is_read_and_approved_on_a_small_phone_in_english(desks):
    budgeted_of_its_own(desks.city)
    change = OwnChange(fiscal_year=2024, agency="201", func=FUNC, amount_fen=99_999_999_999, reason="contract" * 40)
    numbers = [
        act(desks.city, "COMP", ask_own_change, replace(change, amount_fen=change.amount_fen - n)) for n in (0, 1)
    ]
    act(desks.city, "REVW", approve_own_change, 2024, "201", numbers[0], "No" * 90)
    page = desks("REVW")
    page.get_by_role("link", name="English").first.click()
    page.goto("/office/budget/2024/own")
    sound(page)


def standards_and_data(desks):
    finance = desks("REVW")
    for standard in (
        {"standard": "RY-01", "name_zh": "基本工资", "name_en": "Basic pay", "category": "personnel", "dept_econ": "30101",
         "driver": "headcount", "per": "month", "amount": "8,123.45", "valid_from": "2023-07-01"},
        {"standard": "XM-01", "name_zh": "检测费", "name_en": "Test", "category": "project", "dept_econ": "30227",
         "driver": "workload", "per": "time", "amount": "123.45", "valid_from": "2023-01-01"},
    ):  # fmt: skip
        finance.goto(f"/office/budget/{YEAR}/standards/record")
        fill(finance, document_no="财行〔2023〕9号", **standard)
        press(finance, "先看影响")
        if standard["standard"] == "XM-01":
            sound(finance)
        assert "没有因此重新计价的决策包" in finance.locator("main").inner_text()
        press(finance, "录入，送批准")
    approver = desks("APPR")
    approver.goto(f"/office/budget/{YEAR}/standards")
    for box in approver.locator("input[name=standard]").all():
        box.check()
    sound(approver)
    press(approver, "批准勾选的")
    assert approver.locator("input[name=standard]").count() == 0
    compiler = desks("COMP")
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    fill(compiler, headcount__quantity="37", headcount__origin="编制系统2023年8月")
    press(compiler, "保存基础数据")
    finance.goto(f"/office/budget/{YEAR}/data")
    finance.locator("input[name=datum]").check()
    press(finance, "批准勾选的")
    assert "37" in finance.locator("main tbody").inner_text()


def packages(desks):
    compiler = desks("COMP")
    compiler.goto(f"/office/budget/{YEAR}/packages/new?agency=201&category=personnel")
    assert compiler.locator("[name*=amount], [name*=fen]").count() == 0
    fill(compiler, activity_code="RY", name_zh="人员经费", name_en="Personnel", func="2050101", fund="1",
         activity="按编制发放工资", consequences="无法发放工资", **{"1__standard": "基本工资"})  # fmt: skip
    press(compiler, "保存为新版本")
    refusal = compiler.locator("#e-mandate")
    assert "履职依据" in refusal.inner_text()
    assert compiler.locator("#f-mandate").get_attribute("aria-describedby") == "e-mandate"
    sound(compiler)
    fill(compiler, mandate="编制批复", **{"1__standard": "RY-01"})
    assert compiler.locator("[data-total]").inner_text() == PAY
    press(compiler, "保存为新版本")
    assert PAY in compiler.locator("main").inner_text()
    compiler.goto(f"/office/budget/{YEAR}/packages/new?agency=201&category=project")
    fill(compiler, activity_code="JC", name_zh="校园水质检测", name_en="School water tests", func="2050199", fund="1",
         project="XM-JC", activity="检测全部学校饮水", mandate="《学校卫生工作条例》第十条", consequences="饮水安全无保障",
         **{"1__standard": "XM-01", "1__quantity": "1250", "1__times": "2", "1__origin": "2023年学校台账1250处"},
         **{f"target_{kind}": f"目标{kind}" for kind in ("quantity", "quality", "time", "cost", "benefit")})  # fmt: skip
    assert compiler.locator("[data-total]").inner_text() == TESTS_ASKED
    press(compiler, "保存为新版本")
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    press(compiler, "一上：上报申请")
    assert "满意度目标" in compiler.locator("#e-submit").inner_text()
    compiler.goto("/office/budget/packages/2024-201-JC-1/edit")
    fill(compiler, target_satisfaction="九成以上满意")
    press(compiler, "保存为新版本")
    compiler.get_by_role("link", name="对比").click()
    sound(compiler)
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    press(compiler, "一上：上报申请")
    assert "一上" in compiler.locator("#f-submit").inner_text()
    sound(compiler)


def reviewed_and_ranked(desks):
    finance, compiler, approver = desks("REVW"), desks("COMP"), desks("APPR")
    finance.goto("/office/budget/packages/2024-201-JC-1")
    assert "先保存本人" in finance.locator("main").inner_text()
    finance.get_by_role("link", name="审核", exact=True).click()
    fill(finance, **{"1__times": "1", "1__cut": "months"})
    press(finance, "保存审核意见")
    assert "理由" in finance.locator("#e-1-reason").inner_text()
    sound(finance)
    fill(finance, **{"1__reason": "一年一次即可"})
    press(finance, "保存审核意见")
    text = finance.locator("main").inner_text()
    assert TESTS_LEFT in text
    assert "上年没有这项活动" in text
    sound(finance)
    finance.goto(f"/office/budget/{YEAR}/frame")
    fill(finance, **{"ceiling-201-1": "4,000,000.00", "document": "财预〔2023〕88号"})
    press(finance, "下达控制数")
    fill(finance, **{"date-second_up": "2023-12-10", "dates_document": "财预〔2023〕90号"})
    press(finance, "设定日程")
    sound(finance)
    for page in (compiler, finance, approver):
        page.goto(f"/office/budget/{YEAR}/ranking")
        press(page, "保存排序")
        assert "1 至 1" in page.locator('[id="e-place-2024-201-JC-1"]').inner_text()
        fill(page, **{"place-2024-201-JC-1": "1"})
        press(page, "保存排序")
        assert page.locator(".problems").count() == 0
    sound(approver)
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    press(compiler, "二上：上报草案")
    approver.goto(f"/office/budget/{YEAR}/order")
    assert approver.locator("tbody tr").all_inner_texts()[0].count("线上") == 1
    sound(approver)


def resolved_and_released(desks, tmp_path):
    approver, issuer = desks("APPR"), desks("ISSU")
    paper = tmp_path / "决议.txt"
    paper.write_text("关于2024年预算的决议", encoding="utf-8")
    approver.goto(f"/office/budget/{YEAR}/resolution")
    fill(approver, document="人大〔2024〕1号", title="关于2024年预算的决议", passed_on="2024年1月20日", total="5.00")
    approver.locator("[name=file]").set_input_files(paper)
    press(approver, "记录决议")
    assert FUNDED in approver.locator("#e-total").inner_text()
    assert re.fullmatch("[0-9a-f]{64}", approver.locator("[name=sha256]").input_value())
    sound(approver)
    fill(approver, total=FUNDED)
    press(approver, "记录决议")
    press(approver, "将批准记账")
    assert "批准已全部记账" in approver.locator("main").inner_text()
    issuer.goto(f"/office/budget/{YEAR}/release")
    assert "逾期" in issuer.locator("main tbody").inner_text()
    fill(issuer, department_document="财预〔2024〕3号", department_on="2024-02-05")
    press(issuer, "批复到全部部门")
    assert "逾期" in issuer.locator("main tbody").inner_text()
    sound(issuer)
    fill(issuer, unit_document="教财〔2024〕1号", unit_on="2024-02-10")
    press(issuer, "批复到单位并下达")
    assert "已办结" in issuer.locator("main tbody").inner_text()


def spent(desks):
    congress, checker = desks("NPCO"), desks("PCHK")
    congress.goto(f"/office/budget/{YEAR}/lines")
    sound(congress)
    for _ in range(3):
        congress.locator("main tbody th a").first.click()
    congress.get_by_role("link", name=re.compile("30101")).click()
    congress.locator(".account").wait_for()
    line = congress.url
    assert congress.locator(".account dd").all_inner_texts()[-1] == PAY
    assert congress.locator("form").count() == 1  # the one that signs out
    sound(congress)
    checker.goto(line)
    given = {"counterparty": "在职人员", "on": "2024-03-05"}
    fill(checker, application="申请1", amount="3,600,000.00", **given)
    press(checker, "占用")
    assert checker.locator(".account dd").all_inner_texts()[-1] == "6,811.80"
    fill(checker, application="申请2", amount="6,811.81", **given)
    press(checker, "占用")
    told = checker.locator("#refused")
    assert "差 0.01 元" in told.inner_text()
    assert told.locator("dt").all_inner_texts() == ["批准", "调整", "调剂", "冻结", "支付占用", "已支付", "可用"]
    assert [dd.locator("a").count() > 0 for dd in told.locator("dd").all()] == [True] * 7
    sound(checker)
    told.locator("dd a").nth(4).click()
    assert "支付申请占用" in checker.locator("main").inner_text()
    congress.goto(f"/office/budget/{YEAR}/lines?func=2050101")
    assert PAY in congress.locator("main").inner_text()


def test_a_budget_goes_from_packages_to_indicators_and_to_a_refused_overspend(desks, tmp_path):
    library(desks.city)
    standards_and_data(desks)
    packages(desks)
    reviewed_and_ranked(desks)
    resolved_and_released(desks, tmp_path)
    spent(desks)


SOUND = {
    "COMP": ("2024", "2024/agencies/201", "packages/2024-201-XT-3/edit", "2024/packages/new?agency=201&category=project"),
    "REVW": ("2024/frame", "2024/standards/record?standard=XM-01", "packages/2024-201-JC-1/review", "2024/order"),
}  # fmt: skip


@pytest.mark.parametrize("duty", SOUND)
def test_the_pages_are_sound_in_english_in_the_dark_and_in_large_type(desks, duty):
    prepare(desks.city)
    compile_budget(desks.city, *PACKAGES)
    page = desks(duty)
    page.context.add_cookies([{"name": "elder", "value": "1", "url": desks.address}])
    page.emulate_media(color_scheme="dark")
    page.goto("/office/language/en?to=/office/me")
    for where in SOUND[duty]:
        page.goto(f"/office/budget/{where}")
        assert page.locator("html.elder[lang=en]").count() == 1
        sound(page)


def changed(city):
    """Approve and release a budget, and record what it may be changed by."""
    prepare(city)
    compile_budget(city, PERSONNEL, UPKEEP)
    act(city, "APPR", resolve_budget, resolution(PAY_FEN + sum(UPKEEP_FENS)))
    release(city)
    limit = ReallocationLimit(same_func_fen=200_000, other_func_fen=100_000, document="府发〔2024〕1号")
    act(city, "APPR", set_reallocation_limit, limit)
    act(city, "APPR", approve_reallocation, "TJ-2", 500_000, "府办〔2024〕9号")
    act(city, "APPR", record_adjustment, Adjustment(
        fiscal_year=YEAR, document="常〔2024〕5号", title="关于2024年预算调整的决议", passed_on=dt.date(2024, 7, 30), amount_fen=100_000))  # fmt: skip


AFTER = {
    "COMP": ("2024/agencies/201/notes", "2024/agencies/201"),
    "REVW": ("2024/agencies/201/notes",),
    "APPR": ("2024/changes",),
    "ISSU": ("2024/changes?giver=2024-B-201-0002",),
    "PUBL": ("2024/publication", "2024/publication/201"),
}


def test_the_pages_after_approval_are_sound_in_both_languages_and_in_the_dark(desks):
    changed(desks.city)
    compiler, issuer = desks("COMP"), desks("ISSU")
    compiler.goto(f"/office/budget/{AFTER['COMP'][0]}")
    fill(compiler, goods="1,200.50", sme="1,200.51")
    press(compiler, "保存情况说明")
    assert "不得多于" in compiler.locator("#e-sme").inner_text()
    fill(compiler, sme="1,000", told_procurement="按采购目录编列。")
    press(compiler, "保存情况说明")
    assert "第 1 版" in compiler.locator("main").inner_text()
    issuer.goto(f"/office/budget/{AFTER['ISSU'][0]}")
    fill(issuer, taker="2024-B-201-0003", move_amount="2,000.01", move_key="TJ-1", move_document="财预〔2024〕9号")
    fill(issuer, move_on="2024-03-01")
    press(issuer, "调剂")
    assert "权限（元） 2000.00" in issuer.locator("#e-move_amount").inner_text()
    sound(issuer)
    fill(issuer, move_amount="2,000.00")
    press(issuer, "调剂")
    assert "TJ-1" in issuer.locator("#moves + .scroll").inner_text()
    for duty, pages in AFTER.items():
        page = desks(duty)
        for where in pages:
            page.goto(f"/office/budget/{where}")
            sound(page)
        page.emulate_media(color_scheme="dark")
        page.goto("/office/language/en?to=/office/me")
        for where in pages:
            page.goto(f"/office/budget/{where}")
            sound(page)


def sheet_of(path, rows):
    """Write rows as a workbook of one sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("基础数据")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return path


def send(page, file, do):
    page.locator("#f-file").set_input_files(file)
    page.locator(f"button[name=do][value={do}]").click()


def test_a_workbook_with_a_bad_row_comes_back_is_mended_taken_and_undone(desks, tmp_path):
    prepare(desks.city)
    compiler = desks("COMP")
    compiler.goto("/office/imports")
    compiler.get_by_role("link", name="导入预算工作簿").click()
    rows = [
        ["基础数据表"],
        ["预算单位：201", "预算年度：2024"],
        ["基础数据", "数量", "数据来源"],
        ["公务用车", "三", "车辆台账"],
    ]
    send(compiler, sheet_of(tmp_path / "基础数据.xlsx", rows), "preview")
    assert "数量须为不带单位的非负数" in compiler.locator("main tbody").inner_text()
    assert compiler.locator("button[value=take]").count() == 0
    sound(compiler)
    with compiler.expect_download() as download:
        send(compiler, tmp_path / "基础数据.xlsx", "errors")
    back = CalamineWorkbook.from_path(str(download.value.path())).get_sheet_by_index(0).to_python()
    assert "未通过原因" in back[2]
    mended = sheet_of(tmp_path / "改正.xlsx", [["3" if cell == "三" else cell for cell in row] for row in back])
    send(compiler, mended, "preview")
    assert "仅为预览" in compiler.locator(".callout").inner_text()
    send(compiler, mended, "take")
    assert "改正.xlsx" in compiler.locator("main").inner_text()
    import_page = compiler.url
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    assert compiler.locator("#f-vehicles-quantity").input_value() == "3"
    with compiler.expect_download() as download:
        compiler.get_by_role("link", name="导出为工作簿").click()
    assert "车辆台账" in str(
        CalamineWorkbook.from_path(str(download.value.path())).get_sheet_by_name("基础数据").to_python()
    )
    compiler.goto(import_page)
    fill(compiler, why="误用旧台账")
    press(compiler, "整体撤销")
    assert "误用旧台账" in compiler.locator("main").inner_text()
    sound(compiler)
    compiler.goto(f"/office/budget/{YEAR}/agencies/201")
    assert compiler.locator("#f-vehicles-quantity").input_value() == ""


def test_earlier_years_are_proven_put_forward_and_posted_in_the_browser(desks):
    years = Path(__file__).parents[2] / "importers" / "samples" / "unit_history.csv"
    keeper, closer = desks("BOOK"), desks("CLOS")
    for page, do in ((keeper, "propose"), (closer, "take")):
        page.goto("/office/imports/history")
        send(page, years, "preview")
        assert "不相符" not in page.locator("#proof + .scroll").inner_text()
        sound(page)
        send(page, years, do)
        assert page.locator("h1").inner_text().startswith("导入登记")
    assert "以前年度数据" in closer.locator("main tbody").inner_text()
    sound(closer)
