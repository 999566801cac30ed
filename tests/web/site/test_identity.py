"""Anyone sees that what was granted is free, set aside, paid or carried over, and would see where it is not."""

import csv
import datetime as dt
import io
import re
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import journal, periods
from ledger.db import owner, snapshot, transaction
from ledger.money import parse_yuan
from ledger.sequencer import sequence
from reports.identity import published_identity
from reports.indicators import Figures, ask, figures, state_accounts, summed
from tests.conftest import DAY, make_city
from tests.web.site.conftest import publish
from web.app import create_app


def moves(city, rng):
    """Grant, hold, release, reserve, pay and take back as the numbers say."""
    for kind, fen in rng:
        code = city.grant(100_000 + fen)
        dims = {"fund": "1", "func": "2050201", "agency": "201", "indicator": code}
        if kind == "held":
            city.post("PCHK", city.event("indicator_hold", prepared_by="appl", facts={"amount": fen}, dims=dims))
        elif kind == "reserved":
            city.post("PCHK", city.reservation(code, fen))
        elif kind == "paid":
            city.pay(code, fen)
        elif kind == "reversed":
            paid = city.pay(code, fen)
            with transaction(city.source, city.session("AUDT_IN")) as tx:
                journal.reverse(tx, paid.event_id, key=f"back-{code}", on=DAY, narration="冲销", prepared_by="book")


@pytest.fixture(scope="module")
def shown(source):
    """A city whose indicators of a quarter are public."""
    city = make_city(source)
    city.receive(10_000_000)
    moves(city, [("held", 1_001), ("reserved", 2_002), ("paid", 33_033), ("reversed", 4_004), ("granted", 5)])
    sequence(source, city.treasury_id)
    for number in range(4):
        with transaction(source, city.session("CLOS")) as tx:
            periods.close_for_good(tx, "I2024", number, "结账")
    publish(city, "I2024")
    return city


@pytest.fixture(scope="module")
def client(shown):
    return create_app(shown.source).test_client()


@pytest.fixture(scope="module")
def here(shown):
    return f"/identity/T{shown.treasury_id:06d}/I2024/"


def test_the_public_figures_are_those_of_the_journal_and_leave_nothing_over(shown):
    with shown.source.engine("public").connect() as public:
        found = published_identity(public, shown.treasury_id, "I2024", "indicator_2023")
        mine = published_identity(public, shown.treasury_id, "I2024", "indicator_2023", "201")
    with snapshot(shown.source) as books:
        asked = ask(books, set_code="I2024", treasury=shown.treasury_id, on=dt.date(2024, 3, 31), known=None)
        journals = figures(books, asked, "indicator", state_accounts(books, asked.account_set.chart))
    assert summed(found, found) == summed(journals, journals)
    assert {code: each for code, each in mine.items() if code in journals} == {code: journals[code] for code in mine}
    assert [each.residual for each in (*found.values(), *mine.values())] == [0] * (len(found) + len(mine))
    assert (found["201"].held, found["201"].reserved, found["201"].executed) == (1_001, 2_002 + 4_004, 33_033)


@pytest.mark.parametrize("language", ["", "/en"])
def test_a_citizen_goes_from_the_budgets_to_the_identity_to_an_agency_to_the_postings(client, here, language):
    text = client.get(f"{language}/budgets/").get_data(as_text=True)
    assert f'href="{language}{here}"' in text
    text = client.get(f"{language}{here}").get_data(as_text=True)
    assert "330.33" in text
    assert f'href="{language}{here}201/"' in text
    text = client.get(f"{language}{here}201/").get_data(as_text=True)
    door = text.split(f'href="{language}/account/')[1].split('"')[0]
    assert client.get(f"{language}/account/{door}").status_code == 200


@pytest.mark.parametrize("below", ["", "201/"])
def test_every_column_has_its_head_and_what_is_nil_throughout_is_named_instead(client, here, below):
    text = client.get(f"/en{here}{below}").get_data(as_text=True)
    heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', text)
    for row in re.findall(r"<tr><th scope=.row.>.*?</tr>", text, re.DOTALL):
        assert re.findall(r'data-label="(.*?)"', row) == heads
    assert heads[0] == "Difference"
    assert {"Free", "Held", "Reserved", "Paid"} <= set(heads)
    note = text.split("left out: ")[1].split("<")[0]
    assert set(note.split(", ")) & set(heads) == set()
    assert {"From the year before", "Recovered", "To the next year"} <= set(note.split(", "))


def test_an_indicator_is_named_by_what_it_was_granted_for(client, here):
    text = client.get(f"{here}201/").get_data(as_text=True)
    assert re.search(r'<th scope="row">学前教育 <span class="note code">', text)


def test_the_file_adds_up_to_the_page(client, here):
    text = client.get(f"{here.rstrip('/')}.csv").get_data().decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    at = next(n for n, row in enumerate(table) if "residual" in row or "差额" in row)
    names = table[at]
    rows = [dict(zip(names, row, strict=False)) for row in table[at + 1 :] if len(row) == len(names)]
    paid, left = ("executed", "residual") if "residual" in names else ("已支付", "差额")
    sums = {name: sum(parse_yuan(row[name]) for row in rows if row[name]) for name in (paid, left)}
    assert sums == {paid: 33_033, left: 0}


@pytest.mark.parametrize("path", ["/identity/T000000/I2024/", "{here}999/", "/identity/x/I2024/"])
def test_what_is_not_published_leads_nowhere(client, here, path):
    assert client.get(path.format(here=here)).status_code == 404


def test_a_set_of_another_role_has_no_identity(client, here):
    assert client.get(here.replace("I2024", "B2024")).status_code == 404


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["held", "reserved", "paid", "reversed", "granted"]), st.integers(1, 99_999)),
                min_size=1, max_size=5))  # fmt: skip
def test_whatever_is_done_nothing_is_left_over(source, done):
    city = make_city(source)
    city.receive(10_000_000)
    moves(city, done)
    with owner(source) as books:
        asked = ask(books, set_code="I2024", treasury=city.treasury_id, on=None, known=None)
        found = figures(books, asked, "indicator", state_accounts(books, asked.account_set.chart))
    assert {name: each.residual for name, each in found.items() if each.residual} == {}
    whole = summed(found, found)
    assert whole.executed == sum(fen for kind, fen in done if kind == "paid")
    assert all(isinstance(getattr(whole, each.name), int) for each in fields(Figures))
