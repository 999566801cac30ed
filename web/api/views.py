"""The addresses of the API: each names what it needs, decides nothing, and answers in one form."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException

from ledger import errors
from ledger.clients import session_of
from ledger.db import Source, attempt
from ledger.errors import LedgerError
from ledger.events import from_json
from ledger.journal import post, preview
from ledger.money import format_yuan
from web import problems
from web.api import exporting, reading, schemas, tokens
from web.api.asking import session
from web.api.duties import POSTERS, admit, duty


class _Api(Api):  # flask-smorest brings no types
    """Leaves errors to the guard, which knows whose address it is."""

    def _register_error_handlers(self) -> None:
        """Register none."""


def register(app: Flask, source: Source) -> None:
    """Put the API under ``/api/v1`` with its description at ``/api/v1/openapi.json``."""
    app.config.update(
        API_TITLE="gongku 公库",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Every answer that refuses is a problem (RFC 9457) with the ledger's own code."},
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
        },
    )
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = app.json.sort_keys = False
    api = _Api(app)
    api.register_blueprint(_blueprint(source))


class _Parser(FlaskParser):
    """Reads JSON without what has no place in a ledger: NaN, a field that stands twice, endless nesting.

    A question with a word that nobody knows is refused, too: a misspelt ``known`` would be another answer.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}  # noqa: RUF012 - as its parent has it

    def _raw_load_json(self, req: Any) -> Any:  # noqa: ANN401 - webargs' own
        body = req.get_data(cache=True)
        if req.mimetype != "application/json" or not body:
            return missing
        try:
            return json.loads(body, parse_constant=_no_constant, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise BadRequest from error


class _Pages(Blueprint):  # flask-smorest brings no types
    """A blueprint whose bodies are read strictly."""

    ARGUMENTS_PARSER = _Parser()


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def error_answer(error: Exception, status: int) -> Response:
    """Tell an error of the API as a problem."""
    if isinstance(error, LedgerError):
        answer = problems.refusal(error)
        if answer.status_code == 401:  # noqa: PLR2004 - the name of the status says no more
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(error, HTTPException):
        messages = getattr(error, "data", {}).get("messages")
        more = {} if messages is None else {"errors": messages}
        return problems.problem(status, f"http-{status}", error.name, "请求无法受理。", **more)
    return problems.problem(500, "http-500", "Something broke inside", "系统内部错误。")


def _blueprint(source: Source) -> Any:  # noqa: ANN401 - flask-smorest brings no types
    pages = _Pages("api", "api", url_prefix="/api/v1", description="Books of a treasury")

    @pages.before_request
    def _who() -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise errors.NotSignedIn
        g.session = session_of(source, token)
        admit(g.session)

    _events(pages, source)
    reading.register(pages, source)
    exporting.register(pages, source)
    tokens.register(pages, source)
    return pages


def _events(pages: Any, source: Source) -> None:  # noqa: ANN401 - flask-smorest brings no types
    @pages.route("/events")
    @duty(POSTERS)
    class _Events(MethodView):
        """Business events."""

        @pages.arguments(schemas.EventsSchema)
        @pages.arguments(schemas.PostQuery, location="query")
        @pages.response(200, schemas.AnswerSchema)
        def post(self, body: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
            """Post events, all of them or none.

            The same key with the same content is answered as ``already``; with other content it is refused
            with 409. ``dry_run`` runs every control, tells the balances and limits after it, and writes nothing.
            """
            events = [_event(row, given) for row, given in enumerate(body["events"], 1)]
            if asked["dry_run"]:
                shown = preview(source, session(), events)
                return {"dry_run": True, "events": _posted(shown.posted), **_after(shown)}
            return {"dry_run": False, "events": _posted(attempt(source, session(), lambda tx: post(tx, events)))}


def _event(row: int, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an event
    try:
        return from_json(dict(given))
    except LedgerError as error:
        error.facts = {**error.facts, "row": row, "key": given.get("key")}
        raise


def _posted(posted: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a list of Posted
    return [{"kind": p.kind, "key": p.key, "event_id": str(p.event_id), "already": p.already} for p in posted]


def _after(shown: Any) -> dict[str, Any]:  # noqa: ANN401 - a Preview
    return {
        "balances": [
            {
                "set": row["account_set"],
                "account": row["account"],
                "debit": format_yuan(row["debit_fen"]),
                "credit": format_yuan(row["credit_fen"]),
            }
            for row in shown.balances
        ],
        "limits": [
            {
                "set": row["account_set"],
                "account": row["account"],
                "limit": row["limit_key"],
                "available": format_yuan(row["available_fen"]),
            }
            for row in shown.limits
        ],
    }
