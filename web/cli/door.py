"""What every command shares: where the books are, in which language it speaks, how it refuses.

Exit codes: 0 good, 1 something was found or refused, 2 the command was called wrongly.
"""

import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledger.db import Source
from ledger.errors import LedgerError
from ledger.home import data_directory, open_books
from ledger.money import format_yuan
from web.cli.values import Folder
from web.cli.words import known, language, say

FOUND = 1
"""The exit code for a finding or a refusal."""
_DATA = "gongku.data"
_INTERRUPTED = 130
_DATABASE_LIBRARIES = frozenset({"psycopg", "sqlalchemy"})


class SpokenOption(click.Option):
    """An option whose help is a key of the catalogue."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Give what ``--help`` shows of it."""
        record = super().get_help_record(ctx)
        if record is None or not known(self.help or ""):
            return record
        return record[0], say(str(self.help))


class Spoken(click.Command):
    """A command whose help is a key of the catalogue and that knows ``--data``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self.params.append(
            SpokenOption(
                ["--data"],
                type=Folder(),
                expose_value=False,
                callback=_remember_data,
                help="opt.data",
                metavar="DIR",
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of the line; one too many is told in our words."""
        if isinstance(self, click.Group):
            return super().parse_args(ctx, args)
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            raise click.UsageError(say("usage.too_many", words=" ".join(left)), ctx)
        return left

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Give the ``--help`` option, in our words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("opt.help")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click's own
        """Give the first line of the help."""
        return say(self.help or "").partition("\n")[0]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how it is called."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("word.usage"))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the help line by line as it stands in the catalogue."""
        formatter.write("\n")
        for line in say(self.help or "").splitlines():
            formatter.write(f"  {line}\n" if line else "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [param.get_help_record(ctx) for param in self.get_params(ctx)]
        with formatter.section(say("word.options")):
            formatter.write_dl([record for record in records if record is not None])


class SpokenGroup(Spoken, click.Group):
    """A group of commands; they stand in the order in which they were added."""

    command_class = Spoken

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        """Name the commands in the order of a newcomer's day."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the commands."""
        Spoken.format_options(self, ctx, formatter)
        with formatter.section(say("word.commands")):
            formatter.write_dl([(name, command.get_short_help_str()) for name, command in self.commands.items()])


class Root(SpokenGroup):
    """The command itself: turns every refusal into words and an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:  # noqa: ANN401
        """Run and exit."""
        run: Callable[..., Any] = super().main
        if not extra.pop("standalone_mode", True):
            return run(args, *rest, standalone_mode=False, **extra)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        extra.setdefault("prog_name", "gongku")
        sys.exit(_code(partial(run, args, *rest, standalone_mode=False, **extra)))


def _code(run: Callable[[], Any]) -> int:  # noqa: PLR0911 - one for each way to end
    """Run a command; give its exit code, and say in words why it is not 0."""
    try:
        code = run()
        sys.stdout.flush()
    except click.UsageError as error:
        _tell_usage(error)
        return error.exit_code
    except LedgerError as error:
        tell_refusal(error)
        return FOUND
    except click.Abort:
        click.echo(say("door.interrupted"), err=True)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has seen enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except OSError as error:
        click.echo(say("door.file", problem=error), err=True)
        return FOUND
    except Exception as error:
        if not from_database(error):
            raise
        problem = str(error).strip().partition("\n")[0]
        click.echo(say("door.database", problem=problem), err=True)
        return FOUND
    return code if isinstance(code, int) else 0


def from_database(error: Exception) -> bool:
    """Tell whether an error is the database's or its driver's own."""
    return type(error).__module__.partition(".")[0] in _DATABASE_LIBRARIES


def _remember_data(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.meta[_DATA] = value


def data() -> Path:
    """Tell the data directory of this call, wherever on the line ``--data`` stood."""
    return data_directory(click.get_current_context().meta.get(_DATA))


@contextmanager
def books() -> Generator[Source]:
    """Open the books of this call and give every connection back at its end."""
    source = open_books(data())
    try:
        yield source
    finally:
        source.close()


def treasury(source: Source, code: str | None) -> int:
    """Choose the treasury of a code, or the only one there is.

    Raises:
        click.UsageError: there is none of that code, or several and none was named.
    """
    with source.engine("inspect").connect() as connection:
        there: dict[str, int] = {
            row.code: row.treasury_id
            for row in connection.exec_driver_sql("select code, treasury_id from ledger.treasury")
        }
    if code is None and len(there) == 1:
        return next(iter(there.values()))
    if code in there:
        return there[code]
    if not there:
        raise click.UsageError(say("door.no_treasury"))
    names = ", ".join(sorted(there))
    raise click.UsageError(
        say("door.which_treasury", known=names)
        if code is None
        else say("door.unknown_treasury", code=code, known=names)
    )


def only_holder(source: Source, treasury_id: int, duty: str, preparers: frozenset[str] = frozenset()) -> str:
    """Tell who acts when nobody was named: the only one that holds the duty today and prepared nothing.

    Raises:
        click.UsageError: nobody may, or several; it names them.
    """
    with source.engine("inspect").connect() as connection:
        holders = [
            str(row.person)
            for row in connection.exec_driver_sql(
                "select distinct person from ledger.appointment"
                " where treasury_id = %s and duty = %s and held @> access.today() order by person",
                (treasury_id, duty),
            )
        ]
    free = [person for person in holders if person not in preparers]
    if len(free) == 1:
        return free[0]
    if not free:
        raise click.UsageError(say("door.nobody_holds", duty=duty))
    raise click.UsageError(say("door.who_acts", duty=duty, people=", ".join(free)))


def exit_with(code: int) -> NoReturn:
    """End the command with an exit code."""
    click.get_current_context().exit(code)


def refuse(text: str) -> NoReturn:
    """Say on standard error what is refused, and end the command."""
    click.echo(text, err=True)
    exit_with(FOUND)


def echo_json(value: object) -> None:
    """Print one JSON value, and nothing else, to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def progress(key: str, total: int | None = None) -> Generator[Callable[[int], None]]:
    """Show a bar on standard error while long work goes on; nothing where no terminal is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(say(key), total=total)
        yield lambda done: bar.update(task, completed=done)


def tell_refusal(error: LedgerError) -> None:
    """Say on standard error what was refused, its facts, and what to do."""
    zh = language() == "zh"
    plain = type(error).zh if zh else str(type(error).__doc__).strip()
    lines = [say("door.refused", message=plain, code=error.code)]
    detail = str(error).strip()
    said_by_facts = zh and "zh" in error.facts
    if detail and detail != plain and not said_by_facts:
        lines.append(f"  {detail}")
    for name, value in error.facts.items():
        if name not in {"en", "zh", "mend_en", "mend_zh"} and value is not None and value != "":
            lines.append(f"  {_fact(name, value)}")
    if said_by_facts:
        lines.append(f"  {error.facts['zh']}")
    mend = error.facts.get("mend_zh" if zh else "mend_en")
    if mend is None:
        key = f"mend.{error.code}"
        mend = say(key if known(key) else "mend.refused")
    lines.append(say("door.mend", mend=mend))
    click.echo("\n".join(lines), err=True)


def _fact(name: str, value: object) -> str:
    plain = name
    if name.endswith("_fen") and isinstance(value, int):
        plain, value = name.removesuffix("_fen"), format_yuan(value)
    if isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(map(str, value))
    key = f"fact.{plain}"
    label = say(key) if known(key) else plain
    return say("door.fact", label=label, value=value)


def _tell_usage(error: click.UsageError) -> None:
    """Say on standard error how the command was called wrongly."""
    name = error.param.human_readable_name if isinstance(error, click.BadParameter) and error.param else ""
    match error:
        case click.NoSuchOption():
            message = say("usage.no_option", name=error.option_name)
        case click.NoSuchCommand():
            message = say("usage.no_command", name=error.command_name)
        case click.MissingParameter():
            message = say("usage.missing", name=name)
        case click.BadParameter():
            message = say("usage.bad_value", name=name, problem=error.message)
        case click.BadOptionUsage():
            message = say("usage.bad_option", name=error.option_name)
        case click.exceptions.NoArgsIsHelpError():
            message = ""
        case _:
            message = error.message
    if error.ctx is not None:
        if not message:
            click.echo(error.ctx.get_help(), err=True)
            return
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(say("usage.try", command=error.ctx.command_path), err=True)
    click.echo(say("usage.error", message=message), err=True)
