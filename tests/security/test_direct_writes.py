"""Past every function: the superuser writes straight into the tables, and the checks by set still refuse.

Each attack is one good event written by hand with one thing wrong; the good one itself is taken.
"""

import pytest

GOOD = {
    "event": "(%(one)s, %(e)s, 'manual', 'direct', '2024-03-05', '手工', null, 'book', 'audt_in', null,"
             " %(manual)s, '\\x00', now())",
    "voucher": "(%(one)s, %(v)s, %(e)s, 1, 3::smallint, 900, '2024-03-05', false, 2::smallint, 700)",
    "line 1": "(%(one)s, %(v)s, 1::smallint, 1, 'financial', '1001', 'D', 700, '2024-03-05', '1', null, null, '1')",
    "line 2": "(%(one)s, %(v)s, 2::smallint, 1, 'financial', '4001', 'C', 700, '2024-03-05', '1', '1010101', null, null)",
    "line 3": "",
    "line 4": "",
}  # fmt: skip
LINES = ("line 1", "line 2", "line 3", "line 4")
EVENT = ("insert into ledger.event (treasury_id, event_id, kind, key, effective_on, narration, document,"
         " prepared_by, posted_by, reverses, template_digest, content_digest, recorded_at) values {}")  # fmt: skip
VOUCHER = ("insert into ledger.voucher (treasury_id, voucher_id, event_id, account_set_id, period_no, no,"
           " effective_on, red, line_count, debit_fen) values {}")  # fmt: skip
POSTING = ("insert into ledger.posting (treasury_id, voucher_id, line_no, account_set_id, book, account, side,"
           " amount_fen, effective_on, fund, revenue, agency, limit_key) values {}")  # fmt: skip


def written(*, apart=False, **changes):
    """The SQL of a whole event with parts changed: (old, new), or None to leave the part out."""
    parts = dict(GOOD)
    for part, change in changes.items():
        name = part.replace("_", " ")
        if change is None:
            parts[name] = ""
        elif isinstance(change, str):
            parts[name] = change
        else:
            old, new = change
            assert old in parts[name], (name, old)
            parts[name] = parts[name].replace(old, new, 1)
    lines = ", ".join(parts[line] for line in LINES if parts[line])
    statements = [
        form.format(rows)
        for form, rows in ((EVENT, parts["event"]), (VOUCHER, parts["voucher"]), (POSTING, lines))
        if rows
    ]
    if apart:
        return "; ".join(statements)
    *first, last = statements
    return "with " + ", ".join(f"p{n} as ({s})" for n, s in enumerate(first)) + " " + last if first else last


RED = {"line 1": ("700", "-700"), "line 2": ("700", "-700"), "voucher": ("700", "-700")}
OVER = "(select r.available_fen + 1 from ledger.limit_row r where r.treasury_id = %(one)s and r.account_set_id = 1 and r.account = '1001' and r.limit_key = '1')"
REFUSED = {
    "off by a fen": (written(line_1=("700", "701")), "23514", "voucher_balanced"),
    "off by a fen on the other side": (written(line_2=("700", "699")), "23514", "voucher_balanced"),
    "another total in the header": (written(voucher=("700", "701")), "23514", "voucher_complete"),
    "a header without lines": (written(line_1=None, line_2=None), "23514", "voucher_complete"),
    "a header without event": (written(event=None), "23514", "voucher_complete"),
    "lines without a header": (written(event=None, voucher=None), "23514", "voucher_complete"),
    "lines without a header, unbalanced": (
        written(event=None, voucher=None, line_1=("700", "701")), "23514", "voucher_balanced"),
    "an event and lines without a header": (written(voucher=None), "23514", "voucher_complete"),
    "the three in statements of their own": (written(apart=True), "23514", "voucher_complete"),
    "one line too few": (written(voucher=("2::smallint", "3::smallint")), "23514", "voucher_complete"),
    "one line in the header": (written(voucher=("2::smallint", "1::smallint")), "23514",
                               "voucher_line_count_check"),
    "two lines more": (
        written(line_3=GOOD["line 1"].replace("1::", "3::"), line_4=GOOD["line 2"].replace("2::", "4::")),
        "23514", "voucher_complete"),
    "number nought": (written(voucher=("900", "0")), "23514", "voucher_no_check"),
    "a number that is taken": (written(voucher=("900", "1")), "23505", "voucher_numbered_once"),
    "zero": (written(line_1=("700", "0"), line_2=("700", "0"), voucher=("700", "0")), "23514",
             "posting_amount_in_range"),
    "over the range": (written(line_1=("700", "100000000000000000"), line_2=("700", "100000000000000000"),
                               voucher=("700", "100000000000000000")), "23514", "posting_amount_in_range"),
    "not a number": (written(line_1=("700", "'NaN'::numeric")), "0A000", ""),
    "half a fen": (written(line_1=("700", "'0.5'")), "22P02", ""),
    "a red line among black": (written(line_1=("700", "-700"), line_2=("'C', 700", "'D', 700")), "23514",
                               "voucher_complete"),
    "red lines under a black header": (written(line_1=("700", "-700"), line_2=("700", "-700"),
                                               voucher=("700", "-700")), "23514", "voucher_complete"),
    "black lines under a red header": (written(voucher=("false", "true")), "23514", "voucher_complete"),
    "a side that is none": (written(line_1=("'D'", "'X'")), "23514", "posting_side_check"),
    "another set than the header's": (written(line_2=("smallint, 1, ", "smallint, 2, ")), "23514",
                                      "voucher_complete"),
    "another day than the header's": (written(line_2=("2024-03-05", "2024-03-06")), "23514", "voucher_complete"),
    "another day than the event's": (written(event=("2024-03-05", "2024-03-06")), "23514", "voucher_complete"),
    "another treasury's header": (written(voucher=("(%(one)s", "(%(two)s")), "23514", "voucher_complete"),
    "another treasury's line": (written(line_2=("(%(one)s", "(%(two)s")), "23514", "voucher_balanced"),
    "an account that is not there": (written(line_1=("'1001'", "'9999'")), "23503", "account_postable"),
    "a parent account": (written(line_1=("'1001'", "'1002'")), "23503", "account_postable"),
    "an account of another set's chart": (written(line_1=("'1001'", "'Z503'")), "23503", "account_postable"),
    "another book for the account": (written(line_1=("financial", "budgetary"), line_2=("financial", "budgetary")),
                                     "23514", "account_dimensions"),
    "a needed dimension blank": (written(line_2=("'1', '1010101', null", "null, '1010101', null")), "23514",
                                 "account_dimensions"),
    "no key for a limit": (written(line_1=("null, null, '1')", "null, null, null)")), "23514",
                           "account_dimensions"),
    "another's key for a limit": (written(line_1=("null, null, '1')", "null, null, '2')")), "23514",
                                  "account_dimensions"),
    "a limit for an account without": (written(line_2=("null, null)", "null, '1')")), "23514",
                                       "account_dimensions"),
    "an unknown class code": (written(line_2=("1010101", "1019999999")), "23503", "class_code_known"),
    "an unknown agency": (written(line_2=("'1010101', null", "'1010101', '999'")), "23503", "class_code_known"),
    "a limit over by a fen": (
        written(line_1=("'D', 700", f"'C', {OVER}"), line_2=("'C', 700", f"'D', {OVER}"), voucher=("700", OVER)),
        "23514", "limit_may_not_run_dry"),
    "a period of another month": (written(voucher=("3::smallint", "4::smallint")), "55000", "period_open"),
    "a period that is not there": (written(voucher=("3::smallint", "13::smallint")), "55000", "period_open"),
    "preparer is poster": (written(event=("'audt_in'", "'book'")), "23514", "event_preparer_may_not_post"),
    "preparer without duty": (written(event=("'book'", "'comp'")), "42501", "event_preparer_has_duty"),
    "a forged template": (written(event=("%(manual)s", "'\\x00'")), "23503", "event_template_known"),
    "another kind than the template's": (written(event=("'manual'", "'gift'")), "23503", "event_template_known"),
    "no key": (written(event=("'direct'", "''")), "23514", "event_key_plain"),
    "no narration": (written(event=("'手工'", "''")), "23514", "event_narration_plain"),
    "control characters": (written(event=("'手工'", "e'a\\tb'")), "23514", "event_narration_plain"),
    "a reversal of nothing": (written(event=("null, %(manual)s", "%(v)s, %(manual)s")), "23503",
                              "event_reverses_known"),
    "a reversal of another treasury's event": (
        written(event=("'audt_in', null", "'audt_in', %(foreign_event)s")), "23503", "event_reverses_known"),
    "lines to a voucher of the past": (
        POSTING.format(", ".join(GOOD[x].replace("%(v)s", "%(voucher)s").replace(f"{n}::", f"{n + 10}::")
                                 for n, x in enumerate(LINES[:2], 1))), "23514", "voucher_complete"),
    "lines of a voucher of the past again": (
        POSTING.format(", ".join(GOOD[x].replace("%(v)s", "%(voucher)s") for x in LINES[:2])), "23505",
        "posting_pkey"),
    "the same event again": (EVENT.format(GOOD["event"].replace("%(e)s", "%(event)s")), "23505", "event_pkey"),
    "an event's second voucher in a set": (
        written(event=None, voucher=("%(e)s", "%(event)s")), "23505", "voucher_one_per_set"),
    "a limit below nought by hand": (
        "update ledger.limit_row set available_fen = -1 where treasury_id = %(one)s", "23514",
        "limit_may_not_run_dry"),
    "a limit move below nought": (
        "insert into ledger.limit_move values (%(one)s, 1, '1001', 'x', 1, %(v)s, 1, -1, -1)", "23514",
        "limit_may_not_run_dry"),
    "a log place twice for a leaf": (
        "insert into ledger.log_entry values (%(one)s, 900, %(v)s, now()), (%(one)s, 901, %(v)s, now())",
        "23505", "log_entry_once"),
    "a log place below nought": ("insert into ledger.log_entry values (%(one)s, -1, %(v)s, now())", "23514",
                                 "log_entry_log_index_check"),
    "a template with another digest": (
        "insert into ledger.template select '\\x00', event, title_zh, title_en, source, confidence, in_force,"
        " posted_under, prepared_under, body from ledger.template limit 1", "23514", "template_digest_true"),
    "an indicator of another fund than its parent": (
        "insert into ledger.indicator (treasury_id, indicator, parent, fiscal_year, fund, document, opened_by)"
        " values (%(one)s, 'ASTRAY', %(indicator)s, 2024, '2', 'x', 'x')", "23514", "indicator_descends"),
    "an indicator of another agency than its parent": (
        "insert into ledger.indicator (treasury_id, indicator, parent, fiscal_year, agency, fund, document,"
        " opened_by) values (%(one)s, 'ASTRAY', %(indicator)s, 2024, '302', '1', 'x', 'x')", "23514",
        "indicator_descends"),
    "an account that owes and is limited": (
        "insert into ledger.account values ('indicator_2023', 'X', null, 'x', 'x', 'asset', 'indicator', 'C',"
        " true, 'set', '{}', '{}', 'P', 'x', null, '[2000-01-01,)')", "23514", "account_limit_is_debit"),
    "an account set of another treasury's agency": (
        "insert into ledger.account_set values (%(one)s, 77, 'X', 'nobody', 'agency', 'unit_2019', 2024,"
        " '2024-01-01', '2024-12-31', 'CNY', 'x', 'x')", "23503", "account_set_treasury_id_agency_fkey"),
    "an office that changes its agency": (
        "update ledger.office set agency = '302' where treasury_id = %(one)s and office = '101.COMP'", "23514",
        "office_stays"),
}  # fmt: skip
WHO = {
    "superuser": "",
    "replica": "set session_replication_role = replica; ",
    "owner": "set role gongku_owner; ",
}
BY_THE_SERVER = {"an account set of another treasury's agency"}
"""Foreign keys that the server keeps itself: a superuser's replica mode turns these off, and only these."""


def direct(scene, sql, **ids):
    made = scene.door("root").execute("select uuidv7() as e, uuidv7() as v").fetchone()
    return scene.attack("root", sql, **{"e": made[0], "v": made[1], **ids})


@pytest.mark.parametrize(
    ("name", "who"),
    [(name, who) for name in REFUSED for who in WHO if who != "replica" or name not in BY_THE_SERVER],
)
@pytest.mark.usefixtures("unchanged")
def test_written_straight_into_the_tables_it_is_refused(scene, name, who):
    sql, state, constraint = REFUSED[name]
    outcome = direct(scene, WHO[who] + sql)
    assert (outcome.state, outcome.constraint) == (state, constraint), outcome


@pytest.mark.parametrize("who", WHO)
def test_the_same_without_the_fault_is_taken(scene, who):
    """The checks refuse what is wrong, not who writes; the row is taken back with its transaction."""
    outcome = direct(scene, WHO[who] + written() + "; select 1/0")
    assert outcome.state == "22012", outcome


def test_a_whole_event_in_red_is_taken(scene):
    red = written(
        line_1=("700", "-700"),
        line_2=("700", "-700"),
        voucher=("false, 2::smallint, 700", "true, 2::smallint, -700"),
    )
    assert direct(scene, red + "; select 1/0").state == "22012"
