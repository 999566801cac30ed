"""Fees and projects that were recorded are shown to, and published by, somebody else whose appointment covers them."""

import datetime as dt

from ledger import access
from ledger.db import owner, transaction
from ledger.disclosure.fees import record_fees
from ledger.disclosure.projects import ProjectRecord, record_project
from ledger.install import PersonPlan, create_office, create_person
from tests.conftest import make_city
from tests.ledger.budget_city import act, prepare
from tests.ledger.test_fees import PASSPORT
from tests.web.office.test_inbox import Desks


def test_what_one_recorded_another_publishes(app, source):
    city = make_city(source)
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.both", "101", "both", "both")
        plan = PersonPlan("both", "两职", "101.both", ("REVW", "PUBL"))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字3号")
    desks = Desks(app, city)
    with transaction(city.source, access.open_session(city.source, city.treasury_id, "both", "REVW")) as tx:
        record_fees(tx, [PASSPORT])
    own, other = desks("PUBL", "both"), desks("PUBL")
    assert desks.kinds("PUBL", "both") == set()
    assert desks.kinds("PUBL") == {"fees"}
    own.get("/office/disclosures")
    assert "本人录入的由他人公开" in own.text
    assert own.post("/office/disclosures/fees", {"record": "101.02.07@1"}).status_code == 422
    assert "录入人不得自行公开" in own.text
    other.get("/office/disclosures")
    for text in ("因私普通护照", "200.00", "计价格〔2000〕293号", "两职"):
        assert text in other.text, text
    for wrong in ("101.02.07@2", "101.02.07@x", "@", "9@1"):
        assert other.post("/office/disclosures/fees", {"record": wrong}).status_code in {404, 422}, wrong
    assert other.post("/office/disclosures/fees", {}).status_code == 422
    assert "没有勾选任何一项" in other.text
    assert other.post("/office/disclosures/fees", {"record": "101.02.07@1"}).status_code == 303
    assert desks.kinds("PUBL") == set()


def test_who_publishes_for_one_agency_is_shown_and_publishes_the_records_of_no_other(app, source):
    city = make_city(source)
    prepare(city)
    with transaction(source, city.session("REVW")) as tx:
        record_fees(tx, [PASSPORT])
    with owner(source) as connection:
        create_office(connection, city.treasury_id, "101.some", "101", "some", "some")
        for person, agencies in (("school", ("202",)), ("bureau", ("201", *PASSPORT.collectors))):
            plan = PersonPlan(person, person, "101.some", ("PUBL",), agencies)
            create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字8号")
    desks = Desks(app, city)
    school, bureau = desks("PUBL", "school"), desks("PUBL", "bureau")
    school.get("/office/disclosures")
    for text in ("XM-JC", "XM-XT", PASSPORT.name_zh):
        assert text not in school.text, text
    for kind, record in (("projects", "XM-JC@1"), ("fees", f"{PASSPORT.item}@1")):
        assert school.post(f"/office/disclosures/{kind}", {"record": record}).status_code == 422
        bureau.get("/office/disclosures")
        assert record in bureau.text
        assert bureau.post(f"/office/disclosures/{kind}", {"record": record}).status_code == 303


def test_records_of_projects_are_published_from_the_first_one_on(app, source):
    city = make_city(source)
    prepare(city)
    act(city, "PRAP", record_project, ProjectRecord(project="XM-JC", place="城区"))
    desks = Desks(app, city)
    assert [name for kind, name, _ in desks.waits("PUBL") if kind == "projects"] == ["XM-JC", "XM-XT"]
    one = desks("PUBL")
    one.get("/office/disclosures")
    assert one.post("/office/disclosures/projects", {"record": "XM-JC@2"}).status_code == 422
    assert "先" in one.text
    assert one.post("/office/disclosures/projects", {"record": ["XM-JC@1", "XM-JC@2"]}).status_code == 303, one.text
    assert [name for _, name, _ in desks.waits("PUBL")] == ["XM-XT"]
