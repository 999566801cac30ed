"""Earlier years from a workbook of balances, with their proof: ``import history``."""

from collections.abc import Sequence
from pathlib import Path

import click

from importers.histories import History, import_history, read_history, weigh_history
from importers.workbook_mapping import find_workbook_mapping
from ledger.access import close_session, open_session
from ledger.db import Session, Source, transaction
from ledger.journal import Posted
from ledger.money import Fen, format_yuan
from ledger.sequencer import sequence
from web.cli.door import FOUND, Spoken, SpokenOption, books, echo_json, exit_with, only_holder, treasury
from web.cli.values import InFile
from web.cli.words import known, language, say

_SHOWN = 20
"""So many problems are told; all of them are in the JSON."""


@click.command("history", cls=Spoken, help="help.import.history")
@click.argument("file", type=InFile())
@click.option("--mapping", default="history", cls=SpokenOption, metavar="FILE|NAME", help="opt.mapping")
@click.option("--preview", is_flag=True, cls=SpokenOption, help="opt.preview")
@click.option("--as", "person", cls=SpokenOption, metavar="PERSON", help="opt.as")
@click.option("--prepared-by", cls=SpokenOption, metavar="PERSON", help="opt.prepared_by")
@click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def import_history_workbook(
    file: Path,
    mapping: str,
    person: str | None,
    prepared_by: str | None,
    code: str | None,
    *,
    preview: bool,
    as_json: bool,
) -> None:
    """Take in earlier years if they prove themselves."""
    reading = read_history(file, find_workbook_mapping(mapping))
    posted: Sequence[Posted] | None = None
    with books() as source:
        treasury_id = treasury(source, code)
        actor = person or only_holder(source, treasury_id, "CLOS")
        session = open_session(source, treasury_id, actor, "CLOS")
        try:
            with transaction(source, session) as tx:
                history = weigh_history(tx, reading)
            if history.proven and not preview:
                preparer = prepared_by or only_holder(source, treasury_id, "BOOK", frozenset({actor}))
                posted = _posted(source, session, history, preparer)
        finally:
            close_session(source, session)
    if as_json:
        new = None if posted is None else sum(not each.already for each in posted)
        echo_json({**history.as_json(), "recorded": posted is not None, "posted": new})
    else:
        _tell(history, posted)
    if not history.proven:
        exit_with(FOUND)


def _posted(source: Source, session: Session, history: History, preparer: str) -> Sequence[Posted]:
    with transaction(source, session) as tx:
        posted = import_history(tx, history, prepared_by=preparer)
    sequence(source, session.treasury_id)
    return posted


def _named(of: str) -> str:
    """Name a book in the language of the locale; an account stays its code."""
    key = f"history.{of}"
    return say(key) if known(key) else of


def _tell(history: History, posted: Sequence[Posted] | None) -> None:
    reading, zh = history.reading, language() == "zh"
    told = {"file": reading.name, "mapping": reading.mapping.name, "version": reading.mapping.version}
    click.echo(say("budget.title", **told))
    for check in history.checks:
        amounts = {"left": format_yuan(Fen(check.left_fen)), "right": format_yuan(Fen(check.right_fen))}
        words = {"year": check.year, "before": check.year - 1, "of": _named(check.of), **amounts}
        mark = say("history.equal" if check.ok else "history.differs")
        click.echo(f"  {mark} {say(f'history.{check.what}', **words)}")
    bad = [(row, problem) for row in history.rows for problem in row.problems]
    for row, problem in bad[:_SHOWN]:
        why, mend = (problem.why.zh, problem.why.mend_zh) if zh else (problem.why.en, problem.why.mend_en)
        at = {"sheet": row.cells.table.sheet, "row": row.cells.row.row, "column": problem.column}
        click.echo(say("budget.problem", **at, value=problem.value, why=why, mend=mend))
    if len(bad) > _SHOWN:
        click.echo(say("history.more", count=len(bad) - _SHOWN))
    if not history.proven:
        click.echo(say("history.refused"))
        return
    if posted is None:
        click.echo(say("history.not_posted", sets=", ".join(history.codes.values())))
        return
    new = sum(not each.already for each in posted)
    click.echo(say("history.posted", new=new, already=len(posted) - new, sets=", ".join(history.codes.values())))
