"""Three people at the desk with a keyboard and nothing else: a voucher is typed, reviewed, posted and printed."""

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from importers.demo import TREASURY_ID
from ledger import access, drafts, people
from ledger.db import transaction
from ledger.drafts import Content, DraftLine
from web.cli.logins import tell_logins

VOUCHER = "/office/books/B2024/vouchers/2024-03/9"
PAGES = {
    "duties": ("BOOK", "/office/duty"),
    "own inbox": ("BOOK", "/office/inbox"),
    "inbox of who reviews": ("CLOS", "/office/inbox"),
    "inbox of who has no vouchers": ("CASH", "/office/inbox"),
    "inbox with work from other areas": ("COMP", "/office/inbox"),
    "inbox of who oversees": ("NPCO", "/office/inbox"),
    "fees and projects to publish": ("PUBL", "/office/disclosures"),
    "draws on the stabilisation fund": ("AUDT_IN", "/office/budget/2025/changes"),
    "new": ("BOOK", "/office/drafts/new"),
    "editor": ("BOOK", "/office/drafts/{draft}/edit"),
    "draft of one's own": ("BOOK", "/office/drafts/{submitted}"),
    "draft to review": ("CLOS", "/office/drafts/{submitted}"),
    "drafts": ("AUDT_IN", "/office/drafts"),
    "voucher": ("BOOK", VOUCHER),
    "print": ("BOOK", f"{VOUCHER}/print"),
    "books": ("AUDI", "/office/books"),
    "trial balance": ("BOOK", "/office/books/B2024/trial"),
    "balance sheet": ("BOOK", "/office/books/B2024/balance-sheet"),
    "statement": ("BOOK", "/office/books/B2024/accounts/1001?fund=2"),
    "own sign-in": ("BOOK", "/office/me"),
    "password": ("BOOK", "/office/me/password"),
    "second factor": ("CASH", "/office/me/code"),
    "periods": ("CLOS", "/office/periods"),
    "period": ("CLOS", "/office/periods/B2025/1"),
    "people": ("SADM", "/office/people"),
    "person": ("SECU", "/office/people/book"),
    "log": ("LOGA", "/office/log"),
}
KINDS_OF_PAPER = [
    ("拨付中小学教师培训经费差额调整", "2017", "1001", "182600.00"),
    ("收到上级补助资金", "1001", "2012", "4500000.00"),
    ("退还代管工程保证金", "2017", "1001", "73250.40"),
]


@pytest.fixture(scope="session")
def password(demo):
    """Everyone in the demo city shares one, as ``gongku demo`` tells."""
    shared = people.new_password()
    people.share_password(demo, TREASURY_ID, shared, afresh=True)
    return shared


@pytest.fixture(scope="session")
def papers(demo):
    """Some vouchers by hand: three that wait for review, and one that is still written."""
    session = access.open_session(demo, TREASURY_ID, "book", "BOOK")
    found = {}
    with transaction(demo, session) as tx:
        for number, (narration, debit, credit, amount) in enumerate(KINDS_OF_PAPER, 1):
            lines = (
                DraftLine(account=debit, debit=amount, dims={"fund": "1"}),
                DraftLine(account=credit, credit=amount, dims={"fund": "1"}),
            )
            content = Content(date(2025, 1, 7 + number), narration, f"库〔2025〕{number}号", 2, lines)
            draft, _, version = drafts.save(tx, "B2025", content)
            drafts.step(tx, draft, version, "submit")
            found["submitted"] = draft
        line = DraftLine(account="5001", debit="36000.00", dims={"fund": "1", "func": "2010301"})
        found["draft"], _, _ = drafts.save(tx, "B2025", Content(date(2025, 1, 20), "办公用品", lines=(line,)))
    access.close_session(demo, session)
    return found


@pytest.fixture(scope="session")
def visits(browser, address, password):
    """Give the cookies of whoever holds a duty, signed in once."""
    kept = {}

    def visit(duty):
        if duty not in kept:
            context = browser.new_context(base_url=address)
            page = context.new_page()
            sign_in(page, duty.lower(), password, duty)
            kept[duty] = context.cookies()
            context.close()
        return kept[duty]

    return visit


def sign_in(page, person, password, duty):
    """Sign in from the keyboard, and take up the duty."""
    page.goto("/office/sign-in")
    page.locator("#person:focus").wait_for()
    page.keyboard.type(person)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    enter(page)
    tab_to(page, f'button[name="duty"][value="{duty}"]')
    enter(page)


def enter(page, key="Enter"):
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def tab_to(page, selector):
    """Press Tab until what is meant has the focus, as people without a mouse do."""
    for _ in range(120):
        if page.evaluate("(meant) => document.activeElement.matches(meant)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(selector)


def sign_out(page):
    tab_to(page, 'form[action$="/sign-out"] button')
    enter(page)


def focused(page):
    return page.evaluate("document.activeElement.name")


def write_line(page, account, then, *rest):
    """Type what stands in the line's fields, Enter after each; tell where the focus goes after the account."""
    page.keyboard.type(account)
    page.keyboard.press("Enter")
    assert focused(page) == then
    for text in rest:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_a_voucher_goes_from_blank_to_print_by_keyboard_under_three_people(page, password, papers, pictures):
    sign_in(page, "book", password, "BOOK")
    enter(page, "n")
    page.locator("#set:focus").wait_for()  # the browser gives it the focus when it has painted, under load after "load"
    page.keyboard.press("Enter")
    page.keyboard.type("20250305")
    page.keyboard.press("Enter")
    page.keyboard.type("收到上级预拨资金")
    page.keyboard.press("Enter")
    enter(page)
    page.locator("form.editor[data-ready]").wait_for()
    write_line(page, "gkck", "1.debit", "1234567.8", "1")
    assert page.locator(".off").inner_text() == "借贷差额 1,234,567.80"
    page.keyboard.press("Enter")
    write_line(page, "上级", "2.debit", "", "=")
    assert page.locator(".off").inner_text() == "借贷相等"
    assert page.locator('[name="2.credit"]').input_value() == "1,234,567.80"
    assert page.locator('[name="2.fund"]').input_value() == "1"
    expect(page.locator('[data-dim="fund"] .name')).to_have_text(["一般公共预算资金"] * 2)
    take(page, pictures, "office-voucher-edit")
    enter(page, "Control+Enter")
    draft = page.url
    assert page.locator(".tag").first.inner_text() == "待复核"
    assert page.get_by_role("button", name="复核通过").is_disabled()
    sign_out(page)

    sign_in(page, "clos", password, "CLOS")
    assert page.locator("main tbody tr").count() > len(papers)
    tab_to(page, f'a[href="{draft[draft.index("/office") :]}"]')
    enter(page)
    enter(page, "Control+Enter")
    assert page.locator(".tag").first.inner_text() == "待记账"
    assert page.get_by_role("button", name="记账").is_disabled()
    sign_out(page)

    sign_in(page, "audt_in", password, "AUDT_IN")
    tab_to(page, f'a[href="{draft[draft.index("/office") :]}"]')
    enter(page)
    enter(page, "Control+Enter")
    assert page.locator(".tag").first.inner_text() == "已记账"
    enter(page, "p")
    paper = page.locator("article.voucher").inner_text()
    for text in ("记账凭证", "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角整", "演示·曹一诺", "演示·魏长明", "演示·罗知微", "主管"):
        assert text in paper


def take(page, pictures, name):
    """Keep a picture of what is seen, if none is kept yet."""
    picture = page.screenshot(type="png")
    assert picture.startswith(b"\x89PNG")
    kept = pictures / f"{name}.png"
    if not kept.exists():
        kept.write_bytes(picture)


def test_a_code_typed_before_its_names_came_is_named_when_they_come(page, visits, papers):
    waiting = []
    page.route("**/codes/fund*", lambda route: waiting.append(route), times=1)  # noqa: PLW0108 - playwright looks at it
    page.context.add_cookies(visits("BOOK"))
    page.goto(f"/office/drafts/{papers['draft']}/edit")
    page.locator("form.editor[data-ready]").wait_for()
    tab_to(page, '[name="1.account"]')
    page.keyboard.press("Control+A")
    write_line(page, "gkck", "1.debit", "7", "1")
    name = page.locator('[data-dim="fund"] .name').first
    assert (len(waiting), name.inner_text()) == (1, "")
    waiting[0].continue_()
    expect(name).to_have_text("一般公共预算资金")


def test_an_account_is_chosen_with_the_arrow_keys(page, visits, papers):
    page.context.add_cookies(visits("BOOK"))
    page.goto(f"/office/drafts/{papers['draft']}/edit")
    page.locator("form.editor[data-ready]").wait_for()
    tab_to(page, '[name="2.account"]')
    page.keyboard.type("国库")
    assert page.locator("#choices [role=option] b").all_inner_texts() == ["1001", "1003", "2011"]
    page.keyboard.press("ArrowDown")
    assert page.locator('[name="2.account"]').get_attribute("aria-activedescendant") == "choice-1"
    page.keyboard.press("Enter")
    assert page.locator('[name="2.account"]').input_value() == "1003"
    assert page.locator('[data-n="2"] .name').first.inner_text() == "国库现金管理资产"
    page.keyboard.press("Escape")
    assert page.locator("#choices").is_hidden()


def test_a_line_asks_for_what_its_account_needs_and_can_be_cleared(page, visits, papers):
    page.context.add_cookies(visits("BOOK"))
    page.goto(f"/office/drafts/{papers['draft']}/edit")
    page.locator("form.editor[data-ready]").wait_for()
    needed = page.locator('[data-n="1"] .dims label:not(.free)')
    assert needed.evaluate_all("(labels) => labels.map((each) => each.dataset.dim)") == [
        *("agency", "func", "gov_econ", "fund"),
    ]
    tab_to(page, '[name="1.agency"]')
    page.keyboard.type("财政局")
    page.keyboard.press("Enter")
    assert page.locator('[name="1.agency"]').input_value() == "101"
    assert focused(page) == "1.func"
    page.keyboard.press("Control+Delete")
    assert page.locator('[name="1.account"]').input_value() == ""
    assert page.locator("[data-sum=debit]").inner_text() == "0.00"


def test_what_is_wrong_is_said_at_the_field_and_has_the_focus(page, visits, papers):
    page.context.add_cookies(visits("BOOK"))
    page.goto(f"/office/drafts/{papers['draft']}/edit")
    page.locator("form.editor[data-ready]").wait_for()
    enter(page, "Control+Enter")
    page.locator("form.editor[data-ready]").wait_for()
    assert page.locator('[role="alert"] li').count() >= 3
    assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert no_barriers(page) == []
    assert len(page.refused) == 1
    assert "422" in page.refused.pop()


def test_single_keys_can_be_switched_off(page, visits):
    page.context.add_cookies(visits("BOOK"))
    page.goto("/office/inbox")
    tab_to(page, "#keys summary")
    page.keyboard.press("Enter")
    tab_to(page, "[data-single] input")
    page.keyboard.press("Space")
    page.goto("/office/inbox")
    page.keyboard.press("n")
    assert page.url.endswith("/office/inbox")


def test_who_has_another_duty_is_refused_and_told_whose_it_is(page, visits):
    page.context.add_cookies(visits("CASH"))
    answer = page.goto("/office/drafts/new")
    assert answer.status == 403
    assert "BOOK" in page.locator("main").inner_text()
    assert page.locator("form.fields").count() == 0
    assert no_barriers(page) == []
    assert [text for text in page.refused if "403" not in text] == []
    page.refused.clear()


def no_barriers(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found]


def open_page(page, visits, papers, name):
    duty, path = PAGES[name]
    page.context.add_cookies(visits(duty))
    assert page.goto(path.format(**papers)).status == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_both_themes_and_in_large_type(page, address, visits, papers, name):
    open_page(page, visits, papers, name)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert no_barriers(page) == [], theme
    page.context.add_cookies([{"name": "elder", "value": "1", "url": address}])
    page.reload()
    assert page.locator("html.elder").count() == 1
    assert no_barriers(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways(page, visits, papers, name):
    page.set_viewport_size({"width": 320, "height": 800})
    open_page(page, visits, papers, name)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_sign_in_is_accessible_and_never_scrolls_sideways(page):
    for width, theme in ((320, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        page.goto("/office/sign-in")
        assert no_barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_voucher_becomes_a_pdf_of_one_leaf_a5_landscape(page, visits):
    page.context.add_cookies(visits("BOOK"))
    page.goto(f"{VOUCHER}/print")
    pdf = page.pdf(prefer_css_page_size=True)
    box = re.search(rb"/MediaBox *\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert (round(float(box[1])), round(float(box[2]))) == (595, 420)
    assert len(re.findall(rb"/Type */Page\b", pdf)) == 1


def test_the_demo_tells_one_login_for_each_duty_and_the_same_again(demo, tmp_path, capsys, monkeypatch, password):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "demo-password").write_text(password)
    tell_logins(demo, tmp_path)
    first = capsys.readouterr().out
    tell_logins(demo, tmp_path)
    assert capsys.readouterr().out == first
    assert password in first
    rows = re.findall(r"^  (\w+) +\S+ +([A-Z_]+) +演示·", first, re.MULTILINE)
    assert rows[:3] == [("book", "BOOK"), ("clos", "CLOS"), ("audt_in", "AUDT_IN")]
    assert len(rows) == len({duty for _, duty in rows}) == 35
