"""The demo's claims: within their standards or above with a reason that is public, and marked as a demo."""

import pytest

from importers.demo import founding
from importers.demo.claims import claims_demo, occasions, told
from ledger import embedded
from tests import made


@pytest.fixture(scope="module")
def demo(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("claims")
    source = made.installed(request.config, folder)
    founding.found(source)
    claims_demo(source, founding.TREASURY_ID)
    claims_demo(source, founding.TREASURY_ID)  # again: nothing is there twice
    yield source
    source.close()
    embedded.discard(folder)


def test_every_claim_is_approved_and_the_one_above_its_standard_is_public(demo):
    with demo.engine("inspect").connect() as inspecting:
        found = [
            tuple(row)
            for row in inspecting.exec_driver_sql("select claim, state, fen from ledger.claim_state order by 1")
        ]
    assert found[:3] == [
        ("BX2025-00001", "approved", 301_600),
        ("BX2025-00002", "approved", 2_517_340),
        ("BX2025-00003", "approved", 142_000),
    ]
    assert len(found) == len(occasions()) > 50
    assert {state for _, state, _ in found} == {"approved"}
    with demo.engine("public").connect() as public:
        shown = public.exec_driver_sql(
            "select claim, ceiling_fen, spent_fen, above_fen, off_list from published.claim_departure"
        )
        assert [tuple(row) for row in shown] == [("BX2025-00003", 130_000, 142_000, 12_000, False)]


def test_what_is_invented_says_so():
    given = told()
    assert all("演示" in text for name, text in given["of"].items() if name != "valid_from")
    assert all("演示" in given["venue"][name] for name in ("name_zh", "address", "document"))
    for each in occasions():
        named = [
            each[name] for name in ("claimant", "approval_no", "reason", "reason_document", "allowed") if name in each
        ]
        assert all("演示" in text for text in named)
