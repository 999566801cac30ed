"""Years before the first at the desk: a book-keeper shows their proof and puts them forward, another posts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response as Answer

from importers.histories import Check, History, import_history, weigh_history
from importers.history_outcome import refused_years, row_verdicts
from importers.workbooks import WorkbookReading
from ledger.compilation.imports import Proposal, proposals, propose_import
from ledger.errors import LedgerError
from ledger.money import Fen, format_yuan
from ledger.sequencer import sequence
from reports.budget_workbook import SheetPlan
from web.office.desk import Desk, Route, duty, went
from web.office.imports.refused import error_workbook
from web.office.imports.uploads import Busy, Choice, NoFile, choice, read_sent, seal, slot, units, was_shown
from web.office.imports.words import HISTORIANS, MOST_SHOWN, show, told, words


@dataclass(frozen=True, slots=True)
class Weighed:
    """The years of a file with their proof, and who put this very file forward, the first one first."""

    history: History
    forward: Sequence[Proposal]


@duty(*HISTORIANS)
def import_years(desk: Desk) -> Answer:
    """Show whether earlier years prove themselves; put them forward, or post what another put forward."""
    chosen, known = choice("history"), words(desk.language)
    if request.method == "GET":
        return _page(desk, chosen)
    try:
        with slot().one():
            return _sent(desk, chosen)
    except Busy:
        return _page(desk, chosen, {"file": known["busy"]}, busy=True)
    except NoFile:
        return _page(desk, chosen, {"file": known["no_file"]})
    except LedgerError as refusal:
        return _page(desk, chosen, {"file": told(desk, refusal)})


def _sent(desk: Desk, chosen: Choice) -> Answer:
    reading = read_sent("history", chosen)
    weighed = _weighed(desk, reading)
    do, known = request.form.get("do", ""), words(desk.language)
    if do == "errors" and not weighed.history.proven:
        return error_workbook(desk, reading.name, refused_years(weighed.history), [_proof(desk, weighed.history)])
    if do not in {"propose", "take"} or not weighed.history.proven:
        return _page(desk, chosen, weighed=weighed)
    if not was_shown(reading):
        return _page(desk, chosen, {"file": known["other_file"]}, weighed)
    refused = _done(desk, reading, do, weighed.forward)
    return _page(desk, chosen, {"file": refused}, weighed) if refused else went("import_register")


def _done(desk: Desk, reading: WorkbookReading, do: str, forward: Sequence[Proposal]) -> str:
    """Put the years forward or post them; give why not, or nothing."""
    known = words(desk.language)
    if do == "take" and not forward:
        return known["not_proposed"]
    try:
        new = _proposed(desk, reading) if do == "propose" else _posted(desk, reading, forward[0].prepared_by)
    except LedgerError as refusal:
        return told(desk, refusal)
    return "" if new else known["nothing_new"]


def _weighed(desk: Desk, reading: WorkbookReading) -> Weighed:
    with desk.writing() as tx:  # it only reads; the rules of the books are asked as they are when it is posted
        history = weigh_history(tx, reading)
        found = proposals(tx.connection, tx.treasury_id)
    same = [each for each in found if (each.sha256, each.mapping_sha256) == (reading.sha256, reading.mapping.digest)]
    return Weighed(history, same[::-1])


def _proposed(desk: Desk, reading: WorkbookReading) -> bool:
    mapping = reading.mapping
    with desk.writing() as tx:
        propose_import(
            tx,
            file_name=reading.name,
            sha256=reading.sha256,
            mapping=mapping.name,
            mapping_no=mapping.version,
            digest=mapping.digest,
        )
    return True


def _posted(desk: Desk, reading: WorkbookReading, prepared_by: str) -> bool:
    """Post every year in one transaction, weighed again in it; tell whether anything of it was new."""
    with desk.writing() as tx:
        posted = import_history(tx, weigh_history(tx, reading), prepared_by=prepared_by)
    sequence(desk.source, desk.me.treasury_id)
    return not all(each.already for each in posted)


def _page(
    desk: Desk,
    chosen: Choice,
    problems: Mapping[str, str] | None = None,
    weighed: Weighed | None = None,
    *,
    busy: bool = False,
) -> Answer:
    if weighed is None:
        return show(desk, "history", problems=problems, busy=busy, chosen=chosen, history=None)
    history, reading = weighed.history, weighed.history.reading
    verdicts = row_verdicts(history)
    return show(
        desk,
        "history",
        problems=problems,
        chosen=chosen,
        history=history,
        forward=weighed.forward,
        mine=any(each.prepared_by == desk.me.person for each in weighed.forward),
        proof=[(each, _said(desk, each)) for each in sorted(history.checks, key=lambda each: each.ok)],
        wrong=sum(not each.ok for each in history.checks),
        refused=sum(each.verdict == "error" for each in verdicts),
        verdicts=verdicts,
        rows=sorted(verdicts, key=lambda each: each.verdict != "error")[:MOST_SHOWN],
        most=MOST_SHOWN,
        seal=seal(reading),
        units=units(reading),
    )


def _said(desk: Desk, check: Check) -> str:
    """Say what a line of the proof compares."""
    known = words(desk.language)
    of = known.get(f"book_{check.of}", check.of)
    return known[f"check_{check.what}"].format(year=check.year, before=check.year - 1, of=of)


def _proof(desk: Desk, history: History) -> SheetPlan:
    """Lay the proof out as a sheet that no mapping reads."""
    known = words(desk.language)
    headings = [(known["proof_of"], 50), (known["one_side"], 20), (known["other_side"], 20), (known["verdict"], 12)]
    rows = [
        [
            _said(desk, each),
            format_yuan(Fen(each.left_fen)),
            format_yuan(Fen(each.right_fen)),
            known["equal" if each.ok else "differs"],
        ]
        for each in history.checks
    ]
    return SheetPlan(known["proof"], known["proof"], [], headings, rows)


ROUTES = (Route("/imports/history", import_years, ("GET", "POST")),)
