"""What the demo city had before its year: balances of the treasury and of its units, invented but for one."""

from collections.abc import Sequence
from datetime import timedelta

from importers.demo.founding import bureau_set, unit_set, units
from importers.demo.plan import FIRST, SOURCES_OF_FUNDS, YEAR, Agency, draw, totals
from ledger.events import Event, GivenLine, GivenVoucher
from ledger.money import Fen, parse_yuan

_STABILISATION = parse_yuan("1850000000")
_WORKING = parse_yuan("250000000")
_DEBT = {"1": parse_yuan("9640000000"), "2": parse_yuan("21300000000")}
_DEDICATED = parse_yuan("4200000")
_HELD_FOR_OTHERS = parse_yuan("2350000")
_ROADS = {"401": parse_yuan("1180000000"), "405": parse_yuan("1460000000")}
_RELICS = {"303002": parse_yuan("86400000")}


def openings() -> Sequence[Event]:
    """Give one event for each account set that opens with balances; each book of each balances by fund."""
    sets = {bureau_set(YEAR): _bureau(), **{unit_set(unit, YEAR): _unit(unit) for unit in units()}}
    return [
        Event(
            kind="opening",
            key=f"{YEAR}-{code}",
            on=FIRST - timedelta(days=1),
            narration=f"{YEAR}年期初余额（演示）",
            prepared_by="book",
            vouchers=(GivenVoucher(code, tuple(lines)),),
        )
        for code, lines in sets.items()
    ]


def _line(account: str, fen: int, fund: str | None = None) -> GivenLine:
    """Write a debit of an amount, or a credit of a negative one."""
    dims = {} if fund is None else {"fund": fund}
    return GivenLine(account, "D" if fen > 0 else "C", Fen(abs(fen)), dims)


def _bureau() -> list[GivenLine]:
    general = totals()["prior_year_carry_over"]
    funds = SOURCES_OF_FUNDS["carry_over"]
    cash = general + _STABILISATION + _WORKING
    return [
        _line("1001", cash, "1"),
        _line("1001", funds, "2"),
        _line("100201", _DEDICATED, "7"),
        _line("100201", _HELD_FOR_OTHERS, "8"),
        _line("2017", -_HELD_FOR_OTHERS, "8"),
        _line("2026", -_DEBT["1"], "1"),
        _line("2026", -_DEBT["2"], "2"),
        _line("3001", _DEBT["1"] - general, "1"),
        _line("3001", _DEBT["2"] - funds, "2"),
        _line("3001", -_DEDICATED, "7"),
        _line("3031", -_STABILISATION, "1"),
        _line("3033", -_WORKING, "1"),
        _line("8001", -general, "1"),
        _line("8002", -funds, "2"),
        _line("8007", -_DEDICATED, "7"),
        _line("8031", -_STABILISATION, "1"),
        _line("8033", -_WORKING, "1"),
        _line("8041", cash, "1"),
        _line("8041", funds, "2"),
        _line("8041", _DEDICATED, "7"),
    ]


def _unit(unit: Agency) -> list[GivenLine]:
    """Give a unit its assets, worn in part; an institution has money of its own besides."""
    assets = parse_yuan("24000000") + draw(f"{unit.agency}:assets", 4_500_000_000)
    worn = assets * (25 + draw(f"{unit.agency}:age", 35)) // 100
    lines = [_line("1601", assets), _line("1602", -worn)]
    net = assets - worn
    if roads := _ROADS.get(unit.agency):
        lines += [_line("1801", roads), _line("1802", -(roads // 5))]
        net += roads - roads // 5
    if relics := _RELICS.get(unit.agency):
        lines.append(_line("1821", relics))
        net += relics
    lines.append(_line("3001", -net))
    if unit.kind == "institution":
        own = parse_yuan("800000") + draw(f"{unit.agency}:own", 190_000_000)
        lines += [_line("100299", own, "6"), _line("3001", -own, "6")]
        lines += [_line("800102", own, "6"), _line("820204", -own, "6")]
    return lines
