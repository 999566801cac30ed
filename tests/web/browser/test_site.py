"""A citizen with a real browser: finds the fee, follows the money to a voucher, sees the project's line."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "home": "/",
    "home in English": "/en/",
    "fees": "/fees/",
    "fee": "/en/fees/DEMO/101.01.05.01/",
    "project": "/projects/DEMO/XM2024-401-2120399-W/",
    "projects": "/en/projects/",
    "book": "/trial-balance/DEMO/B2024/budgetary/?unit=yi",
    "account": "/account/DEMO/B2024/1001/",
    "voucher": "/voucher/DEMO/B2024/2024-03/9/",
    "search": "/search/?q=护照",
    "rules": "/en/rules/",
    "map": "/map/",
    "budgets": "/budgets/",
    "budget": "/en/budgets/DEMO/2025/303/?whole=1",
    "budget tables": "/budgets/DEMO/2025/109/tables/",
    "budget lines": "/budgets/DEMO/2025/303001/lines/?category=basic",
    "budget lines in English": "/en/budgets/DEMO/2025/303/lines/",
    "identity of the budget": "/en/identity/DEMO/I2025/",
    "identity of an agency": "/identity/DEMO/I2025/109/",
    "budget package": "/en/budgets/DEMO/2025/109/packages/2025-109-PT-1/",
    "spending standards": "/budgets/standards/",
    "calendar of duties": "/en/budgets/calendar/",
    "final accounts": "/en/accounts/",
    "final accounts of a unit": "/accounts/DEMO/303002/2024/",
    "table of final accounts": "/en/accounts/DEMO/303002/2024/2/",
    "final accounts of a department": "/accounts/DEMO/303/2024/whole/",
    "table of a department's final accounts": "/en/accounts/DEMO/303/2024/whole/3/",
    "government budgets": "/government/",
    "table of a government budget": "/en/government/DEMO/2024/17/",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_both_themes(page, name, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(PAGES[name])
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_large_type(page, address, name):
    page.context.add_cookies([{"name": "elder", "value": "1", "url": address}])
    page.goto(PAGES[name])
    assert page.locator("html.elder").count() == 1
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found] == []


@pytest.mark.parametrize(("width", "elder"), [(320, False), (320, True), (1280, False)])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_scrolls_sideways(page, address, name, width, elder):
    if elder:
        page.context.add_cookies([{"name": "elder", "value": "1", "url": address}])
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_fee_is_found_by_its_everyday_name(page):
    page.goto("/")
    page.get_by_label(re.compile("按收费")).fill("身份证")
    page.keyboard.press("Enter")
    page.locator(".found a").first.click()
    assert page.locator("h1").inner_text().startswith("居民身份证")
    assert "依据" in page.locator("main").inner_text()
    assert "拒绝缴纳" in page.locator("main").inner_text()


def test_a_project_is_drawn_and_leads_to_its_payments(page):
    page.goto("/projects/")
    page.get_by_role("link", name="数字政务平台").click()
    page.locator(".chart svg").first.wait_for()
    total = page.locator("tfoot data").first.get_attribute("value")
    rows = [row.get_attribute("value") for row in page.locator("main table").first.locator("tbody data").all()]
    assert sum(_fen(row) for row in rows) == _fen(total)
    page.locator("main table").first.locator("tbody a").first.click()
    assert "记账凭证" in page.locator("h1").inner_text()


def test_a_citizen_follows_a_budget_to_the_document_of_a_standard(page):
    page.goto("/budgets/")
    page.get_by_role("link", name="数据局").first.click()
    page.locator(".chart svg").nth(1).wait_for()
    page.locator("section").first.locator("tbody a").first.click()
    whole = page.locator("tfoot data").first.get_attribute("value")
    rows = [row.get_attribute("value") for row in page.locator("tbody td:last-child data").all()]
    assert sum(_fen(row) for row in rows) == _fen(whole)
    page.locator("tbody th a").first.click()
    page.locator("tbody td a").first.click()
    assert "演示" in page.locator("tr:target").inner_text()


def _fen(text):
    sign, whole, part = re.fullmatch(r"(-?)(\d+)\.(\d\d)", text).groups()
    return int(f"{sign}{whole}{part}")


def test_four_clicks_lead_from_the_first_figure_to_a_voucher(page):
    page.goto("/")
    page.locator(".figures a").nth(1).click()
    page.locator("tr.marked a").first.click()
    page.locator("main table a").first.click()
    assert page.locator("article.voucher").count() == 1


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("site-home", "/"),
        ("site-project", "/projects/DEMO/XM2024-109-2010306-P/"),
        ("site-budget", "/budgets/DEMO/2025/109/"),
    ],
)
def test_the_pictures_of_the_papers_are_taken(page, pictures, name, path):
    page.goto(path)
    if name != "site-home":
        page.locator(".chart svg").first.wait_for()
    picture = page.screenshot(type="png")
    assert picture.startswith(b"\x89PNG")
    kept = pictures / f"{name}.png"
    if not kept.exists():
        kept.write_bytes(picture)
