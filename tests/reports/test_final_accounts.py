"""The final accounts of a unit are its vouchers and nothing else, and are withheld as soon as a fen is elsewhere."""

from dataclasses import replace

import pytest

from ledger.errors import UnknownBook
from reports.department_budget import department_budget
from reports.final_accounts import final_accounts
from reports.final_accounts_checks import failures
from reports.final_accounts_notes import UNSAID_FUNC
from tests.reports.closed_city import BENCHES, BOOKS, INCOME, OFFICE, PAY, SCHOOL, TRIP, close, closed_city
from tests.reports.disclosure_cases import shanghai


@pytest.fixture(scope="module")
def closed(source):
    return closed_city(source)


def read(city, agency):
    with city.source.engine("public").connect() as public:
        return final_accounts(public, city.treasury_id, agency, 2024)


def vouchers(city, code, account, condition="true"):
    """Add up what vouchers say of an account before the close, debit less credit, as the inspector reads them."""
    with city.source.engine("inspect").connect() as inspect:
        return inspect.exec_driver_sql(
            "select coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end), 0)::bigint"
            "  from ledger.posting p join ledger.voucher v using (treasury_id, account_set_id, voucher_id)"
            "  join ledger.event e using (treasury_id, event_id) join ledger.account_set s using (treasury_id, account_set_id)"
            f" where p.treasury_id = %s and s.code = %s and p.account like %s and e.kind <> 'year_end_close' and {condition}",
            (city.treasury_id, code, account),
        ).scalar_one()


def figure(accounts, no, code, column, block="rows"):
    return accounts.tables()[no - 1].block(block).figure(code, column)


def rules(accounts):
    return {failed.rule for failed in failures(accounts)}


def test_each_figure_of_an_organ_is_the_sum_of_its_vouchers(closed):
    organ = read(closed, "201")
    spent = vouchers(closed, "A201-2024", "7101")
    assert spent == PAY + OFFICE + TRIP
    assert figure(organ, 1, "grand", "spending", "spending") == spent
    assert figure(organ, 2, "total", "fiscal") == -vouchers(closed, "A201-2024", "6001")
    assert figure(organ, 3, "2050201", "project") == vouchers(closed, "A201-2024", "7101", "p.project = 'XM-1'") == TRIP
    assert figure(organ, 3, "2050201", "basic") == vouchers(closed, "A201-2024", "7101", "p.project is null")
    assert figure(organ, 4, "205", "general", "spending") == figure(organ, 5, "205", "total") == spent
    for code, block in (("30101", "personnel"), ("30217", "office")):
        found = vouchers(closed, "A201-2024", "7101", f"p.dept_econ = '{code}'")
        assert figure(organ, 6, code, block, block) == found
    assert figure(organ, 7, "unit", "reception_final") == OFFICE
    assert figure(organ, 7, "unit", "abroad_final") == TRIP
    assert failures(organ) == []


def test_own_money_of_a_school_is_in_its_accounts_and_what_is_left_of_it_is_distributed(closed):
    school = read(closed, "202")
    assert figure(school, 2, "total", "other") == -vouchers(closed, "A202-2024", "6609") == INCOME
    assert figure(school, 3, "2050203", "total") == vouchers(closed, "A202-2024", "7201") == SCHOOL + BOOKS + BENCHES
    assert figure(school, 1, "distributed", "spending", "spending") == INCOME - BOOKS - BENCHES
    assert figure(school, 4, "total", "total", "spending") == SCHOOL
    assert failures(school) == []


def test_what_postings_do_not_say_is_told_in_a_note_and_not_guessed(closed):
    school = read(closed, "202")
    (note,) = school.tables()[1].notes
    assert note[0].startswith("缺少：91.11 元收入的分录没有功能分类")
    assert figure(school, 2, UNSAID_FUNC, "other") == INCOME
    (note,) = school.tables()[6].notes
    assert "预算数留空" in note[0]
    line = read(closed, "201").tables()[6].block("rows").lines[0]
    assert line.figures[:2] == (None, TRIP + OFFICE)


def test_budget_and_adjusted_budget_are_those_of_the_indicators(closed):
    (line,) = read(closed, "201").budget
    assert (line.func, line.budget_fen, line.adjusted_fen, line.final_fen) == (
        "205",
        800_000,
        800_000,
        PAY + OFFICE + TRIP,
    )
    (line,) = read(closed, "202").budget
    assert (line.budget_fen, line.final_fen) == (300_000, SCHOOL)


@pytest.mark.parametrize("part", ["spending", "income"])
def test_a_fen_more_in_any_fact_fails_a_check(closed, part):
    for agency in ("201", "202"):
        accounts = read(closed, agency)
        facts = getattr(accounts, part)
        for n, fact in enumerate(facts):
            moved = (*facts[:n], replace(fact, fen=fact.fen + 1), *facts[n + 1 :])
            assert "revenue_is_expenditure" in rules(replace(accounts, **{part: moved})), fact


def test_a_fen_of_the_surplus_or_of_the_trial_balance_elsewhere_fails_a_check(closed):
    school = read(closed, "202")
    grown = replace(school.surplus, distributed_fen=school.surplus.distributed_fen + 1)
    assert rules(replace(school, surplus=grown)) == {"revenue_is_expenditure"}
    assert rules(replace(school, closing={**school.closing, "820204": -1})) == {"closing_as_trial_balance"}
    assert rules(replace(school, closing={**school.closing, "7201": 1})) == {"year_is_closed"}


def test_a_fen_moved_between_funds_fails_a_check(closed):
    organ = read(closed, "201")
    moved = (replace(organ.spending[0], fund="2"), *organ.spending[1:])
    assert "revenue_is_expenditure_per_fund" in rules(replace(organ, spending=moved))


def test_books_that_are_published_to_their_end_but_not_closed_are_told_to_be_open(city):
    city.receive(1_000_000)
    city.pay(city.grant(10_000), 1_234)
    close(city, "A201-2024")
    (first, *_) = failures(read(city, "201"))
    assert (first.rule, first.gap.where, first.gap.found) == ("year_is_closed", "6001", -1_234)


def test_a_function_named_only_in_part_stands_under_zeros_with_a_note(closed):
    organ = read(closed, "201")
    short = replace(
        organ,
        spending=tuple(replace(each, func="2050200") for each in organ.spending),
        income=tuple(replace(each, func="2050200") for each in organ.income),
    )
    assert figure(short, 3, "2050200", "total") == PAY + OFFICE + TRIP
    assert any("只标到功能分类的类或款" in zh for zh, _ in short.tables()[2].notes)
    assert failures(short) == []


def test_the_three_public_expenses_stand_beside_their_published_budget(closed):
    published = department_budget(**shanghai())[8]
    organ = replace(read(closed, "201"), public_table=published)
    for name in ("three_public", "abroad", "reception", "vehicles", "vehicles_bought", "vehicles_run"):
        assert figure(organ, 7, "unit", f"{name}_budget") == published.block("rows").figure("unit", name)
    assert failures(organ) == []
    line = published.block("rows").lines[0]
    less = replace(line, figures=tuple(0 if n == 0 else each for n, each in enumerate(line.figures)))
    moved = replace(published, blocks=(replace(published.block("rows"), lines=(less,)),))
    assert rules(replace(organ, public_table=moved)) == {"public_budget_as_published"}


def test_an_unpublished_set_has_no_accounts(city):
    with pytest.raises(UnknownBook):
        read(city, "201")
