"""The inbox tells every duty what waits for it; each link leads to the form that is promised, and to nobody else's."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ledger import people
from ledger.compilation.adjustments import Adjustment, DrawStabilisation, draw_stabilisation, record_adjustment
from ledger.compilation.advances import Advance, grant_advance, release_advances
from ledger.compilation.approval import approve, release_to_departments, release_to_units
from ledger.compilation.authority import approve_reallocation
from ledger.compilation.imports import propose_import
from ledger.compilation.narratives import BudgetNarrative, record_narrative
from ledger.compilation.own_money import OwnChange, approve_own_change, ask_own_change
from ledger.compilation.packages import rank_packages, review_package, save_package
from ledger.compilation.performance import confirm_results, explain_pace, record_results
from ledger.compilation.rounds import Ceiling, Due, resolve_budget, set_ceilings, set_dates, submit_budget
from ledger.compilation.special_funds import apply, check, decide, draw_experts, open_call, publish_results
from ledger.compilation.standards import (
    DriverValue,
    approve_drivers,
    approve_standards,
    record_drivers,
    record_standards,
)
from ledger.db import owner, transaction
from ledger.disclosure.fees import record_fees
from ledger.disclosure.projects import ProjectRecord, Stage, record_project
from ledger.execution.claims import approve_claim, save_claim
from ledger.install import PersonPlan, create_office, create_person
from ledger.journal import reverse
from ledger.money import Fen
from reports.publication import publish_budget
from tests.conftest import DAY, make_city
from tests.ledger.budget_city import (
    HEATING,
    MORE_TESTS,
    OFFICE,
    PAY,
    PERMIT,
    PERSONNEL,
    TESTS,
    UPKEEP,
    YEAR,
    act,
    compile_budget,
    prepare,
    resolution,
)
from tests.ledger.claim_city import TRIP, WHY, fresh, open_claims, spent
from tests.ledger.fund_city import AGREED, CALL, PUMP, SEED, judge, open_fund, seated_of
from tests.ledger.performance_error_examples import ANSWERS, BEHIND
from tests.ledger.test_budget_binds import RELEASED
from tests.ledger.test_fees import CHEAPER, PASSPORT
from tests.web.office.conftest import PASSWORD, Browser
from web.clock import today
from web.office.desk import READERS, WATCHERS
from web.office.inbox import KINDS
from web.texts import catalogue

ROW = re.compile(
    r'<tr><th scope="row"><a href="([^"]+)"><span class="unseen">([^<]*) </span>([^<]*)</a>.*?'
    r'<td class="code" data-label="[^"]*">(\d{4}-\d\d-\d\d)</td><td data-label="[^"]*"(?: class="blank")?>(.*?)</td></tr>'
)
PROMISED = {
    "send": r'name="round" value="[12]"', "ranking": r'name="place-', "notes": r'action="[^"]*/notes/record"',
    "pace": r'action="[^"]*/pace/explain"', "results": r'action="[^"]*/results/record"', "data": r'name="datum"',
    "review": r'name="opinion"', "ceiling": r'action="[^"]*/frame/ceilings"', "own": r'action="[^"]*/own/approve"',
    "confirm": r'action="[^"]*/results/confirm"', "standards": r'action="[^"]*/standards/approve"',
    "resolution": r'action="[^"]*/resolution/record"', "approval": r'action="[^"]*/resolution/approve"',
    "to_departments": r'action="[^"]*/release/departments"', "to_units": r'action="[^"]*/release/units"',
    "advances": r'action="[^"]*/advances/release"', "moves": r'action="[^"]*/changes/moves"',
    "cuts": r'action="[^"]*/changes/cut"', "draws": r'action="[^"]*/changes/draws"',
    "publication": r'name="looked"|changes_explained', "fund_check": r'action="[^"]*/check"', "fund_draw": r'action="[^"]*/draw"',
    "fund_opinion": r'name="score"', "fund_decide": r'action="[^"]*/decide"', "fund_publish": r'action="[^"]*/publish"',
    "claim_approve": r'action="[^"]*/approve"', "claim_allow": r'action="[^"]*/allow"', "claim_pay": r"支付申请|payment",
    "history": r'enctype="multipart/form-data"', "fees": r'action="[^"]*/disclosures/fees"',
    "projects": r'action="[^"]*/disclosures/projects"',
}  # fmt: skip
"""What stands on the page to which each kind of work leads."""


class Desks:
    """The desks of one city, each signed in once."""

    def __init__(self, app, city):
        self.city, self._app, self._open = city, app, {}
        with owner(city.source) as connection:
            connection.exec_driver_sql(
                "update ledger.treasury set demo = true where treasury_id = %s", (city.treasury_id,)
            )

    def __call__(self, duty, person=None):
        at = (duty, person or duty.lower())
        if at not in self._open:
            people.set_password(self.city.source, self.city.treasury_id, at[1], PASSWORD, must_change=False)
            self._open[at] = Browser(self._app.test_client(), f"T{self.city.treasury_id:06d}").sign_in(at[1], duty)
        return self._open[at]

    def waits(self, duty, person=None, language="zh"):
        """List what waits for a duty: kind, name and the day since when, in the order of the page."""
        one = self(duty, person)
        one.client.set_cookie("office_language", language)
        assert one.get("/office/inbox").status_code == 200, one.text
        return [(kind_of(told, language), name, since) for _, told, name, since, _ in ROW.findall(one.text)]

    def kinds(self, duty, person=None):
        return {kind for kind, *_ in self.waits(duty, person)}

    def follow(self, duty, language="zh"):
        """Open every link of an inbox, and look for the form that is promised and the place in the page; give the kinds."""
        one, found = self(duty), set()
        self.waits(duty, language=language)
        for link, told, *_ in ROW.findall(one.text):
            kind, anchor = kind_of(told, language), link.partition("#")[2]
            assert one.get(link).status_code == 200, (duty, link)
            assert re.search(PROMISED[kind], one.text), (duty, kind, link)
            assert not anchor or f'id="{anchor}"' in one.text, link
            found.add(kind)
        return found


def kind_of(told, language):
    """Give the kind of work that a page names."""
    known = catalogue("web.office", language)
    (kind,) = {each.name for each in KINDS if known[f"wait_{each.name}"] == told}
    return kind


def appoint_the_others(city):
    """Appoint somebody to each business duty that the city has nobody for."""
    with owner(city.source) as connection:
        had = connection.exec_driver_sql(
            "select distinct duty from ledger.appointment where treasury_id = %s", (city.treasury_id,)
        ).scalars()
        for duty in sorted(set(READERS) - set(had)):
            agency = "202" if duty == "PRUN" else "101"  # who runs procurement is of another unit than who regulates it
            create_office(connection, city.treasury_id, f"{agency}.{duty}", agency, duty, duty)
            plan = PersonPlan(duty.lower(), duty, f"{agency}.{duty}", (duty,))
            create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字9号")


def prepare_projects(city):
    """Take in the project approver, and the project of the tests."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "101.PRAP", "101", "PRAP", "PRAP")
        plan = PersonPlan("prap", "PRAP", "101.PRAP", ("PRAP",))
        create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    act(city, "PRAP", record_project, ProjectRecord(
        project="XM-JC", name_zh="XM-JC", name_en="XM-JC", owner="201", place="全区", sector="教育", purpose="测试",
        stages=(Stage("review", dt.date(2023, 5, 1), "评字1号"),)))  # fmt: skip


def of_2025(package, **more):
    return replace(package, package=package.package.replace("2024", "2025"), fiscal_year=2025, **more)


TOTAL = 812_345 * 37 * 12 + 300_001 * 37 + round(355 * 1234.5 * 12) + 12_345 * 1250 * 2


@pytest.fixture(scope="module")
def busy(app, source):
    """A city in which as much as possible waits at once."""
    city = make_city(source)
    prepare(city)
    compile_budget(city, PERSONNEL, UPKEEP, TESTS)
    act(city, "APPR", resolve_budget, resolution(TOTAL))
    at = (city.treasury_id, YEAR)
    act(city, "APPR", approve, *at, "comp")
    act(city, "ISSU", release_to_departments, *at, RELEASED, "财预〔2024〕3号", "revw")
    act(city, "ISSU", release_to_units, *at, RELEASED, "教财〔2024〕1号", "revw")
    act(city, "COMP", ask_own_change, OwnChange(
        fiscal_year=YEAR, agency="201", func="2050199", amount_fen=700, reason="新签合同"))  # fmt: skip
    act(city, "COMP", record_results, TESTS.package, ANSWERS)
    act(city, "APPR", approve_reallocation, "TJ-7", 700, "府办〔2024〕9号")
    city.receive(701)
    city.post("AUDT_IN", city.event("stabilisation_fund_provision", prepared_by="book", facts={"amount": Fen(701)},
                                    dims={"fund": "1", "func": "23015"}))  # fmt: skip
    act(city, "APPR", record_adjustment, Adjustment(
        fiscal_year=YEAR, document="常〔2024〕5号", title="调整", passed_on=DAY, amount_fen=700))  # fmt: skip
    gone = act(city, "AUDT_IN", draw_stabilisation, DrawStabilisation(
        key="DY-1", on=DAY, narration="动用", prepared_by="book", document="常〔2024〕5号", amount=Fen(700)))  # fmt: skip
    act(city, "AUDT_IN", reverse, gone.event_id, key="HC-1", on=DAY, narration="冲销", prepared_by="book")
    # The budget of 2025 has gone up once, without ceilings; a package was saved since, and basic data wait.
    drivers = [
        DriverValue(agency=agency, driver=driver, fiscal_year=2025, quantity_milli=37_000, origin="编制系统")
        for agency, driver in (("201", "headcount"), ("201", "floor_area"), ("202", "headcount"))
    ]
    act(city, "COMP", record_drivers, drivers)
    act(city, "REVW", approve_drivers, [("201", "headcount", 2025, 1), ("201", "floor_area", 2025, 1)])
    for package in (PERSONNEL, TESTS, MORE_TESTS):
        act(city, "COMP", save_package, of_2025(package))
    act(city, "COMP", submit_budget, 2025, "201", 1)
    act(city, "COMP", save_package, of_2025(UPKEEP))
    act(city, "REVW", set_dates, [
        Due(fiscal_year=2025, step="first_down", due_on=today() + dt.timedelta(days=3), document="财预〔2024〕80号"),
        Due(fiscal_year=2025, step="draft", due_on=today() - dt.timedelta(days=2), document="财预〔2024〕80号"),
        Due(fiscal_year=2025, step="first_up", due_on=today() + dt.timedelta(days=11), document="财预〔2024〕80号"),
    ])  # fmt: skip
    act(city, "REVW", record_standards, [replace(HEATING, standard="GY-09")])
    # Funds: one application to check, a call to draw, seats to record, an application to decide, a call to publish.
    open_fund(city)
    calls = {name: replace(CALL, call=f"ZX-{name}") for name in ("draw", "opinion", "decide", "publish")}
    for name, call in calls.items():
        act(city, "REVW", open_call, call)
        code = f"SB-{name}"
        act(city, "COMP", apply, replace(PUMP, application=code, call=call.call, project_zh=f"{name}改造"))
        act(city, "REVW", check, code, passed=name != "publish", reason="" if name != "publish" else "材料不全")
    for name in ("opinion", "decide"):
        act(city, "PEXP", draw_experts, f"ZX-{name}", SEED)
    act(city, "COMP", apply, PUMP)
    judge(city, seated_of(city, "ZX-decide"), *[((1_000_000, 1_000_000))] * 3, application="SB-decide")
    # Claims: one to approve, one above its standard to allow, one to pay.
    open_claims(city)
    act(city, "APPL", save_claim, fresh(TRIP))
    for claim in (spent(200_001, **WHY), fresh(TRIP, claimant="吴宁")):
        act(city, "UCHK", approve_claim, act(city, "APPL", save_claim, claim))
    act(
        city,
        "BOOK",
        propose_import,
        file_name="history.csv",
        sha256="ab" * 32,
        mapping="history",
        mapping_no=1,
        digest="cd" * 32,
    )
    act(city, "REVW", record_fees, [PASSPORT, CHEAPER])
    appoint_the_others(city)
    return Desks(app, city)


EXPECTED = {
    "COMP": {"send", "ranking", "notes", "pace"},
    "APPL": {"pace"},
    "REVW": {"ranking", "data", "review", "ceiling", "own", "confirm", "fund_check", "claim_allow"},
    "APPR": {"ranking", "standards", "fund_decide"},
    "ISSU": {"moves", "cuts"},
    "AUDT_IN": {"draws"},
    "PUBL": {"publication", "fund_publish", "fees", "projects"},
    "PEXP": {"fund_draw"},
    "PRRV": {"fund_opinion"},
    "UCHK": {"claim_approve"},
    "PCHK": {"claim_pay"},
    "CLOS": {"history"},
}


@pytest.mark.parametrize("duty", READERS)
def test_every_link_of_an_inbox_opens_the_form_that_is_promised(busy, duty):
    assert busy.follow(duty) == EXPECTED.get(duty, set())
    assert busy.follow(duty, "en") == EXPECTED.get(duty, set())


@pytest.mark.parametrize("duty", WATCHERS)
def test_who_oversees_is_told_that_nothing_is_to_be_done(busy, duty):
    one = busy(duty)
    one.client.set_cookie("office_language", "zh")
    one.get("/office/inbox")
    assert "没有等您办理的事项" in one.text
    assert "<form" not in re.sub(r'<form method="post" action="/office/(?:sign-out|language)[^>]*>', "", one.text)
    one.client.set_cookie("office_language", "en")
    one.get("/office/inbox")
    assert "nothing waits for you" in one.text


def test_a_duty_without_work_says_so(busy):
    one = busy("CASH")
    one.client.set_cookie("office_language", "zh")
    one.get("/office/inbox")
    assert "本职责没有待办" in one.text


def test_what_is_overdue_or_due_soon_stands_first_then_what_is_older(busy):
    one = busy("REVW")
    busy.waits("REVW")
    rows = [
        (kind_of(told, "zh"), since, re.sub(r"<[^>]*>", "", due)) for _, told, _, since, due in ROW.findall(one.text)
    ]
    day = today() + dt.timedelta(days=3)
    urgent = [kind for kind, _, due in rows if "逾期 2 天" in due or f"{day} 还有 3 天" in due]
    assert urgent == ["ranking", "review", "review", "review", "ceiling"]
    assert [kind for kind, *_ in rows[:5]] == urgent
    rest = [since for _, since, _ in rows[5:]]
    assert rest == sorted(rest)
    assert 'class="minus">已逾期 2 天' in one.text
    assert 'class="late">还有 3 天' in one.text
    busy.waits("COMP")
    assert re.search(r"</span> 还有 11 天<", busy("COMP").text)  # not so soon


def test_the_page_of_a_year_tells_the_same_by_kind(busy):
    one = busy("REVW")
    one.client.set_cookie("office_language", "zh")
    one.get("/office/budget/2025")
    for told, n in (("待审核的决策包", 3), ("待排序的项目", 2), ("待下达的控制数", 1), ("待审核的基础数据", 1)):
        assert f"{told}</a> {n}<" in one.text, told
    assert "单位资金调整</a>" not in one.text
    one.get("/office/budget/2024")
    assert "待批复的单位资金调整</a> 1<" in one.text
    assert "待审核的决策包</a>" not in one.text


def test_one_statement_tells_all_of_a_kind_however_much_waits(busy):
    asked = []

    def listen(_connection, _cursor, statement, *_):
        asked.append(statement)

    one = busy("REVW")
    event.listen(Engine, "before_cursor_execute", listen)
    try:
        one.get("/office/inbox")
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    found = [each for each in asked if "(subject, name_zh, name_en, year, n, since, due_on)" in each]
    assert len(found) == sum("REVW" in each.duties for each in KINDS) == 8
    assert len(ROW.findall(one.text)) > len(found)


def test_an_appointment_for_one_agency_is_told_of_no_other(busy):
    with owner(busy.city.source) as connection:
        create_office(connection, busy.city.treasury_id, "202.some", "202", "some", "some")
        for person, agency in (("school", "202"), ("bureau", "201")):
            for duty in ("COMP", "REVW"):
                plan = PersonPlan(f"{person}-{duty.lower()}", person, "202.some", (duty,), (agency,))
                create_person(connection, busy.city.treasury_id, plan, dt.date(2020, 1, 1), "任字8号")
    assert busy.kinds("COMP", "school-comp") == set()
    assert busy.waits("REVW", "school-revw") == [("data", "第一中学", str(today()))]
    assert busy.kinds("COMP", "bureau-comp") == EXPECTED["COMP"]
    assert busy.kinds("REVW", "bureau-revw") == EXPECTED["REVW"] - {"data"}


@pytest.mark.parametrize("duty", sorted(set(READERS) - {"PUBL"}))
def test_nobody_else_publishes(busy, duty):
    one = busy(duty)
    assert one.get("/office/disclosures").status_code == 403
    for what in ("fees", "projects"):
        assert one.post(f"/office/disclosures/{what}", {"record": "101.02.07@1"}).status_code == 403


def test_a_budget_year_goes_from_desk_to_desk(app, source):  # noqa: PLR0915 - a whole year
    city = make_city(source)
    desks = Desks(app, city)
    duties = ("COMP", "REVW", "APPR", "ISSU", "PUBL")

    def waits():
        return {(duty, kind) for duty in duties for kind in desks.follow(duty)} - {("PUBL", "projects")}

    def done(duty, verb, *given, **named):
        return act(city, duty, verb, *given, **named)

    versions = done("REVW", record_standards, [PAY, OFFICE, HEATING, PERMIT])
    assert waits() == {("APPR", "standards")}
    done("APPR", approve_standards, versions)
    assert waits() == set()
    prepare_projects(city)
    done("COMP", record_drivers, [
        DriverValue(agency="201", driver=driver, fiscal_year=YEAR, quantity_milli=37_000, origin="编制系统")
        for driver in ("headcount", "floor_area")
    ])  # fmt: skip
    assert waits() == {("REVW", "data")}
    done("REVW", approve_drivers, [("201", "headcount", YEAR, 1), ("201", "floor_area", YEAR, 1)])
    assert waits() == set()

    for package in (PERSONNEL, TESTS, MORE_TESTS):
        done("COMP", save_package, package)
    assert waits() == {("COMP", "send"), ("COMP", "ranking")}
    done("COMP", rank_packages, YEAR, "201", "1", [TESTS.package, MORE_TESTS.package])
    assert waits() == {("COMP", "send")}
    done("COMP", submit_budget, YEAR, "201", 1)
    assert waits() == {("REVW", "review"), ("REVW", "ceiling"), ("REVW", "ranking"), ("APPR", "ranking")}
    for package in (PERSONNEL, TESTS, MORE_TESTS):
        done("REVW", review_package, package.package, 1, [], "同意")
    assert waits() == {("REVW", "ceiling"), ("REVW", "ranking"), ("APPR", "ranking")}
    for duty in ("REVW", "APPR"):
        done(duty, rank_packages, YEAR, "201", "1", [TESTS.package, MORE_TESTS.package])
    assert waits() == {("REVW", "ceiling")}
    done("REVW", set_ceilings, [
        Ceiling(fiscal_year=YEAR, department="201", fund="1", amount_fen=900_000_000, document="财预〔2023〕88号")])  # fmt: skip
    assert waits() == {("COMP", "send")}  # now in the second round
    done("COMP", submit_budget, YEAR, "201", 2)
    assert waits() == {("APPR", "resolution")}

    done("APPR", grant_advance, Advance(
        fiscal_year=YEAR, reason="statutory", agency="201", fund="1", func=PERSONNEL.func, dept_econ="30101", amount_fen=700,
        given_on=dt.date(2024, 1, 5), document="府发〔2024〕2号"), prepared_by="comp")  # fmt: skip
    assert waits() == {("APPR", "resolution"), ("ISSU", "advances")}
    done("ISSU", release_advances, YEAR, prepared_by="revw")
    assert waits() == {("APPR", "resolution")}
    done("APPR", resolve_budget, resolution(812_345 * 37 * 12 + 12_345 * 1250 * 3))
    told = {("COMP", "notes"), ("COMP", "results"), ("COMP", "pace"), ("PUBL", "publication")}
    assert waits() == told | {("APPR", "approval")}

    at = (city.treasury_id, YEAR)
    done("APPR", approve, *at, "comp")
    assert waits() == told | {("ISSU", "to_departments")}
    done("ISSU", release_to_departments, *at, RELEASED, "财预〔2024〕3号", "revw")
    assert waits() == told | {("ISSU", "to_units")}
    (of,) = [since for kind, _, since in desks.waits("ISSU") if kind == "to_units"]
    assert of == str(RELEASED)
    done("ISSU", release_to_units, *at, RELEASED, "教财〔2024〕1号", "revw")
    assert waits() == told

    done("COMP", record_narrative, BudgetNarrative(fiscal_year=YEAR, agency="201"))
    for package in (TESTS, MORE_TESTS):
        done("COMP", record_results, package.package, ANSWERS)
    told -= {("COMP", "notes"), ("COMP", "results")}
    assert waits() == told | {("REVW", "confirm")}
    for package in (TESTS, MORE_TESTS):
        done("REVW", confirm_results, package.package, 1, "属实")
    assert waits() == told
    for month in range(1, 13):
        done("COMP", explain_pace, replace(BEHIND, month=month))
    assert waits() == {("PUBL", "publication")}
    done("COMP", ask_own_change, OwnChange(
        fiscal_year=YEAR, agency="201", func="2050199", amount_fen=700, reason="新签合同"))  # fmt: skip
    assert waits() == {("PUBL", "publication"), ("REVW", "own")}
    done("REVW", approve_own_change, YEAR, "201", 1, "财预〔2024〕7号")
    with transaction(city.source, city.session("PUBL")) as tx:
        publish_budget(tx, city.treasury_id, YEAR, "201")
    assert waits() == set()


def test_a_special_fund_goes_from_desk_to_desk(app, source):
    city = make_city(source)
    open_fund(city)
    desks = Desks(app, city)

    def waits():
        return {
            (duty, kind) for duty in ("COMP", "REVW", "PEXP", "PRRV", "APPR", "PUBL") for kind in desks.follow(duty)
        }

    assert waits() == {("PUBL", "fund_publish")}  # closed, and nobody applied
    act(city, "COMP", apply, PUMP)
    assert waits() == {("REVW", "fund_check")}
    act(city, "REVW", check, PUMP.application, passed=True)
    assert waits() == {("PEXP", "fund_draw")}
    act(city, "PEXP", draw_experts, CALL.call, SEED)
    assert waits() == {("PRRV", "fund_opinion")}
    seated = seated_of(city, CALL.call)
    judge(city, seated[:2], (9_000_003, 2_000_000), (8_000_000, 3_000_001))
    assert [kind for kind, *_ in desks.waits("PRRV")] == ["fund_opinion"]
    assert waits() == {("PRRV", "fund_opinion")}
    judge(city, seated[2:], (1, 2_500_000))
    assert waits() == {("APPR", "fund_decide")}
    act(city, "APPR", decide, AGREED)
    assert waits() == {("PUBL", "fund_publish")}
    act(city, "PUBL", publish_results, CALL.call)
    assert waits() == set()
