"""Accounting periods (会计期间): closed softly with named exceptions, then for good, in order."""

from collections.abc import Iterable

from ledger.db import Transaction


def close_softly(tx: Transaction, account_set: str, period_no: int, reason: str) -> None:
    """Close a period but for named exceptions (``except_person``); it can be reopened.

    Raises:
        PeriodOutOfOrder: it is closed softly or for good already.
        NotPermitted: the duty is not to close periods.
    """
    _set_state(tx, account_set, period_no, "soft", reason)


def reopen(tx: Transaction, account_set: str, period_no: int, reason: str) -> None:
    """Reopen a softly closed period.

    Raises:
        PeriodOutOfOrder: it is open, or closed for good.
    """
    _set_state(tx, account_set, period_no, "open", reason)


def close_for_good(tx: Transaction, account_set: str, period_no: int, reason: str) -> None:
    """Close a period for ever; every earlier one must be closed.

    Raises:
        PeriodOutOfOrder: it is closed already, or an earlier one is not.
    """
    _set_state(tx, account_set, period_no, "closed", reason)


def except_person(
    tx: Transaction,
    account_set: str,
    period_no: int,
    person: str,
    kinds: Iterable[str],
    reason: str,
) -> None:
    """Name a person who may still post these kinds of event into a softly closed period.

    Raises:
        NotPermitted: the duty is not to close periods, or the person is oneself.
    """
    for kind in kinds:
        tx.connection.exec_driver_sql(
            "select ledger.except_from_close(s.account_set_id, %s::smallint, %s, %s, %s)"
            "  from ledger.account_set s where s.treasury_id = %s and s.code = %s",
            (period_no, person, kind, reason, tx.treasury_id, account_set),
        )


def _set_state(tx: Transaction, account_set: str, period_no: int, state: str, reason: str) -> None:
    tx.connection.exec_driver_sql(
        "select ledger.set_period_state(coalesce((select s.account_set_id from ledger.account_set s"
        " where s.treasury_id = %s and s.code = %s), 0), %s::smallint, %s, %s)",
        (tx.treasury_id, account_set, period_no, state, reason),
    )
