"""The year after the demo year: the zero-based budgets are paid, and so is what the year before left.

Months are closed and published until November; December is posted and open. Each step asks whether it was done already,
and each of them posts the events of its duty in one call, so an interrupted build goes on where it stopped.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from importers.demo import claims
from importers.demo.budget import dims_of, reopened
from importers.demo.closing import close_until
from importers.demo.diary import Diary
from importers.demo.founding import indicator_set, unit_set
from importers.demo.plan import Line, agencies, lines, workdays
from importers.demo.year import CLASSES, classes_of, supplier
from importers.demo.zero_based import Step, take
from ledger.compilation.approval import Grant, grants
from ledger.compilation.authority import ReallocationLimit, approve_reallocation, set_reallocation_limit
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.compilation.performance import (
    Answer,
    PaceReason,
    confirm_results,
    explain_pace,
    projects,
    record_results,
)
from ledger.db import Source, Transaction, snapshot
from ledger.events import Dims
from ledger.journal import post
from ledger.money import parse_yuan

_TWELFTHS, _HUNDREDTHS = 12, 100
_DAYS = {"salary": (6, 8), "staff": (6, 8), "office": (10, 12), "carried": (11, 14)}
"""On which workday of a month something is applied for, and on which it is paid."""


@cache
def told() -> Mapping[str, Any]:
    """Give the year as it stands in its file."""
    return tomllib.loads(files("importers.demo").joinpath("execution_2025.toml").read_text("utf-8"))


def execute_demo(source: Source, treasury_id: int) -> None:
    """Pay, explain and close the year whose budgets and claims were approved; what is there already stays.

    Raises:
        LedgerError: a step is refused; the steps before it stand.
    """
    take(source, treasury_id, _steps(write_execution(source, treasury_id)))


def publish_execution(source: Source, treasury_id: int) -> None:
    """Publish the indicators of the closed months, once their leaves are in the log.

    Raises:
        LedgerError: the months are not closed.
    """
    take(source, treasury_id, _PUBLICATION)


def write_execution(source: Source, treasury_id: int) -> Diary:
    """Write down every event of the year after the release of its budget, and of the claims that were approved."""
    diary = Diary(told()["year"])
    with snapshot(source) as connection:
        granted = grants(connection, treasury_id, diary.year)
        approved = [tuple(row) for row in connection.exec_driver_sql(_APPROVED, (treasury_id,))]
    for grant in granted:
        if grant.project is None:
            _pay_basic(diary, grant)
    at = {(grant.agency, grant.project or grant.dept_econ): _dims(grant) for grant in granted}
    at |= {(row["to"]["agency"], row["to"]["of"]): _opened(row) for row in told()["reallocation"] if "opened" in row}
    _change(diary, at)
    for row in told()["project"]:
        _pay_project(diary, row, at[row["agency"], row["project"]])
    for line in lines():
        if line.carried:
            _pay_carried(diary, line)
    _pay_claims(diary, approved, at)
    return diary


def _dims(grant: Grant) -> Dims:
    return grant.line(grant.indicator, grant.agency).dims()


def _opened(row: Mapping[str, Any]) -> Dims:
    to = row["to"]
    return {"fund": "1", "agency": to["agency"], "dept_econ": to["of"], **row["opened"]}


def _pay_basic(diary: Diary, grant: Grant) -> None:
    """Pay one class of basic spending of one unit; each payment leaves whole what was due until its month."""
    row = next((row for row in told()["basic"] if row["dept_econ"] == grant.dept_econ), None)
    if row is None:  # travel and receptions, which claims pay
        return
    before = due = 0
    for month, part in enumerate(row["twelfths"], 1):
        before, due = due, due + part
        amount = grant.fen * due // _TWELFTHS - grant.fen * before // _TWELFTHS
        if amount:
            asked, on = (workdays(month, diary.year)[n] for n in _DAYS[row["use"]])
            pay = {**_dims(grant), **_classes(grant.agency, row["dept_econ"])}
            name = f"{agencies()[grant.agency].name_zh}{month}月{row['name']}"
            if row["use"] == "salary":
                _pay_salary(diary, (asked, on), name, amount, {**pay, "counterparty": row["payee"]})
            else:
                _pay(diary, (asked, on), name, amount, {**pay, "counterparty": row["payee"]})


def _classes(agency: str, dept_econ: str) -> dict[str, str]:
    return classes_of(agencies()[agency].kind, dept_econ)


def _pay_salary(diary: Diary, days: tuple[date, date], name: str, amount: int, dims: Dims) -> None:
    """Accrue pay and pay it; tax and contributions are withheld from the basic pay."""
    asked, on = days
    withheld = told()["withheld"]
    unit = {k: v for k, v in dims.items() if k in {"agency", "dept_econ", "fund", "func"}}
    insurer = {"counterparty": withheld["payee"]}
    basic = dims["dept_econ"] == "30101"
    kept = {each: amount * withheld[each] // _HUNDREDTHS if basic else 0 for each in ("tax", "contributions")}
    whole = sum(kept.values())
    diary.write("salary_accrual", asked, f"{name}计提", {"amount": amount}, {**unit, **insurer})
    diary.write("salary_withholding", asked, f"{name}代扣个税和社保", kept, {**unit, **insurer})
    diary.write("payment_reservation", asked, f"{name}代扣款缴纳申请", {"amount": whole}, {**dims, **insurer})
    diary.write("withholding_payment", on, f"{name}代扣个税和社保缴纳", kept, {**dims, **insurer})
    diary.write("payment_reservation", asked, f"{name}统发申请", {"amount": amount - whole}, dims)
    diary.write("salary_payment", on, f"{name}统发", {"amount": amount - whole}, dims)


def _pay(
    diary: Diary,
    days: Sequence[date],
    name: str,
    amount: int,
    dims: Dims,
    *,
    held: bool = False,
    document: str | None = None,
    kind: str = "treasury_payment",
) -> None:
    """Apply for one payment on the first day and make it on the second."""
    asked, on = days
    reserved = "held_payment_reservation" if held else "payment_reservation"
    diary.write(reserved, asked, f"{name}（申请）", {"amount": amount}, dims, document=document)
    diary.write(kind, on, name, {"amount": amount}, dims, document=document)


def _pay_project(diary: Diary, row: Mapping[str, Any], dims: Dims) -> None:
    pay = {**dims, **_classes(row["agency"], row["dept_econ"]), "counterparty": row["payee"]}
    name = f"{agencies()[row['agency']].name_zh}：{row['name']}"
    for *days, yuan in row["paid"]:
        _pay(diary, days, name, parse_yuan(yuan), pay, held=row.get("held", False))


def _pay_carried(diary: Diary, line: Line) -> None:
    """Pay parts of what a line left; what schools earned comes back to them from the special account."""
    special = line.use == "special"
    kind = "special_account_payment" if special else "treasury_payment"
    dims = {**dims_of(line), "indicator": reopened(line)}
    if not special:
        dims |= _classes(line.agency.agency, CLASSES[line.use][0])
    name = f"{line.agency.name_zh}：{line.name_zh}（上年结转）"
    for month, part in enumerate(told()["carried"]["hundredths"], 1):
        days = [workdays(month, diary.year)[n] for n in _DAYS["carried"]]
        pay = dims if special else {**dims, "counterparty": supplier(f"{reopened(line)}:{month}")}
        _pay(diary, days, name, line.carried * part // _HUNDREDTHS, pay, kind=kind)


_APPROVED = """
select c.approval_no, s.claim, s.agency, s.dept_econ, s.fen
  from ledger.claim_state s join ledger.claim c using (treasury_id, claim)
 where s.treasury_id = %s and s.state = 'approved' order by s.claim"""


def _pay_claims(diary: Diary, approved: Sequence[tuple[Any, ...]], at: Mapping[tuple[str, str | None], Dims]) -> None:
    """Pay what was approved; the claim is the document of its payment."""
    paid = {row["approval_no"]: row for row in claims.occasions()}
    for approval_no, claim, agency, dept_econ, fen in approved:
        row = paid[approval_no]
        pay = {**at[agency, dept_econ], **_classes(agency, dept_econ), "counterparty": row["payee"]}
        _pay(diary, row["paid"], f"报销：{row['purpose']}", fen, pay, document=claim)


def _change(diary: Diary, at: Mapping[tuple[str, str | None], Dims]) -> None:
    """Freeze, set free and reallocate."""
    for kind in ("hold", "release"):
        for row in told()[kind]:
            amount = {"amount": parse_yuan(row["yuan"])}
            diary.write(f"indicator_{kind}", row["on"], row["narration"], amount, at[row["agency"], row["project"]])
    for row in told()["reallocation"]:
        parties = {party: at[row[party]["agency"], row[party]["of"]] for party in ("from", "to")}
        amount = {"amount": parse_yuan(row["yuan"])}
        diary.write(
            "indicator_reallocation", row["on"], row["narration"], amount, parties=parties, document=row["document"]
        )


def _set_limit(tx: Transaction) -> None:
    fens = {f"{name}_fen": parse_yuan(told()["limit"][name]) for name in ("same_func", "other_func")}
    set_reallocation_limit(tx, ReallocationLimit(**fens, document=told()["limit"]["document"]))


def _open(tx: Transaction) -> None:
    """Open the indicators that only a reallocation fills, below the department's."""
    for row in told()["reallocation"]:
        if "opened" in row:
            dims = _opened(row)
            department = agencies()[dims["agency"]].department
            parent = f"{told()['year']}-B-{dims['fund']}-{dims['func']}-{department}"
            order = OpenIndicator(
                **dims, parent=parent, fiscal_year=told()["year"], document=row["document"], budget_source=3
            )
            open_indicators(tx, [order])


def _approve(diary: Diary) -> Callable[[Transaction], None]:
    def approve(tx: Transaction) -> None:
        for row, event in zip(told()["reallocation"], diary.of("issue"), strict=True):
            if "approved" in row:
                approve_reallocation(tx, event.key, event.facts["amount"], row["approved"])

    return approve


def _post(diary: Diary, moment: str) -> Callable[[Transaction], None]:
    def write(tx: Transaction) -> None:
        post(tx, diary.of(moment))

    return write


def _explain(tx: Transaction) -> None:
    for row in told()["reason"]:
        explain_pace(tx, PaceReason(fiscal_year=told()["year"], **row))


def _record(tx: Transaction) -> None:
    for row in told()["result"]:
        answers = [
            Answer(target_no=number, result=result, score_tenths=score, met=not cause, cause="".join(cause))
            for number, (result, score, *cause) in enumerate(row["answers"], 1)
        ]
        record_results(tx, row["package"], answers)


def _confirm(tx: Transaction) -> None:
    versions = {each.package: each.version for each in projects(tx.connection, tx.session.treasury_id, told()["year"])}
    for row in told()["result"]:
        if "opinion" in row:
            confirm_results(tx, row["package"], versions[row["package"]] or 0, row["opinion"])


def _close(tx: Transaction) -> None:
    until: date = told()["closed_until"]
    spent = {row["agency"] for row in told()["project"]}
    units = [unit_set(agencies()[agency], until.year) for agency in sorted(spent)]
    close_until(tx, [indicator_set(until.year), *units], until.month, f"{until.year}年第{{}}期结账（演示）")


def _publish(tx: Transaction) -> None:
    tx.connection.exec_driver_sql(
        "select ledger.publish(s.account_set_id, %s) from ledger.account_set s"
        " where s.treasury_id = %s and s.code = %s",
        (told()["closed_until"], tx.session.treasury_id, indicator_set(told()["year"])),
    )


def _steps(diary: Diary) -> Sequence[Step]:
    year = told()["year"]
    return (
        ("APPR", f"reallocation_limit document = '{told()['limit']['document']}'", _set_limit),
        ("ISSU", f"indicator fiscal_year = {year} and budget_source = 3 and dept_econ is not null", _open),
        ("APPR", f"reallocation_approval key like '{year}-%%'", _approve(diary)),
        ("AUDT_IN", f"event kind = 'salary_accrual' and key like '{year}-%%'", _post(diary, "receive")),
        ("ISSU", f"event kind = 'indicator_reallocation' and key like '{year}-%%'", _post(diary, "issue")),
        ("PCHK", f"event kind = 'payment_reservation' and key like '{year}-%%'", _post(diary, "reserve")),
        ("SIGN", f"event kind = 'treasury_payment' and key like '{year}-%%'", _post(diary, "pay")),
        ("COMP", f"pace_reason fiscal_year = {year}", _explain),
        ("COMP", f"performance_result fiscal_year = {year}", _record),
        ("REVW", "performance_confirmation", _confirm),
        ("CLOS", "", _close),
    )


_PUBLICATION: Sequence[Step] = (("PUBL", f"publication as_of = '{told()['closed_until']}'", _publish),)
"""Duty, what the step leaves, and the step; a demo that stands whole is known by another publication, made after it."""
