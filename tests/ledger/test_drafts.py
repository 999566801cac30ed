"""A voucher by hand goes from its author to a reviewer to a poster, never through one person twice."""

import datetime as dt
import itertools

import pytest

from ledger import access, draft_checks, drafts, install
from ledger.db import owner, snapshot, transaction
from ledger.drafts import Content, DraftLine
from ledger.errors import (
    AlreadyReversed,
    AppendOnly,
    DraftMoved,
    DraftStepUnknown,
    InvalidAttachment,
    NotPermitted,
    RejectionUnreasoned,
    SamePersonTwice,
    UnbalancedVoucher,
    UnknownDraft,
)
from ledger.install import PersonPlan

DAY = dt.date(2024, 3, 5)
FUND = {"fund": "1"}
CASH = DraftLine("收到上级往来", "1001", debit="1234.50", dims=FUND)


@pytest.fixture
def desk(city):
    city.receive(1_000_000)
    return city


@pytest.fixture
def content():
    """A voucher that may be posted: money paid in, owed to somebody."""
    lines = (CASH, DraftLine("", "2012", credit="1234.50", dims={**FUND, "counterparty": "省财政厅"}))
    return Content(DAY, "收到上级往来", "国库〔2024〕7号", 2, lines)


def as_(city, duty):
    return transaction(city.source, city.session(duty))


def save(city, content, **more):
    with as_(city, "BOOK") as tx:
        return drafts.save(tx, "B2024", content, **more)


def take(city, duty, draft, action, version=1, remark=""):
    with as_(city, duty) as tx:
        return drafts.step(tx, draft, version, action, remark)


def post(city, draft, duty="AUDT_IN", version=1):
    with as_(city, duty) as tx:
        return drafts.post_draft(tx, draft, version)


def look(city, draft, duty="BOOK"):
    with snapshot(city.source, city.session(duty)) as connection:
        return drafts.find(connection, city.treasury_id, draft)


def test_three_people_take_a_voucher_into_the_journal(desk, content):
    draft, no, version = save(desk, content)
    assert (no, version) == (1, 1)
    assert take(desk, "BOOK", draft, "submit") == "submitted"
    assert take(desk, "CLOS", draft, "review") == "reviewed"
    posted = post(desk, draft)
    found = look(desk, draft)
    assert (found.state, found.prepared_by, found.reviewed_by, found.posted_by) == ("posted", "book", "clos", "audt_in")
    assert found.event_id == posted.event_id
    with snapshot(desk.source, desk.session("AUDI")) as connection:
        told = drafts.steps(connection, desk.treasury_id, draft)
    assert [(s.person, s.action, s.to_state) for s in told] == [
        ("book", "save", "draft"),
        ("book", "submit", "submitted"),
        ("clos", "review", "reviewed"),
        ("audt_in", "post", "posted"),
    ]


def test_the_reviewer_may_not_post(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    take(desk, "AUDT_IN", draft, "review")
    with pytest.raises(SamePersonTwice):
        post(desk, draft)
    assert look(desk, draft).state == "reviewed"


def test_the_author_may_not_review_under_another_duty(desk, content):
    with owner(desk.source) as connection:
        install.create_person(
            connection, desk.treasury_id, PersonPlan("both", "两职", "101.BOOK", ("BOOK", "CLOS")), DAY, "任字9号"
        )
    as_book = access.open_session(desk.source, desk.treasury_id, "both", "BOOK")
    as_clos = access.open_session(desk.source, desk.treasury_id, "both", "CLOS")
    with transaction(desk.source, as_book) as tx:
        draft, _, _ = drafts.save(tx, "B2024", content)
        drafts.step(tx, draft, 1, "submit")
    with pytest.raises(SamePersonTwice), transaction(desk.source, as_clos) as tx:
        drafts.step(tx, draft, 1, "review")


@pytest.mark.parametrize(
    ("duty", "action"), [("AUDT_IN", "submit"), ("CLOS", "post"), ("BOOK", "review"), ("BOOK", "post")]
)
def test_a_step_that_is_not_the_duty_s_is_refused(desk, content, duty, action):
    draft, _, _ = save(desk, content)
    with pytest.raises(DraftStepUnknown):
        take(desk, duty, draft, action)


@pytest.mark.parametrize("duty", ["SIGN", "RECO", "APPL"])
def test_who_does_not_keep_books_writes_no_draft(desk, content, duty):
    with pytest.raises(NotPermitted), as_(desk, duty) as tx:
        drafts.save(tx, "B2024", content)


def test_a_rejected_version_is_kept_and_the_next_one_goes_on(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    with pytest.raises(RejectionUnreasoned):
        take(desk, "CLOS", draft, "reject")
    take(desk, "CLOS", draft, "reject", remark="附件不齐")
    better = Content(DAY, "收到上级往来款", "", 3, content.lines)
    assert save(desk, better, draft_id=draft, version=1)[2] == 2
    with snapshot(desk.source, desk.session("AUDI")) as connection:
        assert drafts.content_of(connection, desk.treasury_id, draft, 1) == content
        assert drafts.content_of(connection, desk.treasury_id, draft, 2) == better
        assert drafts.steps(connection, desk.treasury_id, draft)[2].remark == "附件不齐"


def test_a_submitted_draft_is_not_changed_but_withdrawn(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    with pytest.raises(DraftStepUnknown):
        save(desk, content, draft_id=draft, version=1)
    take(desk, "BOOK", draft, "withdraw")
    assert save(desk, content, draft_id=draft, version=1)[2] == 2


def test_what_was_seen_is_what_is_decided(desk, content):
    draft, _, _ = save(desk, content)
    save(desk, content, draft_id=draft, version=1)
    with pytest.raises(DraftMoved):
        take(desk, "BOOK", draft, "submit", version=1)
    with pytest.raises(DraftMoved):
        save(desk, content, draft_id=draft, version=1)


def test_what_does_not_balance_is_not_submitted(desk):
    off = Content(DAY, "差额", lines=(CASH, DraftLine("", "2012", credit="1234.49")))
    draft, _, _ = save(desk, off)
    with pytest.raises(UnbalancedVoucher):
        take(desk, "BOOK", draft, "submit")


def test_a_refused_posting_leaves_the_draft_where_it_was(desk):
    needless = Content(DAY, "缺资金性质", lines=(CASH, DraftLine("", "2012", credit="1234.50")))
    draft, _, _ = save(desk, needless)
    take(desk, "BOOK", draft, "submit")
    take(desk, "CLOS", draft, "review")
    with pytest.raises(Exception, match=r"fund|needs") as refused:
        post(desk, draft)
    assert refused.value.code == "missing-dimension"
    assert look(desk, draft).state == "reviewed"


def test_an_event_is_reversed_by_a_draft_once(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    take(desk, "CLOS", draft, "review")
    event_id = post(desk, draft).event_id
    with snapshot(desk.source, desk.session("BOOK")) as connection:
        code, red = drafts.reversal_of(connection, desk.treasury_id, event_id)
    assert [(line.debit, line.credit) for line in red.lines] == [("-1234.50", ""), ("", "-1234.50")]
    red = Content(dt.date(2024, 3, 9), red.narration, lines=red.lines)
    with as_(desk, "BOOK") as tx:
        other, _, _ = drafts.save(tx, code, red, reverses=event_id)
    with pytest.raises(AlreadyReversed):
        save(desk, red, reverses=event_id)
    take(desk, "BOOK", other, "submit")
    take(desk, "CLOS", other, "review")
    post(desk, other)
    assert look(desk, other).state == "posted"


def test_the_people_of_another_treasury_see_nothing(desk, content):
    from tests.conftest import make_city

    draft, _, _ = save(desk, content)
    foreign = make_city(desk.source)
    with snapshot(foreign.source, foreign.session("BOOK")) as connection, pytest.raises(UnknownDraft):
        drafts.find(connection, desk.treasury_id, draft)
    with pytest.raises(UnknownDraft):
        take(foreign, "AUDT_IN", draft, "review")


def test_why_a_button_may_not_be_pressed(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    with snapshot(desk.source, desk.session("BOOK")) as connection:
        found = drafts.find(connection, desk.treasury_id, draft)
        why = drafts.allowed(connection, found, "book", "BOOK")
        assert why == {"withdraw": "", "review": "duty:AUDT_IN CLOS", "reject": "duty:AUDT_IN CLOS"}
        assert drafts.allowed(connection, found, "book", "CLOS")["review"] == "prepared"
        assert drafts.allowed(connection, found, "clos", "CLOS")["review"] == ""
    take(desk, "AUDT_IN", draft, "review")
    with snapshot(desk.source, desk.session("AUDT_IN")) as connection:
        found = drafts.find(connection, desk.treasury_id, draft)
        assert drafts.allowed(connection, found, "audt_in", "AUDT_IN")["post"] == "reviewed"


PDF = b"%PDF-1.7\n\xff\x00rest"


def test_a_paper_is_kept_byte_for_byte(desk, content):
    draft, _, _ = save(desk, content)
    with as_(desk, "BOOK") as tx:
        paper = drafts.attach(tx, draft, "国库拨款单.pdf", PDF)
    with snapshot(desk.source, desk.session("AUDI")) as connection:
        assert drafts.attachment(connection, desk.treasury_id, draft, paper) == ("国库拨款单.pdf", PDF)
        (kept,) = drafts.attachments(connection, desk.treasury_id, draft)
    import hashlib

    assert kept.digest == hashlib.sha256(PDF).hexdigest()
    with pytest.raises(InvalidAttachment), as_(desk, "BOOK") as tx:
        drafts.attach(tx, draft, "又一次.pdf", PDF)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.exe", b"MZ"), ("a.html", b"<html>"), ("a.svg", b"<svg/>"), ("a.pdf", b"<html>"), ("a.png", PDF), ("a.pdf", b""),
        ("../a.pdf", PDF), ("a/b.pdf", PDF), ("a\\b.pdf", PDF), ("a\n.pdf", PDF), (".pdf", PDF), ("a" * 150 + ".pdf", PDF),
        ("a.txt", b"x\x00y"), ("a.pdf", b"%PDF-" + b"x" * drafts.MOST_BYTES),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_a_paper_that_is_not_what_it_says_is_refused(desk, content, name, body):
    draft, _, _ = save(desk, content)
    with pytest.raises(InvalidAttachment), as_(desk, "BOOK") as tx:
        drafts.attach(tx, draft, name, body)


def test_papers_come_before_the_submission(desk, content):
    draft, _, _ = save(desk, content)
    take(desk, "BOOK", draft, "submit")
    with pytest.raises(UnknownDraft), as_(desk, "BOOK") as tx:
        drafts.attach(tx, draft, "迟到.pdf", PDF)


@pytest.mark.parametrize("table", ["draft_version", "draft_step", "attachment"])
def test_what_was_written_is_never_rewritten_not_by_the_owner_either(desk, content, table):
    save(desk, content)
    with pytest.raises(AppendOnly), owner(desk.source) as connection:
        connection.exec_driver_sql(f"delete from ledger.{table}")


def test_the_desk_says_what_is_wrong_before_the_database_does(desk, content):
    bad = Content(
        dt.date(2031, 1, 1),
        " ",
        lines=(
            DraftLine("", "1001", debit="12.345", dims={"fund": "9"}),
            DraftLine("", "9999", debit="1", credit="1"),
            DraftLine("", "2012", credit="-5.00", dims={"revenue": "1010101"}),
            DraftLine("", "1001", credit="7.00", dims={"fund": "1"}),
        ),
    )
    draft, _, _ = save(desk, bad)
    with snapshot(desk.source, desk.session("BOOK")) as connection:
        found = drafts.find(connection, desk.treasury_id, draft)
        told = {(p.line, p.field, p.reason) for p in draft_checks.problems(connection, desk.treasury_id, found, bad)}
        good = draft_checks.problems(connection, desk.treasury_id, found, content)
        rooms = draft_checks.rooms(connection, desk.treasury_id, found, content)
    assert told >= {
        (None, "on", "no_period"),
        (None, "narration", "missing"),
        (1, "debit", "bad_amount"),
        (1, "fund", "unknown_code"),
        (2, "account", "unknown_account"),
        (2, "debit", "both_sides"),
        (3, "fund", "missing"),
        (3, "revenue", "not_carried"),
        (None, "lines", "half_red"),
    }
    assert good == []
    assert [(room.account, room.key, room.available) for room in rooms] == [("1001", "1", 1_000_000)]
