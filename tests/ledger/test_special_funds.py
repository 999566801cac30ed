"""Special-fund money is granted by experts whom nobody chose, cut line by line, and never to one project twice."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.compilation.special_funds import (
    Cost,
    Judged,
    alike,
    apply,
    check,
    decide,
    draw_again,
    draw_experts,
    lots,
    open_call,
    publish_results,
    record_opinion,
)
from ledger.db import snapshot
from ledger.errors import InvalidAmount, NotPermitted
from ledger.fund_errors import (
    AlreadyDecided,
    ApplicationIncomplete,
    ApplicationOutOfTime,
    CallExhausted,
    CallInvalid,
    CheckUnreasoned,
    CollectiveNeeded,
    DrawOutOfTime,
    FundedTwice,
    OpinionOutOfPlace,
    OpinionRaises,
    OpinionsMissing,
    ResultsIncomplete,
    TooFewExperts,
)
from tests.ledger.fund_city import AGREED, CALL, EXPERTS, PUMP, SEED, act, drawn, judge, open_fund


@pytest.fixture
def called(city):
    open_fund(city)
    return city


def test_the_middle_of_the_opinions_is_granted_line_by_line(called):
    seated = drawn(called)
    judge(called, seated, (9_000_003, 2_000_000), (8_000_000, 3_000_001), (1, 2_500_000))
    assert act(called, "APPR", decide, AGREED) == 8_000_000 + 2_500_000


def test_anyone_with_the_seed_draws_the_same_experts(called):
    seated = drawn(called)
    with snapshot(called.source) as connection:
        found = lots(connection, called.treasury_id, "ZX2024-01")
    assert len(found) == 6
    assert [each.expert for each in found if each.excluded] == ["E2"]
    assert draw_again(SEED, "ZX2024-01", [each.expert for each in EXPERTS], ["E2"], 3) == seated


@given(
    st.sets(st.text("ABCDEF0123456789", min_size=1, max_size=6), min_size=3, max_size=12),
    st.text(min_size=8, max_size=40),
)
def test_a_draw_seats_free_experts_and_a_tie_moves_only_those_behind_it(codes, seed):
    experts = sorted(codes)
    seated = draw_again(seed, "C", experts, [], 3)
    assert len(set(seated)) == 3
    without = draw_again(seed, "C", experts, [seated[0]], 3)
    assert without[:2] == seated[1:]
    assert seated[0] not in without


def test_an_employer_s_application_excludes_the_expert(called):
    seated = drawn(called, PUMP, replace(PUMP, application="SB-2", applicant="大学1", project_zh="实验室"))
    assert not {"E1", "E2"} & set(seated)


def test_experts_are_drawn_once_after_the_closing_day_and_enough_of_them(called):
    act(called, "REVW", open_call, replace(CALL, call="ZX-late", closes_on=dt.date(2099, 1, 1)))
    with pytest.raises(DrawOutOfTime):
        act(called, "PEXP", draw_experts, "ZX-late", SEED)
    act(called, "REVW", open_call, replace(CALL, call="ZX-seven", experts=7))
    with pytest.raises(TooFewExperts):
        act(called, "PEXP", draw_experts, "ZX-seven", SEED)
    drawn(called)
    with pytest.raises(AlreadyDecided):
        act(called, "PEXP", draw_experts, "ZX2024-01", "另一个号码123")
    with pytest.raises(NotPermitted):
        act(called, "PRRV", draw_experts, "ZX2024-01", SEED)


def test_an_application_comes_in_time_and_names_its_costs(called):
    for day in (dt.date(2024, 1, 31), dt.date(2024, 3, 2)):
        with pytest.raises(ApplicationOutOfTime):
            act(called, "COMP", apply, replace(PUMP, saved_on=day))
    with pytest.raises(ApplicationIncomplete):
        act(called, "COMP", apply, replace(PUMP, costs=()))
    with pytest.raises(CallInvalid):
        act(called, "REVW", open_call, replace(CALL, call="even", experts=4))
    drawn(called)
    with pytest.raises(ApplicationOutOfTime):
        act(called, "COMP", apply, replace(PUMP, application="SB-9"))


def test_the_formal_check_is_made_by_somebody_else_with_a_reason(called):
    act(called, "COMP", apply, PUMP)
    with pytest.raises(CheckUnreasoned):
        act(called, "REVW", check, "SB-1", passed=False)
    act(called, "REVW", check, "SB-1", passed=False, reason="缺环评")
    with pytest.raises(AlreadyDecided):
        act(called, "REVW", check, "SB-1", passed=True)
    act(called, "PEXP", draw_experts, "ZX2024-01", SEED)
    with snapshot(called.source) as connection:
        seated = [each.expert for each in lots(connection, called.treasury_id, "ZX2024-01") if each.seat]
    with pytest.raises(OpinionOutOfPlace):
        judge(called, seated[:1], (1, 1))


def test_an_expert_lowers_for_a_reason_and_raises_nothing(called):
    seated = drawn(called)
    for lines in (
        [Judged(1, 9_000_004, "多给"), Judged(2, 1, "x")],
        [Judged(1, 5, ""), Judged(2, 1, "x")],
        [Judged(1, 5, "少一行")],
    ):
        with pytest.raises(OpinionRaises):
            act(called, "PRRV", record_opinion, "SB-1", seated[0], 70, lines)
    outsider = next(each.expert for each in EXPERTS if each.expert not in seated)
    with pytest.raises(OpinionOutOfPlace):
        judge(called, [outsider], (1, 1))
    judge(called, seated[:1], (1, 1))
    with pytest.raises(AlreadyDecided):
        judge(called, seated[:1], (2, 2))


def test_from_the_threshold_on_a_collective_decides(called):
    seated = drawn(called)
    with pytest.raises(OpinionsMissing):
        act(called, "APPR", decide, AGREED)
    judge(called, seated, *[(9_000_000, 1_000_000)] * 3)
    for wrong in (
        replace(AGREED, minutes_sha256=None), replace(AGREED, present=4, votes_for=4), replace(AGREED, votes_for=3, votes_against=2),
        replace(AGREED, present=8), replace(AGREED, votes_for=5, votes_against=1),
    ):  # fmt: skip
        with pytest.raises(CollectiveNeeded):
            act(called, "APPR", decide, wrong)
    with pytest.raises(NotPermitted):
        act(called, "REVW", decide, AGREED)
    assert act(called, "APPR", decide, AGREED) == 10_000_000
    with pytest.raises(AlreadyDecided):
        act(called, "APPR", decide, AGREED)


def test_below_the_threshold_no_minutes_are_asked(called):
    seated = drawn(called)
    judge(called, seated, *[(9_000_000, 999_999)] * 3)
    small = replace(AGREED, members=1, present=1, votes_for=1, minutes_sha256=None)
    assert act(called, "APPR", decide, small) == 9_999_999


def test_a_project_is_funded_once_in_whatever_call(called):
    again = replace(PUMP, application="SB-2", project_zh="高效水泵 生产线改造。")
    seated = drawn(called, PUMP, again)
    for each in ("SB-1", "SB-2"):
        judge(called, seated, *[(5_000_000, 1)] * 3, application=each)
    act(called, "APPR", decide, AGREED)
    with pytest.raises(FundedTwice):
        act(called, "APPR", decide, replace(AGREED, application="SB-2"))
    act(called, "APPR", decide, replace(AGREED, application="SB-2", granted=False, reason="重复申报"))


def test_a_call_gives_no_more_than_it_has(called):
    other = replace(PUMP, application="SB-2", project_zh="铸造车间", costs=(Cost("窑炉", 45_000_000),))
    seated = drawn(called, PUMP, other)
    judge(called, seated, *[(5_000_000, 1)] * 3)
    judge(called, seated, *[(45_000_000,)] * 3, application="SB-2")
    act(called, "APPR", decide, AGREED)
    with pytest.raises(CallExhausted) as refusal:
        act(called, "APPR", decide, replace(AGREED, application="SB-2"))
    assert refusal.value.facts == {"application": "SB-2", "free_fen": 44_999_999, "asked_fen": 45_000_000}


def test_projects_that_are_alike_are_shown_to_the_reviewer(called):
    near = replace(
        PUMP,
        application="SB-2",
        applicant="望山泵业",
        project_zh="高效水泵生产线技术改造",
        site="望山路9号",
        equipment="",
    )
    tool = replace(PUMP, application="SB-3", applicant="望山机床", project_zh="机加工中心", site="望山路8号")
    far = replace(
        PUMP, application="SB-4", applicant="湖东纺织", project_zh="织机更新", site="湖东路1号", equipment="织机"
    )
    for each in (PUMP, near, tool, far):
        act(called, "COMP", apply, each)
    with snapshot(called.source) as connection:
        found = alike(connection, called.treasury_id, "SB-1")
    assert [(each.other, each.same_site, each.same_equipment) for each in found] == [
        ("SB-2", False, False),
        ("SB-3", False, True),
    ]


def test_results_are_public_when_all_are_decided_and_not_before(called):
    seated = drawn(called)
    judge(called, seated, *[(5_000_000, 1)] * 3)
    with pytest.raises(ResultsIncomplete):
        act(called, "PUBL", publish_results, "ZX2024-01")
    act(called, "APPR", decide, AGREED)
    with called.source.engine("public").connect() as connection:
        asked = ("select count(*) from published.fund_result where treasury_id = %s", (called.treasury_id,))
        assert connection.exec_driver_sql(*asked).scalar_one() == 0
    act(called, "PUBL", publish_results, "ZX2024-01")
    with called.source.engine("public").connect() as connection:
        result = connection.exec_driver_sql(
            "select applicant, asked_fen, granted_fen, votes_for from published.fund_result where treasury_id = %s",
            (called.treasury_id,),
        ).all()
        draw = connection.exec_driver_sql(
            "select expert, seat from published.fund_draw where treasury_id = %s order by place", (called.treasury_id,)
        ).all()
    assert result == [("清渡泵业有限公司", 12_000_004, 5_000_001, 5)]
    assert [row[0] for row in draw if row[1]] == seated


def test_results_wait_for_the_closing_day_and_every_check(called):
    late = replace(CALL, call="ZX-late", closes_on=dt.date(2099, 1, 1))
    act(called, "REVW", open_call, late)
    with pytest.raises(ResultsIncomplete):
        act(called, "PUBL", publish_results, "ZX-late")
    act(called, "COMP", apply, PUMP)
    with pytest.raises(ResultsIncomplete):
        act(called, "PUBL", publish_results, "ZX2024-01")
    act(called, "REVW", check, "SB-1", passed=False, reason="缺环评")
    act(called, "PUBL", publish_results, "ZX2024-01")


def test_nothing_is_granted_where_the_experts_left_nothing(called):
    judge(called, drawn(called), *[(0, 0)] * 3)
    with pytest.raises(InvalidAmount):
        act(called, "APPR", decide, AGREED)
    act(called, "APPR", decide, replace(AGREED, granted=False, reason="专家不予支持"))
