"""Periods of the demo are closed for good, each once, in the order of their ends."""

from collections.abc import Collection

from ledger import periods
from ledger.db import Transaction


def close_until(tx: Transaction, codes: Collection[str], period_no: int, reason: str) -> None:
    """Close what is open of the periods of some account sets up to one; ``{}`` in the reason is the number of a period.

    Raises:
        PeriodOutOfOrder, PaceUnexplained: as ``periods.close_for_good``; nothing is closed then.
    """
    found = tx.connection.exec_driver_sql(
        "select s.code, p.period_no from ledger.period p"
        "  join ledger.account_set s using (treasury_id, account_set_id)"
        " where s.treasury_id = %s and s.code = any (%s) and p.period_no <= %s and p.state <> 'closed'"
        " order by p.period_no, s.account_set_id",
        (tx.session.treasury_id, list(codes), period_no),
    )
    for code, number in found.all():
        periods.close_for_good(tx, code, number, reason.format(number))
