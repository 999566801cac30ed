"""The demo's next year: paid and explained month by month, every identity true, public as far as it is closed."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from importers.demo.claims import occasions
from importers.demo.execution import execute_demo, publish_execution, told, write_execution
from importers.demo.founding import TREASURY_ID
from ledger import access, journal
from ledger.budget_errors import BeyondAuthority
from ledger.compilation.approval import grants
from ledger.compilation.authority import approved_moves, moves
from ledger.compilation.performance import pace
from ledger.db import snapshot, transaction
from ledger.execution.claim_register import claims
from ledger.money import Fen, parse_yuan
from reports.identity import published_identity
from reports.pace import published_months
from reports.results import published_results
from web.site.figures import treasuries

YEAR = 2025
PILOTS = ["109", "303", "303001"]
AMOUNT = {"109": 1_520_385_070, "303": 1_893_973_800, "303001": 1_305_561_584}
MOVED = 12_800_000


@pytest.fixture
def books(demo):
    with snapshot(demo) as connection:
        yield connection


@pytest.fixture
def public(demo):
    with demo.engine("public").connect() as connection:
        yield connection


def rows(books, text):
    return [tuple(row) for row in books.exec_driver_sql(text, {"treasury": TREASURY_ID, "pilots": PILOTS})]


def acting(source, duty, act):
    """Do something under a duty, as the one person who holds it."""
    session = access.open_session(source, TREASURY_ID, duty.lower(), duty)
    try:
        with transaction(source, session) as tx:
            return act(tx)
    finally:
        access.close_session(source, session)


def test_months_are_public_and_the_three_off_pace_say_why(public):
    found = published_months(public, TREASURY_ID, YEAR, PILOTS)
    assert [(each.agency, each.ends_on.month) for each in found] == [(a, m) for a in PILOTS for m in range(1, 12)]
    assert [(each.agency, each.ends_on.month) for each in found if each.off] == [("303", 5), ("303", 6), ("303", 7)]
    assert all((each.reason is not None) == each.off for each in found)
    assert all("演示" in text for each in found if each.off for text in (each.reason, each.remedy))
    last = {each.agency: each for each in found}
    assert all(each.executed_fen > each.adjusted_fen * 8 // 10 for each in last.values())
    assert {agency: each.adjusted_fen for agency, each in last.items()} == {
        **AMOUNT, "303": AMOUNT["303"] - MOVED, "303001": AMOUNT["303001"] + MOVED,
    }  # fmt: skip


def test_what_is_public_is_what_the_desk_sees(public, demo):
    shown = published_months(public, TREASURY_ID, YEAR, ["303"])
    inside = acting(demo, "COMP", lambda tx: pace(tx.connection, TREASURY_ID, YEAR, "303", dt.date(YEAR, 11, 30)))
    assert [(each.executed_fen, each.off) for each in shown] == [(each.executed_fen, each.off) for each in inside]


def test_the_identity_leaves_nothing_over_by_agency_and_by_indicator(public):
    found = published_identity(public, TREASURY_ID, "I2025", "indicator_2023")
    by_indicator = [published_identity(public, TREASURY_ID, "I2025", "indicator_2023", agency) for agency in found]
    assert [each.residual for part in (found, *by_indicator) for each in part.values() if each.residual] == []
    assert (found["109"].reserved, found["109"].held, found["303"].held) == (43_920_000, 0, 12_800_000)
    assert (found["303"].transferred, found["303001"].transferred) == (-MOVED, MOVED)
    carried = [each for agency, each in found.items() if agency and agency not in PILOTS]
    assert len(carried) == 15
    assert all(each.executed > each.granted * 85 // 100 for each in carried)


def test_every_event_of_the_file_is_posted_once(demo):
    def counted(books):
        (found,) = rows(
            books,
            "select (select count(*) from ledger.event where treasury_id = %(treasury)s),"
            " (select count(*) from ledger.pace_reason), (select count(*) from ledger.performance_result),"
            " (select count(*) from ledger.publication)",
        )
        return found

    with snapshot(demo) as books:
        before = counted(books)
        written = [event for batch in write_execution(demo, TREASURY_ID).batches.values() for event in batch]
        posted = rows(
            books, "select kind, key from ledger.event where treasury_id = %(treasury)s and key like '2025-%%'"
        )
    assert {(event.kind, event.key) for event in written} <= set(posted)
    execute_demo(demo, TREASURY_ID)
    publish_execution(demo, TREASURY_ID)
    with snapshot(demo) as books:
        assert counted(books) == before


def test_every_claim_is_paid_to_the_fen(demo):
    found = list(reversed(acting(demo, "PCHK", lambda tx: claims(tx.connection, TREASURY_ID))))
    assert [(each.claim, each.stands, each.paid_fen) for each in found[:3]] == [
        ("BX2025-00001", "paid", 301_600),
        ("BX2025-00002", "paid", 2_517_340),
        ("BX2025-00003", "paid", 142_000),
    ]
    assert {each.stands for each in found} == {"paid"}
    assert [each.paid_on for each in found] == [row["paid"][1] for row in occasions()]


def test_what_occasions_cost_is_what_claims_come_to_and_most_of_the_budget_for_them(demo, books):
    paid = rows(
        books,
        "select p.agency, p.dept_econ, sum(p.amount_fen)::bigint from ledger.posting p"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account_key k on (k.chart, k.code) = (s.chart, p.account) and k.key = 'EXECUTED_PAYMENT'"
        " where p.treasury_id = %(treasury)s and s.code = 'I2025' and p.side = 'D'"
        "   and p.dept_econ in (select dept_econ from ledger.claim_kind)"
        "   and p.agency = any (%(pilots)s) group by 1, 2",
    )
    claimed = Counter()
    for each in acting(demo, "PCHK", lambda tx: claims(tx.connection, TREASURY_ID)):
        claimed[each.agency, each.dept_econ] += each.spent_fen
    assert {(agency, econ): fen for agency, econ, fen in paid} == claimed
    granted = {(each.agency, each.dept_econ): each.fen for each in grants(books, TREASURY_ID, YEAR)}
    shares = {at: fen * 100 // granted[at] for at, fen in claimed.items() if at in granted}
    assert len(shares) == 5
    assert all(60 <= share <= 90 for share in shares.values()), shares


def test_one_reallocation_stays_within_the_limit_and_one_above_it_was_approved(demo):
    def read(tx):
        return moves(tx.connection, TREASURY_ID, YEAR), approved_moves(tx.connection, TREASURY_ID)

    posted, approved = acting(demo, "ISSU", read)
    assert [(each.on, each.fen) for each in reversed(posted)] == [
        (dt.date(YEAR, 4, 2), 2_600_000),
        (dt.date(YEAR, 7, 18), MOVED),
    ]
    assert [(each.key, each.amount_fen, each.used_on) for each in approved if each.used_on] == [
        (posted[0].key, MOVED, dt.date(YEAR, 7, 18))
    ]
    assert parse_yuan(told()["limit"]["other_func"]) < MOVED


def test_between_agencies_a_fen_above_the_limit_is_refused_and_the_limit_itself_is_not(demo):
    written = write_execution(demo, TREASURY_ID)
    moved = written.of("issue")[-1]
    giver = next(each.dims for each in written.of("reserve") if each.dims["agency"] == "302")
    most = parse_yuan(told()["limit"]["other_func"])
    parties = {
        "from": {name: code for name, code in giver.items() if name in moved.parties["to"]},
        "to": moved.parties["to"],
    }
    event = replace(moved, key="2025-more", on=dt.date(YEAR, 12, 22), parties=parties, facts={"amount": most})
    session = access.open_session(demo, TREASURY_ID, "issu", "ISSU")
    assert len(journal.preview(demo, session, [event]).posted) == 1
    with pytest.raises(BeyondAuthority):
        journal.preview(demo, session, [replace(event, facts={"amount": Fen(most + 1)})])
    access.close_session(demo, session)


def test_only_confirmed_results_are_public(public):
    found = published_results(public, TREASURY_ID, YEAR, PILOTS)
    assert {each.package: each.score_tenths for each in found if each.results} == {
        "2025-109-PT-2": 900,
        "2025-303-HM-1": 908,
    }
    assert len(found) == 6


def test_closed_are_the_months_until_november_of_those_whose_budget_it_is(books):
    found = rows(
        books,
        "select s.code, max(p.period_no) filter (where p.state = 'closed') from ledger.period p"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        " where p.treasury_id = %(treasury)s and s.fiscal_year = 2025 group by 1",
    )
    closed = {code: number for code, number in found if number is not None}
    assert closed == dict.fromkeys(["I2025", "A109-2025", "A303-2025", "A303001-2025"], 11)


def test_the_books_of_every_unit_took_what_the_treasury_paid(books):
    found = rows(
        books,
        "select s.role, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint"
        "  from ledger.posting p join ledger.account_set s using (treasury_id, account_set_id)"
        "  join ledger.account_key k on (k.chart, k.code) = (s.chart, p.account)"
        " where p.treasury_id = %(treasury)s and s.fiscal_year = 2025 and p.effective_on > '2025-01-02'"
        "   and k.key in ('EXECUTED_PAYMENT', 'BUDGET_FISCAL_APPROPRIATION') and k.dim = '' group by 1",
    )
    sums = dict(found)
    assert sums["indicator"] == -sums["agency"] > 0


def test_what_is_invented_says_so():
    given = told()
    documents = [given["limit"]["document"], *(r["document"] for r in given["reallocation"])]
    documents += [r["approved"] for r in given["reallocation"] if "approved" in r]
    names = [row["payee"] for part in ("basic", "project") for row in given[part]] + [given["withheld"]["payee"]]
    said = [row[name] for row in given["reason"] for name in ("reason", "remedy")]
    said += [row["opinion"] for row in given["result"] if "opinion" in row]
    said += [answer[2] for row in given["result"] for answer in row["answers"] if answer[2:]]
    said += [row["narration"] for part in ("hold", "release") for row in given[part]]
    assert [text for text in (*documents, *names, *said) if "演示" not in text] == []


def test_no_class_is_planned_beyond_its_year():
    assert all(len(row["twelfths"]) == 12 and sum(row["twelfths"]) <= 12 for row in told()["basic"])
    assert sum(told()["carried"]["hundredths"]) <= 100


def test_the_four_figures_of_the_first_page_are_still_of_one_year(demo):
    (city,) = treasuries(demo)
    assert {each.name: each.of.fiscal_year for each in city.headlines} == dict.fromkeys(
        ("budget", "spent", "received", "cash"), YEAR - 1
    )
    assert max(each.fiscal_year for each in city.sets) == YEAR
