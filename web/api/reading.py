"""What a client may read of the books: sets, balances by two dates, statements, vouchers, the place of the log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response
from flask.views import MethodView

from ledger import papers
from ledger.db import Source, snapshot
from ledger.errors import UnknownBook
from ledger.money import format_yuan
from reports import account_sets
from reports.queries import rows
from reports.statement import account_statement
from reports.table import Slice
from reports.trial_balance import TrialBalance, accounts, trial_balance
from reports.vouchers import vouchers
from web.api import schemas
from web.api.asking import as_json, as_table, known, session
from web.api.duties import READERS, duty

_NUMBER_MOST = 2**31 - 1


def register(pages: Any, source: Source) -> None:  # noqa: ANN401 - flask-smorest brings no types
    """Add the addresses that answer questions."""
    _identity(pages, source)
    _balances(pages, source)
    _lines(pages, source)


def _identity(pages: Any, source: Source) -> None:  # noqa: ANN401
    @pages.route("/me")
    @duty(READERS)
    class _Me(MethodView):
        """Who you are."""

        @pages.response(200, schemas.MeSchema)
        def get(self) -> dict[str, object]:
            """Tell whose token this is, under which duty, and for which agencies (null stands for all)."""
            with snapshot(source, session()) as connection:
                who = connection.exec_driver_sql("select (access.whoami()).*").one()
                code = connection.exec_driver_sql(
                    "select code from ledger.treasury where treasury_id = %s", (who.treasury_id,)
                ).scalar_one()
            return {"treasury": code, "person": who.person, "duty": who.duty, "agencies": who.agencies}

    @pages.route("/log")
    @duty(READERS)
    class _Log(MethodView):
        """The transparency log."""

        @pages.response(200, schemas.LogSchema)
        def get(self) -> dict[str, int]:
            """Tell how many leaves the log has. Ask with ``known`` set to it, and the answer never changes again."""
            with snapshot(source, session()) as connection:
                size = rows(connection, "log_size", {"treasury_id": session().treasury_id})[0][0]
            return {"size": int(size)}

    @pages.route("/sets")
    @duty(READERS)
    class _Sets(MethodView):
        """Account sets."""

        @pages.response(200, schemas.SetSchema(many=True))
        def get(self) -> Response:
            """List the account sets that you may see, with their books and periods."""
            with snapshot(source, session()) as connection:
                return as_json(account_sets.sets(connection))


def _balances(pages: Any, source: Source) -> None:  # noqa: ANN401
    @pages.route("/sets/<code>/balances")
    @duty(READERS)
    class _Balances(MethodView):
        """Balances by two dates."""

        @pages.arguments(schemas.BalanceQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str) -> Response:
            """Give balances effective to a day (``on``), as known at a place of the log or a day (``known``).

            Without ``account`` every account of the set is given, with it one account or parent.
            Balances are debits less credits.
            """
            account = asked.get("account")
            with snapshot(source, session()) as connection:
                found = trial_balance(
                    connection,
                    set_code=code,
                    treasury=session().treasury_id,
                    book=asked.get("book"),
                    on=asked.get("on"),
                    known=known(asked.get("known")),
                    rolled=account is not None,
                )
                chosen = found if account is None else _only(connection, found, account)
            return as_table(chosen.table("debit"))


def _lines(pages: Any, source: Source) -> None:  # noqa: ANN401
    @pages.route("/sets/<code>/accounts/<account>/statement")
    @duty(READERS)
    class _Statement(MethodView):
        """The statement of an account."""

        @pages.arguments(schemas.PageQuery, location="query")
        @pages.response(200, schemas.ReportSchema)
        def get(self, asked: Mapping[str, Any], code: str, account: str) -> Response:
            """Page through an account with its running balance; the first row is what stood before.

            ``next_page`` of a page is ``after`` of the next one. Pages join without gap or overlap while the books
            grow; with ``known`` they also never change.
            """
            with snapshot(source, session()) as connection:
                table = account_statement(
                    connection,
                    set_code=code,
                    account=account,
                    treasury=session().treasury_id,
                    from_on=asked.get("from_on"),
                    on=asked.get("on"),
                    known=known(asked.get("known")),
                    cursor=asked.get("after"),
                    most=asked["limit"],
                )
            return as_table(table)

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

    @pages.route("/sets/<code>/vouchers/<label>/<int:no>")
    @duty(READERS)
    class _Voucher(MethodView):
        """One voucher."""

        @pages.response(200, schemas.VoucherRead)
        def get(self, code: str, label: str, no: int) -> dict[str, Any]:
            """Give a voucher by its number (``2024-03/17``): its event, who stands for it, its lines."""
            if no > _NUMBER_MOST:
                raise UnknownBook(facts={"set": code, "voucher": f"{label}/{no}"})
            with snapshot(source, session()) as connection:
                return _voucher(papers.voucher(connection, session().treasury_id, code, label, no))


def _only(connection: Any, found: TrialBalance, account: str) -> TrialBalance:  # noqa: ANN401 - a connection
    """Keep one account of a trial balance; an account that never moved is no row.

    Raises:
        UnknownBook: the chart has no such account.
    """
    if account not in accounts(connection, found.account_set.chart):
        raise UnknownBook(f"there is no account {account}", {"account": account})
    return replace(found, rows=[row for row in found.rows if row.account.code == account])


def _page(source: Source, code: str, asked: Mapping[str, Any], accounts: tuple[str, ...] | None) -> Response:
    wanted = Slice(accounts=accounts, from_on=asked.get("from_on"), to_on=asked.get("on"))
    with snapshot(source, session()) as connection:
        table = vouchers(
            connection,
            set_code=code,
            treasury=session().treasury_id,
            asked=wanted,
            known=known(asked.get("known")),
            after=asked.get("after"),
            most=asked["limit"],
        )
    return as_table(table)


def _voucher(found: papers.Voucher) -> dict[str, Any]:
    return {
        "set": found.account_set,
        "voucher": f"{found.label}/{found.no}",
        "on": found.on,
        "kind": found.kind,
        "key": found.key,
        "event_id": str(found.event_id),
        "narration": found.narration,
        "document": found.document,
        "prepared_by": found.prepared_by,
        "preparer": found.preparer,
        "reviewer": found.reviewer,
        "poster": found.poster,
        "recorded_at": found.recorded_at,
        "log_index": found.log_index,
        "reverses": None if found.reverses is None else str(found.reverses),
        "reversed_by": None if found.reversed_by is None else str(found.reversed_by),
        "others": [{"set": code, "voucher": f"{label}/{no}"} for code, label, no in found.others],
        "lines": [
            {
                "line": line.line_no,
                "book": line.book,
                "account": line.account,
                "name_zh": line.name_zh,
                "name_en": line.name_en,
                "side": line.side,
                "amount": format_yuan(line.fen),
                "narration": line.narration,
                "dims": dict(line.dims),
            }
            for line in found.lines
        ],
    }
