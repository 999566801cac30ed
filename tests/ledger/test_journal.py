"""One event becomes vouchers in every account set that it touches, or nothing."""

import dataclasses
import datetime as dt

import pytest

from ledger import access, errors, install, journal
from ledger.db import owner, snapshot, transaction
from ledger.events import Event, GivenLine, GivenVoucher, from_json
from ledger.install import SetPlan
from ledger.money import MOST, Fen, parse_yuan, split
from ledger.sequencer import sequence
from reports.trial_balance import trial_balance
from tests.conftest import DAY, make_city


def rows(city, sql, *values):
    with snapshot(city.source) as books:
        return [tuple(row) for row in books.exec_driver_sql(sql, (city.treasury_id, *values))]


def everything(city):
    """What the journal of a city holds, counted and added up."""
    return rows(
        city,
        "select (select count(*) from ledger.event e where e.treasury_id = t.treasury_id),"
        " (select count(*) from ledger.voucher v where v.treasury_id = t.treasury_id),"
        " (select count(*) from ledger.posting p where p.treasury_id = t.treasury_id),"
        " (select count(*) from ledger.leaf l where l.treasury_id = t.treasury_id),"
        " (select count(*) from ledger.limit_move m where m.treasury_id = t.treasury_id),"
        " (select coalesce(sum(r.available_fen), 0) from ledger.limit_row r where r.treasury_id = t.treasury_id),"
        " (select coalesce(sum(b.debit_fen), 0) from ledger.balance b where b.treasury_id = t.treasury_id),"
        " (select sum(p.last_no) from ledger.period p where p.treasury_id = t.treasury_id)"
        "  from ledger.treasury t where t.treasury_id = %s",
    )


@pytest.fixture
def refused(city):
    """Posts what must be refused, and sees that nothing at all was done."""

    def post(error, duty, *events):
        before = everything(city)
        with pytest.raises(error) as caught:
            city.post(duty, *events)
        assert type(caught.value) is error
        assert everything(city) == before
        return caught.value

    return post


def receipt(city, fen=700, **more):
    return city.event("treasury_receipt", prepared_by="book", facts={"amount": Fen(fen)},
                      dims={"fund": "1", "revenue": "1010101"}, **more)  # fmt: skip


def line(side, fen, account=None, **dims):
    account = account or ("1001" if side == "D" else "4001")
    dims = dims or ({"fund": "1"} if account == "1001" else {"fund": "1", "revenue": "1010101"})
    return GivenLine(account, side, Fen(fen), dims)


def by_hand(city, *lines, account_set="B2024", **more):
    return city.event("manual", prepared_by="book", vouchers=(GivenVoucher(account_set, lines),), **more)


# What is posted


def test_a_payment_posts_in_three_account_sets(city):
    city.receive(500000)
    indicator = city.grant(123450)
    posted = city.pay(indicator, 123450)
    with snapshot(city.source) as books:
        found = books.exec_driver_sql(
            "select s.code, p.account, p.side, p.amount_fen from ledger.voucher v"
            "  join ledger.posting p using (treasury_id, voucher_id)"
            "  join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)"
            " where v.treasury_id = %s and v.event_id = %s order by 1, p.line_no",
            (city.treasury_id, posted.event_id),
        ).all()
    assert [tuple(row) for row in found] == [
        ("A201-2024", "5001", "D", 123450),
        ("A201-2024", "4001", "C", 123450),
        ("A201-2024", "7101", "D", 123450),
        ("A201-2024", "6001", "C", 123450),
        ("B2024", "5001", "D", 123450),
        ("B2024", "1001", "C", 123450),
        ("B2024", "7001", "D", 123450),
        ("B2024", "8041", "C", 123450),
        ("I2024", "Z701", "D", 123450),
        ("I2024", "Z503", "C", 123450),
    ]


def test_ten_and_two_hundred_events_are_answered_in_their_order(city):
    for many in (10, 200):  # in one call, and by COPY
        events = [receipt(city, fen) for fen in range(1, many + 1)]
        posted = city.post("AUDT_IN", *events)
        assert [(p.key, p.already) for p in posted] == [(e.key, False) for e in events]


def test_voucher_numbers_have_no_gap_in_a_month_and_begin_again_in_the_next(city):
    city.receive(700)
    with pytest.raises(errors.MissingDimension):
        city.post("AUDT_IN", receipt(city), by_hand(city, line("D", 5), line("C", 5, "4001", revenue="1010101")))
    city.receive(800)
    city.receive(900, on=DAY.replace(month=4))
    numbers = rows(city, "select v.period_no, v.no from ledger.voucher v where v.treasury_id = %s order by 1, 2")
    assert numbers == [(3, 1), (3, 2), (4, 1)]


# All or nothing


@pytest.mark.parametrize("many", [3, 150])
@pytest.mark.parametrize("bad_row", [1, 2, 3])
def test_one_bad_event_refuses_the_batch_and_is_named(city, refused, many, bad_row):
    events = [receipt(city, fen) for fen in range(1, many + 1)]
    events[bad_row - 1] = by_hand(city, line("D", 700), line("C", 699), key="bad")
    error = refused(errors.UnbalancedVoucher, "AUDT_IN", *events)
    assert (error.facts["row"], error.facts["kind"], error.facts["key"]) == (bad_row, "manual", "bad")


def test_an_event_that_no_template_takes_refuses_the_batch_and_is_named(city, refused):
    error = refused(errors.MissingFact, "AUDT_IN", receipt(city), dataclasses.replace(receipt(city), facts={}))
    assert error.facts["row"] == 2


def test_an_unbalanced_voucher_is_refused(refused, city):
    error = refused(errors.UnbalancedVoucher, "AUDT_IN", by_hand(city, line("D", 701), line("C", 700)))
    assert (error.facts["off_by_fen"], error.facts["book"]) == (1, "financial")


def test_books_that_balance_only_together_are_refused(refused, city):
    both = line("D", 700), line("C", 700, "6001", fund="1", revenue="1010101")
    refused(errors.UnbalancedVoucher, "AUDT_IN", by_hand(city, *both))


@pytest.mark.parametrize("vouchers", [(), (GivenVoucher("B2024", ()),)], ids=["no voucher", "no lines"])
def test_an_empty_voucher_is_refused(refused, city, vouchers):
    event = city.event("manual", prepared_by="book", vouchers=vouchers)
    refused(errors.IncompleteVoucher if vouchers else errors.InvalidEvent, "AUDT_IN", event)


def test_an_event_whose_every_amount_is_nil_is_refused(refused, city):
    refused(errors.IncompleteVoucher, "AUDT_IN", receipt(city, 0))


def test_red_and_black_in_one_voucher_are_refused(refused, city):
    lines = line("D", 700), line("C", 700), line("D", -5), line("C", -5)
    refused(errors.IncompleteVoucher, "AUDT_IN", by_hand(city, *lines))


def test_an_account_set_of_a_neighbour_is_refused(refused, city, source):
    neighbour = make_city(source)
    plan = SetPlan("THEIRS", "101", "bureau", "general_budget_2023", 2025, dt.date(2025, 1, 1), "邻市", "Neighbour")
    with owner(source) as connection:
        install.create_account_sets(connection, neighbour.treasury_id, [plan])
    theirs = {"account_set": "THEIRS", "on": dt.date(2025, 3, 5)}
    assert neighbour.post("AUDT_IN", by_hand(neighbour, line("D", 5), line("C", 5), **theirs))
    refused(errors.ForeignAccountSet, "AUDT_IN", by_hand(city, line("D", 5), line("C", 5), **theirs))


# Who may


def test_a_preparer_does_not_post(refused, city):
    refused(errors.PreparerPosts, "AUDT_IN", dataclasses.replace(receipt(city), prepared_by="audt_in"))


@pytest.mark.parametrize("person", ["comp", "nobody"])
def test_who_may_not_prepare_does_not(refused, city, person):
    refused(errors.PreparerLacksDuty, "AUDT_IN", dataclasses.replace(receipt(city), prepared_by=person))


def test_a_duty_posts_only_its_kinds(refused, city):
    error = refused(errors.NotPermitted, "SIGN", receipt(city))
    assert (error.facts["duty"], error.facts["posted_under"]) == ("SIGN", "AUDT_IN")


def test_who_was_signed_out_posts_nothing(city):
    session = access.open_session(city.source, city.treasury_id, "audt_in", "AUDT_IN")
    city.receive(700)
    access.close_session(city.source, session)
    before = everything(city)
    with pytest.raises(errors.NotSignedIn), transaction(city.source, session) as tx:
        journal.post(tx, [receipt(city)])
    assert everything(city) == before


# Keys


def test_the_same_key_with_the_same_content_answers_what_was_posted(city):
    event = receipt(city, key="again")
    first = city.post("AUDT_IN", event)[0]
    before = everything(city)
    assert city.post("AUDT_IN", event)[0] == dataclasses.replace(first, already=True)
    assert everything(city) == before


@pytest.mark.parametrize(
    "change",
    [{"facts": {"amount": Fen(701)}}, {"on": DAY + dt.timedelta(1)}, {"narration": "改"}, {"document": "新"},
     {"dims": {"fund": "2", "revenue": "103014801"}}],
    ids=["amount", "day", "narration", "document", "dims"],
)  # fmt: skip
def test_the_same_key_with_other_content_is_refused(refused, city, change):
    event = receipt(city, key="once")
    city.post("AUDT_IN", event)
    error = refused(errors.KeyReused, "AUDT_IN", receipt(city), dataclasses.replace(event, **change))
    assert (error.facts["row"], error.facts["key"]) == (2, "once")


def test_a_key_twice_in_one_batch_is_refused(refused, city):
    refused(errors.KeyTwiceInBatch, "AUDT_IN", receipt(city, key="twice"), receipt(city, key="twice"))


# Amounts


@pytest.mark.parametrize("fen", [1.0, 0.5, float("nan"), -1, MOST + 1, True, "700", None])
def test_a_fact_that_is_no_whole_fen_within_range_is_refused(refused, city, fen):
    event = dataclasses.replace(receipt(city), facts={"amount": fen})
    refused(errors.InvalidAmount, "AUDT_IN", event)


@pytest.mark.parametrize("fen", [1.0, 0.5, float("inf"), 0, MOST + 1, -MOST - 1, False])
def test_a_line_that_is_no_whole_fen_within_range_is_refused(refused, city, fen):
    lines = GivenLine("1001", "D", fen, {"fund": "1"}), line("C", 1)
    refused(errors.InvalidAmount, "AUDT_IN", by_hand(city, *lines))


def test_the_largest_amount_is_taken(city):
    assert city.receive(MOST)


BAD_YUAN = (1, 1.5, None, "", "1.234", "1,000", "NaN", "Infinity", "1e3", "-", "+1", " 1", "1 ", "1.", ".5",
            "１", "9" * 16, "0x1", "1\n")  # fmt: skip


@pytest.mark.parametrize("text", BAD_YUAN)
def test_an_amount_is_plain_text_in_yuan_or_refused(text):
    with pytest.raises(errors.InvalidAmount):
        parse_yuan(text)
    event = {"kind": "treasury_receipt", "key": "k", "on": "2024-03-05", "narration": "n", "prepared_by": "book"}
    with pytest.raises(errors.InvalidAmount):
        from_json({**event, "facts": {"amount": text}})


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1, 5], [-1]])
def test_a_total_is_not_split_by_weights_that_are_none(weights):
    with pytest.raises(errors.InvalidAmount):
        split(Fen(100), weights)


def test_what_does_not_divide_goes_to_the_last():
    assert split(Fen(100), [1, 1, 1]) == [33, 33, 34]
    assert split(Fen(-100), [1, 1, 1]) == [-33, -33, -34]


# What a preview tells, A3


def test_a_preview_tells_what_would_stand_and_writes_nothing(city):
    city.receive(500000)
    indicator = city.grant(123450)
    city.post("PCHK", city.reservation(indicator, 100000))
    payment = city.payment(indicator, 100000)
    before = everything(city)
    told = journal.preview(city.source, city.session("SIGN"), [payment])
    assert everything(city) == before
    limits = {(x["account_set"], x["account"], x["limit_key"]): x["available_fen"] for x in told.limits}
    assert limits == {("B2024", "1001", "1"): 400000, ("I2024", "Z503", indicator): 0}
    balances = {(x["account_set"], x["account"]): (x["debit_fen"], x["credit_fen"]) for x in told.balances}
    assert balances["B2024", "1001"] == (500000, 100000)
    assert balances["A201-2024", "7101"] == (100000, 0)
    assert [p.already for p in told.posted] == [False]
    city.post("SIGN", payment)
    after = rows(city, "select s.code, b.account, b.debit_fen, b.credit_fen from ledger.balance b"
                       "  join ledger.account_set s using (treasury_id, account_set_id) where b.treasury_id = %s")  # fmt: skip
    assert {(code, account): (debit, credit) for code, account, debit, credit in after}.items() >= balances.items()


def test_a_preview_refuses_what_posting_would(city):
    indicator = city.grant(1000)
    with pytest.raises(errors.LimitExceeded) as refused:
        journal.preview(city.source, city.session("PCHK"), [city.reservation(indicator, 1001)])
    assert refused.value.facts["short_fen"] == 1


# What a reversal takes back, A4


def reverse(city, event_id, **more):
    given = {"key": f"back-{next(city.numbers)}", "on": DAY, "narration": "冲销", "prepared_by": "book", **more}
    with transaction(city.source, city.session("AUDT_IN")) as tx:
        return journal.reverse(tx, event_id, **given)


def balances(city):
    found = rows(city, "select b.account_set_id, b.account, b.debit_fen, b.credit_fen from ledger.balance b"
                       " where b.treasury_id = %s")  # fmt: skip
    return {tuple(row[:2]): row[2:] for row in found if any(row[2:])}


def test_a_reversal_takes_back_turnover_and_limits_in_every_set(city):
    city.receive(500000)
    indicator = city.grant(123450)
    city.post("PCHK", city.reservation(indicator, 123450))
    before, limits = balances(city), everything(city)[0][5]
    posted = city.post("SIGN", city.payment(indicator, 123450))[0]
    reverse(city, posted.event_id)
    assert balances(city) == before
    assert everything(city)[0][5] == limits


def test_an_event_is_reversed_once_and_a_reversal_never(city):
    posted = city.receive(700)[0]
    back = reverse(city, posted.event_id)
    with pytest.raises(errors.AlreadyReversed):
        reverse(city, posted.event_id)
    with pytest.raises(errors.UnknownEvent):
        reverse(city, back.event_id)


def test_an_event_is_reversed_in_every_set_or_not_at_all(city):
    city.receive(1000)
    paid = city.pay(city.grant(1000), 600)
    with owner(city.source) as connection:
        install.create_office(connection, city.treasury_id, "201.AUDT_IN", "201", "会计", "Books")
        plan = install.PersonPlan("unit", "单位会计", "201.AUDT_IN", ("AUDT_IN",), ("201",))
        install.create_person(connection, city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    before = balances(city)
    unit = access.open_session(city.source, city.treasury_id, "unit", "AUDT_IN")
    with pytest.raises(errors.ForeignAccountSet), transaction(city.source, unit) as tx:
        journal.reverse(tx, paid.event_id, key="R-1", on=DAY, narration="冲销", prepared_by="book")
    assert balances(city) == before


def test_a_reversal_has_the_lines_of_what_it_reverses(city):
    receipt = city.receive(700)[0]
    money = {"fund": "1"}
    for fen, revenue in ((-699, "1010101"), (-700, "1010104"), (700, "1010101")):
        lines = (
            GivenLine("1001", "D", Fen(fen), money),
            GivenLine("4001", "C", Fen(fen), {**money, "revenue": revenue}),
        )
        event = city.event(
            "reversal", prepared_by="book", vouchers=(GivenVoucher("B2024", lines),), reverses=receipt.event_id
        )
        with pytest.raises(errors.IncompleteVoucher):
            city.post("AUDT_IN", event)
    reverse(city, receipt.event_id)


def test_a_receipt_that_is_spent_cannot_be_reversed(city):
    posted = city.receive(1000)[0]
    indicator = city.grant(1000)
    city.pay(indicator, 1)
    with pytest.raises(errors.LimitExceeded):
        reverse(city, posted.event_id)


def test_a_reversal_of_nothing_or_of_a_neighbours_event_is_refused(city, source):
    neighbour = make_city(source)
    theirs = neighbour.receive(700)[0]
    with pytest.raises(errors.UnknownEvent):
        reverse(city, theirs.event_id)


# By two dates at once, A5


def closing(city, account, on, known):
    with snapshot(city.source) as books:
        table = trial_balance(books, set_code="B2024", treasury=city.treasury_id, on=on, known=known)
    return {row.account.code: row.closing for row in table.rows}.get(account, 0)


def log_size(city):
    sequence(city.source, city.treasury_id)
    return rows(city, "select z.size from ledger.log_size z where z.treasury_id = %s")[0][0]


def test_a_balance_by_two_dates_is_what_was_effective_by_then_and_known_by_then(city):
    march, april = DAY, DAY.replace(month=4)
    city.receive(700, on=march)
    first = log_size(city)
    city.receive(50, on=april)
    second = log_size(city)
    city.receive(6, on=march)  # late, of an earlier day
    third = log_size(city)
    said = {(on, known): closing(city, "1001", on, known) for on in (march, april) for known in (first, second, third)}
    assert said == {
        (march, first): 700, (march, second): 700, (march, third): 706,
        (april, first): 700, (april, second): 750, (april, third): 756,
    }  # fmt: skip


def test_what_is_read_back_from_json_is_the_event(city):
    given = {"kind": "treasury_receipt", "key": "json", "on": "2024-03-05", "narration": "增值税", "prepared_by": "book",
             "facts": {"amount": "1234.50"}, "dims": {"fund": "1", "revenue": "1010101"}}  # fmt: skip
    assert from_json(given) == Event("treasury_receipt", "json", DAY, "增值税", "book", {"amount": Fen(123450)},
                                     {"fund": "1", "revenue": "1010101"})  # fmt: skip
    assert city.post("AUDT_IN", from_json(given))


def test_a_batch_reads_each_event_a_few_times_however_few_the_planner_believes_there_are(city, source):
    batches = [
        [
            city.event(
                "treasury_receipt",
                prepared_by="book",
                facts={"amount": Fen(100 + n)},
                dims={"fund": "1", "revenue": "1010101"},
            )
            for n in range(600)
        ]
        for _ in range(3)
    ]
    city.post("AUDT_IN", *batches[0])
    with owner(source) as connection:
        connection.exec_driver_sql("analyze ledger.event")
    other = make_city(source)
    asked = (
        "select seq_tup_read + idx_tup_fetch from pg_stat_xact_all_tables"
        " where schemaname = 'ledger' and relname = 'event'"
    )
    with transaction(source, other.session("AUDT_IN")) as tx:
        before = tx.connection.exec_driver_sql(
            asked
        ).scalar_one()  # also tells what this server has not told of others yet
        for batch in batches[1:]:
            journal.post(tx, batch)
        read = tx.connection.exec_driver_sql(asked).scalar_one() - before
    assert read < 600 * 30
