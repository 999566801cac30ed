"""The master data and the templates fit each other: read from their files, without a database."""

import csv
import tomllib
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

LEDGER = Path(__file__).parents[2] / "ledger"


def rows(name: str) -> list[dict[str, str]]:
    with (LEDGER / "master" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CHARTS = {r["chart"]: r for r in rows("chart")}
ACCOUNTS = {(r["chart"], r["code"]): r for r in rows("account")}
CLASSES = {(r["scheme"], r["code"]): r for r in rows("class_code")}
DUTIES = {r["duty"]: r for r in rows("duty")}
MEANINGS: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
for _row in rows("account_key"):
    MEANINGS[_row["chart"], _row["key"]].append(_row)
TEMPLATES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((LEDGER / "templates").glob("*.toml"))
}

DIMENSIONS = {
    *("agency", "func", "gov_econ", "dept_econ", "revenue", "fund"),
    *("project", "indicator", "contract", "counterparty", "pay_mode"),
}
BOOKS = {
    "general_budget_2023": {"financial", "budgetary"},
    "general_budget_2015": {"general"},
    "indicator_2023": {"indicator"},
    "unit_2019": {"financial", "budgetary"},
    "village_2004": {"general"},
    "imported": {"general"},
}
ROLES = {
    "bureau": {"general_budget_2023", "general_budget_2015"},
    "payment_agency": {"general_budget_2015"},
    "indicator": {"indicator_2023"},
    "agency": {"unit_2019"},
    "village": {"village_2004"},
    "import": {"imported"},
}
LINES_BY_CODE = {"opening", "yearly_totals", "year_end_close", "manual", "reversal"}


def lines(template: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every line of a template with its voucher block."""
    return [(v, line) for v in template.get("voucher", ()) for line in v["line"]]


def sides(template: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Every (chart, key, party) that a template posts to."""
    return [
        (v["system"], line[side], line.get(f"{side}_of", v.get("of", "")))
        for v, line in lines(template)
        for side in ("debit", "credit")
    ]


# Master data


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("chart", ("chart",)),
        ("account", ("chart", "code")),
        ("account_key", ("chart", "key", "dim", "value", "valid_from")),
        ("class_code", ("scheme", "code")),
        ("econ_map", ("agency_kind", "dept_econ")),
        ("close_rule", ("chart", "step", "from_code", "dim", "dim_value")),
        ("duty", ("duty",)),
        ("duty_pair", ("duty_a", "duty_b")),
    ],
)
def test_a_key_stands_once_and_every_row_is_complete(name: str, key: tuple[str, ...]):
    data = rows(name)
    assert data
    twice = [k for k, n in Counter(tuple(r[c] for c in key) for r in data).items() if n > 1]
    assert not twice
    for row in data:
        assert None not in row, f"too many fields: {row}"
        assert None not in row.values(), f"too few fields: {row}"
        for column in {"confidence", "source", "basis", "name_zh", "name_en"} & row.keys():
            assert row[column].strip(), (column, row)


@pytest.mark.parametrize("name", ["chart", "account", "account_key", "class_code", "econ_map"])
def test_days_parse_and_end_after_they_begin(name: str):
    for row in rows(name):
        first, until = row["valid_from"], row["valid_to"] or "9999-12-31"
        assert date.fromisoformat(first) < date.fromisoformat(until), row


def test_an_account_is_valid_no_longer_than_its_chart():
    for account in [*ACCOUNTS.values(), *(m for ms in MEANINGS.values() for m in ms)]:
        chart = CHARTS[account["chart"]]
        assert account["valid_from"] >= chart["valid_from"], account
        assert not chart["valid_to"] or "" < account["valid_to"] <= chart["valid_to"], account


def test_a_parent_comes_first_and_is_not_posted_to():
    seen: set[tuple[str, str]] = set()
    parents = {(r["chart"], r["parent"]) for r in ACCOUNTS.values() if r["parent"]}
    for key, account in ACCOUNTS.items():
        if account["parent"]:
            parent = account["chart"], account["parent"]
            assert parent in seen, f"{key} stands before its parent"
            assert ACCOUNTS[parent]["book"] == account["book"], key
        assert account["postable"] == ("0" if key in parents else "1"), key
        if key in parents:
            assert not account["needs"] + account["takes"] + account["limit_by"], key
        seen.add(key)


def test_accounts_use_the_words_of_the_house():
    for key, a in ACCOUNTS.items():
        assert a["book"] in BOOKS[a["chart"]], key
        assert a["normal_side"] in {"D", "C"}, key
        needs, takes = a["needs"].split(), a["takes"].split()
        assert {*needs, *takes} <= DIMENSIONS, key
        assert len({*needs, *takes}) == len(needs) + len(takes), f"{key} names a dimension twice"
        if a["element"].startswith("budget_"):
            assert a["book"] == "budgetary", key


def test_a_limit_is_by_a_dimension_that_its_account_needs():
    for key, a in ACCOUNTS.items():
        if a["limit_by"]:
            assert a["normal_side"] == "D", key
            assert a["limit_by"] == "set" or a["limit_by"] in a["needs"].split(), key


def test_what_may_not_run_dry():
    limited = {(c, code): a["limit_by"] for (c, code), a in ACCOUNTS.items() if a["limit_by"]}
    by_fund = {
        *(("general_budget_2023", c) for c in ("1001", "100201", "100202", "100203")),
        *(("general_budget_2015", c) for c in ("1001", "100401", "100402", "100403")),
    }
    by_indicator = {
        ("indicator_2023", code)
        for chart, code in ACCOUNTS
        if chart == "indicator_2023" and code[:2] in {"Z2", "Z3", "Z4", "Z5"}
    }
    assert len(by_indicator) == 10
    assert limited == {
        **dict.fromkeys(by_fund, "fund"),
        **dict.fromkeys(by_indicator, "indicator"),
        ("unit_2019", "1011"): "set",
    }


def test_every_class_code_has_its_parent_before_it():
    seen: set[tuple[str, str]] = set()
    for (scheme, code), row in CLASSES.items():
        if row["parent"]:
            assert (scheme, row["parent"]) in seen, (scheme, code)
            assert code.startswith(row["parent"]), (scheme, code)
        elif scheme in {"func", "gov_econ", "dept_econ", "revenue"}:
            assert len(code) == 3, (scheme, code)
        seen.add((scheme, code))
    assert {scheme for scheme, _ in CLASSES} == {*("func", "gov_econ", "dept_econ", "revenue", "fund", "pay_mode")}


def test_a_department_class_maps_to_one_government_class_for_each_kind_of_agency():
    for row in rows("econ_map"):
        assert ("dept_econ", row["dept_econ"]) in CLASSES, row
        assert ("gov_econ", row["gov_econ"]) in CLASSES, row
        if row["agency_kind"] == "organ" and row["dept_econ"][:3] in {"301", "302"}:
            assert row["gov_econ"][:3] != "505", row


def test_every_duty_has_its_login():
    logins = {"compile", "execute", "collect", "bill", "oversee"}
    logins |= {"audit", "publish", "administer", "intake"}
    assert {d["login"] for d in DUTIES.values()} == logins
    assert len(DUTIES) == 35


def test_forbidden_pairs_name_two_duties_and_a_scope():
    pairs = rows("duty_pair")
    assert len(pairs) == 65
    for pair in pairs:
        assert {pair["duty_a"], pair["duty_b"]} <= DUTIES.keys(), pair
        assert pair["duty_a"] != pair["duty_b"], pair
        assert set(pair["scope"].split()) <= {"person", "office", "unit"}, pair
        assert "person" in pair["scope"].split(), pair
    assert len({frozenset((p["duty_a"], p["duty_b"])) for p in pairs}) == len(pairs)


# Keys


def test_a_key_leads_to_an_account_that_may_be_posted_to():
    for (chart, key), meanings in MEANINGS.items():
        for m in meanings:
            assert ACCOUNTS[chart, m["code"]]["postable"] == "1", m
            assert bool(m["dim"]) == bool(m["value"]), m
            if m["dim"] == "agency_kind":
                assert m["value"] in {"organ", "institution"}, m
            elif m["dim"]:
                assert (m["dim"], m["value"]) in CLASSES, m
        assert len({m["dim"] for m in meanings if m["dim"]}) <= 1, f"{key} depends on two dimensions"
        assert len({ACCOUNTS[chart, m["code"]]["book"] for m in meanings}) == 1, f"{key} in two books"


def test_the_keys_are_those_that_templates_use():
    """So every key resolves in the chart of every block that names it, and none is left over."""
    used = {(chart, key) for t in TEMPLATES.values() for chart, key, _ in sides(t)}
    assert used == MEANINGS.keys()


# Templates

HEADER = {
    *("event", "title_zh", "title_en", "source", "confidence", "in_force_from", "in_force_to"),
    *("prepared_under", "posted_under", "red", "facts", "domain", "voucher"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_written_in_the_words_of_the_contract(name: str):
    t = TEMPLATES[name]
    assert t.keys() <= HEADER
    assert HEADER - {"in_force_to", "voucher"} <= t.keys()
    assert name in {t["event"], f"{t['event']}_2015"}
    assert t["confidence"] in {"S", "K", "P", "U"}
    assert type(t["in_force_from"]) is date
    assert t["in_force_from"] < t.get("in_force_to", date.max)
    assert all(t[k].strip() for k in ("title_zh", "title_en", "source"))
    assert t["domain"]
    assert ("voucher" not in t) == (t["event"] in LINES_BY_CODE)
    for v in t.get("voucher", ()):
        assert v.keys() <= {"set", "system", "of", "optional", "line"}
        assert v["system"] in ROLES[v["set"]]
        assert v["line"]
    for _, line in lines(t):
        assert line.keys() <= {"debit", "credit", "fact", "debit_of", "credit_of"}
    assert {line["fact"] for _, line in lines(t)} == set(t["facts"])


def test_one_template_of_a_kind_is_in_force_on_a_day():
    by_event = defaultdict(list)
    for t in TEMPLATES.values():
        by_event[t["event"]].append((t["in_force_from"], t.get("in_force_to", date.max)))
    for event, spans in by_event.items():
        ordered = sorted(spans)
        for (_, until), (first, _) in pairwise(ordered):
            assert until <= first, event


def test_alternative_blocks_of_a_set_are_for_different_charts():
    for name, t in TEMPLATES.items():
        blocks = [(v["set"], v.get("of", ""), v["system"]) for v in t.get("voucher", ())]
        assert len(blocks) == len(set(blocks)), name
        bureau = {v["system"] for v in t.get("voucher", ()) if v["set"] == "bureau"}
        if bureau and name != "treasury_payment_2015":
            assert bureau == ROLES["bureau"], f"{name} serves one bureau chart only"


def test_the_two_sides_of_a_line_lie_in_one_book():
    for name, t in TEMPLATES.items():
        for v, line in lines(t):
            of_debit, of_credit = (
                {ACCOUNTS[v["system"], m["code"]]["book"] for m in MEANINGS[v["system"], line[side]]}
                for side in ("debit", "credit")
            )
            assert of_debit == of_credit, f"{name}: {line}"


def test_a_line_does_not_move_an_amount_onto_itself():
    for name, t in TEMPLATES.items():
        for v, line in lines(t):
            of = v.get("of", "")
            debit = line["debit"], line.get("debit_of", of)
            assert debit != (line["credit"], line.get("credit_of", of)), f"{name}: {line}"


def test_the_preparer_does_not_post():
    for name, t in TEMPLATES.items():
        assert {t["posted_under"], *t["prepared_under"]} <= DUTIES.keys(), name
        assert t["prepared_under"], name
        assert t["posted_under"] not in t["prepared_under"], name
        assert DUTIES[t["posted_under"]]["login"] in {"compile", "execute", "collect"}, name


FORBIDDEN = {frozenset((r["duty_a"], r["duty_b"])) for r in rows("duty_pair") if "person" in r["scope"].split()}


def test_money_is_paid_and_books_are_kept_by_pairs_that_may_not_be_one_person():
    for name, t in TEMPLATES.items():
        if t["posted_under"] in {"SIGN", "AUDT_IN", "APPR"}:
            for duty in t["prepared_under"]:
                assert frozenset((duty, t["posted_under"])) in FORBIDDEN, name


OWN_MONEY = {
    *("TREASURY_CASH", "SPECIAL_ACCOUNT_DEPOSIT", "SETTLEMENT_DEPOSIT", "CASH_PLACEMENT"),
    *("UNIT_BANK", "UNIT_CASH", "TRUST_BANK", "UNIT_QUOTA", "VILLAGE_CASH"),
    "ZERO_BALANCE_DEPOSIT",
}
STAYS_IN_THE_CITY = {
    "fund_transfer": "from one fund to another",
    "settlement_special_clearing": "from the settlement account to the special account",
    "special_account_interest_remittance": "from the special account to the treasury",
    "agency_loan_recovery": "from the unit to the treasury",
    "quota_cancellation": "the quota becomes a claim on the treasury",
    "quota_restoration": "the claim becomes a quota again",
}


def test_money_leaves_only_by_signature_or_approved_refund():
    assert STAYS_IN_THE_CITY.keys() <= TEMPLATES.keys()
    for name, t in TEMPLATES.items():
        leaves = not t["red"] and any(
            line["credit"] in OWN_MONEY and line["debit"] not in OWN_MONEY for _, line in lines(t)
        )
        if leaves and name not in STAYS_IN_THE_CITY:
            assert t["posted_under"] in {"SIGN", "RFND"}, f"{name} pays under {t['posted_under']}"


def test_budget_is_raised_only_by_approval_or_issue():
    raised = [(name, t) for name, t in TEMPLATES.items() if any("SOURCE" in line["credit"] for _, line in lines(t))]
    assert {name for name, _ in raised} >= {"budget_approval", "budget_addition"}
    for name, t in raised:
        assert t["posted_under"] in {"APPR", "ISSU"}, name


def test_a_payment_after_2022_executes_a_reserved_indicator():
    for name in ("treasury_payment", "salary_payment", "own_money_repayment"):
        blocks = [v for v in TEMPLATES[name]["voucher"] if v["set"] == "indicator"]
        assert blocks, name
        assert not any(v.get("optional", False) for v in blocks), name


# Coverage of the accounting rules

BY_CLOSE_RULES = {"I15"}
WANTED = {
    *(f"GE{n}" for n in range(1, 23)),
    *(f"U{n}" for n in range(1, 20)),
    *(f"I{n}" for n in range(1, 17)),
    *(f"flow {letter}" for letter in "ABCDEF"),
}


def test_every_rule_is_covered():
    covered = {d for t in TEMPLATES.values() if "voucher" in t for d in t["domain"]}
    assert covered | BY_CLOSE_RULES >= WANTED
    assert not covered & BY_CLOSE_RULES, "the close is in close_rule.csv"
    assert "I15" in TEMPLATES["year_end_close"]["domain"]


# Dimensions

PAYMENT = DIMENSIONS - {"revenue"}
RECEIPT = {"agency", "revenue", "fund", "counterparty"}
WITH_FUNCTION = {
    *("transfer_paid", "remittance_paid", "aid_paid", "bond_onlending", "fund_transfer"),
    *("stabilisation_fund_provision", "dedicated_fund_payment"),
    *("other_level_grant", "service_income", "other_income"),
}
RECEIPTS = {
    *("treasury_receipt", "treasury_receipt_reduction", "unidentified_receipt"),
    *("receipt_identification", "revenue_refund", "revenue_correction", "in_transit_receipt"),
    *("in_transit_arrival", "settlement_receipt", "settlement_clearing", "settlement_refund"),
    *("settlement_special_clearing", "transfer_received", "remittance_received", "aid_received"),
    *("upper_level_receipt", "upper_level_payment", "lower_level_receipt", "lower_level_payment"),
    *("stabilisation_fund_draw", "working_fund_provision", "onlent_bond_receipt"),
    *("cash_placement", "cash_placement_return", "special_account_receipt", "trust_deposit"),
    *("trust_withdrawal", "special_account_interest", "special_account_interest_remittance"),
    *("dividend_declaration", "dividend_receipt", "dedicated_fund_receipt", "fee_collection"),
    *("fee_remittance", "trust_receipt", "trust_payment", "imported_payment", "imported_refund"),
    *("village_receipt", "village_payment", "agency_loan", "agency_loan_recovery"),
    *WITH_FUNCTION,
}
BUDGETING = DIMENSIONS - {"counterparty", "pay_mode"}
NAMES_ITS_SOURCE = {"budget_addition", "budget_reduction", "unused_budget_cancellation"}


assert TEMPLATES.keys() >= RECEIPTS | NAMES_ITS_SOURCE


def may_have(name: str) -> set[str]:
    """The dimensions that an event of this kind can know."""
    if name in RECEIPTS:
        return RECEIPT | ({"func"} if name in WITH_FUNCTION else set())
    if name in NAMES_ITS_SOURCE:
        return BUDGETING
    return PAYMENT


@pytest.mark.parametrize("name", [n for n in TEMPLATES if n not in LINES_BY_CODE])
def test_no_account_needs_what_its_event_cannot_have(name: str):
    own = {(chart, key) for chart, key, of in sides(TEMPLATES[name]) if not of}
    for chart, key in own:  # a party may bring any dimension
        for meaning in MEANINGS[chart, key]:
            needs = set(ACCOUNTS[chart, meaning["code"]]["needs"].split())
            assert needs <= may_have(name), (key, needs - may_have(name))


# The close

RULES = rows("close_rule")


def test_a_close_rule_stays_in_one_book_and_takes_from_accounts_that_are_posted_to():
    for rule in RULES:
        source, target = (ACCOUNTS[rule["chart"], rule[c]] for c in ("from_code", "to_code"))
        assert source["postable"] == target["postable"] == "1", rule
        assert source["book"] == target["book"], rule
        assert rule["dim"] in {"", "fund"}, rule
        assert not rule["dim"] or ("fund", rule["dim_value"]) in CLASSES, rule
        assert int(rule["step"]) >= 1, rule


def test_the_target_of_a_close_needs_nothing_that_its_source_lacks():
    for rule in RULES:
        source, target = (ACCOUNTS[rule["chart"], rule[c]] for c in ("from_code", "to_code"))
        known = {*source["needs"].split(), rule["dim"]}
        if target["needs"]:
            assert set(target["needs"].split()) <= known, rule


def test_every_account_of_the_year_is_closed():
    closed = {(r["chart"], r["from_code"]) for r in RULES}
    of_the_year = {
        key
        for key, a in ACCOUNTS.items()
        if a["postable"] == "1" and a["element"].removeprefix("budget_") in {"revenue", "expense"}
    }
    left_open = {
        ("general_budget_2023", "6051"),  # what is pending is cleared first, or carried forward
        ("general_budget_2023", "7051"),
        ("imported", "5001"),  # one currency, one file: never closed
    }
    assert of_the_year - closed == left_open


def test_an_account_is_closed_in_full_after_its_parts_by_fund():
    by_fund, in_full = defaultdict(list), defaultdict(list)
    for rule in RULES:
        part = by_fund if rule["dim"] else in_full
        part[rule["chart"], rule["from_code"]].append(int(rule["step"]))
    for key, steps in in_full.items():
        assert len(steps) == 1, key
        assert max(by_fund.get(key, [0])) < steps[0], key


def test_what_a_step_fills_is_emptied_later_or_stays():
    stays = {
        *(("general_budget_2023", c) for c in ("3001", "8001", "8002", "8003", "8005", "8007")),
        *(("general_budget_2015", c) for c in ("3001", "3002", "3003", "3005", "3007")),
        *(("unit_2019", c) for c in ("3001", "810107", "810205", "820105", "820204", "8401")),
        ("indicator_2023", "Z901"),  # nil once sources and executed are both in it
        ("village_2004", "321"),
    }
    last = {(r["chart"], r["from_code"]): int(r["step"]) for r in RULES}
    for rule in RULES:
        target = rule["chart"], rule["to_code"]
        if target not in stays:
            assert last[target] > int(rule["step"]), rule


def test_the_indicator_close_leaves_every_account_nil():
    closed = {r["from_code"] for r in RULES if r["chart"] == "indicator_2023"}
    carried_or_cancelled = {
        *("Z201", "Z202", "Z203", "Z204", "Z301", "Z401", "Z402", "Z501", "Z502", "Z503"),
        *("Z601", "Z602"),
    }
    memo = {"Z801", "Z802"}
    every = {code for chart, code in ACCOUNTS if chart == "indicator_2023"}
    assert every == closed | carried_or_cancelled | memo | {"Z901"}
