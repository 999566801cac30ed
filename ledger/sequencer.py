"""The sequencer: gives waiting leaves their gapless places in a treasury's log, off the posting path."""

from ledger.db import Source, translated

AT_ONCE = 10_000
"""So many leaves are placed in one transaction at the most."""


def sequence(source: Source, treasury_id: int | None = None) -> int:
    """Place every waiting leaf of one treasury, or of all; tell how many were placed."""
    with translated(), source.engine("inspect").connect() as connection:
        waiting = [
            row.treasury_id
            for row in connection.exec_driver_sql("select distinct treasury_id from ledger.leaf_queue")
            if treasury_id in {None, row.treasury_id}
        ]
    placed = 0
    for each in waiting:
        while taken := _sequence_some(source, each):
            placed += taken
    return placed


def _sequence_some(source: Source, treasury_id: int) -> int:
    with translated(), source.engine("sequencer").begin() as connection:
        taken: int = connection.exec_driver_sql("select ledger.sequence(%s, %s)", (treasury_id, AT_ONCE)).scalar_one()
    return taken
