"""The books as lists and statements: ``report``."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Literal, cast

import click

from ledger.db import Source, snapshot
from ledger.rules import in_force
from reports import account_sets
from reports import flags as asking
from reports.formats import FORMATS, written
from reports.table import Measure, Slice, Table
from reports.trial_balance import trial_balance as trial_balance_of
from reports.vouchers import LINES_MOST, PAGE
from reports.vouchers import vouchers as vouchers_behind
from web.cli.door import Spoken, SpokenGroup, SpokenOption, books, echo_json, treasury
from web.cli.values import STDOUT, Day, Known, Number, OneOf, OutFile
from web.cli.words import language, say
from web.cli.writing import written_whole

_set = click.option("--set", "account_set", required=True, cls=SpokenOption, metavar="CODE", help="opt.set")
_book = click.option("--book", cls=SpokenOption, metavar="NAME", help="opt.book")
_known = click.option("--known", type=Known(), cls=SpokenOption, metavar="DAY|N", help="opt.known")
_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury_or_all")
_form = click.option(
    "--format",
    "form",
    type=OneOf(*FORMATS),
    default="csv",
    cls=SpokenOption,
    metavar="|".join(FORMATS),
    help="opt.format",
)
_out = click.option("--out", type=OutFile(), default=str(STDOUT), cls=SpokenOption, metavar="FILE", help="opt.out")
_excel = click.option("--excel", is_flag=True, cls=SpokenOption, help="opt.excel")


@click.group(cls=SpokenGroup, help="help.report")
def report() -> None:
    """Give lists and statements."""


@report.command(cls=Spoken, help="help.report.sets")
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def sets(code: str | None, *, as_json: bool) -> None:
    """List the account sets."""
    with books() as source, snapshot(source) as connection:
        found = account_sets.sets(connection, _chosen(source, code))
    if as_json:
        echo_json(found)
        return
    for each in found:
        told = {
            "treasury": each["treasury"],
            "set": each["set"],
            "books": ", ".join(each["books"]),
            "first": each["from"],
            "last": each["to"],
            "name": each[f"name_{language()}"],
            "vouchers": sum(period["vouchers"] for period in each["periods"]),
        }
        click.echo(say("report.set", **told))
    if not found:
        click.echo(say("report.no_sets"))


@report.command("trial-balance", cls=Spoken, help="help.report.trial-balance")
@_set
@_book
@click.option("--on", type=Day(), cls=SpokenOption, metavar="DAY", help="opt.on")
@_known
@click.option("--recomputed", is_flag=True, cls=SpokenOption, help="opt.recomputed")
@click.option("--rolled", is_flag=True, cls=SpokenOption, help="opt.rolled")
@click.option("--sign", type=OneOf("normal", "debit"), default="normal", cls=SpokenOption, metavar="normal|debit",
              help="opt.sign")  # fmt: skip
@_treasury
@_form
@_excel
@_out
def trial_balance(
    account_set: str,
    book: str | None,
    on: date | None,
    known: date | int | None,
    sign: Literal["normal", "debit"],
    code: str | None,
    form: str,
    out: Path,
    *,
    recomputed: bool,
    rolled: bool,
    excel: bool,
) -> None:
    """Give the trial balance of a set."""
    with books() as source, snapshot(source) as connection:
        found = trial_balance_of(
            connection,
            set_code=account_set,
            treasury=_chosen(source, code),
            book=book,
            on=on,
            known=known,
            recomputed=recomputed,
            rolled=rolled,
        )
    _give(found.table(sign), form, out, excel=excel)


@report.command(cls=Spoken, help="help.report.vouchers")
@_set
@_book
@click.option("--account", "accounts", multiple=True, cls=SpokenOption, metavar="CODE", help="opt.accounts")
@click.option("--from", "from_on", type=Day(), cls=SpokenOption, metavar="DAY", help="opt.from")
@click.option("--to", "to_on", type=Day(), cls=SpokenOption, metavar="DAY", help="opt.to")
@click.option("--measure", type=OneOf("debit", "credit", "net", "contra"), cls=SpokenOption,
              metavar="debit|credit|net|contra", help="opt.measure")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, cls=SpokenOption, metavar="KIND", help="opt.kinds")
@click.option("--dim", "dims", multiple=True, cls=SpokenOption, metavar="NAME=CODE", help="opt.dims")
@click.option("--under", multiple=True, cls=SpokenOption, metavar="NAME=CODE", help="opt.under")
@_known
@click.option("--after", cls=SpokenOption, metavar="PLACE", help="opt.after")
@click.option("--most", type=Number(1, LINES_MOST), default=PAGE, cls=SpokenOption, metavar="N", help="opt.most")
@_treasury
@_form
@_excel
@_out
def vouchers(
    account_set: str,
    book: str | None,
    accounts: tuple[str, ...],
    from_on: date | None,
    to_on: date | None,
    measure: str | None,
    kinds: tuple[str, ...],
    dims: tuple[str, ...],
    under: tuple[str, ...],
    known: date | int | None,
    after: str | None,
    most: int,
    code: str | None,
    form: str,
    out: Path,
    *,
    excel: bool,
) -> None:
    """List the postings behind a figure."""
    asked = Slice(
        measure=cast("Measure | None", measure),
        book=book,
        accounts=accounts or None,
        from_on=from_on,
        to_on=to_on,
        dims={name: tuple(codes) for name, codes in _pairs(dims).items()} or None,
        under={name: codes[-1] for name, codes in _pairs(under).items()} or None,
        kinds=kinds or None,
    )
    with books() as source, snapshot(source) as connection:
        table = vouchers_behind(
            connection,
            set_code=account_set,
            treasury=_chosen(source, code),
            asked=asked,
            known=known,
            after=after,
            most=most,
        )
    _give(table, form, out, excel=excel)
    if table.next_page:
        click.echo(say("report.more", place=table.next_page), err=True)


@report.command(cls=Spoken, help="help.report.flags")
@click.option("--on", type=Day(), required=True, cls=SpokenOption, metavar="DAY", help="opt.flags_on")
@click.option("--rule", cls=SpokenOption, metavar="CODE", help="opt.rule")
@click.option("--known", type=Day(), cls=SpokenOption, metavar="DAY", help="opt.flags_known")
@click.option("--all", "everything", is_flag=True, cls=SpokenOption, help="opt.flags_all")
@click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury")
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def flags(on: date, rule: str | None, known: date | None, code: str | None, *, everything: bool, as_json: bool) -> None:
    """Judge the books of a day by the rules that flag."""
    with books() as source, snapshot(source) as connection:
        ask = asking.judged if everything else asking.flags
        found = ask(connection, treasury(source, code), on, rule, known=known)
    if as_json:
        echo_json([asdict(each) for each in found])
        return
    named = in_force(on)
    for each in found:
        told = {
            "verdict": say(f"flags.{each.verdict}"),
            "rule": each.rule,
            "version": each.version,
            "name": getattr(named[each.rule], f"name_{language()}"),
            "subject": " ".join(filter(None, (each.agency, each.project, each.indicator, each.package, each.voucher))),
        }
        click.echo(say("flags.line", **told))
    click.echo(say("flags.done", count=sum(each.verdict == "fires" for each in found), on=on))


def _chosen(source: Source, code: str | None) -> int | None:
    """Tell the number of the treasury that was named; None where none was."""
    return None if code is None else treasury(source, code)


def _pairs(given: Sequence[str]) -> dict[str, list[str]]:
    """Read ``agency=201``; a name that stands twice has both codes."""
    found: dict[str, list[str]] = {}
    for each in given:
        name, mark, code = each.partition("=")
        if not mark or not name:
            raise click.UsageError(say("report.no_pair", given=each))
        found.setdefault(name, []).append(code)
    return found


def _give(table: Table, form: str, out: Path, *, excel: bool) -> None:
    """Write a report as it was asked for; codes stay as they are unless a spreadsheet shall open it."""
    whole = written(table, form, bom=excel)
    with written_whole(out) as file:
        file.write(whole)
    if out != STDOUT:
        click.echo(say("report.done", title=getattr(table, f"title_{language()}"), rows=len(table.rows), out=out))
