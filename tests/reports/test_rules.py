"""Every rule that flags has an example that fires and one that passes, a fen or a day apart."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ledger import install
from ledger.compilation.approval import approve as approve_all
from ledger.compilation.approval import release_to_departments, release_to_units
from ledger.compilation.packages import save_package
from ledger.compilation.rounds import resolve_budget
from ledger.db import owner, snapshot
from ledger.errors import UnknownBook
from ledger.install import SetPlan
from ledger.money import Fen
from ledger.rules import in_force, rules
from reports.flags import flags, judged
from tests.conftest import DAY, City
from tests.ledger.budget_city import DIGEST, PERSONNEL, SYSTEM, YEAR, act, compile_budget, prepare, resolution
from web.clock import today

END = dt.date(2024, 12, 31)
NO_SOURCE = dict.fromkeys(
    ["from_transfer", "from_debt", "from_transfers_in", "from_stabilisation", "from_carry_over"], Fen(0)
)


def opened(city, *rows, fund="1", func="2050201"):
    """Open indicators, parents first."""
    whole = [{"fiscal_year": 2024, "fund": fund, "func": func, "document": "人大〔2024〕1号", **row} for row in rows]
    text = json.dumps(whole)
    act(city, "COMP", lambda tx: tx.connection.exec_driver_sql("select ledger.open_indicators(%s::jsonb)", (text,)))


def approve(city, fen, *, kind="budget_approval", func="2050201", fund="1", on=DAY):
    """Approve budget for a function; give the code of its indicator."""
    root = f"R{next(city.numbers)}"
    opened(city, {"indicator": root}, func=func, fund=fund)
    city.post("APPR", city.event(kind, prepared_by="comp", on=on, facts={**NO_SOURCE, "from_revenue": Fen(fen)},
                                 dims={"fund": fund, "func": func, "indicator": root}))  # fmt: skip
    return root


def release(city, fen, *, approved=DAY, department=DAY, unit=DAY, project=None):
    """Approve, release and issue an indicator, each on a day of its own; what has no day is not done."""
    root = approve(city, fen, on=approved)
    whole, code = f"{root}-D", f"{root}-U"
    opened(city, {"indicator": whole, "parent": root, "agency": "201"},
           {"indicator": code, "parent": whole, "agency": "201", "project": project})  # fmt: skip
    at = {"fund": "1", "func": "2050201"}
    owned = {**at, "agency": "201"}
    own = {**owned, "indicator": code, **({"project": project} if project else {})}
    if department:
        city.post("ISSU", city.event("department_decomposition", prepared_by="revw", on=department,
                                     facts={"from_approved": Fen(fen), "from_held": Fen(0)},
                                     parties={"from": {**at, "indicator": root}, "to": {**owned, "indicator": whole}}))  # fmt: skip
    if unit:
        city.post("ISSU",
                  city.event("unit_decomposition", prepared_by="revw", on=unit, facts={"amount": Fen(fen)},
                             parties={"from": {**owned, "indicator": whole}, "to": own}),
                  city.event("indicator_issue", prepared_by="revw", on=unit, facts={"amount": Fen(fen)}, dims=own))  # fmt: skip
    return code


def pay(city, indicator, fen, *, on=DAY, document=None, said="测试业务", **dims):
    city.receive(fen, on=on)
    dims = city.payment_dims(indicator, **dims)
    for duty, kind in (("PCHK", "payment_reservation"), ("SIGN", "treasury_payment")):
        city.post(duty, city.event(kind, prepared_by="appl", on=on, narration=said, document=document,
                                   facts={"amount": Fen(fen)}, dims=dims))  # fmt: skip


def reserve(city, reserved, whole):
    approve(city, whole - reserved)
    approve(city, reserved, func="227")


def working_fund(city, fen):
    approve(city, 1_000_000)
    city.post("AUDT_IN", city.event("working_fund_provision", prepared_by="book", facts={"amount": Fen(fen)},
                                    dims={"fund": "1"}))  # fmt: skip


def transfer(city, func, days):
    root = approve(city, 700, func=func)
    city.post("ISSU", city.event("transfer_issue", prepared_by="revw", on=DAY + dt.timedelta(days),
                                 facts={"from_approved": Fen(700), "from_awaiting": Fen(0)},
                                 dims={"fund": "1", "func": func, "indicator": root}))  # fmt: skip


def published(city, days):
    """Publish a budget so many days after its release; the clock of the record is set by the owner."""
    prepare(city)
    compile_budget(city, PERSONNEL)
    act(city, "APPR", resolve_budget, resolution(812_345 * 37 * 12))
    act(city, "APPR", approve_all, city.treasury_id, YEAR, "comp")
    for verb in (release_to_departments, release_to_units):
        act(city, "ISSU", verb, city.treasury_id, YEAR, DAY, "财预〔2024〕3号", "revw")
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "insert into ledger.budget_publication (treasury_id, fiscal_year, agency, tables_sha256, published_by, published_at)"
            " values (%s, %s, '201', decode(%s, 'hex'), 'publ', %s)",
            (city.treasury_id, YEAR, DIGEST, DAY + dt.timedelta(days)),
        )


def year_of(city, *sets):
    """Keep more account sets, from the first day of their year."""
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, sets)


def carried(city, recovered):
    """Carry 5.00 of 2024 into 2025 and recover so much of it on the last day."""
    first, last = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
    code = city.grant(500)
    year_of(city, SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, first, "指标", "Indicators"))
    opened(city, {"indicator": f"N-{code}", "parent": code, "fiscal_year": 2025, "agency": "201"}, func="2050201")
    steps = [("indicator_carry_over", END, code, 500), ("indicator_reopening", first, f"N-{code}", 500)]
    steps += [("indicator_recovery", last, f"N-{code}", recovered)] if recovered else []
    for kind, on, indicator, fen in steps:
        city.post("ISSU", city.event(kind, prepared_by="revw", on=on, facts={"awaiting": Fen(0), "executable": Fen(fen)},
                                     dims={"fund": "1", "func": "2050201", "agency": "201", "indicator": indicator}))  # fmt: skip


def quoted(year, *prices, quantity=1_000):
    line = SYSTEM.lines[0]
    return replace(
        SYSTEM, package=f"{year}-201-XT-3", fiscal_year=year,
        lines=tuple(replace(line, quantity_milli=quantity, quote_fens=(fen, fen, fen)) for fen in prices),
    )  # fmt: skip


def grown(city, *prices, quantity=1_000):
    prepare(city)
    act(city, "COMP", save_package, quoted(2024, 100_000, 200_000, 300_000))
    act(city, "COMP", save_package, quoted(2025, *prices, quantity=quantity))


def held(city, fen, whole):
    approve(city, whole - fen)
    approve(city, fen, kind="held_budget_approval")
    approve(city, 10**9, func="227")


def supplement(city, fen):
    code = city.grant(100_000)
    city.post("APPR", city.event("budget_addition", prepared_by="comp", facts={"awaiting": Fen(0), "executable": Fen(fen)},
                                 dims={"fund": "1", "func": "2050201", "agency": "201", "indicator": code,
                                       "revenue": "1010101"}))  # fmt: skip


def used(city, *fens):
    """Give 1,000.00 in each year from 2024 on and spend so much of it."""
    for year, fen in enumerate(fens, 2024):
        on = dt.date(year, 3, 5)
        if year > 2024:
            first = dt.date(year, 1, 1)
            year_of(
                city,
                SetPlan(f"B{year}", "101", "bureau", "general_budget_2023", year, first, "总会计", "Bureau"),
                SetPlan(f"I{year}", "101", "indicator", "indicator_2023", year, first, "指标", "Indicators"),
                SetPlan(f"A201-{year}", "201", "agency", "unit_2019", year, first, "教育局", "Education"),
            )
        pay(city, city.grant(100_000, on=on), fen, on=on)


def ahead(city, fen):
    """Give 1,000.00 on the first of January and spend so much of it at once: 31 of 366 days are 8.46 %."""
    first = dt.date(2024, 1, 1)
    pay(city, city.grant(100_000, on=first), fen, on=first)


def late_project(city, fen):
    code = release(city, 100_000, project="XM-1")
    pay(city, code, 100_000 - fen, project="XM-1")
    pay(city, code, fen, on=dt.date(2024, 11, 1), project="XM-1")


def late_unit(city, fen):
    code = city.grant(200_000)
    pay(city, code, 50_000)
    pay(city, code, fen, on=dt.date(2024, 12, 1))


def other(city, fen):
    code = city.grant(100_000)
    pay(city, code, 100_000 - fen)
    pay(city, code, fen, dept_econ="30299", gov_econ="50299")


def told(city, said, dept_econ, gov_econ):
    pay(city, city.grant(700), 700, said=said, dept_econ=dept_econ, gov_econ=gov_econ)


def hotel(city, fen, *, on=dt.date(2024, 10, 1), document=None, payee="某某酒店"):
    pay(city, city.grant(2_000_000), fen, on=on, document=document, dept_econ="30217", gov_econ="50206",
        counterparty=payee)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is done in a city, and whether the rule then fires on a day."""

    rule: str
    verdict: str
    name: str
    do: Callable[[City], object]
    on: dt.date = END

    @property
    def fires(self):
        return self.verdict == "fires"


def after(days):
    return DAY + dt.timedelta(days)


CASES = [
    Case("BUD-002", "fires", "a reserve just below one percent", lambda c: reserve(c, 9_999, 1_000_000)),
    Case("BUD-002", "passes", "a reserve of one percent", lambda c: reserve(c, 10_000, 1_000_000)),
    Case("BUD-002", "passes", "a reserve of three percent", lambda c: reserve(c, 30_000, 1_000_000)),
    Case("BUD-002", "fires", "a reserve just above three percent", lambda c: reserve(c, 30_001, 1_000_000)),
    Case("BUD-003", "passes", "a working fund of one percent", lambda c: working_fund(c, 10_000)),
    Case("BUD-003", "fires", "a working fund just above", lambda c: working_fund(c, 10_001)),
    Case("BUD-004", "passes", "the department on day 20", lambda c: release(c, 700, department=after(20), unit=after(35))),
    Case("BUD-004", "fires", "the department on day 21", lambda c: release(c, 700, department=after(21), unit=after(21))),
    Case("BUD-004", "fires", "the unit on day 16", lambda c: release(c, 700, department=after(20), unit=after(36))),
    Case("BUD-004", "passes", "nothing released by day 20", lambda c: release(c, 700, department=None, unit=None), after(20)),
    Case("BUD-004", "fires", "nothing released by day 21", lambda c: release(c, 700, department=None, unit=None), after(21)),
    Case("BUD-004", "passes", "the department waits 15 days", lambda c: release(c, 700, unit=None), after(15)),
    Case("BUD-004", "fires", "the department waits 16 days", lambda c: release(c, 700, unit=None), after(16)),
    Case("BUD-004", "passes", "a general transfer on day 30", lambda c: transfer(c, GENERAL, 30)),
    Case("BUD-004", "fires", "a general transfer on day 31", lambda c: transfer(c, GENERAL, 31)),
    Case("BUD-004", "passes", "an earmarked transfer on day 60", lambda c: transfer(c, EARMARKED, 60)),
    Case("BUD-004", "fires", "an earmarked transfer on day 61", lambda c: transfer(c, EARMARKED, 61)),
    Case("BUD-004", "passes", "a remittance upward", lambda c: transfer(c, UPWARD, 61)),
    Case("BUD-005", "passes", "not public on day 20", lambda c: c.grant(700), after(20)),
    Case("BUD-005", "fires", "not public on day 21", lambda c: c.grant(700), after(21)),
    Case("BUD-005", "passes", "published on day 20", lambda c: published(c, 20)),
    Case("BUD-005", "fires", "published on day 21", lambda c: published(c, 21)),
    Case("BUD-007", "passes", "the day before the second year ends", lambda c: carried(c, 0), dt.date(2025, 12, 30)),
    Case("BUD-007", "fires", "nothing recovered as the second year ends", lambda c: carried(c, 0), dt.date(2025, 12, 31)),
    Case("BUD-007", "fires", "a fen not recovered", lambda c: carried(c, 499), dt.date(2025, 12, 31)),
    Case("BUD-007", "passes", "all recovered", lambda c: carried(c, 500), dt.date(2025, 12, 31)),
    Case("BUD-011", "fires", "three lines five percent up", lambda c: grown(c, 105_000, 210_000, 315_000)),
    Case("BUD-011", "fires", "three lines about five percent up", lambda c: grown(c, 105_000, 210_000, 315_300)),
    Case("BUD-011", "passes", "a third line with a rate of its own", lambda c: grown(c, 105_000, 210_000, 315_301)),
    Case("BUD-011", "passes", "only two lines", lambda c: grown(c, 105_000, 210_000)),
    Case("BUD-011", "passes", "the same prices", lambda c: grown(c, 100_000, 200_000, 300_000)),
    Case("BUD-011", "passes", "other quantities", lambda c: grown(c, 105_000, 210_000, 315_000, quantity=1_001)),
    Case("BUD-012", "passes", "a twentieth held back", lambda c: held(c, 50_000, 1_000_000)),
    Case("BUD-012", "fires", "just above a twentieth", lambda c: held(c, 50_001, 1_000_000)),
    Case("BUD-013", "passes", "a fifth on top", lambda c: supplement(c, 20_000)),
    Case("BUD-013", "fires", "just above a fifth on top", lambda c: supplement(c, 20_001)),
    Case("BUD-014", "passes", "a fifth used", lambda c: used(c, 20_000)),
    Case("BUD-014", "fires", "just below a fifth used", lambda c: used(c, 19_999)),
    Case("BUD-014", "passes", "below half for two years", lambda c: used(c, 49_999, 49_999), dt.date(2025, 12, 31)),
    Case("BUD-014", "fires", "below half for three years", lambda c: used(c, 49_999, 49_999, 49_999), dt.date(2026, 12, 31)),
    Case("BUD-014", "passes", "half in one of three", lambda c: used(c, 49_999, 50_000, 49_999), dt.date(2026, 12, 31)),
    Case("BUD-015", "passes", "half of a project in November", lambda c: late_project(c, 50_000)),
    Case("BUD-015", "fires", "more than half of a project", lambda c: late_project(c, 50_001)),
    Case("BUD-015", "passes", "half of a unit's year in December", lambda c: late_unit(c, 50_000)),
    Case("BUD-015", "fires", "more than half of a unit's year", lambda c: late_unit(c, 50_001)),
    Case("BUD-016", "passes", "a fifth under 30299", lambda c: other(c, 20_000)),
    Case("BUD-016", "fires", "just above a fifth under 30299", lambda c: other(c, 20_001)),
    Case("BUD-018", "passes", "a meeting's meal under 30215", lambda c: told(c, "付会议餐", "30215", "50202")),
    Case("BUD-018", "fires", "a meeting's meal under 30299", lambda c: told(c, "付会议餐", "30299", "50299")),
    Case("BUD-018", "fires", "a reception under 30201", lambda c: told(c, "公务接待费", "30201", "50201")),
    Case("BUD-019", "passes", "10,000.00 for a hotel in October", lambda c: hotel(c, 1_000_000)),
    Case("BUD-019", "fires", "10,000.01 for a hotel in October", lambda c: hotel(c, 1_000_001)),
    Case("BUD-019", "passes", "the same on the last day of September", lambda c: hotel(c, 1_000_001, on=dt.date(2024, 9, 30))),
    Case("BUD-019", "passes", "the same with its document", lambda c: hotel(c, 1_000_001, document="接待函8号")),
    Case("BUD-021", "passes", "ten points behind the year", lambda c: used(c, 90_000)),
    Case("BUD-021", "fires", "a fen more than ten points behind", lambda c: used(c, 89_999)),
    Case("BUD-021", "passes", "ten points ahead at the end of January", lambda c: ahead(c, 18_460), dt.date(2024, 1, 31)),
    Case("BUD-021", "fires", "more than ten points ahead", lambda c: ahead(c, 18_461), dt.date(2024, 1, 31)),
]  # fmt: skip
GENERAL, EARMARKED, UPWARD = "23002", "23003", "23006"
FLAGS = sorted(each.rule for each in rules() if each.flags)


BY_NAME = {each.name: each for each in CASES}
CHANGED = [  # with another value of one parameter the example comes out the other way
    ("a reserve of one percent", "least", "0.010001"),
    ("a reserve just above three percent", "most", "0.030001"),
    ("a working fund just above", "most", "0.010001"),
    ("the department on day 21", "department", 21),
    ("the unit on day 16", "unit", 16),
    ("a general transfer on day 31", "general", 31),
    ("an earmarked transfer on day 61", "earmarked", 61),
    ("not public on day 21", "days", 21),
    ("a fen not recovered", "years", 3),
    ("three lines five percent up", "lines", 4),
    ("a third line with a rate of its own", "tolerance", "0.0011"),
    ("just above a twentieth", "most", "0.050001"),
    ("just above a fifth on top", "most", "0.20001"),
    ("just below a fifth used", "year", "0.19999"),
    ("below half for three years", "years", "0.49999"),
    ("below half for three years", "running", 4),
    ("more than half of a project", "project", "0.50001"),
    ("more than half of a unit's year", "unit", "0.50001"),
    ("just above a fifth under 30299", "most", "0.20001"),
    ("a reception under 30201", "words", {}),
    ("a fen more than ten points behind", "points_bp", 1_001),
    ("10,000.01 for a hotel in October", "above_fen", 1_000_001),
    ("10,000.01 for a hotel in October", "first_month", 11),
    ("10,000.01 for a hotel in October", "classes", ["30212"]),
    ("10,000.01 for a hotel in October", "payees", ["饭店"]),
]
NOTHING_TO_COMPARE = {"other quantities", "a remittance upward"}


def asked(city, on, rule=None, **more):
    with snapshot(city.source) as connection:
        return judged(connection, city.treasury_id, on, rule, **more)


def fires(verdicts):
    return any(each.verdict == "fires" for each in verdicts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.name}")
def test_a_rule_fires_just_beyond_its_threshold_and_passes_at_it(city, case):
    case.do(city)
    verdicts = asked(city, case.on, case.rule)
    assert fires(verdicts) == case.fires
    assert bool(verdicts) != (case.name in NOTHING_TO_COMPARE)
    rule = in_force(case.on)[case.rule]
    assert {(each.rule, each.version, each.on) for each in verdicts} <= {(rule.rule, rule.version, case.on)}
    for name, parameter, value in CHANGED:
        if name == case.name:
            other_rule = replace(rule, version=2, parameters={**rule.parameters, parameter: value})
            assert fires(asked(city, case.on, case.rule, among=[other_rule])) != case.fires, parameter


def test_every_rule_that_flags_has_both_examples():
    assert {(each.rule, each.verdict) for each in CASES} == {
        (rule, verdict) for rule in FLAGS for verdict in ("fires", "passes")
    }
    assert len(BY_NAME) == len(CASES)


def test_every_parameter_decides_an_example():
    flagging = [each for each in rules() if each.flags]
    assert {(BY_NAME[name].rule, parameter) for name, parameter, _ in CHANGED} == {
        (each.rule, parameter) for each in flagging for parameter in each.parameters
    }


def test_a_verdict_names_its_subject_and_the_figures_it_saw(city):
    late_project(city, 50_001)
    (one,) = [each for each in asked(city, END, "BUD-015") if each.project]
    assert (one.agency, one.project, one.verdict) == ("201", "XM-1", "fires")
    assert {name: one.inputs[name] for name in ("late_fen", "whole_fen")} == {"late_fen": 50_001, "whole_fen": 100_000}
    hotel(city, 1_000_001)
    (one,) = asked(city, END, "BUD-019")
    assert one.voucher.startswith("I2024 ")
    assert one.indicator


def test_money_that_came_back_was_not_spent(city):
    code = city.grant(200_000)
    pay(city, code, 50_000)
    pay(city, code, 50_001, on=dt.date(2024, 12, 1))
    back = city.event("payment_refund", prepared_by="appl", on=dt.date(2024, 12, 2), facts={"amount": Fen(1)},
                      dims=city.payment_dims(code))  # fmt: skip
    city.post("SIGN", back)
    assert not fires(asked(city, END, "BUD-015"))


def test_a_past_day_is_judged_as_its_books_stood_and_by_its_rules(city):
    late_unit(city, 50_001)
    assert fires(asked(city, END, "BUD-015"))
    assert not fires(asked(city, dt.date(2024, 11, 30), "BUD-015"))
    assert asked(city, END, "BUD-015", known=dt.date(2024, 12, 31)) == []  # nobody had recorded it yet
    assert fires(asked(city, END, "BUD-015", known=today()))
    held_rule = in_force(END)["BUD-015"]
    stricter = replace(
        held_rule, version=2, valid_from=dt.date(2025, 1, 1), parameters={"project": "0.5", "unit": "0.9"}
    )
    among = [held_rule, stricter]
    assert [each.version for each in asked(city, END, "BUD-015", among=among)] == [1]
    assert in_force(dt.date(2025, 1, 1), among)["BUD-015"].version == 2


def test_another_city_is_not_looked_at(city, source):
    from tests.conftest import make_city

    late_unit(city, 50_001)
    assert asked(make_city(source), END) == []


def test_only_what_fires_is_a_flag(city):
    other(city, 20_000)
    with snapshot(city.source) as connection:
        found = flags(connection, city.treasury_id, DAY)
    assert {each.rule for each in asked(city, DAY)} > {each.rule for each in found}
    assert {each.verdict for each in found} <= {"fires"}


@pytest.mark.parametrize(("rule", "on"), [("BUD-999", END), ("BUD-006", END), ("BUD-003", dt.date(2020, 9, 30))])
def test_a_rule_that_does_not_flag_on_that_day_is_not_asked(city, rule, on):
    with pytest.raises(UnknownBook):
        asked(city, on, rule)
