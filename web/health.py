"""Whether the process lives, and whether it may be given work."""

from http import HTTPStatus

from flask import Flask, Response

from ledger.db import Source

_PLAIN = "text/plain"


def tell_health(app: Flask, source: Source) -> None:
    """Answer a monitor at ``/healthz`` and a balancer at ``/readyz``; neither learns more than a word."""

    @app.get("/healthz", endpoint="healthz")
    def _lives() -> Response:
        return Response("ok\n", mimetype=_PLAIN)

    @app.get("/readyz", endpoint="readyz")
    def _ready() -> Response:
        try:
            with source.engine("public").connect() as connection:
                connection.exec_driver_sql("select 1")
        except Exception as error:  # whatever it is, no work should come here
            app.logger.warning("not ready", exc_info=error)
            return Response("not ready\n", HTTPStatus.SERVICE_UNAVAILABLE, mimetype=_PLAIN)
        return Response("ok\n", mimetype=_PLAIN)
