"""The books are proven, given away for others to prove, and measured: ``verify``, ``export``, ``bench``."""

import io
import subprocess
import sys
from pathlib import Path

import click

from ledger.db import Source, snapshot
from reports.beancount_text import write_beancount
from reports.verify import verify as verify_books
from web.cli.door import (
    FOUND,
    Spoken,
    SpokenGroup,
    SpokenOption,
    books,
    echo_json,
    exit_with,
    progress,
    treasury,
)
from web.cli.values import STDOUT, OutFile
from web.cli.words import say
from web.cli.writing import written_whole

_treasury = click.option("--treasury", "code", cls=SpokenOption, metavar="CODE", help="opt.treasury_or_all")


@click.command(cls=Spoken, help="help.verify")
@_treasury
@click.option("--json", "as_json", cls=SpokenOption, is_flag=True, help="opt.json")
def verify(code: str | None, *, as_json: bool) -> None:
    """Recompute the books."""
    with books() as source:
        chosen = _chosen(source, code)
        with progress("progress.verify", _vouchers(source, chosen)) as done:
            verdict = verify_books(source, treasury=chosen, progress=done)
    if as_json:
        echo_json(verdict.as_json())
    else:
        counted = {"vouchers": verdict.vouchers, "postings": verdict.postings, "accounts": verdict.accounts}
        click.echo(say("verify.done", **counted))
        for each in verdict.differences:
            told = {"kind": each.kind, "where": each.where, "said": each.said, "found": each.found}
            click.echo(say("verify.difference", **told))
        click.echo(say("verify.bad", count=len(verdict.differences)) if verdict.differences else say("verify.good"))
    if verdict.differences:
        exit_with(FOUND)


def _chosen(source: Source, code: str | None) -> int | None:
    """Tell the number of the treasury that was named; None stands for all."""
    return None if code is None else treasury(source, code)


def _vouchers(source: Source, treasury_id: int | None) -> int:
    """Count the vouchers; numbers have no gaps, so the last one of each period tells."""
    with snapshot(source) as connection:
        counted = connection.exec_driver_sql(
            "select coalesce(sum(last_no), 0) from ledger.period where %s::int is null or treasury_id = %s",
            (treasury_id, treasury_id),
        )
        return int(counted.scalar_one())


@click.group(cls=SpokenGroup, help="help.export")
def export() -> None:
    """Give the books away."""


@export.command(cls=Spoken, help="help.export.beancount")
@click.option("--out", required=True, type=OutFile(), cls=SpokenOption, metavar="FILE", help="opt.out_or_stdout")
@_treasury
def beancount(out: Path, code: str | None) -> None:
    """Write the journal as beancount text."""
    with books() as source:
        chosen = _chosen(source, code)
        total = _vouchers(source, chosen)
        with (
            progress("progress.export", total) as done,
            written_whole(out) as file,
            snapshot(source) as connection,
        ):
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            count = write_beancount(connection, text, treasury=chosen, progress=done)
            text.flush()
            text.detach()
    click.echo(say("export.done", vouchers=count, out=out), err=out == STDOUT)


@click.command(
    cls=Spoken,
    help="help.bench",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[...]")
def bench(words: tuple[str, ...]) -> None:
    """Measure, in a checkout of the source."""
    if not Path("bench", "__main__.py").is_file():
        raise click.UsageError(say("bench.absent"))
    exit_with(subprocess.run([sys.executable, "-m", "bench", *words], check=False).returncode)  # noqa: S603
