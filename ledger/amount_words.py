"""Amounts in capital characters (大写金额), as vouchers and receipts write them."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


def in_words(fen: int) -> str:
    """Write fen in capital characters: ``壹仟零壹元伍角整``; a red amount begins with 负.

    Zeros between digits are written once; none before 角, so 10.50 is 壹拾元伍角整 and 10.05 壹拾元零伍分.
    Ends with 整 unless there are fen (正确填写票据和结算凭证的基本规定).
    """
    if fen < 0:
        return f"负{in_words(-fen)}"
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif last and yuan:
        words += "零"
    return words + (f"{_DIGITS[last]}分" if last else "整")


def _whole(number: int) -> str:
    """Write a whole number, by 亿 and 万; a zero stands where the next digit lies lower than its place."""
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if number >= size:
            high, low = divmod(number, size)
            zero = _DIGITS[0] if 0 < low < size // 10 else ""
            return _whole(high) + unit + zero + (_whole(low) if low else "")
    return _four(number) or _DIGITS[0]


def _four(group: int) -> str:
    """Write up to four digits; zeros at the end are not written."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += (_DIGITS[0] if gap and words else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return words
