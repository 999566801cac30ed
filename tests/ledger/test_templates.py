"""Every template posts what it says: any amounts, in every account set that it names, in balance."""

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import install, journal
from ledger.books import Books
from ledger.chart import DIMENSIONS, Charts
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.authority import ReallocationLimit, set_reallocation_limit
from ledger.db import owner, snapshot, transaction
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.install import AgencyPlan, SetPlan
from ledger.lines import Writer
from ledger.money import Fen
from ledger.templates import catalogue
from tests.conftest import make_city

MASTER = Path(__file__).parents[2] / "ledger" / "master"
NOW, OLD, VILLAGE = dt.date(2024, 3, 5), dt.date(2022, 5, 5), dt.date(2023, 5, 5)
AFTER_2022 = dt.date(2023, 1, 1)
KEPT = {  # day -> role -> the charts of the sets that the city keeps in that year
    NOW: {"bureau": "general_budget_2023", "indicator": "indicator_2023", "agency": "unit_2019",
          "import": "imported"},
    OLD: {"bureau": "general_budget_2015", "payment_agency": "general_budget_2015", "agency": "unit_2019"},
    VILLAGE: {"village": "village_2004"},
}  # fmt: skip


def rows(name):
    with (MASTER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CLASSES = {(r["scheme"], r["code"]): r for r in rows("class_code")}
PARENTS = {r["parent"] for r in CLASSES.values()}
LEAVES = {
    scheme: sorted(code for s, code in CLASSES if s == scheme and code not in PARENTS)
    for scheme in ("func", "revenue", "fund", "pay_mode")
}
ACCOUNTS = {(r["chart"], r["code"]): r for r in rows("account")}
MEANINGS = defaultdict(list)
for _row in rows("account_key"):
    MEANINGS[_row["chart"], _row["key"]].append(_row)
ECON = {kind: [(r["dept_econ"], r["gov_econ"]) for r in rows("econ_map") if r["agency_kind"] == kind]
        for kind in ("organ", "institution")}  # fmt: skip
KIND = {"201": "organ", "202": "institution"}


def blocks_kept(template, day):
    """The blocks whose set the city keeps on a day; none if one is missing that may not be."""
    kept = [b for b in template.blocks if KEPT[day].get(b.role) == b.system]
    asked = {(b.role, b.of) for b in template.blocks if not b.optional}
    return kept if asked <= {(b.role, b.of) for b in kept} else []


CASES = [
    pytest.param(template, day, id=f"{template.event}-{day.year}")
    for template in catalogue()
    for day in KEPT
    if day in template.in_force and blocks_kept(template, day)
]


def descends(scheme, code, ancestors):
    while code:
        if code in ancestors:
            return True
        code = CLASSES[scheme, code]["parent"]
    return False


def allowed(blocks, party):
    """What the keys of a party ask of its dimensions, where no plain account takes the rest."""
    asked = defaultdict(list)
    for block in blocks:
        for line in block.lines:
            for key, of in ((line.debit, line.debit_of), (line.credit, line.credit_of)):
                meanings = MEANINGS[block.system, key]
                if of == party and all(m["dim"] for m in meanings):
                    asked[meanings[0]["dim"]].append({m["value"] for m in meanings})
    return asked


@st.composite
def dims_of(draw, blocks, party, agency):
    """A code for every dimension; each posting carries what its account carries."""
    asked = allowed(blocks, party)

    def fits(scheme, code):
        return all(descends(scheme, code, values) for values in asked[scheme])

    dims = {
        scheme: draw(st.sampled_from([code for code in codes if fits(scheme, code)]), label=scheme)
        for scheme, codes in LEAVES.items()
    }
    if agency in KIND:
        pairs = [p for p in ECON[KIND[agency]] if fits("dept_econ", p[0]) and fits("gov_econ", p[1])]
        dims["dept_econ"], dims["gov_econ"] = draw(st.sampled_from(pairs), label="economic classes")
    return {**dims, "agency": agency, "project": "P-1", "contract": "HT-1", "counterparty": "某某公司",
            "indicator": f"{party or 'own'}-{dims['fund']}"}  # fmt: skip


@st.composite
def events_of(draw, template, day, city):
    """An event of a template: any amounts, of which one at least is not nil."""
    blocks = blocks_kept(template, day)
    names = sorted({of for b in template.blocks for x in b.lines for of in (x.debit_of, x.credit_of)} | {""})
    first, second = draw(st.permutations(["201", "202"]), label="agencies")
    agencies = {"": first, "from": first, "to": second}
    if day == VILLAGE:
        agencies = {"": "401"}
    parties = {name: draw(dims_of(blocks, name, agencies.get(name, first))) for name in names}
    if template.event == "indicator_reallocation":  # never between funds
        fund = parties["from"]["fund"]
        parties["to"] = {**parties["to"], "fund": fund, "indicator": f"to-{fund}"}
    if template.event == "indicator_reopening":
        parties[""] = {**parties[""], "indicator": f"heir-{parties['']['fund']}"}
    facts = {name: Fen(draw(st.integers(0, 10**9), label=name)) for name in sorted(template.facts)}
    if not any(facts.values()):
        facts[min(facts)] = Fen(1)
    return Event(template.event, f"{template.event}-{next(city.numbers)}", day, "测试", template.prepared_under[0].lower(),
                 facts, parties.pop(""), parties, document=f"人大常〔{day.year}〕18号")  # fmt: skip


@pytest.fixture(scope="module")
def city(source):
    """A city that keeps every kind of account set, old ones too."""
    city = make_city(source)
    with owner(source) as connection:
        village = AgencyPlan("401", "东村", "East village", "village")
        install.create_agencies(connection, city.treasury_id, [village])
        old = dt.date(2022, 1, 1)
        install.create_account_sets(
            connection,
            city.treasury_id,
            [
                SetPlan("IMP2024", "101", "import", "imported", 2024, dt.date(2024, 1, 1), "导入", "Imported"),
                SetPlan("B2022", "101", "bureau", "general_budget_2015", 2022, old, "总预算", "Bureau"),
                SetPlan("P2022", "101", "payment_agency", "general_budget_2015", 2022, old, "支付", "Payment"),
                SetPlan("A201-2022", "201", "agency", "unit_2019", 2022, old, "教育局", "Education"),
                SetPlan("A202-2022", "202", "agency", "unit_2019", 2022, old, "一中", "School"),
                SetPlan("I2023", "101", "indicator", "indicator_2023", 2023, dt.date(2023, 1, 1), "指标", "Indicators"),
                SetPlan("B2025", "101", "bureau", "general_budget_2023", 2025, dt.date(2025, 1, 1), "总会计", "Bureau"),
                SetPlan("V2023", "401", "village", "village_2004", 2023, dt.date(2023, 1, 1), "东村", "Village"),
            ],
        )
        for party in PARTIES:
            for fund in LEAVES["fund"]:
                connection.exec_driver_sql(
                    "insert into ledger.indicator (treasury_id, indicator, fiscal_year, fund, document, opened_by)"
                    " values (%s, %s, 2024, %s, '人大〔2024〕1号', 'comp')",
                    (city.treasury_id, f"{party}-{fund}", fund),
                )
        for fund in LEAVES["fund"]:
            connection.exec_driver_sql(
                "insert into ledger.indicator (treasury_id, indicator, parent, fiscal_year, fund, document, opened_by)"
                " values (%(t)s, 'last-' || %(f)s, null, 2023, %(f)s, '人大〔2023〕1号', 'comp'),"
                " (%(t)s, 'heir-' || %(f)s, 'last-' || %(f)s, 2024, %(f)s, '人大〔2024〕1号', 'comp')",
                {"t": city.treasury_id, "f": fund},
            )
    with transaction(city.source, city.session("APPR")) as tx:  # what the law asks before budgets change
        most = 10**15
        set_reallocation_limit(
            tx, ReallocationLimit(same_func_fen=most, other_func_fen=most, document="财预〔2024〕2号")
        )
        for day in (NOW, OLD):
            record_adjustment(tx, Adjustment(
                fiscal_year=day.year, document=f"人大常〔{day.year}〕18号", title="方案", passed_on=day, amount_fen=most))  # fmt: skip
    city.post("CLOS", brought_along(city, "I2024", dt.date(2023, 12, 31), PARTIES))
    city.post("CLOS", brought_along(city, "I2023", AFTER_2022, ("last",)))  # after it: no year goes on from this one
    return city


PARTIES = ("own", "from", "to", "special", "treasury")


def brought_along(city, code, on, parties):
    """What the indicators have before the first event: enough of every account that may not run dry."""
    lines = []
    limited = [a for (chart, _), a in ACCOUNTS.items() if chart == KEPT[NOW]["indicator"] and a["limit_by"]]
    for party in parties:
        for fund in LEAVES["fund"]:
            dims = {"fund": fund, "indicator": f"{party}-{fund}", "agency": "201", "func": LEAVES["func"][0]}
            lines += [GivenLine(a["code"], "D", Fen(10**13), {d: dims[d] for d in a["needs"].split()}) for a in limited]
            lines.append(GivenLine("Z101", "C", Fen(10**13 * len(limited)), {"fund": fund}))
    return city.event("opening", prepared_by="book", on=on, vouchers=(GivenVoucher(code, tuple(lines)),))


@pytest.fixture(scope="module")
def writer(city):
    with snapshot(city.source) as books:
        return Writer(Charts.read(books), Books.read(books, city.treasury_id))


def funding(city, writer, event):
    """What the event takes from accounts that may not run dry, put there first; indicators have it from the beginning."""
    _, lines = writer.write_out(event)
    vouchers = defaultdict(list)
    for set_id, _, code, side, fen, values, _ in lines:
        account_set = writer.books.sets[set_id]
        account = writer.charts.account(account_set.chart, code)
        if account_set.role == "indicator" or account.limit_by is None or (side == "C") != (fen > 0):
            continue
        dims = {d: v for d, v in zip(DIMENSIONS, values, strict=True) if v is not None}
        full = {**event.dims, **dims}
        against = next(
            writer.charts.account(chart, other)
            for (chart, other), a in ACCOUNTS.items()
            if chart == account_set.chart and a["book"] == account.book and a["postable"] == "1"
            and not a["limit_by"] and set(a["needs"].split()) <= full.keys()
        )  # fmt: skip
        other = {d: full[d] for d in against.carries if d in full}
        vouchers[account_set.code] += [
            GivenLine(code, "D", Fen(abs(fen)), dims),
            GivenLine(against.code, "C", Fen(abs(fen)), other),
        ]
    given = tuple(GivenVoucher(code, tuple(x)) for code, x in vouchers.items())
    return [city.event("manual", prepared_by="book", on=event.on, vouchers=given)] if given else []


def before(city, writer, event):
    """Post what must stand before an event: what it takes, and what was carried over of what it opens again."""
    if event.kind == "indicator_reopening":
        dims = {**event.dims, "indicator": f"last-{event.dims['fund']}"}
        carried = replace(event, kind="indicator_carry_over", on=dt.date(2023, 12, 31), dims=dims)
        before(city, writer, carried)
        city.post("ISSU", carried)
    city.post("AUDT_IN", *funding(city, writer, event))
    if event.kind == "stabilisation_fund_draw":  # the fund holds what is drawn
        dims = {"fund": event.dims["fund"], "func": "23015"}
        filled = Event(
            "stabilisation_fund_provision", f"fill-{event.key}", event.on, "安排", "book", facts=event.facts, dims=dims
        )
        city.post("AUDT_IN", filled)


def wanted(template, event, writer):
    """What the template's own text says: the amounts of each side in each account set."""
    sign = -1 if template.red else 1
    sides = defaultdict(list)
    for block in blocks_kept(template, event.on):
        dims = event.parties[block.of] if block.of else event.dims
        code = writer.books.playing(block.role, dims.get("agency"), event.on).code
        amounts = [sign * event.facts[line.fact] for line in block.lines if event.facts[line.fact]]
        sides[code] += [(side, fen) for fen in amounts for side in "DC"]
    return {code: sorted(found) for code, found in sides.items() if found}


POSTED = """
select s.code, p.book, p.side, p.amount_fen from ledger.voucher v
  join ledger.posting p using (treasury_id, voucher_id)
  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
 where v.treasury_id = %s and v.event_id = %s"""


def posted_sides(city, posted):
    sides, books = defaultdict(list), defaultdict(int)
    with snapshot(city.source) as connection:
        for code, book, side, fen in connection.exec_driver_sql(POSTED, (city.treasury_id, posted.event_id)):
            sides[code].append((side, fen))
            books[code, book] += fen if side == "D" else -fen
    return {code: sorted(found) for code, found in sides.items()}, dict(books)


@pytest.mark.parametrize(("template", "day"), CASES)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_event_of_a_template_posts_in_balance(city, writer, template, day, data):
    event = data.draw(events_of(template, day, city))
    before(city, writer, event)
    posted = city.post(template.posted_under, event)[0]
    sides, books = posted_sides(city, posted)
    assert sides == wanted(template, event, writer)
    assert set(books.values()) == {0}


def test_every_block_of_every_template_was_posted_by_one_of_these():
    tried = {(c.values[0].event, b.role, b.system, b.of) for c in CASES for b in blocks_kept(*c.values)}
    every = {
        (t.event, b.role, b.system, b.of)
        for t in catalogue()
        for b in t.blocks
        if b.system != "general_budget_2015" or t.in_force.first < AFTER_2022  # that chart ended with 2022
    }
    assert every - tried == set()


MONEY = (GivenLine("1001", "D", Fen(700), {"fund": "1"}),
         GivenLine("4001", "C", Fen(700), {"fund": "1", "revenue": "1010101"}))  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "duty", "day", "code"),
    [
        ("manual", "AUDT_IN", NOW, "B2024"),
        ("opening", "CLOS", dt.date(2023, 12, 31), "B2024"),
        ("year_end_close", "CLOS", NOW, "B2024"),
        ("yearly_totals", "CLOS", dt.date(2025, 12, 31), "B2025"),  # a year without events of its own
    ],
)
def test_a_kind_without_lines_posts_the_voucher_that_it_is_given(city, kind, duty, day, code):
    event = city.event(kind, prepared_by="book", on=day, vouchers=(GivenVoucher(code, MONEY),))
    sides, books = posted_sides(city, city.post(duty, event)[0])
    assert sides == {code: [("C", 700), ("D", 700)]}
    assert books == {(code, "financial"): 0}


def test_a_reversal_posts_every_line_again_in_red(city):
    posted = city.receive(700)[0]
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        back = journal.reverse(tx, posted.event_id, key="back", on=NOW, narration="冲销", prepared_by="book")
    (sides, books), (first, _) = posted_sides(city, back), posted_sides(city, posted)
    assert sides == {code: sorted((side, -fen) for side, fen in x) for code, x in first.items()}
    assert set(books.values()) == {0}
