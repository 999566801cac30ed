"""The year end of a budget, at the desk: what is open stops it, each step has its people, and all of it is undone."""

import re

import pytest

from tests.ledger.budget_city import YEAR
from tests.ledger.test_carry_over import FENS, GOODS, PAY, UPKEEP_LINE, WATER, budgeted, left, moved, next_year

HERE = f"/office/budget/{YEAR}/year-end"
BY = {"end_document": "财预〔2024〕99号", "end_prepared_by": "revw"}
HOLD = {"end_document": "财预〔2024〕98号", "end_prepared_by": "over"}


@pytest.fixture
def released(office):
    budgeted(office.city)
    return office


def step(one, what, **given):
    one.get(HERE)
    return one.post(f"{HERE}/{what}", given)


def told(one):
    return re.sub(r"<[^>]*>", " ", one.get(HERE).get_data(as_text=True))


def test_from_a_hold_to_the_next_year_and_back(released):
    city = released.city
    moved(city, "indicator_hold", WATER, 70_000)
    issuer, checker, poster = released("ISSU"), released("PCHK"), released("AUDT_IN")
    assert "办理结转和收回" not in told(issuer)
    assert "700.00" in told(issuer)
    assert step(issuer, "take", **BY).status_code == 422
    assert "冻结须解除" in issuer.text
    assert step(checker, "free", **HOLD).status_code == 303, checker.text
    page = told(issuer)
    assert [page.count(word) for word in ("基本支出", "办理结转和收回")] == [4, 1]  # one of them in the note
    assert step(issuer, "take", **BY).status_code == 303, issuer.text
    assert left(city) == {}
    assert "在2025年恢复 1 条结转指标" in told(issuer)
    assert step(issuer, "open", **BY).status_code == 303, issuer.text
    assert step(checker, "hold", **HOLD).status_code == 303, checker.text
    assert left(city, 2025) == {next_year(WATER, YEAR): (0, FENS[3] - 70_000, 70_000)}
    assert step(poster, "undo", end_prepared_by="book").status_code == 303, poster.text
    assert left(city) == {**dict(zip((PAY, GOODS, UPKEEP_LINE), [(0, f, 0) for f in FENS], strict=False)),
                          WATER: (0, FENS[3] - 70_000, 70_000)}  # fmt: skip
    assert "尚未办理年终结转" in told(poster)


def test_what_was_carried_over_is_a_line_like_any_other(released):
    issuer, checker = released("ISSU"), released("PCHK")
    step(issuer, "take", **BY)
    step(issuer, "open", **BY)
    line = f"/office/budget/lines/{next_year(WATER, YEAR)}"
    page = checker.get(line).get_data(as_text=True)
    assert "308,625.00" in page
    doors = re.findall(r'href="(/office/budget/[^"#]*)', page)
    assert {checker.client.get(door).status_code for door in doors} == {200}
    held = {"change": "hold", "change_amount": "700", "change_key": "D-1", "change_document": "采购计划", "change_on": "2025-01-06",
            "change_prepared_by": "over"}  # fmt: skip
    assert checker.post(f"{line}/change", held).status_code == 303, checker.text
    assert left(released.city, 2025) == {next_year(WATER, YEAR): (0, FENS[3] - 70_000, 70_000)}
    assert checker.post(f"{line}/change", {**held, "change_amount": "400000", "change_key": "D-2"}).status_code == 422
    assert "可用额度差" in checker.text


def test_a_number_typed_like_a_step_does_not_stop_the_year_end(released):
    checker, issuer = released("PCHK"), released("ISSU")
    held = {"change": "hold", "change_amount": "1", "change_key": "YE-2024-x", "change_document": "采购计划",
            "change_on": "2024-03-06", "change_prepared_by": "over"}  # fmt: skip
    assert checker.post(f"/office/budget/lines/{WATER}/change", held).status_code == 303, checker.text
    assert checker.get(HERE).status_code == 200
    assert step(checker, "free", **HOLD).status_code == 303, checker.text
    assert step(issuer, "take", **BY).status_code == 303, issuer.text


def test_a_project_that_is_over_may_lapse(released):
    one = released("ISSU")
    assert f'value="{WATER}"' in one.get(HERE).get_data(as_text=True)
    assert f'value="{PAY}"' not in one.text
    assert one.post(f"{HERE}/take", {**BY, "lapse": WATER}).status_code == 303, one.text
    assert "下年恢复" not in told(one)
    assert "结余收回" in one.text


@pytest.mark.parametrize(
    ("given", "field"), [({"end_document": ""}, "end_document"), ({"end_prepared_by": ""}, "end_prepared_by")]
)
def test_a_step_names_its_document_and_who_prepared_it(released, given, field):
    one = released("ISSU")
    assert step(one, "take", **{**BY, **given}).status_code == 422
    assert f'id="e-{field}">必须填写' in one.text
    assert len(left(released.city)) == 4


def test_nobody_prepares_what_he_may_not_and_cancels_what_is_not_there(released):
    one = released("ISSU")
    assert step(one, "take", **{**BY, "end_prepared_by": "comp"}).status_code == 422
    assert step(one, "cancel", **BY, end_revenue="税").status_code == 422
    assert "不是末级收入科目" in one.text
    assert step(one, "cancel", **BY, end_revenue="1010101").status_code == 303
    assert len(left(released.city)) == 4


def test_undoing_nothing_is_refused(released):
    one = released("AUDT_IN")
    assert step(one, "undo", end_prepared_by="book").status_code == 422
    assert "没有可撤销的年终结转" in one.text


@pytest.mark.parametrize("duty", ["REVW", "APPR", "ISSU", "NPCO", "OVER", "AUDI", "PCHK", "BOOK", "AUDT_IN", "CLOS"])
def test_the_year_end_is_read_by_many_and_each_step_taken_by_one_duty(released, duty):
    one = released(duty)
    assert one.get(HERE).status_code == 200
    for what, whose in (
        ("free", "PCHK"),
        ("hold", "PCHK"),
        ("cancel", "ISSU"),
        ("take", "ISSU"),
        ("open", "ISSU"),
        ("undo", "AUDT_IN"),
    ):
        assert (one.post(f"{HERE}/{what}", {}).status_code == 403) == (duty != whose), what
    assert len(left(released.city)) == 4


@pytest.mark.parametrize("duty", ["COMP", "APPL", "PUBL"])
def test_others_do_not_see_it(released, duty):
    assert released(duty).get(HERE).status_code == 403


def test_a_year_without_books_says_so(released):
    one = released("NPCO")
    assert "没有预算指标账套" in one.get("/office/budget/2031/year-end").get_data(as_text=True)
