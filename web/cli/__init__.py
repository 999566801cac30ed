"""The command ``gongku``: every duty of an operator and a book-keeper at the terminal."""

from importlib.metadata import version

import click

from web.cli.budgeting import export_budget_workbook, import_budget_workbook
from web.cli.budgets import budget
from web.cli.clients import client
from web.cli.closing import close
from web.cli.doctor import doctor
from web.cli.door import Root, SpokenOption
from web.cli.history import import_history_workbook
from web.cli.imports import list_imports, undo
from web.cli.people import user
from web.cli.posting import import_files, post
from web.cli.proving import bench, export, verify
from web.cli.reporting import report
from web.cli.server import db
from web.cli.setup import demo, init, serve


def _tell_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked:
        click.echo(f"gongku {version('gongku')}")
        ctx.exit()


@click.group(cls=Root, help="help.gongku")
@click.option(
    "--version",
    cls=SpokenOption,
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_tell_version,
    help="opt.version",
)
def main() -> None:
    """Open the door."""


for command in (
    demo,
    init,
    serve,
    user,
    client,
    import_files,
    post,
    report,
    budget,
    export,
    verify,
    doctor,
    close,
    bench,
    db,
):
    main.add_command(command)

import_files.add_command(import_budget_workbook)
import_files.add_command(import_history_workbook)
import_files.add_command(list_imports)
import_files.add_command(undo)
export.add_command(export_budget_workbook)
