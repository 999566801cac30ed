"""A claim is taken up to its standards and not a fen above, and approved by others than those who claim."""

import datetime as dt
import threading
from dataclasses import replace

import pytest

from ledger.budget_errors import AlreadyApproved, RecorderApproves, UnknownBudgetRecord
from ledger.claim_errors import (
    AboveStandard,
    ClaimantApproves,
    ClaimedBefore,
    ClaimIncomplete,
    ClaimOutOfTime,
    ClaimStepOutOfPlace,
    NoStandardThen,
    QuantityUnfounded,
    StandardOfOtherKind,
    StepUnreasoned,
    VenueInvalid,
    VenueNotDesignated,
)
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import Session, owner, snapshot, transaction
from ledger.disclosure_errors import ForeignAgency
from ledger.errors import AppendOnly, InvalidAmount, InvalidText, NotPermitted, UnknownCode
from ledger.execution import claim_register
from ledger.execution.claims import (
    ClaimLine,
    allow_claim,
    approve_claim,
    approve_venue,
    ceilings,
    record_venue,
    reject_claim,
    save_claim,
    withdraw_claim,
)
from ledger.install import PersonPlan, create_person
from tests.conftest import make_city
from tests.ledger.claim_city import (
    HALL,
    NIGHT,
    SESSION,
    TRIP,
    WHY,
    act,
    approved,
    fresh,
    open_claims,
    row,
    save,
    spent,
)


@pytest.fixture(scope="module")
def unit(source):
    """Give one city for all: every test claims for itself."""
    return open_claims(make_city(source))


def line(standard, persons, units, fen, *invoices):
    return ClaimLine(standard=standard, persons=persons, units=units, spent_fen=fen, invoices=invoices or ("x",))


def test_a_trip_is_claimed_up_to_its_standard_and_not_a_fen_above(unit):
    number = save(unit, spent(200_000))
    assert number.startswith("BX2024-")
    with pytest.raises(AboveStandard) as refusal:
        save(unit, spent(200_001))
    assert refusal.value.facts == {
        "line": 1, "standard": "CL-ZS-HZ", "scope": "处级以下·杭州", "document": "财行〔2023〕5号", "unit_fen": 50_000,
        "ceiling_fen": 200_000, "spent_fen": 200_001,
    }  # fmt: skip


def test_a_meeting_is_claimed_up_to_people_by_days_and_only_at_a_designated_venue(unit):
    of = SESSION.lines[0]
    save(unit, fresh(SESSION))
    with pytest.raises(AboveStandard):
        save(unit, fresh(SESSION, lines=(replace(of, spent_fen=5_330_001),)))
    for elsewhere in ({"venue": ""}, {"venue": "DD-99"}, {"venue": "DD-99", **WHY}):
        with pytest.raises(VenueNotDesignated):
            save(unit, fresh(SESSION, **elsewhere))


def test_a_venue_is_designated_by_two_people_for_all_the_days_of_a_meeting(unit):
    hall = replace(HALL, venue="DD-02", valid_from=dt.date(2024, 3, 7), valid_to=dt.date(2024, 3, 8))
    act(unit, "REVW", record_venue, hall)
    with pytest.raises(VenueNotDesignated):
        save(unit, fresh(SESSION, venue="DD-02"))
    with pytest.raises(NotPermitted):
        act(unit, "REVW", approve_venue, "DD-02", hall.valid_from)
    act(unit, "APPR", approve_venue, "DD-02", hall.valid_from)
    with pytest.raises(AlreadyApproved):
        act(unit, "APPR", approve_venue, "DD-02", hall.valid_from)
    save(unit, fresh(SESSION, venue="DD-02"))
    for days in ({"begins_on": dt.date(2024, 3, 6)}, {"ends_on": dt.date(2024, 3, 9)}):
        with pytest.raises(VenueNotDesignated):
            save(unit, fresh(SESSION, venue="DD-02", **days))
    with pytest.raises(UnknownBudgetRecord):
        act(unit, "APPR", approve_venue, "DD-77", hall.valid_from)
    for wrong in ({"valid_to": dt.date(2023, 1, 1), "valid_from": dt.date(2023, 1, 2)}, {}):
        with pytest.raises(VenueInvalid):
            act(unit, "REVW", record_venue, replace(HALL, **wrong))
    with pytest.raises(InvalidText):
        act(unit, "REVW", record_venue, replace(HALL, venue="DD-03", document=" "))


def test_who_recorded_a_venue_does_not_approve_it(unit):
    with owner(unit.source) as connection:
        create_person(
            connection,
            unit.treasury_id,
            PersonPlan("both", "Both", "301.APPR", ("REVW", "APPR")),
            dt.date(2020, 1, 1),
            "任字9号",
        )
    from ledger import access

    venue = replace(HALL, venue="DD-04")
    for duty, verb, asked, refused in (
        ("REVW", record_venue, (venue,), None), ("APPR", approve_venue, ("DD-04", venue.valid_from), RecorderApproves),
    ):  # fmt: skip
        session: Session = access.open_session(unit.source, unit.treasury_id, "both", duty)
        if refused is None:
            with transaction(unit.source, session) as tx:
                verb(tx, *asked)
            continue
        with pytest.raises(refused), transaction(unit.source, session) as tx:
            verb(tx, *asked)


def test_the_standard_is_that_of_the_first_day_and_an_unknown_one_is_refused(unit):
    dear = replace(NIGHT, amount_fen=60_000, valid_from=dt.date(2024, 7, 1), valid_to=dt.date(2024, 9, 30))
    act(unit, "APPR", approve_standards, act(unit, "REVW", record_standards, [dear]))
    july = {"begins_on": dt.date(2024, 7, 1), "ends_on": dt.date(2024, 7, 3)}
    save(unit, spent(240_000, **july))
    with pytest.raises(AboveStandard):
        save(unit, spent(240_001, **july))
    with pytest.raises(AboveStandard):
        save(unit, spent(200_001, begins_on=dt.date(2024, 6, 29), ends_on=dt.date(2024, 7, 1)))
    with pytest.raises(NoStandardThen):
        save(unit, spent(1, begins_on=dt.date(2024, 10, 1), ends_on=dt.date(2024, 10, 3)))
    with pytest.raises(NoStandardThen):
        save(unit, fresh(TRIP, lines=(line("NONE", 1, 1, 1),)))
    with pytest.raises(NoStandardThen):
        save(unit, spent(1, fiscal_year=2022, begins_on=dt.date(2022, 3, 1), ends_on=dt.date(2022, 3, 3)))


@pytest.mark.parametrize("standard", ["HY-2", "JD-1", "BG-1", "CL-ZS-XX", "CL-DE"])
def test_a_standard_of_another_class_kind_of_agency_or_measure_is_refused(unit, standard):
    with pytest.raises(StandardOfOtherKind):
        save(unit, fresh(TRIP, lines=(line(standard, 1, 1, 1),)))


@pytest.mark.parametrize(
    "lines",
    [
        (line("CL-ZS-HZ", 0, 1, 1),),
        (line("CL-ZS-HZ", -1, 1, 1),),
        (line("CL-ZS-HZ", 3, 1, 1),),
        (line("CL-ZS-HZ", 1, 0, 1),),
        (line("CL-ZS-HZ", 1, 3, 1),),
        (line("CL-ZS-HZ", 10**15, 1, 1),),
        (line("CL-HS", 2, 4, 1),),
        (line("CL-ZS-HZ", 2, 2, 1), line("CL-ZS-BJ", 1, 1, 1)),  # five nights of four
    ],
)
def test_no_more_people_and_days_are_claimed_than_there_were(unit, lines):
    with pytest.raises(QuantityUnfounded):
        save(unit, fresh(TRIP, lines=lines))


def test_two_towns_share_the_nights_and_two_items_each_have_the_days(unit):
    lines = (line("CL-ZS-HZ", 2, 1, 100_000), line("CL-ZS-BJ", 2, 1, 130_006), line("CL-HS", 2, 3, 60_000))
    number = save(unit, fresh(TRIP, lines=lines, claimant="孙行"))
    assert row(unit, number).ceiling_fen == 100_000 + 130_006 + 60_000


def test_a_day_trip_has_no_night_and_three_meals(unit):
    day = {"begins_on": dt.date(2024, 3, 4), "ends_on": dt.date(2024, 3, 4)}
    with pytest.raises(QuantityUnfounded):
        save(unit, spent(1, **day))
    guests = {"kind": "reception", "claimant": "何敏", **day}
    save(unit, fresh(TRIP, lines=(line("JD-1", 2, 3, 27_006),), **guests))
    with pytest.raises(QuantityUnfounded):
        save(unit, fresh(TRIP, lines=(line("JD-1", 2, 4, 1),), **guests))


@pytest.mark.parametrize("fen", [0, -1, 10**14, 10**30])
def test_an_amount_that_is_none_is_refused(unit, fen):
    with pytest.raises(InvalidAmount):
        save(unit, spent(fen, **WHY))


@pytest.mark.parametrize("persons", [0, -2, 10_000, 10**12])
def test_an_occasion_of_nobody_or_of_a_crowd_is_refused(unit, persons):
    with pytest.raises(QuantityUnfounded):
        save(unit, spent(1, persons=persons))


@pytest.mark.parametrize(
    "days",
    [
        {"begins_on": dt.date(2024, 3, 7)},
        {"begins_on": dt.date(2023, 12, 31)},
        {"begins_on": dt.date(2024, 12, 30), "ends_on": dt.date(2025, 1, 2)},
        {"fiscal_year": 2023},
        {"fiscal_year": 2099, "begins_on": dt.date(2099, 1, 4), "ends_on": dt.date(2099, 1, 6)},
    ],
)
def test_days_that_are_backwards_of_another_year_or_still_to_come_are_refused(unit, days):
    with pytest.raises(ClaimOutOfTime):
        save(unit, spent(1, **days))


def test_a_claim_needs_lines_and_a_line_needs_invoices_unless_it_is_an_allowance(unit):
    with pytest.raises(ClaimIncomplete):
        save(unit, replace(TRIP, lines=()))
    with pytest.raises(ClaimIncomplete):
        save(unit, replace(TRIP, lines=(replace(TRIP.lines[0], invoices=()),)))
    with pytest.raises(InvalidText):
        save(unit, replace(TRIP, lines=(replace(TRIP.lines[0], invoices=("发票",)),)))
    save(
        unit, replace(TRIP, claimant="钱多", lines=(ClaimLine(standard="CL-HS", persons=1, units=3, spent_fen=30_000),))
    )


def test_text_and_codes_that_are_none_are_refused(unit):
    for wrong in ({"claimant": " "}, {"purpose": ""}, {"approval_no": ""}, {"place": "a\nb"}, {"claimant": "x" * 201}):
        with pytest.raises(InvalidText):
            save(unit, spent(1, **wrong))
    with pytest.raises(UnknownCode):
        save(unit, spent(1, kind="party"))
    with pytest.raises(UnknownCode):
        save(unit, spent(1, agency="999"))


def test_an_invoice_is_claimed_once_until_its_claim_is_given_up(unit):
    claim = spent(100_000)
    number = save(unit, claim)
    again = replace(claim.lines[0], invoices=(claim.lines[0].invoices[0].lower() + " ",))
    with pytest.raises(ClaimedBefore) as refusal:
        save(unit, replace(claim, lines=(again,)))
    assert refusal.value.facts == {"invoice": claim.lines[0].invoices[0], "claim": number}
    act(unit, "APPL", withdraw_claim, number)
    second = save(unit, claim)
    act(unit, "UCHK", reject_claim, second, "发票抬头有误")
    save(unit, claim)
    both = (replace(claim.lines[0], invoices=("SAME-1",)), line("CL-HS", 1, 1, 1, "SAME-1"))
    with pytest.raises(ClaimedBefore):
        save(unit, replace(claim, claimant="李同", lines=both))
    with pytest.raises(ClaimedBefore):  # the same standard on two lines would double its ceiling
        save(unit, fresh(TRIP, lines=(line("CL-ZS-HZ", 1, 2, 1), line("CL-ZS-HZ", 1, 2, 1))))


def test_of_two_who_claim_the_same_invoice_at_once_exactly_one_does(unit):
    claim, outcomes, both = spent(100_000), [], threading.Barrier(2)
    unit.session("APPL")

    def try_to_claim():
        both.wait()
        try:
            outcomes.append(save(unit, claim)[:7])
        except ClaimedBefore as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=try_to_claim) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["BX2024-", "claimed-before"]


def test_the_allowance_of_a_person_and_day_is_claimed_once(unit):
    allowance = (ClaimLine(standard="CL-HS", persons=1, units=3, spent_fen=30_000),)
    number = save(unit, replace(TRIP, claimant="马 良", lines=allowance))
    next_trip = {"claimant": "马良", "lines": allowance, "ends_on": dt.date(2024, 3, 8)}
    with pytest.raises(ClaimedBefore) as refusal:
        save(unit, replace(TRIP, begins_on=dt.date(2024, 3, 6), **next_trip))
    assert refusal.value.facts["claim"] == number
    save(unit, replace(TRIP, begins_on=dt.date(2024, 3, 7), **{**next_trip, "ends_on": dt.date(2024, 3, 9)}))


def test_another_agency_claims_for_itself_only(unit):
    with owner(unit.source) as connection:
        create_person(
            connection, unit.treasury_id, PersonPlan("school", "School", "201.APPL", ("APPL",), agencies=("202",)),
            dt.date(2020, 1, 1), "任字9号",
        )  # fmt: skip
    from ledger import access

    session = access.open_session(unit.source, unit.treasury_id, "school", "APPL")
    with pytest.raises(ForeignAgency), transaction(unit.source, session) as tx:
        save_claim(tx, spent(1))
    number = save(unit, spent(1))
    with pytest.raises(ForeignAgency), transaction(unit.source, session) as tx:
        withdraw_claim(tx, number)
    with snapshot(unit.source, session) as connection:
        assert claim_register.claims(connection, unit.treasury_id) == []
        assert claim_register.lines(connection, unit.treasury_id, number) == []


def test_only_the_handler_records_and_only_the_unit_approves(unit):
    for duty in ("UCHK", "PCHK", "BOOK", "REVW"):
        with pytest.raises(NotPermitted):
            act(unit, duty, save_claim, spent(1))
    number = save(unit, spent(1))
    for duty in ("APPL", "PCHK", "REVW", "SIGN"):
        with pytest.raises(NotPermitted):
            act(unit, duty, approve_claim, number)
    assert act(unit, "UCHK", approve_claim, number) == "approved"


def test_whoever_claims_does_not_approve(unit):
    for name in ("郑岚", " 郑 岚", "UCHK"):
        number = save(unit, spent(1, claimant=name))
        with pytest.raises(ClaimantApproves):
            act(unit, "UCHK", approve_claim, number)
        with pytest.raises(ClaimantApproves):
            act(unit, "UCHK", reject_claim, number, "本人")


def test_a_claim_stays_as_it_was_approved(unit):
    number = approved(unit, spent(1))
    for duty, step, *more in (("UCHK", approve_claim), ("UCHK", reject_claim, "晚了"), ("APPL", withdraw_claim), ("REVW", allow_claim, "x")):  # fmt: skip
        with pytest.raises(ClaimStepOutOfPlace):
            act(unit, duty, step, number, *more)
    with pytest.raises(UnknownBudgetRecord):
        act(unit, "UCHK", approve_claim, "BX2024-99999")
    with pytest.raises(AppendOnly), owner(unit.source) as connection:
        connection.exec_driver_sql("update ledger.claim_line set spent_fen = 2 where claim = %s", (number,))


def test_what_is_above_its_standard_passes_with_a_reason_that_finance_allows_and_is_public(unit):
    with pytest.raises(AboveStandard):
        save(unit, spent(200_001, reason=WHY["reason"]))
    number = save(unit, spent(200_001, **WHY))
    with pytest.raises(ClaimStepOutOfPlace):
        act(unit, "REVW", allow_claim, number, "财行函〔2024〕7号")
    assert act(unit, "UCHK", approve_claim, number) == "checked"
    with pytest.raises(StepUnreasoned):
        act(unit, "REVW", allow_claim, number, " ")
    assert act(unit, "REVW", allow_claim, number, "财行函〔2024〕7号") == "approved"
    found = row(unit, number)
    assert (found.state, found.above_fen, found.reason) == ("approved", 1, WHY["reason"])
    with unit.source.engine("public").connect() as public:
        told = public.exec_driver_sql("select * from published.claim_departure where treasury_id = %s and claim = %s",
                                      (unit.treasury_id, number)).mappings().one()  # fmt: skip
    assert (told["ceiling_fen"], told["spent_fen"], told["above_fen"], told["document"]) == (
        200_000,
        200_001,
        1,
        "财行函〔2024〕7号",
    )
    assert "周远" not in str(told)


def test_finance_may_say_no_and_says_why(unit):
    number = save(unit, fresh(SESSION, venue="", **WHY))
    act(unit, "UCHK", approve_claim, number)
    with pytest.raises(ClaimStepOutOfPlace):
        act(unit, "UCHK", reject_claim, number, "不同意")
    with pytest.raises(StepUnreasoned):
        act(unit, "REVW", reject_claim, number, "")
    assert act(unit, "REVW", reject_claim, number, "可改在定点场所") == "rejected"


def test_a_reason_for_nothing_is_not_kept(unit):
    found = row(unit, save(unit, spent(200_000, **WHY)))
    assert (found.departs, found.reason, found.reason_document) == (False, "", "")


def test_ceilings_are_told_before_anything_is_saved(unit):
    with snapshot(unit.source, unit.session("APPL")) as connection:
        found = {
            each.standard: each
            for each in ceilings(connection, unit.treasury_id, "travel", dt.date(2024, 3, 4), dt.date(2024, 3, 6))
        }
        assert ceilings(connection, unit.treasury_id, "travel", dt.date(2022, 1, 1), dt.date(2022, 1, 2)) == []
    assert (found["CL-ZS-HZ"].most, found["CL-HS"].most) == (2, 3)
    assert found["CL-ZS-HZ"].allows(2, 2) == 200_000
    assert not {"HY-2", "CL-DE", "BG-1"} & set(found)
