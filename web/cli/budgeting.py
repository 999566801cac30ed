"""Budgets as workbooks: ``import budget`` and ``export budget``."""

from pathlib import Path

import click

from importers.budget_outcome import PARTS, Outcome
from importers.budget_refused import refused_tables
from importers.budgets import import_budget, preview_budget, read_budget
from importers.workbook_mapping import find_workbook_mapping
from ledger.access import close_session, open_session
from ledger.db import Session, Source, snapshot, transaction
from ledger.money import Fen, format_yuan
from reports.budget_workbook import SheetPlan, budget_workbook, written_sheets
from web.cli.door import FOUND, Spoken, SpokenOption, books, echo_json, exit_with, only_holder, treasury
from web.cli.values import STDOUT, InFile, Number, OneOf, OutFile
from web.cli.words import language, say
from web.cli.writing import written_whole

_SHOWN = 20
"""So many refused rows are told; all of them are in the JSON and in the workbook."""
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")


@click.command("budget", cls=Spoken, help="help.import.budget")
@click.argument("file", type=InFile())
@click.option("--mapping", default="budget", cls=SpokenOption, metavar="FILE|NAME", help="opt.mapping")
@click.option("--preview", is_flag=True, cls=SpokenOption, help="opt.preview")
@click.option("--only", type=OneOf(*PARTS), multiple=True, cls=SpokenOption, metavar="|".join(PARTS), help="opt.only")
@click.option("--errors", type=OutFile(), cls=SpokenOption, metavar="FILE", help="opt.errors")
@click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def import_budget_workbook(
    file: Path,
    mapping: str,
    only: tuple[str, ...],
    errors: Path | None,
    person: str | None,
    code: str | None,
    *,
    preview: bool,
    as_json: bool,
) -> None:
    """Take in an agency's budget workbook: all of it or nothing."""
    if as_json and errors == STDOUT:
        raise click.UsageError(say("budget.one_output"))
    reading = read_budget(file, find_workbook_mapping(mapping))
    with books() as source:
        treasury_id = treasury(source, code)
        session = open_session(source, treasury_id, person or only_holder(source, treasury_id, "COMP"), "COMP")
        try:
            outcome = preview_budget(source, session, reading, only or PARTS)
            if not preview and not outcome.counts["error"]:
                outcome = _saved(source, session, outcome, only)
        finally:
            close_session(source, session)
    saved = not preview and not outcome.counts["error"]
    if errors is not None and outcome.counts["error"]:
        with written_whole(errors) as out:
            out.write(_refused_workbook(outcome))
    if as_json:
        echo_json({**outcome.as_json(), "recorded": saved})
    else:
        _tell(outcome, saved=saved, err=errors == STDOUT)
    if outcome.counts["error"]:
        if errors is not None and errors != STDOUT:
            click.echo(say("budget.errors", out=errors), err=True)
        exit_with(FOUND)


def _saved(source: Source, session: Session, outcome: Outcome, only: tuple[str, ...]) -> Outcome:
    with transaction(source, session) as tx:
        return import_budget(tx, outcome.reading, only or PARTS)


def _tell(outcome: Outcome, *, saved: bool, err: bool) -> None:
    reading, zh = outcome.reading, language() == "zh"
    told = {"file": reading.name, "mapping": reading.mapping.name, "version": reading.mapping.version}
    click.echo(say("budget.title", **told), err=err)
    click.echo(say("budget.counts", **outcome.counts), err=err)
    sums = {"packages": outcome.packages_fen, "income": outcome.income_fen}
    click.echo(say("budget.sums", **{name: format_yuan(Fen(fen)) for name, fen in sums.items()}), err=err)
    bad = [(each, problem) for each in outcome.verdicts for problem in each.problems]
    for each, problem in bad[:_SHOWN]:
        why, mend = (problem.why.zh, problem.why.mend_zh) if zh else (problem.why.en, problem.why.mend_en)
        place = {"sheet": each.sheet, "row": each.row, "column": problem.column or each.name, "value": problem.value}
        click.echo(say("budget.problem", **place, why=why, mend=mend), err=err)
    if len(bad) > _SHOWN:
        click.echo(say("budget.more", count=len(bad) - _SHOWN), err=err)
    notes = {
        "budget.unread": list(reading.unread),
        "budget.unused": [f"{table.sheet}: {name}" for table in reading.tables for name in table.unused],
        "budget.absent": outcome.absent,
        "budget.dropped": [f"{each.source} {format_yuan(Fen(each.amount_fen))}" for each in outcome.dropped],
    }
    for key, names in notes.items():
        if names:
            click.echo(say(key, names=", ".join(names)), err=err)
    refused = outcome.counts["error"]
    click.echo(
        say("budget.saved" if saved else "budget.refused" if refused else "budget.not_saved", **outcome.saved), err=err
    )
    if saved:
        number = outcome.import_no
        click.echo(say("imports.registered", number=number) if number else say("imports.nothing_new"), err=err)


def _refused_workbook(outcome: Outcome) -> bytes:
    """Write the refused rows with a column of reasons; the same mapping reads it once they are mended."""
    zh = language() == "zh"
    plans = [
        SheetPlan(
            table.sheet,
            say("budget.refused_title"),
            table.above,
            [*((name, 16) for name in table.headings), (say("budget.reason"), 60)],
            [
                [
                    *cells,
                    "\n".join(
                        say(
                            "budget.why",
                            column=problem.column or verdict.name,
                            value=problem.value,
                            why=problem.why.zh if zh else problem.why.en,
                            mend=problem.why.mend_zh if zh else problem.why.mend_en,
                        )
                        for problem in verdict.problems
                    ),
                ]
                for cells, verdict in table.rows
            ],
        )
        for table in refused_tables(outcome)
    ]
    return written_sheets(plans, outcome.reading.name)


@click.command("budget", cls=Spoken, help="help.export.budget")
@click.option("--agency", required=True, cls=SpokenOption, metavar="CODE", help="opt.agency")
@click.option("--year", required=True, type=Number(1949, 2999), cls=SpokenOption, metavar="YEAR", help="opt.year")
@click.option("--out", required=True, type=OutFile(), cls=SpokenOption, metavar="FILE", help="opt.out_or_stdout")
@_treasury
def export_budget_workbook(agency: str, year: int, out: Path, code: str | None) -> None:
    """Write an agency's budget as the workbook that the import reads."""
    with books() as source:
        treasury_id = treasury(source, code)
        with snapshot(source) as connection:
            today = connection.exec_driver_sql("select access.today()").scalar_one()
            whole = budget_workbook(connection, treasury_id, agency, year, today)
    with written_whole(out) as file:
        file.write(whole)
    click.echo(say("budget.exported", agency=agency, year=year, out=out), err=out == STDOUT)
