"""Rebuild the approved budget from what it was decided on: standards, quantities, quotes, reviews, rankings, ceilings.

A second way to the same figures: it reads raw rows only, uses none of the database's views or generated columns,
computes in whole numbers, and compares with the approved lines and with the indicators in the journal, to the fen.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ledger.compilation.approval import OWN_MONEY

_CATEGORIES = ("personnel", "office", "project")
_VOICES = ("committee", "finance", "department")
_NOWHERE = 1 << 30


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was rebuilt: packages, of them funded, lines, their total, and every difference by name."""

    fiscal_year: int
    packages: int
    funded: int
    lines: int
    fen: int
    differences: Sequence[str]


def rebuild(connection: Connection, treasury_id: int, fiscal_year: int) -> Rebuilt:
    """Rebuild the approved budget of a year and compare it with what stands in the books."""
    rows = _Rows(connection, treasury_id, fiscal_year)
    wrong: list[str] = []
    priced = _priced(rows, wrong)
    allowed = _allowed(rows, priced, wrong)
    funded = _funded(rows, allowed)
    expected = {(code, line_no): fen for code in funded for line_no, fen in allowed[code].items() if fen}
    approved = {(row["package"], row["line_no"]): row["fen"] for row in rows.of("budget_line", "fiscal_year = %(y)s")}
    wrong.extend(
        f"{key[0]} line {key[1]}: rebuilt {expected.get(key)}, approved {approved.get(key)}"
        for key in sorted(expected.keys() | approved.keys())
        if expected.get(key) != approved.get(key)
    )
    _compare_indicators(rows, wrong)
    return Rebuilt(fiscal_year, len(allowed), len(funded), len(expected), sum(expected.values()), wrong)


class _Rows:
    """Raw rows of a treasury and year."""

    def __init__(self, connection: Connection, treasury_id: int, fiscal_year: int) -> None:
        self.connection = connection
        self.given = {"t": treasury_id, "y": fiscal_year}
        self.year = fiscal_year

    def of(self, table: str, where: str = "true") -> list[Mapping[str, Any]]:
        """Give the rows of a table of ours."""
        text = f"select * from ledger.{table} where treasury_id = %(t)s and {where}"  # noqa: S608 - names of our own tables
        return [dict(row) for row in self.connection.exec_driver_sql(text, self.given).mappings()]

    def packages(self) -> dict[str, Mapping[str, Any]]:
        """Give the packages that the newest submissions hold, each with the version that was sent."""
        newest: dict[str, tuple[int, int]] = {}
        for row in self.of("budget_submission", "fiscal_year = %(y)s"):
            newest[row["agency"]] = max(newest.get(row["agency"], (0, 0)), (row["round"], row["version"]))
        sent = {
            row["package"]: row["package_version"]
            for row in self.of("submitted_package", "fiscal_year = %(y)s")
            if newest[row["agency"]] == (row["round"], row["version"])
        }
        return {
            row["package"]: {**row, "sent": sent[row["package"]]}
            for row in self.of("budget_package", "fiscal_year = %(y)s")
            if row["package"] in sent
        }


def _priced(rows: _Rows, wrong: list[str]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Price every line that was sent from its standard or quotes and its counted quantity."""
    standards = {(row["standard"], row["version"]): row for row in rows.of("spending_standard")}
    approved = {(row["standard"], row["version"]) for row in rows.of("standard_approval")}
    counted = {
        (row["agency"], row["driver"], row["version"]): row["quantity_milli"]
        for row in rows.of("driver_value", "fiscal_year = %(y)s")
    }
    agreed = {
        (row["agency"], row["driver"], row["version"]) for row in rows.of("driver_approval", "fiscal_year = %(y)s")
    }
    packages = rows.packages()
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for row in rows.of("package_line", "fiscal_year = %(y)s"):
        package = packages.get(row["package"])
        if package is None or row["version"] != package["sent"]:
            continue
        name = f"{row['package']} line {row['line_no']}"
        if row["standard"] is None:
            price, per = min(row["quote_fens"]), row["per"]
        else:
            key = (row["standard"], row["standard_version"])
            price, per = standards[key]["amount_fen"], standards[key]["per"]
            if key not in approved:
                wrong.append(f"{name}: standard {key[0]} version {key[1]} was never approved")
        quantity = row["quantity_milli"]
        if row["driver_version"] is not None:
            at = (row["agency"], row["driver"], row["driver_version"])
            quantity = counted[at]
            if at not in agreed:
                wrong.append(f"{name}: basic data {row['driver']} of {row['agency']} were never approved")
        asked = _amount(price, per, quantity, row["times"])
        if (asked, price, quantity) != (row["fen"], row["unit_fen"], row["quantity_milli"]):
            wrong.append(f"{name}: rebuilt {asked}, saved {row['fen']}")
        found[row["package"], row["line_no"]] = {"price": price, "per": per, "asked": asked}
    return found


def _allowed(
    rows: _Rows, priced: Mapping[tuple[str, int], Mapping[str, Any]], wrong: list[str]
) -> dict[str, dict[int, int]]:
    """Give what the newest reviews leave of each line, package by package."""
    packages = rows.packages()
    left: dict[str, dict[int, int]] = defaultdict(dict)
    for (code, line_no), line in priced.items():
        left[code][line_no] = line["asked"]
    for row in sorted(rows.of("line_review"), key=lambda each: each["review_no"]):
        package = packages.get(row["package"])
        if package is None or row["version"] != package["sent"]:
            continue
        line = priced[row["package"], row["line_no"]]
        fen = _amount(line["price"], line["per"], row["quantity_milli"], row["times"])
        if fen > line["asked"]:
            wrong.append(f"{row['package']} line {row['line_no']}: the review raises it")
        left[row["package"]][row["line_no"]] = fen
    return dict(left)


def _funded(rows: _Rows, allowed: Mapping[str, Mapping[int, int]]) -> list[str]:
    """Order the packages of each department and fund, and cut them off at the ceiling."""
    packages = rows.packages()
    weights = {row["rank_by"]: row["weight"] for row in _weights(rows.connection)}
    ranks = rows.of("package_rank", "fiscal_year = %(y)s")
    newest: dict[tuple[str, str, str], int] = {}
    for row in ranks:
        voice = (row["department"], row["fund"], row["rank_by"])
        newest[voice] = max(newest.get(voice, 0), row["version"])
    places: dict[str, dict[str, int]] = defaultdict(dict)
    ranked: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in ranks:
        voice = (row["department"], row["fund"], row["rank_by"])
        if row["version"] == newest[voice]:
            places[row["package"]][row["rank_by"]] = row["place"]
            ranked[voice] += 1
    ceilings: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows.of("budget_ceiling", "fiscal_year = %(y)s"):
        at = (row["department"], row["fund"])
        ceilings[at] = max(ceilings.get(at, (0, 0)), (row["version"], row["amount_fen"]))

    def order(code: str) -> tuple[object, ...]:
        package = packages[code]
        mine = places[code]
        score = sum(
            weights[voice] * (ranked[package["department"], package["fund"], voice] - place + 1)
            for voice, place in mine.items()
        )
        voices = [mine.get(voice, _NOWHERE) for voice in _VOICES]
        return (_CATEGORIES.index(package["category"]), -score, *voices, package["level"], code)

    running: dict[tuple[str, str], int] = defaultdict(int)
    funded = []
    for code in sorted(allowed, key=order):
        at = (packages[code]["department"], packages[code]["fund"])
        fen = sum(allowed[code].values())
        running[at] += fen
        if fen and at in ceilings and running[at] <= ceilings[at][1]:
            funded.append(code)
    return funded


def _compare_indicators(rows: _Rows, wrong: list[str]) -> None:
    """Compare the approved lines with what the journal approved, if it did, function by function and fund by fund."""
    found = list(
        rows.connection.exec_driver_sql(
            "select p.fund, p.func, sum(p.amount_fen), bool_and(p.indicator like %(y)s::text || '-B-T%%')"
            "  from ledger.event e"
            "  join ledger.voucher v using (treasury_id, event_id)"
            "  join ledger.posting p using (treasury_id, voucher_id)"
            " where e.treasury_id = %(t)s and e.kind = 'budget_approval' and p.side = 'D'"
            "   and p.indicator like %(y)s::text || '-B-%%' group by 1, 2",
            rows.given,
        )
    )
    if all(row[3] for row in found):  # nothing but advances
        return
    posted = {(row[0], row[1]): int(row[2]) for row in found}
    approved: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows.of("budget_line", "fiscal_year = %(y)s"):
        if row["fund"] != OWN_MONEY:
            approved[row["fund"], row["func"]] += row["fen"]
    wrong.extend(
        f"fund {fund} function {func}: approved {approved.get((fund, func))}, posted {posted.get((fund, func))}"
        for fund, func in sorted(approved.keys() | posted.keys())
        if approved.get((fund, func)) != posted.get((fund, func))
    )


def _weights(connection: Connection) -> list[Mapping[str, Any]]:
    found = connection.exec_driver_sql("select rank_by, weight from ledger.rank_weight").mappings()
    return [dict(row) for row in found]


def _amount(price: int, per: str, quantity_milli: int, times: int) -> int:
    """Multiply in whole numbers and round once, half up."""
    whole, parts = price * quantity_milli * times, 12_000 if per == "year" else 1_000
    return (2 * whole + parts) // (2 * parts)
