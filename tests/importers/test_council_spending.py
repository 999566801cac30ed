"""The real spending file of a council, read to the penny; skipped where it is not at hand."""

import csv
import gzip
import io
import zipfile
from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest

from importers.mapping import find_mapping
from importers.payments import read_payments


def read(path):
    return read_payments(path, find_mapping(path.name.partition(".")[0]))


@pytest.fixture(scope="module")
def merged(shared):
    return read(shared("spending/council_spending.csv.gz"))


@pytest.fixture(scope="module")
def months(shared):
    return read(shared("spending/council_spending_months.zip"))


def plainly(data, amount, reference, day):
    """Read the filled rows of a CSV by another way: Decimal and strptime, no mapping."""
    told = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(data, newline="")), 2):
        if (row[amount] or "").strip():
            text = row[day]
            form = "%d/%m/%Y" if "/" in text else ("%d-%b-%y", "%d-%b-%Y")[len(text) > 9]
            on = datetime.strptime(text, form).date()  # noqa: DTZ007
            told[row[reference]] = (number, on, Decimal(row[amount].strip().replace(",", "")))
    return told


def as_read(rows):
    return {row.reference: (row.row, row.on, Decimal(row.amount) / 100) for row in rows}


def test_the_merged_file_agrees_with_an_independent_reading_row_by_row(merged, shared):
    data = gzip.decompress(shared("spending/council_spending.csv.gz").read_bytes()).decode()
    expected = plainly(data, "Amount", "Txn", "Payment Date")
    assert as_read(merged.rows) == expected
    assert sum(row.amount for row in merged.rows) == 100 * sum(e[2] for e in expected.values())


def test_the_merged_file_is_accounted_for_to_the_last_row(merged):
    assert merged.count == 145_842
    assert len(merged.rows) == 87_682
    assert Counter(row.reason for row in merged.refused) == {"blank": 58_160}
    assert sorted(row.row for row in (*merged.rows, *merged.refused)) == [*range(2, 145_844)]
    assert sum(row.amount for row in merged.rows) == 674_477_003_28
    refunds = [row.amount for row in merged.rows if row.amount < 0]
    assert (len(refunds), sum(refunds)) == (929, -8_647_750_09)
    assert merged.years == [2010, 2011]


def test_the_months_agree_with_an_independent_reading_row_by_row(months, shared):
    expected = {}
    with zipfile.ZipFile(shared("spending/council_spending_months.zip")) as archive:
        for name in archive.namelist():
            data = archive.read(name).decode("cp1252" if "2011-01" in name else "utf-8")
            heads, _, rest = data.partition("\n")
            expected |= plainly(f"{heads.lower()}\n{rest}", "net amount", "transaction number", "date paid")
    assert {k: v[1:] for k, v in as_read(months.rows).items()} == {k: v[1:] for k, v in expected.items()}


def test_the_months_are_accounted_for_to_the_last_row(months):
    assert (months.count, len(months.rows)) == (145_844, 87_682)
    assert Counter(row.reason for row in months.refused) == {"blank": 58_162}
    assert [text["encoding"] for text in months.texts] == ["utf-8", "cp1252", *["utf-8"] * 7]


def test_months_and_merged_file_tell_the_same_payments(merged, months):
    def told(reading):
        return {row.key: (row.on, row.amount, row.payee, row.unit) for row in reading.rows}

    assert told(months) == told(merged)


def test_reading_again_gives_the_same_keys(merged, shared):
    again = read(shared("spending/council_spending.csv.gz"))
    assert again == merged
    assert len({row.key for row in again.rows}) == len(again.rows)
