"""After approval, at the desk: notes and publication, limits and reallocation, adjustments; each with its refusal."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from ledger.compilation.adjustments import Adjustment, adjustments, draws, record_adjustment, stabilisation_fund
from ledger.compilation.approval import grants
from ledger.compilation.indicators import AdjustIndicator, adjust_indicator
from ledger.compilation.narratives import BudgetNarrative, kept_narrative, record_narrative
from ledger.compilation.packages import Line, save_package
from ledger.compilation.rounds import Ceiling, resolve_budget, set_ceilings, submit_budget
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import snapshot
from ledger.journal import reverse
from ledger.money import Fen
from tests.ledger.budget_city import OFFICE, PERSONNEL, TESTS, UPKEEP, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.test_budget_binds import release

HERE = "/office/budget/2024"
NOTES = f"{HERE}/agencies/201/notes"
TABLES = f"{HERE}/publication/201"
RECEPTION = replace(
    OFFICE, standard="GY-03", name_zh="公务接待费", name_en="Reception", dept_econ="30217", amount_fen=12_300
)
TOTAL = 812_345 * 37 * 12 + 300_001 * 37 + round(355 * 1234.5 * 12) + 12_300 * 37 + 12_345 * 1250 * 2


@pytest.fixture
def approved(office):
    """A budget that the Congress approved; receptions are new in it, and nobody says why."""
    city = office.city
    prepare(city)
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, [RECEPTION]))
    compile_budget(city, PERSONNEL, replace(UPKEEP, lines=(*UPKEEP.lines, Line(standard="GY-03"))), TESTS)
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    return office


def at(one, field):
    """Give what is told at a field."""
    found = re.search(rf'id="e-{field}">([^<]*)<', one.text)
    return found[1] if found else ""


def kept(city):
    with snapshot(city.source) as connection:
        return kept_narrative(connection, city.treasury_id, YEAR, "201")


def test_the_compiler_writes_the_notes_and_others_read_them(approved):
    one, other = approved("COMP"), approved("REVW")
    other.get(NOTES)
    assert "尚无情况说明" in other.text
    assert other.post(f"{NOTES}/record", {"goods": "1"}).status_code == 403
    one.get(NOTES)
    given = {"reception": "5,000.00", "goods": "12,000.01", "sme": "10000", "equipment_500k": "3", "equipment_1m": "1",
             "told_total": "比2023年减少。\n严控批次。"}  # fmt: skip
    one.post(f"{NOTES}/record", given)
    assert one.last.status_code == 303, one.text
    said = kept(approved.city).said
    assert (said.reception_fen, said.goods_fen, said.sme_fen, said.equipment_1m) == (500_000, 1_200_001, 1_000_000, 1)
    assert said.told == {"total": "比2023年减少。\n严控批次。"}
    assert "严控批次" in one.get(NOTES).get_data(as_text=True)
    other.get(NOTES)
    for text in ("第 1 版", "12,000.01", "严控批次"):
        assert text in other.text, text


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"goods": "一万"}, "goods", "不是精确到分的金额"),
        ({"equipment_500k": "x"}, "equipment_500k", "不是整数"),
        ({"goods": "1", "sme": "1.01"}, "sme", "不得多于采购合计"),
        ({"equipment_500k": "1", "equipment_1m": "2"}, "equipment_1m", "不得多于50万元以上"),
    ],
)
def test_notes_that_cannot_be_are_refused_at_their_field(approved, given, field, text):
    one = approved("COMP")
    one.get(NOTES)
    one.post(f"{NOTES}/record", {**given, "told_assets": "房屋两处"})
    assert one.last.status_code == 422
    assert text in at(one, field)
    assert "房屋两处" in one.text
    assert kept(approved.city) is None


def looked(one):
    return re.search(r'name="looked" value="([0-9a-f]{64})"', one.text)[1]


def test_a_budget_that_breaks_a_rule_is_not_published_and_the_rule_is_named(approved):
    one = approved("PUBL")
    one.get(HERE)
    assert re.search(r"待公开的预算</a> 1<", one.text)
    one.get(f"{HERE}/publication")
    assert "待公开" in one.text
    one.get(TABLES)
    assert one.text.count("changes_explained") == 2  # above all, and at the table
    one.post(f"{TABLES}/publish", {"looked": looked(one)})
    assert one.last.status_code == 422
    assert "不成立的规则：changes_explained" in one.text


def test_the_disclosure_office_publishes_what_it_looked_at_and_only_once(approved):
    one, compiler = approved("PUBL"), approved("COMP")
    said = BudgetNarrative(
        fiscal_year=YEAR, agency="201", told={"total": "新增接待任务。", "reception": "新增接待任务。"}
    )
    act(approved.city, "COMP", record_narrative, said)
    one.get(TABLES)
    assert "全部勾稽关系成立" in one.text
    before = looked(one)
    act(approved.city, "COMP", record_narrative, replace(said, goods_fen=5))
    one.post(f"{TABLES}/publish", {"looked": before})
    assert one.last.status_code == 422
    assert "须重新核对" in one.text
    compiler.get(TABLES)
    assert compiler.post(f"{TABLES}/publish", {"looked": looked(one)}).status_code == 403
    one.post(f"{TABLES}/publish", {"looked": looked(one)})
    assert one.last.status_code == 303, one.text
    one.get(f"{HERE}/publication")
    assert 'class="tag posted">已公开' in one.text
    one.get(TABLES)
    assert 'name="looked"' not in one.text
    one.post(f"{TABLES}/publish", {"looked": before})
    assert "已公开" in one.text
    assert one.last.status_code == 422
    compiler.get(NOTES)
    compiler.post(f"{NOTES}/record", {"goods": "1"})
    assert compiler.last.status_code == 422
    assert "该单位该年度预算已公开" in compiler.text


@pytest.mark.parametrize("duty", ["COMP", "REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI", "PUBL"])
def test_the_tables_are_read_before_they_are_public(approved, duty):
    one = approved(duty)
    for where in (f"{HERE}/publication", TABLES, NOTES, f"{TABLES}/3.csv", f"{TABLES}/11.xlsx"):
        assert one.get(where).status_code == 200, (where, one.text)
    for where in (
        f"{HERE}/publication/202",
        f"{TABLES}/12.csv",
        f"{HERE}/publication/202/1.csv",
        f"{HERE}/agencies/9/notes",
    ):
        assert one.get(where).status_code == 404, where
    assert approved("APPL").get(TABLES).status_code == 403


CHANGES = f"{HERE}/changes"
PAY, GOODS, UPKEEP_LINE, RECEPTIONS, WATER = (f"2024-B-201-000{n}" for n in range(1, 6))
"""The lines of the budget: pay 30101, office goods 30201, upkeep 30209, receptions 30217, and the tests of another function."""


@pytest.fixture
def released(approved):
    release(approved.city)
    return approved


def move(one, giver, taker, amount, key="TJ-1"):
    one.get(CHANGES)
    return one.post(f"{CHANGES}/moves", {"giver": giver, "taker": taker, "move_amount": amount, "move_key": key,
                    "move_document": "财预〔2024〕9号", "move_on": "2024-03-01", "prepared_by": "revw"})  # fmt: skip


def set_limits(one, same="200.00", other="100"):
    one.get(CHANGES)
    return one.post(f"{CHANGES}/limit", {"limit_same": same, "limit_other": other, "limit_document": "府发〔2024〕1号"})


def test_a_move_within_the_limit_is_posted_and_beyond_it_refused_with_limit_and_amount(released):
    issuer, approver = released("ISSU"), released("APPR")
    assert move(issuer, GOODS, UPKEEP_LINE, "0.01").status_code == 422
    assert "权限（元） 0.00" in at(issuer, "move_amount")
    assert set_limits(approver).status_code == 303
    issuer.get(f"/office/budget/lines/{GOODS}")
    assert f"changes?giver={GOODS}#move" in issuer.text
    assert move(issuer, f"{GOODS} 教育局", UPKEEP_LINE, "200.00").status_code == 303, issuer.text
    issuer.get(CHANGES)
    assert f"/office/budget/lines/{UPKEEP_LINE}" in issuer.text
    issuer.get(f"/office/budget/lines/{UPKEEP_LINE}")
    assert re.search(r"<dt>调剂</dt><dd[^>]*><a [^>]*>200.00<", issuer.text)
    for taker, amount, limit in ((UPKEEP_LINE, "200.01", "200.00"), (WATER, "100.01", "100.00")):
        assert move(issuer, GOODS, taker, amount, "TJ-2").status_code == 422
        for text in (f"本笔（元） {amount}", f"权限（元） {limit}", "按编号 TJ-2 批准"):
            assert text in at(issuer, "move_amount"), at(issuer, "move_amount")
    assert 'value="TJ-2"' in issuer.text


def test_a_move_beyond_the_limit_is_approved_by_its_number_and_used_once(released):
    issuer, approver = released("ISSU"), released("APPR")
    given = {"approved_key": "TJ-7", "approved_amount": "5,000.00", "approved_document": "府办〔2024〕9号"}
    approver.get(CHANGES)
    assert approver.post(f"{CHANGES}/approvals", given).status_code == 303, approver.text
    approver.get(CHANGES)
    assert "未用" in approver.text
    approver.post(f"{CHANGES}/approvals", given)
    assert "已批准" in at(approver, "approved_key")
    approver.post(f"{CHANGES}/approvals", {**given, "approved_key": "TJ-8", "approved_amount": "0"})
    assert at(approver, "approved_amount")
    assert move(issuer, GOODS, WATER, "5000.01", "TJ-7").status_code == 422
    assert move(issuer, GOODS, WATER, "5000", "TJ-7").status_code == 303, issuer.text
    approver.get(CHANGES)
    assert 'class="tag posted">已用' in approver.text
    assert "已冲销" not in approver.text
    take_back(released.city, "TJ-7", dt.date(2024, 3, 2))
    approver.get(CHANGES)
    assert '<span class="tag">已冲销</span> <small>2024-03-02</small>' in approver.text


def test_what_is_not_there_or_not_allowed_does_not_move(released):
    issuer, approver = released("ISSU"), released("APPR")
    set_limits(approver, "900000000", "900000000")
    move(issuer, GOODS, UPKEEP_LINE, "111,000.38")
    assert "可用额度差 0.01 元" in issuer.text
    assert issuer.last.status_code == 422
    for giver, taker, amount, field, text in (
        (GOODS, GOODS, "1", "taker", "同一条指标"), ("2024-B-9", GOODS, "1", "giver", "没有这条指标"),
        (GOODS, WATER, "0", "move_amount", "不是精确到分"), (GOODS, WATER, "x", "move_amount", "不是精确到分"),
    ):  # fmt: skip
        assert move(issuer, giver, taker, amount).status_code == 422
        assert text in at(issuer, field), field
    move(issuer, GOODS, RECEPTIONS, "1")
    assert "三公经费只能" in issuer.text
    assert issuer.last.status_code == 422


def test_nothing_moves_from_one_fund_to_another(office):
    city = office.city
    prepare(city)
    for package in (PERSONNEL, replace(TESTS, fund="2")):
        act(city, "COMP", save_package, package)
    act(city, "COMP", submit_budget, YEAR, "201", 1)
    act(city, "REVW", set_ceilings, [
        Ceiling(fiscal_year=YEAR, department="201", fund=fund, amount_fen=900_000_000, document="财预〔2023〕88号") for fund in "12"
    ])  # fmt: skip
    act(city, "COMP", submit_budget, YEAR, "201", 2)
    act(city, "APPR", resolve_budget, resolution(812_345 * 37 * 12 + 12_345 * 1250 * 2))
    release(city)
    set_limits(office("APPR"), "1000", "1000")
    one = office("ISSU")
    assert move(one, PAY, GOODS, "1").status_code == 422
    assert "资金性质不同" in at(one, "taker")


def test_limits_are_in_order_and_named_by_a_document(approved):
    approver = approved("APPR")
    assert set_limits(approver, "1", "1.01").status_code == 422
    assert "不得大于" in at(approver, "limit_other")
    approver.post(f"{CHANGES}/limit", {"limit_same": "一", "limit_other": "-1", "limit_document": " "})
    assert (at(approver, "limit_same"), at(approver, "limit_document")) == ("不是精确到分的金额", "必须填写")
    assert set_limits(approver, "1", "0").status_code == 303


def test_an_adjustment_is_recorded_once_by_who_approves(approved):
    one = approved("APPR")
    given = {"adjustment_document": "常〔2024〕5号", "adjustment_title": "关于2024年预算调整的决议",
             "adjustment_passed_on": "2024年7月30日", "adjustment_amount": "1,000.00"}  # fmt: skip
    one.get(CHANGES)
    one.post(f"{CHANGES}/adjustments", {**given, "adjustment_passed_on": "夏天", "adjustment_title": ""})
    assert (at(one, "adjustment_passed_on"), at(one, "adjustment_title")) == ("不是日期", "必须填写")
    assert one.post(f"{CHANGES}/adjustments", given).status_code == 303, one.text
    one.get(CHANGES)
    assert "关于2024年预算调整的决议" in one.text
    one.post(f"{CHANGES}/adjustments", given)
    assert "已批准" in at(one, "adjustment_document")
    one.post(f"{CHANGES}/adjustments", {**given, "adjustment_document": "常〔2024〕6号", "adjustment_amount": "0"})
    assert at(one, "adjustment_amount")
    assert one.last.status_code == 422


def test_what_an_adjustment_was_used_for_is_taken_off(released):
    city = released.city
    adjustment = Adjustment(
        fiscal_year=YEAR, document="常〔2024〕5号", title="调整", passed_on=dt.date(2024, 2, 28), amount_fen=100_000
    )
    act(city, "APPR", record_adjustment, adjustment)
    with snapshot(city.source) as connection:
        goods = next(each for each in grants(connection, city.treasury_id, YEAR) if each.indicator == GOODS)
        assert [each.used_fen for each in adjustments(connection, city.treasury_id, YEAR)] == [0]
    cut = AdjustIndicator(key="ZJ-1", on=dt.date(2024, 3, 1), narration="追减", prepared_by="revw", document="常〔2024〕5号",
                          line=goods.line(GOODS, "201"), revenue="1010101", reduces=True, executable=Fen(30_001))  # fmt: skip
    act(city, "ISSU", adjust_indicator, cut)
    one = released("NPCO")
    one.get(CHANGES)
    for text in ("1,000.00", "300.01", "699.99"):
        assert text in one.text, text


FIFTH = "常〔2024〕5号"


@pytest.fixture
def drawable(office):
    """An adjustment of 50.00, and a stabilisation fund that holds 70.01."""
    city = office.city
    city.receive(7_001)
    city.post("AUDT_IN", city.event("stabilisation_fund_provision", prepared_by="book", facts={"amount": Fen(7_001)},
                                    dims={"fund": "1", "func": "23015"}))  # fmt: skip
    act(city, "APPR", record_adjustment, fifth(5_000))
    return office


def fifth(fen, document=FIFTH):
    return Adjustment(
        fiscal_year=YEAR,
        document=document,
        title="关于2024年预算调整的决议",
        passed_on=dt.date(2024, 7, 30),
        amount_fen=fen,
    )


def draw(one, amount, key="DY-1", **more):
    one.get(CHANGES)
    return one.post(f"{CHANGES}/draws", {"draw_document": FIFTH, "draw_amount": amount, "draw_on": "2024-08-01", "draw_key": key,
                                         "draw_prepared_by": "book", **more})  # fmt: skip


def take_back(city, key, on):
    with snapshot(city.source) as connection:
        event = connection.exec_driver_sql(
            "select event_id from ledger.event where treasury_id = %s and key = %s", (city.treasury_id, key)
        ).scalar_one()
    act(city, "AUDT_IN", reverse, event, key=f"HC-{key}", on=on, narration="冲销", prepared_by="book")


def drawn(city):
    with snapshot(city.source) as connection:
        found = draws(connection, city.treasury_id, YEAR)
        (of,) = [each for each in adjustments(connection, city.treasury_id, YEAR) if each.document == FIFTH]
        return (
            [(each.key, each.fen, each.document) for each in found],
            of.left_fen,
            stabilisation_fund(connection, city.treasury_id, YEAR),
        )


def test_a_draw_is_posted_up_to_the_adjustment_and_refused_beyond_it_with_its_figures(drawable):
    one = drawable("AUDT_IN")
    assert draw(one, "49.99").status_code == 303, one.text
    one.get(CHANGES)
    for text in ("DY-1", "49.99", "基金余额", "20.02", f"{FIFTH} 关于2024年预算调整的决议 · 尚余 0.01"):
        assert text in one.text, text
    assert draw(one, "0.02", "DY-2").status_code == 422
    assert at(one, "draw_amount") == "本笔 0.02 元，方案 50.00 元，已用 49.99 元，尚可动用 0.01 元"
    assert 'value="DY-2"' in one.text
    assert drawn(drawable.city) == ([("DY-1", 4_999, FIFTH)], 1, 2_002)
    assert draw(one, "0.01", "DY-2").status_code == 303, one.text
    one.get(CHANGES)
    assert 'name="draw_amount"' not in one.text
    assert "没有尚可动用的预算调整方案" in one.text


def test_a_draw_beyond_what_the_fund_holds_is_refused_with_its_figures_in_both_languages(drawable):
    act(drawable.city, "APPR", record_adjustment, fifth(100_000, "常〔2024〕6号"))
    one = drawable("AUDT_IN")
    assert draw(one, "70.02", draw_document="常〔2024〕6号").status_code == 422
    assert at(one, "draw_amount") == "本笔 70.02 元，基金余额 70.01 元"
    one.client.set_cookie("office_language", "en")
    assert draw(one, "70.02", draw_document="常〔2024〕6号").status_code == 422
    assert at(one, "draw_amount") == "this draw 70.02, the fund holds 70.01 yuan"
    assert draw(one, "50.01").status_code == 422
    assert at(one, "draw_amount") == "this draw 50.01, adjustment 50.00, used 0.00, left 50.00 yuan"
    assert drawn(drawable.city) == ([], 5_000, 7_001)
    assert draw(one, "70.01", draw_document="常〔2024〕6号").status_code == 303
    one.get(CHANGES)
    assert "The stabilisation fund holds nothing." in one.text


def test_a_draw_that_was_taken_back_is_marked_and_may_be_drawn_again(drawable):
    one = drawable("AUDT_IN")
    draw(one, "50.00")
    one.get(CHANGES)
    assert "已冲销" not in one.text
    take_back(drawable.city, "DY-1", dt.date(2024, 8, 2))
    one.get(CHANGES)
    assert re.search(r'DY-1 <span class="tag">已冲销</span> <small>2024-08-02</small>', one.text)
    assert "尚余 50.00" in one.text
    one.client.set_cookie("office_language", "en")
    one.get(CHANGES)
    assert re.search(r'DY-1 <span class="tag">Reversed</span> <small>2024-08-02</small>', one.text)
    assert draw(one, "50.01", "DY-2").status_code == 422
    assert draw(one, "50.00", "DY-2").status_code == 303, one.text
    assert draw(one, "0.01", "DY-3").status_code == 422
    one.get(CHANGES)
    assert one.text.count('<span class="tag">Reversed</span>') == 1


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"draw_document": "常〔2024〕9号"}, "draw_document", "没有这个预算调整方案"),
        ({"draw_document": ""}, "draw_document", "必须填写"),
        ({"draw_amount": "0"}, "draw_amount", "不是精确到分的金额"),
        ({"draw_amount": "1.001"}, "draw_amount", "不是精确到分的金额"),
        ({"draw_on": "8月"}, "draw_on", "不是日期"),
        ({"draw_on": "2024-07-29"}, "draw_on", "常〔2024〕5号 于 2024-07-30 通过"),
        ({"draw_key": " "}, "draw_key", "必须填写"),
        ({"draw_prepared_by": "audt_in"}, "draw_prepared_by", "此人不能经办"),
        ({"draw_prepared_by": "comp"}, "draw_prepared_by", "此人不能经办"),
    ],
)
def test_a_draw_that_cannot_be_is_refused_at_its_field(drawable, given, field, text):
    one = drawable("AUDT_IN")
    assert draw(one, **{"amount": "1", **given}).status_code == 422
    assert text in at(one, field)
    assert drawn(drawable.city) == ([], 5_000, 7_001)


def test_who_prepares_a_draw_reads_it_and_does_not_post_it(drawable):
    one = drawable("BOOK")
    assert draw(one, "1").status_code == 403
    one.get(CHANGES)
    assert "由稽核人员在此记账" in one.text
    assert 'name="draw_amount"' not in one.text
    draw(drawable("AUDT_IN"), "1")
    one.get(CHANGES)
    assert "制单 book · 记账 audt_in" in one.text.lower()


def test_who_issues_finds_the_line_that_an_adjustment_cuts(released):
    one, other = released("ISSU"), released("APPR")
    one.get(CHANGES)
    assert f"{CHANGES}/cut" not in one.text  # there is no adjustment
    act(released.city, "APPR", record_adjustment, fifth(100_000))
    one.get(CHANGES)
    assert f"{CHANGES}/cut" in one.text
    answer = one.get(f"{CHANGES}/cut?cut_line={GOODS}%20教育局")
    assert answer.headers["Location"].endswith(f"/office/budget/lines/{GOODS}#change")
    assert "change" in one.get(f"/office/budget/lines/{GOODS}").get_data(as_text=True)
    assert one.get(f"{CHANGES}/cut?cut_line=2024-B-9").status_code == 422
    assert "没有这条指标" in at(one, "cut_line")
    assert other.get(f"{CHANGES}/cut?cut_line={GOODS}").status_code == 403


@pytest.mark.parametrize("duty", ["REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI", "BOOK", "AUDT_IN"])
def test_changes_are_read_by_who_oversees_and_made_by_nobody_else(approved, duty):
    one = approved(duty)
    one.get(CHANGES)
    assert one.last.status_code == 200, one.text
    for where, whose in (
        ("limit", "APPR"), ("approvals", "APPR"), ("adjustments", "APPR"), ("moves", "ISSU"), ("draws", "AUDT_IN"),
    ):  # fmt: skip
        assert one.post(f"{CHANGES}/{where}", {}).status_code == (422 if duty == whose else 403), where


@pytest.mark.parametrize("duty", ["COMP", "PUBL", "PCHK"])
def test_who_has_no_part_in_changes_does_not_see_them(approved, duty):
    assert approved(duty).get(CHANGES).status_code == 403
