"""Facts for the statutory tables: the sample of a real total, and any facts that hypothesis can think of."""

import csv
import tomllib
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from ledger.money import parse_yuan
from reports.disclosure_facts import (
    BalanceFact,
    IncomeFact,
    Names,
    Narrative,
    ProjectNote,
    SpendingFact,
    Subject,
    Surplus,
    ThreePublic,
)

ROOT = Path(__file__).parents[2]
SAMPLE = tomllib.loads((Path(__file__).parent / "samples/shanghai_finance_2025.toml").read_text("utf-8"))
SUBJECT = Subject("101", "市财政局", "City Finance Bureau", 2025, frozenset({"101"}))
OWN = {"5": "special_account", "6": "other"}
FISCAL = {"1": "general", "2": "government_fund", "3": "state_capital"}


def _names():
    with (ROOT / "ledger/master/class_code.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    of = {
        scheme: {r["code"]: (r["name_zh"], r["name_en"]) for r in rows if r["scheme"] == scheme}
        for scheme in ("func", "dept_econ")
    }
    return Names(of["func"], of["dept_econ"])


NAMES = _names()


def shanghai():
    """Give what ``department_budget`` takes, of the sample."""
    subject = Subject(**{**SAMPLE["subject"], "organs": frozenset(SAMPLE["subject"]["organs"])})
    money = lambda given: {name: parse_yuan(text) for name, text in given.items()}  # noqa: E731
    facts = lambda given: {**{k: v for k, v in given.items() if k != "yuan"}, "fen": parse_yuan(given["yuan"])}  # noqa: E731
    assets = dict(SAMPLE["assets"])
    return {
        "subject": subject,
        "spending": tuple(SpendingFact(agency="101", **facts(each)) for each in SAMPLE["spending"]),
        "income": tuple(IncomeFact(agency="101", **facts(each)) for each in SAMPLE["income"]),
        "notes": tuple(ProjectNote(**facts(each)) for each in SAMPLE["projects"]),
        "narrative": Narrative(
            previous=ThreePublic(**money(SAMPLE["previous"])),
            reasons=SAMPLE["reasons"],
            assets=assets.pop("note"),
            **money(SAMPLE["procurement"]),
            **assets,
        ),
        "names": NAMES,
    }  # fmt: skip


FUNCS = st.sampled_from(["2010601", "2010602", "2010607", "2080505", "2101101", "2210201", "2120803", "2120899"])
FEN = st.integers(1, 10**13)
PERSONNEL = st.sampled_from(["30101", "30102", "30113", "30302"])
OFFICE = st.sampled_from(["30201", "30209", "30217", "30231", "31002", "31013"])
ANY_CLASS = st.sampled_from(["30101", "30212", "30217", "30227", "30231", "30913", "31013", "39999"])


@st.composite
def spending_facts(draw, categories=("personnel", "office", "project"), most=8):
    """Give any spending; what only final accounts know is paid from the unit's own money."""
    facts = []
    for _ in range(draw(st.integers(0, most))):
        category = draw(st.sampled_from(categories))
        basic = {"personnel": PERSONNEL, "office": OFFICE}.get(category, ANY_CLASS)
        known = category in {"personnel", "office", "project"}
        fund = draw(st.sampled_from([*FISCAL, "1", "6", "5"])) if known else "6"
        project = draw(st.sampled_from(["P01", "P02", "P03"])) if category == "project" else ""
        agency = draw(st.sampled_from(["101", "102"]))
        facts.append(SpendingFact(agency, draw(FUNCS), draw(basic), fund, category, project, draw(FEN)))
    return tuple(facts)


def income_of(draw, spending, sources):
    """Give income that pays for every spending, in one or two pieces."""
    facts = []
    for fact in spending:
        first = draw(st.integers(0, fact.fen))
        for fen in (first, fact.fen - first):
            if fact.fund in FISCAL:
                carried = "carry_over" in sources and draw(st.booleans())
                source, fund = ("carry_over", fact.fund) if carried else (FISCAL[fact.fund], "")
            else:
                source, fund = draw(st.sampled_from(sources)), ""
            facts.append(IncomeFact(fact.agency, fact.func, source, fen, fund))
    return tuple(facts)


@st.composite
def budgets(draw):
    """Give what ``department_budget`` takes: any facts that balance, without names."""
    spending = draw(spending_facts())
    income = income_of(
        draw, spending, ["special_account", "operating", "business", "upper", "affiliated", "other", "carry_over"]
    )
    sums = {}
    for fact in spending:
        if fact.category == "project":
            sums[fact.project] = sums.get(fact.project, 0) + fact.fen
    previous = ThreePublic(*(draw(st.integers(0, 10**9)) for _ in range(4)))
    procured = [draw(st.integers(0, 10**11)) for _ in range(3)]
    return {
        "subject": SUBJECT,
        "spending": spending,
        "income": income,
        "notes": tuple(ProjectNote(p, f"项目{p}", "概述", "依据", "本局", "方案", "一年", fen, "目标") for p, fen in sums.items()),
        "narrative": Narrative(previous, {"total": "按计划安排。"}, "", *procured, draw(st.integers(0, 10**10))),
    }  # fmt: skip


@st.composite
def accounts(draw):
    """Give what ``department_accounts`` takes: any spending, income and opening balances, and what is left of them; no names."""
    spending = draw(spending_facts(("personnel", "office", "project", "operating", "to_upper", "to_affiliated")))
    income = income_of(draw, spending, ["special_account", "operating", "business", "upper", "affiliated", "other"])
    balances, used = [], Surplus(draw(st.integers(0, 10**9)), draw(st.integers(0, 10**9)))
    for fact in income:
        if draw(st.booleans()):
            opening, more = draw(st.integers(0, 10**12)), draw(st.integers(0, 10**12))
            fund = next((fund for fund, source in FISCAL.items() if source == fact.source), "6")
            balances.append(BalanceFact(fact.agency, fact.func, fund, opening, opening + more))
            income = (*income, replace(fact, fen=more))
    balances.append(BalanceFact("101", "2010601", "6", 0, used.used_fen - used.distributed_fen))
    return {
        "subject": SUBJECT,
        "spending": spending,
        "income": income,
        "balances": tuple(balances),
        "surplus": used,
        "public_budget": ThreePublic(*(draw(st.integers(0, 10**9)) for _ in range(4))),
    }  # fmt: skip


def cells(tables):
    """Give the place of every amount: table, block, line and column by their numbers."""
    return [
        (t, b, n, f)
        for t, table in enumerate(tables)
        for b, block in enumerate(table.blocks)
        for n, line in enumerate(block.every())
        for f, column in enumerate(block.figures())
        if column.kind == "amount" and line.figures[f] is not None
    ]


def changed(tables, place, fen):
    """Give the tables with one amount changed."""
    t, b, n, f = place
    block = tables[t].blocks[b]
    lines = list(block.every())
    figures = list(lines[n].figures)
    figures[f] += fen
    lines[n] = replace(lines[n], figures=tuple(figures))
    return with_block(tables, t, b, block.mapped(lines))


def place_of(tables, no, block, code, column):
    """Find a figure by its names."""
    at = [each.key for each in tables[no - 1].blocks].index(block)
    own = tables[no - 1].blocks[at]
    line = [each.code for each in own.every()].index(code)
    return no - 1, at, line, [each.name for each in own.figures()].index(column)


def with_block(tables, t, b, block):
    """Give the tables with one block in place of another."""
    blocks = tables[t].blocks
    table = replace(tables[t], blocks=(*blocks[:b], block, *blocks[b + 1 :]))
    return (*tables[:t], table, *tables[t + 1 :])
