"""A fee is a row of versions with documents: one person records, another publishes, nothing is rewritten."""

import datetime as dt
from dataclasses import replace

import pytest

from ledger import access
from ledger.db import owner, snapshot, transaction
from ledger.disclosure.fees import (
    Basis,
    FeeVersion,
    Recorded,
    awaiting_fees,
    fee_versions,
    publish_fees,
    record_fees,
)
from ledger.errors import LedgerError
from ledger.install import PersonPlan, create_office, create_person

PASSPORT = FeeVersion(
    item="101.02.07",
    name_zh="因私普通护照",
    name_en="Ordinary passport",
    life_event="travel",
    department="公安",
    standard_kind="fixed",
    unit="元/本",
    payer="公民",
    fund_mode="treasury",
    valid_from=dt.date(2000, 4, 1),
    document_no="计价格〔2000〕293号",
    basis=(Basis("计价格〔2000〕293号"), Basis("《护照法》", article="第一条", issued_on=dt.date(2006, 4, 29))),
    collectors=("201", "202"),
    confidence="B",
    source="made up for the tests",
    min_fen=20_000,
    max_fen=20_000,
    also_called=("护照", "出国护照"),
    revenue="103040103",
)
CHEAPER = replace(
    PASSPORT, valid_from=dt.date(2013, 9, 1), min_fen=16_050, max_fen=16_050, document_no="发改价格〔2013〕1494号"
)
STOPPED = replace(
    CHEAPER, valid_from=dt.date(2022, 1, 5), status="suspended", document_no="财税〔2022〕9号", collectors=("201",)
)


def record(city, *versions):
    with transaction(city.source, city.session("REVW")) as tx:
        return record_fees(tx, versions)


def publish(city, *versions, session=None):
    with transaction(city.source, session or city.session("PUBL")) as tx:
        return publish_fees(tx, versions)


def public(city, view, item=PASSPORT.item):
    with city.source.engine("public").connect() as connection:
        return (
            connection.exec_driver_sql(
                f"select * from published.{view} where treasury_id = %s and item = %s", (city.treasury_id, item)
            )
            .mappings()
            .all()
        )


def refused(work, *given, **more):
    with pytest.raises(LedgerError) as refusal:
        work(*given, **more)
    return refusal.value.code


@pytest.fixture
def history(city):
    return publish(city, *record(city, PASSPORT, CHEAPER, STOPPED)) and public(city, "fee_history")


def test_versions_are_numbered_by_item_in_their_order(city):
    other = replace(PASSPORT, item="101.02.08")
    assert record(city, PASSPORT, other, CHEAPER) == [
        Recorded("101.02.07", 1), Recorded("101.02.08", 1), Recorded("101.02.07", 2),
    ]  # fmt: skip
    assert record(city, STOPPED) == [Recorded("101.02.07", 3)]


def test_what_was_recorded_is_read_back_whole(city):
    record(city, PASSPORT, CHEAPER)
    with snapshot(city.source, city.session("REVW")) as connection:
        assert fee_versions(connection, city.treasury_id) == {PASSPORT.item: [PASSPORT, CHEAPER]}


def test_another_treasury_does_not_see_it(city, source):
    from tests.conftest import make_city

    neighbour = make_city(source)
    record(city, PASSPORT)
    with snapshot(source, neighbour.session("REVW")) as connection:
        assert fee_versions(connection, city.treasury_id) == {}
    assert record(neighbour, CHEAPER) == [Recorded(CHEAPER.item, 1)]


@pytest.mark.parametrize("duty", ["PUBL", "BILL", "COMP", "BOOK", "OVER"])
def test_only_the_reviewer_records(city, duty):
    def attempt():
        with transaction(city.source, city.session(duty)) as tx:
            record_fees(tx, [PASSPORT])

    assert refused(attempt) == "not-permitted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"collectors": ("999",)}, "unknown-code"),
        ({"collectors": ()}, "fee-collector-missing"),
        ({"basis": ()}, "fee-basis-missing"),
        ({"basis": (Basis(" "),)}, "fee-basis-missing"),
        ({"document_no": ""}, "fee-basis-missing"),
        ({"min_fen": -1, "max_fen": -1}, "invalid-amount"),
        ({"min_fen": 100}, "fee-standard-incomplete"),
        ({"min_fen": None, "max_fen": None}, "fee-standard-incomplete"),
        ({"standard_kind": "range"}, "fee-standard-incomplete"),
        ({"standard_kind": "formula"}, "fee-standard-incomplete"),
        ({"standard_kind": "rate", "standard": " "}, "fee-standard-incomplete"),
        ({"standard_kind": "free"}, "unknown-code"),
        ({"unit": " "}, "fee-standard-incomplete"),
        ({"life_event": "hunting"}, "unknown-code"),
        ({"revenue": "999"}, "unknown-code"),
        ({"fund_mode": "pocket"}, "unknown-code"),
        ({"status": "forgotten"}, "unknown-code"),
        ({"valid_to": dt.date(2000, 3, 31)}, "fee-version-backwards"),
        ({"item": "护照"}, "invalid-text"),
        ({"name_zh": ""}, "invalid-text"),
        ({"payer": "公民\n和外国人"}, "invalid-text"),
    ],
)
def test_an_incomplete_version_is_refused_with_all_beside_it(city, change, code):
    other = replace(PASSPORT, item="101.02.99")
    assert refused(record, city, other, replace(PASSPORT, **change)) == code
    with snapshot(city.source, city.session("REVW")) as connection:
        assert fee_versions(connection, city.treasury_id) == {}


@pytest.mark.parametrize("day", [dt.date(2000, 4, 1), dt.date(1999, 12, 31)])
def test_a_version_begins_after_the_one_before_it(city, day):
    record(city, PASSPORT)
    assert refused(record, city, replace(CHEAPER, valid_from=day)) == "fee-version-backwards"
    assert (
        refused(record, city, replace(PASSPORT, item="7"), replace(CHEAPER, item="7", valid_from=day))
        == "fee-version-backwards"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"standard_kind": "range", "min_fen": 16_000, "max_fen": 20_000},
        {
            "standard_kind": "formula",
            "standard": "每平方米 0.5 元，不足一平方米按一平方米计",
            "min_fen": None,
            "max_fen": None,
        },
        {"standard_kind": "rate", "standard": "成交额的 0.04%", "min_fen": None, "max_fen": 5_000_000},
        {"min_fen": 0, "max_fen": 0},
    ],
)
def test_a_standard_is_an_amount_a_range_or_a_rule(city, change):
    assert record(city, replace(PASSPORT, **change))


def test_nothing_is_seen_before_it_is_published(city):
    record(city, PASSPORT)
    assert public(city, "fee") == public(city, "fee_history") == []
    with snapshot(city.source, city.session("PUBL")) as connection:
        assert awaiting_fees(connection, city.treasury_id) == [Recorded(PASSPORT.item, 1)]


def test_the_history_says_what_changed_and_by_which_document(history):
    assert [(row["version"], row["document_no"], row["changed"], row["until_on"]) for row in history] == [
        (1, "计价格〔2000〕293号", None, dt.date(2013, 9, 1)),
        (2, "发改价格〔2013〕1494号", ["standard"], dt.date(2022, 1, 5)),
        (3, "财税〔2022〕9号", ["status", "collectors"], None),
    ]


def test_a_published_version_names_its_basis_and_who_may_charge_it(history):
    first = history[0]
    assert first["basis"][1] == {
        "document_no": "《护照法》", "title": "", "article": "第一条", "issuer": "", "issued_on": "2006-04-29",
    }  # fmt: skip
    assert [(each["agency"], each["name_zh"]) for each in first["collectors"]] == [
        ("201", "教育局"),
        ("202", "第一中学"),
    ]
    assert (first["life_event_zh"], first["revenue_zh"], first["min_fen"]) == ("出国出境", "公民出入境证件费", 20_000)


@pytest.mark.usefixtures("history")
def test_the_catalogue_shows_the_version_of_today(city):
    (row,) = public(city, "fee")
    assert (row["version"], row["state"], row["versions"]) == (3, "suspended", 3)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "in_force"),
        ({"valid_to": dt.date(2001, 4, 1)}, "expired"),
        ({"valid_from": dt.date(2100, 1, 1)}, "not_yet"),
        ({"status": "cancelled"}, "cancelled"),
    ],
)
def test_a_fee_says_whether_it_is_charged(city, change, state):
    publish(city, *record(city, replace(PASSPORT, **change)))
    assert [row["state"] for row in public(city, "fee")] == [state]


def test_a_version_to_come_does_not_hide_the_one_of_today(city):
    publish(city, *record(city, PASSPORT, replace(CHEAPER, valid_from=dt.date(2100, 1, 1))))
    (row,) = public(city, "fee")
    assert (row["version"], row["state"], row["until_on"]) == (1, "in_force", dt.date(2100, 1, 1))


def test_a_history_is_published_from_its_beginning(city):
    first, second = record(city, PASSPORT, CHEAPER)
    assert refused(publish, city, second) == "published-out-of-order"
    assert publish(city, first) == 1
    assert publish(city, second) == 1


def test_a_version_is_published_once(city):
    (first,) = record(city, PASSPORT)
    publish(city, first)
    assert refused(publish, city, first) == "already-published"


def test_what_is_not_there_is_not_published(city):
    assert refused(publish, city, Recorded("101.02.07", 1)) == "unknown-record"


@pytest.mark.parametrize("duty", ["REVW", "OVER"])
def test_only_the_publisher_publishes(city, duty):
    (first,) = record(city, PASSPORT)
    assert refused(publish, city, first, session=city.session(duty)) == "not-permitted"


def both(city, agencies=None):
    """Somebody who may record and publish."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.both", "101", "both", "both")
        plan = PersonPlan("both", "both", "101.both", ("REVW", "PUBL"), agencies)
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字3号")
    return {duty: access.open_session(city.source, city.treasury_id, "both", duty) for duty in ("REVW", "PUBL")}


def test_who_recorded_a_version_may_not_publish_it(city):
    sessions = both(city)
    with transaction(city.source, sessions["REVW"]) as tx:
        recorded = record_fees(tx, [PASSPORT])
    assert refused(publish, city, *recorded, session=sessions["PUBL"]) == "recorder-publishes"
    assert publish(city, *recorded) == 1


def test_an_appointment_for_one_agency_reaches_no_other(city):
    sessions = both(city, ("202",))

    def attempt():
        with transaction(city.source, sessions["REVW"]) as tx:
            record_fees(tx, [PASSPORT])

    assert refused(attempt) == "foreign-agency"
    assert refused(publish, city, *record(city, PASSPORT), session=sessions["PUBL"]) == "foreign-agency"
