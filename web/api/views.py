"""The addresses of the API: each names what it needs, decides nothing, and answers in one form."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

from flask import Flask, Response, g, request
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException

from ledger import errors
from ledger.clients import session_of
from ledger.db import Session, Source, attempt, snapshot
from ledger.errors import LedgerError
from ledger.events import from_json
from ledger.journal import post, preview
from ledger.money import format_yuan
from reports import account_sets
from reports.formats import FORMATS, written
from reports.table import Slice
from reports.trial_balance import trial_balance
from reports.vouchers import vouchers
from web import problems
from web.api import schemas
from web.api.duties import POSTERS, READERS, admit, duty

MASTERS = {"accounts": "account", "classes": "class_code", "templates": "template", "economic-map": "econ_map"}
"""The master data that a client may read."""


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
    api = _Api(app)
    api.register_blueprint(_blueprint(source))


class _Parser(FlaskParser):
    """Reads JSON without what has no place in a ledger: NaN, a field that stands twice, endless nesting."""

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
    _reads(pages, source)
    return pages


def _session() -> Session:
    session: Session = g.session
    return session


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
                shown = preview(source, _session(), events)
                return {"dry_run": True, "events": _posted(shown.posted), **_after(shown)}
            return {"dry_run": False, "events": _posted(attempt(source, _session(), lambda tx: post(tx, events)))}


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


def _reads(pages: Any, source: Source) -> None:  # noqa: ANN401 - flask-smorest brings no types
    @pages.route("/sets")
    @duty(READERS)
    class _Sets(MethodView):
        """Account sets."""

        @pages.response(200, schemas.SetSchema(many=True))
        def get(self) -> Response:
            """List the account sets that you may see, with their books and periods."""
            with snapshot(source, _session()) as connection:
                return _json(account_sets.sets(connection))

    @pages.route("/sets/<code>/trial-balance")
    @duty(READERS)
    class _TrialBalance(MethodView):
        """Trial balances."""

        @pages.arguments(schemas.FileQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str) -> Response:
            """Give the trial balance of a set, effective to a day and as known at a place of the log.

            The file ends with its manifest: rows, sums and a SHA-256. ``format`` is csv, json or xlsx.
            """
            with snapshot(source, _session()) as connection:
                table = trial_balance(
                    connection,
                    set_code=code,
                    treasury=_session().treasury_id,
                    book=asked.get("book"),
                    on=asked.get("on"),
                    known=_known(asked.get("known")),
                ).table()
            form = asked["format"]
            answer = Response(written(table, form), content_type=FORMATS[form])
            answer.headers["Content-Disposition"] = f'attachment; filename="trial-balance.{form}"'
            return answer

    @pages.route("/sets/<code>/accounts/<account>/postings")
    @duty(READERS)
    class _Postings(MethodView):
        """Postings of an account."""

        @pages.arguments(schemas.PageQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str, account: str) -> Response:
            """Page through the postings of an account; a page stays the same while the books grow."""
            return _page(source, code, asked, (account,))

    @pages.route("/sets/<code>/vouchers")
    @duty(READERS)
    class _Vouchers(MethodView):
        """Every posting of a set."""

        @pages.arguments(schemas.PageQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str) -> Response:
            """Page through every posting of a set, oldest first."""
            return _page(source, code, asked, None)

    @pages.route("/masters/<name>")
    @duty(READERS)
    class _Masters(MethodView):
        """Master data."""

        @pages.response(200, schemas.SetSchema(many=True))
        def get(self, name: str) -> Response:
            """Give a table of the dated master data: accounts, classes, templates or economic-map."""
            if name not in MASTERS:
                raise errors.UnknownBook(f"there is no master data {name}", {"name": name, "known": sorted(MASTERS)})
            with snapshot(source, _session()) as connection:
                return _json([dict(row) for row in connection.exec_driver_sql(_MASTER[name]).mappings()])


def _page(source: Source, code: str, asked: Mapping[str, Any], accounts: tuple[str, ...] | None) -> Response:
    wanted = Slice(accounts=accounts, from_on=asked.get("from_on"), to_on=asked.get("on"))
    with snapshot(source, _session()) as connection:
        table = vouchers(
            connection,
            set_code=code,
            treasury=_session().treasury_id,
            asked=wanted,
            known=_known(asked.get("known")),
            after=asked.get("after"),
            most=asked["limit"],
        )
    return Response(written(table, "json"), content_type=FORMATS["json"])


_MASTER = {
    "accounts": "select chart, code, parent, name_zh, name_en, element, book, normal_side, postable, needs, takes,"
    " confidence, source, lower(valid) as valid_from, upper(valid) as valid_to from ledger.account"
    " order by chart, code",
    "classes": "select scheme, code, parent, name_zh, name_en, leaf, confidence, source, lower(valid) as valid_from,"
    " upper(valid) as valid_to from ledger.class_code order by scheme, code",
    "templates": "select event, title_zh, title_en, source, confidence, posted_under, prepared_under,"
    " encode(digest, 'hex') as digest, lower(in_force) as valid_from, upper(in_force) as valid_to, body"
    " from ledger.template order by event, in_force",
    "economic-map": "select agency_kind, dept_econ, gov_econ, confidence from ledger.econ_map order by 1, 2",
}


def _known(text: str | None) -> int | date | None:
    if text is None:
        return None
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.UnknownBook(f"{text} is no day", {"known": text}) from None


def _json(value: object) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, default=str), content_type="application/json")
