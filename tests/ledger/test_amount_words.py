"""Amounts in capital characters read as a clerk writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.amount_words import in_words


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (55, "伍角伍分"),
        (1000, "壹拾元整"),
        (1005, "壹拾元零伍分"),
        (1050, "壹拾元伍角整"),
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元叁角贰分"),
        (10700053, "壹拾万柒仟元伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (100050000, "壹佰万零伍佰元整"),
        (100000001000, "壹拾亿零壹拾元整"),
        (100100000000, "壹拾亿零壹佰万元整"),
        (10_000_000_000_000_000, "壹佰万亿元整"),
        (99_999_999_999_999_999, "玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (-123450, "负壹仟贰佰叁拾肆元伍角整"),
    ],
)
def test_an_amount_is_written_as_the_rule_says(fen, words):
    assert in_words(fen) == words


DIGIT = {mark: value for value, mark in enumerate("零壹贰叁肆伍陆柒捌玖")}
SMALL = {"拾": 10, "佰": 100, "仟": 1000}


def number(words):
    """Read a whole number back, the other way round from how it is written."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if unit in words:
            high, low = words.rsplit(unit, 1)
            return number(high) * size + (number(low) if low else 0)
    total = digit = 0
    for mark in words:
        if mark in SMALL:
            total, digit = total + digit * SMALL[mark], 0
        else:
            digit = DIGIT[mark]
    return total + digit


@given(st.integers(0, 99_999_999_999_999_999))
def test_what_is_written_reads_back(fen):
    words = in_words(fen)
    yuan, found, rest = words.partition("元")
    if not found:
        yuan, rest = "", words
    jiao = DIGIT[rest[rest.index("角") - 1]] if "角" in rest else 0
    last = DIGIT[rest[rest.index("分") - 1]] if "分" in rest else 0
    assert number(yuan) * 100 + jiao * 10 + last == fen
    assert words.endswith("整") == (last == 0)
    assert "零零" not in words
