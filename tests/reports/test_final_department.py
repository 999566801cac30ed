"""The final accounts of a department are those of its units added up, and what they paid each other stands on no side."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.events import GivenLine, GivenVoucher
from ledger.money import Fen
from reports.disclosure_facts import IncomeFact, SpendingFact, Subject, Surplus
from reports.disclosure_rules import checks
from reports.final_accounts import CHART, FinalAccounts, final_accounts
from reports.final_accounts_checks import department_failures, failures
from reports.final_budget import BudgetLine
from reports.final_department import department_final
from reports.final_transfers import Transfer
from tests.conftest import make_city
from tests.reports.closed_city import finish
from tests.reports.disclosure_cases import NAMES, accounts

END = dt.date(2024, 12, 31)
DEPARTMENT = Subject("201", "教育局", "Education bureau", 2024, frozenset())
EARNED, GIVEN, KEPT = 90_011, 40_007, 12_003
CODES = ("201", "202", "203")


def lived(source, taken=GIVEN, *, payer_names="第一中学", payee_names="201"):
    """Give a city of which 201 earned money and passed some of it on to 202, who took in ``taken`` and spent little."""
    city = make_city(source)
    city.receive(1_000_000)
    city.pay(city.grant(100_000), 70_010)
    city.pay(city.grant(50_000, agency="202", func="2050203"), 30_003, agency="202", func="2050203", gov_econ="50502")
    own = {"agency": "201", "fund": "6", "func": "2050201"}
    city.post("AUDT_IN", city.event("other_income", prepared_by="book", facts={"amount": Fen(EARNED)}, dims=own))
    paid = {
        "fund": "6",
        "func": "2050201",
        "dept_econ": "39999",
        **({"counterparty": payer_names} if payer_names else {}),
    }
    received = {"func": "2050203", **({"counterparty": payee_names} if payee_names else {})}
    by_hand(
        city, "A201-2024", GivenLine("7501", "D", Fen(GIVEN), paid), GivenLine("800102", "C", Fen(GIVEN), {"fund": "6"})
    )
    by_hand(
        city,
        "A202-2024",
        GivenLine("800102", "D", Fen(taken), {"fund": "6"}),
        GivenLine("6201", "C", Fen(taken), received),
    )
    finish(city, "I2024", "A201-2024", "A202-2024")
    return city


def by_hand(city, code, *lines):
    city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher(code, lines),)))


def units_of(city):
    with city.source.engine("public").connect() as public:
        return tuple(final_accounts(public, city.treasury_id, agency, 2024) for agency in ("201", "202"))


def department(city):
    return department_final(DEPARTMENT, units_of(city))


def rules(found):
    return {failed.rule for failed in department_failures(found)}


def notes(found, no):
    return " ".join(zh for zh, _ in found.whole.tables()[no - 1].notes)


def figure(of, no, code, column, block="rows"):
    return of.tables()[no - 1].block(block).figure(code, column)


@pytest.fixture(scope="module")
def paired(source):
    return lived(source)


@pytest.fixture(scope="module")
def apart(source):
    return lived(source, GIVEN - 1)


def unit_of(code, facts):
    """Give the final accounts of a unit with any facts, all of them its own."""
    own = lambda kind: tuple(replace(fact, agency=code) for fact in facts[kind])  # noqa: E731
    return FinalAccounts(
        subject=Subject(code, f"单位{code}", f"Unit {code}", 2024, frozenset()),
        code=f"A{code}",
        chart=CHART,
        ends_on=END,
        as_of=END,
        spending=own("spending"),
        income=own("income"),
        balances=own("balances"),
        surplus=facts["surplus"],
        own_surplus_fen=0,
        adjusted_fen=0,
        public_table=None,
        budget=(BudgetLine("205", 7, 8, 9),),
        closing={"8101": -sum(fact.closing_fen for fact in facts["balances"])},
        names=NAMES,
    )


@given(st.lists(accounts(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_tables_of_a_department_are_the_sums_of_the_tables_of_its_units(drawn):
    units = [unit_of(code, facts) for code, facts in zip(CODES, drawn, strict=False)]
    found = department_final(DEPARTMENT, units)
    alone = [unit.tables() for unit in units]
    for at, table in enumerate(found.whole.tables()):
        for block in table.blocks:
            of_units = [own[at].block(block.key) for own in alone]
            assert {line.code for line in block.every()} >= {line.code for own in of_units for line in own.every()}
            for line in block.every():
                for column, fen in zip(block.figures(), line.figures, strict=True):
                    assert (fen or 0) == sum(own.figure(line.code, column.name) for own in of_units)
    assert found.whole.budget == (BudgetLine("205", *(each * len(units) for each in (7, 8, 9))),)
    assert checks(found.whole.tables()) == []
    assert department_failures(found) == []


def test_what_one_unit_paid_another_stands_on_neither_side(paired):
    organ, school = units_of(paired)
    found = department_final(DEPARTMENT, (organ, school))
    assert department_failures(found) == []
    assert [(pair.paid_fen, pair.received_fen) for pair in found.pairs] == [(GIVEN, GIVEN)]
    assert found.eliminated_fen == GIVEN
    assert found.whole.income_fen == organ.income_fen + school.income_fen - GIVEN
    assert found.whole.spending_fen == organ.spending_fen + school.spending_fen - GIVEN
    assert figure(organ, 3, "2050201", "to_affiliated") == GIVEN == figure(school, 2, "2050203", "upper")
    assert figure(found.whole, 3, "2050201", "to_affiliated") == figure(found.whole, 2, "2050203", "upper") == 0
    assert figure(found.whole, 1, "closing", "spending", "spending") == 0
    assert figure(found.whole, 1, "distributed", "spending", "spending") == EARNED
    for no in (1, 2, 3):
        assert "400.07 元，付方与收方一致" in notes(found, no)
    assert "汇总本部门 2 个单位" in notes(found, 1)


def test_what_does_not_match_is_told_and_refused_and_not_taken_off(apart):
    found = department(apart)
    (failed,) = department_failures(found)
    assert (failed.rule, failed.gap.where) == ("transfers_match", "201 7501 → 202 6201")
    assert (failed.gap.expected, failed.gap.found) == (GIVEN, GIVEN - 1)
    assert found.eliminated_fen == 0
    assert found.whole.income_fen == sum(unit.income_fen for unit in found.units)
    assert "付方 400.07 元，收方 400.06 元，不一致，未抵销" in notes(found, 2)


@pytest.mark.parametrize(
    ("payer_names", "payee_names", "fired", "told"),
    [
        ("", "", {"transfers_are_named"}, "没有往来单位"),
        ("第一中学", "", {"transfers_match"}, "收方 0.00 元"),
        ("", "教育局", {"transfers_match"}, "付方 0.00 元"),
        ("某校办企业", "省教育厅", set(), "往来单位不是本部门单位代码或名称的补助和上缴 800.14 元"),
        ("某校办企业", "", set(), "没有往来单位"),
    ],
)
def test_only_a_pair_of_which_both_name_the_other_is_taken_off(source, payer_names, payee_names, fired, told):
    found = department(lived(source, payer_names=payer_names, payee_names=payee_names))
    assert rules(found) == fired
    assert found.eliminated_fen == 0
    assert told in notes(found, 1)


def test_what_a_unit_pays_up_is_the_other_pair():
    paid = SpendingFact("202", "2050203", "39999", "6", "to_upper", "", KEPT)
    taken = IncomeFact("201", "2050201", "affiliated", KEPT)
    blank = {"spending": (), "income": (), "balances": (), "surplus": Surplus()}
    payee = replace(unit_of("201", {**blank, "income": (taken,)}), transfers=(Transfer("6301", "单位202", taken),))
    payer = replace(unit_of("202", {**blank, "spending": (paid,)}), transfers=(Transfer("7401", " 201 ", paid),))
    found = department_final(DEPARTMENT, (payee, payer))
    (pair,) = found.pairs
    assert (pair.payer, pair.payee, pair.matches) == ("202", "201", True)
    assert found.whole.income_fen == found.whole.spending_fen == 0
    other = department_final(DEPARTMENT, (payee, replace(payer, transfers=(Transfer("7501", "201", paid),))))
    assert [pair.matches for pair in other.pairs] == [False, False]


def test_a_department_waits_for_every_unit(paired):
    organ, school = units_of(paired)
    missing = department_failures(department_final(DEPARTMENT, (organ, school), ["203"]))
    assert [(each.rule, each.gap.where) for each in missing] == [("units_have_books", "203")]
    opened = replace(school, as_of=dt.date(2024, 11, 30))
    waiting = department_failures(department_final(DEPARTMENT, (organ, opened)))
    assert [(each.rule, each.gap.where) for each in waiting] == [("units_pass", "202 year_is_closed")]
    assert failures(organ) == []


@pytest.mark.parametrize("part", ["spending", "income"])
def test_a_fen_more_in_any_unit_is_seen(paired, part):
    organ, school = units_of(paired)
    first, *others = getattr(school, part)
    moved = replace(school, **{part: (replace(first, fen=first.fen + 1), *others)})
    assert "units_pass" in rules(department_final(DEPARTMENT, (organ, moved)))
    assert "revenue_is_expenditure" in {
        each.rule for each in failures(department_final(DEPARTMENT, (organ, moved)).whole)
    }
