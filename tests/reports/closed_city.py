"""A small city whose year is closed and published: an organ with a project and a reversal, a school with own money."""

import datetime as dt

from ledger import journal, periods, yearend
from ledger.db import transaction
from ledger.money import Fen
from ledger.sequencer import sequence
from tests.conftest import make_city

LAST = dt.date(2024, 12, 31)
SETS = ("I2024", "A201-2024", "A202-2024")
PAY, OFFICE, TRIP, SCHOOL = 70_010, 123_453, 50_021, 200_007
INCOME, BOOKS, BENCHES = 9_111, 4_004, 3_003


def closed_city(source):
    """Live the year of an organ and a school; close and publish it."""
    city = make_city(source)
    city.receive(9_000_000)
    indicator = city.grant(800_000)
    city.pay(indicator, PAY, dept_econ="30101", gov_econ="50101")
    city.pay(indicator, OFFICE, dept_econ="30217", gov_econ="50206")
    city.pay(indicator, TRIP, dept_econ="30212", gov_econ="50207", project="XM-1")
    wrong = city.pay(indicator, 4_321)
    with transaction(source, city.session("AUDT_IN")) as tx:
        journal.reverse(
            tx, wrong.event_id, key="back", on=dt.date(2024, 3, 6), narration="冲销误付", prepared_by="book"
        )
    school = city.grant(300_000, agency="202", func="2050203")
    city.pay(school, SCHOOL, agency="202", func="2050203", gov_econ="50502")
    own = {"agency": "202", "fund": "6"}
    city.post("AUDT_IN", city.event("other_income", prepared_by="book", facts={"amount": Fen(INCOME)}, dims=own))
    for fen, econ in ((BOOKS, "30218"), (BENCHES, "31002")):
        dims = {**own, "func": "2050203", "dept_econ": econ}
        city.post("SIGN", city.event("bank_payment", prepared_by="appl", facts={"amount": Fen(fen)}, dims=dims))
    finish(city, *SETS)
    return city


def finish(city, *codes):
    """Close the year of units, and publish what is closed; indicators are not closed while money is left on them."""
    with transaction(city.source, city.session("CLOS")) as tx:
        for code in codes[1:]:
            yearend.close_year(tx, code, key_prefix="end-", prepared_by="book", on=LAST)
    close(city, *codes)


def close(city, *codes):
    with transaction(city.source, city.session("CLOS")) as tx:
        for code in codes:
            for number in range(13):
                periods.close_for_good(tx, code, number, "结账")
    sequence(city.source, city.treasury_id)
    with transaction(city.source, city.session("PUBL")) as tx:
        for code in codes:
            tx.connection.exec_driver_sql(
                "select ledger.publish(account_set_id, %s) from ledger.account_set where treasury_id = %s and code = %s",
                (LAST, city.treasury_id, code),
            )
