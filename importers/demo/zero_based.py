"""The zero-based budgets of two departments of the demo city for the next year, from standards to publication.

Each step asks whether it was done already, so an interrupted build goes on where it stopped. The digest of the tables
stands in the data, for tables are made in reports: a test makes them again, checks them and compares.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from importers.demo.plan import rows
from ledger import access
from ledger.compilation.approval import approve, release_to_departments, release_to_units
from ledger.compilation.narratives import BudgetNarrative, record_narrative
from ledger.compilation.packages import Line, LineReview, Package, Target, rank_packages, review_package, save_package
from ledger.compilation.rounds import (
    Ceiling,
    Due,
    Income,
    Resolution,
    estimate_income,
    resolve_budget,
    set_ceilings,
    set_dates,
    submit_budget,
)
from ledger.compilation.standards import (
    DriverValue,
    Standard,
    approve_drivers,
    approve_standards,
    awaiting_drivers,
    record_drivers,
    record_standards,
)
from ledger.db import Source, Transaction, transaction
from ledger.disclosure.budgets import PublishBudget, awaiting_budgets, publish_budget
from ledger.disclosure.projects import (
    ProjectRecord,
    Stage,
    awaiting_projects,
    publish_projects,
    record_project,
    recorded_projects,
)
from ledger.money import parse_yuan

_STAGES = (("reserve", "储备", "2024-05-14"), ("appraisal", "论证", "2024-07-09"), ("review", "评审", "2024-09-18"))


@cache
def budget() -> Mapping[str, Any]:
    """Give the budget as it stands in its file."""
    return tomllib.loads(files("importers.demo").joinpath("budget_2025.toml").read_text("utf-8"))


def agencies() -> Sequence[str]:
    """Give the agencies that made a budget, in the order of their packages."""
    return list(dict.fromkeys(package["agency"] for package in budget()["package"]))


def budget_demo(source: Source, treasury_id: int) -> None:
    """Compile, approve, release and publish the budgets; what is there already stays.

    Raises:
        LedgerError: a step is refused; the steps before it stand.
    """
    approve_budgets(source, treasury_id)
    take(source, treasury_id, _PUBLICATION)


def approve_budgets(source: Source, treasury_id: int) -> None:
    """Compile, approve and release the budgets, so that they wait for their notes and for publication.

    Raises:
        LedgerError: as ``budget_demo``.
    """
    take(source, treasury_id, _APPROVAL)


def take(source: Source, treasury_id: int, steps: "Sequence[Step]") -> None:
    """Take steps in their order, each under its duty and only if what it leaves is not there."""
    for duty, done, step in steps:
        session = access.open_session(source, treasury_id, duty.lower(), duty)
        with transaction(source, session) as tx:
            if not done or not _there(tx, done):
                step(tx)
        access.close_session(source, session)


def _there(tx: Transaction, done: str) -> bool:
    """Tell whether a step left something: ``done`` names a table of ours, and which of its rows."""
    table, _, which = done.partition(" ")
    text = f"select 1 from ledger.{table} where treasury_id = %s and {which or 'true'} limit 1"  # noqa: S608 - our own
    return tx.connection.exec_driver_sql(text, (tx.session.treasury_id,)).first() is not None


def _record_projects(tx: Transaction) -> None:
    known = recorded_projects(tx.connection, tx.session.treasury_id)
    for row in budget()["project"]:
        if row["project"] not in known:
            stages = tuple(
                Stage(code, date.fromisoformat(on), f"澄项{name}〔2024〕{row['number']}号（演示）")
                for code, name, on in _STAGES
            )
            told = {name: text for name, text in row.items() if name != "number"}
            record_project(tx, ProjectRecord(**told, place="全区", stages=stages))


def _publish_projects(tx: Transaction) -> None:
    if waiting := awaiting_projects(tx.connection, tx.session.treasury_id):
        publish_projects(tx, waiting)


def _record_standards(tx: Transaction) -> None:
    record_standards(tx, [_standard(row) for row in rows("budget_standards")])


def _standard(row: Mapping[str, str]) -> Standard:
    given: dict[str, Any] = {
        name: text for name, text in row.items() if name not in {"yuan", "valid_from", "agency_kind"}
    }
    return Standard(
        **given,
        amount_fen=parse_yuan(row["yuan"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        agency_kind=row["agency_kind"] or None,
        document_issuer="澄湖区财政局（演示）",
        confidence="P",
    )


def _approve_standards(tx: Transaction) -> None:
    approve_standards(tx, [(row["standard"], 1) for row in rows("budget_standards")])


def _record_drivers(tx: Transaction) -> None:
    record_drivers(
        tx,
        [
            DriverValue(
                agency=row["agency"],
                driver=row["driver"],
                fiscal_year=budget()["year"],
                quantity_milli=_milli(row["quantity"]),
                origin=row["origin"],
            )
            for row in rows("budget_drivers")
        ],
    )


def _approve_drivers(tx: Transaction) -> None:
    approve_drivers(tx, awaiting_drivers(tx.connection, tx.session.treasury_id, budget()["year"]))


def _set_dates(tx: Transaction) -> None:
    given = budget()
    set_dates(
        tx,
        [Due(fiscal_year=given["year"], step=d["step"], due_on=d["on"], document=d["document"]) for d in given["date"]],
    )


def _save_packages(tx: Transaction) -> None:
    for row in budget()["package"]:
        save_package(tx, _package(row))


def _package(row: Mapping[str, Any]) -> Package:
    told = {n: v for n, v in row.items() if n not in {"lines", "line", "review", "targets"}}
    return Package(
        **{"fund": "1", **told},
        fiscal_year=budget()["year"],
        activity_code=row["package"].split("-")[2],
        lines=(*(Line(standard=code) for code in row.get("lines", ())), *(_line(each) for each in row.get("line", ()))),
        targets=tuple(Target(kind, text) for kind, text in row.get("targets", {}).items()),
    )


def _line(row: Mapping[str, Any]) -> Line:
    quotes = row.get("quotes")
    return Line(
        standard=row.get("standard"),
        quantity_milli=_milli(row["quantity"]),
        times=row["times"],
        origin=row["origin"],
        dept_econ=row.get("dept_econ"),
        driver=row.get("driver"),
        per="time" if quotes else None,
        quote_fens=tuple(parse_yuan(yuan) for yuan, _ in quotes) if quotes else None,
        quote_documents=tuple(document for _, document in quotes) if quotes else None,
    )


def _milli(quantity: str) -> int:
    whole, _, part = quantity.partition(".")
    return int(whole) * 1000 + int(part.ljust(3, "0"))


def _estimate_income(tx: Transaction) -> None:
    for row in budget()["income"]:
        told = {name: row[name] for name in ("source", "fund", "func", "basis")}
        estimate_income(tx, budget()["year"], row["agency"], [Income(**told, amount_fen=parse_yuan(row["yuan"]))])


def _submit(round_no: int) -> Callable[[Transaction], None]:
    def submit(tx: Transaction) -> None:
        for agency in agencies():
            submit_budget(tx, budget()["year"], agency, round_no)

    return submit


def _review_packages(tx: Transaction) -> None:
    for row in budget()["package"]:
        cuts = [
            LineReview(line_no=r["line"], quantity_milli=_milli(r["quantity"]), cut=r["cut"], reason=r["reason"])
            for r in row.get("review", ())
        ]
        review_package(tx, row["package"], 1, cuts, "按标准和基础数据逐条复核（演示）")


def _set_ceilings(tx: Transaction) -> None:
    given = budget()
    set_ceilings(
        tx,
        [
            Ceiling(
                fiscal_year=given["year"],
                department=c["department"],
                fund=c["fund"],
                amount_fen=parse_yuan(c["yuan"]),
                document=c["document"],
            )
            for c in given["ceiling"]
        ],
    )


def _rank(duty: str) -> Callable[[Transaction], None]:
    def rank(tx: Transaction) -> None:
        for row in budget()["rank"]:
            if row["by"] == duty:
                rank_packages(tx, budget()["year"], row["department"], row["fund"], row["packages"])

    return rank


def _resolve(tx: Transaction) -> None:
    given = budget()
    told = given["resolution"]
    resolve_budget(
        tx,
        Resolution(
            fiscal_year=given["year"],
            document=told["document"],
            title=told["title"],
            passed_on=given["passed_on"],
            sha256=hashlib.sha256(f"{told['document']}\n{told['title']}\n{told['text']}\n".encode()).hexdigest(),
            total_fen=parse_yuan(told["yuan"]),
        ),
    )


def _approve(tx: Transaction) -> None:
    approve(tx, tx.session.treasury_id, budget()["year"], "comp")


def _release(tx: Transaction) -> None:
    """Release to departments and units; every event has its key and is posted once."""
    given = budget()
    at, papers = (tx.session.treasury_id, given["year"]), given["release"]
    release_to_departments(tx, *at, given["released_on"], papers["departments"], "revw")
    release_to_units(tx, *at, given["to_units_on"], papers["units"], "revw")


def record_notes(tx: Transaction) -> None:
    """Record what the notes of each budget tell."""
    for row in budget()["published"]:
        money: dict[str, Any] = {f"{name}_fen": parse_yuan(row[name]) for name in _MONEY if name in row}
        rest = {name: row[name] for name in ("told", "equipment_500k", "equipment_1m") if name in row}
        record_narrative(tx, BudgetNarrative(fiscal_year=budget()["year"], agency=row["agency"], **money, **rest))


_MONEY = ("abroad", "reception", "vehicles_bought", "vehicles_run", "goods", "works", "services", "sme")


def _publish(tx: Transaction) -> None:
    waiting = {each.agency for each in awaiting_budgets(tx.connection, tx.session.treasury_id)}
    for row in budget()["published"]:
        if row["agency"] in waiting:
            order = PublishBudget(fiscal_year=budget()["year"], agency=row["agency"], sha256=row["sha256"], narrative=1)
            publish_budget(tx, order)


Step = tuple[str, str, Callable[[Transaction], None]]
"""Who does it, what it leaves behind ("" if it asks by itself), and what is done."""
_APPROVAL: Sequence[Step] = (
    ("PRAP", "", _record_projects),
    ("PUBL", "", _publish_projects),
    ("REVW", "spending_standard", _record_standards),
    ("APPR", "standard_approval", _approve_standards),
    ("COMP", "driver_value", _record_drivers),
    ("REVW", "driver_approval", _approve_drivers),
    ("REVW", "budget_date", _set_dates),
    ("COMP", "budget_package", _save_packages),
    ("COMP", "income_estimate", _estimate_income),
    ("COMP", "budget_submission round = 1", _submit(1)),
    ("REVW", "package_review", _review_packages),
    ("REVW", "budget_ceiling", _set_ceilings),
    ("COMP", "budget_submission round = 2", _submit(2)),
    ("COMP", "package_rank ranked_by = 'comp'", _rank("COMP")),
    ("REVW", "package_rank ranked_by = 'revw'", _rank("REVW")),
    ("APPR", "package_rank ranked_by = 'appr'", _rank("APPR")),
    ("APPR", "budget_resolution", _resolve),
    ("APPR", "", _approve),
    ("ISSU", "", _release),
)
_PUBLICATION: Sequence[Step] = (
    ("COMP", "budget_narrative", record_notes),
    ("PUBL", "", _publish),
)
