"""A mapping says everything, or is refused with the key that is wrong."""

from datetime import date

import pytest

from importers.mapping import InvalidMapping, find_mapping, heading, load_mapping, parse_mapping

SHIPPED = ["council_spending", "council_spending_months"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_mapping_is_found_by_its_name(name):
    mapping = load_mapping(find_mapping(name))
    assert (mapping.name, mapping.treasury.currency) == (name, "GBP")


def test_a_file_goes_before_a_shipped_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "council_spending").touch()
    assert find_mapping("council_spending").resolve() == tmp_path / "council_spending"


def test_a_fiscal_year_is_named_by_the_year_in_which_it_begins(council, bureau):
    treasury = parse_mapping(council.encode()).treasury
    assert treasury.fiscal_year(date(2011, 3, 31)) == 2010
    assert treasury.fiscal_year(date(2011, 4, 1)) == 2011
    assert treasury.first_day(2010) == date(2010, 4, 1)
    assert treasury.set_code(2010) == "LEEDS-2010"
    assert parse_mapping(bureau.encode()).treasury.fiscal_year(date(2026, 1, 1)) == 2026


def test_another_text_is_another_digest(bureau):
    again = parse_mapping(bureau.replace("version = 3", "version = 4").encode())
    assert again.digest != parse_mapping(bureau.encode()).digest


@pytest.mark.parametrize(
    "text",
    [
        "Transaction  Number",
        "transaction number",
        "TRANSACTION\u3000NUMBER",
        "\ufeff\uff34ransaction number",
    ],
)
def test_headings_are_compared_without_case_space_and_width(text):
    assert heading(text) == heading("Transaction Number")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("version = 3", "version = 0", "version"),
        ("version = 3", 'version = "3"', "version"),
        ("version = 3", "version = true", "version"),
        ("version = 3", "", "version"),
        ("version = 3", "version = 3\nvat = 1", "vat"),
        ('"gb18030"]', '"utf-7"]', "encodings"),
        ('"gb18030"]', '"utf-8"]', "encodings"),
        ('delimiter = ","', 'delimiter = ",,"', "delimiter"),
        ('code = "QU-9"', 'code = "qu 9"', "treasury.code"),
        ('"QU-9-{year}"', '"QU-9"', "treasury.account_set"),
        ("month = 1", "month = 13", "treasury.year_starts_month"),
        ('payee = ["收款人", "收款单位"]', "payee = []", "columns.payee"),
        ('"收款单位"]', '"金 额"]', "columns"),
        ('unit = ["预算单位"]', "unit = [7]", "columns.unit"),
        ('date = ["支付日期", "付款日期"]', "", "columns.date"),
        ("not_before = 2020-01-01", "fixed = 2020-01-01", "columns.date"),
        ("not_before = 2020-01-01", 'not_before = "2020"', "date.not_before"),
        ("not_before = 2020-01-01", "century = 1950", "date.century"),
        ("unit = 10000", "unit = 1000", "amount.unit"),
        ("unit = 10000", "unit = 1.0", "amount.unit"),
        ('thousands_mark = ","', 'thousands_mark = "."', "amount.thousands_mark"),
        ('"parentheses"]', '"red ink"]', "amount.negative"),
        ("header_within = 4", "header_within = 0", "rows.header_within"),
        ('blank = "list"', 'blank = "skip"', "rows.blank"),
        ('from = "content"', 'from = "reference"', "key.from"),
        ("[key]", "[keys]", "key"),
        ("[key]", "[key", "TOML"),
    ],
)
def test_a_wrong_mapping_names_its_key(bureau, old, new, key):
    assert old in bureau
    with pytest.raises(InvalidMapping, match=key):
        parse_mapping(bureau.replace(old, new).encode())


def test_a_mapping_that_is_missing_or_no_text_is_refused(tmp_path):
    with pytest.raises(InvalidMapping, match=r"none\.toml"):
        load_mapping(tmp_path / "none.toml")
    for raw in (b"\xff", b"#" * 70_000):
        with pytest.raises(InvalidMapping):
            parse_mapping(raw)
