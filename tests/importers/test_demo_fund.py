"""The demo's special fund: judged by drawn experts, decided by a collective, public with its draw, marked as a demo."""

import pytest

from importers.demo import founding
from importers.demo.special_fund import fund, fund_demo
from ledger import embedded
from ledger.compilation.special_funds import draw_again
from tests import made


@pytest.fixture(scope="module")
def demo(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("fund")
    source = made.installed(request.config, folder)
    founding.found(source)
    fund_demo(source, founding.TREASURY_ID)
    fund_demo(source, founding.TREASURY_ID)  # again: nothing is there twice
    yield source
    source.close()
    embedded.discard(folder)


def rows(source, text):
    with source.engine("public").connect() as public:
        return [tuple(row) for row in public.exec_driver_sql(text)]


def test_the_middle_of_the_opinions_was_granted_to_the_fen(demo):
    found = rows(demo, "select application, asked_fen, granted_fen, granted from published.fund_result order by 1")
    assert found == [
        ("ZX2024-01-001", 262_000_000, 186_000_000 + 51_200_000 + 3_000_000, True),
        ("ZX2024-01-002", 276_000_000, 220_500_000 + 31_000_000, True),
        ("ZX2024-01-003", 124_000_000, 0, False),
        ("ZX2024-01-004", 150_000_000, 0, False),
    ]


def test_anyone_draws_the_same_experts_from_what_is_public(demo):
    ((seed, seats),) = rows(demo, "select seed, experts from published.fund_call")
    lots = rows(demo, "select expert, excluded, seat from published.fund_draw order by place")
    excluded = [expert for expert, out, _ in lots if out]
    again = draw_again(seed, fund()["call"]["call"], [expert for expert, _, _ in lots], excluded, seats)
    assert again == [expert for expert, _, seat in lots if seat is not None]
    assert excluded == ["ZJ-07", "ZJ-03"], "a recorded tie, and who works for an applicant"


def test_everything_says_that_it_is_a_demo():
    told = [fund()["call"]["name_zh"], fund()["call"]["document"], fund()["draw"]["seed"]]
    told += [row[name] for row in fund()["application"] for name in ("applicant", "project_zh", "site")]
    told += [row["employer"] for row in fund()["expert"]]
    assert [text for text in told if "演示" not in text] == []
