"""What post() itself refuses, called past the program that normally writes its lines."""

import copy
import json

import pytest

EVENT = {"event_no": 1, "kind": "manual", "key": "attack", "effective_on": "2024-03-05", "narration": "手工",
         "prepared_by": "book"}  # fmt: skip
BUREAU = [
    {"event_no": 1, "account_set_id": 1, "line_no": 1, "account": "1001", "side": "D", "amount_fen": 700, "fund": "1"},
    {"event_no": 1, "account_set_id": 1, "line_no": 2, "account": "4001", "side": "C", "amount_fen": 700,
     "fund": "1", "revenue": "1010101"},
]  # fmt: skip
UNIT = {"agency": "201", "func": "2050201", "dept_econ": "30201", "gov_econ": "50201", "fund": "1"}
AGENCY = [
    {
        "event_no": 1,
        "account_set_id": 3,
        "line_no": 1,
        "account": "5001",
        "side": "D",
        "amount_fen": 700,
        **UNIT,
    },
    {
        "event_no": 1,
        "account_set_id": 3,
        "line_no": 2,
        "account": "4001",
        "side": "C",
        "amount_fen": 700,
        **UNIT,
    },
]


def changed(lines, *changes, **event):
    """The lines with (line, column, value) changes, and the event with its own."""
    lines = copy.deepcopy(lines)
    for line, column, value in changes:
        lines[line][column] = value
    return [{**EVENT, **event}], lines


def both(column, value):
    return (0, column, value), (1, column, value)


REFUSED = {
    "unbalanced by a fen": (changed(BUREAU, (0, "amount_fen", 701)), "23514", "voucher_balanced"),
    "one side only": (changed(BUREAU, (1, "side", "D")), "23514", "voucher_balanced"),
    "balanced across books only": (changed(BUREAU, (1, "account", "6001")), "23514", "voucher_balanced"),
    "zero": (changed(BUREAU, *both("amount_fen", 0)), "23514", "posting_amount_in_range"),
    "over the range": (changed(BUREAU, *both("amount_fen", 10**17)), "23514", "posting_amount_in_range"),
    "over 64 bits": (changed(BUREAU, *both("amount_fen", 2**63)), "22003", ""),
    "sums over 64 bits": (changed(BUREAU, *both("amount_fen", 2**63 - 1)), "23514", "posting_amount_in_range"),
    "not a number": (changed(BUREAU, *both("amount_fen", "NaN")), "22P02", ""),
    "infinite": (changed(BUREAU, *both("amount_fen", "Infinity")), "22P02", ""),
    "part of a fen": (changed(BUREAU, *both("amount_fen", 0.5)), "22P02", ""),
    "no amount": (changed(BUREAU, *both("amount_fen", None)), "23502", ""),
    "no side": (changed(BUREAU, (0, "side", None)), "23502", ""),
    "another side": (changed(BUREAU, (0, "side", "X")), "23514", "posting_side_check"),
    "red and black": (
        ([EVENT], [*BUREAU,
                   {**BUREAU[0], "line_no": 3, "amount_fen": -5}, {**BUREAU[1], "line_no": 4, "amount_fen": -5}]),
        "23514", "voucher_complete"),
    "one line": (([EVENT], BUREAU[:1]), "23514", "voucher_line_count_check"),
    "no line": (([EVENT], []), "23514", "voucher_complete"),
    "lines of no event": (([], BUREAU), "", ""),
    "a hole in the line numbers": (changed(BUREAU, (1, "line_no", 3)), "23514", "voucher_complete"),
    "line numbers from nought": (changed(BUREAU, (0, "line_no", 0)), "23514", "voucher_complete"),
    "the same line twice": (changed(BUREAU, (1, "line_no", 1)), "23505", "posting_pkey"),
    "an account set that is not there": (changed(BUREAU, *both("account_set_id", 99)), "42501", "account_set_yours"),
    "an account set of no treasury": (changed(BUREAU, *both("account_set_id", -1)), "42501", "account_set_yours"),
    "an unknown account": (changed(BUREAU, (0, "account", "9999")), "23503", "account_postable"),
    "a parent account": (changed(BUREAU, (0, "account", "1002")), "23503", "account_postable"),
    "an account of another chart": (changed(BUREAU, (0, "account", "Z503")), "23503", "account_postable"),
    "a needed dimension blank": (changed(BUREAU, (1, "fund", None)), "23514", "account_dimensions"),
    "a limited account without its key": (changed(BUREAU, (0, "fund", None)), "23514", "account_dimensions"),
    "an unknown class code": (changed(BUREAU, (1, "revenue", "1999999")), "23503", "class_code_known"),
    "a class code that is a sum": (changed(BUREAU, (1, "revenue", "101")), "23503", "class_code_known"),
    "a class code from injection": (changed(BUREAU, (1, "revenue", "1010101' or '1'='1")), "23503",
                                    "class_code_known"),
    "an unknown fund": (changed(BUREAU, *both("fund", "77")), "23503", "class_code_known"),
    "an unknown agency": (changed(AGENCY, *both("agency", "777")), "23503", "class_code_known"),
    "economic classes that do not fit": (changed(AGENCY, *both("gov_econ", "50299")), "23514", "econ_classes_fit"),
    "an unknown indicator": (changed(AGENCY, *both("indicator", "NONE")), "23503", "indicator_fits"),
    "an indicator of another treasury": (changed(AGENCY, *both("indicator", "FOREIGN-1")), "23503",
                                         "indicator_fits"),
    "control characters in a text": (changed(BUREAU, (0, "narration", "a\tb")), "23514", "posting_text_plain"),
    "a separator in a project": (changed(BUREAU, (0, "project", "a|b")), "23514", "posting_text_plain"),
    "a long counterparty": (changed(BUREAU, (0, "counterparty", "x" * 201)), "23514", "posting_text_plain"),
    "a nul": (changed(BUREAU, (0, "narration", "a\0b")), "22P05", ""),
    "preparer is poster": (changed(BUREAU, prepared_by="audt_in"), "23514", "event_preparer_may_not_post"),
    "preparer without duty": (changed(BUREAU, prepared_by="comp"), "42501", "event_preparer_has_duty"),
    "preparer unknown": (changed(BUREAU, prepared_by="nobody"), "42501", "event_preparer_has_duty"),
    "a kind without template": (changed(BUREAU, kind="gift"), "23503", "event_template_known"),
    "a kind of another duty": (changed(BUREAU, kind="treasury_payment", template_digest="payment"), "42501", "duty_may"),
    "a template of another kind": (changed(BUREAU, kind="treasury_receipt"), "23503", "event_template_known"),
    "a forged template": (changed(BUREAU, template_digest="00" * 32), "23503", "event_template_known"),
    "a day without period": (changed(BUREAU, effective_on="2023-12-30"), "55000", "period_open"),
    "a day after the year": (changed(BUREAU, effective_on="2025-01-01"), "55000", "period_open"),
    "a day that is none": (changed(BUREAU, effective_on="2024-02-30"), "22008", ""),
    "the end of days": (changed(BUREAU, effective_on="infinity"), "55000", "period_open"),
    "no key": (changed(BUREAU, key=""), "23514", "event_key_plain"),
    "a key with a line break": (changed(BUREAU, key="a\nb"), "23514", "event_key_plain"),
    "a long key": (changed(BUREAU, key="k" * 201), "23514", "event_key_plain"),
    "no narration": (changed(BUREAU, narration=""), "23514", "event_narration_plain"),
    "a narration of null": (changed(BUREAU, narration=None), "23502", ""),
    "a reversal of nothing": (
        changed(BUREAU, reverses="00000000-0000-7000-8000-000000000000"), "23503", "event_reverses_known"),
    "a reversal of another treasury's event": (changed(BUREAU, reverses="FOREIGN"), "23503", "event_reverses_known"),
    "the same key twice": (([EVENT, {**EVENT, "event_no": 2}], [*BUREAU, *({**x, "event_no": 2} for x in BUREAU)]),
                           "23505", "event_once_in_batch"),
    "the same number twice": (([EVENT, {**EVENT, "key": "other"}], BUREAU), "23505", "leaf_pkey"),
    "the same number on two days": (
        ([EVENT, {**EVENT, "key": "other", "effective_on": "2024-03-06"}], BUREAU), "23505", "leaf_pkey"),
    "a closed period": (
        changed(AGENCY, *both("account_set_id", 5), *both("agency", "202"), *both("gov_econ", "50502"),
                effective_on="2023-01-05"),
        "55000", "period_open"),
    "a softly closed period": (
        changed(AGENCY, *both("account_set_id", 5), *both("agency", "202"), *both("gov_econ", "50502"),
                effective_on="2023-03-05"),
        "55000", "period_open"),
    "over a limit by a fen": (changed(BUREAU, *both("amount_fen", "OVER")), "23514", "limit_may_not_run_dry"),
    "all of a limit that is not there": (
        changed(BUREAU, (0, "side", "C"), (1, "side", "D"), *both("fund", "2")), "23514", "limit_may_not_run_dry"),
    "a good one with a bad one": (
        ([EVENT, {**EVENT, "event_no": 2, "key": "bad"}],
         [*BUREAU, {**BUREAU[0], "event_no": 2}, {**BUREAU[1], "event_no": 2, "amount_fen": 699}]),
        "23514", "voucher_balanced"),
}  # fmt: skip


def call(scene, given, token):
    events, lines = given
    free = scene.door("root").execute(
        "select available_fen from ledger.limit_row where treasury_id = %s and account_set_id = 1"
        " and account = '1001' and limit_key = '1'", (scene.home.treasury_id,)).fetchone()[0]  # fmt: skip
    events = [{"template_digest": scene.values["manual"].hex(), **event} for event in events]
    if any(event["template_digest"] == "payment" for event in events):
        events[0]["template_digest"] = scene.values["payment"].hex()
    if any(event.get("reverses") == "FOREIGN" for event in events):
        events[0]["reverses"] = str(scene.values["foreign_event"])
    if lines and lines[0]["amount_fen"] == "OVER":
        lines = [{**x, "amount_fen": free + 1, "side": "DC"[x["side"] == "D"]} for x in lines]
    return scene.attack("execute", "select * from ledger.post_small(%(events)s, %(lines)s)", token,
                        events=json.dumps(events), lines=json.dumps(lines))  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.usefixtures("unchanged")
def test_post_refuses(scene, name):
    given, state, constraint = REFUSED[name]
    outcome = call(scene, given, scene.token("AUDT_IN"))
    assert (outcome.state, outcome.constraint) == (state, constraint), outcome


@pytest.mark.parametrize("lines", [BUREAU, AGENCY], ids=["bureau", "agency"])
def test_post_takes_the_same_without_the_fault(scene, lines):
    outcome = call(scene, changed(lines, key=f"good-{lines[0]['account_set_id']}"), scene.token("AUDT_IN"))
    assert outcome.state == "", outcome
    assert outcome.rows[0][2] is False


def test_a_softly_closed_period_takes_its_exception(scene):
    given = changed(AGENCY, *both("account_set_id", 5), *both("agency", "202"), *both("dept_econ", "30201"),
                    *both("gov_econ", "50502"), effective_on="2023-03-06", key="late")  # fmt: skip
    refused = call(scene, given, scene.token("AUDT_IN"))
    assert refused.constraint == "period_open"
    scene.attack("execute", "select ledger.except_from_close(5, 3::smallint, 'audt_in', 'manual', 'x')",
                 scene.token("CLOS"))  # fmt: skip
    assert call(scene, given, scene.token("AUDT_IN")).state == ""


@pytest.mark.usefixtures("unchanged")
def test_nobody_excepts_themselves(scene):
    outcome = scene.attack("execute", "select ledger.except_from_close(5, 3::smallint, 'clos', 'manual', 'x')",
                           scene.token("CLOS"))  # fmt: skip
    assert (outcome.state, outcome.constraint) == ("23514", "period_exception_check")


@pytest.mark.parametrize(
    ("sql", "state", "constraint"),
    [
        ("ledger.set_period_state(5, 1::smallint, 'open', 'x')", "55000", "period_closed_for_good"),
        ("ledger.set_period_state(5, 1::smallint, 'closed', 'x')", "55000", "period_closed_for_good"),
        ("ledger.set_period_state(1, 5::smallint, 'closed', 'x')", "55000", "periods_close_in_order"),
        ("ledger.set_period_state(1, 5::smallint, 'open', 'x')", "55000", "period_closed_for_good"),
        ("ledger.set_period_state(1, 99::smallint, 'soft', 'x')", "23503", "period_known"),
        ("ledger.set_period_state(99, 1::smallint, 'soft', 'x')", "23503", "period_known"),
        ("ledger.set_period_state(1, 1::smallint, 'ajar', 'x')", "23514", "period_state_check"),
        ("ledger.set_period_state(1, 1::smallint, null, 'x')", "23502", ""),
        ("ledger.set_period_state(1, 1::smallint, 'soft', '')", "23514", "period_change_reason_check"),
        ("ledger.except_from_close(99, 1::smallint, 'few', 'manual', 'x')", "23503",
         "period_exception_treasury_id_account_set_id_period_no_fkey"),
        ("ledger.except_from_close(1, 1::smallint, 'nobody', 'manual', 'x')", "23503",
         "period_exception_treasury_id_person_fkey"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchanged")
def test_periods_refuse(scene, sql, state, constraint):
    outcome = scene.attack("execute", f"select {sql}", scene.token("CLOS"))
    assert (outcome.state, outcome.constraint) == (state, constraint), outcome


@pytest.mark.usefixtures("unchanged")
def test_a_key_used_for_other_content_is_refused(scene):
    key = scene.door("root").execute(
        "select kind, key from ledger.event where (treasury_id, event_id) = (%(one)s, %(event)s)", scene.values
    ).fetchone()  # fmt: skip
    assert key[0] == "treasury_receipt"
    events, lines = changed(BUREAU, kind=key[0], key=key[1], template_digest=scene.values["receipt"].hex())
    outcome = call(scene, (events, lines), scene.token("AUDT_IN"))
    assert (outcome.state, outcome.constraint) == ("23505", "event_once")


def test_the_same_key_with_the_same_content_answers_again(scene):
    given = changed(BUREAU, key="again")
    first = call(scene, given, scene.token("AUDT_IN"))
    before = scene.fingerprint()
    again = call(scene, given, scene.token("AUDT_IN"))
    assert (first.rows[0][1], first.rows[0][2]) == (again.rows[0][1], False)
    assert again.rows[0][2] is True
    assert scene.fingerprint() == before


@pytest.mark.parametrize("setting", ["datestyle = 'German'", "datestyle = 'SQL, DMY'", "timezone = 'Pacific/Kiritimati'",
                                     "intervalstyle = 'sql_standard'", "bytea_output = 'escape'",
                                     "client_encoding = 'GBK'", "standard_conforming_strings = on",
                                     "extra_float_digits = -15", "plan_cache_mode = force_custom_plan"])  # fmt: skip
def test_no_setting_of_the_caller_changes_the_bytes(scene, setting):
    """The same content under any client setting is the same content: the digest is canonical."""
    events, lines = changed(BUREAU, key="canonical", narration="plain", template_digest=scene.values["manual"].hex())
    plain = call(scene, (events, lines), scene.token("AUDT_IN"))
    again = scene.attack(
        "execute", f"set local {setting}; select * from ledger.post_small(%(events)s, %(lines)s)",
        scene.token("AUDT_IN"), events=json.dumps(events), lines=json.dumps(lines))  # fmt: skip
    assert again.state == "", again
    assert again.rows[0][1:] == (plain.rows[0][1], True)


def test_the_leaf_of_a_posting_is_written_in_iso_days(scene):
    events, lines = changed(BUREAU, key="iso", template_digest=scene.values["manual"].hex())
    posted = scene.attack(
        "execute", "set local datestyle = 'German'; select * from ledger.post_small(%(events)s, %(lines)s)",
        scene.token("AUDT_IN"), events=json.dumps(events), lines=json.dumps(lines))  # fmt: skip
    leaf = scene.door("root").execute(
        "select l.bytes, l.digest = sha256(l.bytes) from ledger.leaf l join ledger.voucher v"
        " on (v.treasury_id, v.voucher_id) = (l.treasury_id, l.leaf_id) where v.event_id = %s",
        (posted.rows[0][1],),
    ).fetchone()  # fmt: skip
    assert leaf[0].split(b"\n")[4] == b"2024-03-05"
    assert leaf[1]


@pytest.mark.usefixtures("unchanged")
def test_a_voucher_cannot_be_added_to_an_event_of_the_past(scene):
    """Chosen ids in the staging table are the one way it could be done."""
    for column, value in (("event_id", "%(event)s"), ("known_digest", "'\\x00'")):
        outcome = scene.attack(
            "execute", f"select ledger.stage(); insert into pg_temp.stage_event (event_no, {column}, kind, key,"
            " effective_on, narration, prepared_by, template_digest) values"
            f" (1, {value}, 'manual', 'late', '2024-03-05', 'x', 'book', %(manual)s)", scene.token("AUDT_IN"))  # fmt: skip
        assert outcome.state == "42501"


def test_two_postings_of_one_transaction_do_not_mix(scene):
    digest = scene.values["manual"].hex()
    first, second = (changed(BUREAU, key=f"pair-{n}", template_digest=digest) for n in (1, 2))
    post = "select * from ledger.post_small(%(e1)s, %(l1)s); select * from ledger.post_small(%(e2)s, %(l2)s)"
    outcome = scene.attack("execute", post, scene.token("AUDT_IN"), e1=json.dumps(first[0]),
                           l1=json.dumps(first[1]), e2=json.dumps(second[0]), l2=json.dumps(second[1]))  # fmt: skip
    assert outcome.state == ""
    assert outcome.rows[0][2] is False
