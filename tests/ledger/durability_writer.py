"""A clerk's office of its own process: posts payments until the server dies, and tells each that was confirmed.

    python durability_writer.py DATA TREASURY INDICATOR on|off

The last word is the ``synchronous_commit`` with which it commits.
"""

import os
import sys
from pathlib import Path
from threading import Thread

from ledger import access, embedded, journal
from ledger.db import Source, transaction
from ledger.money import Fen
from tests.conftest import City

CLERKS = 3


def payment_of(city, indicator, key):
    """One fen of what was reserved."""
    return city.event("treasury_payment", prepared_by="appl", key=key, facts={"amount": Fen(1)},
                      dims=city.payment_dims(indicator))  # fmt: skip


def pay_until_the_end(city, indicator, clerk, commit):
    """Post one payment after the other; its key goes out only when its transaction is committed."""
    session = access.open_session(city.source, city.treasury_id, "sign", "SIGN")
    number = 0
    while True:
        number += 1
        key = f"{clerk}-{number}"
        payment = payment_of(city, indicator, key)
        with transaction(city.source, session) as tx:
            tx.connection.exec_driver_sql("select set_config('synchronous_commit', %s, true)", (commit,))
            journal.post(tx, [payment])
        os.write(sys.stdout.fileno(), f"{key}\n".encode())


def clerk_at_work(*given):
    """Work until the server is gone; whatever was in flight then was not confirmed."""
    try:
        pay_until_the_end(*given)
    except Exception:  # noqa: BLE001 - the parent killed the server
        return


if __name__ == "__main__":
    data, treasury, indicator, commit = sys.argv[1:]
    source = Source.at(embedded.start(Path(data)).owner_dsn(), Path(data) / "secrets")
    city = City(source, int(treasury))
    clerks = [Thread(target=clerk_at_work, args=(city, indicator, clerk, commit)) for clerk in range(CLERKS)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
