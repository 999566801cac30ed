"""Books come into being and are shown: ``demo``, ``init`` and ``serve``."""

import errno
import logging
import os
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import click
from waitress.server import create_server

from importers.demo import EVENTS, build_demo, has_demo
from ledger import embedded
from ledger.db import Source, owner
from ledger.home import DATABASE_URL, make_books, owner_dsn
from ledger.sequencer import sequence
from web.app import create_app
from web.cli.door import Spoken, SpokenOption, books, data, progress, refuse
from web.cli.logins import tell_logins
from web.cli.plan import carry_out, read_plan
from web.cli.values import PORT, InFile
from web.cli.words import say
from web.guard import MOST_BYTES
from web.logs import write_logs
from web.settings import FILE, Settings, UnreadableSettings, read_settings

_THREADS = 8
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only to tell an address that can be opened

_host = click.option("--host", default="127.0.0.1", cls=SpokenOption, metavar="HOST", help="opt.host")
_port = click.option("--port", default=8000, type=PORT, cls=SpokenOption, metavar="PORT", help="opt.port")


@click.command(cls=Spoken, help="help.demo")
@click.option("--no-serve", cls=SpokenOption, is_flag=True, help="opt.no_serve")
@click.option("--reset", cls=SpokenOption, is_flag=True, help="opt.reset")
@_host
@_port
def demo(host: str, port: int, *, no_serve: bool, reset: bool) -> None:
    """Build the demo city and show it."""
    settings = _settings()
    listener = None if no_serve else _listener(host, port)
    if reset:
        _discard_demo(data())
    with closing(make_books(data())) as source:
        if has_demo(source):
            click.echo(say("demo.there", data=data()))
        else:
            if real := _real_treasuries(source):
                refuse(say("demo.real", data=data(), treasuries=", ".join(real)))
            with progress("progress.demo", EVENTS) as done:
                build_demo(source, done)
            sequence(source)
            click.echo(say("demo.made", data=data()))
        tell_logins(source, data())
        if listener is None:
            click.echo(say("demo.next", data=data()))
        else:
            _serve(source, listener, settings, logging.WARNING)


def _discard_demo(folder: Path) -> None:
    """Discard the embedded books of a demo; books of any treasury that is real stay."""
    if os.environ.get(DATABASE_URL):
        raise click.UsageError(say("demo.reset_foreign", variable=DATABASE_URL))
    if not (folder / "server.json").is_file():
        return
    with closing(Source.at(owner_dsn(folder), folder / "secrets")) as source:
        real = _real_treasuries(source)
    if real:
        refuse(say("demo.reset_real", data=folder, treasuries=", ".join(real)))
    embedded.discard(folder)
    click.echo(say("demo.discarded", data=folder), err=True)


def _real_treasuries(source: Source) -> list[str]:
    """Name the treasuries that are no demo; books that were never finished have none."""
    with owner(source) as connection:
        if connection.exec_driver_sql("select to_regclass('ledger.treasury')").scalar_one() is None:
            return []
        found = connection.exec_driver_sql("select code from ledger.treasury where not demo order by code")
        return [str(row.code) for row in found]


@click.command(cls=Spoken, help="help.init")
@click.argument("plan", required=False, type=InFile())
def init(plan: Path | None) -> None:
    """Make empty books, and a treasury by its plan."""
    planned = None if plan is None else read_plan(plan)
    with closing(make_books(data())) as source:
        made = planned is not None and carry_out(source, planned)
    click.echo(say("init.books", data=data()))
    if planned is None:
        return
    code = planned.treasury["code"]
    if made:
        counted = {"agencies": len(planned.agencies), "people": len(planned.people), "sets": len(planned.sets)}
        click.echo(say("init.treasury", code=code, **counted))
    else:
        click.echo(say("init.there", code=code))


@click.command(cls=Spoken, help="help.serve")
@_host
@_port
def serve(host: str, port: int) -> None:
    """Show the books over HTTP."""
    settings = _settings()
    with books() as source, _listener(host, port) as listener:
        _serve(source, listener, settings, logging.INFO)


def _listener(host: str, port: int) -> socket.socket:
    """Take the address; whoever connects waits until the pages are there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except socket.gaierror as error:
        raise click.UsageError(say("serve.no_host", host=host)) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            refuse(say("serve.port_taken", host=host, port=port))
        refuse(say("serve.port_refused", host=host, port=port, problem=os.strerror(error.errno or 0)))


def _settings() -> Settings:
    """Read how the doors are set."""
    try:
        return read_settings(data())
    except UnreadableSettings as error:
        raise click.UsageError(say("serve.settings", file=data() / FILE, problem=error)) from error


def _serve(source: Source, listener: socket.socket, settings: Settings, level: int) -> None:
    """Answer requests until a signal ends it; those under way are finished."""
    write_logs(settings, level)
    server = create_server(
        create_app(source, settings),
        sockets=[listener],
        threads=_THREADS,
        ident=None,
        max_request_body_size=MOST_BYTES + 1,  # refused here before it fills a disk
        clear_untrusted_proxy_headers=False,  # whom to believe is decided in web.peers
    )
    signal.signal(signal.SIGTERM, _end)
    host, port = listener.getsockname()[:2]
    host = _ANYWHERE.get(host, host)
    place = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    click.echo(say("serve.at", zh=f"{place}/", en=f"{place}/en/", office=f"{place}/office/"))
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.close()
    click.echo(say("serve.ended"), err=True)


def _end(_: int, __: object) -> NoReturn:
    """End by SIGTERM as by Ctrl-C: in good order, with code 0."""
    sys.exit(0)
