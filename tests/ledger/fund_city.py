"""A city with a call for a special fund, a pool of six experts, and the people who draw and record."""

import datetime as dt

from ledger.compilation.special_funds import (
    Application,
    Call,
    Cost,
    Decision,
    Expert,
    Judged,
    Tie,
    apply,
    check,
    draw_experts,
    list_experts,
    lots,
    open_call,
    record_opinion,
)
from ledger.db import owner, snapshot, transaction
from ledger.install import PersonPlan, create_office, create_person

SEED = "彩票2024031期 07 11 19 23 28 31"
CALL = Call(
    call="ZX2024-01", fiscal_year=2024, name_zh="技术改造专项", name_en="Technical renewal", fund="1", func="2050199",
    document="工信〔2024〕3号", opens_on=dt.date(2024, 2, 1), closes_on=dt.date(2024, 3, 1), total_fen=50_000_000,
    threshold_fen=10_000_000, experts=3, field="机械", seed_source="截止后第一期体彩号码",
)  # fmt: skip
PUMP = Application(
    application="SB-1", call="ZX2024-01", agency="201", applicant="清渡泵业有限公司", project_zh="高效水泵生产线改造",
    site="清渡镇1号", equipment="数控车床CK6150", saved_on=dt.date(2024, 2, 9),
    costs=(Cost("数控车床", 9_000_003), Cost("厂房改造", 3_000_001)),
)  # fmt: skip
EXPERTS = [Expert(f"E{n}", f"专家{n}", f"大学{n}", "机械") for n in range(1, 7)]
AGREED = Decision(
    application="SB-1", granted=True, members=7, present=5, votes_for=5, votes_against=0, reason="同意",
    decided_on=dt.date(2024, 3, 20), minutes_sha256="cd" * 32,
)  # fmt: skip


def open_fund(city):
    """Appoint an expert drawer and a recorder of reviews, open a call, list the pool."""
    with owner(city.source) as connection:
        for duty in ("PEXP", "PRRV"):
            create_office(connection, city.treasury_id, f"101.{duty}", "101", duty, duty)
            plan = PersonPlan(duty.lower(), duty, f"101.{duty}", (duty,))
            create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字3号")
    act(city, "REVW", open_call, CALL)
    act(city, "PEXP", list_experts, EXPERTS, [Tie("E2", PUMP.applicant, "顾问合同")])


def act(city, duty, verb, *given_, **named):
    with transaction(city.source, city.session(duty)) as tx:
        return verb(tx, *given_, **named)


def drawn(city, *applications):
    """Take applications in, check them and draw; give who sits."""
    for each in applications or (PUMP,):
        act(city, "COMP", apply, each)
        act(city, "REVW", check, each.application, passed=True)
    act(city, "PEXP", draw_experts, "ZX2024-01", SEED)
    with snapshot(city.source) as connection:
        return [each.expert for each in lots(connection, city.treasury_id, "ZX2024-01") if each.seat]


def judge(city, seated, *allowed, application="SB-1"):
    for expert, fens in zip(seated, allowed, strict=True):
        lines = [Judged(n, fen, "核价") for n, fen in enumerate(fens, 1)]
        act(city, "PRRV", record_opinion, application, expert, 80, lines)


def seated_of(city, call):
    """Give who sits in a call."""
    with snapshot(city.source) as connection:
        return [each.expert for each in lots(connection, city.treasury_id, call) if each.seat]
