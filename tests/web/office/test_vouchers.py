"""A voucher by hand in the browser: typed, checked, submitted, reviewed, posted, printed, reversed."""

import io
import re
from datetime import date

import pytest

from ledger.money import Fen
from web.office import accounts, writing

LINES = {
    "on": "2024-03-05", "narration": "收到上级往来", "document": "国库〔2024〕7号", "papers": "2",
    "1.account": "gkck", "1.debit": "１，２３４.50", "1.fund": "1",
    "2.account": "2012 与上级往来", "2.credit": "1,234.5", "2.fund": "1", "2.counterparty": "=cmd|'/c calc'!A1",
}  # fmt: skip


def draft_of(answer):
    return re.search(r"/office/drafts/([0-9a-f-]{36})", answer.headers["Location"])[1]


def version_of(one):
    return re.search(r'name="version" value="(\d+)"', one.text)[1]


def write(one, lines=LINES, do="submit", code="B2024"):
    one.get("/office/drafts/new")
    draft = draft_of(one.post("/office/drafts/new", {"set": code}))
    one.get(f"/office/drafts/{draft}/edit")
    one.post(f"/office/drafts/{draft}/edit", {"version": version_of(one), "do": do, **lines})
    return draft


def take(one, draft, action, **more):
    one.get(f"/office/drafts/{draft}")
    found = re.search(r'name="version" value="(\d+)"', one.text)
    return one.post(f"/office/drafts/{draft}/{action}", {"version": found[1] if found else "2", **more})


@pytest.fixture
def posted(office):
    keeper, chief, checker = office("BOOK"), office("CLOS"), office("AUDT_IN")
    draft = write(keeper)
    assert keeper.last.status_code == 303, keeper.text
    take(chief, draft, "review")
    assert take(checker, draft, "post").status_code == 303, checker.text
    checker.get(f"/office/drafts/{draft}")
    where = re.search(r"/office/books/B2024/vouchers/2024-03/\d+", checker.text)[0]
    return keeper, chief, checker, draft, where


def test_a_voucher_is_typed_reviewed_posted_and_reads_as_paper(posted):
    keeper, _, checker, draft, where = posted
    checker.get(where)
    for text in (
        "记账凭证",
        "壹仟贰佰叁拾肆元伍角整",
        "国库存款",
        "BOOK",
        "CLOS",
        "AUDT_IN",
        "附单据 2 张",
        "2024年3月5日",
    ):
        assert text in checker.text, text
    keeper.get(f"/office/drafts/{draft}")
    timeline = re.findall(r"</small> (保存|提交复核|复核通过|记账)", keeper.text)
    assert timeline == ["保存", "保存", "提交复核", "复核通过", "记账"]
    keeper.get(f"{where}/print")
    assert "主管" in keeper.text
    signed = re.findall(r"<dt>(\w+)</dt><dd>(\w*)</dd>", keeper.text)
    assert signed == [("主管", ""), ("记账", "AUDT_IN"), ("复核", "CLOS"), ("制单", "BOOK")]
    assert "等待入列" not in keeper.text


def test_what_one_may_not_press_says_why(office):
    keeper, checker = office("BOOK"), office("AUDT_IN")
    draft = write(keeper)
    keeper.get(f"/office/drafts/{draft}")
    assert re.search(
        r"<button disabled[^>]*>复核通过</button> <small[^>]*>须由以下职责办理： 稽核 AUDT_IN、结账 CLOS", keeper.text
    )
    take(checker, draft, "review")
    checker.get(f"/office/drafts/{draft}")
    assert re.search(r"<button disabled[^>]*>记账</button> <small[^>]*>本人已复核，须由他人记账", checker.text)
    answer = checker.post(f"/office/drafts/{draft}/post", {"version": "2"})
    assert answer.status_code == 422
    assert "制单、复核、记账须由不同人员办理" in checker.text


def test_the_desk_tells_line_by_line_what_is_wrong(office):
    one = office("BOOK")
    write(
        one, {"narration": "", "on": "", "1.account": "9999", "1.debit": "1.234", "2.account": "1001", "2.credit": "5"}
    )
    assert one.last.status_code == 422
    for text in ("日期: 必须填写", "第 1 行 科目: 没有可记账的科目“9999”", "第 1 行 借方金额: “1.234”不是精确到分的金额",
                 "第 2 行 资金性质: 必须填写"):  # fmt: skip
        assert text in one.text, text
    assert 'value="1.234"' in one.text


@pytest.mark.parametrize(
    "typed", ["2024-03-05", "20240305", "2024.3.5", "2024年3月5日", "２０２４-０３-０５", " 2024/3/5 "]
)
def test_a_day_is_read_as_people_write_it(typed):
    assert writing.read_day(typed) == date(2024, 3, 5)


@pytest.mark.parametrize("typed", ["", "3.5", "2024-02-30", "2024-13-01", "05/03/2024", "二〇二四年三月五日"])
def test_what_is_no_day_is_not_guessed(typed):
    assert writing.read_day(typed) is None


def test_a_new_voucher_takes_the_first_open_day_when_none_is_given(office):
    one = office("BOOK")
    one.get("/office/drafts/new")
    draft = draft_of(one.post("/office/drafts/new", {"set": "B2024"}))
    one.get(f"/office/drafts/{draft}/edit")
    first = re.search(r'name="on"[^>]* value="(2024-\d\d-01)"', one.text)[1]
    one.get("/office/drafts/new")
    assert f"未结账，自 {first}" in one.text


def test_in_the_indicator_set_nothing_is_entered_by_hand(office):
    keeper = office("BOOK")
    keeper.get("/office/drafts/new")
    assert 'value="B2024"' in keeper.text
    assert 'value="I2024"' not in keeper.text
    write(keeper, code="I2024")  # a form of one's own making
    assert keeper.last.status_code == 422
    assert "I2024 是指标账" in keeper.text


def test_a_long_voucher_prints_on_leaves_of_five_lines(office):
    one = office("BOOK")
    lines = {f"{n}.{name}": value for n in range(1, 8) for name, value in [("account", "1001"), ("fund", "1")]}
    amounts = {f"{n}.debit": "100.01" for n in range(1, 7)} | {"7.credit": "600.06"}
    draft = write(one, {"on": "2024-03-05", "narration": "调账", **lines, **amounts}, do="save")
    one.get(f"/office/drafts/{draft}/print")
    assert one.text.count('class="leaf"') == 2
    assert "2/2 张" in one.text
    assert one.text.count("转下张") == 1
    assert one.text.count("陆佰元零陆分") == 1
    assert one.text.count('class="blank"') == 3


def test_without_script_a_line_asks_for_what_its_account_needs(office):
    one = office("BOOK")
    draft = write(one, {"1.account": "1001", "1.debit": "5"}, do="check")
    one.get(f"/office/drafts/{draft}/edit")
    assert 'name="1.fund"' in one.text
    one.get(one.client.get(f"/office/drafts/{draft}/edit?more=1").request.path + "?more=1")
    assert 'name="4.debit"' in one.text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1001", "1001"),
        ("1001 国库存款", "1001"),
        ("国库存款", "1001"),
        ("gkck", "1001"),
        ("GKCK", "1001"),
        ("没有", "没有"),
        ("", ""),
    ],
)
def test_an_account_is_found_by_code_name_or_initials(office, typed, code):
    from ledger import draft_checks

    city = office.city
    with city.source.engine("inspect").connect() as connection:
        known = draft_checks.accounts(connection, "general_budget_2023")
    assert accounts.resolve(known, typed) == code


def test_a_returned_voucher_keeps_what_was_written(office):
    keeper, chief = office("BOOK"), office("CLOS")
    draft = write(keeper)
    assert take(chief, draft, "reject").status_code == 422
    take(chief, draft, "reject", remark="附件不齐")
    keeper.get("/office/inbox")
    assert "退回给我的" in keeper.text
    keeper.get(f"/office/drafts/{draft}/edit")
    keeper.post(
        f"/office/drafts/{draft}/edit", {**LINES, "version": version_of(keeper), "narration": "改", "do": "save"}
    )
    keeper.get(f"/office/drafts/{draft}/versions/2")
    assert "收到上级往来" in keeper.text
    assert "附件不齐" in keeper.text


def test_two_windows_do_not_overwrite_each_other(office):
    one = office("BOOK")
    draft = write(one, do="save")
    one.get(f"/office/drafts/{draft}/edit")
    stale = version_of(one)
    one.post(f"/office/drafts/{draft}/edit", {**LINES, "version": stale, "narration": "先", "do": "save"})
    one.get(f"/office/drafts/{draft}/edit")
    answer = one.post(f"/office/drafts/{draft}/edit", {**LINES, "version": stale, "narration": "后", "do": "save"})
    assert answer.status_code == 422
    assert "该凭证已被更改" in one.text


def test_a_batch_does_what_it_can_and_tells_the_rest(office):
    keeper, checker = office("BOOK"), office("AUDT_IN")
    drafts = [write(keeper) for _ in range(2)]
    take(office("CLOS"), drafts[1], "reject", remark="不")
    checker.get("/office/inbox")
    checker.post("/office/batch", {"do": "review", "draft": [f"{d}:2" for d in drafts]})
    assert "已办理 1 张，合计 1,234.50 元" in checker.text
    assert "未能办理 1 张" in checker.text


def test_a_posted_voucher_is_reversed_in_red_once(posted):
    keeper, chief, checker, _, where = posted
    keeper.get(where)
    event = re.search(r"/office/events/([0-9a-f-]{36})/reverse", keeper.text)[1]
    draft = draft_of(keeper.post(f"/office/events/{event}/reverse"))
    keeper.get(f"/office/drafts/{draft}/edit")
    keeper.post(
        f"/office/drafts/{draft}/edit", {"version": "1", "on": "2024-03-09", "narration": "冲销", "do": "submit"}
    )
    assert keeper.last.status_code == 303, keeper.text
    take(chief, draft, "review")
    assert take(checker, draft, "post").status_code == 303
    keeper.get(where)
    assert "已被冲销" in keeper.text
    assert keeper.post(f"/office/events/{event}/reverse").status_code == 422


def test_what_moved_an_indicator_is_reversed_at_the_desk(office, city):
    held = city.event("indicator_hold", prepared_by="appl", facts={"amount": Fen(70)},
                      dims=city.payment_dims(city.grant(100)))  # fmt: skip
    (posted,) = city.post("PCHK", held)
    keeper, chief, checker = office("BOOK"), office("CLOS"), office("AUDT_IN")
    keeper.get("/office/drafts/new")
    draft = draft_of(keeper.post(f"/office/events/{posted.event_id}/reverse"))
    keeper.get(f"/office/drafts/{draft}/edit")
    keeper.post(
        f"/office/drafts/{draft}/edit", {"version": "1", "on": "2024-03-09", "narration": "冲销", "do": "submit"}
    )
    assert keeper.last.status_code == 303, keeper.text
    take(chief, draft, "review")
    assert take(checker, draft, "post").status_code == 303, checker.text


def test_a_voucher_is_copied(office):
    one = office("BOOK")
    draft = write(one)
    one.get(f"/office/drafts/{draft}")
    other = draft_of(one.post(f"/office/drafts/{draft}/copy"))
    assert other != draft
    one.get(f"/office/drafts/{other}/edit")
    assert 'value="1234.5"' in one.text


def test_a_paper_is_attached_and_given_back_as_a_file(office):
    one = office("BOOK")
    draft = write(one, do="save")
    one.get(f"/office/drafts/{draft}")
    body = b"%PDF-1.7 hello"
    one.post(f"/office/drafts/{draft}/papers", {"paper": (io.BytesIO(body), "拨款单.pdf")})
    one.get(f"/office/drafts/{draft}")
    link = re.search(rf"/office/drafts/{draft}/papers/[0-9a-f-]{{36}}", one.text)[0]
    answer = one.get(link)
    assert answer.data == body
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "..pdf", "x.html", "x.svg"])
def test_a_paper_with_a_path_or_of_another_kind_is_refused(office, name):
    one = office("BOOK")
    draft = write(one, do="save")
    one.get(f"/office/drafts/{draft}")
    answer = one.post(f"/office/drafts/{draft}/papers", {"paper": (io.BytesIO(b"%PDF-1"), name)})
    assert answer.status_code == 422


def test_the_drafts_of_another_treasury_are_not_there(office, app):
    from ledger import people
    from tests.conftest import make_city
    from tests.web.office.conftest import PASSWORD, Browser

    draft = write(office("BOOK"))
    foreign = make_city(office.city.source)
    people.set_password(foreign.source, foreign.treasury_id, "book", PASSWORD, must_change=False)
    other = Browser(app.test_client(), f"T{foreign.treasury_id:06d}").sign_in("book", "BOOK")
    for where in (f"/office/drafts/{draft}", f"/office/drafts/{draft}/edit", f"/office/drafts/{draft}/print"):
        assert other.get(where).status_code == 404
    assert other.post(f"/office/drafts/{draft}/withdraw", {"version": "2"}).status_code == 404


def test_completion_tells_what_an_account_asks_for(office):
    one = office("BOOK")
    listed = {a["code"]: a for a in one.get("/office/sets/B2024/accounts.json").json}
    assert listed["1001"]["initials"] == "gkck"
    assert listed["1001"]["needs"] == ["fund"]
    assert {c["code"] for c in one.get("/office/codes/fund.json").json} >= {"1", "2"}
    assert one.get("/office/codes/password.json").status_code == 404


def test_a_reader_writes_nothing(office):
    draft = write(office("BOOK"))
    auditor = office("AUDI")
    auditor.get(f"/office/drafts/{draft}")
    assert "收到上级往来" in auditor.text
    assert auditor.post(f"/office/drafts/{draft}/review", {"version": "2"}).status_code == 403
