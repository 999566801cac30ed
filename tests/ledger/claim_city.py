"""A city whose education bureau (201) travels and meets: standards, a designated venue, and a person who approves."""

import datetime as dt
import itertools
from dataclasses import replace

from ledger.compilation.standards import Standard, approve_standards, record_standards
from ledger.db import owner, snapshot, transaction
from ledger.execution import claim_register
from ledger.execution.claims import Claim, ClaimLine, Venue, approve_claim, approve_venue, record_venue, save_claim
from ledger.install import PersonPlan, create_office, create_person
from ledger.money import Fen

NIGHT = Standard(
    standard="CL-ZS-HZ", name_zh="住宿费", name_en="Lodging", category="project", dept_econ="30211", driver="travel_nights",
    per="time", amount_fen=50_000, scope="处级以下·杭州", document_no="财行〔2023〕5号", valid_from=dt.date(2023, 1, 1),
    confidence="U",
)  # fmt: skip
NIGHT_AWAY = replace(NIGHT, standard="CL-ZS-BJ", scope="处级以下·北京", amount_fen=65_003)
ALLOWANCE = replace(
    NIGHT,
    standard="CL-HS",
    name_zh="伙食补助费",
    name_en="Meal allowance",
    driver="travel_days",
    scope="",
    amount_fen=10_000,
)
MEETING = replace(
    NIGHT, standard="HY-2", name_zh="会议费", name_en="Meetings", dept_econ="30215", driver="attendance", scope="二类会议",
    amount_fen=65_000,
)  # fmt: skip
GUESTS = replace(
    NIGHT, standard="JD-1", name_zh="接待工作餐", name_en="Meals for guests", dept_econ="30217", driver="meals", scope="",
    amount_fen=4_501,
)  # fmt: skip
SCHOOL = replace(NIGHT, standard="CL-ZS-XX", name_zh="住宿费（事业）", agency_kind="institution")
PER_YEAR = replace(NIGHT, standard="CL-DE", name_zh="差旅费定额", driver="headcount", per="year")
OFFICE_GOODS = replace(NIGHT, standard="BG-1", name_zh="办公费", dept_econ="30201", driver="attendance")
HALL = Venue(
    venue="DD-01", name_zh="清渡会议中心", name_en="Qingdu conference centre", address="清渡路1号", document="机管〔2023〕2号",
    valid_from=dt.date(2023, 1, 1), valid_to=dt.date(2024, 12, 31),
)  # fmt: skip
TRIP = Claim(
    agency="201", fiscal_year=2024, kind="travel", claimant="周远", purpose="赴杭州调研", place="杭州", approval_no="出差审批2024-18",
    persons=2, begins_on=dt.date(2024, 3, 4), ends_on=dt.date(2024, 3, 6),
    lines=(ClaimLine(standard="CL-ZS-HZ", persons=2, units=2, spent_fen=200_000, invoices=("24332000000012345678",)),),
)  # fmt: skip
SESSION = replace(
    TRIP, kind="meeting", claimant="吴宁", purpose="全区教学会议", place="清渡会议中心", approval_no="会议审批2024-3", persons=41,
    venue="DD-01", begins_on=dt.date(2024, 3, 7), ends_on=dt.date(2024, 3, 8),
    lines=(ClaimLine(standard="HY-2", persons=41, units=2, spent_fen=5_330_000, invoices=("24332000000087654321",)),),
)  # fmt: skip
WHY = {"reason": "会期遇旅游旺季，周边无标准内房间", "reason_document": "教办〔2024〕11号"}
LATER = dt.date(2024, 3, 20)
_NUMBERS = itertools.count(1)


def act(city, duty, verb, *given, **named):
    with transaction(city.source, city.session(duty)) as tx:
        return verb(tx, *given, **named)


def open_claims(city):
    """Appoint the person who approves for the unit, and take in standards and a venue."""
    with owner(city.source) as connection:
        create_office(connection, city.treasury_id, "201.UCHK", "201", "UCHK", "UCHK")
        create_person(
            connection,
            city.treasury_id,
            PersonPlan("uchk", "郑岚", "201.UCHK", ("UCHK",)),
            dt.date(2020, 1, 1),
            "任字4号",
        )
    standards = [NIGHT, NIGHT_AWAY, ALLOWANCE, MEETING, GUESTS, SCHOOL, PER_YEAR, OFFICE_GOODS]
    act(city, "APPR", approve_standards, act(city, "REVW", record_standards, standards))
    act(city, "REVW", record_venue, HALL)
    act(city, "APPR", approve_venue, HALL.venue, HALL.valid_from)
    return city


def fresh(claim, **changes):
    """Give a claim whose invoices nobody has seen."""
    lines = changes.pop("lines", claim.lines)
    unseen = tuple(replace(each, invoices=(f"NO-{next(_NUMBERS):06d}",) if each.invoices else ()) for each in lines)
    return replace(claim, lines=unseen, **changes)


def spent(fen, **changes):
    """Give the trip with another amount; its ceiling is 2,000.00."""
    return fresh(TRIP, lines=(replace(TRIP.lines[0], spent_fen=fen),), **changes)


def save(city, claim):
    """Record a claim; give its number."""
    return act(city, "APPL", save_claim, claim)


def row(city, number):
    """Give a claim as the register shows it."""
    with snapshot(city.source, city.session("APPL")) as connection:
        return claim_register.claims(connection, city.treasury_id, number)[0]


def approved(city, claim):
    """Record and approve a claim; give its number."""
    number = save(city, claim)
    act(city, "UCHK", approve_claim, number)
    return number


def travel_dims(city, indicator, **other):
    given = {"gov_econ": "50201", "dept_econ": "30211", "counterparty": "周远", **other}
    return {name: code for name, code in city.payment_dims(indicator, **given).items() if code is not None}


def move(city, duty, kind, indicator, fen, document, **other):
    """Post an event that names a claim, and give it."""
    on = other.pop("on", LATER)
    prepared_by = "appl" if duty in {"PCHK", "SIGN"} else "book"
    event = city.event(kind, prepared_by=prepared_by, on=on, facts={"amount": Fen(fen)}, document=document,
                       dims=travel_dims(city, indicator, **other))  # fmt: skip
    return city.post(duty, event)[0]


def reserve(city, indicator, fen, document, **other):
    return move(city, "PCHK", "payment_reservation", indicator, fen, document, **other)


def pay(city, indicator, fen, document, **other):
    return move(city, "SIGN", "treasury_payment", indicator, fen, document, **other)
