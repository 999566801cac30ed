"""The hostile CSV files, each against what is written beside it; skipped where not at hand."""

from collections import Counter

import pytest

from importers.mapping import parse_mapping

MAPPING = """
name = "bank_statement"
version = 1
title_zh = "银行流水"
title_en = "Bank statement"
source = "made up for the tests"
encodings = ["utf-8"]
delimiter = ","
full_width_digits = false
[treasury]
code = "BANK"
name_zh = "银行流水"
name_en = "Bank statement"
currency = "CNY"
account_set = "BANK-{year}"
year_starts_month = 1
[columns]
date = ["交易日期"]
amount = ["贷方"]
payee = ["对方户名"]
purpose = ["摘要"]
reference = ["对方账号"]
[date]
formats = ["YYYY-MM-DD"]
[amount]
decimal_mark = "."
thousands_mark = ","
unit = 1
negative = ["leading-minus"]
currency_signs = []
[rows]
header_within = 1
blank = "list"
blank_ignores = []
totals = []
subtotals = []
[key]
prefix = "bank"
from = "content"
"""
THREE_COLUMNS = (
    MAPPING.replace('date = ["交易日期"]', 'date = ["日期"]')
    .replace('amount = ["贷方"]', 'amount = ["金额"]')
    .replace('reference = ["对方账号"]', "")
)
BUDGET = (
    MAPPING.replace('date = ["交易日期"]', "")
    .replace('amount = ["贷方"]', 'amount = ["预算数"]')
    .replace('payee = ["对方户名"]', 'payee = ["科目"]')
    .replace('purpose = ["摘要"]\nreference = ["对方账号"]', "")
    .replace('formats = ["YYYY-MM-DD"]', "formats = []\nfixed = 2026-12-31")
    .replace("\ntotals = []", '\ntotals = ["合计"]')
)
WHOLE = {
    "csv_mixed_encoding.csv": (MAPPING, "undecodable", 3),
    "csv_latin1_mojibake.csv": (MAPPING, "header_missing", 1),
    "csv_nul.csv": (MAPPING, "nul_byte", 2),
    "csv_dup_header.csv": (THREE_COLUMNS, "header_repeated", 1),
    "csv_empty.csv": (MAPPING, "empty", 0),
    "csv_total_mismatch.csv": (BUDGET, "total_differs", 4),
    "csv_not_csv.csv": (MAPPING, "binary", 0),
}
ROWS = {
    "csv_ragged.csv": {"too_few_cells": 1, "too_many_cells": 1},
    "csv_european.csv": {"amount_format": 1},
    "csv_paren_negative.csv": {"amount_format": 1},
    "csv_neg_zero.csv": {"zero": 1},
    "csv_float_noise.csv": {"amount_decimals": 1},
    "csv_dates.csv": {"date_format": 6, "date_range": 1},
    "csv_cr_only.csv": {},
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_hostile_file_is_refused_whole(name, shared, refused):
    mapping, reason, line = WHOLE[name]
    facts = refused(shared(f"hostile/{name}").read_bytes(), mapping)
    assert (facts["reason"], facts["line"]) == (reason, line)


@pytest.mark.parametrize("name", ROWS)
def test_a_hostile_row_is_listed(name, shared, read):
    reading = read(shared(f"hostile/{name}").read_bytes(), MAPPING)
    assert Counter(row.reason for row in reading.refused) == ROWS[name]


def test_a_mapping_may_accept_what_is_refused_by_default(shared, read):
    brackets = MAPPING.replace('["leading-minus"]', '["parentheses"]')
    reading = read(shared("hostile/csv_paren_negative.csv").read_bytes(), brackets)
    assert [row.amount for row in reading.rows] == [-10000]
    commas = MAPPING.replace('decimal_mark = "."', 'decimal_mark = ","').replace(
        'thousands_mark = ","', 'thousands_mark = "."'
    )
    reading = read(shared("hostile/csv_european.csv").read_bytes(), commas)
    assert [row.amount for row in reading.rows] == [123456]
    formats = '"YYYY-MM-DD", "YYYYMMDD", "YYYY年M月D日", "YYYY/M/D"'
    reading = read(shared("hostile/csv_dates.csv").read_bytes(), MAPPING.replace('"YYYY-MM-DD"', formats))
    assert len(reading.rows) == 2
    assert Counter(row.reason for row in reading.refused) == {
        "date_impossible": 1,
        "date_format": 3,
        "date_range": 1,
    }


def test_no_expected_file_is_left_out(shared):
    lines = shared("hostile/EXPECTED.tsv").read_text(encoding="utf-8").splitlines()
    names = {line.split("\t")[0] for line in lines if line.startswith("csv_")}
    assert names == WHOLE.keys() | ROWS.keys()


@pytest.mark.parametrize("mapping", [MAPPING, THREE_COLUMNS, BUDGET])
def test_the_mappings_of_these_tests_are_sound(mapping):
    assert parse_mapping(mapping.encode()).version == 1
