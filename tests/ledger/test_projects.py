"""A project is recorded by the approver, published by another, and paid only by the published books."""

import datetime as dt
from dataclasses import replace

import pytest

from ledger import access, periods
from ledger.db import owner, transaction
from ledger.disclosure.projects import (
    Amount,
    Document,
    Progress,
    ProjectRecord,
    RecordedProject,
    Stage,
    publish_projects,
    record_project,
)
from ledger.errors import LedgerError
from ledger.install import PersonPlan, create_office, create_person

FIRST, LAST = dt.date(2023, 5, 8), dt.date(2024, 3, 31)
BRIDGE = ProjectRecord(
    project="XM-1",
    name_zh="北河桥",
    name_en="North river bridge",
    owner="201",
    place="北河路",
    sector="道路交通",
    purpose="两岸学校之间的步行通道",
    stages=(Stage("approval", FIRST, "发改〔2023〕8号"), Stage("construction", dt.date(2024, 2, 1), "开工报告")),
    amounts=(
        Amount("estimate", 900_100, FIRST, "发改〔2023〕8号"),
        Amount("budget_estimate", 950_000, dt.date(2023, 9, 1), "发改〔2023〕31号"),
        Amount("plan", 500_000, FIRST, "计划〔2024〕1号", 2024),
        Amount("plan", 400_000, FIRST, "计划〔2024〕1号", 2025),
        Amount("contract", 800_050, dt.date(2024, 1, 9), "合同1号"),
        Amount("variation", -50, dt.date(2024, 3, 1), "变更1号"),
    ),
    documents=(Document("批复", "approval", FIRST, "ab" * 32, 1234),),
    progress=(Progress(dt.date(2024, 2, 29), 1_250),),
)
BARE = replace(BRIDGE, stages=(), amounts=(), documents=(), progress=())


@pytest.fixture
def town(city):
    """The city with a project approver, and one who both approves and publishes."""
    with owner(city.source) as connection:
        for person, duties in (("prap", ("PRAP",)), ("both", ("PRAP", "PUBL"))):
            office = f"101.{person}"
            create_office(connection, city.treasury_id, office, "101", person, person)
            plan = PersonPlan(person, person, office, duties)
            create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字4号")
    return city


def record(city, given, session=None):
    with transaction(city.source, session or city.session("PRAP")) as tx:
        return record_project(tx, given)


def publish(city, *records, session=None):
    with transaction(city.source, session or city.session("PUBL")) as tx:
        return publish_projects(tx, records)


def public(city, view, project="XM-1"):
    with city.source.engine("public").connect() as connection:
        return (
            connection.exec_driver_sql(
                f"select * from published.{view} where treasury_id = %s and project = %s", (city.treasury_id, project)
            )
            .mappings()
            .all()
        )


def refused(work, *given, **more):
    with pytest.raises(LedgerError) as refusal:
        work(*given, **more)
    return refusal.value.code


def close_and_publish(city, code, last=3):
    with transaction(city.source, city.session("CLOS")) as tx:
        for number in range(last + 1):
            periods.close_for_good(tx, code, number, "结账")
    with transaction(city.source, city.session("PUBL")) as tx:
        tx.connection.exec_driver_sql(
            "select ledger.publish(account_set_id, %s) from ledger.account_set where treasury_id = %s and code = %s",
            (LAST, city.treasury_id, code),
        )


def paid(city, *payments, project="XM-1"):
    city.receive(9_000_000)
    indicator = city.grant(900_000)
    for fen, more in payments:
        city.pay(indicator, fen, project=project, **more)


def test_nothing_is_seen_before_it_is_published(town):
    assert record(town, BRIDGE) == RecordedProject("XM-1", 1)
    views = ("project", "project_stage", "project_amount", "project_document", "project_progress", "project_paid")
    assert [public(town, view) for view in views] == [[]] * len(views)


def test_a_published_project_shows_where_it_stands(town):
    publish(town, record(town, BRIDGE))
    (row,) = public(town, "project")
    assert (row["owner_zh"], row["stage"], row["stage_zh"], row["basis_points"]) == (
        "教育局",
        "construction",
        "施工",
        1_250,
    )
    amounts = ("estimate_fen", "budget_estimate_fen", "plan_fen", "contract_fen", "variation_fen", "final_fen")
    assert [row[name] for name in amounts] == [900_100, 950_000, 900_000, 800_050, -50, None]
    assert [(row["sha256"], row["size_bytes"]) for row in public(town, "project_document")] == [("ab" * 32, 1234)]


def test_a_later_record_adds_and_describes_anew(town):
    first = record(town, BRIDGE)
    later = ProjectRecord(
        "XM-1",
        name_zh="北河人行桥",
        amounts=(Amount("plan", 450_000, LAST, "计划〔2024〕9号", 2024), Amount("contract", 1_000, LAST, "合同2号")),
        progress=(Progress(LAST, 4_000),),
    )
    second = record(town, later)
    publish(town, first)
    assert [(row["name_zh"], row["plan_fen"]) for row in public(town, "project")] == [("北河桥", 900_000)]
    publish(town, second)
    (row,) = public(town, "project")
    assert (row["name_zh"], row["place"], row["records"]) == ("北河人行桥", "北河路", 2)
    assert (row["plan_fen"], row["contract_fen"], row["basis_points"]) == (850_000, 801_050, 4_000)


def test_what_is_paid_comes_from_the_published_books(town):
    publish(town, record(town, BRIDGE))
    paid(town, (123_450, {}), (70_010, {}))
    assert [row["paid_fen"] for row in public(town, "project_paid")] == [0]
    close_and_publish(town, "B2024")
    (row,) = public(town, "project_paid")
    assert (row["paid_fen"], row["payments"], row["as_of"]) == (193_460, 2, LAST)
    assert public(town, "project")[0]["paid_fen"] == 193_460
    assert sum(row["amount_fen"] for row in public(town, "project_payment")) == 193_460


def test_money_that_came_back_is_not_paid(town):
    publish(town, record(town, BRIDGE))
    town.receive(9_000_000)
    indicator = town.grant(900_000)
    town.pay(indicator, 123_450, project="XM-1")
    back = town.payment(indicator, 3_450, project="XM-1")
    town.post("SIGN", replace(back, kind="payment_refund", key="back-1"))
    close_and_publish(town, "B2024")
    assert [row["paid_fen"] for row in public(town, "project_paid")] == [120_000]
    assert sorted(row["amount_fen"] for row in public(town, "project_payment")) == [-3_450, 123_450]


def test_other_projects_and_other_treasuries_count_for_nothing(town):
    publish(town, record(town, BRIDGE))
    paid(town, (70_010, {}), project="XM-2")
    close_and_publish(town, "B2024")
    assert [row["paid_fen"] for row in public(town, "project_paid")] == [0]
    assert public(town, "project_payment", "XM-2") == []


def test_a_person_who_was_paid_is_not_named(town):
    publish(town, record(town, BRIDGE))
    paid(town, (70_010, {"gov_econ": "50901", "dept_econ": "30304", "counterparty": "王小明"}), (30_020, {}))
    close_and_publish(town, "B2024")
    named = {(r["amount_fen"], r["counterparty"], r["counterparty_rule"]) for r in public(town, "project_payment")}
    assert named == {(70_010, None, "PERSON"), (30_020, "某某文具店", None)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"owner": "999"}, "unknown-code"),
        ({"owner": None}, "project-not-described"),
        ({"name_zh": None}, "invalid-text"),
        ({"project": "北桥"}, "invalid-text"),
        ({"stages": (Stage("dreaming", FIRST, "文1"),)}, "unknown-code"),
        ({"stages": (Stage("approval", FIRST, " "),)}, "project-record-incomplete"),
        ({"stages": (Stage("approval", FIRST, "文1"), Stage("review", dt.date(2023, 5, 7), "文2"))}, "stage-backwards"),
        ({"amounts": (Amount("paid", 1, FIRST, "文1"),)}, "unknown-code"),
        ({"amounts": (Amount("contract", 0, FIRST, "文1"),)}, "invalid-amount"),
        ({"amounts": (Amount("contract", -1, FIRST, "文1"),)}, "invalid-amount"),
        ({"amounts": (Amount("variation", 0, FIRST, "文1"),)}, "invalid-amount"),
        ({"amounts": (Amount("contract", 1, FIRST, ""),)}, "project-record-incomplete"),
        ({"amounts": (Amount("plan", 1, FIRST, "文1"),)}, "project-record-incomplete"),
        ({"amounts": (Amount("estimate", 1, FIRST, "文1", 2024),)}, "project-record-incomplete"),
        ({"documents": (Document("文", "approval", FIRST, "ab" * 31, 1),)}, "project-record-incomplete"),
        ({"documents": (Document("文", "approval", FIRST, "AB" * 32, 1),)}, "project-record-incomplete"),
        ({"documents": (Document("文", "approval", FIRST, "ab" * 32, 0),)}, "project-record-incomplete"),
        ({"documents": (Document("文", "rumour", FIRST, "ab" * 32, 1),)}, "unknown-code"),
        ({"progress": (Progress(FIRST, 10_001),)}, "project-record-incomplete"),
        ({"progress": (Progress(FIRST, -1),)}, "project-record-incomplete"),
    ],
)
def test_an_incomplete_record_is_refused(town, change, code):
    assert refused(record, town, replace(BARE, **change)) == code


def test_a_stage_of_a_later_record_does_not_begin_before_the_last_one(town):
    record(town, BRIDGE)
    early = ProjectRecord("XM-1", stages=(Stage("acceptance", dt.date(2024, 1, 31), "文3"),))
    assert refused(record, town, early) == "stage-backwards"


@pytest.mark.parametrize("duty", ["PUBL", "APPL", "BOOK", "OVER", "COMP"])
def test_only_the_approver_records(town, duty):
    assert refused(record, town, BRIDGE, town.session(duty)) == "not-permitted"


def test_only_the_publisher_publishes(town):
    assert refused(publish, town, record(town, BRIDGE), session=town.session("PRAP")) == "not-permitted"


def test_who_recorded_a_project_may_not_publish_it(town):
    one, other = (access.open_session(town.source, town.treasury_id, "both", duty) for duty in ("PRAP", "PUBL"))
    recorded = record(town, BRIDGE, one)
    assert refused(publish, town, recorded, session=other) == "recorder-publishes"
    assert publish(town, recorded) == 1


def test_records_are_published_in_their_order_and_once(town):
    first, second = record(town, BRIDGE), record(town, ProjectRecord("XM-1"))
    assert refused(publish, town, second) == "published-out-of-order"
    assert publish(town, first, second) == 2
    assert refused(publish, town, second) == "already-published"
    assert refused(publish, town, RecordedProject("XM-1", 3)) == "unknown-record"
