"""A special fund of the demo city, from the call to the public result, with a draw that anyone can make again.

Each step asks whether it was done already, so an interrupted build goes on where it stopped.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from importers.demo.zero_based import Step, take
from ledger.compilation.special_funds import (
    Application,
    Call,
    Cost,
    Decision,
    Expert,
    Judged,
    Tie,
    apply,
    check,
    decide,
    draw_experts,
    list_experts,
    lots,
    open_call,
    publish_results,
    record_opinion,
)
from ledger.db import Source, Transaction
from ledger.money import parse_yuan

_SCORE = 80


@cache
def fund() -> Mapping[str, Any]:
    """Give the fund as it stands in its file."""
    return tomllib.loads(files("importers.demo").joinpath("fund_2024.toml").read_text("utf-8"))


def fund_demo(source: Source, treasury_id: int) -> None:
    """Take the fund from its call to the publication of its results; what is there already stays.

    Raises:
        LedgerError: a step is refused; the steps before it stand.
    """
    take(source, treasury_id, _STEPS)


def _open(tx: Transaction) -> None:
    given: dict[str, Any] = dict(fund()["call"])
    given |= {f"{name}_fen": parse_yuan(given.pop(name)) for name in ("total", "threshold")}
    open_call(tx, Call(**given))


def _apply(tx: Transaction) -> None:
    for row in fund()["application"]:
        apply(
            tx,
            Application(
                application=row["application"],
                call=fund()["call"]["call"],
                agency=row["agency"],
                applicant=row["applicant"],
                project_zh=row["project_zh"],
                site=row["site"],
                equipment=row["equipment"],
                saved_on=row["on"],
                costs=tuple(Cost(item, parse_yuan(yuan)) for item, yuan in row["costs"]),
            ),
        )


def _check(tx: Transaction) -> None:
    for row in fund()["application"]:
        check(tx, row["application"], passed="refused" not in row, reason=row.get("refused", ""))


def _list(tx: Transaction) -> None:
    field = fund()["call"]["field"]
    experts = [
        Expert(row["expert"], f"演示·专家{n}", row["employer"], field) for n, row in enumerate(fund()["expert"], 1)
    ]
    ties = [Tie(row["expert"], row["tied"], row["tie"]) for row in fund()["expert"] if "tie" in row]
    list_experts(tx, experts, ties)


def _draw(tx: Transaction) -> None:
    draw_experts(tx, fund()["call"]["call"], fund()["draw"]["seed"])


def _judge(tx: Transaction) -> None:
    drawn = lots(tx.connection, tx.session.treasury_id, fund()["call"]["call"])
    seated = [each.expert for each in drawn if each.seat is not None]
    for row in fund()["application"]:
        if "refused" in row:
            continue
        for n, expert in enumerate(seated):
            record_opinion(tx, row["application"], expert, _SCORE, _lines(row, n))


def _lines(row: Mapping[str, Any], expert: int) -> list[Judged]:
    """Give what an expert leaves of each cost line, in whole fen downwards."""
    found = []
    for number, ((_, yuan), left) in enumerate(zip(row["costs"], row["left"], strict=True), 1):
        fen = parse_yuan(yuan) * left[expert] // 100
        found.append(Judged(number, fen, "" if left[expert] == 100 else "按市场价和必要性核减"))  # noqa: PLR2004
    return found


def _decide(tx: Transaction) -> None:
    votes = fund()["decision"]
    for row in fund()["application"]:
        if "refused" not in row:
            decide(
                tx,
                Decision(
                    application=row["application"],
                    granted=row["granted"],
                    members=votes["members"],
                    present=votes["present"],
                    votes_for=votes["present"] if row["granted"] else 0,
                    votes_against=0 if row["granted"] else votes["present"],
                    reason=row["reason"],
                    decided_on=votes["on"],
                    minutes_sha256=hashlib.sha256(votes["minutes"].encode()).hexdigest(),
                ),
            )


def _publish(tx: Transaction) -> None:
    publish_results(tx, fund()["call"]["call"])


_STEPS: tuple[Step, ...] = (
    ("REVW", "fund_call", _open),
    ("COMP", "fund_application", _apply),
    ("REVW", "fund_check", _check),
    ("PEXP", "expert", _list),
    ("PEXP", "expert_draw", _draw),
    ("PRRV", "expert_opinion", _judge),
    ("APPR", "fund_decision", _decide),
    ("PUBL", "fund_publication", _publish),
)
