"""The nine tables of a department's final accounts: small books by hand, any facts, and every check that holds them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import errors
from reports.department_accounts import department_accounts
from reports.department_budget import department_budget
from reports.disclosure_facts import BalanceFact, IncomeFact, SpendingFact, Surplus, ThreePublic, three_public
from reports.disclosure_rules import ACCOUNTS, RULES, checks
from reports.disclosure_table import forms
from reports.formats import check_manifest
from reports.workbook import read_sheets
from tests.reports.disclosure_cases import NAMES, SUBJECT, accounts, cells, changed, place_of, shanghai

GENERAL, FUND, OWN = "1", "2", "6"


def books():
    """Give a year: 5 opening and 1000.03 received of the general budget, a fund, and the unit's own money."""
    return {
        "subject": SUBJECT,
        "spending": (
            SpendingFact("101", "2010601", "30101", GENERAL, "personnel", "", 60_000),
            SpendingFact("101", "2010601", "30217", GENERAL, "office", "", 20_001),
            SpendingFact("101", "2010601", "31002", GENERAL, "office", "", 5_000),
            SpendingFact("101", "2010602", "30212", GENERAL, "project", "P01", 12_345),
            SpendingFact("101", "2120803", "31005", FUND, "project", "P02", 7_001),
            SpendingFact("101", "2010650", "30201", OWN, "operating", "", 303),
            SpendingFact("101", "2010650", "39999", OWN, "to_upper", "", 11),
            SpendingFact("101", "2010650", "39999", OWN, "to_affiliated", "", 7),
        ),
        "income": (
            IncomeFact("101", "2010601", "general", 100_003),
            IncomeFact("101", "2120803", "government_fund", 9_000),
            IncomeFact("101", "2010650", "operating", 250),
            IncomeFact("101", "2010650", "special_account", 40),
            IncomeFact("101", "2010650", "upper", 20),
            IncomeFact("101", "2010650", "affiliated", 3),
        ),
        "balances": (
            BalanceFact("101", "2010601", GENERAL, 500, 3_157),
            BalanceFact("101", "2120803", FUND, 1_000, 2_999),
            BalanceFact("101", "2010650", OWN, 100, 100 + 313 + 30 - 321 - 9),
        ),
        "surplus": Surplus(used_fen=30, distributed_fen=9),
        "public_budget": ThreePublic(abroad=20_000, reception=22_222),
        "names": NAMES,
    }


@pytest.fixture(scope="module")
def tables():
    return department_accounts(**books())


def names(failed):
    return {each.rule for each in failed}


def figure(tables, no, block, code, column):
    return tables[no - 1].block(block).figure(code, column)


def test_the_books_come_out_in_nine_tables_that_hold_each_other(tables):
    assert [table.no for table in tables] == list(range(1, 10)) == list(forms(ACCOUNTS))
    assert checks(tables) == []
    assert checks([table.printed() for table in tables]) == []


def test_revenue_and_expenditure_meet_with_the_balances_of_the_year(tables):
    assert figure(tables, 1, "income", "total", "income") == 109_316
    assert figure(tables, 1, "spending", "total", "spending") == 104_668
    assert figure(tables, 1, "income", "grand", "income") == 109_316 + 30 + 1_600
    assert figure(tables, 1, "spending", "grand", "spending") == 104_668 + 9 + 6_269
    assert figure(tables, 4, "spending", "grand", "general") == 100_503


def test_table_one_shows_24_functions_and_one_more_where_it_has_spending(tables):
    lines = tables[0].block("spending").lines
    assert len(lines) == 24
    assert [line.code for line in lines[:3]] == ["201", "202", "203"]
    capital = SpendingFact("101", "2230101", "31201", "3", "project", "P09", 77)
    paid = IncomeFact("101", "2230101", "state_capital", 77)
    given = books()
    more = department_accounts(
        **{**given, "spending": (*given["spending"], capital), "income": (*given["income"], paid)}
    )
    assert [line.code for line in more[0].block("spending").lines][-6:] == ["222", "223", "224", "229", "231", "232"]
    assert not more[8].is_empty()
    assert {(each.rule, each.gap.where) for each in checks(more)} <= {("codes_have_names", "2230101")}


def test_spending_of_the_units_own_money_has_columns_of_its_own(tables):
    row = [figure(tables, 3, "rows", "2010650", name) for name in ("total", "operating", "to_upper", "to_affiliated")]
    assert row == [321, 303, 11, 7]
    assert [figure(tables, 2, "rows", "2010650", name) for name in ("business", "upper", "affiliated")] == [40, 20, 3]


def test_basic_expenditure_stands_in_two_blocks_side_by_side(tables):
    grid, _ = read_sheets(tables[5].sheet("2026-07-01").written("xlsx"))
    rows = [line for line in grid if line[1] in {"基本工资", "人员经费合计"}]
    assert [(line[1], line[4]) for line in rows] == [("基本工资", "公务接待费"), ("人员经费合计", "公用经费合计")]
    assert figure(tables, 6, "personnel", "total", "personnel") == 60_000
    assert figure(tables, 6, "office", "310", "office") == 5_000


def test_public_expenses_stand_beside_their_budget(tables):
    row = [
        figure(tables, 7, "rows", "unit", name)
        for name in ("three_public_budget", "three_public_final", "abroad_final")
    ]
    assert row == [42_222, 32_346, 12_345]


def test_a_fund_is_carried_from_opening_to_closing_and_one_without_anything_says_so(tables):
    row = [figure(tables, 8, "rows", "2120803", name) for name in ("opening", "income", "spending", "closing")]
    assert row == [1_000, 9_000, 7_001, 2_999]
    assert tables[8].sentence[0] == "2025年市财政局没有国有资本经营预算财政拨款收入和支出，本表为空表。"
    assert tables[8].sentence[1].startswith("City Finance Bureau has no revenue")


def test_the_budget_in_the_accounts_is_the_budget_that_was_published():
    given = shanghai()
    budget = department_budget(**given)
    own = {
        "subject": given["subject"],
        "spending": given["spending"],
        "income": given["income"],
        "balances": (),
        "surplus": Surplus(),
        "names": NAMES,
    }
    public = three_public(given["spending"])
    made = department_accounts(**own, public_budget=public)
    assert checks((*budget, *made)) == []
    assert figure(made, 3, "rows", "total", "total") == 171_915_169_00
    assert made[6].sheet("2026-07-01").written("csv", bom=False).decode().splitlines()[1].startswith("346.30,346.30,")
    other = department_accounts(**own, public_budget=replace(public, reception=public.reception + 100))
    failed = checks((*budget, *other))
    assert names(failed) == {"public_budget_as_published"}
    assert {each.gap.where for each in failed} == {"unit.reception_budget", "unit.three_public_budget"}
    year = replace(given["subject"], year=2026)
    assert "form_followed" in names(
        checks((*budget, *department_accounts(**{**own, "subject": year}, public_budget=public)))
    )


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_every_table_is_written_whole(tables, form):
    for table in tables:
        assert check_manifest(table.sheet("2026-07-01").written(form), form).whole, table.no


def test_amounts_are_printed_in_10_000_yuan_and_rounding_is_stated(tables):
    sheet = tables[4].sheet("2026-07-01")
    assert sheet.facts["单位 Unit"] == "万元 10,000 yuan"
    assert "四舍五入" in sheet.facts["舍入 Rounding"]
    assert sheet.written("csv", bom=False).decode().splitlines()[1] == "201,一般公共服务支出,0.10,0.09,0.01"


@given(accounts())
@settings(max_examples=60, deadline=None)
def test_any_facts_give_tables_that_pass_all_checks_exact_and_as_printed(facts):
    made = department_accounts(**facts, names=NAMES)
    assert checks(made) == []
    assert checks([table.printed() for table in made]) == []


@given(accounts(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_one_amount_changed_by_one_fen_fails_a_check(facts, data):
    made = department_accounts(**facts, names=NAMES)
    place = data.draw(st.sampled_from(cells(made)))
    assert checks(changed(made, place, data.draw(st.sampled_from([1, -1])))) != []


def test_each_amount_of_the_books_is_held_by_a_check(tables):
    places = cells(tables)
    assert len(places) > 200
    assert [place for place in places if not checks(changed(tables, place, 1))] == []


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("parents_are_sums", (8, "rows", "212", "opening")),
        ("totals_are_sums", (4, "income", "grand", "income")),
        ("revenue_is_expenditure", (1, "spending", "grand", "spending")),
        ("revenue_is_expenditure_per_fund", (4, "income", "opening_state_capital", "income")),
        ("revenue_as_summary", (2, "rows", "total", "affiliated")),
        ("expenditure_as_summary", (1, "spending", "212", "spending")),
        ("revenue_adds_up", (2, "rows", "2010650", "upper")),
        ("expenditure_adds_up", (3, "rows", "2010650", "to_upper")),
        ("appropriations_add_up", (4, "spending", "closing", "general")),
        ("appropriations_as_summary", (4, "income", "general", "income")),
        ("general_as_appropriations", (5, "rows", "201", "total")),
        ("basic_by_class", (6, "office", "total", "office")),
        ("public_expenses_add_up", (7, "rows", "unit", "vehicles_budget")),
        ("fund_balances", (8, "rows", "2120803", "income")),
        ("funds_as_appropriations", (8, "rows", "total", "closing")),
    ],
)  # fmt: skip
def test_a_figure_that_is_off_fires_its_rule_and_names_the_place(tables, rule, place):
    fired = [each for each in checks(changed(tables, place_of(tables, *place), 1)) if each.rule == rule]
    assert fired
    assert place[0] in fired[0].gap.tables
    assert abs(fired[0].gap.expected - fired[0].gap.found) == 1
    assert rule not in names(checks(tables))


@pytest.mark.parametrize(("category", "econ"), [("personnel", "30201"), ("office", "30302")])
def test_pay_among_office_costs_fires_and_office_costs_among_pay(category, econ):
    given = books()
    wrong = replace(given["spending"][0], category=category, dept_econ=econ)
    failed = checks(department_accounts(**{**given, "spending": (wrong, *given["spending"][1:])}))
    assert names(failed) == {"personnel_classes"}


def test_own_kinds_of_spending_from_an_appropriation_fire():
    given = books()
    wrong = replace(given["spending"][5], fund=GENERAL)
    assert "general_as_appropriations" in names(
        checks(department_accounts(**{**given, "spending": (*given["spending"][:5], wrong, *given["spending"][6:])}))
    )


def test_a_balance_that_is_forgotten_fires():
    given = books()
    failed = names(checks(department_accounts(**{**given, "balances": given["balances"][:1]})))
    assert {"revenue_is_expenditure", "revenue_is_expenditure_per_fund", "fund_balances"} <= failed


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("income", {"source": "carry_over"}),
        ("spending", {"category": "loan"}),
        ("balances", {"fund": "9"}),
        ("balances", {"func": "20106"}),
    ],
)
def test_a_fact_that_no_table_could_show_is_refused(kind, change):
    given = books()
    wrong = (replace(given[kind][0], **change), *given[kind][1:])
    with pytest.raises(errors.UnknownCode):
        department_accounts(**{**given, kind: wrong})


def test_every_rule_has_its_words_and_its_source():
    for rule in RULES[ACCOUNTS]:
        assert rule.zh.endswith("。")
        assert rule.en.endswith(".")
        assert rule.source
    assert len({rule.name for rule in RULES[ACCOUNTS]}) == len(RULES[ACCOUNTS])
