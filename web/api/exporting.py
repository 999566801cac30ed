"""Exports: every report, whole sets of postings and master data as files that end with their manifest."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response
from flask.views import MethodView

from ledger import errors
from ledger.chart import DIMENSIONS
from ledger.db import Source, snapshot
from reports.account_sets import find, known_index
from reports.catalogue import Report, report_of
from reports.formats import written
from reports.sheet import Sheet
from reports.table import Cell, Column, Row, Slice, Table
from reports.trial_balance import trial_balance
from reports.vouchers import LINE_COLUMNS, every_line, line_cells
from web.api import schemas
from web.api.asking import as_file, as_json, known, session
from web.api.duties import READERS, duty


def register(pages: Any, source: Source) -> None:  # noqa: ANN401 - flask-smorest brings no types
    """Add the addresses of files."""
    _reports(pages, source)
    _masters(pages, source)


def _reports(pages: Any, source: Source) -> None:  # noqa: ANN401
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
            with snapshot(source, session()) as connection:
                table = trial_balance(
                    connection,
                    set_code=code,
                    treasury=session().treasury_id,
                    book=asked.get("book"),
                    on=asked.get("on"),
                    known=known(asked.get("known")),
                ).table()
            return as_file(written(table, asked["format"]), asked["format"], "trial-balance")

    @pages.route("/sets/<code>/reports/<name>")
    @duty(READERS)
    class _Report(MethodView):
        """Every report of the catalogue."""

        @pages.arguments(schemas.ReportQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str, name: str) -> Response:
            """Give a report of a set by name, as JSON or a file, with its manifest.

            There are trial-balance, account-statement, balance-sheet, revenue-expenditure, budget-execution,
            indicator-chain and vouchers, with the options that ``gongku report`` has.
            """
            report, form = report_of(name), asked["format"]
            options = _options(report, asked)
            with snapshot(source, session()) as connection:
                table = report.table(connection, set_code=code, treasury=_treasury(connection), **options)
            return as_file(written(table, form), form, f"{code}-{name}")

    @pages.route("/sets/<code>/export")
    @duty(READERS)
    class _Export(MethodView):
        """Every posting of a set."""

        @pages.arguments(schemas.ExportQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str) -> Response:
            """Give every posting of a set in one file; its manifest tells whether it arrived whole."""
            form = asked["format"]
            with snapshot(source, session()) as connection:
                table = _postings(connection, code, asked)
            return as_file(written(table, form), form, f"{code}-postings")


def _masters(pages: Any, source: Source) -> None:  # noqa: ANN401
    @pages.route("/masters/<name>")
    @duty(READERS)
    class _Masters(MethodView):
        """Master data."""

        @pages.arguments(schemas.MasterQuery, location="query")
        @pages.response(200, schemas.SetSchema(many=True))
        def get(self, asked: Mapping[str, Any], name: str) -> Response:
            """Give a table of the master data, dated where it is, as a list or as a file with its manifest.

            There are accounts, account-keys, agencies, classes, duties, economic-map and templates.
            """
            if name not in MASTERS:
                raise errors.UnknownBook(f"there is no master data {name}", {"name": name, "known": sorted(MASTERS)})
            with snapshot(source, session()) as connection:
                found = connection.exec_driver_sql(MASTERS[name])
                columns, rows = tuple(found.keys()), [dict(row) for row in found.mappings()]
            form = asked.get("format")
            return as_json(rows) if form is None else as_file(_sheet(name, columns, rows).written(form), form, name)


def _postings(connection: Any, code: str, asked: Mapping[str, Any]) -> Table:  # noqa: ANN401 - a connection
    own = find(connection, code, session().treasury_id)
    index = known_index(connection, own.treasury_id, known(asked.get("known")))
    wanted = Slice(from_on=asked.get("from_on"), to_on=asked.get("on"))
    return Table(
        name="postings",
        title_zh="全部分录",
        title_en="Every posting",
        account_set=own,
        from_on=wanted.from_on or own.opens_on,
        to_on=wanted.to_on or own.ends_on,
        columns=(*LINE_COLUMNS, *(Column(dim, dim, dim, "code") for dim in DIMENSIONS)),
        rows=[
            Row((*line_cells(line), *(line.dims.get(dim) for dim in DIMENSIONS)))
            for line in every_line(connection, own, wanted, index)
        ],
        known=index,
    )


def _treasury(connection: Any) -> str:  # noqa: ANN401 - a connection
    code: str = connection.exec_driver_sql(
        "select code from ledger.treasury where treasury_id = %s", (session().treasury_id,)
    ).scalar_one()
    return code


def _options(report: Report, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what was asked into the options of a report, each in the form that the report wants."""
    kinds = {option.name: option.kind for option in report.options}
    given = {name: value for name, value in asked.items() if name != "format"}
    made: dict[str, Any] = {}
    for name, value in given.items():
        kind = kinds.get(name)
        if name == "known":
            made[name] = known(value)
        elif name in {"dims", "under"}:
            made[name] = _codes(value)
        elif kind == "text" and isinstance(value, list):
            made[name] = value[0] if len(value) == 1 else _only_one(name, value)
        else:
            made[name] = tuple(value) if isinstance(value, list) else value
    return made


def _only_one(name: str, value: Sequence[str]) -> str:
    raise errors.UnknownBook(f"only one {name} can be asked for", {name: list(value)})


def _codes(pairs: Sequence[str]) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in pairs)


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Sheet:
    listed = tuple(Column(column, column, column) for column in columns)
    return Sheet(name, name, name, listed, [Row(tuple(_cell(row[column]) for column in columns)) for row in rows])


def _cell(value: object) -> Cell:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if value is None or isinstance(value, str | date) else str(value)


MASTERS = {
    "accounts": "select chart, code, parent, name_zh, name_en, element, book, normal_side, postable, needs, takes,"
    " confidence, source, lower(valid) as valid_from, upper(valid) as valid_to from ledger.account"
    " order by chart, code",
    "account-keys": "select * from ledger.account_key order by 1, 2, 3, 4",
    "agencies": "select agency, parent, kind, name_zh, name_en from ledger.agency order by agency",
    "classes": "select scheme, code, parent, name_zh, name_en, leaf, confidence, source, lower(valid) as valid_from,"
    " upper(valid) as valid_to from ledger.class_code order by scheme, code",
    "duties": "select duty, name_zh, name_en from ledger.duty order by duty",
    "economic-map": "select agency_kind, dept_econ, gov_econ, confidence from ledger.econ_map order by 1, 2",
    "templates": "select event, title_zh, title_en, source, confidence, posted_under, prepared_under,"
    " encode(digest, 'hex') as digest, lower(in_force) as valid_from, upper(in_force) as valid_to, body"
    " from ledger.template order by event, in_force",
}
"""The master data that a client may read; the agencies are those of the client's treasury."""
