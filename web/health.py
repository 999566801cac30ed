"""Whether the process lives, and whether it may be given work."""

from http import HTTPStatus

from flask import Flask, Response

from ledger.db import Source
from ledger.install import newest

_PLAIN = "text/plain"


def tell_health(app: Flask, source: Source) -> None:
    """Answer a monitor at ``/healthz`` and a balancer at ``/readyz``; neither learns more than a word."""
    expected = newest()

    @app.get("/healthz", endpoint="healthz")
    def _lives() -> Response:
        return Response("ok\n", mimetype=_PLAIN)

    @app.get("/readyz", endpoint="readyz")
    def _ready() -> Response:
        try:
            there = _version(source)
        except Exception as error:  # whatever it is, no work should come here
            app.logger.warning("not ready", exc_info=error)
            there = ""
        if there != expected:
            app.logger.warning("not ready: migrations are at %r, this program knows %r", there, expected)
            return Response("not ready\n", HTTPStatus.SERVICE_UNAVAILABLE, mimetype=_PLAIN)
        return Response("ok\n", mimetype=_PLAIN)


def _version(source: Source) -> str:
    """Ask as the public site and as who is about to sign in; give the last migration that was run."""
    with source.engine("public").connect() as connection:
        connection.exec_driver_sql("select 1")
    with source.engine("auth").connect() as connection:
        return str(connection.exec_driver_sql("select access.schema_version()").scalar_one())
